"""Error handlers, ``after_request`` hooks and configuration, around every kind of
answer an app gives."""

from __future__ import annotations

import typing as t
from unittest import mock

import flask
import pytest
import werkzeug.exceptions as exceptions
import werkzeug.test
import werkzeug.wrappers.response
from conftest import apps
from parity import compare_apps
from parity import describe
from parity import Journal
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as WerkzeugResponse


def routes(app: flask.Flask, journal: Journal) -> None:
    def boom() -> t.Any:
        raise ValueError("<boom>")

    def stream() -> t.Any:
        for chunk in ("a", "b"):
            journal(chunk)
            yield chunk

    def given() -> t.Any:
        raise exceptions.Gone(response=WerkzeugResponse(iter(["g", "h"]), 410))

    chunks: t.Any = ["a", b"b"]
    views: dict[str, t.Callable[..., t.Any]] = {
        "/slash/": lambda: "slash",
        "/abort/<int:code>": lambda code: flask.abort(code),
        "/boom": boom,
        "/key": lambda: flask.request.args["<key>"],
        "/header": lambda: flask.Response("x").headers["missing"],
        "/list": lambda: flask.current_app.response_class(chunks),
        "/stream": stream,
        "/given": given,
        "/none": lambda: None,
        "/json": lambda: ({"a": 1}, 201),
    }
    for rule, view in views.items():
        app.add_url_rule(rule, rule, view)


PATHS: list[t.Any] = [
    *("/slash", "/slash?a=<ä>", "/abort/404", "/abort/500", "/abort/429", "/boom"),
    *("/key", "/header", "/missing", "/list", "/stream", "/given", "/none", "/json"),
    *(("/list", "POST"), ("/slash", "POST"), ("/list", "OPTIONS"), ("/none", "HEAD")),
    *(("/missing", "HEAD"), ("/slash", "HEAD"), ("/list", "HEAD"), ("/stream", "HEAD")),
]


def as_json(error: t.Any) -> t.Any:
    answer = error.get_response()
    answer.data = flask.json.dumps({"code": error.code, "name": error.name})
    answer.content_type = "application/json"
    return answer


def changed(error: t.Any) -> t.Any:
    answer = error.get_response(flask.request.environ)
    answer.headers["X-Changed"] = "1"
    answer.status_code = 418
    answer.set_cookie("a", "b")
    return answer, {"X-More": ["1", "2"]}


def failing(error: t.Any) -> t.Any:
    raise KeyError("in the handler")


def aborting(error: t.Any) -> t.Any:
    flask.abort(409)


HANDLERS: dict[str, tuple[t.Any, t.Callable[[t.Any], t.Any]]] = {
    "404 as text": (404, lambda error: "nothing here"),
    "404 as itself": (404, lambda error: error),
    "404 with a code": (404, lambda error: (str(error), 404)),
    "404 as a tuple": (404, lambda error: (error, 499, {"X-One": "1"})),
    "404 as JSON": (404, lambda error: ({"error": error.description}, error.code)),
    "404 through its call": (404, lambda error: error.__call__),
    "404 fails": (404, failing),
    "404 aborts": (404, aborting),
    "404 nothing": (404, lambda error: None),
    "405 as JSON": (405, as_json),
    "all as JSON": (HTTPException, as_json),
    "all changed": (HTTPException, changed),
    "all by the request": (HTTPException, lambda e: e.get_response(flask.request)),
    "all as the body": (HTTPException, lambda e: (e.get_body(), e.get_headers())),
    "key errors": (KeyError, lambda error: f"key {error}"),
    "bad requests": (exceptions.BadRequest, lambda error: error),
    "redirects": (RequestRedirect, lambda error: (error, {"X-Redirect": "1"})),
    "500": (500, lambda error: (type(error.original_exception).__name__, 500)),
    "500 as itself": (500, lambda error: error),
    "values": (ValueError, lambda error: exceptions.Conflict(str(error))),
    "everything": (Exception, lambda error: (f"{error}", 500)),
}


