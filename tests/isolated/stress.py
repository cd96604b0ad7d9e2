"""Threads, collections, finalizers and patches at once; each response is its own.

Arguments: for how many seconds, with how many threads, and with which seed.

Threads make responses of all kinds, each with a token of its own, and compare
status, headers and body with what was asked for. Meanwhile, CPython switches
threads and collects garbage as often as it can; the garbage is cycles that hold
responses, headers and iterators, with finalizers that use them, the responses of
other threads included; and another thread patches classes with methods that do
what they did before, and removes the patches again.
"""

from __future__ import annotations

import collections.abc as cabc
import gc
import json
import random
import sys
import threading
import time
import traceback
import typing as t
import weakref

import flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
import fastresp.wrappers
from fastresp.http1 import render_head

#: As long as any other.
TOKEN = "00000000"
Answer = tuple[str, list[tuple[str, str]], bytes]


# --- what is asked for -----------------------------------------------------------


class Html:
    """Lets other threads run while it is encoded."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __html__(self) -> str:
        time.sleep(0)
        return f"<b>{self.text}"


class Iterable:
    """A body with items that are read one by one, and its own ``close``."""

    def __init__(self, token: str) -> None:
        self.chunks = [token, token.encode()]
        self.me = self

    def __iter__(self) -> cabc.Iterator[t.Any]:
        return iter(self.chunks)

    def close(self) -> None:
        self.chunks = []


def generated(token: str, between: cabc.Callable[..., object]) -> cabc.Iterator[str]:
    for index in range(4):
        between()
        yield f"{token} {index} "


def callable_app(token: str) -> cabc.Callable[..., list[bytes]]:
    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("203 " + token, [("X-Token", token)])
        return [token.encode()]

    return app


def with_cookies(app: flask.Flask, token: str) -> t.Any:
    response = app.make_response(token)
    response.set_cookie("token", token, path=f"/{token}", httponly=True)
    response.set_cookie("quoted", f'"{token};"')
    response.delete_cookie(token)
    return response


def with_headers(app: flask.Flask, token: str) -> t.Any:
    response = app.make_response((token, {"X-Token": token}))
    headers = response.headers
    headers["X-Token"] = token * 2
    headers.add("X-Other", token)
    headers.extend({"X-More": [token, "more"]})
    headers.setdefault("X-New", token)
    del headers["X-Other"]
    response.vary.add(token)
    response.status = f"299 {token}"
    return response


def unchanged(app: flask.Flask, token: str) -> t.Any:
    response = app.response_class(token)
    response.set_etag(token)
    response.headers["Date"] = token
    return response.make_conditional(
        create_environ(headers={"If-None-Match": f'"{token}"'})
    )


def changed(app: flask.Flask, token: str) -> t.Any:
    response = app.response_class(["first", token])
    response.set_data(token * 3)
    response.status_code = 202
    response.mimetype = "text/css"
    return response


def of_werkzeug(app: flask.Flask, token: str) -> t.Any:
    return fastresp.wrappers.Response(token, 201, {"X-Token": token})


RETURNED: dict[str, cabc.Callable[[flask.Flask, str], t.Any]] = {
    "str": lambda app, token: token,
    "str, not ASCII": lambda app, token: f"ä€{token}",
    "bytes": lambda app, token: token.encode() * 200,
    "bytearray": lambda app, token: bytearray(token.encode()),
    "status": lambda app, token: (token, 404),
    "text of a status": lambda app, token: (token, f"299 {token}"),
    "headers": lambda app, token: (
        token,
        201,
        {"X-Token": token, "X-List": [token, "a"], "Content-Type": f"a/{token}"},
    ),
    "pairs": lambda app, token: (token, [("X-Token", token), ("X-Token", token)]),
    "dict": lambda app, token: {"token": token, "number": [1, 2.5, None]},
    "list": lambda app, token: [{"token": token, "at": at} for at in range(9)],
    "objects": lambda app, token: {"token": [Html(token)] * 3, token: Html(token)},
    "deep": lambda app, token: [[[[[[{token: [[[token]]]}]]]]]],
    "generator": lambda app, token: generated(token, lambda: time.sleep(0)),
    "garbage": lambda app, token: generated(token, lambda: make_garbage(token)),
    "iterator": lambda app, token: iter([token, token.encode(), ""]),
    "response": lambda app, token: app.response_class(token, 207, {"X-Token": token}),
    "response of chunks": lambda app, token: app.response_class([token, "a", ""]),
    "response of an iterable": lambda app, token: app.response_class(Iterable(token)),
    "response of Werkzeug": of_werkzeug,
    "response in a response": lambda app, token: app.response_class(
        app.response_class([token, token]).iter_encoded()
    ),
    "redirect": lambda app, token: app.redirect(f"/ä/{token}"),
    "exception": lambda app, token: NotFound(token),
    "callable": lambda app, token: callable_app(token),
    "cookies": with_cookies,
    "headers set": with_headers,
    "not modified": unchanged,
    "changed": changed,
}
METHODS = ("GET", "GET", "GET", "HEAD")


def emit(
    app: flask.Flask, value: t.Any, method: str, seen: list[t.Any] | None = None
) -> Answer:
    """Does what Flask does with a view's value, and what a server does then."""
    environ = create_environ(method=method)
    response = app.make_response(value)
    if seen is not None:
        seen[0] = response
    started: list[t.Any] = []
    start: t.Any = lambda *args: started.extend(args)  # noqa: E731
    iterable: t.Any = response(environ, start)
    # The iterator is the last one that has it.
    del response
    try:
        body = b"".join(iterable)
    finally:
        if hasattr(iterable, "close"):
            iterable.close()
    return started[0], list(started[1]), body


