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
from concurrent import futures
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import flask
import pytest
from entrances import create_app
from gunicorn_app import answering
from gunicorn_app import App
from gunicorn_app import APPS
from gunicorn_app import PLAIN
from gunicorn_app import REFUSED
from gunicorn_app import SAME
from gunicorn_app import sized
from gunicorn_app import UNTOLD
from head_reference import read_with_h11
from hypothesis import example
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from injection_corpora import line_breaks
from injection_corpora import SECRET
from test_hostile import HostileStage
from test_hostile import Kind
from test_hostile import KINDS as KINDS_OF_OBJECTS
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
from fastresp._compiled.gunicorn import ResponseWriter
from fastresp._compiled.gunicorn import with_writer
from fastresp.cli.compare import common_start

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
    return re.sub(rb"\r\nDate: [^\r\n]*", b"\r\nDate: ", sent)


# --- a response and a socket -----------------------------------------------


class FakeSocket:
    """Keeps what it takes, and how often it was asked to."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.calls: list[str] = []

    def sendall(self, data: bytes) -> None:
        self.calls.append("sendall")
        self.sent.extend(data)

    def sendfile(self, file: t.Any, offset: int = 0, count: int | None = None) -> int:
        self.calls.append("sendfile")
        assert count is not None
        data = os.pread(file.fileno(), count, offset)
        self.sent.extend(data)
        return len(data)


STOCK = dict(vars(wsgi.Response))


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
    app: App,
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
    create = with_writer(wsgi.create) if fast else wsgi.create
    response, environ = create(req, sock, client, client, cfg)
    # Nothing but gunicorn's own where its class is patched.
    intact = dict(vars(wsgi.Response)) == STOCK
    assert isinstance(response, ResponseWriter) is (fast and intact)
    if force_close:
        response.force_close()

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
@pytest.mark.parametrize("name", SAME)
def test_same_steps(name: str, request_: bytes) -> None:
    if name == "upgrade" and b"HTTP/1.0" in request_:
        pytest.skip("HTTP/1.0 has no status 1xx")
    assert steps(SAME[name], True, request_) == steps(SAME[name], False, request_)


def untold(found: Steps, kinds: type[Exception] = InvalidHeader) -> Steps:
    """Without the texts of errors; gunicorn before 27 shows a header's value."""
    seen = [
        each[0] if isinstance(each, tuple) and issubclass(each[0], kinds) else each
        for each in found.seen
    ]
    return found._replace(seen=seen)


class Program(t.NamedTuple):
    """What a worker is asked, what an app does, and what a socket takes at once."""

    request: bytes = REQUESTS[0]
    status: str = "200 OK"
    headers: t.Any = ()
    writes: t.Any = ()
    chunks: t.Any = ()
    #: The number of the chunk before which there is an error.
    fails: int | None = None
    restarts: bool = False
    force_close: bool = False
    uwsgi: bool = False

    def app(self, environ: t.Any, start_response: t.Any) -> Iterator[bytes]:
        send = start_response(self.status, self.headers)
        for size in self.writes:
            send(bytes(size))
        if self.restarts:
            try:
                raise ValueError("restarts")
            except ValueError:
                start_response("500 Oops", [("X-B", "b")], sys.exc_info())
        for number, size in enumerate(self.chunks):
            if number == self.fails:
                raise ValueError("fails")
            yield bytes(size)
        if self.fails is not None and self.fails >= len(self.chunks):
            raise ValueError("fails at the end")


