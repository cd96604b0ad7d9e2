"""The JSON encoder against the standard library's, over the whole space of
objects, options, errors and side effects.

Set ``FASTRESP_FUZZ_EXAMPLES`` for a longer run; ``make long ONLY=fuzz`` does.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import enum
import json
import os
import random
import struct
import sys
import time
import timeit
import typing as t
from collections.abc import Callable

import flask.json.provider
import pytest
from conftest import not_sanitized
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from markupsafe import Markup
from parity import Journal

import fastresp

if not fastresp.ACCELERATED:
    pytest.skip("needs the compiled modules", allow_module_level=True)

from fastresp._compiled import json as _json

EXAMPLES = int(os.environ.get("FASTRESP_FUZZ_EXAMPLES", "300"))
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
flask_default = flask.json.provider._default

# From 3.14 on the standard encoder adds notes to exceptions: what may end with one is
# left to it.
IS_KNOWN = sys.version_info < (3, 14)
NEEDS_KNOWN = pytest.mark.skipif(not IS_KNOWN, reason="left to the standard encoder")


def outcome(call: Callable[[], t.Any]) -> tuple[t.Any, ...]:
    """What a call comes to, in a form to compare."""
    try:
        return "returns", call()
    except RecursionError as error:
        # Later ones say how much of the stack was used, and by what.
        counts = sys.version_info < (3, 14)
        return "raises", RecursionError, str(error) if counts else ""
    except Exception as error:
        notes = getattr(error, "__notes__", None)
        return "raises", type(error), str(error), notes


Encoder = Callable[[t.Any, dict[str, t.Any]], str]


def encode(obj: t.Any, keywords: dict[str, t.Any]) -> str:
    text = _json.dumps(obj, keywords)
    return json.dumps(obj, **keywords) if text is None else text


def encode_standard(obj: t.Any, keywords: dict[str, t.Any]) -> str:
    """As deep in the stack as the other."""
    return json.dumps(obj, **keywords)


def same(program: Callable[[Encoder], t.Any]) -> t.Any:
    """What a program comes to with the standard encoder, and with ours."""
    expected = program(encode_standard)
    assert program(encode) == expected
    return expected


def check(obj: t.Any, **keywords: t.Any) -> None:
    same(lambda encoder: outcome(lambda: encoder(obj, keywords)))


def check_fast(obj: t.Any, **keywords: t.Any) -> None:
    """The same for what must not be left to the standard encoder."""
    check(obj, **keywords)
    assert _json.dumps(obj, keywords) is not None or not IS_KNOWN


class Color(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1
    BIG = 10**30


class NeverAsked:
    def __str__(self) -> str:
        return "never asked"

    __repr__ = __str__


class Text(NeverAsked, str): ...


class Integer(NeverAsked, int): ...


class Double(NeverAsked, float): ...


class Mapping(dict[t.Any, t.Any]): ...


class Sequence(list[t.Any]):
    def __iter__(self) -> t.Iterator[t.Any]:
        yield "never asked"


class Point(t.NamedTuple):
    x: t.Any
    y: t.Any


@dataclasses.dataclass
class Record:
    name: t.Any
    values: t.Any


class Html:
    def __html__(self) -> str:
        return "<b>"


class Plain: ...


texts = st.one_of(
    st.text(),
    st.text(st.characters()),
    st.text(
        st.sampled_from('"\\/\b\f\n\r\t\0\x1f\x7f\x80\xff\u2028\ud800\udfff\U0001f600a')
    ),
    st.text(st.characters(max_codepoint=0x7F), min_size=10, max_size=60),
    st.builds(lambda char: char * 5000, st.sampled_from("xé→\U0001f600")),
)
integers = st.one_of(
    st.integers(),
    st.integers(-(2**64), 2**64),
    st.sampled_from([2**63, 2**63 - 1, -(2**63), -(2**63) - 1]),
    st.builds(lambda power: 10**power, st.integers(19, 400)),
)
doubles = st.one_of(
    st.floats(),
    st.floats(allow_nan=False, width=32),
    st.decimals(-(10**20), 10**20, places=6).map(float),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    texts,
    integers,
    doubles,
    texts.map(Text),
    integers.map(Integer),
    doubles.map(Double),
    st.sampled_from(Number),
)
through_default = st.one_of(
    st.datetimes(),
    st.dates(),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.just(Html()),
    texts.map(Markup),
    st.builds(Record, texts, st.lists(scalars, max_size=3)),
    st.builds(Plain),
    st.sampled_from(Color),
    st.binary(max_size=3),
    st.sets(integers, max_size=2),
)
few_keys = st.sampled_from(["id", "name", "email", "active", "a key with spaces", "é"])
keys = st.one_of(few_keys, texts)
any_keys = st.one_of(keys, scalars, st.just(Color.RED), st.tuples(integers))


def containers(inner: st.SearchStrategy[t.Any]) -> st.SearchStrategy[t.Any]:
    return st.one_of(
        st.lists(inner, max_size=6),
        st.lists(inner, max_size=6).map(tuple),
        st.dictionaries(keys, inner, max_size=6),
        st.dictionaries(any_keys, inner, max_size=4),
        st.dictionaries(few_keys, inner, max_size=6).map(collections.OrderedDict),
        st.dictionaries(any_keys, inner, max_size=3).map(Mapping),
        st.lists(inner, max_size=4).map(Sequence),
        st.builds(Point, inner, inner),
        # Records: the same keys again and again.
        st.lists(
            st.fixed_dictionaries({"id": inner, "name": scalars, "active": scalars}),
            max_size=5,
        ),
    )


plain_documents = st.recursive(scalars, containers, max_leaves=25)
documents = st.recursive(st.one_of(scalars, through_default), containers, max_leaves=25)
separators = st.sampled_from(
    [None, (",", ":"), (", ", ": "), ["; ", "= "], ("", ""), ("é", ":"), (" ,\n", "::")]
)
options = st.fixed_dictionaries(
    {},
    optional={
        "sort_keys": st.sampled_from([True, False, 1, None]),
        "ensure_ascii": st.sampled_from([True, False, 0]),
        "skipkeys": st.booleans(),
        "allow_nan": st.booleans(),
        "check_circular": st.booleans(),
        "separators": separators,
        "indent": st.sampled_from([None, 0, 1, 2, -1, True, "\t", "→", ""]),
        "default": st.sampled_from([None, flask_default, str, repr]),
        "cls": st.sampled_from([None, json.JSONEncoder]),
    },
)


@fuzzed
@given(documents, options)
def test_any_document_with_any_options(obj: t.Any, keywords: dict[str, t.Any]) -> None:
    check(obj, **keywords)


@NEEDS_KNOWN
@fuzzed
@given(plain_documents)
def test_what_is_never_left_to_the_standard_encoder(obj: t.Any) -> None:
    keywords: dict[str, t.Any] = {"sort_keys": True, "separators": (",", ":")}
    with contextlib.suppress(TypeError, ValueError):
        json.dumps(obj, **keywords)
        assert _json.dumps(obj, keywords) is not None


@fuzzed
@given(texts, st.booleans())
def test_strings(text: str, ensure_ascii: bool) -> None:
    for obj in (text, [text], {text: text}):
        check_fast(obj, ensure_ascii=ensure_ascii)


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_every_character_at_every_place(ensure_ascii: bool) -> None:
    """A character that is escaped, or not, within all that are copied at once."""
    for char in [*map(chr, range(0x180)), "\u2028", "\ud800", "\udfff", "\U0001f600"]:
        for size in (0, 1, 3, 7, 8, 15, 16, 17, 31, 40):
            check_fast(
                ["a" * size + char + "b" * (40 - size)], ensure_ascii=ensure_ascii
            )


@pytest.mark.parametrize(
    "unit", ["a", "\n", "é", "→", "\U0001f600", 'abcdefghijklmno"']
)
def test_strings_longer_than_any_buffer(unit: str) -> None:
    for size in (100, 500, 682, 700, 4000, 4100, 20_000, 300_000):
        for ensure_ascii in (True, False):
            check_fast([unit * (size // len(unit) + 1)], ensure_ascii=ensure_ascii)


@fuzzed
@given(st.lists(doubles), st.lists(integers))
def test_numbers(floats: list[float], ints: list[int]) -> None:
    check_fast(floats)
    check_fast(ints)


def test_random_doubles() -> None:
    """Of random bits, so of all magnitudes; another set in each run. Special ones are
    in tests/c/test_fr_double.c."""
    count = int(os.environ.get("FASTRESP_FUZZ_DOUBLES", 1_000_000))
    for start in range(0, count, 100_000):
        bits = random.randbytes(8 * min(100_000, count - start))
        values = [value for (value,) in struct.iter_unpack("d", bits)]
        assert encode(values, {}) == json.dumps(values)


@NEEDS_KNOWN
def test_big_integers_have_pythons_limit() -> None:
    if not hasattr(sys, "get_int_max_str_digits"):
        pytest.skip("There is no limit.")
    check([10 ** (sys.get_int_max_str_digits() - 1)])
    check([1, 10 ** sys.get_int_max_str_digits()])


@pytest.mark.parametrize(
    "letters", ["ab", "a\0", "abcdefghijklmnop", "aé", "aé→", "a\uffff\U0001f600"]
)
@pytest.mark.parametrize("longest", [3, 12])
def test_sorting(letters: str, longest: int) -> None:
    rng = random.Random(1)
    for size in (2, 15, 16, 17, 33, 1000):
        names = {
            "".join(rng.choices(letters, k=rng.randint(0, longest)))
            for _ in range(size)
        }
        items = [(name, number) for number, name in enumerate(names)]
        for order in (items, sorted(items), sorted(items)[::-1]):
            check_fast(dict(order), sort_keys=True)
            check_fast([dict(order)] * 2, sort_keys=True)


@pytest.mark.parametrize(
    "obj", [None, True, False, 5, 1.5, "", "é", Text("a"), [], {}, ()], ids=repr
)
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_what_stands_alone(obj: t.Any, ensure_ascii: bool) -> None:
    check_fast(obj, ensure_ascii=ensure_ascii)
    check_fast({"": obj}, ensure_ascii=ensure_ascii)


def test_the_same_keys_at_several_depths() -> None:
    record = {"id": 1, "name": "x"}
    nested = [record, record, [record, {"in": record, "on": [record]}], (record,)]
    for sort_keys in (True, False):
        check_fast(nested, sort_keys=sort_keys)
        for indent in (0, 2, "\t"):
            check(nested, sort_keys=sort_keys, indent=indent)


KEYS: list[list[t.Any]] = [
    *(
        [1, 2.5, True],
        [True, False],
        [1, "a"],
        [None],
        [None, "a"],
        [float("nan"), float("nan")],
    ),
    *([float("inf"), 1], [(1,), "a"], [Color.RED], [Number.ONE, Number.BIG]),
    *([Text("b"), "a"], [Text("a")], [Integer(5), Double(2.5)], [b"a"], [10**30, -1]),
]


@pytest.mark.parametrize("sort_keys", [True, False])
@pytest.mark.parametrize("skipkeys", [True, False])
def test_keys_of_another_kind(sort_keys: bool, skipkeys: bool) -> None:
    for mapping in (dict.fromkeys(keys, 1) for keys in KEYS):
        for obj in (mapping, [mapping], Mapping(mapping)):
            for more in ({"allow_nan": True}, {"allow_nan": False}, {"indent": 1}):
                check(obj, sort_keys=sort_keys, skipkeys=skipkeys, **more)


def test_circles() -> None:
    sequence: list[t.Any] = []
    sequence.append(sequence)
    mapping: dict[str, t.Any] = {}
    mapping["self"] = [mapping]
    own: dict[str, t.Any] = {"a": 1}
    own["own"] = own
    for obj in (sequence, mapping, own, [mapping, sequence], {"a": sequence}):
        check(obj)
        check(obj, indent=2)
        check(obj, check_circular=False)
    shared = [1]
    check_fast([shared, shared, {"a": shared, "b": [shared]}])
    check({"a": {"b": shared}}, indent=2, check_circular=False)
    check(Sequence(shared), check_circular=False)
    again = Plain()
    check(again, default=lambda obj: obj)
    check([again], default=lambda obj: [obj])
    deep: list[t.Any] = []
    inner = deep
    for _ in range(200):
        inner.append([])
        inner = inner[0]
    check_fast(deep)
    # More than are counted apart from each other.
    inner += [[number] for number in range(5000)]
    check_fast(deep)
    inner.append(deep)
    check(deep)


def nested(depth: int, kind: str = "list", inner: t.Any = ()) -> t.Any:
    obj = inner
    for _ in range(depth):
        obj = {"a": obj} if kind == "dict" else [obj]
    return obj


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_nesting_that_python_can_take(kind: str) -> None:
    for depth in (15, 16, 17, 23, 24, 25, 47, 48, 49, 64, 65, 66, 200, 500):
        check_fast(nested(depth, kind))
        check(nested(depth, kind), indent=1)


def test_nesting_that_python_cannot_take() -> None:
    check(nested(100_000))
    check(nested(100_000), indent=1)
    check(Plain(), default=lambda obj: nested(100_000))
    check(Plain(), default=lambda obj: Plain())
    check(Plain(), default=lambda obj: [Plain()])


def test_a_traceback_has_no_entry_for_a_level() -> None:
    """They would take longer than to encode it."""

    def entries(depth: int) -> int:
        with pytest.raises(TypeError) as raised:
            _json.dumps(nested(depth, inner=Plain()), {})
        return len(raised.traceback)

    assert entries(500) == entries(100)


class Log(Journal):
    def default(self, obj: t.Any) -> t.Any:
        self(f"default {type(obj).__name__}")
        return obj.action()


class Spy:
    """What ``default`` makes something of."""

    def __init__(self, action: Callable[[], t.Any]) -> None:
        self.action = action


def noting(log: Log, name: str, following: t.Any) -> t.Any:
    def method(self: t.Any, *args: t.Any) -> t.Any:
        log((name, *map(ascii, args)))
        return following(self, *args)

    return method


def noisy(base: type[t.Any], names: str, log: Log) -> type[t.Any]:
    """A subclass whose methods write down that they were called."""
    methods = {name: noting(log, name, getattr(base, name)) for name in names.split()}
    return type("Noisy", (base,), {"__hash__": base.__hash__, **methods})


class Claims:
    """Claims to be a ``str``, by its class."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def action(self) -> str:
        return "text"

    @property
    def __class__(self) -> t.Any:
        self.log("__class__")
        return str

    @__class__.setter
    def __class__(self, value: t.Any) -> None: ...


