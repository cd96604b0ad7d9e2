"""The build of Python is read from its configuration."""

from __future__ import annotations

import typing as t

import pytest
from interpreter import build
from interpreter import described
from interpreter import TOO_GOOD


@pytest.mark.parametrize(
    "variables, optimised, text",
    [
        ({"CONFIG_ARGS": "'--enable-shared'", "PGO_PROF_USE_FLAG": "-f"}, False, "no"),
        ({"CONFIG_ARGS": "'--enable-optimizations' '--with-lto'"}, True, "PGO, LTO"),
        ({"CONFIG_ARGS": "'--enable-optimizations'"}, True, "PGO, no LTO"),
        (
            {
                "CONFIG_ARGS": "'--prefix=/usr'",
                "PGO_PROF_GEN_FLAG": "-fprofile-generate",
                "PGO_PROF_USE_FLAG": "",
            },
            True,
            "PGO by the distribution",
        ),
        ({"CONFIG_ARGS": "'--prefix=/usr'"}, False, "no PGO"),
        ({}, None, "cannot be told"),
        ({"CONFIG_ARGS": "--enable-optimizations", "Py_DEBUG": 1}, False, "debug"),
    ],
)
def test_build(variables: dict[str, t.Any], optimised: bool | None, text: str) -> None:
    found = build(variables)
    assert found.optimised is optimised
    assert text in found.text


def test_described() -> None:
    assert (TOO_GOOD in described()) is (build().optimised is False)
