"""One row on one implementation: its answer, its time, its memory."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import dataclasses
import tracemalloc
import typing as t

import flask
from cases import Case
from werkzeug.test import create_environ

import fastresp
from fastresp.cli.compare import Answer
from fastresp.cli.timing import time_runs

if not fastresp.ACCELERATED:
    raise RuntimeError("Without fastresp's compiled modules there is nothing to time.")

#: Like ``make_response``: from a view's value to a WSGI application.
Respond = cabc.Callable[[t.Any], cabc.Callable[..., t.Any]]

FLASK = "Flask"
#: ``app.response_class = fastresp.Response``, without the extension.
ALONE = "response_class"
FASTRESP = "FastResp"
BY_HAND = "WSGI by hand"
#: A whole request with a response that costs nothing.
CEILING = "ceiling"
#: After a name: the same implementation in another process, to measure the noise.
AGAIN = " again"


@dataclasses.dataclass
class Subject:
    """A row on one implementation, ready to be timed."""

    answer: cabc.Callable[[], Answer]
    #: Makes the responses, from what ``prepare`` returns outside of the timing.
    run: cabc.Callable[[t.Any], object]
    prepare: cabc.Callable[[], t.Any] = lambda: None
    #: Number of responses that ``run`` makes.
    responses: int = 1
    #: Number of times that a batch prepares and runs.
    repeats: int = 1
    #: Makes the responses and keeps them.
    hold: cabc.Callable[[t.Any], list[t.Any]] | None = None
    context: cabc.Callable[[], contextlib.AbstractContextManager[t.Any]] = (
        contextlib.nullcontext
    )

    def batch(self) -> float:
        """Return microseconds per response."""
        with self.context():
            *_, taken = time_runs(self.prepare, self.run, self.repeats)
        return taken / (self.repeats * self.responses) / 1000

    def prepare_only(self) -> None:
        with self.context():
            for _ in range(self.repeats):
                self.prepare()

    def memory(self) -> dict[str, float]:
        """Return bytes of Python's allocators: the peak while responses are made and
        sent one by one, and of a response that is kept."""
        figures = {}
        with self.context():
            self.run(self.prepare())
            tracemalloc.start()
            try:
                prepared = self.prepare()
                before = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
                self.run(prepared)
                figures["peak"] = float(tracemalloc.get_traced_memory()[1] - before)
                if self.hold is not None:
                    prepared = self.prepare()
                    before = tracemalloc.get_traced_memory()[0]
                    held = self.hold(prepared)
                    after = tracemalloc.get_traced_memory()[0]
                    figures["held"] = (after - before) / len(held)
            finally:
                tracemalloc.stop()
        return figures


# --- apps ------------------------------------------------------------------


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


#: The first is the reference.
APPS = {FLASK: stock_app, ALONE: class_app, FASTRESP: extension_app}


class WithClose(list[bytes]):
    """Chunks as the quickest application would return them."""

    def close(self) -> None:
        pass


def by_hand(case: Case) -> Respond | None:
    """Return the limit: a WSGI application written by hand for this very case. It
    knows its headers and does nothing twice, yet it does the case's work: encode,
    measure, list the headers, stream."""
    if case.by_hand is None:
        return None
    status, headers, *_ = app_answer(stock_app(case), case)
    fields = [field for field in headers if field[0] != "Content-Length"]
    sized = len(fields) != len(headers)
    head = case.method == "HEAD"
    make = case.by_hand

    def text(value: t.Any) -> t.Any:
        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            body = make(value)
            start_response(status, [*fields, ("Content-Length", str(len(body)))])
            return WithClose() if head else WithClose([body])

        return application

    def stream(value: t.Any) -> t.Any:
        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            start_response(status, [*fields])
            return make(value)

        return application

    if not case.in_view:
        return text if sized else stream
    names = {name for name, _ in make(request(case))[1]}
    fixed = [field for field in fields if field[0] not in names]

    def in_view(value: t.Any) -> t.Any:
        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            body, more = make(environ)
            more += fixed
            if sized:
                more.append(("Content-Length", str(len(body))))
            start_response(status, more)
            return WithClose([body])

        return application

    return in_view


# --- a return value --------------------------------------------------------


def start_response(status: t.Any, headers: t.Any, exc_info: t.Any = None, /) -> t.Any:
    pass


def request(case: Case) -> dict[str, t.Any]:
    """Return the environ of the case's request."""
    return {**create_environ(method=case.method), **case.environ}


def drain(application: t.Any, environ: dict[str, t.Any]) -> Answer:
    """Return the answer, with the body as one chunk and without the time."""
    sent: list[t.Any] = []
    chunks = application(environ, lambda *args: sent.extend(args))
    try:
        body = b"".join(chunks)
    finally:
        getattr(chunks, "close", bool)()
    fields = [(text_of(name), text_of(value)) for name, value in sent[1]]
    fields = [(name, "now" if name == "Date" else value) for name, value in fields]
    return Answer(text_of(sent[0]), fields, [body])


def text_of(part: object) -> str:
    """Return a part of a head as WSGI has it; ASGI has bytes."""
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)


def app_answer(app: flask.Flask, case: Case) -> Answer:
    environ = request(case)
    with app.request_context(environ):
        value = case.make(app) if case.in_view else case.make()
        return drain(app.make_response(value), environ)


def return_value(
    case: Case, app: flask.Flask, respond: Respond | None = None
) -> Subject:
    """Return the whole way of a response: make it, emit it, drain it, close it.

    :param respond: is timed instead of the app's ``make_response``.
    """
    environ = request(case)
    make_response: t.Any = respond or app.make_response
    size = min(case.loops, 20)
    in_view = case.in_view and respond is None

    def prepare() -> list[t.Any]:
        # Few at a time for large bodies: they should come from the cache, as those of
        # a view that has just made them.
        return [None if case.in_view else case.make() for _ in range(size)]

    def run(values: list[t.Any]) -> None:
        for value in values:
            chunks = make_response(value)(environ, start_response)
            for _ in chunks:
                pass
            chunks.close()

    def run_in_view(values: list[t.Any]) -> None:
        make = case.make
        for _ in values:
            chunks = make_response(make(app))(environ, start_response)
            for _ in chunks:
                pass
            chunks.close()

    def hold(values: list[t.Any]) -> list[t.Any]:
        # A view that makes the response itself has done half of the work.
        return [make_response(case.make(app) if in_view else each) for each in values]

    def answer() -> Answer:
        if respond is None:
            return app_answer(app, case)
        return drain(respond(None if case.in_view else case.make()), request(case))

    return Subject(
        answer,
        run_in_view if in_view else run,
        prepare,
        responses=size,
        repeats=max(1, case.loops // size),
        hold=hold,
        context=lambda: app.request_context(environ),
    )


def check(case: Case) -> None:
    """
    :raises AssertionError: if an implementation answers otherwise than stock.
    """
    expected = app_answer(stock_app(case), case)
    answers = {name: app_answer(create(case), case) for name, create in APPS.items()}
    for name, got in answers.items():
        if got != expected:
            raise AssertionError(f"{name} answers {got!r}, stock {expected!r}")
    respond = by_hand(case)
    if respond is None:
        return
    got = return_value(case, stock_app(case), respond).answer()
    got = got._replace(headers=sorted(got.headers))
    if got != expected._replace(headers=sorted(expected.headers)):
        raise AssertionError(f"by hand: {got!r}, stock {expected!r}")
