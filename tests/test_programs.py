"""Random programs over a response, on random classes, and random return values of
views: nothing may differ between the stock and the fast implementation.

The default run is bounded and always the same. ``FASTRESP_FUZZ_EXAMPLES`` is the
number of examples for each test of a long run, which draws new ones every time.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import copy
import io
import os
import pickle
import re
import typing as t
from http import HTTPStatus
from unittest import mock

import flask
import hypothesis
import hypothesis.strategies as st
import pytest
from conftest import Pair
from conftest import PAIRS
from conftest import renew_version_tags
from parity import describe
from parity import outcome
from parity import state
from werkzeug.datastructures import Headers
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.local import LocalProxy
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import _core

LONG = int(os.environ.get("FASTRESP_FUZZ_EXAMPLES", "0"))
EACH_PAIR = pytest.mark.parametrize("pair", list(PAIRS.values()), ids=list(PAIRS))
Strategy = st.SearchStrategy[t.Any]


def examples(count: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=LONG or count,
        derandomize=not LONG,
        database=None,
        deadline=None,
        # A program is larger than what hypothesis expects of an example.
        suppress_health_check=list(hypothesis.HealthCheck),
    )


# --- one run ----------------------------------------------------------------


class Run:
    """What the parts of one program share on one implementation."""

    def __init__(self, pair: Pair, own: type[t.Any], classes: Classes = ()) -> None:
        self.log: list[t.Any] = []
        self.stack = contextlib.ExitStack()
        # On the fast implementation, objects change sides.
        self.classes = {"own": own, "stock": pair.stock}
        for recipe in classes:
            self.classes["own"] = define(self, pair, own, recipe)
        self.response: t.Any = None
        self.app_iter: t.Any = None
        self.iterator: t.Any = None


class Recipe(t.NamedTuple):
    """A value that each run makes anew."""

    kind: str
    content: t.Any


Operation = tuple[str, tuple[t.Any, ...]]
Classes = cabc.Sequence["ClassRecipe"]


def made(run: Run, value: t.Any) -> t.Any:
    if isinstance(value, Recipe):
        return KINDS[value.kind](run, made(run, value.content))
    if type(value) in (list, tuple):
        return type(value)([made(run, item) for item in value])
    if type(value) is dict:
        return {key: made(run, item) for key, item in value.items()}
    return value


def perform(run: Run, operation: Operation) -> None:
    """One operation, with all that can be seen of it, into the log."""
    name, content = operation

    def program() -> t.Any:
        value = OPERATIONS[name][0](run, *made(run, content))
        return None if value is run.response else describe(value)

    run.log.append((name, outcome(program), outcome(lambda: state(run.response))))


def seen(run: Run) -> str:
    run.stack.close()
    return re.sub(r" at 0x[0-9a-f]+", "", repr(run.log)).replace("}), (", "}),\n(")


# --- values -----------------------------------------------------------------


class Text(str):
    pass


class List(list):  # type: ignore[type-arg]
    pass


class Tuple(tuple):  # type: ignore[type-arg]
    pass


class Dict(dict):  # type: ignore[type-arg]
    pass


class Stop(str):
    """An exception that means something to the loop that asks for chunks."""

    def encode(self, *args: t.Any) -> bytes:
        raise StopIteration(str(self))


class Noting:
    """Says what is done with it; the first time, something else happens too."""

    def __init__(self, run: Run, content: tuple[t.Any, Operation | None]) -> None:
        self.run = run
        self.value, self.operation = content

    def note(self, name: str) -> t.Any:
        self.run.log.append((name, repr(self)))
        if self.operation is not None:
            operation, self.operation = self.operation, None
            perform(self.run, operation)
        return self.value

    def __repr__(self) -> str:
        return f"Noting({self.value!r})"

    def __call__(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return self.note("call")

    def __reduce__(self) -> t.Any:
        raise TypeError("cannot be copied")


class Body(Noting):
    def __iter__(self) -> t.Any:
        self.note("iter")
        self.chunks = iter(self.value)
        return self

    def __next__(self) -> t.Any:
        self.note("next")
        return next(self.chunks)

    def close(self) -> None:
        self.note("close")


class Chunk(Noting):
    def __len__(self) -> int:
        return len(self.note("len"))

    def encode(self, *args: t.Any) -> t.Any:
        return self.note("encode")


class Proxy(Chunk):
    """A chunk that claims to be a ``str``."""

    __class__ = str  # type: ignore[assignment]


class StatusText(Text):
    run: t.Any = None
    operation: t.Any = None

    def strip(self, *args: t.Any) -> str:
        if self.operation is not None:
            operation, self.operation = self.operation, None
            perform(self.run, operation)
        return super().strip(*args)


def status_text(run: Run, content: tuple[str, Operation]) -> StatusText:
    text = StatusText(content[0])
    text.run, text.operation = run, content[1]
    return text


def failing(run: Run, chunks: list[t.Any]) -> cabc.Iterator[t.Any]:
    yield from chunks
    raise LookupError("no more")


def wsgi_app(run: Run, content: tuple[t.Any, t.Any, t.Any]) -> t.Any:
    body, status, headers = content

    def app(environ: t.Any, start_response: t.Any) -> t.Any:
        start_response(status, headers)
        return body

    return app


KINDS: dict[str, t.Callable[[Run, t.Any], t.Any]] = {
    "text": lambda run, content: Text(content),
    "list": lambda run, content: List(content),
    "tuple": lambda run, content: Tuple(content),
    "dict": lambda run, content: Dict(content),
    "proxy": lambda run, content: LocalProxy(lambda: content),
    "bytearray": lambda run, content: bytearray(content),
    "memoryview": lambda run, content: memoryview(content),
    "range": lambda run, content: range(content),
    "file": lambda run, content: io.BytesIO(content),
    "stop": lambda run, content: Stop(content),
    "iterator": lambda run, content: iter(content),
    "generator": lambda run, content: (item for item in content),
    "failing": failing,
    "body": Body,
    "chunk": Chunk,
    "proxy chunk": Proxy,
    "status": status_text,
    "callback": Noting,
    "headers": lambda run, content: Headers(content),
    "multidict": lambda run, content: MultiDict(content),
    "wsgi": wsgi_app,
    "response": lambda run, content: run.classes[content[0]](*content[1]),
    "werkzeug": lambda run, content: WerkzeugResponse(*content),
    "not found": lambda run, content: NotFound(content),
    "object": lambda run, content: object(),
    "environ": lambda run, content: {**BASE_ENVIRON, **content},
}


def recipes(kind: str, content: Strategy) -> Strategy:
    return st.builds(Recipe, st.just(kind), content)


def either(*values: t.Any) -> Strategy:
    return st.sampled_from(values)


# CR, LF and NUL in a status or a name, and NUL in a value, are deviations.
line = st.text(st.characters(exclude_characters="\r\n\0"), max_size=8)
latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"))
names = st.one_of(
    either(
        *("A", "B", "X-Long-Name", "content-type", "Content-Type", "CONTENT-TYPE"),
        *("Content-Length", "content-length", "Location", "locatioN", "Set-Cookie"),
        *("Content-Location", "content-location", "ETag", "Date", "Expires", "Vary"),
        *("Content-Language", "Content-Encoding", "Last-Modified", "ä", "→", ""),
    ),
    latin,
    line,
    recipes("text", either("A", "Content-Length")),
)
plain_values = st.one_of(
    either(
        "", "1", "a b", "ä", "→", "/ä b?ö#ü", "//h/%zz", "http://ü.de:99999/", "x;y"
    ),
    st.text(st.characters(exclude_characters="\0"), max_size=8),
    either(0, -1, 10**20, 5000, True),
)
operations = st.deferred(lambda: operation(OPERATIONS))
chances = st.one_of(st.none(), operations)
values = st.one_of(
    plain_values,
    either(None, 1.5, b"bytes", "a\nb", "a\rb", HTTPStatus.OK),
    recipes("text", either("t", "a\nb", "")),
)
several = st.one_of(values, st.lists(values, max_size=2), st.tuples(values, values))
pairs = st.lists(st.tuples(names, values), max_size=4)
mappings = st.dictionaries(names, several, max_size=4)
header_forms = st.one_of(
    st.none(),
    pairs,
    mappings,
    pairs.map(tuple),
    recipes("dict", mappings),
    recipes("list", pairs),
    recipes("headers", st.one_of(st.none(), pairs, mappings)),
    recipes("multidict", pairs),
    recipes("generator", pairs),
    st.lists(st.one_of(st.lists(values, max_size=3), st.just("ab"), st.none())),
    st.dictionaries(st.one_of(st.integers(), st.none()), values, max_size=2),
    either(0, "", "ab", 5, b"", False),
)
chunks = st.one_of(
    either("text", b"bytes", "", b"", "ü→", "\ud800", 5, None, b"x" * 3000, "y" * 3000),
    st.text(max_size=4),
    st.binary(max_size=4),
    recipes("text", either("t", "ä")),
    recipes("bytearray", st.binary(max_size=4)),
    recipes("memoryview", st.binary(max_size=4)),
    recipes("range", either(0, 5, 2**62, 2**63 - 1)),
    recipes("stop", either("stop")),
    recipes("proxy", either("ö", b"b", 5)),
    recipes("chunk", st.tuples(either(b"abc", b"", None), chances)),
    recipes("proxy chunk", st.tuples(either(b"abc", "ü", None), chances)),
)
chunk_lists = st.lists(chunks, max_size=4)
bodies = st.one_of(
    either(None, "", b"", "text", b"bytes", "ü→", "\ud800", 5, "z" * 3000, ()),
    st.text(max_size=6),
    st.binary(max_size=6),
    chunk_lists,
    chunk_lists.map(tuple),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    recipes("text", either("t", "ä", "\ud800")),
    recipes("bytearray", st.binary(max_size=4)),
    recipes("proxy", either("ö", b"b", 5, [b"x"])),
    recipes("file", st.binary(max_size=4)),
    recipes("object", st.none()),
    *(recipes(kind, chunk_lists) for kind in ("list", "tuple", "iterator")),
    *(recipes(kind, chunk_lists) for kind in ("generator", "failing")),
    recipes("body", st.tuples(chunk_lists, chances)),
)
statuses = st.one_of(
    st.none(),
    either(200, 201, 204, 304, 100, 404, 0, -1, 999, 2**31, 2**70, True, 1.5),
    either("200", "404 Odd", "odd", "", " ", " 200", "204 ", "1_0 x", "٣٠٤", "0304 x"),
    either(HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.IM_A_TEAPOT, b"200 OK", ()),
    st.integers(90, 600),
    line,
    recipes("text", either("200 OK", "404", "")),
    recipes("status", st.tuples(either("200 A", "304", "\xa0"), operations)),
)
media_types = st.one_of(
    st.none(),
    either("text/html", "text/plain", "application/json", "a/b+xml", "", "ä", "→", 5),
    either("a\nb", "TEXT/HTML", b"text/css", ["x"]),
    recipes("text", either("text/css", "x/y")),
)
flags = either(False, True, None, 0, 1, "", "yes")
ARGUMENTS: dict[str, Strategy] = {
    "response": bodies,
    "status": statuses,
    "headers": header_forms,
    "mimetype": media_types,
    "content_type": media_types,
    "direct_passthrough": flags,
}
constructions = st.one_of(
    st.tuples(
        st.one_of(
            st.tuples(), *(st.tuples(*list(ARGUMENTS.values())[:n]) for n in (1,))
        )
        | st.tuples(bodies, statuses)
        | st.tuples(bodies, statuses, header_forms)
        | st.tuples(*ARGUMENTS.values()),
        st.just({}),
    ),
    st.tuples(
        st.one_of(st.tuples(), st.tuples(bodies)),
        st.fixed_dictionaries({}, optional=ARGUMENTS),
    ),
    st.tuples(st.just(()), st.dictionaries(either("status", "odd", "self"), statuses)),
)

# --- operations -------------------------------------------------------------


def emit(run: Run, environ: t.Any, steps: list[str]) -> None:
    send(run, run.response, environ, steps)
    # The type of the application iterator is a deviation.
    run.log.append(run.app_iter is vars(run.response).get("response"))


def send(run: Run, app: t.Any, environ: t.Any, steps: list[str]) -> None:
    """What a server does, but for these steps instead of iterating to the end."""

    def start_response(status: t.Any, headers: t.Any, exc_info: t.Any = None) -> None:
        run.log.append(("start", describe(status), type(headers).__name__))
        run.log.append(describe(headers))
        if type(headers) is list:
            # Servers do so; no other response may see it.
            headers.append(("Server", "x"))

    run.app_iter = app(environ, start_response)
    run.iterator = None
    for step in steps:
        run.log.append((step, outcome(lambda: STEPS[step](run))))  # noqa: B023


def advance(run: Run) -> t.Any:
    if run.iterator is None:
        run.iterator = iter(run.app_iter)
    return describe(next(run.iterator))


STEPS: dict[str, t.Callable[[Run], t.Any]] = {
    "next": advance,
    "all": lambda run: describe(list(run.app_iter)),
    "close": lambda run: run.app_iter.close(),
    "close response": lambda run: run.response.close(),
    "forget": lambda run: vars(run).update(app_iter=(), iterator=None),
}


def on_headers(run: Run, name: str, *args: t.Any, **kwargs: t.Any) -> t.Any:
    return getattr(run.response.headers, name)(*args, **kwargs)


def change_class(run: Run, side: str) -> None:
    run.response.__class__ = run.classes[side]


def force(run: Run, side: str, value: t.Any, environ: t.Any) -> None:
    response = run.response if value is None else value
    run.response = run.classes[side].force_type(response, environ)


def duplicate(run: Run, how: str) -> None:
    if how == "pickle":
        run.response = pickle.loads(pickle.dumps(run.response))
    else:
        run.response = getattr(copy, how)(run.response)


def swap_dict(run: Run, kind: str) -> None:
    attributes = vars(run.response)
    run.response.__dict__ = {"dict": dict, "subclass": Dict}[kind](
        reversed(list(attributes.items()))
    )


def set_hook(run: Run, name: str, operation: Operation | None, changed: t.Any) -> None:
    once = Noting(run, (None, operation))

    def hook(*args: t.Any, **kwargs: t.Any) -> t.Any:
        once.note(name)
        value = getattr(type(run.response), name)(run.response, *args, **kwargs)
        return CHANGES.get(name, lambda value: value)(value) if changed else value

    setattr(run.response, name, hook)


def set_attribute(run: Run, name: str, value: t.Any) -> None:
    setattr(run.response, name, value)


def conditional(run: Run, environ: dict[str, str], ranges: t.Any, size: t.Any) -> None:
    run.response.headers["Date"] = "Thu, 01 Jan 1970 00:00:00 GMT"
    run.response.make_conditional({**BASE_ENVIRON, **environ}, ranges, size)


def again(run: Run, arguments: t.Any) -> None:
    run.response.__init__(*arguments[0], **arguments[1])


def make(run: Run, side: str, arguments: t.Any) -> None:
    run.response = run.classes[side](*arguments[0], **arguments[1])


def without_init(run: Run, side: str) -> None:
    run.response = object.__new__(run.classes[side])


def parts(run: Run, environ: t.Any) -> t.Any:
    app_iter, status, headers = run.response.get_wsgi_response(environ)
    return status, headers, list(app_iter)


def unbound(run: Run, name: str, *args: t.Any) -> None:
    getattr(type(run.response), name)(run.response, *args)


METHOD_HOOKS = (
    *("get_wsgi_response", "get_wsgi_headers", "get_app_iter", "iter_encoded"),
    *("set_data", "get_data", "close", "_clean_status", "calculate_content_length"),
    *("_ensure_sequence", "make_sequence", "call_on_close"),
    *("set_cookie", "delete_cookie"),
)
STATE_NAMES = (
    *("headers", "_status", "_status_code", "direct_passthrough", "_on_close"),
    "response",
)
CHANGES: dict[str, t.Callable[[t.Any], t.Any]] = {
    "get_wsgi_response": lambda answer: (answer[0], "299 Hooked", answer[2]),
    "get_wsgi_headers": lambda headers: Headers([*headers, ("X-Hook", "1")]),
    "get_app_iter": lambda chunks: [b"hook"],
    "iter_encoded": lambda chunks: (chunk for chunk in [*chunks, b"hook"]),
    "_clean_status": lambda pair: (f"{pair[0]}!", pair[1]),
}
BASE_ENVIRON: dict[str, t.Any] = create_environ(
    "/päth", "http://höst.example:8080/root"
)
environs = st.one_of(
    recipes("environ", either({}, {"REQUEST_METHOD": "HEAD"})),
    either("GET", "HEAD", "head", "", None, 5).map(lambda m: {"REQUEST_METHOD": m}),
    recipes("dict", either({"REQUEST_METHOD": "HEAD"}, {"REQUEST_METHOD": "GET"})),
    recipes("text", either("HEAD", "GET")).map(lambda m: {"REQUEST_METHOD": m}),
    either({}, None, 5, []),
)
steps = st.one_of(
    either(["all", "close"], ["next", "close"], ["close"], ["close response", "all"]),
    st.lists(st.sampled_from(list(STEPS)), max_size=6),
)
sides = either("own", "stock")
callbacks = recipes("callback", st.tuples(st.none(), chances))
attribute_values = st.one_of(
    either(None, 0, 1, False, True, "", "text", "a/b", 404, "299 X", 2**70, ["x"], ()),
    header_forms,
    bodies,
    st.lists(callbacks, max_size=2),
)
Action = tuple[t.Callable[..., t.Any], tuple[Strategy, ...]]
OPERATIONS: dict[str, Action] = {
    "emit": (emit, (environs, steps)),
    **{
        f"headers.{name}": (
            lambda run, *args, name=name: on_headers(run, name, *args),
            arguments,
        )
        for name, arguments in {
            "add": (names, values),
            "set": (names, values),
            "remove": (names,),
            "extend": (header_forms,),
            "update": (header_forms,),
            "clear": (),
            "pop": (names, st.none()),
            "setlist": (names, st.lists(values, max_size=3)),
            "__setitem__": (
                names | st.integers(-2, 2),
                values | st.tuples(names, values),
            ),
        }.items()
    },
    "headers=": (
        lambda run, new: setattr(run.response, "headers", new),
        (header_forms,),
    ),
    "headers._list": (
        lambda run, new: run.response.headers._list.extend(new),
        # Raw pairs, which no method has looked at.
        (
            st.lists(
                st.tuples(names, plain_values | st.just("a\nb"))
                | st.tuples(names)
                | either(None, 5, ["A", "b"], ("A", "b", "c")),
                max_size=2,
            ),
        ),
    ),
    "headers._list=": (
        lambda run, new: setattr(run.response.headers, "_list", new),
        (st.one_of(pairs, recipes("list", pairs), st.none(), pairs.map(tuple)),),
    ),
    "set_cookie": (
        lambda run, name, *args: run.response.set_cookie(name, *args),
        # A maximum age would depend on the time.
        (
            either("a", "ü", "", "a=b"),
            either("v", "ä;", "x" * 5000, "a b", 5),
            st.none(),
            either(0, 1.5, "never", None, 10**15),
            either("/", "/ä", None),
            either(None, "h.example", ".h:80"),
            either(True, False, 1),
            either(True, False),
            either(None, "lax", "x"),
        ),
    ),
    "delete_cookie": (
        lambda run, name, *args: run.response.delete_cookie(name, *args),
        (either("a", "b"), either("/", None), either(None, "h.example", "h.")),
    ),
    **{
        f"{name}=": (
            lambda run, value, name=name: setattr(run.response, name, value),
            (strategy,),
        )
        for name, strategy in {
            "status": statuses,
            "status_code": statuses,
            "data": bodies,
            "mimetype": media_types,
            "content_type": media_types,
            "response": bodies,
            "direct_passthrough": flags,
            "content_length": either(None, 5, "x"),
            "location": either(None, "/ä", "http://ü.de"),
        }.items()
    },
    "set_data": (lambda run, body: run.response.set_data(body), (bodies,)),
    "get_data": (lambda run, text: run.response.get_data(text), (flags,)),
    "call_on_close": (lambda run, do: run.response.call_on_close(do), (callbacks,)),
    **{
        name: (lambda run, name=name: getattr(run.response, name)(), ())
        for name in ("make_sequence", "freeze", "add_etag", "__repr__", "close")
    },
    **{
        name: (lambda run, name=name: getattr(run.response, name), ())
        for name in ("is_sequence", "is_streamed", "status", "data", "json", "headers")
    },
    "calculate": (lambda run: run.response.calculate_content_length(), ()),
    "stream": (lambda run, value: run.response.stream.write(value), (chunks,)),
    "conditional": (
        conditional,
        (
            either(
                {},
                {"HTTP_IF_NONE_MATCH": "*"},
                {"HTTP_IF_MATCH": '"x"'},
                {"HTTP_RANGE": "bytes=1-2"},
                {"HTTP_RANGE": "bytes=9-"},
            ),
            flags,
            either(None, 4, 0),
        ),
    ),
    "force_type": (
        force,
        (
            sides,
            st.none()
            | recipes("wsgi", st.tuples(chunk_lists, either("200 OK", "404"), pairs))
            | recipes("werkzeug", st.tuples(bodies, statuses)),
            st.none() | recipes("environ", st.just({})),
        ),
    ),
    "__class__=": (change_class, (sides,)),
    "duplicate": (duplicate, (either("pickle", "copy", "deepcopy"),)),
    "__dict__=": (swap_dict, (either("dict", "subclass"),)),
    "hook": (set_hook, (st.sampled_from(METHOD_HOOKS), chances, st.booleans())),
    "attribute": (
        set_attribute,
        (
            st.sampled_from(STATE_NAMES)
            | either("default_status", "default_mimetype", "unrelated", "is_sequence")
            | either("automatically_set_content_length", "autocorrect_location_header")
            | either("implicit_sequence_conversion", "max_cookie_size"),
            attribute_values,
        ),
    ),
    "del": (
        lambda run, name: delattr(run.response, name),
        (st.sampled_from((*STATE_NAMES, *METHOD_HOOKS, "unrelated")),),
    ),
    "__init__": (again, (constructions,)),
    "construct": (make, (sides, constructions)),
    "__new__": (without_init, (sides,)),
    "get_wsgi_headers": (
        lambda run, environ: run.response.get_wsgi_headers(environ),
        (environs,),
    ),
    "get_app_iter": (
        lambda run, environ: list(run.response.get_app_iter(environ)),
        (environs,),
    ),
    "get_wsgi_response": (parts, (environs,)),
    "unbound": (
        unbound,
        (st.sampled_from(METHOD_HOOKS[:3]) | st.just("__call__"), environs),
    ),
}


def operation(actions: dict[str, Action]) -> Strategy:
    return st.one_of(
        *(
            st.tuples(st.just(name), st.tuples(*arguments))
            for name, (_, arguments) in actions.items()
        )
    )


emission = operation({"emit": OPERATIONS["emit"]})
programs = st.tuples(
    st.tuples(st.just("construct"), st.tuples(sides, constructions)),
    st.lists(operations, max_size=5),
    st.lists(emission, min_size=1, max_size=2),
)

# --- classes ----------------------------------------------------------------


class ClassRecipe(t.NamedTuple):
    """A subclass: what it overrides, and in which place."""

    place: str
    methods: dict[str, bool]
    attributes: dict[str, t.Any]
    properties: dict[str, t.Any]
    #: What the methods do besides.
    operation: Operation | None


def overriding(
    run: Run, owner: list[type], name: str, operation: t.Any, changed: bool
) -> t.Any:
    once = Noting(run, (None, operation))

    def method(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        once.note(name)
        value = getattr(super(owner[0], self), name)(*args, **kwargs)
        return CHANGES.get(name, lambda value: value)(value) if changed else value

    return method


def noted(run: Run, name: str, value: t.Any) -> property:
    def get(self: t.Any) -> t.Any:
        run.log.append(("property", name))
        return made(run, value)

    return property(get)


def define(run: Run, pair: Pair, cls: type[t.Any], recipe: ClassRecipe) -> type[t.Any]:
    owner: list[type[t.Any]] = []
    body = {
        **{
            name: overriding(run, owner, name, recipe.operation, changed)
            for name, changed in recipe.methods.items()
        },
        **{name: made(run, value) for name, value in recipe.attributes.items()},
        **{name: noted(run, name, value) for name, value in recipe.properties.items()},
    }
    if recipe.place == "mixin":
        owner.append(type("Mixin", (), body))
        return type("Own", (owner[0], cls), {})
    if recipe.place == "after" and cls in pair:
        # What comes between the fast class and the stock one.
        owner.append(type("Mixin", (pair.stock,), body))
        return type("Own", (owner[0],) if cls is pair.stock else (cls, owner[0]), {})
    if recipe.place == "patched" and cls in pair:
        owner.append(pair.stock)
        for name, value in body.items():
            if name in recipe.methods and name not in vars(pair.stock):
                continue
            if name in recipe.methods:
                value = replacing(run, name, vars(pair.stock)[name])
            run.stack.enter_context(
                mock.patch.object(pair.stock, name, value, create=True)
            )
        return cls
    own = type("Own", (cls,), {} if recipe.place == "later" else body)
    owner.append(own)
    if recipe.place == "later":
        # Let there be something to remember of the class as it was.
        with contextlib.suppress(Exception):
            own("x").get_wsgi_response({"REQUEST_METHOD": "GET"})
        for name, value in body.items():
            setattr(own, name, value)
    return own


def replacing(run: Run, name: str, following: t.Any) -> t.Any:
    def method(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        run.log.append(("patch", name))
        return following(self, *args, **kwargs)

    return method


class_recipes = st.builds(
    ClassRecipe,
    either("below", "mixin", "after", "later", "patched"),
    st.dictionaries(
        st.sampled_from((*METHOD_HOOKS, "__init__", "__call__")),
        st.booleans(),
        max_size=3,
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "default_status": either(404, "299 Odd", None, True, 200.0),
            "default_mimetype": either("text/css", "a/b", None, "ä", ""),
            "automatically_set_content_length": flags,
            "autocorrect_location_header": flags,
            "implicit_sequence_conversion": flags,
            "max_cookie_size": either(0, 5),
            "response": st.just([b"class"]),
            "_on_close": st.just([]),
        },
    ),
    st.dictionaries(
        st.sampled_from(
            (
                *("status", "status_code", "headers", "response", "direct_passthrough"),
                *("default_mimetype", "default_status", "autocorrect_location_header"),
                *("automatically_set_content_length", "is_sequence"),
            )
        ),
        either(200, "204 X", "text/x", [b"property"], Recipe("headers", [("A", "b")])),
        max_size=1,
    ),
    chances,
)

# --- the tests --------------------------------------------------------------


def compare(pair: Pair, classes: Classes, program: t.Any) -> None:
    construction, operations, emissions = program
    results = []
    for own in pair:
        renew_version_tags(own)
        run = Run(pair, own, classes)
        try:
            perform(run, construction)
            if run.response is None:
                perform(run, ("construct", ("stock", (("text",), {}))))
                perform(run, ("__class__=", ("own",)))
            for operation in (*operations, *emissions):
                perform(run, operation)
        finally:
            results.append(seen(run))
    assert results[1] == results[0]


@EACH_PAIR
@examples(250)
@hypothesis.given(program=programs)
def test_programs(pair: Pair, program: t.Any) -> None:
    compare(pair, [], program)


@EACH_PAIR
@examples(150)
@hypothesis.given(
    classes=st.lists(class_recipes, min_size=1, max_size=2), program=programs
)
def test_programs_on_classes(pair: Pair, classes: Classes, program: t.Any) -> None:
    compare(pair, classes, program)


# --- return values ----------------------------------------------------------

returned_headers = st.one_of(header_forms, recipes("callback", st.just((5, None))))
returned_bodies = st.one_of(
    bodies,
    recipes("response", st.tuples(sides, st.tuples(bodies, statuses, header_forms))),
    recipes("werkzeug", st.tuples(bodies, statuses)),
    recipes("wsgi", st.tuples(chunk_lists, either("200 OK", "odd"), pairs)),
    recipes("not found", either(None, "text")),
    either(int, len, NotFound, True, 1.5, {"ä": [1.5, None]}, [[]]),
)
returned = st.one_of(
    returned_bodies,
    st.tuples(returned_bodies, statuses | returned_headers),
    st.tuples(returned_bodies, statuses, returned_headers),
    st.tuples(returned_bodies, returned_headers, statuses),
    st.tuples(returned_bodies),
    st.tuples(returned_bodies, statuses, header_forms, st.none()),
    recipes("tuple", st.tuples(returned_bodies, statuses)),
    recipes("list", st.lists(returned_bodies, max_size=3)),
)


def app_of(kind: str, response_class: type[t.Any]) -> flask.Flask:
    app = flask.Flask("app")
    app.testing = True
    app.response_class = response_class
    if kind == "extension":
        fastresp.FastResp(app)
    return app


def through_app(run: Run, app: flask.Flask, value: t.Any, sent: list[t.Any]) -> str:
    def program() -> t.Any:
        run.response = app.make_response(made(run, value))
        return type(run.response).__name__

    def after(response: t.Any) -> t.Any:
        run.log.append(outcome(lambda: state(response)))
        response.headers["X-After"] = "1"
        return response

    app.after_request_funcs[None] = [after]
    app.view_functions["view"] = lambda: made(run, value)
    app.url_map.add(app.url_rule_class("/", endpoint="view"))
    with app.test_request_context("/"):
        run.log.append(outcome(program))
        run.log.append(outcome(lambda: state(run.response)))
        for operation in sent:
            perform(run, operation)
    run.log.append(outcome(lambda: send(run, app, BASE_ENVIRON, ["all", "close"])))
    return seen(run)


@pytest.mark.parametrize("kind", ("response_class", "extension", "own"))
@examples(150)
@hypothesis.given(
    value=returned,
    classes=st.lists(class_recipes, max_size=1),
    sent=st.lists(emission, max_size=2),
)
def test_return_values(kind: str, value: t.Any, classes: Classes, sent: t.Any) -> None:
    pair = PAIRS["flask"]
    results = []
    for own in pair:
        renew_version_tags(own)
        # An app's own class is written for Flask; the extension accelerates it.
        run = Run(pair, pair.stock if kind == "own" else own, classes)
        app = app_of(
            "extension" if kind != "response_class" and own is pair.fast else "stock",
            run.classes["own"],
        )
        try:
            results.append(through_app(run, app, value, sent))
        finally:
            run.stack.close()
    assert results[1] == results[0]


# --- the functions that are usable alone --------------------------------------


def called(function: t.Callable[[t.Any], t.Any], run: Run, value: t.Any) -> str:
    run.log.append(outcome(lambda: describe(function(made(run, value)))))
    return seen(run)


@examples(500)
@hypothesis.given(
    status=statuses.filter(lambda status: status is not None)
    | st.text()
    | st.integers()
    | st.from_regex(r"\A\s*[0-9_٣]{1,7}( .*)?", fullmatch=True)
    | st.floats()
)
def test_render_status(status: t.Any) -> None:
    stock, fast = (Run(pair, pair.stock) for pair in [PAIRS["werkzeug"]] * 2)
    assert called(_core.render_status, fast, status) == called(
        WerkzeugResponse()._clean_status, stock, status
    )


@examples(500)
@hypothesis.given(
    headers=header_forms | st.dictionaries(st.text(), st.text()) | bodies | mappings
)
def test_normalize_headers(headers: t.Any) -> None:
    stock, fast = (Run(pair, pair.stock) for pair in [PAIRS["werkzeug"]] * 2)
    assert called(_core.normalize_headers, fast, headers) == called(
        lambda value: list(Headers(value)), stock, headers
    )
