"""FastResp follows the conventions of Flask's extensions."""

from __future__ import annotations

import copy
import functools
import gc
import typing as t
import warnings
import weakref
from unittest import mock

import flask
import pytest
from conftest import counted
from flask.json.provider import DefaultJSONProvider
from flask.json.provider import JSONProvider
from flask.sessions import SecureCookieSessionInterface as StockInterface
from flask.sessions import SessionInterface
from itsdangerous import TimestampSigner
from parity import emit
from parity import outcome
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import FastResp
from fastresp import Response
from fastresp import wrappers


def is_fast(app: flask.Flask, value: t.Any = "x") -> bool:
    before = counted("built"), counted("emitted")
    with app.test_request_context():
        emit(app.make_response(value))
    return (counted("built"), counted("emitted")) == (before[0] + 1, before[1] + 1)


def test_both_ways_of_initialising() -> None:
    direct, deferred = flask.Flask("direct"), flask.Flask("deferred")
    extension = FastResp(direct)
    extension.init_app(deferred)
    for app in (direct, deferred):
        assert app.extensions["fastresp"] is extension
        assert app.response_class is Response
        assert is_fast(app)
        assert app.config["FASTRESP_ENABLED"] is True
        assert app.config["FASTRESP_DISPATCH"] is True
    assert not is_fast(flask.Flask("neither"))


def test_initialising_twice() -> None:
    app = flask.Flask("app")
    FastResp(app)
    make_response = app.make_response
    FastResp(app)
    FastResp().init_app(app)
    assert app.make_response is make_response
    assert app.response_class is Response
    assert is_fast(app)


def test_nothing_keeps_the_app_alive() -> None:
    """Not even a reference cycle: Flask frees an app without the collector."""
    gc.collect()
    gc.disable()
    try:
        app = flask.Flask("app", static_folder=None)
        extension = FastResp(app)
        make_response = app.make_response
        reference = weakref.ref(app)
        assert vars(extension) == {}
        del app
        assert reference() is None
    finally:
        gc.enable()
    with pytest.raises(ReferenceError, match="no longer exists"):
        make_response("x")


@pytest.mark.parametrize("name", ["ENABLED", "DISPATCH", "JSON", "SESSIONS"])
def test_words_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def extended(word: str) -> flask.Flask:
        app = flask.Flask("app")
        monkeypatch.setenv(f"FLASK_FASTRESP_{name}", word)
        app.config.from_prefixed_env()
        FastResp(app)
        return app

    def done(app: flask.Flask) -> bool:
        return {
            "ENABLED": "fastresp" in app.extensions,
            "DISPATCH": "make_response" in vars(app),
            "JSON": type(app.json) is not DefaultJSONProvider,
            "SESSIONS": type(app.session_interface) is not StockInterface,
        }[name]

    for word in (*"false False FALSE 0 no NO off n f".split(), "", " No "):
        app = extended(word)
        assert not done(app), word
        assert is_fast(app) == (name != "ENABLED"), word
    for word in ("true", "True", "1", "yes", "On", "y", "T"):
        assert done(extended(word)), word
    for word in ("offf", "none", "nein"):
        with pytest.raises(
            ValueError, match=f"FASTRESP_{name} is '{word}', which is nei"
        ):
            extended(word)


# --- what is no app ----------------------------------------------------------


class Holder:
    """Has the app in an attribute, as Dash and middlewares do."""

    def __init__(self, name: str, value: t.Any) -> None:
        self.config: dict[str, t.Any] = {}
        setattr(self, name, value)


class Middleware(Holder):
    def __call__(self, environ: t.Any, start_response: t.Any) -> t.Any:
        return []


class Served(Holder):
    async def __call__(self, scope: t.Any, receive: t.Any, send: t.Any) -> None:
        pass


