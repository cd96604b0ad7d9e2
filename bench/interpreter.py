"""The build of this Python, without which no ratio says anything; and the packages.

An interpreter that was built without profile-guided optimisation runs stock Flask
slower, but not compiled code: each ratio is a quarter to a third too good.
"""

from __future__ import annotations

import platform
import sysconfig
import typing as t
from importlib.metadata import distributions

#: Packages whose versions are printed.
NAMED = (
    "aiohttp blacksheep cython falcon fastresp flask flask-orjson gunicorn jinja2"
    " markupsafe msgspec orjson werkzeug"
).split()
TOO_GOOD = "ratios are too good: stock is slower here than on what people run"


class Build(t.NamedTuple):
    #: With profile-guided optimisation or without; ``None`` if unknown.
    optimised: bool | None
    #: Describes the build.
    text: str


def build(variables: dict[str, t.Any] | None = None) -> Build:
    """:param variables: those of ``sysconfig``, if not of this interpreter."""
    found = sysconfig.get_config_vars() if variables is None else variables
    arguments = found.get("CONFIG_ARGS") or ""
    flags = " ".join(
        str(found.get(name) or "")
        for name in ("CFLAGS", "PY_CFLAGS_NODIST", "PY_CORE_CFLAGS", "PY_CORE_LDFLAGS")
    )
    if found.get("Py_DEBUG"):
        return Build(False, "a debug build")
    linked = "--with-lto" in arguments or "-flto" in flags
    lto = ", LTO" if linked else ", LTO not known of"
    if "--enable-optimizations" in arguments or "-fprofile-use" in flags:
        return Build(True, f"PGO{lto if linked else ', no LTO'}")
    if found.get("PGO_PROF_GEN_FLAG") and found.get("PGO_PROF_USE_FLAG") == "":
        # Debian's recipe applies a profile without configure's option, and removes the
        # flag afterwards, so that extensions are not compiled with it.
        return Build(True, f"PGO by the distribution{lto}")
    if not arguments:
        return Build(None, "how it was built cannot be told")
    return Build(False, "no PGO")


def described() -> str:
    """The interpreter in one line, for the header of what prints figures."""
    how = build()
    line = f"CPython {platform.python_version()} ({how.text})"
    if how.optimised is False:
        return f"{line}: {TOO_GOOD}"
    return line if how.optimised else f"{line}; ratios may be too good"


def packages() -> str:
    # Authors spell the names of distributions in different ways.
    found = {str(each.metadata["Name"]).lower(): each for each in distributions()}
    return ", ".join(f"{n} {found[n].version}" for n in NAMED if n in found)
