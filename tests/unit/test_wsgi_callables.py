"""WSGI applications as return values of views, ``force_type`` and ``from_app``:
Werkzeug runs them, but for HTTP exceptions and responses, whose answers are known."""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import flask
import pytest
import werkzeug.exceptions
from bodies import BadClose
from bodies import ByItems
from bodies import Closing
from bodies import Iterator
from bodies import Sized
from bodies import walked
from conftest import apps
from conftest import compared
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp

Maker = t.Callable[[Journal], t.Any]
FIELDS = [("X-App", "1"), ("Content-Type", "text/x")]


class AppIterator:
    """The class is the application, its instance the body."""

    def __init__(self, environ: t.Any, start_response: t.Any) -> None:
        self.start_response = start_response

    def __iter__(self) -> cabc.Iterator[bytes]:
        self.start_response("201 Class", FIELDS)
        yield b"from a class"


class Callable(Closing):
    """A callable that is an iterator too: Flask takes it for a body."""

    def __call__(self, environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("201 Called", FIELDS)
        return [b"called"]


def returning(
    body: t.Callable[[Journal], t.Any], *given: t.Any, **more: t.Any
) -> Maker:
    """An application that gives these arguments to ``start_response``."""

    def make(journal: Journal) -> t.Any:
        def app(environ: t.Any, start_response: t.Any) -> t.Any:
            start_response(*given, **more)
            return body(journal)

        return app

    return make


def with_body(body: t.Callable[[Journal], t.Any]) -> Maker:
    return returning(body, "201 Made", FIELDS)


def started(*given: t.Any, **more: t.Any) -> Maker:
    return returning(lambda journal: [b"x"], *given, **more)


def writing(environ: t.Any, start_response: t.Any) -> list[bytes]:
    environ["REQUEST_METHOD"] = "HEAD"
    environ["leaked"] = environ.pop("PATH_INFO")
    fields = [("X-One", "1")]
    write = start_response("201 Made", fields)
    write(b"first ")
    # Kept by the server, or copied?
    fields.append(("X-Late", type(environ).__name__))
    return [b"last"]


def failing(journal: Journal) -> t.Any:
    yield b"a"
    raise LookupError("in the application")


APPS: dict[str, Maker] = {
    "list": with_body(lambda journal: [b"a", b"b"]),
    "empty tuple": with_body(lambda journal: ()),
    "str chunks": with_body(lambda journal: ["a", "ü"]),
    "odd chunks": with_body(lambda journal: [bytearray(b"a"), memoryview(b"b"), 5]),
    "generator": with_body(lambda journal: (chunk for chunk in (b"a", b"b"))),
    "body": with_body(lambda journal: Closing(journal, [b"a", b"b", b"c"])),
    "sized body": with_body(lambda journal: Sized(journal, [b"a", b"b"])),
    "bad close": with_body(lambda journal: BadClose(journal, [b"a"])),
    "no close": with_body(lambda journal: Iterator(journal, [b"a", b"b"])),
    "by items": with_body(lambda journal: ByItems()),
    "none": with_body(lambda journal: None),
    "failing": with_body(failing),
    "never started": lambda journal: lambda environ, start_response: [b"a"],
    "no status": started("", []),
    "odd status": started(204, []),
    "duplicate fields": started("200 OK", [("A", "1"), ("a", "2"), ("A", "1")]),
    "odd fields": started("200 OK", [("A", 1), ("B", None), ("C", b"c")]),
    "a newline": started("200 OK", [("A", "b\nc")]),
    "length too short": started("200 OK", [("Content-Length", "0")]),
    "a location": started("302 Found", [("Location", "/ä b"), ("X", "→")]),
    "writes": lambda journal: writing,
    "class": lambda journal: AppIterator,
    "callable": lambda journal: Callable(journal, []),
    "bound method": lambda journal: Callable(journal, []).__call__,
    "not found": lambda journal: werkzeug.exceptions.NotFound("<gone>"),
    "exception class": lambda journal: werkzeug.exceptions.NotFound,
    "Werkzeug response": lambda journal: WerkzeugResponse("wz", 202, {"A": "b"}),
    "flask response": lambda journal: flask.Response(["a", "b"], 202),
    "fast response": lambda journal: fastresp.Response("fast", 202, {"A": "b"}),
    "fast stream": lambda journal: fastresp.Response(Closing(journal, [b"a", b"b"])),
    "fast 304": lambda journal: fastresp.Response("x", 304, {"ETag": '"e"'}),
    "bound response": lambda journal: fastresp.Response("fast", 202).__call__,
    "flask app": lambda journal: flask.Flask("inner"),
    "no callable": lambda journal: 42,
    "a str": lambda journal: "text",
}
WAYS: dict[str, t.Callable[[type[t.Any], t.Any, t.Any], t.Any]] = {
    "force_type": lambda cls, app, environ: cls.force_type(app, environ),
    "from_app": lambda cls, app, environ: cls.from_app(app, environ),
    "buffered": lambda cls, app, environ: cls.from_app(app, environ, buffered=True),
}
each_app = pytest.mark.parametrize("make", APPS.values(), ids=APPS)


@each_app
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@compared
def test_applications(cls: type[t.Any], way: t.Any, make: Maker) -> t.Any:
    journal = Journal()
    environ = create_environ("/path")
    before = dict(environ)

    def use(course: str) -> t.Any:
        response = way(cls, make(journal), environ)
        seen = (
            *(describe(response.status), describe(response.headers._list)),
            *(list(vars(response)), response.is_streamed, response.is_sequence),
            isinstance(response.response, list),
            outcome(lambda: iter(response.response) is response.response),
        )
        return seen, walked(journal, response, course, "GET")

    results = [outcome(lambda: use(course)) for course in ("cc", "ncc", "wcn")]  # noqa: B023
    return results, journal.entries, environ == before


@each_app
@pytest.mark.parametrize("method", ("GET", "HEAD"))
def test_views(make: Maker, method: str) -> None:
    def program(app: flask.Flask) -> t.Any:
        journal = Journal()
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.logger.disabled = True
        views: dict[str, t.Callable[[], t.Any]] = {
            "/": lambda: make(journal),
            "/t": lambda: (make(journal), "203 T", {"X-T": "1"}),
        }
        for path, view in views.items():
            app.add_url_rule(path, path, view)

        @app.after_request
        def look(response: flask.Response) -> flask.Response:
            journal(repr((response.is_streamed, response.is_sequence)))
            response.headers["X-After"] = "1"
            return response

        def run(path: str) -> t.Any:
            environ = create_environ(path, method=method)
            app_iter, status, headers = run_wsgi_app(app, environ)
            chunks = describe(list(app_iter))
            if hasattr(app_iter, "close"):
                app_iter.close()
            return status, list(headers), chunks

        results = [outcome(lambda: run(path)) for path in views]  # noqa: B023
        with app.test_request_context("/"):
            # The error's text, not the page for it.
            results.append(outcome(lambda: emit(app.make_response(make(journal)))))
        return results, journal.entries

    stock, *fast = map(program, apps())
    assert fast == [stock, stock]


APP = started("200 OK", FIELDS)(Journal())
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
    error = werkzeug.exceptions.NotFound()
    return [outcome(lambda: emit(cls.force_type(app, make()))) for app in (APP, error)]  # noqa: B023


@pytest.mark.parametrize(
    "call",
    [
        lambda cls: cls.force_type(),
        lambda cls: cls.force_type(APP),
        lambda cls: cls.force_type(APP, None),
        lambda cls: cls.force_type(None),
        lambda cls: cls.force_type("text", ENVIRON),
        lambda cls: cls.force_type(werkzeug.exceptions.NotFound()),
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
def test_subclasses(base: type[t.Any]) -> t.Any:
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
