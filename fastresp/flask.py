"""The drop-in for :class:`flask.Response`, and the Flask extension."""

from __future__ import annotations

import typing as t
import weakref

from flask import Flask
from flask import Response as _FlaskResponse
from flask import sessions as _flask_sessions
from flask.json.provider import DefaultJSONProvider
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response as _WerkzeugResponse

from . import wrappers
from ._compat.apps import explained
from ._compat.apps import FIRST_REQUEST
from ._compat.apps import first_request
from ._compat.apps import setting
from ._compat.apps import SETTINGS
from ._compat.compiled import ACCELERATED
from .json import JSONProvider
from .sessions import SecureCookieSessionInterface

if ACCELERATED or t.TYPE_CHECKING:
    from ._compiled import core as _core


class Response(wrappers.Response, _FlaskResponse):
    """A :class:`flask.Response` whose construction, WSGI emission and cookies
    are compiled; see :class:`fastresp.wrappers.Response`.

    .. code-block:: python

        app.response_class = fastresp.Response
    """


if ACCELERATED:
    _core.add_response_class(Response)


class FastResp:
    """The Flask extension: :class:`Response` as the app's response class,
    compiled ``make_response``, ``redirect``, ``finalize_request`` and
    ``process_response``, a compiled encoder for JSON, and session cookies that are
    signed for less time.

    .. code-block:: python

        FastResp(app)

    or, with an application factory, ``fastresp = FastResp()`` and
    ``fastresp.init_app(app)``. It keeps no reference to the app, serves any
    number of apps, and may be initialized twice.

    An app's own ``response_class`` stays in place. If it inherits from Flask's
    or Werkzeug's ``Response``, the accelerated class is put among its bases, in
    place of the stock one or right before it, so every method that the class
    overrides stays overridden. An app with one of these methods of its own keeps it.
    Flask's default JSON provider becomes a
    :class:`~fastresp.json.JSONProvider` with the same attributes, and Flask's
    interface for sessions a
    :class:`~fastresp.sessions.SecureCookieSessionInterface`; a provider or an interface
    of the app's own stays as it is.

    If ``response_class``, ``json`` or ``session_interface`` is replaced afterwards by
    one that is not compiled, the first request gives a :exc:`RuntimeWarning`.

    Configuration, read by :meth:`init_app`: ``True`` or ``False``, or a word as the
    environment has it, in any case: ``true``, ``yes``, ``on``, ``1``, ``false``,
    ``no``, ``off``, ``0``.

    ``FASTRESP_ENABLED``
        ``False`` leaves the app as it is. Default ``True``.
    ``FASTRESP_DISPATCH``
        ``False`` leaves these methods as they are. Default ``True``.
    ``FASTRESP_JSON``
        ``False`` leaves the JSON provider as it is. Default ``True``.
    ``FASTRESP_SESSIONS``
        ``False`` leaves the session interface as it is. Default ``True``.

    :param app: the app to initialize, if it exists already.
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Prepares an app.

        :param app: the app; its ``response_class`` and configuration should be
            final.
        :raises TypeError: if it is no Flask app, or its ``response_class`` cannot be
            accelerated; the app is left as it was.
        :raises ValueError: if a configuration value is a word that is neither true nor
            false; the app is left as it was.
        """
        if isinstance(app, LocalProxy):
            app = app._get_current_object()
        if not isinstance(app, Flask):
            raise TypeError(f"FastResp needs a flask.Flask app, not {explained(app)}")
        settings = {name: setting(app, name) for name in SETTINGS}
        enabled = settings["FASTRESP_ENABLED"]
        response_class = _accelerate(app.response_class) if enabled else None
        for name in SETTINGS:
            app.config.setdefault(name, True)
        if response_class is None:
            return

        # Leave the class attribute of an app's class alone where it will do.
        if app.response_class is not response_class:
            app.response_class = response_class
        if settings["FASTRESP_DISPATCH"] and ACCELERATED:
            # The app holds the functions, so they must not hold the app.
            for name, function in _core.app_functions(weakref.ref(app)).items():
                if name not in vars(app) and _core.has_flasks(type(app), name):
                    vars(app)[name] = function
        if settings["FASTRESP_JSON"] and type(app.json) is DefaultJSONProvider:
            # The same object: others may have it, and it keeps its attributes.
            app.json.__class__ = JSONProvider
        interface = app.session_interface
        if (
            settings["FASTRESP_SESSIONS"]
            and type(interface) is _flask_sessions.SecureCookieSessionInterface
        ):
            # Another object: that of Flask's class is every app's.
            app.session_interface = SecureCookieSessionInterface()
            vars(app.session_interface).update(vars(interface))
        app.extensions["fastresp"] = self
        first = vars(app).get(FIRST_REQUEST)
        if ACCELERATED and (first is None or hasattr(first, "fast")):
            vars(app)[FIRST_REQUEST] = first_request(app)


_ACCELERATED_CLASSES: dict[type, type] = {
    _FlaskResponse: Response,
    _WerkzeugResponse: wrappers.Response,
}


def _accelerate(response_class: type[t.Any]) -> type[t.Any]:
    """Return the class to use in place of an app's response class: ours for a
    stock one, else the same class, with ours among its bases."""
    if response_class in _ACCELERATED_CLASSES:
        return _ACCELERATED_CLASSES[response_class]
    if not (
        isinstance(response_class, type)
        and issubclass(response_class, _WerkzeugResponse)
    ):
        raise TypeError(
            f"FastResp cannot accelerate the app's response_class"
            f" {response_class!r}: it does not inherit from"
            " werkzeug.wrappers.Response."
        )
    if issubclass(response_class, wrappers.Response):
        return response_class

    bases = response_class.__bases__
    if not _ACCELERATED_CLASSES.keys().isdisjoint(bases):
        bases = tuple(_ACCELERATED_CLASSES.get(base, base) for base in bases)
    elif issubclass(response_class, _FlaskResponse):
        bases = (*bases, Response)
    else:
        bases = (*bases, wrappers.Response)
    try:
        response_class.__bases__ = bases
    except TypeError as error:
        raise TypeError(
            "FastResp cannot accelerate the app's response_class"
            f" {response_class!r}: {error}."
        ) from error
    return response_class
