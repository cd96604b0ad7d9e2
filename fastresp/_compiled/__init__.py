"""The compiled modules, which count on the global interpreter lock."""

import sys

is_locked = getattr(sys, "_is_gil_enabled", None)
if is_locked is not None and not is_locked():
    # Loading one would turn the lock on for the whole process, or, where that is
    # forbidden, crash sooner or later.
    raise ModuleNotFoundError(
        "fastresp's compiled modules need the global interpreter lock, which is off"
        " (PYTHON_GIL=1 turns it on)",
        name=__name__,
    )