NAMES = "X-A x-a Content-Type content-length Set-Cookie Server Date Connection Upgrade"
NAMES += " Keep-Alive Trailers Transfer-Encoding"
VALUES = ["", " a\t", "\xe9", "Upgrade", "websocket", "close", "\n", "\u0141"]
STATUSES = [
    "200 OK",
    "204 No Content",
    "304 Not Modified",
    "500 \xe9",
    "101 Go",
    "404 ",
]
sizes = st.one_of(st.integers(0, 20), st.integers(16_300, 16_500), st.just(100_000))
programs = st.builds(
    Program,
    request=st.sampled_from(REQUESTS),
    status=st.sampled_from(STATUSES),
    headers=st.lists(
        st.tuples(
            st.sampled_from([*NAMES.split(), "Bad Name"]),
            st.one_of(st.integers(0, 30).map(str), st.sampled_from(VALUES)),
        ),
        max_size=5,
    ),
    writes=st.lists(sizes, max_size=2),
    chunks=st.lists(sizes, max_size=4),
    fails=st.one_of(st.none(), st.integers(0, 5)),
    restarts=st.booleans(),
    force_close=st.booleans(),
    uwsgi=st.booleans(),
)


@hypothesis_settings(max_examples=400, deadline=None)
@given(programs)
# More than Content-Length says.
@example(Program(headers=[("content-length", "3")], chunks=[10]))
def test_same_steps_for_any_program(program: Program) -> None:
    lengths = [value for name, value in program.headers if name == "content-length"]
    # What render_head refuses, and a length that it writes once, is in other tests.
    if program.status == "101 Go" and b"HTTP/1.0" in program.request:
        program = program._replace(status="200 OK")
    if len(lengths) > 1 or (lengths and not lengths[0].strip(" \t").isdigit()):
        kept = [field for field in program.headers if field[0] != "content-length"]
        program = program._replace(headers=kept)
    cfg = config()
    if program.uwsgi and "protocol" in cfg.settings:
        cfg.set("protocol", "uwsgi")
    fast, stock = (
        steps(
            program.app,
            each,
            program.request,
            cfg,
            FakeSocket(),
            program.force_close,
        )
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


class LyingBytes(bytes):
    """Says that it is long."""

    def __len__(self) -> int:
        return 1 << 20


HEADERS: list[t.Any] = [
    [(LyingText("X-A"), "5"), ("X-B", "b")],
    [("X-A", LyingText("\t5")), sized(5)],
    [("Content-Length", LyingText("5"))],
    [(LyingText("Connection"), "5")],
    [("Connection", LyingText("close")), ("X-A", "a")],
    lambda: [iter(("X-A", "a")), ("Connection", "close"), iter(sized(5))],
    [["X-A", "a"], "bc", {"d": 1, "e": 2}],
    [("X-A", "a"), ("X-B", "b", "c")],
    [("X-A", "a"), 5],
    # They are written as gunicorn writes them.
    [(Named("a"), "1"), ("B", Named("b"))],
]


def insisting(headers: list[t.Any]) -> t.Callable[[t.Any], None]:
    """A framing that gunicorn sends by itself before 26.1, for any status."""

    def insist(response: t.Any) -> None:
        response.headers[:] = headers
        response.chunked = not headers

    return insist


#: What is odd and goes out as gunicorn sends it.
ODD: dict[str, App] = {
    **{
        f"headers {number}": answering(b"abcde", b"fgh", headers=headers)
        for number, headers in enumerate(HEADERS)
    },
    **{
        f"chunks, {headers}": answering(
            LyingBytes(b"abcde"), LyingBytes(b"fg"), headers=headers
        )
        for headers in ([], [sized(3)], [sized(20)])
    },
    **{
        f"{status}, {len(headers)}": answering(
            status=status, headers=[], change=insisting(headers)
        )
        for status in ("101 Switching Protocols", "204 No Content", "199 Go")
        for headers in ([], [("X-A", "1"), ("content-Length", "2")])
    },
    # What gunicorn 27 notes of a response counts.
    "omitted body": answering(
        b"never",
        headers=[sized(5)],
        change=lambda response: setattr(response, "_omits_body", True),
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd(name: str) -> None:
    assert steps(ODD[name], True) == steps(ODD[name], False)


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
        {"headers": lambda: iter([("Content-Length", "5")])},
        {"version": Named("x")},
        {"method": LyingMethod("GET")},
        {"method": 5},
    ],
    ids=str,
)
def test_state_that_lies(change: dict[str, t.Any], size: int) -> None:
    def lie(response: t.Any) -> None:
        for name, value in change.items():
            owner = response.req if name == "method" else response
            setattr(owner, name, value() if callable(value) else value)

    app = answering(b"abcdefgh"[:size], b"ij", headers=[sized(5)], change=lie)
    fast, stock = steps(app, True), steps(app, False)
    for each in (fast, stock):
        each.state["headers"] = list(each.state["headers"])
    # The framing is checked, where gunicorn sends both.
    if change != {"chunked": "yes"}:
        assert repr(fast) == repr(stock)


def test_version_that_lies() -> None:
    """A minor version is one digit."""
    app = answering(b"a", change=lambda each: setattr(each.req, "version", (1, 300)))
    expected = ValueError, 'the version is not "1.0" or "1.1"'
    assert expected in steps(app, True).seen


@pytest.mark.parametrize("name", REFUSED)
def test_refused_before_anything_is_sent(name: str) -> None:
    sock = FakeSocket()
    seen, state = steps(REFUSED[name], True, sock=sock)
    (error,) = [each for each in seen if isinstance(each, tuple)]
    assert error[0] in (AssertionError, TypeError, ValueError)
    assert "secret" not in error[1]
    if name.startswith("status"):
        assert "status" in error[1] or "reason" in error[1]
    assert not sock.calls
    assert not state["headers_sent"]


@pytest.mark.parametrize("name", UNTOLD)
def test_refusals_do_not_show_values(name: str) -> None:
    fast, stock = (steps(UNTOLD[name], each) for each in (True, False))
    (error,) = [each for each in fast.seen if isinstance(each, tuple)]
    assert "secret" not in error[1]
    assert re.search("'X-A'|'Upgrade'|'Content-Length'", error[1])
    assert untold(fast, Exception) == untold(stock, Exception)


def test_same_length_twice() -> None:
    seen, state = steps(answering(b"one", headers=[sized(3)] * 2), True)
    assert seen[-2].endswith(b"keep-alive\r\nContent-Length: 3\r\n\r\none")
    assert state["response_length"] == 3


def test_refused_and_caught() -> None:
    seen, state = steps(APPS["refused_and_caught"], True)
    sent = max(each for each in seen if isinstance(each, bytes))
    assert sent.startswith(b"HTTP/1.1 500 Oops\r\n")
    assert b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n" in sent
    assert sent.endswith(b"\r\n\r\n4\r\noops\r\n0\r\n\r\n")
    assert state["headers"] == [PLAIN]
    assert state["response_length"] is None


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("hello", ["sendall"]),
        ("nothing", ["sendall"]),
        ("no_headers", ["sendall"] * 2),
        ("chunked", ["sendall"] * 3),
        ("empty_first", ["sendall"] * 3),
        ("write", ["sendall"] * 3),
        ("big", ["sendall"] * 2),
        ("big_cut", ["sendall"] * 2),
        ("not_modified", ["sendall"]),
        ("file_with_length", ["sendall", "sendfile"]),
    ],
)
def test_head_and_first_chunk_leave_together(name: str, calls: list[str]) -> None:
    sock = FakeSocket()
    steps(SAME[name], True, sock=sock)
    assert sock.calls == calls


