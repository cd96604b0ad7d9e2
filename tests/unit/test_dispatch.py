"""Every return value a view can have, through an app as it is and as it is
with fastresp."""

from __future__ import annotations

import collections
import collections.abc as cabc
import typing as t
from http import HTTPStatus

import entrances
import flask
import pytest
import werkzeug.exceptions
import werkzeug.routing
from bodies import BadClose
from bodies import Closing
from bodies import Iterator
from bodies import Text
from conftest import apps
from conftest import counted
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.datastructures import ImmutableDict
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response as WerkzeugResponse

from fastresp import FastResp
from fastresp import Response


def wsgi_app(environ: t.Any, start_response: t.Any) -> list[bytes]:
    start_response("299 Odd", [("X-App", environ["PATH_INFO"])])
    return [b"from ", b"wsgi"]


def with_body(body: t.Any) -> t.Any:
    def app(environ: t.Any, start_response: t.Any) -> t.Any:
        write = start_response("201 Made", [("A", "1"), ("a", "2")])
        write(b"written ")
        return body

    return app


class AppIterator:
    """The class is the application, its instance the body."""

    def __init__(self, environ: t.Any, start_response: t.Any) -> None:
        self.start_response = start_response

    def __iter__(self) -> cabc.Iterator[bytes]:
        self.start_response("201 Class", [("X-App", "1")])
        yield b"from a class"


class Shaped(t.NamedTuple):
    body: str
    status: int


class Three(tuple[t.Any, ...]): ...


def lines() -> cabc.Iterator[str]:
    yield "first\n"
    yield "zwölfte\n"


HEADERS: dict[str, t.Callable[[], t.Any]] = {
    "dict": lambda: {"X-One": "1", "Content-Type": "text/x-own"},
    "list": lambda: [("X-One", "1"), ("X-One", "2")],
    "Headers": lambda: Headers({"X-One": "1"}),
    "empty dict": lambda: {},
    "generator": lambda: (pair for pair in [("X-One", "1")]),
    "bad value": lambda: {"X-Bad": "a\nb"},
    "string": lambda: "ab",
}
STATUSES: dict[str, t.Any] = {
    "int": 201,
    "HTTPStatus": HTTPStatus.ACCEPTED,
    "text": "404 Gone fishing",
    "digits": "404",
    "phrase": "teapot",
    "bytes": b"200 OK",
    "empty": "",
    "bool": True,
    "float": 1.5,
    "none": None,
}
# Values are made inside a request, so flask.jsonify and the like work.
BODIES: dict[str, t.Callable[[], t.Any]] = {
    "str": lambda: "Grüße",
    "str subclass": lambda: Text("text"),
    "bytes": lambda: b"\xff\x00",
    "bytearray": lambda: bytearray(b"array"),
    "memoryview": lambda: memoryview(b"view"),
    "dict": lambda: {"b": 1, "a": [None, True, "ü"]},
    "dict subclass": lambda: collections.OrderedDict(a=1),
    "immutable dict": lambda: ImmutableDict(a=1),
    "empty dict": lambda: {},
    "list": lambda: [1, "two", {"three": 3}],
    "list subclass": lambda: type("Rows", (list,), {})([1]),
    "dict that cannot be encoded": lambda: {"a": object()},
    "generator": lines,
    "iterator": lambda: Iterator(Journal(), ["one ", "two"]),
    "list iterator": lambda: iter(["a", "b"]),
    "range": lambda: range(3),
    "set": lambda: {1},
    "none": lambda: None,
    "int": lambda: 42,
    "float": lambda: 1.5,
    "bool": lambda: True,
    "class": lambda: Journal,
    "wsgi app": lambda: wsgi_app,
    "broken callable": lambda: len,
    "class as an app": lambda: AppIterator,
    "app that never starts": lambda: lambda environ, start_response: [b"a"],
    "app with a body": lambda: with_body(Closing(Journal(), [b"a", "ü", None])),
    "app with a body that fails": lambda: with_body(BadClose(Journal(), [b"a"])),
    "app with odd answers": lambda: entrances.wsgi_app(204, [("A", 1), ("B", "b\nc")]),
    "app that iterates": lambda: type("Both", (Iterator,), {"__call__": wsgi_app})(
        Journal(), ["one"]
    ),
    "another app": lambda: flask.Flask("inner"),
    "app response": lambda: flask.current_app.response_class("mine", 202),
    "stock response": lambda: flask.Response("stock", 202),
    "Werkzeug response": lambda: WerkzeugResponse("werkzeug", 202),
    "fast response": lambda: Response("fast", 202),
    "fast stream": lambda: Response(Closing(Journal(), [b"a", b"b"])),
    "bound response": lambda: Response("fast", 202).__call__,
    "not found": werkzeug.exceptions.NotFound,
    "not found, with text": lambda: werkzeug.exceptions.NotFound("gone"),
    "request redirect": lambda: werkzeug.routing.RequestRedirect("/ä"),
    "jsonify": lambda: flask.jsonify(a=1, b="ü"),
    "jsonify list": lambda: flask.jsonify([1, 2]),
    "jsonify nothing": lambda: flask.jsonify(),
    "redirect": lambda: flask.redirect("/ä?ö", 301),
    "make_response": lambda: flask.make_response("made", 203, {"X-Made": "1"}),
    "make_response of nothing": lambda: flask.make_response(),
    "proxy for a str": lambda: LocalProxy(lambda: "proxied"),
    "proxy for a dict": lambda: LocalProxy(lambda: {"a": 1}),
    "proxy for a tuple": lambda: LocalProxy(lambda: ("a", 201)),
    "proxy for none": lambda: LocalProxy(lambda: None),
}


