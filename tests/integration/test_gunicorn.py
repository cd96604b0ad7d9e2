"""fastresp's workers and gunicorn's own send the same bytes, at the same time, and
log the same."""

from __future__ import annotations

import contextlib
import email.utils
import importlib.util
import itertools
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import types
import typing as t
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import flask
import gunicorn_app
import h11
import pytest
from entrances import create_app
from hypothesis import example
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from injection_corpora import line_breaks
from injection_corpora import SECRET
from test_hostile import HostileStage
from test_hostile import Kind
from test_hostile import KINDS as KINDS_OF_OBJECTS
from test_showcase import ROUTES
from test_showcase import showcase_demo
from werkzeug.http import parse_date

import fastresp

if sys.platform == "win32":
    pytest.skip("gunicorn does not run on Windows", allow_module_level=True)
if not fastresp.ACCELERATED:
    pytest.skip("the writer needs render_head", allow_module_level=True)

import gunicorn
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidHeader
from gunicorn.http.parser import RequestParser

import fastresp.gunicorn
from fastresp._compiled.gunicorn import add_socket_class
from fastresp._compiled.gunicorn import ResponseWriter
from fastresp._compiled.gunicorn import with_writer

SUPPORT = Path(__file__).parents[1] / "support"
SECONDS = 30.0

SYNC = ("sync", "fastresp.gunicorn.SyncWorker")
THREADS = ("gthread", "fastresp.gunicorn.ThreadWorker")
GEVENT = ("gevent", "fastresp.gunicorn.GeventWorker")
KINDS = [
    pytest.param(SYNC, id="sync"),
    pytest.param(THREADS, id="gthread"),
    pytest.param(
        GEVENT,
        id="gevent",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("gevent") is None, reason="no gevent"
        ),
    ),
]
LOG_FORMAT = "%(m)s %(U)s %(H)s %(s)s %(b)s %(B)s %({content-type}o)s %({x-a}o)s"


def without_dates(sent: bytes) -> bytes:
    return re.sub(rb"(?<=\r\nDate: )[^\r\n]*", b"", sent)


# --- a response and a socket -----------------------------------------------


class FakeSocket:
    """Keeps what it takes, and how often it was asked to."""

    def __init__(self, limit: int = sys.maxsize) -> None:
        self.limit = limit
        self.sent = bytearray()
        self.calls: list[str] = []

    def send(self, data: bytes) -> int:
        self.calls.append("send")
        self.sent.extend(data)
        return len(data)

    def sendall(self, data: bytes) -> None:
        self.calls.append("sendall")
        self.sent.extend(data)

    def sendmsg(self, parts: list[bytes]) -> int:
        self.calls.append("sendmsg")
        data = b"".join(parts)[: self.limit]
        self.sent.extend(data)
        return len(data)

    def sendfile(self, file: t.Any, offset: int = 0, count: int | None = None) -> int:
        self.calls.append("sendfile")
        assert count is not None
        data = os.pread(file.fileno(), count, offset)
        self.sent.extend(data)
        return len(data)


add_socket_class(FakeSocket)


class Log:
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str, *args: t.Any) -> None:
        self.warnings.append(text % args)


def config(**changes: t.Any) -> Config:
    cfg = Config()
    for name, value in changes.items():
        cfg.set(name, value)
    return cfg


class Steps(t.NamedTuple):
    #: After each step all that was sent until then, or the exception.
    seen: list[t.Any]
    #: What the worker looks at afterwards.
    state: dict[str, t.Any]


def steps(
    app: t.Any,
    fast: bool,
    request: bytes = b"GET / HTTP/1.1\r\n\r\n",
    cfg: t.Any = None,
    sock: FakeSocket | None = None,
    force_close: bool = False,
) -> Steps:
    """Does with an app what a worker does."""
    cfg = cfg or config()
    sock = sock or FakeSocket()
    client = ("127.0.0.1", 1)
    req = next(RequestParser(cfg, iter([request]), client))
    response, environ = wsgi.create(req, sock, client, client, cfg)
    if force_close:
        response.force_close()
    if fast:
        app = with_writer(app, None)

    seen: list[t.Any] = []

    def look() -> None:
        seen.append(without_dates(bytes(sock.sent)))

    body: t.Any = None
    try:
        body = app(environ, response.start_response)
        look()
        if isinstance(body, environ["wsgi.file_wrapper"]):
            response.write_file(body)
        else:
            for item in body:
                look()
                response.write(item)
                look()
        response.close()
    except Exception as error:
        seen.append((type(error), str(error)))
    finally:
        if hasattr(body, "close"):
            body.close()
    look()
    assert isinstance(response, ResponseWriter) is fast
    with contextlib.suppress(AttributeError):
        seen.append(response.should_close())
    names = ("status", "headers", "sent", "response_length", "headers_sent")
    return Steps(seen, {name: getattr(response, name) for name in names})


REQUESTS = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"HEAD / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
]


@pytest.mark.parametrize("request_", REQUESTS, ids=[str(r[:24]) for r in REQUESTS])
@pytest.mark.parametrize("app", gunicorn_app.SAME, ids=lambda app: app.__name__)
def test_same_steps(app: t.Any, request_: bytes) -> None:
    if app is gunicorn_app.upgrade and b"HTTP/1.0" in request_:
        pytest.skip("HTTP/1.0 has no status 1xx")
    assert steps(app, True, request_) == steps(app, False, request_)


def untold(found: Steps) -> Steps:
    """Without the text of an error that shows a value before 27."""
    seen = [
        InvalidHeader if isinstance(each, tuple) and each[0] is InvalidHeader else each
        for each in found.seen
    ]
    return found._replace(seen=seen)


tokens = st.sampled_from(
    ["X-A", "x-a", "Content-Type", "content-length", "Set-Cookie", "Server", "Date"]
    + [
        "Connection",
        "Upgrade",
        "Keep-Alive",
        "Trailers",
        "Transfer-Encoding",
        "Bad Name",
    ]
)
values = st.one_of(
    st.integers(0, 30).map(str),
    st.sampled_from(
        ["", " a\t", "\xe9", "Upgrade", "websocket", "close", "\n", "\u0141"]
    ),
)
sizes = st.one_of(st.integers(0, 20), st.integers(16_300, 16_500), st.just(100_000))


