"""Nothing that passes through compiled code is left behind: values at every entrance,
rows of the benchmarks, lines about headers and responses, bodies and courses a server
may take, hooks, JSON documents, heads of HTTP/1, and gunicorn's responses.

Run it with the names of sections, or without for all of them; ``tests/support`` and
``bench`` have to be on the path.
"""

from __future__ import annotations

import collections
import collections.abc as cabc
import contextlib
import copy
import datetime
import decimal
import functools
import gc
import importlib.util
import itertools
import json
import logging
import pickle
import sys
import types
import typing as t
import uuid
import warnings
from unittest import mock

import bodies
import entrances
import flask
import flask.json.provider
import flat
import header_programs
import response_programs
from cases import Case
from cases import CASES
from parity import compiled
from parity import Journal
from werkzeug import exceptions
from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import http1
from fastresp import wrappers
from fastresp._compiled import json as _json

#: A value of a number, so that it is nobody else's.
Make = cabc.Callable[[int], t.Any]
Cases = cabc.Iterator[tuple[str, flat.Case]]

app = entrances.create_app(fastresp.Response)
app.secret_key = "secret"
app.logger.disabled = True
CLASSES = (wrappers.Response, fastresp.Response)
GET = create_environ("/päth", "http://example.com", query_string="a=b")
HEAD = create_environ("/", method="HEAD")


def start_response(
    status: str, headers: list[tuple[str, str]], exc_info: t.Any = None
) -> cabc.Callable[[bytes], None]:
    headers.append(("X-Server", status))
    return lambda data: None


def send(response: t.Any, environ: dict[str, t.Any] = GET, take: int = 99) -> None:
    """What a server does: all chunks, or some, then ``close()``."""
    app_iter = response(environ, start_response)
    for index, _ in enumerate(app_iter):
        if index >= take:
            break
    if hasattr(app_iter, "close"):
        app_iter.close()


def attempted(function: cabc.Callable[..., object], *args: t.Any) -> flat.Case:
    """Which calls are refused is for other tests."""

    def case(number: int) -> None:
        with contextlib.suppress(Exception):
            function(*args, number)

    return case


class Text(str):
    pass


class Raising:
    def __init__(self, number: int) -> None:
        self.number = number

    def __str__(self) -> str:
        raise RuntimeError(f"{self.number}")

    __iter__ = __html__ = __index__ = encode = __str__


# --- entrances ---------------------------------------------------------------

TEXTS: tuple[Make, ...] = (
    lambda n: f"v{n}",
    lambda n: f"404 v→{n}",
    lambda n: f"{n}\r\n",
    lambda n: f"{n} \ud800",
    lambda n: Text(n),
    Raising,
)
HEADERS: tuple[Make, ...] = (
    lambda n: [(f"X-{n}", f"{n}"), ("content-type", f"a/{n}"), ("X-One", "1")],
    lambda n: {f"X-{n}": [f"{n}", n], "Y": (n, f"{n}"), "Z": float(n)},
    lambda n: Headers([(f"X-{n}", f"{n}"), ("Content-Length", "1")]),
    lambda n: fastresp.Response(headers={f"X-{n}": f"→{n}"}).headers,
    lambda n: ((f"X-{i}", n) for i in range(2)),
    lambda n: [(f"X-{n}", f"{n}"), (f"Y-{n}", f"{n}\n")],
    lambda n: [(f"X-{n}", f"{n}")] * 70 + [("X", n)],
    lambda n: [[f"X-{n}"], (f"{n}",)],
    lambda n: (f"X-{n}", f"{n}"),
    Raising,
)
BODIES: tuple[Make, ...] = (
    lambda n: f"täxt {n}",
    lambda n: bytearray(b"%d" % n),
    lambda n: b"%08d" % n * 1000,
    lambda n: [f"{n}", b"%d" % n, Text(n)],
    lambda n: (f"{i}, {n}" for i in range(3)),
    lambda n: {f"{n}": [n, {"→": None}]},
    lambda n: WerkzeugResponse(f"{n}", 404, {f"X-{n}": f"{n}"}),
    lambda n: entrances.wsgi_app(f"299 {n}", [("X-App", f"{n}")]),
    lambda n: exceptions.Gone(f"<{n}>\n"),
    lambda n: (f"{n} \ud800", f"404 Gone {n}"),
    Raising,
)
VALUES: dict[str, tuple[Make, ...]] = {
    "headers": HEADERS,
    "body": BODIES,
    "JSON": (lambda n: {f"{n}": [n, f"→{n}"]}, lambda n: {n}, TEXTS[0], Raising),
    "environ": (
        lambda n: {**GET, "REQUEST_METHOD": f"{n}"},
        lambda n: {**GET, "HTTP_IF_NONE_MATCH": f'"{n}", "tag"'},
        lambda n: f'"{n}", W/"tag"',
        Raising,
    ),
    "other": (*TEXTS, lambda n: [f"{n}"], lambda n: {f"{n}": n}, lambda n: 1000 + n),
}
LONG: Make = lambda n: f"{n}" * 2000  # noqa: E731
DATES: tuple[Make, ...] = (
    lambda n: datetime.datetime(2030, 1, 1) + datetime.timedelta(n),
    lambda n: datetime.datetime(2030, 1, 1, n % 24, tzinfo=datetime.UTC),
    lambda n: datetime.timedelta(0, n),
    lambda n: 1e9 + n,
    lambda n: -n,
    lambda n: 1000 + n,
    lambda n: 1 << (70 + n % 50),
)


