"""Session cookies: made, accepted and refused as by Flask's own interface."""

from __future__ import annotations

import copy
import datetime
import hashlib
import json
import pickle
import random
import time
import typing as t
import uuid
import zlib
from unittest import mock

import flask
import flask.json.tag
import flask.sessions
import pytest
import werkzeug.sansio.http
import werkzeug.sansio.request
from conftest import Clock
from flask.json.provider import DefaultJSONProvider
from flask.json.tag import JSONTag
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface as FlasksInterface
from itsdangerous import TimestampSigner
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.signer import HMACAlgorithm
from itsdangerous.signer import Signer
from markupsafe import Markup
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import ImmutableMultiDict

import fastresp
from fastresp import sessions
from fastresp._compiled import core as _core
from fastresp.sessions import SecureCookieSessionInterface

#: The second of the frozen clock.
NOW = 1_700_000_000
KEY = "the key"

Change = t.Callable[[flask.Flask], object]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    monkeypatch.setattr(flask.sessions, "datetime", Clock)


def nothing(app: flask.Flask) -> None:
    pass


def create_app(fast: bool, change: Change = nothing, key: t.Any = KEY) -> flask.Flask:
    app = flask.Flask("app")
    app.secret_key = key
    change(app)
    if fast:
        fastresp.FastResp(app)
        assert type(app.session_interface) is not FlasksInterface
    return app


def opened(app: flask.Flask, cookie: str) -> t.Any:
    environ = {"HTTP_COOKIE": f"session={cookie}"}
    try:
        with app.test_request_context(environ_overrides=environ):
            proxy: t.Any = flask.session
            session = proxy._get_current_object()
            return type(session).__name__, dict(session)
    except Exception as error:
        return type(error), str(error)


def saved(app: flask.Flask, data: t.Any, now: float = NOW) -> t.Any:
    response = app.response_class()
    try:
        with mock.patch.object(time, "time", lambda: now), app.test_request_context():
            flask.session.update(data)
            app.session_interface.save_session(app, flask.session, response)
    except Exception as error:
        return type(error), str(error)
    return response.headers.getlist("Set-Cookie"), response.headers.getlist("Vary")


def cookie_of(
    data: t.Any, now: float = NOW, change: Change = nothing, key: t.Any = KEY
) -> str:
    (header,), _ = saved(create_app(False, change, key), data, now)
    return str(header.partition("=")[2].partition(";")[0])


def check(cookie: str, change: Change = nothing, key: t.Any = KEY) -> t.Any:
    """Return what is opened, alike on a first and on a later request."""
    expected = opened(create_app(False, change, key), cookie)
    app = create_app(True, change, key)
    assert [opened(app, cookie), opened(app, cookie)] == [expected] * 2
    return expected


class Text(str):
    pass


class Number(int):
    pass


class Named(dict[str, int]):
    pass


def nested(depth: int) -> t.Any:
    value: t.Any = ("a tuple",)
    for _ in range(depth):
        value = [value]
    return value


EMPTY: t.Any = ("SecureCookieSession", {})

SESSIONS: list[dict[str, t.Any]] = [
    {"a": 1},
    {"user": "x" * 100},
    {"text": "täxt →", "empty": "", "nothing": None, "flag": True, "half": 0.5},
    {"tuple": (1, (2, "a")), "list": [1, [2, (3,)]], "dict": {"b": {"c": 1}}},
    {"markup": Markup("<b>")},
    {"bytes": b"\0\xff", "markup": Markup("<b>"), "uuid": uuid.UUID(int=5)},
    {"date": datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)},
    {"tagged": {" t": [1]}, "tag": {" di": 1}},
    {"one": {"b": "Markup"}, "odd": {1: [None]}, "pair": {" a": 1, " t": 2}},
    {"deep": nested(30)},
    {"text": Text("a"), "number": Number(5), "named": Named(a=1)},
    {"_permanent": True, "a": 1},
    {"large": {str(number): number**5 for number in range(300)}},
    {"unknown": object()},
    {"wrong": {1: 2, "1": 3}},
]


@pytest.mark.parametrize("data", SESSIONS, ids=lambda data: next(iter(data)))
def test_sessions(data: dict[str, t.Any]) -> None:
    expected = saved(create_app(False), data)
    app = create_app(True)
    assert [saved(app, data), saved(app, data)] == [expected] * 2
    if isinstance(expected[0], list):
        kind, found = check(cookie_of(data))
        assert kind == "SecureCookieSession" and found.keys() == data.keys()


