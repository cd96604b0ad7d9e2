"""WSGI servers, each in a process of its own, on a port of loopback.

``SERVERS`` has the commands. An app is named as in gunicorn's command: ``module:name``.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import importlib.util
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import typing as t
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 10.0

#: From an app and a port to a command.
Command = Callable[[str, int], list[str]]


def gunicorn(worker: str, parser: str, target: str, port: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", worker, "--log-level", "error", "--keep-alive", "60"]
    # Without gunicorn_h1c, or before gunicorn 25, there is only one.
    if importlib.util.find_spec("gunicorn_h1c") is not None:
        command += ["--http-parser", parser]
    return [*command, target]


def script(code: str, target: str, port: int) -> list[str]:
    module, _, name = target.partition(":")
    code = f"from {module} import {name} as app\n" + code % port
    return [sys.executable, "-c", code]


def uwsgi(option: str, target: str, port: int) -> list[str]:
    program = str(Path(sysconfig.get_path("scripts"), "pyuwsgi"))
    options = [option, f"127.0.0.1:{port}", "--module", target]
    options += ["--single-interpreter", "--die-on-term", "--disable-logging"]
    return [program, *options, "--virtualenv", sys.prefix]


def granian(target: str, port: int) -> list[str]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    return [*command, "--port", str(port), "--no-log", target]


class Server(t.NamedTuple):
    #: Has to be installed.
    package: str
    command: Command
    #: With fastresp's worker.
    worker: Command | None = None


def gunicorn_server(package: str, parser: str, *workers: str) -> Server:
    commands = (functools.partial(gunicorn, each, parser) for each in workers)
    return Server(package, *commands)


#: What starts them, by package.
SCRIPTS = {
    # With a thread for each connection, it logs nothing.
    "waitress": "from waitress import serve\n"
    "serve(app, host='127.0.0.1', port=%d, threads=16)",
    "cheroot": "from cheroot.wsgi import Server\n"
    "Server(('127.0.0.1', %d), app, numthreads=2).start()",
    "bjoern": "import bjoern; bjoern.run(app, '127.0.0.1', %d)",
    "fastwsgi": "import fastwsgi; fastwsgi.run(app, host='127.0.0.1', port=%d)",
    "werkzeug": "from werkzeug.serving import run_simple\n"
    "run_simple('127.0.0.1', %d, app)",
}
THREADS = ("gthread", "fastresp.gunicorn.ThreadWorker")
SERVERS: dict[str, Server] = {
    "gunicorn gthread": gunicorn_server("gunicorn", "python", *THREADS),
    "gunicorn gthread, fast parser": gunicorn_server("gunicorn_h1c", "fast", *THREADS),
    "gunicorn sync": gunicorn_server(
        "gunicorn", "python", "sync", "fastresp.gunicorn.SyncWorker"
    ),
    "gunicorn gevent": gunicorn_server(
        "gevent", "python", "gevent", "fastresp.gunicorn.GeventWorker"
    ),
    "uWSGI": Server("pyuwsgi", functools.partial(uwsgi, "--http11-socket")),
    "granian": Server("granian", granian),
    **{
        package: Server(package, functools.partial(script, code))
        for package, code in SCRIPTS.items()
    },
}


class Failed(Exception):
    """A server does not start, or its answer differs."""


# --- a server in a process ---------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return t.cast(int, listener.getsockname()[1])


class Running(t.NamedTuple):
    process: subprocess.Popen[bytes]
    port: int

    def ask(
        self, path: str, headers: dict[str, str] | None = None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return the answer without Date and Server."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            fields = sorted(response.getheaders())
            fields = [f for f in fields if f[0].lower() not in ("date", "server")]
            return response.status, fields, response.read()

    def cpu_seconds(self) -> float:
        """Return the CPU time of the process and its children, until now."""
        return cpu_ticks(str(self.process.pid)) / os.sysconf("SC_CLK_TCK")


def cpu_ticks(pid: str) -> int:
    process = Path("/proc", pid)
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    paths = process.glob("task/*/children")
    children = (child for path in paths for child in path.read_text().split())
    return int(fields[11]) + int(fields[12]) + sum(map(cpu_ticks, children))


@contextlib.contextmanager
def serve(
    command: Command, target: str, directory: Path, path: str, core: int | None = None
) -> Iterator[Running]:
    """Start a server, and end it.

    :param target: the app, in a module of ``directory``.
    :param path: is requested until the server answers.
    :param core: the only one that it may use.
    :raises Failed: if it does not answer.
    """
    port = free_port()
    paths = [str(directory), *map(os.path.abspath, sys.path)]
    log = tempfile.TemporaryFile()
    process = subprocess.Popen(
        command(target, port),
        cwd=directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=log,
        stderr=subprocess.STDOUT,
        preexec_fn=None
        if core is None
        else functools.partial(os.sched_setaffinity, 0, {core}),
    )
    running = Running(process, port)
    try:
        give_up = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                running.ask(path)
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
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
