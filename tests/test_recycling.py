"""A response that nobody has any more may come back as a new one; nobody can
tell."""

from __future__ import annotations

import contextlib
import gc
import sys
import typing as t
import weakref
from collections.abc import Callable

import flask
import pytest
from conftest import counted
from parity import state
from werkzeug.datastructures import Headers

import fastresp
from fastresp import FastResp
from fastresp import Response

pytestmark = pytest.mark.skipif(
    not fastresp.ACCELERATED or not (3, 11) <= sys.version_info < (3, 14),
    reason="nothing is recycled",
)


@pytest.fixture
def app() -> flask.Flask:
    app = flask.Flask("app")
    FastResp(app)
    # What earlier tests left.
    with app.app_context():
        kept = [app.make_response("x") for _ in range(20)]
    del kept
    return app


def start(response: t.Any) -> t.Any:
    return response({"REQUEST_METHOD": "GET"}, lambda *args: None)


def send(responses: list[t.Any]) -> None:
    """Emits them as a server does, which has nothing but the iterator."""
    while responses:
        with contextlib.suppress(TypeError):
            app_iter = start(responses.pop())
            list(app_iter)
            if hasattr(app_iter, "close"):
                with contextlib.suppress(AttributeError):
                    app_iter.close()
            del app_iter


def use_up(app: flask.Flask) -> int:
    """How many of the next responses are recycled."""
    before = counted("recycled")
    with app.app_context():
        kept = [app.make_response("new") for _ in range(20)]
    expected = flask.Response("new")
    for response in kept:
        assert state(response) == state(expected)
    assert len({id(response) for response in kept}) == 20
    assert len({id(response.headers) for response in kept}) == 20
    return counted("recycled") - before


def test_responses_are_recycled(app: flask.Flask) -> None:
    assert use_up(app) == 0
    with app.app_context():
        for _ in range(3):
            send([app.make_response("text")])
        assert use_up(app) == 1
        send([app.make_response(f"text {n}") for n in range(30)])
    assert use_up(app) == 16


def test_json_too(app: flask.Flask) -> None:
    with app.app_context():
        send([app.make_response({"a": 1})])
        before = counted("recycled")
        response = app.make_response({"b": 2})
    assert counted("recycled") == before + 1
    assert list(response.headers) == [
        ("Content-Type", "application/json"),
        ("Content-Length", "8"),
    ]


PARTS: dict[str, Callable[[t.Any], t.Any]] = {
    "response": lambda response: response,
    "attributes": lambda response: vars(response),
    "headers": lambda response: response.headers,
    "attributes of headers": lambda response: vars(response.headers),
    "fields": lambda response: response.headers._list,
    "body": lambda response: response.response,
    "callbacks": lambda response: response._on_close,
    "weak reference": lambda response: weakref.ref(response),
    "weak reference to headers": lambda response: weakref.ref(response.headers),
    "method": lambda response: response.get_data,
}


@pytest.mark.parametrize("part", PARTS)
def test_what_somebody_has_is_left_alone(app: flask.Flask, part: str) -> None:
    with app.app_context():
        response = app.make_response("text")
        kept = PARTS[part](response)
        seen = repr(kept) if not part.startswith("weak") else ""
        responses = [response]
        del response
        send(responses)
    gc.collect()
    assert use_up(app) == 0
    if part.startswith("weak"):
        assert kept() is None
    else:
        assert repr(kept) == seen
        if part == "response":
            assert kept.get_data() == b"text"


