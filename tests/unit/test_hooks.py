"""Hooks are API: overridden in a subclass, brought by a mixin, patched onto a
class later, or set on one instance, they act as they do in Werkzeug."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import inspect
import typing as t
from http import HTTPStatus
from unittest import mock

import flask
import pytest
from conftest import compared
from conftest import counted
from conftest import Pair
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from parity import state
from werkzeug.datastructures import Headers
from werkzeug.datastructures import HeaderSet
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse
from werkzeug.wsgi import ClosingIterator

import fastresp
from fastresp import wrappers
from fastresp._compiled import core as _core

# Each maker gets a journal and the implementation to call for the rest, and
# gives a function that takes the place of the method.
Call = t.Callable[..., t.Any]
Maker = t.Callable[[Journal, Call], Call]


def noting(
    name: str, change: t.Callable[[t.Any], t.Any] = lambda value: value
) -> Maker:
    def make(journal: Journal, following: Call) -> Call:
        def hook(*args: t.Any, **kwargs: t.Any) -> t.Any:
            journal((name, len(args), kwargs))
            return change(following(*args, **kwargs))

        return hook

    return make


def add_header(headers: Headers) -> Headers:
    headers["X-Hook"] = "1"
    return headers


def upper(chunks: cabc.Iterable[bytes]) -> cabc.Iterator[bytes]:
    return (chunk.upper() for chunk in chunks)


HOOKS: dict[str, Maker] = {
    name: noting(name)
    for name in (
        *("__init__", "__call__", "set_data", "get_data", "close", "call_on_close"),
        *("calculate_content_length", "_ensure_sequence", "make_sequence"),
        *("set_cookie", "delete_cookie", "add_etag", "make_conditional"),
    )
} | {
    "get_wsgi_response": noting(
        "get_wsgi_response", lambda answer: (answer[0], "299 Hooked", answer[2])
    ),
    "get_wsgi_headers": noting("get_wsgi_headers", add_header),
    "get_app_iter": noting("get_app_iter", lambda chunks: ClosingIterator([b"hook"])),
    "iter_encoded": noting("iter_encoded", upper),
    "_clean_status": noting("_clean_status", lambda pair: (f"{pair[0]}!", pair[1])),
}

ATTRIBUTES: dict[str, t.Any] = {
    "default_status": 418,
    "default_mimetype": "application/xml",
    "automatically_set_content_length": False,
    "autocorrect_location_header": True,
    "implicit_sequence_conversion": False,
    "max_cookie_size": 10,
}

PROPERTIES: dict[str, Call] = {
    "is_sequence": lambda self: False,
    "status_code": lambda self: 204,
    "status": lambda self: "200 Property",
    "direct_passthrough": lambda self: True,
    "response": lambda self: [b"property"],
    "headers": lambda self: Headers({"X-Property": "1"}),
    "default_mimetype": lambda self: "text/x-property",
    "default_status": lambda self: 404,
    "automatically_set_content_length": lambda self: False,
}


def use(response: t.Any, journal: Journal) -> t.Any:
    """Everything the hooks take part in."""
    return (
        outcome(lambda: emit(response)),
        outcome(lambda: emit(response, "HEAD")),
        outcome(lambda: response.set_data("changed")),
        outcome(response.get_data),
        outcome(lambda: setattr(response, "status", 404)),
        outcome(lambda: emit(response)),
        outcome(lambda: response.set_cookie("name", "x" * 20)),
        outcome(lambda: response.delete_cookie("name", domain="h.example")),
        outcome(lambda: response.delete_cookie("b", "/x", "c.d", True, True, "lax")),
        outcome(lambda: emit(response)),
        outcome(lambda: response.add_etag()),
        outcome(lambda: response.make_conditional(create_environ()) is response),
        outcome(response.close),
        journal.entries,
    )


BODIES: dict[str, t.Callable[[], t.Any]] = {
    "str": lambda: "text",
    "list": lambda: ["a", b"b"],
    "generator": lambda: (chunk for chunk in ("a", b"b")),
}


@pytest.fixture(params=list(BODIES.values()), ids=list(BODIES))
def body(request: pytest.FixtureRequest) -> t.Callable[[], t.Any]:
    return t.cast("t.Callable[[], t.Any]", request.param)


def build(cls: type[t.Any], body: t.Callable[[], t.Any]) -> t.Any:
    return cls(body(), headers={"Location": "/ä"})


def below(cls: type[t.Any]) -> type[t.Any]:
    """A class that can stand before another subclass of Werkzeug's class."""
    if issubclass(cls, wrappers.Response):
        return cls
    return type(cls.__name__, (cls,), {})


