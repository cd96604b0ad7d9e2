"""Every row, checked and measured, one test each.

.. code-block:: text

    pytest bench/test_rows.py --benchmark-json=FILE [--rounds 40] [--only TEXT]

pytest-benchmark stores the row's figures as ``extra_info``; its own times are of the
whole row. With ``--benchmark-disable``, each row is checked and runs for a moment.
"""

from __future__ import annotations

import collections.abc as cabc
import dataclasses
import typing as t

import instructions
import pytest
from rows import Row
from rows import Workers
from suites import SUITES

# pytest-benchmark looks up the interpreter's processor by a deprecated call.
pytestmark = pytest.mark.filterwarnings("default")

Record = cabc.Callable[[str, object], None]


@pytest.fixture(scope="session")
def workers() -> cabc.Iterator[Workers]:
    with Workers() as workers:
        yield workers


@pytest.mark.parametrize(
    ("suite", "name"),
    [
        pytest.param(title, name, id=f"{title}: {name}")
        for title, suite in SUITES.items()
        for name in suite.rows
    ],
)
def test_row(
    benchmark: t.Any,
    workers: Workers,
    record_property: Record,
    request: pytest.FixtureRequest,
    suite: str,
    name: str,
) -> None:
    row = Row.compared(SUITES[suite], name, workers)
    rounds = request.config.getoption("--rounds") if benchmark.enabled else 1
    benchmark.pedantic(row.measure, args=(workers, rounds))
    benchmark.extra_info.update(dataclasses.asdict(row))
    record_property("figure", row.summary())
    # A peer's answer may differ. fastresp's may not.
    assert not row.wrong()


def test_instructions(benchmark: t.Any, record_property: Record) -> None:
    if not benchmark.enabled or not instructions.COUNTER:
        pytest.skip("there is nothing to check, or no counter")
    found = benchmark.pedantic(instructions.count)
    benchmark.extra_info.update(instructions=found)
    record_property("figure", f"of {len(found)} rows")
