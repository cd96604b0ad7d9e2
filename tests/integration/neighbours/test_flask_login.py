"""Flask-Login: cookies to be remembered by, redirects to the login page."""

from __future__ import annotations

import typing as t

import flask
import pytest
from conftest import Clock
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_login = pytest.importorskip("flask_login")


class FrozenClock(Clock):
    @classmethod
    def utcnow(cls) -> t.Any:
        return cls.now()


@pytest.fixture(autouse=True)
def frozen_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    module = pytest.importorskip("flask_login.login_manager")
    monkeypatch.setattr(module, "datetime", FrozenClock)


class User(flask_login.UserMixin):  # type: ignore[misc,name-defined]
    def __init__(self, name: str) -> None:
        self.id = name


def setup(app: flask.Flask, journal: Journal) -> None:
    manager = flask_login.LoginManager(app)
    manager.login_view = "login"
    manager.refresh_view = "login"
    manager.session_protection = app.config.get("PROTECTION", "basic")
    add_views(app)
    manager.user_loader(lambda name: User(name) if name == "ann" else None)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> t.Any:
        if flask.request.method == "GET":
            return f"Who? {flask.get_flashed_messages()}"
        remember = "remember" in flask.request.form
        journal(flask_login.login_user(User(flask.request.form["name"]), remember))
        return flask.redirect(flask.request.args.get("next", "/own"))

    @app.get("/own")
    @flask_login.login_required
    def own() -> t.Any:
        return {"name": flask_login.current_user.id}

    @app.get("/fresh")
    @flask_login.fresh_login_required
    def fresh() -> t.Any:
        return f"Fresh, {flask_login.current_user.id}", {"X-Fresh": "1"}

    @app.post("/logout")
    def logout() -> t.Any:
        journal(flask_login.logout_user())
        return flask.redirect("/")


def visit(browser: Browser) -> None:
    assert browser.get("/own").status_code == 302
    browser.get("/login")
    for form in ({"name": "ann"}, {"name": "ann", "remember": "1"}, {"name": "bob"}):
        browser.post("/login?next=/fresh", data=form)
        remembered = browser.get_cookie("remember_token") is not None
        always = browser.app.config.get("REMEMBER_COOKIE_REFRESH_EACH_REQUEST", False)
        assert remembered == ("remember" in form or always)
        see_all(browser)
        known = form["name"] == "ann"
        assert browser.get("/own").status_code == (200 if known else 302)
        browser.get("/fresh")
        if remembered:
            # Known by the cookie alone, no longer fresh.
            browser.delete_cookie("session")
            assert browser.get("/own").status_code == (200 if known else 302)
            assert browser.get("/fresh").status_code == 302
        browser.get("/own", headers={"User-Agent": "another browser"})
        browser.post("/logout")
        assert browser.get_cookie("remember_token") is None
        browser.get("/own")


@pytest.mark.parametrize(
    "config",
    (
        {},
        {"PROTECTION": "strong", "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": True},
        {
            "REMEMBER_COOKIE_NAME": "remember_token",
            "REMEMBER_COOKIE_SAMESITE": "Lax",
            "REMEMBER_COOKIE_DURATION": 60,
            "USE_SESSION_FOR_NEXT": True,
        },
    ),
)
def test_login(config: dict[str, t.Any]) -> None:
    compare(setup, visit, config=config)
