"""Flask and Werkzeug responses, built and emitted by compiled code.

.. code-block:: python

    from fastresp import FastResp

    FastResp(app)

or, without the extension's dispatch, ``app.response_class = fastresp.Response``.
"""

from ._compat import ACCELERATED as ACCELERATED
from ._compat import describe as describe
from ._compat import fast_path_counts as fast_path_counts
from ._version import __version__ as __version__
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
