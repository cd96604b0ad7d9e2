"""Random programs over a response, on random classes: what may be drawn, how a
program runs, and what can be seen of it.
"""

from __future__ import annotations

import collections
import collections.abc as cabc
import contextlib
import datetime as dt
import gc
import inspect
import io
import time
import typing as t
import warnings
from http import HTTPStatus

import bodies as odd_bodies
import header_programs
import response_programs
from choices import ASCII
from choices import binary
from choices import Choice
from choices import deferred
from choices import dictionaries
from choices import either
from choices import integers
from choices import just
from choices import LATIN
from choices import lists
from choices import one_of
from choices import seldom
from choices import some_of
from choices import text
from choices import tuples
from conftest import Pair
from parity import BODY_TYPES
from parity import catching
from parity import describe
from parity import outcome_among
from parity import state
from parity import unaddressed
from werkzeug.datastructures import Headers
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.local import LocalProxy
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

# --- one run ----------------------------------------------------------------


def as_stock(text: str) -> str:
    """Without addresses, and with Werkzeug's iterator in the place of ours."""
    text = unaddressed(text)
    if any(name in text for name in BODY_TYPES):
        for ours, theirs in BODY_TYPES.items():
            text = text.replace(
                f"fastresp._compiled.core.{ours}", f"werkzeug.wsgi.{theirs}"
            )
            text = text.replace(ours, theirs)
    return text


class Run:
    """What the parts of one program share on one implementation."""

    def __init__(self, pair: Pair, own: type[t.Any], classes: Classes = ()) -> None:
        self.log: list[t.Any] = []
        # On the fast implementation, objects change sides.
        self.pair = pair
        self.classes = {"own": own, "stock": pair.stock}
        for recipe in classes:
            self.classes["own"] = define(self, pair, own, recipe)
        self.caught: list[warnings.WarningMessage] = []
        self.response: t.Any = None
        self.app_iter: t.Any = None
        self.iterator: t.Any = None
        self.over = False
        #: All that could be seen, at the end.
        self.seen = ""
        #: How often an operation succeeded, and failed.
        self.tally: Tally = collections.Counter()

    def outcome(self, program: cabc.Callable[[], t.Any]) -> t.Any:
        return outcome_among(self.caught, program)

    def drop(self) -> t.Any:
        """The response, which is nobody's but the caller's then."""
        response, self.response = self.response, None
        return response

    @contextlib.contextmanager
    def running(self) -> cabc.Iterator[None]:
        with catching() as self.caught:
            try:
                yield
            finally:
                self.over = True

    def end(self) -> None:
        self.seen = as_stock(repr(self.log))

    def forget(self) -> None:
        """Leaves the collector less to do: most of a run is its log."""
        self.log.clear()
        self.response = self.app_iter = self.iterator = None


class Recipe(t.NamedTuple):
    """A value that each run makes anew."""

    kind: str
    content: t.Any


Operation = tuple[str, tuple[t.Any, ...]]
Tally = collections.Counter[tuple[str, bool]]
Classes = cabc.Sequence["ClassRecipe"]


def made(run: Run, value: t.Any) -> t.Any:
    if isinstance(value, Recipe):
        return KINDS[value.kind](run, made(run, value.content))
    if type(value) in (list, tuple):
        return type(value)([made(run, item) for item in value])
    if type(value) is dict:
        return {key: made(run, item) for key, item in value.items()}
    return value


def snapshot(response: t.Any) -> t.Any:
    try:
        return state(response)
    except Exception as error:
        return type(error).__name__, str(error)


def perform(run: Run, operation: Operation) -> None:
    """One operation, with all that can be seen of it, into the log."""
    if run.over:
        # Something that is closed late.
        return
    name, content = operation

    def program() -> t.Any:
        value = OPERATIONS[name].do(run, *made(run, content))
        return None if value is run.response else describe(value)

    result = run.outcome(program)
    run.tally[name, "error" not in result] += 1
    run.log.append((name, result, snapshot(run.response)))


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


def odd_body(run: Run, content: tuple[str, str]) -> t.Any:
    kind, chunks = content
    if kind in odd_bodies.OTHERS:
        return odd_bodies.OTHERS[kind](run.log.append)  # type: ignore[arg-type]
    # An exception that was raised holds on to what raised it.
    fresh = [
        type(chunk)(*chunk.args) if isinstance(chunk, BaseException) else chunk
        for chunk in odd_bodies.CHUNKS[chunks]
    ]
    return odd_bodies.KINDS[kind](run.log.append, fresh)  # type: ignore[arg-type]


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
    "odd body": odd_body,
    "object": lambda run, content: object(),
    "environ": lambda run, content: {**BASE_ENVIRON, **content},
}


