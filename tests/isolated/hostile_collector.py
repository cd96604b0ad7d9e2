"""Garbage collections that change everything, at each allocation of each operation.

Up to CPython 3.11 the collector runs within the allocation of an object, and so
may finalizers and callbacks: in the middle of compiled code. Here each operation
is repeated with a callback that strikes at its first allocation, at its second,
and so on. What comes out is not compared, as Werkzeug allocates at other places:
nothing may crash, and no error may be one of the interpreter's.
"""

from __future__ import annotations

import collections.abc as cabc
import gc
import typing as t

import flask
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp.http1 import render_head

# More than any operation here allocates.
MOST_STRIKES = 400


class Scene:
    """What an operation works on, within reach of a strike."""

    def __init__(self) -> None:
        # Of their own: constants would outlive a strike.
        number = len(gc.get_stats())
        self.fields: t.Any = [(f"X-{at}", f"v{number}{at}") for at in range(12)]
        self.fields.append(("Vary", f"a{number}, b{number}"))
        self.fields.append(("X-1", f"again {number}"))
        self.mapping: t.Any = {f"Y-{at}": f"w{number}{at}" for at in range(12)}
        self.mapping["Y-list"] = [f"1{number}", f"2{number}"]
        self.chunks: t.Any = [f"chunk {number}{at}".encode() for at in range(5)]
        self.environ: t.Any = {
            **create_environ(),
            "HTTP_IF_NONE_MATCH": f'"tag{number}"',
        }
        self.response: t.Any = fastresp.Response(self.chunks, 200, self.fields)
        self.headers: t.Any = self.response.headers
        self.document: t.Any = [
            {f"k{key}": [f"{number}{at}", {f"k{at}": at}] for key in range(3)}
            for at in range(3)
        ]

    def empty(self) -> None:
        self.fields.clear()
        self.mapping.clear()
        self.chunks.clear()
        self.environ.clear()
        self.headers._list.clear()
        for each in self.document:
            each.clear()
        self.document.clear()
        vars(self.headers).clear()
        vars(self.response).clear()

    def replace(self) -> None:
        self.headers._list = [("X-New", "1")]
        self.response.headers = Headers()
        self.response.response = ["new"]
        self.response.status = "299 New"
        self.response.__dict__ = dict(vars(self.response))
        self.environ["REQUEST_METHOD"] = "HEAD"
        self.fields[:] = ["no field"]
        self.mapping["Y-0"] = object()
        self.document[:] = [object()]

    def grow(self) -> None:
        self.fields *= 50
        self.headers._list.extend([(b"bytes", None), "ab", ("X-1", "x"), ()] * 50)
        self.mapping.update((f"Z-{at}", "z") for at in range(200))
        self.chunks *= 50
        self.response._on_close.append(lambda: None)
        self.response.extra = 1

    def patch(self) -> None:
        # Other version tags for the classes.
        fastresp.Response.default_status = 200
        del fastresp.Response.default_status
        Headers.odd = 1  # type: ignore[attr-defined]
        del Headers.odd  # type: ignore[attr-defined]


STRIKES: tuple[cabc.Callable[[Scene], None], ...] = (
    Scene.empty,
    Scene.replace,
    Scene.grow,
    Scene.patch,
)

app = flask.Flask("app")
fastresp.FastResp(app)


def emit(response: t.Any, environ: t.Any) -> None:
    for chunk in run_wsgi_app(response, environ)[0]:
        assert type(chunk) is bytes


def close(scene: Scene) -> None:
    app_iter: t.Any = scene.response.get_app_iter({"REQUEST_METHOD": "GET"})
    next(app_iter, None)
    del scene.response
    scene.response = fastresp.Response("another")
    app_iter.close()


def fields_of_exception(scene: Scene) -> None:
    with app.test_request_context():
        emit(app.make_response(NotFound("none")), scene.environ)


def use_vary(scene: Scene) -> None:
    scene.response.vary.add("Cookie")


def read_vary(scene: Scene) -> None:
    scene.response.allow.add(scene.response.vary.to_header())