@pytest.mark.parametrize("where", ("subclass", "mixin before", "mixin after"))
@pytest.mark.parametrize("by", ("super", "name"))
@pytest.mark.parametrize("name", HOOKS)
@compared
def test_overridden(
    base: type[t.Any],
    name: str,
    by: str,
    where: str,
    body: t.Callable[[], t.Any],
) -> t.Any:
    """It calls Werkzeug's method by ``super()``, or by the name of the class."""
    journal = Journal()
    owner: type[t.Any]
    if where == "subclass":
        cls = owner = type("Subclass", (base,), {})
    elif where == "mixin before":
        owner = type("Mixin", (), {})
        cls = type("Both", (owner, base), {})
    else:
        owner = type("Mixin", (WerkzeugResponse,), {})
        cls = type("Both", (below(base), owner), {})

    def method(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        if by == "super":
            following = getattr(super(owner, self), name)
        else:
            following = getattr(WerkzeugResponse, name).__get__(self)
        return HOOKS[name](journal, following)(*args, **kwargs)

    setattr(owner, name, method)
    return use(build(cls, body), journal)


@compared
def test_headers_patched_while_they_are_sent(base: type[t.Any]) -> t.Any:
    stock_iter = Headers.__iter__

    def more(self: Headers) -> t.Any:
        yield from stock_iter(self)
        yield "X-More", "1"

    with contextlib.ExitStack() as stack:

        def patch() -> None:
            stack.enter_context(mock.patch.object(Headers, "__iter__", more))

        class Subclass(base):  # type: ignore[misc]
            def iter_encoded(self) -> t.Any:
                patch()
                return super().iter_encoded()

        class Chunk(str):
            def encode(self, *args: t.Any) -> bytes:
                patch()
                return b"chunk"

        sent = [emit(Subclass("text"))]
        stack.close()
        sent.append(emit(base([Chunk()])))
        assert all("X-More" in str(each["started"]) for each in sent)
        return sent


def test_classes_that_share_a_place() -> None:
    """What is known of a class is kept in one of 256 places, for the last one that
    was looked at."""
    own = {"get_app_iter": lambda self, environ: [b"own"]}
    classes = [
        type("Response", (fastresp.Response,), names) for names in (own, {}, {}) * 200
    ]
    for _ in range(2):
        found = [
            b"".join(cls("text")(create_environ(), lambda *args: None))
            for cls in classes
        ]
        assert found == [b"own", b"text", b"text"] * 200


@compared
def test_set_on_an_instance_before_initialising(base: type[t.Any]) -> t.Any:
    journal = Journal()

    class Early(base):  # type: ignore[misc]
        def __init__(self, *args: t.Any) -> None:
            self.set_data = lambda value: journal(f"set_data {value}")
            self._clean_status = lambda value: ("200 Early", 200)
            self.default_mimetype = "text/x-early"
            super().__init__(*args)

    response = Early("x")
    return response.headers._list, response.status, journal.entries


@pytest.mark.parametrize("name", ATTRIBUTES)
@pytest.mark.parametrize("how", ("subclass", "patch", "instance", "early"))
@compared
def test_class_attributes(
    cls: type[t.Any],
    name: str,
    how: str,
    body: t.Callable[[], t.Any],
    monkeypatch: pytest.MonkeyPatch,
) -> t.Any:
    if name == "max_cookie_size" and how == "instance":
        pytest.skip("a property of flask.Response")

    class Early(cls):  # type: ignore[misc]
        def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
            self.__dict__[name] = ATTRIBUTES[name]
            super().__init__(*args, **kwargs)

    with monkeypatch.context() as patches:
        if how == "early":
            cls = Early
        elif how == "subclass":
            cls = type("Subclass", (cls,), {name: ATTRIBUTES[name]})
        elif how == "patch":
            build(cls, body)
            patches.setattr(cls, name, ATTRIBUTES[name], raising=False)
        plain, response = cls(body()), build(cls, body)
        if how == "instance":
            setattr(response, name, ATTRIBUTES[name])
        return state(plain), state(response), use(response, Journal())


ODD_VALUES: dict[str, tuple[t.Any, ...]] = {
    "default_status": (418, 200.0, True, None, "200 OK", HTTPStatus.OK),
    "default_mimetype": ("text/own", None, "", b"text/html", ["text/html"]),
    "automatically_set_content_length": (False, 0, 1, "", None),
    "autocorrect_location_header": (True, 0, 1, "", None),
    "max_cookie_size": (True, 10.5, None, "10"),
    "location": ("shadowed",),
    "headers": (property(lambda self: vars(self)["headers"]),),
}


def app_with(cls: type[t.Any]) -> flask.Flask:
    """Extended, where the class is a fast one."""
    app = flask.Flask("app")
    app.response_class = cls
    if issubclass(cls, wrappers.Response):
        fastresp.FastResp(app)
    return app


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in ODD_VALUES.items() for value in values],
)
@compared
def test_odd_class_attributes(cls: type[t.Any], name: str, value: t.Any) -> t.Any:
    """Values that are equal to the usual ones, or as true or false as they are."""
    app = app_with(type("Odd", (cls,), {name: value}))

    def make(*view: t.Any) -> t.Any:
        response = app.make_response(view if len(view) > 1 else view[0])
        response.set_cookie("name", "x" * 20)
        return state(response), emit(response, PATH_INFO="/here")

    with app.test_request_context():
        return (
            outcome(lambda: make("x")),
            outcome(lambda: make(["x"])),
            outcome(lambda: make("x", 302, {"Location": "/plain"})),
            outcome(lambda: emit(app.redirect("/plain"), PATH_INFO="/here")),
            outcome(lambda: emit(app.redirect("x/../<ö>", 308), SCRIPT_NAME="/root")),
        )


