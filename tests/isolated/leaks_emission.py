"""Every form of emission, also those that fail or end early, leaves nothing behind."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import functools
import io
import sys
import typing as t

import flat
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ

import fastresp
from fastresp import wrappers

Make = t.Callable[[type[t.Any], int], t.Any]

GET = create_environ("/päth", "http://example.com", query_string="a=b")
HEAD = create_environ("/", method="HEAD")


def start_response(status: str, headers: list[tuple[str, str]]) -> None:
    headers.append(("X-Server", status))


def refuse_to_start(status: str, headers: list[tuple[str, str]]) -> None:
    raise RuntimeError(status)


def send(response: t.Any, environ: dict[str, t.Any] = GET, take: int = 99) -> None:
    """What a server does: all chunks, or some, then ``close()``."""
    app_iter = response(environ, start_response)
    for index, _ in enumerate(app_iter):
        if index >= take:
            break
    if hasattr(app_iter, "close"):
        app_iter.close()


def failing_at(place: int, number: int) -> cabc.Iterator[str]:
    for index in range(place):
        yield f"{index}, {number}"
    raise RuntimeError(number)


class Closing:
    """An iterable that is closed, and fails where told."""

    def __init__(self, number: int, fails_at: str = "") -> None:
        self.number = number
        self.fails_at = fails_at

    def __iter__(self) -> cabc.Iterator[str]:
        self.fail("iter")
        return iter([f"{self.number}"])

    def __len__(self) -> int:
        self.fail("len")
        return 1

    def close(self) -> None:
        self.fail("close")

    def fail(self, place: str) -> None:
        if place == self.fails_at:
            raise RuntimeError(self.number)


class Stopping:
    """Stands for a string, and ends an iteration that it is no part of."""

    __class__ = str  # type: ignore[assignment]

    def encode(self) -> bytes:
        raise StopIteration


class Huge(bytes):
    def __len__(self) -> int:
        return sys.maxsize


class ClosingList(list[t.Any]):
    def close(self) -> None:
        self.append("closed")


class Environ(dict[str, t.Any]):
    pass


RESPONSES: dict[str, Make] = {
    "none": lambda cls, n: cls(),
    "text": lambda cls, n: cls(f"täxt {n}"),
    "long": lambda cls, n: cls(b"%08d" % n * 1000),
    "list": lambda cls, n: cls([f"{n}", f"→{n}", b"%d" % n]),
    "list of odd chunks": lambda cls, n: cls([bytearray(b"%d" % n), [n]]),
    "tuple": lambda cls, n: cls((f"{n}", b"%d" % n)),
    "closing list": lambda cls, n: cls(ClosingList([f"{n}"])),
    "generator": lambda cls, n: cls(f"{n}, {i}" for i in range(5)),
    "generator of bytes": lambda cls, n: cls(b"%d" % n for i in range(5)),
    "closing": lambda cls, n: cls(Closing(n)),
    "file": lambda cls, n: cls(io.BytesIO(b"%d\n" % n * 5)),
    "file passed through": lambda cls, n: cls(
        io.BytesIO(b"%d" % n), direct_passthrough=True
    ),
    "no content": lambda cls, n: cls(f"{n}", 204),
    "informational": lambda cls, n: cls(f"{n}", 101, {"Content-Length": n}),
    "not modified": lambda cls, n: cls(
        f"{n}", 304, {"Content-Encoding": f"{n}", "ETag": f'"{n}"'}
    ),
    "own status": lambda cls, n: cls(f"{n}", f"299 Odd {n}"),
    "own status, no latin-1": lambda cls, n: cls(f"{n}", f"299 →{n}"),
    "own headers": lambda cls, n: cls(f"{n}", 404, {f"X-{n}": [f"{n}", n]}),
    "huge chunks": lambda cls, n: cls([Huge(b"%d" % n), Huge(b"%d" % n)]),
    "no latin-1": lambda cls, n: cls([f"{n}"], 200, {"X": f"→{n}"}),
    "location": lambda cls, n: cls(["x"], 302, {"Location": f"/ä{n}?→={n}"}),
    "locations": lambda cls, n: cls(
        ["x"], 201, {"location": [f"/{n}", "x"], "Content-Location": f"/→{n}"}
    ),
}
REFUSED: dict[str, Make] = {
    "status": lambda cls, n: cls("x", f"200 O\r\nK{n}"),
    "status, no latin-1": lambda cls, n: cls("x", f"200 →\n{n}"),
    "name": lambda cls, n: cls("x", 200, {f"X-{n}\n": f"{n}"}),
    "name, no latin-1": lambda cls, n: cls("x", 200, {f"X-{n}→\n": f"{n}"}),
    "value": lambda cls, n: cls("x", 200, {f"X-{n}": f"{n}\0"}),
    "value, no latin-1": lambda cls, n: cls("x", 200, {f"X-{n}": f"→{n}\0"}),
    "surrogate in a list": lambda cls, n: cls([f"{n}", f"{n} \ud800"]),
    "surrogate in a location": lambda cls, n: cls(
        "x", 302, {"Location": f"/{n}\ud800"}
    ),
    "number in a list": lambda cls, n: cls([f"{n}", n]),
    "failing at chunk 0": lambda cls, n: cls(failing_at(0, n)),
    "failing at chunk 3": lambda cls, n: cls(failing_at(3, n)),
    "failing iter": lambda cls, n: cls(Closing(n, "iter")),
    "failing close": lambda cls, n: cls(Closing(n, "close")),
    "stopping chunk in a list": lambda cls, n: cls([f"{n}", Stopping()]),
    "stopping chunk": lambda cls, n: cls(iter([f"{n}", Stopping()])),
    "no iterable": lambda cls, n: cls(response=1000 + n),
}


def whole(cls: type[t.Any], make: Make, number: int) -> None:
    send(make(cls, number))


def head(cls: type[t.Any], make: Make, number: int) -> None:
    send(make(cls, number), HEAD)


def repeatedly(cls: type[t.Any], make: Make, number: int) -> None:
    response = make(cls, number)
    for take in (0, 1, 99):
        # A file is closed by the first.
        with contextlib.suppress(ValueError):
            send(response, Environ(GET), take)


def never_started(cls: type[t.Any], make: Make, number: int) -> None:
    flat.refuse(make(cls, number), GET, refuse_to_start)


def abandoned(cls: type[t.Any], make: Make, number: int) -> None:
    app_iter = make(cls, number)(GET, start_response)
    next(iter(app_iter), None)


def by_its_parts(cls: type[t.Any], make: Make, number: int) -> None:
    response = make(cls, number)
    response.get_wsgi_headers(GET)
    app_iter, status, headers = response.get_wsgi_response(GET)
    list(response.get_app_iter(HEAD))
    list(app_iter)
    response.close()


def refused(cls: type[t.Any], make: Make, number: int) -> None:
    flat.refuse(lambda: send(make(cls, number)))


def with_callbacks(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    called: list[int] = []
    response.call_on_close(lambda: called.append(number))
    response.call_on_close(lambda: response.call_on_close(lambda: called.append(-1)))
    send(response)
    assert called == [number, -1]


def with_a_failing_callback(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    response.call_on_close(lambda: 1 / 0)
    flat.refuse(send, response)


def in_a_cycle(cls: type[t.Any], number: int) -> None:
    """For the garbage collector, through every field of the iterator."""
    response = cls(chunk for chunk in [f"{number}"])
    app_iter = response(GET, start_response)
    response.call_on_close(app_iter.close)
    next(app_iter)


def from_within(cls: type[t.Any], number: int) -> None:
    """The body uses its own iterator while that is running."""

    def chunks() -> cabc.Iterator[str]:
        yield f"{number}"
        flat.refuse(next, app_iter)
        flat.refuse(app_iter.close)
        response.headers["X-Late"] = f"{number}"
        response.response = [f"{number}"]
        yield f"{number}"

    response = cls(chunks())
    app_iter = response(GET, start_response)
    assert len(list(app_iter)) == 2
    app_iter.close()


def with_disturbing_chunks(cls: type[t.Any], number: int) -> None:
    """A chunk's length changes the response that is being measured."""

    class Chunk(bytes):
        def __len__(self) -> int:
            response.headers = Headers({"X-New": f"{number}"})
            response.response[1:] = [f"{number}"]
            response.status = f"299 {number}"
            return 1

    response = cls([Chunk(b"x"), f"{number}", f"{number}"])
    send(response)


