"""Check at import that the installed Werkzeug, Flask and json do what the compiled code
was written for, part by part.

The compiled code stands for the bodies of their methods. A later version may change
them; then its answers have to be right rather than fast.
"""

from __future__ import annotations

import functools
import inspect
import json
import types
import typing as t
import weakref
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import UTC

from flask import Config
from flask import Flask
from flask import globals as flask_globals
from flask import Request
from flask import request_finished
from flask import Response as FlaskResponse
from flask.json.provider import DefaultJSONProvider
from flask.sessions import NullSession
from flask.sessions import SecureCookieSession
from flask.sessions import SecureCookieSessionInterface
from werkzeug.datastructures import Headers
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

#: Something that makes a response.
Make = Callable[..., t.Any]


class Side(t.NamedTuple):
    """What is compared: of fastresp, or as it is installed."""

    response: type[WerkzeugResponse]
    #: That of an app. Its cookies are Werkzeug's outside of an app context.
    response_of_app: type[FlaskResponse]
    headers: type[Headers]
    #: For an app.
    redirect: Callable[[Flask], Make]
    make_response: Callable[[Flask], Make]
    finalize_request: Callable[[Flask], Make]
    #: Of a request, by name.
    cookie: Callable[[Request, str], str | None]
    #: What signs as a serializer does.
    signing: Callable[[t.Any], t.Any]
    #: For a provider.
    json_response: Callable[[DefaultJSONProvider], Make]
    dumps: Callable[[t.Any, dict[str, t.Any]], str]
    apps: list[Flask]


#: The arguments, made anew for each class, and the request's method.
Probe = tuple[Callable[[], tuple[t.Any, ...]], str]
Look = Callable[[Side], t.Any]

_PROBES: tuple[Probe, ...] = (
    (lambda: ("text",), "GET"),
    (lambda: (b"bytes", 404), "HEAD"),
    (lambda: (None, "299 Odd"), "GET"),
    (lambda: (["a", b"b", "ü"], "teapot"), "GET"),
    (lambda: (("a",), 999, None, "application/json"), "GET"),
    (lambda: (iter("ab"), 200, {"X-A": ["1", "2"], "x-b": 3}), "GET"),
    (lambda: ("x", 201, [("Content-Type", "a/b"), ("Content-Length", "9")]), "GET"),
    (lambda: ("x", 302, {"Location": "/ä?b", "Content-Location": "/ö"}), "GET"),
    (lambda: ("x", 204, {"Content-Length": "1"}), "GET"),
    (lambda: ("x", 304, {"ETag": '"e"', "Allow": "GET"}), "GET"),
    (lambda: ("x", 100), "GET"),
    (lambda: (["x"], 500, None, None, "text/x; a=b", True), "GET"),
)


#: Arguments of ``set_cookie``. The domains are empty: for others, Werkzeug
#: would import the codec for domain names, which takes a while.
_COOKIE_PROBES: tuple[tuple[tuple[t.Any, ...], dict[str, t.Any]], ...] = (
    (("key",), {}),
    (("", 'a "b", ü;\\c', 5, 1.5, "/a%20(b)", "", True, True), {}),
    (("k", "v\t→", 0, 0, None, "", None, False), {"samesite": "lAX"}),
    (("k", "!#$%&'()*+-./:<=>?@[]^_`{|}~"), {"samesite": "strict"}),
    (("k",), {"expires": datetime(2030, 2, 3, 4, 5, 6, 999999)}),
    (("k",), {"expires": datetime(1, 1, 1, tzinfo=UTC)}),
    (("k",), {"expires": "never", "max_age": timedelta(2, 3, 4)}),
    (("k", "", 0, 0, "/a", "", True, True, "none"), {}),
)


_JSON_PROBES: tuple[tuple[t.Any, dict[str, t.Any]], ...] = (
    (
        {"b": [1, -2.5, 1e300, True, None], "a": "é\n\x7f→\U0001f600"},
        {"sort_keys": True},
    ),
    ([{"k": 0.1}, {"k": {}}, {2: 2**70, None: ()}], {"separators": (",", ":")}),
    (
        {"a": {1, 2}, "b": [float("nan"), "ä\x7f"]},
        {"default": list, "ensure_ascii": False},
    ),
    ([[1, {"a": [], "b": {}}]], {"indent": 2}),
)


