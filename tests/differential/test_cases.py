"""The benchmarks' table answers the same on every implementation."""

from __future__ import annotations

import pytest
from cases import CASES
from cases import CLASS_ALONE_GOALS
from harness import check


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    check(CASES[name])


def test_goals_belong_to_cases() -> None:
    assert set(CLASS_ALONE_GOALS) <= set(CASES)
