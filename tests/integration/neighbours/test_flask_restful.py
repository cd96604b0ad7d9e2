"""Flask-RESTful: resources, representations, and error handling of its own."""

from __future__ import annotations

import typing as t

import flask
import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_restful = pytest.importorskip("flask_restful")
fields = pytest.importorskip("flask_restful.fields")
reqparse = pytest.importorskip("flask_restful.reqparse")

ITEM = {
    "name": fields.String,
    "size": fields.Integer(default=0),
    "uri": fields.Url("item"),
}


class Item(flask_restful.Resource):  # type: ignore[misc,name-defined]
    def get(self, number: int) -> t.Any:
        if number == 1:
            return {"name": "one ü", "number": number}
        if number == 2:
            return ["two"], 202, {"X-Two": "2", "Vary": "Cookie"}
        if number == 3:
            flask_restful.abort(409, message="conflict", number=number)
        if number == 4:
            return flask.make_response("four", 203)
        if number == 5:
            raise LookupError("five")
        if number == 6:
            flask.abort(flask.make_response("six", 418))
        if number == 7:
            flask.abort(401)
        return None

    @flask_restful.marshal_with(ITEM, envelope="item")
    def put(self, number: int) -> t.Any:
        parser = reqparse.RequestParser()
        parser.add_argument("name", required=True, help="a name: {error_msg}")
        parser.add_argument("size", type=int)
        return {**parser.parse_args(), "number": number}, 201

    def delete(self, number: int) -> t.Any:
        return "", 204


def visit(browser: Browser) -> None:
    codes = [browser.get(f"/items/{number}").status_code for number in range(9)]
    assert codes == [200, 200, 202, 409, 203, 500, 418, 401, 200]
    assert browser.put("/items/1", json={"name": "x", "size": 3}).status_code == 201
    for body in ({}, {"name": "x", "size": "many"}):
        assert browser.put("/items/1", json=body).status_code == 400
    browser.delete("/items/1")
    browser.post("/items/1")
    browser.head("/items/2")
    browser.options("/items/2")
    for accept in ("application/xml", "text/html;q=0.5, application/json", "image/*"):
        for number in (1, 2, 3):
            browser.get(f"/items/{number}", headers={"Accept": accept})
    see_all(browser)
    browser.get("/item")


@pytest.mark.parametrize(
    "options",
    ({}, {"catch_all_404s": True, "serve_challenge_on_401": True}),
)
@pytest.mark.parametrize("debug", (False, True))
def test_restful(options: dict[str, t.Any], debug: bool) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        api = flask_restful.Api(app, **options)
        api.add_resource(Item, "/items/<int:number>", endpoint="item")
        add_views(app)

        @api.representation("application/xml")
        def xml(data: t.Any, code: int, headers: t.Any = None) -> flask.Response:
            response = flask.make_response(f"<data>{data}</data>", code)
            response.headers.extend(headers or {})
            return response

    # In debug mode, texts are indented.
    compare(setup, visit, config={"DEBUG": debug})
