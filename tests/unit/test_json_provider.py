"""The JSON provider on an app, beside Flask's own on another."""

from __future__ import annotations

import datetime
import io
import json
import typing as t
from collections.abc import Callable

import flask
import flask.json.provider
import pytest
from conftest import counted
from flask.json.provider import DefaultJSONProvider
from parity import emit
from parity import outcome
from parity import state

import fastresp
from fastresp import FastResp
from fastresp.json import JSONProvider

OBJECTS: list[t.Any] = [
    {"b": 1, "a": [1.5, None, True, "é→\U0001f600"]},
    [],
    {},
    [{"id": n, "name": f"Person {n}"} for n in range(3)],
    {"when": datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc)},
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


def configure_nothing(app: flask.Flask) -> None: ...


def configure_unsorted(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).sort_keys = False


def configure_utf8(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).ensure_ascii = False


def configure_odd_flags(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).sort_keys = 1
    t.cast(t.Any, app.json).ensure_ascii = None


def configure_not_compact(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).compact = False


def configure_compact(app: flask.Flask) -> None:
    app.debug = True
    t.cast(t.Any, app.json).compact = True


def configure_debug(app: flask.Flask) -> None:
    app.debug = True


def configure_debug_unsorted(app: flask.Flask) -> None:
    app.debug = True
    t.cast(t.Any, app.json).sort_keys = False


def configure_media_type(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).mimetype = "application/vnd.api+json"


def configure_text_type(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).mimetype = "text/x-json"


def configure_default(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).default = lambda obj: f"default {obj!r}"


def configure_no_default(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).default = None


def configure_own_dumps(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).dumps = lambda obj, **kwargs: f"dumps {kwargs.keys()}"


def configure_own_response(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).response = lambda *args: flask.Response("mine")


def configure_preparation(app: flask.Flask) -> None:
    t.cast(t.Any, app.json)._prepare_response_obj = lambda *args: [args]


def configure_class_attribute(app: flask.Flask) -> None:
    values = {"default_status": 203, "default_mimetype": "a/b"}
    app.response_class = type("Custom", (app.response_class,), values)


def configure_text_looking_class(app: flask.Flask) -> None:
    class Custom(app.response_class):  # type: ignore[name-defined,misc]
        def __init__(self, response: t.Any, **kwargs: t.Any) -> None:
            assert type(response) is str
            kwargs["mimetype"] = "application/found" if response[0] == "{" else "a/b"
            super().__init__(response, **kwargs)

    app.response_class = Custom


def configure_no_length(app: flask.Flask) -> None:
    app.response_class = type(
        "Custom", (app.response_class,), {"automatically_set_content_length": False}
    )


def configure_instance_attribute(app: flask.Flask) -> None:
    t.cast(t.Any, app.json).unrelated = 1


CONFIGURATIONS = [
    value for name, value in sorted(globals().items()) if name.startswith("configure_")
]


def dumped(app: flask.Flask, obj: t.Any) -> str:
    file = io.StringIO()
    app.json.dump(obj, file, indent=None)
    return file.getvalue()


def describe(app: flask.Flask, obj: t.Any) -> t.Any:
    def respond(make: Callable[[], t.Any]) -> t.Any:
        response = make()
        return state(response), emit(response)

    with app.test_request_context():
        return [
            outcome(lambda: app.json.dumps(obj)),
            outcome(lambda: app.json.dumps(obj, indent=1, sort_keys=False)),
            outcome(lambda: flask.json.dumps(obj, separators=(",", ":"))),
            outcome(lambda: dumped(app, obj)),
            outcome(lambda: respond(lambda: app.json.response(obj))),
            outcome(lambda: respond(lambda: app.json.response(obj, obj))),
            outcome(lambda: respond(lambda: app.json.response(a=obj))),
            outcome(lambda: respond(lambda: app.json.response())),
            outcome(lambda: respond(lambda: app.json.response(1, a=2))),
            outcome(lambda: respond(lambda: flask.jsonify(obj))),
            outcome(lambda: respond(lambda: app.make_response(obj))),
            outcome(lambda: respond(lambda: app.make_response((obj, 201)))),
            outcome(lambda: respond(lambda: app.make_response((obj, {"X-A": "b"})))),
            outcome(
                lambda: respond(
                    lambda: app.make_response((obj, 404, {"Content-Type": "a/b"}))
                )
            ),
        ]


