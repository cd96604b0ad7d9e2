"""How compiled modules are loaded, and what is said when they are not."""

from __future__ import annotations

import importlib
import typing as t
import warnings
from pathlib import Path

COMPILED = Path(__file__).parent.parent / "_compiled"
MISSING = "fastresp was installed without its compiled modules"


def load(name: str) -> t.Any:
    """Return a compiled module, or ``None`` if fastresp was installed without them.

    :raises ImportError: if it is there and cannot be loaded; says what to do.
    """
    try:
        with warnings.catch_warnings():
            # Loaded all the same, such a module would crash.
            warnings.filterwarnings(
                "error", "compile time Python version", RuntimeWarning
            )
            return importlib.import_module(f"fastresp._compiled.{name}")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("fastresp._compiled."):
            raise
        return None
    except (ImportError, RuntimeWarning, TypeError) as error:
        # A TypeError for functions of another form: the modules are not of one version.
        if isinstance(error, ImportError) and (
            error.path is None or Path(error.path).parent != COMPILED
        ):
            # What Werkzeug does not have is not for fastresp to explain.
            raise
        raise ImportError(
            f"fastresp's compiled modules cannot be loaded: {error}. They are damaged,"
            " or were built for another Python or with another fastresp. Install"
            " fastresp anew: pip install --force-reinstall --no-cache-dir fastresp",
            name="fastresp",
        ) from error
