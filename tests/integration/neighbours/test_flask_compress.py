"""Flask-Compress: bodies are replaced, streams wrapped, entity tags renamed."""

from __future__ import annotations

import typing as t

import flask
import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_compress = pytest.importorskip("flask_compress")


class Cache:
    """A backend for compressed bodies, and what is put there."""

    entries: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.entries.get(key)

    def set(self, key: str, value: bytes) -> None:
        self.entries[key] = value


def visit(browser: Browser) -> None:
    compressed = 0
    for encoding in ("gzip", "br", "zstd", "deflate", "gzip;q=0.5, br", "*", "none"):
        headers = {"Accept-Encoding": encoding}
        answers = see_all(browser, headers=headers)
        answers += [browser.get(path, headers=headers) for path in ("/large", "/parts")]
        encoded = ["Content-Encoding" in answer.headers for answer in answers]
        assert any(encoded) <= (encoding != "none")
        compressed += sum(encoded)
        # A second time, with the entity tag that came with the first.
        tag = answers[-2].headers.get("ETag", "")
        again = browser.get("/large", headers={**headers, "If-None-Match": tag})
        assert again.status_code == 304
    assert compressed > 12
    see_all(browser)


@pytest.mark.parametrize(
    "config",
    (
        {},
        {"COMPRESS_MIN_SIZE": 1, "COMPRESS_ALGORITHM": "gzip"},
        {"COMPRESS_STREAMS": False, "COMPRESS_ALGORITHM": ["deflate", "br"]},
        {"COMPRESS_EVALUATE_CONDITIONAL_REQUEST": True, "COMPRESS_MIN_SIZE": 1},
        {
            "COMPRESS_CACHE_BACKEND": lambda: Cache(),
            "COMPRESS_CACHE_KEY": lambda request: request.path,
        },
    ),
)
def test_compress(config: dict[str, t.Any]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        Cache.entries = {}
        flask_compress.Compress(app)
        add_views(app)

        @app.get("/large")
        def large() -> t.Any:
            response = flask.make_response({"large": ["value"] * 2000})
            response.add_etag()
            return response.make_conditional(flask.request)

        @app.get("/parts")
        def parts() -> t.Any:
            def chunks() -> t.Any:
                for number in range(50):
                    yield f"{flask.request.path} {number} " * 50

            return flask.stream_with_context(chunks()), {"Content-Type": "text/plain"}

        @app.teardown_appcontext
        def note(error: BaseException | None) -> None:
            journal(list(Cache.entries.items())[-1:])

    compare(setup, visit, config=config)
    assert bool(Cache.entries) == ("COMPRESS_CACHE_BACKEND" in config)
