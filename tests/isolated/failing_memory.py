"""Wherever memory runs out there is a MemoryError or the right answer, nothing wrong
is sent, and afterwards everything works as before.

Arguments: ``fast`` or ``stock`` for what is run; how many places of each program
are tried at most, 0 for all of them, and more than once; which programs, by a part
of their names.
"""

from __future__ import annotations

import array
import collections.abc as cabc
import dataclasses
import functools
import gc
import mmap
import re
import struct
import sys
import typing as t
from types import FrameType
from types import SimpleNamespace

import failing
import flask
import leaks_construction
import leaks_cookies
import leaks_dispatch
import leaks_emission
import leaks_http1
import leaks_json
from leaks_emission import GET
from leaks_emission import HEAD
from werkzeug import exceptions
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import http1
from fastresp import wrappers

#: For what is made of a number.
NUMBER = 1007
#: How often something has to be left behind.
TIMES = 30


class Sink:
    """What a server is given."""

    def __init__(self) -> None:
        self.started: list[t.Any] = []
        self.chunks: list[bytes] = []

    def start_response(self, *args: t.Any) -> cabc.Callable[[bytes], None]:
        self.started.append(args)
        return self.chunks.append

    def take(self, parts: tuple[bytes, bytes]) -> int:
        """As a socket's ``sendmsg``, which may take less than everything."""
        data = b"".join(parts)[:1000]
        self.chunks.append(data)
        return len(data)

    def send(self, response: t.Any, environ: dict[str, t.Any] = GET) -> t.Any:
        sys._getframe()
        app_iter = response(environ, self.start_response)
        try:
            for chunk in app_iter:
                self.chunks.append(chunk)
        finally:
            if hasattr(app_iter, "close"):
                app_iter.close()
        return response


#: Some first ask for their frame, so that there is one when an exception passes by:
#: CPython may have no memory for it, and lose the exception.
Program = cabc.Callable[[Sink], object]


class Side(t.NamedTuple):
    app: flask.Flask
    classes: tuple[type[t.Any], ...]


# --- programs --------------------------------------------------------------


def built(side: Side) -> cabc.Iterator[tuple[str, Program]]:
    """Every form of construction and of emission."""
    cls = side.app.response_class
    forms = {
        "response": leaks_construction.BODIES,
        "status": leaks_construction.STATUSES,
        "headers": leaks_construction.HEADERS,
    }
    for place, makes in forms.items():
        for name, make in makes.items():
            yield f"{place}, {name}", functools.partial(constructed, cls, place, make)
    for name, make in leaks_construction.KEYWORDS.items():
        yield f"keywords, {name}", functools.partial(with_keywords, cls, make)
    for name, make in leaks_construction.WRONG.items():
        yield f"wrong, {name}", functools.partial(with_arguments, cls, make)
    sent = {**leaks_emission.RESPONSES, **leaks_emission.REFUSED}
    for name, response in sent.items():
        for index, one in enumerate(side.classes):
            yield (
                f"{('Werkzeug', 'Flask')[index]}, sent, {name}",
                functools.partial(whole, one, response, GET),
            )
        yield f"by HEAD, {name}", functools.partial(whole, cls, response, HEAD)
        yield f"parts, {name}", functools.partial(parts, cls, response)


def constructed(cls: type[t.Any], place: str, make: t.Any, sink: Sink) -> object:
    return cls(**{place: make(NUMBER)})


def with_keywords(cls: type[t.Any], make: t.Any, sink: Sink) -> object:
    return cls(**make(NUMBER))


def with_arguments(cls: type[t.Any], make: t.Any, sink: Sink) -> object:
    return cls(*make(NUMBER))


def whole(cls: type[t.Any], make: t.Any, environ: t.Any, sink: Sink) -> object:
    sys._getframe()
    return sink.send(make(cls, NUMBER), environ)


def parts(cls: type[t.Any], make: t.Any, sink: Sink) -> object:
    sys._getframe()
    response = make(cls, NUMBER)
    headers = response.get_wsgi_headers(GET)
    app_iter, status, items = response.get_wsgi_response(GET)
    response.close()
    return list(headers), list(app_iter), status, items


