"""Garbage collections that change everything, at each allocation of each operation.

Up to CPython 3.11 the collector runs within the allocation of an object, and so
may finalizers and callbacks: in the middle of compiled code. Here each operation
is repeated with a callback that strikes at its first allocation, at its second,
and so on. What comes out is not compared, as Werkzeug allocates at other places:
nothing may crash, and no error may be one of the interpreter's.

With "all", each of the strikes on each operation.
"""

from __future__ import annotations

import collections.abc as cabc
import gc
import sys
import typing as t

from entrances import create_app
from entrances import Entrance
from entrances import HEADS
from entrances import Stage
from entrances import TABLES
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp.http1 import render_head

# More than any operation here allocates.
MOST_STRIKES = 400


class Scene(Stage):
    """What an entrance works on, within reach of a strike."""

    def __init__(self) -> None:
        # Of their own: constants would outlive a strike.
        number = len(gc.get_stats())
        self.fields: t.Any = [(f"X-{at}", f"v{number}{at}") for at in range(12)]
        self.fields.append(("Vary", f"a{number}, b{number}"))
        self.fields.append(("X-1", f"again {number}"))
        self.mapping: t.Any = {f"Y-{at}": f"w{number}{at}" for at in range(12)}
        self.mapping["Y-list"] = [f"1{number}", f"2{number}"]
        self.chunks: t.Any = [f"chunk {number}{at}".encode() for at in range(5)]
        self.few_chunks = (f"one {number}", b"two", f"three {number}")
        self.environ: t.Any = {
            **create_environ(),
            "HTTP_IF_NONE_MATCH": f'"tag{number}"',
        }
        super().__init__(fastresp.Response, app)
        self.response = fastresp.Response(self.chunks, 200, self.fields)
        self.headers: t.Any = self.response.headers
        self.others: t.Any = self.headers.copy()
        self.document: t.Any = [
            {f"k{key}": [f"{number}{at}", {f"k{at}": at}] for key in range(3)}
            for at in range(3)
        ]

    def values(self, kind: str) -> tuple[t.Any, ...]:
        """What comes in where."""
        number = len(self.fields)
        if kind == "headers":
            return self.fields, self.mapping, self.others
        if kind == "body":
            return self.chunks, self.few_chunks, f"ä{number}"
        if kind == "JSON":
            return (self.document,)
        if kind == "environ":
            return (self.environ,)
        return (404,) if kind == "status" else (f"x-{number - 11}",)

    def empty(self) -> None:
        self.fields.clear()
        self.mapping.clear()
        self.chunks.clear()
        self.environ.clear()
        self.headers._list.clear()
        self.others._list.clear()
        for each in self.document:
            each.clear()
        self.document.clear()
        vars(self.headers).clear()
        vars(self.response).clear()

    def replace(self) -> None:
        self.headers._list = [("X-New", "1")]
        self.others._list = [["no", "pair"]]
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
        self.others._list.extend([(b"bytes", None), "ab", ("X-1", "x"), ()] * 50)
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

app = create_app(fastresp.Response)


def strike_at(
    operation: Operation,
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


def emit(response: t.Any, environ: t.Any) -> None:
    for chunk in run_wsgi_app(response, environ)[0]:
        assert type(chunk) is bytes


def close(scene: Scene) -> None:
    app_iter: t.Any = scene.response.get_wsgi_response({"REQUEST_METHOD": "GET"})[0]
    next(app_iter, None)
    del scene.response
    scene.response = fastresp.Response("another")
    app_iter.close()


Operation = cabc.Callable[[Scene], object]

EMISSION: tuple[Operation, ...] = (
    close,
    lambda s: emit(s.response, s.environ),
    lambda s: emit(fastresp.Response(("a", "b"), 304, s.headers), s.environ),
    lambda s: emit(fastresp.Response("x"), s.environ),
    lambda s: emit(
        fastresp.Response("x", 302, {"Location": "/ä", "Content-Location": "/ö"}),
        s.environ,
    ),
    lambda s: emit(app.make_response(("text", 201, s.mapping)), s.environ),
    lambda s: emit(app.redirect("/x"), s.environ),
    lambda s: emit(app.make_response(NotFound("none")), s.environ),
)


def through(entrance: Entrance, kind: str, at: int) -> Operation:
    return lambda scene: entrance(scene, scene.values(kind)[at])


def rendered(head: Entrance, at: int) -> Operation:
    return lambda scene: render_head(*head(scene, scene.values("headers")[at]))


def operations() -> cabc.Iterator[Operation]:
    yield from EMISSION
    scene = Scene()
    for kind, table in TABLES.items():
        for entrance in table.values():
            for at in range(len(scene.values(kind))):
                yield through(entrance, kind, at)
    for head in HEADS.values():
        for at in range(3):
            yield rendered(head, at)


def main(every: bool) -> None:
    gc.freeze()
    strikes = tried = 0
    with app.test_request_context():
        for number, operation in enumerate(operations()):
            # One of them each in a run of the tests.
            some = STRIKES if every else STRIKES[number % len(STRIKES) :][:1]
            for strike in some:
                at = 1
                while strike_at(operation, strike, at) and at < MOST_STRIKES:
                    at += 1
                strikes += at
                tried += 1
    assert strikes > 4 * tried


if __name__ == "__main__":
    main(sys.argv[1:] == ["all"])
