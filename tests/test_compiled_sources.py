"""What the compiled sources do without: what Cython makes of it is wrong."""

from __future__ import annotations

import collections.abc as cabc
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((*ROOT.glob("fastresp/*.pyx"), *ROOT.glob("fastresp/*.pxi")))
#: Comments and texts.
OTHER = re.compile(r'""".*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*', re.DOTALL)


def list_comprehensions(source: str) -> cabc.Iterator[str]:
    """What is before ``for`` in each."""
    source = OTHER.sub('""', source)
    brackets: list[int] = []
    for found in re.finditer(r"[\[({]|[\])}]|\sfor\s", source):
        if found[0] in "[({":
            brackets.append(found.end())
        elif found[0] in "])}":
            brackets.pop()
        elif brackets and source[brackets[-1] - 1] == "[":
            yield source[brackets[-1] : found.start()].strip()


@pytest.mark.skipif(not SOURCES, reason="needs a checkout")
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_list_comprehension_makes_its_items(path: Path) -> None:
    """When there is no memory for the list, Cython 3.3 gives an item back twice."""
    found = list_comprehensions(path.read_text())
    assert [item for item in found if not item.isidentifier()] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_set_of_constants(path: Path) -> None:
    """When there is no memory for one, Cython 3.3 adds to nothing, and crashes."""
    source = OTHER.sub('""', path.read_text())
    literals = re.findall(r"frozenset\(\s*[\[({]|\bin\s*\{", source)
    assert literals == []


def test_what_is_found() -> None:
    source = 'a = [f(x)[0] for x in y]  # [b for c]\nd = [e for e in [{1: 2}]]\n"[g'
    assert list(list_comprehensions(source)) == ["f(x)[0]", "e"]
    assert list(list_comprehensions("a = {b: c for b in d}\nfor e in [1]: ...")) == []
