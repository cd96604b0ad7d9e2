"""Nothing that passes through compiled code is left behind: values and hostile objects
at every entrance, rows of the benchmarks, lines about headers and responses, random
programs, JSON documents, heads of HTTP/1, and gunicorn's responses.

Run it with the names of sections, or without for all of them; ``tests``,
``tests/support``, ``tests/differential`` and ``bench`` have to be on the path.
"""

from __future__ import annotations

import collections
import collections.abc as cabc
import contextlib
import contextvars
import copy
import datetime
import decimal
import functools
import gc
import importlib.util
import itertools
import json
import logging
import random
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
from choices import numbers
from markupsafe import Markup
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

if t.TYPE_CHECKING:
    import test_hostile

#: A value of a number, so that it is nobody else's.
Make = cabc.Callable[[int], t.Any]
Cases = cabc.Iterator[tuple[str, flat.Case]]

app = entrances.create_app(fastresp.Response)
app.secret_key = "secret"
app.logger.disabled = True
CLASSES = (wrappers.Response, fastresp.Response)
GET = create_environ("/päth", "http://example.com", query_string="a=b")


def start_response(
    status: str, headers: list[tuple[str, str]], exc_info: t.Any = None
) -> cabc.Callable[[bytes], None]:
    headers.append(("X-Server", status))
    return lambda data: None


def send(response: t.Any, environ: dict[str, t.Any] = GET) -> None:
    app_iter = response(environ, start_response)
    for _ in app_iter:
        pass
    if hasattr(app_iter, "close"):
        app_iter.close()


def attempted(function: cabc.Callable[..., object], *args: t.Any) -> flat.Case:
    """Which calls are refused is for other tests."""

    def case(number: int) -> None:
        with contextlib.suppress(Exception, KeyboardInterrupt):
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


def hostile_objects() -> Cases:
    """Some kinds at each entrance, and at those of JSON more of them."""
    # Some modules keep more and more for themselves: where they are needed alone.
    import test_hostile

    def hostile(entrance: entrances.Entrance, kind: test_hostile.Kind, n: int) -> None:
        stage = test_hostile.HostileStage(fastresp.Response, app)
        stage.settle(entrance(stage, kind.make(stage)))
        send(stage.response)

    kinds = [kind for kind in test_hostile.KINDS if kind.harm != "recurses"]
    for name, entrance in test_hostile.ENTRANCES.items():
        count = 12 if name.startswith("JSON") else 2
        for kind in random.Random(name).sample(kinds, count):
            yield f"{name}, {kind}", attempted(hostile, entrance, kind)