def compare(program: t.Callable[[t.Any], t.Any]) -> None:
    """On an app as it is, one with our class, and one with the extension."""
    stock, *fast = map(program, apps())
    assert fast == [stock, stock]


def compare_value(value: t.Callable[[], t.Any]) -> None:
    """What ``make_response`` comes to, or its error."""

    def program(app: flask.Flask) -> t.Any:
        with app.test_request_context("/path"):
            response = app.make_response(value())
            assert isinstance(response, app.response_class)
            return emit(response), describe(response.headers._list)

    compare(lambda app: outcome(lambda: program(app)))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bodies(body: t.Callable[[], t.Any]) -> None:
    compare_value(body)
    for status in STATUSES.values():
        compare_value(lambda: (body(), status))  # noqa: B023


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_and_headers(
    body: t.Callable[[], t.Any], headers: t.Callable[[], t.Any]
) -> None:
    compare_value(lambda: (body(), headers()))
    compare_value(lambda: (body(), 404, headers()))
    compare_value(lambda: (body(), None, headers()))
    compare_value(lambda: Three((body(), "teapot", headers())))


class Unhashable(type):
    def __eq__(cls, other: object) -> bool:
        return False


class Refusing(type):
    def __getattribute__(cls, name: str) -> t.Any:
        if name in ("__call__", "get_response"):
            raise LookupError(name)
        return super().__getattribute__(name)


class Application(metaclass=Unhashable):
    def __call__(self, environ: t.Any, start_response: t.Any) -> list[bytes]:
        return wsgi_app(environ, start_response)


class UnhashableError(werkzeug.exceptions.NotFound, metaclass=Unhashable): ...


class RefusingError(werkzeug.exceptions.NotFound, metaclass=Refusing): ...


@pytest.mark.parametrize(
    "value",
    (
        lambda: (),
        lambda: ("a",),
        lambda: ("a", 200, {}, 1),
        lambda: Shaped("named", 201),
        lambda: Three(("a",)),
        lambda: (("nested", 201), 202),
        lambda: (None, 204),
        lambda: (None, 204, {}),
        lambda: ("a", None),
        lambda: ("a", None, None),
        # Their classes cannot be looked up.
        *(Application, UnhashableError, RefusingError),
    ),
)
def test_other_values(value: t.Callable[[], t.Any]) -> None:
    compare_value(value)