@compared
def test_an_abstract_class(cls: type[t.Any]) -> t.Any:
    """Also one that is made abstract late, and without a metaclass."""
    own: type[t.Any] = type("Own", (cls,), {})
    app = app_with(own)
    results = []
    with app.test_request_context():
        for names in ((), ("render",), ()):
            own.__abstractmethods__ = frozenset(names)
            results += [
                outcome(lambda: state(app.make_response("x"))),
                outcome(lambda: state(app.redirect("/"))),
                outcome(lambda: state(own("x"))),
            ]
    return results


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("settable", (True, False))
@compared
def test_properties(
    base: type[t.Any], name: str, settable: bool, body: t.Callable[[], t.Any]
) -> t.Any:
    journal = Journal()

    def setter(self: t.Any, value: t.Any) -> None:
        journal(f"set {name}")

    value = property(PROPERTIES[name], setter if settable else None)
    cls = type("Subclass", (base,), {name: value})

    def run() -> t.Any:
        app_iter, status, headers = build(cls, body).get_wsgi_response(
            {"REQUEST_METHOD": "GET"}
        )
        return status, headers, list(app_iter)

    return outcome(run), journal.entries


@compared
def test_attribute_access_of_its_own(base: type[t.Any]) -> t.Any:
    """Werkzeug's own order of access, all of it."""
    journal = Journal()

    class Noting(base):  # type: ignore[misc]
        def __setattr__(self, name: str, value: t.Any) -> None:
            journal(f"set {name}")
            super().__setattr__(name, value)

        def __getattribute__(self, name: str) -> t.Any:
            if not name.startswith("__"):
                journal(f"get {name}")
            return super().__getattribute__(name)

    response = Noting("x")
    list(response({"REQUEST_METHOD": "GET"}, lambda status, headers: None))
    response.set_cookie("a", "b")
    response.delete_cookie("a")
    return journal.entries


