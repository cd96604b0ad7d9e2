"""The faults of ``make long ONLY=mutants`` fit the sources as they are."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = runpy.run_path(str(ROOT / "tests/project/mutants/faults.py"))


def test_listed() -> None:
    faults = FAULTS["listed"]()
    for fault in faults:
        assert fault.mutated() != (ROOT / fault.file).read_text(), fault
        for test in fault.tests.partition(" -k")[0].split():
            assert (ROOT / test).exists(), fault
    assert len({fault.what for fault in faults}) == len(faults) >= 30


def test_drawn() -> None:
    """Of each way and in both languages; each replaces its line by another."""
    draw = FAULTS["draw"]
    faults = draw(2000, 1, "")
    assert faults == draw(2000, 1, "")
    for fault in faults:
        line = (ROOT / fault.file).read_text().splitlines()[fault.line - 1]
        assert line == fault.original != fault.replacement
    ways = {fault.what.split(": ")[1].split()[0] for fault in faults}
    assert ways == {"operator", "constant", "if", "dropped"}
    assert {fault.file.rpartition(".")[2] for fault in faults} == {"pyx", "pxi", "c"}
    assert {fault.file for fault in draw(5, 1, "src_c/fr_head.c")} == {
        "src_c/fr_head.c"
    }
