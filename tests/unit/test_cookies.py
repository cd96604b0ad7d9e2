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
import inspect
import itertools
import math
import os
import time
import typing as t
import warnings
from unittest import mock

import flask
import flask.wrappers
import hypothesis
import hypothesis.strategies as st
import pytest
import werkzeug.http
import werkzeug.sansio.response
from conftest import counted
from conftest import Pair
from conftest import PAIRS
from conftest import renew_version_tags
from markupsafe import Markup
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp

LONG = int(os.environ.get("FASTRESP_FUZZ_EXAMPLES", "0"))
EACH_PAIR = pytest.mark.parametrize("pair", list(PAIRS.values()), ids=list(PAIRS))
needs_core = pytest.mark.skipif(
    not fastresp.ACCELERATED, reason="needs the compiled modules"
)
Program = cabc.Callable[[type[t.Any]], t.Any]
Call = tuple[tuple[t.Any, ...], dict[str, t.Any]]

PARAMETERS = tuple(inspect.signature(WerkzeugResponse.set_cookie).parameters)[1:]
DELETE_PARAMETERS = ("key", *PARAMETERS[PARAMETERS.index("path") :])
UTC = dt.timezone.utc
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


def fields(response: t.Any) -> t.Any:
    return describe(response.headers._list)


def called(cls: type[t.Any], name: str, *args: t.Any, **kwargs: t.Any) -> t.Any:
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


@pytest.mark.parametrize(
    "domain",
    (
        *("", ".", "..", "a", ".a", "..a", "a.", "a..b", "A.Example", "-", "a_b"),
        *("host:80", ":80", ".host:80", "[::1]", "127.0.0.1", "a b", "xn--a.b"),
        *("x" * 63, "x" * 64, "a." + "x" * 64, "x" * 64 + ".a", "é.de", "ß", "a。b"),
        *(".".join(["x" * 63] * 5), "a\r\nb"),
    ),
)
def test_domains(pair: Pair, domain: str) -> None:
    check(pair, "k", domain=domain)


@pytest.mark.parametrize(
    "samesite",
    (
        *("Lax", "lax", "LAX", "lAx", "Strict", "strict", "None", "none", "NONE"),
        *("", "Lax ", "Laxx", "la", "ſtrict", "ﬁ", "stric\0", "no ne", 1, True, b"Lax"),
    ),
)
def test_samesite(pair: Pair, samesite: t.Any) -> None:
    check(pair, "k", samesite=samesite)


FLAGS: list[t.Any] = [True, False, None, 1, 0, 0.0, "", "x", [], Markup("y")]


@pytest.mark.parametrize(
    "name",
    [name for name in PARAMETERS if name in ("secure", "httponly", "partitioned")],
)
def test_flags(pair: Pair, name: str) -> None:
    for value in FLAGS:
        for secure in (False, 1):
            check(pair, "k", **{"secure": secure, name: value})


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


@pytest.mark.parametrize("expires", EXPIRES, ids=repr)
def test_expires(pair: Pair, expires: t.Any) -> None:
    check(pair, "k", expires=expires)
    check(pair, "k", expires=expires, max_age=5)


MAX_AGES: list[t.Any] = [
    *(None, 0, 1, -1, 3600, 10**9, -(10**9), 10**10, -(10**10), 2 * 10**11, 2**70),
    *(32503679999, 32503680000, -32503679999, -32503680000, 2**63, -(2**63)),
    *(True, False, 1.5, "5", "", b"5", math.nan, decimal.Decimal(1)),
    *(dt.timedelta(0), dt.timedelta(1, 2, 999999), dt.timedelta(-1, 86399, 500000)),
    *(dt.timedelta(36524, 86399, 999999), dt.timedelta(36525), dt.timedelta(999999)),
    *(dt.timedelta.max, dt.timedelta.min, dt.timedelta(microseconds=-1)),
]


@pytest.mark.parametrize("max_age", MAX_AGES, ids=repr)
def test_max_age(pair: Pair, max_age: t.Any) -> None:
    check(pair, "k", max_age=max_age)
    check(pair, "k", max_age=max_age, expires=0)


