"""The benchmarks' table answers the same on every implementation."""

from __future__ import annotations

import pytest
from cases import CASES
from rows import difference
from subjects import ALONE
from subjects import BY_HAND
from subjects import FASTRESP
from subjects import RETURN_VALUES
from subjects import stock_answer


@pytest.mark.parametrize(
    ("name", "implementation"),
    [
        (name, implementation)
        for name, case in CASES.items()
        for implementation in (ALONE, FASTRESP, BY_HAND)
        if implementation != BY_HAND or case.by_hand is not None
    ],
)
def test_case(name: str, implementation: str) -> None:
    case = CASES[name]
    answer = RETURN_VALUES[implementation](case).answer()
    # By hand, the order of headers is another.
    exact = implementation != BY_HAND
    assert not difference(stock_answer(case), answer, exact=exact)