@pytest.mark.parametrize(("kind", "handler"), HANDLERS.values(), ids=HANDLERS)
def test_handlers(kind: t.Any, handler: t.Callable[[t.Any], t.Any]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        routes(app, journal)
        app.register_error_handler(kind, handler)

    compare_apps(apps, setup, PATHS)


def look(answer: flask.Response) -> list[t.Any]:
    return [
        hasattr(answer.response, "__iter__"),
        hasattr(answer.response, "close"),
        answer.is_streamed,
        answer.is_sequence,
        answer.content_length,
        describe(answer.headers._list),
        answer.status,
        answer.status_code,
        answer.mimetype,
        answer.mimetype_params,
        answer.location,
        list(vars(answer)),
        type(answer).__name__,
        repr(answer),
    ]


def replaced(answer: flask.Response) -> flask.Response:
    return flask.Response(answer.response, answer.status, answer.headers)


HOOKS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "look": lambda r: None,
    "get_data": lambda r: r.get_data(),
    "as text": lambda r: r.get_data(as_text=True),
    "json": lambda r: r.get_json(silent=True),
    "append": lambda r: setattr(r, "data", r.get_data() + b"<!-- more -->"),
    "calculate": lambda r: r.calculate_content_length(),
    "header": lambda r: r.headers.extend({"X-After": ["1", "2"], "Content-Type": "a"}),
    "no headers": lambda r: r.headers.clear(),
    "new headers": lambda r: setattr(r, "headers", Headers({"X-New": "1"})),
    "status": lambda r: setattr(r, "status", "499 After"),
    "status code": lambda r: setattr(r, "status_code", 204),
    "mimetype": lambda r: setattr(r, "mimetype", "application/x-after"),
    "cookie": lambda r: (r.set_cookie("a", "ü"), r.delete_cookie("b")),
    "vary": lambda r: (r.vary.add("Cookie"), r.cache_control.__setattr__("public", 1)),
    "etag": lambda r: (r.add_etag(), r.get_etag()),
    "freeze": lambda r: r.freeze(),
    "wrapped": lambda r: setattr(r, "response", (chunk for chunk in r.iter_encoded())),
    "sequence": lambda r: r.make_sequence(),
    "length": lambda r: setattr(r, "content_length", 5),
    "stream": lambda r: r.stream.write(b"streamed"),
    "on close": lambda r: r.call_on_close(lambda: None),
    "conditional": lambda r: (
        r.headers.set("Date", "x"),
        r.add_etag(),
        r.make_conditional(flask.request),
    ),
    "replaced": replaced,
    "stock": lambda r: flask.Response("replaced", 203),
    "nothing": lambda r: "no response",
    "failing": failing,
    "aborting": lambda r: flask.abort(410),
}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_after_request(hook: t.Callable[[t.Any], t.Any]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        routes(app, journal)

        @app.after_request
        def after(answer: flask.Response) -> t.Any:
            journal(look(answer))
            value = hook(answer)
            journal(describe(value) if isinstance(value, (bytes, str)) else "other")
            if isinstance(value, flask.Response):
                return value
            journal(look(answer))
            return answer

    compare_apps(apps, setup, PATHS)


@pytest.mark.parametrize(
    "config",
    (
        {"DEBUG": True},
        {"DEBUG": True, "PROPAGATE_EXCEPTIONS": False},
        {"TESTING": True},
        {"PROPAGATE_EXCEPTIONS": True},
        {"PROPAGATE_EXCEPTIONS": False},
        {"TRAP_HTTP_EXCEPTIONS": True},
        {"TRAP_HTTP_EXCEPTIONS": True, "PROPAGATE_EXCEPTIONS": False},
        {"TRAP_BAD_REQUEST_ERRORS": True},
        {"TRAP_BAD_REQUEST_ERRORS": False, "DEBUG": True},
    ),
)
def test_configuration(config: dict[str, bool]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config.update(config)
        routes(app, journal)

    compare_apps(apps, setup, PATHS)


# --- what is patched -------------------------------------------------------------


PATCHES = {
    HTTPException: ("get_body", "get_headers", "__call__", "get_response")
    + ("get_description",),
    exceptions.NotFound: ("get_body", "get_response"),
    exceptions.MethodNotAllowed: ("get_headers",),
    RequestRedirect: ("get_response",),
    exceptions: ("escape", "_get_environ"),
    werkzeug.test: ("run_wsgi_app", "_get_environ", "ClosingIterator", "Headers"),
    werkzeug.wrappers.response: ("Response",),
    flask.Flask: ("handle_http_exception", "make_response", "handle_user_exception")
    + ("process_response", "finalize_request", "handle_exception"),
}


@pytest.mark.parametrize(
    ("target", "name"),
    [(target, name) for target, names in PATCHES.items() for name in names],
)
def test_patched(target: t.Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    following: t.Any = getattr(target, name)

    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        routes(app, journal)

        def patch(*args: t.Any, **kwargs: t.Any) -> t.Any:
            journal((name, len(args), list(kwargs)))
            return following(*args, **kwargs)

        if isinstance(following, type):

            class Noting(following):  # type: ignore[misc]
                def __init__(self, *args: t.Any) -> None:
                    journal((name, len(args)))
                    super().__init__(*args)

            patch = Noting

        # Once the apps are there; in place of the patch for the one before.
        monkeypatch.setattr(target, name, patch)

    compare_apps(apps, setup, PATHS)


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [
        (HTTPException, "name", "Patched <name>"),
        (exceptions.NotFound, "description", "patched\n<description>"),
        (exceptions.NotFound, "code", 499),
        (exceptions.BadRequestKeyError, "show_exception", True),
        (WerkzeugResponse, "default_mimetype", "text/patched"),
        (WerkzeugResponse, "default_status", 299),
        (WerkzeugResponse, "autocorrect_location_header", True),
    ],
)
def test_patched_values(target: t.Any, name: str, value: t.Any) -> None:
    with mock.patch.object(target, name, value):
        compare_apps(apps, routes, PATHS)
    compare_apps(apps, routes, PATHS[:8])


def test_a_later_change_of_the_phrases_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HTTP_STATUS_CODES, 404, "<Changed> & 'so'")
    monkeypatch.setitem(HTTP_STATUS_CODES, 405, "Größe")
    monkeypatch.delitem(HTTP_STATUS_CODES, 500)
    compare_apps(apps, routes, PATHS)