def used(side: Side) -> cabc.Iterator[tuple[str, Program]]:
    """What is done with a response between its making and its sending."""
    cls = side.app.response_class
    cookies = {**leaks_cookies.COOKIES, **leaks_cookies.REFUSED}
    for name, arguments in cookies.items():
        if "from now" not in name and name not in ("all", "timedelta"):
            yield f"cookie, {name}", functools.partial(cookie, cls, arguments)
    yield "subclass", functools.partial(subclass, cls)
    yield "many", functools.partial(many, side.app)
    yield "recycled from little room", functools.partial(recycled, side.app)
    for function in (
        changed_headers,
        deleted_cookie,
        entity_tag,
        not_modified,
        sets,
        called_on_close,
        session,
    ):
        yield function.__name__, functools.partial(function, side.app)


def cookie(cls: type[t.Any], arguments: t.Any, sink: Sink) -> object:
    response = cls("text")
    response.set_cookie(f"k{NUMBER}", **arguments(NUMBER))
    return sink.send(response)


def deleted_cookie(app: flask.Flask, sink: Sink) -> object:
    response = app.response_class("text")
    response.delete_cookie("key")
    response.delete_cookie("key", "/path", domain="host.example")
    return sink.send(response)


def changed_headers(app: flask.Flask, sink: Sink) -> object:
    response = app.response_class("text", headers={"X-A": "1", "X-B": "2"})
    headers = response.headers
    headers["X-C"] = f"{NUMBER}"
    headers["x-a"] = 2
    headers.add("Set-Cookie", f"{NUMBER}")
    headers.add("Set-Cookie", NUMBER)
    headers.update({"X-D": NUMBER, "x-b": f"{NUMBER}"})
    headers.extend([("X-E", f"{NUMBER}"), ("X-F", 3)])
    headers.setdefault("X-G", f"{NUMBER}")
    del headers["x-c"]
    found = [
        headers.pop("X-E"),
        headers.pop("X-E", None),
        headers.get("X-F"),
        headers.getlist("set-cookie"),
        list(headers),
        headers == headers.copy(),
        "x-z" in headers,
    ]
    headers.set("Set-Cookie", "x")
    headers.remove("X-G")
    sink.send(response)
    return found


def entity_tag(app: flask.Flask, sink: Sink) -> object:
    response = app.response_class(f"text {NUMBER}")
    response.add_etag()
    response.add_etag(overwrite=True, weak=True)
    return sink.send(response)


def without_date(response: t.Any) -> object:
    """It is another one each second."""
    dates = [value for name, value in response.headers if name == "Date"]
    assert [len(date) for date in dates] == [29]
    response.headers.remove("Date")
    return response


TAGGED = create_environ()
TAGGED["HTTP_IF_NONE_MATCH"] = '"372ea08cab33e71c02c651dbc83a474d32c676ea"'


def not_modified(app: flask.Flask, sink: Sink) -> object:
    response = app.response_class("text")
    response.add_etag()
    return sink.send(without_date(response.make_conditional(TAGGED)))


def sets(app: flask.Flask, sink: Sink) -> object:
    response = app.response_class("text")
    response.vary.add("Cookie")
    response.vary.update(("Origin", f"X-{NUMBER}"))
    response.allow.add("GET")
    response.vary.discard("origin")
    return sink.send(response)


def called_on_close(app: flask.Flask, sink: Sink) -> object:
    called: list[int] = []
    response = app.response_class(["a", "ä"])
    response.call_on_close(lambda: called.append(1))
    sink.send(response)
    return called


def session(app: flask.Flask, sink: Sink) -> object:
    flask.session.clear()
    flask.session["number"] = NUMBER
    response = app.process_response(app.make_response("text"))
    # Its signature has the time.
    (value,) = response.headers.getlist("Set-Cookie")
    response.headers.remove("Set-Cookie")
    assert value.startswith("session=ey") and value.endswith("; HttpOnly; Path=/")
    return sink.send(response)


def subclass(cls: type[t.Any], sink: Sink) -> object:
    """A class that nothing is known of."""
    own = type("Response", (cls,), {"default_mimetype": "text/plain"})
    sink.send(own("text", 404))
    own = type("Response", (cls,), {"get_app_iter": cls.get_app_iter})
    return [str(type(sink.send(own(["text"]))))]


def many(app: flask.Flask, sink: Sink) -> object:
    """More responses than are kept for recycling, and again."""
    for count in (20, 20):
        iterators = [
            app.make_response((f"{number}", 200 + number))(GET, sink.start_response)
            for number in range(count)
        ]
        for app_iter in iterators:
            sink.chunks.extend(app_iter)
        iterators.clear()
        del app_iter
    return None


