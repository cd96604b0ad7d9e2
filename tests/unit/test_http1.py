"""Heads against a renderer in plain Python, and read again by three parsers.

Set ``FASTRESP_FUZZ_EXAMPLES`` for a longer run; ``make long ONLY=fuzz`` does.
"""

from __future__ import annotations

import collections
import email.utils
import gc
import http
import inspect
import os
import sys
import threading
import time
import traceback
import typing as t
from unittest import mock

import head_reference
import pytest
import werkzeug.http
from head_reference import Fields
from head_reference import PARSERS
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers as WerkzeugHeaders

import fastresp

if not fastresp.ACCELERATED:
    pytest.skip("needs the compiled modules", allow_module_level=True)

from fastresp.http1 import chunk_head
from fastresp.http1 import date_header
from fastresp.http1 import LAST_CHUNK
from fastresp.http1 import render_head
from fastresp.http1 import render_informational

EXAMPLES = int(os.environ.get("FASTRESP_FUZZ_EXAMPLES", "300"))
SECRET = "s3cr3t"
# Werkzeug's table, as long as there is one.
PHRASES: dict[int, t.Any] = vars(werkzeug.http).get("HTTP_STATUS_CODES") or {
    each.value: each.phrase for each in http.HTTPStatus
}
IS_TABLE = "HTTP_STATUS_CODES" in vars(werkzeug.http)

# Anything but str, for what mypy would refuse.
render: t.Any = render_head
inform: t.Any = render_informational


def outcome(function: t.Callable[..., bytes], *args: t.Any) -> bytes | None:
    """The head, or ``None`` where it is refused."""
    try:
        return function(*args)
    except ValueError as error:
        # It would have the text, and where it was to go.
        assert type(error) is ValueError
        return None


def folded(name: str, value: str) -> tuple[str, str]:
    """A field without the case that means nothing: h11 gives codings in lower
    case."""
    name = name.lower()
    return name, value.lower() if name == "transfer-encoding" else value


def check_read(head: bytes) -> None:
    """Whether all parsers read what is there."""
    line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    start, code, reason = line.split(" ", 2)
    expected = [folded(*line.split(": ", 1)) for line in lines]
    for name, parse in PARSERS.items():
        read = parse(head, None)
        assert f"HTTP/{read.version}" == start, name
        assert read.code == int(code), name
        # http.client takes for white space what is none in HTTP; nothing depends
        # on a reason.
        assert read.reason.strip() == reason.strip(), name
        assert [folded(*field) for field in read.fields] == expected, name


def check(status: str, fields: Fields, version: t.Any = "1.1") -> bytes | None:
    """Compares with the reference; has what is accepted read."""
    expected = outcome(head_reference.render_head, status, fields, version)
    given = [fields, WerkzeugHeaders(), fastresp.Response().headers]
    for headers in given[1:]:
        headers._list = list(fields)  # type: ignore[attr-defined]
    if len(dict(fields)) == len(fields):
        given += [dict(fields), {name: [value] for name, value in fields}]
    for headers in given:
        found = outcome(lambda h: render_head(status, h, version=version), headers)
        assert found == expected, type(headers)
    if expected is not None:
        check_read(expected)
    return expected


# --- what is written ---------------------------------------------------------


def test_head() -> None:
    fields = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("content-length", "12"),
        ("Set-Cookie", "a=b"),
        ("Set-Cookie", "c=d"),
        ("X-Latin", "h\xe9"),
        ("X-Empty", ""),
    ]
    assert check("404 Not Found", fields) == (
        b"HTTP/1.1 404 Not Found\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n"
        b"content-length: 12\r\n"
        b"Set-Cookie: a=b\r\n"
        b"Set-Cookie: c=d\r\n"
        b"X-Latin: h\xe9\r\n"
        b"X-Empty: \r\n"
        b"\r\n"
    )


def test_no_headers() -> None:
    nothing: list[t.Any] = [[], {}, (), WerkzeugHeaders()]
    for headers in (*nothing, fastresp.Response().headers[:0]):
        assert render("200 OK", headers) == b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize("count", [1, 63, 64, 65, 90, 1000])
