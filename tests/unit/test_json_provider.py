"""The JSON provider on an app, beside Flask's own on another."""

from __future__ import annotations

import bisect
import datetime
import gc
import io
import sys
import typing as t
from collections.abc import Callable
from unittest import mock

import flask
import flask.json.provider
import pytest
from conftest import counted
from flask.json.provider import DefaultJSONProvider
from parity import emit
from parity import outcome
from parity import state
from werkzeug import utils

from fastresp import FastResp
from fastresp.json import JSONProvider

OBJECTS: list[t.Any] = [
    {"b": 1, "a": [1.5, None, True, "é→\U0001f600"]},
    [],
    {},
    [{"id": n, "name": f"Person {n}"} for n in range(3)],
    {"when": datetime.datetime(2024, 2, 29, tzinfo=datetime.UTC)},
    {1: 2, "a": 3},
    {"x": object},
    [float("nan")],
    ["\ud800"],
    {"same": "same"},
    "text",
    None,
    2**70,
]

Configure = Callable[[flask.Flask], t.Any]


def having(debug: bool = False, **attributes: t.Any) -> Configure:
    """With these attributes of the provider."""

    def configure(app: flask.Flask) -> None:
        app.debug = debug
        vars(app.json).update(attributes)

    return configure


def with_class(**attributes: t.Any) -> Configure:
    def configure(app: flask.Flask) -> None:
        app.response_class = type("Custom", (app.response_class,), attributes)

    return configure


def look_at_text(self: t.Any, response: t.Any, **kwargs: t.Any) -> None:
    assert type(response) is str
    kwargs["mimetype"] = "application/found" if response[0] == "{" else "a/b"
    super(type(self), self).__init__(response, **kwargs)


#: With these, the encoder is used.
ENCODED: dict[str, Configure] = {
    "nothing": having(),
    "unsorted": having(sort_keys=False),
    "utf8": having(ensure_ascii=False),
    "compact": having(debug=True, compact=True),
    "default": having(default=lambda obj: f"default {obj!r}"),
    "media type": having(mimetype="application/vnd.api+json"),
    "class attribute": with_class(default_status=203, default_mimetype="a/b"),
    "class that looks at the text": with_class(__init__=look_at_text),
}
CONFIGURATIONS = ENCODED | {
    "odd flags": having(sort_keys=1, ensure_ascii=None),
    "not compact": having(compact=False),
    "debug": having(debug=True),
    "debug, unsorted": having(debug=True, sort_keys=False),
    "text type": having(mimetype="text/x-json"),
    "no default": having(default=None),
    "own dumps": having(dumps=lambda obj, **kwargs: f"dumps {kwargs.keys()}"),
    "own response": having(response=lambda *args: flask.Response("mine")),
    "preparation": having(_prepare_response_obj=lambda *args: [args]),
    "no length": with_class(automatically_set_content_length=False),
    "other attribute": having(unrelated=1),
}


def dumped(app: flask.Flask, obj: t.Any) -> str:
    file = io.StringIO()
    app.json.dump(obj, file, indent=None)
    return file.getvalue()


#: What an app can do with an object: text, or a response.
DUMPING: list[Callable[[flask.Flask, t.Any], str]] = [
    lambda app, obj: app.json.dumps(obj),
    lambda app, obj: app.json.dumps(obj, indent=1, sort_keys=False),
    lambda app, obj: flask.json.dumps(obj, separators=(",", ":")),
    dumped,
]
RESPONDING: list[Callable[[flask.Flask, t.Any], t.Any]] = [
    lambda app, obj: app.json.response(obj),
    lambda app, obj: app.json.response(obj, obj),
    lambda app, obj: app.json.response(a=obj),
    lambda app, obj: app.json.response(),
    lambda app, obj: app.json.response(1, a=2),
    lambda app, obj: flask.jsonify(obj),
    lambda app, obj: app.make_response(obj),
    lambda app, obj: app.make_response((obj, 201)),
    lambda app, obj: app.make_response((obj, {"X-A": "b"})),
    lambda app, obj: app.make_response((obj, 404, {"Content-Type": "a/b"})),
]


def describe(app: flask.Flask, obj: t.Any) -> t.Any:
    def respond(make: Callable[[flask.Flask, t.Any], t.Any]) -> t.Any:
        response = make(app, obj)
        return state(response), emit(response)

    with app.test_request_context():
        return [
            *(outcome(lambda: dump(app, obj)) for dump in DUMPING),  # noqa: B023
            *(outcome(lambda: respond(make)) for make in RESPONDING),  # noqa: B023
        ]


