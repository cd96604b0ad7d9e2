"""Flask-DebugToolbar: pages get a toolbar, redirects become pages.

Its panel of the configuration shows the keys that ``FastResp`` adds; the panels
of times are left out.
"""

from __future__ import annotations

import re
import typing as t
import uuid

import flask
import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_debugtoolbar = pytest.importorskip("flask_debugtoolbar")

PANELS = [
    f"flask_debugtoolbar.panels.{name}"
    for name in (
        "versions.VersionDebugPanel",
        "headers.HeaderDebugPanel",
        "request_vars.RequestVarsDebugPanel",
        "template.TemplateDebugPanel",
        "logger.LoggingPanel",
        "route_list.RouteListDebugPanel",
        "g.GDebugPanel",
    )
]


@pytest.fixture(autouse=True)
def same_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates that were rendered are known by random keys."""
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=1))


def constant(chunk: bytes) -> bytes:
    # Addresses of functions and objects.
    return re.sub(rb"0x[0-9a-f]{8,}", b"0x", chunk)


@pytest.mark.parametrize("intercept", (True, False))
def test_toolbar(intercept: bool) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        flask_debugtoolbar.DebugToolbarExtension(app)
        add_views(app)

        @app.get("/page")
        def page() -> t.Any:
            flask.session["a"] = "ü"
            return f"<html><body>{flask.g.get('a')} ü</body></html>", {"X-One": "1"}

    def visit(browser: Browser) -> None:
        for _ in range(2):
            answer = browser.get("/page?a=b")
            assert "flDebug" in answer.text
            see_all(browser)
        answer = browser.get("/redirect")
        assert answer.status_code == (200 if intercept else 302)
        path = "/_debug_toolbar/static/css/toolbar.css"
        assert browser.get(path).status_code == 200

    config = {
        "DEBUG": True,
        "SECRET_KEY": "secret",
        "DEBUG_TB_PANELS": PANELS,
        "DEBUG_TB_INTERCEPT_REDIRECTS": intercept,
    }
    compare(setup, visit, config=config, constant=constant)
