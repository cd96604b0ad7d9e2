"""The faults of ``make long ONLY=mutants`` fit the sources as they are."""

from __future__ import annotations

import runpy
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MUTANTS = ROOT / "tests/project/mutants"
FAULTS = runpy.run_path(str(MUTANTS / "faults.py"))["FAULTS"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_fault(fault: t.Any) -> None:
    assert (ROOT / fault.file).read_text().count(fault.original) == 1
    assert fault.original != fault.replacement
    file, _, test = fault.test.partition("::")
    assert f"\ndef {test.partition('[')[0]}(" in (ROOT / file).read_text()


def test_none_is_there_twice() -> None:
    assert len({fault.what for fault in FAULTS}) == len(FAULTS) >= 30
    assert len({fault[:3] for fault in FAULTS}) == len(FAULTS)


def test_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each way and in both languages; each replaces its line by another."""
    monkeypatch.syspath_prepend(MUTANTS)
    drawn = runpy.run_path(str(MUTANTS / "drawn.py"))
    faults = drawn["draw"](2000, 1, "")
    assert faults == drawn["draw"](2000, 1, "")
    for fault in faults:
        line = (ROOT / fault.file).read_text().splitlines()[fault.line - 1]
        assert line == fault.original != fault.replacement
    ways = {fault.what.split(": ")[1].split()[0] for fault in faults}
    assert ways == {"operator", "constant", "if", "dropped"}
    assert {fault.file.rpartition(".")[2] for fault in faults} == {"pyx", "pxi", "c"}
    assert {fault.file for fault in drawn["draw"](5, 1, "src_c/fr_head.c")} == {
        "src_c/fr_head.c"
    }
