"""Whether the compiled modules are there and in use."""

from __future__ import annotations

import warnings
from pathlib import Path

from .werkzeug import agrees_with_json
from .werkzeug import agrees_with_werkzeug

COMPILED = Path(__file__).parent.parent / "_compiled"


def why_missing(error: ModuleNotFoundError) -> str:
    """Return why there are no compiled modules.

    :raises ModuleNotFoundError: the error, if another module is missing.
    """
    name = error.name or ""
    if name == "fastresp._compiled":
        return error.msg
    if not name.startswith("fastresp._compiled."):
        raise error
    return "fastresp was installed without its compiled modules"


def explain(error: Exception) -> None:
    """Raise an error that says what to do, if a compiled module is there and cannot be
    loaded; return for other errors."""
    if isinstance(error, ImportError):
        # What Werkzeug does not have is not for fastresp to explain.
        if error.path is None or Path(error.path).parent != COMPILED:
            return
    raise ImportError(
        f"fastresp's compiled modules cannot be loaded: {error}. They are damaged, or"
        " were built for another Python or with another fastresp. Install fastresp"
        " anew: pip install --force-reinstall --no-cache-dir fastresp",
        name="fastresp",
    ) from error


try:
    with warnings.catch_warnings():
        # Loaded all the same, such a module would crash.
        warnings.filterwarnings("error", "compile time Python version", RuntimeWarning)
        # "from .._compiled import" would hide which is missing.
        import fastresp._compiled.core as _core
except ModuleNotFoundError as error:
    _problem = why_missing(error)
except (ImportError, RuntimeWarning, TypeError) as error:
    # A TypeError for functions of another form: the modules are not of one version.
    explain(error)
    raise
else:
    _problem = ""
    from .._compiled import json as _json

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
    from .._compiled import core as _core

    return _core.fast_path_counts()
