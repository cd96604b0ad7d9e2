"""Which parts of an app are compiled, and why others are not."""

from __future__ import annotations

import inspect
import sys
import typing as t
import warnings
import weakref

from flask import current_app
from flask import Flask
from flask import has_app_context
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface as FlasksInterface

from .. import wrappers
from ..json import JSONProvider
from ..sessions import SecureCookieSessionInterface
from .compiled import ACCELERATED
from .compiled import describe

if ACCELERATED or t.TYPE_CHECKING:
    from .._compiled import core as _core

#: Functions that an app gets in place of its methods: the part of
#: :func:`fastresp.describe` that they are, and the method.
APP_FUNCTIONS = (
    ("dispatch", "make_response"),
    ("redirects", "redirect"),
    ("finalizing", "process_response"),
    ("finalizing", "finalize_request"),
)

#: A method of an app, which is ours until it is called.
FIRST_REQUEST = "full_dispatch_request"

# --- settings ------------------------------------------------------------------

SETTINGS = (
    "FASTRESP_ENABLED",
    "FASTRESP_DISPATCH",
    "FASTRESP_JSON",
    "FASTRESP_SESSIONS",
)
_WORDS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0", ""), False),
}


def setting(app: Flask, name: str) -> bool:
    """Return a value of the configuration.

    :raises ValueError: for a word that is neither true nor false.
    """
    value = app.config.get(name, True)
    if not isinstance(value, str):
        return bool(value)
    try:
        return _WORDS[value.strip().lower()]
    except KeyError:
        raise ValueError(
            f"{name} is {value!r}, which is neither true (true, yes, on, 1) nor false"
            " (false, no, off, 0)."
        ) from None


# --- reasons -------------------------------------------------------------------

MISSING = "FastResp(app) is missing"
LATE = "set it before FastResp(app)"


def place(value: t.Any) -> str:
    """Return where a class or a function was defined: ``module:qualname``, or file and
    line of one without a name of its own."""
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

#: Where Dash and middlewares of WSGI and ASGI have the app.
HOLDERS = ("server", "app", "flask_app", "wsgi_app", "wsgi_application", "application")


def is_asgi(value: object) -> bool:
    """Return whether an object is an ASGI app, which is called as a coroutine."""
    call = inspect.getattr_static(type(value), "__call__", None)
    return inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(call)


def explained(value: object) -> str:
    """Return what an object is that is no Flask app, and what to pass instead."""
    kind = value if isinstance(value, type) else type(value)
    what = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    if isinstance(value, type):
        is_app = issubclass(value, Flask)
        return f"the class {what}{': create the app first' if is_app else ''}."
    interface = "ASGI" if is_asgi(value) else "WSGI" if callable(value) else ""
    what = f"an object of the class {what}"
    if inspect.isroutine(value):
        what = f"the function {value.__qualname__}"
    if isinstance(getattr(value, "__self__", None), Flask):
        return f"{what}, a method of a Flask app: pass the app."
    for name in HOLDERS:
        held = getattr(value, name, None)
        if isinstance(getattr(held, "__self__", held), Flask):
            around = f", {interface} around a Flask app" if interface else ""
            inner = f"its attribute {name}"
            if not isinstance(held, Flask):
                inner = "the app that it wraps"
            return f"{what}{around}: pass {inner}."
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
        how = (
            "was patched" if owner.__module__.startswith("flask.") else "is overridden"
        )
        return f"{owner.__name__}.{name} {how} ({place(value)})"
    if own is None:
        return without_extension(app, "FASTRESP_DISPATCH") or f"{name} was removed"
    return ""


def of_provider(app: Flask) -> str:
    provider: t.Any = app.json
    cls = type(provider)
    if not isinstance(provider, JSONProvider):
        why = without_extension(app, "FASTRESP_JSON")
        said = f"json is of {place(cls)}"
        if cls is DefaultJSONProvider:
            return f"{said}: {why or LATE}"
        if _core.knows_provider(provider):
            said += ", compiled for what views return alone"
        return f"{said}: inherit from fastresp.json.JSONProvider"
    if _core.knows_provider(provider):
        return ""
    own = {
        name: each[name]
        for name in ("_prepare_response_obj", "dumps", "response")
        for each in reversed([vars(provider), *map(vars, cls.__mro__)])
        if name in each
        and each[name] is not vars(JSONProvider).get(name)
        and not _core.is_library_function(name, each[name])
    }
    said = f"overridden or patched: {named(own)}" if own else "of a class of its own"
    return f"json is of {place(cls)}, {said}"


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
    if interface._keep(app) is not None:
        return ""
    names = _core.signing_obstacles()
    return f"{named(names)} was patched" if names else "keys, serializer or json differ"


