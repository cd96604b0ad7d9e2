"""Whether the compiled modules are there and in use."""

from __future__ import annotations

import warnings

from ._selfcheck import agrees_with_json
from ._selfcheck import agrees_with_werkzeug

try:
    import fastresp._core as _core  # "from . import" would hide which is missing
except ModuleNotFoundError as error:
    if error.name not in (f"{__package__}._core", f"{__package__}._json"):
        raise
    _problem = "fastresp was installed without its compiled modules"
else:
    _problem = ""
    from . import _json

    if not agrees_with_werkzeug(_core.METHODS):
        _problem = "The installed Werkzeug is not one this fastresp knows"
    elif not agrees_with_json(_json.dumps):
        _problem = "This Python's json is not one this fastresp knows"

#: ``True`` when the compiled modules are in use.
ACCELERATED = not _problem

if _problem:
    warnings.warn(
        f"{_problem}: responses are built by Werkzeug, unchanged and not faster.",
        RuntimeWarning,
        stacklevel=2,
    )


def fast_path_counts() -> dict[str, int]:
    """How many responses this process has built and emitted and how many JSON
    texts it has encoded in compiled code, how many of the responses are earlier
    ones recycled, and how often a method was left to Werkzeug because its input,
    its class or its instance is unusual.

    The counts only grow; compare two readings to see whether an app uses the
    fast path.

    :return: a new ``dict`` with the keys ``built``, ``emitted``, ``encoded``,
        ``recycled`` and ``delegated``; all zero without the compiled modules.
    """
    if not ACCELERATED:
        names = ("built", "emitted", "encoded", "recycled", "delegated")
        return dict.fromkeys(names, 0)
    from . import _core

    return _core.fast_path_counts()
