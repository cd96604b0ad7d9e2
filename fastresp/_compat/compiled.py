"""Whether the compiled modules are there and in use."""

from __future__ import annotations

import typing as t
import warnings

from . import load
from . import MISSING

if t.TYPE_CHECKING:
    from flask import Flask

_core = load("core")
if _core is None:
    _problem = MISSING
else:
    from .._compiled import json as _json
    from .werkzeug import differing_parts

    _problem = ""
    _differing = differing_parts(_core, _json)
    if not any(_core.parts().values()):
        _problem = "The installed Flask and Werkzeug are not those this fastresp knows"

#: ``True`` when anything that is compiled is in use.
ACCELERATED = not _problem

if _problem:
    warnings.warn(
        f"{_problem}: responses are built by Werkzeug, unchanged and not faster.",
        RuntimeWarning,
        stacklevel=2,
    )


def describe(app: Flask | None = None) -> dict[str, str]:
    """Tell which parts of a response's way are compiled, at the moment.

    :param app: tell it of an app, with its response class, its methods and its
        JSON provider, and of ``"response class"`` and ``"gunicorn worker"``; what is
        not compiled is named with the place where it was defined. By default, of the
        installed Flask and Werkzeug.
    :return: a new ``dict``: for ``"headers"``, ``"construction"``, ``"emission"``,
        ``"cookies"``, ``"conditional"`` (``ETag`` and ``304``), ``"header sets"``
        (``vary``), ``"errors"``, ``"redirects"``, ``"dispatch"`` (``make_response``),
        ``"finalizing"`` (what comes after the view), ``"sessions"`` (their cookies) and
        ``"json"``, ``"compiled"`` or ``"stock: ..."`` with the reason why Werkzeug,
        Flask or :mod:`json` does it all.
    """
    if app is not None:
        from .apps import describe_app

        return describe_app(app)
    if not ACCELERATED:
        from .werkzeug import PARTS

        return dict.fromkeys(PARTS, f"stock: {_problem}")
    found = {}
    for part, in_use in _core.parts().items():
        found[part] = "compiled" if in_use else "stock: patched, or of another version"
        if part in _differing:
            found[part] = "stock: the installed version does something else"
    return found


def fast_path_counts() -> dict[str, int]:
    """Count the responses that this process has built and emitted and the JSON
    texts that it has encoded in compiled code, and the calls that were delegated to
    Werkzeug because the input, the class or the instance is unusual.

    The counts only grow; compare two readings to see whether an app uses the
    fast path.

    :return: a new ``dict`` with the keys ``built``, ``emitted``, ``encoded`` and
        ``delegated``; all zero without the compiled modules.
    """
    if not ACCELERATED:
        names = ("built", "emitted", "encoded", "delegated")
        return dict.fromkeys(names, 0)
    counts: dict[str, int] = _core.fast_path_counts()
    return counts
