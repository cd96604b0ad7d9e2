"""Every accepted form of every argument, built on both implementations."""

from __future__ import annotations

import collections.abc as cabc
import enum
import io
import typing as t
from collections import OrderedDict
from http import HTTPStatus
from types import MappingProxyType

import pytest
from bodies import Bytes
from bodies import Shout
from bodies import Text
from conftest import compared
from conftest import counted
from conftest import Pair
from conftest import same
from parity import emit
from parity import outcome
from parity import state
from werkzeug import utils
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import Headers
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.datastructures import MultiDict
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.local import LocalProxy


class Number(int):
    def __str__(self) -> str:
        return f"number {int(self)}"


class Code(enum.IntEnum):
    GONE = 410


class Pairs(list[t.Any]): ...


class Loud:
    def __init__(self, text: str = "loud") -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


# Made anew for each implementation: some can be used only once.
BODIES: dict[str, cabc.Callable[[], t.Any]] = {
    "none": lambda: None,
    "str": lambda: "Hello, World!",
    "empty str": lambda: "",
    "latin-1 str": lambda: "Grüße",
    "two-byte str": lambda: "Πλούτων",
    "astral str": lambda: "🐍 snake",
    "lone surrogate": lambda: "a\ud800b",
    "long str": lambda: "x" * 5000,
    "bytes": lambda: b"\x00\xff bytes",
    "long bytes": lambda: b"y" * 2048,
    "bytearray": lambda: bytearray(b"array"),
    "str subclass": lambda: Text("sub"),
    "str with its own encode": lambda: Shout("sub"),
    "bytes subclass": lambda: Bytes(b"sub"),
    "memoryview": lambda: memoryview(b"view"),
    "list of str": lambda: ["a", "ü", ""],
    "list of bytes": lambda: [b"a", b"b"],
    "mixed list": lambda: ["a", b"b", Text("c"), Shout("d"), bytearray(b"e")],
    "empty list": lambda: [],
    "list subclass": lambda: Pairs(["a", "b"]),
    "tuple": lambda: ("a", b"b"),
    "list with a number": lambda: ["a", 1],
    "list with a surrogate": lambda: ["a", "\udc80"],
    "generator": lambda: (part for part in ("a", b"b", "ü")),
    "iterator": lambda: iter(["a", "b"]),
    "map": lambda: map(str, range(3)),
    "range": lambda: range(2),
    "set": lambda: {"only"},
    "dict": lambda: {"a": 1},
    "file": lambda: io.BytesIO(b"line 1\nline 2\n"),
    "text file": lambda: io.StringIO("line 1\nline 2\n"),
    "number": lambda: 42,
    "object": lambda: Loud.__str__,
    "proxy for a str": lambda: LocalProxy(lambda: "proxied"),
    "proxy for a list": lambda: LocalProxy(lambda: ["proxied"]),
}

STATUSES: dict[str, t.Any] = {
    "none": None,
    "200": 200,
    "201": 201,
    "404": 404,
    "418": 418,
    "unknown": 299,
    "zero": 0,
    "negative": -1,
    "huge": 10**30,
    "true": True,
    "false": False,
    "HTTPStatus": HTTPStatus.CREATED,
    "HTTPStatus without a phrase in the table": HTTPStatus.EARLY_HINTS,
    "IntEnum": Code.GONE,
    "int subclass": Number(202),
    "digits": "404",
    "zeros": "007",
    "many digits": "1234567",
    "code and phrase": "404 Gone fishing",
    "code and phrase, non-ASCII": "404 Fort, weggegangen, Platz gefangen ü",
    "code and two spaces": "404  Gone",
    "code and trailing space": "404 ",
    "code, phrase, trailing space": "404 Gone ",
    "leading space": " 404 Gone",
    "only phrase": "teapot",
    "phrase with spaces": "I am a teapot",
    "empty": "",
    "spaces": "   ",
    "plus": "+200",
    "underscore": "2_00",
    "Arabic digits": "٢٠٠",
    "digits glued to letters": "200OK",
    "tab": "200\tOK",
    "file separator": "200 OK\x1c",
    "str subclass": Text("404 Not here"),
    "bytes": b"200 OK",
    "float": 200.0,
    "list": [200],
}

