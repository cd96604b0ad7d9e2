"""Programs about headers: a line of Python each, ``h`` being the headers.

Several statements of one line are separated by ``; ``. What its last one comes to
is the program's value.
"""

from __future__ import annotations

import collections.abc as cabc
import copy
import pickle
import types
import typing as t

from bodies import Text
from markupsafe import Markup
from parity import compiled
from parity import outcome
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import Headers
from werkzeug.datastructures import MultiDict
from werkzeug.local import LocalProxy


class Lower(str):
    """A name that says itself what it is in lower case."""

    def lower(self) -> str:
        return "x-one"


class Index:
    def __index__(self) -> int:
        return 0


class Spelled:
    """A value whose text is what a function returns."""

    def __init__(self, spell: t.Callable[[], t.Any]) -> None:
        self.spell = spell

    def __str__(self) -> t.Any:
        return self.spell()


class LoudList(list):  # type: ignore[type-arg]
    """Its own methods count, not what C code sees of a list."""

    def __iter__(self) -> cabc.Iterator[t.Any]:
        yield "X-Iter", "yes"
        yield from list.__iter__(self)

    def __len__(self) -> int:
        return list.__len__(self) + 7

    def append(self, item: t.Any) -> None:
        super().append(("X-Appended", repr(item)))

    def pop(self, *args: t.Any) -> t.Any:
        return "popped", super().pop(*args)

    def clear(self) -> None:
        super().append(("X-Cleared", "1"))

    def __setitem__(self, key: t.Any, value: t.Any) -> None:
        super().append(("X-Set", repr(key)))
        super().__setitem__(key, value)


class Own(Headers):
    """A user's subclass."""

    def _get_key(self, key: str) -> str:
        return f"own {key}"


def walk(headers: t.Any, change: t.Callable[[], t.Any], *, at: int = 1) -> list[t.Any]:
    seen = []
    for number, item in enumerate(headers):
        if number == at:
            change()
        if number > 20:
            break
        seen.append(item)
    return seen


def equal(one: t.Any, other: t.Any) -> t.Any:
    return outcome(lambda: (one == other, other == one, one != other, other != one))


def raised(function: t.Callable[[], t.Any]) -> t.Any:
    """All there is to see of an exception."""
    try:
        function()
    except Exception as error:
        context = type(error.__context__), type(error.__cause__)
        values = {name: getattr(error, name, "none") for name in ("code", "name")}
        body = getattr(error, "get_body", str)()
        return type(error), error.args, values, body, context, list(vars(error))
    return "nothing raised"


def ours(headers: t.Any) -> t.Any:
    """A class that a user makes from the class of the headers."""

    class Derived(type(headers)):  # type: ignore[misc]
        def add(self, key: str, value: t.Any, /, **kwargs: t.Any) -> None:
            super().add(key, f"<{value}>", **kwargs)

        def _get_key(self, key: str) -> t.Any:
            return super()._get_key(key).upper()

    return Derived


#: What they may find.
ITEMS = [
    ("X-One", "1"),
    ("Set-Cookie", "a=1"),
    ("set-cookie", "b=2"),
    ("X-Ä", "latin"),
    ("X-\u212aelvin", "k"),
    ("SET-COOKIE", "c=3"),
    ("", "no name"),
]
#: What the programs may name.
NAMES = {
    **{
        value.__name__: value
        for value in (
            *(Text, Lower, Index, LoudList, Own, Headers, MultiDict, EnvironHeaders),
            *(LocalProxy, Markup, walk, equal, raised, ours, copy, pickle),
        )
    },
    "Loud": lambda: Spelled(lambda: "loud"),
    "Raising": lambda: Spelled(lambda: [][0]),
    "Textual": lambda: Spelled(lambda: Text("of a subclass")),
    "Number": lambda: Spelled(lambda: 5),
    # Changes the headers.
    "Effect": lambda effect: Spelled(lambda: (effect(), "effect")[1]),
    "Proxy": types.MappingProxyType,
}


def run(code: str, headers: t.Any) -> t.Any:
    """A program's value, described, and the headers after it."""
    names = {**NAMES, "h": headers}

    def program() -> t.Any:
        value = None
        for statement in code.split("; "):
            value = eval(compiled(statement), names)
        return value

    before = vars(headers).get("_list")
    result = outcome(lambda: plain(program()))
    fields = vars(headers).get("_list", "none")
    attributes = [name for name in vars(headers) if name != "_list"]
    return result, fields is before, plain(fields), attributes


