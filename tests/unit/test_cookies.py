"""Cookies: ``set_cookie`` and ``delete_cookie`` against Werkzeug's own, over the
whole space of arguments and hooks.

Set ``FASTRESP_FUZZ_EXAMPLES`` for a longer run.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import contextvars
import datetime as dt
import decimal
import functools
import inspect
import itertools
import math
import os
import re
import time
import typing as t
import warnings
from unittest import mock

import choices
import conftest
import flask
import flask.wrappers
import programs
import pytest
import werkzeug.http
import werkzeug.sansio.response
from bodies import Text
from conftest import counted
from conftest import Pair
from markupsafe import Markup
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp

LONG = int(os.environ.get("FASTRESP_FUZZ_EXAMPLES", "0"))
needs_core = pytest.mark.skipif(
    not fastresp.ACCELERATED, reason="needs the compiled modules"
)
Program = cabc.Callable[[type[t.Any]], t.Any]
Call = tuple[tuple[t.Any, ...], dict[str, t.Any]]

PARAMETERS = tuple(inspect.signature(WerkzeugResponse.set_cookie).parameters)[1:]
UTC = dt.UTC
# What Werkzeug forgets to escape; tests/unit/test_deviations.py has them.
FORGOTTEN = "".join(map(chr, range(0x1A, 0x20)))
CHARS = [chr(code) for code in range(256) if chr(code) not in FORGOTTEN]


def same(program: Program, pair: Pair) -> None:
    """Runs it on both within one second of the clock."""
    for _ in range(3):
        before = outcome(lambda: program(pair.stock))
        fast = outcome(lambda: program(pair.fast))
        if fast == before or before == outcome(lambda: program(pair.stock)):
            break
    assert fast == before


compared = functools.partial(conftest.compared, same=same)


def fields(response: t.Any) -> t.Any:
    return describe(response.headers._list)


def called(
    cls: cabc.Callable[[str], t.Any], name: str, *args: t.Any, **kwargs: t.Any
) -> t.Any:
    """What a call returns, and the fields after it, also when it fails."""
    response = cls("x")
    result = outcome(lambda: getattr(response, name)(*args, **kwargs))
    return result, fields(response), sorted(vars(response))


def check(pair: Pair, *args: t.Any, **kwargs: t.Any) -> None:
    same(lambda cls: called(cls, "set_cookie", *args, **kwargs), pair)


def check_delete(pair: Pair, *args: t.Any, **kwargs: t.Any) -> None:
    same(lambda cls: called(cls, "delete_cookie", *args, **kwargs), pair)


@pytest.fixture(autouse=True)
def context() -> cabc.Iterator[None]:
    """Where Flask's class asks the app for the limit."""
    with flask.Flask("app").app_context():
        yield


# --- arguments --------------------------------------------------------------


@pytest.mark.parametrize("form", ("{}", "a{}b", "{};", "{}é"))
def test_every_byte_in_a_value(pair: Pair, form: str) -> None:
    for char in CHARS:
        check(pair, "k", form.format(char))


def test_every_two_bytes_in_a_value(pair: Pair) -> None:
    for chars in itertools.product(CHARS[::3], CHARS[::5]):
        check(pair, "k", "".join(chars), path=None)


def test_every_byte_of_utf8_in_a_value(pair: Pair) -> None:
    codes = [*range(0x80, 0x900), *range(0x900, 0x110000, 0x3F1), 0x10FFFF]
    for code in codes:
        check(pair, "k", chr(code))
    check(pair, "k", "\ud800")


@pytest.mark.parametrize("form", ("{}", "a{}", "{}a", "a{}b"))
@pytest.mark.parametrize("name", ("key", "path", "domain", "expires", "samesite"))
def test_every_byte_in_other_texts(pair: Pair, name: str, form: str) -> None:
    for code in range(256):
        text = form.format(chr(code))
        check(pair, **{"key": "k", name: text})
        check_delete(pair, text)


FLAGS: list[t.Any] = [True, False, None, 1, 0, 0.0, "", "x", [], Markup("y")]


class Later(dt.datetime):
    pass