Scene = Callable[[Log], t.Any]


def growing_the_list(log: Log) -> t.Any:
    items: list[t.Any] = []

    def grow() -> int:
        if len(items) < 9:
            items.append(items[0])
        return len(items)

    items.append(Spy(grow))
    return {"a": items}


def changing_the_dict(log: Log) -> t.Any:
    mapping: dict[str, t.Any] = {}

    def change() -> str:
        mapping["c"] = "changed"
        del mapping["d"]
        mapping["0"] = "new"
        return "x"

    mapping.update(a=Spy(change), c="old", d=1)
    return mapping


def growing_the_dict(log: Log) -> t.Any:
    mapping: dict[str, t.Any] = {}

    def grow() -> t.Any:
        if len(mapping) < 40:
            mapping[f"key{len(mapping)}"] = Spy(grow)
        return len(mapping)

    mapping["start"] = Spy(grow)
    return mapping


def new_objects_at_old_addresses(log: Log) -> t.Any:
    def numbered(start: int) -> dict[str, int]:
        return {built("k", str(n)): n for n in range(start, start + 5)}

    rows: list[t.Any] = [numbered(0), numbered(0)]

    def replace() -> int:
        rows[1] = numbered(0)
        rows.append(numbered(5))
        return 0

    rows[0]["k4"] = Spy(replace)
    return rows