def recycled(app: flask.Flask, sink: Sink) -> object:
    """One that has little room for the fields of the next one."""
    sink.chunks.extend(app.make_response("first")(GET, sink.start_response))
    for count in range(3):
        response = app.make_response("text")
        response.headers._list = [("X-A", "1"), ("X-B", "2")][:count]
        app_iter = response(GET, sink.start_response)
        # The iterator has it alone.
        del response
        sink.chunks.extend(app_iter)
        del app_iter
        app_iter = app.make_response(("next", 404))(GET, sink.start_response)
        sink.chunks.extend(app_iter)
        del app_iter
    return None


def returned(side: Side) -> cabc.Iterator[tuple[str, Program]]:
    """What views return, and requests from beginning to end."""
    app = side.app
    values = {**leaks_dispatch.VALUES, **leaks_dispatch.REFUSED, **OTHER_VALUES}
    for name, value in values.items():
        yield f"returned, {name}", functools.partial(answered, app, value)
    for url in ("/to/1?a=<1>", f"http://host{NUMBER}/ä", "/\n"):
        yield f"redirect to {url!r}", functools.partial(redirected, app, url)
    for path in ("/text", "/abort", "/error", "/none", "/no/where"):
        environ = {**GET, "PATH_INFO": path}
        yield f"request, {path}", functools.partial(requested, app, environ)


def answered(app: flask.Flask, make: leaks_dispatch.Make, sink: Sink) -> object:
    sys._getframe()
    return sink.send(app.make_response(make(NUMBER)))


def redirected(app: flask.Flask, url: str, sink: Sink) -> object:
    sys._getframe()
    return sink.send(app.redirect(url, 301))


def requested(app: flask.Flask, environ: dict[str, t.Any], sink: Sink) -> object:
    sink.send(app.wsgi_app, environ)
    return None


class Own(exceptions.HTTPException):
    code = 418

    def get_body(self, *args: t.Any, **kwargs: t.Any) -> str:
        return f"own {self.description}"


def starting_twice(environ: t.Any, start_response: t.Any) -> t.Any:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        return start_response("500 ", [], exc_info=(type(error), error, None))


OTHER_VALUES: dict[str, leaks_dispatch.Make] = {
    "404": lambda n: exceptions.NotFound(),
    "404, described": lambda n: exceptions.NotFound(f"<{n}>\n"),
    "405": lambda n: exceptions.MethodNotAllowed([f"M{n}"]),
    "own exception": lambda n: Own(f"{n}"),
    "exception with a response": lambda n: Own(response=flask.Response(f"{n}")),
    "application that starts twice": lambda n: starting_twice,
    "text": lambda n: f"é→{n}" * 100,
    "surrogates": lambda n: f"\ud800→{n}" * 100,
}


def encoded(side: Side) -> cabc.Iterator[tuple[str, Program]]:
    """JSON documents by every way to have one encoded."""
    documents = {
        **leaks_json.DOCUMENTS,
        **leaks_json.REFUSED,
        **leaks_json.DOUBTFUL,
        "text that grows": lambda n: [f"é{n}" * 500, "x" * 9000, "→" * 2000],
    }
    for name, make in documents.items():
        for way, function in (("response", json_response), ("dumps", indented)):
            yield (
                f"provider's {way}, {name}",
                functools.partial(function, side.app, make),
            )


def json_response(app: flask.Flask, make: leaks_json.Make, sink: Sink) -> object:
    sys._getframe()
    return sink.send(app.json.response(make(NUMBER)))


def indented(app: flask.Flask, make: leaks_json.Make, sink: Sink) -> object:
    sys._getframe()
    return app.json.dumps(make(NUMBER), indent=1)


def functions(side: Side) -> cabc.Iterator[tuple[str, Program]]:
    """Those that Werkzeug and Flask have no like of."""
    documents = {**leaks_json.DOCUMENTS, **leaks_json.REFUSED, **leaks_json.DOUBTFUL}
    for name, make in documents.items():
        for way in ("dumps, UTF-8", "dumpb"):
            yield (
                f"{way}, {name}",
                functools.partial(sent_text, leaks_json.WAYS[way], side.app, make),
            )
    heads = {**leaks_http1.HEADS, **leaks_http1.REFUSED}
    for name, head in heads.items():
        yield f"head, {name}", functools.partial(rendered, head)
    yield "informational", lambda sink: http1.render_informational(103, [("A", "b")])
    yield "chunk", lambda sink: http1.chunk_head(1 << 60)
    yield "date", lambda sink: len(http1.date_header()[1])


