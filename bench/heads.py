"""Implementations that render the head of an HTTP/1.1 response.

gunicorn's figure is the part of its response between the app's call of
``start_response`` and the bytes, on a response that exists. The others have their
arguments ready, in the form that they take, and ``b"".join`` of parts that are ready
bytes is Python's limit.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from types import SimpleNamespace

from subjects import Subject

from fastresp.cli.compare import Answer
from fastresp.http1 import date_header
from fastresp.http1 import render_head

STATUS = "200 OK"
Fields = list[tuple[str, str]]
HEADERS: dict[str, Fields] = {
    "2 headers": [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", "13"),
    ],
    "8 headers": [
        ("Content-Type", "application/json"),
        ("Content-Length", "1234"),
        ("Cache-Control", "no-store, max-age=0"),
        ("ETag", '"33a64df551425fcc55e4d42a148795d9f25f89d4"'),
        ("X-Request-Id", "0123456789abcdef0123456789abcdef"),
        ("X-Frame-Options", "DENY"),
        ("Vary", "Cookie"),
        ("Set-Cookie", "session=eyJfcGVybWFuZW50Ijp0cnVlfQ; HttpOnly; Path=/"),
    ],
}
HEADERS["40 headers"] = HEADERS["8 headers"] + [
    (f"X-Header-{number}", f"the value of number {number}") for number in range(32)
]

Render = Callable[[], bytes]
LOOPS = 2000


def gunicorn(headers: Fields) -> Render:
    from gunicorn.config import Config
    from gunicorn.http.wsgi import Response

    sent: list[bytes] = []
    request = SimpleNamespace(method="GET", version=(1, 1), should_close=lambda: False)
    response = Response(request, SimpleNamespace(sendall=sent.append), Config())

    def render() -> bytes:
        # The state at the beginning of a request.
        response.status = None
        response.headers = []
        response.headers_sent = False
        response.start_response(STATUS, headers)
        response.send_headers()
        return sent.pop()

    return render


def all_fields(headers: Fields) -> Fields:
    """Return the app's headers after those of gunicorn: Server, Date, Connection."""
    lines = gunicorn(headers)().decode("latin-1").split("\r\n")[1:4]
    own = [t.cast(tuple[str, str], tuple(line.split(": ", 1))) for line in lines]
    return [*own, *headers]


def fastresp_as_gunicorn(headers: Fields) -> Render:
    """With a new Date each time, as a server needs it."""
    server, _, connection, *_ = all_fields(headers)
    return lambda: render_head(STATUS, [server, date_header(), connection, *headers])


def fastresp(headers: Fields) -> Render:
    fields = all_fields(headers)
    return lambda: render_head(STATUS, fields)


def join(headers: Fields) -> Render:
    parts = [b"HTTP/1.1 ", STATUS.encode(), b"\r\n"]
    for name, value in all_fields(headers):
        parts += [name.encode(), b": ", value.encode(), b"\r\n"]
    parts.append(b"\r\n")
    return lambda: b"".join(parts)


def aiohttp(headers: Fields) -> Render:
    from aiohttp.http_writer import _serialize_headers
    from multidict import CIMultiDict

    line = f"HTTP/1.1 {STATUS}"
    fields = CIMultiDict(all_fields(headers))
    return lambda: _serialize_headers(line, fields)


WAYS: dict[str, Callable[[Fields], Render]] = {
    "gunicorn": gunicorn,
    "fastresp, as gunicorn": fastresp_as_gunicorn,
    "fastresp": fastresp,
    'b"".join': join,
    "aiohttp": aiohttp,
}


def create(row: str, implementation: str) -> Subject:
    render = WAYS[implementation](HEADERS[row])

    def run(prepared: None) -> None:
        for _ in range(LOOPS):
            render()

    def answer() -> Answer:
        start, _, rest = render().partition(b"\r\nDate: ")
        return Answer("", [], [start, rest[rest.index(b"\r\n") :]])

    return Subject(answer, run, responses=LOOPS)
