"""Which parts of an app are compiled, and why others are not."""

from __future__ import annotations

import inspect
import sys
import typing as t

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface as FlasksInterface

from .. import wrappers
from ..flask import APP_FUNCTIONS
from ..flask import FIRST_REQUEST
from ..flask import setting
from ..flask import SETTINGS
from ..json import JSONProvider
from ..sessions import patched
from ..sessions import SecureCookieSessionInterface
from . import ACCELERATED
from . import describe

if ACCELERATED or t.TYPE_CHECKING:
    from .._compiled import core as _core

MISSING = "FastResp(app) is missing"
LATE = "set it before FastResp(app)"


def place(value: t.Any) -> str:
    """Return where a class or a function was defined: ``module:qualname``; file and line
    of one without a name of its own."""
    while isinstance(value, (classmethod, staticmethod, property)):
        value = value.fget if isinstance(value, property) else value.__func__
    value = getattr(value, "__func__", value)
    code = getattr(value, "__code__", None)
    if not inspect.iscode(code):
        if not isinstance(value, type) and not inspect.isroutine(value):
            value = type(value)
        module, name = value.__module__, value.__qualname__
    else:
        # A wrapper may have copied the other names.
        module, name = value.__globals__.get("__name__"), code.co_qualname
        if "<" in name:
            return f"{code.co_filename}:{code.co_firstlineno}"
    return f"{module}:{name}"


def named(values: dict[str, t.Any]) -> str:
    """Return the names of methods and where they were defined."""
    return ", ".join(f"{name} ({place(value)})" for name, value in values.items())


def attribute(app: Flask, name: str) -> t.Any:
    """Return an attribute of an app, without a call of a property."""
    return vars(app).get(name, inspect.getattr_static(type(app), name, None))


def is_fast(app: Flask, name: str) -> bool:
    """Return whether an attribute or a setting of an app is what FastResp(app) makes
    it, or is made of that."""
    if name in SETTINGS:
        try:
            return setting(app, name)
        except ValueError:
            return False
    value = attribute(app, name)
    if name == "response_class":
        return isinstance(value, type) and issubclass(value, wrappers.Response)
    return isinstance(value, (JSONProvider, SecureCookieSessionInterface))


# --- what is passed in place of an app --------------------------------------

#: Where Dash, connexion, and middlewares of WSGI and ASGI have the app.
HOLDERS = ("server", "app", "flask_app", "wsgi_app", "wsgi_application", "application")


def explained(value: object) -> str:
    """Return what an object is that is no Flask app, and what to pass instead."""
    kind = value if isinstance(value, type) else type(value)
    what = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, type):
        is_app = issubclass(value, Flask)
        return f"the class {what}{': create the app first' if is_app else ''}."
    asynchronous = map(inspect.iscoroutinefunction, (value, vars(kind).get("__call__")))
    interface = "WSGI" if callable(value) else ""
    if any(asynchronous):
        interface = "ASGI"
    what = f"an object of the class {what}"
    if isinstance(getattr(value, "__self__", None), Flask):
        return f"{what}, a method of a Flask app: pass the app."
    for name in HOLDERS:
        held = getattr(value, name, None)
        if isinstance(getattr(held, "__self__", held), Flask):
            around = f", {interface} around a Flask app" if interface else ""
            it = f"its attribute {name}" if isinstance(held, Flask) else "the app that it wraps"
            return f"{what}{around}: pass {it}."
    return f"{what}."


# --- parts of an app ---------------------------------------------------------


def without_extension(app: Flask, key: str) -> str:
    """Return why FastResp has not done what a setting is for."""
    if "fastresp" not in app.extensions:
        off = not is_fast(app, "FASTRESP_ENABLED")
        return "FASTRESP_ENABLED is off" if off else MISSING
    return f"{key} is off" if not is_fast(app, key) else ""


def of_response_class(app: Flask) -> str:
    cls = app.response_class
    if is_fast(app, "response_class"):
        return ""
    if "fastresp" in app.extensions:
        return f"response_class is {place(cls)}: {LATE}"
    return without_extension(app, "") + f"; response_class is {place(cls)}"


def of_function(app: Flask, name: str) -> str:
    """Return why a method of an app is not compiled."""
    own = vars(app).get(name)
    if own is not None and getattr(own, "__module__", "") != _core.__name__:
        return f"{name} was set on the app ({place(own)})"
    cls = type(app)
    if not _core.has_flasks(cls, name):
        value = inspect.getattr_static(cls, name)
        if _core.is_library_function(name, value):
            return "the installed version does something else"
        owner = next(each for each in cls.__mro__ if name in vars(each))
        how = "was patched" if owner.__module__.startswith("flask.") else "is overridden"
        return f"{owner.__name__}.{name} {how} ({place(value)})"
    if own is None:
        return without_extension(app, "FASTRESP_DISPATCH") or LATE
    return ""