def sent_text(
    way: leaks_json.Way, app: flask.Flask, make: leaks_json.Make, sink: Sink
) -> object:
    sys._getframe()
    return way(app, make(NUMBER))


def rendered(make: leaks_http1.Make, sink: Sink) -> object:
    sys._getframe()
    return http1.render_head(*make(NUMBER))


def served(side: Side) -> cabc.Iterator[tuple[str, Program]]:
    """What gunicorn's workers do, where gunicorn is installed."""
    try:
        from gunicorn.config import Config

        from fastresp import _gunicorn_check as check
        from fastresp._gunicorn import with_writer
    except ImportError:
        return
    cfg = Config()
    extended = issubclass(side.app.response_class, fastresp.Response)
    for number, probe in enumerate(check._PROBES):
        converse = functools.partial(
            check._converse, with_writer if extended else None, cfg, probe
        )
        yield f"served, {number}, {probe[1]}", functools.partial(serve, converse)


def serve(converse: t.Any, sink: Sink) -> object:
    sys._getframe()
    converse(SimpleNamespace(sendall=sink.chunks.append, sendmsg=sink.take))
    return None


# --- attempts --------------------------------------------------------------


@dataclasses.dataclass
class Outcome:
    """What came of a program, in plain values."""

    value: object
    error: tuple[type[BaseException], str] | None
    started: list[t.Any]
    chunks: list[bytes]
    #: The innermost one of the error.
    frame: str = dataclasses.field(compare=False)


DATE = re.compile(rb"(?<=\r\nDate: )[^\r\n]*")


def plain(value: t.Any) -> object:
    if isinstance(value, WerkzeugResponse):
        state = dict(vars(value))
        body = state.pop("response")
        state["headers"] = list(value.headers)
        chunks = body if isinstance(body, (list, tuple)) else None
        return state, chunks
    return value


def attempt(program: Program, start: int = -1, stop: int = 0) -> Outcome:
    """What comes of a program.

    :param start: how many allocations there may be before the first that fails;
        -1 for none that fails.
    :param stop: the number of the last one that fails.
    """
    value: object = None
    caught: Exception | None = None
    sink = Sink()
    sys._getframe()
    # What CPython keeps to be used again is not allocated: none of it.
    gc.collect()
    if start >= 0:
        failing.fail(start, stop)
    try:
        value = program(sink)
    except Exception as exception:
        caught = exception
    finally:
        failing.mend()
    error = None
    frame = ""
    if caught is not None:
        error = type(caught), re.sub(r" at 0x\w+", "", str(caught))
        frame = failing.innermost(caught)
    chunks = [
        DATE.sub(b"", chunk) if type(chunk) in (bytes, memoryview) else chunk
        for chunk in sink.chunks
    ]
    return Outcome(plain(value), error, sink.started, chunks, frame)


def calls_functions(program: Program) -> bool:
    """Whether Python functions are called, but for those of the tests."""
    files: set[str] = set()

    def profile(frame: FrameType, event: str, arg: object) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    sink = Sink()
    sys.setprofile(profile)
    try:  # noqa: SIM105
        program(sink)
    except Exception:
        pass
    sys.setprofile(None)
    return any(not file.startswith(failing.HERE) for file in files)


def is_prefix(some: list[t.Any], all_of_them: list[t.Any]) -> bool:
    return some == all_of_them[: len(some)]


def is_part(found: Outcome, expected: Outcome) -> bool:
    """Whether nothing else was sent, but perhaps less."""
    if not is_prefix(found.started, expected.started):
        return False
    if all(type(chunk) is bytes for chunk in expected.chunks):
        return b"".join(expected.chunks).startswith(b"".join(found.chunks))
    return is_prefix(found.chunks, expected.chunks)


def is_right(found: Outcome, expected: Outcome) -> bool:
    if found == expected:
        return True
    # CPython up to 3.10 makes the text later.
    if expected.error is not None and found.error == (expected.error[0], ""):
        return is_part(found, expected)
    if found.error is not None and (
        found.error[0] is MemoryError or found.error == expected.error
    ):
        return is_part(found, expected)
    return is_answered_by_flask(found)


def is_answered_by_flask(found: Outcome) -> bool:
    """Whether a request that failed in a view or around it was answered with the
    app's answer for that."""
    return found.error is None and is_of_flask(found)