class Failing(FakeSocket):
    """Takes so many bytes, and then none."""

    def __init__(self, limit: int, error: type[Exception]) -> None:
        super().__init__()
        self.limit = limit
        self.error = error

    def sendall(self, data: bytes) -> None:
        super().sendall(data[: self.limit])
        self.limit -= min(self.limit, len(data))
        if not self.limit:
            raise self.error


@pytest.mark.parametrize("name", ["hello", "chunked", "nothing", "write", "big"])
def test_error_while_sending_is_not_answered(name: str) -> None:
    sock = Failing(10, RuntimeError)
    seen, state = steps(SAME[name], True, sock=sock)
    assert (RuntimeError, "") in seen
    assert len(sock.sent) == 10
    assert state["headers_sent"]


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        *itertools.product(["hello", "chunked", "nothing", "file", "write"], [0, 1]),
        *itertools.product(["big", "big_chunked"], [0, 1, 1_000, 100_000]),
    ],
)
def test_client_that_is_gone(name: str, limit: int) -> None:
    """What hooks and the access log are told of it is gunicorn's."""
    stock, fast = (
        steps(SAME[name], each, sock=Failing(limit, BrokenPipeError))
        for each in (False, True)
    )
    assert (BrokenPipeError, "") in fast.seen
    assert fast == stock


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


