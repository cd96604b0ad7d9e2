"""One table for benchmarks and tests: return values of views, and whole requests.

Small texts are literals, as in a view. Larger ones have a second row with a new object
each time: an object that never changes stays in the processor's cache, and keeps what
an encoder caches in it.
"""

from __future__ import annotations

import collections.abc as cabc
import dataclasses
import datetime
import email.utils
import functools
import html
import importlib
import random
import re
import time
import typing as t
from importlib.util import find_spec

import flask
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.http import generate_etag
from werkzeug.utils import redirect

Fields = list[tuple[str, str]]
Customize = cabc.Callable[[type[flask.Response]], type[flask.Response]]


class Case(t.NamedTuple):
    """A return value and its request."""

    #: Called with the app where the view builds the response.
    make: cabc.Callable[..., t.Any]
    method: str = "GET"
    #: Set if the view builds the response, so that ``make`` is timed too.
    in_view: bool = False
    #: Derives the app's response class.
    customize: Customize | None = None
    #: The goal for fastresp with ``FastResp(app)``, as a ratio to stock.
    goal: float | None = None
    #: For the application written by hand. Returns the body of a value: bytes, or the
    #: chunks of a stream. If the view builds the response, returns the body for an
    #: environ, and the fields that take work.
    by_hand: cabc.Callable[[t.Any], t.Any] | None = None
    #: The request's, as WSGI has them.
    environ: dict[str, str] = {}
    #: Responses a timed round makes, so that rounds take about the same time.
    loops: int = 1000


def fresh(text: str) -> str:
    """Return an equal text that is a new object."""
    return "".join((text[:1], text[1:]))


def chunks(count: int) -> cabc.Iterator[bytes]:
    for _ in range(count):
        yield b"0123456789"


def text_chunks(count: int) -> cabc.Iterator[str]:
    for number in range(count):
        yield f"line {number}\n"


