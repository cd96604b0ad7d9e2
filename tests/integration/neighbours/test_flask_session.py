"""Flask-Session: sessions on the server, by ``session_interface``."""

from __future__ import annotations

import itertools
import typing as t

import flask
import pytest
from parity import describe
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_session = pytest.importorskip("flask_session")
cachelib = pytest.importorskip("cachelib")


def setup(app: flask.Flask, journal: Journal) -> None:
    cache = cachelib.SimpleCache()
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)
    add_views(app)
    flask_session.Session(app)
    numbers = itertools.count(1)
    interface: t.Any = app.session_interface
    interface._generate_sid = lambda length: f"sid-{next(numbers)}"

    @app.get("/write/<value>")
    def write(value: str) -> t.Any:
        flask.session["value"] = [value, 1]
        return flask.redirect("/read")

    @app.get("/read")
    def read() -> t.Any:
        return {"value": flask.session.get("value")}, {"Vary": "Accept"}

    @app.get("/renew")
    def renew() -> t.Any:
        interface.regenerate(flask.session)
        return "renewed"

    @app.get("/clear")
    def clear() -> t.Any:
        flask.session.clear()
        return "cleared", 202

    @app.teardown_request
    def note(error: BaseException | None) -> None:
        journal(describe({key: cache.get(key) for key in sorted(cache._cache)}))


def visit(browser: Browser) -> None:
    browser.get("/read")
    browser.get("/write/one")
    assert browser.get_cookie("session") is not None
    see_all(browser)
    answer = browser.get("/read")
    assert answer.json == {"value": ["one", 1]}
    assert "Cookie" in answer.headers["Vary"]
    browser.get("/renew")
    browser.get("/write/two")
    browser.get("/clear")
    assert browser.get_cookie("session") is None
    browser.get("/read")


@pytest.mark.parametrize(
    "config",
    (
        {},
        {"SESSION_PERMANENT": False, "SESSION_SERIALIZATION_FORMAT": "json"},
        {"SESSION_REFRESH_EACH_REQUEST": False, "SESSION_COOKIE_SAMESITE": "Strict"},
        {"SESSION_KEY_PREFIX": "own:", "SESSION_COOKIE_PATH": "/"},
    ),
)
def test_session(config: dict[str, t.Any]) -> None:
    compare(setup, visit, config=config)