def plain(value: t.Any) -> t.Any:
    """As ``describe``, where types and headers go by their names."""
    if isinstance(value, (tuple, list)):
        return type(value).__name__, [plain(item) for item in value]
    if isinstance(value, type):
        return "type", value.__name__
    if isinstance(value, Headers) and not isinstance(value, EnvironHeaders):
        return type(value).__name__, list(vars(value)), plain(value._list)
    if isinstance(value, (types.GeneratorType, cabc.Iterator)):
        return type(value).__name__, plain(list(value))
    name, text = type(value).__name__, repr(value)
    return name, text if " at 0x" not in text else text.partition(" at 0x")[0]


READING = r"""
h["X-One"], h["x-one"], h["X-ONE"], h["set-cookie"], h["x-ä"], h["X-Ä"], h[""]
h["x-kelvin"], h["X-KELVIN"], h["x-\u212aelvin"]
h[Text("x-one")], h[Lower("?")], h[LocalProxy(lambda: "x-one")]
h["missing"]
h["X-One\n"]
h["\ud800"]
h["→"]
h[0], h[-1], h[True]
h[99]
h[1:3], h[::-1], h[5:1], h[:]
h[b"X-One"]
h[None]
h[Index()]
h.get("x-one"), h.get("missing"), h.get("missing", 5), h.get("X-One", default=6)
h.get("x-one", type=int), h.get("x-one", 0, int), h.get("set-cookie", "no", type=int)
h.get("set-cookie", type=int), h.get("missing", type=int), h.get(key="x-one")
h.get("x-one", type=lambda value: [][0])
h.get("x-one", type=lambda value: (h.clear(), value)[1]), len(h)
h.get("x-one", type=5)
h.get("x-one", None, None), h.get(Lower("?")), h.get(b"x-one", 7)
h.get(1)
h.get(None, "default")
"x-one" in h, "missing" in h, "" in h, "x-ä" in h, Lower("?") in h, b"x-one" in h
1 in h
None in h
("X-One", "1") in h
h.getlist("set-cookie"), h.getlist("missing"), h.getlist("x-one", int)
h.getlist("set-cookie", type=lambda v: int(v[-1])), h.getlist("set-cookie", int)
h.getlist("set-cookie", type=lambda value: 1 / 0)
h.getlist("set-cookie", type=lambda value: h.popitem())
h.getlist(key="x-one", type=None), h.getlist(b"x-one"), h.getlist(Lower(""))
h.getlist(5)
h.get_all("set-cookie"), h.get_all(name="x-one"), h.get_all("missing")
list(h.items()), list(h.items(True)), list(h.items(lower=True)), list(h.items(0))
list(h.keys()), list(h.keys(lower=True)), list(h.values())
type(h.items()), type(h.keys()), type(h.values()), type(iter(h)), type(h.to_wsgi_list())
next(h.items()), next(h.keys(True)), next(h.values())
list(h), len(h), bool(h), list(reversed(h[:3]))
str(h), repr(h), f"{h}", "%r" % h, h.to_wsgi_list()
format(h, "x")
h.to_wsgi_list() is h._list, h.to_wsgi_list() is h.to_wsgi_list()
hash(h)
isinstance(h, Headers), type(h).__name__, type(h).__qualname__, list(vars(h))
vars(h)["_list"] is h._list, h._list is h._list, type(h._list)
dict(h), tuple(h), [*h], {**dict(h)}, max(h), sorted(h)
walk(h, lambda: h.add("X-Late", "1"))
walk(h, h.clear)
walk(h, lambda: h.remove("set-cookie"))
walk(h, lambda: h.set("set-cookie", "new"), at=3)
walk(h.items(), lambda: h.pop())
walk(h, lambda: h.add("X-Endless", "1"), at=0)
raised(lambda: h["missing"])
raised(lambda: h[Text("missing")])
raised(lambda: h.pop("missing"))
raised(lambda: Headers._get_key(h, None))
raised(lambda: h.setdefault("A", "b\nc"))
raised(lambda: h._get_key(b"missing"))
raised(lambda: h.get("x-one", type=lambda value: int("no") + {}[1]))
""".strip().splitlines()

