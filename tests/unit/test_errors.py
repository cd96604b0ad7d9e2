"""HTTP exceptions on their way through an app: raised, returned, handled, changed by
hooks, configured and patched."""

from __future__ import annotations

import typing as t
from unittest import mock

import entrances
import flask
import pytest
import werkzeug.exceptions as exceptions
import werkzeug.test
import werkzeug.wrappers.response
from bodies import Text
from conftest import apps
from conftest import compared
from markupsafe import Markup
from parity import compare_apps
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.local import LocalProxy
from werkzeug.routing import RequestRedirect
from werkzeug.test import create_environ
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp


class Html:
    def __html__(self) -> str:
        return "<i>html</i>"


DESCRIPTIONS: dict[str, t.Any] = {
    "none": None,
    "text": "gone",
    "HTML": "<b>&amp; \"quoted\" & 'so'</b>",
    "lines": "one\n\n<two>\r\nthree\n",
    "empty": "",
    "not ASCII": "ü → 🐍",
    "surrogate": "\ud800",
    "markup": Markup("<b>bold</b>\nnext"),
    "lazy": LocalProxy(lambda: "lazy <text>\n"),
    "str subclass": Text("<sub>"),
    "html": Html(),
    "number": 5,
    "bytes": b"<bytes>",
    "list": ["<list>"],
    "false": False,
}
CODES = [*exceptions.default_exceptions, 299, 200, 600, -1]


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_abort(name: str) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False

        @app.route("/<int(signed=True):code>")
        def view(code: int) -> t.Any:
            if name == "none":
                flask.abort(code)
            flask.abort(code, DESCRIPTIONS[name])

    codes = CODES if name in ("none", "HTML") else [404, 500]
    for method in ("GET", "HEAD"):
        compare_apps(apps, setup, [(f"/{code}", method) for code in codes])


# --- exceptions of all kinds, raised and returned ------------------------------


class Noting(HTTPException):
    """Every hook of an exception tells of its call."""

    code = 418
    description = "noted"
    journal: Journal

    def get_headers(self, *args: t.Any) -> list[tuple[str, str]]:
        return [*super().get_headers(*args), ("X-Noted", "ä"), ("X-Noted", "2")]


def noting(name: str) -> t.Callable[..., t.Any]:
    following = getattr(Noting, name)

    def hook(self: Noting, *args: t.Any) -> t.Any:
        self.journal((name, *(type(arg).__name__ for arg in args)))
        return following(self, *args)

    return hook


for name in ("get_description", "get_body", "get_headers", "get_response", "__call__"):
    setattr(Noting, name, noting(name))


class Named(HTTPException):
    code = 404
    name = "<Named> & 'so'"
    description = "Text"


class NoCode(HTTPException):
    description = "no code"


def of_class(**names: t.Any) -> Errors:
    """An exception of a class of its own."""
    return lambda journal: type("Own", (HTTPException,), {"code": 400, **names})()


def giving(value: t.Any) -> t.Callable[..., t.Any]:
    def method(
        self: HTTPException, environ: t.Any = None, scope: t.Any = None
    ) -> t.Any:
        if isinstance(value, Exception):
            raise value
        return value

    return method


def having(error: HTTPException, **attributes: t.Any) -> HTTPException:
    vars(error).update(attributes)
    return error


def wsgi_app(environ: t.Any, start_response: t.Any) -> list[bytes]:
    start_response("299 Inner", [("X-Inner", "1")])
    return [b"inner"]


