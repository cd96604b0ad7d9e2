"""The includes of a compiled module are layers: a file uses those before it alone,
and no feature uses another."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest

COMPILED = Path(__file__).parents[2] / "fastresp" / "_compiled"

needs_sources = pytest.mark.skipif(
    not (COMPILED / "core.pyx").exists(), reason="needs the sources"
)


class Use(t.NamedTuple):
    user: str
    owner: str
    name: str


def code_of(source: str) -> str:
    """Drop docstrings, comments and what is in quotation marks."""
    source = re.sub(r'""".*?"""', "", source, flags=re.S)
    source = re.sub(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", "", source)
    return re.sub(r"#.*", "", source)


def definitions(code: str) -> set[str]:
    found = set(re.findall(r"^(?:def|class)\s+(\w+)", code, re.M))
    found.update(re.findall(r"^ctypedef [\w ]+ \(\*(\w+)\)", code, re.M))
    for head in re.findall(r"^(?:cdef|ctypedef(?!.*\(\*))\b([^=(:\n]*)", code, re.M):
        # A type, perhaps with brackets or stars, then the name.
        names = re.findall(r"\w+", head)
        if names and names[-1] != "enum":
            found.add(names[-1])
    for body in re.findall(r"^cdef enum.*:\n((?:[ ]{4}.*\n|\n)+)", code, re.M):
        found.update(re.findall(r"^    (\w+)", body, re.M))
    # Of the module's own execution.
    found.update(re.findall(r"^(\w+) = ", code, re.M))
    return found


def wrong_uses(files: dict[str, str]) -> set[Use]:
    """Find what a file uses of a later one, or a feature of another.

    :param files: the sources, by name and in the order of the includes.
    """
    order = list(files)
    codes = {name: code_of(source) for name, source in files.items()}
    owners: dict[str, str] = {}
    for file in order:
        for name in definitions(codes[file]):
            owners.setdefault(name, file)
    wrong = set()
    for file in order:
        for name in set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", codes[file])):
            owner = owners.get(name, file)
            is_later = order.index(owner) > order.index(file)
            are_features = all("features/" in each for each in (file, owner))
            if owner != file and (is_later or are_features):
                wrong.add(Use(file, owner, name))
    return wrong


def included(module: str) -> dict[str, str]:
    main = (COMPILED / f"{module}.pyx").read_text("utf-8")
    names = re.findall(r'^include "(.+)"$', main, re.M)
    return {name: (COMPILED / name).read_text("utf-8") for name in names}


@needs_sources
@pytest.mark.parametrize("module", ["core", "json"])
def test_layers(module: str) -> None:
    files = included(module)
    assert len(files) > 2
    wrong = sorted(wrong_uses(files))
    assert not wrong, wrong


#: What each compiled module uses of the others.
MODULES = {
    "core": {"json", "watch"},
    "gunicorn": {"http1", "watch"},
    "http1": set(),
    "json": {"watch"},
    "watch": set(),
}


@needs_sources
@pytest.mark.parametrize("module", MODULES)
def test_modules(module: str) -> None:
    main = (COMPILED / f"{module}.pyx").read_text("utf-8")
    code = code_of("\n".join([main, *included(module).values()]))
    lines = re.findall(r"^from \.(\w*) c?import (\S+)", code, re.M)
    used = {owner or name for owner, name in lines}
    assert used - {"clib", "cpython", "method", "threads", "unpack"} == MODULES[module]
    assert "Python.h" not in main
    if module == "json":
        assert "flask" not in code and "werkzeug" not in code


def test_wrong_uses_are_found() -> None:
    files = {
        "text.pxi": "cdef inline const char *later(x):\n    return render(x) + size\n",
        "features/a.pxi": "cdef int size = 1\ncdef struct Text:\n    int size\n",
        "features/b.pxi": 'cdef Text one(x):\n    """Text"""\n    return later(x)\n',
        "dispatch.pxi": "cdef bytes render(x):  # one\n    return one(x)\n",
    }
    assert wrong_uses(files) == {
        Use("text.pxi", "dispatch.pxi", "render"),
        Use("text.pxi", "features/a.pxi", "size"),
        Use("features/b.pxi", "features/a.pxi", "Text"),
    }