@pytest.mark.parametrize("value", ("text", ("text", 201), None, wsgi_app, 42))
def test_a_view_without_a_request(value: t.Any) -> None:
    """Only the values that need the request miss it."""
    compare(lambda app: outcome(lambda: emit(app.make_response(value))))


def test_branch_order_with_an_odd_response_class() -> None:
    """A metaclass decides what is an instance before the type is looked at."""

    class Meta(type):
        def __instancecheck__(cls, instance: t.Any) -> bool:
            return isinstance(instance, str) or super().__instancecheck__(instance)

    class Odd(flask.Response, metaclass=Meta): ...

    for extend in (False, True):
        app = flask.Flask("app")
        app.response_class = type("Sub", (Odd,), {})
        if extend:
            FastResp(app)
        assert t.cast(t.Any, app.make_response("a response")) == "a response"


def test_responses_are_returned_unchanged() -> None:
    app = apps()[-1]
    with app.test_request_context():
        response = Response("x")
        assert app.make_response(response) is response
        assert app.make_response((response, 404, {"X-One": "1"})) is response
        assert response.status_code == 404
        stock = flask.Response("x")
        assert app.make_response(stock) is stock
        assert type(stock) is Response


given: list[t.Any] = []


class Cleaning:
    def _clean_status(self, value: t.Any) -> t.Any:
        given.append(value)
        return super()._clean_status(value)  # type: ignore[misc]


class Coded:
    status_code = property(lambda self: 418, lambda self, code: given.append(code))


class Assigned:
    def __setattr__(self, name: str, value: t.Any) -> None:
        super().__setattr__(name, value)
        if name == "_status_code":
            given.append(value)


@pytest.mark.parametrize("mixin", (Cleaning, Coded, Assigned))
@pytest.mark.parametrize(
    "status", (404, HTTPStatus.GONE, "404 Gone fishing", b"404", bytearray(b"404"))
)
def test_a_status_beside_a_response_is_set_by_its_own_methods(
    mixin: type[t.Any], status: t.Any
) -> None:
    """They note which status they are given."""

    def program(app: flask.Flask) -> t.Any:
        own: type[t.Any] = type("Own", (mixin, app.response_class), {})
        response = own("x", 203)
        given.clear()
        with app.test_request_context():
            made = outcome(lambda: app.make_response((response, status)).status)
        return made, describe(given), response.status, response.status_code

    compare(program)


def test_the_fast_path_is_in_use() -> None:
    app = apps()[-1]
    with app.test_request_context():
        for value in ("x", b"x", lines(), ("x", 201), ("x", {"A": "b"}), {"a": 1}):
            before = counted("built"), counted("emitted"), counted("delegated")
            emit(app.make_response(value))
            after = counted("built"), counted("emitted"), counted("delegated")
            assert after == (before[0] + 1, before[1] + 1, before[2])


@pytest.mark.parametrize("base", [object, int, str, dict, tuple, list])
@pytest.mark.parametrize(
    "place",
    [
        lambda value: value,
        lambda value: (value, 200),
        lambda value: ("text", value),
        lambda value: ("text", 200, value),
    ],
    ids=["alone", "body", "second", "third"],
)
def test_how_often_a_value_is_asked_for_its_class(
    base: type[t.Any], place: t.Callable[[t.Any], t.Any]
) -> None:
    def program(app: flask.Flask) -> t.Any:
        asked = []

        def asked_class(self: t.Any) -> t.Any:
            asked.append("__class__")
            return type(self)

        value = type("Asked", (base,), {"__class__": property(asked_class)})()
        with app.test_request_context("/path"):
            made = outcome(lambda: emit(app.make_response(place(value))))
        return made, len(asked)

    compare(program)