def apps(
    configure: Configure = CONFIGURATIONS["nothing"], before: bool = True
) -> tuple[flask.Flask, flask.Flask]:
    """A stock one and a fast one."""
    stock, fast = flask.Flask("app"), flask.Flask("app")
    if not before:
        FastResp(fast)
    configure(stock)
    configure(fast)
    if before:
        FastResp(fast)
    assert type(fast.json) is JSONProvider
    return stock, fast


@pytest.mark.parametrize("obj", OBJECTS, ids=lambda obj: repr(obj)[:20])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("configure", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_parity(configure: Configure, before: bool, obj: t.Any) -> None:
    if not before and configure is CONFIGURATIONS["class that looks at the text"]:
        pytest.skip("The class of the stock app has to be derived from.")
    stock, fast = apps(configure, before)
    assert describe(fast, obj) == describe(stock, obj)


@pytest.mark.parametrize("configure", ENCODED.values(), ids=ENCODED)
def test_the_encoder_is_used(configure: Configure) -> None:
    _, app = apps(configure)
    obj = {"a": 1}
    before = counted("encoded")
    with app.test_request_context():
        app.make_response(obj)
        app.make_response((obj, 201, {"X-A": "b"}))
        flask.jsonify(obj)
        app.json.dumps(obj)
    assert counted("encoded") == before + 4


def test_debug_mode_counts_when_it_changes() -> None:
    _, app = apps()
    with app.test_request_context():
        for debug in (False, True, False):
            body = b"[\n  1\n]\n" if debug else b"[1]\n"
            app.debug = debug
            assert app.make_response([1]).data == body
            assert flask.jsonify([1]).data == body


def in_debug_mode(app: t.Any) -> t.Any:
    config = vars(app)["config"]
    return {**config, "DEBUG": True} if flask.has_request_context() else config


@pytest.mark.parametrize(
    "names",
    [
        {"debug": True},
        {"debug": property(lambda app: True)},
        {
            "__getattribute__": lambda app, name: (
                True if name == "debug" else object.__getattribute__(app, name)
            )
        },
        {
            "config": property(
                in_debug_mode, lambda app, value: vars(app).update(config=value)
            )
        },
    ],
    ids=["attribute", "property", "__getattribute__", "config"],
)
def test_an_app_with_its_own_debug(names: dict[str, t.Any]) -> None:
    app = type("App", (flask.Flask,), names)("app")
    FastResp(app)
    with app.test_request_context():
        assert app.make_response([1]).data == b"[\n  1\n]\n"


class OwnProvider(DefaultJSONProvider):
    def default(self, o: t.Any) -> t.Any:
        return "own"


def test_a_provider_of_the_apps_own_is_left_alone() -> None:
    app = type("App", (flask.Flask,), {"json_provider_class": OwnProvider})("app")
    FastResp(app)
    assert type(app.json) is OwnProvider
    with app.test_request_context():
        assert app.make_response({"x": object}).data == b'{"x":"own"}\n'

    app = flask.Flask("app")
    app.json = provider = OwnProvider(app)
    FastResp(app)
    assert app.json is provider and type(provider) is OwnProvider


def test_the_provider_stays_the_same_object() -> None:
    app = flask.Flask("app")
    provider = t.cast(DefaultJSONProvider, app.json)
    provider.sort_keys = False
    FastResp(app)
    assert app.json is provider
    assert vars(provider).keys() == {"_app", "sort_keys"}


def with_x(self: t.Any, obj: t.Any, **kwargs: t.Any) -> str:
    return "x" + str(super(type(self), self).dumps(obj, **kwargs))


def responding(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
    response = super(type(self), self).response(*args, **kwargs)
    response.headers["X-By"] = "subclass"
    return response


def never_found(self: t.Any, name: str) -> t.Any:
    raise AttributeError(name)


def unsorted(self: t.Any, name: str) -> t.Any:
    return False if name == "sort_keys" else object.__getattribute__(self, name)


JSON = "application/json"
SORTED = b'{"a":"\\u00e9","b":1}\n'
UNSORTED = b'{"b":1,"a":"\\u00e9"}\n'
SUBCLASSES: dict[str, tuple[dict[str, t.Any], list[t.Any]]] = {
    "attributes": (
        {"sort_keys": False, "mimetype": "application/hal+json"},
        [UNSORTED, "application/hal+json", None],
    ),
    "dumps": ({"dumps": with_x}, [b"x" + SORTED, JSON, None]),
    "response": ({"response": responding}, [SORTED, JSON, "subclass"]),
    "property": (
        {"ensure_ascii": property(lambda self: False)},
        ['{"a":"é","b":1}\n'.encode(), JSON, None],
    ),
    "default": (
        {"default": lambda self, obj: f"by {type(self).__name__}"},
        [SORTED, JSON, None],
    ),
    "__getattr__": ({"__getattr__": never_found}, [SORTED, JSON, None]),
    "__getattribute__": (
        {"__getattribute__": unsorted},
        [UNSORTED, JSON, None],
    ),
}


@pytest.mark.parametrize("base", [DefaultJSONProvider, JSONProvider])
@pytest.mark.parametrize("names, expected", SUBCLASSES.values(), ids=SUBCLASSES)
def test_subclasses(
    base: type[t.Any], names: dict[str, t.Any], expected: list[t.Any]
) -> None:
    """Subclasses of our provider do what those of Flask's do."""
    app = flask.Flask("app")
    app.json = type("Own", (base,), names)(app)
    FastResp(app)
    with app.test_request_context():
        for make in (app.make_response, flask.jsonify):
            response = make({"b": 1, "a": "é"})
            got = [response.data, response.mimetype, response.headers.get("X-By")]
            assert got == expected
        if "default" in names:
            assert app.make_response([object]).data == b'["by Own"]\n'


@pytest.mark.parametrize("owner", [DefaultJSONProvider, JSONProvider])
@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("dumps", lambda self, obj, **kwargs: "patched", (b"patched\n", JSON)),
        ("response", lambda *args: flask.Response("p"), (b"p", "text/html")),
        ("sort_keys", False, (b'{"b":1,"a":2}\n', JSON)),
        ("mimetype", "a/b", (b'{"a":2,"b":1}\n', "a/b")),
    ],
)
def test_later_patches_count(
    owner: t.Any, name: str, value: t.Any, expected: t.Any, monkeypatch: t.Any
) -> None:
    _, app = apps()

    def made() -> list[t.Any]:
        with app.test_request_context():
            responses = [
                make({"b": 1, "a": 2}) for make in (app.make_response, flask.jsonify)
            ]
        return [(response.data, response.mimetype) for response in responses]

    before = made()
    with monkeypatch.context() as patches:
        patches.setattr(owner, name, value)
        assert made() == [expected] * 2
    assert made() == before == [(b'{"a":2,"b":1}\n', JSON)] * 2