class Destructor(str):
    """Text that changes what is being walked when it goes."""

    change: Callable[[], object] | None = None

    def __del__(self) -> None:
        if Destructor.change is not None:
            Destructor.change()


def built(*parts: str) -> str:
    """A new object, not one that is interned."""
    return "".join(parts)


def keys_that_go_with_a_substitute(log: Log) -> t.Any:
    rows: list[t.Any] = []
    Destructor.change = lambda: rows.append({built("new-key-", "b"): 2})
    rows.append(Spy(lambda: {built("old-key-", "a"): Destructor("v")}))
    return rows


def keys_that_go_with_their_container(log: Log) -> t.Any:
    rows: list[t.Any] = []
    Destructor.change = lambda: rows.append({built("new-key-", "b"): 2})

    def drop() -> int:
        rows[:] = [None]
        return 1

    rows.append([Spy(drop), {built("old-key-", "a"): Destructor("v")}])
    return rows


def with_items(items: Callable[[], t.Any]) -> t.Any:
    return type("Odd", (dict,), {"items": lambda self: items()})(a=1)


def mapping_subclass(log: Log) -> t.Any:
    cls = noisy(dict, "items keys __iter__ __len__ __getitem__", log)
    return [cls(b=1, a=[2, cls(c=3)]), cls()]


