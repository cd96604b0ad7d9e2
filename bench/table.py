"""Times every case on stock and fastresp, and prints the ratios row by row.

The implementations take turns in random order, so that a machine whose speed drifts
favours none. A ratio is the Hodges-Lehmann estimate from those of the rounds, with its
95 % interval for fastresp. Answers are compared first. "WSGI by hand" is the same work
in a WSGI application written for nothing else; the ceiling is a whole request with a
response that costs nothing.

.. code-block:: text

    python bench/table.py [--rounds 40] [--only TEXT]
"""

from __future__ import annotations

import argparse
import platform
import sys
import typing as t
from importlib.metadata import version
from importlib.util import find_spec

import peers
from harness import AGAIN
from harness import CEILING
from interpreter import described
from suites import installed
from suites import NEEDS
from suites import PRINTED
from suites import Suite
from suites import SUITES
from turns import pin
from turns import Turns
from turns import Workers

#: Its ceiling cannot be in the same process as stock.
IN_PROCESSES = "Whole requests"
#: Packages of the peers, which only the report has.
REPORTED = {needed for needed, _ in peers.PEERS.values()} - {"werkzeug"}


def cell(result: t.Any, main: bool) -> str:
    if "ratio" not in result:
        return "-" if "absent" in result else "differs"
    ratio, low, high = result["ratio"]
    text = f"{result['median']:.2f} {ratio:.3g}x"
    if main:
        text += f" ({low:.3g} to {high:.3g})"
    return text + (" differs" if "differs" in result else "")


def remarks(found: dict[str, t.Any]) -> list[str]:
    """Describe the goals, and the part of the possible gain that is reached."""
    results = found["results"]
    said = []
    for name, goal in found["goals"].items():
        reached = results[name]["ratio"].ratio >= goal
        said.append(f"{name} {goal:g} {'reached' if reached else 'missed'}")
    own = results[found["own"][-1]]["median"]
    stock = results[found["reference"]]["median"]
    if CEILING in results:
        free = results[CEILING]["median"]
        said.append(f"{(stock - own) / (stock - free):.0%} of what can be won")
    if found["unit"]:
        costs = (
            f"{result['median'] * 1000 / found['length']:.3g}"
            for result in results.values()
            if "median" in result
        )
        said.append(f"ns per byte: {', '.join(costs)}")
    return said


def print_suite(
    suite: Suite, rows: t.Sequence[str], rounds: int, workers: Workers
) -> None:
    """
    :raises AssertionError: if an answer of fastresp differs.
    """
    names = dict.fromkeys(n for row in rows for n in suite.implementations(row))
    skip = {name for name in names if name.endswith(AGAIN) or name in peers.PEERS}
    reference, *others = (name for name in names if name not in skip)
    width = max(map(len, suite.rows), default=0)
    # As wide as the interval, or the word, beside the figures.
    widths = {n: max(len(n), 34 if n == suite.own[-1] else 22) for n in others}
    columns = "".join(f"  {name:>{widths[name]}}" for name in others)
    print(f"\n{suite.title:{width}} {reference + ', us':>13}{columns}")
    slower = []
    for row in rows:
        turns = Turns(workers, suite, row, skip, tolerant=True)
        if turns.wrong():
            raise AssertionError(turns.wrong())
        # A round of the largest outputs takes seconds.
        turns.measure(max(2, min(rounds, 40_000_000 // suite.sizes.get(row, 1))))
        found = turns.figures()
        results = found["results"]
        cells = (
            f"  {cell(results.get(n, {'absent': 1}), n == suite.own[-1]):>{widths[n]}}"
            for n in others
        )
        print(
            f"{row:{width}} {results[reference]['median']:13.2f}{''.join(cells)}"
            f"  {', '.join(remarks(found))}".rstrip(),
            flush=True,
        )
        # The class alone has nothing to do in some rows: equal but for noise.
        if min(results[name]["ratio"][0] for name in suite.own) < 0.97:
            slower.append(row)
    print(f"slower than {reference}: {', '.join(slower) or 'none'}")


def main(titles: t.Sequence[str], doc: str | None) -> int:
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=40, help="default: %(default)s")
    parser.add_argument("--only", default="", help="only rows with this in their name")
    suites = [SUITES.get(title) or PRINTED[title] for title in titles]
    if any(suite.sizes for suite in suites):
        parser.add_argument(
            "--largest",
            type=int,
            default=100_000_000,
            help="the largest output, in bytes; its objects take several times as much"
            " memory (default: %(default)s)",
        )
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("a median needs two rounds at least")
    for suite in suites:
        reference, *_ = suite.implementations(next(iter(suite.rows)))
        if not installed(reference):
            parser.error(f"{reference} is the reference: install it")
    pin()

    used = {"flask", "werkzeug"}
    for suite in suites:
        found = suite.implementations(next(iter(suite.rows)))
        used |= {NEEDS[n] for n in found if n not in peers.PEERS and n in NEEDS}
    versions = ", ".join(
        f"{name} {version(name)}" for name in sorted(used) if find_spec(name)
    )
    print(
        f"{described()}, {platform.machine()}, {versions};"
        f" medians of {options.rounds} interleaved rounds"
    )
    for suite in suites:
        rows = [
            row
            for row in suite.rows
            if options.only in row
            and (not suite.sizes or suite.sizes[row] <= options.largest)
        ]
        if rows:
            with Workers(remote=suite.title == IN_PROCESSES) as workers:
                print_suite(suite, rows, options.rounds, workers)
    return 0


if __name__ == "__main__":
    sys.exit(main(["Return values", IN_PROCESSES], __doc__))