OPERATIONS: dict[str, cabc.Callable[[Scene], t.Any]] = {
    "init, list": lambda s: fastresp.Response(s.chunks, "404", s.fields),
    "init, dict": lambda s: fastresp.Response("ä", 404, s.mapping),
    "init, headers": lambda s: fastresp.Response(b"x", "404 x", s.headers),
    "init, type": lambda s: fastresp.Response("x", None, s.headers, "a/b"),
    "init again": lambda s: s.response.__init__("x", 201, s.fields),
    "emission": lambda s: emit(s.response, s.environ),
    "emission of a tuple": lambda s: emit(
        fastresp.Response(("a", "b"), 304, s.headers), s.environ
    ),
    "get_wsgi_headers": lambda s: s.response.get_wsgi_headers(s.environ),
    "get_app_iter": lambda s: list(s.response.get_app_iter(s.environ)),
    "close": close,
    "a location": lambda s: emit(
        fastresp.Response("x", 302, {"Location": "/ä", "Content-Location": "/ö"}),
        s.environ,
    ),
    "make_response": lambda s: emit(
        app.make_response(("text", 201, s.mapping)), s.environ
    ),
    "make_response, JSON": lambda s: app.make_response(s.document),
    "make_response, response": lambda s: app.make_response(
        (s.response, 404, s.mapping)
    ),
    "redirect": lambda s: emit(app.redirect("/x"), s.environ),
    "an exception": fields_of_exception,
    "a plain response": lambda s: emit(fastresp.Response("x"), s.environ),
    "dumps": lambda s: app.json.dumps(s.document),
    "dumps, default": lambda s: app.json.dumps([s.document, NotFound]),
    "dumps, unsorted": lambda s: app.json.dumps(s.document, sort_keys=False),
    "dumps, big": lambda s: app.json.dumps([s.document, 2**200]),
    "dumps, keys": lambda s: app.json.dumps({1: s.document, 2**70: s.document}),
    "set_cookie": lambda s: s.response.set_cookie("k", "ä", max_age=5),
    "delete_cookie": lambda s: s.response.delete_cookie("k"),
    "add_etag": lambda s: (s.chunks.__delitem__(slice(1, None)), s.response.add_etag()),
    "make_conditional": lambda s: s.response.make_conditional(s.environ),
    "vary": use_vary,
    "allow": read_vary,
    "getitem": lambda s: s.headers["x-3"],
    "setitem": lambda s: s.headers.__setitem__("x-1", 5),
    "delitem": lambda s: s.headers.__delitem__("x-1"),
    "contains": lambda s: "x-11" in s.headers,
    "iter": lambda s: list(s.headers),
    "eq": lambda s: s.headers == s.headers.copy(),
    "add": lambda s: s.headers.add("A", 1),
    "extend, dict": lambda s: s.headers.extend(s.mapping),
    "extend, list": lambda s: s.headers.extend(s.fields),
    "extend, headers": lambda s: s.headers.extend(s.headers),
    "getlist": lambda s: s.headers.getlist("x-1"),
    "pop": lambda s: s.headers.pop("x-1"),
    "setdefault": lambda s: s.headers.setdefault("new", 1),
    "update": lambda s: s.headers.update(s.mapping),
    "construct, dict": lambda s: fastresp.Response("x", headers=s.mapping),
    "construct, list": lambda s: fastresp.Response("x", headers=s.fields),
    "render_head, list": lambda s: render_head("200 OK", s.fields),
    "render_head, dict": lambda s: render_head(404, s.mapping),
    "render_head, headers": lambda s: render_head("204 x", s.headers),
}


def strike_at(
    operation: cabc.Callable[[Scene], t.Any],
    strike: cabc.Callable[[Scene], None],
    at: int,
) -> bool:
    """Whether the operation allocates so often."""
    scene = Scene()
    allocations = 0
    allocated: list[list[t.Any]] = []

    def callback(phase: str, info: dict[str, int]) -> None:
        nonlocal allocations
        if phase == "start":
            allocations += 1
            if allocations == at:
                try:
                    strike(scene)
                except (AttributeError, TypeError):
                    # Struck already, by the operation itself.
                    pass
        else:
            # One more, and the next allocation collects again.
            allocated.append([])

    gc.callbacks.append(callback)
    # Without spare objects, which are had without a look at the collector.
    gc.collect()
    gc.set_threshold(1)
    try:
        operation(scene)
    except Exception as error:
        assert not isinstance(error, (SystemError, MemoryError)), repr(error)
    finally:
        gc.set_threshold(700)
        gc.callbacks.remove(callback)
    return allocations >= at


if __name__ == "__main__":
    gc.freeze()
    strikes = 0
    for operation in OPERATIONS.values():
        for strike in STRIKES:
            at = 1
            while strike_at(operation, strike, at) and at < MOST_STRIKES:
                at += 1
            strikes += at
    assert strikes > 4 * len(OPERATIONS)
