"""Threads that share an app, a response, headers or an iterator: each gets the right
bytes, or, of what others change meanwhile, what some order of events gives.

Arguments: for how many seconds each part runs, how many threads there are, and whose
threads: ``gevent`` and ``eventlet`` put theirs in place of Python's.
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
import contextlib
import itertools
import json
import random
import time
import typing as t

import flask
from stress import hammer
from stress import RETURNED
from werkzeug.exceptions import NotFound
from werkzeug.http import generate_etag
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp.http1 import date_header
from fastresp.http1 import render_head

Program = cabc.Callable[[random.Random], object]
Answer = tuple[str, list[tuple[str, str]], bytes]
TOKENS = [f"{number:08}" for number in range(7)]
ENVIRON = create_environ()


def share(*programs: Program) -> None:
    """Run each program in several threads."""
    hammer(SECONDS, list(programs) * max(THREADS // len(programs), 1))


def changing(program: Program) -> Program:
    """With the lock, Python itself may say that a dict changes while it copies it."""

    def run(choice: random.Random) -> None:
        try:
            program(choice)
        except RuntimeError as error:
            assert "changed size during iteration" in str(error), error

    return run


# --- what nobody changes ----------------------------------------------------------


def answer(app: t.Any, environ: dict[str, t.Any]) -> Answer:
    chunks, status, headers = run_wsgi_app(app, environ)
    return status, list(headers), b"".join(chunks)


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
    bodies: list[t.Any] = ["täxt", ["a", "ä", b"c"], ("a",) * 3]
    for body in bodies:
        response = fastresp.Response(body, 404, {"X-One": "1"})
        wanted = answer(response, ENVIRON)
        assert wanted[2]

        def program(
            choice: random.Random, response: t.Any = response, wanted: Answer = wanted
        ) -> None:
            assert answer(response, ENVIRON) == wanted

        share(program)


def one_iterator() -> None:
    """Each chunk goes to one thread."""
    taken: list[bytes] = []

    def chunks() -> cabc.Iterator[str]:
        for number in itertools.count():
            yield f"{number}"

    of_generator: t.Any = fastresp.Response(chunks()).get_wsgi_response(ENVIRON)[0]
    of_list: t.Any = fastresp.Response(["a"] * 10000).get_wsgi_response(ENVIRON)[0]

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


# --- what others change meanwhile -------------------------------------------------


def heads() -> None:
    pairs: list[tuple[str, str]] = []
    values: dict[str, t.Any] = {}

    def change(choice: random.Random) -> None:
        number = choice.randrange(40)
        pairs.append((f"X-{number}", "v" * number))
        values[f"X-{number}"] = [str(number)] * (number % 3)
        if len(pairs) > 30:
            del pairs[:20]
        if number == 0:
            pairs.clear()
            values.clear()

    def render(choice: random.Random) -> None:
        lines = render_head(200, choice.choice((pairs, values))).split(b"\r\n")
        assert lines[0] == b"HTTP/1.1 200 OK"
        assert lines[-2:] == [b"", b""]
        assert all(line[:2] == b"X-" and b": " in line for line in lines[1:-2])
        name, date = date_header()
        assert name == "Date" and date[-4:] == " GMT"

    share(*map(changing, (change, render, change, render)))


def headers() -> None:
    response = fastresp.Response("body")
    shared = response.headers
    names = ("X-One", "x-one", "X-Two", "Vary", "Content-Type")

    def value(choice: random.Random) -> str:
        return f"value {choice.randrange(1000)}"

    def change(choice: random.Random) -> None:
        # Methods of Werkzeug's look for a name, and later once more.
        with contextlib.suppress(LookupError):
            change_one(choice)

    def change_one(choice: random.Random) -> None:
        name = choice.choice(names)
        match choice.randrange(8):
            case 0:
                shared.set(name, value(choice))
            case 1:
                shared[name] = value(choice)
            case 2:
                shared.add(name, value(choice))
            case 3:
                shared.remove(name)
            case 4:
                shared.setdefault(name, value(choice))
            case 5:
                shared.update({name: value(choice)})
            case 6:
                shared.extend([(name, value(choice))] * 3)
            case _:
                shared.clear()

    def is_value(found: object) -> bool:
        return type(found) is str and (
            found.startswith(("value ", "text/html")) or found in ("value", "4")
        )

    def read(choice: random.Random) -> None:
        name = choice.choice(names)
        assert is_value(shared.get(name, "value"))
        assert is_value(shared.pop(name, "value"))
        assert all(map(is_value, shared.getlist(name)))
        shared.__contains__(name)
        assert all(map(is_value, response.vary))
        copied = type(shared)()
        copied.extend(shared)
        assert all(is_value(found) for _, found in copied)
        assert copied == copied.copy()

    def send(choice: random.Random) -> None:
        _, _, sent = run_wsgi_app(response, ENVIRON)
        assert all(is_value(found) for _, found in sent)

    share(*map(changing, (change, change, read, send)))


def attributes() -> None:
    """A response whose parts are replaced, and a body whose chunks are."""
    chunks: list[t.Any] = ["a"]
    response: t.Any = fastresp.Response(chunks)

    def change(choice: random.Random) -> None:
        chunks[:] = choice.choices(["a", "ä", b"c"], k=choice.randrange(5))
        response.response = chunks
        response.status = choice.choice(("200 OK", "404 Not Found"))
        response.headers = type(response.headers)({"X-One": str(choice.random())})
        response.direct_passthrough = False
        response._on_close = []

    def send(choice: random.Random) -> None:
        body, status, sent = run_wsgi_app(response, ENVIRON)
        assert status in ("200 OK", "404 Not Found")
        assert set(b"".join(body).decode()) <= set("aäc")
        assert {name for name, _ in sent} <= {"X-One", "Content-Type", "Content-Length"}

    def tag(choice: random.Random) -> None:
        response.set_cookie("a", "b")
        response.make_conditional(ENVIRON)

    def iterate(choice: random.Random) -> None:
        try:
            iterator.close()
            next(iterator, None)
        except ValueError as error:
            assert str(error) == "generator already executing"

    iterator: t.Any = fastresp.Response(map(str, range(10**6))).get_wsgi_response(
        ENVIRON
    )[0]
    share(*map(changing, (change, send, send, iterate)))
    share(*map(changing, (change, tag, tag, iterate)))


class Other:
    """For ``default``."""


def documents() -> None:
    app = flask.Flask("app")
    fastresp.FastResp(app)
    provider: t.Any = app.json
    values: list[t.Any] = ["text", "ä" * 40, 1, 1.5, None, True, {"k1": 2}, [3, [4]]]
    plain: dict[str, t.Any] = {"list": [], "dict": {}, "records": [{}, {}]}
    allowed = {json.dumps(value) for value in [*values, "other", *plain]}

    def change(choice: random.Random) -> None:
        key = f"k{choice.randrange(20)}"
        value = choice.choice([*values, Other()])
        where = choice.choice((plain["dict"], *plain["records"]))
        where[key] = value
        plain["list"].append(choice.choice(values))
        if len(plain["list"]) > 30:
            del plain["list"][choice.randrange(3) :]
        where.pop(f"k{choice.randrange(20)}", None)

    def default(value: Other) -> str:
        plain["list"].append("other")
        plain["dict"].pop("k1", None)
        return "other"

    def read(choice: random.Random) -> None:
        keywords = choice.choice(({}, {"sort_keys": False}))
        text = provider.dumps(plain, default=default, **keywords)
        found = json.loads(text)
        assert found.keys() == plain.keys()
        for value in (
            *found["list"],
            *found["dict"].values(),
            *(value for record in found["records"] for value in record.values()),
        ):
            assert json.dumps(value) in allowed, value

    share(*map(changing, (change, read, read, read)))


def configuration() -> None:
    app = flask.Flask("app")
    fastresp.FastResp(app)
    provider: t.Any = app.json
    missing: t.Any = NotFound()
    hooks = app.after_request_funcs[None]

    @app.get("/")
    def view() -> t.Any:
        response = app.make_response({"b": 1, "a": ["ä"]})
        response.set_cookie("name", "value" * 10)
        return response

    @app.get("/missing")
    def fail() -> t.Any:
        return missing

    def change(choice: random.Random) -> None:
        app.config["DEBUG"] = choice.random() < 0.5
        app.config["MAX_COOKIE_SIZE"] = choice.choice((0, 4093))
        provider.sort_keys = choice.random() < 0.5
        app.json = choice.choice((provider, type(provider)(app)))
        app.response_class = choice.choice((fastresp.Response, flask.Response))
        missing.description = choice.choice((None, "<text>", "täxt"))
        hooks[:] = [lambda response: response] * choice.randrange(3)
        if choice.random() < 0.1:
            provider.__dict__.pop("sort_keys", None)

    def ask(choice: random.Random) -> None:
        body, status, sent = run_wsgi_app(app, create_environ("/"))
        assert status == "200 OK"
        assert json.loads(b"".join(body)) == {"b": 1, "a": ["ä"]}
        assert sent["Set-Cookie"] == f"name={'value' * 10}; Path=/"
        body, status, sent = run_wsgi_app(app, create_environ("/missing"))
        assert status == "404 NOT FOUND"
        page = b"".join(body)
        assert page.startswith(b"<!doctype html>")
        assert sent["Content-Length"] == str(len(page))

    # The first request warns of what was changed before.
    ask(random.Random())
    share(*map(changing, (change, ask, ask, ask)))


assert fastresp.ACCELERATED
sys.setswitchinterval(1e-6)
was_locked = getattr(sys, "_is_gil_enabled", lambda: True)()
one_app()
one_response()
one_iterator()
if WHOSE == "python":
    heads()
    headers()
    attributes()
    documents()
    configuration()
assert getattr(sys, "_is_gil_enabled", lambda: True)() == was_locked
