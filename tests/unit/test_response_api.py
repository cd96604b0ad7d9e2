"""What fast responses inherit: ETags, data, lengths, header properties."""

from __future__ import annotations

import typing as t

import pytest
from bodies import Closing
from bodies import ERROR
from bodies import generated
from conftest import Pair
from parity import emit
from parity import Journal
from parity import state
from response_programs import BODIES
from response_programs import DATA
from response_programs import ETAGS
from response_programs import run
from response_programs import SETS
from response_programs import STATUS


def compare(pair: Pair, body: t.Callable[[Journal], t.Any], code: str) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        journal = Journal()
        response = cls(body(journal))
        results = run(code, response)
        vars(response).pop("stream", None)
        return results, state(response), emit(response), journal.entries

    assert program(pair.fast) == program(pair.stock)


@pytest.mark.parametrize("code", [*ETAGS, *DATA])
def test_programs(pair: Pair, code: str) -> None:
    for body in BODIES.values():
        compare(pair, body, code)


@pytest.mark.parametrize("code", [*STATUS, *SETS])
def test_properties(pair: Pair, code: str) -> None:
    compare(pair, BODIES["text"], code)


def test_an_error_in_the_body(pair: Pair) -> None:
    for code in (*ETAGS, *DATA):
        compare(pair, lambda journal: generated(journal, ["a", ERROR, "b"]), code)
        compare(pair, lambda journal: Closing(journal, [5, None]), code)
        compare(pair, lambda journal: ["a", None, "\ud800"], code)
