"""Every row, checked and measured, one test each.

.. code-block:: text

    pytest bench/test_rows.py --benchmark-json=FILE [--rounds 40] [--only TEXT]

pytest-benchmark stores the row's figures as ``extra_info``; its own times are of the
whole row. With ``--benchmark-disable``, each row is checked and run once.
"""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import counters
import head
import pytest
from json_encoders import SIZES
from suites import PRINTED
from suites import SUITES
from turns import FEWEST_ROUNDS
from turns import Turns
from turns import Workers

# pytest-benchmark looks up the interpreter's processor by a deprecated call.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="session")
def workers() -> cabc.Iterator[Workers]:
    with Workers() as workers:
        yield workers


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
        limit = int(request.config.getoption("--row-seconds") / turns.warm_up())
        rounds = min(request.config.getoption("--rounds"), max(FEWEST_ROUNDS, limit))
        if SUITES[suite].memory:
            turns.measure_memory()
    benchmark.group = suite
    benchmark.pedantic(turns.measure, args=(rounds,))
    benchmark.extra_info.update(turns.figures())
    record_property("figure", turns.summary())
    # A peer's answer may differ. fastresp's may not.
    assert not turns.wrong()


@pytest.mark.parametrize("row", counters.ROWS)
def test_instructions(
    benchmark: t.Any, record_property: cabc.Callable[[str, object], None], row: str
) -> None:
    tool = counters.available() if benchmark.enabled else None
    if tool is None:
        pytest.skip("there is nothing to check, or no counter")

    def count() -> dict[str, float]:
        return {
            name: counters.instructions(tool, row, name)
            for name in counters.IMPLEMENTATIONS
        }

    benchmark.group = "Instructions"
    found = benchmark.pedantic(count)
    benchmark.extra_info.update(
        suite="Instructions", row=row, tool=tool.name, instructions=found
    )
    record_property("figure", ", ".join(f"{found[n]:,.0f} {n}" for n in found))


@pytest.mark.parametrize(
    ("suite", "row"),
    [(title, row) for title, suite in PRINTED.items() for row in suite.rows]
    + [(head.TITLE, row) for row in head.HEADERS],
)
def test_printed_row(suite: str, row: str) -> None:
    if SIZES.get(row, 0) > 10_000:
        pytest.skip("takes long")
    workers = Workers(remote=False)
    turns = Turns(workers, PRINTED.get(suite) or SUITES[suite], row)
    assert not turns.wrong()
    for name in turns.timed:
        workers[name].batch()
    if suite == head.TITLE:
        # h11 writes the names in another order, or in another case.
        differing = [name for name, each in turns.results.items() if "differs" in each]
        assert set(differing) <= {"h11"}