def _built(side: Side, probe: Probe) -> t.Any:
    """What a response is made of."""
    make_arguments, _ = probe
    response = side.response(*make_arguments())
    state = dict(vars(response))
    state["headers"] = list(response.headers)
    state["response"] = type(response.response).__name__
    state["_on_close"] = list(response._on_close)
    return list(state.items())


def _sent(side: Side, probe: Probe) -> t.Any:
    """What a response gives to a server."""
    make_arguments, method = probe
    closed: list[int] = []
    response = side.response(*make_arguments())
    response.call_on_close(lambda: closed.append(1))
    return *_emitted(response, method), closed


def _emitted(response: WerkzeugResponse, method: str = "GET") -> tuple[t.Any, ...]:
    environ = {"REQUEST_METHOD": method}
    app_iter, status, headers = response.get_wsgi_response(environ)
    chunks = list(app_iter)
    close = getattr(app_iter, "close", None)
    if close is not None:
        close()
    return status, headers, chunks


def _headers(side: Side) -> list[t.Any]:
    """Return the results of the operations on headers."""
    headers = side.headers()
    headers["X-A"] = "1"
    headers.add("Set-Cookie", "a")
    headers.add("set-cookie", 2)
    headers.set("X-A", 6)
    headers["SET-COOKIE"] = "b"
    found = [
        headers["x-a"],
        headers.get("X-None"),
        headers.get("X-None", 1),
        "x-c" in headers,
        headers == side.headers([("x-a", "6"), ("Set-Cookie", "b")]),
    ]
    return [*found, list(headers), repr(headers.copy())]


def _cookies(side: Side) -> list[tuple[str, str]]:
    response = side.response()
    for args, keywords in _COOKIE_PROBES:
        response.set_cookie(*args, **keywords)
    return list(response.headers)


def _conditional(side: Side) -> list[t.Any]:
    """How a response answers conditions."""
    response = side.response("text")
    response.add_etag(False, True)
    found = []
    for tags in (None, response.headers["ETag"], '"other"', '"a", *'):
        environ = {"REQUEST_METHOD": "GET"}
        if tags is not None:
            environ["HTTP_IF_NONE_MATCH"] = tags
        answer = side.response("text", headers=response.headers.copy())
        answer.make_conditional(environ)
        status, headers, chunks = _emitted(answer)
        fields = [(name, name == "Date" or value) for name, value in headers]
        found.append((status, fields, chunks))
    return found


def _header_sets(side: Side) -> list[t.Any]:
    response = side.response()
    response.vary.add("Cookie")
    first = list(response.headers)
    response.vary.update(["a b", "cookie", "X-A"])
    found = [first, repr(response.vary), list(response.headers)]
    response.vary.clear()
    response.vary = ["X-B"]
    return [*found, list(response.headers)]


def _errors(side: Side) -> list[t.Any]:
    environ: t.Any = {"REQUEST_METHOD": "GET"}
    errors: t.Any = NotFound(), NotFound("a\n<b>"), MethodNotAllowed(["GET"])
    return [_emitted(side.response.force_type(each, environ)) for each in errors]


def _redirects(side: Side) -> list[t.Any]:
    redirect = side.redirect(_app(side))
    return [
        _emitted(redirect("/a?b=c&d")),
        _emitted(redirect("/ä", 301)),
        _emitted(redirect(location="/b", code=308)),
    ]


def _dispatch(side: Side) -> list[t.Any]:
    make = side.make_response(_app(side))
    return [
        _emitted(make("text")),
        _emitted(make((b"bytes", 201))),
        _emitted(make(("text", {"X-A": "1"}))),
        _emitted(make(((each for each in "ab"), "299 Odd", [("X-A", "1")]))),
        _emitted(make((side.response_of_app("text"), 404))),
    ]


