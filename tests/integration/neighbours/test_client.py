"""Flask's test client: its responses are of a class made of the app's."""

from __future__ import annotations

import typing as t

import flask
from conftest import counted
from parity import describe
from parity import Journal
from parity import outcome

import fastresp

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import PATHS


def setup(app: flask.Flask, journal: Journal) -> None:
    app.testing = True
    add_views(app)

    @app.get("/session")
    def session() -> t.Any:
        flask.session["visits"] = flask.session.get("visits", 0) + 1
        return flask.redirect("/cookies")


def facts(response: t.Any) -> list[t.Any]:
    """What a test may ask of a response, which is closed then."""
    known = [
        response.status,
        response.status_code,
        list(response.headers),
        describe(response.data),
        outcome(lambda: response.text),
        outcome(lambda: describe(response.json)),
        response.is_json,
        response.is_streamed,
        response.is_sequence,
        response.mimetype,
        response.content_length,
        response.content_type,
        response.location,
        response.get_etag(),
        response.vary.to_header(),
        response.cache_control.to_header(),
        str(response.last_modified),
        describe([item.status for item in response.history]),
        response.request.path,
        list(response.iter_encoded()),
        [cls.__name__ for cls in type(response).__mro__[:2]],
        isinstance(response, flask.Response),
    ]
    response.close()
    return known


def visit(browser: Browser) -> None:
    browser.get("/text")
    app = browser.app
    before = counted("emitted")
    client = app.test_client()
    for path in (*PATHS, "/session"):
        browser.journal((path, facts(client.get(path))))
        for options in (
            {"follow_redirects": True},
            {"buffered": True},
            {"headers": {"Range": "bytes=0-3"}},
        ):
            browser.journal((path, options, facts(client.get(path, **options))))
        browser.journal((path, facts(client.head(path))))
    with client.session_transaction() as session:
        browser.journal(dict(session))
        session["visits"] = 99
    with app.test_client() as kept:
        browser.journal(facts(kept.post("/dict", json={"a": 1})))
        browser.journal(flask.request.path)
        browser.journal([kept.get("/stream").text for _ in range(2)])
    browser.journal(describe(client.get_cookie("one")))
    browser.journal(outcome(lambda: facts(client.get("/text").make_conditional({}))))
    if issubclass(app.response_class, fastresp.Response):
        assert counted("emitted") - before > 5 * len(PATHS)


def test_client() -> None:
    compare(setup, visit)