def key_subclass(log: Log) -> t.Any:
    cls = noisy(str, "__lt__ __eq__", log)
    return {cls(name): name for name in "dbca"}


def clearing_the_list(log: Log) -> t.Any:
    items: list[t.Any] = [1, Spy(lambda: items.clear()), 2, 3]
    return items


def clearing_the_dict(log: Log) -> t.Any:
    mapping: dict[str, t.Any] = {}
    mapping.update(a=Spy(mapping.clear), b="b", c=[1, 2])
    return [mapping]


def dropping_what_is_walked(log: Log) -> t.Any:
    outer: list[t.Any] = [[{"a": [Spy(lambda: outer.clear()), [1] * 50], "b": {}}], 2]
    return outer


class Equal(float):
    """Equal to anything, so to infinity."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class ClaimsText(int):
    @property  # type: ignore[misc]
    def __class__(self) -> type[t.Any]:
        return str


class NotIterable(list[t.Any]):
    def __iter__(self) -> t.Any:
        return 5


def a_double_that_is_asked(log: Log) -> t.Any:
    def asked(self: t.Any) -> t.Any:
        log("__class__")
        return float

    def spelled(self: t.Any) -> str:
        log("__repr__")
        return "asked"

    names = {"__class__": property(asked), "__repr__": spelled}
    return type("Asked", (float,), names)("nan")


class Parting(Spy):
    """Writes down when it goes."""

    def __init__(self, name: str, log: Log, action: Callable[[], t.Any]) -> None:
        super().__init__(action)
        self.name = name
        self.log = log

    def __del__(self) -> None:
        self.log(self.name)


def values_that_only_the_encoder_still_has(cls: type[t.Any]) -> Scene:
    """They go in the order of the standard encoder's list of items."""

    def scene(log: Log) -> t.Any:
        def drop() -> str:
            for row in rows:
                row.clear()
            return "dropped"

        # Twice, for keys that were met before.
        rows = [cls((k, Parting(k + n, log, drop)) for k in "cab") for n in "12"]
        return rows

    return scene