Errors = t.Callable[[Journal], t.Any]
auth = WWWAuthenticate("basic", {"realm": "r"})
response = WerkzeugResponse
ERRORS: dict[str, Errors] = {
    "not found": lambda j: exceptions.NotFound(),
    "server error": lambda j: exceptions.InternalServerError(),
    "original": lambda j: exceptions.InternalServerError(
        original_exception=ValueError("original")
    ),
    "noting": lambda j: having(Noting(), journal=j),
    "noting response": lambda j: having(Noting(response=response("r")), journal=j),
    "named": lambda j: Named(),
    "named by a property": of_class(
        code=499,
        name=property(lambda self: "Näme"),
        description=property(lambda self: "from a\nproperty"),
    ),
    "no code": lambda j: NoCode(),
    "no code, response": lambda j: NoCode(response=response("given", 402)),
    "base": lambda j: HTTPException("base"),
    "base, response": lambda j: HTTPException(response=response("given", 402)),
    "odd code": of_class(code="404"),
    "code on the instance": lambda j: having(exceptions.NotFound(), code=410),
    "code 204": lambda j: having(exceptions.NotFound(), code=204),
    "code 304": lambda j: having(exceptions.NotFound(), code=304),
    "code 100": lambda j: having(exceptions.NotFound(), code=100),
    "no description": lambda j: having(exceptions.NotFound(), description=None),
    "name on the instance": lambda j: having(Named(), name="own <name>"),
    "get_body on the instance": lambda j: having(
        exceptions.NotFound(), get_body=lambda *args: "own body"
    ),
    "get_headers on the instance": lambda j: having(
        exceptions.NotFound(), get_headers=lambda *args: [("X-Own", "1")]
    ),
    "get_description on the instance": lambda j: having(
        exceptions.NotFound(), get_description=lambda *args: "own <description>"
    ),
    "get_response on the instance": lambda j: having(
        exceptions.NotFound(), get_response=lambda *args: response("own", 203)
    ),
    **{
        f"body {name}": of_class(get_body=giving(body))
        for name, body in {
            "list": ["a", b"b"],
            "surrogate": "\ud800",
            "error": LookupError("no body"),
            "HTTP error": exceptions.Gone("within"),
        }.items()
    },
    **{
        f"fields {name}": of_class(get_headers=giving(fields))
        for name, fields in {
            "Headers": Headers({"X-One": "1"}),
            "length": [("Content-Length", "3"), ("Content-Type", "a/b")],
            "newline": [("X-One", "a\nb")],
            "error": LookupError("no fields"),
        }.items()
    },
    **{
        f"answers {name}": of_class(get_response=lambda *args, make=make: make())
        for name, make in {
            "none": lambda: None,
            "an app": lambda: wsgi_app,
            "a response": lambda: fastresp.Response("fast", 203),
        }.items()
    },
    "response": lambda j: exceptions.NotFound(response=response("<r>", 201)),
    "flask response": lambda j: exceptions.NotFound(response=flask.Response("f")),
    "fast response": lambda j: exceptions.NotFound(response=fastresp.Response("f")),
    "stream response": lambda j: exceptions.NotFound(response=response(iter("ab"))),
    "app response": lambda j: exceptions.NotFound(response=t.cast(t.Any, wsgi_app)),
    "unauthorized": lambda j: exceptions.Unauthorized(www_authenticate=auth),
    "unauthorized twice": lambda j: exceptions.Unauthorized(
        "<who>", www_authenticate=[auth, WWWAuthenticate("bearer", token="t")]
    ),
    "method not allowed": lambda j: exceptions.MethodNotAllowed(["GET", "PUT"]),
    "no method allowed": lambda j: exceptions.MethodNotAllowed([]),
    "too many": lambda j: exceptions.TooManyRequests(retry_after=5),
    "unavailable": lambda j: exceptions.ServiceUnavailable("later", retry_after=0),
    "range": lambda j: exceptions.RequestedRangeNotSatisfiable(length=9, units="x"),
    "no range": lambda j: exceptions.RequestedRangeNotSatisfiable(),
    "redirect": lambda j: RequestRedirect("http://h/ä?<b>"),
    "key error": lambda j: exceptions.BadRequestKeyError("<key>"),
    "key error shown": lambda j: having(
        exceptions.BadRequestKeyError("<key>"), show_exception=True
    ),
}


@pytest.mark.parametrize("make", ERRORS.values(), ids=ERRORS)
def test_raised_and_returned(make: Errors) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False

        def raised() -> t.Any:
            raise make(journal)

        def made() -> t.Any:
            answer = flask.make_response(make(journal))
            journal((type(answer).__name__, answer.is_sequence, answer.is_streamed))
            answer.headers["X-Made"] = "1"
            return answer

        fields = {"X-Tuple": "1", "content-type": "text/t"}
        views: dict[str, t.Callable[[], t.Any]] = {
            "/raised": raised,
            "/returned": lambda: make(journal),
            "/tuple": lambda: (make(journal), 400, fields),
            "/status": lambda: (make(journal), "299 Own"),
            "/aborted": lambda: flask.abort(make(journal).get_response()),
            "/made": made,
        }
        for path, view in views.items():
            app.add_url_rule(path, path, view)

    paths = ("/raised", "/returned", "/tuple", "/status", "/aborted", "/made")
    for method in ("GET", "HEAD"):
        compare_apps(apps, setup, [(path, method) for path in paths])


@pytest.mark.parametrize("make", ERRORS.values(), ids=ERRORS)
@compared
def test_responses_of_exceptions_by_class(cls: type[t.Any], make: Errors) -> t.Any:
    """``force_type`` changes the class of what ``get_response`` gives."""
    journal = Journal()

    def program() -> t.Any:
        answer = cls.force_type(make(journal).get_response({}))
        assert type(answer) is cls
        return emit(answer)

    return outcome(program), journal.entries


# --- force_type --------------------------------------------------------------------

# Werkzeug runs other WSGI applications.
APP = entrances.wsgi_app("200 OK", [("X-App", "1"), ("Content-Type", "text/x")])
ENVIRON = create_environ()


