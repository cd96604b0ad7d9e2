"""JSON documents of every kind, also refused ones, leave nothing behind."""

from __future__ import annotations

import collections
import collections.abc as cabc
import contextlib
import dataclasses
import datetime
import decimal
import enum
import functools
import json
import sys
import typing as t
import uuid

import flask
import flask.json.provider
import flat
from leaks_emission import send
from markupsafe import Markup

import fastresp
from fastresp._compiled import json as _json

Make = cabc.Callable[[int], t.Any]
Way = cabc.Callable[[flask.Flask, t.Any], object]
Place = cabc.Callable[[int, t.Any], t.Any]

ROUNDS = 400

flask_default = flask.json.provider._default


class Number(enum.IntEnum):
    ONE = 1


class Text(str):
    pass


class Integer(int):
    pass


class Double(float):
    pass


class Sequence(list[t.Any]):
    pass


class Point(t.NamedTuple):
    x: t.Any
    y: t.Any


@dataclasses.dataclass
class Record:
    name: t.Any
    values: t.Any


class Foreign:
    """Runs code of its own when ``default`` is asked for it."""

    def __init__(self, action: cabc.Callable[[], t.Any]) -> None:
        self.action = action

    def __html__(self) -> t.Any:
        return self.action()


class Mapping(dict[t.Any, t.Any]):
    """With the items it is told to have."""

    action: cabc.Callable[[], t.Any]

    def items(self) -> t.Any:
        return self.action()


class Key(str):
    """Cannot be sorted."""

    __hash__ = str.__hash__

    def __lt__(self, other: str) -> bool:
        raise RuntimeError(str(self))


def fail(number: int) -> t.Any:
    raise RuntimeError(f"{number}")


def mapping(action: cabc.Callable[[], t.Any]) -> Mapping:
    made = Mapping(a=1)
    made.action = action
    return made


def nested(depth: int, inner: t.Any) -> t.Any:
    for _ in range(depth):
        inner = {"a": inner} if depth % 2 else [inner]
        depth -= 1
    return inner


def many(number: int) -> dict[str, t.Any]:
    """More keys than the encoder has room for on the stack."""
    return {f"{key * 7919 % 200}, {number}": key for key in range(200)}


def rows(number: int, value: t.Any) -> list[t.Any]:
    return [
        {"id": number + row, "name": f"{row}", "a": {"x": row, "b": value}}
        for row in range(5)
    ]


def clearing(number: int) -> list[t.Any]:
    """A list that is emptied while it is walked."""
    items: list[t.Any] = [f"{number}"]
    items.append([{"a": [Foreign(items.clear), f"{number}"], "b": {f"{number}": 1}}])
    return items


def growing(number: int) -> dict[str, t.Any]:
    """A dict that gets other items while it is walked."""
    members: dict[str, t.Any] = {"b": f"{number}"}

    def change() -> str:
        members.clear()
        members.update(many(number))
        return f"{number}"

    members["a"] = Foreign(change)
    return {"x": members}


def circle(number: int) -> list[t.Any]:
    items: list[t.Any] = [f"{number}"]
    items.append({f"{number}": items})
    return items