def wsgi_app(environ: t.Any, start_response: t.Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def streaming_app(environ: t.Any, start_response: t.Any) -> t.Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield from chunks(10)


def record(number: int) -> dict[str, t.Any]:
    return {
        "id": number,
        "name": f"Person {number}",
        "email": f"person{number}@example.com",
        "active": number % 2 == 0,
        "score": number * 1.5,
    }


def account(number: int) -> dict[str, t.Any]:
    """About 240 bytes of JSON."""
    return {
        **record(number),
        "balance": number * 10_007 % 100_000 / 100,
        "city": "Springfield" if number % 3 else "Zurich",
        "tags": ["customer", "newsletter", f"group-{number % 7}"],
        "manager": None,
        "phone": f"+41 44 {number:07}",
        "created": f"2024-05-{number % 28 + 1:02}T12:00:00Z",
    }


def accounts(count: int) -> dict[str, t.Any]:
    return {"total": count, "records": [account(number) for number in range(count)]}


def levels(count: int) -> dict[str, t.Any]:
    """Dicts and lists within each other."""
    inner: dict[str, t.Any] = {"level": 0, "inner": []}
    for level in range(2, count, 2):
        inner = {"level": level, "inner": [inner]}
    return inner


@dataclasses.dataclass
class Event:
    title: str
    starts: datetime.datetime
    day: datetime.date
    seats: int


def events(count: int) -> list[Event]:
    first = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
    times = [first + datetime.timedelta(hours=number) for number in range(count)]
    return [Event(f"Event {at.hour}", at, at.date(), at.day) for at in times]


def json_by_hand() -> cabc.Callable[[t.Any], bytes] | None:
    """For objects that orjson has the same bytes for as the standard library."""
    if find_spec("orjson") is None:
        return None
    orjson = importlib.import_module("orjson")
    option = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return lambda value: t.cast(bytes, orjson.dumps(value, option=option))


def with_cookies(app: flask.Flask) -> flask.Response:
    response = app.make_response("Hello, World!")
    response.set_cookie("session", "0123456789abcdef", httponly=True, samesite="Lax")
    response.set_cookie("theme", "dark", path="/settings")
    response.set_cookie("seen", "1", secure=True)
    return response


def cookies_by_hand(environ: t.Any) -> tuple[bytes, Fields]:
    cookies = []
    for key, value, rest in (
        ("session", "0123456789abcdef", "; HttpOnly; Path=/; SameSite=Lax"),
        ("theme", "dark", "; Path=/settings"),
        ("seen", "1", "; Secure; Path=/"),
    ):
        if not COOKIE_VALUE.fullmatch(value):
            raise ValueError(value)
        cookies.append(("Set-Cookie", f"{key}={value}{rest}"))
    return b"Hello, World!", cookies


COOKIE_VALUE = re.compile(r"[\w!#$%&'()*+\-./:<=>?@\[\]^`{|}~]*", re.ASCII)


def fields(count: int) -> Fields:
    return [(f"X-Header-{number}", f"value {number}") for number in range(count)]


def with_headers(count: int) -> Case:
    """Set headers as ``after_request`` functions do."""
    added = fields(count)

    def view(app: flask.Flask) -> flask.Response:
        response = app.make_response("Hello, World!")
        headers = response.headers
        for name, value in added:
            headers[name] = value
        return response

    return Case(view, in_view=True, by_hand=hello_by_hand(added), loops=200)


def hello_by_hand(fields: Fields) -> cabc.Callable[[t.Any], tuple[bytes, Fields]]:
    return lambda environ: (b"Hello, World!", list(fields))


CORS_FIELDS = [
    ("Access-Control-Allow-Origin", "https://example.com"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Expose-Headers", "X-Request-Id"),
    ("Access-Control-Max-Age", "600"),
]
VARY = ("Vary", "Origin")


def with_cors(response: flask.Response) -> flask.Response:
    headers = response.headers
    if "Access-Control-Allow-Origin" not in headers:
        for name, value in CORS_FIELDS:
            headers[name] = value
    headers.add(*VARY)
    return response


LOCATION = "/elsewhere?page=2"
HTML_SPECIAL = re.compile("[&<>\"']")
#: The page around the two places where the location stands.
REDIRECT_PAGE = redirect(LOCATION).get_data().split(html.escape(LOCATION).encode())


def redirect_by_hand(environ: t.Any) -> tuple[bytes, Fields]:
    link = LOCATION if HTML_SPECIAL.search(LOCATION) is None else html.escape(LOCATION)
    return link.encode().join(REDIRECT_PAGE), [("Location", LOCATION)]


def conditional(app: flask.Flask) -> flask.Response:
    response = app.response_class(ASCII_10K)
    response.add_etag()
    response.make_conditional(REQUEST())
    return response


TAG = "33a64df551425fcc55e4d42a148795d9f25f89d4"


def body_tag() -> str:
    return generate_etag(ASCII_10K.encode())


def with_etag(app: flask.Flask) -> flask.Response:
    """The tag of what a database has a version of, say."""
    response = app.response_class(ASCII_10K)
    response.set_etag(TAG)
    response.make_conditional(REQUEST())
    return response


def not_modified(environ: t.Any, tag: str) -> tuple[bytes, Fields]:
    quoted = f'"{tag}"'
    if environ.get("HTTP_IF_NONE_MATCH") != quoted:
        raise ValueError(tag)
    return b"", [("ETag", quoted), ("Date", http_date(int(time.time())))]


@functools.lru_cache(maxsize=1)
def http_date(second: int) -> str:
    return email.utils.formatdate(second, usegmt=True)


ROWS = (
    "<table>{% for row in rows %}<tr><td>{{ row.id }}<td>{{ row.name }}"
    "<td>{{ row.email }}<td>{{ row.score }}</tr>{% endfor %}</table>"
)


@functools.cache
def template_of(app: flask.Flask) -> t.Any:
    return app.jinja_env.from_string(ROWS)


def rows(app: flask.Flask, count: int) -> str:
    return flask.render_template(
        template_of(app), rows=[record(number) for number in range(count)]
    )


def overriding(name: str) -> Customize:
    """A subclass in which one method is overridden and calls the next."""

    def customize(base: type[flask.Response]) -> type[flask.Response]:
        def method(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
            return getattr(super(subclass, self), name)(*args, **kwargs)

        subclass = type("Custom", (base,), {name: method})
        return subclass

    return customize


def attributes(**values: t.Any) -> Customize:
    return lambda base: type("Custom", (base,), values)


#: The request without Flask's proxy, which takes a microsecond.
REQUEST = flask.request._get_current_object  # type: ignore[attr-defined]

FIVE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Request-Id": "0123456789abcdef",
    "X-Frame-Options": "DENY",
    "Content-Language": "en",
    "ETag": '"0123456789"',
}
ASCII_10K = "0123456789abcdef" * 640
#: Three characters of two and three bytes in 160.
PROSE_10K = (
    "<p>The café on the corner opens at seven, and by half past the queue reaches"
    " the door; nobody minds – coffee is 2 € and the rolls are still warm when you"
    " get there.</p>\n"
) * 62
MIXED_10K = "0123456789abcdé→" * 600
KILOBYTE = b"0123456789abcdef" * 64
ASCII_100K = 'She said: "0123456789abcdef".\n' * 3_400
MIXED_100K = "0123456789abcdé→" * 6_000
RANDOM = random.Random(1)
DOUBLES = [RANDOM.uniform(-1000, 1000) for _ in range(2000)]
INTEGERS = [RANDOM.randrange(10 ** RANDOM.randrange(1, 19)) for _ in range(2000)]
WIDE_KEYS = [f"key-{number}" for number in RANDOM.sample(range(10_000), 10_000)]
JSON_BY_HAND = json_by_hand()

CASES: dict[str, Case] = {
    "str 13 B": Case(lambda: "Hello, World!", goal=11, by_hand=str.encode),
    "str empty": Case(lambda: ""),
    "bytes 1 KB": Case(lambda: KILOBYTE, goal=11, by_hand=bytes),
    "bytearray 1 KB": Case(lambda: bytearray(KILOBYTE)),
    "str 10 KB ASCII": Case(lambda: ASCII_10K, goal=9, by_hand=str.encode),
    "str 10 KB ASCII, new": Case(lambda: fresh(ASCII_10K), by_hand=str.encode),
    "str 10 KB, some non-ASCII": Case(
        lambda: PROSE_10K, goal=8, by_hand=str.encode, loops=200
    ),
    "str 10 KB, some non-ASCII, new": Case(
        lambda: fresh(PROSE_10K), by_hand=str.encode, loops=200
    ),
    "str 10 KB non-ASCII": Case(lambda: MIXED_10K, by_hand=str.encode, loops=200),
    "str 10 KB non-ASCII, new": Case(
        lambda: fresh(MIXED_10K), by_hand=str.encode, loops=200
    ),
    "bytes 1 MB": Case(lambda: bytes(1_000_000), loops=50),
    "(str, int)": Case(lambda: ("Hello, World!", 404)),
    "(str, str)": Case(lambda: ("Hello, World!", "404 Gone fishing")),
    "(str, 5 headers)": Case(lambda: ("Hello, World!", FIVE_HEADERS)),
    "(str, 201, 5 headers)": Case(
        lambda: ("Hello, World!", 201, FIVE_HEADERS),
        goal=12,
        by_hand=lambda value: value[0].encode(),
    ),
    "(str, 5 pairs)": Case(lambda: ("Hello, World!", list(FIVE_HEADERS.items()))),
    "(str, Headers)": Case(lambda: ("Hello, World!", Headers(FIVE_HEADERS))),
    "(str, 200 headers)": Case(
        lambda: ("x", {f"X-Header-{number}": "value" for number in range(200)}),
        loops=50,
    ),
    "dict, 5 keys": Case(lambda: record(1), goal=11, by_hand=JSON_BY_HAND),
    "list of 20 dicts": Case(
        lambda: [record(n) for n in range(20)], goal=12, by_hand=JSON_BY_HAND, loops=100
    ),
    "dict, 1,000 records": Case(
        lambda: accounts(1000), goal=9, by_hand=JSON_BY_HAND, loops=5
    ),
    # The sums are new objects.
    "2,000 doubles": Case(lambda: [number + 0.0 for number in DOUBLES], loops=10),
    "2,000 integers": Case(lambda: [number + 0 for number in INTEGERS], loops=50),
    "100 KB ASCII in a list": Case(lambda: [ASCII_100K], loops=50),
    "100 KB ASCII in a list, new": Case(lambda: [fresh(ASCII_100K)], loops=50),
    "100 KB non-ASCII in a list": Case(lambda: [MIXED_100K], loops=20),
    "100 KB non-ASCII in a list, new": Case(lambda: [fresh(MIXED_100K)], loops=20),
    "100 levels": Case(lambda: levels(100), loops=200),
    "dict, 10,000 keys": Case(
        lambda: {fresh(key): at for at, key in enumerate(WIDE_KEYS)}, loops=2
    ),
    "dates and dataclasses": Case(lambda: events(50), loops=10),
    "jsonify": Case(lambda app: flask.jsonify(record(1)), in_view=True),
    "generator, 100 chunks": Case(lambda: chunks(100), goal=4, by_hand=iter, loops=100),
    "generator, 100 text chunks": Case(lambda: text_chunks(100), loops=100),
    "iterator, 100 chunks": Case(lambda: iter([KILOBYTE] * 100), loops=100),
    "Response": Case(lambda app: app.response_class("Hello, World!"), in_view=True),
    "Response, list of 100": Case(
        lambda app: app.response_class(["chunk"] * 100), in_view=True, loops=100
    ),
    "Response, stock class": Case(
        lambda app: flask.Response("Hello, World!"), in_view=True
    ),
    "make_response": Case(
        lambda app: flask.make_response("Hello, World!", 201), in_view=True
    ),
    "generator, 1,000 chunks": Case(lambda: chunks(1000), by_hand=iter, loops=20),
    "3 cookies": Case(
        with_cookies, goal=13, in_view=True, by_hand=cookies_by_hand, loops=200
    ),
    "1 header set": with_headers(1),
    "3 headers set": with_headers(3),
    "10 headers set": with_headers(10),
    "12 headers set": with_headers(12),
    "CORS-like, 7 headers": Case(
        lambda app: with_cors(app.make_response("Hello, World!")),
        in_view=True,
        by_hand=hello_by_hand([*CORS_FIELDS, VARY]),
        loops=200,
    ),
    "redirect": Case(
        lambda app: flask.redirect(LOCATION),
        goal=9,
        in_view=True,
        by_hand=redirect_by_hand,
    ),
    "redirect by the app": Case(
        lambda app: app.redirect(LOCATION),
        goal=14,
        in_view=True,
        by_hand=redirect_by_hand,
    ),
    "HTTPException": Case(NotFound, goal=12, loops=200),
    "HTTPException, described": Case(lambda: NotFound("No <such> user."), loops=200),
    "304 of 10 KB": Case(
        conditional,
        in_view=True,
        by_hand=lambda environ: not_modified(
            environ, generate_etag(ASCII_10K.encode())
        ),
        environ={"HTTP_IF_NONE_MATCH": f'"{body_tag()}"'},
        loops=200,
    ),
    "304, ETag given": Case(
        with_etag,
        goal=10,
        in_view=True,
        by_hand=lambda environ: not_modified(environ, TAG),
        environ={"HTTP_IF_NONE_MATCH": f'"{TAG}"'},
        loops=500,
    ),
    "WSGI callable": Case(lambda: wsgi_app, goal=1, loops=500),
    "WSGI callable, generator": Case(lambda: streaming_app, loops=500),
    "(str, 204)": Case(lambda: ("", 204)),
    "(str, 304)": Case(lambda: ("", 304)),
    "HEAD": Case(lambda: "Hello, World!", method="HEAD", goal=10, by_hand=str.encode),
    "class: media type": Case(
        lambda: "<a/>", customize=attributes(default_mimetype="application/xml")
    ),
    "class: no Content-Length": Case(
        lambda: "Hello, World!",
        customize=attributes(automatically_set_content_length=False),
    ),
    **{
        f"class: {name}": Case(lambda: "Hello, World!", customize=overriding(name))
        for name in (
            "__init__",
            "__call__",
            "get_wsgi_response",
            "get_wsgi_headers",
            "get_app_iter",
            "iter_encoded",
            "set_data",
            "close",
            "_clean_status",
        )
    },
}


# --- whole requests --------------------------------------------------------

Hook = cabc.Callable[[t.Any], t.Any]


class Request(t.NamedTuple):
    """A return value of a view, and the hooks after it."""

    case: Case
    #: ``after_request`` functions.
    hooks: tuple[Hook, ...] = ()
    path: str = "/"
    #: Whether the request has a session cookie.
    session: bool = False
    #: Whether the app has a secret key, and so opens a session for each request.
    keyed: bool = True


def setting(*names: str) -> tuple[Hook, ...]:
    """Return a hook for each header."""

    def hook(name: str) -> Hook:
        def set_header(response: t.Any) -> t.Any:
            response.headers[name] = "1"
            return response

        return set_header

    return tuple(map(hook, names))


def read_session(app: flask.Flask) -> str:
    return f"Hello, {flask.session['user']}!"


def write_session(app: flask.Flask) -> str:
    flask.session["user"] = "World"
    return "Hello, World!"


HELLO, SMALL_DICT = CASES["str 13 B"], CASES["dict, 5 keys"]
REQUESTS: dict[str, Request] = {
    "hello, no secret key": Request(HELLO, keyed=False),
    "hello": Request(HELLO),
    "hello, signed in": Request(HELLO, session=True),
    "small dict": Request(SMALL_DICT),
    "5-header tuple": Request(CASES["(str, 201, 5 headers)"]),
    "hello + 1 hook": Request(HELLO, setting("X-A")),
    "hello + 3 hooks": Request(HELLO, setting("X-A", "X-B", "X-C")),
    "hello + 10 hooks": Request(HELLO, setting(*(f"X-{n}" for n in range(10)))),
    "dict + CORS-like hook of 7 headers": Request(SMALL_DICT, (with_cors,)),
    "3 cookies": Request(CASES["3 cookies"]),
    "404": Request(HELLO, path="/nowhere"),
    "redirect": Request(CASES["redirect"]),
    "304 of 10 KB": Request(CASES["304 of 10 KB"]),
    "generator, 100 chunks": Request(CASES["generator, 100 chunks"]),
    "str 10 KB": Request(CASES["str 10 KB ASCII"]),
    "template of 20 rows": Request(Case(lambda app: rows(app, 20), in_view=True)),
    "session read": Request(Case(read_session, in_view=True), session=True),
    "session written": Request(Case(write_session, in_view=True)),
}