@compared
def test_getattr_of_its_own(base: type[t.Any]) -> t.Any:
    class Falling(base):  # type: ignore[misc]
        def __getattr__(self, name: str) -> str:
            return f"no {name}"

    response = Falling("x")
    return emit(response), response.missing


@compared
def test_new_and_metaclass_of_its_own(base: type[t.Any]) -> t.Any:
    journal = Journal()

    class Meta(type):
        def __call__(cls, *args: t.Any, **kwargs: t.Any) -> t.Any:
            journal("metaclass")
            return super().__call__(*args, **kwargs)

    class Subclass(base, metaclass=Meta):  # type: ignore[misc]
        def __new__(cls, *args: t.Any, **kwargs: t.Any) -> t.Any:
            journal("new")
            return super().__new__(cls)

    return emit(Subclass("x", 201)), journal.entries


@compared
def test_slots_in_a_subclass(base: type[t.Any]) -> t.Any:
    class Slotted(base):  # type: ignore[misc]
        __slots__ = ("response", "extra")

    response = Slotted("x", 201)
    response.extra = 1
    answer = response.get_wsgi_response({"REQUEST_METHOD": "GET"})
    return list(answer[0]), answer[1:], sorted(vars(response))


@pytest.mark.skipif(not fastresp.ACCELERATED, reason="nothing is counted")
def test_any_number_of_changes(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class has a thousand version tags at most: what is remembered of it may not
    depend on them."""

    def built(cls: type[t.Any]) -> int:
        before = counted("built")
        for _ in range(3):
            cls("x")
        return counted("built") - before

    class Own(pair.fast):  # type: ignore[name-defined, misc]
        pass

    for number in range(1100):
        monkeypatch.setattr(WerkzeugResponse, "default_mimetype", f"a/{number}")
        Own.number = number
        Own("x")
    assert built(pair.fast) == built(Own) == 3
    late = Own("x")
    Own.set_data = lambda self, value: None
    assert built(Own) == 0
    del Own.set_data
    assert built(Own) == 3

    class Mixin:
        def get_app_iter(self, environ: t.Any) -> list[bytes]:
            return [b"mixed in"]

    bases = Own.__bases__
    Own.__bases__ = (Mixin, *bases)
    assert emit(late) == emit(Own("x"))
    assert emit(late)["chunks"] == [describe(b"mixed in")]
    Own.__bases__ = bases
    assert emit(late)["chunks"] == [describe(b"x")]


@pytest.mark.skipif(not fastresp.ACCELERATED, reason="nothing is counted")
def test_a_counter_on_a_class(pair: Pair) -> None:
    """A class without a tag that changes for each response."""
    cls = type("Counting", (pair.fast,), {})
    before = counted("built")
    for number in range(3000):
        cls.number = number  # type: ignore[attr-defined]
        cls("x")
    assert counted("built") == before + 3000


@pytest.mark.parametrize("name", ("__getattribute__", "__setattr__", "_list"))
def test_attribute_access_of_the_headers_class(pair: Pair, name: str) -> None:
    """Patched onto Werkzeug's class, which has none of its own."""

    def program(cls: type[t.Any]) -> t.Any:
        noted: list[str] = []

        def getattribute(self: t.Any, name: str) -> t.Any:
            noted.append(name)
            return object.__getattribute__(self, name)

        def setattribute(self: t.Any, name: str, value: t.Any) -> None:
            noted.append(name)
            object.__setattr__(self, name, value)

        patches = {
            "__getattribute__": getattribute,
            "__setattr__": setattribute,
            "_list": property(
                lambda self: vars(self)["own"],
                lambda self, value: vars(self).update(own=value),
            ),
        }
        early = cls("x", headers={"X-A": "b"})
        with mock.patch.object(Headers, name, patches[name], create=True):
            responses = [cls("x", headers={"X-A": "b"}), cls("text"), cls(["x"])]
            if name != "_list":
                responses.append(early)
            found = []
            for response in responses:
                response.headers.add("X-C", "d")
                response.headers["X-A"] = "e"
                found.append(response.headers.get("X-A"))
                _, status, headers = response.get_wsgi_response(
                    {"REQUEST_METHOD": "GET"}
                )
                found.append((status, headers))
        return found, noted

    assert program(pair.fast) == program(pair.stock)


@pytest.mark.parametrize(
    "name", ("__getattribute__", "__setattr__", "__bool__", "to_header", "update")
)
def test_patched_header_set(pair: Pair, name: str) -> None:
    """The class of ``response.vary``."""
    following = getattr(HeaderSet, name)

    def program(cls: type[t.Any]) -> t.Any:
        journal = Journal()

        def patch(self: t.Any, *args: t.Any) -> t.Any:
            journal((name, *(repr(arg).partition(" at 0x")[0] for arg in args)))
            return following(self, *args)

        early = cls("x", headers={"Vary": "A"})
        kept = early.vary
        with mock.patch.object(HeaderSet, name, patch, create=True):
            for response in (early, cls("x")):
                response.vary.add("Cookie")
                response.vary.update(["a", "b c", ""])
                journal(list(response.vary))
                response.allow.add("GET")
                journal((response.headers.get("Vary"), response.headers.get("Allow")))
                response.vary.clear()
                journal(response.headers.get("Vary"))
            kept.add("Late")
        journal(early.headers.get("Vary"))
        return journal.entries

    assert program(pair.fast) == program(pair.stock)


def test_what_is_not_overridden_stays_fast(pair: Pair) -> None:
    class Subclass(pair.fast):  # type: ignore[misc,name-defined]
        default_mimetype = "application/xml"
        extra = 1

        def __init__(self, response: t.Any = None, **kwargs: t.Any) -> None:
            super().__init__(response, **kwargs)

        def unrelated(self) -> None:
            pass

    before = counted("built"), counted("emitted")
    response = Subclass("x")
    response.anything = 1
    emit(response)
    assert (counted("built"), counted("emitted")) == (before[0] + 1, before[1] + 1)


# --- methods that nothing else calls --------------------------------------------


def nothing_sent(environ: t.Any, start_response: t.Any) -> list[bytes]:
    start_response("200 OK", [])
    return []


CALLS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "vary": lambda response: list(response.vary),
    "allow": lambda response: list(response.allow),
    "content_language": lambda response: list(response.content_language),
    "set_cookie": lambda response: response.set_cookie("a", "b"),
    "delete_cookie": lambda response: response.delete_cookie("a"),
    "add_etag": lambda response: response.add_etag(),
    "make_conditional": lambda response: (
        response.make_conditional(create_environ()) is response
    ),
    "force_type": lambda response: (
        type(response).force_type(nothing_sent, create_environ()).status
    ),
}


@pytest.mark.parametrize("times", (1, 2))
@pytest.mark.parametrize("name", sorted(_core.METHODS))
@compared
def test_repeated_in_a_subclass(base: type[t.Any], name: str, times: int) -> t.Any:
    """The same object once more, in a response that is left to Werkzeug."""
    cls = base
    for _ in range(times):
        own = {name: inspect.getattr_static(base, name)}
        cls = type("Repeated", (cls,), own)
    response = cls("x", headers=iter([("X-A", "b")]))
    response._clean_status = response._clean_status
    environ = create_environ()
    return (
        [outcome(lambda: call(response)) for call in CALLS.values()],  # noqa: B023
        response.get_wsgi_headers(environ).to_wsgi_list()[:2],
        list(response.get_app_iter(environ)),
        response.get_wsgi_response(environ)[1],
        emit(response)["chunks"],
    )