APP = flask.Flask("app")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Holder("server", APP), "test_extension.Holder: pass its attribute server."),
        (Holder("flask_app", APP), ": pass its attribute flask_app."),
        (
            Middleware("app", APP),
            "Middleware, WSGI around a Flask app: pass its attribute app.",
        ),
        (
            Middleware("wsgi_app", APP.wsgi_app),
            "WSGI around a Flask app: pass the app that it wraps.",
        ),
        (
            Served("wsgi_application", APP),
            "Served, ASGI around a Flask app: pass its attribute wsgi_application.",
        ),
        (APP.wsgi_app, "Flask.wsgi_app, a method of a Flask app: pass the app."),
        (flask.Flask, "the class flask.app.Flask: create the app first."),
        (Holder, "the class test_extension.Holder."),
        ("app", "an object of the class str."),
        (flask.Blueprint("b", "b"), "class flask.blueprints.Blueprint."),
        (len, "the function len."),
        (None, "class NoneType."),
    ],
)
def test_what_is_no_app(wrong: t.Any, said: str) -> None:
    before = dict(vars(wrong)) if hasattr(wrong, "__dict__") else None
    with pytest.raises(
        TypeError, match="FastResp needs a flask.Flask app, not "
    ) as info:
        FastResp().init_app(wrong)
    assert str(info.value).endswith(said)
    assert before in (None, dict(vars(wrong)) if before is not None else None)
    assert not getattr(wrong, "config", None)


def test_the_current_app() -> None:
    app = flask.Flask("app")
    with app.app_context():
        FastResp(flask.current_app)
    assert "make_response" in vars(app)
    assert is_fast(app)


# --- set afterwards ----------------------------------------------------------


class OwnProvider(DefaultJSONProvider):
    pass


class OwnInterface(StockInterface):
    pass


class OtherInterface(SessionInterface):
    def open_session(self, *args: t.Any) -> t.Any:
        return {}

    def save_session(self, *args: t.Any) -> None:
        pass


LATE: dict[str, tuple[dict[str, t.Any], str]] = {
    "class": (
        {"response_class": flask.Response},
        "response_class is flask.wrappers:Response: set it before FastResp(app)",
    ),
    "provider": (
        {"json": DefaultJSONProvider(APP)},
        "json is of flask.json.provider:DefaultJSONProvider: set it before"
        " FastResp(app)",
    ),
    "own provider": (
        {"json": OwnProvider(APP)},
        "json is of test_extension:OwnProvider, compiled for what views return alone:"
        " inherit from fastresp.json.JSONProvider",
    ),
    "interface": (
        {"session_interface": StockInterface()},
        "session_interface is of flask.sessions:SecureCookieSessionInterface: set it"
        " before FastResp(app)",
    ),
    "own interface": (
        {"session_interface": OwnInterface()},
        "session_interface is of test_extension:OwnInterface: inherit from"
        " fastresp.sessions.SecureCookieSessionInterface",
    ),
    # There is nothing compiled for these.
    "other provider": ({"json": JSONProvider(APP)}, ""),
    "other interface": ({"session_interface": OtherInterface()}, ""),
    "compiled ones": (
        {"response_class": Response, "json": fastresp.json.JSONProvider(APP)},
        "",
    ),
}


@pytest.mark.parametrize(("attributes", "said"), LATE.values(), ids=LATE)
def test_what_is_set_afterwards(attributes: dict[str, t.Any], said: str) -> None:
    """The first request warns, once."""
    app = flask.Flask("app")
    app.add_url_rule("/", view_func=lambda: "x")
    FastResp(app)
    twin = copy.copy(app)
    for name, value in attributes.items():
        setattr(app, name, value)
    first = app.full_dispatch_request
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        twin.test_client().get("/")
        assert not caught
        assert "full_dispatch_request" not in vars(twin)
        for _ in range(2):
            app.test_client().get("/")
    text = f"The app 'app' was changed after FastResp(app): {said}."
    assert [str(each.message) for each in caught] == [text] * bool(said)
    assert "full_dispatch_request" not in vars(app)
    with app.test_request_context("/"):
        assert first().data == b"x"
    found = fastresp.describe(app)
    assert not said or f"stock: {said}" in found.values()


def test_settings_set_afterwards() -> None:
    app = flask.Flask("app")
    FastResp(app)
    app.config.update(FASTRESP_ENABLED="off", FASTRESP_SESSIONS="what")
    with pytest.warns(RuntimeWarning, match="has read FASTRESP_ENABLED; .*SESSIONS.$"):
        app.test_client().get("/")