WRITING = r"""
h.add("X-New", "v"), h.add("X-New", 5), h.add("X-New", None), h.add("X-New", b"b")
h.add("X-New", Text("t")), type(h[-1][1])
h.add(Text("X-T"), "t"), type(h[-1][0])
h.add("X-New", Markup("<b>")), h.add("X-New", LocalProxy(lambda: "p")), type(h[-1][1])
h.add("X-New", Loud()), h.add("X-New", Textual()), h.add("X-New", 1.5), h.add("→", "→")
h.add("X-New", Raising())
h.add("X-New", Number())
h.add("X-New", "a\nb")
h.add("X-New", "a\rb")
h.add("X-New", Text("a\n"))
h.add("X-New", "a\0\x0b\x0c\x85\u2028b"), h.add("X-\nNew", "v"), h.add("\0", "\0")
h.add(1, "v"), h.add(None, "v"), h.add(b"X", "v")
h.add("X-New", Effect(lambda: h.add("X-Inner", "1")))
h.add("X-New", Effect(h.clear))
h.set("X-One", Effect(h.clear))
h.set("set-cookie", Effect(lambda: setattr(h, "_list", [("A", "b")])))
h.add("X-New", "v", filename="ü.txt", a_b=1, none=None)
h.add("X-New", "v", filename="a\nb")
h.add("X-New", 5, a=1)
h.add("X-New", None, a=1)
h.add_header("X-New", "v"), h.add_header("X-New", "attachment", filename="x y")
h.add("X-New", "v", key="k", value="v", self="s")
h.set("X-One", "2"), h.set("x-new", 3), h.set("SET-cookie", "only")
h.set("X-One", "v", q=1), h.set("X-New", "v", q_r="ö"), h.set("", "empty")
h.set("X-KELVIN", "other"), h.set("x-ä", "other")
h.set(Lower("?"), "own lower"), h.set(Text("set-cookie"), Text("t"))
h.set("X-One", "a\nb")
h.set(5, "v")
h.set("X-New", None), h.set("X-New", b"bytes")
h.__setitem__("X-One", "9")
h["X-One"] = 7
h["set-cookie"] = "x"
h["X-New"] = ["a", "b"]
h["X-New"] = "a\r\nb"
h[Lower("?")] = "y"
h[0] = ("X-Zero", 0)
h[-1] = ["X-Last", None, "ignored"]
h[0] = "ab"
h[0] = ("only",)
h[0] = 5
h[0] = ("A", "b\nc")
h[99] = ("A", "b")
h[True] = ("A", "b")
h[1:3] = [("A", 1), ("B", None)]
h[:] = []
h[1:2] = [("A", "b\nc")]
h[b"X"] = "v"
h[None] = [("A", "b")]
del h["X-One"]
del h["set-cookie"], h["missing"], h["x-ä"]
del h[Lower("?")]
del h[0], h[-1]
del h[1:3]
del h[b"X-One"]
h.remove("set-cookie"), h.remove("missing"), h.remove(key="x-one")
h.remove(b"x-one"), h.remove(Text("set-cookie"))
h.remove(5)
h.pop(), h.pop("x-one"), h.pop("set-cookie"), h.pop(0), h.pop(-1)
h.pop("missing", None), h.pop("missing", "d"), h.pop("missing", default=0), h.pop(None)
h.pop(key=None), h.pop(key="x-one"), h.pop(key=0, default=1), h.pop(None, "d")
h.pop("missing")
h.pop("missing", Headers.pop.__defaults__[-1])
h.pop(99)
h.pop(99, "default")
h.pop(True)
h.pop(b"missing", "d")
h.pop(1.5)
h.pop(1.5, "d")
h.popitem(), h.popitem(), len(h)
h.clear(), h.popitem()
h.clear(), h.pop()
h.clear(), h.set("A", "b"), h.setdefault("B", "c"), bool(h), len(h)
h.clear(), bool(h), len(h), str(h), repr(h), h == Headers()
h.setdefault("x-one", "no"), h.setdefault("X-New", 5), h.setdefault("X-New", "again")
h.setdefault("X-None", None), h.setdefault(key="X-K", default=Loud())
h.setdefault("X-New")
h.setdefault(5, "v")
h.setdefault("X-One", Raising())
h.setdefault("X-New", Effect(lambda: h.add("x-new", "first")))
h.setdefault("X-One", 10**5000), h.add("X-New", -(10**30)), h.add("X-New", 10**5000)
h.setlist("set-cookie", ["x", 5, None]), h.setlist("X-New", ("a", "b"))
h.setlist("X-One", []), h.setlist("missing", ()), h.setlist("set-cookie", "")
h.setlist("X-New", iter([]))
h.setlist("X-New", ["fine", "a\nb", "never"])
h.setlistdefault("X-New", ["a", 5]), h.setlistdefault("set-cookie", ["no"])
h.setlistdefault("x-one", ["a"]).append("b"), h.getlist("x-one")
h.extend({"X-New": "1", "x-one": "2"}), h.extend({"X-L": ["1", 2], "X-T": ("3",)})
h.extend([("X-New", 1), ["X-New", None]]), h.extend(X_One="k", b=["1", "2"])
h.extend(Headers([("A", "1"), ("a", "2")])), h.extend(MultiDict([("A", "1"), ("A", 2)]))
h.extend(None), h.extend(), h.extend(()), h.extend(""), h.extend({}, a="b")
h.extend(h[:2]), h.extend(list(h)), h.extend(EnvironHeaders({"HTTP_A_B": "c"}))
h.extend({"X-Set": {"only"}}), h.extend(Proxy({"ab": "cd"}))
h.extend([("A", "1"), ("B", "a\nb"), ("C", "never")])
h.extend([("A", 1), ("B", 10**5000), ("C", "never")])
h.extend(["ab", "cd"])
h.extend(["abc"])
h.extend([("A",)])
h.extend(5)
h.extend(arg=[("A", "b")])
h.extend([], [])
h.update({"X-One": "2", "X-New": 5, "set-cookie": ["x", "y"]}), h.update()
h.update({"set-cookie": ()}), h.update({"X-Set": {"only"}}), h.update(x_one=["a", "b"])
h.update([("set-cookie", 1), ("set-cookie", 2), ("X-L", ["a"])]), h.update(A=1, b="c")
h.update(Headers([("A", "1"), ("a", "2")])), h.update(MultiDict([("A", 1), ("A", 2)]))
h.update(Proxy({"X-One": ["p", "q"]})), h.update(EnvironHeaders({"HTTP_X_ONE": "c"}))
h.update(None), h.update(None, a="b"), h.update({}), h.update("")
h.update(h)
h.update(h[2:])
h.update({"A": "1", "B": "a\nb", "C": "never"})
h.update({"set-cookie": ["1", "a\nb"]})
h.update({"X-One": 2, "B": 10**5000, "C": "never"})
h.update({1: "v"})
h.update([("A", "b", "c")])
h.update(5)
h.update(arg={"A": "b"})
h.update(self="s")
""".strip().splitlines()