def expected() -> dict[tuple[str, str], str]:
    """Stock answers, as a text with ``TOKEN`` in it."""
    app = flask.Flask("app")
    with app.test_request_context():
        return {
            (kind, method): repr(emit(app, make(app, TOKEN), method))
            for kind, make in RETURNED.items()
            for method in set(METHODS)
        }


# --- what is thrown away ---------------------------------------------------------

#: The responses that threads work on.
in_flight: list[list[t.Any]] = []


def look_at(response: t.Any) -> None:
    """Reads what belongs to somebody else."""
    if response is not None:
        vars(response)
        attributes = vars(response.headers)
        list(attributes)
        response.status  # noqa: B018
        response.headers.get("Content-Type")
        "X-Token" in response.headers  # noqa: B015
        repr(response.headers)


class Finalized:
    """A cycle; when it is collected, it uses what it holds."""

    def __init__(self, *held: t.Any) -> None:
        self.held = held
        self.me = self

    def __del__(self) -> None:
        for each in in_flight:
            look_at(each[0])
        for each in self.held:
            if isinstance(each, WerkzeugResponse):
                each.headers["X-Late"] = "late"
                each.headers.add("X-Late", "later")
                each.status = "299 Late"
                each.set_data("late")
                each.get_wsgi_response({"REQUEST_METHOD": "GET"})[0]
                each.close()
            elif isinstance(each, Headers):
                each.extend({"X-Late": ["a", "b"]})
                each.clear()
            elif hasattr(each, "close"):
                next(each, None)
                each.close()
        fast.make_response("late")
        fast.make_response({"late": [1]})


class Cycle:
    """A cycle without a finalizer."""

    def __init__(self, *held: t.Any) -> None:
        self.held = held
        self.me = self


def late(reference: object) -> None:
    fast.make_response(("late", 201))


#: Weak references whose callbacks are called, as they live longer.
references: list[t.Any] = []


def emitted(text: str) -> t.Any:
    """An iterator that came to its end, of which nobody has the response."""
    response: t.Any = fast.make_response(text)
    iterable = response({"REQUEST_METHOD": "GET"}, lambda *args: None)
    assert b"".join(iterable) == text.encode()
    return iterable


def make_garbage(token: str) -> None:
    environ = {"REQUEST_METHOD": "GET"}
    responses: list[t.Any] = [
        kind(body)
        for kind in (fastresp.Response, fastresp.wrappers.Response)
        for body in (token, token.encode(), [token], (token, token))
    ]
    iterators = [response.get_wsgi_response(environ)[0] for response in responses]
    weak = Cycle(responses[0])
    references.append(weakref.ref(weak, late))
    del references[:-20]
    Cycle(iterators[0], responses[1].headers, iterators[2])
    Finalized(responses[3], iterators[4])
    Finalized(iterators[5], responses[5].headers)
    Cycle(Finalized(iterators[6]), generated(token, int), responses[6])
    # A response that is its own body.
    circle = fastresp.Response(token)
    circle.response = circle.iter_encoded()
    circle.me = circle  # type: ignore[attr-defined]


def drop_together(token: str) -> None:
    """Frees an iterator, and has garbage collected at its first allocation."""
    # Nothing of it is old then.
    gc.disable()
    # Before what it holds: cleared first, so that the iterators are freed whole.
    cycle = Cycle()
    cycle.held = tuple(emitted(token) for _ in range(20))
    last = emitted(token)
    # There are no spare ones.
    dicts: list[t.Any] = [{} for _ in range(100)]
    del cycle
    gc.enable()
    del last
    del dicts


# --- what changes meanwhile ------------------------------------------------------


def wrapped(owner: t.Any, name: str) -> t.Any:
    inner = getattr(owner, name)
    return lambda *args, **kwargs: inner(*args, **kwargs)


