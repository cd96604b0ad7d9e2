"""Whole requests over loopback, by server: plain Flask, ``FastResp``, and with
fastresp's worker where the server is gunicorn.

The figure is the CPU time of the server's processes per request. ``wrk`` makes the
requests from another core. The variants take turns in random order; the first one runs
twice, for the noise. Servers that are not installed are left out.

.. code-block:: text

    python bench/servers.py [--only TEXT] [--rounds 5] [--seconds 10]
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from cases import REQUESTS
from cases import wsgi_app as raw  # noqa: F401
from flask import Flask
from rows import Workers
from serving import Failed
from serving import serve
from serving import Server
from serving import SERVERS
from subjects import FASTRESP
from subjects import request_app
from subjects import request_environ
from suites import Suite
from table import measured
from table import print_header
from table import print_table

from fastresp import FastResp
from fastresp.cli.compare import Answer

HERE = Path(__file__).parent
HERE = Path(__file__).parent
CONNECTIONS = 8
#: The variants: without FastResp, with it, and with fastresp's worker, too.
STOCK, WORKER = "stock", "+ fastresp worker"

# --- what is served ----------------------------------------------------------

#: Of ``cases.REQUESTS``.
ROWS = ("hello, no secret key", "hello", "hello, signed in", "small dict")


def __getattr__(name: str) -> Flask:
    """Create an app by name: a variant, and the number of its row."""
    variant, _, number = name.partition("_")
    if not number.isdecimal():
        raise AttributeError(name)
    app = request_app(REQUESTS[ROWS[int(number)]])
    if variant == "fast":
        FastResp(app)
    return app


# --- a server ----------------------------------------------------------------


class Served(contextlib.ExitStack):
    """A server's process, with one app at a time.

    :param seconds: of each batch of requests.
    """

    def __init__(self, server: Server, seconds: int) -> None:
        super().__init__()
        self.server = server
        self.seconds = seconds
        self.cores = sorted(os.sched_getaffinity(0))

    def prepare(self, suite: str, row: str, variant: str) -> Answer:
        """
        :raises Failed: if the server does not start.
        """
        self.close()
        command = self.server.worker if variant == WORKER else self.server.command
        assert command is not None
        app, self.path, self.headers = "raw", "/", {}
        if row != "raw":
            app = f"{'stock' if variant == STOCK else 'fast'}_{ROWS.index(row)}"
            environ = request_environ(REQUESTS[row])
            self.path = environ["PATH_INFO"]
            if "HTTP_COOKIE" in environ:
                self.headers = {"Cookie": environ["HTTP_COOKIE"]}
        self.running = self.enter_context(
            serve(command, f"servers:{app}", HERE, self.path, self.cores[0])
        )
        status, headers, body = self.running.ask(self.path, self.headers)
        return Answer(str(status), headers, [body])

    def batch(self) -> float:
        """Return CPU microseconds per request."""
        command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS)]
        command += [f"--header={n}: {self.headers[n]}" for n in self.headers]
        command += ["--duration", f"{self.seconds}s"]
        command += [f"http://127.0.0.1:{self.running.port}{self.path}"]
        before = self.running.cpu_seconds()
        printed = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=self.seconds + 30,
            preexec_fn=functools.partial(os.sched_setaffinity, 0, {self.cores[-1]}),
        ).stdout
        spent = self.running.cpu_seconds() - before
        done = re.search(r"(\d+) requests in ", printed)
        if done is None or "Non-2xx" in printed or int(done[1]) == 0:
            raise Failed(f"wrk says: {printed}")
        return spent / int(done[1]) * 1e6


def variants(own: list[str], row: str) -> list[str]:
    return [STOCK, *(own[1:] if row == "raw" else own)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--only", default="", help="rows with this in 'server: row'")
    options = parser.parse_args()
    if not hasattr(os, "sched_setaffinity") or shutil.which("wrk") is None:
        parser.error("needs Linux and wrk")
    print_header(options.rounds)
    for kind, server in SERVERS.items():
        if importlib.util.find_spec(server.package) is None:
            print(f"\n{kind}: left out, {server.package} is not installed")
            continue
        own = [FASTRESP] if server.worker is None else [FASTRESP, WORKER]
        suite = Suite(
            f"{kind} {version(server.package)}",
            [*ROWS, "raw"] if WORKER in own else ROWS,
            functools.partial(variants, own),
            own=tuple(own),
        )
        servers = Workers(functools.partial(Served, server, options.seconds))
        try:
            rows = measured(suite, options.only, options.rounds, servers)
        except (Failed, AssertionError) as error:
            print(f"\n{suite.title}: {error}")
            continue
        if rows:
            print_table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
