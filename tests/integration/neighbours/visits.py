"""The same visit to an app as it is and with fastresp, compared.

An app is made once for each of :data:`WAYS`. A visit is a function that sends
requests with a :class:`Browser`. What is compared: the status, the headers in
their order and the chunks of each answer, and what the visit or the app noted
in the journal, such as the entries of a cache.
"""

from __future__ import annotations

import collections.abc as cabc
import json
import re
import types
import typing as t

import flask
from conftest import counted
from conftest import NOW
from parity import Described
from parity import exchange
from parity import Journal
from werkzeug.test import Client
from werkzeug.wrappers import Response as WerkzeugResponse
from werkzeug.wsgi import ClosingIterator

import fastresp


class Way(t.NamedTuple):
    """What is done to an app when it has been made, and when it is set up."""

    first: t.Callable[[t.Any], object]
    last: t.Callable[[t.Any], object]


def leave(app: flask.Flask) -> None:
    pass


WAYS = {
    "stock": Way(leave, leave),
    "class": Way(lambda app: setattr(app, "response_class", fastresp.Response), leave),
    "FastResp first": Way(fastresp.FastResp, leave),
    "FastResp last": Way(leave, fastresp.FastResp),
}


class Browser(Client):
    """Sends requests, keeps cookies, and describes each answer."""

    def __init__(
        self, app: t.Any, journal: Journal, constant: t.Callable[[bytes], bytes]
    ) -> None:
        super().__init__(self._seen)
        self.app = app
        self.journal = journal
        self.constant = constant
        self.answers: list[tuple[str, Described]] = []
        #: Requests whose answers the fast path did not emit.
        self.left: list[str] = []

    def __repr__(self) -> str:
        return f"<Browser: {len(self.answers)} answers>"

    def ask(self, requests: str, **how: t.Any) -> t.Any:
        """Send a request for each line: a method, a path, the code of the status that
        comes, and maybe JSON; return the last answer."""
        for line in requests.strip().splitlines():
            method, path, code, *body = line.split(None, 3)
            content = json.loads(body[0]) if body else None
            answer = self.open(path, method=method, json=content, **how)
            assert answer.status_code == int(code), (line, answer.text)
        return answer

    def page(self, path: str, files: str) -> t.Any:
        """Request a page, then the files below a path that it links to."""
        answer = self.ask(f"GET {path} 200")
        found = re.findall(rf'(?:src|href)="\.?({files}[^"]+)"', answer.text)
        assert found
        for file in found:
            self.ask(f"GET {file} 200")
        return answer

    def submit(self, path: str, code: int, **data: t.Any) -> None:
        """Fill in the form of a page, with the token that is in it."""
        token = re.search(r'csrf_token"[^>]*value="([^"]+)', self.get(path).text)
        if token:
            data["csrf_token"] = token[1]
        answer = self.post(path, data=data)
        assert answer.status_code == code, (path, answer.text)

    def _seen(self, environ: t.Any, start_response: t.Any) -> list[bytes]:
        """The app's answer, described, then handed on in one list."""
        chunks: list[bytes] = []

        def app(environ: t.Any, start: t.Any) -> t.Any:
            def started(status: str, headers: t.Any, exc_info: t.Any = None) -> t.Any:
                write = start(status, headers, exc_info)
                start_response(status, list(headers), exc_info)
                return write

            app_iter = self.app(environ, started)
            close = getattr(app_iter, "close", lambda: None)
            return ClosingIterator(kept(app_iter), close)

        def kept(app_iter: cabc.Iterable[bytes]) -> cabc.Iterator[bytes]:
            for chunk in app_iter:
                chunks.append(chunk)
                yield self.constant(chunk)

        request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        before = counted("emitted")
        answer = exchange(app, **environ)
        # Error pages may be emitted twice.
        if counted("emitted") == before:
            self.left.append(request)
        self.answers.append((request, answer))
        if not answer["started"]:
            raise AssertionError(f"{request}: {answer['end']}")
        return chunks


Setup = t.Callable[[t.Any, Journal], t.Any]
Program = t.Callable[[Browser], object]


