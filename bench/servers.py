"""Whole requests over loopback, by server: plain Flask, ``FastResp``, and with
fastresp's worker where the server is gunicorn.

What holds still is the CPU time that the server's processes take for a request;
requests per second are beside it. ``wrk`` makes the requests from another core.
The variants take turns in random order; a ratio is the median of stock's CPU
time over the variant's, round by round. Servers that are not installed are left
out.

.. code-block:: text

    python bench/servers.py [--only TEXT] [--rounds 5] [--seconds 10]
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.client
import importlib.util
import os
import platform
import random
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import typing as t
from collections.abc import Callable
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
START_SECONDS = 20.0
CONNECTIONS = 8
PATHS = ("/hello", "/json", "/tuple")

Command = Callable[[str, int], list[str]]


def gunicorn(worker: str, app: str, port: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", worker, "--log-level", "error", "--keep-alive", "60"]
    return [*command, f"served:{app}"]


def script(code: str, app: str, port: int) -> list[str]:
    return [sys.executable, "-c", f"from served import {app} as app\n" + code % port]


def uwsgi(app: str, port: int) -> list[str]:
    program = str(Path(sysconfig.get_path("scripts"), "pyuwsgi"))
    options = ["--http11-socket", f"127.0.0.1:{port}", "--module", f"served:{app}"]
    options += ["--single-interpreter", "--die-on-term", "--disable-logging"]
    return [program, *options, "--virtualenv", sys.prefix]


def granian(app: str, port: int) -> list[str]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    return [*command, "--port", str(port), "--no-log", f"served:{app}"]


# With a thread for each connection it does not log that one waits.
WAITRESS = """\
import waitress
waitress.serve(app, host='127.0.0.1', port=%d, threads=16)
"""
CHEROOT = """\
from cheroot.wsgi import Server
Server(('127.0.0.1', %d), app, numthreads=2).start()
"""
BJOERN = "import bjoern; bjoern.run(app, '127.0.0.1', %d)"
FASTWSGI = "import fastwsgi; fastwsgi.run(app, host='127.0.0.1', port=%d)"


class Server(t.NamedTuple):
    #: What has to be installed.
    package: str
    #: An app's name and a port -> the command.
    command: Command
    #: The same with fastresp's worker.
    worker: Command | None = None


SERVERS: dict[str, Server] = {
    "gunicorn gthread": Server(
        "gunicorn",
        functools.partial(gunicorn, "gthread"),
        functools.partial(gunicorn, "fastresp.gunicorn.ThreadWorker"),
    ),
    "gunicorn sync": Server(
        "gunicorn",
        functools.partial(gunicorn, "sync"),
        functools.partial(gunicorn, "fastresp.gunicorn.SyncWorker"),
    ),
    "waitress": Server("waitress", functools.partial(script, WAITRESS)),
    "cheroot": Server("cheroot", functools.partial(script, CHEROOT)),
    "uWSGI": Server("pyuwsgi", uwsgi),
    "bjoern": Server("bjoern", functools.partial(script, BJOERN)),
    "fastwsgi": Server("fastwsgi", functools.partial(script, FASTWSGI)),
    "granian": Server("granian", granian),
}


class Failed(Exception):
    """A server that does not start, or answers something else."""


# --- a server in a process ---------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return t.cast(int, listener.getsockname()[1])


class Running(t.NamedTuple):
    process: subprocess.Popen[bytes]
    port: int

    def ask(self, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """The answer without what the server and the clock add."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            fields = [
                field
                for field in response.getheaders()
                if field[0].lower() not in ("date", "server")
            ]
            return response.status, sorted(fields), response.read()

    def cpu_seconds(self) -> float:
        """What the process and its children have taken, until now."""
        ticks = 0
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *descendants(child)]
    return found


@contextlib.contextmanager
def serve(command: Command, app: str, core: int) -> Iterator[Running]:
    port = free_port()
    log = tempfile.TemporaryFile()
    process = subprocess.Popen(
        command(app, port),
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path[1:]])},
        stdout=log,
        stderr=subprocess.STDOUT,
        preexec_fn=functools.partial(os.sched_setaffinity, 0, {core}),
    )
    running = Running(process, port)
    try:
        give_up = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                running.ask("/hello")
                break
            if process.poll() is not None or time.monotonic() > give_up:
                log.seek(0)
                last = log.read().decode(errors="replace").splitlines()[-1:]
                raise Failed(f"does not start: {''.join(last)}")
            time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


