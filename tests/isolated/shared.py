"""What some threads change while others read it: each reader gets what some order of
events gives.

Arguments: for how many seconds each part runs, and how many threads there are.
"""

from __future__ import annotations

import collections.abc as cabc
import json
import random
import sys
import typing as t

import flask
from stress import hammer
from werkzeug.exceptions import NotFound
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp.http1 import date_header
from fastresp.http1 import render_head

SECONDS, THREADS = float(sys.argv[1]), int(sys.argv[2])
ENVIRON = create_environ()

#: With the lock, what Python itself says of dicts that change while it copies them.
CHANGED = "changed size during iteration"


def share(*programs: cabc.Callable[[random.Random], object]) -> None:
    """Run each program in several threads."""

    def lenient(
        program: cabc.Callable[[random.Random], object],
    ) -> cabc.Callable[[random.Random], object]:
        def run(choice: random.Random) -> None:
            try:
                program(choice)
            except RuntimeError as error:
                assert CHANGED in str(error), error

        return run

    hammer(SECONDS, list(map(lenient, programs)) * max(THREADS // len(programs), 1))


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

    share(change, render, change, render)


def headers() -> None:
    response = fastresp.Response("body")
    shared = response.headers
    names = ("X-One", "x-one", "X-Two", "Vary", "Content-Type")

    def value(choice: random.Random) -> str:
        return f"value {choice.randrange(1000)}"

    def change(choice: random.Random) -> None:
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

    share(change, change, read, send)


def attributes() -> None:
    """A response whose parts are replaced, and a body whose chunks are."""
    chunks: list[t.Any] = ["a", "b"]
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
    share(change, send, send, iterate)
    share(change, tag, tag, iterate)


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

    share(change, read, read, read)


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
    share(change, ask, ask, ask)


sys.setswitchinterval(1e-6)
was_locked = getattr(sys, "_is_gil_enabled", lambda: True)()
heads()
headers()
attributes()
documents()
configuration()
assert getattr(sys, "_is_gil_enabled", lambda: True)() == was_locked
