"""The heads of the report once, untimed: who writes the same bytes."""

from __future__ import annotations

import pytest
from head import check
from head import HEADERS
from head import ways


@pytest.mark.parametrize("title", HEADERS)
def test_heads(title: str) -> None:
    notes = check(ways(HEADERS[title]))
    # It writes the names in another order, or the same in another case.
    assert set(notes) <= {"h11"}
