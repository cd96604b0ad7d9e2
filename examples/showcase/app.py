"""One route for each thing that a Flask view can return.

The same app twice: ``create_app(fast=False)`` is plain Flask,
``create_app(fast=True)`` adds fastresp. ``demo.py`` requests every entry of
:data:`ROUTES` from both and compares the answers.

.. code-block:: text

    gunicorn "app:create_app()"
    SHOWCASE_FAST=1 gunicorn "app:create_app()"

Every answer is the same each time, save for the ``Date`` that
:func:`~flask.send_file` adds.
"""

from __future__ import annotations

import csv
import os
import typing as t
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from io import BytesIO
from pathlib import Path

from flask import abort
from flask import Blueprint
from flask import Flask
from flask import jsonify
from flask import make_response
from flask import redirect
from flask import render_template
from flask import request
from flask import Response
from flask import send_file
from flask import session
from flask import stream_with_context
from flask import url_for
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response as WerkzeugResponse

from fastresp import FastResp

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

BOOKS_CSV = Path(__file__).with_name("data").joinpath("books.csv").read_bytes()
BOOKS = list(csv.DictReader(BOOKS_CSV.decode().splitlines()))

BOOKS_XML = """\
<?xml version="1.0" encoding="utf-8"?>
<books><book number="1">Solaris</book></books>
"""

#: What ``POST /session`` sets for Ada: the secret and the clock stand still.
SESSION_COOKIE = "session=eyJyZWFkZXIiOiJBZGEifQ.ZVPxAA.u6HHlOGs2k73DmIrAqyq01PGV0k"


class Route(t.NamedTuple):
    """A request to the showcase."""

    path: str
    #: What the view returns, in words.
    returns: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __str__(self) -> str:
        names = "".join(f" +{name}" for name, _ in self.headers)
        return f"{self.method} {self.path}{names}"


FORM = ("Content-Type", "application/x-www-form-urlencoded")

#: Every route, and some of them in more than one way.
ROUTES = (
    Route("/text", "str"),
    Route("/text", "str", "HEAD"),
    Route("/template", "(str of render_template, int)"),
    Route("/dict", "dict"),
    Route("/list", "list"),
    Route("/jsonify/keywords", "jsonify(**kwargs)"),
    Route("/jsonify/list", "jsonify(list)"),
    Route("/jsonify/nothing", "jsonify()"),
    Route("/bytes", "bytes"),
    Route("/text-status", "(str, int)"),
    Route("/text-headers", "(str, dict)"),
    Route("/text-status-headers", "(str, int, dict)"),
    Route("/response", "Response"),
    Route("/response-status-headers", "(Response, int, dict)"),
    Route("/lines", "generator"),
    Route("/lines", "generator", "HEAD"),
    Route("/lines-with-context?prefix=row", "stream_with_context(generator)"),
    Route("/download", "send_file(BytesIO)"),
    Route("/download", "send_file(BytesIO)", "HEAD"),
    Route(
        "/download",
        "send_file(BytesIO), 304",
        headers=(("If-None-Match", '"books-1"'),),
    ),
    Route(
        "/download",
        "send_file(BytesIO), 206",
        headers=(("Range", "bytes=7-12"),),
    ),
    Route("/made", "make_response, changed"),
    Route("/made", "make_response, delete_cookie", "DELETE"),
    Route("/moved", "redirect, 301"),
    Route("/found", "redirect, 302"),
    Route("/abort", "abort(404)"),
    Route("/session", "(str, int), session written", "POST", (FORM,), b"reader=Ada"),
    Route("/session", "str, session read"),
    Route("/session", "str, session read", headers=(("Cookie", SESSION_COOKIE),)),
    Route("/wsgi-app", "WSGI app"),
    Route("/static/style.css", "Flask's static view"),
    Route("/api/books", "list, after_request adds"),
    Route("/api/books?callback=show", "list, after_request changes"),
    Route("/api/books?envelope", "list, after_request replaces"),
    Route("/api/books/1", "dict, after_request adds"),
    Route("/api/books/4", "abort(404), handler: (dict, int)"),
    Route("/xml/", "str, class has default_mimetype"),
    Route("/sniffing/xml", "str, class has __init__"),
    Route("/sniffing/html", "str, class has __init__"),
    Route("/json/dict", "dict, class has force_type"),
    Route("/json/object", "object, class has force_type"),
    Route("/flask-subclass/", "str, class set in Flask subclass"),
)

# --- values ----------------------------------------------------------------