large = answering(bytes(20_000), headers=[sized(20_000), ("Connection", "close")])
ANSWERS = {
    "large": large,
    **{name: SAME[name] for name in ("hello", "chunked", "nothing", "not_modified")},
}
#: Gets where to patch, the calls to note and the response, if there is one.
Patch = t.Callable[[pytest.MonkeyPatch, list[str], t.Any], None]


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


def patched_steps(
    app: App, fast: bool, patch: t.Callable[[t.Any], None], when: str
) -> t.Any:
    """Patches before the response, in the app, or in it after ``start_response``."""

    def patching(environ: t.Any, start_response: t.Any) -> t.Any:
        response = start_response.__self__
        if when == "in the app":
            patch(response)
        body = app(environ, start_response)
        if when == "after start_response":
            patch(response)
        return body

    if when == "before":
        patch(None)
    return steps(patching, fast)


def compare_patched(monkeypatch: pytest.MonkeyPatch, when: str, patch: Patch) -> None:
    """The same bytes as gunicorn's, by as many calls of what was put in the place of
    something."""
    called = False
    for answer, app in ANSWERS.items():
        results = []
        for fast in (True, False):
            calls: list[str] = []
            with monkeypatch.context() as context:
                bound = partial(patch, context, calls)
                done = patched_steps(app, fast, bound, when)
            results.append((done, calls))
            called = called or bool(calls)
        assert results[0] == results[1], answer
    assert called or when != "before"
    # As before, when it is over.
    sock = FakeSocket()
    steps(large, True, sock=sock)
    assert sock.calls == ["sendall"] * 2


WHEN = pytest.mark.parametrize("when", ["before", "in the app", "after start_response"])
PATCHED = [
    *((owner, name, "function") for owner, name in LOOKED_UP),
    *(
        (wsgi.Response, name, kind)
        for name in RESPONSE_METHODS
        # These are called for none of the answers, or not with every one.
        if name not in ("force_close", "write_file", "sendfile", "can_sendfile")
        for kind in ("function", "mock")
        if (name, kind) != ("start_response", "mock")
    ),
]


@WHEN
@pytest.mark.parametrize(
    ("owner", "name", "kind"),
    PATCHED,
    ids=[f"{owner.__name__}.{name}, {kind}" for owner, name, kind in PATCHED],
)
def test_patched(
    monkeypatch: pytest.MonkeyPatch, owner: t.Any, name: str, kind: str, when: str
) -> None:
    stock = vars(owner)[name]

    def patch(context: pytest.MonkeyPatch, calls: list[str], response: t.Any) -> None:
        value = noting(stock, name, calls)
        if kind == "mock":
            # Not bound.
            value = Mock(side_effect=lambda *args: calls.append(name))
        context.setattr(owner, name, value)

    if owner is time and when == "before":
        pytest.skip("asked for by others")
    compare_patched(monkeypatch, when, patch)


