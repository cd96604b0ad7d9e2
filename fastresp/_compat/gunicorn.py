"""A look, when a worker class is used, whether the installed gunicorn writes what
the response writer was made after.

A later gunicorn may change its responses; then its answers have to be right
rather than fast.
"""

from __future__ import annotations

import os
import typing as t

from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser

Headers = list[tuple[str, str]]
#: The request line, the status, the headers, and the body.
_Probe = tuple[str, str, Headers, list[bytes]]
_Create = t.Callable[..., tuple[wsgi.Response, t.MutableMapping[str, t.Any]]]

_PLAIN = [("Content-Type", "text/plain"), ("X-A", " a\t"), ("x-a", "\xe9")]
_LONG = bytes(100_000)

_PROBES: tuple[_Probe, ...] = (
    ("GET / HTTP/1.1", "200 OK", [*_PLAIN, ("Content-Length", "5")], [b"ab", b"cdef"]),
    ("GET / HTTP/1.1", "404 Not Found", _PLAIN, [b"ab", b"", b"cd"]),
    ("GET / HTTP/1.0", "200 OK", _PLAIN, [b"", b"ab"]),
    ("GET / HTTP/1.1", "200 OK", [("Content-Length", "100000")], [_LONG]),
    ("GET / HTTP/1.1", "200 OK", [], [_LONG]),
    ("GET / HTTP/1.1", "200 OK", [], []),
    ("HEAD / HTTP/1.1", "200 OK", [("content-length", "5")], [b"", b""]),
    ("GET / HTTP/1.1", "204 No Content", [("X-A", "")], []),
    ("GET / HTTP/1.1", "304 Not Modified", [("ETag", '"a"')], []),
    (
        "GET / HTTP/1.1",
        "101 Switching Protocols",
        [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Server", "none")],
        [],
    ),
)


class _Socket:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent = bytearray()

    def sendall(self, data: bytes) -> None:
        self.sent += data


def _without_date(sent: bytes) -> bytes:
    before, date, rest = sent.partition(b"\r\nDate: ")
    return before + date + rest[rest.find(b"\r\n") :]


def _converse(
    create: _Create, cfg: Config, probe: _Probe, sock: t.Any
) -> wsgi.Response:
    """Does with an app what a worker does."""
    request_line, status, headers, body = probe

    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response(status, headers)
        return body

    client = ("127.0.0.1", 1)
    # gunicorn refuses a path that does not start with this.
    script_name = os.environ.get("SCRIPT_NAME", "")
    request_line = request_line.replace(" /", f" {script_name}/", 1)
    # Not closed by the server on its own account.
    request = f"{request_line}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
    parser = RequestParser(cfg, iter([request.encode()]), client)
    response, environ = create(next(parser), sock, client, client, cfg)
    for data in app(environ, response.start_response):
        response.write(data)
    response.close()
    return response


def _answer(create: _Create, cfg: Config, probe: _Probe) -> tuple[t.Any, ...]:
    sock = _Socket()
    response = _converse(create, cfg, probe, sock)
    return (
        _without_date(bytes(sock.sent)),
        {
            name: value
            for name, value in vars(response).items()
            if name not in ("cfg", "req", "sock")
        },
        response.should_close(),
    )


def agrees_with_gunicorn(with_writer: t.Callable[[_Create], _Create]) -> bool:
    """Return whether apps are answered alike with and without the writer.

    :param with_writer: makes of gunicorn's ``wsgi.create`` one whose responses use
        the writer.
    """
    try:
        cfg = Config()
        if "http_parser" in cfg.settings:
            # A process imports the other one for a request, if it may.
            cfg.set("http_parser", "python")
        create = wsgi.create
        with_responses = with_writer(create)
        return all(
            _answer(with_responses, cfg, probe) == _answer(create, cfg, probe)
            for probe in _PROBES
        )
    except Exception:
        return False