HEADERS: dict[str, cabc.Callable[[], t.Any]] = {
    "none": lambda: None,
    "empty dict": lambda: {},
    "dict": lambda: {"X-One": "1", "x-two": "2"},
    "dict of lists": lambda: {"X-Many": ["1", "2"], "X-Tuple": ("3", "4"), "X-No": []},
    "dict with a set": lambda: {"X-Set": {"1"}},
    "dict with other values": lambda: {"X-Int": 1, "X-None": None, "X-Loud": Loud()},
    "dict with a bool": lambda: {"X-Bool": True},
    "dict with an int subclass": lambda: {"X-Number": Number(1)},
    "dict with bytes": lambda: {"X-Float": 1.5},
    "dict with a str subclass": lambda: {"X-Text": Text("t")},
    "dict with other keys": lambda: {1: "one"},
    "ordered dict": lambda: OrderedDict([("X-B", "1"), ("X-A", "2")]),
    "mapping": lambda: MappingProxyType({"X-Proxy": "1"}),
    "list": lambda: [("X-One", "1"), ("X-One", "2")],
    "list of lists": lambda: [["X-One", "1"]],
    "list subclass": lambda: Pairs([("X-One", "1")]),
    "list of short tuples": lambda: [("X-One",)],
    "list of long tuples": lambda: [("X-One", "1", "2")],
    "list of strings": lambda: ["ab", "cd"],
    "list of numbers": lambda: [1],
    "tuple": lambda: (("X-One", "1"),),
    "generator": lambda: ((f"X-{number}", number) for number in range(3)),
    "empty generator": lambda: iter(()),
    "Headers": lambda: Headers([("X-One", "1"), ("content-type", "text/x-own")]),
    "EnvironHeaders": lambda: EnvironHeaders({"HTTP_X_ONE": "1"}),
    "MultiDict": lambda: MultiDict([("X-One", "1"), ("X-One", "2")]),
    "ImmutableMultiDict": lambda: ImmutableMultiDict({"X-One": "1"}),
    "content type": lambda: {"Content-Type": "application/x-own"},
    "content type twice": lambda: [
        ("CONTENT-TYPE", "a/b"),
        ("X", "1"),
        ("content-type", "c/d"),
    ],
    "content length": lambda: {"content-length": "7", "X-After": "1"},
    "content length twice": lambda: [
        ("Content-Length", "7"),
        ("X", "1"),
        ("Content-Length", "8"),
    ],
    "location": lambda: {"Location": "/ünder?q=ä#ö", "Content-Location": "/Ä"},
    "cookies": lambda: [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
    "newline in a value": lambda: {"X-Bad": "a\r\nSet-Cookie: evil=1"},
    "carriage return in a value": lambda: [("X-Bad", "a\rb")],
    "newline from str()": lambda: {"X-Bad": Loud("a\nb")},
    "newline in a list": lambda: {"X-Bad": ["fine", "a\nb"]},
    "NUL-free controls": lambda: {"X-Tab": "a\tb\x01\x7f"},
    "latin-1": lambda: {"X-Ü": "ü"},
    "wide": lambda: {"X-Wide": "→", "X→": "1"},
    "number": lambda: 42,
    "string": lambda: "ab",
}

TYPES: dict[str, dict[str, t.Any]] = {
    "default": {},
    "html": {"mimetype": "text/html"},
    "text, rare": {"mimetype": "text/x-rare"},
    "json": {"mimetype": "application/json"},
    "svg": {"mimetype": "image/svg+xml"},
    "empty": {"mimetype": ""},
    "str subclass": {"mimetype": Text("text/plain")},
    "bytes": {"mimetype": b"text/plain"},
    "newline": {"mimetype": "text/plain\n"},
    "content type": {"content_type": "text/x-own; a=b"},
    "empty content type": {"content_type": ""},
    "both": {"mimetype": "text/html", "content_type": "text/plain"},
    "wide content type": {"content_type": "text/→"},
    "newline in content type": {"content_type": "text/plain\r\nX: y"},
    "number": {"content_type": 7},
    "direct passthrough": {"direct_passthrough": True},
    "odd passthrough": {"direct_passthrough": "yes"},
}


def both(
    pair: Pair, build: cabc.Callable[[type[t.Any]], t.Any], method: str = "GET"
) -> None:
    """Builds, describes and emits on both implementations."""

    def program(cls: type[t.Any]) -> t.Any:
        response = build(cls)
        return state(response), emit(response, method)

    same(lambda cls: outcome(lambda: program(cls)), pair)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_body(pair: Pair, body: cabc.Callable[[], t.Any]) -> None:
    both(pair, lambda cls: cls(body()))
    both(pair, lambda cls: cls(body()), "HEAD")
    both(pair, lambda cls: cls(response=body(), status=206, headers={"X": "1"}))


def test_lengths(pair: Pair) -> None:
    """Also those that are alike in their last digits, one after the other."""
    for size in (0, 1, 2047, 2048, 2049, 2304, 2048, 2560, 65536, 65792, 1 << 20, 2304):
        body = b"x" * size
        for chunks in (body, [body], [body[1:], body[:1]], (body,)):
            response = pair.fast(chunks)
            _, _, headers = response.get_wsgi_response({"REQUEST_METHOD": "GET"})
            assert ("Content-Length", str(size)) in headers


@pytest.mark.parametrize("status", STATUSES.values(), ids=STATUSES.keys())
def test_status(pair: Pair, status: t.Any) -> None:
    both(pair, lambda cls: cls("x", status))
    both(pair, lambda cls: cls(status=status))
    both(pair, lambda cls: cls("x", status, {"X-One": "1"}))


def test_every_code(pair: Pair) -> None:
    for code in (*range(-1, 1101), *HTTPStatus, 1 << 31, 1 << 32, (1 << 64) + 200):
        both(pair, lambda cls: cls("x", code))  # noqa: B023


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
def test_headers(pair: Pair, headers: cabc.Callable[[], t.Any]) -> None:
    both(pair, lambda cls: cls("x", headers=headers()))
    both(pair, lambda cls: cls(None, 404, headers()))
    both(pair, lambda cls: cls(["a", "b"], headers=headers(), mimetype="text/css"))


@pytest.mark.parametrize("arguments", TYPES.values(), ids=TYPES.keys())
def test_media_type(pair: Pair, arguments: dict[str, t.Any]) -> None:
    both(pair, lambda cls: cls("x", **arguments))
    both(pair, lambda cls: cls("x", headers={"content-type": "a/b"}, **arguments))


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((1, 2, 3, 4, 5, 6, 7), {}),
        (("x",), {"response": "y"}),
        (("x",), {"bogus": 1}),
        (("x", 200, None, "text/css", None, False), {}),
        (("x", 200, None, "text/css", None, False), {"status": 1}),
        ((), {"status": 201, "response": "x", "headers": {"A": "b"}}),
        ((), {"".join(("sta", "tus")): 202}),
    ],
)
def test_argument_forms(
    pair: Pair, args: tuple[t.Any, ...], kwargs: dict[str, t.Any]
) -> None:
    both(pair, lambda cls: cls(*args, **kwargs))