@needs_core
@pytest.mark.parametrize("name", ("key", "value", "path", "domain", "expires"))
def test_long_texts(pair: Pair, name: str) -> None:
    def program(base: type[t.Any]) -> t.Any:
        cls = type("Unlimited", (base,), {"max_cookie_size": 0})
        return [
            called(cls, "set_cookie", **{"key": "k", name: "x" * size})
            for size in (5000, 1 << 20, (1 << 20) + 1)
        ]

    same(program, pair)


class Text(str):
    pass


texts = (
    st.text(st.characters(exclude_characters=FORGOTTEN), max_size=6)
    | st.text(
        st.sampled_from("aZ09 _-.~!#$%&'()*+/:<=>?@[]^`{|}\",;\\\t\0\r\né€\U0001f600"),
        max_size=6,
    )
    | st.sampled_from(
        ["", "name", "/path", "a.example", "x" * 60, Text("t"), Markup("m")]
    )
)
odd: st.SearchStrategy[t.Any] = st.sampled_from(
    [None, b"", b"x", 0, 5, True, 1.5, [], object]
)
numbers = (
    st.integers(-10, 10**10)
    | st.integers()
    | st.floats(0, 4e10)
    | st.floats()
    | st.booleans()
)
flags = st.booleans() | st.sampled_from(FLAGS)
zones: st.SearchStrategy[t.Any] = st.sampled_from([UTC, Zone()])
ARGUMENTS: dict[str, st.SearchStrategy[t.Any]] = {
    "key": texts,
    "value": texts,
    "max_age": st.none() | numbers | st.timedeltas() | st.sampled_from(MAX_AGES),
    "expires": st.none()
    | texts
    | numbers
    | st.datetimes()
    | st.datetimes(timezones=zones)
    | st.dates()
    | st.sampled_from(EXPIRES),
    "path": st.none() | texts,
    "domain": st.none() | texts,
    "secure": flags,
    "httponly": flags,
    "samesite": st.none() | st.sampled_from(["lax", "Strict", "NONE", "x", ""]) | texts,
    "partitioned": flags,
}
SIZES = [4093, 0, 1, 30, 60, 80, -1, True, None, 40.5, "5", 2**70]


@st.composite
def calls(draw: st.DrawFn, names: tuple[str, ...]) -> Call:
    """Mostly what fits, in every order and form."""

    def value(name: str) -> t.Any:
        return draw(odd if draw(st.integers(0, 30)) == 0 else ARGUMENTS[name])

    count = draw(st.integers(0, len(names)))
    args = [value(name) for name in names[:count]]
    kwargs = {
        name: value(name)
        for name in draw(st.permutations(names[count:]))
        if name == "key" or draw(st.booleans())
    }
    mistake = draw(st.integers(0, 60))
    if mistake == 0:
        args.append(draw(odd))
    elif mistake == 1:
        kwargs[draw(st.sampled_from((*PARAMETERS, "other", "max_size", "self")))] = 1
    elif mistake == 2:
        kwargs.pop("key", None)
    elif mistake == 3:
        kwargs = {Text(name): value for name, value in kwargs.items()}
    return tuple(args), kwargs