def _finalizing(side: Side) -> list[t.Any]:
    """What comes after a view, in its order, for each state of a session."""
    sessions: list[SecureCookieSession] = [NullSession()]
    states: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
        ({}, {}),
        ({}, {"modified": True, "accessed": True}),
        ({"a": 1}, {"accessed": False}),
        ({"a": 1}, {"accessed": True}),
    ]
    for content, attributes in states:
        session = SecureCookieSession(content)
        vars(session).update(attributes)
        sessions.append(session)
    return [
        _finalized(side, session, rule)
        for session in sessions
        for rule in (None, types.SimpleNamespace(endpoint="a.b.view"))
    ]


def _finalized(side: Side, session: SecureCookieSession, rule: t.Any) -> t.Any:
    app = _app(side)
    for name, value in Flask.default_config.items():
        app.config.setdefault(name, value)
    events: list[t.Any] = []

    def hook(number: int) -> t.Any:
        def note(response: WerkzeugResponse) -> WerkzeugResponse:
            events.append((number, list(response.headers)))
            return response

        return note

    def listen(app: Flask, response: WerkzeugResponse) -> None:
        events.append(list(response.headers))

    app.after_request_funcs = {None: [hook(1), hook(2)], "a.b": [hook(3)], "a": []}
    request = Request({})
    request.url_rule = rule
    context: t.Any = types.SimpleNamespace(
        app=app,
        request=request,
        session=session,
        _session=session,
        _get_session=lambda: session,
        _after_request_functions=[hook(4)],
    )
    args: tuple[t.Any, ...] = (side.response_of_app("text"),)
    if "ctx" in inspect.signature(Flask.finalize_request).parameters:
        args = (context, *args)
    variable = getattr(flask_globals, "_cv_request", flask_globals._cv_app)
    token = variable.set(context)
    try:
        with request_finished.connected_to(listen, app):
            response = side.finalize_request(app)(*args)
    finally:
        variable.reset(token)
    return list(response.headers), events, dict(session), session.accessed


def _sessions(side: Side) -> list[t.Any]:
    headers: tuple[str, ...] = (
        "",
        "a=1",
        "b=2; a=1;a=3",
        "a",
        "a; b",
        "aa=1; a=",
        "=a",
    )
    headers += (
        "a=b=c",
        "b;;a=;",
        ' a = "1\\"2" ; b',
        "a=1 2; b=3",
        "ä=ö; a=ü",
        "a=\x7f",
    )
    return [
        side.cookie(Request({"HTTP_COOKIE": header}), name)
        for header in headers
        for name in ("a", "b", "ä", "")
    ]


def _signed(side: Side) -> list[t.Any]:
    app = _app(side)
    app.config.update(SECRET_KEY="key", SECRET_KEY_FALLBACKS=["old"])
    serializer: t.Any = SecureCookieSessionInterface().get_signing_serializer(app)
    signing = side.signing(serializer)
    found = []
    for value in ({"a": [1, None]}, {"text": "x" * 100}, {"b": {" t": ("ü", b"")}}):
        signed = signing.dumps(value)
        # Without the time.
        payload, *_ = signed.rsplit(".", 2)
        found += [payload, serializer.loads(signed, max_age=100)]
        found += [signing.loads(serializer.dumps(value), max_age=100)]
    return found


def _json(side: Side) -> list[t.Any]:
    return [side.dumps(obj, keywords) for obj, keywords in _JSON_PROBES]


def _json_errors(side: Side) -> list[t.Any]:
    circle: list[t.Any] = []
    circle.append({"a": circle})
    found = []
    for obj in ([1, {"a": {1}}], {"a": {(1,): 2}}, circle, {2: object}):
        try:
            side.dumps(obj, {})
        except Exception as error:
            found.append((type(error), str(error), getattr(error, "__notes__", None)))
    return found


def _json_responses(side: Side) -> list[t.Any]:
    respond = side.json_response(DefaultJSONProvider(_app(side)))
    return [_emitted(respond({"b": 1, "a": "ü"})), _emitted(respond(1, 2))]


