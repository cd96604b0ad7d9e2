"""Heads written in plain Python, rule by rule, and three parsers that read them."""

from __future__ import annotations

import http.client
import io
import re
import types
import typing as t

import h11
import httptools

# RFC 9110 section 5.6.2
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110 section 5.5, RFC 9112 section 4
TEXT = re.compile(r"[\t \x21-\x7e\x80-\xff]*")
STATUS = re.compile(r"([1-5][0-9][0-9])(?: (.*))?", re.DOTALL)
LENGTH = re.compile(r"[0-9]{1,18}")
WHITE = " \t"

Fields = list[tuple[str, str]]


def render_head(status: str, fields: Fields, version: str = "1.1") -> bytes:
    """The head, or ``ValueError``."""
    matched = STATUS.fullmatch(status)
    if matched is None:
        raise ValueError("status")
    code, reason = matched[1], matched[2] or ""
    if not TEXT.fullmatch(reason):
        raise ValueError("reason")
    if code.startswith("1") and version == "1.0":
        raise ValueError("interim response in HTTP/1.0")
    lines = [f"HTTP/{version} {code} {reason.strip(WHITE)}"]
    lengths = []
    codings = 0
    for name, value in fields:
        if not TOKEN.fullmatch(name) or not TEXT.fullmatch(value):
            raise ValueError(name)
        value = value.strip(WHITE)
        if name.lower() == "content-length":
            if not LENGTH.fullmatch(value):
                raise ValueError(name)
            lengths.append(value)
            if len(lengths) > 1:
                continue
        if name.lower() == "transfer-encoding":
            if value.lower() != "chunked" or version == "1.0":
                raise ValueError(name)
            codings += 1
        lines.append(f"{name}: {value}")
    if len(set(lengths)) > 1 or codings > 1 or (lengths and codings):
        raise ValueError("framing")
    if (lengths or codings) and (code.startswith("1") or code == "204"):
        raise ValueError("no body")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


# --- parsers -----------------------------------------------------------------


class Read(t.NamedTuple):
    """What a parser makes of a response."""

    version: str
    code: int
    reason: str
    #: Names in lower case.
    fields: Fields
    body: bytes | None


#: Of a head and a body; without the latter only the head is looked at.
Parser = t.Callable[[bytes, bytes | None], Read]


def text(raw: bytes) -> str:
    return raw.decode("latin-1")


def fields_of(pairs: t.Iterable[tuple[bytes, bytes]]) -> Fields:
    return [(text(name).lower(), text(value)) for name, value in pairs]


def read_with_h11(head: bytes, body: bytes | None) -> Read:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 24)
    upgrade = [("Host", "h"), ("Upgrade", "u"), ("Connection", "upgrade")]
    request = h11.Request(method="GET", target="/", headers=upgrade)
    connection.send(request)
    connection.send(h11.EndOfMessage())
    connection.receive_data(head + (body or b""))
    event = connection.next_event()
    assert isinstance(event, h11.Response | h11.InformationalResponse)
    chunks = None
    if body is not None:
        chunks = b""
        connection.receive_data(b"")
        while not isinstance(data := connection.next_event(), h11.EndOfMessage):
            assert isinstance(data, h11.Data)
            chunks += data.data
    return Read(
        text(event.http_version),
        event.status_code,
        text(event.reason),
        fields_of(event.headers),
        chunks,
    )


def read_with_httptools(head: bytes, body: bytes | None) -> Read:
    reason: list[bytes] = []
    pairs: list[tuple[bytes, bytes]] = []
    chunks: list[bytes] = []
    complete: list[bool] = []
    callbacks = types.SimpleNamespace(
        on_status=reason.append,
        on_header=lambda *pair: pairs.append(pair),
        on_headers_complete=lambda: complete.append(True),
        on_body=chunks.append,
    )
    parser = httptools.HttpResponseParser(callbacks)
    try:
        parser.feed_data(head)
        code = parser.get_status_code()
        version = parser.get_http_version()
        if body:
            parser.feed_data(body)
    except (httptools.HttpParserUpgrade, httptools.HttpParserError):
        # It stops at a 101, with one or the other.
        code, version = parser.get_status_code(), parser.get_http_version()
        if code != 101:
            raise
    assert complete
    return Read(
        version,
        code,
        text(b"".join(reason)),
        fields_of(pairs),
        None if body is None else b"".join(chunks),
    )


def read_with_http_client(head: bytes, body: bytes | None) -> Read:
    data = head + (body or b"")
    sock: t.Any = types.SimpleNamespace(makefile=lambda mode: io.BytesIO(data))
    # begin() passes over interim responses.
    response: t.Any = http.client.HTTPResponse(sock)
    version, code, reason = response._read_status()
    headers = http.client.parse_headers(response.fp)
    received = None
    if body is not None:
        response = http.client.HTTPResponse(sock)
        response.begin()
        received = response.read()
    return Read(
        version.removeprefix("HTTP/"),
        code,
        reason.rstrip("\r\n"),
        [(name.lower(), value) for name, value in headers.raw_items()],
        received,
    )


PARSERS: dict[str, Parser] = {
    "h11": read_with_h11,
    "httptools": read_with_httptools,
    "http.client": read_with_http_client,
}
