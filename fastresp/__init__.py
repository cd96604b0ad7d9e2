"""Flask and Werkzeug responses, built and emitted by compiled code.

.. code-block:: python

    from fastresp import FastResp

    FastResp(app)

or, without the extension's dispatch, ``app.response_class = fastresp.Response``.
"""

import typing as t

from ._version import __version__ as __version__

if t.TYPE_CHECKING:
    from ._compat.compiled import ACCELERATED as ACCELERATED
    from ._compat.compiled import describe as describe
    from ._compat.compiled import fast_path_counts as fast_path_counts
    from .flask import FastResp as FastResp
    from .flask import Response as Response

__all__ = [
    "ACCELERATED",
    "FastResp",
    "Response",
    "__version__",
    "describe",
    "fast_path_counts",
]

if not t.TYPE_CHECKING:
    # After a reload they are asked for anew.
    for _name in {*__all__} - {"__version__"}:
        globals().pop(_name, None)

    def __getattr__(name):
        # Imported when it is used: gunicorn's master imports this package with a
        # worker class, and Flask's thread-locals are to be made in the worker, after
        # gevent has patched the module that they come from.
        from importlib import import_module

        if name in ("flask", "json", "sessions", "wrappers"):
            return import_module(f".{name}", __name__)
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module("._compat.compiled", __name__)
        if name in ("FastResp", "Response"):
            module = import_module(".flask", __name__)
        value = getattr(module, name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
