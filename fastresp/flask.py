"""The drop-in for :class:`flask.Response`, and the Flask extension."""

from __future__ import annotations

import typing as t
import weakref

from flask import Flask
from flask import Response as _FlaskResponse
from flask import sessions as _flask_sessions
from flask.json.provider import DefaultJSONProvider
from werkzeug.wrappers import Response as _WerkzeugResponse

from . import wrappers
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
    compiled ``make_response`` and ``redirect``, a compiled encoder for JSON, and
    session cookies that are signed for less time.

    .. code-block:: python

        FastResp(app)

    or, with an application factory, ``fastresp = FastResp()`` and
    ``fastresp.init_app(app)``. It keeps no reference to the app, serves any
    number of apps, and may be initialized twice.

    An app's own ``response_class`` stays in place. If it inherits from Flask's
    or Werkzeug's ``Response``, the accelerated class is put among its bases, in
    place of the stock one or right before it, so every method that the class
    overrides stays overridden. An app with a ``make_response`` or ``redirect``
    of its own keeps it. Flask's default JSON provider becomes a
    :class:`~fastresp.json.JSONProvider` with the same attributes, and Flask's
    interface for sessions a
    :class:`~fastresp.sessions.SecureCookieSessionInterface`; a provider or an interface
    of the app's own stays as it is.

    Configuration, read by :meth:`init_app`:

    ``FASTRESP_ENABLED``
        ``False`` leaves the app as it is. Default ``True``.
    ``FASTRESP_DISPATCH``
        ``False`` leaves ``make_response`` and ``redirect`` as they are. Default
        ``True``.
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
        :raises TypeError: if the app's ``response_class`` cannot be
            accelerated; the app is left as it was.
        """
        app.config.setdefault("FASTRESP_ENABLED", True)
        app.config.setdefault("FASTRESP_DISPATCH", True)
        app.config.setdefault("FASTRESP_JSON", True)
        app.config.setdefault("FASTRESP_SESSIONS", True)
        if not app.config["FASTRESP_ENABLED"]:
            return

        response_class = _accelerate(app.response_class)
        # Leave the class attribute of an app's class alone where it will do.
        if app.response_class is not response_class:
            app.response_class = response_class
        if app.config["FASTRESP_DISPATCH"] and ACCELERATED:
            # The app holds the functions, so they must not hold the app.
            reference = weakref.ref(app)
            for name, maker in (
                ("make_response", _core.response_maker),
                ("redirect", _core.redirect_maker),
            ):
                if name not in vars(app) and _core.has_flasks(type(app), name):
                    vars(app)[name] = maker(reference)
        if app.config["FASTRESP_JSON"] and type(app.json) is DefaultJSONProvider:
            # The same object: others may have it, and it keeps its attributes.
            app.json.__class__ = JSONProvider
        interface = app.session_interface
        if (
            app.config["FASTRESP_SESSIONS"]
            and type(interface) is _flask_sessions.SecureCookieSessionInterface
        ):
            # Another object: that of Flask's class is every app's.
            app.session_interface = SecureCookieSessionInterface()
            vars(app.session_interface).update(vars(interface))
        app.extensions["fastresp"] = self


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