class Name(str):
    """Equal to an attribute's name, by a method that must not be called."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        called.append(other)
        return str.__eq__(self, other)


called: list[object] = []


def reorder(response: t.Any) -> None:
    status = response._status
    del response._status
    response._status = status


def enlarge(response: t.Any) -> None:
    names = [f"name{number}" for number in range(1000)]
    vars(response).update(dict.fromkeys(names))
    for name in names:
        del vars(response)[name]


def name_anew(response: t.Any) -> None:
    response.headers.__dict__ = {Name("_list"): response.headers._list}
    called.clear()


CHANGES: dict[str, Callable[[t.Any], t.Any]] = {
    "many headers": lambda response: response.headers.extend({"X-A": ["b"] * 8}),
    "odd field": lambda response: response.headers._list.append(None),
    "passthrough": lambda response: setattr(response, "direct_passthrough", True),
    "callback": lambda response: response.call_on_close(lambda: None),
    "attribute": lambda response: setattr(response, "mark", 1),
    "hook": lambda response: setattr(response, "close", lambda: None),
    "attribute of headers": lambda response: setattr(response.headers, "mark", 1),
    "other headers": lambda response: setattr(response, "headers", Headers()),
    "chunks": lambda response: response.response.append(b"more"),
    "text chunk": lambda response: setattr(response, "response", ["text"]),
    "generator": lambda response: setattr(response, "response", iter([b"x"])),
    "order": reorder,
    "size of the dict": enlarge,
    "name": name_anew,
    "deleted": lambda response: delattr(response, "_on_close"),
    "dict": lambda response: setattr(response, "__dict__", dict(vars(response), a=1)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_not_recycled(app: flask.Flask, change: str) -> None:
    with app.app_context():
        response = app.make_response("text")
        CHANGES[change](response)
        if change == "name":
            app_iter = start(response)
            called.clear()
            del response, app_iter
            assert not called
        else:
            responses = [response]
            del response
            send(responses)
    assert use_up(app) == 0


def test_a_body_that_is_passed_through(app: flask.Flask) -> None:
    """With HEAD, the iterator is not the body itself."""
    with app.app_context():
        response: t.Any = app.make_response("text")
        response.direct_passthrough = True
        app_iter = response({"REQUEST_METHOD": "HEAD"}, lambda *args: None)
        del response
        assert list(app_iter) == []
        app_iter.close()
        del app_iter
    assert use_up(app) == 0


VALUES: dict[str, Callable[[t.Any], t.Any]] = {
    "none": lambda response: None,
    "body": lambda response: response.set_data("other"),
    "type": lambda response: response.headers.set("Content-Type", "a/b"),
    "another header": lambda response: response.headers.add("X-A", "b"),
    "no header": lambda response: response.headers.clear(),
    "status": lambda response: setattr(response, "status_code", 404),
    "status text": lambda response: setattr(response, "status", "200 Fine"),
}


@pytest.mark.parametrize("status", [200, 302, "404 Gone fishing"])
@pytest.mark.parametrize("change", VALUES)
def test_a_changed_value_does_not_come_back(
    app: flask.Flask, change: str, status: t.Any
) -> None:
    with app.app_context():
        response = app.make_response("text")
        VALUES[change](response)
        responses = [response]
        del response
        send(responses)
        response = app.make_response(("new", status))
        assert state(response) == state(flask.Response("new", status))
        responses.append(response)
        del response
        send(responses)
        # As construction left it, but for the items and the status.
        assert use_up(app) == 1


def test_a_class_with_a_finalizer(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    finalized = []
    monkeypatch.setattr(
        Response, "__del__", lambda self: finalized.append(1), raising=False
    )
    with app.app_context():
        send([app.make_response("text")])
    assert finalized == [1]


def test_a_response_that_was_resurrected(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[t.Any] = []
    with app.app_context():
        with monkeypatch.context() as patch:
            resurrect = lambda self: saved.append(self)  # noqa: E731
            patch.setattr(Response, "__del__", resurrect, raising=False)
            response = app.make_response("text")
            del response
        send(saved)
    assert use_up(app) == 0


def test_subclasses_are_not_recycled(app: flask.Flask) -> None:
    class Own(Response):
        pass

    reference = weakref.ref(Own)
    app.response_class = Own
    with app.app_context():
        for _ in range(3):
            send([app.make_response("text")])
    app.response_class = Response
    assert use_up(app) == 0
    del Own
    gc.collect()
    assert reference() is None


def test_the_garbage_collector_sees_nothing(app: flask.Flask) -> None:
    def count(cls: type[t.Any]) -> int:
        return sum(type(obj) is cls for obj in gc.get_objects())

    gc.collect()
    before = count(Response), count(Headers)
    with app.app_context():
        send([app.make_response("text") for _ in range(10)])
    gc.collect()
    assert (count(Response), count(Headers)) == before
    with app.app_context():
        response = app.make_response("text")
    for part in (response, response.headers, vars(response), response.response):
        assert gc.is_tracked(part)
    gc.collect()


def test_the_body_is_let_go(app: flask.Flask) -> None:
    body = b"x" * 100_000
    before = sys.getrefcount(body)
    with app.app_context():
        send([app.make_response(body)])
    assert sys.getrefcount(body) == before


def test_an_iterator_that_is_never_closed(app: flask.Flask) -> None:
    with app.app_context():
        response = app.make_response("text")
        app_iter = start(response)
        del response
        assert next(app_iter) == b"text"
        # It still has the list of chunks.
        del app_iter
    assert use_up(app) == 0


def test_two_iterators_of_one_response(app: flask.Flask) -> None:
    with app.app_context():
        response = app.make_response("text")
        one, other = start(response), start(response)
        del response
        del one
        assert use_up(app) == 0
        assert list(other) == [b"text"]
        del other
    assert use_up(app) == 1