def test_no_byte_can_be_changed() -> None:
    cookie = cookie_of({"user": "x" * 30, "n": 1})
    accepted = check(cookie)
    outcomes = []
    for at, char in enumerate(cookie):
        for other in {"A", "b", "_", ".", "%", "ä", ""} - {char}:
            outcomes.append(check(cookie[:at] + other + cookie[at + 1 :]))
    assert accepted != EMPTY and EMPTY in outcomes
    # Bits of the last characters that stand for nothing.
    assert set(map(str, outcomes)) <= {str(EMPTY), str(accepted)}


@pytest.mark.parametrize(
    "cookie",
    [
        *("", ".", "..", "...", "a", "a.b", "a.b.c", "=.=.=", "ä.ö.ü", "e30", "%2E"),
        *("e30." + "A" * count for count in range(0, 40, 3)),
    ],
)
def test_nonsense(cookie: str) -> None:
    assert check(cookie) == EMPTY


def signed(payload: bytes, change: Change = nothing) -> str:
    app = create_app(False, change)
    interface: t.Any = app.session_interface
    signer = interface.get_signing_serializer(app).make_signer()
    return str(signer.sign(payload).decode())


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b".", b"..", b"e30", b"!", b".e30", b"bnVsbA", b"W10", b"MQ", b"eyJ9"),
        # A tag's space, escaped.
        b"eyJhIjp7Ilx1MDAyMHQiOlsxXX19",
        *(b"eyIgdCI6WzFdfQ", b"InRleHQi", b".eJyrVgIAAOwAeQ", b"_w", b"e30=", b"\xff"),
    ],
)
def test_payloads_with_a_right_signature(payload: bytes) -> None:
    try:
        cookie = signed(payload)
    except UnicodeDecodeError:
        pytest.skip("no cookie")
    check(cookie)


@pytest.mark.parametrize(
    "stamp", [b"", b"A", b"AAAAAAAAAAAAAAAA", b"!!", b"_____w", b"__________8"]
)
def test_stamps_with_a_right_signature(stamp: bytes) -> None:
    app = create_app(False)
    interface: t.Any = app.session_interface
    signer = interface.get_signing_serializer(app).make_signer()
    for value in (b"e30." + stamp, stamp):
        check(Signer.sign(signer, value).decode())


@pytest.mark.parametrize("age", [-86400, -1, 0, 1, 3600, 2678400, 2678401, 10**9])
def test_age(age: int) -> None:
    found = check(cookie_of({"a": 1}, NOW - age))
    assert (found == EMPTY) == (not 0 <= age <= 2678400)


def set_attribute(**attributes: t.Any) -> Change:
    class Interface(FlasksInterface):
        """Of the app's own."""

    def change(app: flask.Flask) -> None:
        app.session_interface = FlasksInterface()
        vars(app.session_interface).update(attributes)

    return change


class TagSet(JSONTag):
    __slots__ = ()
    key = " s"

    def check(self, value: t.Any) -> bool:
        return isinstance(value, set)

    def to_json(self, value: t.Any) -> t.Any:
        return sorted(value)

    def to_python(self, value: t.Any) -> t.Any:
        return set(value)


def with_sets() -> TaggedJSONSerializer:
    serializer = TaggedJSONSerializer()
    serializer.register(TagSet)
    return serializer


def configured(**config: t.Any) -> Change:
    return lambda app: app.config.update(config)


