"""What gunicorn serves in ``test_gunicorn.py``: one path for each way to answer."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Iterable
from collections.abc import Iterator

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIEnvironment

BIG = bytes(range(256)) * 40_000
PLAIN = ("Content-Type", "text/plain")
SECRET = ("X-A", "secret")


def failure(error: Exception) -> t.Any:
    """What :func:`sys.exc_info` gives."""
    return type(error), error, error.__traceback__


def hello(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN, ("Content-Length", "5"), ("X-A", "a"), ("X-a", " \xe9\t")])
    return [b"hello"]


def chunked(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN])
    return iter([b"one", b"", b"two" * 10, b""])


def empty_first(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN])
    return iter([b"", b"", b"one"])


def nothing(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN])
    return []


def nothing_at_all(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "0")])
    return [b""]


def no_headers(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("299 What It Is", [])
    return [b"body"]


def write(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    send = start("200 OK", [PLAIN, ("Content-Length", "9")])
    send(b"one")
    send(b"two")
    return [b"six"]


def late_start(environ: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
    start("200 OK", [PLAIN])
    yield b"late"


class Chunk(bytes):
    """Has operators of its own."""

    def __add__(self, other: object) -> bytes:
        raise AssertionError

    def __radd__(self, other: object) -> bytes:
        raise AssertionError


def subclass(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN, ("Content-Length", "30000")])
    return [Chunk(b"one"), Chunk(bytes(20_000)), Chunk(bytes(20_000))]


def big_subclass(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN, ("Content-Length", "20000")])
    return [Chunk(bytes(20_000))]


def short(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "10")])
    return [b"four"]


def long(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "6")])
    return [b"four", b"four", b"four"]


def raises_at_once(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    raise ValueError("at once")


def raises_before(environ: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
    start("200 OK", [PLAIN])
    raise ValueError("before")
    yield b"never"


def raises_after(environ: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
    start("200 OK", [PLAIN])
    yield b"one"
    raise ValueError("after")


def raises_after_head(
    environ: WSGIEnvironment, start: StartResponse
) -> Iterator[bytes]:
    start("200 OK", [PLAIN])
    yield b""
    raise ValueError("after the head")


def replaced(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("X-A", "1")])
    try:
        raise ValueError("replaced")
    except ValueError as error:
        start("500 Oops", [("X-B", "2")], failure(error))
    return [b"oops"]


def replaced_too_late(
    environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    start("200 OK", [("X-A", "1")])(b"one")
    try:
        raise ValueError("too late")
    except ValueError as error:
        start("500 Oops", [("X-B", "2")], failure(error))
    return [b"oops"]


def lists(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Headers that are no tuples."""
    headers: t.Any = (["X-A", "1"], ["Content-Length", "5"])
    start("200 OK", headers)
    return [b"lists"]


def started_twice(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [])
    start("200 OK", [])
    return [b"oops"]


def not_bytes(environ: WSGIEnvironment, start: StartResponse) -> Iterable[t.Any]:
    start("200 OK", [PLAIN])
    return ["text"]


def bad_value(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN, (SECRET[0], SECRET[1] + "\r\nX-B: 2")])
    return [b"never"]


def bad_name(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN, ("X A", "1")])
    return [b"never"]