@hypothesis_settings(max_examples=400, deadline=None)
@given(
    request=st.sampled_from(REQUESTS),
    status=st.sampled_from(
        ["200 OK", "204 No Content", "304 Not Modified", "500 \xe9", "101 Go", "404 "]
    ),
    headers=st.lists(st.tuples(tokens, values), max_size=5),
    writes=st.lists(sizes, max_size=2),
    chunks=st.lists(sizes, max_size=4),
    fails=st.one_of(st.none(), st.integers(0, 5)),
    restarts=st.booleans(),
    force_close=st.booleans(),
    uwsgi=st.booleans(),
    limit=st.integers(0, 100_500),
)
# More than Content-Length says.
@example(
    request=REQUESTS[0],
    status="200 OK",
    headers=[("content-length", "3")],
    writes=[],
    chunks=[10],
    fails=None,
    restarts=False,
    force_close=False,
    uwsgi=False,
    limit=100_500,
)
def test_same_steps_for_any_program(
    request: bytes,
    status: str,
    headers: list[tuple[str, str]],
    writes: list[int],
    chunks: list[int],
    fails: int | None,
    restarts: bool,
    force_close: bool,
    uwsgi: bool,
    limit: int,
) -> None:
    lengths = [v for name, v in headers if name == "content-length"]
    # What render_head refuses, and a length that it writes once, is in other tests.
    if status == "101 Go" and b"HTTP/1.0" in request:
        status = "200 OK"
    if len(lengths) > 1 or (lengths and not lengths[0].strip(" \t").isdigit()):
        headers = [field for field in headers if field[0] != "content-length"]

    def app(environ: t.Any, start_response: t.Any) -> Iterator[bytes]:
        send = start_response(status, headers)
        for size in writes:
            send(bytes(size))
        if restarts:
            try:
                raise ValueError("restarts")
            except ValueError:
                start_response("500 Oops", [("X-B", "b")], sys.exc_info())
        for number, size in enumerate(chunks):
            if number == fails:
                raise ValueError("fails")
            yield bytes(size)
        if fails is not None and fails >= len(chunks):
            raise ValueError("fails at the end")

    cfg = config()
    if uwsgi and "protocol" in cfg.settings:
        cfg.set("protocol", "uwsgi")
    fast, stock = (
        steps(app, each, request, cfg, FakeSocket(limit), force_close)
        for each in (True, False)
    )
    assert untold(fast) == untold(stock)


#: What an app answers with: a status, headers, a body.
HOSTILE_ANSWERS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "status": lambda value: (value, [], [b"x"]),
    "headers": lambda value: ("200 OK", value, [b"x"]),
    "field": lambda value: ("200 OK", [("A", "a"), value], [b"x"]),
    "name": lambda value: ("200 OK", [(value, "a")], [b"x"]),
    "value": lambda value: ("200 OK", [("A", value), ("B", "b")], [b"x"]),
    "length": lambda value: ("200 OK", [("Content-Length", value)], [b"x"]),
    "connection": lambda value: ("200 OK", [("Connection", value)], [b"x"]),
    "chunk": lambda value: ("200 OK", [], [b"a", value, b"b"]),
    "one chunk": lambda value: ("200 OK", [("Content-Length", "5")], [value]),
    "body": lambda value: ("200 OK", [], value),
}


def is_refused(done: Steps) -> bool:
    """Whether there was an exception before anything was sent."""
    return b"".join(seen for seen in done.seen if type(seen) is bytes) == b"" and any(
        type(seen) is tuple for seen in done.seen
    )


@pytest.mark.parametrize("answer", HOSTILE_ANSWERS)
def test_hostile_objects(answer: str) -> None:
    """All or nothing is sent. Where gunicorn takes the object, it is the same."""
    stock_app = create_app(flask.Response)
    for kind in KINDS_OF_OBJECTS[::9]:
        results: list[t.Any] = []
        for fast in (True, False):
            stage = HostileStage(flask.Response, stock_app)

            def app(
                environ: t.Any,
                start_response: t.Any,
                kind: Kind = kind,
                stage: HostileStage = stage,
            ) -> t.Any:
                value = kind.make(stage)
                status, headers, body = HOSTILE_ANSWERS[answer](value)
                if type(headers) is list:
                    stage.within_reach(headers)
                start_response(status, headers)
                return body

            try:
                results.append(steps(app, fast))
            except (Exception, KeyboardInterrupt) as error:
                results.append(error)
            assert not isinstance(results[-1], SystemError)
        if all(isinstance(result, Steps) for result in results):
            fast_steps, stock_steps = results
            for seen in fast_steps.seen:
                if type(seen) is bytes and seen:
                    assert b"\r\n\r\n" in seen, str(kind)
            # A list is copied first, so asked for its length; how often a name is
            # asked for its lower case differs.
            if (
                kind.harm == "lies"
                and kind.method != "__class__"
                and not is_refused(fast_steps)
            ):
                assert repr(fast_steps) == repr(stock_steps), str(kind)


class Named(str):
    def __str__(self) -> str:
        return f"named-{self.upper()}"


def test_strings_with_a_text_of_their_own() -> None:
    """They are written as gunicorn writes them."""

    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("200 OK", [(Named("a"), "1"), ("B", Named("b"))])
        return [b"x"]

    fast, stock = steps(app, True), steps(app, False)
    assert fast == stock
    assert b"\r\nnamed-A: 1\r\nB: b\r\n" in fast.seen[-2]


class LyingText(str):
    """Says that it is short, and another text."""

    def __len__(self) -> int:
        return 14

    def lower(self) -> str:
        return "content-length"

    def strip(self, chars: str | None = None) -> str:
        return "3"


class LyingNumber(int):
    """Says that it is more and less than any other."""

    def __lt__(self, other: object) -> bool:
        return True

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __index__(self) -> int:
        return 1 << 40

    __int__ = __index__


