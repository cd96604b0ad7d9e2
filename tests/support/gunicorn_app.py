"""What gunicorn serves in ``test_gunicorn.py``: one path for each way to answer."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

App = Callable[[t.Any, t.Any], Iterable[t.Any]]

BIG = bytes(range(256)) * 40_000
PLAIN = ("Content-Type", "text/plain")
SECRET = ("X-A", "secret")
STATUSES = ("secret", "200 secret\x01", "200 secret\u0141")


def sized(size: object) -> tuple[str, str]:
    return "Content-Length", str(size)


def answering(
    *body: t.Any,
    headers: t.Any = (PLAIN,),
    status: t.Any = "200 OK",
    change: Callable[[t.Any], object] = lambda response: None,
) -> App:
    """
    :param headers: or a function that makes them.
    :param change: is called with gunicorn's response, which an app may reach by the
        method that it is given.
    """

    def app(environ: t.Any, start: t.Any) -> list[t.Any]:
        start(status, headers() if callable(headers) else headers)
        change(start.__self__)
        return list(body)

    return app


def failing(*chunks: bytes) -> App:
    def app(environ: t.Any, start: t.Any) -> Iterator[bytes]:
        start("200 OK", [PLAIN])
        yield from chunks
        raise ValueError("fails")

    return app


def restarting(first: list[t.Any], second: list[t.Any], sends: bytes = b"") -> App:
    """Replace an answer, also one whose headers are refused, by an error's."""

    def app(environ: t.Any, start: t.Any) -> list[bytes]:
        try:
            send = start("200 OK", first)
            if sends:
                send(sends)
            raise ValueError("restarts")
        except Exception as error:
            start("500 Oops", second, (type(error), error, error.__traceback__))
        return [b"oops"]

    return app


def swallowing(body: bytes, status: str, *headers: tuple[str, str]) -> App:
    """Go on after the status or a header was refused."""

    def app(environ: t.Any, start: t.Any) -> list[bytes]:
        with contextlib.suppress(Exception):
            start(status, headers)
        return [body]

    return app


def wrapping(opened: Callable[[], t.Any], *headers: tuple[str, str]) -> App:
    def app(environ: t.Any, start: t.Any) -> t.Any:
        start("200 OK", headers)
        return environ["wsgi.file_wrapper"](opened())

    return app


def opened_at(offset: int) -> t.Any:
    file = open(__file__, "rb")
    file.seek(offset)
    return file


class Reader:
    """Like a file, without a descriptor."""

    def __init__(self) -> None:
        self.parts = [b"one", b"two"]

    def read(self, size: int) -> bytes:
        return self.parts.pop(0) if self.parts else b""


class Chunk(bytes):
    """Has operators of its own."""

    def __add__(self, other: object) -> bytes:
        raise AssertionError

    __radd__ = __add__


def late_start(environ: t.Any, start: t.Any) -> Iterator[bytes]:
    start("200 OK", [PLAIN])
    yield b"late"


def write(environ: t.Any, start: t.Any) -> list[bytes]:
    send = start("200 OK", [PLAIN, sized(9)])
    send(b"one")
    send(b"two")
    return [b"six"]


def raises_at_once(environ: t.Any, start: t.Any) -> t.NoReturn:
    raise ValueError("at once")


def started_twice(environ: t.Any, start: t.Any) -> list[bytes]:
    start("200 OK", [])
    start("200 OK", [])
    return [b"oops"]


def never_started(environ: t.Any, start: t.Any) -> list[bytes]:
    return [b"never"]


def change(response: t.Any) -> None:
    response.headers.append(("X-B", "2"))
    response.force_close()


def tuple_before(environ: t.Any, start: t.Any) -> list[bytes]:
    start.__self__.headers = (PLAIN,)
    start("200 OK", [sized(4)])
    return [b"oops"]


def hints(environ: t.Any, start: t.Any) -> list[bytes]:
    send_hints = environ.get("wsgi.early_hints", lambda headers: None)
    send_hints([("Link", "</a.css>; rel=preload")])
    send = start("200 OK", [PLAIN])
    send_hints([("Link", "</b.css>; rel=preload")])
    send(b"sent")
    send_hints([("Link", "</c.css>; rel=preload")])
    return [b"more"]


def echo(environ: t.Any, start: t.Any) -> Iterator[bytes]:
    """The second chunk waits for the request's body."""
    start("200 OK", [PLAIN])
    yield b"first"
    yield environ["wsgi.input"].read(1)


def reflected(environ: t.Any, start: t.Any) -> list[bytes]:
    """Trusts what it gets."""
    text = environ["wsgi.input"].read().decode("latin-1")
    places = {"status": "299 Fine", "name": "X-A", "value": "1"}
    places[environ["QUERY_STRING"]] += text
    start(places["status"], [(places["name"], places["value"])])
    return [b"reflected"]


HELLO = [PLAIN, sized(5), ("X-A", "a"), ("X-a", " \xe9\t")]
HOP_BY_HOP = [
    ("Connection", "close"),
    ("Transfer-Encoding", "chunked"),
    ("Date", "today"),
    ("server", "mine"),
    sized(3),
    ("Upgrade", "h2c"),
    PLAIN,
]
UPGRADE = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("X-A", "1")]
MANY = [(f"X-{number}", f" {number}") for number in range(200)]