def test_a_first_request_that_somebody_has_wrapped() -> None:
    def wrapped() -> flask.Response:
        calls.append("wrapper")
        return function()

    calls: list[str] = []
    app = flask.Flask("app")
    app.add_url_rule("/", view_func=lambda: calls.append("view") or "x")  # type: ignore[func-returns-value]
    FastResp(app)
    function = app.full_dispatch_request
    app.full_dispatch_request = wrapped  # type: ignore[method-assign]
    FastResp(app)
    assert app.full_dispatch_request is wrapped
    for _ in range(2):
        assert app.test_client().get("/").data == b"x"
    assert calls == ["wrapper", "view"] * 2
    del app
    gc.collect()
    with pytest.raises(ReferenceError, match="no longer exists"):
        function()


# --- what an app is described by ---------------------------------------------


def place(function: t.Any) -> str:
    code = function.__code__
    return f"{code.co_filename}:{code.co_firstlineno}"


def own(*args: t.Any, **kwargs: t.Any) -> t.Any:
    raise AssertionError("not called")


def extended(**attributes: t.Any) -> flask.Flask:
    app = subclass_of(flask.Flask, **attributes)("app")
    app.secret_key = "key"
    FastResp(app)
    return t.cast(flask.Flask, app)


def changed(target: t.Callable[[flask.Flask], t.Any], name: str) -> flask.Flask:
    app = extended()
    setattr(target(app), name, own)
    return app


def configured(**settings: t.Any) -> flask.Flask:
    app = flask.Flask("app")
    app.config.update(settings)
    FastResp(app)
    return app


OWN = "test_extension:own"
WAYS = "construction errors redirects"
DESCRIBED: dict[str, tuple[t.Callable[[], flask.Flask], str, str]] = {
    "all": (extended, "", ""),
    "constructor": (
        lambda: extended(response_class=subclass_of(flask.Response, __init__=own)),
        WAYS,
        f"overridden or patched: __init__ ({OWN})",
    ),
    "cookie": (
        lambda: extended(response_class=subclass_of(Response, set_cookie=own)),
        "cookies",
        f"overridden or patched: set_cookie ({OWN})",
    ),
    "make_response": (
        lambda: extended(make_response=own),
        "dispatch",
        f"Own.make_response is overridden ({OWN})",
    ),
    "after_request": (
        lambda: extended(process_response=own),
        "finalizing",
        f"Own.process_response is overridden ({OWN})",
    ),
    "on the app": (
        lambda: changed(lambda app: app, "redirect"),
        "redirects",
        f"redirect was set on the app ({OWN})",
    ),
    "provider": (
        lambda: changed(lambda app: app.json, "dumps"),
        "json",
        f"json is of fastresp.json:JSONProvider, overridden or patched: dumps ({OWN})",
    ),
    "key": (
        configured,
        "sessions",
        "there are no sessions without a SECRET_KEY",
    ),
    "off": (
        lambda: configured(FASTRESP_DISPATCH="off"),
        "dispatch redirects finalizing",
        "FASTRESP_DISPATCH is off",
    ),
    "disabled": (
        lambda: configured(FASTRESP_ENABLED=False),
        "dispatch redirects finalizing",
        "FASTRESP_ENABLED is off",
    ),
    "missing": (
        lambda: flask.Flask("app"),
        "dispatch redirects finalizing",
        "FastResp(app) is missing",
    ),
}


@pytest.mark.parametrize(("create", "parts", "why"), DESCRIBED.values(), ids=DESCRIBED)
def test_describe(create: t.Callable[[], flask.Flask], parts: str, why: str) -> None:
    found = fastresp.describe(create())
    assert found.keys() > fastresp.describe().keys()
    assert {name for name, how in found.items() if how == f"stock: {why}"} == {
        name for name in ("header sets", *parts.split()) if name in parts
    }
    if not parts:
        left = {name for name, how in found.items() if how != "compiled"}
        assert left == {"gunicorn worker"}


def test_describe_names_patches(monkeypatch: pytest.MonkeyPatch) -> None:
    app = extended()
    copied = functools.wraps(flask.Flask.make_response)(lambda self, rv: own(rv))
    for owner, name, part, said in (
        (flask.Flask, "make_response", "dispatch", "Flask.make_response was patched"),
        (
            WerkzeugResponse,
            "set_data",
            "construction",
            "overridden or patched: set_data",
        ),
        (DefaultJSONProvider, "dumps", "json", "overridden or patched: dumps"),
        (TimestampSigner, "derive_key", "sessions", "derive_key"),
    ):
        with monkeypatch.context() as patches:
            patches.setattr(owner, name, copied)
            assert f"{said} ({place(copied)})" in fastresp.describe(app)[part]
        assert fastresp.describe(app)[part] == "compiled"


