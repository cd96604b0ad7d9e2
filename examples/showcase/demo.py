"""Proves on the showcase that fastresp changes no byte, and shows what it gains.

Serves the showcase by gunicorn three times: plain, with fastresp, and with
fastresp by fastresp's worker; requests every entry of ``ROUTES`` from all three;
compares what comes out of the sockets, byte for byte; then times whole requests
to both apps in this process.

.. code-block:: text

    python demo.py
    python demo.py --rounds 1

Ends with status 0 when all answers are the same, 1 when they differ or when
fastresp's compiled code is not in use, 2 when a server does not work.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing as t
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median

from app import create_app
from app import Route
from app import ROUTES
from werkzeug.test import create_environ

import fastresp

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

#: What gunicorn serves.
STOCK_TARGET = "app:create_app(fast=False)"
FAST_TARGET = "app:create_app(fast=True)"
#: And the classes of its workers.
STOCK_WORKER = "sync"
FAST_WORKER = "fastresp.gunicorn.SyncWorker"

START_SECONDS = 30.0
ANSWER_SECONDS = 10.0
STOP_SECONDS = 10.0
ANSWER_BYTES = 16 * 1024 * 1024

#: Rounds of timing; with as many routes as there are, about 20 seconds.
ROUNDS = 125
#: One app's share of a round, for each route.
SHARE_SECONDS = 0.0025

DIFF_LINES = 40
DIFF_COLUMNS = 160


class DemoError(Exception):
    """A server does not start or does not answer."""


# --- three servers ---------------------------------------------------------


class Server(t.NamedTuple):
    target: str
    worker: str
    address: tuple[str, int]
    process: subprocess.Popen[bytes]
    log: t.IO[bytes]

    def read_log(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace").strip()


@contextmanager
def serve(target: str, worker: str) -> Iterator[Server]:
    """Starts gunicorn with one worker, and ends it.

    :param target: what gunicorn shall serve, as on its command line.
    :param worker: the worker's class, likewise.
    """
    environ = {
        name: value
        for name, value in os.environ.items()
        # Those that change what gunicorn or the showcase do.
        if name not in ("GUNICORN_CMD_ARGS", "SCRIPT_NAME", "SENDFILE")
        and not name.startswith(("FLASK_", "SHOWCASE_"))
    }
    # The server works in another directory, and has to import the same code.
    environ["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, sys.path))

    with (
        # Bound here and handed over: no other process can take the port, and
        # a request that comes before the worker is ready waits in the queue.
        socket.create_server(("127.0.0.1", 0)) as listener,
        tempfile.TemporaryFile() as log,
    ):
        command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
        command += ["--bind", f"fd://{listener.fileno()}", "--workers", "1"]
        command += ["--worker-class", worker]
        process = subprocess.Popen(
            [*command, target],
            cwd=Path(__file__).parent,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
        )
        try:
            address = listener.getsockname()
            # From now on nobody listens when gunicorn doesn't.
            listener.close()
            yield Server(target, worker, address, process, log)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends gunicorn. It ends its worker; should it be killed before it could,
    the worker ends when it misses its parent."""
    try:
        process.terminate()
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        process.kill()
        process.wait(STOP_SECONDS)


def exchange(address: tuple[str, int], request: bytes, seconds: float) -> bytes:
    """Sends a request, and reads what comes until the server hangs up.

    :raises OSError: if that has not happened after ``seconds``, or the answer
        is too large.
    """
    deadline = time.monotonic() + seconds
    received = bytearray()
    with socket.create_connection(address, seconds) as connection:
        connection.sendall(request)
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"no end of the answer after {seconds} seconds")
            connection.settimeout(remaining)
            data = connection.recv(65536)
            if not data:
                return bytes(received)
            received += data
            if len(received) > ANSWER_BYTES:
                raise OSError(f"an answer of more than {ANSWER_BYTES} bytes")


def wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            exchange(server.address, request_bytes(ROUTES[0]), 1.0)
            return
        except OSError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise DemoError(
                    f"{server.target} did not start in {server.worker}: {error}\n"
                    f"{server.read_log()}"
                ) from error
        time.sleep(0.1)


# --- what they answer ------------------------------------------------------