#: Answered alike by gunicorn with either writer.
SAME: dict[str, App] = {
    "hello": answering(b"hello", headers=HELLO),
    "chunked": answering(b"one", b"", b"two" * 10, b""),
    "empty_first": answering(b"", b"", b"one"),
    "nothing": answering(),
    "nothing_at_all": answering(b"", headers=[sized(0)]),
    "no_headers": answering(b"body", status="299 What It Is", headers=[]),
    "write": write,
    "late_start": late_start,
    "subclass": answering(
        *(Chunk(b"one"), Chunk(bytes(20_000)), Chunk(bytes(20_000))),
        headers=[PLAIN, sized(30_000)],
    ),
    "big_subclass": answering(Chunk(bytes(20_000)), headers=[PLAIN, sized(20_000)]),
    "short": answering(b"four", headers=[sized(10)]),
    "long": answering(b"four", b"four", b"four", headers=[sized(6)]),
    "raises_at_once": raises_at_once,
    "raises_before": failing(),
    "raises_after": failing(b"one"),
    "raises_after_head": failing(b""),
    "replaced": restarting([("X-A", "1")], [("X-B", "2")]),
    "replaced_too_late": restarting([("X-A", "1")], [("X-B", "2")], b"one"),
    "lists": answering(b"lists", headers=(["X-A", "1"], ["Content-Length", "5"])),
    "started_twice": started_twice,
    "not_bytes": answering("text"),
    "bad_name": answering(b"never", headers=[PLAIN, ("X A", "1")]),
    "caught": restarting([("X-A", "1"), ("X\n", "2"), sized(100)], [PLAIN]),
    # With the headers before the one that was refused.
    "swallowed": swallowing(b"body", "200 OK", ("X-A", "1"), sized(4), ("X\n", "2")),
    "tuple_before": tuple_before,
    "own_response": answering(b"body", headers=[("X-A", "1")], change=change),
    "many": answering(b"many", headers=MANY),
    # A body, by a status that has none.
    "content_204": answering(b"", b"body", status="204 None", headers=[sized(4)]),
    "content_304": answering(b"", b"body", status="304 Same", headers=[sized(4)]),
    "hop_by_hop": answering(b"hop", headers=lambda: iter(HOP_BY_HOP)),
    "upgrade": answering(status="101 Switching Protocols", headers=UPGRADE),
    "no_content": answering(status="204 No Content", headers=[("X-A", "")]),
    "not_modified": answering(
        b"", status="304 Not Modified", headers=[("ETag", '"a"'), sized(5)]
    ),
    "hints": hints,
    "big": answering(BIG, headers=[sized(len(BIG))]),
    "big_chunked": answering(BIG, b"", BIG[:100_000], headers=[]),
    "big_cut": answering(BIG, headers=[sized(100_000)]),
    "file": wrapping(lambda: opened_at(10), PLAIN),
    "file_with_length": wrapping(lambda: opened_at(0), sized(100)),
    "not_a_file": wrapping(Reader, PLAIN),
}

#: Refused by both; gunicorn may show the value.
UNTOLD = {
    "bad_value": answering(b"never", headers=[PLAIN, ("X-A", "secret\r\nX-B: 2")]),
    "bad_hop": answering(b"never", headers=[PLAIN, ("Upgrade", "secret\n")]),
    "bad_type": answering(b"never", headers=[PLAIN, ("X-A", b"secret")]),
    "bad_length": answering(b"never", headers=[sized("secret")]),
}

#: An error with fastresp's writer; gunicorn sends most of them.
REFUSED = {
    **{
        f"status_{number}": answering(b"never", status=status, headers=[SECRET])
        for number, status in enumerate([*STATUSES, *map(str.encode, STATUSES)])
    },
    "status_split": answering(b"never", status="200 OK\r\nX-A: 1"),
    "status_too_high": answering(b"never", status="600 Much"),
    "status_without_code": answering(b"never", status="OK"),
    "swallowed_status": swallowing(b"never", "2\n00", SECRET),
    "two_lengths": answering(b"never", headers=[sized(5), sized(6), SECRET]),
    "signed_length": answering(b"never", headers=[sized("+5"), SECRET]),
    "never_started": never_started,
    # gunicorn keeps the headers that are replaced.
    "replaced_length": restarting([sized(100)], [sized(5)]),
}

OTHERS = {
    "echo": echo,
    "reflected": reflected,
    "refused_and_caught": restarting(
        [sized("+500"), ("Connection", "upgrade"), ("X-A", "1")], [PLAIN]
    ),
}
APPS = {**SAME, **UNTOLD, **REFUSED, **OTHERS}


def app(environ: t.Any, start_response: t.Any) -> t.Any:
    return APPS[environ["PATH_INFO"][1:]](environ, start_response)


def flask_app() -> t.Any:
    from flask import Flask
    from flask import request

    import fastresp

    app = Flask("hooked")
    app.config["NAME"] = "value"
    app.add_url_rule("/hello", "hello", lambda: "hello")
    app.add_url_rule("/dict", "dict", lambda: {"a": 1})

    def gone() -> str:
        with contextlib.suppress(OSError):
            request.stream.read()
        return "gone"

    app.add_url_rule("/gone", "gone", gone)
    fastresp.FastResp(app)
    return app