def bad_type(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    headers: t.Any = [PLAIN, ("X-A", b"secret")]
    start("200 OK", headers)
    return [b"never"]


def bad_length(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", SECRET[1])])
    return [b"never"]


def bad_hop(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN, ("Upgrade", SECRET[1] + "\n"), ("X-A", "1")])
    return [b"never"]


def caught(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Answers something else when its headers are refused."""
    headers: t.Any = [("X-A", "1"), ("X\n", "2"), ("Content-Length", "100")]
    try:
        start("200 OK", headers)
    except Exception as error:
        start("500 Caught", [PLAIN], failure(error))
    return [b"caught"]


def swallowed(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Goes on with the headers before the one that was refused."""
    with contextlib.suppress(Exception):
        start("200 OK", [("X-A", "1"), ("Content-Length", "4"), ("X\n", "2")])
    return [b"body"]


def own_response(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Does something to gunicorn's response."""
    start("200 OK", [("X-A", "1")])
    response: t.Any = start.__self__  # type: ignore[attr-defined]
    response.headers.append(("X-B", "2"))
    response.force_close()
    return [b"body"]


def many(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [(f"X-{number}", f" {number}") for number in range(200)])
    return [b"many"]


def hop_by_hop(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    headers = [
        ("Connection", "close"),
        ("Transfer-Encoding", "chunked"),
        ("Date", "today"),
        ("server", "mine"),
        ("Content-Length", "3"),
        ("Upgrade", "h2c"),
        PLAIN,
    ]
    start("200 OK", iter(headers))  # type: ignore[arg-type]
    return [b"hop"]


def upgrade(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    headers = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("X-A", "1")]
    start("101 Switching Protocols", headers)
    return []


def no_content(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("204 No Content", [("X-A", "")])
    return []


def not_modified(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("304 Not Modified", [("ETag", '"a"'), ("Content-Length", "5")])
    return [b""]


def content(status: str) -> t.Any:
    """Gives a body to a status that has none."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        start(status, [("Content-Length", "4")])
        return [b"", b"body"]

    answer.__name__ = f"content_{status[:3]}"
    return answer


def hints(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    send_hints = environ.get("wsgi.early_hints", lambda headers: None)
    send_hints([("Link", "</a.css>; rel=preload")])
    send = start("200 OK", [PLAIN])
    send_hints([("Link", "</b.css>; rel=preload")])
    send(b"sent")
    send_hints([("Link", "</c.css>; rel=preload")])
    return [b"more"]


def echo(environ: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
    """The second chunk waits for the request's body."""
    start("200 OK", [PLAIN])
    yield b"first"
    yield environ["wsgi.input"].read(1)


def big(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", str(len(BIG)))])
    return [BIG]


def big_chunked(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [])
    return [BIG, b"", BIG[:100_000]]


def big_cut(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "100000")])
    return [BIG]


def file(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN])
    opened = open(__file__, "rb")
    opened.seek(10)
    return t.cast(Iterable[bytes], environ["wsgi.file_wrapper"](opened))


def file_with_length(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "100")])
    opened = open(__file__, "rb")
    return t.cast(Iterable[bytes], environ["wsgi.file_wrapper"](opened))


class Reader:
    """Like a file, without a descriptor."""

    def __init__(self) -> None:
        self.parts = [b"one", b"two"]

    def read(self, size: int) -> bytes:
        return self.parts.pop(0) if self.parts else b""


def not_a_file(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [PLAIN])
    return t.cast(Iterable[bytes], environ["wsgi.file_wrapper"](Reader()))


# Below are those that gunicorn sends and render_head refuses.


def split_reason(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK\r\nX-A: 1", [])
    return [b"never"]


def high_status(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("600 Much", [])
    return [b"never"]


def not_a_status(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("OK", [])
    return [b"never"]


def two_lengths(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "5"), ("Content-Length", "6"), SECRET])
    return [b"never"]


def signed_length(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "+5"), SECRET])
    return [b"never"]


def never_started(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    return [b"never"]


def swallowed_status(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    with contextlib.suppress(ValueError):
        start("2\n00", [SECRET])
    return [b"never"]


def replaced_length(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """gunicorn keeps the headers that are replaced."""
    start("200 OK", [("Content-Length", "100")])
    try:
        raise ValueError("replaced")
    except ValueError as error:
        start("500 Oops", [("Content-Length", "5")], failure(error))
    return [b"never"]


def refused_and_caught(
    environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    headers = [("Content-Length", "+500"), ("Connection", "upgrade"), ("X-A", "1")]
    try:
        start("200 OK", headers)
    except ValueError as error:
        start("500 Caught", [PLAIN], failure(error))
    return [b"caught"]


def reflected(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Trusts what it gets."""
    text = environ["wsgi.input"].read().decode("latin-1")
    places = {"status": "299 Fine", "name": "X-A", "value": "1"}
    places[environ["QUERY_STRING"]] += text
    start(places["status"], [(places["name"], places["value"])])
    return [b"reflected"]


#: Answered alike by gunicorn with either writer.
SAME = (
    hello,
    chunked,
    empty_first,
    nothing,
    nothing_at_all,
    no_headers,
    write,
    late_start,
    subclass,
    big_subclass,
    short,
    long,
    raises_at_once,
    raises_before,
    raises_after,
    raises_after_head,
    replaced,
    replaced_too_late,
    lists,
    started_twice,
    not_bytes,
    bad_name,
    caught,
    swallowed,
    own_response,
    many,
    content("204 No Content"),
    content("304 Not Modified"),
    hop_by_hop,
    upgrade,
    no_content,
    not_modified,
    hints,
    big,
    big_chunked,
    big_cut,
    file,
    file_with_length,
    not_a_file,
)

#: Refused by both; gunicorn may show the value.
UNTOLD = (bad_value, bad_hop, bad_type, bad_length)

#: An error with fastresp's writer.
REFUSED = (
    split_reason,
    high_status,
    not_a_status,
    two_lengths,
    signed_length,
    never_started,
    swallowed_status,
    replaced_length,
)

OTHERS = (echo, reflected, refused_and_caught)
APPS = {each.__name__: each for each in (*SAME, *UNTOLD, *REFUSED, *OTHERS)}


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return APPS[environ["PATH_INFO"][1:]](environ, start_response)