class Answer(t.NamedTuple):
    """An HTTP response as it came out of the socket."""

    status_line: bytes
    header_lines: tuple[bytes, ...]
    #: With the framing of chunks, if there is any.
    body: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Answer:
        """
        :raises ValueError: if the header section is not complete.
        """
        if not raw:
            raise ValueError("no answer")
        head, end, body = raw.partition(b"\r\n\r\n")
        if not end:
            raise ValueError(f"the header section has no end: {raw[:200]!r}")
        status_line, *header_lines = head.split(b"\r\n")
        return cls(status_line, tuple(header_lines), body)

    def without_date(self) -> Answer:
        """The same answer without the ``Date`` header's value."""
        return self._replace(
            header_lines=tuple(
                line[:5] + b" ..." if line[:5].lower() == b"date:" else line
                for line in self.header_lines
            )
        )

    def to_lines(self) -> list[str]:
        """The answer in printable lines, different ones for different answers."""
        lines = [self.status_line, *self.header_lines, b""]
        lines += self.body.splitlines(keepends=True)
        return [
            line.decode("latin-1").encode("unicode_escape").decode("ascii")
            for line in lines
        ]


def request_bytes(route: Route) -> bytes:
    lines = [f"{route.method} {route.path} HTTP/1.1", "Host: showcase.example"]
    lines += [f"{name}: {value}" for name, value in route.headers]
    if route.body:
        lines.append(f"Content-Length: {len(route.body)}")
    lines += ["Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + route.body


def ask(server: Server, route: Route) -> Answer:
    try:
        raw = exchange(server.address, request_bytes(route), ANSWER_SECONDS)
        return Answer.parse(raw)
    except (OSError, ValueError) as error:
        raise DemoError(
            f"{route}, {server.target} in {server.worker}: {error}\n{server.read_log()}"
        ) from error


def differences(stock: Answer, fast: Answer, name: str = "fastresp") -> list[str]:
    """Compares two answers: status line, header lines in their order, body;
    everything save the ``Date`` header's value.

    :param name: what gave the second answer.
    :return: the lines of a diff; none when the answers are the same.
    """
    stock = stock.without_date()
    fast = fast.without_date()
    if stock == fast:
        return []
    diff = difflib.unified_diff(
        stock.to_lines(), fast.to_lines(), "stock", name, lineterm=""
    )
    return list(diff)


class Compared(t.NamedTuple):
    """Where answers to a request differ from the plain app's."""

    #: With fastresp in the app.
    app: list[str]
    #: With fastresp's worker as well.
    worker: list[str]


def compare_servers(
    stock_target: str,
    fast_target: str,
    routes: Sequence[Route],
    stock_worker: str = STOCK_WORKER,
    fast_worker: str = FAST_WORKER,
) -> dict[Route, Compared]:
    """Serves two apps, the second with both workers, and compares what they answer.

    :return: for each route the :func:`differences`.
    :raises DemoError: if a server does not start, or breaks off an answer.
    """
    with (
        serve(stock_target, stock_worker) as stock,
        serve(fast_target, stock_worker) as fast,
        serve(fast_target, fast_worker) as fastest,
    ):
        for server in (stock, fast, fastest):
            wait_until_ready(server)
        compared = {}
        for route in routes:
            expected = ask(stock, route)
            compared[route] = Compared(
                differences(expected, ask(fast, route)),
                differences(expected, ask(fastest, route), "fastresp worker"),
            )
        return compared


# --- what it takes ---------------------------------------------------------


def fresh_environ(environ: WSGIEnvironment, body: bytes) -> WSGIEnvironment:
    return {**environ, "wsgi.input": BytesIO(body)}


def discard(data: bytes) -> None:
    pass


def start_response(
    status: str, headers: list[tuple[str, str]], exc_info: t.Any = None
) -> t.Callable[[bytes], None]:
    return discard


def request(app: WSGIApplication, environ: WSGIEnvironment) -> None:
    """One whole request."""
    body = app(environ, start_response)
    try:
        for _ in body:
            pass
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()


def environ_of(route: Route) -> WSGIEnvironment:
    return create_environ(
        route.path, method=route.method, headers=list(route.headers), data=route.body
    )


def count_fast_path(app: WSGIApplication, routes: Sequence[Route]) -> dict[str, int]:
    """What requesting each route once adds to fastresp's counts."""
    before = fastresp.fast_path_counts()
    for route in routes:
        request(app, environ_of(route))
    after = fastresp.fast_path_counts()
    return {name: after[name] - before[name] for name in after}


def time_batch(
    app: WSGIApplication, environ: WSGIEnvironment, body: bytes, size: int
) -> float:
    """Seconds that one of ``size`` requests took."""
    environs = [fresh_environ(environ, body) for _ in range(size)]
    start = time.perf_counter()
    for each in environs:
        request(app, each)
    return (time.perf_counter() - start) / size


def measure(
    stock: WSGIApplication,
    fast: WSGIApplication,
    routes: Sequence[Route],
    rounds: int,
) -> dict[Route, tuple[float, float]]:
    """Times requests, a few of each app and route in turn, again and again, so
    that whatever else the machine does falls on all of them.

    :return: for each route the two apps' median seconds for a request.
    """
    environs = {route: environ_of(route) for route in routes}
    sizes = {}
    for route, environ in environs.items():
        for app in (stock, fast):
            time_batch(app, environ, route.body, 3)
        seconds = time_batch(stock, environ, route.body, 3)
        sizes[route] = max(1, min(100, round(SHARE_SECONDS / seconds)))

    stock_times: dict[Route, list[float]] = {route: [] for route in routes}
    fast_times: dict[Route, list[float]] = {route: [] for route in routes}
    pairs = [(stock, stock_times), (fast, fast_times)]
    collecting = gc.isenabled()
    try:
        for _ in range(rounds):
            gc.collect()
            gc.disable()
            for route in routes:
                for app, times in pairs:
                    seconds = time_batch(app, environs[route], route.body, sizes[route])
                    times[route].append(seconds)
            if collecting:
                gc.enable()
            # Neither app is always the first.
            pairs.reverse()
    finally:
        if collecting:
            gc.enable()
    return {
        route: (median(stock_times[route]), median(fast_times[route]))
        for route in routes
    }


# --- what is printed -------------------------------------------------------


def print_table(
    compared: dict[Route, Compared], times: dict[Route, tuple[float, float]]
) -> None:
    rows: list[tuple[str, ...]] = [
        ("route", "returns", "same", "worker", "stock us", "fastresp us", "ratio")
    ]
    for route, diffs in compared.items():
        figures = ("-", "-", "-")
        if route in times:
            stock, fast = times[route]
            figures = (
                f"{stock * 1e6:.1f}",
                f"{fast * 1e6:.1f}",
                f"{stock / fast:.2f}",
            )
        same = ["NO" if diff else "yes" for diff in diffs]
        rows.append((str(route), route.returns, *same, *figures))

    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        cells = [
            cell.ljust(width) if column < 4 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells))