class LyingMethod(str):
    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize(
    "headers",
    [
        [(LyingText("X-A"), "5"), ("X-B", "b")],
        [("X-A", LyingText("\t5")), ("Content-Length", "5")],
        [("Content-Length", LyingText("5"))],
        [(LyingText("Connection"), "5")],
        [("Connection", LyingText("close")), ("X-A", "a")],
        [iter(("X-A", "a")), ("Connection", "close"), iter(("Content-Length", "5"))],
        [["X-A", "a"], "bc", {"d": 1, "e": 2}],
        [("X-A", "a"), ("X-B", "b", "c")],
        [("X-A", "a"), 5],
    ],
)
def test_headers_that_lie(headers: list[t.Any]) -> None:
    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        # Iterators are made anew.
        fields = [
            iter(("X-A", "a")) if type(each) is type(iter(())) else each
            for each in headers
        ]
        start_response("200 OK", fields)
        return [b"abcde", b"fgh"]

    assert steps(app, True) == steps(app, False)


@pytest.mark.parametrize("size", [0, 3, 5])
@pytest.mark.parametrize(
    "change",
    [
        {"response_length": LyingNumber(3)},
        {"response_length": 3.0},
        {"response_length": -1},
        {"response_length": 1 << 70},
        {"sent": LyingNumber(2)},
        {"sent": -1},
        {"sent": 1 << 70},
        {"chunked": 0},
        {"chunked": "yes"},
        {"status_code": LyingNumber(200)},
        {"status_code": 1 << 70},
        {"headers": (("Content-Length", "5"),)},
        {"headers": iter([("Content-Length", "5")])},
        {"version": Named("x")},
        {"method": LyingMethod("GET")},
        {"method": 5},
    ],
    ids=str,
)
def test_state_that_lies(change: dict[str, t.Any], size: int) -> None:
    """An app may reach gunicorn's response by the method that it is given."""

    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        response = start_response.__self__
        start_response("200 OK", [("Content-Length", "5")])
        for name, value in change.items():
            if hasattr(value, "__next__"):
                value = iter([("Content-Length", "5")])
            setattr(response.req if name == "method" else response, name, value)
        return [b"abcdefgh"[:size], b"ij"]

    fast, stock = steps(app, True), steps(app, False)
    for each in (fast, stock):
        each.state["headers"] = list(each.state["headers"])
    # The framing is checked, where gunicorn sends both.
    if change != {"chunked": "yes"}:
        assert repr(fast) == repr(stock)


class LyingBytes(bytes):
    """Says that it is long."""

    def __len__(self) -> int:
        return 1 << 20


@pytest.mark.parametrize("length", [None, "3", "20"])
def test_chunks_that_lie(length: str | None) -> None:
    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", length)] if length else [])
        return [LyingBytes(b"abcde"), LyingBytes(b"fg")]

    assert steps(app, True) == steps(app, False)


def test_version_that_lies() -> None:
    """A minor version is one digit."""

    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response.__self__.req.version = (1, 300)
        start_response("200 OK", [])
        return [b"a"]

    assert steps(app, True).seen[-3] == (
        ValueError,
        'the version is not "1.0" or "1.1"',
    )


@pytest.mark.parametrize(
    "status", ["101 Switching Protocols", "204 No Content", "199 Go"]
)
@pytest.mark.parametrize("headers", [[], [("X-A", "1"), ("content-Length", "2")]])
def test_bodiless_status_with_framing(
    status: str, headers: list[tuple[str, str]]
) -> None:
    """As gunicorn sends it before 26.1; from then on, an app has to insist on it."""

    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response(status, [])
        response = start_response.__self__
        response.headers[:] = headers
        response.chunked = not headers
        return []

    fast = steps(app, True)
    assert fast == steps(app, False)
    sent = max(each for each in fast.seen if isinstance(each, bytes))
    framing = b"content-Length: 2" if headers else b"Transfer-Encoding: chunked"
    assert b"\r\n" + framing + b"\r\n" in sent


def test_body_that_is_left_out() -> None:
    """What gunicorn 27 notes of a response counts."""

    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        start_response.__self__._omits_body = True
        return [b"never"]

    assert steps(app, True) == steps(app, False)


@pytest.mark.parametrize("app", gunicorn_app.REFUSED, ids=lambda app: app.__name__)
def test_refused_before_anything_is_sent(app: t.Any) -> None:
    sock = FakeSocket()
    seen, state = steps(app, True, sock=sock)
    (error,) = [each for each in seen if isinstance(each, tuple)]
    assert error[0] in (AssertionError, TypeError, ValueError)
    assert "secret" not in error[1]
    assert not sock.calls
    assert not state["headers_sent"]


@pytest.mark.parametrize("app", gunicorn_app.UNTOLD, ids=lambda app: app.__name__)
def test_refusals_do_not_show_values(app: t.Any) -> None:
    fast, stock = steps(app, True), steps(app, False)
    (error,) = [each for each in fast.seen if isinstance(each, tuple)]
    assert "secret" not in error[1]
    assert any(name in error[1] for name in ("'X-A'", "'Upgrade'", "'Content-Length'"))
    # The text apart.
    for found in (fast, stock):
        found.seen[:] = [e[0] if isinstance(e, tuple) else e for e in found.seen]
    assert fast == stock


@pytest.mark.parametrize("status", ["secret", "200 secret\x01", "200 secret\u0141"])
@pytest.mark.parametrize("kind", [str, str.encode])
def test_refusals_do_not_show_the_status(status: str, kind: t.Any) -> None:
    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response(kind(status), [])
        return [b"never"]

    sock = FakeSocket()
    seen, _ = steps(app, True, sock=sock)
    (error,) = [each for each in seen if isinstance(each, tuple)]
    assert error[0] in (TypeError, ValueError)
    assert "status" in error[1] or "reason" in error[1]
    assert "secret" not in error[1]
    assert not sock.calls


def test_same_length_twice() -> None:
    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "3")] * 2)
        return [b"one"]

    seen, state = steps(app, True)
    assert seen[-2].endswith(b"keep-alive\r\nContent-Length: 3\r\n\r\none")
    assert state["response_length"] == 3