DOCUMENTS: dict[str, Make] = {
    "text": lambda n: f"text {n}",
    "text with escapes": lambda n: f'"\\\n\0\x7f{n}',
    "latin-1": lambda n: f"täxt {n}",
    "wide text": lambda n: f"→ {n}",
    "widest text": lambda n: f"\U0001f600 {n}",
    "long text": lambda n: f"{n}" + "x" * 5000,
    "long text with escapes": lambda n: f"{n}" + "\n" * 5000,
    "long wide text": lambda n: f"{n}" + "→" * 5000,
    "integers": lambda n: [1000 + n, -1000 - n, 2**63 + n],
    "big integer": lambda n: 10**400 + n,
    "doubles": lambda n: [n + 0.5, n / 7, -1e300 * n, float("nan")],
    "constants": lambda n: [None, True, False, [], {}, (), ""],
    "list": lambda n: [f"{n}", 1000 + n],
    "tuple": lambda n: (f"{n}", (1000 + n, [])),
    "dict": lambda n: {f"b{n}": f"{n}", f"a{n}": 1000 + n},
    "wide keys": lambda n: {f"→{n}": 1000 + n, "\U0001f600": n, f"{n}": 1},
    "many keys": many,
    "many wide keys": lambda n: {f"→{key}": n for key in many(n)},
    "keys of another kind": lambda n: {1000 + n: n, n + 0.5: 1, True: 2},
    "records": lambda n: rows(n, f"{n}"),
    "shared": lambda n: [rows(n, [])] * 2,
    "nested": lambda n: nested(30, f"{n}"),
    "deeply nested": lambda n: nested(100, f"{n}"),
    "subclasses": lambda n: [Text(n), Integer(1000 + n), Double(n / 7), Number.ONE],
    "keys of subclasses": lambda n: {Text(n): 1, Text(f"a{n}"): Text(n)},
    "subclasses of containers": lambda n: Sequence([Point(f"{n}", Sequence())]),
    "subclass of dict": lambda n: collections.OrderedDict(many(n)),
    "mapping": lambda n: mapping(lambda: [(f"b{n}", [f"{n}"]), (f"a{n}", 1000 + n)]),
    "dates": lambda n: [
        datetime.datetime(2024, 2, 29),
        datetime.date(1 + n, 1, 1),
    ],
    "decimal": lambda n: {f"{n}": decimal.Decimal(n) / 7},
    "uuid": lambda n: [uuid.UUID(int=n), f"{n}"],
    "dataclass": lambda n: Record(f"{n}", [Record(1000 + n, Markup(f"<{n}>"))]),
    "records through default": lambda n: rows(n, Foreign(lambda: f"{n}")),
    "nested through default": lambda n: nested(60, Record(f"{n}", nested(9, n))),
    "list changed by default": clearing,
    "dict changed by default": growing,
    "long": lambda n: [f"{n}"] * 2000,
    "long through default": lambda n: [*rows(n, "x" * 2000), Record(f"{n}", [n])],
}
REFUSED: dict[str, Make] = {
    "no json": lambda n: {f"{n}"},
    "no json within": lambda n: [f"{n}", {"a": {f"{n}"}}],
    "no key": lambda n: {(f"{n}",): f"{n}"},
    "circle": circle,
    "circle in a mapping": lambda n: mapping(lambda: [("a", circle(n))]),
    "default fails": lambda n: Foreign(lambda: fail(n)),
    "items() fails": lambda n: mapping(lambda: fail(n)),
    "items of a wrong type": lambda n: mapping(lambda: 1000 + n),
    "items that are no pairs": lambda n: mapping(lambda: [(f"{n}", 1), [f"{n}", 2]]),
    "integer beyond the limit": lambda n: 10**4400 + n,
}
#: By some ways of encoding, for reasons of their own.
DOUBTFUL: dict[str, Make] = {
    "keys of two kinds": lambda n: {f"{n}": 1, 1000 + n: 2, None: 3},
    "keys that fail": lambda n: {Key(n): 1, Key(1000 + n): 2},
    "items that cannot be sorted": lambda n: mapping(lambda: [("a", {n}), ("a", {n})]),
    "no number": lambda n: [f"{n}", float("nan")],
    "surrogate": lambda n: f"{n} \ud800",
    "surrogates in long text": lambda n: f"{n} \udfff" * 1000,
    "surrogate as a key": lambda n: {f"{n} \ud800": {f"{n}": 1}},
}

#: Where what fails has room of the encoder's to be given back.
PLACES: dict[str, Place] = {
    "deep": lambda n, inner: nested(60, [many(n), inner]),
    "late": lambda n, inner: [many(n), Record(f"{n}", [n]), "x" * 5000, inner],
    "in a big dict": lambda n, inner: {**many(n), "": Record(f"{n}", []), "z": [inner]},
}

FLASK: dict[str, t.Any] = {
    "default": flask_default,
    "sort_keys": True,
    "separators": (",", ":"),
}
UTF8: dict[str, t.Any] = {"default": flask_default, "ensure_ascii": False}
STRICT: dict[str, t.Any] = {**FLASK, "allow_nan": False, "check_circular": False}
LENIENT: dict[str, t.Any] = {"default": flask_default, "skipkeys": True}
INDENTED: dict[str, t.Any] = {**FLASK, "indent": 2}


