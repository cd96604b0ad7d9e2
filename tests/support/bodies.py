"""Bodies of every kind, and a walk through what a server may do with one."""

from __future__ import annotations

import collections.abc as cabc
import io
import typing as t

from parity import describe
from parity import Journal
from parity import outcome
from werkzeug.local import LocalProxy
from werkzeug.test import create_environ
from werkzeug.wsgi import FileWrapper
from werkzeug.wsgi import wrap_file


class Iterator:
    """Tells what is done to it; an exception among the chunks is raised."""

    def __init__(self, journal: Journal, chunks: cabc.Iterable[t.Any]) -> None:
        self.journal = journal
        self.chunks = iter(chunks)

    def __iter__(self) -> t.Any:
        self.journal("iter")
        return self

    def __next__(self) -> t.Any:
        self.journal("next")
        chunk = next(self.chunks)
        if isinstance(chunk, BaseException):
            raise chunk
        return chunk


class Closing(Iterator):
    def close(self) -> None:
        self.journal("close")


class BadClose(Iterator):
    def close(self) -> None:
        self.journal("close")
        raise OSError("cannot close")


class Iterable(Closing):
    """Not its own iterator; only this has ``close``."""

    def __iter__(self) -> t.Any:
        self.journal("make iterator")
        return Iterator(self.journal, self.chunks)


class ClosingIteratorInside(Iterable):
    def __iter__(self) -> t.Any:
        return BadClose(self.journal, self.chunks)


class BadIter(Closing):
    def __iter__(self) -> t.Any:
        raise LookupError("cannot iterate")


class NoIterator(Closing):
    def __iter__(self) -> t.Any:
        return 5


class CloseByAttribute(Iterator):
    """Says that it looks for ``close``."""

    def __getattr__(self, name: str) -> t.Any:
        self.journal(f"look for {name}")
        if name == "close":
            return lambda: self.journal("found close")
        raise AttributeError(name)


class Sized(Closing):
    def __len__(self) -> int:
        self.journal("len")
        return 3


class ByItems:
    def __getitem__(self, index: int) -> str:
        return "abc"[index]


class Text(str):
    pass


class Shout(str):
    def encode(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return super().encode(*args, **kwargs).upper()


class NoEncode(str):
    def encode(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        raise LookupError("cannot encode")


class Bytes(bytes):
    pass


class AsBytes:
    def __bytes__(self) -> bytes:
        return b"as bytes"

    def __repr__(self) -> str:
        return "AsBytes"


def generated(journal: Journal, chunks: cabc.Iterable[t.Any]) -> t.Any:
    journal("started")
    try:
        for chunk in chunks:
            journal("asked")
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk
        journal("exhausted")
    except GeneratorExit:
        journal("exit")
        raise
    finally:
        journal("finally")


def stubborn(journal: Journal) -> t.Any:
    for _ in range(9):
        try:
            yield "again"
        except GeneratorExit:
            journal("ignored")
            yield "once more"


def failing_at_the_end(journal: Journal) -> t.Any:
    try:
        yield "a"
    finally:
        raise LookupError("in finally")


def nested(journal: Journal) -> t.Any:
    yield from generated(journal, ["a", "b"])
    yield from generated(journal, [b"c"])


ERROR = LookupError("chunk")
CHUNKS: dict[str, list[t.Any]] = {
    "bytes": [b"a", b"", b"b"],
    "text": ["a", "", "ü→"],
    "fails at once": [ERROR],
    "fails in the middle": ["a", ERROR, "b"],
    "fails at the end": ["a", "b", ERROR],
    "key error": ["a", KeyError("k")],
    "stop": ["a", StopIteration("value"), "b"],
    "runtime error": [RuntimeError("generator raised StopIteration")],
    "subclasses": [Text("t"), Shout("s"), Bytes(b"b"), Text("")],
    "cannot be encoded": ["a", NoEncode("n"), "b"],
    "surrogates": ["a", "\udc80", "b"],
    "bytes-like": [bytearray(b"a"), memoryview(b"b")],
    "neither": [None, 5, 1.5, AsBytes(), ["x"], ("y",), True],
    "proxies": [LocalProxy(lambda: "text"), LocalProxy(lambda: b"bytes")],
    "many": [b"x"] * 50,
    "none": [],
}
Maker = t.Callable[[Journal, list[t.Any]], t.Any]
KINDS: dict[str, Maker] = {
    "list": lambda journal, chunks: list(chunks),
    "tuple": lambda journal, chunks: tuple(chunks),
    "generator": generated,
    "iterator": Iterator,
    "closing": Closing,
    "bad close": BadClose,
    "iterable": Iterable,
    "closing inside": ClosingIteratorInside,
    "bad iter": BadIter,
    "no iterator": NoIterator,
    "close by attribute": CloseByAttribute,
    "sized": Sized,
}
OTHERS: dict[str, t.Callable[[Journal], t.Any]] = {
    "stubborn": stubborn,
    "failing at the end": failing_at_the_end,
    "nested": nested,
    "by items": lambda journal: ByItems(),
    "range": lambda journal: range(3),
    "dict": lambda journal: {"a": 1, b"b": 2},
    "file": lambda journal: io.BytesIO(b"one\ntwo\n\nthree"),
    "text file": lambda journal: io.StringIO("one\ntwo"),
    "closed file": lambda journal: closed_file(),
    "wrapped": lambda journal: FileWrapper(io.BytesIO(b"0123456789"), 4),
    "wrap_file": lambda journal: wrap_file(create_environ(), io.BytesIO(b"0" * 9), 8),
    "real file": lambda journal: open(__file__, "rb"),
    "wrapped real file": lambda journal: wrap_file({}, open(__file__, "rb"), 99),
    "enumerate": lambda journal: (str(pair) for pair in enumerate("ab")),
    "no iterable": lambda journal: 5,
}


def closed_file() -> io.BytesIO:
    file = io.BytesIO(b"x")
    file.close()
    return file


# n: next chunk; w: the whole rest; c: close; r: close the response; l: register
# another callback; i: iterate anew.
COURSES = (
    *("c", "nc", "nncc", "nnnnnc", "wcc", "wn", "cn", "ncn", "lnclc", "rnc", "niwc"),
)


def walked(journal: Journal, response: t.Any, course: str, method: str) -> t.Any:
    environ = create_environ(method=method)
    response.call_on_close(journal.callback("first callback"))
    app_iter = response(environ, lambda *args: journal(describe(args)))
    response.call_on_close(journal.callback("second callback"))
    iterator: t.Any = None

    def step(letter: str) -> t.Any:
        nonlocal iterator
        if iterator is None or letter == "i":
            iterator = iter(app_iter)
        if letter == "n":
            return describe(next(iterator))
        if letter == "w":
            # No more than a few of an endless one.
            return [describe(chunk) for chunk, _ in zip(iterator, range(60))]  # noqa: B905
        if letter == "c" and hasattr(app_iter, "close"):
            return app_iter.close()
        if letter == "r":
            return response.close()
        if letter == "l":
            response.call_on_close(journal.callback("late callback"))
        return None

    for letter in course:
        journal(letter)
        journal(outcome(lambda: step(letter)))  # noqa: B023
    return journal.entries
