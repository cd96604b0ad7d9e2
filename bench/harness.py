"""The way of one response, on each implementation, checked before it is timed."""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import flask
from cases import Case
from werkzeug.test import create_environ

import fastresp

if not fastresp.ACCELERATED:
    raise RuntimeError("Without fastresp's compiled modules there is nothing to time.")

Answer = tuple[str, list[tuple[str, str]], bytes]


def stock_app(case: Case) -> flask.Flask:
    app = flask.Flask("bench")
    if case.customize is not None:
        app.response_class = case.customize(flask.Response)
    return app


def class_app(case: Case) -> flask.Flask:
    app = flask.Flask("bench")
    app.response_class = fastresp.Response
    if case.customize is not None:
        app.response_class = case.customize(fastresp.Response)
    return app


def extension_app(case: Case) -> flask.Flask:
    app = stock_app(case)
    fastresp.FastResp(app)
    return app


#: name -> app factory; the first is what the others are compared with.
IMPLEMENTATIONS: dict[str, cabc.Callable[[Case], flask.Flask]] = {
    "stock": stock_app,
    "class": class_app,
    "extension": extension_app,
}


def start_response(status: str, headers: t.Any, exc_info: t.Any = None, /) -> t.Any:
    pass


def respond(
    make_response: cabc.Callable[[t.Any], flask.Response],
    environ: dict[str, t.Any],
    values: cabc.Iterable[t.Any],
) -> None:
    """What is timed: make, emit, drain, close."""
    for value in values:
        chunks = make_response(value)(environ, start_response)
        for _ in chunks:
            pass
        chunks.close()  # type: ignore[attr-defined]


def respond_in_view(
    make_response: cabc.Callable[[t.Any], flask.Response],
    environ: dict[str, t.Any],
    makers: cabc.Iterable[cabc.Callable[[], t.Any]],
) -> None:
    """The same where the view builds the response itself."""
    for make in makers:
        chunks = make_response(make())(environ, start_response)
        for _ in chunks:
            pass
        chunks.close()  # type: ignore[attr-defined]


def answer(app: flask.Flask, case: Case) -> Answer:
    """What a server would send for the case."""
    sent: list[t.Any] = []

    def remember(*args: t.Any) -> t.Any:
        sent.extend(args)

    environ = create_environ(method=case.method)
    with app.request_context(environ):
        chunks = app.make_response(case.make())(environ, remember)
        try:
            body = b"".join(chunks)
        finally:
            chunks.close()  # type: ignore[attr-defined]
    return sent[0], sent[1], body


def check(case: Case) -> None:
    """Raises where an implementation answers otherwise than stock."""
    expected = answer(stock_app(case), case)
    for name, create in IMPLEMENTATIONS.items():
        got = answer(create(case), case)
        if got != expected:
            raise AssertionError(f"{name} answers {got!r}, stock {expected!r}")


class Runner:
    """One case on one implementation, ready to be timed."""

    def __init__(self, case: Case, app: flask.Flask) -> None:
        self.case = case
        self.app = app
        self.environ = create_environ(method=case.method)
        self.values: list[t.Any] = []

    def prepare(self) -> None:
        """Makes the values of one round, outside of the timing.

        Few at a time for large bodies: they should come from the cache, as
        those of a view do that has just made them.
        """
        if self.case.in_view:
            self.values = [self.case.make] * self.batch
        else:
            self.values = [self.case.make() for _ in range(self.batch)]

    @property
    def batch(self) -> int:
        return min(self.case.loops, 20)

    def run(self) -> None:
        timed = respond_in_view if self.case.in_view else respond
        timed(self.app.make_response, self.environ, self.values)
