"""Each row of the encoders' report once, untimed: who agrees with stock."""

from __future__ import annotations

from functools import partial

import pytest
from cases import CASES
from harness import answer
from json_encoders import APPS
from json_encoders import cost_per_byte
from json_encoders import ENCODERS
from json_encoders import judge
from json_encoders import RESPONSES
from json_encoders import TEXTS


@pytest.mark.parametrize("name", TEXTS)
def test_encoders(name: str) -> None:
    text = TEXTS[name]
    verdicts = judge(
        {
            encoder: partial(create(text), text.case.make())
            for encoder, create in ENCODERS.items()
        }
    )
    assert verdicts["fastresp"] == (True, "")


@pytest.mark.parametrize("name", RESPONSES)
def test_responses(name: str) -> None:
    case = CASES[name]
    verdicts = judge(
        {name: partial(answer, create(case), case) for name, create in APPS.items()}
    )
    assert verdicts["fastresp"] == (True, "")


def test_growth() -> None:
    costs, written = cost_per_byte(1000, 2)
    assert set(costs) == set(ENCODERS)
    assert 500 < written < 2000