# --- make_response of the app's own ----------------------------------------


def test_an_overridden_make_response_is_kept() -> None:
    class App(flask.Flask):
        def make_response(self, rv: t.Any) -> flask.Response:
            return super().make_response(f"own {rv}")

    app = App("app")
    FastResp(app)
    assert "make_response" not in vars(app)
    assert app.make_response("x").data == b"own x"
    # The class is in use all the same.
    assert app.response_class is Response


def test_a_make_response_on_the_instance_is_kept() -> None:
    app = flask.Flask("app")
    app.make_response = own = lambda rv: Response(f"own {rv}")  # type: ignore[method-assign]
    FastResp(app)
    assert app.make_response is own


def test_a_make_response_patched_later_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    app = flask.Flask("app")
    FastResp(app)
    assert app.make_response("x").data == b"x"
    stock = flask.Flask.make_response

    def patched(self: flask.Flask, rv: t.Any) -> flask.Response:
        return stock(self, f"patched {rv}")

    with monkeypatch.context() as patches:
        stand_in = mock.Mock()
        patches.setattr(flask.Flask, "make_response", stand_in)
        app.make_response("x")
        stand_in.assert_called_once_with("x")
        patches.setattr(flask.Flask, "make_response", patched)
        assert app.make_response("x").data == b"patched x"
        # And one that is there before an app is initialized is kept.
        late = flask.Flask("late")
        FastResp(late)
        assert "make_response" not in vars(late)
        assert late.make_response("x").data == b"patched x"
    assert app.make_response("x").data == b"x"
    assert is_fast(app)


# --- response classes of the app's own -------------------------------------


def subclass_of(*bases: type[t.Any], **names: t.Any) -> type[t.Any]:
    """Made anew: FastResp gives it another base."""
    return type("Own", bases, names)


class Sniffing(flask.Response):
    def __init__(self, response: t.Any = None, **kwargs: t.Any) -> None:
        if "mimetype" not in kwargs and "content_type" not in kwargs:
            if str(response).startswith("<?xml"):
                kwargs["mimetype"] = "application/xml"
        super().__init__(response, **kwargs)


class FromObjects(flask.Response):
    @classmethod
    def force_type(cls, rv: t.Any, environ: t.Any = None) -> t.Any:
        if isinstance(rv, Thing):
            rv = flask.jsonify(name=rv.name)
        return super().force_type(rv, environ)


class Thing:
    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: t.Any) -> t.Any:
        raise AssertionError("not called as a WSGI app")


class Library(flask.Response):
    def get_app_iter(self, environ: t.Any) -> t.Any:
        return [b"<", *super().get_app_iter(environ), b">"]


class Mixin:
    extra = "mixed in"


OWN_CLASSES: dict[str, t.Callable[[], type[t.Any]]] = {
    "attribute": lambda: subclass_of(flask.Response, default_mimetype="text/own"),
    "of Werkzeug's": lambda: subclass_of(WerkzeugResponse, default_mimetype="text/own"),
    "constructor": lambda: subclass_of(Sniffing),
    "force_type": lambda: subclass_of(FromObjects),
    "get_app_iter": lambda: subclass_of(Library),
    "mixin": lambda: subclass_of(Mixin, flask.Response),
    "mixin after": lambda: subclass_of(flask.Response, Mixin),
    "of ours": lambda: subclass_of(Response),
}


@pytest.mark.parametrize("create", OWN_CLASSES.values(), ids=OWN_CLASSES)
def test_own_response_classes(create: t.Callable[[], type[t.Any]]) -> None:
    def program(fast: bool) -> t.Any:
        own = create()
        app = flask.Flask("app")
        app.response_class = own
        if fast:
            FastResp(app)
            FastResp(app)
            assert issubclass(own, wrappers.Response)
        # The very class: identity, pickling and isinstance go on as before.
        assert app.response_class is own
        values: list[t.Callable[[], t.Any]] = [
            lambda: "text",
            lambda: "<?xml version='1.0'?>",
            lambda: ({"a": 1}, 201),
            lambda: Thing("thing"),
            lambda: own("direct", 202),
            lambda: flask.Response("stock", headers={"A": "b"}),
        ]
        with app.test_request_context():
            return [
                outcome(lambda: emit(app.make_response(value())))  # noqa: B023
                for value in values
            ]

    assert program(True) == program(False)


