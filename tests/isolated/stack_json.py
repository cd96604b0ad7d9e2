"""Nested JSON in threads with small stacks: no crash where Flask has the text or raises
RecursionError."""

from __future__ import annotations

import sys
import threading
import typing as t

import flask

import fastresp


class Node:
    """Serialized by a call of the provider within its ``default``."""

    def __init__(self, child: t.Any) -> None:
        self.child = child


def nodes(count: int) -> t.Any:
    node = None
    for _ in range(count):
        node = Node(node)
    return [node]


def endless() -> t.Any:
    node = Node(None)
    node.child = [node]
    return [node]


def lists(depth: int) -> t.Any:
    items: t.Any = [1]
    for _ in range(depth):
        items = [items]
    return items


def dicts(depth: int) -> t.Any:
    members: t.Any = {"a": 1, "z": 2}
    for _ in range(depth):
        members = {"b": [1, "x"], "a": members}
    return members


def create_app(accelerate: bool) -> flask.Flask:
    app = flask.Flask("app")
    if accelerate:
        fastresp.FastResp(app)
    provider = t.cast(t.Any, app.json)
    provider.default = lambda obj: len(app.json.dumps(obj.child))
    return app


def in_thread(kilobytes: int, limit: int, app: flask.Flask, obj: t.Any) -> str:
    said: list[str] = []

    def work() -> None:
        try:
            said.append(app.json.dumps(obj))
        except RecursionError:
            said.append("RecursionError")

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    threading.stack_size(kilobytes * 1024)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    sys.setrecursionlimit(before)
    threading.stack_size(0)
    return said[0]


def compare(kilobytes: int, limit: int, obj: t.Any) -> None:
    stock, fast = (
        in_thread(kilobytes, limit, create_app(accelerate), obj)
        for accelerate in (False, True)
    )
    assert fast == stock, (kilobytes, limit, fast[:20], stock[:20])


def main() -> None:
    for kilobytes, limit, count in (
        # What a thread has with musl; stock itself takes most of it.
        (128, 1000, 100),
        (256, 1000, 20),
        (1024, 1000, 60),
        (1024, 1000, 80),
        (8192, 1000, 10_000),
        (8192, 2000, 10_000),
        (8192, 3000, 300),
    ):
        compare(kilobytes, limit, nodes(count))
    compare(8192, 1000, endless())
    compare(8192, 2000, endless())
    for kilobytes, depth in ((128, 60), (128, 300), (256, 60), (256, 200), (256, 400)):
        compare(kilobytes, 1000, lists(depth))
        compare(kilobytes, 1000, dicts(depth))
    # Stock itself has no room for these in a small stack.
    fast = create_app(True)
    for depth in (900, 9000) if sys.version_info < (3, 14) else ():
        for obj in (lists(depth), dicts(depth)):
            text = in_thread(256, 1000, fast, obj)
            assert text[0] in "[{" or text == "RecursionError"


if __name__ == "__main__":
    main()
