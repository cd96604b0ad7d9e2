"""Whole requests to a Flask app, in process, beside the same app with responses
that cost nothing: more than that cannot be won.

Each request is made of what goes before the response (environ to view), the
response, and what a hook does to it. In the third app, views return at once,
``make_response`` gives back one ready answer, and hooks and sessions work on an
object that takes everything they do for free.
"""

from __future__ import annotations

import collections.abc as cabc
import random
import time
import typing as t

import flask
from cases import ASCII_10K
from cases import CASES
from cases import chunks
from cases import conditional
from cases import FIVE_HEADERS
from cases import LOCATION
from cases import record
from cases import rows
from cases import with_cookies
from cases import with_cors
from harness import Answer
from harness import drain
from harness import start_response
from harness import WithClose
from werkzeug.test import create_environ

import fastresp


class Request(t.NamedTuple):
    """What one row asks of an app."""

    view: cabc.Callable[[flask.Flask], t.Any]
    #: Whether the view's own work is to build the response.
    in_view: bool = False
    #: What ``after_request`` functions do.
    hooks: tuple[cabc.Callable[[flask.Flask, t.Any], t.Any], ...] = ()
    path: str = "/"
    environ: dict[str, str] = {}
    #: A session cookie in the request.
    session: bool = False
    streams: bool = False


def setting(name: str, value: str) -> cabc.Callable[[flask.Flask, t.Any], t.Any]:
    def hook(app: flask.Flask, response: t.Any) -> t.Any:
        response.headers[name] = value
        return response

    return hook


def read_session(app: flask.Flask) -> str:
    return f"Hello, {flask.session['user']}!"


def write_session(app: flask.Flask) -> str:
    flask.session["user"] = "World"
    return "Hello, World!"


REQUESTS: dict[str, Request] = {
    "hello": Request(lambda app: "Hello, World!"),
    "small dict": Request(lambda app: record(1)),
    "5-header tuple": Request(lambda app: ("Hello, World!", 201, FIVE_HEADERS)),
    "hello + 1 hook": Request(
        lambda app: "Hello, World!", hooks=(setting("X-A", "1"),)
    ),
    "hello + 3 hooks": Request(
        lambda app: "Hello, World!",
        hooks=(setting("X-A", "1"), setting("X-B", "2"), setting("X-C", "3")),
    ),
    "hello + 10 hooks": Request(
        lambda app: "Hello, World!",
        hooks=tuple(setting(f"X-{number}", "1") for number in range(10)),
    ),
    "dict + CORS-like hook of 7 headers": Request(
        lambda app: record(1), hooks=(lambda app, response: with_cors(response),)
    ),
    "3 cookies": Request(with_cookies, in_view=True),
    "404": Request(lambda app: "", path="/nowhere"),
    "redirect": Request(lambda app: flask.redirect(LOCATION), in_view=True),
    "304 of 10 KB": Request(
        conditional, in_view=True, environ=CASES["304 of 10 KB"].environ
    ),
    "generator, 100 chunks": Request(lambda app: chunks(100), streams=True),
    "str 10 KB": Request(lambda app: ASCII_10K),
    "template of 20 rows": Request(lambda app: rows(app, 20)),
    "session read": Request(read_session, session=True),
    "session written": Request(write_session),
}


# --- responses that cost nothing -------------------------------------------


class FreeHeaders(dict[str, str]):
    """Takes what hooks do to headers, and has none of them."""

    def __contains__(self, name: object) -> bool:
        return False

    def add(self, name: str, value: str) -> None:
        pass


class FreeVary:
    def add(self, name: str) -> None:
        pass


class FreeResponse:
    """Sends an answer that is there already."""

    vary = FreeVary()

    def __init__(self, answer: Answer) -> None:
        self.status, self.fields, body = answer
        self.chunks = WithClose([body])
        self.headers = FreeHeaders()

    def __call__(self, environ: t.Any, start_response: t.Any) -> t.Any:
        start_response(self.status, self.fields)
        return self.chunks

    def set_cookie(self, *args: t.Any, **kwargs: t.Any) -> None:
        pass


class FreeStream(FreeResponse):
    """Sends what the view returns, as it is: the server iterates over that."""

    value: t.Any = None

    def __call__(self, environ: t.Any, start_response: t.Any) -> t.Any:
        start_response(self.status, self.fields)
        return self.value


# --- measuring -------------------------------------------------------------


def create_app(request: Request, *, view: t.Any = None) -> flask.Flask:
    app = flask.Flask("bench")
    app.secret_key = "secret"
    make = view or request.view
    app.add_url_rule("/", "view", lambda: make(app))
    for hook in request.hooks:
        app.after_request(lambda response, hook=hook: hook(app, response))
    return app


def create_apps(request: Request) -> dict[str, flask.Flask]:
    apps = {"stock": create_app(request), "fast": create_app(request)}
    fastresp.FastResp(apps["fast"])
    ready = answer(apps["stock"], request)
    app = create_app(request, view=nothing if request.in_view else None)
    if request.streams:
        stream = FreeStream(ready)

        def make_response(value: t.Any) -> FreeResponse:
            stream.value = value
            return stream
    else:
        response = FreeResponse(ready)

        def make_response(value: t.Any) -> FreeResponse:
            return response

    vars(app)["make_response"] = make_response
    apps["free"] = app
    return apps


def nothing(app: flask.Flask) -> str:
    return ""


def environ_of(request: Request) -> dict[str, t.Any]:
    environ = {**create_environ(request.path), **request.environ}
    if request.session:
        app = create_app(request)
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        environ["HTTP_COOKIE"] = f"session={signer.dumps({'user': 'World'})}"
    return environ


def answer(app: flask.Flask, request: Request) -> Answer:
    return drain(app, environ_of(request))


def comparable(answer: Answer) -> t.Any:
    """Without what is another second's for the next: a session has the time in it."""
    status, fields, body = answer
    return (
        status,
        [
            (name, name == "Set-Cookie" and value.startswith("session=e") or value)
            for name, value in fields
        ],
        body,
    )


def check(request: Request) -> None:
    """Raises where fastresp answers otherwise than stock."""
    apps = create_apps(request)
    expected = comparable(answer(apps["stock"], request))
    for name, app in apps.items():
        got = comparable(answer(app, request))
        if got != expected:
            raise AssertionError(f"{name} answers {got!r}, stock {expected!r}")


def measure(request: Request, rounds: int) -> dict[str, list[float]]:
    """Microseconds per request, one figure a round, by app."""
    apps = create_apps(request)
    environ = environ_of(request)
    times: dict[str, list[float]] = {name: [] for name in apps}
    order = list(apps)
    for number in range(rounds + 1):
        random.shuffle(order)
        for name in order:
            app = apps[name]
            started = time.perf_counter_ns()
            for _ in range(200):
                for _ in app(environ.copy(), start_response):
                    pass
            # The first round warms up.
            if number:
                times[name].append((time.perf_counter_ns() - started) / 200_000)
    return times
