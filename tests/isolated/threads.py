"""Threads that share an app, a response or an iterator get the right bytes.

Arguments: for how many seconds each part runs, how many threads there are, and
whose threads: ``gevent`` and ``eventlet`` put theirs in place of Python's.
"""

from __future__ import annotations

import importlib
import sys
import warnings

SECONDS, THREADS, WHOSE = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if WHOSE == "gevent":
    importlib.import_module("gevent.monkey").patch_all()
if WHOSE == "eventlet":
    with warnings.catch_warnings():
        # That it is deprecated.
        warnings.simplefilter("ignore")
        importlib.import_module("eventlet").monkey_patch()

# ruff: noqa: E402
import collections.abc as cabc
import itertools
import random
import time
import typing as t

import flask
from stress import hammer
from stress import RETURNED
from werkzeug.http import generate_etag
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp

Answer = tuple[str, list[tuple[str, str]], bytes]
TOKENS = [f"{number:08}" for number in range(7)]


def answer(app: t.Any, environ: dict[str, t.Any]) -> Answer:
    chunks, status, headers = run_wsgi_app(app, environ)
    return status, list(headers), b"".join(chunks)


def share(*programs: cabc.Callable[[random.Random], object]) -> None:
    """Run each program in several threads."""
    hammer(SECONDS, list(programs) * max(THREADS // len(programs), 1))


def create_app(fast: bool) -> flask.Flask:
    app = flask.Flask("app")
    if fast:
        fastresp.FastResp(app)

    @app.after_request
    def change(response: t.Any) -> t.Any:
        time.sleep(0)
        path = flask.request.path
        response.headers["X-After"] = response.status
        response.set_cookie("path", path, path=path)
        response.vary.add("Cookie")
        time.sleep(0)
        response.headers.add("X-Path", path)
        if "If-None-Match" in flask.request.headers:
            response.add_etag()
            response.headers["Date"] = "now"
            response.make_conditional(flask.request)
        response.delete_cookie("other")
        return response

    @app.get("/<kind>/<token>")
    def view(kind: str, token: str) -> t.Any:
        return RETURNED[kind](app, token)

    @app.get("/abort/<token>")
    def abort(token: str) -> t.Any:
        flask.abort(404, token)

    return app


def one_app() -> None:
    fast, stock = create_app(True), create_app(False)
    expected = []
    for kind, method, token in itertools.product(
        {*RETURNED, "abort"} - {"garbage"}, ("GET", "HEAD"), TOKENS
    ):
        environ = create_environ(f"/{kind}/{token}", method=method)
        if kind == "str" and token != TOKENS[0]:
            # The tag of another one's body, or its own.
            tagged = TOKENS[int(token) // 3 * 3].encode()
            environ["HTTP_IF_NONE_MATCH"] = f'"{generate_etag(tagged)}"'
        expected.append((environ, answer(stock, dict(environ))))
    assert any(status.startswith("304") for _, (status, _, _) in expected)

    def program(choice: random.Random) -> None:
        environ, wanted = choice.choice(expected)
        assert answer(fast, dict(environ)) == wanted

    share(program)


def one_response() -> None:
    """Nobody changes it."""
    environ = create_environ()
    bodies: list[t.Any] = ["täxt", ["a", "ä", b"c"], ("a",) * 3]
    for body in bodies:
        response = fastresp.Response(body, 404, {"X-One": "1"})
        wanted = answer(response, environ)
        assert wanted[2]

        def program(
            choice: random.Random, response: t.Any = response, wanted: Answer = wanted
        ) -> None:
            assert answer(response, environ) == wanted

        share(program)


def one_response_that_changes() -> None:
    """Some answer or other of those it had comes out, nothing in between
    that is no answer."""
    environ = create_environ()
    response = fastresp.Response(["body"], 200, {"X-One": "1"})

    def send(choice: random.Random) -> None:
        status, headers, body = answer(response, environ)
        assert status in ("200 OK", "299 Odd"), status
        assert body in (b"body", b"other", b"otherbody"), body
        for name, value in headers:
            assert name in ("Content-Type", "Content-Length", "X-One", "X-New")
            assert type(value) is str

    def change(choice: random.Random) -> None:
        number = choice.random()
        response.headers["X-New"] = f"{number}"
        response.headers.add("X-One", "2")
        response.status = "299 Odd"
        response.response = ["other", "body"]
        response.response.pop()
        del response.headers["X-New"]
        response.headers = type(response.headers)({"X-One": f"{number}"})
        response.response = ["body"]
        response.status_code = 200

    def patch(choice: random.Random) -> None:
        fastresp.Response.default_status = 200
        del fastresp.Response.default_status

    share(send, send, send, change, patch, send)


def one_iterator() -> None:
    """Each chunk goes to one thread."""
    taken: list[bytes] = []

    def chunks() -> cabc.Iterator[str]:
        for number in itertools.count():
            yield f"{number}"

    environ = create_environ()
    of_generator: t.Any = fastresp.Response(chunks()).get_wsgi_response(environ)[0]
    of_list: t.Any = fastresp.Response(["a"] * 10000).get_wsgi_response(environ)[0]

    def program(choice: random.Random) -> None:
        try:
            taken.append(next(of_generator))
        except ValueError as error:
            # As a generator says.
            assert str(error) == "generator already executing"
        next(of_list, None)

    share(program)
    numbers = sorted(map(int, taken))
    assert numbers == list(range(len(numbers)))


assert fastresp.ACCELERATED
sys.setswitchinterval(1e-6)
one_app()
one_response()
one_response_that_changes()
one_iterator()
