"""The way of one response, on each implementation, checked before it is timed."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import gc
import time
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


class WithClose(list[bytes]):
    """Chunks as the quickest application would return them."""

    def close(self) -> None:
        pass


def by_hand(case: Case) -> cabc.Callable[[t.Any], t.Any] | None:
    """The limit: a WSGI application written by hand for this very case, in the
    form of ``make_response``. It knows its headers and does nothing twice, yet
    it does the case's work: encode, measure, list the headers, stream."""
    if case.by_hand is None and case.view_by_hand is None:
        return None
    expected = answer(stock_app(case), case)
    status = expected[0]
    fields = [field for field in expected[1] if field[0] != "Content-Length"]
    head = case.method == "HEAD"

    if case.view_by_hand is not None:
        _, own = case.view_by_hand(request(case))
        names = {name for name, _ in own}
        fixed = [field for field in fields if field[0] not in names]
        sized = len(fields) != len(expected[1])

        def view(value: t.Any) -> t.Any:
            def application(environ: t.Any, start_response: t.Any) -> t.Any:
                body, more = case.view_by_hand(environ)  # type: ignore[misc]
                more += fixed
                if sized:
                    more.append(("Content-Length", str(len(body))))
                start_response(status, more)
                return WithClose([body])

            return application

        return view

    def text(value: t.Any) -> t.Any:
        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            body = case.by_hand(value)  # type: ignore[misc]
            start_response(status, [*fields, ("Content-Length", str(len(body)))])
            return WithClose() if head else WithClose([body])

        return application

    def stream(value: t.Any) -> t.Any:
        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            start_response(status, [*fields])
            return value

        return application

    return stream if case.streams else text


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
    makers: cabc.Iterable[cabc.Callable[[flask.Flask], t.Any]],
    app: flask.Flask,
) -> None:
    """The same where the view builds the response itself."""
    for make in makers:
        chunks = make_response(make(app))(environ, start_response)
        for _ in chunks:
            pass
        chunks.close()  # type: ignore[attr-defined]


def request(case: Case) -> dict[str, t.Any]:
    """The environ that a case is asked for with."""
    return {**create_environ(method=case.method), **case.environ}


def answer(app: flask.Flask, case: Case) -> Answer:
    """What a server would send for the case."""
    environ = request(case)
    with app.request_context(environ):
        value = case.make(app) if case.in_view else case.make()
        return drain(app.make_response(value), environ)


def answer_by_hand(case: Case, make_response: cabc.Callable[[t.Any], t.Any]) -> Answer:
    value = None if case.in_view else case.make()
    return drain(make_response(value), request(case))


def drain(application: t.Any, environ: dict[str, t.Any]) -> Answer:
    sent: list[t.Any] = []

    def remember(*args: t.Any) -> t.Any:
        sent.extend(args)

    chunks = application(environ, remember)
    try:
        body = b"".join(chunks)
    finally:
        chunks.close()
    # The date may be another second's for the next.
    fields = [(name, "now" if name == "Date" else value) for name, value in sent[1]]
    return sent[0], fields, body


def check(case: Case) -> None:
    """Raises where an implementation answers otherwise than stock."""
    expected = answer(stock_app(case), case)
    make_response = by_hand(case)
    if make_response is not None:
        got = answer_by_hand(case, make_response)
        if (got[0], sorted(got[1]), got[2]) != (
            expected[0],
            sorted(expected[1]),
            expected[2],
        ):
            raise AssertionError(f"by hand: {got!r}, stock {expected!r}")
    for name, create in IMPLEMENTATIONS.items():
        got = answer(create(case), case)
        if got != expected:
            raise AssertionError(f"{name} answers {got!r}, stock {expected!r}")


def nothing(app: flask.Flask) -> None:
    """The view of an application that is written by hand."""


class Runner:
    """One case on one implementation, ready to be timed.

    :param make_response: what to time instead of the app's own.
    """

    def __init__(
        self,
        case: Case,
        app: flask.Flask,
        make_response: cabc.Callable[[t.Any], t.Any] | None = None,
    ) -> None:
        self.case = case
        self.app = app
        self.make_response = make_response or app.make_response
        self.make = case.make
        if make_response is not None and case.in_view:
            self.make = nothing
        self.environ = request(case)
        self.values: list[t.Any] = []

    def prepare(self) -> None:
        """Makes the values of one round, outside of the timing.

        Few at a time for large bodies: they should come from the cache, as
        those of a view do that has just made them.
        """
        if self.case.in_view:
            self.values = [self.make] * self.batch
        else:
            self.values = [self.make() for _ in range(self.batch)]

    @property
    def batch(self) -> int:
        return min(self.case.loops, 20)

    def run(self) -> None:
        if self.case.in_view:
            respond_in_view(self.make_response, self.environ, self.values, self.app)
        else:
            respond(self.make_response, self.environ, self.values)


def time_round(runner: Runner) -> float:
    total = 0
    loops = max(1, runner.case.loops // runner.batch)
    with runner.app.request_context(runner.environ):
        for _ in range(loops):
            runner.prepare()
            started = time.perf_counter_ns()
            runner.run()
            total += time.perf_counter_ns() - started
    return total / (loops * runner.batch) / 1000


@contextlib.contextmanager
def steady() -> cabc.Iterator[None]:
    """Without the garbage collector, which would strike at random."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