def a_circle_through_default(log: Log) -> t.Any:
    spy = Spy(lambda: [spy])
    return {"a": spy}


def fixed(obj: t.Any) -> Scene:
    return lambda log: obj


ONE = Spy(lambda: 1)
TWO = Spy(lambda: 2)


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        *(clearing_the_list, growing_the_list, clearing_the_dict, changing_the_dict),
        *(growing_the_dict, dropping_what_is_walked, new_objects_at_old_addresses),
        *(keys_that_go_with_a_substitute, keys_that_go_with_their_container),
        *(mapping_subclass, key_subclass, a_circle_through_default),
    )
} | {
    "same keys with default": lambda log: [
        {"id": n, "x": Spy(lambda: {"id": 1, "x": [2]}), "a": n} for n in range(5)
    ],
    "constants": fixed([Spy(lambda: None), Spy(lambda: True), Spy(lambda: 2**70)]),
    "raising": lambda log: {"a": [1, {"b": Spy(lambda: 1 / 0)}]},
    "an item in a list": lambda log: [with_items(lambda: [("a", ONE), ["b", 2]])],
    "items unsorted": lambda log: with_items(lambda: [("a", ONE), ("a", TWO)]),
    "items that raise": lambda log: {"x": ONE, "y": with_items(lambda: [][1])},
    "claiming to be text": Claims,
    "claiming within": lambda log: [Claims(log)],
    "asked": a_double_that_is_asked,
    "asked within": lambda log: [a_double_that_is_asked(log)],
    "partings from a dict": values_that_only_the_encoder_still_has(dict),
    "partings from a mapping": values_that_only_the_encoder_still_has(Mapping),
    # With an indentation the standard encoder is written in Python, and asks them.
    "equal to anything": fixed({"a": Equal(1)}),
    "equal to anything, within": fixed([Equal(1), {"b": Equal(1)}]),
    "equal to anything, a key": fixed({Equal(1): 1}),
    "claiming number": fixed({"a": ClaimsText(1)}),
    "claiming number, within": fixed([ClaimsText(1), {"b": ClaimsText(1)}]),
    "claiming number, a key": fixed({ClaimsText(1): 1}),
    "not to be iterated": fixed({"a": NotIterable("a")}),
    "not to be iterated, within": fixed([NotIterable("a"), {"b": NotIterable("a")}]),
    # These keys cannot be spelled.
    "huge key": fixed([{Integer(10**5000): 1}]),
    "huge key after a call": fixed([ONE, {Integer(10**5000): 1}]),
    "NaN for a key": fixed([{Double("nan"): 1}]),
    "NaN for a key after a call": fixed([ONE, {Double("nan"): 1}]),
    "infinite key": fixed([{Double("inf"): 1}]),
    "infinite key after a call": fixed([ONE, {Double("inf"): 1}]),
    "wrong key after a call": fixed([ONE, {(1, 2): 3}]),
    "NaN after a call": fixed([ONE, Double("nan")]),
}