# --- tables and programs -----------------------------------------------------


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
    header_lines = (
        *header_programs.READING,
        # Endless where set() adds.
        *(code for code in header_programs.WRITING if code != "h.update(h)"),
        *header_programs.WHOLES,
        *header_programs.ODD_STATE,
        *header_programs.ARGUMENTS,
    )
    vary = response_programs.SETS[: len(response_programs.SETS) // 3]
    for function, codes in (
        (on_header_lines, header_lines),
        (on_response_lines, (*response_programs.ETAGS, *vary)),
    ):
        for code in codes:
            for statement in code.split("; "):
                # None and small numbers are everybody's.
                flat.CONSTANTS += (
                    each
                    for each in compiled(statement).co_consts
                    if isinstance(each, (str, bytes, tuple)) and len(each) > 1
                )
            yield code, attempted(function, code)


def random_programs() -> Cases:
    """Programs on a class of responses, or through an app; drawn anew each time, so
    that their texts are nobody else's."""
    import app_programs
    import programs
    from conftest import PAIRS

    def run(name: str, at: int, number: int) -> None:
        source = numbers(f"{name} {at}")
        pair = PAIRS["flask" if name == "app" else name]
        if name == "app":
            drawn = app_programs.app_programs.draw(source)
            run_app = app_programs.run_app
            contextvars.copy_context().run(run_app, pair, pair.fast, drawn)
        else:
            drawn = programs.programs_on_classes.draw(source)
            if at % 2:
                drawn = drawn._replace(classes=())
            programs.run_program(pair, pair.fast, drawn)

    for name, at in itertools.product(("werkzeug", "flask", "app"), range(15)):
        yield f"{name} {at}", functools.partial(run, name, at)


# --- bodies, and classes of responses ----------------------------------------


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


WAYS: tuple[cabc.Callable[[t.Any], object], ...] = (
    send,
    lambda response: response({**GET, "REQUEST_METHOD": "HEAD"}, start_response),
    lambda response: response(GET, refuse_to_start),
    lambda response: next(iter(response(dict(GET), start_response)), None),
    lambda response: (list(response.get_wsgi_response(GET)[0]), response.close()),
)


def sent(cls: type[t.Any], make: Make, way: t.Any, n: int) -> None:
    way(cls(make(n), (200, 204, 304, 101)[n % 4], {f"X-{n}": f"{n}"}))


def emission() -> Cases:
    for (kind, make), (at, chunks), (by, way) in itertools.product(
        bodies.KINDS.items(), enumerate(CHUNKS), enumerate(WAYS)
    ):

        def body(n: int, make: t.Any = make, chunks: Make = chunks) -> t.Any:
            return make(Journal(), chunks(n))

        for cls in CLASSES if kind == "list" else CLASSES[:1]:
            yield f"{kind} {at}, way {by}", attempted(sent, cls, body, way)


def patched(cls: type[t.Any], name: str, number: int) -> None:
    """Far more often than a class can be given another version tag."""

    def hook(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return getattr(super(cls, self), name)(*args, **kwargs)

    setattr(cls, name, hook)
    send(cls(f"{number}"))
    delattr(cls, name)
    send(cls([f"{number}"]))


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


def in_a_cycle(number: int) -> None:
    """For the garbage collector, through every field of the iterator."""
    response = fastresp.Response(chunk for chunk in [f"{number}"])
    app_iter: t.Any = response(GET, start_response)
    response.call_on_close(app_iter.close)
    next(app_iter)


def from_within(number: int) -> None:
    """The body uses its own iterator while that is running."""

    def chunks() -> cabc.Iterator[str]:
        yield f"{number}"
        flat.refuse(next, app_iter)
        flat.refuse(app_iter.close)
        yield f"{number}"

    app_iter: t.Any = fastresp.Response(chunks())(GET, start_response)
    assert len(list(app_iter)) == 2
    app_iter.close()


def with_wrong_arguments(number: int) -> None:
    cls: t.Any = fastresp.Response
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


def with_a_large_cookie(number: int) -> None:
    response = fastresp.Response(f"{number}")
    response.set_cookie = functools.partial(response.set_cookie, value="x" * 5000)  # type: ignore[method-assign]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat.refuse(response.set_cookie, f"k{number}")
        flat.refuse(response.delete_cookie, f"k{number}")


def copied(number: int) -> None:
    response = fastresp.Response([f"{number}"], headers={"X": f"{number}"})
    for made in (copy.copy(response), copy.deepcopy(response)):
        send(made)
    given: t.Any = object.__new__(fastresp.Response)
    given.__dict__ = {1000 + number: f"{number}", **vars(response)}
    send(given)


def with_hooks_of_its_own(number: int) -> None:
    response: t.Any = fastresp.Response(f"{number}")
    response.close = response.close
    send(response)
    for headers in ([[f"{number}"], ("X", f"{number}\n")], [(f"{number}\n", "X")], 5):
        answer = [f"{number}"], "200 OK", headers
        response.get_wsgi_response = lambda environ, answer=answer: answer
        flat.refuse(send, response)


def classes() -> Cases:
    yield from emission()
    for name in ("__init__", "get_app_iter", "get_wsgi_headers", "close"):
        cls = type("Response", (fastresp.Response,), {})
        yield f"{name} patched", functools.partial(patched, cls, name)
    for function in (
        *(app_of_its_own, in_a_cycle, from_within, with_wrong_arguments),
        *(with_a_large_cookie, copied, with_hooks_of_its_own),
    ):
        yield function.__name__, function


# --- JSON --------------------------------------------------------------------


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


def circle(number: int) -> list[t.Any]:
    items: list[t.Any] = [f"{number}"]
    items.append({f"{number}": items})
    return items


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
    lambda n: [datetime.date(1 + n, 1, 1), decimal.Decimal(n) / 7, uuid.UUID(int=n)],
    lambda n: records(n, Markup(f"<{n}>")),
    lambda n: nested(60, datetime.date(1 + n, 1, 1)),
    lambda n: [*records(n, "x" * 2000), [f"{n}"] * 2000],
)
REFUSED: tuple[Make, ...] = (
    lambda n: {f"{n}"},
    Raising,
    lambda n: {(f"{n}",): 1},
    lambda n: {f"{n}": 1, 1000 + n: 2, None: 3},
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
UNCHECKED: dict[str, t.Any] = {**FLASK, "allow_nan": False, "check_circular": False}
OPTIONS: tuple[dict[str, t.Any], ...] = (
    FLASK,
    {"default": FLASK["default"], "ensure_ascii": False},
    {"default": FLASK["default"], "skipkeys": True},
    {**FLASK, "indent": 2},
    UNCHECKED,
)


def dumps(options: dict[str, t.Any], obj: t.Any) -> object:
    """From 3.14 on, more of it is left to the standard encoder."""
    text = _json.dumps(obj, options)
    return json.dumps(obj, **options) if text is None else text


def documents() -> Cases:
    utf8 = entrances.create_app(fastresp.Response)
    utf8.json.ensure_ascii = utf8.json.sort_keys = False  # type: ignore[attr-defined]
    ways: tuple[cabc.Callable[[t.Any], object], ...] = (
        lambda obj: send(app.json.response(obj)),
        lambda obj: send(app.make_response(({"a": obj}, 201))),
        lambda obj: utf8.json.dumps(obj),
        lambda obj: send(utf8.make_response([obj])),
        *(functools.partial(dumps, options) for options in OPTIONS),
    )
    for (at, make), (by, way) in itertools.product(
        enumerate((*DOCUMENTS, *REFUSED)), enumerate(ways)
    ):

        def encode(n: int, make: Make = make, way: t.Any = way) -> None:
            # A circle that nobody looks for is as deep as the stack: from 3.14 on, that
            # is half a second and not a thousandth.
            if make is not circle or way is not ways[-1] or n % 20 == 0:
                way(make(n))

        yield f"{at}, way {by}", attempted(encode)
    for (at, make), place, way in itertools.product(
        enumerate(REFUSED), PLACES, (ways[0], ways[4])
    ):

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
    "hostile objects": hostile_objects,
    "rows": rows,
    "lines": lines,
    "programs": random_programs,
    "classes": classes,
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
        flat.check(cases, 200 if sections == ("rows",) else 105)


if __name__ == "__main__":
    main(*sys.argv[1:])
