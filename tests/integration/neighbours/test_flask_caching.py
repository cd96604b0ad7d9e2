"""Flask-Caching: responses are pickled, and read back in later requests.

The entries are compared as they are when read back: a pickle names the class
of its response, which is fastresp's.
"""

from __future__ import annotations

import itertools
import pickle
import typing as t
import uuid
from pathlib import Path

import flask
import pytest
from parity import describe
from parity import Journal
from parity import state
from werkzeug.wrappers import Response as WerkzeugResponse

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import PATHS
from .visits import visited
from .visits import WAYS

flask_caching = pytest.importorskip("flask_caching")

# A generator cannot be pickled, nor can a file or a bound method be cached.
CACHED = [path for path in PATHS if path not in ("/stream", "/file", "/wsgi")]


@pytest.fixture(autouse=True)
def same_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memoized functions have a random part in their keys."""
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=1))


def described(value: t.Any) -> t.Any:
    return state(value) if isinstance(value, WerkzeugResponse) else describe(value)


def setup_with(config: dict[str, t.Any]) -> t.Any:
    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config.update(config)
        cache = flask_caching.Cache(app)
        add_views(app)
        for rule in list(app.url_map.iter_rules()):
            view = app.view_functions[rule.endpoint]

            def noted(view: t.Any = view, name: str = rule.endpoint) -> t.Any:
                journal(name)
                return view()

            if rule.rule in CACHED:
                cached = cache.cached(key_prefix=rule.rule)(noted)
                app.view_functions[rule.endpoint] = cached

        @app.get("/made/<kind>")
        @cache.cached(query_string=True, response_hit_indication=True)
        def made(kind: str) -> t.Any:
            journal(kind)
            response = flask.make_response(kind, 202, {"X-Kind": "ü", "Vary": "A"})
            response.vary.add("Cookie")
            response.set_cookie("kind", kind)
            response.call_on_close(lambda: None)
            return flask.make_response(response.get_data(), response.headers)

        @app.get("/timed")
        @cache.cached(timeout=5)
        def timed() -> t.Any:
            journal("timed")
            return flask_caching.CachedResponse(flask.make_response("timed"), 60)

        @app.get("/refused")
        @cache.cached(response_filter=lambda rv: rv.status_code == 200)
        def refused() -> t.Any:
            journal("refused")
            return flask.make_response("refused", 500)

        @cache.memoize(60)
        def memoized(number: int) -> t.Any:
            journal(number)
            response = flask.make_response({"number": number})
            response.headers["X-Number"] = str(number)
            return response

        @app.get("/memoized/<int:number>")
        def of_number(number: int) -> t.Any:
            return memoized(number)

        @app.after_request
        def note(response: flask.Response) -> flask.Response:
            response.headers["X-After"] = "1"
            return response

    return setup


def visit(browser: Browser) -> None:
    for path in (
        *CACHED,
        "/made/one",
        "/made/one?b=1&a=2",
        "/made/one?a=2&b=1",
        "/timed",
        "/refused",
        "/memoized/1",
        "/memoized/2",
    ):
        runs = len(browser.journal.entries)
        answers = [browser.get(path) for _ in range(3)]
        browser.head(path)
        browser.journal((path, len(browser.journal.entries) - runs))
        assert len({answer.data for answer in answers}) == 1


def visit_and_list(browser: Browser) -> None:
    """Also notes what is in the cache afterwards, read back."""
    visit(browser)
    (cache,) = browser.app.extensions["cache"].values()
    entries = {key: pickle.loads(cache._cache[key][1]) for key in cache._cache}
    assert sum(isinstance(value, flask.Response) for value in entries.values()) > 5
    browser.journal({key: described(value) for key, value in entries.items()})


def test_in_memory() -> None:
    compare(setup_with({"CACHE_TYPE": "SimpleCache"}), visit_and_list)


@pytest.mark.parametrize(
    ("reader", "writer"),
    [pair for pair in itertools.product(WAYS, WAYS) if pair != ("stock", "stock")],
)
def test_one_reads_what_another_wrote(
    reader: str, writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of a stock app are read by a fast one, and the other way."""

    def app_with(directory: str) -> t.Any:
        return setup_with(
            {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(tmp_path / directory)}
        )

    shared = app_with("shared")
    visited(WAYS[writer], shared, visit)
    read = visited(WAYS[reader], shared, visit)
    # The same with a cache of a stock app's own.
    own = app_with("own")
    visited(WAYS["stock"], own, visit)
    stock = visited(WAYS["stock"], own, visit)
    assert read.answers == stock.answers
    assert read.journal.entries == stock.journal.entries
    # What was cached is sent without running the view again.
    assert ("/response", 0) in read.journal.entries
    if reader != "stock":
        assert read.left == []


def test_two_responses_with_one_state() -> None:
    """A ``CachedResponse`` has the very ``__dict__`` of another response. Neither
    changes when others are made meanwhile."""
    kept: list[t.Any] = []

    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["CACHE_TYPE"] = "SimpleCache"
        cache = flask_caching.Cache(app)
        kept.clear()

        @app.get("/adopted/<int:number>")
        @cache.cached(timeout=1)
        def adopted(number: int) -> t.Any:
            original = flask.make_response(f"adopted {number}")
            response = flask_caching.CachedResponse(original, 60)
            response.headers["X-Number"] = str(number)
            if number % 3 == 0:
                kept.extend((original, response))
            return response

        @app.get("/plain/<int:number>")
        def plain(number: int) -> t.Any:
            return f"plain {number}"

    def visit(browser: Browser) -> None:
        for number in range(40):
            browser.get(f"/adopted/{number}")
            browser.get(f"/plain/{number}")
            browser.get(f"/adopted/{number // 2}")
        browser.journal([state(response) for response in kept])

    compare(setup, visit)
