"""Flask-CORS: headers that say which other origins may read an answer."""

from __future__ import annotations

import typing as t

import flask
import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_cors = pytest.importorskip("flask_cors")

ORIGIN = {"Origin": "https://shop.example"}
PREFLIGHT = {
    **ORIGIN,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "X-Own, Content-Type",
}


def visit(browser: Browser) -> None:
    answers = see_all(browser, headers=ORIGIN)
    assert any("Access-Control-Allow-Origin" in answer.headers for answer in answers)
    see_all(browser)
    see_all(browser, headers={"Origin": "https://elsewhere.example"})
    for path in ("/text", "/decorated", "/nowhere"):
        answer = browser.options(path, headers=PREFLIGHT)
        browser.journal(answer.headers.get("Access-Control-Allow-Methods"))
        browser.options(path)
    browser.get("/decorated", headers=ORIGIN)
    assert any(browser.journal.entries)


@pytest.mark.parametrize(
    "options",
    (
        {},
        {"origins": "https://shop.example", "supports_credentials": True},
        {
            "origins": [r"https://.*\.example", "null"],
            "expose_headers": ["X-One", "X-Made"],
            "allow_headers": ["X-Own"],
            "methods": ["GET", "PUT"],
            "max_age": 600,
            "vary_header": True,
        },
        {"resources": {r"/t.*": {"origins": "*", "send_wildcard": True}}},
    ),
)
def test_cors(options: dict[str, t.Any]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        flask_cors.CORS(app, **options)
        add_views(app)

        @app.route("/decorated", methods=["GET", "PUT", "OPTIONS"])
        @flask_cors.cross_origin(origins="https://shop.example", automatic_options=True)
        def decorated() -> t.Any:
            return {"a": 1}, 201, {"Vary": "Accept"}

    compare(setup, visit)