class Zone(dt.tzinfo):
    def utcoffset(self, moment: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(hours=5, minutes=45)

    def tzname(self, moment: dt.datetime | None) -> str:
        return "own"

    def dst(self, moment: dt.datetime | None) -> None:
        return None


MOMENTS = [
    dt.datetime(1, 1, 1),
    dt.datetime(999, 12, 31, 23, 59, 59, 999999),
    dt.datetime(1900, 2, 28),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
    dt.datetime(2000, 2, 29, 12),
    dt.datetime(2026, 3, 1, 0, 0, 1),
    dt.datetime(9999, 12, 31, 23, 59, 59),
]
EXPIRES: list[t.Any] = [
    *(None, "", "never", "Thu, 01 Jan 1970 00:00:00 GMT", "é", "a\r\nb", "a\0b", b"x"),
    *(0, 1, -1, 59, 60, 86399, 86400, 951782400, 2**31, 2**63, -(2**70), True, False),
    *(32503679999, 32503680000, 253402300799, 253402300800),
    *(0.0, -0.0, 0.5, -0.5, 0.9999994, 0.9999995, 0.9999996, 59.9999999, 1e9 + 0.1),
    *(0.99999949999, 1.9999995, 2.9999995, 86399.9999995, 32503679998.9999999),
    *(32503679999.5, 1e11, 1e300, math.nan, math.inf, -math.inf),
    *MOMENTS,
    *(moment.replace(tzinfo=UTC) for moment in MOMENTS),
    *(moment.replace(tzinfo=dt.timezone(dt.timedelta(0))) for moment in MOMENTS),
    *(moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=-3))) for moment in MOMENTS),
    *(moment.replace(tzinfo=Zone()) for moment in MOMENTS),
    *(moment.date() for moment in MOMENTS),
    *(Later(2030, 1, 1), Later(2030, 1, 1, tzinfo=UTC)),
    *(time.gmtime(0), time.gmtime(10**9), (2000, 1, 1, 0, 0, 0, 0, 0, 0)),
    *(decimal.Decimal("1.5"), dt.timedelta(1), dt.time(1), [], object),
]


MAX_AGES: list[t.Any] = [
    *(None, 0, 1, -1, 3600, 10**9, -(10**9), 10**10, -(10**10), 2 * 10**11, 2**70),
    *(32503679999, 32503680000, -32503679999, -32503680000, 2**63, -(2**63)),
    *(True, False, 1.5, "5", "", b"5", math.nan, decimal.Decimal(1)),
    *(dt.timedelta(0), dt.timedelta(1, 2, 999999), dt.timedelta(-1, 86399, 500000)),
    *(dt.timedelta(36524, 86399, 999999), dt.timedelta(36525), dt.timedelta(999999)),
    *(dt.timedelta.max, dt.timedelta.min, dt.timedelta(microseconds=-1)),
]


VALUES: dict[str, t.Any] = {
    "expires": EXPIRES,
    "max_age": MAX_AGES,
    "domain": (
        *("", ".", "..", "a", ".a", "..a", "a.", "a..b", "A.Example", "-", "a_b"),
        *("host:80", ":80", ".host:80", "[::1]", "127.0.0.1", "a b", "xn--a.b"),
        *("x" * 63, "x" * 64, "a." + "x" * 64, "x" * 64 + ".a", "é.de", "ß", "a。b"),
        *(".".join(["x" * 63] * 5), "a\r\nb"),
    ),
    "samesite": (
        *("Lax", "lax", "LAX", "lAx", "Strict", "strict", "None", "none", "NONE"),
        *("", "Lax ", "Laxx", "la", "ſtrict", "ﬁ", "stric\0", "no ne", 1, True, b"Lax"),
    ),
    **{name: FLAGS for name in ("secure", "httponly", "partitioned")},
}


@pytest.mark.parametrize("name", [name for name in VALUES if name in PARAMETERS])
def test_values(pair: Pair, name: str) -> None:
    others: list[dict[str, t.Any]] = [{}, {"max_age": 5}, {"expires": 0}, {"secure": 1}]
    for value in VALUES[name]:
        for other in others:
            check(pair, "k", **{**other, name: value})


@needs_core
@pytest.mark.parametrize("name", ("key", "value", "path", "domain", "expires"))
@compared
def test_long_texts(base: type[t.Any], name: str) -> t.Any:
    cls = type("Unlimited", (base,), {"max_cookie_size": 0})
    return [
        called(cls, "set_cookie", **{"key": "k", name: "x" * size})
        for size in (5000, 1 << 20, (1 << 20) + 1)
    ]


SIZES = [4093, 0, 1, 30, 60, 80, -1, True, None, 40.5, "5", 2**70]
sizes = choices.either(*[4093] * 11, *SIZES)