def fuzzed(count: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=LONG or count,
        derandomize=not LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


@EACH_PAIR
@fuzzed(2000)
@hypothesis.given(call=calls(PARAMETERS), size=st.sampled_from(SIZES))
def test_set_cookie(pair: Pair, call: Call, size: t.Any) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        if size != 4093:
            cls = type("Limited", (cls,), {"max_cookie_size": size})
        return called(cls, "set_cookie", *call[0], **call[1])

    same(program, pair)


@EACH_PAIR
@fuzzed(500)
@hypothesis.given(call=calls(DELETE_PARAMETERS))
def test_delete_cookie(pair: Pair, call: Call) -> None:
    same(lambda cls: called(cls, "delete_cookie", *call[0], **call[1]), pair)


@pytest.mark.parametrize("name", ("set_cookie", "delete_cookie"))
def test_wrong_calls(pair: Pair, name: str) -> None:
    for args, kwargs in (
        ((), {}),
        ((), {"value": "v"}),
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
    ):
        (check if name == "set_cookie" else check_delete)(pair, *args, **kwargs)
    # Names that are not interned.
    kwargs = {
        "".join(list(key)): value for key, value in {"key": "k", "path": "/x"}.items()
    }
    same(lambda cls: called(cls, name, **kwargs), pair)


def test_the_parameters_are_those_of_the_installed_werkzeug(pair: Pair) -> None:
    for name in ("set_cookie", "delete_cookie"):
        fast = inspect.signature(getattr(pair.fast, name))
        stock = inspect.signature(getattr(pair.stock, name))
        assert list(fast.parameters) == list(stock.parameters)
        for parameter in stock.parameters.values():
            assert fast.parameters[parameter.name].default == parameter.default
        assert inspect.getdoc(getattr(pair.fast, name)) == inspect.getdoc(
            getattr(pair.stock, name)
        )


# --- what is fast, what is left ---------------------------------------------

FAST: dict[str, Call] = {
    "plain": (("k", "v"), {}),
    "all": (("k", "v", 5, 6, "/a", "b.c", True, True, "Lax"), {}),
    "by name": ((), {"key": "k", "value": "v", "httponly": True, "samesite": "none"}),
    "quoted": (("k", 'a b;"é→\U0001f600'), {}),
    "from now": (("k",), {"max_age": 3600}),
    "timedelta": (("k",), {"max_age": dt.timedelta(31)}),
    "date": (("k",), {"expires": dt.datetime(2030, 1, 1, tzinfo=UTC)}),
    "naive date": (("k",), {"expires": dt.datetime(2030, 1, 1)}),
    "timestamp": (("k",), {"expires": time.time()}),
    "text": (("k",), {"expires": "never"}),
    "nothing": (("k",), {"path": None, "secure": None}),
}
LEFT: dict[str, Call] = {
    "other key": (("é",), {}),
    "break": (("k\n",), {}),
    "str subclass": (("k", Text("v")), {}),
    "escaped path": (("k",), {"path": "/a b"}),
    "dot": (("k",), {"domain": ".a"}),
    "date": (("k",), {"expires": dt.date(2030, 1, 1)}),
    "number": (("k",), {"secure": 1}),
    "too large": (("k", "x" * 5000), {}),
}


def left(cls: type[t.Any], call: Call) -> int:
    response = cls("x")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = counted("delegated")
        with contextlib.suppress(ValueError):
            response.set_cookie(*call[0], **call[1])
        return counted("delegated") - before


@needs_core
@pytest.mark.parametrize("name", FAST)
def test_fast(pair: Pair, name: str) -> None:
    renew_version_tags(pair.fast)
    assert left(pair.fast, FAST[name]) == 0
    response = pair.fast("x")
    before = counted("delegated")
    response.delete_cookie("k", "/", "a.b", secure=True)
    assert counted("delegated") == before
    check(pair, *FAST[name][0], **FAST[name][1])


@needs_core
@pytest.mark.parametrize("name", LEFT)
def test_left(pair: Pair, name: str) -> None:
    assert left(pair.fast, LEFT[name]) == 1
    check(pair, *LEFT[name][0], **LEFT[name][1])


def test_emission(pair: Pair) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        response = cls("x")
        response.set_cookie("a", "b", 5, 0, domain="c.d", secure=True)
        response.set_cookie("a", "é", httponly=True)
        response.delete_cookie("e")
        return emit(response), emit(response, "HEAD")

    same(program, pair)


# --- the limit --------------------------------------------------------------


def warned(cls: t.Callable[[str], t.Any], size: int = 30) -> t.Any:
    response = cls("x")
    return outcome(lambda: response.set_cookie("k", "x" * size)), fields(response)


@pytest.mark.parametrize("limit", SIZES)
@pytest.mark.parametrize("where", ("class", "patched", "instance", "__dict__"))
def test_limits(pair: Pair, limit: t.Any, where: str) -> None:
    def program(base: type[t.Any]) -> t.Any:
        names = {"max_cookie_size": limit} if where == "class" else {}
        cls = type("Limited", (base,), names)

        def make(text: str) -> t.Any:
            response = cls(text)
            if where == "instance" and not issubclass(cls, flask.Response):
                response.max_cookie_size = limit
            if where in ("instance", "__dict__"):
                vars(response)["max_cookie_size"] = limit
            return response

        with contextlib.ExitStack() as stack:
            if where == "patched":
                warned(cls)
                stack.enter_context(
                    mock.patch.object(WerkzeugResponse, "max_cookie_size", limit)
                )
            # One character too few, just enough, one too many.
            return [warned(make, size) for size in (*range(15, 75), 4083, 4085, 4086)]

    same(program, pair)


def test_a_limit_that_is_asked_for_once(pair: Pair) -> None:
    def program(base: type[t.Any]) -> t.Any:
        journal = Journal()

        def limit(self: t.Any) -> int:
            journal("asked")
            return 20

        cls = type("Limited", (base,), {"max_cookie_size": property(limit)})
        return warned(cls), warned(cls, 3), journal.entries

    same(program, pair)


def test_the_limit_of_werkzeugs_class_is_patched(pair: Pair) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        sansio = werkzeug.sansio.response.Response
        with mock.patch.object(sansio, "max_cookie_size", 20):
            during = warned(cls)
        return during, warned(cls)

    same(program, pair)


class FalseApp(flask.Flask):
    def __bool__(self) -> bool:
        return False


class EmptyApp(flask.Flask):
    def __len__(self) -> int:
        return 0


class OwnConfig(flask.Config):
    def __getitem__(self, name: str) -> t.Any:
        return 25 if name == "MAX_COOKIE_SIZE" else super().__getitem__(name)


class ConfiguredApp(flask.Flask):
    config_class = OwnConfig


class PropertyApp(flask.Flask):
    @property
    def config(self) -> t.Any:
        return {**vars(self)["config"], "MAX_COOKIE_SIZE": 25}

    @config.setter
    def config(self, value: t.Any) -> None:
        vars(self)["config"] = value


class ForwardingApp(flask.Flask):
    def __getattribute__(self, name: str) -> t.Any:
        value = super().__getattribute__(name)
        return {**value, "MAX_COOKIE_SIZE": 25} if name == "config" else value


APPS = (flask.Flask, FalseApp, EmptyApp, ConfiguredApp, PropertyApp, ForwardingApp)


@pytest.mark.parametrize("kind", APPS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("limit", SIZES)
def test_the_limit_of_an_app(pair: Pair, kind: type[t.Any], limit: t.Any) -> None:
    app = kind("app")

    def program(cls: type[t.Any]) -> t.Any:
        with app.app_context():
            before = warned(cls)
            app.config["MAX_COOKIE_SIZE"] = limit
            seen = [warned(cls, size) for size in (10, 20, 40, 80, 5000)]
            app.config.pop("MAX_COOKIE_SIZE", None)
            return before, seen, warned(cls)

    same(program, pair)


def test_an_app_that_is_changed(pair: Pair) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        class App(flask.Flask):
            pass

        app = App("app")
        seen = []
        with app.app_context():
            seen.append(warned(cls))
            app.config["MAX_COOKIE_SIZE"] = 20
            seen.append(warned(cls))
            App.__bool__ = lambda self: False  # type: ignore[attr-defined]
            seen.append(warned(cls))
            del App.__bool__  # type: ignore[attr-defined]
            with mock.patch.object(
                flask.Config, "__getitem__", lambda self, name: 0, create=True
            ):
                seen.append(warned(cls))
            app.config = {"MAX_COOKIE_SIZE": 35}  # type: ignore[assignment]
            seen.append(warned(cls))
            del app.config
            seen.append(warned(cls))
            other = mock.Mock(config={"MAX_COOKIE_SIZE": 15})
            with mock.patch.object(flask.wrappers, "current_app", other):
                seen.append(warned(cls))
        seen.append(warned(cls))
        return seen

    same(program, pair)


def test_outside_of_an_app(pair: Pair) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        return warned(cls), warned(cls, 4083), warned(cls, 4086)

    # Where no fixture has been.
    contextvars.Context().run(same, program, pair)


def test_warnings_are_given_once(pair: Pair) -> None:
    """By the registry of the module that the warning points at."""

    def program(cls: type[t.Any]) -> t.Any:
        registry = vars(werkzeug.sansio.response).get("__warningregistry__", {})
        registry.clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            for _ in range(3):
                cls("x").set_cookie("k", "x" * 5000)
        return [(str(item.message), item.filename, item.lineno) for item in caught]

    same(program, pair)


def test_a_warning_that_is_an_error(pair: Pair) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        response = cls("x")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = outcome(lambda: None)
            with pytest.raises(UserWarning) as caught:
                response.set_cookie("k", "x" * 5000)
        return result, str(caught.value), fields(response)

    same(program, pair)


# --- hooks ------------------------------------------------------------------


def noting(journal: Journal, following: t.Callable[..., t.Any] | None = None) -> t.Any:
    def set_cookie(*args: t.Any, **kwargs: t.Any) -> t.Any:
        journal(f"{[type(arg).__name__ for arg in args]} {kwargs}")
        if following is not None:
            return following(*args, **kwargs)

    return set_cookie


@pytest.mark.parametrize(
    "where", ("subclass", "instance", "patched", "Werkzeug", "sansio", "mixin", "after")
)
@pytest.mark.parametrize("calls_on", (True, False))
def test_delete_cookie_calls_set_cookie(pair: Pair, where: str, calls_on: bool) -> None:
    def program(base: type[t.Any]) -> t.Any:
        journal = Journal()
        sansio = werkzeug.sansio.response.Response
        stock = sansio.set_cookie
        hook = noting(journal, stock if calls_on else None)

        class Mixin(WerkzeugResponse):
            pass

        cls: type[t.Any] = type("Response", (base,), {})
        if where == "subclass":
            cls = type("Subclass", (base,), {"set_cookie": hook})
        elif where == "mixin":
            cls = type("Both", (type("Mixin", (), {"set_cookie": hook}), base), {})
        elif where == "after":
            Mixin.set_cookie = hook  # type: ignore[method-assign]
            cls = type("Both", (base, Mixin), {})
        cls("x").delete_cookie("before")
        response = cls("x")
        if where == "instance":
            following = response.set_cookie if calls_on else None
            response.set_cookie = noting(journal, following)
        patched = {"patched": cls, "Werkzeug": WerkzeugResponse, "sansio": sansio}
        with contextlib.ExitStack() as stack:
            if where in patched:
                stack.enter_context(
                    mock.patch.object(patched[where], "set_cookie", hook)
                )
            response.delete_cookie("a")
            response.delete_cookie("b", "/x", "c.d", True, True, "lax")
            response.delete_cookie(key="e", path=None, samesite="None")
            response.set_cookie("f", "g")
        cls("x").delete_cookie("after")
        return journal.entries, fields(response)

    if where == "after":
        # As if ours were a class of its own there, too.
        pair = Pair(type("Below", (pair.stock,), {}), pair.fast)
    same(program, pair)


def test_delete_cookie_overridden(pair: Pair) -> None:
    def program(base: type[t.Any]) -> t.Any:
        class Subclass(base):  # type: ignore[misc]
            def delete_cookie(self, key: str, **kwargs: t.Any) -> None:
                super().delete_cookie(f"{key}!", **kwargs)
                super().set_cookie(f"{key}?", "v")

        response = Subclass("x")
        response.delete_cookie("a", path="/b")
        return fields(response)

    same(program, pair)


class OwnHeaders(Headers):
    def add(self, key: str, value: t.Any, /, **kwargs: t.Any) -> None:
        super().add(f"X-{key}", value, **kwargs)


class Lists(list[t.Any]):
    def append(self, item: t.Any) -> None:
        super().append((*item, "appended"))


def set_list(response: t.Any, value: t.Any) -> None:
    response.headers._list = value


def set_add(response: t.Any) -> None:
    add = response.headers.add
    response.headers.add = lambda key, value: add(key, f"<{value}>")


def drop_headers(response: t.Any) -> None:
    del response.headers


HEADERS: dict[str, t.Callable[[t.Any], None]] = {
    "none": lambda response: setattr(response, "headers", None),
    "stock": lambda response: setattr(response, "headers", Headers({"A": "b"})),
    "own": lambda response: setattr(response, "headers", OwnHeaders({"A": "b"})),
    "deleted": drop_headers,
    "add": set_add,
    "list": lambda response: set_list(response, Lists()),
    "tuple": lambda response: set_list(response, ()),
    "no list": lambda response: vars(response.headers).clear(),
    "odd fields": lambda response: set_list(response, [None, "x", ("a",)]),
    "attribute": lambda response: setattr(response.headers, "mark", 1),
    "mark": lambda response: setattr(response, "mark", 1),
    "status": lambda response: setattr(response, "_status_code", "x"),
    "no status": lambda response: delattr(response, "_status_code"),
    "no body": lambda response: delattr(response, "response"),
}


@pytest.mark.parametrize("how", HEADERS)
def test_headers(pair: Pair, how: str) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        response = cls("x")
        HEADERS[how](response)

        def run() -> t.Any:
            response.set_cookie("a", "b")
            response.delete_cookie("c")

        result = outcome(run)
        # A bad cookie over bad headers: which of the two is told.
        other = outcome(lambda: response.set_cookie("a", samesite="x"))
        headers = getattr(response, "headers", None)
        return result, other, describe(getattr(headers, "_list", None))

    same(program, pair)


def test_headers_of_a_property(pair: Pair) -> None:
    def program(base: type[t.Any]) -> t.Any:
        headers = Headers()

        class Subclass(base):  # type: ignore[misc]
            @property
            def headers(self) -> Headers:
                return headers

            @headers.setter
            def headers(self, value: t.Any) -> None:
                pass

        Subclass("x").set_cookie("a", "b")
        return describe(headers._list)

    same(program, pair)


def test_attribute_access_of_its_own(pair: Pair) -> None:
    def program(base: type[t.Any]) -> t.Any:
        journal = Journal()

        class Noting(base):  # type: ignore[misc]
            def __getattribute__(self, name: str) -> t.Any:
                journal(name)
                return super().__getattribute__(name)

        response = Noting("x")
        response.set_cookie("a", "b")
        response.delete_cookie("a")
        return [name for name in journal.entries if name[:2] != "__"]

    same(program, pair)


def test_headers_class_patched(pair: Pair) -> None:
    original = Headers.add

    def add(self: Headers, key: str, value: t.Any, /, **kwargs: t.Any) -> None:
        original(self, key, f"<{value}>", **kwargs)

    def program(cls: type[t.Any]) -> t.Any:
        response = cls("x")
        response.set_cookie("a", "b")
        with mock.patch.object(Headers, "add", add):
            response.set_cookie("c", "d")
            response.delete_cookie("c")
        response.set_cookie("e", "f")
        return fields(response)

    same(program, pair)


class Frozen(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Frozen:
        return cls(2031, 2, 3, 4, 5, 6, 999999, tzinfo=tz)


class Late(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Late:
        return cls(9999, 12, 31, 23, 59, 59, tzinfo=tz)


def dump(*args: t.Any, **kwargs: t.Any) -> str:
    return f"{args} {kwargs}"


class AnyString:
    def fullmatch(self, value: str) -> bool:
        return True


PATCHES: dict[str, tuple[t.Any, str, t.Any]] = {
    "dump_cookie": (werkzeug.sansio.response, "dump_cookie", dump),
    "dump_cookie elsewhere": (werkzeug.http, "dump_cookie", dump),
    "http_date": (werkzeug.http, "http_date", lambda moment: type(moment).__name__),
    "http_date elsewhere": (werkzeug.sansio.response, "http_date", lambda moment: "x"),
    "datetime": (werkzeug.http, "datetime", Frozen),
    "late datetime": (werkzeug.http, "datetime", Late),
    "date": (werkzeug.http, "date", int),
    "quote": (werkzeug.http, "quote", lambda path, safe: f"<{path}{safe}>"),
    "quoting": (werkzeug.http, "_cookie_no_quote_re", AnyString()),
    "escapes": (werkzeug.http, "_cookie_slash_map", mock.MagicMock()),
    "timedelta": (werkzeug.http, "timedelta", int),
}


@pytest.mark.parametrize("name", PATCHES)
def test_patched_globals(pair: Pair, name: str) -> None:
    def program(cls: type[t.Any]) -> t.Any:
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
        with mock.patch.object(*PATCHES[name]):
            during = run()
        return before, during, run()

    same(program, pair)


def test_the_clock_of_the_process(pair: Pair) -> None:
    before = int(time.time())
    response = pair.fast("x")
    response.set_cookie("k", max_age=100)
    cookie = response.headers["Set-Cookie"]
    date = cookie.partition("Expires=")[2].partition(";")[0]
    moment = werkzeug.http.parse_date(date)
    assert moment is not None
    assert before + 100 <= moment.timestamp() <= time.time() + 100
