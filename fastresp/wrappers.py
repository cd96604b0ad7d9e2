"""The drop-in for :class:`werkzeug.wrappers.Response`."""

from __future__ import annotations

import typing as t

from werkzeug.wrappers import Response as _WerkzeugResponse

from ._accelerated import ACCELERATED

if ACCELERATED:
    from . import _core


class Response(_WerkzeugResponse):
    """A :class:`werkzeug.wrappers.Response` whose construction and WSGI
    emission are compiled.

    An ordinary class: subclass it, override its methods, pickle it, assign it
    to ``__class__``. Where a method is overridden or an input is unusual,
    Werkzeug's own code runs. Everything not listed here is inherited.
    """

    # For type checkers, the methods are Werkzeug's.
    if ACCELERATED and not t.TYPE_CHECKING:
        __init__ = _core.METHODS["__init__"]
        __call__ = _core.METHODS["__call__"]
        get_wsgi_response = _core.METHODS["get_wsgi_response"]
        get_wsgi_headers = _core.METHODS["get_wsgi_headers"]
        get_app_iter = _core.METHODS["get_app_iter"]