class Environ(dict[str, t.Any]):
    def copy(self) -> t.Any:
        return {**self, "copied": True}


@pytest.mark.parametrize(
    "make",
    (
        lambda: create_environ("/dict"),
        lambda: Request(create_environ("/request")),
        lambda: flask.Request(create_environ("/flask")),
        lambda: Environ(create_environ("/subclass")),
        lambda: Request(Environ(create_environ("/both"))),
        lambda: {},
        lambda: None,
        lambda: 5,
        lambda: [],
        lambda: WerkzeugResponse("no request"),
    ),
)
@compared
def test_forms_of_the_environ(cls: type[t.Any], make: t.Callable[[], t.Any]) -> t.Any:
    error = exceptions.NotFound()
    return [outcome(lambda: emit(cls.force_type(app, make()))) for app in (APP, error)]  # noqa: B023


@pytest.mark.parametrize(
    "call",
    [
        lambda cls: cls.force_type(),
        lambda cls: cls.force_type(APP),
        lambda cls: cls.force_type(APP, None),
        lambda cls: cls.force_type(None),
        lambda cls: cls.force_type("text", ENVIRON),
        lambda cls: cls.force_type(exceptions.NotFound()),
        lambda cls: cls.force_type(response=APP, environ=ENVIRON),
        lambda cls: cls.force_type(APP, ENVIRON, 1),
        lambda cls: cls.force_type(rv=APP, environ=ENVIRON),
        lambda cls: cls.from_app(app=APP, environ=ENVIRON, buffered=False),
        lambda cls: cls("x").force_type(APP, ENVIRON),
        lambda cls: cls("x").from_app(APP, ENVIRON),
    ],
)
@compared
def test_arguments(cls: type[t.Any], call: t.Callable[[type[t.Any]], t.Any]) -> t.Any:
    return outcome(lambda: emit(call(cls)))


@compared
def test_forced_types_of_subclasses(base: type[t.Any]) -> t.Any:
    """``force_type`` makes a Werkzeug response first and then changes its class:
    no constructor of the subclass runs; ``from_app`` runs it."""
    journal = Journal()

    class Own(base):  # type: ignore[misc]
        default_mimetype = "text/own"

        def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
            journal(f"init {len(args)} {kwargs}")
            super().__init__(*args, **kwargs)

        def set_data(self, value: t.Any) -> None:
            journal("set_data")
            super().set_data(value)

        def __setattr__(self, name: str, value: t.Any) -> None:
            journal(f"set {name}")
            super().__setattr__(name, value)

    forced = Own.force_type(APP, create_environ())
    journal("forced")
    made = Own.from_app(APP, create_environ(), True)
    assert type(forced) is type(made) is Own
    return emit(forced), emit(made), journal.entries


# --- handlers, hooks, configuration --------------------------------------------


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
    "404 as JSON": (404, lambda error: ({"error": error.description}, error.code)),
    "404 fails": (404, failing),
    "404 aborts": (404, aborting),
    "404 nothing": (404, lambda error: None),
    "405 as JSON": (405, as_json),
    "all changed": (HTTPException, changed),
    "all as the body": (HTTPException, lambda e: (e.get_body(), e.get_headers())),
    "key errors": (KeyError, lambda error: f"key {error}"),
    "redirects": (RequestRedirect, lambda error: (error, {"X-Redirect": "1"})),
    "500": (500, lambda error: (type(error.original_exception).__name__, 500)),
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


#: Hooks are tested in test_finalizing.py, what one may do to any response in
#: test_response_api.py.
HOOKS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "look": lambda r: None,
    "append": lambda r: setattr(r, "data", r.get_data() + b"<!-- more -->"),
    "wrapped": lambda r: setattr(r, "response", (chunk for chunk in r.iter_encoded())),
    "conditional": lambda r: (
        r.headers.set("Date", "x"),
        r.add_etag(),
        r.make_conditional(flask.request),
    ),
    "replaced": lambda r: flask.Response(r.response, r.status, r.headers),
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
        {"PROPAGATE_EXCEPTIONS": True},
        {"TRAP_HTTP_EXCEPTIONS": True},
        {"TRAP_HTTP_EXCEPTIONS": True, "PROPAGATE_EXCEPTIONS": False},
        {"TRAP_BAD_REQUEST_ERRORS": True},
    ),
)
def test_configuration(config: dict[str, bool]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config.update(config)
        routes(app, journal)

    compare_apps(apps, setup, PATHS)


# --- what is patched -------------------------------------------------------------


#: Other patches are in tests/isolated/patched.py.
PATCHES = {
    exceptions.NotFound: ("get_body", "get_response"),
    exceptions.MethodNotAllowed: ("get_headers",),
    RequestRedirect: ("get_response",),
    werkzeug.test: ("ClosingIterator", "Headers"),
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
