"""The checks of the compiled sources find what they are there for."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"

pytestmark = pytest.mark.skipif(not TOOLS.exists(), reason="needs a checkout")


def tool(name: str) -> dict[str, t.Any]:
    return runpy.run_path(str(TOOLS / name))


BORROWED = """
cdef f(PyObject *item, object owned, PyObject **args):
    cdef PyObject *found = PyDict_GetItemWithError(owned, "<object>item")
    g(<object>item)  # f(<object>item)
    g(1, <dict>found, x=2)
    g(
        PyList_GET_SIZE(owned),
        <object>PyList_GET_ITEM(owned, 0),
    )
    if owned == <object>found or <object>found in owned:
        return (<object>found).attribute
    owned.append((<object>item))
"""
OWNED = '''
cdef f(PyObject *item, object owned, PyObject **args):
    """g(<object>item)"""
    owned = <object>item
    g(owned)
    if PyUnicode_CheckExact(<object>item) and Py_TYPE(<object>item) is &PyDict_Type:
        g((<object>item, 1), [<object>item])
    if <object>item is owned and a < b > c:
        g(<list>owned, <PyObject *>owned, <object>args[0])
    return <object>item
'''


def test_borrowed_references() -> None:
    check = tool("check_borrowed.py")["check"]
    path = Path("source.pyx")
    found = [(each.line, each.callee) for each in check(path, BORROWED)]
    assert found == [
        (4, "g"),
        (5, "g"),
        (8, "g"),
        (10, "operator"),
        (10, "in"),
        (11, ".attribute"),
        (12, "owned.append"),
    ]
    assert check(path, OWNED) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_pythons_that_do_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tool("wheels.py")["found"]
    for name, status in ("chosen", 127), ("other", 0):
        command = tmp_path / name / "python"
        command.parent.mkdir()
        command.write_text(f"#!/bin/sh\nexit {status}\n")
        command.chmod(0o755)
    path = [str(tmp_path / name) for name in ("chosen", "other")]
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    assert found("python") == str(tmp_path / "other" / "python")
    monkeypatch.setenv("PATH", path[0])
    assert found("python") is None


WARNED = '''
cdef class Kind:
    pass

cdef extern from *:
    """
    __attribute__((warn_unused_result)) static int fails(void) { return 1; }
    /* Nobody calls it. */
    static int unused(void) { return 1; }
    """
    int fails()

def f():
    fails()
'''


@pytest.mark.skipif(importlib.util.find_spec("Cython") is None, reason="needs Cython")
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_warnings(
    compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    monkeypatch.setenv("CC", compiler)
    warnings_about = tool("check_warnings.py")["warnings_about"]
    source = tmp_path / "ignoring.pyx"
    source.write_text(WARNED)
    found = "\n".join(warnings_about(source, tmp_path))
    version = subprocess.check_output([compiler, "--version"], text=True)
    assert set(re.findall(r"ignoring\.pyx:(\d+):.*\[(.*)\]", found)) == {
        ("9", "-Wunused-function"),
        # Clang is content with the cast to void that Cython makes.
        *([("14", "-Wunused-result")] if "clang" not in version else ()),
    }
    mended = WARNED.replace("static int unused", "int fr_unused")
    source.write_text(mended.replace("f():\n    fails()", "f():\n    return fails()"))
    assert warnings_about(source, tmp_path) == []
