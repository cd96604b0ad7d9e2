"""Objects that do harm when they are looked at: whatever they do, nothing crashes,
and what comes of it is what comes of it with Werkzeug's classes.

A kind of hostile object is a base, one method of it, and what that method does. It
is passed in at an entrance: as a body, a header, a status, a cookie's argument and
so on. All kinds at all entrances are compared with ``make hostile``; a run of the
tests compares some of them, the same ones each time.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import os
import random
import typing as t

import flask
import pytest
from head_reference import read_with_h11
from parity import Described
from parity import emit
from parity import outcome
from parity import state
from werkzeug.datastructures import Headers
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound

import fastresp

EXAMPLES = int(os.environ.get("FASTRESP_HOSTILE_EXAMPLES", 1500))

Program = cabc.Callable[["Stage", t.Any], t.Any]


class Oddity(Exception):
    """What hostile methods raise."""


class Stage:
    """One side of a comparison: the class, and what hostile objects can reach."""

    def __init__(self, cls: type[t.Any], app: flask.Flask) -> None:
        self.cls = cls
        self.app = app
        self.response: t.Any = cls("text", 200, {"X-One": "1", "Vary": "a, b"})
        self.containers: list[t.Any] = []
        self.calls: list[str] = []
        # How often they do harm: what came of it has to be described, too.
        self.left = 2

    def within_reach(self, container: t.Any) -> t.Any:
        self.containers.append(container)
        return container

    def is_harmful(self, method: str) -> bool:
        self.calls.append(method)
        self.left -= 1
        return self.left >= 0


def clear(stage: Stage) -> None:
    stage.response.headers.clear()
    for container in stage.containers:
        container.clear()
    if isinstance(stage.response.response, list):
        stage.response.response.clear()
    stage.response._on_close.clear()


def grow(stage: Stage) -> None:
    stage.response.headers.extend([("X-More", "more")] * 40)
    for container in stage.containers:
        if isinstance(container, list):
            container.extend(container[:1] * 40)
        else:
            container.update((f"X-{number}", "more") for number in range(40))
    if isinstance(stage.response.response, list):
        stage.response.response.extend([b"more"] * 40)
    stage.response._on_close.append(lambda: stage.calls.append("closed"))


def swap(stage: Stage) -> None:
    stage.response.headers = Headers({"X-New": "new"})
    stage.response.response = ["new"]
    stage.response.status = "299 New"
    stage.response._on_close = []


def drop(stage: Stage) -> None:
    clear(stage)
    stage.response = stage.cls("another")


def patch(stage: Stage) -> None:
    stage.cls.default_status = 201
    del stage.cls.default_status


HARM: dict[str, cabc.Callable[[Stage], None]] = {
    "clears": clear,
    "grows": grow,
    "swaps": swap,
    "drops": drop,
    "patches": patch,
}


class Text(str):
    pass


#: What a method returns that does not do what it should: another value, one of a
#: subclass, one of a wrong type.
LIES: dict[str, tuple[t.Any, ...]] = {
    "__str__": ("lie", Text("lie"), b"lie", "line\r\nbreak"),
    "__len__": (0, 1, 7, True, -1, 2**70, "no"),
    "__iter__": (
        lambda: iter(()),
        lambda: iter("ab"),
        lambda: 5,
        lambda: iter([("a",)]),
    ),
    "__next__": ("next", b"next", None),
    "__eq__": (True, False, "no", NotImplemented),
    "__hash__": (0, hash("REQUEST_METHOD"), -(2**70), "no"),
    "__bool__": (True, False, 2),
    "__index__": (404, True, 2**70, "no"),
    "__int__": (404, True, 2**70, "no"),
    "__float__": (1.5, 2, "no"),
    # The last one stands for the class under test.
    "__class__": (str, bytes, tuple, dict, list, int, Headers, 5, flask.Response),
    "__call__": (None, (), [b"called"], 5),
    "__getitem__": ("item", ("a", "b"), None),
    "__contains__": (True, False, "no"),
    "__lt__": (True, False, "no", NotImplemented),
    "__html__": ("<b>", 5),
    "encode": (b"lie", "lie", None),
    "lower": ("lie", "location", None),
    "strip": ("lie", "", None),
    "get": ("got", None),
    "keys": ([], ["X-Lie"], 5),
    "items": ([], [("X-Lie", "1")], [("a", "b", "c")], 5, ["ab"]),
    "to_wsgi_list": ([], [("X-Lie", "1")], 5),
    "close": (None, 5),
    "isoformat": ("date", 5),
    "timetuple": ((), 5),
}
# Of an object without a base that has these.
PLAIN: dict[str, t.Any] = {
    "__str__": "plain",
    "__len__": 2,
    "__iter__": lambda: iter((b"plain",)),
    "__next__": StopIteration,
    "__eq__": NotImplemented,
    "__hash__": 7,
    "__bool__": True,
    "__index__": 203,
    "__int__": 203,
    "__float__": 203.5,
    "__call__": (),
    "__getitem__": IndexError,
    "__html__": "&lt;",
    "encode": b"plain",
    "close": None,
    "get": None,
    "keys": (),
    "items": (),
}

BASES: dict[type[t.Any], tuple[t.Any, tuple[str, ...]]] = {
    object: (
        (),
        (
            *("__str__", "__len__", "__iter__", "__next__", "__eq__", "__hash__"),
            *("__bool__", "__index__", "__int__", "__float__", "__class__"),
            *("__call__", "__getitem__", "__html__", "encode", "close", "items"),
            *("__getattr__", "__del__"),
        ),
    ),
    str: (
        ("X-Text",),
        (
            *("__str__", "__len__", "__iter__", "__eq__", "__hash__", "__bool__"),
            *("encode", "lower", "strip", "__contains__", "__lt__", "__class__"),
            *("__getattribute__", "__del__"),
        ),
    ),
    bytes: ((b"bytes",), ("__len__", "__iter__", "__eq__", "__bool__", "__class__")),
    int: (
        (404,),
        (
            *("__str__", "__index__", "__int__", "__eq__", "__hash__", "__bool__"),
            *("__lt__", "__class__", "__del__"),
        ),
    ),
    float: ((1.5,), ("__str__", "__float__", "__eq__", "__bool__", "__class__")),
    list: (
        ([("X-List", "1"), ("X-List", "2")],),
        ("__iter__", "__len__", "__bool__", "__getitem__", "__eq__", "__class__"),
    ),
    tuple: (
        (("X-Tuple", "1"),),
        ("__iter__", "__len__", "__bool__", "__getitem__", "__eq__", "__class__"),
    ),
    dict: (
        ({"X-Dict": "1", "Y-Dict": ["2", "3"]},),
        (
            *("keys", "items", "__iter__", "__len__", "__bool__", "__getitem__"),
            *("__contains__", "get", "__class__", "__del__"),
        ),
    ),
    Headers: (
        ({"X-Headers": "1"},),
        ("__iter__", "items", "__len__", "to_wsgi_list", "__getitem__", "__class__"),
    ),
    MultiDict: (
        ({"X-Multi": "1"},),
        ("__iter__", "items", "__len__", "keys", "__getitem__"),
    ),
    HTTPException: (("described",), ("__call__", "__class__", "__getattribute__")),
}


class Kind(t.NamedTuple):
    base: type[t.Any]
    method: str
    harm: str
    lie: int = 0

    def __str__(self) -> str:
        return f"{self.base.__name__}.{self.method} {self.harm} {self.lie}"

    def make(self, stage: Stage) -> t.Any:
        """An object of this kind."""
        base, method, harm, lie = self
        arguments, _ = BASES[base]

        def harmful(self: t.Any, *args: t.Any) -> t.Any:
            if stage.is_harmful(method):
                if harm == "raises":
                    raise Oddity(method)
                if harm == "stops":
                    raise StopIteration
                if harm == "interrupts":
                    raise KeyboardInterrupt
                if harm == "recurses":
                    stage.left += 1
                    return harmful(self, *args)
                if harm == "lies":
                    return lied(LIES[method][lie])
                if method == "__del__":
                    # There may be half of a response, and nobody to tell.
                    with contextlib.suppress(AttributeError):
                        HARM[harm](stage)
                else:
                    HARM[harm](stage)
            if method == "__class__":
                return Hostile
            if method == "__getattr__":
                raise AttributeError(args[0])
            if method == "__del__":
                return None
            if base is object:
                return plain(PLAIN[method])
            return getattr(base, method)(self, *args)

        def lied(value: t.Any) -> t.Any:
            if method == "__class__":
                # How often it is asked for is an affair of isinstance().
                stage.left += 1
                return stage.cls if value is flask.Response else value
            return plain(value) if method == "__iter__" else value

        def plain(value: t.Any) -> t.Any:
            if isinstance(value, type):
                raise value
            return value() if callable(value) else value

        names: dict[str, t.Any] = {"__module__": "hostile", "__hash__": base.__hash__}
        if base is object:
            for name, value in PLAIN.items():
                names[name] = lambda self, *args, value=value: plain(value)
            # A few of them only: what is not there decides, too.
            for name in ("__next__", "__call__", "__getitem__", "encode", "items"):
                if name != method:
                    del names[name]
            if method in ("__str__", "__index__", "__int__", "__float__"):
                del names["__iter__"], names["__len__"]
        names["__repr__"] = lambda self: "hostile"
        names[method] = property(harmful) if method == "__class__" else harmful
        Hostile = type("Hostile", (base,), names)
        if base is object:
            return Hostile()
        return Hostile(*arguments)


ERRORS = ("raises", "stops", "interrupts", "recurses")


def harms_by(method: str) -> cabc.Iterable[str]:
    if method == "__del__":
        # What a destructor raises goes to nobody.
        return HARM
    # Harm at each look at a class comes as often as somebody looks.
    return ERRORS if method == "__class__" else (*ERRORS, *HARM)


KINDS = [
    kind
    for base, (_, methods) in BASES.items()
    for method in methods
    for kind in (
        *(Kind(base, method, harm) for harm in harms_by(method)),
        *(Kind(base, method, "lies", lie) for lie in range(len(LIES.get(method, ())))),
    )
]


# --- entrances -----------------------------------------------------------------


def build(*args: t.Any, **kwargs: t.Any) -> Program:
    """A response with the object among its arguments."""

    def program(stage: Stage, value: t.Any) -> t.Any:
        stage.response = stage.cls(
            *(arg(stage, value) if callable(arg) else arg for arg in args),
            **{name: arg(stage, value) for name, arg in kwargs.items()},
        )
        return emit(stage.response)

    return program


def itself(stage: Stage, value: t.Any) -> t.Any:
    return value


def reached(make: cabc.Callable[[t.Any], t.Any]) -> Program:
    """A container with the object in it."""
    return lambda stage, value: stage.within_reach(make(value))


def on_response(do: cabc.Callable[[t.Any, t.Any], t.Any]) -> Program:
    def program(stage: Stage, value: t.Any) -> t.Any:
        answer = do(stage.response, value)
        if answer is stage.response or type(answer).__name__ == "generator":
            answer = None
        return repr(answer)[:200], emit(stage.response), emit(stage.response, "HEAD")

    return program


def assigned(name: str) -> Program:
    return on_response(lambda response, value: setattr(response, name, value))


def cookie(name: str, method: str = "set_cookie") -> Program:
    return on_response(
        lambda response, value: getattr(response, method)(**{"key": "key", name: value})
    )


def class_attribute(name: str) -> Program:
    def program(stage: Stage, value: t.Any) -> t.Any:
        below = type("Below", (stage.cls,), {name: value})
        stage.response = below("text")
        stage.response.set_cookie("key", "value")
        stage.response.headers["Location"] = "/a"
        return emit(stage.response)

    return program


def returned(make: cabc.Callable[[t.Any], t.Any]) -> Program:
    """By a view."""

    def program(stage: Stage, value: t.Any) -> t.Any:
        with stage.app.test_request_context():
            stage.response = stage.app.make_response(make(value))
            return emit(stage.response)

    return program


def in_app(do: cabc.Callable[[t.Any, t.Any], t.Any]) -> Program:
    def program(stage: Stage, value: t.Any) -> t.Any:
        with stage.app.test_request_context():
            answer = do(stage.app, value)
        return emit(answer) if isinstance(answer, flask.Response) else answer

    return program


def encoded(make: cabc.Callable[[t.Any], t.Any], **options: t.Any) -> Program:
    def program(stage: Stage, value: t.Any) -> t.Any:
        document = make(value)
        if type(document) in (dict, list):
            stage.within_reach(document)
        return stage.app.json.dumps(document, **options)

    return program


def sent(environ: cabc.Callable[[t.Any], t.Any]) -> Program:
    def program(stage: Stage, value: t.Any) -> t.Any:
        request = environ(value)
        found = stage.response.get_app_iter(request)
        chunks = list(found)
        headers = stage.response.get_wsgi_headers(request)
        return chunks, list(headers), state(stage.response)

    return program


def chunks_of(value: t.Any) -> cabc.Iterator[t.Any]:
    yield "first"
    yield value
    yield "last"


ENTRANCES: dict[str, Program] = {
    "body": build(itself),
    "body, status": build(itself, 404, lambda s, v: {"X-Two": "2"}),
    "chunk": build(reached(lambda v: [v])),
    "chunks": build(reached(lambda v: ["a", v, b"b", "c"])),
    "tuple of chunks": build(lambda s, v: ("a", v)),
    "generator": build(lambda s, v: chunks_of(v)),
    "status": build("x", itself),
    "status, headers": build("x", itself, reached(lambda v: {"X-Two": "2"})),
    "headers": build("x", 200, itself),
    "header value, dict": build("x", 200, reached(lambda v: {"A": v, "B": "b"})),
    "header value, list": build("x", 200, reached(lambda v: [("A", v), ("B", "b")])),
    "header values": build("x", 200, reached(lambda v: {"A": ["1", v, "2"], "B": "b"})),
    "header name, dict": build("x", 200, reached(lambda v: {v: "a", "B": "b"})),
    "header name, list": build("x", 200, reached(lambda v: [(v, "a"), ("B", "b")])),
    "header pair": build("x", 200, reached(lambda v: [("B", "b"), v, ("C", "c")])),
    "Headers of": build("x", 200, lambda s, v: Headers({"A": v})),
    "MultiDict of": build("x", 200, lambda s, v: MultiDict([("A", v), ("A", "b")])),
    "mimetype": build("x", mimetype=itself),
    "content_type": build("x", content_type=itself),
    "direct_passthrough": build(lambda s, v: ["x"], direct_passthrough=itself),
    "everything": build(itself, itself, itself, itself, itself, itself),
    "no such argument": build("x", **{"other": itself}),
    "set status": assigned("status"),
    "set status_code": assigned("status_code"),
    "set response": assigned("response"),
    "set headers": assigned("headers"),
    "set _status": assigned("_status"),
    "set _status_code": assigned("_status_code"),
    "set _on_close": assigned("_on_close"),
    "set direct_passthrough": assigned("direct_passthrough"),
    "set __dict__": assigned("__dict__"),
    "set data": assigned("data"),
    "set mimetype": assigned("mimetype"),
    "set location": assigned("location"),
    "set content_location": assigned("content_location"),
    "set content_length": assigned("content_length"),
    "set an instance's hook": assigned("get_app_iter"),
    "set an instance's close": assigned("close"),
    "set vary": assigned("vary"),
    "set_data": on_response(lambda r, v: r.set_data(v)),
    "call_on_close": on_response(lambda r, v: r.call_on_close(v) and None),
    "add_etag": on_response(lambda r, v: r.add_etag(v)),
    "add_etag, weak": on_response(lambda r, v: r.add_etag(False, v)),
    "set_etag": on_response(lambda r, v: r.set_etag(v)),
    "make_conditional": on_response(lambda r, v: r.make_conditional(v) and None),
    "conditions": on_response(
        lambda r, v: (
            r.headers.set("ETag", '"tag"'),
            r.headers.set("Date", "now"),
            r.make_conditional({"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": v}),
        )[:0]
    ),
    "method of a condition": on_response(
        lambda r, v: (
            r.headers.set("Date", "now"),
            r.make_conditional({"REQUEST_METHOD": v}),
        )[:0]
    ),
    "vary.add": on_response(lambda r, v: r.vary.add(v)),
    "vary.update": on_response(lambda r, v: r.vary.update(v)),
    "vary.discard": on_response(lambda r, v: r.vary.discard(v)),
    "headers[v]": on_response(lambda r, v: r.headers[v]),
    "headers[v] = x": on_response(lambda r, v: r.headers.__setitem__(v, "x")),
    "headers[x] = v": on_response(lambda r, v: r.headers.__setitem__("X-One", v)),
    "del headers[v]": on_response(lambda r, v: r.headers.__delitem__(v)),
    "v in headers": on_response(lambda r, v: v in r.headers),
    "headers == v": on_response(lambda r, v: r.headers == v),
    "headers.add": on_response(lambda r, v: r.headers.add("X-One", v)),
    "headers.add name": on_response(lambda r, v: r.headers.add(v, "x")),
    "headers.add option": on_response(lambda r, v: r.headers.add("X", "a", b=v)),
    "headers.set": on_response(lambda r, v: r.headers.set("X-One", v)),
    "headers.setdefault": on_response(lambda r, v: r.headers.setdefault("X-Two", v)),
    "headers.setdefault name": on_response(lambda r, v: r.headers.setdefault(v, "x")),
    "headers.setlist": on_response(lambda r, v: r.headers.setlist("X-One", v)),
    "headers.get": on_response(lambda r, v: r.headers.get(v, "none")),
    "headers.get default": on_response(lambda r, v: r.headers.get("None", v)),
    "headers.get type": on_response(lambda r, v: r.headers.get("X-One", type=v)),
    "headers.getlist": on_response(lambda r, v: r.headers.getlist(v)),
    "headers.pop": on_response(lambda r, v: r.headers.pop(v, None)),
    "headers.pop default": on_response(lambda r, v: r.headers.pop("None", v)),
    "headers.remove": on_response(lambda r, v: r.headers.remove(v)),
    "headers.extend": on_response(lambda r, v: r.headers.extend(v)),
    "headers.extend dict": on_response(lambda r, v: r.headers.extend({"X": v, v: "x"})),
    "headers.extend list": on_response(lambda r, v: r.headers.extend([("X", v), v])),
    "headers.update": on_response(lambda r, v: r.headers.update(v)),
    "headers.update dict": on_response(lambda r, v: r.headers.update({"X-One": v})),
    "headers.update list": on_response(
        lambda r, v: r.headers.update([("X-One", "a"), ("X-One", v)])
    ),
    "headers._list": on_response(lambda r, v: r.headers._list.extend([v, ("A", v)])),
    "headers._list name": on_response(lambda r, v: r.headers._list.insert(0, (v, "a"))),
    "headers._list is": on_response(lambda r, v: setattr(r.headers, "_list", v)),
    "cookie key": on_response(lambda r, v: r.set_cookie(v)),
    "cookie value": cookie("value"),
    "cookie max_age": cookie("max_age"),
    "cookie expires": cookie("expires"),
    "cookie path": cookie("path"),
    "cookie domain": cookie("domain"),
    "cookie secure": cookie("secure"),
    "cookie httponly": cookie("httponly"),
    "cookie samesite": cookie("samesite"),
    "cookie none": cookie("none"),
    "deleted cookie key": on_response(lambda r, v: r.delete_cookie(v)),
    "deleted cookie path": cookie("path", "delete_cookie"),
    "deleted cookie domain": cookie("domain", "delete_cookie"),
    **{
        f"class's {name}": class_attribute(name)
        for name in (
            *("default_status", "default_mimetype", "automatically_set_content_length"),
            *("autocorrect_location_header", "implicit_sequence_conversion"),
            *("max_cookie_size", "get_wsgi_headers", "close", "status", "is_sequence"),
            *("iter_encoded", "__call__", "get_app_iter", "set_data", "headers"),
        )
    },
    "returned": returned(lambda v: v),
    "returned, status": returned(lambda v: ("x", v)),
    "returned, status and headers": returned(lambda v: ("x", v, v)),
    "returned, headers": returned(lambda v: ("x", 200, v)),
    "returned, header": returned(lambda v: ("x", {"X": v})),
    "returned with a status": returned(lambda v: (v, 201)),
    "returned with all": returned(lambda v: (v, 201, [("X", "y")])),
    "returned in a dict": returned(lambda v: {"a": v, "b": 1}),
    "returned in a list": returned(lambda v: [v, 1]),
    "returned, response and status": returned(lambda v: (flask.Response("x"), v)),
    "returned, response and headers": returned(lambda v: (flask.Response("x"), 200, v)),
    "returned, four": returned(lambda v: (v, v, v, v)),
    "redirect": in_app(lambda app, v: app.redirect(v)),
    "redirect, code": in_app(lambda app, v: app.redirect("/", v)),
    "redirect, class": in_app(lambda app, v: flask.redirect("/", Response=v)),
    "jsonify": in_app(lambda app, v: flask.jsonify(v)),
    "jsonify, keyword": in_app(lambda app, v: flask.jsonify(a=v)),
    "abort": in_app(lambda app, v: app.make_response(NotFound(v))),
    "force_type": in_app(lambda app, v: app.response_class.force_type(v, {})),
    "force_type, environ": in_app(
        lambda app, v: app.response_class.force_type(lambda e, s: s("200 OK", []), v)
    ),
    "JSON": encoded(lambda v: v),
    "JSON value": encoded(lambda v: {"a": v, "b": [1]}),
    "JSON key": encoded(lambda v: {v: 1, "b": [1]}),
    "JSON key, unsorted": encoded(lambda v: {"a": 1, v: [1], "b": 2}, sort_keys=False),
    "JSON item": encoded(lambda v: [1, v, [v], 2]),
    "JSON, deep": encoded(lambda v: [{"a": [v, {"b": [v]}]}] * 2),
    "JSON, ensure_ascii": encoded(lambda v: ["ä", v], ensure_ascii=False),
    "JSON, indented": encoded(lambda v: {"a": [v]}, indent=2),
    "JSON, default": in_app(
        lambda app, v: app.json.dumps([{1}, "x"], default=lambda obj: v)
    ),
    "JSON, default is": in_app(lambda app, v: app.json.dumps([{1}, "x"], default=v)),
    "JSON, option": in_app(lambda app, v: app.json.dumps([1], sort_keys=v)),
    "JSON, indent": in_app(lambda app, v: app.json.dumps([1], indent=v)),
    "JSON, separators": in_app(lambda app, v: app.json.dumps([1], separators=(v, v))),
    "environ": sent(lambda v: v),
    "request method": sent(lambda v: {"REQUEST_METHOD": v}),
    "key of environ": sent(lambda v: {v: "x", "REQUEST_METHOD": "GET"}),
    "key of environ, found": sent(lambda v: {v: "GET"}),
}


# --- comparisons ---------------------------------------------------------------

#: How often a class or an attribute is looked up is nobody's affair, and when an
#: object goes depends on who has an exception's frames.
UNCOUNTED = ("__class__", "__getattribute__", "__getattr__", "__del__")


def run(program: Program, kind: Kind, stage: Stage) -> Described:
    def whole() -> t.Any:
        return program(stage, kind.make(stage))

    try:
        result = outcome(whole)
    except KeyboardInterrupt:
        result = Described(error="KeyboardInterrupt")
    if kind.harm != "recurses":
        result["calls"] = [call for call in stage.calls if call not in UNCOUNTED]
    return result


def create_app(response_class: type[t.Any]) -> flask.Flask:
    app = flask.Flask("app")
    app.response_class = response_class
    if response_class is not flask.Response:
        fastresp.FastResp(app)
    return app


@pytest.fixture(scope="module")
def sides() -> list[tuple[type[t.Any], flask.Flask]]:
    return [(cls, create_app(cls)) for cls in (flask.Response, fastresp.Response)]


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_hostile_objects(
    sides: list[tuple[type[t.Any], flask.Flask]], entrance: str
) -> None:
    program = ENTRANCES[entrance]
    count = min(len(KINDS), max(EXAMPLES // len(ENTRANCES), 1))
    for kind in random.Random(entrance).sample(KINDS, count):
        results = [run(program, kind, Stage(cls, app)) for cls, app in sides]
        assert results[1] == results[0], str(kind)


# --- heads ---------------------------------------------------------------------

HEADS: dict[str, cabc.Callable[[Stage, t.Any], tuple[t.Any, ...]]] = {
    "status": lambda s, v: (v, []),
    "headers": lambda s, v: (200, v),
    "item of a list": lambda s, v: (200, s.within_reach([("A", "a"), v])),
    "item of a tuple": lambda s, v: (200, (("A", "a"), v)),
    "name in a list": lambda s, v: (200, s.within_reach([("A", "a"), (v, "b")])),
    "value in a list": lambda s, v: (200, s.within_reach([("A", v), ("B", "b")])),
    "name in a dict": lambda s, v: (200, s.within_reach({"A": "a", v: "b"})),
    "value in a dict": lambda s, v: (200, s.within_reach({"A": v, "B": "b"})),
    "values in a dict": lambda s, v: (200, s.within_reach({"A": ["a", v], "B": "b"})),
    "values of a dict": lambda s, v: (200, {"A": ("a", v)}),
    "Headers": lambda s, v: (200, Headers({"A": v})),
    "fields of a response": lambda s, v: (
        200,
        (s.response.headers._list.append(v), s.response.headers)[1],
    ),
}


@pytest.mark.skipif(not fastresp.ACCELERATED, reason="needs the compiled modules")
@pytest.mark.parametrize("entrance", HEADS)
def test_heads(entrance: str) -> None:
    """All or nothing: what comes out is a head, or an exception of ours or theirs."""
    from fastresp.http1 import render_head

    app = create_app(fastresp.Response)
    for kind in KINDS:
        stage = Stage(fastresp.Response, app)
        try:
            head = render_head(*HEADS[entrance](stage, kind.make(stage)))
        except (Exception, KeyboardInterrupt) as error:
            # Anybody's, but the interpreter's.
            assert not isinstance(error, SystemError)
            continue
        assert type(head) is bytes
        assert head.endswith(b"\r\n\r\n") and head.count(b"\r\n\r\n") == 1
        read_with_h11(head, None)