def test_refused_and_caught() -> None:
    seen, state = steps(gunicorn_app.refused_and_caught, True)
    sent = max(each for each in seen if isinstance(each, bytes))
    assert sent.startswith(b"HTTP/1.1 500 Caught\r\n")
    assert b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n" in sent
    assert sent.endswith(b"\r\n\r\n6\r\ncaught\r\n0\r\n\r\n")
    assert state["headers"] == [gunicorn_app.PLAIN]
    assert state["response_length"] is None


@pytest.mark.parametrize(
    ("app", "calls"),
    [
        (gunicorn_app.hello, ["sendall"]),
        (gunicorn_app.nothing, ["sendall"]),
        (gunicorn_app.no_headers, ["sendall"] * 2),
        (gunicorn_app.chunked, ["sendall"] * 3),
        (gunicorn_app.empty_first, ["sendall"] * 3),
        (gunicorn_app.write, ["sendall"] * 3),
        (gunicorn_app.big, ["sendmsg"]),
        (gunicorn_app.big_cut, ["sendmsg"]),
        (gunicorn_app.not_modified, ["sendall"]),
        (gunicorn_app.file_with_length, ["sendall", "sendfile"]),
    ],
)
def test_head_and_first_chunk_leave_together(app: t.Any, calls: list[str]) -> None:
    sock = FakeSocket()
    steps(app, True, sock=sock)
    assert sock.calls == calls


@pytest.mark.parametrize("app", [gunicorn_app.big, gunicorn_app.big_chunked])
@pytest.mark.parametrize("limit", [0, 1, 50, 20_000, 10_240_000])
def test_partly_sent(app: t.Any, limit: int) -> None:
    assert steps(app, True, sock=FakeSocket(limit)) == steps(app, False)


def test_no_sendmsg_of_other_sockets() -> None:
    """Those of TLS have none that works."""

    class Encrypted(FakeSocket):
        def sendmsg(self, parts: list[bytes]) -> int:
            raise NotImplementedError

    sock = Encrypted()
    cfg = config(certfile="a", keyfile="b")
    steps(gunicorn_app.big, True, cfg=cfg, sock=sock)
    assert sock.calls == ["sendall", "sendall"]


def test_error_while_sending_is_not_answered() -> None:
    class Broken(FakeSocket):
        def sendall(self, data: bytes) -> None:
            super().sendall(data[:10])
            raise BrokenPipeError

    sock = Broken()
    seen, state = steps(gunicorn_app.hello, True, sock=sock)
    assert sock.calls == ["sendall"]
    assert (BrokenPipeError, "") in seen
    assert state["headers_sent"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (wsgi.Response, "start_response"),
        (wsgi.Response, "is_chunked"),
        (wsgi.Response, "should_close"),
        (wsgi.Response, "write"),
        (wsgi.Response, "_emit_body"),
        (wsgi.util, "write"),
    ],
)
def test_what_is_patched_is_called(
    monkeypatch: pytest.MonkeyPatch, owner: t.Any, name: str
) -> None:
    if not hasattr(owner, name):
        pytest.skip("not in this gunicorn")
    function = getattr(owner, name)
    calls: list[str] = []

    def patched(*args: t.Any) -> t.Any:
        calls.append(name)
        return function(*args)

    expected = steps(gunicorn_app.hello, True)
    monkeypatch.setattr(owner, name, patched)
    assert steps(gunicorn_app.hello, True) == expected
    assert calls


# --- what is replaced after the check ---------------------------------------

RESPONSE_METHODS = [
    name
    for name, value in vars(wsgi.Response).items()
    if isinstance(value, (types.FunctionType, staticmethod)) and name != "__init__"
]
#: What gunicorn looks up in modules for a response.
LOOKED_UP = [
    (owner, name)
    for owner, name in (
        (wsgi, "HEADER_VALUE_RE"),
        (wsgi, "STATUS_RE"),
        (wsgi, "TOKEN_RE"),
        (wsgi, "util"),
        (wsgi.util, "email"),
        (wsgi.util, "hop_headers"),
        (wsgi.util, "http_date"),
        (wsgi.util, "is_hoppish"),
        (wsgi.util, "time"),
        (wsgi.util, "to_bytestring"),
        (wsgi.util, "write"),
        (wsgi.util, "write_chunk"),
        (email.utils, "formatdate"),
        (time, "time"),
    )
    if hasattr(owner, name)
]


def large(environ: t.Any, start_response: t.Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "20000"), ("Connection", "close")])
    return [bytes(20_000)]


ANSWERS = (
    gunicorn_app.hello,
    gunicorn_app.chunked,
    gunicorn_app.nothing,
    large,
    gunicorn_app.not_modified,
)
Patch = t.Callable[[t.Any], None]


class Watched:
    """Stands for a module, a set or a pattern, and notes what is asked of it."""

    def __init__(self, value: t.Any, calls: list[str]) -> None:
        self.value = value
        self.calls = calls

    def __getattr__(self, name: str) -> t.Any:
        self.calls.append(name)
        return getattr(self.value, name)

    def __contains__(self, item: object) -> bool:
        self.calls.append(f"{item}?")
        return item in self.value


def noting(value: t.Any, name: str, calls: list[str]) -> t.Any:
    """Something that does the same and notes that it was called."""
    if isinstance(value, staticmethod):
        return staticmethod(noting(value.__func__, name, calls))
    if not callable(value):
        return Watched(value, calls)

    def patched(*args: t.Any, **kwargs: t.Any) -> t.Any:
        calls.append(name)
        return value(*args, **kwargs)

    return patched


def patched_steps(app: t.Any, fast: bool, patch: Patch, when: str) -> t.Any:
    """Patches before the response, in the app, or in it after ``start_response``."""

    def patching(environ: t.Any, start_response: t.Any) -> t.Any:
        # Its own, also where another one was put on it.
        response = environ["wsgi.early_hints"].response
        if when == "in the app":
            patch(response)
        body = app(environ, start_response)
        if when == "after start_response":
            patch(response)
        return body

    def with_response(environ: t.Any, start_response: t.Any) -> t.Any:
        hints = types.SimpleNamespace(response=start_response.__self__)
        return patching({**environ, "wsgi.early_hints": hints}, start_response)

    if when == "before":
        patch(None)
    return steps(with_response, fast)


