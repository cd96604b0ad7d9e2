"""pytest-benchmark suite: each case on each implementation, grouped by case.

Run with ``--benchmark-disable`` it checks the answers and runs each once.
For ratios, ``python bench/report.py`` interleaves the implementations.
"""

from __future__ import annotations

import typing as t

import pytest
from cases import CASES
from harness import check
from harness import IMPLEMENTATIONS
from harness import Runner

# pytest-benchmark asks for the interpreter's processor by a deprecated call.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_return_type(benchmark: t.Any, name: str, implementation: str) -> None:
    case = CASES[name]
    check(case)
    benchmark.group = name
    runner = Runner(case, IMPLEMENTATIONS[implementation](case))
    with runner.app.request_context(runner.environ):
        rounds = max(5, case.loops // 10)
        benchmark.pedantic(runner.run, setup=runner.prepare, rounds=rounds)
    benchmark.extra_info["responses"] = runner.batch
