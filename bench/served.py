"""The apps that servers.py has servers serve."""

from __future__ import annotations

import typing as t

from cases import FIVE_HEADERS
from cases import record
from flask import Flask

import fastresp

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIEnvironment


def raw(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """As little as an app can do."""
    body = b"Hello, World!\n"
    start_response(
        "200 OK",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ],
    )
    return [body]


def create_app() -> Flask:
    app = Flask("served")
    app.add_url_rule("/hello", "hello", lambda: "Hello, World!")
    app.add_url_rule("/json", "json", lambda: record(1))
    app.add_url_rule("/tuple", "tuple", lambda: ("Hello, World!", 201, FIVE_HEADERS))
    return app


stock = create_app()
fast = create_app()
fastresp.FastResp(fast)
