"""Flask-Talisman: security headers, and redirects to https."""

from __future__ import annotations

import itertools
import typing as t

import flask
import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_talisman = pytest.importorskip("flask_talisman")


def visit(browser: Browser) -> None:
    answers = see_all(browser)
    redirected = [answer.headers.get("Location", "") for answer in answers]
    browser.journal(sum(place.startswith("https://") for place in redirected))
    answers = see_all(browser, base_url="https://localhost/")
    for answer in answers:
        assert "Content-Security-Policy" in answer.headers
        assert "Strict-Transport-Security" in answer.headers
    for path in ("/own", "/nonce"):
        browser.get(path, base_url="https://localhost/")


@pytest.mark.parametrize(
    "options",
    (
        {},
        {"force_https_permanent": True, "x_xss_protection": True},
        {
            "force_https": False,
            "content_security_policy": flask_talisman.GOOGLE_CSP_POLICY,
            "content_security_policy_nonce_in": ["script-src"],
            "force_file_save": True,
            "frame_options": "DENY",
            "strict_transport_security_preload": True,
            "feature_policy": {"geolocation": "'none'"},
            "document_policy": {"oversized-images": "?0"},
        },
    ),
)
def test_talisman(options: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        numbers = itertools.count(1)
        talisman = flask_talisman.Talisman(app, **options)
        monkeypatch.setattr(
            pytest.importorskip("flask_talisman.talisman").secrets,
            "token_urlsafe",
            lambda length: f"{next(numbers)}-nonce",
        )
        add_views(app)

        @app.get("/own")
        @talisman(frame_options="ALLOW-FROM", frame_options_allow_from="example.com")
        def own() -> t.Any:
            flask.session["a"] = 1
            return {"a": 1}

        @app.get("/nonce")
        def nonce() -> t.Any:
            template = "<script nonce='{{ csp_nonce() }}'></script>"
            return flask.render_template_string(template)

    compare(setup, visit)
