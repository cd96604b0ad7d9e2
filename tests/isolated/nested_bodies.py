"""Responses around each other's bodies, deeper than the stack is: they raise
``RecursionError`` or do what they should, in a thread with a small stack, too.

nested_bodies.py FACTOR: the stacks are that many times as large, for sanitizers, which
take more of them."""

from __future__ import annotations

import itertools
import sys
import threading
import typing as t

import fastresp

ENVIRON = {"REQUEST_METHOD": "GET"}
DEPTH = 20_000


def ignore(status: str, headers: t.Any, exc_info: t.Any = None) -> t.Any:
    return None


def nested(wrap: str, depth: int) -> t.Any:
    chunks: t.Any = [b"x"]
    for _ in range(depth):
        if wrap == "chain":
            chunks = itertools.chain(chunks)
        elif wrap == "map":
            chunks = map(bytes, chunks)
        chunks = fastresp.Response(chunks)(ENVIRON, ignore)
    return chunks


def use(how: str, wrap: str, depth: int) -> str:
    chunks = nested(wrap, depth)
    try:
        if how == "next":
            assert next(chunks) == b"x"
        elif how == "close":
            chunks.close()
        else:
            del chunks
    except RecursionError:
        return "RecursionError"
    return "done"


def main() -> None:
    results: list[str] = []

    def run(has_room: bool = True) -> None:
        for how in ("next", "close", "del"):
            for wrap in ("", "chain", "map"):
                # A depth that stock manages, too.
                assert use(how, wrap, 50) == "done", (how, wrap)
                if has_room:
                    results.append(use(how, wrap, DEPTH))

    # The last one is what a thread has with musl. Where levels are counted, their limit
    # is further than that; stock is further from it.
    for size in (512, 256, 128):
        has_room = size > 128 or sys.version_info >= (3, 14)
        threading.stack_size(size * 1024 * int(sys.argv[1]))
        thread = threading.Thread(target=run, args=(has_room,))
        thread.start()
        thread.join()
    run()
    assert len(results) == (36 if sys.version_info >= (3, 14) else 27), results
    assert "RecursionError" in results, results
    sys.stdout.flush()


if __name__ == "__main__":
    main()
