"""flask-orjson: the app's JSON provider is another one, and stays so."""

from __future__ import annotations

import datetime
import decimal
import enum
import typing as t
import uuid

import flask
import pytest
from conftest import counted
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_orjson = pytest.importorskip("flask_orjson")
orjson = pytest.importorskip("orjson")


class Colour(enum.Enum):
    RED = "red"


VALUES: dict[str, t.Any] = {
    "unsorted": {"b": 1, "a": [1.0, 1e22, -0.0, "ü</script>"]},
    "dates": [datetime.datetime(2001, 2, 3, 4, 5), datetime.date(2001, 2, 3)],
    "others": {"d": decimal.Decimal("1.10"), "u": uuid.UUID(int=1), "e": Colour.RED},
    "large": {str(number): [number] * 9 for number in range(200)},
    "nan": [float("nan"), float("inf")],
    "too large": {"n": 2**80},
    "unknown": {"o": object},
    "keys": {1: "a"},
}


@pytest.mark.parametrize("option", (None, "OPT_INDENT_2", "OPT_SORT_KEYS"))
def test_orjson(option: str | None) -> None:
    def setup(app: t.Any, journal: Journal) -> None:
        app.json = flask_orjson.OrjsonProvider(app)
        if option is not None:
            app.json.option = getattr(orjson, option)
        add_views(app)

        @app.get("/value/<name>")
        def value(name: str) -> t.Any:
            return VALUES[name]

        @app.get("/jsonify/<name>")
        def of_jsonify(name: str) -> t.Any:
            return flask.jsonify(VALUES[name]), 201

    def visit(browser: Browser) -> None:
        before = counted("encoded")
        for name in VALUES:
            browser.get(f"/value/{name}")
            browser.get(f"/jsonify/{name}")
        see_all(browser)
        browser.journal(browser.get("/value/unsorted").data)
        # All of it is orjson's text.
        assert counted("encoded") == before
        assert type(browser.app.json) is flask_orjson.OrjsonProvider

    compare(setup, visit)
