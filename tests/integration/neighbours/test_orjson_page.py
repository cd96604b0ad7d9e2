"""What docs/orjson.rst says of flask-orjson and of the way from it is true."""

from __future__ import annotations

import re
import textwrap
import typing as t
from pathlib import Path

import flask
import pytest

import fastresp

PAGE = Path(__file__).parents[3].joinpath("docs/orjson.rst").read_text("utf-8")
ROWS = re.findall(r"\* - ``(.+)``\n     - ``(.+)``\n     - ``(.+)``\n", PAGE)

flask_orjson = pytest.importorskip("flask_orjson")


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