def print_diff(route: Route, diff: Sequence[str]) -> None:
    print(f"\n{route}")
    for line in diff[:DIFF_LINES]:
        print(f"    {line[:DIFF_COLUMNS]}")
    if len(diff) > DIFF_LINES:
        print(f"    and {len(diff) - DIFF_LINES} lines more")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def main(argv: Sequence[str] | None = None) -> int:
    """
    :param argv: the command line's arguments.
    :return: the exit status.
    """
    parser = argparse.ArgumentParser(
        description="Compares the showcase's answers with and without fastresp."
    )
    parser.add_argument(
        "--rounds",
        type=positive,
        default=ROUNDS,
        help="rounds of timing; more take longer and say more (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)

    if not fastresp.ACCELERATED:
        print("fastresp has no compiled modules here: Werkzeug does all the work.")
        return 1

    print(f"Requesting {len(ROUTES)} answers from three gunicorns ...", flush=True)
    try:
        compared = compare_servers(STOCK_TARGET, FAST_TARGET, ROUTES)
    except DemoError as error:
        print(error)
        return 2

    # No figures for a wrong answer.
    same = [route for route in ROUTES if not any(compared[route])]
    stock, fast = create_app(fast=False), create_app(fast=True)
    stock_counts = count_fast_path(stock, same)
    fast_counts = count_fast_path(fast, same)
    print("Timing requests in this process ...\n", flush=True)
    times = measure(stock, fast, same, arguments.rounds)

    print_table(compared, times)
    print(f"\n{len(same)} of {len(ROUTES)} answers are the same, byte for byte.")
    if times:
        ratio = median(before / after for before, after in times.values())
        print(f"The median ratio, of whole requests, is {ratio:.2f}.")
    print(
        "When each of these was requested once, compiled code built"
        f" {fast_counts['built']} responses and emitted {fast_counts['emitted']};"
        f" {fast_counts['delegated']} method calls were left to Werkzeug."
    )
    in_use = bool(fast_counts["built"] and fast_counts["emitted"])
    if not in_use:
        print("The fast path is not in use.")
    leaked = any(stock_counts.values())
    if leaked:
        print("The plain app uses fastresp too: the comparison says nothing.")
    for route, diffs in compared.items():
        for diff in filter(None, diffs):
            print_diff(route, diff)
    return 0 if len(same) == len(ROUTES) and in_use and not leaked else 1


def exit_on_signal(number: int, frame: object) -> t.NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    # An exception, so that the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, exit_on_signal)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
