"""flask-smorest: responses from schemas, entity tags, pages, an OpenAPI document."""

from __future__ import annotations

import typing as t

import flask
import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

flask_smorest = pytest.importorskip("flask_smorest")
marshmallow = pytest.importorskip("marshmallow")


class PetSchema(marshmallow.Schema):  # type: ignore[misc,name-defined]
    number = marshmallow.fields.Int(dump_only=True)
    name = marshmallow.fields.String(required=True)
    born = marshmallow.fields.Date()


class QuerySchema(marshmallow.Schema):  # type: ignore[misc,name-defined]
    name = marshmallow.fields.String()
    limit = marshmallow.fields.Int(validate=marshmallow.validate.Range(1, 5))


def setup(app: flask.Flask, journal: Journal) -> None:
    app.config.update(
        API_TITLE="Pets",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.2",
        OPENAPI_URL_PREFIX="/docs",
        OPENAPI_SWAGGER_UI_PATH="/swagger",
        OPENAPI_SWAGGER_UI_URL="https://cdn.example/",
    )
    api = flask_smorest.Api(app)
    blueprint = flask_smorest.Blueprint("pets", "pets", url_prefix="/pets")
    pets = [{"number": number, "name": f"ü {number}"} for number in range(25)]

    @blueprint.route("/")
    @blueprint.arguments(QuerySchema, location="query")
    @blueprint.response(200, PetSchema(many=True))
    @blueprint.paginate()
    def some(query: dict[str, t.Any], pagination_parameters: t.Any) -> t.Any:
        pagination_parameters.item_count = len(pets)
        page = pagination_parameters
        return pets[page.first_item : page.last_item + 1]

    @blueprint.route("/", methods=["POST"])
    @blueprint.arguments(PetSchema)
    @blueprint.response(201, PetSchema, headers={"X-Made": {}})
    def add(pet: dict[str, t.Any]) -> t.Any:
        return {**pet, "number": 99}, {"X-Made": "1"}

    @blueprint.route("/<int:number>")
    @blueprint.etag
    @blueprint.response(200, PetSchema)
    @blueprint.alt_response(404, schema=PetSchema)
    def one(number: int) -> t.Any:
        if number >= len(pets):
            flask_smorest.abort(404, message="no such pet", errors={"number": number})
        return pets[number]

    @blueprint.route("/<int:number>", methods=["PUT"])
    @blueprint.etag
    @blueprint.arguments(PetSchema)
    @blueprint.response(200, PetSchema)
    def change(pet: dict[str, t.Any], number: int) -> t.Any:
        blueprint.check_etag(pets[number], PetSchema)
        pets[number] = {**pet, "number": number}
        return pets[number]

    @blueprint.route("/<int:number>", methods=["DELETE"])
    @blueprint.response(204)
    def remove(number: int) -> None:
        journal(number)

    api.register_blueprint(blueprint)
    add_views(app)


def visit(browser: Browser) -> None:
    answer = browser.get("/pets/?page=2&page_size=10")
    assert "X-Pagination" in answer.headers
    assert browser.get("/pets/?limit=9").status_code == 422
    browser.get("/pets/?page=0")
    assert browser.post("/pets/", json={"name": "new"}).status_code == 201
    browser.post("/pets/", json={"name": 5})
    browser.post("/pets/", data="{", content_type="application/json")
    tag = browser.get("/pets/3").headers["ETag"]
    answer = browser.get("/pets/3", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    changed = {"name": "changed", "born": "2000-01-01"}
    assert browser.put("/pets/3", json=changed).status_code == 428
    for code in (200, 412):
        answer = browser.put("/pets/3", json=changed, headers={"If-Match": tag})
        assert answer.status_code == code
    assert browser.get("/pets/77").status_code == 404
    browser.delete("/pets/3")
    browser.patch("/pets/3")
    assert '"/pets/"' in browser.get("/docs/openapi.json").text
    assert browser.get("/docs/swagger").status_code == 200
    see_all(browser)


@pytest.mark.parametrize("debug", (False, True))
def test_smorest(debug: bool) -> None:
    compare(setup, visit, config={"DEBUG": debug})
