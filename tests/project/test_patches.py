"""The page of what may be patched lists the names that compiled code looks at."""

from __future__ import annotations

import inspect
import pkgutil
import re
import types
import typing as t
from pathlib import Path

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.test import create_environ

import fastresp
from fastresp._compiled import watch

GONE = object()
PAGE = Path(__file__).parents[2] / "docs" / "patches.rst"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="needs the docs")


def names_of(owner: t.Any, watched: set[str]) -> str:
    """Return what the page says of a module's or a class's names."""
    if isinstance(owner, type):
        methods = {name for name, value in vars(owner).items() if callable(value)}
        if methods <= watched:
            return "all methods"
    names = (name for name in watched if hasattr(owner, name))
    return ", ".join(f"``{name}``" for name in sorted(names))


def rows() -> dict[str, str]:
    # What this calls is looked at from the first time on.
    error: t.Any = NotFound()
    fastresp.Response.force_type(error, create_environ())
    found: dict[t.Any, set[str]] = {}
    pytest.importorskip("fastresp._compiled.gunicorn")
    for owner, name in watch.watched():
        found.setdefault(owner, set()).add(name)
    labels = {
        owner: owner.__name__
        if isinstance(owner, types.ModuleType)
        else f"{owner.__module__}.{owner.__qualname__}"
        for owner in found
    }
    return {
        labels[owner]: names_of(owner, names)
        for owner, names in sorted(found.items(), key=lambda item: labels[item[0]])
        if not labels[owner].startswith(("builtins.", "fastresp."))
    }


def listed(page: str) -> dict[str, str]:
    pairs = re.findall(r"^   \* - ``(.+)``\n     - (.+(?:\n       .+)*)", page, re.M)
    return {where: " ".join(names.split()) for where, names in pairs}


def test_every_name_is_listed() -> None:
    page = listed(PAGE.read_text())
    for where, names in rows().items():
        missing = set(names.split(", ")) - set(page[where].split(", "))
        assert not missing, where


def test_listed_names_are_looked_at() -> None:
    """Those that the installed versions have."""
    found = rows()
    for where, names in listed(PAGE.read_text()).items():
        owner = pkgutil.resolve_name(where)
        for name in set(names.split(", ")) - set(found.get(where, "").split(", ")):
            # Not by attribute: a module may still give out what it no longer has.
            value = inspect.getattr_static(owner, name.strip("`"), GONE)
            assert value is GONE, f"{where}.{name}"