@pytest.mark.parametrize("how", ["instance", "subclass"])
@pytest.mark.parametrize("when", ["in the app", "after start_response"])
@pytest.mark.parametrize("name", RESPONSE_METHODS)
def test_patched_response(
    monkeypatch: pytest.MonkeyPatch, name: str, how: str, when: str
) -> None:
    def patch(context: pytest.MonkeyPatch, calls: list[str], response: t.Any) -> None:
        if how == "instance":
            setattr(response, name, noting(getattr(response, name), name, calls))
            return

        def method(self: t.Any, *args: t.Any) -> t.Any:
            calls.append(name)
            return getattr(super(sub, self), name)(*args)

        sub = type("Sub", (type(response),), {name: method})
        response.__class__ = sub

    compare_patched(monkeypatch, when, patch)


@pytest.mark.parametrize("name", ["server", "x-a"])
def test_changed_hop_headers(name: str) -> None:
    """A known trick: without ``server`` in them, an app may have a field of its own."""
    app = answering(b"a", headers=[(name, "mine"), sized(1)])
    usual = steps(app, False)
    names = wsgi.util.hop_headers
    names ^= {name}
    try:
        fast, stock = steps(app, True), steps(app, False)
    finally:
        names ^= {name}
    assert fast == stock != usual
    assert steps(app, True) == usual