def apps(configure: Configure, before: bool = True) -> tuple[flask.Flask, flask.Flask]:
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
@pytest.mark.parametrize("configure", CONFIGURATIONS, ids=lambda one: one.__name__[10:])
def test_parity(configure: Configure, before: bool, obj: t.Any) -> None:
    if not before and configure is configure_text_looking_class:
        pytest.skip("The class of the stock app has to be derived from.")
    stock, fast = apps(configure, before)
    assert describe(fast, obj) == describe(stock, obj)


def encodes(app: flask.Flask, program: Callable[[], t.Any]) -> int:
    before = counted("encoded")
    with app.test_request_context():
        program()
    return counted("encoded") - before


@pytest.mark.parametrize(
    "configure",
    [
        configure_nothing,
        configure_unsorted,
        configure_utf8,
        configure_compact,
        configure_default,
        configure_media_type,
        configure_class_attribute,
        configure_text_looking_class,
    ],
    ids=lambda one: one.__name__[10:],
)
def test_the_encoder_is_used(configure: Configure) -> None:
    _, app = apps(configure)
    obj = {"a": 1}
    assert encodes(app, lambda: app.make_response(obj)) == 1
    assert encodes(app, lambda: app.make_response((obj, 201, {"X-A": "b"}))) == 1
    assert encodes(app, lambda: flask.jsonify(obj)) == 1
    assert encodes(app, lambda: app.json.dumps(obj)) == 1


def test_debug_mode_counts_when_it_changes() -> None:
    _, app = apps(configure_nothing)
    with app.test_request_context():
        for debug in (False, True, False):
            body = b"[\n  1\n]\n" if debug else b"[1]\n"
            app.debug = debug
            assert app.make_response([1]).data == body
            assert flask.jsonify([1]).data == body


def test_an_app_with_its_own_debug() -> None:
    class App(flask.Flask):
        debug = True

    class Computed(flask.Flask):
        @property  # type: ignore[misc]
        def debug(self) -> bool:
            return True

    class Asked(flask.Flask):
        def __getattribute__(self, name: str) -> t.Any:
            return True if name == "debug" else super().__getattribute__(name)

    class Configured(flask.Flask):
        @property
        def config(self) -> t.Any:
            config = vars(self)["config"]
            return {**config, "DEBUG": True} if flask.has_request_context() else config

        @config.setter
        def config(self, value: t.Any) -> None:
            vars(self)["config"] = value

    classes: list[type[flask.Flask]] = [App, Computed, Asked, Configured]
    for create in classes:
        app = create("app")
        FastResp(app)
        with app.test_request_context():
            assert app.make_response([1]).data == b"[\n  1\n]\n"


class OwnProvider(DefaultJSONProvider):
    def default(self, o: t.Any) -> t.Any:
        return "own"


def test_a_provider_of_the_apps_own_is_left_alone() -> None:
    class App(flask.Flask):
        json_provider_class = OwnProvider

    app: flask.Flask = App("app")
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


def test_configuration() -> None:
    app = flask.Flask("app")
    app.config["FASTRESP_JSON"] = False
    FastResp(app)
    assert type(app.json) is DefaultJSONProvider
    with app.test_request_context():
        assert app.make_response({"a": 1}).data == b'{"a":1}\n'


