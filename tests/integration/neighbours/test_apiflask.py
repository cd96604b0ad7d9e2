"""APIFlask: an app class with a ``make_response`` of its own, which it keeps."""

from __future__ import annotations

import functools
import typing as t

import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

apiflask = pytest.importorskip("apiflask")
fields = pytest.importorskip("apiflask.fields")


class PetIn(apiflask.Schema):  # type: ignore[misc,name-defined]
    name = fields.String(required=True)
    size = fields.Integer(load_default=1)


class PetOut(PetIn):
    number = fields.Integer()


class Envelope(apiflask.Schema):  # type: ignore[misc,name-defined]
    data = fields.Field()
    message = fields.String()


def setup(app: t.Any, journal: Journal) -> None:
    assert "make_response" not in vars(app)
    add_views(app)
    auth = apiflask.HTTPTokenAuth()
    auth.verify_token({"right": {"name": "ann"}}.get)

    @app.post("/pets")
    @app.input(PetIn, location="json")
    @app.output(PetOut, status_code=201, headers=None)
    def add(json_data: dict[str, t.Any]) -> t.Any:
        return {**json_data, "number": 1, "left out": 1}, 201, {"X-Made": "1"}

    @app.get("/pets")
    @app.output(PetOut(many=True))
    def some() -> t.Any:
        return [{"name": "ü", "number": number} for number in range(3)]

    @app.get("/plain")
    def plain() -> t.Any:
        return [1, 2, {"b": 1, "a": 2}]

    @app.get("/own")
    @app.auth_required(auth)
    def own() -> t.Any:
        return {"name": auth.current_user["name"]}

    @app.get("/aborted")
    def aborted() -> t.Any:
        apiflask.abort(410, "gone", detail={"a": 1}, headers={"X-Gone": "1"})

    @app.get("/raised")
    def raised() -> t.Any:
        raise apiflask.HTTPError(418, extra_data={"code": 1})

    @app.delete("/pets/<int:number>")
    @app.output({}, status_code=204)
    def remove(number: int) -> t.Any:
        return ""


def visit(browser: Browser) -> None:
    assert browser.post("/pets", json={"name": "x"}).status_code == 201
    assert browser.post("/pets", json={"size": "x"}).status_code == 422
    browser.post("/pets", data="{", content_type="application/json")
    browser.get("/pets")
    browser.get("/plain")
    assert browser.get("/own").status_code == 401
    headers = {"Authorization": "Bearer right"}
    browser.get("/own", headers=headers)
    assert browser.get("/aborted").status_code == 410
    assert browser.get("/raised").status_code == 418
    browser.delete("/pets/1")
    browser.put("/pets")
    assert '"/pets"' in browser.get("/openapi.json").text
    assert browser.get("/docs").status_code == 200
    see_all(browser)


@pytest.mark.parametrize("options", ({}, {"json_errors": False, "docs_ui": "redoc"}))
@pytest.mark.parametrize("envelope", (False, True))
def test_apiflask(options: dict[str, t.Any], envelope: bool) -> None:
    config = {"BASE_RESPONSE_SCHEMA": Envelope} if envelope else {}

    def visit_enveloped(browser: Browser) -> None:
        browser.get("/openapi.json")
        see_all(browser)

    program = visit_enveloped if envelope else visit
    create = functools.partial(apiflask.APIFlask, "app", **options)
    compare(setup, program, create=create, config=config)