@pytest.mark.parametrize("accelerate", [True, False])
def test_a_provider_of_another_app(accelerate: bool) -> None:
    """It makes responses of its own app's class, in that app's mode."""
    one, other = flask.Flask("one"), flask.Flask("other", static_folder=None)
    other.response_class = type("Other", (flask.Response,), {"default_status": 203})
    other.debug = True
    if accelerate:
        FastResp(one)
        FastResp(other)
    one.json = other.json
    with one.test_request_context():
        response = one.make_response([1])
        assert type(response).__name__ == "Other"
        assert (response.status_code, response.data) == (203, b"[\n  1\n]\n")
        del other
        gc.collect()
        with pytest.raises(ReferenceError, match="no longer"):
            one.make_response([1])


@pytest.mark.parametrize(
    "change",
    [
        lambda provider, app: setattr(provider, "_app", app),
        lambda provider, app: setattr(
            provider, "__dict__", type("Attributes", (dict,), {})(vars(provider))
        ),
    ],
    ids=["the app itself", "a dict of another class"],
)
def test_a_provider_with_other_attributes(change: Callable[..., None]) -> None:
    app = flask.Flask("app")
    FastResp(app)
    change(app.json, app)
    with app.test_request_context():
        assert app.make_response({"a": 1}).data == b'{"a":1}\n'
        assert flask.jsonify([1]).data == b"[1]\n"


@pytest.mark.parametrize("kind", [set, frozenset, tuple, list])
def test_a_charset_for_json(kind: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stock, fast = apps()
    types = kind((*utils._charset_mimetypes, JSON))
    monkeypatch.setattr(utils, "_charset_mimetypes", types)
    assert describe(fast, [1])[3:] == describe(stock, [1])[3:]


def test_a_charset_for_json_in_the_same_set() -> None:
    stock, fast = apps()
    utils._charset_mimetypes.add(JSON)
    try:
        assert describe(fast, [1]) == describe(stock, [1])
        with fast.test_request_context():
            response = fast.make_response([1])
        assert response.content_type == "application/json; charset=utf-8"
    finally:
        utils._charset_mimetypes.discard(JSON)


#: Of every width, and surrogates alone, in pairs, the wrong way round, and late.
TEXTS = [
    *("\x7f\x80\xad\xff", "ƀ߿", "ࠀ→\uffff\u2028\ufeff", "\U00010000\U0010ffff"),
    *("\ud800", "\udc00a", "\ud800\ud800\udc00", "\udd1e\ud834", "\udfff\n\\"),
    *("\ud7ff\ue000", "\ud800\\udc00", "é\ud800→\udfff😀", "a" * 5000 + "\udfff"),
    *("The quick brown fox. " * 500, '\n\1"' * 2000, "→\U0001f600é" * 2000),
]


@pytest.mark.parametrize("ensure_ascii", [True, False])
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:20])
def test_texts_in_a_body(text: str, ensure_ascii: bool) -> None:
    stock, fast = apps(having(ensure_ascii=ensure_ascii))
    for obj in (text, [text, "é"], {"é": text, text: [{text: 1}, {text: text}]}):
        assert describe(fast, obj) == describe(stock, obj)