#: The parts that are compiled, in the order in which they are compared: each with those
#: before it in use that agree.
PARTS: dict[str, tuple[Look, ...]] = {
    "headers": (_headers,),
    "construction": tuple(functools.partial(_built, probe=each) for each in _PROBES),
    "emission": tuple(functools.partial(_sent, probe=each) for each in _PROBES),
    "cookies": (_cookies,),
    "conditional": (_conditional,),
    "header sets": (_header_sets,),
    "errors": (_errors,),
    "redirects": (_redirects,),
    "dispatch": (_dispatch,),
    "finalizing": (_finalizing,),
    "sessions": (_sessions, _signed),
    "json": (_json, _json_errors, _json_responses),
}


def _app(side: Side) -> Flask:
    """Return an app with nothing but what making a response takes."""
    app = Flask.__new__(Flask)
    vars(app)["response_class"] = side.response_of_app
    vars(app)["config"] = Config("", {"DEBUG": False})
    # It is referred to weakly by what is made for it.
    side.apps.append(app)
    return app


def differing_parts(core: t.Any, json_module: t.Any) -> list[str]:
    """Return the parts whose compiled code does something else than the installed
    Werkzeug, Flask and :mod:`json`. They are left out from then on.

    :param core: the module ``fastresp._compiled.core``.
    :param json_module: the module ``fastresp._compiled.json``.
    """
    stock = _stock_side()
    found = []
    for part, looks in PARTS.items():
        compiled = _compiled_side(core, json_module)
        core.add_response_class(compiled.response)
        try:
            same = all(
                _outcome(look, compiled) == _outcome(look, stock) for look in looks
            )
        finally:
            core.remove_response_class()
        if not same:
            core.leave_out(part)
            found.append(part)
    return found


def _stock_side() -> Side:
    return Side(
        response=WerkzeugResponse,
        response_of_app=FlaskResponse,
        headers=Headers,
        redirect=lambda app: functools.partial(Flask.redirect, app),
        make_response=lambda app: functools.partial(Flask.make_response, app),
        finalize_request=lambda app: functools.partial(Flask.finalize_request, app),
        cookie=lambda request, name: request.cookies.get(name),
        signing=lambda serializer: serializer,
        json_response=lambda provider: functools.partial(
            DefaultJSONProvider.response, provider
        ),
        dumps=lambda obj, keywords: json.dumps(obj, **keywords),
        apps=[],
    )


def _compiled_side(core: t.Any, json_module: t.Any) -> Side:
    stock = _stock_side()

    def dumps(obj: t.Any, keywords: dict[str, t.Any]) -> str:
        text = json_module.dumps(obj, keywords)
        return stock.dumps(obj, keywords) if text is None else text

    def cookie(request: Request, name: str) -> t.Any:
        found = core.cookie_of(request, name)
        return stock.cookie(request, name) if found is NotImplemented else found

    def signing(serializer: t.Any) -> t.Any:
        compiled = core.Signing(("key",), serializer, serializer.make_signer())
        return serializer if compiled.dumps({}) is None else compiled

    def json_response(provider: DefaultJSONProvider) -> Make:
        def respond(*args: t.Any) -> t.Any:
            response = core.json_response(provider, args, {})
            return (
                stock.json_response(provider)(*args) if response is None else response
            )

        return respond

    return stock._replace(
        response=type("Response", (WerkzeugResponse,), dict(core.METHODS)),
        response_of_app=type("Response", (FlaskResponse,), dict(core.METHODS)),
        headers=core.Headers,
        redirect=lambda app: core.redirect_maker(weakref.ref(app)),
        make_response=lambda app: core.response_maker(weakref.ref(app)),
        finalize_request=_compiled_finalizer(core),
        cookie=cookie,
        signing=signing,
        json_response=json_response,
        dumps=dumps,
    )


def _compiled_finalizer(core: t.Any) -> Callable[[Flask], Make]:
    def finalizer(app: Flask) -> Make:
        process = core.processor(weakref.ref(app))
        vars(app)["process_response"] = process
        made: Make = core.finalizer(weakref.ref(app), None, process)
        return made

    return finalizer


def _outcome(look: Look, side: Side) -> t.Any:
    """Return what a look at a side gives, or its error: what was patched before
    fastresp was imported may not work in the middle of an import."""
    try:
        return look(side)
    except MemoryError:
        # Says nothing about the side.
        raise
    except Exception as error:
        return type(error), str(error)