def test_many_headers(count: int) -> None:
    fields = [(f"X-{number}", str(number) * (number % 9)) for number in range(count)]
    expected = head_reference.render_head("200 OK", fields)
    assert render_head("200 OK", fields) == expected
    assert render_head("200 OK", dict(fields)) == expected
    assert render_head("200 OK", {n: [v] for n, v in fields}) == expected
    if count < 100:
        check_read(expected)
    fields.insert(count // 2, ("X", "\n"))
    assert outcome(render_head, "200 OK", fields) is None
    assert outcome(render_head, "200 OK", fields[:-1]) is None


def test_long_texts() -> None:
    for size in [*range(100), 255, 256, 257, 1000, 1 << 20]:
        text = ("abcdefghijklmnopqrstuvwxyz" * (1 + size // 26))[:size]
        fields = [("X-" + text[:5000], text), ("Y", text)]
        expected = head_reference.render_head(f"200 {text}", fields)
        assert render_head(f"200 {text}", fields) == expected


def test_version() -> None:
    assert check("200 OK", [("A", "b")], "1.0") == b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n"
    assert render("200 OK", [], version="".join(["1", ".1"])).startswith(b"HTTP/1.1 ")
    for version in ("", "1", "2", "1.2", "0.9", "HTTP/1.1", "1.1\r\n", "١.١"):
        with pytest.raises(ValueError, match="version"):
            render("200 OK", [], version=version)
    for wrong in (1.1, (1, 1), b"1.1", None):
        with pytest.raises(TypeError, match="version"):
            render("200 OK", [], version=wrong)
    with pytest.raises(TypeError):
        render("200 OK", [], "1.1")


# --- every byte --------------------------------------------------------------

AROUND = ["", "a", "-1", "abcd", "abcdefgh", "Abcdefgh-ijklmno", "x" * 30]


@pytest.mark.parametrize("part", ["name", "value", "reason"])
@pytest.mark.parametrize("around", AROUND)
def test_every_byte(part: str, around: str) -> None:
    places = sorted({0, len(around) // 3, len(around) // 2, len(around)})
    accepted = 0
    for place in places:
        for byte in range(256):
            text = around[:place] + chr(byte) + around[place:]
            status, fields = "200 OK", [("First", "1"), ("Name", "value")]
            if part == "name":
                fields[1] = (text, "value")
            elif part == "value":
                fields[1] = ("Name", text)
            else:
                status = f"200 {text}"
            accepted += check(status, fields) is not None
    # RFC 9110: 77 characters of a token; of other text, all but 32 controls.
    assert accepted == len(places) * (77 if part == "name" else 256 - 32)


@pytest.mark.parametrize("place", range(4))
def test_every_byte_of_a_status(place: int) -> None:
    for byte in range(256):
        check("200 "[:place] + chr(byte) + "200 OK"[place + 1 :], [])


BEYOND = "\u0100 \u010a \u0120 \u0660 \u200b \u2028 \ud800 \udc80 \uff0c \U0001f600"


@pytest.mark.parametrize("char", [*BEYOND.split(" "), "\U0010ffff"], ids=ascii)
def test_beyond_latin_1(char: str) -> None:
    for text in (char, f"a{char}", f"{char}a", f"a{char}a"):
        for status, name, value in (
            (f"200 {text}", "A", "b"),
            (text, "A", "b"),
            ("200 OK", text, "b"),
            ("200 OK", "A", text),
        ):
            # A str subclass has a way of its own.
            for kind in (str, Text):
                pair = (kind(name), kind(value))
                assert outcome(render, kind(status), [pair]) is None
                assert outcome(render, kind(status), dict([pair])) is None


# --- rules -------------------------------------------------------------------


# (status, fields), each with what is to happen.
def each(name: str, *values: str) -> dict[str, tuple[str, Fields]]:
    """A response for each value of a header."""
    return {f"{name}: {value!a}": ("200 OK", [(name, value)]) for value in values}


LENGTH = ("Content-Length", "5")
CHUNKED = ("Transfer-Encoding", "chunked")
ACCEPTED: dict[str, tuple[str, Fields]] = {
    **{ascii(text): (text, []) for text in ("200", "200 ", "299 X", "100 X", "599 X")},
    **each("Content-Length", "007", "9" * 18, " \t5\t "),
    **each("transfer-ENCODING", "chunked", "\tChunked "),
    "length of 304": ("304 Not Modified", [LENGTH]),
    "length of 205": ("205 Reset Content", [("Content-Length", "0")]),
    "coding of 304": ("304 Not Modified", [CHUNKED]),
    "length twice": ("200 OK", [LENGTH, ("content-length", " 5")]),
    "length three times": ("200 OK", [LENGTH] * 3 + [("A", "b")]),
    "white space around": ("200  O K\t", [("A", " b "), ("B", "\t \t"), ("C", "a  b")]),
    "nearly Content-Length": (
        "204 No",
        [("Content_Length", "x"), ("Content-Lengti", "x")],
    ),
    "nearly Transfer-Encoding": ("204 No", [("Transfer_Encoding", "x"), ("TE", "x")]),
    "nearly, in the middle": ("204 No", [("Transfer.Encoding", "x")]),
    "switching protocols": (
        "101 Switching Protocols",
        [("Upgrade", "u"), ("Connection", "upgrade")],
    ),
}
#: Texts that split a head in every place are those of test_injection.py.
REFUSED: dict[str, tuple[str, Fields]] = {
    **each(
        "A", f"b\r\nB: {SECRET}", f"{SECRET}\0", f"\udc0a{SECRET}", f"\r\n {SECRET}"
    ),
    "late": ("200 OK", [("A", "b"), ("B", "c"), ("C", f"{SECRET}\n")]),
    **{
        f"name {name!a}": ("200 OK", [(name, SECRET)])
        for name in (
            *("", "A: b\r\nB", "Content-Length ", "Content-Length\0", "N\xe4me"),
            # The Kelvin sign, and a long s.
            *("Trans\u212aer-Encoding", "Tran\u017ffer-Encoding"),
        )
    },
    # Content-Length.
    "no length": ("200 OK", [("Content-Length", "")]),
    **each(
        "Content-Length",
        *(" ", "+5", "-5", "0x5", "5e1", "5.0", "1_0", "1 0", "5, 5", "5,5", "5, 6"),
        *("5;", '"5"', "\u0665", "\xb2", "5\xa0", "1" + "0" * 18, "0" * 30 + "5"),
        "18446744073709551621",
    ),
    "conflict": ("200 OK", [LENGTH, ("Content-Length", "6")]),
    "conflict in spelling": ("200 OK", [LENGTH, ("content-length", "05")]),
    "conflict, third": ("200 OK", [LENGTH, LENGTH, ("Content-Length", "6")]),
    # Both, or where neither belongs.
    "length, coding": ("200 OK", [LENGTH, CHUNKED]),
    "coding, length": ("200 OK", [CHUNKED, LENGTH]),
    "both, of a 304": ("304 No", [CHUNKED, LENGTH]),
    "length of 204": ("204 No Content", [("Content-Length", "0")]),
    "length of 103": ("103 Early Hints", [("Content-Length", "0")]),
    "length of 101": ("101 Switching Protocols", [("Content-Length", "0")]),
    "coding of 204": ("204 No Content", [CHUNKED]),
    "coding of 100": ("100 Continue", [CHUNKED]),
    # Transfer-Encoding.
    "coding twice": ("200 OK", [CHUNKED, CHUNKED]),
    **each(
        "Transfer-Encoding",
        *("gzip, chunked", "chunked, identity", "identity", "", "xchunked", "chunked,"),
        *("chunked;a=b", "\x0bchunked"),
    ),
    # Status: each byte of one is in test_every_byte_of_a_status.
    **{
        f"status {status!a}": (status, [])
        for status in (
            *(f"200 OK\r\nSet-Cookie: {SECRET}", f"200 {SECRET}\udc0a", "", " "),
            *("0 OK", "000 OK", "99 OK", "099 OK", "600 OK", "999 OK", "1000 OK"),
            *("2000", "+200 OK", "-200 OK", "20 OK", "200.0 OK", " 200 OK", "+ 2 OK"),
            *("\u0662\u0660\u0660 OK", "\xb2\xb2\xb2 OK", "\uff12\uff10\uff10 OK"),
            *("200OK", "OK", "HTTP/1.1 200 OK"),
        )
    },
}


@pytest.mark.parametrize("status, fields", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(status: str, fields: Fields) -> None:
    assert check(status, fields) is not None


@pytest.mark.parametrize("status, fields", REFUSED.values(), ids=REFUSED)
def test_refused(status: str, fields: Fields) -> None:
    """No error has a value."""
    assert check(status, fields) is None
    assert outcome(inform, status.replace("200", "103"), fields) is None
    lists: dict[str, list[str]] = {}
    for name, value in fields:
        lists.setdefault(name, []).append(value)
    for headers in (fields, lists, [(Text(n), Text(v)) for n, v in fields]):
        with pytest.raises(ValueError) as caught:
            render(status, headers)
        said = "".join(traceback.format_exception(caught.value, chain=True))
        assert caught.value.__cause__ is caught.value.__context__ is None
        message = str(caught.value)
        assert "s3cr" not in message + repr(caught.value)
        # Nor raw bytes of a name, for a log that is read by line.
        assert message.isprintable()
        assert "s3cr" not in said.replace(inspect.getsource(sys.modules[__name__]), "")


def test_http_1_0() -> None:
    assert outcome(lambda: render("100 Continue", [], version="1.0")) is None
    chunked = [("Transfer-Encoding", "chunked")]
    assert outcome(lambda: render("200 OK", chunked, version="1.0")) is None
    assert outcome(lambda: render("200 OK", [("Content-Length", "5")], version="1.0"))


def test_length_is_written_once() -> None:
    fields = [("A", "1"), ("Content-Length", "5"), ("B", "2"), ("content-length", "5")]
    fields += [("C", "3")]
    assert render_head("200 OK", fields) == (
        b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\nB: 2\r\nC: 3\r\n\r\n"
    )
    # Ours is not to change.
    assert len(fields) == 5


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize(
    "fields, body, expected",
    [
        ([("Content-Length", "5")], b"Hello", b"Hello"),
        ([("Content-Length", "\t05 ")], b"Hello", b"Hello"),
        ([("content-length", "5"), ("Content-Length", "5")], b"Hello", b"Hello"),
        ([("Content-Length", "0")], b"", b""),
        ([("transfer-encoding", " CHUNKED")], b"5\r\nHello\r\n0\r\n\r\n", b"Hello"),
        ([], b"Hello", b"Hello"),
    ],
)
def test_bodies_are_read_alike(
    version: t.Any, fields: Fields, body: bytes, expected: bytes
) -> None:
    if version == "1.0" and fields and "transfer" in fields[0][0]:
        pytest.skip("not in HTTP/1.0")
    head = render_head("200 OK", fields, version=version)
    for name, parse in PARSERS.items():
        assert parse(head, body).body == expected, name


# --- messages ----------------------------------------------------------------


LATIN_1 = "has a character that is not in latin-1"
LONG = "a" * 39
MESSAGES: dict[str, t.Any] = {
    "header 'A': the value has a control character": [("A", "\n")],
    "header '': not a token": [("", "b")],
    r"header 'a\r\nb': not a token": [("a\r\nb", "b")],
    r"header 'é\x00': not a token": [("é\x00", "b")],
    f"header '{LONG}\\n'...: not a token": [(f"{LONG}\n{SECRET}", "b")],
    f"header '\\u2028{LONG}'...: the name {LATIN_1}": [(f"\u2028{LONG}aaa", "b")],
    f"header 'X-Key': the value {LATIN_1}": {"X-Key": "\u2603"},
    "header 'Content-Length': the value is not 1 to 18 digits": {"Content-Length": "x"},
}
NO_HEADERS = "headers is not a list, dict or Headers but"
NO_VALUE = "header 'A': the value is not a str but"
TYPES: dict[str, t.Any] = {
    f"{NO_HEADERS} NoneType": None,
    f"{NO_HEADERS} str": SECRET,
    f"{NO_HEADERS} list_iterator": iter([]),
    f"{NO_HEADERS} set": {("A", SECRET)},
    "header 0 is not a tuple but list": [["A", SECRET]],
    "header 1 is not a tuple but str": [("A", "b"), "AB"],
    "header 0 is not a (name, value) pair": [("A", SECRET, "c")],
    "header 2 is not a (name, value) pair": [("A", "b"), ("A", "b"), (SECRET,)],
    "a header name is not a str but bytes": [(b"A", SECRET)],
    "a header name is not a str but int": {5: SECRET},
    f"{NO_VALUE} bytes": [("A", b"s3cr3t")],
    f"{NO_VALUE} NoneType": [("A", None)],
    f"{NO_VALUE} UserString": [("A", collections.UserString("b"))],
    f"{NO_VALUE} int": {"A": 5},
    f"{NO_VALUE} float": {"A": ["b", 5.5]},
    f"{NO_VALUE} set": {"A": {"b"}},
}


def said(error: type[Exception], status: t.Any, headers: t.Any) -> str:
    with pytest.raises(error) as caught:
        render(status, headers)
    return str(caught.value)


@pytest.mark.parametrize("message", MESSAGES)
def test_messages(message: str) -> None:
    assert said(ValueError, "200 OK", MESSAGES[message]) == message


@pytest.mark.parametrize("message", TYPES)
def test_types(message: str) -> None:
    assert said(TypeError, "200 OK", TYPES[message]) == message


def test_messages_of_the_status() -> None:
    assert said(ValueError, "200 \u2603", []) == f"the status {LATIN_1}"
    assert said(ValueError, "200 \n", []) == "the reason phrase has a control character"
    for wrong in (b"200 OK", None, 200.0):
        kind = type(wrong).__name__
        message = f"the status is not a str or int but {kind}"
        assert said(TypeError, wrong, []) == message


# --- status as a number ------------------------------------------------------


def test_number() -> None:
    for code in range(100, 600):
        expected = f"HTTP/1.1 {code} {PHRASES.get(code, '')}\r\n\r\n".encode()
        assert render_head(code, []) == expected
        check_read(expected)


class Lying(int):
    """Says that it is another number."""

    def __lt__(self, other: object) -> bool:
        return True

    __le__ = __gt__ = __ge__ = __lt__

    def __index__(self) -> int:
        return 200

    __int__ = __index__


@pytest.mark.parametrize(
    "code",
    [
        *(0, 1, 99, 600, 1000, -200, 1 << 31, (1 << 32) + 200, 1 << 64, -(1 << 64)),
        *map(Lying, (0, 99, 600, -1, 1 << 40, 1 << 70)),
        True,
    ],
)
def test_number_out_of_range(code: int) -> None:
    with pytest.raises(ValueError, match="^the status is not three digits"):
        render_head(code, [])


def test_number_of_a_subclass() -> None:
    uncomparable = mock.Mock(side_effect=AssertionError)
    names = {"__eq__": uncomparable, "__hash__": uncomparable}
    code: t.Any = type("Code", (int,), names)(404)
    assert render_head(code, []) == render_head(404, [])
    assert render_head(http.HTTPStatus.NOT_FOUND, []) == render_head(404, [])


class Version(str):
    """Claims to be each version."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("1.1")


def test_version_that_lies() -> None:
    with pytest.raises(ValueError, match="^the version is not"):
        render(200, [], version=Version("2.0"))
    assert render(200, [], version=Version("1.0")).startswith(b"HTTP/1.0 ")


def test_headers_whose_class_raises() -> None:
    def fail(self: t.Any) -> t.Any:
        raise LookupError("no class")

    unlike: t.Any = type("Unlike", (), {"__class__": property(fail)})()
    with pytest.raises(LookupError, match="^no class$"):
        render_head(200, unlike)


@pytest.mark.skipif(not IS_TABLE, reason="Werkzeug has no table of phrases")
def test_phrases_that_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: dict[int, t.Any] = PHRASES
    monkeypatch.setitem(codes, 200, "".join(["Fi", "ne"]))
    monkeypatch.setitem(codes, 299, Text("Odd"))
    monkeypatch.delitem(codes, 404)
    assert render_head(200, []) == b"HTTP/1.1 200 Fine\r\n\r\n"
    assert render_head(299, []) == b"HTTP/1.1 299 Odd\r\n\r\n"
    assert render_head(404, []) == b"HTTP/1.1 404 \r\n\r\n"
    monkeypatch.setitem(codes, 200, "OK\r\nA: b")
    assert outcome(render, 200, []) is None
    monkeypatch.setitem(codes, 200, "\u2603")
    assert outcome(render, 200, []) is None
    monkeypatch.setitem(codes, 200, 5)
    with pytest.raises(TypeError, match="^the reason phrase is not a str but int$"):
        render_head(200, [])


# --- types beyond the exact ones ---------------------------------------------


class Text(str):
    """Claims to be something else."""

    def __str__(self) -> str:
        return "\r\n"

    def __repr__(self) -> str:
        return SECRET

    def __getitem__(self, key: t.Any) -> str:
        return SECRET

    def __len__(self) -> int:
        return 1000

    def lower(self) -> str:
        return "x"


class Pair(tuple[str, str]): ...


class Point(t.NamedTuple):
    name: str
    value: str


EXPECTED = b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        [("A", "1"), ("B", "2")],
        (("A", "1"), ("B", "2")),
        [Pair(("A", "1")), ("B", "2")],
        [Point("A", "1"), ("B", "2")],
        [(Text("A"), "1"), ("B", Text("2"))],
        {"A": "1", "B": "2"},
        {"A": ["1"], "B": ("2",)},
        {Text("A"): Text("1"), "B": [Text("2")]},
        {"A": "1", "C": [], "B": "2"},
        collections.OrderedDict(A="1", B="2"),
        WerkzeugHeaders({"A": "1", "B": "2"}),
        fastresp.Response(headers={"A": "1", "B": "2"}).headers[:2],
        type("Own", (WerkzeugHeaders,), {})({"A": "1", "B": "2"}),
        type("Own", (list,), {})([("A", "1"), ("B", "2")]),
    ],
)
def test_subclasses(headers: t.Any) -> None:
    assert render("200 OK", headers) == EXPECTED
    assert render(Text("200 OK"), headers) == EXPECTED


@pytest.mark.parametrize("cls", [WerkzeugHeaders, type(fastresp.Response().headers)])
def test_headers_of_both_kinds(monkeypatch: pytest.MonkeyPatch, cls: t.Any) -> None:
    headers = cls([("A", "1"), ("B", "2")])
    assert render_head("200 OK", headers) == EXPECTED
    headers._list = tuple(headers._list)
    assert render_head("200 OK", headers) == EXPECTED
    headers._list = [("A", "\n")]
    assert outcome(render, "200 OK", headers) is None
    with monkeypatch.context() as patches:
        patches.setattr(cls, "__iter__", lambda self: iter([("A", "1"), ("B", "2")]))
        assert render("200 OK", headers) == EXPECTED
    del headers._list
    with pytest.raises(AttributeError):
        render_head("200 OK", headers)


def test_what_iteration_gives_counts() -> None:
    def own(cls: type[t.Any], name: str, given: t.Any) -> t.Any:
        def walk(self: t.Any) -> t.Iterator[tuple[str, str]]:
            yield "B", "2"

        return type("Own", (cls,), {name: walk})(given)

    expected = b"HTTP/1.1 200 OK\r\nB: 2\r\n\r\n"
    assert render("200 OK", own(list, "__iter__", [("A", "1\n")])) == expected
    assert render("200 OK", own(dict, "items", {"A": "1\n"})) == expected


def test_an_exception_on_the_way() -> None:
    class Failing(list[t.Any]):
        def __iter__(self) -> t.Iterator[t.Any]:
            yield "A", "1"
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        render("200 OK", Failing())


def test_headers_that_change_meanwhile() -> None:
    """What is not of the exact types may run code of its own, before anything
    is written."""

    class Changing(tuple[str, str]):
        def __iter__(self) -> t.Iterator[str]:
            fields.clear()
            gc.collect()
            return iter(["A" * 3, "1" * 3])

    fields: list[t.Any] = []
    for count in (1, 10, 100):
        fields[:] = [("X" * n, "1" * n) for n in range(1, count)]
        fields += [Changing(("A", "1")), ("B", "2")]
        head = render("200 OK", fields)
        lines = [b"HTTP/1.1 200 OK"]
        lines += [b"X" * n + b": " + b"1" * n for n in range(1, count)]
        # Its list is a copy, made before.
        lines += [b"AAA: 111", b"B: 2", b"", b""]
        assert head == b"\r\n".join(lines)


# --- any input ---------------------------------------------------------------

latin_1 = st.characters(min_codepoint=0, max_codepoint=255)
names = st.one_of(
    st.sampled_from(
        ["Content-Length", "content-length", "Transfer-Encoding", "TRANSFER-ENCODING"]
        + ["Set-Cookie", "Connection", "Upgrade", "Trailer", "Date", "Location"]
    ),
    st.text("abcXYZ019-_!#$%&'*+.^`|~", max_size=20),
    st.text(latin_1, max_size=20),
    st.text(max_size=5),
)
values = st.one_of(
    st.sampled_from(["", "0", "5", "05", " 5", "+5", "5,5", "chunked", "close", "h2c"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    st.text(st.one_of(st.sampled_from(" \t\r\na"), latin_1), max_size=40),
    st.text(max_size=10),
)
statuses = st.one_of(
    st.sampled_from(
        ["200 OK", "204 No Content", "304 Not Modified", "103 Early Hints"]
    ),
    st.builds(lambda code, reason: f"{code} {reason}", st.integers(90, 610), values),
    values,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(statuses, st.lists(st.tuples(names, values), max_size=12), st.booleans())
def test_anything(status: str, fields: Fields, old: bool) -> None:
    check(status, fields, "1.0" if old else "1.1")


# --- interim responses -------------------------------------------------------


def test_informational() -> None:
    assert render_informational(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert render_informational("100 Go on", ()) == b"HTTP/1.1 100 Go on\r\n\r\n"
    link = [("Link", "</style.css>; rel=preload"), ("Link", "</x.js>; rel=preload")]
    head = render_informational(103, link)
    assert head == head_reference.render_head("103 Early Hints", link)
    check_read(head)


@pytest.mark.parametrize("status", [200, 101, "101 Switching Protocols", "204 No", 304])
def test_no_interim_response(status: str | int) -> None:
    with pytest.raises(ValueError, match="1xx"):
        render_informational(status)


@pytest.mark.parametrize("status", [99, 0, 1100, "10", "1000 X", "", "103 \n"])
def test_no_status(status: str | int) -> None:
    with pytest.raises(ValueError):
        render_informational(status)


# --- Date --------------------------------------------------------------------


def test_date_header() -> None:
    name, value = date_header()
    assert name == "Date"
    assert value == email.utils.formatdate(stamp_of(value), usegmt=True)
    assert value.isascii() and type(value) is str


def stamp_of(value: str) -> float:
    return email.utils.parsedate_to_datetime(value).timestamp()


def test_date_changes_once_a_second() -> None:
    """In each of several threads; each value is that of the clock."""
    wrong: list[object] = []

    def look() -> None:
        seen = [date_header()[1]]
        end = time.monotonic() + 2.2
        while time.monotonic() < end:
            before = int(time.time()) - 1
            _, value = date_header()
            if not before <= stamp_of(value) <= time.time():
                wrong.append(value)
            if value != seen[-1]:
                seen.append(value)
            time.sleep(0.001)
        stamps = [stamp_of(value) for value in seen]
        if stamps != [stamps[0] + number for number in range(len(seen))]:
            wrong.append(seen)
        if len(seen) not in (3, 4):
            wrong.append(seen)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- chunks ------------------------------------------------------------------


def test_chunk_head() -> None:
    assert chunk_head(31) == chunk_head(Lying(31)) == b"1f\r\n"
    sizes = [*range(1, 5000), *(1 << bit for bit in range(63))]
    sizes += [(1 << bit) - 1 for bit in range(1, 64)]
    for size in sizes:
        assert chunk_head(size) == f"{size:x}\r\n".encode()
    assert LAST_CHUNK == b"0\r\n\r\n"


@pytest.mark.parametrize(
    "size",
    [
        *(0, -1, 1 << 63, 1 << 64, (1 << 64) + 1, -(1 << 64)),
        *map(Lying, (0, -1, -(1 << 62), 1 << 63, 1 << 70)),
    ],
)
def test_chunk_of_no_size(size: int) -> None:
    with pytest.raises(ValueError, match="^the size of a chunk"):
        chunk_head(size)


@pytest.mark.parametrize("size", [1.0, "1", b"1", None])
def test_chunk_size_of_another_type(size: t.Any) -> None:
    with pytest.raises(TypeError, match="^the size is not an int but"):
        chunk_head(size)


def test_chunks_are_read() -> None:
    chunks = [b"x" * size for size in (1, 9, 10, 15, 16, 255, 4096, 70000)]
    body = b"".join(chunk_head(len(c)) + c + b"\r\n" for c in chunks) + LAST_CHUNK
    head = render_head(200, {"Transfer-Encoding": "chunked"})
    for name, parse in PARSERS.items():
        assert parse(head, body).body == b"".join(chunks), name