@pytest.mark.parametrize("base", [DefaultJSONProvider, JSONProvider])
def test_subclasses(base: type[t.Any]) -> None:
    """Parity of our provider's subclasses with those of Flask's."""

    class Attributes(base):  # type: ignore[misc]
        sort_keys = False
        mimetype = "application/hal+json"

    class Method(base):  # type: ignore[misc]
        def default(self, o: t.Any) -> t.Any:
            return f"by {type(self).__name__}"

    class Dumps(base):  # type: ignore[misc]
        def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
            return "x" + str(super().dumps(obj, **kwargs))

    class Responds(base):  # type: ignore[misc]
        def response(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
            response = super().response(*args, **kwargs)
            response.headers["X-By"] = "subclass"
            return response

    class Computes(base):  # type: ignore[misc]
        @property
        def ensure_ascii(self) -> bool:
            return False

    class Catches(base):  # type: ignore[misc]
        def __getattr__(self, name: str) -> t.Any:
            raise AttributeError(name)

    class Asked(base):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> t.Any:
            return False if name == "sort_keys" else super().__getattribute__(name)

    expected = [
        [b'{"b":1,"a":"\\u00e9"}\n', "application/json", None],
        [b'{"b":1,"a":"\\u00e9"}\n', "application/hal+json", None],
        [b'{"a":"\\u00e9","b":1}\n', "application/json", None],
        [b'x{"a":"\\u00e9","b":1}\n', "application/json", None],
        [b'{"a":"\\u00e9","b":1}\n', "application/json", "subclass"],
        ['{"a":"é","b":1}\n'.encode(), "application/json", None],
        [b'{"a":"\\u00e9","b":1}\n', "application/json", None],
    ]
    classes: list[t.Any] = [Asked, Attributes, Method, Dumps, Responds]
    classes += [Computes, Catches]
    for cls, answer in zip(classes, expected, strict=True):
        app = flask.Flask("app")
        app.json = cls(app)
        FastResp(app)
        with app.test_request_context():
            for response in (
                app.make_response({"b": 1, "a": "é"}),
                flask.jsonify({"b": 1, "a": "é"}),
            ):
                got = [response.data, response.mimetype, response.headers.get("X-By")]
                assert got == answer
    app.json = Method(app)
    with app.test_request_context():
        assert app.make_response([object]).data == b'["by Method"]\n'


def test_later_patches_count(monkeypatch: pytest.MonkeyPatch) -> None:
    _, app = apps(configure_nothing)
    with app.test_request_context():
        assert app.make_response([1]).data == b"[1]\n"
        for owner in (DefaultJSONProvider, JSONProvider):
            with monkeypatch.context() as patch:
                patch.setattr(owner, "dumps", lambda self, obj, **kwargs: "patched")
                assert app.make_response([1]).data == b"patched\n"
                assert flask.jsonify([1]).data == b"patched\n"
                assert app.json.dumps([1]) == "patched"
            with monkeypatch.context() as patch:
                patch.setattr(owner, "response", lambda *args: flask.Response("p"))
                assert app.make_response([1]).data == b"p"
                assert flask.jsonify([1]).data == b"p"
            with monkeypatch.context() as patch:
                patch.setattr(owner, "sort_keys", False)
                assert app.make_response({"b": 1, "a": 2}).data == b'{"b":1,"a":2}\n'
            with monkeypatch.context() as patch:
                patch.setattr(owner, "mimetype", "a/b")
                assert app.make_response([1]).mimetype == "a/b"
        with monkeypatch.context() as patch:
            patch.setattr(json, "dumps", lambda obj, **kwargs: "patched")
            assert app.make_response([1]).data == b"patched\n"
        assert app.make_response([1]).data == b"[1]\n"


def test_a_provider_of_another_app() -> None:
    """It makes responses of its own app's class, in that app's mode."""
    for accelerate in (True, False):
        one, other = flask.Flask("one"), flask.Flask("other")
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


def test_a_provider_without_its_app() -> None:
    for accelerate in (True, False):
        one, gone = flask.Flask("one"), flask.Flask("gone", static_folder=None)
        if accelerate:
            FastResp(one)
            FastResp(gone)
        one.json = gone.json
        del gone
        with one.test_request_context():
            with pytest.raises(ReferenceError, match="no longer"):
                one.make_response([1])


def test_a_provider_that_holds_its_app() -> None:
    app = flask.Flask("app")
    FastResp(app)
    app.json._app = app
    with app.test_request_context():
        assert app.make_response([1]).data == b"[1]\n"
        assert flask.jsonify([1]).data == b"[1]\n"


class Blank:
    """No provider at all, and no ``__dict__``."""

    __slots__ = ()

    def response(self, obj: t.Any) -> t.Any:
        return flask.Response(f"blank {obj}")


def test_an_object_that_is_no_provider() -> None:
    app = flask.Flask("app")
    app.json = Blank()  # type: ignore[assignment]
    FastResp(app)
    with app.test_request_context():
        assert app.make_response([1]).data == b"blank [1]"


def test_a_charset_for_json(monkeypatch: pytest.MonkeyPatch) -> None:
    from werkzeug import utils

    stock, fast = apps(configure_nothing)
    for kind in (set, frozenset, tuple, list):
        types = kind((*utils._charset_mimetypes, "application/json"))
        with monkeypatch.context() as patches:
            patches.setattr(utils, "_charset_mimetypes", types)
            assert describe(fast, [1])[3:] == describe(stock, [1])[3:]
    utils._charset_mimetypes.add("application/json")
    try:
        assert describe(fast, [1]) == describe(stock, [1])
        with fast.test_request_context():
            content_type = fast.make_response([1]).content_type
        assert content_type == "application/json; charset=utf-8"
    finally:
        utils._charset_mimetypes.discard("application/json")


def test_the_recursion_limit_of_a_view() -> None:
    """As deep as stock, through every way that leads to the encoder."""

    def limit(app: flask.Flask, make: Callable[[t.Any], t.Any]) -> int:
        def can(depth: int) -> bool:
            obj: t.Any = []
            for _ in range(depth):
                obj = [obj]
            try:
                make(obj)
            except RecursionError:
                return False
            return True

        low, high = 0, 20_000
        with app.test_request_context():
            while low < high - 1:
                middle = (low + high) // 2
                low, high = (middle, high) if can(middle) else (low, middle)
        return low

    stock, fast = apps(configure_nothing)
    for name in ("make_response", "dumps", "response"):
        found = []
        for app in (stock, fast):
            owner = app if name == "make_response" else app.json
            found.append(limit(app, getattr(owner, name)))
        assert found[0] == found[1], name


def test_deepest_objects_are_not_encoded_twice() -> None:
    """What the standard encoder has to do, it does at once."""
    calls = []

    def default(obj: t.Any) -> t.Any:
        calls.append(obj)
        return 1

    _, app = apps(configure_nothing)
    t.cast(t.Any, app.json).default = default
    for debug in (True, False):
        app.debug = debug
        with app.test_request_context():
            app.make_response([object, {"a": object}])
            assert len(calls) == 2
            calls.clear()


def test_documented_names() -> None:
    assert fastresp.json.JSONProvider is JSONProvider
    assert issubclass(JSONProvider, DefaultJSONProvider)


def test_attributes_in_a_dict_of_another_class() -> None:
    class Attributes(dict[str, t.Any]):
        pass

    app = flask.Flask("app")
    FastResp(app)
    app.json.__dict__ = Attributes(vars(app.json))
    app.add_url_rule("/", "view", lambda: {"a": 1})
    assert app.test_client().get("/").data == b'{"a":1}\n'


class Changing:
    """Changes an app's provider, or the app, while it is serialized."""

    def __init__(self, change: Callable[[], object]) -> None:
        self.change = change

    def __html__(self) -> str:
        self.change()
        return "changed"


def test_what_changes_while_an_object_is_serialized() -> None:
    """The media type is read afterwards, everything else before."""

    class Other(flask.Response):
        default_status = 203

    def change(app: flask.Flask, name: str) -> None:
        provider = t.cast(t.Any, app.json)
        if name == "response_class":
            app.response_class = Other
        elif name == "debug":
            app.debug = True
        elif name == "own mimetype":
            provider.mimetype = "application/own"
        elif name == "class's mimetype":
            type(provider).mimetype = "application/class"
        else:
            setattr(provider, name, False)

    mimetype = DefaultJSONProvider.mimetype
    names = ["response_class", "debug", "own mimetype", "class's mimetype"]
    names += ["sort_keys", "ensure_ascii", "compact"]
    for name in names:
        for way in ("view", "response", "another app's"):
            stock, fast = apps(configure_nothing)
            results = []
            for app in (stock, fast):
                cls = type(t.cast(t.Any, app.json))
                asked = flask.Flask("asked") if way == "another app's" else app
                asked.json = app.json
                with asked.test_request_context():
                    obj = {
                        "b": Changing(lambda: change(app, name)),  # noqa: B023
                        "a": [{"é": 1, "d": 2}],
                    }
                    make = (
                        app.json.response if way == "response" else asked.make_response
                    )
                    response = t.cast(flask.Response, make(obj))
                    results.append(
                        [response.status_code, response.mimetype, response.get_data()]
                    )
                if cls is JSONProvider and "mimetype" in vars(cls):
                    del cls.mimetype
                if DefaultJSONProvider.mimetype is not mimetype:
                    DefaultJSONProvider.mimetype = mimetype
            assert results[1] == results[0], (name, way)


def test_providers_that_are_not_flasks() -> None:
    """With as little as there can be, or an ``_app`` that is computed."""

    class Little:
        __slots__ = ("_app",)

    class Computed(DefaultJSONProvider):
        asked: t.ClassVar[list[str]] = []

        @property
        def _app(self) -> t.Any:
            self.asked.append("_app")
            return vars(self)["_app"]

        @_app.setter
        def _app(self, value: t.Any) -> None:
            vars(self)["_app"] = value

    for create in (lambda app: Little(), Computed):
        results = []
        for accelerate in (False, True):
            app = flask.Flask("app")
            app.json = create(app)  # type: ignore[assignment]
            if accelerate:
                FastResp(app)
            Computed.asked.clear()
            with app.test_request_context():
                found = outcome(lambda: app.make_response([1]).get_data())  # noqa: B023
            results.append((found, list(Computed.asked)))
        assert results[1] == results[0]