def with_attributes_gone(cls: type[t.Any], number: int) -> None:
    for name in ("headers", "response", "_status", "_on_close"):
        response = cls(f"{number}")
        delattr(response, name)
        flat.refuse(send, response)


def with_wrong_arguments(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    flat.refuse(response)
    flat.refuse(response, GET, start_response, number)
    flat.refuse(response, {f"{number}": number}, start_response)
    flat.refuse(response.get_app_iter, number, number)
    flat.refuse(lambda: response.get_wsgi_headers(**{f"other{number}": GET}))
    response.get_wsgi_headers(environ=GET)
    flat.refuse(cls.get_app_iter, [number], GET)


WAYS = (whole, head, repeatedly, never_started, abandoned, by_its_parts)
OTHERS = (
    with_callbacks,
    with_a_failing_callback,
    in_a_cycle,
    from_within,
    with_disturbing_chunks,
    with_attributes_gone,
    with_wrong_arguments,
)


def main() -> None:
    cases: dict[str, flat.Case] = {}
    for cls in (wrappers.Response, fastresp.Response):
        module = cls.__module__
        for name, make in RESPONSES.items():
            for way in WAYS:
                cases[f"{module}, {way.__name__}, {name}"] = functools.partial(
                    way, cls, make
                )
        for name, make in REFUSED.items():
            cases[f"{module}, refused, {name}"] = functools.partial(refused, cls, make)
        for other in OTHERS:
            cases[f"{module}, {other.__name__}"] = functools.partial(other, cls)
    flat.check(cases, 500)


if __name__ == "__main__":
    main()
