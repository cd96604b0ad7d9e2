"""The faults of ``make mutants`` fit the sources as they are."""

from __future__ import annotations

import runpy
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = runpy.run_path(str(ROOT / "tests/project/mutants/faults.py"))["FAULTS"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_fault(fault: t.Any) -> None:
    assert (ROOT / fault.file).read_text().count(fault.original) == 1
    assert fault.original != fault.replacement
    file, _, test = fault.test.partition("::")
    assert f"\ndef {test.partition('[')[0]}(" in (ROOT / file).read_text()


def test_none_is_there_twice() -> None:
    assert len({fault.what for fault in FAULTS}) == len(FAULTS) >= 60
    assert len({fault[:3] for fault in FAULTS}) == len(FAULTS)