def dumps(obj: t.Any, keywords: dict[str, t.Any]) -> str:
    """From 3.14 on, more of it is left to the standard encoder."""
    text = _json.dumps(obj, keywords)
    return json.dumps(obj, **keywords) if text is None else text


WAYS: dict[str, Way] = {
    "dumps": lambda app, obj: dumps(obj, FLASK),
    "dumps, UTF-8": lambda app, obj: dumps(obj, UTF8),
    "provider's dumps": lambda app, obj: app.json.dumps(obj),
    "provider's response": lambda app, obj: send(app.json.response(obj)),
    "two arguments": lambda app, obj: send(flask.jsonify([], obj)),
    "keyword": lambda app, obj: send(flask.jsonify(a=obj)),
    "list": lambda app, obj: send(app.make_response([obj])),
    "dict": lambda app, obj: send(app.make_response(({"a": obj}, 201))),
}
OTHER_WAYS: dict[str, Way] = {
    "strict": lambda app, obj: dumps(obj, STRICT),
    "lenient": lambda app, obj: dumps(obj, LENIENT),
    "indented": lambda app, obj: dumps(obj, INDENTED),
    "provider's dumps, indented": lambda app, obj: app.json.dumps(obj, indent=1),
}


def write(app: flask.Flask, make: Make, number: int) -> None:
    for way in WAYS.values():
        way(app, make(number))


def refuse(app: flask.Flask, make: Make, number: int) -> None:
    for way in WAYS.values():
        flat.refuse(way, app, make(number))


def refuse_within(app: flask.Flask, place: Place, make: Make, number: int) -> None:
    for name in ("dumps", "provider's response"):
        flat.refuse(WAYS[name], app, place(number, make(number)))


def refuse_too_deep(app: flask.Flask, number: int) -> None:
    if number % 4:  # slow
        return
    for name in ("dumps", "provider's response"):
        flat.refuse(WAYS[name], app, nested(20_000, f"{number}"))


def attempt(app: flask.Flask, make: Make, number: int) -> None:
    """Which of the ways are refused is for other tests."""
    for way in (*WAYS.values(), *OTHER_WAYS.values()):
        with contextlib.suppress(Exception):
            way(app, make(number))


def try_other_ways(app: flask.Flask, make: Make, number: int) -> None:
    for way in OTHER_WAYS.values():
        with contextlib.suppress(Exception):
            way(app, make(number))


def create_app(**attributes: t.Any) -> flask.Flask:
    app = flask.Flask("app")
    fastresp.FastResp(app)
    for name, value in attributes.items():
        setattr(app.json, name, value)
    return app


def main() -> None:
    app = create_app()
    utf8 = create_app(ensure_ascii=False, sort_keys=False)
    cases: dict[str, flat.Case] = {}
    for name, make in DOCUMENTS.items():
        cases[name] = functools.partial(write, app, make)
        cases[f"{name}, UTF-8"] = functools.partial(write, utf8, make)
        cases[f"{name}, otherwise"] = functools.partial(try_other_ways, app, make)
    for name, make in REFUSED.items():
        cases[f"refused, {name}"] = functools.partial(refuse, app, make)
        for where, place in PLACES.items():
            cases[f"refused, {name}, {where}"] = functools.partial(
                refuse_within, app, place, make
            )
    cases["refused, too deep"] = functools.partial(refuse_too_deep, app)
    for name, make in DOUBTFUL.items():
        cases[f"doubtful, {name}"] = functools.partial(attempt, app, make)
        cases[f"doubtful, {name}, UTF-8"] = functools.partial(attempt, utf8, make)
    with app.test_request_context():
        before = fastresp.fast_path_counts()["encoded"]
        flat.check(cases, ROUNDS)
        # Not a measurement of the standard library.
        encoded = fastresp.fast_path_counts()["encoded"] - before
    if sys.version_info < (3, 14):
        assert encoded >= 2 * len(DOCUMENTS) * len(WAYS) * ROUNDS, encoded
    assert encoded >= len(DOCUMENTS) * len(WAYS) * ROUNDS, encoded


if __name__ == "__main__":
    main()