values = Blueprint("values", __name__)


@values.get("/text")
def text() -> str:
    return "Dzień dobry, Stanisław!\n"


@values.get("/template")
def template() -> tuple[str, int]:
    return render_template("missing.html", title="Ubik & more", books=BOOKS), 404


@values.get("/dict")
def dictionary() -> dict[str, t.Any]:
    return {"title": "Solaris", "author": "Stanisław Lem", "year": 1961, "tags": None}


@values.get("/list")
def list_() -> list[dict[str, str]]:
    return BOOKS


@values.get("/jsonify/keywords")
def jsonify_keywords() -> Response:
    return jsonify(number=1, title="Solaris", lent=False)


@values.get("/jsonify/list")
def jsonify_list() -> Response:
    return jsonify([1, 2.5, "three"])


@values.get("/jsonify/nothing")
def jsonify_nothing() -> Response:
    return jsonify()


@values.get("/bytes")
def bytes_() -> bytes:
    return b"\x00\x01\xfe\xff\r\n"


@values.get("/text-status")
def text_status() -> tuple[str, int]:
    return "Reserved.\n", 201


@values.get("/text-headers")
def text_headers() -> tuple[str, dict[str, str]]:
    return "# Books\n", {"Content-Type": "text/markdown; charset=utf-8"}


@values.get("/text-status-headers")
def text_status_headers() -> tuple[str, int, dict[str, str]]:
    return "Come back later.\n", 503, {"Retry-After": "120", "X-Shelf": "A3"}


# --- responses -------------------------------------------------------------

responses = Blueprint("responses", __name__)


@responses.get("/response")
def response() -> Response:
    return Response("title: Solaris\n", mimetype="text/yaml")


@responses.get("/response-status-headers")
def response_status_headers() -> tuple[Response, int, dict[str, list[str]]]:
    inner = make_response("Behind the counter.\n", {"X-Shelf": "A3"})
    return inner, 207, {"X-Shelf": ["B1", "B2"]}


@responses.get("/made")
def made() -> Response:
    response = make_response("Reserved for an hour.\n")
    response.headers["X-Shelf"] = "A3"
    response.headers.add("Vary", "Accept-Language")
    response.set_cookie(
        "shelf",
        "A3",
        max_age=3600,
        # Otherwise Werkzeug adds the time that max_age amounts to.
        expires="Thu, 01 Jan 2099 00:00:00 GMT",
        httponly=True,
        samesite="Lax",
    )
    response.status = "202 Reserved"
    return response


@responses.delete("/made")
def unmade() -> Response:
    response = make_response("", 204)
    response.delete_cookie("shelf")
    return response


@responses.get("/moved")
def moved() -> WerkzeugResponse:
    return redirect(url_for("values.text"), code=301)


@responses.get("/found")
def found() -> WerkzeugResponse:
    return redirect(url_for("api.book", number=1, lang="pl ść"))


@responses.get("/abort")
def abort_() -> t.NoReturn:
    abort(404)


@responses.post("/session")
def write_session() -> tuple[str, int]:
    session["reader"] = request.form["reader"]
    return "Signed in.\n", 201


@responses.get("/session")
def read_session() -> str:
    return f"Hello, {session.get('reader', 'stranger')}!\n"


