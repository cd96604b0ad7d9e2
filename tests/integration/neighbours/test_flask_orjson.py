"""flask-orjson: the app's JSON provider is another one, and stays so."""

from __future__ import annotations

import datetime
import decimal
import enum
import re
import textwrap
import typing as t
import uuid
from pathlib import Path

import flask
import pytest
from conftest import counted
from parity import Journal

import fastresp

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

PAGE = Path(__file__).parents[3].joinpath("docs/orjson.rst").read_text("utf-8")
ROWS = re.findall(r"\* - ``(.+)``\n     - ``(.+)``\n     - ``(.+)``\n", PAGE)

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


# --- the page for those who come from it -----------------------------------------


def text_of(provider: t.Any, value: t.Any) -> str:
    """Return a body without the newline that Flask's provider adds."""
    try:
        return t.cast(
            str, provider.response(value).get_data(as_text=True).removesuffix("\n")
        )
    except TypeError as error:
        return type(error).__name__


@pytest.fixture(scope="module")
def recipe() -> dict[str, t.Any]:
    given: dict[str, t.Any] = {"__name__": "docs"}
    (code,) = re.findall(r"code-block:: python\n\n((?:    .*\n|\n)+)", PAGE)
    exec(textwrap.dedent(code), given)
    return given


@pytest.mark.parametrize(("value", "stock", "other"), ROWS)
def test_what_differs(
    recipe: dict[str, t.Any], value: str, stock: str, other: str
) -> None:
    app = flask.Flask("docs")
    given = eval(value, recipe)
    assert text_of(app.json, given) == stock
    fastresp.FastResp(app)
    assert text_of(app.json, given) == stock
    assert text_of(flask_orjson.OrjsonProvider(app), given) == other


def test_the_recipe(recipe: dict[str, t.Any]) -> None:
    """Its text is orjson's for all that it converts."""
    app = recipe["app"]
    other = flask_orjson.OrjsonProvider(app)
    compared = 0
    for value, *_ in ROWS:
        if re.search("nan|1e-7|70|1:|ud800", value):
            continue
        compared += 1
        given = {"b": [eval(value, recipe)], "a": 1}
        assert text_of(app.json, given) == text_of(other, given), value
    assert compared == 6
    assert isinstance(app.json, fastresp.json.JSONProvider)
