"""What SECURITY.md says is tested is tested."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TEXT = (TESTS.parent / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", TEXT)


@pytest.mark.parametrize("module", sorted({module for module, _ in NAMED}))
def test_named_tests_exist(module: str) -> None:
    (path,) = TESTS.glob(f"*/{module}")
    tree = ast.parse(path.read_text("utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {name for found, name in NAMED if found == module} <= defined


def test_each_row_has_a_test() -> None:
    _, *table = TEXT[TEXT.index("| input |") :].partition("\n\n")[0].splitlines()[1:]
    assert len(table) > 20
    for row in table:
        *_, tests = row.strip("|").split("|")
        assert row.count("|") == 7, row
        # With nothing else in the cell.
        assert re.fullmatch(r"( `test_\w+\.py::test_\w+`,?)+ ", tests), row


def test_the_number_of_entrances() -> None:
    from test_injection import ENTRANCES

    assert f"through {len(ENTRANCES)} entrances" in TEXT
