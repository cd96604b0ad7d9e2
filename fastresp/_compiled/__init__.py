"""The compiled modules, which count on the global interpreter lock."""

import sys

if hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled():
    # Loading one would turn the lock on for the whole process, or, where that is
    # forbidden, crash sooner or later.
    raise ModuleNotFoundError(
        "fastresp's compiled modules need the global interpreter lock, which is off"
        " (PYTHON_GIL=1 turns it on)",
        name=__name__,
    )