@pytest.mark.parametrize("name", ("set_cookie", "delete_cookie"))
def test_any_call(pair: Pair, name: str) -> None:
    """With some arguments, in any order, and with all by position."""
    for number in range(LONG or 1500):
        form = (name, f"{name}()")[number % 3 == 0]
        below = choices.numbers(number)
        drawn = programs.OPERATIONS[form].arguments
        key, *args = (argument.draw(below) for argument in drawn)
        kwargs = args.pop() if form == name else {}
        size = sizes.draw(below)

        def program(cls: type[t.Any]) -> t.Any:
            if size != 4093:  # noqa: B023
                cls = type("Limited", (cls,), {"max_cookie_size": size})  # noqa: B023
            return called(cls, name, key, *args, **kwargs)  # noqa: B023

        same(program, pair)


WRONG: list[Call] = [
    ((), {}),
    ((), {"value": "v"}),
    ((None,), {}),
    (("k",), {"key": "k"}),
    (("k",) * 11, {}),
    (("k",) * 30, {}),
    (("k",), {"other": 1}),
    (("k",), {f"other{number}": 1 for number in range(40)}),
    (("k", "v"), {"value": "v"}),
    (("k", "v"), {"path": "/"}),
    (("k",), {"max_age": 1, "expires": 0}),
    (("k",), {"partitioned": True}),
    (("k",), {"sync_expires": False}),
    # A name that is not interned.
    ((), {"".join(["k", "ey"]): "k", "".join(["pa", "th"]): "/x"}),
]


@pytest.mark.parametrize("name", ("set_cookie", "delete_cookie"))
@compared
def test_wrong_calls(cls: type[t.Any], name: str) -> t.Any:
    return [called(cls, name, *args, **kwargs) for args, kwargs in WRONG]


# --- what is fast, what is left ---------------------------------------------


CALLS: dict[str, tuple[int, Call]] = {
    "plain": (0, (("k", "v"), {})),
    "all": (0, (("k", "v", 5, 6, "/a", "b.c", True, True, "Lax"), {})),
    "by name": (0, ((), {"key": "k", "httponly": True, "samesite": "none"})),
    "quoted": (0, (("k", 'a b;"é→\U0001f600'), {})),
    "from now": (0, (("k",), {"max_age": 3600})),
    "timedelta": (1, (("k",), {"max_age": dt.timedelta(31)})),
    "moment": (0, (("k",), {"expires": dt.datetime(2030, 1, 1, tzinfo=UTC)})),
    "naive moment": (0, (("k",), {"expires": dt.datetime(2030, 1, 1)})),
    "timestamp": (1, (("k",), {"expires": time.time()})),
    "text": (0, (("k",), {"expires": "never"})),
    "nothing": (0, (("k",), {"path": None, "secure": None})),
    "other key": (1, (("é",), {})),
    "break": (1, (("k\n",), {})),
    "str subclass": (1, (("k", Text("v")), {})),
    "escaped path": (1, (("k",), {"path": "/a b"})),
    "dot": (1, (("k",), {"domain": ".a"})),
    "date": (1, (("k",), {"expires": dt.date(2030, 1, 1)})),
    "number": (1, (("k",), {"secure": 1})),
    "too large": (1, (("k", "x" * 5000), {})),
}


@needs_core
@pytest.mark.parametrize(("delegated", "call"), CALLS.values(), ids=CALLS)
def test_what_is_delegated(pair: Pair, delegated: int, call: Call) -> None:
    args, kwargs = call
    before = counted("delegated")
    called(pair.fast, "set_cookie", *args, **kwargs)
    assert counted("delegated") == before + delegated
    pair.fast("x").delete_cookie("k", "/", "a.b", secure=True)
    assert counted("delegated") == before + delegated
    check(pair, *args, **kwargs)


@compared
def test_emission(cls: type[t.Any]) -> t.Any:
    response = cls("x")
    response.set_cookie("a", "b", 5, 0, domain="c.d", secure=True)
    response.set_cookie("a", "é", httponly=True)
    response.delete_cookie("e")
    return emit(response), emit(response, "HEAD")


# --- the limit --------------------------------------------------------------


def warned(cls: cabc.Callable[[str], t.Any], size: int = 30) -> t.Any:
    return called(cls, "set_cookie", "k", "x" * size)


