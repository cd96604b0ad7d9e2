"""One row on one implementation: its answer, its time, its memory."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import dataclasses
import functools
import typing as t

import flask
from cases import Case
from cases import Request
from cases import REQUESTS
from werkzeug.test import create_environ

import fastresp
from fastresp.cli.ceiling import Free
from fastresp.cli.compare import Answer
from fastresp.cli.compare import ask
from fastresp.cli.timing import send
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
    context: cabc.Callable[[], contextlib.AbstractContextManager[t.Any]] = (
        contextlib.nullcontext
    )

    def batch(self) -> float:
        """Return microseconds per response."""
        with self.context():
            *_, taken = time_runs(self.prepare, self.run, self.repeats)
        return taken / (self.repeats * self.responses) / 1000


def start_response(status: t.Any, headers: t.Any, exc_info: t.Any = None, /) -> t.Any:
    pass


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


# --- return values ---------------------------------------------------------


def create_app(
    case: Case, response_class: type[flask.Response] = flask.Response
) -> flask.Flask:
    app = flask.Flask("bench")
    customize = case.customize or (lambda base: base)
    app.response_class = customize(response_class)
    return app


def extension_app(case: Case) -> flask.Flask:
    app = create_app(case)
    fastresp.FastResp(app)
    return app


def environ_of(case: Case) -> dict[str, t.Any]:
    return {**create_environ(method=case.method), **case.environ}


def return_value(
    case: Case, app: flask.Flask, respond: Respond | None = None
) -> Subject:
    """Return the whole way of a response: make it, emit it, drain it, close it.

    :param respond: is timed instead of the app's ``make_response``.
    """
    environ = environ_of(case)
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

    def answer() -> Answer:
        with app.request_context(environ):
            value = case.make(app) if in_view else prepare()[0]
            return drain(make_response(value), environ_of(case))

    return Subject(
        answer,
        run_in_view if in_view else run,
        prepare,
        responses=size,
        repeats=max(1, case.loops // size),
        context=lambda: app.request_context(environ),
    )


def stock_answer(case: Case) -> Answer:
    return RETURN_VALUES[FLASK](case).answer()


class WithClose(list[bytes]):
    """Chunks as the quickest application would return them."""

    def close(self) -> None:
        pass


def by_hand(case: Case) -> Respond:
    """Return the limit: a WSGI application written by hand for this very case. It
    knows its headers and does nothing twice, yet it does the case's work: encode,
    measure, list the headers, stream."""
    make: t.Any = case.by_hand
    status, headers, *_ = stock_answer(case)
    fields = [field for field in headers if field[0] != "Content-Length"]
    sized = len(fields) != len(headers)
    head = case.method == "HEAD"

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
    names = {name for name, _ in make(environ_of(case))[1]}
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


#: The first is the reference.
RETURN_VALUES: dict[str, cabc.Callable[[Case], Subject]] = {
    FLASK: lambda case: return_value(case, create_app(case)),
    ALONE: lambda case: return_value(case, create_app(case, fastresp.Response)),
    FASTRESP: lambda case: return_value(case, extension_app(case)),
    BY_HAND: lambda case: return_value(case, create_app(case), by_hand(case)),
}

# --- whole requests --------------------------------------------------------

#: Requests of a batch.
BATCH = 200


def request_app(request: Request) -> flask.Flask:
    app = flask.Flask("bench")
    app.secret_key = "secret" if request.keyed else None
    make = request.case.make
    view = (lambda: make(app)) if request.case.in_view else make
    app.add_url_rule("/", "view", view)
    for hook in request.hooks:
        app.after_request(hook)
    return app


def request_environ(request: Request) -> dict[str, t.Any]:
    environ = {**create_environ(request.path), **request.case.environ}
    if request.session:
        app = request_app(request)
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        environ["HTTP_COOKIE"] = f"session={signer.dumps({'user': 'World'})}"
    return environ


@functools.cache
def free_responses() -> tuple[Free, dict[str, Answer]]:
    """Replace all responses of this process, and return stock's answers."""
    answers = {
        name: ask(request_app(request), request_environ(request))
        for name, request in REQUESTS.items()
    }
    return Free(), answers


def whole_request(name: str, implementation: str) -> Subject:
    """Return a request to an app: the work before the response (environ to view), the
    response, and the hooks' changes to it. The ceiling is the same app with responses
    that cost nothing: no more can be won.

    :param implementation: the ceiling only in a process of its own.
    """
    request = REQUESTS[name]
    if implementation == CEILING:
        free, answers = free_responses()
        free.prepare(answers[name])
    app = request_app(request)
    if implementation == FASTRESP:
        fastresp.FastResp(app)
    environ = request_environ(request)

    def answer() -> Answer:
        found = drain(app, request_environ(request))
        # A session's signature contains the time.
        return found._replace(
            headers=[
                (field, "a session" if value.startswith("session=") else value)
                for field, value in found.headers
            ]
        )

    return Subject(
        answer,
        lambda environs: send(app, environs, start_response),
        lambda: [environ.copy() for _ in range(BATCH)],
        responses=BATCH,
    )
