"""Whole requests over loopback, by server: plain Flask, ``FastResp``, and with
fastresp's worker where the server is gunicorn.

The figure is the CPU time of the server's processes per request; requests per second
are beside it. ``wrk`` makes the requests from another core. The variants take turns in
random order; a ratio is the estimate from stock's figures over the variant's, round
by round, with its 95 % interval. Servers that are not installed are left out.

.. code-block:: text

    python bench/servers.py [--only TEXT] [--rounds 5] [--seconds 10]
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import typing as t
from importlib.metadata import version
from pathlib import Path
from statistics import median

from cases import FIVE_HEADERS
from cases import record
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from interpreter import described
from serving import Command
from serving import Failed
from serving import Running
from serving import serve
from serving import SERVERS

import fastresp
from fastresp.cli.timing import interval
from fastresp.cli.timing import take_turns

HERE = Path(__file__).parent
CONNECTIONS = 8

# --- what is served ----------------------------------------------------------


def raw(environ: t.Any, start_response: t.Any) -> list[bytes]:
    """The least work of an app."""
    body = b"Hello, World!\n"
    length = str(len(body))
    fields = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", length)]
    start_response("200 OK", fields)
    return [body]


def create_app(secret_key: str | None = None) -> Flask:
    app = Flask("served")
    app.secret_key = secret_key
    app.add_url_rule("/hello", "hello", lambda: "Hello, World!")
    app.add_url_rule("/json", "json", lambda: record(1))
    app.add_url_rule("/tuple", "tuple", lambda: ("Hello, World!", 201, FIVE_HEADERS))
    return app


stock, fast = create_app(), create_app()
keyed_stock, keyed_fast = create_app("a secret key"), create_app("a secret key")
for each in (fast, keyed_fast):
    fastresp.FastResp(each)


def signed_in() -> dict[str, str]:
    signer = SecureCookieSessionInterface().get_signing_serializer(keyed_stock)
    assert signer is not None
    session = signer.dumps({"_user_id": "1", "_fresh": True})
    return {"Cookie": f"session={session}"}


class Row(t.NamedTuple):
    path: str
    #: Without FastResp, and with it.
    apps: tuple[str, str] = ("stock", "fast")
    headers: t.Callable[[], dict[str, str]] = dict


KEYED = ("keyed_stock", "keyed_fast")
ROWS = {
    "raw": Row("/raw", ("raw", "raw")),
    "hello": Row("/hello"),
    "hello, secret key": Row("/hello", KEYED),
    "hello, signed in": Row("/hello", KEYED, signed_in),
    "json": Row("/json"),
    "tuple": Row("/tuple"),
}


# --- a round -----------------------------------------------------------------


def load(
    running: Running, row: Row, seconds: int, core: int, rates: list[float]
) -> float:
    """Return CPU microseconds per request, and append requests per second."""
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS)]
    command += [f"--header={name}: {value}" for name, value in row.headers().items()]
    command += ["--duration", f"{seconds}s"]
    command += [f"http://127.0.0.1:{running.port}{row.path}"]
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
    rates.append(int(done[1]) / float(done[2]) * (1000 if done[3] == "ms" else 1))
    return spent / int(done[1]) * 1e6


def print_row(
    name: str,
    variants: dict[str, tuple[Command, str]],
    row: Row,
    options: argparse.Namespace,
) -> None:
    """
    :param variants: commands and apps, the reference first.
    :raises Failed: if the answers differ.
    """
    server_core, client_core = options.cores
    rates: dict[str, list[float]] = {variant: [] for variant in variants}
    with contextlib.ExitStack() as stack:
        running = {
            variant: stack.enter_context(
                serve(command, f"servers:{app}", HERE, "/hello", server_core)
            )
            for variant, (command, app) in variants.items()
        }
        answers = [each.ask(row.path, row.headers()) for each in running.values()]
        if any(answer != answers[0] for answer in answers):
            raise Failed(f"the answers differ: {answers}")
        timers = {
            variant: functools.partial(
                load, each, row, options.seconds, client_core, rates[variant]
            )
            for variant, each in running.items()
        }
        times = take_turns(timers, range(options.rounds + 1))
    # The first round warms up.
    for variant, (_, *spent) in times.items():
        rate = median(rates[variant][1:])
        faster = interval(rates[variant][1:], rates["stock"][1:]).ratio
        print(
            f"{name:48} {variant:18} {median(spent):9.1f}"
            f"  {interval(times['stock'][1:], spent)} {rate:10.0f} {faster:6.2f}",
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
        f"{described()}, {platform.machine()}, flask {version('flask')}; medians of"
        f" {options.rounds} interleaved rounds of {options.seconds} s,"
        f" {CONNECTIONS} connections"
    )
    print(f"{'':67} CPU us  {'ratio':22} requests/s  ratio")
    for kind, server in SERVERS.items():
        if importlib.util.find_spec(server.package) is None:
            print(f"{kind:48} left out, not installed")
            continue
        for label, row in ROWS.items():
            name = f"{kind} {version(server.package)}, {label}"
            if options.only not in name:
                continue
            stock_app, fast_app = row.apps
            variants = {"stock": (server.command, stock_app)}
            if fast_app != stock_app:
                variants["FastResp"] = server.command, fast_app
            if server.worker is not None:
                variants["+ fastresp worker"] = server.worker, fast_app
            if len(variants) == 1:
                continue
            try:
                print_row(name, variants, row, options)
            except Failed as error:
                print(f"{name:48} {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