@responses.get("/wsgi-app")
def wsgi_app() -> WSGIApplication:
    def application(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> list[bytes]:
        start_response("203 Borrowed", [("Content-Type", "text/plain")])
        return [b"A WSGI app for ", environ["PATH_INFO"].encode("latin-1"), b"\n"]

    return application


# --- streams ---------------------------------------------------------------

streams = Blueprint("streams", __name__)


@streams.get("/lines")
def lines() -> Iterator[str]:
    return (f"{book['number']}: {book['title']}\n" for book in BOOKS)


@streams.get("/lines-with-context")
def lines_with_context() -> Iterator[str]:
    def rows() -> Iterator[str]:
        for book in BOOKS:
            yield f"{request.args['prefix']} {book['author']}\n"

    return stream_with_context(rows())


@streams.get("/download")
def download() -> Response:
    return send_file(
        # From memory: a file's own ETag and Last-Modified depend on when it
        # was checked out.
        BytesIO(BOOKS_CSV),
        mimetype="text/csv",
        as_attachment=True,
        download_name="books.csv",
        last_modified=datetime(2024, 2, 29, 12, tzinfo=UTC),
        etag="books-1",
    )


# --- hooks -----------------------------------------------------------------

api = Blueprint("api", __name__, url_prefix="/api")


@api.get("/books")
def books() -> list[dict[str, str]]:
    return BOOKS


@api.get("/books/<int:number>")
def book(number: int) -> dict[str, str]:
    for book in BOOKS:
        if book["number"] == str(number):
            return book
    abort(404, f"There is no book {number}.")


@api.errorhandler(404)
def as_json(error: HTTPException) -> tuple[dict[str, t.Any], int]:
    return {"error": error.name, "description": error.description}, 404


@api.after_request
def finish(response: Response) -> Response:
    callback = request.args.get("callback", "")
    if "envelope" in request.args:
        response = jsonify(status=response.status_code, data=response.get_json())
    elif callback.isidentifier():
        response.set_data(f"{callback}({response.get_data(as_text=True).strip()});\n")
        response.mimetype = "text/javascript"
    response.headers["X-Api-Version"] = "1"
    return response


# --- response classes ------------------------------------------------------
#
# These classes are made anew for each app, as FastResp puts fastresp.Response
# among the bases of a response class: the plain app's must stay as it is.


def create_xml_app() -> Flask:
    class XmlResponse(Response):
        default_mimetype = "application/xml"

    app = Flask(__name__, static_folder=None)
    app.response_class = XmlResponse

    @app.get("/")
    def index() -> str:
        return BOOKS_XML

    return app


def create_sniffing_app() -> Flask:
    class SniffingResponse(Response):
        """Knows XML when it sees it."""

        def __init__(
            self, response: t.Any = None, *args: t.Any, **kwargs: t.Any
        ) -> None:
            if isinstance(response, str) and response.startswith("<?xml"):
                kwargs.setdefault("mimetype", "application/xml")
            super().__init__(response, *args, **kwargs)

    app = Flask(__name__, static_folder=None)
    app.response_class = SniffingResponse

    @app.get("/xml")
    def xml() -> str:
        return BOOKS_XML

    @app.get("/html")
    def html() -> str:
        return "<p>Solaris</p>\n"

    return app


def create_json_app() -> Flask:
    @dataclass
    class Book:
        title: str
        year: int

        def __call__(self) -> dict[str, t.Any]:
            # Flask hands callable objects, and no others, to force_type.
            return asdict(self)

    class JsonResponse(Response):
        """Turns into JSON what no other response class would take."""

        @classmethod
        def force_type(cls, response: t.Any, environ: t.Any = None) -> t.Any:
            if isinstance(response, Book):
                response = response()
            if isinstance(response, dict):
                response = jsonify(response)
            return super().force_type(response, environ)

    app = Flask(__name__, static_folder=None)
    app.response_class = JsonResponse

    @app.get("/dict")
    def dictionary() -> t.Any:
        # Flask does this to a plain dict before force_type would see it.
        return JsonResponse.force_type({"title": "Solaris"})

    @app.get("/object")
    def object_() -> t.Any:
        return Book("Solaris", 1961), {"X-Shelf": "A3"}

    return app


def create_flask_subclass_app() -> Flask:
    class PlainTextResponse(Response):
        default_mimetype = "text/plain"

    class PlainTextFlask(Flask):
        response_class = PlainTextResponse

    app = PlainTextFlask(__name__, static_folder=None)

    @app.get("/")
    def index() -> str:
        return "<p>Not HTML.</p>\n"

    return app


# --- the app ---------------------------------------------------------------


class StoppedClock(TimestampSigner):
    """Signs at the same second, so that a session's cookie never changes."""

    def get_timestamp(self) -> int:
        return 1_700_000_000


class UndatedSessions(SecureCookieSessionInterface):
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = StoppedClock
        return serializer


def create_app(fast: bool | None = None) -> Flask:
    """The showcase.

    :param fast: whether fastresp is used. ``None`` asks the environment
        variable ``SHOWCASE_FAST``.
    """
    if fast is None:
        fast = os.environ.get("SHOWCASE_FAST", "0") not in ("", "0")

    app = Flask(__name__)
    app.secret_key = "not a secret"
    app.session_interface = UndatedSessions()
    for blueprint in (values, responses, streams, api):
        app.register_blueprint(blueprint)
    mounts: dict[str, t.Any] = {
        "/xml": create_xml_app(),
        "/sniffing": create_sniffing_app(),
        "/json": create_json_app(),
        "/flask-subclass": create_flask_subclass_app(),
    }
    if fast:
        for each in (app, *mounts.values()):
            FastResp(each)
    app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, mounts
    )
    return app