WHOLES = r"""
h.copy(), copy.copy(h), copy.deepcopy(h), type(h.copy()), h.copy()._list is h._list
h.copy().add("X-Copy", "1"), len(h)
equal(h, h.copy()), equal(h, copy.copy(h)), equal(h, copy.deepcopy(h)), equal(h, h[:])
equal(h, h), equal(h, Headers(h)), equal(h, Headers(list(h)[::-1])), equal(h, Headers())
equal(h, Headers([(k.upper(), v) for k, v in h])), equal(h, Headers([*h, ("A", "b")]))
equal(h, Headers([*h, *h])), equal(h[1:2], Headers({"sEt-Cookie": "a=1"}))
equal(h, Own(h)), equal(h, EnvironHeaders({})), equal(h, list(h)), equal(h, dict(h))
equal(h, None), equal(h, "x"), equal(h, MultiDict(h)), equal(h, object)
equal(h, LocalProxy(lambda: h)), equal(h, LocalProxy(lambda: Headers(h)))
equal(h, type("Headers", (Headers,), {})(h)), equal(ours(h)(), ours(h)())
equal(ours(h)(), Headers()), equal(ours(h)(), type(h)()), equal(type(h)(), Headers())
h.__eq__(Headers(h)), h.__eq__(5), h.__ne__(5)
[h] == [Headers(h)], [Headers(h)] == [h], [Headers(h)].index(h), [h].count(Headers(h))
h._list.append(["X", "y"]), equal(h, Headers(h)), equal(h, h)
h._list.append(("X", "y", "z")), equal(h, copy.deepcopy(h)), repr(h)
h._list.append((1, 2)), equal(h, h)
h._list.append(("A", ["b"])), equal(h, h)
h._list.append(()), equal(h, Headers())
type(h)(), type(h)(None), type(h)({"A": ["1", 2]}), type(h)([("A", "b")]), type(h)(h)
type(h)(defaults={"A": "b"}), type(h)(Headers({"A": "b"})), type(h)("")
type(h)([("A", "b\nc")])
type(h).get(h, "x-one"), Headers.get(h, "x-one"), Headers.add(h, "A", 1), h["a"]
Headers.set(h, "X-One", 2), Headers.__getitem__(h, slice(0, 2)), Headers.copy(h)
h.__init__([("A", "b")]), list(h)
Headers.__init__(h, {"A": ["b", "c"]}), list(h)
setattr(h, "__class__", Headers), h["x-one"], h.copy(), type(h)
setattr(h, "__class__", Own), h["x-one"], equal(h, Own(h)), h.setdefault("A", 1)
setattr(h, "__dict__", {"_list": [("A", "b")]}), h["a"], h.copy(), h.pop()
[ours(h)([("A", "b")]), ours(h)({"A": "b"}).get("a"), ours(h)([("A", 1)]).copy()]
ours(h)(h).setdefault("x-one", "no"), ours(h)(h)["X-ONE"], ours(h)({"a": "b"}).pop("A")
ours(h)([("A", "b"), ("A", "c")])[1:], ours(h)().setlistdefault("A", ["b", "c"])
copy.copy(ours(h)(h)), copy.deepcopy(ours(h)(h)), equal(ours(h)(h), copy.deepcopy(h))
ours(h)(h).__reduce_ex__(0)[1:], ours(h)(h).__reduce_ex__(4)[1:], ours(h)().__reduce__()
pickle.dumps(ours(h)(h))
h.__class__.__hash__, h.__class__.__eq__ is None
h | {"X-One": "2", "X-New": ["a", "b"]}
h | [("A", "b")]
{"A": "b"} | h
h.__ior__({"X-One": "2", "X-New": ["a", "b"]}) is h
h |= {"X-One": "2"}
""".strip().splitlines()

