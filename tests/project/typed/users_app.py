"""An app that uses every public name, as its author's type checker sees it.

Not a test by itself: checked by mypy and pyright, both strict, and run once by
``test_types.py``.
"""

from __future__ import annotations

import datetime
import typing as t

import flask
from flask import Flask
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import FastResp
from fastresp import gunicorn
from fastresp import http1
from fastresp import wrappers
from fastresp.json import JSONProvider

if t.TYPE_CHECKING:
    from typing import assert_type
else:

    def assert_type(value, type_):
        return value


class PlainText(fastresp.Response):
    """A response class of the app's own."""

    default_mimetype = "text/plain"

    def close(self) -> None:
        super().close()

    def get_wsgi_headers(self, environ: t.Any) -> t.Any:
        headers = super().get_wsgi_headers(environ)
        headers["X-App"] = "users"
        return headers


class ISODates(JSONProvider):
    sort_keys = False

    @staticmethod
    def default(o: t.Any) -> t.Any:
        if isinstance(o, datetime.date):
            return o.isoformat()
        return JSONProvider.default(o)


class App(Flask):
    response_class = fastresp.Response
    json_provider_class = ISODates


def answers() -> None:
    response = fastresp.Response("text", 201, {"X-A": "1"}, mimetype="text/plain")
    assert_type(response.status_code, int)
    assert_type(response.get_data(), bytes)
    response.set_cookie("name", "value", max_age=60, httponly=True)
    response.headers.add("Vary", "Cookie")
    stock: flask.Response = response
    assert_type(stock.status, str)

    plain = wrappers.Response(b"bytes", content_type="text/plain")
    werkzeugs: WerkzeugResponse = plain
    assert_type(werkzeugs.is_sequence, bool)
    # The class that it is called on is not in Werkzeug's annotations.
    assert isinstance(PlainText.force_type(plain), PlainText)


def heads() -> bytes:
    fields = [http1.date_header(), ("Content-Length", "5")]
    assert_type(http1.date_header(), tuple[str, str])
    head = http1.render_head("200 OK", fields, version="1.0")
    head += http1.render_head(204, {"Set-Cookie": ["a=1", "b=2"]})
    head += http1.render_informational(103, [("Link", "</a.css>; rel=preload")])
    return head + http1.chunk_head(5) + b"Hello\r\n" + http1.LAST_CHUNK


def create_app() -> Flask:
    app = App(__name__)
    app.response_class = PlainText
    extension = FastResp()
    extension.init_app(app)
    FastResp(app)

    @app.get("/")
    def index() -> dict[str, datetime.date]:
        return {"day": datetime.date(2020, 1, 1)}

    @app.get("/text")
    def text() -> tuple[str, int, dict[str, str]]:
        return "text", 202, {"X-A": "1"}

    @app.get("/own")
    def own() -> fastresp.Response:
        return PlainText("own")

    return app


def state() -> str:
    assert_type(fastresp.ACCELERATED, bool)
    assert_type(fastresp.fast_path_counts(), dict[str, int])
    assert_type(fastresp.__version__, str)
    return f"{fastresp.__version__}: {fastresp.fast_path_counts()['built']}"


WORKERS: list[type[t.Any]] = [
    gunicorn.SyncWorker,
    gunicorn.ThreadWorker,
    gunicorn.GeventWorker,
]