def at_entrance(entrance: entrances.Entrance, make: Make, number: int) -> None:
    stage = entrances.Stage(fastresp.Response, app)
    stage.settle(entrance(stage, make(number)))
    send(stage.response)


def at_entrances() -> Cases:
    for kind, table in entrances.TABLES.items():
        for name, entrance in table.items():
            makes = VALUES.get(kind, TEXTS)
            if "cookie" in name:
                makes += DATES if "expires" in name or "max_age" in name else (LONG,)
            for at, make in enumerate(makes):
                yield f"{kind}: {name}, {at}", attempted(at_entrance, entrance, make)


# --- whole responses ---------------------------------------------------------


def row(app: flask.Flask, case: Case, environ: dict[str, t.Any], n: int) -> None:
    # The larger the rarer.
    if n % (1000 // case.loops):
        return
    with app.test_request_context(environ_overrides=environ):
        value = case.make(app) if case.in_view else case.make()
        send(app.make_response(value), environ)


def rows() -> Cases:
    for name, case in CASES.items():
        environ = {**create_environ(method=case.method), **case.environ}
        cls = case.customize(flask.Response) if case.customize else flask.Response
        extended = flask.Flask("app")
        extended.response_class = cls
        fastresp.FastResp(extended)
        yield name, functools.partial(row, extended, case, environ)


def on_header_lines(code: str, number: int) -> None:
    headers = fastresp.Response(headers=[(f"X-{number}", f"{number}")]).headers
    headers.extend(header_programs.ITEMS)
    header_programs.run(code, headers)


def on_response_lines(code: str, number: int) -> None:
    response_programs.run(code, fastresp.Response(f"{number}"))


def lines() -> Cases:
    """Lines that hold their values themselves, whose references count instead."""
    programs = (
        *header_programs.READING,
        # Endless where set() adds.
        *(code for code in header_programs.WRITING if code != "h.update(h)"),
        *header_programs.WHOLES,
        *header_programs.ODD_STATE,
        *header_programs.ARGUMENTS,
    )
    vary = response_programs.SETS[: len(response_programs.SETS) // 3]
    for function, codes in (
        (on_header_lines, programs),
        (on_response_lines, (*response_programs.ETAGS, *vary)),
    ):
        for code in codes:
            for statement in code.split("; "):
                flat.CONSTANTS += compiled(statement).co_consts
            yield code, attempted(function, code)


def create_app() -> flask.Flask:
    app = entrances.create_app(fastresp.Response)
    app.secret_key = "secret"
    app.logger.disabled = True

    @app.route("/<kind>")
    def view(kind: str) -> t.Any:
        if kind == "abort":
            flask.abort(404)
        if kind == "error":
            raise RuntimeError(kind)
        if kind == "session":
            flask.session["number"] = id(object())
        return None if kind == "none" else kind

    @app.errorhandler(500)
    def fail(error: Exception) -> t.Any:
        return {"error": str(error)}, 500

    @app.after_request
    def change(response: t.Any) -> t.Any:
        response.headers["X-After"] = response.status
        response.data += b"after"
        return response

    return app


def app_of_its_own(number: int) -> None:
    if number % 20:  # slow
        return
    app = flask.Flask(f"app{number}")
    app.response_class = type(
        "Response", (flask.Response,), {"default_mimetype": f"text/x-{number}"}
    )
    fastresp.FastResp(app)
    app.add_url_rule("/", "view", lambda: f"{number}")
    send(app, {**GET, "PATH_INFO": "/"})
    make_response, redirect = app.make_response, app.redirect
    del app
    gc.collect()
    flat.refuse(make_response, f"{number}")
    flat.refuse(redirect, f"/{number}")


def starting_twice(environ: t.Any, start_response: t.Any) -> t.Any:
    start_response("200 OK", [])(b"written")
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        return start_response("500 ", [], exc_info=(type(error), error, None))


APPLICATIONS: tuple[t.Any, ...] = (
    starting_twice,
    lambda environ, start_response: [],
    lambda environ, start_response: 1 / 0,
    int,
)


def requests() -> Cases:
    app = create_app()
    yield "app of its own", app_of_its_own
    for path in ("/text", "/abort", "/error", "/none", "/session", "/no/where"):
        environ = {**GET, "PATH_INFO": path}
        yield path, lambda n, environ=environ: send(app, {**environ, "NUMBER": n})  # type: ignore[misc]
    for at, callable_ in enumerate(APPLICATIONS):
        yield (
            f"application {at}",
            attempted(lambda c, n: app.make_response(c), callable_),
        )


# --- emission ----------------------------------------------------------------


class Stopping:
    """Stands for a string, and ends an iteration that it is no part of."""

    __class__ = str  # type: ignore[assignment]

    def encode(self) -> bytes:
        raise StopIteration


class Huge(bytes):
    def __len__(self) -> int:
        return sys.maxsize


CHUNKS: tuple[Make, ...] = (
    lambda n: [b"%d" % n, f"→{n}", f"{n}"],
    lambda n: [f"{n}", n, f"{n} \ud800"],
    lambda n: [f"{n}", LookupError(f"{n}")],
    lambda n: [f"{n}", Stopping()],
    lambda n: [Huge(b"%d" % n), Huge(b"%d" % n)],
)


def refuse_to_start(status: str, headers: t.Any) -> t.Any:
    raise RuntimeError(status)


def repeatedly(response: t.Any) -> None:
    for take in (0, 1, 99):
        with contextlib.suppress(Exception):
            send(response, collections.OrderedDict(GET), take)


def abandoned(response: t.Any) -> None:
    next(iter(response(GET, start_response)), None)


def by_its_parts(response: t.Any) -> None:
    response.get_wsgi_headers(GET)
    app_iter, status, headers = response.get_wsgi_response(GET)
    list(response.get_app_iter(HEAD))
    list(app_iter)
    response.close()


WAYS: tuple[cabc.Callable[[t.Any], None], ...] = (
    send,
    lambda response: send(response, HEAD),
    lambda response: response(GET, refuse_to_start),
    repeatedly,
    abandoned,
    by_its_parts,
)


def emitted(
    cls: type[t.Any], make: cabc.Callable[[int], t.Any], way: t.Any, n: int
) -> None:
    way(cls(make(n), (200, 204, 304, 101)[n % 4], {f"X-{n}": f"{n}"}))


def with_callbacks(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    called: list[int] = []
    response.call_on_close(lambda: called.append(number))
    response.call_on_close(lambda: response.call_on_close(lambda: called.append(-1)))
    send(response)
    assert called == [number, -1]
    response.call_on_close(lambda: 1 / 0)
    flat.refuse(send, response)


def in_a_cycle(cls: type[t.Any], number: int) -> None:
    """For the garbage collector, through every field of the iterator."""
    response = cls(chunk for chunk in [f"{number}"])
    app_iter = response(GET, start_response)
    response.call_on_close(app_iter.close)
    next(app_iter)


def from_within(cls: type[t.Any], number: int) -> None:
    """The body uses its own iterator while that is running."""

    def chunks() -> cabc.Iterator[str]:
        yield f"{number}"
        flat.refuse(next, app_iter)
        flat.refuse(app_iter.close)
        response.headers["X-Late"] = f"{number}"
        response.response = [f"{number}"]
        yield f"{number}"

    response = cls(chunks())
    app_iter = response(GET, start_response)
    assert len(list(app_iter)) == 2
    app_iter.close()


def with_disturbing_chunks(cls: type[t.Any], number: int) -> None:
    """A chunk's length changes the response that is being measured."""

    class Chunk(bytes):
        def __len__(self) -> int:
            response.headers = Headers({"X-New": f"{number}"})
            response.response[1:] = [f"{number}"]
            response.status = f"299 {number}"
            return 1

    response = cls([Chunk(b"x"), f"{number}", f"{number}"])
    send(response)


def with_attributes_gone(cls: type[t.Any], number: int) -> None:
    for name in ("headers", "response", "_status", "_on_close"):
        response = cls(f"{number}")
        delattr(response, name)
        flat.refuse(send, response)


def with_wrong_arguments(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    other = {f"other{number}": number}
    for refused in (
        lambda: cls(f"{number}", **other),
        lambda: cls(f"{number}", response=f"{number}"),
        lambda: cls(*[f"{number}"] * 7),
        response,
        lambda: response(GET, start_response, number),
        lambda: response({f"{number}": number}, start_response),
        lambda: response.get_app_iter(number, number),
        lambda: response.get_wsgi_headers(**other),
        lambda: cls.get_app_iter([number], GET),
        lambda: response.set_cookie(f"k{number}", **other),
        lambda: response.set_cookie(**dict.fromkeys(map(str, range(30)), number)),
        lambda: response.delete_cookie(f"k{number}", "/", None, *range(6)),
        response.delete_cookie,
    ):
        flat.refuse(refused)
    response.get_wsgi_headers(environ=GET)


def with_other_headers(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}", 404)
    response.__init__([f"{number}"], headers={"X": f"{number}"})
    response.set_cookie = functools.partial(cls.set_cookie, response, value=f"{number}")
    response.delete_cookie(f"k{number}")
    response.headers = Headers({f"X-{number}": f"{number}"})
    response.set_cookie(f"k{number}")
    response.headers._list = ()
    flat.refuse(response.set_cookie, f"k{number}")
    del response.headers
    flat.refuse(response.set_cookie, f"k{number}")


def with_a_large_cookie(cls: type[t.Any], number: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat.refuse(cls(f"{number}").set_cookie, f"k{number}", "x" * 5000)


def emission() -> Cases:
    for cls, (kind, make), (at, chunks), (by, way) in itertools.product(
        CLASSES, bodies.KINDS.items(), enumerate(CHUNKS), enumerate(WAYS)
    ):
        if kind != "list" and cls is fastresp.Response:
            continue

        def body(n: int, make: t.Any = make, chunks: Make = chunks) -> t.Any:
            return make(Journal(), chunks(n))

        name = f"{cls.__module__}, {kind} {at}, way {by}"
        yield name, attempted(emitted, cls, body, way)
    for kind, other in bodies.OTHERS.items():
        # Ignores that it is closed, or leaves a file to the collector.
        if kind not in ("stubborn", "real file", "wrapped real file"):

            def odd_body(n: int, make: t.Any = other) -> t.Any:
                return make(Journal())

            yield kind, attempted(emitted, fastresp.Response, odd_body, repeatedly)
    for cls in CLASSES:
        for function in (
            *(with_callbacks, in_a_cycle, from_within, with_disturbing_chunks),
            *(with_attributes_gone, with_wrong_arguments, with_other_headers),
            with_a_large_cookie,
        ):
            name = f"{cls.__module__}, {function.__name__}"
            yield name, functools.partial(function, cls)


# --- hooks -------------------------------------------------------------------

METHODS = (
    *("__call__", "__init__", "calculate_content_length", "close", "get_app_iter"),
    *("get_data", "get_wsgi_headers", "get_wsgi_response", "iter_encoded", "set_data"),
    *("_clean_status", "set_cookie", "delete_cookie"),
)
ATTRIBUTES = {
    "default_status": 201,
    "default_mimetype": "text/x-own",
    "automatically_set_content_length": False,
    "autocorrect_location_header": True,
    "implicit_sequence_conversion": False,
}


def forwarding(cls: type[t.Any], name: str) -> cabc.Callable[..., t.Any]:
    def hook(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return getattr(super(cls, self), name)(*args, **kwargs)

    return hook


def failing(*args: t.Any, **kwargs: t.Any) -> t.Any:
    raise RuntimeError("hook")


def subclass(base: type[t.Any], **names: t.Any) -> type[t.Any]:
    return type("Response", (base,), names)


def use(cls: type[t.Any], number: int) -> None:
    for response in (
        cls(f"{number}"),
        cls([f"{number}"], 302, {"Location": f"/{number}"}),
        cls(chunk for chunk in [f"{number}"]),
    ):
        response.set_cookie(f"k{number}", f"{number}")
        response.delete_cookie(f"k{number}")
        send(response)
        send(response, HEAD)
        response.get_wsgi_headers(GET)
        list(response.get_app_iter(GET))
        response.make_sequence()
        response.get_data()


def made_each_time(base: type[t.Any], number: int) -> None:
    cls = subclass(base, default_status=200 + number % 9)
    cls.close = forwarding(cls, "close")
    use(cls, number)


def patched(cls: type[t.Any], name: str, number: int) -> None:
    """Far more often than a class can be given another version tag."""
    setattr(cls, name, forwarding(cls, name))
    send(cls(f"{number}"))
    delattr(cls, name)
    send(cls([f"{number}"]))


def on_the_instance(base: type[t.Any], name: str, hook: t.Any, number: int) -> None:
    response = base([f"{number}"])
    setattr(response, name, hook or functools.partial(getattr(base, name), response))
    response.extra = f"{number}"
    send(response)


def turned_into_another_class(base: type[t.Any], number: int) -> None:
    response = WerkzeugResponse(f"{number}", headers={"X": f"{number}"})
    assert base.force_type(response, GET) is response
    send(response)
    response.__class__ = WerkzeugResponse
    send(response)


def copied(base: type[t.Any], number: int) -> None:
    response = base([f"{number}"], headers={"X": f"{number}"})
    for made in (copy.copy(response), copy.deepcopy(response)):
        send(made)
    send(pickle.loads(pickle.dumps(response)))


def given_a_dict(base: type[t.Any], number: int) -> None:
    response: t.Any = object.__new__(base)
    response.__dict__ = dict(vars(WerkzeugResponse(f"{number}")))
    send(response)
    response.__dict__ = {1000 + number: f"{number}", **vars(base(f"{number}"))}
    send(response)


def answering_oddly(base: type[t.Any], number: int) -> None:
    for answer in (
        None,
        [number],
        ([f"{number}"], "200 OK", [(f"{number}", f"{number}"), [number]]),
        ([f"{number}"], "200 OK", [("X", f"{number}\n")]),
        ([f"{number}"], f"200 OK\n{number}", []),
    ):
        response = base()
        response.get_wsgi_response = lambda environ, answer=answer: answer
        with contextlib.suppress(AttributeError, TypeError, ValueError):
            response(GET, start_response)


def hooks() -> Cases:
    for base in CLASSES:
        for name in METHODS:
            cls = subclass(base)
            setattr(cls, name, forwarding(cls, name))
            yield f"{name} overridden", functools.partial(use, cls)
            yield f"{name} failing", attempted(use, subclass(base, **{name: failing}))
            yield f"{name} patched", functools.partial(patched, subclass(base), name)
        for name, value in ATTRIBUTES.items():
            yield name, functools.partial(use, subclass(base, **{name: value}))
        for name in ("close", "get_app_iter", "get_wsgi_headers", "iter_encoded"):
            for hook in (None, failing):
                yield f"{name} there", attempted(on_the_instance, base, name, hook)
        for function in (
            *(made_each_time, turned_into_another_class, copied, given_a_dict),
            answering_oddly,
        ):
            yield function.__name__, functools.partial(function, base)


# --- JSON --------------------------------------------------------------------


class Foreign:
    """Runs code of its own when ``default`` is asked for it."""

    def __init__(self, action: cabc.Callable[[], t.Any]) -> None:
        self.action = action

    def __html__(self) -> t.Any:
        return self.action()


class Mapping(dict[t.Any, t.Any]):
    """With the items that it is told to have."""

    def __init__(self, action: cabc.Callable[[], t.Any]) -> None:
        super().__init__(a=1)
        self.action = action

    def items(self) -> t.Any:
        return self.action()


class Key(str):
    """Cannot be sorted."""

    __hash__ = str.__hash__

    def __lt__(self, other: str) -> bool:
        raise RuntimeError(str(self))


def nested(depth: int, inner: t.Any) -> t.Any:
    for level in range(depth, 0, -1):
        inner = {"a": inner} if level % 2 else [inner]
    return inner


def many(number: int) -> dict[str, t.Any]:
    """More keys than fit into the encoder's buffer on the stack."""
    return {f"{key * 7919 % 200}, {number}": key for key in range(200)}


def records(number: int, value: t.Any) -> list[t.Any]:
    return [
        {"id": number + at, "name": f"{at}", "a": {"x": at, "b": value}}
        for at in range(5)
    ]


def changed(container: t.Any, change: cabc.Callable[[], object]) -> t.Any:
    """A container that changes while it is walked."""
    inner = Foreign(lambda: str(change()))
    if type(container) is list:
        container.append([{"a": [inner, "x"], "b": 1}])
    else:
        container["a"] = inner
    return {"x": container}


def clearing(number: int) -> t.Any:
    items: list[t.Any] = [f"{number}"]
    return changed(items, items.clear)


def growing(number: int) -> t.Any:
    members: dict[str, t.Any] = {"b": f"{number}"}

    def change() -> None:
        members.clear()
        members.update(many(number))

    return changed(members, change)


def circle(number: int) -> list[t.Any]:
    items: list[t.Any] = [f"{number}"]
    items.append({f"{number}": items})
    return items


def raising(number: int) -> cabc.Callable[[], t.Any]:
    return Raising(number).__html__


DOCUMENTS: tuple[Make, ...] = (
    lambda n: [f"text {n}", f'"\\\n\0\x7f{n}', f"täxt {n}", f"→ {n}", f"\U0001f600{n}"],
    *(lambda n, unit=unit: f"{n}" + unit * 5000 for unit in "x\n→"),
    lambda n: [1000 + n, -1000 - n, 2**63 + n, 10**400 + n],
    lambda n: [n + 0.5, n / 7, -1e300 * n, None, True, False, [], {}, (), ""],
    lambda n: {f"b{n}": (f"{n}", []), f"→{n}": 1000 + n, "\U0001f600": {f"{n}": 1}},
    many,
    lambda n: {f"→{key}": n for key in many(n)},
    lambda n: {1000 + n: n, n + 0.5: 1, True: 2},
    lambda n: [records(n, f"{n}"), records(n, [])] * 2,
    lambda n: nested(100, f"{n}"),
    lambda n: [Text(n), {Text(n): 1, Text(f"a{n}"): Text(n)}, types.SimpleNamespace],
    lambda n: collections.OrderedDict(many(n)),
    lambda n: Mapping(lambda: [(f"b{n}", [f"{n}"]), (f"a{n}", 1000 + n)]),
    lambda n: [datetime.date(1 + n, 1, 1), decimal.Decimal(n) / 7, uuid.UUID(int=n)],
    lambda n: records(n, Foreign(lambda: f"{n}")),
    lambda n: nested(60, Foreign(lambda: f"{n}")),
    clearing,
    growing,
    lambda n: [*records(n, "x" * 2000), [f"{n}"] * 2000],
)
REFUSED: tuple[Make, ...] = (
    lambda n: {f"{n}"},
    lambda n: Foreign(raising(n)),
    lambda n: Mapping(raising(n)),
    lambda n: Mapping(lambda: [(f"{n}",)]),
    lambda n: Mapping(lambda: [("a", {n}), ("a", {n})]),
    lambda n: {(f"{n}",): 1},
    lambda n: {f"{n}": 1, 1000 + n: 2, None: 3},
    lambda n: {Key(n): 1, Key(1000 + n): 2},
    circle,
    lambda n: nested(20_000 if n % 20 == 0 else 5, {n}),
    lambda n: [f"{n}", float("nan"), f"{n} \ud800"],
    lambda n: {f"{n} \ud800": f"{n} \udfff" * 1000},
)
#: Where the encoder has memory to give back.
PLACES: tuple[cabc.Callable[[int, t.Any], t.Any], ...] = (
    lambda n, inner: nested(60, [many(n), inner]),
    lambda n, inner: {**many(n), "": "x" * 5000, "z": [inner]},
)
FLASK: dict[str, t.Any] = {
    "default": flask.json.provider._default,
    "sort_keys": True,
    "separators": (",", ":"),
}
OPTIONS: tuple[dict[str, t.Any], ...] = (
    FLASK,
    {"default": FLASK["default"], "ensure_ascii": False},
    {**FLASK, "allow_nan": False, "check_circular": False},
    {"default": FLASK["default"], "skipkeys": True},
    {**FLASK, "indent": 2},
)


UNCHECKED = next(at for at, each in enumerate(OPTIONS) if "check_circular" in each)


def seldom(make: Make) -> Make:
    return lambda n: make(n) if n % 20 == 0 else [n]


def dumps(options: dict[str, t.Any], obj: t.Any) -> object:
    """From 3.14 on, more of it is left to the standard encoder."""
    text = _json.dumps(obj, options)
    return json.dumps(obj, **options) if text is None else text


def documents() -> Cases:
    utf8 = entrances.create_app(fastresp.Response)
    utf8.json.ensure_ascii = utf8.json.sort_keys = False  # type: ignore[attr-defined]
    ways: tuple[cabc.Callable[[t.Any], object], ...] = (
        *(functools.partial(dumps, options) for options in OPTIONS),
        lambda obj: send(app.json.response(obj)),
        lambda obj: send(app.make_response(({"a": obj}, 201))),
        lambda obj: utf8.json.dumps(obj),
        lambda obj: send(utf8.make_response([obj])),
    )
    for at, make in enumerate((*DOCUMENTS, *REFUSED)):
        for by, way in enumerate(ways):
            # A circle that nobody looks for is as deep as the stack: from 3.14 on, that
            # is half a second and not a thousandth.
            makes = seldom(make) if make is circle and by == UNCHECKED else make
            yield f"{at}, way {by}", attempted(lambda w, m, n: w(m(n)), way, makes)
    for (at, make), place in itertools.product(enumerate(REFUSED), PLACES):
        for way in (ways[0], ways[5]):

            def refused(
                n: int, make: Make = make, place: t.Any = place, way: t.Any = way
            ) -> None:
                way(place(n, make(n)))

            yield f"refused, {at}", attempted(refused)


# --- servers -----------------------------------------------------------------


def at_head(entrance: entrances.Entrance, make: Make, number: int) -> None:
    stage = entrances.Stage(fastresp.Response, app)
    http1.render_head(*entrance(stage, make(number)))


CHUNKED = ("Transfer-Encoding", "chunked")
FRAMING: tuple[Make, ...] = (
    lambda n: (200 + n % 400, [("Content-Length", f"{n}")] * 3),
    lambda n: ("200 OK", [("Content-Length", f"{n}{at}") for at in "12"]),
    lambda n: ("200 OK", [("Content-Length", f"{n}"), CHUNKED]),
    lambda n: ("200 OK", [CHUNKED, CHUNKED, (f"X-{n}", "1")]),
    lambda n: ("204 ", [("Content-Length", f"{n}")]),
    lambda n: (1 << (64 + n % 9), []),
)


def other_heads(number: int) -> None:
    render: t.Any = http1.render_head
    http1.render_informational(103, [("Link", f"<{number}>")])
    http1.date_header()
    http1.chunk_head(number + 1)
    for refused in (
        lambda: http1.render_informational(200 + number, []),
        lambda: http1.render_informational(f"101 {number}", []),
        lambda: render("200 OK", [], version=f"{number}"),
        lambda: render("200 OK", [], version=number),
        lambda: render(103, [("X", f"{number}")], version="1.0"),
        lambda: http1.chunk_head(t.cast(t.Any, f"{number}")),
        lambda: http1.chunk_head(-number - 1),
        lambda: http1.chunk_head(1 << (64 + number % 9)),
    ):
        flat.refuse(refused)
    for phrase in (f"\u0100{number}", number):
        with mock.patch.dict(HTTP_STATUS_CODES, {299: t.cast(str, phrase)}):
            flat.refuse(render, 299, [])


class Socket:
    """Forgets what it takes, and fails where told."""

    def __init__(self, fails: bool) -> None:
        self.fails = fails

    def sendall(self, data: bytes) -> None:
        if self.fails:
            raise OSError(len(data))


def in_worker(
    cfg: t.Any, line: str, make: Make, fails: bool, starts: bool, number: int
) -> None:
    from gunicorn.http import wsgi

    from fastresp._compat import gunicorn as check
    from fastresp._compiled import gunicorn as _gunicorn

    def create(*args: t.Any) -> t.Any:
        made, environ = _gunicorn.with_writer(wsgi.create)(*args)
        start = made.start_response if starts else lambda status, headers: None
        methods = {"write": made.write, "close": made.close}
        return types.SimpleNamespace(start_response=start, **methods), environ

    check._converse(create, cfg, (line, *make(number)), Socket(fails))


ANSWERS: tuple[Make, ...] = (
    lambda n: (f"200 {n}", [], [b"%d" % n]),
    lambda n: (f"200 {n}", [("Content-Length", f"{len(str(n))}")], iter([b"%d" % n])),
    lambda n: ("200 OK", [("Content-Length", "100000")], [b"%09d" % n * 11_000]),
    lambda n: (f"204 {n}", [("Content-Length", f"{n}"), ("X", f" {n}")], []),
    lambda n: ("200 OK", [("X", f"{n}\n")], [b"x"]),
    lambda n: ("200 OK", [(f"X {n}", "1"), (f"X-{n}",)], [b"x"]),
    lambda n: ("200 OK", n, [b"x"]),
    lambda n: ("200 OK", [("Content-Length", f"x{n}")], [b"x"]),
    lambda n: (f"200 \u0100{n}", [], [b"x"]),
    lambda n: (n, [], [b"x"]),
)


def servers() -> Cases:
    for name, entrance in entrances.HEADS.items():
        makes = HEADERS if "head" in name or "item" in name else TEXTS
        for at, make in enumerate(makes):
            yield f"head, {name}, {at}", attempted(at_head, entrance, make)
    for at, make in enumerate(FRAMING):
        yield f"framing {at}", attempted(lambda m, n: http1.render_head(*m(n)), make)
    yield "other heads", other_heads
    if importlib.util.find_spec("gunicorn") is None:
        return
    from gunicorn.config import Config

    # gunicorn's warnings.
    logging.disable()
    cfg = Config()
    for line in ("GET / HTTP/1.1", "HEAD / HTTP/1.1", "GET / HTTP/1.0"):
        for at, make in enumerate(ANSWERS):
            for fails in (False, True):
                case = attempted(in_worker, cfg, line, make, fails, True)
                yield f"gunicorn, {line}, {at}, {fails}", case
    yield "never started", attempted(in_worker, cfg, line, ANSWERS[0], False, False)


SECTIONS: dict[str, cabc.Callable[[], Cases]] = {
    "entrances": at_entrances,
    "responses": lambda: itertools.chain(rows(), requests()),
    "lines": lines,
    "emission": emission,
    "hooks": hooks,
    "documents": documents,
    "servers": servers,
}


def main(*sections: str) -> None:
    warnings.simplefilter("ignore")
    cases = {
        f"{section}: {number}: {name}": case
        for section in sections or SECTIONS
        for number, (name, case) in enumerate(SECTIONS[section]())
    }
    with app.test_request_context():
        # Large rows run seldom.
        flat.check(cases, 200 if sections == ("responses",) else 105)


if __name__ == "__main__":
    main(*sys.argv[1:])
