"""Whatever of Werkzeug, Flask and json is patched, before fastresp is imported or
after, or overridden in a subclass of the response class, is used as it is: by the same
calls, with the same results as without fastresp.

patched.py before|after|subclass|instance all|some|"OWNER.NAME, KIND": all patches,
every fourth one, or that one. Each is made in a process of its own, forked from this
one.
"""

from __future__ import annotations

import collections.abc as cabc
import functools
import importlib
import os
import re
import subprocess
import sys
import traceback
import typing as t
import warnings
from unittest import mock

import flask
import flask.json.provider
import flask.sansio.app
import flask.wrappers
import werkzeug.datastructures
import werkzeug.exceptions
import werkzeug.http
import werkzeug.sansio.response
import werkzeug.utils
import werkzeug.wrappers.response
from werkzeug.exceptions import NotFound
from werkzeug.local import LocalProxy
from werkzeug.test import create_environ

#: What a subclass of the app's response class has.
SUBCLASS: dict[str, t.Any] = {}
#: What is set on instances of a class: its name, and the kind of patch.
INSTANCE: list[tuple[type[t.Any], str, str]] = []
#: Made while nothing is patched.
ENVIRON = create_environ()

calls: list[str] = []


class ObjectProxy:
    """A function wrapper that is no function, as those of wrapt: it binds, and has
    the attributes of what it wraps."""

    def __init__(self, wrapped: t.Any, name: str, bound: bool = False) -> None:
        vars(self).update(__wrapped__=wrapped, _name=name, _bound=bound)

    def __getattr__(self, name: str) -> t.Any:
        return getattr(vars(self)["__wrapped__"], name)

    def __get__(self, instance: t.Any, owner: t.Any = None) -> t.Any:
        wrapped = vars(self)["__wrapped__"]
        return ObjectProxy(wrapped.__get__(instance, owner), vars(self)["_name"])

    def __call__(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        calls.append(vars(self)["_name"])
        return vars(self)["__wrapped__"](*args, **kwargs)


def plain(stock: t.Any, name: str) -> t.Any:
    function = stock.__func__ if isinstance(stock, classmethod) else stock
    if isinstance(stock, property):
        return property(
            plain(stock.fget, name), stock.fset and plain(stock.fset, f"{name}=")
        )

    def patched(*args: t.Any, **kwargs: t.Any) -> t.Any:
        calls.append(name)
        return function(*args, **kwargs)

    return classmethod(patched) if isinstance(stock, classmethod) else patched


def wraps(stock: t.Any, name: str) -> t.Any:
    patched = plain(stock, name)
    if isinstance(stock, classmethod):
        return classmethod(functools.wraps(stock.__func__)(patched.__func__))
    if isinstance(stock, property):
        get: t.Any = stock.fget
        return property(functools.wraps(get)(patched.fget), patched.fset)
    return functools.wraps(stock)(patched)


def proxied(stock: t.Any, name: str) -> t.Any:
    if isinstance(stock, property):
        return property(ObjectProxy(stock.fget, name), stock.fset)
    return ObjectProxy(stock, name)


#: By name: from the stock object and its name to what stands in its place.
KINDS: dict[str, cabc.Callable[[t.Any, str], t.Any]] = {
    "function": plain,
    "wraps": wraps,
    "wrapt": proxied,
    "classmethod in classmethod": lambda stock, name: classmethod(stock),
    "None": lambda stock, name: None,
    "property": lambda stock, name: property(lambda self: calls.append(name)),
    "mock": lambda stock, name: mock.Mock(return_value=None),
}

Response = werkzeug.wrappers.response.Response
Sansio = werkzeug.sansio.response.Response
FlaskResponse = flask.wrappers.Response
Headers = werkzeug.datastructures.Headers
Provider = flask.json.provider.DefaultJSONProvider


def methods(cls: type[t.Any]) -> cabc.Iterator[tuple[t.Any, str]]:
    for name, value in vars(cls).items():
        if callable(value) or isinstance(value, (classmethod, property)):
            # Types are no methods; the others stand for nothing compiled.
            if not isinstance(value, type) and name not in ("__class_getitem__",):
                yield cls, name


WATCHED = """
import fastresp, fastresp._compiled.watch as watch
from werkzeug.exceptions import NotFound
import werkzeug.test
fastresp.Response.force_type(NotFound(), werkzeug.test.create_environ())
for owner, name in sorted(watch.watched(), key=str):
    if isinstance(owner, type):
        print(owner.__module__, owner.__qualname__, name, sep="|")
    else:
        print(owner.__name__, "", name, sep="|")
"""


def watched() -> cabc.Iterator[tuple[t.Any, str]]:
    """Find what compiled code says that it looks at, in a process of its own."""
    output = subprocess.check_output([sys.executable, "-c", WATCHED], text=True)
    for line in output.splitlines():
        module, qualname, name = line.split("|")
        if not module.startswith(("builtins", "fastresp")):
            owner: t.Any = importlib.import_module(module)
            for cls in getattr(owner, qualname).__mro__ if qualname else (owner,):
                if name in vars(cls):
                    yield cls, name
                    break


def is_patchable(owner: t.Any, name: str) -> bool:
    """Return whether the owner has a function, a method or a property of that name,
    and one that can be set."""
    value = vars(owner).get(name)
    if owner in (dict, object) or type(value) is LocalProxy:
        return False
    kinds = (classmethod, property, staticmethod)
    return callable(value) and not isinstance(value, type) or isinstance(value, kinds)


#: What is patched: an owner and a name in it. Of classes, all methods, too.
TARGETS: list[tuple[t.Any, str]] = sorted(
    {
        *methods(Sansio),
        *methods(Response),
        *methods(FlaskResponse),
        *methods(Headers),
        *methods(Provider),
        (flask.json.provider, "_default"),
        (flask.json.provider, "http_date"),
        (werkzeug.utils, "get_content_type"),
        *(target for target in watched() if is_patchable(*target)),
    },
    key=lambda target: (target[0].__name__, target[1]),
)


def prepared(value: t.Any) -> t.Any:
    """Set on an instance what is to be patched there."""
    for owner, name, kind in INSTANCE:
        if isinstance(value, owner):
            vars(value)[name] = KINDS[kind](getattr(value, name), name)
    return value


def described(value: t.Any) -> t.Any:
    if isinstance(value, Response):
        return (
            value.status,
            sorted(value.headers.to_wsgi_list()),
            value.get_data(),
        )
    if isinstance(value, tuple):
        return tuple(map(described, value))
    if isinstance(value, Headers):
        return list(value)
    return value


def emitted(app: t.Any, environ: t.Any = ENVIRON) -> t.Any:
    answers: list[t.Any] = []
    body = app(dict(environ), lambda *args: answers.append(args[:2]))
    chunks = list(body)
    body.close()
    return answers, chunks


def noted(response: t.Any) -> t.Any:
    response.headers["X-Hook"] = "1"
    return response


#: Views of requests to a whole app, by name.
VIEWS: dict[str, cabc.Callable[[], object]] = {
    "untouched": lambda: None,
    "read": lambda: flask.session.get("a"),
    "emptied": lambda: flask.session.clear(),
    "hook": lambda: flask.after_this_request(noted),
    "missing": lambda: flask.abort(404),
}


def answered(app: flask.Flask, path: str) -> t.Any:
    app.secret_key = "key"
    session = prepared(flask.sessions.SecureCookieSession({"a": 1}))
    app.session_interface.open_session = (  # type: ignore[method-assign]
        lambda app, request: session
    )
    return emitted(app, create_environ(path))


HEADERS_PROGRAMS: dict[str, cabc.Callable[[t.Any], t.Any]] = {
    "add": lambda h: h.add("X-B", "2"),
    "set": lambda h: h.set("X-A", "2"),
    "item": lambda h: h.__setitem__("X-B", "3"),
    "get": lambda h: (h["x-a"], h.get("X-B"), h.getlist("X-A"), "X-A" in h),
    "rest": lambda h: (h.setdefault("X-C", "4"), h.pop("X-A"), len(h), list(h)),
    "more": lambda h: (h.update({"a": "1"}), h.extend([("b", "2")]), h.remove("a")),
    "equal": lambda h: h == Headers(h),
}


def application() -> t.Any:
    return Response("x").__call__


def programs(app: flask.Flask) -> cabc.Iterator[tuple[str, cabc.Callable[[], t.Any]]]:
    cls = app.response_class

    def each(change: cabc.Callable[[t.Any], t.Any]) -> cabc.Callable[[], t.Any]:
        def run() -> t.Any:
            response = prepared(cls("text", 201, {"X-A": "1"}))
            prepared(response.headers)
            return described(change(response)), described(response), emitted(response)

        return run

    def on_headers(change: cabc.Callable[[t.Any], t.Any]) -> cabc.Callable[[], t.Any]:
        return each(lambda response: change(response.headers))

    yield "plain", each(lambda response: None)
    yield "iterable", lambda: emitted(cls(iter(["a", "b"])))
    yield "set_cookie", each(lambda r: r.set_cookie("a", "b c", max_age=3, path="/ä"))
    yield "delete_cookie", each(lambda r: r.delete_cookie("a"))
    yield "etag", each(lambda r: (r.add_etag(), r.make_conditional(dict(ENVIRON))))
    yield "vary", each(lambda r: r.vary.add("Cookie"))
    yield "location", lambda: emitted(cls("", 302, {"Location": "/ä"}))
    yield "status", each(lambda r: setattr(r, "status", 404))
    for name, change in HEADERS_PROGRAMS.items():
        yield f"headers: {name}", on_headers(change)
    yield "make_response", lambda: emitted(app.make_response(("x", 201, {"X": "1"})))
    yield "dict", lambda: emitted(app.make_response({"b": [1, 2.5], "a": None}))
    yield "default", lambda: emitted(app.make_response([{"b": NotFound}]))
    yield "redirect", lambda: described(app.redirect("/a?<b>"))
    yield "error", lambda: emitted(app.make_response(NotFound()))
    yield "force_type", lambda: described(cls.force_type(Response("x"), {}))
    yield (
        "callable",
        lambda: described(cls.force_type(application(), dict(ENVIRON))),
    )
    for path in VIEWS:
        yield f"request: {path}", functools.partial(answered, app, f"/{path}")


def results(fast: bool) -> dict[str, t.Any]:
    app = flask.Flask("app")
    app.logger.disabled = True
    for path, view in VIEWS.items():
        app.add_url_rule(f"/{path}", path, lambda view=view: (view(), "text")[1])
    if fast:
        import fastresp

        fastresp.FastResp(app)
    if SUBCLASS:
        app.response_class = type("Patched", (app.response_class,), SUBCLASS)
    prepared(app)
    prepared(app.json)
    if not fast:
        # That of Flask's class is every app's.
        app.session_interface = type(app.session_interface)()
    prepared(app.session_interface)
    found: dict[str, t.Any] = {}
    for name, program in programs(app):
        calls.clear()
        try:
            with app.request_context(dict(ENVIRON)):
                result = program()
        except Exception as error:
            result = type(error), str(error)
        # Compiled methods may call Werkzeug's in another order.
        found[name] = result, sorted(calls)
    return found


def still(text: str) -> str:
    """Without dates and addresses."""
    return re.sub(r"\d\d \w{3} \d{4} [\d:]{8} GMT|0x\w+|id='\d+'", "", text)


def differences() -> cabc.Iterator[str]:
    """Compare every program with and without fastresp."""
    stock = results(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        fast = results(True)
    for name in stock:
        one, other = (still(repr(each[name])) for each in (stock, fast))
        if one != other:
            yield f"{name}:\n  stock {one}\n  fast  {other}"


WHEN = ("before", "after", "subclass", "instance")
INSTANTIATED = (
    *FlaskResponse.__mro__,
    Headers,
    *Provider.__mro__,
    *flask.Flask.__mro__,
    *flask.sessions.SecureCookieSessionInterface.__mro__,
    *flask.sessions.SecureCookieSession.__mro__,
)


def run_patched(owner: t.Any, name: str, kind: str, when: str) -> int:
    """Return the status of a process in which the name is patched."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    status = 1
    label = f"{owner.__name__}.{name}, {kind}, {when}"
    try:
        stock = vars(owner)[name]
        if when == "subclass":
            SUBCLASS[name] = KINDS[kind](stock, name)
        elif when == "instance":
            INSTANCE.append((owner, name, kind))
        else:
            setattr(owner, name, KINDS[kind](stock, name))
        found = list(differences())
        for difference in found:
            print(f"{label}: {difference}")
        status = bool(found)
    except BaseException:
        print(f"{label}:")
        traceback.print_exc(file=sys.stdout)
    finally:
        sys.stdout.flush()
        os._exit(status)


def cases() -> cabc.Iterator[tuple[t.Any, str, str]]:
    for owner, name in TARGETS:
        for kind in KINDS:
            if kind == "property" and not isinstance(owner, type):
                continue
            if kind == "classmethod in classmethod" and not isinstance(
                vars(owner)[name], classmethod
            ):
                continue
            yield owner, name, kind


def main() -> int:
    """:return: how many patches make a difference."""
    when, which = sys.argv[1:]
    assert "fastresp" not in sys.modules
    if when != "before":
        import fastresp

        assert fastresp.ACCELERATED
        # What is remembered of unpatched classes is remembered now.
        assert list(differences()) == []
    differ = 0
    for number, (owner, name, kind) in enumerate(cases()):
        if when == "subclass" and owner not in (Sansio, Response, FlaskResponse):
            continue
        if when == "instance" and not (
            isinstance(owner, type) and owner in INSTANTIATED and name[:2] != "__"
        ):
            continue
        if which == "some":
            # Of each name, other kinds each time.
            is_wanted = number % len(WHEN) == WHEN.index(when)
        else:
            is_wanted = which in ("all", f"{owner.__name__}.{name}, {kind}")
        if is_wanted:
            differ += run_patched(owner, name, kind, when) != 0
    return differ


if __name__ == "__main__":
    sys.exit(min(main(), 99))