def compare_patched(
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    make_patch: t.Callable[[pytest.MonkeyPatch, list[str]], Patch],
) -> None:
    """The same bytes as gunicorn's, by as many calls of what was put in the place of
    something."""
    called = False
    for app in ANSWERS:
        results = []
        for fast in (True, False):
            calls: list[str] = []
            with monkeypatch.context() as context:
                done = patched_steps(app, fast, make_patch(context, calls), when)
            results.append((done, calls))
            called = called or bool(calls)
        assert results[0] == results[1], app.__name__
    assert called or when != "before"
    # As before, when it is over.
    sock = FakeSocket()
    steps(large, True, sock=sock)
    assert sock.calls == ["sendmsg"]


WHEN = pytest.mark.parametrize("when", ["before", "in the app", "after start_response"])
#: Called for none of the answers, or not with every one.
SELDOM = {"force_close", "write_file", "sendfile", "can_sendfile"}


@WHEN
@pytest.mark.parametrize("kind", ["function", "mock"])
@pytest.mark.parametrize("name", RESPONSE_METHODS)
def test_patched_class(
    monkeypatch: pytest.MonkeyPatch, name: str, kind: str, when: str
) -> None:
    def make_patch(context: pytest.MonkeyPatch, calls: list[str]) -> Patch:
        stock = vars(wsgi.Response)[name]

        def patch(response: t.Any) -> None:
            value = noting(stock, name, calls)
            if kind == "mock":
                # Not bound.
                value = Mock(side_effect=lambda *args: calls.append(name))
            context.setattr(wsgi.Response, name, value)

        return patch

    if name in SELDOM or (name, kind) == ("start_response", "mock"):
        pytest.skip("not called, or no method")
    compare_patched(monkeypatch, when, make_patch)


@WHEN
@pytest.mark.parametrize(
    ("owner", "name"), LOOKED_UP, ids=[f"{o.__name__}.{n}" for o, n in LOOKED_UP]
)
def test_patched_module(
    monkeypatch: pytest.MonkeyPatch, owner: t.Any, name: str, when: str
) -> None:
    def make_patch(context: pytest.MonkeyPatch, calls: list[str]) -> Patch:
        stock = getattr(owner, name)
        return lambda response: context.setattr(owner, name, noting(stock, name, calls))

    if (name, when) == ("time", "before") and owner is time:
        pytest.skip("asked for by others")
    compare_patched(monkeypatch, when, make_patch)


@pytest.mark.parametrize("how", ["instance", "subclass"])
@pytest.mark.parametrize("when", ["in the app", "after start_response"])
@pytest.mark.parametrize("name", RESPONSE_METHODS)
def test_patched_response(
    monkeypatch: pytest.MonkeyPatch, name: str, how: str, when: str
) -> None:
    def make_patch(context: pytest.MonkeyPatch, calls: list[str]) -> Patch:
        def patch(response: t.Any) -> None:
            if how == "instance":
                setattr(response, name, noting(getattr(response, name), name, calls))
                return
            cls = type(response)

            def method(self: t.Any, *args: t.Any) -> t.Any:
                calls.append(name)
                return getattr(super(sub, self), name)(*args)

            sub = type("Sub", (cls,), {name: method})
            response.__class__ = sub

        return patch

    compare_patched(monkeypatch, when, make_patch)


@pytest.mark.parametrize("name", ["server", "x-a"])
def test_changed_hop_headers(name: str) -> None:
    """A known trick: without ``server`` in them, an app may have a field of its own."""

    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("200 OK", [(name, "mine"), ("Content-Length", "1")])
        return [b"a"]

    def toggle() -> None:
        names = wsgi.util.hop_headers
        names.symmetric_difference_update({name})

    usual = steps(app, False)
    toggle()
    try:
        fast, stock = steps(app, True), steps(app, False)
    finally:
        toggle()
    assert fast == stock != usual
    assert steps(app, True) == usual