@pytest.mark.parametrize("limit", SIZES)
@pytest.mark.parametrize(
    "where", ("class", "Werkzeug", "sansio", "instance", "__dict__")
)
@compared
def test_limits(base: type[t.Any], limit: t.Any, where: str) -> t.Any:
    names = {"max_cookie_size": limit} if where == "class" else {}
    cls = type("Limited", (base,), names)

    def make(text: str) -> t.Any:
        response = cls(text)
        if where == "instance" and not issubclass(cls, flask.Response):
            response.max_cookie_size = limit
        if where in ("instance", "__dict__"):
            vars(response)["max_cookie_size"] = limit
        return response

    owners = {"Werkzeug": WerkzeugResponse, "sansio": werkzeug.sansio.response.Response}
    with contextlib.ExitStack() as stack:
        before = warned(cls)
        if where in owners:
            stack.enter_context(
                mock.patch.object(owners[where], "max_cookie_size", limit)
            )
        # One character too few, just enough, one too many.
        during = [warned(make, size) for size in (*range(15, 75), 4083, 4085, 4086)]
    return before, during, warned(cls)


@compared
def test_a_limit_that_is_asked_for_once(base: type[t.Any]) -> t.Any:
    journal = Journal()

    def limit(self: t.Any) -> int:
        journal("asked")
        return 20

    cls = type("Limited", (base,), {"max_cookie_size": property(limit)})
    return warned(cls), warned(cls, 3), journal.entries


class OwnConfig(flask.Config):
    def __getitem__(self, name: str) -> t.Any:
        return 25 if name == "MAX_COOKIE_SIZE" else super().__getitem__(name)


def own_config(app: t.Any) -> t.Any:
    return {**vars(app)["config"], "MAX_COOKIE_SIZE": 25}


def set_config(app: t.Any, config: t.Any) -> None:
    vars(app)["config"] = config


def forwarded(app: t.Any, name: str) -> t.Any:
    return own_config(app) if name == "config" else object.__getattribute__(app, name)


#: What the class of an app has.
APPS: dict[str, dict[str, t.Any]] = {
    "stock": {},
    "false": {"__bool__": lambda app: False},
    "empty": {"__len__": lambda app: 0},
    "config class": {"config_class": OwnConfig},
    "property": {"config": property(own_config, set_config)},
    "forwarding": {"__getattribute__": forwarded},
}


@pytest.mark.parametrize("names", APPS.values(), ids=APPS)
@pytest.mark.parametrize("limit", SIZES)
@compared
def test_the_limit_of_an_app(
    cls: type[t.Any], names: dict[str, t.Any], limit: t.Any
) -> t.Any:
    app = type("App", (flask.Flask,), names)("app")
    with app.app_context():
        before = warned(cls)
        app.config["MAX_COOKIE_SIZE"] = limit
        seen = [warned(cls, size) for size in (10, 20, 40, 80, 5000)]
        app.config.pop("MAX_COOKIE_SIZE", None)
        return before, seen, warned(cls)


@compared
def test_an_app_that_is_changed(cls: type[t.Any]) -> t.Any:
    kind: t.Any = type("App", (flask.Flask,), {})
    app = kind("app")
    seen = []
    with app.app_context():
        seen.append(warned(cls))
        app.config["MAX_COOKIE_SIZE"] = 20
        seen.append(warned(cls))
        kind.__bool__ = lambda self: False
        seen.append(warned(cls))
        del kind.__bool__
        with mock.patch.object(
            flask.Config, "__getitem__", lambda self, name: 0, create=True
        ):
            seen.append(warned(cls))
        app.config = {"MAX_COOKIE_SIZE": 35}
        seen.append(warned(cls))
        del app.config
        seen.append(warned(cls))
        other = mock.Mock(config={"MAX_COOKIE_SIZE": 15})
        with mock.patch.object(flask.wrappers, "current_app", other):
            seen.append(warned(cls))
    return seen, warned(cls)


@compared
def test_outside_of_an_app(cls: type[t.Any]) -> t.Any:
    # Where no fixture has been.
    outside = contextvars.Context()
    return [outside.run(warned, cls, size) for size in (30, 4083, 4086)]


@compared
def test_warnings_are_given_once(cls: type[t.Any]) -> t.Any:
    """By the registry of the module that the warning points at."""
    vars(werkzeug.sansio.response).get("__warningregistry__", {}).clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            cls("x").set_cookie("k", "x" * 5000)
    return [(str(item.message), item.filename, item.lineno) for item in caught]