CHANGES: dict[str, Change] = {
    "nothing": nothing,
    "salt": set_attribute(salt="other"),
    "sha256": set_attribute(digest_method=hashlib.sha256),
    "digest of its own": set_attribute(
        digest_method=lambda data=b"": hashlib.md5(data)
    ),
    "no digest": set_attribute(digest_method=None),
    "concat": set_attribute(key_derivation="concat"),
    "no derivation": set_attribute(key_derivation="none"),
    "unknown derivation": set_attribute(key_derivation="other"),
    "more tags": set_attribute(serializer=with_sets()),
    "another serializer": set_attribute(serializer=pickle),
    "fallbacks": configured(SECRET_KEY_FALLBACKS=["old", b"older"]),
    "fallback": configured(SECRET_KEY_FALLBACKS="old"),
    "wrong fallbacks": configured(SECRET_KEY_FALLBACKS=[1]),
    "lifetime": configured(PERMANENT_SESSION_LIFETIME=10),
    "name": configured(SESSION_COOKIE_NAME="other"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_settings(name: str) -> None:
    change = CHANGES[name]
    stock, fast = create_app(False, change), create_app(True, change)
    for data in ({"a": 1}, {"a": b"\0" * 100, "_permanent": True}):
        assert saved(fast, data) == saved(stock, data)
        for cookie in {cookie_of(data), cookie_of(data, NOW - 100)}:
            check(cookie, change)
        for key in ("old", b"older", "foreign"):
            check(cookie_of(data, key=key), change)
        if isinstance(saved(stock, data)[0], list):
            check(cookie_of(data, NOW - 100, change), change)


@pytest.mark.parametrize(
    "key", [None, "", b"", b"bytes", bytearray(b"a"), 5, ["a", "b"]]
)
def test_keys(key: t.Any) -> None:
    for cookie in (cookie_of({"a": 1}), cookie_of({"a": 1}, key=b"bytes"), "nonsense"):
        check(cookie, key=key)
    assert saved(create_app(True, key=key), {"a": 1}) == saved(
        create_app(False, key=key), {"a": 1}
    )


def test_what_changes_later_counts() -> None:
    stock, fast = create_app(False), create_app(True)
    cookies = [cookie_of({"a": 1}, key=key) for key in (KEY, "new", b"newer", "old")]
    seen = set()
    settings: list[tuple[str, t.Any]] = [
        ("SECRET_KEY", KEY),
        ("SECRET_KEY", "new"),
        ("SECRET_KEY", b"newer"),
        ("SECRET_KEY_FALLBACKS", [KEY, "old"]),
        ("SECRET_KEY", None),
        ("SECRET_KEY", KEY),
    ]
    for name, value in settings:
        for app in (stock, fast):
            app.config[name] = value
        if name == "SECRET_KEY_FALLBACKS":
            # In place.
            value.append("new")
        outcomes = [opened(fast, cookie) for cookie in cookies]
        assert outcomes == [opened(stock, cookie) for cookie in cookies]
        assert saved(fast, {"a": 1}) == saved(stock, {"a": 1})
        seen.add(str(outcomes))
    assert len(seen) > 3


def test_attributes_that_change_later_count() -> None:
    stock, fast = create_app(False, set_attribute()), create_app(True)
    seen = set()
    for name, value in (
        ("salt", "cookie-session"),
        ("salt", "other"),
        ("digest_method", hashlib.sha256),
        ("key_derivation", "concat"),
        ("serializer", with_sets()),
    ):
        for app in (stock, fast):
            setattr(app.session_interface, name, value)
        outcome = saved(fast, {"a": {1} if name == "serializer" else 1})
        assert outcome == saved(stock, {"a": {1} if name == "serializer" else 1})
        seen.add(str(outcome))
    assert len(seen) == 5


class LastOfEach(ImmutableMultiDict[str, str]):
    """Of several cookies of a name, the last one counts."""

    def __getitem__(self, name: str) -> t.Any:
        return self.getlist(name)[-1]


class EarlySigner(TimestampSigner):
    """Made some seconds ago."""

    def get_timestamp(self) -> int:
        return NOW - 7


PATCHES: list[tuple[t.Any, str, t.Any]] = [
    (FlasksInterface, "get_signing_serializer", lambda self, app: None),
    (FlasksInterface, "open_session", lambda self, app, request: {"patched": 1}),
    (Signer, "derive_key", lambda self, secret_key=None: b"patched"),
    (Signer, "verify_signature", lambda self, value, signature: True),
    (TimestampSigner, "get_timestamp", lambda self: NOW + 5),
    (TimestampSigner, "sign", lambda self, value: b"patched"),
    (Signer, "get_signature", lambda self, value: b"patched"),
    (URLSafeTimedSerializer, "dumps", lambda self, obj, salt=None: "patched"),
    (URLSafeTimedSerializer, "dump_payload", lambda self, obj: b"patched"),
    (TimestampSigner, "unsign", lambda self, *args, **kwargs: (b"e30", None)),
    (HMACAlgorithm, "get_signature", lambda self, key, value: key),
    (URLSafeTimedSerializer, "loads", lambda self, text, max_age: {"patched": 1}),
    (URLSafeTimedSerializer, "load_payload", lambda self, payload: {"patched": 1}),
    (URLSafeTimedSerializer, "default_signer", EarlySigner),
    (URLSafeTimedSerializer, "default_fallback_signers", [{"salt": b"other"}]),
    (TaggedJSONSerializer, "loads", lambda self, text: {"patched": text}),
    (TaggedJSONSerializer, "untag", lambda self, value: {"patched": value}),
    (TaggedJSONSerializer, "tag", lambda self, value: {"patched": 1}),
    (TaggedJSONSerializer, "dumps", lambda self, value: '{"patched":1}'),
    (flask.json.tag.PassDict, "check", lambda self, value: False),
    (flask.json.tag.PassDict, "to_json", lambda self, value: {"patched": 1}),
    (flask.json.tag.PassDict, "tag", lambda self, value: {"patched": 1}),
    (flask.json.tag.TagUUID, "check", lambda self, value: value == 1),
    (flask.json.tag, "dumps", lambda value, **kwargs: '{"patched":1}'),
    (flask.json, "dumps", lambda value, **kwargs: '{"patched":1}'),
    (flask.json, "loads", lambda text, **kwargs: {"patched": text}),
    (flask.json.tag, "loads", lambda text: {"patched": text}),
    (DefaultJSONProvider, "loads", lambda self, text, **kw: {"patched": text}),
    (json, "loads", lambda text, **kwargs: {"patched": text}),
    (json.JSONDecoder, "decode", lambda self, text: {"patched": text}),
    (json.JSONDecoder, "raw_decode", lambda self, text, idx=0: ({"b": 2}, len(text))),
    (zlib, "compress", lambda data: b"less"),
    (EnvironHeaders, "getlist", lambda self, name: ["session=patched"]),
    (EnvironHeaders, "__iter__", lambda self: iter([("Cookie", "session=patched")])),
    (werkzeug.sansio.http, "parse_cookie", lambda **kw: {"session": "patched"}),
    (werkzeug.sansio.request, "parse_cookie", lambda *a, **k: {"session": "patched"}),
    (werkzeug.sansio.request.Request, "cookies", {"session": "patched"}),
    (flask.Request, "dict_storage_class", LastOfEach),
]


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    PATCHES,
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_patched_counts(owner: t.Any, name: str, value: t.Any) -> None:
    stock, fast = create_app(False), create_app(True)
    cookies = [cookie_of({"a": 1}), cookie_of({"a": 1}, key="foreign"), "nonsense"]
    cookies.append(f"{cookies[0]}; session={cookie_of({'b': 2})}")
    for cookie in cookies:
        opened(fast, cookie)
    with mock.patch.object(owner, name, value):
        for cookie in cookies:
            assert opened(fast, cookie) == opened(stock, cookie)
        assert saved(fast, {"a": 1}) == saved(stock, {"a": 1})


def test_cookies_of_any_header() -> None:
    """The one that is read alone is that of all cookies."""
    choose = random.Random(1).choice
    pieces = [
        "a",
        "a",
        "b",
        "aa",
        "=",
        "=",
        ";",
        "; ",
        " ",
        '"',
        "\\",
        "\t",
        "ä",
        "\x7f",
    ]
    known = 0
    for _ in range(3000):
        header = "".join(
            choose(pieces[:8] * 4 + pieces) for _ in range(choose(range(12)))
        )
        for name in ("a", "b", "", "ä"):
            found = _core.cookie_of(flask.Request({"HTTP_COOKIE": header}), name)
            if found is not NotImplemented:
                known += 1
                cookies = flask.Request({"HTTP_COOKIE": header}).cookies
                assert found == cookies.get(name), header
    assert known > 1000
    assert _core.cookie_of(flask.Request({}), "a") is None


def test_cookies_that_are_not_of_the_environ() -> None:
    """They are for the request."""
    request: t.Any = flask.Request({"HTTP_COOKIE": "a=1"})
    assert _core.cookie_of(request, "a") == "1"
    for name, value in (
        ("cookies", {}),
        ("headers", {}),
        ("headers", EnvironHeaders({"HTTP_COOKIE": "a=2"})),
        ("environ", {"HTTP_COOKIE": "a=2"}),
        ("dict_storage_class", LastOfEach),
    ):
        changed: t.Any = flask.Request({"HTTP_COOKIE": "a=1"})
        vars(changed)[name] = value
        assert _core.cookie_of(changed, "a") is NotImplemented, name
    for environ in (
        {"HTTP_COOKIE": None},
        {"HTTP_COOKIE": "ä=1"},
        {"HTTP_COOKIE": b""},
    ):
        assert _core.cookie_of(flask.Request(environ), "a") is NotImplemented


def test_a_provider_of_the_apps_own_is_asked() -> None:
    calls: list[t.Any] = []

    class Provider(DefaultJSONProvider):
        def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
            calls.append(("dumps", obj))
            return super().dumps(obj, **kwargs)

        def loads(self, s: t.Any, **kwargs: t.Any) -> t.Any:
            calls.append(("loads", s))
            return super().loads(s, **kwargs)

    def change(app: flask.Flask) -> None:
        app.json = Provider(app)

    logs = []
    for fast in (False, True):
        app = create_app(fast, change)
        calls.clear()
        opened(app, cookie_of({"a": 1}))
        saved(app, {"a": 1})
        logs.append([*calls])
    assert logs[0] == logs[1] != []


def test_a_serializer_is_the_callers() -> None:
    app = create_app(True)
    interface: t.Any = app.session_interface
    stock: t.Any = FlasksInterface().get_signing_serializer(app)
    for _ in range(2):
        made = interface.get_signing_serializer(app)
        assert isinstance(made, URLSafeTimedSerializer)
        assert {name: vars(made)[name] for name in vars(stock)} == vars(stock)
        assert interface.get_signing_serializer(app).secret_keys == stock.secret_keys
        with pytest.raises(AttributeError, match="has no attribute 'other'"):
            _ = interface.get_signing_serializer(app).other
        # What was set before the first look stays.
        early = interface.get_signing_serializer(app)
        early.secret_keys = [b"early"]
        other = URLSafeTimedSerializer(
            "early", stock.salt, stock.serializer, signer_kwargs=stock.signer_kwargs
        )
        assert other.loads(early.dumps({"a": 1})) == {"a": 1}
        assert made.loads(stock.dumps({"a": 1})) == {"a": 1}
        assert stock.loads(made.dumps({"a": 1}, salt="b"), salt="b") == {"a": 1}
        assert stock.loads(copy.deepcopy(made).dumps({"a": 1})) == {"a": 1}
        # Changed, it is another one from then on, and no session is.
        made.secret_keys.append(b"other")
        other = URLSafeTimedSerializer(
            "other", stock.salt, stock.serializer, signer_kwargs=stock.signer_kwargs
        )
        assert other.loads(made.dumps({"a": 1})) == {"a": 1}
        made.signer_kwargs["key_derivation"] = "concat"
        other = URLSafeTimedSerializer(
            ["other"], stock.salt, stock.serializer, signer_kwargs=made.signer_kwargs
        )
        assert other.loads(made.dumps({"a": 1})) == {"a": 1}


def test_keys_are_not_shown() -> None:
    app = create_app(True, key="a secret key")
    interface: t.Any = app.session_interface
    opened(app, cookie_of({"a": 1}, key="a secret key"))
    for text in (
        repr(interface),
        repr(vars(interface)),
        repr(interface.get_signing_serializer(app)),
    ):
        assert "secret" not in text
    assert b"secret" not in pickle.dumps(interface)
    copied = copy.deepcopy(interface)
    assert (
        copied.get_signing_serializer(app).loads(
            interface.get_signing_serializer(app).dumps([])
        )
        == []
    )


def test_installation() -> None:
    app = create_app(True)
    assert type(app.session_interface) is SecureCookieSessionInterface
    assert "session_interface" not in vars(flask.Flask("app"))
    off = flask.Flask("app")
    off.config["FASTRESP_SESSIONS"] = False
    fastresp.FastResp(off)
    assert type(off.session_interface) is FlasksInterface

    class Own(FlasksInterface):
        salt = "own"

    own = flask.Flask("app")
    own.session_interface = interface = Own()
    fastresp.FastResp(own)
    assert own.session_interface is interface
    assert sessions._READ


def test_an_instance_that_signs_itself() -> None:
    stock, fast = create_app(False, set_attribute()), create_app(True)
    for app in (stock, fast):
        interface: t.Any = app.session_interface
        interface.get_signing_serializer = lambda app: None
        assert opened(app, cookie_of({"a": 1}))[0] == "NullSession"


def test_a_subclass_that_signs_itself() -> None:
    class Own(SecureCookieSessionInterface):
        def get_signing_serializer(self, app: flask.Flask) -> t.Any:
            return URLSafeTimedSerializer("own", "salt", self.serializer)

    class Stock(FlasksInterface):
        get_signing_serializer = Own.get_signing_serializer

    stock, fast = create_app(False), create_app(False)
    stock.session_interface, fast.session_interface = Stock(), Own()
    (header,), _ = saved(stock, {"a": 1})
    assert saved(fast, {"a": 1})[0] == [header]
    cookie = header.partition("=")[2].partition(";")[0]
    assert opened(fast, cookie) == opened(stock, cookie) == (EMPTY[0], {"a": 1})