def recipes(kind: str, content: Choice) -> Choice:
    return content.map(lambda content: Recipe(kind, content))


# fastresp refuses to send CR, LF and NUL in a status or a name, and NUL in a value,
# where Werkzeug sends them: tests/differential/test_injection.py has them.
BREAKS = "\r\n\0"
line = text(8, BREAKS)
latin = text(20, BREAKS, ASCII + LATIN)
common_names = either(
    *("A", "B", "X-Long-Name", "content-type", "Content-Type", "CONTENT-TYPE"),
    *("Content-Length", "content-length", "Location", "locatioN", "Set-Cookie"),
    *("Content-Location", "content-location", "ETag", "Date", "Expires", "Vary"),
    *("Content-Language", "Content-Encoding", "Last-Modified"),
)
names = one_of(
    common_names | either("ä", "→", ""),
    latin,
    line,
    recipes("text", either("A", "Content-Length")),
)
plain_values = one_of(
    either(
        "", "1", "a b", "ä", "→", "/ä b?ö#ü", "//h/%zz", "http://ü.de:99999/", "x;y"
    ),
    text(8, BREAKS),
    either(0, -1, 10**20, 5000, True),
)
operations = deferred(lambda: operation(OPERATIONS))
chances = seldom(operations)
values = one_of(
    plain_values,
    either(None, 1.5, b"bytes", "a\nb", "a\rb", HTTPStatus.OK),
    recipes("text", either("t", "a\nb", "")),
)
several = one_of(values, lists(values, max_size=2), tuples(values, values))
pairs = lists(tuples(names, values), max_size=4)
mappings = dictionaries(names, several, max_size=4)
common_values = either("1", "a b", "ä", "/ä b?ö#ü", "text/css", 5, 0, "no-store")
common_pairs = lists(tuples(common_names, common_values), max_size=5)
header_forms = one_of(
    just(None),
    common_pairs,
    common_pairs.map(dict),
    recipes("headers", common_pairs),
    pairs,
    mappings,
    pairs.map(tuple),
    recipes("dict", mappings),
    recipes("list", pairs),
    recipes("headers", one_of(just(None), pairs, mappings)),
    recipes("multidict", pairs),
    recipes("generator", pairs),
    lists(one_of(lists(plain_values, max_size=3), just("ab"), just(None))),
    dictionaries(one_of(integers(-9, 9), just(None)), values, max_size=2),
    either(0, "", "ab", 5, b"", False),
)
chunks = one_of(
    either("text", b"bytes", "", b"", "ü→", "\ud800", 5, None, b"x" * 3000, "y" * 3000),
    text(4),
    binary(4),
    recipes("text", either("t", "ä")),
    recipes("bytearray", binary(4)),
    recipes("memoryview", binary(4)),
    recipes("range", either(0, 5, 2**62, 2**63 - 1)),
    recipes("stop", either("stop")),
    recipes("proxy", either("ö", b"b", 5)),
    recipes("chunk", tuples(either(b"abc", b"", None), chances)),
    recipes("proxy chunk", tuples(either(b"abc", "ü", None), chances)),
)
chunk_lists = lists(chunks, max_size=4)
# One ignores that it is closed, others leave a file to the garbage collector.
QUIET_BODIES = sorted(
    set(odd_bodies.OTHERS) - {"stubborn", "real file", "wrapped real file"}
)
common_chunks = either("text", b"bytes", "ü→", "", b"x" * 100)
common_bodies = one_of(
    common_chunks,
    lists(common_chunks),
    recipes("generator", lists(common_chunks)),
    either(None),
)
bodies = one_of(
    common_bodies,
    recipes("file", just(b"one\ntwo\nthree")),
    either(None, "", b"", "text", b"bytes", "ü→", "\ud800", 5, "z" * 3000, ()),
    text(6),
    binary(6),
    chunk_lists,
    chunk_lists.map(tuple),
    dictionaries(text(3), integers(-9, 9), max_size=2),
    recipes("text", either("t", "ä", "\ud800")),
    recipes("bytearray", binary(4)),
    recipes("proxy", either("ö", b"b", 5, [b"x"])),
    recipes("file", binary(4)),
    recipes("object", just(None)),
    *(recipes(kind, chunk_lists) for kind in ("list", "tuple", "iterator")),
    *(recipes(kind, chunk_lists) for kind in ("generator", "failing")),
    recipes("body", tuples(chunk_lists, chances)),
    recipes("odd body", tuples(either(*odd_bodies.KINDS), either(*odd_bodies.CHUNKS))),
    recipes("odd body", tuples(either(*QUIET_BODIES), just(None))),
)
statuses = one_of(
    just(None),
    either(200, 201, 204, 304, 404, 500, "200 OK", "299 Odd"),
    either(200, 201, 204, 304, 100, 404, 0, -1, 999, 2**31, 2**70, True, 1.5),
    either("200", "404 Odd", "odd", "", " ", " 200", "204 ", "1_0 x", "٣٠٤", "0304 x"),
    either(HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.IM_A_TEAPOT, b"200 OK", ()),
    integers(90, 600),
    line,
    recipes("text", either("200 OK", "404", "")),
    recipes("status", tuples(either("200 A", "304", "\xa0"), operations)),
)
media_types = one_of(
    just(None),
    either("text/html", "text/plain", "application/json", "a/b+xml", "", "ä", "→", 5),
    either("a\nb", "TEXT/HTML", b"text/css", ["x"]),
    recipes("text", either("text/css", "x/y")),
)
flags = either(False, True, None, 0, 1, "", "yes")
ARGUMENTS: dict[str, Choice] = {
    "response": bodies,
    "status": statuses,
    "headers": header_forms,
    "mimetype": media_types,
    "content_type": media_types,
    "direct_passthrough": flags,
}
common_constructions = tuples(
    tuples(
        common_bodies, either(None, 200, 201, 204, 304, 404, "299 Odd"), common_pairs
    ),
    just({}),
)
constructions = one_of(
    *[common_constructions] * 4,
    tuples(
        one_of(
            tuples(),
            tuples(bodies),
            tuples(bodies, statuses),
            tuples(bodies, statuses, header_forms),
            tuples(*ARGUMENTS.values()),
        ),
        just({}),
    ),
    tuples(just(()), some_of(ARGUMENTS)),
    tuples(tuples(bodies), some_of(ARGUMENTS)),
    tuples(just(()), dictionaries(either("status", "odd", "self"), statuses, 1)),
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
        run.log.append((step, run.outcome(lambda: STEPS[step](run))))  # noqa: B023


def send_off(run: Run, environ: t.Any, steps: list[str], next_one: t.Any) -> None:
    """As a server does: nobody has the response any more, and then there is another
    one, which may be made of its parts."""
    response = run.drop()
    try:
        send(run, response, environ, steps)
    finally:
        run.app_iter = run.iterator = None
        del response
        run.response = run.classes["own"]("next")
        make(run, "own", next_one)


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


def change_class(run: Run, side: str) -> None:
    run.response.__class__ = run.classes[side]


def force(run: Run, side: str, value: t.Any, environ: t.Any) -> None:
    response = run.response if value is None else value
    run.response = run.classes[side].force_type(response, environ)


def on_header_lines(response: t.Any, code: str, more: bool) -> t.Any:
    if more:
        response.headers.extend(header_programs.ITEMS)
    return header_programs.run(code, response.headers)


def swap_dict(response: t.Any, kind: type[t.Any]) -> None:
    response.__dict__ = kind(reversed(list(vars(response).items())))


def set_hook(run: Run, name: str, operation: Operation | None, changed: t.Any) -> None:
    once = Noting(run, (None, operation))

    def hook(*args: t.Any, **kwargs: t.Any) -> t.Any:
        once.note(name)
        value = getattr(type(run.response), name)(run.response, *args, **kwargs)
        return CHANGES.get(name, lambda value: value)(value) if changed else value

    setattr(run.response, name, hook)


def conditional(
    response: t.Any, environ: dict[str, str], ranges: t.Any, size: t.Any
) -> None:
    environ = {**BASE_ENVIRON, **environ}
    if "tag" in environ:
        environ["HTTP_IF_NONE_MATCH"] = response.headers.get("ETag", '"none"')
    response.make_conditional(environ, ranges, size)


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
environs = one_of(
    *[recipes("environ", either({}, {"REQUEST_METHOD": "HEAD"}))] * 12,
    either("GET", "HEAD", "head", "", None, 5).map(lambda m: {"REQUEST_METHOD": m}),
    recipes("dict", either({"REQUEST_METHOD": "HEAD"}, {"REQUEST_METHOD": "GET"})),
    recipes("text", either("HEAD", "GET")).map(lambda m: {"REQUEST_METHOD": m}),
    either({}, None, 5, []),
)
either_of_steps = one_of(
    either(["all", "close"], ["next", "close"], ["close"], ["close response", "all"]),
    lists(either(*STEPS), max_size=6),
)
sides = either("own", "stock")
callbacks = recipes("callback", tuples(just(None), chances))
attribute_values = one_of(
    either(None, 0, 1, False, True, "", "text", "a/b", 404, "299 X", 2**70, ["x"], ()),
    header_forms,
    bodies,
    lists(callbacks, max_size=2),
)
cookie_names = one_of(either("a", "session"), either("ü", "", "a=b"), text(4, BREAKS))
COOKIE: dict[str, Choice] = {
    # The others are escaped by fastresp alone: a deviation.
    "value": one_of(
        either("v", "ä;", 'quo"te', "a b", ""),
        either("v", "x" * 5000, 5, None),
        text(8, "".join(map(chr, range(0x1A, 0x20)))),
    ),
    "max_age": one_of(
        either(None, 0, 60, dt.timedelta(days=1)),
        either(None, -1, 1.5, "5", "never", 10**15),
        integers(-(10**6), 10**12),
    ),
    "expires": one_of(
        either(None, 0, 1.5, "any text", response_programs.EPOCH),
        either(None, 10**15),
        integers(-(10**11), 10**12),
        integers(0, 10**10).map(
            lambda seconds: response_programs.EPOCH + dt.timedelta(0, seconds / 8)
        ),
    ),
    "path": one_of(either("/", "/ä", None, "", "/a;b"), either("/", 5)),
    "domain": one_of(
        either(None, "h.example", ".h:80", "ü.example"), either(None, "h_.", "", 5)
    ),
    "secure": either(False, True, 1),
    "httponly": either(False, True),
    "samesite": one_of(either(None, "lax", "Strict", "NONE"), either(None, "x", 5)),
    "partitioned": either(False, True),
}
# Not all in Werkzeug 3.0.
COOKIE = {
    name: choice
    for name, choice in COOKIE.items()
    if name in inspect.signature(WerkzeugResponse.set_cookie).parameters
}
DELETE_COOKIE = {name: COOKIE[name] for name in list(COOKIE)[3:]}


class Action(t.NamedTuple):
    """What an operation does with a run, and what its arguments may be."""

    do: t.Callable[..., t.Any]
    arguments: tuple[Choice, ...]


def action(do: t.Callable[..., t.Any], *arguments: Choice) -> Action:
    return Action(do, arguments)


def on(do: t.Callable[..., t.Any], *arguments: Choice) -> Action:
    """With the response of the run."""
    return Action(lambda run, *args: do(run.response, *args), arguments)


indexes = integers(-3, 3)
places = names | indexes | tuples(indexes, indexes).map(lambda ends: slice(*ends))
#: Of headers, of responses; and what is only looked at.
HEADERS_ARGUMENTS: dict[str, tuple[Choice, ...]] = {
    "add": (names, values),
    "add_header": (names, values),
    "get": (names,),
    "getlist": (names,),
    "setdefault": (names, values),
    "setlistdefault": (names, lists(values, max_size=3)),
    "popitem": (),
    "__getitem__": (places,),
    "__delitem__": (places,),
    "__contains__": (names,),
    "__eq__": (header_forms,),
    "__ior__": (header_forms,),
    "__or__": (header_forms,),
    "copy": (),
    "to_wsgi_list": (),
    "set": (names, values),
    "remove": (names,),
    "extend": (header_forms,),
    "update": (header_forms,),
    "clear": (),
    "pop": (places, just(None)),
    "setlist": (names, lists(values, max_size=3)),
    "__setitem__": (places, values | tuples(names, values) | pairs),
}
METHOD_ARGUMENTS: dict[str, tuple[Choice, ...]] = {
    "set_data": (bodies,),
    "get_data": (flags,),
    "call_on_close": (callbacks,),
    "make_sequence": (),
    "freeze": (),
    "add_etag": (),
    "__repr__": (),
    "close": (),
    "calculate_content_length": (),
    "get_wsgi_headers": (environs,),
}
READ = ("is_sequence", "is_streamed", "status", "data", "json", "headers")
ASSIGNED: dict[str, Choice] = {
    "headers": header_forms,
    "status": statuses,
    "status_code": statuses,
    "data": bodies,
    "mimetype": media_types,
    "content_type": media_types,
    "response": bodies,
    "direct_passthrough": flags,
    "content_length": either(None, 5, "x"),
    "location": either(None, "/ä", "http://ü.de"),
}
conditions = either(
    {},
    {"HTTP_IF_NONE_MATCH": "*"},
    {"HTTP_IF_MATCH": '"x"'},
    {"HTTP_RANGE": "bytes=1-2"},
    {"HTTP_RANGE": "bytes=9-"},
    {"HTTP_RANGE": "bytes=0-0,2-", "HTTP_IF_RANGE": '"x"'},
    {"HTTP_IF_MODIFIED_SINCE": "Thu, 01 Jan 1970 00:00:01 GMT"},
    {"HTTP_IF_NONE_MATCH": 'W/"x", "a", odd'},
    {"tag": "own"},
    {"tag": "own", "REQUEST_METHOD": "HEAD"},
    {"tag": "own", "REQUEST_METHOD": "POST"},
    {"tag": "own", "HTTP_RANGE": "bytes=-2", "HTTP_IF_RANGE": "odd"},
)
# Raw pairs, which no method has looked at.
raw_fields = lists(
    tuples(names, plain_values | just("a\nb"))
    | tuples(names)
    | either(None, 5, ["A", "b"], ("A", "b", "c")),
    max_size=2,
)
forced = one_of(
    just(None),
    recipes("wsgi", tuples(chunk_lists, either("200 OK", "404"), pairs)),
    recipes("werkzeug", tuples(bodies, statuses)),
)
attribute_names = one_of(
    either(*STATE_NAMES),
    either("default_status", "default_mimetype", "unrelated", "is_sequence"),
    either("automatically_set_content_length", "autocorrect_location_header"),
    either("implicit_sequence_conversion", "max_cookie_size"),
)
header_lines = either(
    *header_programs.READING,
    # That is endless in Werkzeug, too, after one by which set() adds.
    *(
        code
        for code in header_programs.WRITING
        if code != "h.update(h)" and "\\0" not in code
    ),
    *header_programs.WHOLES,
    *header_programs.ODD_STATE,
)
OPERATIONS: dict[str, Action] = {
    **{
        f"headers.{name}": on(
            lambda r, *args, name=name: getattr(r.headers, name)(*args), *arguments
        )
        for name, arguments in HEADERS_ARGUMENTS.items()
    },
    **{
        name: on(lambda r, *args, name=name: getattr(r, name)(*args), *arguments)
        for name, arguments in METHOD_ARGUMENTS.items()
    },
    **{name: on(lambda r, name=name: getattr(r, name)) for name in READ},
    **{
        f"{name}=": on(lambda r, value, name=name: setattr(r, name, value), choice)
        for name, choice in ASSIGNED.items()
    },
    "headers._list": on(lambda r, new: r.headers._list.extend(new), raw_fields),
    "headers._list=": on(
        lambda r, new: setattr(r.headers, "_list", new),
        one_of(pairs, recipes("list", pairs), just(None), pairs.map(tuple)),
    ),
    "set_cookie": on(
        lambda r, name, args: r.set_cookie(name, **args), cookie_names, some_of(COOKIE)
    ),
    "set_cookie()": on(
        lambda r, *args: r.set_cookie(*args), cookie_names, *COOKIE.values()
    ),
    "delete_cookie": on(
        lambda r, name, args: r.delete_cookie(name, **args),
        cookie_names,
        some_of(DELETE_COOKIE),
    ),
    "delete_cookie()": on(
        lambda r, *args: r.delete_cookie(*args),
        *(cookie_names, DELETE_COOKIE["path"], DELETE_COOKIE["domain"]),
    ),
    "stream": on(lambda r, value: r.stream.write(value), chunks),
    "get_app_iter": on(lambda r, environ: list(r.get_app_iter(environ)), environs),
    "attribute": on(setattr, attribute_names, attribute_values),
    "del": on(delattr, either(*STATE_NAMES, *METHOD_HOOKS, "unrelated")),
    "__dict__=": on(swap_dict, either(dict, Dict)),
    "__init__": on(lambda r, args: r.__init__(*args[0], **args[1]), constructions),
    "conditional": on(conditional, conditions, flags, either(None, 4, 0)),
    "emit": action(emit, environs, either_of_steps),
    "send off": action(send_off, environs, either_of_steps, common_constructions),
    "force_type": action(
        force, sides, forced, just(None) | recipes("environ", just({}))
    ),
    "__class__=": action(change_class, sides),
    "lines": on(
        lambda r, code: response_programs.run(code, r),
        either(
            *(*response_programs.ETAGS, *response_programs.DATA),
            *(*response_programs.STATUS, *response_programs.SETS),
        ),
    ),
    "header lines": on(on_header_lines, header_lines, either(False, True)),
    "hook": action(set_hook, either(*METHOD_HOOKS), chances, either(False, True)),
    "construct": action(make, sides, constructions),
    "__new__": action(without_init, sides),
    "get_wsgi_response": action(parts, environs),
    "unbound": action(unbound, either(*METHOD_HOOKS[:3], "__call__"), environs),
}


def operation(actions: dict[str, Action]) -> Choice:
    return one_of(
        *(
            tuples(just(name), tuples(*arguments))
            for name, (_, arguments) in actions.items()
        )
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


def overriding(run: Run, owner: list[type], name: str, recipe: ClassRecipe) -> t.Any:
    once = Noting(run, (None, recipe.operation))
    changed = recipe.methods[name]

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
        **{name: overriding(run, owner, name, recipe) for name in recipe.methods},
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
    own = type("Own", (cls,), {} if recipe.place == "later" else body)
    owner.append(own)
    if recipe.place == "later":
        # Let there be something to remember of the class as it was.
        with contextlib.suppress(Exception):
            own("x").get_wsgi_response({"REQUEST_METHOD": "GET"})
        for name, value in body.items():
            setattr(own, name, value)
    return own


class_recipes = tuples(
    either("below", "mixin", "after", "later"),
    dictionaries(
        either(*METHOD_HOOKS, "__init__", "__call__"), either(False, True), max_size=3
    ),
    some_of(
        {
            "default_status": either(404, "299 Odd", None, True, 200.0),
            "default_mimetype": either("text/css", "a/b", None, "ä", ""),
            "automatically_set_content_length": flags,
            "autocorrect_location_header": flags,
            "implicit_sequence_conversion": flags,
            "max_cookie_size": either(0, 5),
            "response": just([b"class"]),
            "_on_close": just([]),
        },
    ),
    dictionaries(
        either(
            *("status", "status_code", "headers", "response", "direct_passthrough"),
            *("default_mimetype", "default_status", "autocorrect_location_header"),
            *("automatically_set_content_length", "is_sequence"),
        ),
        either(200, "204 X", "text/x", [b"property"], Recipe("headers", [("A", "b")])),
        max_size=1,
    ),
    chances,
).map(lambda parts: ClassRecipe(*parts))

# --- whole programs ---------------------------------------------------------


class Program(t.NamedTuple):
    construction: Operation
    operations: list[Operation]
    emissions: list[Operation]
    classes: Classes


emission = operation({"emit": OPERATIONS["emit"]})
construction = tuples(just("construct"), tuples(sides, constructions))
programs = tuples(
    construction,
    lists(operations, max_size=6),
    lists(emission, min_size=1, max_size=2),
    just(()),
).map(lambda parts: Program(*parts))
class_lists = lists(class_recipes, min_size=1, max_size=2)
programs_on_classes = tuples(programs, class_lists).map(
    lambda parts: parts[0]._replace(classes=parts[1])
)


def run_program(pair: Pair, own: type[t.Any], program: Program) -> Run:
    run = Run(pair, own, program.classes)
    with run.running():
        perform(run, program.construction)
        if run.response is None:
            perform(run, ("construct", ("stock", (("text",), {}))))
            perform(run, ("__class__=", ("own",)))
        for operation in (*program.operations, *program.emissions):
            perform(run, operation)
    return run


@contextlib.contextmanager
def without_collector() -> cabc.Iterator[None]:
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def on_both(pair: Pair, one_run: cabc.Callable[[type[t.Any]], Run]) -> tuple[Run, Run]:
    """The runs on the stock and on the fast class; again, should a second begin, or
    half of one, which cookies and dates go by. When garbage is collected is no part
    of it."""
    with without_collector():
        for _ in range(20):
            moment = int(2 * time.time())
            runs = []
            for own in pair:
                run = one_run(own)
                run.end()
                runs.append(run)
            if int(2 * time.time()) == moment:
                break
        if runs[0].seen == runs[1].seen:
            for run in runs:
                run.forget()
    return runs[0], runs[1]


def compare(pair: Pair, program: Program) -> tuple[Run, Run]:
    return on_both(pair, lambda own: run_program(pair, own, program))