@pytest.mark.parametrize("sort_keys", [True, False])
@pytest.mark.parametrize("indent", [{}, {"indent": 1}], ids=["flat", "indented"])
@pytest.mark.parametrize("allow_nan", [True, False])
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_user_code_runs_as_often_and_in_the_same_order(
    scene: Scene, sort_keys: bool, indent: dict[str, t.Any], allow_nan: bool
) -> None:
    def program(encoder: Encoder) -> t.Any:
        log = Log()
        keywords = {"default": log.default, "sort_keys": sort_keys, **indent}
        obj = scene(log)
        result = outcome(lambda: encoder(obj, {**keywords, "allow_nan": allow_nan}))
        Destructor.change = None
        return result, log.entries

    same(program)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (json, "dumps"),
        (json, "JSONEncoder"),
        (json.JSONEncoder, "encode"),
        (json.JSONEncoder, "iterencode"),
        (json.JSONEncoder, "default"),
        (json.JSONEncoder, "__init__"),
        (json.encoder, "c_make_encoder"),
        (json.encoder, "encode_basestring_ascii"),
        (json.encoder, "_make_iterencode"),
    ],
)
def test_a_replaced_part_of_the_standard_encoder_is_used(
    owner: t.Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delegated() -> list[bool]:
        keywords = ({"sort_keys": True}, {"indent": 1})
        return [_json.dumps({"a": 1}, each) is None for each in keywords]

    assert delegated() == [False, False]
    monkeypatch.setattr(owner, name, lambda *args, **kwargs: None)
    # The last one writes indented text alone.
    assert delegated() == [name != "_make_iterencode", True]
    monkeypatch.undo()
    assert delegated() == [False, False]


@pytest.mark.parametrize("change", ["attribute", "instance", "class"])
def test_the_encoder_for_calls_without_arguments(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Own(json.JSONEncoder):
        def default(self, o: t.Any) -> t.Any:
            return "own"

    default_encoder = json._default_encoder  # type: ignore[attr-defined]
    all_off = {"sort_keys": False, "ensure_ascii": True, "default": None}
    check_fast([1], **all_off)
    if change == "attribute":
        monkeypatch.setattr(default_encoder, "default", lambda obj: "own")
    elif change == "class":
        monkeypatch.setattr(default_encoder, "__class__", Own)
    else:
        monkeypatch.setattr(json, "_default_encoder", Own())
    assert json.dumps([Plain()]) == '["own"]'
    assert encode([Plain()], all_off) == '["own"]'
    check([Plain()], separators=(",", ":"))
    monkeypatch.undo()
    check_fast([1], **all_off)


def test_records_and_what_is_in_them() -> None:
    """Dicts with the same keys, of every kind of value, with and without frames."""
    values: list[t.Any] = [
        *(1, 2.5, None, True, False, "text", "é→", "x" * 2000, 2**70, float("inf")),
        *([], [1], [1, [2]], [[]], [2**70], (1, "a"), list(range(40))),
        *({}, {"a": 1}, {"b": {"a": [1]}}, {1: 2}, Number.ONE, Text("t"), Double(2)),
    ]
    rng = random.Random(5)
    for keys in ("a", "ba", "cab", "abcdefghijklmnop", "abcdefghijklmnopq"):
        rows = [
            {key: rng.choice(values) for key in rng.choice((keys, keys[::-1]))}
            for _ in range(200)
        ]
        long = [{key * 40: value for key, value in row.items()} for row in rows]
        for obj in (rows, long, {"rows": [rows, long]}):
            for sort_keys in (True, False):
                for separators in (None, (",", ":"), ("; \n", "="), (" " * 9, ":")):
                    check(obj, sort_keys=sort_keys, separators=separators)


@pytest.mark.parametrize("depth", [1, 20])
@pytest.mark.parametrize("filling", [0, 30])
def test_a_list_in_a_record_is_in_itself(depth: int, filling: int) -> None:
    items: list[t.Any] = [1] * filling
    rows = [{"a": 1, "b": [1]}, {"a": 2, "b": items}]
    items.append(rows)
    check(nested(depth, inner=rows), sort_keys=True, separators=(",", ":"))


def seconds(call: Callable[[], t.Any]) -> float:
    """The least of several."""
    return min(timeit.repeat(call, timer=time.thread_time, number=10))


@not_sanitized
def test_depth_costs_nothing() -> None:
    """Many small containers within many open ones. The text is short enough for its
    memory to be used again, where a larger one may be mapped anew each time."""
    shallow: t.Any = [{"a": [[]], "b": [[number]]} for number in range(1500)]
    deep = nested(300, inner=shallow)
    if _json.dumps(deep, {}) is None:
        pytest.skip("left to the standard encoder")
    assert seconds(lambda: _json.dumps(deep, {})) < 1.7 * seconds(
        lambda: _json.dumps(shallow, {})
    )


@not_sanitized
@pytest.mark.parametrize(
    "unit",
    ["a", '"', 'a"', 'aaa"', 'aaaaaaa"', "\x1f", "\n", "a\n", "é", "→", "\U0001f600"],
)
def test_no_text_is_slow(unit: str) -> None:
    """Nor are those that are made for it."""
    for size in (400, 100_000):
        obj = [(unit * size)[:size]] * (200_000 // size)
        assert seconds(lambda: _json.dumps(obj, {})) < 1.3 * seconds(  # noqa: B023
            lambda: json.dumps(obj)  # noqa: B023
        )