# --- a round -----------------------------------------------------------------


class Figures(t.NamedTuple):
    #: CPU microseconds per request.
    cpu: float
    per_second: float


def load(running: Running, path: str, seconds: int, core: int) -> Figures:
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS)]
    command += ["--duration", f"{seconds}s", f"http://127.0.0.1:{running.port}{path}"]
    before = running.cpu_seconds()
    printed = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
        preexec_fn=functools.partial(os.sched_setaffinity, 0, {core}),
    ).stdout
    spent = running.cpu_seconds() - before
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s)", printed)
    if done is None or "Non-2xx" in printed or int(done[1]) == 0:
        raise Failed(f"wrk says: {printed}")
    elapsed = float(done[2]) / (1000 if done[3] == "ms" else 1)
    return Figures(spent / int(done[1]) * 1e6, int(done[1]) / elapsed)


def measure(
    variants: dict[str, tuple[Command, str]], path: str, options: argparse.Namespace
) -> dict[str, list[Figures]]:
    """The figures by variant, a round each. The first variant says what the
    answer is."""
    server_core, client_core = options.cores
    figures: dict[str, list[Figures]] = {name: [] for name in variants}
    with contextlib.ExitStack() as stack:
        running = {
            name: stack.enter_context(serve(command, app, server_core))
            for name, (command, app) in variants.items()
        }
        answers = [each.ask(path) for each in running.values()]
        if any(answer != answers[0] for answer in answers):
            raise Failed(f"the answers differ: {answers}")
        for each in running.values():
            load(each, path, 1, client_core)
        for _ in range(options.rounds):
            for name in random.sample(list(running), len(running)):
                each = running[name]
                figures[name].append(load(each, path, options.seconds, client_core))
    return figures


def print_row(name: str, figures: dict[str, list[Figures]]) -> None:
    stock = figures["stock"]
    for variant, rounds in figures.items():
        ratios = [
            first.cpu / other.cpu for first, other in zip(stock, rounds, strict=True)
        ]
        faster = [
            other.per_second / first.per_second
            for first, other in zip(stock, rounds, strict=True)
        ]
        print(
            f"{name:30} {variant:18}"
            f" {median(each.cpu for each in rounds):9.1f}"
            f" {median(ratios):6.2f} {min(ratios):5.2f} {max(ratios):5.2f}"
            f" {median(each.per_second for each in rounds):10.0f}"
            f" {median(faster):6.2f}",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--only", default="", help="only rows with this in their name")
    options = parser.parse_args()
    if not hasattr(os, "sched_setaffinity") or shutil.which("wrk") is None:
        parser.error("needs Linux and wrk")
    cores = sorted(os.sched_getaffinity(0))
    options.cores = cores[0], cores[-1]

    print(
        f"CPython {platform.python_version()}, {platform.machine()},"
        f" flask {version('flask')}; medians of {options.rounds} interleaved rounds"
        f" of {options.seconds} s, {CONNECTIONS} connections"
    )
    print(f"{'':49} CPU us   ratio  least  most   requests/s  ratio")
    for name, server in SERVERS.items():
        if importlib.util.find_spec(server.package) is None:
            print(f"{name:30} left out, not installed")
            continue
        for path in ("/raw", *PATHS):
            row = f"{name} {version(server.package)} {path}"
            if options.only not in row:
                continue
            if path != "/raw":
                variants = {
                    "stock": (server.command, "stock"),
                    "FastResp": (server.command, "fast"),
                }
            else:
                variants = {"stock": (server.command, "raw")}
            if server.worker is not None:
                app = "raw" if path == "/raw" else "fast"
                variants["+ fastresp worker"] = server.worker, app
            if len(variants) == 1:
                continue
            try:
                print_row(row, measure(variants, path, options))
            except Failed as error:
                print(f"{row:30} {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
