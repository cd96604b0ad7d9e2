"""Encoding takes little more memory than what comes out of it."""

from __future__ import annotations

import collections.abc as cabc
import functools
import gc
import re
import sys
import tracemalloc
import typing as t
from pathlib import Path

import flask

import fastresp
from fastresp._compiled import json as _json

Way = cabc.Callable[[t.Any], t.Any]

STATUS = Path("/proc/self/status")

#: How many outputs there may be in memory, at the highest: a second one, for the
#: text made of it or for the room that it grows in, and little more.
MOST = 2.1
#: Bytes that may stay, besides.
LEFT = 50_000
#: About what each document comes to, and the least it may.
OUTPUT = 50_000_000
LEAST = 20_000_000

RECORD = {
    "id": 1000,
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "tags": ["first", "second", "third"],
    "active": True,
    "balance": 1234.56,
    "note": "Line\n" * 40,
}
#: Made of a few objects; only the last one has the size of its output.
DOCUMENTS: dict[str, cabc.Callable[[], t.Any]] = {
    "records": lambda: [[RECORD] * 1000] * 132,
    "numbers": lambda: [[1234567, 1234.56] * 1000] * 3125,
    "texts": lambda: ["text " * 10_000] * 1000,
    "escaped texts": lambda: {"texts": ["é→" * 10_000] * 416},
    "text": lambda: "text " * 10_000_000,
}
KEYWORDS: dict[str, t.Any] = {"sort_keys": True, "separators": (",", ":")}


def resident(name: str) -> int:
    """``VmRSS`` or, for the most there ever was, ``VmHWM``."""
    (amount,) = re.findall(rf"^{name}:\s*(\d+) kB$", STATUS.read_text(), re.M)
    return int(amount) * 1024


def check(name: str, way: Way, measure: cabc.Callable[[t.Any], int]) -> None:
    obj = DOCUMENTS[name]()
    way([])
    gc.collect()
    there = resident("VmRSS") if STATUS.exists() else 0
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    output = way(obj)
    _, highest = tracemalloc.get_traced_memory()
    size = measure(output)
    del output
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    traced = (highest - before) / size
    print(f"{name}: {size} bytes, {traced:.3f} at most, {after - before} left")
    assert size >= LEAST
    assert 1 <= traced <= MOST
    assert after - before <= LEFT
    if there:
        # The same from outside; of all documents until now, which are as big.
        grown = resident("VmHWM") - there
        print(f"{grown / OUTPUT:.3f} resident")
        assert grown <= MOST * OUTPUT


def main(kind: str) -> None:
    app = flask.Flask("app")
    fastresp.FastResp(app)
    utf8 = flask.Flask("utf8")
    fastresp.FastResp(utf8)
    t.cast(t.Any, utf8.json).ensure_ascii = False

    def response_size(response: t.Any) -> int:
        return len(response.response[0])

    def utf8_size(text: str) -> int:
        return len(text.encode())

    utf8_keywords = {**KEYWORDS, "ensure_ascii": False}
    ways: dict[str, tuple[Way, cabc.Callable[[t.Any], int]]] = {
        "dumps": (functools.partial(_json.dumps, keywords=KEYWORDS), len),
        "dumps, UTF-8": (
            functools.partial(_json.dumps, keywords=utf8_keywords),
            utf8_size,
        ),
        "response": (app.json.response, response_size),
        "response, UTF-8": (utf8.json.response, response_size),
    }
    before = fastresp.fast_path_counts()["encoded"]
    for name in DOCUMENTS:
        check(name, *ways[kind])
    # Not a measurement of the standard library.
    encoded = fastresp.fast_path_counts()["encoded"] - before
    assert encoded == 2 * len(DOCUMENTS), encoded


if __name__ == "__main__":
    main(*sys.argv[1:])