def is_of_flask(found: Outcome) -> bool:
    if len(found.started) != 1:
        return False
    (status, headers), body = found.started[0], b"".join(found.chunks)
    length = headers[1][1]
    # Werkzeug sets the data that after_request changes before their length.
    lengths = {str(len(some)) for some in (body, body.removesuffix(b"after"))}
    if found.error is None and length not in lengths:
        return False
    expected = [
        ("Content-Type", "application/json"),
        ("Content-Length", length),
        ("X-After", status),
    ]
    # The last one is from after_request, which may have failed.
    return bool(status == "500 INTERNAL SERVER ERROR") and (
        headers == expected[:2] or headers == expected
    )


#: From 3.12 on, CPython may crash, at once or later, when it has no memory for a
#: function or a generator, and what comes of the program may be wrong before that.
#: What matters there is whether stock's program goes wrong, too.
CRASHES = sys.version_info >= (3, 12)
CRASH = "crash"
#: From 3.13 on, it may lose an exception, or the instance, when it frees an instance,
#: which makes a SystemError of it, and writes of what it has lost as it can.
LOSES = sys.version_info >= (3, 13)


class Findings(t.NamedTuple):
    #: What nobody else can have done.
    failures: list[str]
    #: What CPython may do by itself.
    oddities: set[str]


class Search:
    """Tries a program with memory failing in one place after the other."""

    def __init__(
        self,
        program: Program,
        most: int,
        wanted: cabc.Set[str] | None = None,
    ) -> None:
        """
        :param wanted: of stock's program, the oddities to look for, to tell what
            CPython does by itself.
        """
        self.program = program
        self.most = most
        self.wanted = wanted
        self.crashes = 0
        # Shared with the process that may die.
        self._tried = mmap.mmap(-1, NUMBER_FORMAT.size)
        #: How many blocks of memory are in use. An ``int`` would be one itself.
        self.blocks = array.array("q", [0])

    @property
    def tried(self) -> int:
        """How many attempts there were."""
        (tried,) = NUMBER_FORMAT.unpack(self._tried[:])
        return int(tried)

    @tried.setter
    def tried(self, tried: int) -> None:
        self._tried[:] = NUMBER_FORMAT.pack(tried)

    def run(self) -> Findings:
        """All of it in a process of its own, and in another one after each crash."""
        failures: list[str] = []
        oddities: set[str] = set()
        while True:
            tried = self.tried
            report = failing.in_a_child(self.check)
            for one in report.values:
                failures += one.failures
                oddities |= one.oddities
            # Exceptions that nobody gets, but for each generator that is closed
            # while there is no memory.
            oddities.update(set(failing.IGNORED.findall(report.said)) - {"generator"})
            if not report.frame:
                break
            assert self.tried > tried, report
            self.crashes += 1
            oddities.add(CRASH if CRASHES else report.frame)
            if self.wanted is not None and (CRASHES or self.wanted <= oddities):
                return Findings(failures, oddities)
        said = report.said and not failing.IGNORED.search(report.said)
        if not report.ended or (said and not LOSES):
            failures.append(report.said)
        if LOSES:
            oddities.discard("SystemError")
        return Findings(failures, oddities)

    def check(self) -> cabc.Iterator[Findings]:
        gc.collect()
        # So that it is quick the next times.
        gc.freeze()
        # Twice: caches fill up.
        for _ in range(2):
            expected = attempt(self.program)
        before = fastresp.fast_path_counts()
        attempt(self.program)
        compiled = fastresp.fast_path_counts() != before
        strict = not calls_functions(self.program)
        count = failing.allocations(lambda: self.program(Sink()))
        places = [
            (start, start + length)
            for start in failing.places(count, self.most)
            for length in failing.LENGTHS
        ]
        found: set[str] = set()
        for number in range(self.tried, len(places)):
            self.tried = number + 1
            failing.go_on()
            findings = self.judge(places[number], expected, compiled)
            if not LOSES and (strict or not CRASHES):
                findings.oddities.update(self.left_behind(places[number], strict))
            if findings.oddities - found or findings.failures:
                found |= findings.oddities
                yield findings
            if findings.failures if self.wanted is None else self.wanted <= found:
                return

    def judge(
        self, place: tuple[int, int], expected: Outcome, compiled: bool
    ) -> Findings:
        """What comes of an attempt, and of the program right afterwards.

        :param compiled: whether compiled code has a part in it.
        """
        findings = Findings([], set())
        failures = findings.failures
        found = attempt(self.program, *place)
        if is_other_error(found, expected):
            assert found.error is not None
            kind, text = found.error
            if not (kind is SystemError and failing.is_lost(text, found.frame)):
                findings.oddities.add(kind.__name__)
        elif not is_right(found, expected):
            failures += [f"{place}: {found}", f"    not {expected}"]
        before = fastresp.fast_path_counts()
        found = attempt(self.program)
        if found != expected:
            failures += [f"{place}, then: {found}", f"    not {expected}"]
        if compiled and fastresp.fast_path_counts() == before:
            failures += [f"{place}: left to Werkzeug from then on"]
        return findings

    def left_behind(self, place: tuple[int, int], strict: bool) -> set[str]:
        """What an attempt leaves behind each time.

        :param strict: whether CPython can have no part in it where memory ran out in
            compiled code: it may lose what a function is called with when there is
            no memory to begin, and some strings.
        """
        kinds: set[str] | None = None
        for _ in range(TIMES):
            # Of the objects, there are only those that come after this.
            gc.collect()
            gc.freeze()
            self.blocks[0] = sys.getallocatedblocks()
            attempt(self.program, *place)
            gc.collect()
            if sys.getallocatedblocks() <= self.blocks[0]:
                return set()
            items = gc.get_objects()
            grown = {kind_of(item) for item in items} or {"block"}
            items.clear()
            kinds = grown if kinds is None else kinds & grown
        assert kinds is not None
        if not strict and self.wanted is None:
            kinds.discard("block")
        where = ""
        # The traceback is whole where one allocation fails, but not where ten do.
        if strict and place[1] - place[0] == 1:
            frame = attempt(self.program, *place).frame
            where = f", {frame}" if failing.COMPILED.search(frame) else ""
        return {f"{kind} left behind{where}" for kind in kinds}


