"""Times every case on stock and fastresp and prints the ratios, row by row.

The implementations take turns in random order, so that a machine whose speed
drifts cannot favour one; a ratio is the median over the rounds, with the
middle half of them beside it. Each case is checked for equal answers first.

.. code-block:: text

    python bench/report.py [--rounds 40] [--only TEXT]
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import sys
import time
import typing as t
from importlib.metadata import version
from statistics import median
from statistics import quantiles

from cases import Case
from cases import CASES
from cases import CLASS_ALONE_GOALS
from harness import check
from harness import IMPLEMENTATIONS
from harness import Runner


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


def time_round(runner: Runner) -> float:
    total = 0
    loops = max(1, runner.case.loops // runner.batch)
    with runner.app.request_context(runner.environ):
        for _ in range(loops):
            runner.prepare()
            started = time.perf_counter_ns()
            runner.run()
            total += time.perf_counter_ns() - started
    return total / (loops * runner.batch) / 1000


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
        f"CPython {platform.python_version()}, Flask {version('flask')},"
        f" Werkzeug {version('werkzeug')}, {platform.machine()};"
        f" median of {options.rounds} interleaved rounds"
    )
    width = max(map(len, CASES))
    print(
        f"{'return value':{width}}  stock us  response_class   FastResp(app)"
        "    (middle half)   goal"
    )
    slower = []
    for name, case in CASES.items():
        if options.only not in name:
            continue
        check(case)
        gc.collect()
        gc.freeze()
        gc.disable()
        try:
            row = measure(case, options.rounds)
        finally:
            gc.enable()
            gc.unfreeze()
        alone, (low, ratio, high) = row.ratio("class")[1], row.ratio("extension")
        stock, fast = median(row.times["stock"]), median(row.times["extension"])
        print(
            f"{name:{width}} {stock:9.2f} {median(row.times['class']):8.2f}"
            f" {alone:5.1f}x {fast:8.2f} {ratio:5.1f}x   {low:5.1f} - {high:5.1f}"
            f"    {describe_goal(name, ratio, alone)}",
            flush=True,
        )
        if min(ratio, alone) < 1:
            slower.append(name)
    if slower:
        print(f"slower than stock: {', '.join(slower)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
