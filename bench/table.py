"""Times every case on stock and fastresp and prints the ratios, row by row.

The implementations take turns in random order, so that a machine whose speed
drifts cannot favour one; a ratio is the median over the rounds, with the
middle half of them beside it. Each case is checked for equal answers first.
"By hand" is the same work in a WSGI application written for nothing else.

.. code-block:: text

    python bench/table.py [--rounds 40] [--only TEXT]
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import typing as t
from importlib.metadata import version
from statistics import median
from statistics import quantiles

import whole_requests
from cases import Case
from cases import CASES
from cases import CLASS_ALONE_GOALS
from harness import by_hand
from harness import check
from harness import IMPLEMENTATIONS
from harness import Runner
from harness import steady
from harness import stock_app
from harness import time_round
from interpreter import described
from whole_requests import REQUESTS


class Row(t.NamedTuple):
    """Microseconds per response, one figure a round, by implementation."""

    times: dict[str, list[float]]

    def ratio(self, name: str) -> tuple[float, float, float]:
        """First quartile, median and third quartile of stock over ``name``."""
        pairs = zip(self.times["stock"], self.times[name], strict=True)
        ratios = [stock / fast for stock, fast in pairs]
        low, _, high = quantiles(ratios, n=4)
        return low, median(ratios), high


def measure(case: Case, rounds: int) -> Row:
    runners = {
        name: Runner(case, create(case)) for name, create in IMPLEMENTATIONS.items()
    }
    limit = by_hand(case)
    if limit is not None:
        runners["by hand"] = Runner(case, stock_app(case), limit)
    times: dict[str, list[float]] = {name: [] for name in runners}
    order = list(runners)
    for number in range(rounds + 1):
        random.shuffle(order)
        for name in order:
            elapsed = time_round(runners[name])
            # The first round warms up.
            if number:
                times[name].append(elapsed)
    return Row(times)


def describe_goal(name: str, extension: float, alone: float) -> str:
    goals = [
        (CASES[name].goal, extension, ""),
        (CLASS_ALONE_GOALS.get(name), alone, " alone"),
    ]
    return ", ".join(
        f"{goal:g}{what} {'reached' if ratio >= goal else 'missed'}"
        for goal, ratio, what in goals
        if goal is not None
    )


def print_return_values(only: str, rounds: int) -> None:
    width = max(map(len, CASES))
    print(
        f"\n{'return value':{width}}  stock us  response_class   FastResp(app)"
        "   (middle half)  by hand  goal"
    )
    slower = []
    for name, case in CASES.items():
        if only not in name:
            continue
        check(case)
        with steady():
            row = measure(case, rounds)
        alone, (low, ratio, high) = row.ratio("class")[1], row.ratio("extension")
        limit = f"{row.ratio('by hand')[1]:6.1f}x" if "by hand" in row.times else ""
        stock, fast = median(row.times["stock"]), median(row.times["extension"])
        print(
            f"{name:{width}} {stock:9.2f} {median(row.times['class']):8.2f}"
            f" {alone:5.1f}x {fast:8.2f} {ratio:5.1f}x  {low:5.1f} - {high:5.1f}"
            f" {limit:8}  {describe_goal(name, ratio, alone)}",
            flush=True,
        )
        # Where the class alone has nothing to do, the two are equal but for noise.
        if min(ratio, alone) < 0.97:
            slower.append(name)
    print(f"slower than stock: {', '.join(slower) or 'none'}")


def print_whole_requests(only: str, rounds: int) -> None:
    width = max(map(len, REQUESTS))
    print(
        f"\n{'whole request':{width}}  stock us   FastResp(app)  ceiling"
        "  share of what can be won  not the response's, of the rest"
    )
    for name, request in REQUESTS.items():
        if only not in name:
            continue
        whole_requests.check(request)
        with steady():
            times = whole_requests.measure(request, rounds)
        stock, fast, free = (median(times[key]) for key in ("stock", "fast", "free"))
        print(
            f"{name:{width}} {stock:9.2f} {fast:8.2f} {stock / fast:5.2f}x"
            f" {stock / free:7.2f}x  {(stock - fast) / (stock - free):6.0%}"
            f" {free / fast:24.0%}",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Ratios of stock Flask's time to fastresp's."
    )
    parser.add_argument("--rounds", type=int, default=40, help="default: %(default)s")
    parser.add_argument("--only", default="", help="only cases with this in their name")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("a median needs two rounds at least")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    print(
        f"{described()}, Flask {version('flask')},"
        f" Werkzeug {version('werkzeug')}, {platform.machine()};"
        f" medians of {options.rounds} interleaved rounds"
    )
    print_return_values(options.only, options.rounds)
    print_whole_requests(options.only, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
