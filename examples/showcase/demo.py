"""Proves on the showcase that fastresp changes no byte, and shows what it gains.

Serves the showcase by gunicorn three times: plain, with fastresp, and with
fastresp by fastresp's worker; requests every entry of ``ROUTES`` from all three;
compares what comes out of the sockets, byte for byte. Then runs ``flask fastresp
bench`` on the showcase, with the same requests, and prints a table of the gains.

.. code-block:: text

    python demo.py
    python demo.py --seconds 0.1

Ends with status 0 when all answers are the same, 1 when they differ or when
fastresp has no compiled modules, 2 when a server or a command does not work.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing as t
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

from app import Route
from app import ROUTES

import fastresp

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

#: Of timing, for each route.
SECONDS = 0.8

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


# --- in process ------------------------------------------------------------


def http_archive(routes: Sequence[Route]) -> dict[str, t.Any]:
    """The routes as a browser would have recorded them."""
    entries = []
    for route in routes:
        request: dict[str, t.Any] = {
            "method": route.method,
            "url": f"http://showcase.example{route.path}",
            "headers": [
                {"name": name, "value": value} for name, value in route.headers
            ],
        }
        if route.body:
            request["postData"] = {"text": route.body.decode()}
        entries.append({"request": request})
    return {"log": {"version": "1.2", "entries": entries}}


def run_bench(
    routes: Sequence[Route], seconds: float
) -> tuple[int, dict[str, t.Any] | None]:
    """Runs ``flask fastresp bench`` on the showcase.

    :param seconds: of timing, for each route.
    :return: its exit status, and what it says, if anything.
    """
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FLASK_")
    }
    # The command puts off what the showcase passes to FastResp: its own app, and
    # those that are mounted in it.
    environ["SHOWCASE_FAST"] = "1"
    environ["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, sys.path))
    with tempfile.NamedTemporaryFile("w", suffix=".har") as archive:
        json.dump(http_archive(routes), archive)
        archive.flush()
        arguments = ["--app", "app:create_app", "fastresp", "bench"]
        # Among the routes is a POST and a DELETE.
        arguments += ["--seconds", str(seconds), "--unsafe", "--from-har"]
        print(f"\nflask {' '.join(arguments)} showcase.har\n", flush=True)
        completed = subprocess.run(
            [sys.executable, "-m", "flask", *arguments, archive.name, "--json"],
            cwd=Path(__file__).parent,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
    said = completed.stdout
    return completed.returncode, json.loads(said) if said else None


# --- what is printed -------------------------------------------------------


#: Of a column of the table: two of them fit on a screen, with all the routes.
NAME_WIDTH = 22


def print_table(document: dict[str, t.Any]) -> None:
    """Prints the gains in two columns, and what they come to."""
    verdicts: Counter[str] = Counter()
    rows = [("route", "gain", "at most")]
    for route in document["routes"]:
        name = f"{route['method']} {route['target']}"
        verdict, gain, most = "unknown", "?", "?"
        if route["timing"]:
            name, verdict = route["timing"]["name"], route["timing"]["verdict"]
            if verdict != "unknown":
                gain = f"{route['timing']['gain']['ratio']:.2f}x"
            if route["timing"]["ceiling"]:
                most = f"{route['timing']['ceiling']['ratio']:.2f}x"
        elif route["differences"]:
            verdict = gain = "DIFFERS"
        verdicts[verdict] += 1
        if len(name) > NAME_WIDTH:
            name = f"{name[: NAME_WIDTH - 3]}..."
        rows.append((name, gain, most))
    heading, *cells = [f"{n:{NAME_WIDTH}} {g:>6} {m:>8}" for n, g, m in rows]
    half = (len(cells) + 1) // 2
    print(f"{heading}   {heading}")
    for left, right in zip_longest(cells[:half], cells[half:], fillvalue=""):
        print(f"{left}   {right}".rstrip())
    total = len(cells)
    same = sum(route["same"] for route in document["routes"])
    print(
        f"\n{same} of {total} answers are the same in process, too. By whole requests,"
        f"\n{verdicts['faster']} routes are faster, {verdicts['slower']} slower,"
        f" {verdicts['same']} the same to within a few percent,\nand"
        f" {verdicts['unknown']} too noisy to tell; at most: if responses cost nothing."
    )


def print_diff(route: Route, diff: Sequence[str]) -> None:
    print(f"\n{route}")
    for line in diff[:DIFF_LINES]:
        print(f"    {line[:DIFF_COLUMNS]}")
    if len(diff) > DIFF_LINES:
        print(f"    and {len(diff) - DIFF_LINES} lines more")


def positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
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
        "--seconds",
        type=positive,
        default=SECONDS,
        help="seconds of timing for each route; more say more (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)

    if not fastresp.ACCELERATED:
        print("fastresp has no compiled modules here: Werkzeug does all the work.")
        return 1

    print(f"Requesting {len(ROUTES)} answers from three gunicorns ...\n", flush=True)
    try:
        compared = compare_servers(STOCK_TARGET, FAST_TARGET, ROUTES)
    except DemoError as error:
        print(error)
        return 2

    same = [route for route in ROUTES if not any(compared[route])]
    print(
        f"{len(same)} of {len(ROUTES)} answers are the same, byte for byte: plain, with"
        " fastresp,\nand by fastresp's worker."
    )
    for route, diffs in compared.items():
        for diff in filter(None, diffs):
            print_diff(route, diff)
    status, document = run_bench(ROUTES, arguments.seconds)
    if document is not None:
        print_table(document)
    return max(status, 0 if len(same) == len(ROUTES) else 1)


def exit_on_signal(number: int, frame: object) -> t.NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    # An exception, so that the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, exit_on_signal)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