def test_patched_class_gets_new_names(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def __getattribute__(self: t.Any, name: str) -> t.Any:
        calls.append(name)
        return object.__getattribute__(self, name)

    monkeypatch.setattr(wsgi.Response, "__getattribute__", __getattribute__)
    results = []
    for fast in (True, False):
        calls.clear()
        done = steps(SAME["hello"], fast)
        results.append((done, calls.count("version"), calls.count("sent")))
    monkeypatch.undo()
    assert results[0] == results[1]


@pytest.mark.parametrize("place", ["class", "instance", "wrapper"])
def test_patched_socket(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Nothing goes past another ``sendall``."""
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
        stock = sock.sendall

        def sendall(*args: t.Any) -> None:
            sent.extend(args[-1])
            stock(args[-1])

        owner = FakeSocket if place == "class" else sock
        monkeypatch.setattr(owner, "sendall", sendall, raising=False)
    steps(SAME["big"], True, sock=sock)
    assert bytes(sent) == bytes(sock.sent)


def test_other_responses_are_left_alone() -> None:
    class OtherResponse(wsgi.Response):
        pass

    other = OtherResponse(None, None, None)
    create = with_writer(Mock(return_value=(other, {})))
    assert create(1, cfg=2) == (other, {})
    assert type(other) is OtherResponse


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
    target: str = "gunicorn_app:app",
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
        command += ["--bind", f"fd://{listener.fileno()}", target]
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
) -> Iterator[Servers]:
    directories = [make_directory.mktemp("gunicorn") for _ in kind]
    with (
        serve(kind[0], directories[0], **settings) as stock,
        serve(kind[1], directories[1], **settings) as fast,
    ):
        yield stock, fast


Servers = tuple[Server, Server]


@pytest.fixture(scope="module")
def servers(
    kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    with serve_both(kind, tmp_path_factory) as both:
        yield both


@pytest.fixture(scope="module")
def slow_servers(
    kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    """With small buffers, so that what is sent is sent in parts; behind a proxy."""
    settings = {"send_buffer": 2048, "proxy_protocol": True}
    with serve_both(kind, tmp_path_factory, **settings) as both:
        yield both


def get(path: str, fields: str = "Connection: close\r\n") -> bytes:
    return f"GET /{path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


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


def both(servers: Servers, request: bytes) -> bytes:
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


def test_same_answers_and_logs(servers: Servers) -> None:
    for name in SAME:
        assert both(servers, get(name)) or name == "short"
        both(servers, get(name).replace(b"GET", b"HEAD", 1))
        if name != "upgrade":
            both(servers, f"GET /{name} HTTP/1.0\r\n\r\n".encode())
    both(servers, b"GET /hello HTTP/1.0\r\nX-Last: 1\r\n\r\n")
    stock, fast = (log_lines(server, "GET /hello HTTP/1.0") for server in servers)
    assert fast == stock
    stock, fast = (server.messages()[5:] for server in servers)
    assert [each for each in fast if "Error" in each]
    assert fast == stock


def test_refused(servers: Servers) -> None:
    _, fast = servers
    ask(fast, b"GET /hello HTTP/1.0\r\n\r\n")
    logged = len(fast.error_log.read_text())
    for name in REFUSED:
        answer = ask(fast, get(name, ""))
        assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert not re.search(b"never|oops|X-A", answer)
    for name in UNTOLD:
        answers = [ask(server, get(name, "")) for server in servers]
        assert answers[0].splitlines()[0] == answers[1].splitlines()[0]
        assert b"secret" not in answers[1]
    assert "secret" not in fast.error_log.read_text()[logged:]


PLACES = ("status", "name", "value")


def test_nothing_is_injected(servers: Servers) -> None:
    """On the wire of a worker: read back as what went in, or refused."""
    _, fast = servers
    answers = []
    for place, text in itertools.product(PLACES, line_breaks()):
        if place == "name":
            # It is what the error names.
            text = text.replace(SECRET, "name")
        fields = f"Content-Length: {len(text)}\r\nConnection: close\r\n"
        request = get(f"reflected?{place}", fields).replace(b"GET", b"POST", 1)
        answer = ask(fast, request + text.encode("latin-1"))
        head, end, body = answer.partition(b"\r\n\r\n")
        read = read_with_h11(head + end, body)
        answers.append(read.code)
        if read.code == 500:
            assert SECRET.encode() not in answer
            continue
        names = " ".join(name for name, _ in read.fields)
        assert names == "server date connection transfer-encoding x-a"
        said = {"status": (f"Fine{text}", "1"), "value": ("Fine", f"1{text}")}
        assert (read.reason, read.fields[-1][1]) == said[place]
        assert read.body == b"reflected"
    # As a name none of them will do; two have no control character.
    assert answers.count(299) == 4
    assert len(answers) == answers.count(299) + answers.count(500)
    assert SECRET not in fast.error_log.read_text()


def test_pipeline(kind: tuple[str, str], servers: Servers) -> None:
    if kind is SYNC:
        pytest.skip("the sync worker closes every connection")
    if kind is THREADS and gunicorn.version_info < (27,):
        pytest.skip("this gthread lets requests lie that came with another one")
    paths = ["hello", "chunked", "empty_first", "nothing", "write", "no_content"]
    count = 3000
    cycle = itertools.islice(itertools.cycle(paths), count - 1)
    requests = b"".join([*(get(path, "") for path in cycle), get("hello")])
    stock, fast = (converse(server, requests) for server in servers)
    # Not compared by pytest, which would look for long for where they differ.
    same = fast == stock
    assert same, (common_start(stock, fast), len(stock), len(fast))
    assert fast.count(b"\r\nConnection: keep-alive\r\n") == count - 1
    assert fast.count(b"\r\nConnection: close\r\n") == 1


def test_first_chunk_does_not_wait_for_the_second(
    servers: Servers,
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


def test_expectation(servers: Servers) -> None:
    request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
    request += b"Expect: 100-continue\r\nConnection: close\r\n\r\nx"
    answer = both(servers, request)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_slow_reader(slow_servers: Servers) -> None:
    for path in ("big_chunked", "big_cut", "hello", "file"):
        answers = []
        for server in slow_servers:
            with connect(server, receive_buffer=2048) as connection:
                connection.sendall(get(path))
                time.sleep(0.1)
                answers.append(receive(connection))
        stock, fast = answers
        assert fast == stock


def test_peer_resets(slow_servers: Servers) -> None:
    for wanted in (0, 1, 100_000):
        for server in slow_servers:
            with connect(server) as connection:
                connection.sendall(get("big", ""))
                while wanted > 0:
                    wanted -= len(connection.recv(wanted))
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        both(slow_servers, get("hello"))
    for server in slow_servers:
        assert "Error" not in server.error_log.read_text()


def test_proxy_protocol(slow_servers: Servers) -> None:
    request = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + get("hello")
    assert both(slow_servers, request).endswith(b"\r\n\r\nhello")


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
        both(servers, get("hello"))
        assert expected in both(servers, get("hello"))


JOURNAL = """
import os
import sys
from gunicorn.http import wsgi

directory = os.path.dirname(__file__)
sys.path.insert(0, directory)

def note(*words):
    with open(f"{directory}/journal", "a") as file:
        print(*words, file=file)

def note_modules(process):
    with open(f"{directory}/{process}", "w") as file:
        print(*sorted(sys.modules), file=file)

def when_ready(server):
    note_modules("master")

def post_worker_init(worker):
    app = worker.wsgi
    with app.app_context():
        note("post_worker_init", type(app), app.config["NAME"])
    worker.cfg.set("keepalive", 0)
    wsgi.SERVER = "changed"
    wsgi_app = app.wsgi_app

    def wrapped(environ, start_response):
        response = start_response.__self__
        body = wsgi_app(environ, start_response)
        note("wrapped", response.status, response.headers)
        response.headers = tuple(response.headers)
        return body

    app.wsgi_app = wrapped

def pre_request(worker, req):
    note("pre_request", req.path, worker.wsgi.name)

def post_request(worker, req, environ, resp):
    note("post_request", req.path, worker.wsgi.name, resp.headers, resp.sent)
    note(resp.headers_sent, resp.should_close())

def worker_exit(server, worker):
    note("worker_exit", worker.wsgi.name)
    note_modules("worker")

def on_exit(server):
    note("on_exit")
"""


def journal(worker: str, directory: Path) -> bytes:
    # An optional parser, too old for gunicorn to use it.
    (directory / "gunicorn_h1c.py").touch()
    target = "gunicorn_app:flask_app()"
    with serve(worker, directory, target=target, hooks=JOURNAL) as server:
        with connect(server) as connection:
            # The app waits for the body, and the client goes.
            fields = "Content-Length: 1\r\nExpect: 100-continue\r\n"
            connection.sendall(get("gone", fields))
            receive(connection, b"100 Continue\r\n\r\n")
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        log_lines(server, "GET /gone HTTP/1.1 200 0 0 ")
        return ask(server, get("hello", "")) + ask(server, get("dict", ""))


def test_hooks_logs_and_imports(
    kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same as with gunicorn's own workers, and nothing else is imported: what is in
    the master before gevent patches a worker has thread-locals of the thread."""
    directories = [tmp_path_factory.mktemp("hooks") for _ in kind]
    with futures.ThreadPoolExecutor() as pool:
        answers = set(pool.map(journal, kind, directories))
    (answer,) = answers
    assert answer.count(b"\r\nServer: changed\r\nDate: \r\nConnection: close\r\n") == 2
    assert answer.endswith(b'\r\n\r\n{"a":1}\n')
    for name in ("journal", "access", "error"):
        theirs, ours = (
            re.sub(r"\d{2,}", "", (directory / name).read_text())
            for directory in directories
        )
        assert ours.replace(kind[1], kind[0]) == theirs
    assert "wrapped 200 OK" in (directories[1] / "journal").read_text()
    for name in ("master", "worker"):
        stock, fast = (
            set((directory / name).read_text().split()) for directory in directories
        )
        assert stock <= fast
        added = {module.partition(".")[0] for module in fast - stock}
        added = {module for module in added if not module.startswith("_cython_")}
        assert added <= {"fastresp", "cython_runtime"}


def test_forked_workers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Loaded once, in the master, and served by several processes."""
    settings = {"workers": 3, "preload_app": True}
    with serve_both(SYNC, tmp_path_factory, **settings) as servers:
        for name in ("hello", "chunked", "lists", "big") * 6:
            both(servers, get(name))
        with connect(servers[1]) as connection:
            connection.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
            received = connection.recv(1 << 20).decode("latin-1")
        said = parse_date(received.partition("\r\nDate: ")[2].partition("\r\n")[0])
        assert said is not None
        assert abs(time.time() - said.timestamp()) < 5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """gunicorn's settings."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl")
    directory = tmp_path_factory.mktemp("certificate")
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS)
    if done.returncode:
        pytest.skip("openssl makes no certificate")
    return {"keyfile": str(key), "certfile": str(certificate)}


def test_ssl(
    kind: tuple[str, str],
    certificate: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    context = ssl.create_default_context(cafile=certificate["certfile"])
    context.check_hostname = False
    with serve_both(kind, tmp_path_factory, **certificate) as servers:
        for path in ("hello", "chunked", "big", "big_chunked", "file", "raises_after"):
            answers = []
            for server in servers:
                with context.wrap_socket(connect(server)) as connection:
                    connection.sendall(get(path))
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


def is_fast(log: Log | None = None) -> bool:
    """Whether a worker that has loaded an app serves it with the writer."""
    app = object()
    worker: t.Any = object.__new__(fastresp.gunicorn.SyncWorker)
    worker.app = types.SimpleNamespace(wsgi=lambda: app)
    worker.log = log or Log()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wsgi, "create", stock := wsgi.create)
        worker.load_wsgi()
        assert worker.wsgi is app
        found = fastresp.describe(flask.Flask("app"))["gunicorn worker"] == "compiled"
        assert found is (wsgi.create is not stock)
        return found


@pytest.mark.parametrize(
    ("name", "changed"), [("write", send_at_once), ("default_headers", add_header)]
)
@pytest.mark.parametrize("by_the_app", [False, True])
def test_unknown_gunicorn(
    monkeypatch: pytest.MonkeyPatch, name: str, changed: t.Any, by_the_app: bool
) -> None:
    """A worker warns once, when it checks its configuration or has loaded an app."""
    check_config = fastresp.gunicorn.SyncWorker.check_config
    monkeypatch.setattr(fastresp.gunicorn, "_warned", False)
    log = Log()
    check_config(config(), log)
    assert log.warnings == []

    monkeypatch.setattr(wsgi.Response, name, changed)
    if not by_the_app:
        check_config(config(), log)
        assert len(log.warnings) == 1
    assert not is_fast(log)
    (warning,) = log.warnings
    assert "using gunicorn's own writer" in warning


@pytest.mark.parametrize(
    ("name", "value"),
    [("SCRIPT_NAME", "/app"), ("SENDFILE", "0"), ("FORWARDED_ALLOW_IPS", "*")],
)
def test_known_in_any_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert is_fast()


def test_without_compiled_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_fast()
    log = Log()
    monkeypatch.setattr(fastresp.gunicorn, "_compiled", None)
    fastresp.gunicorn.SyncWorker.check_config(config(), log)
    assert log.warnings == []
    assert not is_fast()


def test_worker_check_of_gunicorn_is_kept() -> None:
    log = Log()
    cfg = config(worker_connections=1, threads=2, keepalive=2)
    fastresp.gunicorn.ThreadWorker.check_config(cfg, log)
    (warning,) = log.warnings
    assert "keepalive" in warning


def test_without_gunicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == "gunicorn":
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "fastresp.gunicorn")
    with pytest.raises(ImportError, match=r"pip install 'fastresp\[gunicorn\]'"):
        importlib.import_module("fastresp.gunicorn")


def test_no_such_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'TornadoWorker'"):
        fastresp.gunicorn.TornadoWorker  # noqa: B018
