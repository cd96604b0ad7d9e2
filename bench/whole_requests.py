"""Whole requests to a Flask app, in process, beside the same app with responses that
cost nothing: no more can be won.

A request consists of the work before the response (environ to view), the response,
and the hooks' changes to it.
"""

from __future__ import annotations

import collections.abc as cabc
import functools
import typing as t

import cases
import flask
from harness import CEILING
from harness import drain
from harness import FASTRESP
from harness import start_response
from harness import Subject
from werkzeug.test import create_environ

import fastresp
from fastresp.cli.ceiling import Free
from fastresp.cli.compare import Answer
from fastresp.cli.compare import ask
from fastresp.cli.timing import send

Hook = cabc.Callable[[t.Any], t.Any]

#: Requests of a batch.
REPEATS = 200


class Request(t.NamedTuple):
    """A view, the hooks after it, and a request."""

    view: cabc.Callable[[flask.Flask], t.Any]
    #: ``after_request`` functions.
    hooks: tuple[Hook, ...] = ()
    path: str = "/"
    environ: dict[str, str] = {}
    #: Whether the request has a session cookie.
    session: bool = False
    #: Whether the app has a secret key, and so opens a session for each request.
    keyed: bool = True


def setting(*names: str) -> tuple[Hook, ...]:
    """Return a hook for each header."""

    def hook(name: str) -> Hook:
        def set_header(response: t.Any) -> t.Any:
            response.headers[name] = "1"
            return response

        return set_header

    return tuple(map(hook, names))


def hello(app: flask.Flask) -> str:
    return "Hello, World!"


def read_session(app: flask.Flask) -> str:
    return f"Hello, {flask.session['user']}!"


def write_session(app: flask.Flask) -> str:
    flask.session["user"] = "World"
    return "Hello, World!"


REQUESTS: dict[str, Request] = {
    "hello, no secret key": Request(hello, keyed=False),
    "hello": Request(hello),
    "hello, signed in": Request(hello, session=True),
    "small dict": Request(lambda app: cases.record(1)),
    "5-header tuple": Request(lambda app: ("Hello, World!", 201, cases.FIVE_HEADERS)),
    "hello + 1 hook": Request(hello, setting("X-A")),
    "hello + 3 hooks": Request(hello, setting("X-A", "X-B", "X-C")),
    "hello + 10 hooks": Request(hello, setting(*(f"X-{n}" for n in range(10)))),
    "dict + CORS-like hook of 7 headers": Request(
        lambda app: cases.record(1), (cases.with_cors,)
    ),
    "3 cookies": Request(cases.with_cookies),
    "404": Request(lambda app: "", path="/nowhere"),
    "redirect": Request(lambda app: flask.redirect(cases.LOCATION)),
    "304 of 10 KB": Request(
        cases.conditional, environ=cases.CASES["304 of 10 KB"].environ
    ),
    "generator, 100 chunks": Request(lambda app: cases.chunks(100)),
    "str 10 KB": Request(lambda app: cases.ASCII_10K),
    "template of 20 rows": Request(lambda app: cases.rows(app, 20)),
    "session read": Request(read_session, session=True),
    "session written": Request(write_session),
}


def create_app(request: Request) -> flask.Flask:
    app = flask.Flask("bench")
    app.secret_key = "secret" if request.keyed else None
    app.add_url_rule("/", "view", lambda: request.view(app))
    for hook in request.hooks:
        app.after_request(hook)
    return app


def environ_of(request: Request) -> dict[str, t.Any]:
    environ = {**create_environ(request.path), **request.environ}
    if request.session:
        app = create_app(request)
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        environ["HTTP_COOKIE"] = f"session={signer.dumps({'user': 'World'})}"
    return environ


@functools.cache
def free_responses() -> tuple[Free, dict[str, Answer]]:
    """Replace all responses of this process, and return stock's answers."""
    answers = {
        name: ask(create_app(request), environ_of(request))
        for name, request in REQUESTS.items()
    }
    return Free(), answers


def create(name: str, implementation: str) -> Subject:
    """
    :param implementation: the ceiling only in a process of its own.
    """
    request = REQUESTS[name]
    if implementation == CEILING:
        free, answers = free_responses()
        free.prepare(answers[name])
    app = create_app(request)
    if implementation == FASTRESP:
        fastresp.FastResp(app)
    environ = environ_of(request)

    def answer() -> Answer:
        found = drain(app, environ_of(request))
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
        lambda: [environ.copy() for _ in range(REPEATS)],
        responses=REPEATS,
    )
