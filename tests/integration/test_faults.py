"""Faults at the edge: clients that go, servers that stop, errors and signals in the
middle. What was called, in which order, and what is left is as with Werkzeug."""

from __future__ import annotations

import collections.abc as cabc
import itertools
import signal
import typing as t
from functools import partial

import pytest
from conftest import Pair
from parity import describe
from parity import emit
from parity import Journal
from werkzeug.test import create_environ

CHUNKS = ("first", "second", "last")

#: Where something goes wrong: in a chunk, in what closes, before anything is sent.
PLACES = (
    *(f"chunk {at}" for at in range(len(CHUNKS) + 1)),
    "encode",
    "len",
    "close",
    "callback",
    "both callbacks",
    "close and callback",
    "chunk 1 and close",
    "chunk 1 and callback",
    "headers",
    "start_response",
    "write",
)


class Fault(Exception):
    pass


class Stopped(BaseException):
    """Raised by the handler of a signal."""


def stop(number: int, frame: object) -> None:
    raise Stopped


def raise_error() -> None:
    raise Fault


def raise_signal() -> None:
    signal.raise_signal(signal.SIGTERM)


FAULTS: dict[str, cabc.Callable[[], None]] = {
    "error": raise_error,
    "signal": raise_signal,
}


@pytest.fixture
def handler() -> cabc.Iterator[None]:
    before = signal.signal(signal.SIGTERM, stop)
    yield
    signal.signal(signal.SIGTERM, before)


class Chunk:
    """Encodes and measures itself, with noise."""

    __class__ = str  # type: ignore[assignment]

    def __init__(self, fail: cabc.Callable[[str], None]) -> None:
        self.fail = fail

    def encode(self) -> t.Any:
        self.fail("encode")
        return Octets(self.fail)


class Octets(bytes):
    def __new__(cls, fail: cabc.Callable[[str], None]) -> Octets:
        self = super().__new__(cls, b"encoded")
        self.fail = fail
        return self

    fail: cabc.Callable[[str], None]

    def __len__(self) -> int:
        self.fail("len")
        return super().__len__()


class Chunks:
    def __init__(self, fail: cabc.Callable[[str], None]) -> None:
        self.fail = fail
        self.at = -1

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> str:
        self.at += 1
        self.fail(f"chunk {self.at}")
        if self.at == len(CHUNKS):
            raise StopIteration
        return CHUNKS[self.at]

    def close(self) -> None:
        self.fail("close")


def chunks_of(body: Chunks) -> cabc.Iterator[str]:
    try:
        yield from body
    finally:
        body.close()


BODIES: dict[str, cabc.Callable[[cabc.Callable[[str], None]], t.Any]] = {
    "iterator": Chunks,
    "generator": lambda fail: chunks_of(Chunks(fail)),
    "list": lambda fail: ["a", Chunk(fail), b"b"],
    "text": lambda fail: "text",
}
#: What a server does: asks for a chunk, closes, asks twice; what is left is dropped.
COURSES = ("nnnnnc", "nc", "c", "cc", "ncc", "nnnncncn", "cn", "nn", "")


def serve(
    cls: type[t.Any], body: str, place: str, fault: str, course: str, method: str
) -> t.Any:
    journal = Journal()
    failing = {part for part in place.split(" and ")}
    if place == "both callbacks":
        failing = {"callback", "other callback"}

    def fail(where: str) -> None:
        journal(where)
        if where in failing:
            FAULTS[fault]()

    class Below(cls):  # type: ignore[misc]
        def get_wsgi_headers(self, environ: t.Any) -> t.Any:
            fail("headers")
            return super().get_wsgi_headers(environ)

    def start_response(status: str, headers: t.Any, exc_info: t.Any = None) -> t.Any:
        journal(describe((status, headers)))
        fail("start_response")
        return None if place == "write" else fail

    response = (Below if place == "headers" else cls)(BODIES[body](fail), 201)
    response.call_on_close(lambda: fail("callback"))
    response.call_on_close(lambda: fail("other callback"))
    app_iter: t.Any = None

    def attempt(step: cabc.Callable[[], t.Any]) -> t.Any:
        try:
            answer = step()
        except BaseException as error:
            journal((type(error), str(error), type(error.__context__)))
            return None
        journal(describe(answer) if isinstance(answer, (bytes, str)) else "done")
        return answer

    app_iter = attempt(lambda: response(create_environ(method=method), start_response))
    if app_iter is not None:
        for step in course:
            attempt(app_iter.close if step == "c" else partial(next, app_iter))
    del app_iter
    left = {
        name: describe(value)
        for name, value in vars(response).items()
        if name not in ("headers", "response", "_on_close")
    }
    return journal.entries, left, describe(response.headers._list)


# What a generator raises when it is dropped goes to nobody.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("handler")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("body", BODIES)
def test_faults(pair: Pair, body: str, place: str, fault: str) -> None:
    for course, method in itertools.product(COURSES, ("GET", "HEAD")):
        fast, stock = (
            serve(cls, body, place, fault, course, method) for cls in reversed(pair)
        )
        assert fast == stock, (course, method)


@pytest.mark.parametrize("error", [Fault, Stopped])
def test_what_follows_an_error_in_a_hook(
    pair: Pair, error: type[BaseException]
) -> None:
    """The response can be sent once more, whole."""
    for cls in pair:
        failing = True

        class Below(cls):  # type: ignore[misc, valid-type]
            def iter_encoded(self) -> t.Any:
                if failing:  # noqa: B023
                    raise error
                return super().iter_encoded()

        response = Below("text", 404, {"X-One": "1"})
        with pytest.raises(error):
            response(create_environ(), lambda *args: None)
        failing = False
        assert emit(response)["chunks"] == [("bytes", "b'text'")]