def test_the_classes_above_an_own_class_are_left_alone() -> None:
    app = flask.Flask("app")
    app.response_class = subclass_of(Sniffing)
    FastResp(app)
    assert is_fast(app)
    assert not issubclass(Sniffing, wrappers.Response)


def test_an_app_subclass_with_a_response_class_in_its_body() -> None:
    own = subclass_of(flask.Response, default_mimetype="application/xml")
    app = subclass_of(flask.Flask, response_class=own)("app")
    FastResp(app)
    assert app.response_class is own
    assert app.make_response("x").mimetype == "application/xml"
    assert is_fast(app)
    assert is_fast(subclass_of(flask.Flask, response_class=Response)("app"))
    # The attribute of an app's class is not touched.
    assert "response_class" not in vars(app)


class Upper(DefaultJSONProvider):
    def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        return super().dumps(obj, **kwargs).upper()


@pytest.mark.parametrize("how", ("property", "__getattribute__"))
def test_an_app_that_computes_its_attributes(how: str) -> None:
    """Its response class and its JSON provider are asked for each time, once its
    class does more than Flask's."""
    teapot = subclass_of(Response, default_status=418)

    def computed(app: t.Any, name: str) -> t.Any:
        if name not in ("response_class", "json"):
            return object.__getattribute__(app, name)
        if not flask.has_request_context() or flask.request.path == "/":
            return object.__getattribute__(app, "__dict__")[name]
        return teapot if name == "response_class" else Upper(app)

    def check(path: str, cls: type[t.Any], text: bytes) -> None:
        with app.test_request_context(path):
            assert type(app.make_response("x")) is cls
            assert type(app.redirect("/")) is cls
            assert app.make_response({"a": "b"}).data == text

    kind: t.Any = subclass_of(flask.Flask)
    app = kind("app")
    FastResp(app)
    check("/tea", Response, b'{"a":"b"}\n')
    if how == "property":
        for name in ("response_class", "json"):
            setattr(kind, name, property(functools.partial(computed, name=name)))
    else:
        kind.__getattribute__ = computed
    check("/tea", teapot, b'{"A":"B"}\n')
    check("/", Response, b'{"a":"b"}\n')


class Strict(type):
    def __setattr__(cls, name: str, value: t.Any) -> None:
        raise TypeError("this class is final")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        *((other, "") for other in (dict, "no class", lambda *args: None)),
        (Strict("Final", (flask.Response,), {}), ".*this class is final"),
    ],
)
def test_a_response_class_that_is_refused(other: t.Any, reason: str) -> None:
    app = flask.Flask("app")
    app.response_class = other
    with pytest.raises(TypeError, match=f"FastResp cannot accelerate{reason}"):
        FastResp(app)
    assert "fastresp" not in app.extensions
    assert "make_response" not in vars(app)
    assert app.response_class is other


# --- the package -----------------------------------------------------------


def test_public_names() -> None:
    assert fastresp.ACCELERATED is True
    assert fastresp.__version__.count(".") == 2
    assert set(fastresp.__all__) <= set(dir(fastresp))
    names = {"built", "emitted", "encoded", "delegated"}
    assert set(fastresp.fast_path_counts()) == names


def test_a_copied_app() -> None:
    """Its functions are those of the app that it was copied from."""

    class Problem(flask.Response):
        default_mimetype = "application/problem+json"

    def described(response: t.Any) -> tuple[str, list[type[t.Any]]]:
        return response.mimetype, [
            cls for cls in type(response).__mro__ if "fastresp" not in cls.__module__
        ]

    def use(extend: bool) -> list[t.Any]:
        app = flask.Flask("app")
        if extend:
            fastresp.FastResp(app)
        tenant = copy.copy(app)
        tenant.response_class = Problem
        other = flask.Flask("other")
        found = []
        for current in (tenant, app, tenant):
            with current.test_request_context():
                found.append(described(current.make_response("{}")))
                found.append(described(current.redirect("/")))
        with other.test_request_context():
            found.append(described(app.make_response("{}")))
        del app, current
        gc.collect()
        with tenant.test_request_context():
            found.append(described(tenant.make_response("{}")))
            found.append(described(tenant.redirect("/")))
        return found

    assert use(True) == use(False)
