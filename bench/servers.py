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
import importlib.util
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import typing as t
from importlib.metadata import version
from pathlib import Path
from statistics import median

from serving import Command
from serving import Failed
from serving import Running
from serving import serve
from serving import SERVERS

HERE = Path(__file__).parent
CONNECTIONS = 8
PATHS = ("/hello", "/json", "/tuple")

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
            name: stack.enter_context(
                serve(command, f"served:{app}", HERE, "/hello", server_core)
            )
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
