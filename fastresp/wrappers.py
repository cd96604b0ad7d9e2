"""The drop-in for :class:`werkzeug.wrappers.Response`."""

from __future__ import annotations

import inspect
import typing as t

from werkzeug.wrappers import Response as _WerkzeugResponse

from ._compat.compiled import ACCELERATED

if ACCELERATED or t.TYPE_CHECKING:
    from ._compiled import core as _core


class _Signature:
    """Tells :func:`inspect.signature` what it does not read off slot wrappers:
    the parameters of the class, and of an instance's call."""

    def __get__(self, instance: object, owner: type[t.Any]) -> inspect.Signature:
        name = "__call__" if instance is not None else "__init__"
        method = getattr(owner, name)
        if (
            name not in _core.METHODS
            or method is not _core.METHODS[name]
            or getattr(owner, "__new__") is not object.__new__  # noqa: B009
            or type(owner) is not type
        ):
            # Overridden: inspect finds out by itself.
            raise AttributeError("__signature__")
        signature = inspect.signature(method)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


class Response(_WerkzeugResponse):
    """A :class:`werkzeug.wrappers.Response` whose construction, WSGI emission
    and cookies are compiled.

    An ordinary class: subclass it, override its methods, pickle it, assign it
    to ``__class__``. Where a method is overridden or an input is unusual,
    Werkzeug's own code runs. Everything not listed here is inherited.

    Parameters, attributes and exceptions are those of
    :class:`werkzeug.wrappers.Response`, with one exception more: emission
    (``__call__``, ``get_wsgi_response``) raises :exc:`ValueError`, which names
    the header, for CR, LF or NUL in the status, in a name or in a value.
    """

    # For type checkers, the methods are Werkzeug's.
    if ACCELERATED and not t.TYPE_CHECKING:
        __signature__ = _Signature()


if ACCELERATED:
    # Those that were Werkzeug's own when fastresp was imported.
    for _name, _method in _core.METHODS.items():
        setattr(Response, _name, _method)
    _core.add_response_class(Response)
