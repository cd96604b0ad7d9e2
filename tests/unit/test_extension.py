"""FastResp follows the conventions of Flask's extensions."""

from __future__ import annotations

import copy
import functools
import gc
import typing as t
import weakref
from unittest import mock

import flask
import pytest
from conftest import counted
from flask.json.provider import DefaultJSONProvider
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


def test_configuration() -> None:
    app = flask.Flask("app")
    app.config["FASTRESP_ENABLED"] = False
    FastResp(app)
    assert app.response_class is flask.Response
    assert "make_response" not in vars(app)
    assert not is_fast(app)

    app = flask.Flask("app")
    app.config["FASTRESP_DISPATCH"] = False
    FastResp(app)
    assert "make_response" not in vars(app)
    assert is_fast(app)


def test_factories_and_blueprints() -> None:
    extension = FastResp()
    blueprint = flask.Blueprint("blueprint", "blueprint", url_prefix="/bp")
    blueprint.add_url_rule("/", "view", lambda: {"app": flask.current_app.name})
    blueprint.add_url_rule("/missing", "missing", lambda: flask.abort(404))
    blueprint.register_error_handler(404, lambda error: ({"error": 404}, 404))

    @blueprint.after_request
    def add(response: flask.Response) -> flask.Response:
        response.headers["X-Blueprint"] = "1"
        return response

    def answers(name: str, fast: bool) -> list[t.Any]:
        app = flask.Flask(name)
        app.register_blueprint(blueprint)
        if fast:
            extension.init_app(app)
        paths = ("/bp/", "/bp/missing", "/nowhere")
        responses = [app.test_client().get(path) for path in paths]
        return [(response.data, list(response.headers)) for response in responses]

    for name in ("one", "two"):
        assert answers(name, True) == answers(name, False)


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
