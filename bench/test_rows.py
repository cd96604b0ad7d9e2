"""Every row, checked and measured, one test each.

.. code-block:: text

    pytest bench/test_rows.py --benchmark-json=FILE [--rounds 40] [--only TEXT]

pytest-benchmark runs the rounds and stores what :class:`turns.Turns` found out as
``extra_info``; its own times are of a turn of all implementations together. With
``--benchmark-disable``, each row is checked and run once.
"""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import counters
import pytest
from rows_plugin import STOP
from suites import SUITES
from turns import FEWEST_ROUNDS
from turns import Turns
from workers import Workers

# pytest-benchmark asks for the interpreter's processor by a deprecated call.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="session")
def workers() -> cabc.Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


@pytest.mark.parametrize(
    ("suite", "row"),
    [(title, row) for title, suite in SUITES.items() for row in suite.rows],
)
def test_row(
    benchmark: t.Any,
    workers: Workers,
    record_property: cabc.Callable[[str, object], None],
    request: pytest.FixtureRequest,
    suite: str,
    row: str,
) -> None:
    turns = Turns(workers, SUITES[suite], row)
    rounds = 1
    if benchmark.enabled:
        taken = turns.warm_up()
        limit = int(request.config.getoption("--row-seconds") / taken)
        rounds = min(request.config.getoption("--rounds"), max(FEWEST_ROUNDS, limit))
        if SUITES[suite].memory:
            turns.measure_memory()
    benchmark.group = suite

    def turn() -> None:
        if not STOP.asked:
            turns.turn()

    benchmark.pedantic(turn, rounds=rounds)
    if STOP.asked and turns.rounds < FEWEST_ROUNDS:
        pytest.skip("stopped")
    benchmark.extra_info.update(turns.figures())
    record_property("figure", turns.summary())
    # A peer may answer otherwise. fastresp may not.
    assert not turns.wrong()


@pytest.mark.parametrize("row", counters.ROWS)
def test_instructions(
    benchmark: t.Any, record_property: cabc.Callable[[str, object], None], row: str
) -> None:
    if not benchmark.enabled:
        pytest.skip("nothing to check")
    tool = counters.available()
    if tool is None:
        pytest.skip("there is no counter")
    found: dict[str, float] = {}

    def count() -> None:
        for name in () if STOP.asked else counters.IMPLEMENTATIONS:
            found[name] = counters.instructions(tool, row, name)

    benchmark.group = "Instructions"
    benchmark.pedantic(count)
    if not found:
        pytest.skip("stopped")
    benchmark.extra_info.update(
        suite="Instructions", row=row, tool=tool.name, instructions=found
    )
    record_property("figure", ", ".join(f"{found[n]:,.0f} {n}" for n in found))