ODD_STATE = r"""
h._list.insert(0, ("→", "v")); h.setdefault("X-One", 10**5000), h.setdefault("→", "no")
h._list.append(["X-List", "v"]); h["x-list"], h.get("X-LIST"), list(h.items()), str(h)
h._list.append(["X-List", "v"]); h.remove("other"); h.copy()
h._list.insert(0, ["X-List", "v"]); h.set("X-One", "2"), h.set("x-list", "3")
h._list.insert(0, ("A", "b", "c")); h["x-one"]
h._list.insert(0, ("A", "b", "c")); h.set("X-One", "v")
h._list.insert(0, ("A", "b", "c")); h.set("A", "v"), h[0], h.getlist("a")
h._list.append(("A", "b", "c")); h["x-one"], h.get("x-one"), h.set("x-one", 5), h[-1]
h._list.append(("A", "b", "c")); h.getlist("x-one")
h._list.append(("A", "b", "c")); h.remove("x-one")
h._list.append(("A", "b", "c")); list(h.items())
h._list.append(("A",)); h["missing"]
h._list.append(("A",)); h.pop(), list(h)
h._list.append("ab"); h["a"], h.items(), list(h.keys())
h._list.append(None); h["missing"]
h._list.append(None); h.set("missing", 1)
h._list.insert(0, (1, 2)); h["x-one"]
h._list.insert(0, (1, 2)); h.set("x-one", "v")
h._list.insert(0, (b"X-One", b"b")); h["x-one"], h.getlist("x-one"), h.remove("x-one")
h._list.insert(0, (b"X-One", b"bytes")); h.get(b"x-one")
h._list.append(("A", 5)); h["a"], h.get("a", type=str), str(h), h.getlist("a"), h.pop()
h._list.append(("A", "b\nc")); h["a"], str(h), len(h)
o = h.copy(); o._list.append(("A", "b\nc")); h.extend(o); len(h)
h._list.append(("A", "b\nc")); h.copy()
h._list.append(("A", "b\nc")); h[:]
h._list.append(("A", "b\nc")); h.setlist("A", h.getlist("A"))
h._list.insert(0, (Lower("?"), "l")); h["x-one"], h.remove("x-one"), list(h)
h._list.insert(0, (LocalProxy(lambda: "X-One"), "p")); h["x-one"], h.set("x-one", 1)
h._list.append(("A", Text("t"))); type(h["a"]), type(h.copy()["a"])
h._list = [("A", "b")]; h["a"], h.set("a", "c"), h.add("D", "e"), len(h), h.pop("a")
h._list = (("A", "b"), ("C", "d")); h["a"], "c" in h, h[0], h[:1], h.copy(), str(h)
h._list = (("A", "b"),); h.add("C", "d")
h._list = (("A", "b"),); h.set("A", "d")
h._list = (("A", "b"),); h.remove("A")
h._list = (("A", "b"),); h.pop()
h._list = (); h.set("A", "d")
h._list = (); bool(h), list(h), h.get("a"), h.getlist("a")
h._list = {"ab": 1}; list(h), h["a"]
h._list = iter([("A", "b"), ("C", "d")]); h["a"], list(h)
h._list = None; h.get("a")
h._list = None; len(h)
h._list = LoudList([("A", "b")]); h["x-iter"], len(h), list(h), h.get("a"), h.copy()
h._list = LoudList([("A", "b")]); h.add("C", "d"), h.pop(), h.popitem(), h.clear()
h._list = LoudList([("A", "b")]); h.set("A", "c"), h.set("E", "f"), h.remove("A")
h._list = LoudList([("A", "b")]); h[0] = ("A", 1); h[:1] = []; h.to_wsgi_list(), str(h)
del h._list; h.get("a")
del h._list; h.add("A", "b")
del h._list; len(h)
del h._list; repr(h)
del h._list; h == Headers()
del h._list; h.copy()
h.extra = 1; h.copy().extra
h.extra = [h]; d = copy.deepcopy(h); d.extra[0] is d, list(vars(d)), vars(copy.copy(h))
h.extra = 1; pickle.loads(pickle.dumps(h)).extra, equal(h, Headers(h)), h["x-one"]
h._get_key = lambda key: f"own {key}"; h["A"], h.get("A"), "A" in h, h.pop("A")
h._get_key = lambda key: f"own {key}"; h.setdefault("A", 1), h.copy().get("A")
h.add = lambda *a, **k: None; h.extend({"A": "b"}), h.add_header("A", "b"), list(h)
h.set = lambda *a, **k: 5; h["A"] = 1; h.update({"A": "b"}), h.set("A"), list(h)
h.set = print; h.setdefault("X-New", "v")
h.set = lambda k, v: h.add(k, f"<{v}>"); h.setlist("A", [1, 2]), h.setdefault("B", 1)
h.remove = lambda key: h.add("X-Removed", key); h.pop("X-One"), h.setlist("A", [])
h._del_key = lambda key: h.add("X-Gone", key); del h["A"]; h.remove("B"), list(h)
h.setlist = lambda k, v: h.add(k, str(v)); h.update({"A": ["b"]})
h.copy = lambda: "copied"; copy.copy(h), h[:1]
h.extend = lambda *a, **k: None; h.copy(), h[:1], h.update({"A": "b"})
h.update = lambda *a, **k: None; h.__ior__({"A": "b"}) is h
""".strip().splitlines()

ARGUMENTS = [
    f"h.{method}({arguments})"
    for method in (
        *("get", "getlist", "get_all", "items", "keys", "values", "remove", "pop"),
        *("popitem", "clear", "add", "add_header", "set", "setdefault", "setlist"),
        *("setlistdefault", "extend", "update", "copy", "to_wsgi_list", "_get_key"),
        "_del_key",
    )
    for arguments in ("", "1, 2, 3, 4", "'A', 'b', bogus=1", "_key='A', _value='b'")
]