def test_headers_object_is_shared_and_not_copied(pair: Pair) -> None:
    for cls in pair:
        headers = Headers([("X-One", "1")])
        response = cls("x", headers=headers)
        assert response.headers is headers
        assert headers["Content-Length"] == "1"
        # Emission works on a copy.
        emit(response)
        headers.add("X-Two", "2")
        assert response.headers.getlist("X-Two") == ["2"]


def test_headers_that_cannot_be_walked_as_strings(pair: Pair) -> None:
    def build(cls: type[t.Any]) -> t.Any:
        headers = Headers()
        headers._list.append(t.cast(t.Any, (b"X-Bytes", "1")))
        return cls("x", headers=headers)

    both(pair, build)


def test_initialising_twice(pair: Pair) -> None:
    def build(cls: type[t.Any]) -> t.Any:
        response = cls("first", 404, {"X-One": "1"})
        response.default_mimetype = "text/css"
        response.default_status = 202
        response.__init__("second")
        return response

    both(pair, build)


@pytest.mark.parametrize("status", (None, 200, 299, 404, "404", HTTPStatus.OK, "299"))
def test_later_changes_of_the_phrase_table_count(
    pair: Pair, status: t.Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HTTP_STATUS_CODES, 299, "Almost")
    monkeypatch.setitem(HTTP_STATUS_CODES, 200, "Fine")
    monkeypatch.delitem(HTTP_STATUS_CODES, 404)
    both(pair, lambda cls: cls("x", status))


def test_later_changes_of_the_textual_types_count(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(utils, "_charset_mimetypes"):
        pytest.skip("this Werkzeug has no such set")
    textual = {*utils._charset_mimetypes, "application/json"}
    monkeypatch.setattr(utils, "_charset_mimetypes", textual)
    both(pair, lambda cls: cls("x", mimetype="application/json"))


@pytest.mark.parametrize("name", ("str", "bytes", "list of str", "generator", "none"))
def test_usual_input_takes_the_fast_path(pair: Pair, name: str) -> None:
    before = counted("built"), counted("emitted"), counted("delegated")
    emit(pair.fast(BODIES[name](), 201, {"X-One": "1"}))
    after = counted("built"), counted("emitted"), counted("delegated")
    assert after == (before[0] + 1, before[1] + 1, before[2])


@compared
def test_a_status_with_methods_of_its_own(cls: type[t.Any]) -> t.Any:
    """It gives its response another ``__dict__``."""

    class Moving(str):
        def strip(self, *args: t.Any) -> str:
            response.__dict__ = dict(vars(response))
            return super().strip(*args)

    response = cls("a")
    response.__init__("text", Moving("201 Moved"))
    assert response.status == "201 Moved"
    return state(response)