def visited(
    way: Way,
    setup: Setup,
    program: Program,
    create: t.Callable[[], t.Any] = lambda: flask.Flask("app"),
    config: t.Mapping[str, t.Any] = types.MappingProxyType({}),
    constant: t.Callable[[bytes], bytes] = lambda chunk: chunk,
) -> Browser:
    """Makes an app in one way, sets it up, visits it.

    :param setup: adds the package under test and the views; may return a WSGI
        application to visit in place of the app.
    :param constant: takes out of a chunk what differs from run to run.
    """
    journal = Journal()
    app = create()
    app.logger.disabled = True
    way.first(app)
    # An error is answered, also with DEBUG.
    app.config.update({"PROPAGATE_EXCEPTIONS": False, **config})
    application = setup(app, journal) or app
    way.last(app)
    browser = Browser(application, journal, constant)
    program(browser)
    return browser


def compare(
    setup: Setup,
    program: Program,
    *,
    left: cabc.Iterable[str] = (),
    late: bool = False,
    **options: t.Any,
) -> None:
    """Makes an app in each way, sets it up, visits it, and compares.

    :param left: the requests whose answers are not emitted by the fast path.
    :param late: the package gives the app another JSON provider or the like, of which
        the first request after ``FastResp`` warns.
    :param options: those of :func:`visited`.
    """
    stock = visited(WAYS["stock"], setup, program, **options)
    assert stock.answers
    assert len(stock.left) == len(stock.answers)
    for name, way in WAYS.items():
        if name == "stock":
            continue
        fast = visited(way, setup, program, **options)
        if late and name == "FastResp first":
            warning = fast.answers[0][1]["end"]["warnings"].pop()
            assert "was changed after FastResp(app)" in warning[1]
        for ours, theirs in zip(fast.answers, stock.answers, strict=True):
            assert ours == theirs, name
        assert fast.journal.entries == stock.journal.entries, name
        assert set(fast.left) == set(left), name


#: One path for each kind of return value.
PATHS = (
    "/text",
    "/bytes",
    "/dict",
    "/list",
    "/tuple",
    "/stream",
    "/redirect",
    "/missing",
    "/failing",
    "/response",
    "/werkzeug",
    "/wsgi",
    "/jsonify",
    "/cookies",
    "/etag",
    "/file",
    "/template",
    "/nothing",
    "/nowhere",
)


def add_views(app: flask.Flask) -> None:
    """Views that return what views return, one for each of :data:`PATHS`."""
    app.secret_key = "secret"

    def stream() -> t.Any:
        yield from ("first, ", "second ü, ", "", "third")

    def made() -> flask.Response:
        response = flask.make_response("made", 202)
        response.headers["X-Made"] = "1"
        response.headers.add("X-Made", "2")
        response.vary.add("Cookie")
        response.mimetype = "text/x-made"
        return response

    def with_cookies() -> flask.Response:
        response = flask.make_response("cookies")
        response.set_cookie("one", "1", max_age=60, expires=NOW, httponly=True)
        response.set_cookie("two", "a b", samesite="Lax", path="/two")
        response.delete_cookie("three")
        return response

    def with_etag() -> t.Any:
        response = flask.make_response("etag " * 300)
        response.add_etag()
        return response.make_conditional(flask.request)

    views: dict[str, t.Callable[[], t.Any]] = {
        "/text": lambda: "text ü " * 100,
        "/bytes": lambda: b"bytes",
        "/dict": lambda: {"b": [1, 2.5, None], "a": "ü" * 300},
        "/list": lambda: [{"a": 1}, {"a": 2}],
        "/tuple": lambda: ("tuple", 201, {"X-One": "1", "Vary": "Accept"}),
        "/stream": lambda: stream(),
        "/redirect": lambda: flask.redirect("/text?a=ü"),
        "/missing": lambda: flask.abort(404, "not here"),
        "/failing": lambda: 1 // 0,
        "/response": made,
        "/werkzeug": lambda: WerkzeugResponse("werkzeug", 203, {"X-Two": "2"}),
        "/wsgi": lambda: flask.Response("inner", 206).__call__,
        "/jsonify": lambda: flask.jsonify(now="then", items=[1]),
        "/cookies": with_cookies,
        "/etag": with_etag,
        "/file": lambda: flask.send_file(__file__, "text/plain"),
        "/template": lambda: flask.render_template_string("<body>{{ 1 + 1 }}</body>"),
        "/nothing": lambda: ("", 204),
    }
    for path, view in views.items():
        app.add_url_rule(path, path[1:], view, methods=["GET", "POST"])


def see_all(browser: Browser, **request: t.Any) -> list[t.Any]:
    """Requests each of :data:`PATHS`, and one without its body."""
    browser.head("/text", **request)
    return [browser.get(path, **request) for path in PATHS]