class Provider(DefaultJSONProvider):
    def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        return super().dumps(obj, **kwargs)


PATCHED = [
    (owner, name)
    for owner, names in {
        fastresp.Response: "default_status default_mimetype get_wsgi_headers"
        " get_app_iter __init__ status_code status headers_ iter_encoded close",
        fastresp.wrappers.Response: "default_status charset_ get_wsgi_response"
        " set_cookie is_sequence",
        WerkzeugResponse: "get_wsgi_headers _ensure_sequence odd",
        flask.Response: "max_cookie_size odd",
        Headers: "add __setitem__ to_wsgi_list _list_ odd get",
        DefaultJSONProvider: "dumps response sort_keys odd",
    }.items()
    for name in names.split()
]


def patch(owner: t.Any, name: str) -> cabc.Callable[[], None]:
    """Patches a class, and returns what removes the patch."""
    before = vars(owner).get(name)
    had = name in vars(owner)
    found = getattr(owner, name, None)
    setattr(owner, name, wrapped(owner, name) if callable(found) else before or found)
    if had:
        return lambda: setattr(owner, name, before)
    return lambda: delattr(owner, name)


def change(app: flask.Flask, choice: random.Random) -> None:
    if choice.random() < 0.2:
        provider = app.json
        app.json = choice.choice((Provider, DefaultJSONProvider))(app)
        time.sleep(0)
        app.json = provider
    elif choice.random() < 0.2:
        assert isinstance(app.json, DefaultJSONProvider)
        app.json.sort_keys = True
        time.sleep(0)
        del app.json.sort_keys
    else:
        remove = patch(*choice.choice(PATCHED))
        time.sleep(0.0001)
        remove()
        time.sleep(0)


# --- all at once -----------------------------------------------------------------


def request(
    app: flask.Flask, choice: random.Random, wanted: t.Any, seen: list[t.Any]
) -> None:
    token = f"{choice.getrandbits(32):08x}"
    if choice.random() < 0.3:
        # Collected at the first allocation of what comes next.
        gc.disable()
        make_garbage(token)
        gc.enable()
    if choice.random() < 0.1:
        drop_together(token)
    if choice.random() < 0.1:
        head = render_head("200 OK", [("X-Token", token), ("X-More", token)])
        assert head == (
            f"HTTP/1.1 200 OK\r\nX-Token: {token}\r\nX-More: {token}\r\n\r\n".encode()
        )
        assert json.loads(app.json.dumps({"a": [token]})) == {"a": [token]}
    kind = choice.choice(list(RETURNED))
    method = choice.choice(METHODS)
    shown = seen if choice.random() < 0.3 else None
    found = repr(emit(app, RETURNED[kind](app, token), method, shown))
    seen[0] = None
    if found != wanted[kind, method].replace(TOKEN, token):
        raise AssertionError(f"{kind}, {method}: {found}, token {token}")


def hammer(
    seconds: float,
    programs: list[cabc.Callable[[random.Random], object]],
    seed: int | None = None,
) -> int:
    """Run each program over and over in a thread of its own; return how often."""
    seed = time.time_ns() if seed is None else seed
    stop = time.monotonic() + seconds
    failures: list[str] = []
    runs: list[int] = []

    def work(number: int, program: cabc.Callable[[random.Random], object]) -> None:
        choice = random.Random(seed + number)
        done = 0
        try:
            while time.monotonic() < stop and not failures:
                program(choice)
                done += 1
                time.sleep(0)
        except BaseException:
            failures.append(f"seed {seed}: {traceback.format_exc()}")
        runs.append(done)

    threads = [
        threading.Thread(target=work, args=numbered) for numbered in enumerate(programs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert min(runs) > 0, runs
    return sum(runs)


def main(seconds: str, threads: str = "8", *seed: str) -> None:
    wanted = expected()
    in_flight[:] = [[None] for _ in range(int(threads))]

    def in_context(
        step: cabc.Callable[..., object], *args: t.Any
    ) -> cabc.Callable[[random.Random], None]:
        def program(choice: random.Random) -> None:
            with fast.test_request_context():
                step(fast, choice, *args)

        return program

    hammer(
        float(seconds),
        [
            in_context(change),
            *(in_context(request, wanted, seen) for seen in in_flight),
        ],
        *map(int, seed),
    )


assert fastresp.ACCELERATED
fast = flask.Flask("app")
fastresp.FastResp(fast)

if __name__ == "__main__":
    sys.setswitchinterval(1e-6)
    # What lives already is not looked at.
    gc.collect()
    gc.freeze()
    gc.set_threshold(1, 1, 1)
    main(*sys.argv[1:])