def is_other_error(found: Outcome, expected: Outcome) -> bool:
    """Whether there was another exception than for memory. CPython loses exceptions
    when it has no memory for a frame in their tracebacks."""
    return (
        found.error is not None
        and found.error[0] is not MemoryError
        and found.error != expected.error
        and not is_right(found, expected)
        and (is_part(found, expected) or is_of_flask(found))
    )


NUMBER_FORMAT = struct.Struct("q")

#: What there is of Werkzeug's instead.
LIKE = {"BufferedBody": "ClosingIterator"}


def kind_of(item: object) -> str:
    name = type(item).__name__
    return LIKE.get(name, name)


KINDS: dict[str, tuple[cabc.Callable[[Side], cabc.Iterator[tuple[str, Program]]], ...]]
KINDS = {
    "fast": (built, used, returned, encoded, served, functions),
    "stock": (built, used, returned, encoded, served),
}


STOCK_WAY = re.compile("^(dumps, UTF-8|dumpb)")
SENT = "provider's response"


def side_of(extended: bool) -> Side:
    app = leaks_dispatch.create_app(extended)
    app.secret_key = "secret"
    if extended:
        return Side(app, (wrappers.Response, fastresp.Response))
    return Side(app, (WerkzeugResponse, flask.Response))


def main(kind: str, most: str, part: str = "") -> None:
    side = side_of(kind == "fast")
    stock_side = side_of(False)
    stock = {
        name: program for kinds in KINDS["stock"] for name, program in kinds(stock_side)
    }
    programs = attempts = crashes = odd = 0
    failures: list[str] = []
    gc.disable()
    with side.app.test_request_context():
        for kinds in KINDS[kind]:
            for name, program in kinds(side):
                if part not in name:
                    continue
                search = Search(program, int(most))
                wrong, oddities = search.run()
                programs += 1
                attempts += search.tried
                crashes += search.crashes
                if CRASHES and wrong:
                    oddities.add(CRASH)
                odd += bool(oddities)
                if kind == "stock":
                    oddities.clear()
                like = STOCK_WAY.sub(SENT, name)
                for other, same in stock.items():
                    # All requests go through the same of Flask.
                    if oddities and (
                        other == like or name[:7] == other[:7] == "request"
                    ):
                        with stock_side.app.test_request_context():
                            stocks = Search(same, 0, oddities).run()
                        oddities -= stocks.oddities
                        if CRASHES and (stocks.failures or CRASH in stocks.oddities):
                            oddities.clear()
                if CRASHES and CRASH not in oddities:
                    wrong = []
                failures += [f"{name}: {each}" for each in (*wrong, *sorted(oddities))]
    print(
        f"{programs} programs, {attempts} attempts, {len(failures)} failures;"
        f" of CPython: {crashes} crashes, {odd} programs with them or lost exceptions"
    )
    if failures:
        print("\n".join(failures[:60]))
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
