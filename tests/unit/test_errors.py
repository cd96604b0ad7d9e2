"""HTTP exceptions on their way through an app: raised, returned, handled, and
looked at by hooks."""

from __future__ import annotations

import typing as t

import flask
import pytest
import werkzeug.exceptions as exceptions
from conftest import apps
from markupsafe import Markup
from parity import compare_apps
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy
from werkzeug.routing import RequestRedirect
from werkzeug.sansio.response import Response as SansIOResponse
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp

Setup = t.Callable[[flask.Flask, Journal], None]


class Text(str):
    pass


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

    def note(self, name: str, environ: t.Any, scope: t.Any) -> None:
        self.journal((name, type(environ).__name__, type(scope).__name__))

    def get_description(self, environ: t.Any = None, scope: t.Any = None) -> str:
        self.note("get_description", environ, scope)
        return super().get_description(environ, scope)

    def get_body(self, environ: t.Any = None, scope: t.Any = None) -> str:
        self.note("get_body", environ, scope)
        return super().get_body(environ, scope)

    def get_headers(
        self, environ: t.Any = None, scope: t.Any = None
    ) -> list[tuple[str, str]]:
        self.note("get_headers", environ, scope)
        return [
            *super().get_headers(environ, scope),
            ("X-Noted", "ä"),
            ("X-Noted", "2"),
        ]

    def get_response(self, environ: t.Any = None, scope: t.Any = None) -> t.Any:
        self.note("get_response", environ, scope)
        return super().get_response(environ, scope)

    def __call__(self, environ: t.Any, start_response: t.Any) -> t.Any:
        self.journal("call")
        return super().__call__(environ, start_response)


class Named(HTTPException):
    code = 404
    name = "<Named> & 'so'"
    description = "Text"


class NamedByProperty(HTTPException):
    code = 499

    @property
    def name(self) -> str:
        return "Näme"

    @property
    def description(self) -> str:  # type: ignore[override]
        return "from a\nproperty"


class NoCode(HTTPException):
    description = "no code"


class OddCode(HTTPException):
    code = "404"  # type: ignore[assignment]


class Bodies(HTTPException):
    code = 400
    body: t.Any = ""

    def get_body(self, environ: t.Any = None, scope: t.Any = None) -> t.Any:
        if isinstance(self.body, Exception):
            raise self.body
        return self.body


class Fields(HTTPException):
    code = 400
    fields: t.Any = None

    def get_headers(self, environ: t.Any = None, scope: t.Any = None) -> t.Any:
        if isinstance(self.fields, Exception):
            raise self.fields
        return self.fields


class Answering(HTTPException):
    code = 400
    answer: t.Any = None

    def get_response(self, environ: t.Any = None, scope: t.Any = None) -> t.Any:
        return self.answer() if self.answer else None


def having(error: HTTPException, **attributes: t.Any) -> HTTPException:
    vars(error).update(attributes)
    return error


def with_own(cls: type[HTTPException], **attributes: t.Any) -> Errors:
    return lambda journal: having(cls(), **attributes)


def wsgi_app(environ: t.Any, start_response: t.Any) -> list[bytes]:
    start_response("299 Inner", [("X-Inner", "1")])
    return [b"inner"]


def key_error(show: bool) -> HTTPException:
    error = exceptions.BadRequestKeyError("<key>")
    error.show_exception = show
    return error


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
    "named by a property": lambda j: NamedByProperty(),
    "no code": lambda j: NoCode(),
    "no code, response": lambda j: NoCode(response=response("given", 402)),
    "base": lambda j: HTTPException("base"),
    "base, response": lambda j: HTTPException(response=response("given", 402)),
    "odd code": lambda j: OddCode(),
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
        f"body {name}": with_own(Bodies, body=body)
        for name, body in {
            "bytes": b"bytes",
            "none": None,
            "list": ["a", b"b"],
            "number": 5,
            "markup": Markup("<b>"),
            "surrogate": "\ud800",
            "error": LookupError("no body"),
            "HTTP error": exceptions.Gone("within"),
        }.items()
    },
    **{
        f"fields {name}": with_own(Fields, fields=fields)
        for name, fields in {
            "none": None,
            "empty": [],
            "dict": {"X-One": ["1", "2"]},
            "Headers": Headers({"X-One": "1"}),
            "JSON": [("Content-Type", "application/json"), ("X", "→")],
            "length": [("Content-Length", "3"), ("Content-Type", "a/b")],
            "newline": [("X-One", "a\nb")],
            "number": [("Retry-After", 5)],
            "error": LookupError("no fields"),
        }.items()
    },
    "answers none": lambda j: having(Answering()),
    "answers text": lambda j: having(Answering(), answer=lambda: "text"),
    "answers an app": lambda j: having(Answering(), answer=lambda: wsgi_app),
    "answers a response": lambda j: having(
        Answering(), answer=lambda: fastresp.Response("fast", 203)
    ),
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
    "key error": lambda j: key_error(False),
    "key error shown": lambda j: key_error(True),
}


@pytest.mark.parametrize("make", ERRORS.values(), ids=ERRORS)
def test_raised_and_returned(make: Errors) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False

        @app.get("/raised")
        def raised() -> t.Any:
            raise make(journal)

        @app.get("/returned")
        def returned() -> t.Any:
            return make(journal)

        @app.get("/tuple")
        def in_a_tuple() -> t.Any:
            return make(journal), 400, {"X-Tuple": "1", "content-type": "text/t"}

        @app.get("/status")
        def with_status() -> t.Any:
            return make(journal), "299 Own"

        @app.get("/aborted")
        def aborted() -> t.Any:
            flask.abort(make(journal).get_response())

        @app.get("/made")
        def made() -> t.Any:
            answer = flask.make_response(make(journal))
            journal((type(answer).__name__, answer.is_sequence, answer.is_streamed))
            answer.headers["X-Made"] = "1"
            return answer

    paths = ("/raised", "/returned", "/tuple", "/status", "/aborted", "/made")
    for method in ("GET", "HEAD"):
        compare_apps(apps, setup, [(path, method) for path in paths])


def test_aborting_with_responses() -> None:
    responses: list[t.Callable[[], t.Any]] = [
        lambda: WerkzeugResponse("stock", 201, {"A": "b"}),
        lambda: flask.Response(["a", "b"], 404),
        lambda: fastresp.Response("fast", 201, {"A": "b"}),
        lambda: fastresp.Response(iter("ab")),
        lambda: flask.current_app.response_class("own", 299),
        lambda: SansIOResponse(404),
        lambda: wsgi_app,
        lambda: "404",
        lambda: None,
    ]

    def setup(app: flask.Flask, journal: Journal) -> None:
        @app.get("/<int:number>")
        def view(number: int) -> t.Any:
            flask.abort(responses[number]())

    compare_apps(apps, setup, [f"/{number}" for number in range(len(responses))])


def test_responses_of_exceptions_by_class(pair: t.Any) -> None:
    """``force_type`` changes the class of what ``get_response`` gives."""

    def program(cls: type[t.Any], make: Errors) -> t.Any:
        journal = Journal()
        answer = cls.force_type(make(journal).get_response({}))
        assert type(answer) is cls
        return emit(answer), journal.entries

    for name, make in ERRORS.items():
        fast = outcome(lambda: program(pair.fast, make))  # noqa: B023
        assert fast == outcome(lambda: program(pair.stock, make)), name  # noqa: B023