@compared
def test_a_warning_that_is_an_error(cls: type[t.Any]) -> t.Any:
    response = cls("x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning) as caught:
            response.set_cookie("k", "x" * 5000)
    return str(caught.value), fields(response)


# --- hooks ------------------------------------------------------------------


class OwnHeaders(Headers):
    def add(self, key: str, value: t.Any, /, **kwargs: t.Any) -> None:
        super().add(f"X-{key}", value, **kwargs)


class Lists(list[t.Any]):
    def append(self, item: t.Any) -> None:
        super().append((*item, "appended"))


HEADERS: dict[str, t.Callable[[t.Any], None]] = {
    "none": lambda response: setattr(response, "headers", None),
    "stock": lambda response: setattr(response, "headers", Headers({"A": "b"})),
    "own": lambda response: setattr(response, "headers", OwnHeaders({"A": "b"})),
    "deleted": lambda response: delattr(response, "headers"),
    "add": lambda response: vars(response.headers).update(
        add=lambda key, value: Headers.add(response.headers, key, f"<{value}>")
    ),
    "list": lambda response: setattr(response.headers, "_list", Lists()),
    "tuple": lambda response: setattr(response.headers, "_list", ()),
    "no list": lambda response: vars(response.headers).clear(),
    "odd fields": lambda response: setattr(
        response.headers, "_list", [None, "x", ("a",)]
    ),
    "attribute": lambda response: setattr(response.headers, "mark", 1),
    "mark": lambda response: setattr(response, "mark", 1),
    "status": lambda response: setattr(response, "_status_code", "x"),
    "no status": lambda response: delattr(response, "_status_code"),
    "no body": lambda response: delattr(response, "response"),
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
@compared
def test_headers(cls: type[t.Any], change: t.Callable[[t.Any], None]) -> t.Any:
    response = cls("x")
    change(response)
    results = [
        outcome(lambda: response.set_cookie("a", "b")),
        outcome(lambda: response.delete_cookie("c")),
        # A bad cookie over bad headers: which of the two is told.
        outcome(lambda: response.set_cookie("a", samesite="x")),
    ]
    headers = getattr(response, "headers", None)
    return results, describe(getattr(headers, "_list", None))


@compared
def test_headers_of_a_property(base: type[t.Any]) -> t.Any:
    headers = Headers()
    own = property(lambda self: headers, lambda self, value: None)
    type("Subclass", (base,), {"headers": own})("x").set_cookie("a", "b")
    return describe(headers._list)


class Frozen(dt.datetime):
    moment = dt.datetime(2031, 2, 3, 4, 5, 6, 999999)

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> t.Any:
        return cls.combine(cls.moment.date(), cls.moment.time(), tz)


class Late(Frozen):
    moment = dt.datetime(9999, 12, 31, 23, 59, 59)


def dump(*args: t.Any, **kwargs: t.Any) -> str:
    return f"{args} {kwargs}"


PATCHES: dict[str, tuple[t.Any, str, t.Any]] = {
    "dump_cookie": (werkzeug.sansio.response, "dump_cookie", dump),
    "dump_cookie elsewhere": (werkzeug.http, "dump_cookie", dump),
    "http_date": (werkzeug.http, "http_date", lambda moment: type(moment).__name__),
    "http_date elsewhere": (werkzeug.sansio.response, "http_date", lambda moment: "x"),
    "datetime": (werkzeug.http, "datetime", Frozen),
    "late datetime": (werkzeug.http, "datetime", Late),
    "date": (werkzeug.http, "date", int),
    "quote": (werkzeug.http, "quote", lambda path, safe: f"<{path}{safe}>"),
    "quoting": (werkzeug.http, "_cookie_no_quote_re", re.compile("(?s).*")),
    "escapes": (werkzeug.http, "_cookie_slash_map", mock.MagicMock()),
    "timedelta": (werkzeug.http, "timedelta", int),
}


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
@compared
def test_patched_globals(cls: type[t.Any], patch: tuple[t.Any, str, t.Any]) -> t.Any:
    def run() -> t.Any:
        response = cls("x")
        seen = [
            outcome(lambda: response.set_cookie("a", "b c;")),
            outcome(lambda: response.set_cookie("a", max_age=5)),
            outcome(lambda: response.set_cookie("a", max_age=dt.timedelta(1))),
            outcome(lambda: response.set_cookie("a", expires=7)),
            outcome(lambda: response.set_cookie("a", expires=MOMENTS[4])),
            outcome(lambda: response.delete_cookie("a", domain="b.c")),
        ]
        return seen, fields(response)

    before = run()
    with mock.patch.object(*patch):
        during = run()
    return before, during, run()


def test_the_clock_of_the_process(pair: Pair) -> None:
    before = int(time.time())
    response = pair.fast("x")
    response.set_cookie("k", max_age=100)
    cookie = response.headers["Set-Cookie"]
    date = cookie.partition("Expires=")[2].partition(";")[0]
    moment = werkzeug.http.parse_date(date)
    assert moment is not None
    assert before + 100 <= moment.timestamp() <= time.time() + 100
