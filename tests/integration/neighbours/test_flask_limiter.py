"""Flask-Limiter: refusals, and headers that say what is left."""

from __future__ import annotations

import typing as t

import flask
import pytest
from parity import describe
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_limiter = pytest.importorskip("flask_limiter")


def visit(browser: Browser) -> None:
    answers = see_all(browser)
    assert "X-RateLimit-Remaining" in answers[0].headers
    for path in ("/few", "/own-message", "/own-answer", "/counted", "/later"):
        codes = [browser.get(path).status_code for _ in range(4)]
        assert codes[:1] != [429] and codes[-1] in (418, 429)
    codes = [answer.status_code for _ in range(6) for answer in see_all(browser)]
    assert 429 in codes
    browser.journal(describe(browser.app.extensions["limiter"].pop().storage.storage))


@pytest.mark.parametrize(
    "options",
    (
        {"default_limits": ["6 per minute"]},
        {"default_limits": ["100/day", "5/hour"], "retry_after": "http-date"},
        {"application_limits": ["70/minute"], "strategy": "moving-window"},
        {"default_limits": ["1/minute"], "default_limits_per_method": True},
    ),
)
def test_limiter(options: dict[str, t.Any]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        limiter = flask_limiter.Limiter(
            lambda: "a visitor",
            app=app,
            storage_uri="memory://",
            headers_enabled=True,
            on_breach=lambda limit: journal(str(limit.limit)),
            **options,
        )
        add_views(app)

        def own_answer(limit: t.Any) -> flask.Response:
            return flask.make_response({"error": str(limit.limit)}, 418)

        @app.get("/few")
        @limiter.limit("2/minute")
        def few() -> t.Any:
            return "few"

        @app.get("/own-message")
        @limiter.limit("2/hour", error_message=lambda: "Later ü.")
        def own_message() -> t.Any:
            return "message"

        @app.get("/own-answer")
        @limiter.limit("1/hour", on_breach=own_answer)
        def own() -> t.Any:
            return {"answer": 1}

        @app.get("/counted")
        @limiter.limit("2/hour", deduct_when=lambda response: response.is_json)
        def counted() -> t.Any:
            return [1]

        @app.get("/later")
        @limiter.limit("2/hour")
        def later() -> t.Any:
            return "later", 503, {"Retry-After": "120"}

    compare(setup, visit)