@pytest.mark.parametrize("inner", [[], [1], [{"a": [1]}, {"a": [2]}]], ids=repr)
@pytest.mark.parametrize("name", ["make_response", "dumps", "response"])
def test_the_recursion_limit_of_a_view(name: str, inner: t.Any) -> None:
    """As deep as stock, through every way that leads to the encoder."""
    if inner and sys.version_info >= (3, 12):
        pytest.skip("what has no frame here has none there")

    def limit(app: flask.Flask) -> int:
        make = getattr(app if name == "make_response" else app.json, name)

        def fails(depth: int) -> bool:
            obj: t.Any = inner
            for _ in range(depth):
                obj = [obj]
            try:
                make(obj)
            except RecursionError:
                return True
            return False

        with app.test_request_context():
            # A function that ran often takes fewer frames.
            for _ in range(100):
                make(inner)
            return bisect.bisect_left(range(20_000), True, key=fails)

    stock, fast = map(limit, apps())
    assert fast == stock


@pytest.mark.parametrize("name", ["dumps", "response"])
def test_a_default_that_encodes_without_an_end(name: str) -> None:
    def program(app: flask.Flask) -> t.Any:
        encode = getattr(app.json, name)
        vars(app.json)["default"] = lambda obj: encode({"a": obj})
        with app.test_request_context():
            return outcome(lambda: app.make_response([object]))["error"][0]

    stock, fast = map(program, apps())
    assert fast == stock == "RecursionError"


@pytest.mark.parametrize("debug", [True, False])
def test_objects_are_not_encoded_twice(debug: bool) -> None:
    """What the standard encoder has to do, it does at once."""
    default = mock.Mock(return_value=1)
    _, app = apps(having(debug, default=default))
    with app.test_request_context():
        app.make_response([object, {"a": object}])
    assert default.call_count == 2


def change_mimetype(app: flask.Flask) -> None:
    type(t.cast(t.Any, app.json)).mimetype = "application/class"


CHANGES: dict[str, Callable[[t.Any], None]] = {
    "response class": lambda app: setattr(
        app, "response_class", type("Own", (flask.Response,), {"default_status": 203})
    ),
    "debug": lambda app: setattr(app, "debug", True),
    "own mimetype": lambda app: setattr(app.json, "mimetype", "application/own"),
    "class's mimetype": change_mimetype,
    "sort_keys": lambda app: setattr(app.json, "sort_keys", False),
    "ensure_ascii": lambda app: setattr(app.json, "ensure_ascii", False),
    "compact": lambda app: setattr(app.json, "compact", False),
}


@pytest.mark.parametrize("way", ["view", "response", "another app's"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_while_an_object_is_serialized(
    change: Callable[[t.Any], None], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The media type is read afterwards, everything else before."""

    def program(app: flask.Flask) -> t.Any:
        asked = flask.Flask("asked") if way == "another app's" else app
        asked.json = app.json
        make: t.Any = app.json.response if way == "response" else asked.make_response
        cls = type(t.cast(t.Any, app.json))

        def html(self: t.Any) -> str:
            # With monkeypatch, it is put back.
            monkeypatch.setattr(cls, "mimetype", cls.mimetype)
            change(app)
            return "changed"

        changing = type("Changing", (), {"__html__": html})()
        with asked.test_request_context():
            response = make({"b": changing, "a": [{"é": 1, "d": 2}]})
        monkeypatch.undo()
        return response.status_code, response.mimetype, response.get_data()

    stock, fast = map(program, apps())
    assert fast == stock


@pytest.mark.parametrize("computed", [True, False])
def test_providers_that_are_not_flasks(computed: bool) -> None:
    """With as little as there can be, or an ``_app`` that is computed."""

    def program(accelerate: bool) -> t.Any:
        asked: list[str] = []

        def get(self: t.Any) -> t.Any:
            asked.append("_app")
            return vars(self)["_app"]

        app = flask.Flask("app")
        if computed:
            own = property(get, lambda self, value: vars(self).update(_app=value))
            app.json = type("Computed", (DefaultJSONProvider,), {"_app": own})(app)
        else:
            app.json = type("Little", (), {"__slots__": ("_app",)})()
        if accelerate:
            FastResp(app)
        asked.clear()
        with app.test_request_context():
            return outcome(lambda: app.make_response([1]).get_data()), asked

    assert program(True) == program(False)