def test_patched_class_gets_new_names(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def __getattribute__(self: t.Any, name: str) -> t.Any:
        calls.append(name)
        return object.__getattribute__(self, name)

    with monkeypatch.context() as patch:
        patch.setattr(wsgi.Response, "__getattribute__", __getattribute__)
        results = []
        for fast in (True, False):
            calls.clear()
            done = steps(gunicorn_app.hello, fast)
            results.append((done, calls.count("version"), calls.count("sent")))
    assert results[0] == results[1]


@pytest.mark.parametrize("place", ["class", "instance", "wrapper"])
def test_patched_socket(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """``sendmsg`` does not go past another ``sendall``."""
    sent = bytearray()

    class Wrapper:
        def __init__(self, sock: FakeSocket) -> None:
            self.sock = sock

        def __getattr__(self, name: str) -> t.Any:
            return getattr(self.sock, name)

        def sendall(self, data: bytes) -> None:
            sent.extend(data)
            self.sock.sendall(data)

    sock: t.Any = FakeSocket()
    if place == "wrapper":
        sock = Wrapper(sock)
    else:
        owner = FakeSocket if place == "class" else sock
        stock = FakeSocket.sendall
        arguments = (sock,) if place == "instance" else ()

        def sendall(*args: t.Any) -> None:
            sent.extend(args[-1])
            stock(*arguments, *args)

        monkeypatch.setattr(owner, "sendall", sendall, raising=False)
    steps(gunicorn_app.big, True, sock=sock)
    assert bytes(sent) == bytes(sock.sent)


def test_sendmsg_of_real_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a socket that takes a part at a time."""
    for patched in (False, True):
        ours, theirs = socket.socketpair()
        with ours, theirs, monkeypatch.context() as patch:
            ours.settimeout(SECONDS)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
            received = bytearray()

            def read(theirs: t.Any = theirs, received: bytearray = received) -> None:
                while data := theirs.recv(1 << 16):
                    received.extend(data)

            reader = threading.Thread(target=read)
            reader.start()
            counted: list[int] = []
            if patched:

                def counting(
                    self: t.Any,
                    data: bytes,
                    counted: list[int] = counted,
                    sendall: t.Any = socket.socket.sendall,
                ) -> None:
                    counted.append(len(data))
                    sendall(self, data)

                patch.setattr(socket.socket, "sendall", counting, raising=False)
            cfg = config()
            req = next(RequestParser(cfg, iter([REQUESTS[0]]), ("127.0.0.1", 1)))
            response, environ = wsgi.create(req, ours, "a", "b", cfg)
            app = with_writer(gunicorn_app.big, None)
            for data in app(environ, response.start_response):
                response.write(data)
            ours.shutdown(socket.SHUT_WR)
            reader.join(SECONDS)
            assert received.endswith(b"\r\n\r\n" + gunicorn_app.BIG)
            assert not patched or sum(counted) == len(received)


def test_other_responses_are_left_alone() -> None:
    class OtherResponse(wsgi.Response):
        pass

    given: list[t.Any] = []

    def inner(environ: t.Any, start_response: t.Any) -> list[bytes]:
        given.append(start_response)
        return []

    log = Log()
    app = with_writer(inner, log)
    other = OtherResponse(None, None, None)
    app({}, other.start_response)
    assert type(other) is OtherResponse
    assert given.pop() == other.start_response
    assert log.warnings == []

    start_response: t.Any = print
    for _ in range(2):
        app({}, start_response)
        assert given.pop() is start_response
    assert len(log.warnings) == 1


# --- gunicorn, and what comes out of its sockets -----------------------------


class Server(t.NamedTuple):
    address: tuple[str, int]
    access_log: Path
    error_log: Path

    def messages(self) -> list[str]:
        """What the error log says, without the processes' numbers."""
        lines = self.error_log.read_text().splitlines()
        said = [re.sub(r"^\[[^]]*\] \[\d+\] ", "", each) for each in lines]
        return [each for each in said if each.startswith("[")]


@contextlib.contextmanager
def serve(
    worker: str,
    directory: Path,
    send_buffer: int | None = None,
    hooks: str = "",
    **settings: t.Any,
) -> Iterator[Server]:
    """Starts gunicorn with one worker for ``gunicorn_app``, and ends it."""
    server_log = directory / "output"
    access_log, error_log = directory / "access", directory / "error"
    settings |= {
        "worker_class": worker,
        "keepalive": 30,
        "graceful_timeout": 2,
        "accesslog": str(access_log),
        "access_log_format": LOG_FORMAT,
        "errorlog": str(error_log),
        "loglevel": "info",
        # Newer versions open a control socket, older ones don't know this name.
        "control_socket_disable": True,
    }
    config_file = directory / "gunicorn.conf.py"
    config_file.write_text(
        "".join(f"{name} = {value!r}\n" for name, value in settings.items()) + hooks
    )
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("GUNICORN_CMD_ARGS", "SCRIPT_NAME", "SENDFILE", "WEB_CONCURRENCY"):
        environ.pop(name, None)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        server_log.open("wb") as output,
    ):
        if send_buffer is not None:
            # Accepted connections have it from the listener.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        command = [sys.executable, "-m", "gunicorn", "--config", str(config_file)]
        command += ["--bind", f"fd://{listener.fileno()}", "gunicorn_app:app"]
        process = subprocess.Popen(
            command,
            cwd=SUPPORT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
        )
        try:
            address = listener.getsockname()
            # From now on nobody listens when gunicorn doesn't.
            listener.close()
            yield Server(address, access_log, error_log)
        finally:
            process.terminate()
            try:
                process.wait(SECONDS)
            finally:
                process.kill()
                process.wait(SECONDS)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[str, str]:
    return t.cast(tuple[str, str], request.param)


@contextlib.contextmanager
def serve_both(
    kind: tuple[str, str],
    make_directory: pytest.TempPathFactory,
    **settings: t.Any,
) -> Iterator[tuple[Server, Server]]:
    directories = [make_directory.mktemp("gunicorn") for _ in kind]
    with (
        serve(kind[0], directories[0], **settings) as stock,
        serve(kind[1], directories[1], **settings) as fast,
    ):
        yield stock, fast


@pytest.fixture(scope="module")
def servers(
    kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    with serve_both(kind, tmp_path_factory) as both:
        yield both


@pytest.fixture(scope="module")
def slow_servers(
    kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """With small buffers, so that what is sent is sent in parts."""
    with serve_both(kind, tmp_path_factory, send_buffer=2048) as both:
        yield both


def connect(server: Server, receive_buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(SECONDS)
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(server.address)
    return connection


def receive(connection: socket.socket, ending: bytes = b"") -> bytes:
    """All there is, or until it ends in a way."""
    received = bytearray()
    while not ending or not received.endswith(ending):
        data = connection.recv(1 << 20)
        if not data:
            break
        received += data
    return without_dates(bytes(received))


def ask(server: Server, request: bytes) -> bytes:
    with connect(server) as connection:
        connection.sendall(request)
        return receive(connection)


def converse(server: Server, requests: bytes) -> bytes:
    """Reads the answers while the requests are still being sent."""

    def send() -> None:
        # If it breaks off, there are answers missing.
        with contextlib.suppress(OSError):
            connection.sendall(requests)

    with connect(server) as connection:
        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        try:
            return receive(connection)
        finally:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            sender.join(SECONDS)
            assert not sender.is_alive()


def both(servers: tuple[Server, Server], request: bytes) -> bytes:
    """What both answer."""
    stock, fast = (ask(server, request) for server in servers)
    assert fast == stock
    return fast


def log_lines(server: Server, last: str) -> list[str]:
    """The access log's, up to one that is sure to come."""
    deadline = time.monotonic() + SECONDS
    while True:
        lines = server.access_log.read_text().splitlines()
        if lines and last in lines[-1]:
            return lines
        assert time.monotonic() < deadline, lines
        time.sleep(0.05)


def test_same_answers_and_logs(servers: tuple[Server, Server]) -> None:
    for app in gunicorn_app.SAME:
        path = app.__name__.encode()
        close = b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer = both(servers, b"GET /" + path + close)
        if app not in (gunicorn_app.short,):
            assert answer, path
        both(servers, b"HEAD /" + path + close)
        if app is not gunicorn_app.upgrade:
            both(servers, b"GET /" + path + b" HTTP/1.0\r\n\r\n")
    both(servers, b"GET /hello HTTP/1.0\r\nX-Last: 1\r\n\r\n")
    stock, fast = (log_lines(server, "GET /hello HTTP/1.0") for server in servers)
    assert fast == stock
    stock, fast = (server.messages()[5:] for server in servers)
    assert [each for each in fast if "Error" in each]
    assert fast == stock


@pytest.mark.parametrize("kind", KINDS[1:])
def test_showcase(kind: tuple[str, str]) -> None:
    """The demo does this with the sync workers, and has a test of its own."""
    compared = showcase_demo.compare_servers(
        showcase_demo.STOCK_TARGET, showcase_demo.FAST_TARGET, ROUTES, *kind
    )
    assert len(compared) == len(ROUTES)
    assert not [route for route, diffs in compared.items() if any(diffs)]


def test_refused(servers: tuple[Server, Server]) -> None:
    _, fast = servers
    ask(fast, b"GET /hello HTTP/1.0\r\n\r\n")
    logged = len(fast.error_log.read_text())
    for app in gunicorn_app.REFUSED:
        request = f"GET /{app.__name__} HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = ask(fast, request.encode())
        assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert b"never" not in answer
        assert b"X-A" not in answer
    for app in gunicorn_app.UNTOLD:
        request = f"GET /{app.__name__} HTTP/1.1\r\nHost: a\r\n\r\n"
        answers = [ask(server, request.encode()) for server in servers]
        assert answers[0].splitlines()[0] == answers[1].splitlines()[0]
        assert b"secret" not in answers[1]
    assert "secret" not in fast.error_log.read_text()[logged:]


PLACES = ("status", "name", "value")


def test_nothing_is_injected(servers: tuple[Server, Server]) -> None:
    """On the wire of a worker: read back as what went in, or refused."""
    _, fast = servers
    answers = []
    for place, text in itertools.product(PLACES, line_breaks()):
        if place == "name":
            # It is what the error names.
            text = text.replace(SECRET, "name")
        request = f"POST /reflected?{place} HTTP/1.1\r\nHost: a\r\nConnection: close"
        request += f"\r\nContent-Length: {len(text)}\r\n\r\n{text}"
        answer = ask(fast, request.encode("latin-1"))
        connection = h11.Connection(h11.CLIENT)
        sent = h11.Request(method="GET", target="/", headers=[("Host", "a")])
        connection.send(sent)
        connection.send(h11.EndOfMessage())
        connection.receive_data(answer)
        connection.receive_data(b"")
        head = connection.next_event()
        assert isinstance(head, h11.Response)
        answers.append(head.status_code)
        if head.status_code == 500:
            assert SECRET.encode() not in answer
            continue
        names = b" ".join(name for name, _ in head.headers)
        assert names == b"server date connection transfer-encoding x-a"
        reason, value = b"Fine", b"1"
        if place == "status":
            reason += text.encode("latin-1")
        else:
            assert place == "value"
            value += text.encode("latin-1")
        assert (head.reason, head.headers[-1][1]) == (reason, value)
        data, end = connection.next_event(), connection.next_event()
        assert isinstance(data, h11.Data) and data.data == b"reflected"
        assert isinstance(end, h11.EndOfMessage)
    # As a name none of them will do; two have no control character.
    assert answers.count(299) == 4
    assert len(answers) == answers.count(299) + answers.count(500)
    assert SECRET not in fast.error_log.read_text()


def test_pipeline(kind: tuple[str, str], servers: tuple[Server, Server]) -> None:
    if kind is SYNC:
        pytest.skip("the sync worker closes every connection")
    if kind is THREADS and gunicorn.version_info < (27,):
        pytest.skip("this gthread lets requests lie that came with another one")
    paths = ["hello", "chunked", "empty_first", "nothing", "write", "no_content"]
    count = 10_000
    requests = "".join(
        f"GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n"
        for path in itertools.islice(itertools.cycle(paths), count - 1)
    )
    requests += "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    stock, fast = (converse(server, requests.encode()) for server in servers)
    # Not compared by pytest, which would look for long for where they differ.
    same = fast == stock
    assert same, (len(os.path.commonprefix([stock, fast])), len(stock), len(fast))
    assert fast.count(b"\r\nConnection: keep-alive\r\n") == count - 1
    assert fast.count(b"\r\nConnection: close\r\n") == 1


def test_first_chunk_does_not_wait_for_the_second(
    servers: tuple[Server, Server],
) -> None:
    request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
    request += b"Connection: close\r\n"
    for server in servers:
        with connect(server) as connection:
            connection.sendall(request + b"\r\n")
            first = receive(connection, b"\r\n5\r\nfirst\r\n")
            assert first.startswith(b"HTTP/1.1 200 OK\r\n")
            connection.sendall(b"x")
            assert receive(connection) == b"1\r\nx\r\n0\r\n\r\n"


def test_expectation(servers: tuple[Server, Server]) -> None:
    request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
    request += b"Expect: 100-continue\r\nConnection: close\r\n\r\nx"
    answer = both(servers, request)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_slow_reader(slow_servers: tuple[Server, Server]) -> None:
    for path in ("big_chunked", "big_cut", "hello", "file"):
        request = f"GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answers = []
        for server in slow_servers:
            with connect(server, receive_buffer=2048) as connection:
                connection.sendall(request.encode())
                time.sleep(0.1)
                answers.append(receive(connection))
        stock, fast = answers
        assert fast == stock


def test_peer_resets(slow_servers: tuple[Server, Server]) -> None:
    for wanted in (0, 1, 100_000):
        for server in slow_servers:
            with connect(server) as connection:
                connection.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
                while wanted > 0:
                    wanted -= len(connection.recv(wanted))
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        close = b"Connection: close\r\n\r\n"
        both(slow_servers, b"GET /hello HTTP/1.1\r\nHost: a\r\n" + close)
    for server in slow_servers:
        assert "Error" not in server.error_log.read_text()


def test_proxy_protocol(
    kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serve_both(kind, tmp_path_factory, proxy_protocol=True) as servers:
        request = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"
        request += b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        assert both(servers, request).endswith(b"\r\n\r\nhello")


HOOKS = """
from gunicorn import util
from gunicorn.http import wsgi

def add(*lines):
    stock = wsgi.Response.default_headers
    wsgi.Response.default_headers = lambda self: [*stock(self), *lines]

def drop(self, headers):
    process_headers(self, [field for field in headers if field[0] != "X-A"])

process_headers = wsgi.Response.process_headers
"""
#: What hooks do, and what comes of that.
HOOKED = {
    "post_fork(server, worker)": ('add("Via: a\\r\\n")', b"\r\nVia: a\r\n"),
    "post_worker_init(worker)": ('add("Via: b\\r\\n")', b"\r\nVia: b\r\n"),
    "pre_request(worker, req)": (
        "wsgi.Response.process_headers = drop",
        b"Content-Length: 5\r\nX-a",
    ),
    "post_request(worker, req, environ, resp)": (
        'util.http_date = lambda: "today\\r\\nVia: c"',
        b"\r\nVia: c\r\n",
    ),
}


@pytest.mark.parametrize("hook", HOOKED)
def test_patched_by_a_hook(hook: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    body, expected = HOOKED[hook]
    hooks = f"{HOOKS}\ndef {hook}:\n    {body}\n"
    with serve_both(SYNC, tmp_path_factory, hooks=hooks) as servers:
        request = b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        both(servers, request)
        assert expected in both(servers, request)


def test_forked_workers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Loaded once, in the master, and served by several processes."""
    settings = {"workers": 3, "preload_app": True}
    with serve_both(SYNC, tmp_path_factory, **settings) as servers:
        for _ in range(6):
            for name in ("hello", "chunked", "lists", "big"):
                request = f"GET /{name} HTTP/1.1\r\nConnection: close\r\n\r\n"
                both(servers, request.encode())
        with connect(servers[1]) as connection:
            connection.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
            received = connection.recv(1 << 20).decode("latin-1")
        said = parse_date(received.partition("\r\nDate: ")[2].partition("\r\n")[0])
        assert said is not None
        assert abs(time.time() - said.timestamp()) < 5


def make_certificate(directory: Path) -> dict[str, str]:
    """:return: gunicorn's settings."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl")
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS)
    if done.returncode:
        pytest.skip("openssl makes no certificate")
    return {"keyfile": str(key), "certfile": str(certificate)}


def test_ssl(kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = make_certificate(tmp_path_factory.mktemp("certificate"))
    context = ssl.create_default_context(cafile=settings["certfile"])
    context.check_hostname = False
    with serve_both(kind, tmp_path_factory, **settings) as servers:
        for path in ("hello", "chunked", "big", "big_chunked", "file", "raises_after"):
            request = f"GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            answers = []
            for server in servers:
                with context.wrap_socket(connect(server)) as connection:
                    connection.sendall(request.encode())
                    answers.append(receive(connection))
            stock, fast = answers
            assert fast == stock
            assert fast.startswith(b"HTTP/1.1 200 OK\r\n")


# --- an unknown gunicorn, and none ------------------------------------------


def send_at_once(self: t.Any, data: bytes) -> None:
    self.send_headers()
    self.sock.send(data)


def add_header(self: t.Any) -> list[str]:
    return ["HTTP/1.1 200 OK\r\n", "Via: gunicorn\r\n"]


def loaded(app: object, log: Log | None = None) -> object:
    """What a worker serves that has loaded an app."""
    worker = object.__new__(fastresp.gunicorn.SyncWorker)
    worker.app = type("App", (), {"wsgi": lambda self: app})()
    worker.log = log or Log()
    worker.load_wsgi()
    return worker.wsgi


@pytest.mark.parametrize(
    ("name", "changed"), [("write", send_at_once), ("default_headers", add_header)]
)
def test_unknown_gunicorn(
    monkeypatch: pytest.MonkeyPatch, name: str, changed: t.Any
) -> None:
    module = fastresp.gunicorn
    log = Log()
    module.ThreadWorker.check_config(config(), log)
    assert log.warnings == []

    monkeypatch.setattr(wsgi.Response, name, changed)
    monkeypatch.setattr(module, "_warned", False)
    module.SyncWorker.check_config(config(), log)
    (warning,) = log.warnings
    assert "using gunicorn's own writer" in warning

    app = object()
    assert loaded(app, log) is app
    assert len(log.warnings) == 1


def test_gunicorn_patched_by_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    module = fastresp.gunicorn
    log = Log()
    monkeypatch.setattr(module, "_warned", False)
    module.SyncWorker.check_config(config(), log)
    assert log.warnings == []

    monkeypatch.setattr(wsgi.Response, "default_headers", add_header)
    app = object()
    assert loaded(app, log) is app
    assert len(log.warnings) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("SCRIPT_NAME", "/app"), ("SENDFILE", "0"), ("FORWARDED_ALLOW_IPS", "*")],
)
def test_known_in_any_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    app = object()
    assert loaded(app) is not app


def test_without_compiled_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    app = object()
    assert loaded(app) is not app
    log = Log()
    monkeypatch.setattr(fastresp.gunicorn, "with_writer", None)
    fastresp.gunicorn.SyncWorker.check_config(config(), log)
    assert log.warnings == []
    assert loaded(app) is app


def test_worker_check_of_gunicorn_is_kept() -> None:
    log = Log()
    cfg = config(worker_connections=1, threads=2, keepalive=2)
    fastresp.gunicorn.ThreadWorker.check_config(cfg, log)
    (warning,) = log.warnings
    assert "keepalive" in warning


def test_without_gunicorn() -> None:
    code = """\
import sys
sys.modules["gunicorn"] = None
try:
    import fastresp.gunicorn
except ImportError as error:
    print(error)
"""
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
        timeout=SECONDS,
    ).stdout
    assert "pip install 'fastresp[gunicorn]'" in printed


def test_no_such_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'TornadoWorker'"):
        fastresp.gunicorn.TornadoWorker  # noqa: B018