#: What FastResp sets on an app and may be set again: what gives the reason why it is
#: not compiled, and the class of Flask's that there is a compiled one for.
SET: dict[str, tuple[t.Callable[[Flask], str], type[t.Any]]] = {
    "response_class": (of_response_class, object),
    "json": (of_provider, DefaultJSONProvider),
    "session_interface": (of_sessions, FlasksInterface),
}


def set_late(app: Flask) -> str:
    """Return a sentence about what was set between FastResp(app) and the first request
    and could be compiled; empty if there is nothing."""
    fast = getattr(vars(app).get(FIRST_REQUEST), "fast", ())
    names = [name for name in fast if not is_fast(app, name)]
    found = [
        reason(app)
        for name, (reason, stock) in SET.items()
        if name in names and isinstance(attribute(app, name), stock)
    ]
    found += [f"FastResp(app) has read {name}" for name in SETTINGS if name in names]
    # Others may have changed it back by now.
    said = "; ".join(filter(None, found))
    if not said:
        return ""
    return f"The app {app.name!r} was changed after FastResp(app): {said}."


def first_request(app: Flask) -> t.Callable[..., t.Any]:
    """Return a function that stands once for the method ``FIRST_REQUEST`` of an app: it
    removes itself, and warns of what was set on the app since."""
    reference = weakref.ref(app)

    def is_there(app: Flask) -> bool:
        return getattr(vars(app).get(FIRST_REQUEST), "app", None) is reference

    def full_dispatch_request(*args: t.Any, **kwargs: t.Any) -> t.Any:
        app = reference()
        if has_app_context():
            current: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
            # A copy of the app has this function, too.
            if is_there(current):
                app = current
        if app is None:
            raise ReferenceError("The app of this function no longer exists.")
        if not is_there(app):
            # Called by what was put in its place.
            return getattr(type(app), FIRST_REQUEST)(app, *args, **kwargs)
        said = set_late(app)
        vars(app).pop(FIRST_REQUEST, None)
        if said:
            warnings.warn(said, RuntimeWarning, stacklevel=1)
        return getattr(app, FIRST_REQUEST)(*args, **kwargs)

    names = ("response_class", "json", "session_interface", *SETTINGS)
    fast = frozenset(name for name in names if is_fast(app, name))
    vars(full_dispatch_request).update(app=reference, fast=fast)
    return full_dispatch_request


def of_worker() -> str:
    """Return why the responses of this process are not written by compiled code."""
    worker = sys.modules.get("fastresp.gunicorn")
    if worker is None:
        return "no worker of fastresp.gunicorn serves this process"
    return "" if worker._writes else "gunicorn's own writer is in use"


def describe_app(app: Flask) -> dict[str, str]:
    """Return what :func:`fastresp.describe` returns for an app."""
    found = describe()
    if not ACCELERATED:
        problem = next(iter(found.values()))
        names = ("response class", "sessions", "gunicorn worker")
        return {**found, **dict.fromkeys(names, problem)}
    cls = app.response_class
    not_fast = of_response_class(app)
    reasons = {"json": of_provider(app)}
    for part, name in APP_FUNCTIONS:
        reasons[part] = reasons.get(part) or of_function(app, name)
    for part in found.keys() - {"dispatch", "finalizing", "json"}:
        part_of_class = not_fast and "the response class is not compiled"
        reasons[part] = reasons.get(part) or part_of_class
    for part, in_use in () if not_fast else _core.parts(cls).items():
        own = _core.obstacles(cls, part)
        if not in_use and own:
            reasons[part] = reasons.get(part) or f"overridden or patched: {named(own)}"
    for part, how in found.items():
        if how != "compiled" and not reasons[part]:
            reasons[part] = how.removeprefix("stock: ")
    reasons["response class"] = not_fast
    reasons["sessions"] = of_sessions(app)
    reasons["gunicorn worker"] = of_worker()
    found.update(
        (part, f"stock: {why}" if why else "compiled") for part, why in reasons.items()
    )
    return found
