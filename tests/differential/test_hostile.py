"""Objects that do harm when they are looked at: whatever they do, nothing crashes,
and what comes of it is what comes of it with Werkzeug's classes.

A kind of hostile object is a base, one method of it, and what that method does. It
is passed in at an entrance: as a body, a header, a status, a cookie's argument and
so on. All kinds at all entrances are compared with ``make long ONLY=hostile``; a run
of the tests compares some of them, the same ones each time.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import os
import random
import typing as t

import flask
import pytest
from bodies import Text
from entrances import create_app
from entrances import Entrance
from entrances import entrances
from entrances import HEADS
from entrances import Stage
from entrances import TABLES
from head_reference import read_with_h11
from parity import Described
from parity import emit
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

import fastresp

EXAMPLES = int(os.environ.get("FASTRESP_HOSTILE_EXAMPLES", 1500))

ENTRANCES = entrances(*(kind for kind in TABLES if kind != "status line"))


class Oddity(Exception):
    """What hostile methods raise."""


class HostileStage(Stage):
    """With what hostile objects do, and how often."""

    def __init__(self, cls: type[t.Any], app: flask.Flask) -> None:
        super().__init__(cls, app)
        self.calls: list[str] = []
        # How often they do harm: what came of it has to be described, too.
        self.left = 2

    def is_harmful(self, method: str) -> bool:
        self.calls.append(method)
        self.left -= 1
        return self.left >= 0


def clear(stage: HostileStage) -> None:
    stage.response.headers.clear()
    for container in stage.containers:
        container.clear()
    if isinstance(stage.response.response, list):
        stage.response.response.clear()
    stage.response._on_close.clear()


def grow(stage: HostileStage) -> None:
    stage.response.headers.extend([("X-More", "more")] * 40)
    for container in stage.containers:
        if isinstance(container, list):
            container.extend(container[:1] * 40)
        else:
            container.update((f"X-{number}", "more") for number in range(40))
    if isinstance(stage.response.response, list):
        stage.response.response.extend([b"more"] * 40)
    stage.response._on_close.append(lambda: stage.calls.append("closed"))


def swap(stage: HostileStage) -> None:
    stage.response.headers = Headers({"X-New": "new"})
    stage.response.response = ["new"]
    stage.response.status = "299 New"
    stage.response._on_close = []


def drop(stage: HostileStage) -> None:
    clear(stage)
    stage.response = stage.cls("another")


def patch(stage: HostileStage) -> None:
    stage.cls.default_status = 201
    del stage.cls.default_status


HARM: dict[str, cabc.Callable[[HostileStage], None]] = {
    "clears": clear,
    "grows": grow,
    "swaps": swap,
    "drops": drop,
    "patches": patch,
}


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

    def make(self, stage: HostileStage) -> t.Any:
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


# --- comparisons ---------------------------------------------------------------

#: How often a class or an attribute is looked up is nobody's affair, and when an
#: object goes depends on who has an exception's frames.
UNCOUNTED = ("__class__", "__getattribute__", "__getattr__", "__del__")


def run(entrance: Entrance, kind: Kind, stage: HostileStage) -> Described:
    def whole() -> t.Any:
        answer = stage.settle(entrance(stage, kind.make(stage)))
        return answer, emit(stage.response), emit(stage.response, "HEAD")

    try:
        with stage.app.test_request_context():
            result = outcome(whole)
    except KeyboardInterrupt:
        result = Described(error="KeyboardInterrupt")
    if kind.harm != "recurses":
        result["calls"] = [call for call in stage.calls if call not in UNCOUNTED]
    return result


@pytest.fixture(scope="module")
def sides() -> list[tuple[type[t.Any], flask.Flask]]:
    return [(cls, create_app(cls)) for cls in (flask.Response, fastresp.Response)]


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_hostile_objects(
    sides: list[tuple[type[t.Any], flask.Flask]], entrance: str
) -> None:
    count = min(len(KINDS), max(EXAMPLES // len(ENTRANCES), 1))
    for kind in random.Random(entrance).sample(KINDS, count):
        stages = [HostileStage(cls, app) for cls, app in sides]
        results = [run(ENTRANCES[entrance], kind, stage) for stage in stages]
        assert results[1] == results[0], str(kind)


# --- heads ---------------------------------------------------------------------


@pytest.mark.skipif(not fastresp.ACCELERATED, reason="needs the compiled modules")
@pytest.mark.parametrize("entrance", HEADS)
def test_heads(entrance: str) -> None:
    """All or nothing: what comes out is a head, or an exception of ours or theirs."""
    from fastresp.http1 import render_head

    app = create_app(fastresp.Response)
    for kind in KINDS:
        stage = HostileStage(fastresp.Response, app)
        try:
            head = render_head(*HEADS[entrance](stage, kind.make(stage)))
        except (Exception, KeyboardInterrupt) as error:
            # Anybody's, but the interpreter's.
            assert not isinstance(error, SystemError)
            continue
        assert type(head) is bytes
        assert head.endswith(b"\r\n\r\n") and head.count(b"\r\n\r\n") == 1
        read_with_h11(head, None)
