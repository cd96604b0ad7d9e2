"""A compiled module that is there and cannot be loaded: the error says what to do.

Argument: the module's name. Runs on a copy of the package.
"""

from __future__ import annotations

import importlib
import importlib.abc
import shutil
import sys
import tempfile
import typing as t
import warnings
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

name = sys.argv[1]
spec = find_spec("fastresp")
assert spec is not None and spec.origin is not None
copy = Path(tempfile.mkdtemp())
shutil.copytree(Path(spec.origin).parent, copy / "fastresp")
sys.path.insert(0, str(copy))


def refused(module: str) -> str:
    """What importing the module says."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        message = str(error)
        assert message.startswith("fastresp's compiled modules cannot be loaded: ")
        assert "pip install" in message
        assert error.__cause__ is not None
    else:
        raise AssertionError(f"{module} was imported.")
    for imported in [each for each in sys.modules if each.startswith("fastresp")]:
        del sys.modules[imported]
    return message


class Raising(importlib.abc.MetaPathFinder):
    """Does in place of the module's import what another module does."""

    def __init__(self, do: t.Callable[[], None]) -> None:
        self.do = do

    def find_spec(self, name: str, *args: t.Any) -> None:
        if name == "fastresp._compiled.core":
            self.do()


def warn() -> None:
    # As Cython's modules do, and go on.
    warnings.warn(
        "compile time Python version 3.8 of module 'fastresp._compiled.core' does not"
        " match runtime version 3.13",
        RuntimeWarning,
        stacklevel=2,
    )


def complain() -> None:
    raise TypeError("C function fastresp._compiled.json.encode has wrong signature")


importing = {"http1": "fastresp.http1", "gunicorn": "fastresp.gunicorn"}
if name == "core":
    for do, word in ((warn, "compile time"), (complain, "signature")):
        sys.meta_path.insert(0, Raising(do))
        assert word in refused("fastresp.flask")
        del sys.meta_path[0]
(file,) = (
    path
    for suffix in EXTENSION_SUFFIXES
    for path in (copy / "fastresp/_compiled").glob(f"{name}{suffix}")
)
file.write_text("no module")
assert file.name in refused(importing.get(name, "fastresp.flask"))
shutil.rmtree(copy)