def of_provider(app: Flask) -> str:
    provider: t.Any = app.json
    cls = type(provider)
    if not isinstance(provider, JSONProvider):
        why = without_extension(app, "FASTRESP_JSON")
        said = f"json is of {place(cls)}"
        if cls is DefaultJSONProvider:
            return f"{said}: {why or LATE}"
        part = " except what views return" if _core.knows_provider(provider) else ""
        return f"{said}{part}: inherit from fastresp.json.JSONProvider"
    if _core.knows_provider(provider):
        return ""
    own = {
        name: value
        for name in ("dumps", "response", "_prepare_response_obj")
        for value in [vars(provider).get(name, inspect.getattr_static(cls, name))]
        if value is not vars(JSONProvider).get(name)
        and not _core.is_library_function(name, value)
    }
    return f"json has its own {named(own)}" if own else f"json is of {place(cls)}"


def of_sessions(app: Flask) -> str:
    interface: t.Any = app.session_interface
    cls = type(interface)
    if not isinstance(interface, SecureCookieSessionInterface):
        why = without_extension(app, "FASTRESP_SESSIONS")
        said = f"session_interface is of {place(cls)}"
        if cls is FlasksInterface:
            return f"{said}: {why or LATE}"
        if isinstance(interface, FlasksInterface):
            base = "fastresp.sessions.SecureCookieSessionInterface"
            return f"{said}: inherit from {base}"
        return f"{said}, the app's own"
    if not app.secret_key:
        return "there are no sessions without a SECRET_KEY"
    if interface._inputs(app) is not None:
        return ""
    names = patched()
    return f"{named(names)} was patched" if names else "keys, serializer or json differ"


#: What FastResp sets on an app that may be set again: the reason why it is not compiled,
#: and the class of Flask's that there is a compiled one for.
SET: dict[str, tuple[t.Callable[[Flask], str], type[t.Any]]] = {
    "response_class": (of_response_class, object),
    "json": (of_provider, DefaultJSONProvider),
    "session_interface": (of_sessions, FlasksInterface),
}


def set_late(app: Flask, function: t.Any) -> str:
    """Return a sentence about what was set after FastResp(app) and could be compiled, if
    there is any.

    :param function: what FastResp(app) has put in the place of ``FIRST_REQUEST``.
    """
    names = [name for name in function.fast if not is_fast(app, name)]
    found = [
        reason(app)
        for name, (reason, stock) in SET.items()
        if name in names and isinstance(attribute(app, name), stock)
    ]
    found += [f"FastResp(app) has read {name}" for name in SETTINGS if name in names]
    if not found:
        return ""
    return f"The app {app.name!r} was changed after FastResp(app): {'; '.join(found)}."


def of_worker() -> str:
    """Return why the responses of this process are not written by compiled code."""
    worker = sys.modules.get("fastresp.gunicorn")
    if worker is None:
        return "no worker of fastresp.gunicorn serves this process"
    return "" if worker.writes else "gunicorn's own writer is in use"


def describe_app(app: Flask) -> dict[str, str]:
    """Return what :func:`fastresp.describe` returns for an app."""
    found = describe()
    if not ACCELERATED:
        problem = next(iter(found.values()))
        names = ("response class", "sessions", "gunicorn worker")
        return {**found, **dict.fromkeys(names, problem)}
    reasons = {"response class": of_response_class(app)}
    cls = app.response_class
    for part, in_use in _core.parts(cls).items() if isinstance(cls, type) else ():
        if found[part] == "compiled" and not in_use:
            # The class does not have the compiled methods, or has others before them.
            own = named(_core.obstacles(cls, part))
            reasons[part] = reasons["response class"] or f"of {place(cls)}: {own}"
    for part, name, _ in APP_FUNCTIONS:
        why = of_function(app, name)
        if found.get(part, "compiled") == "compiled" and why:
            reasons[part] = why
    why = of_provider(app)
    if found["json"] == "compiled" and why:
        reasons["json"] = why
    reasons["sessions"] = of_sessions(app)
    reasons["gunicorn worker"] = of_worker()
    found.update(
        (part, f"stock: {why}" if why else "compiled") for part, why in reasons.items()
    )
    return found
