"""WSGI middlewares of Werkzeug and of the standard library, around an app."""

from __future__ import annotations

import re
import typing as t
import wsgiref.validate

import flask
import pytest
import werkzeug.debug
from parity import describe
from parity import Journal
from werkzeug.debug import DebuggedApplication
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.middleware.profiler import ProfilerMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.middleware.shared_data import SharedDataMiddleware

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import PATHS
from .visits import see_all
from .visits import visited
from .visits import WAYS


def visit(browser: Browser) -> None:
    see_all(browser)
    see_all(browser, headers={"Range": "bytes=0-9", "If-None-Match": '"none"'})
    tag = browser.get("/etag").headers["ETag"]
    answer = browser.get("/etag", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    for path in ("/text", "/nothing", "/nowhere", "/failing"):
        browser.head(path)
        browser.options(path)
        browser.post(path, data={"a": "b"})


LENGTH = "Content-Length and the number of bytes sent to the client do not match."
#: What it says of stock Flask's answers.
COMPLAINTS = {
    "HEAD /text": [LENGTH],
    "HEAD /nowhere": [LENGTH],
    "HEAD /failing": [LENGTH],
    "HEAD /nothing": ["204 responses must have an empty content length."],
    "GET /nothing": ["204 responses must have an empty content length."],
    "POST /nothing": ["204 responses must have an empty content length."],
    "GET /redirect": ["Absolute URLs required for location header."],
}


def test_werkzeug_lint() -> None:
    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        add_views(app)
        return LintMiddleware(app)

    def linted(browser: Browser) -> None:
        visit(browser)
        for request, answer in browser.answers:
            assert answer["end"]["value"] is None, request
            given = answer["end"]["warnings"]
            complaints = {warning[1] for warning in given}
            assert complaints == set(COMPLAINTS.get(request, ())), request
            if request == "GET /redirect":
                # Given by its start_response, which counts Python's frames.
                answer["end"]["warnings"] = [warning[:2] for warning in given]

    compare(setup, linted)


def test_lint_complains() -> None:
    """It looks at what fastresp hands on, not at something in between."""

    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        @app.get("/")
        def view() -> t.Any:
            response = flask.make_response("text")
            response.headers["Content-Length"] = "5"
            response.headers["Connection"] = "close"
            return response

        return LintMiddleware(app)

    def linted(browser: Browser) -> None:
        browser.get("/")
        assert len(browser.answers[0][1]["end"]["warnings"]) > 0

    compare(setup, linted)


def test_wsgiref_validator() -> None:
    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        add_views(app)
        return wsgiref.validate.validator(app)

    def validated(browser: Browser) -> None:
        # It warns where there is no query string.
        query = {"query_string": {"a": "1"}}
        paths = [path for path in PATHS if path != "/nothing"]
        for path in paths:
            browser.get(path, **query)
            browser.head(path, **query)
        for request, answer in browser.answers:
            assert answer["end"] == {"value": None, "warnings": []}, request
        with pytest.raises(AssertionError, match="Content-Type header found in a 204"):
            browser.get("/nothing", **query)

    compare(setup, validated)


def test_proxy_fix() -> None:
    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        app.wsgi_app = ProxyFix(app.wsgi_app, 2, 1, 1, 1, 1)  # type: ignore[method-assign]
        add_views(app)

        @app.get("/seen")
        def seen() -> t.Any:
            url = flask.url_for("text", _external=True)
            return [flask.request.remote_addr, flask.request.url, url]

        @app.get("/back")
        def back() -> t.Any:
            response = flask.redirect(flask.url_for("text"), 307)
            response.autocorrect_location_header = True
            return response

    headers = {
        "X-Forwarded-For": "10.0.0.1, 10.0.0.2",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "shop.example",
        "X-Forwarded-Port": "8443",
        "X-Forwarded-Prefix": "/shop",
    }

    def forwarded(browser: Browser) -> None:
        for sent in ({}, headers):
            see_all(browser, headers=sent)
            browser.get("/seen", headers=sent)
            place = browser.get("/back", headers=sent).headers["Location"]
            browser.journal(place)
        assert browser.journal.entries[1] == "https://shop.example:8443/shop/text"

    # Those with an attribute of their own are Werkzeug's to emit.
    compare(setup, forwarded, left=["GET /back"])


def test_dispatcher() -> None:
    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        add_views(app)

        def made(environ: t.Any, start_response: t.Any) -> t.Any:
            response = app.response_class("made ü", 203, {"X-Made": "1"})
            return response(environ, start_response)

        # A response is a WSGI application, too.
        stock = flask.Response("stock ü", 203, {"X-Stock": "1"})
        return DispatcherMiddleware(app, {"/app": app, "/made": made, "/stock": stock})

    def visit_all(browser: Browser) -> None:
        see_all(browser)
        for path in PATHS:
            browser.get(f"/app{path}")
        for path in ("/made/any", "/made", "/stock"):
            assert browser.get(path).status_code == 203
            browser.head(path)

    compare(setup, visit_all, left=["GET /stock", "HEAD /stock"])


def test_shared_data_and_profiler(tmp_path: t.Any) -> None:
    (tmp_path / "own.txt").write_text("own")

    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        add_views(app)
        shared = SharedDataMiddleware(app, {"/shared": str(tmp_path)})
        return ProfilerMiddleware(shared, stream=None, profile_dir=str(tmp_path))

    compare(setup, see_all)


FRAME = re.compile(rb'(frame-|frm=|id="frame-)\d+')


def test_debugger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of an exception, its files, and its console."""
    monkeypatch.setattr(werkzeug.debug, "gen_salt", lambda length: "s" * length)

    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        app.config["PROPAGATE_EXCEPTIONS"] = True
        add_views(app)

        return DebuggedApplication(app, evalex=True, pin_security=False)

    def debugged(browser: Browser) -> None:
        see_all(browser)
        page = browser.get("/failing")
        assert page.status_code == 500 and "ZeroDivisionError" in page.text
        frame = re.findall(r'id="frame-(\d+)"', page.text)[-1]
        query = {"__debugger__": "yes", "s": "s" * 20}
        answer = browser.get("/", query_string={**query, "cmd": "6*7", "frm": frame})
        assert "42" in answer.text
        query = {"__debugger__": "yes", "cmd": "resource", "f": "style.css"}
        assert browser.get("/", query_string=query).status_code == 200

    # The pages, the console's answer and the file are Werkzeug's own responses.
    compare(
        setup,
        debugged,
        left=["GET /failing", "GET /"],
        constant=lambda chunk: FRAME.sub(b"\\1-", chunk),
    )


def test_debugger_of_a_stream() -> None:
    """The traceback has other frames, but the rest of the page is the same."""

    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        @app.get("/")
        def streamed() -> t.Any:
            yield "before"
            raise LookupError("<in the middle>")

        return DebuggedApplication(app)

    answers = []
    for way in WAYS.values():
        browser = visited(way, setup, lambda browser: browser.get("/"))
        answer = browser.answers[0][1]
        page = answer["chunks"][1][1]
        title = re.search("<title>.*?</title>", page)
        lines = re.findall("raise LookupError.*?<", page)
        assert title and lines
        length = answer["started"][1][1].pop()
        assert length[0] == describe("Content-Length")
        answers.append((answer["started"], answer["chunks"][0], title[0], lines[-1]))
    assert answers[1:] == answers[:1] * 3
