"""Times every row on stock and fastresp, and prints the ratios.

Each implementation has a process of its own; they take turns in random order. A ratio
is the Hodges-Lehmann estimate from those of the rounds, with its 95 % interval for
fastresp. What answers otherwise is not timed. "WSGI by hand" is the same work in a WSGI
application written for nothing else; the ceiling is a whole request with a response
that costs nothing. Other frameworks and growth are in the report.

.. code-block:: text

    python bench/table.py [--rounds 40] [--only TEXT] [--json FILE]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import sys
from pathlib import Path

from interpreter import described
from interpreter import packages
from peers import PEERS
from report import Cell
from report import timed
from rows import installed
from rows import Row
from rows import Workers
from suites import Suite
from suites import SUITES

from fastresp.cli.output import aligned


def print_header(rounds: int) -> None:
    print(
        f"{described()}, {platform.machine()}, {packages()};"
        f" medians of {rounds} interleaved rounds",
        flush=True,
    )


def measured(suite: Suite, only: str, rounds: int, workers: Workers) -> list[Row]:
    """Measure the rows with that text in their names, and print how it goes.

    :raises AssertionError: if an answer of fastresp differs.
    """
    rows = []
    with workers:
        for name in suite.named(only):
            row = Row.compared(suite, name, workers, PEERS)
            if row.wrong():
                raise AssertionError(row.wrong())
            row.measure(workers, rounds)
            print(f"{suite.title}: {name}: {row.summary()}", file=sys.stderr)
            rows.append(row)
    return rows


def print_table(rows: list[Row]) -> None:
    section = timed(rows[0].suite, rows)
    texts = [
        [each.text if isinstance(each, Cell) else each for each in line]
        for line in (section.header, *section.rows)
    ]
    print("", section.title, *aligned(texts), sep="\n")
    # The class alone has nothing to do in some rows: equal but for noise.
    slower = [
        row.row
        for row in rows
        if min(found.ratio for found in map(row.ratio, row.own) if found) < 0.97
    ]
    print(f"slower than {rows[0].reference}: {', '.join(slower) or 'none'}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=40, help="default: %(default)s")
    parser.add_argument("--only", default="", help="rows with this in 'suite: row'")
    parser.add_argument("--json", type=Path, metavar="FILE", help="for the figures")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("a median needs two rounds at least")
    suites = [
        suite
        for suite in SUITES.values()
        if suite.named(options.only) and not suite.growing
    ]
    if not suites:
        parser.error(f"no row has {options.only!r} in its name")
    print_header(options.rounds)
    found: list[Row] = []
    for suite in suites:
        reference, *_ = suite.implementations(suite.named(options.only)[0])
        if not installed(reference):
            print(f"\n{suite.title}: left out, {reference} is not installed")
            continue
        rows = measured(suite, options.only, options.rounds, Workers())
        print_table(rows)
        found += rows
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(row) for row in found]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
