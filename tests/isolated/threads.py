"""Threads that share an app, a response or an iterator get the right bytes.

Arguments: for how many seconds each part runs, how many threads there are, and
whose threads: ``gevent`` and ``eventlet`` put theirs in place of Python's.
"""

from __future__ import annotations

import importlib
import sys
import warnings

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 6
if "gevent" in sys.argv:
    importlib.import_module("gevent.monkey").patch_all()
if "eventlet" in sys.argv:
    with warnings.catch_warnings():
        # That it is deprecated.
        warnings.simplefilter("ignore")
        importlib.import_module("eventlet").monkey_patch()

# ruff: noqa: E402
import collections.abc as cabc
import itertools
import threading
import time
import traceback
import typing as t

import flask
from werkzeug.http import generate_etag
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp

Answer = tuple[str, list[tuple[str, str]], bytes]


def answer(app: t.Any, environ: dict[str, t.Any]) -> Answer:
    chunks, status, headers = run_wsgi_app(app, environ)
    return status, list(headers), b"".join(chunks)


def hammer(*programs: cabc.Callable[[int], None]) -> None:
    """Runs each program over and over, each in several threads."""
    stop = time.monotonic() + SECONDS
    failures: list[str] = []
    runs: list[int] = []

    def work(program: cabc.Callable[[int], None]) -> None:
        number = 0
        try:
            while time.monotonic() < stop and not failures:
                program(number)
                number += 1
                time.sleep(0)
        except BaseException:
            failures.append(traceback.format_exc())
        runs.append(number)

    threads = [
        threading.Thread(target=work, args=[program])
        for program in programs
        for _ in range(max(THREADS // len(programs), 1))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert min(runs) > 0


class Html:
    """Others run while it is encoded."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __html__(self) -> str:
        time.sleep(0)
        return f"<b>{self.number}"


def chunks(number: int) -> cabc.Iterator[str]:
    for index in range(5):
        time.sleep(0)
        yield f"{number}, {index}"


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
        if path.startswith("/tagged"):
            response.add_etag()
            response.headers["Date"] = "now"
            response.make_conditional(flask.request)
        response.delete_cookie("other")
        return response

    @app.get("/<kind>/<int:number>")
    def view(kind: str, number: int) -> t.Any:
        if kind == "text":
            return f"täxt {number}"
        if kind == "long":
            return b"%d" % number * 1000, 203, {"X-Number": number}
        if kind == "json":
            return {"number": [number] * 5}, 201
        if kind == "default":
            return {"a": [Html(number)] * 3, "b": {f"{number}": 2**70 + number}}
        if kind == "chunks":
            return chunks(number)
        if kind == "tagged":
            return f"tagged {number}"
        if kind == "redirect":
            return flask.redirect(f"/text/{number}")
        return flask.abort(404, str(number))

    return app


def one_app() -> None:
    app = create_app(True)
    kinds = itertools.product(
        (
            *("text", "long", "json", "default", "chunks"),
            *("redirect", "abort", "tagged"),
        ),
        ("GET", "HEAD"),
    )
    expected = {}
    stock = create_app(False)
    for (kind, method), number in itertools.product(list(kinds), range(7)):
        environ = create_environ(f"/{kind}/{number}", method=method)
        if number % 2:
            # The tag of another one's body, or its own.
            tagged = f"tagged {number // 3}".encode()
            environ["HTTP_IF_NONE_MATCH"] = f'"{generate_etag(tagged)}"'
        expected[kind, method, number] = environ, answer(stock, dict(environ))
    cases = list(expected.values())

    def program(number: int) -> None:
        environ, wanted = cases[number * 5 % len(cases)]
        assert answer(app, dict(environ)) == wanted

    hammer(program)


def one_response() -> None:
    """Nobody changes it."""
    environ = create_environ()
    bodies: list[t.Any] = ["täxt", ["a", "ä", b"c"], ("a",) * 3]
    for body in bodies:
        response = fastresp.Response(body, 404, {"X-One": "1"})
        wanted = answer(response, environ)
        assert wanted[2]

        def program(
            number: int,
            response: t.Any = response,
            wanted: Answer = wanted,
        ) -> None:
            assert answer(response, environ) == wanted

        hammer(program)


def one_response_that_changes() -> None:
    """Some answer or other of those it had comes out, nothing in between
    that is no answer."""
    environ = create_environ()
    response = fastresp.Response(["body"], 200, {"X-One": "1"})

    def send(number: int) -> None:
        status, headers, body = answer(response, environ)
        assert status in ("200 OK", "299 Odd"), status
        assert body in (b"body", b"other", b"otherbody"), body
        for name, value in headers:
            assert name in ("Content-Type", "Content-Length", "X-One", "X-New")
            assert type(value) is str

    def change(number: int) -> None:
        response.headers["X-New"] = f"{number}"
        response.headers.add("X-One", "2")
        response.status = "299 Odd"
        response.response = ["other", "body"]
        response.response.pop()
        del response.headers["X-New"]
        response.headers = type(response.headers)({"X-One": f"{number}"})
        response.response = ["body"]
        response.status_code = 200

    def patch(number: int) -> None:
        fastresp.Response.default_status = 200
        del fastresp.Response.default_status

    hammer(send, send, send, change, patch, send)


def one_iterator() -> None:
    """Each chunk goes to one thread."""
    taken: list[bytes] = []

    def chunks() -> cabc.Iterator[str]:
        for number in itertools.count():
            yield f"{number}"

    environ = create_environ()
    of_generator: t.Any = fastresp.Response(chunks()).get_app_iter(environ)
    of_list: t.Any = fastresp.Response(["a"] * 10000).get_app_iter(environ)

    def program(number: int) -> None:
        try:
            taken.append(next(of_generator))
        except ValueError as error:
            # As a generator says.
            assert str(error) == "generator already executing"
        next(of_list, None)

    hammer(program)
    numbers = sorted(map(int, taken))
    assert numbers == list(range(len(numbers)))


assert fastresp.ACCELERATED
sys.setswitchinterval(1e-6)
one_app()
one_response()
one_response_that_changes()
one_iterator()
