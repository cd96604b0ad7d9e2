"""Packages that bring a Flask app of their own."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import sys
import tempfile
import typing as t

import flask
import pytest
from conftest import NOW
from parity import Journal

from .neighbour import neighbour
from .visits import Browser

# What they warn about is none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


def connexion_app() -> t.Any:
    import connexion

    def pet(number: int) -> t.Any:
        return {"name": "ü", "number": 10 // number}, 200, {"X-Pet": "1"}

    def change(number: int, body: dict[str, t.Any]) -> t.Any:
        response = flask.make_response(flask.jsonify(body), 201)
        response.set_cookie("pet", "1")
        return response

    number = {
        "in": "path",
        "name": "number",
        "required": True,
        "schema": {"type": "integer"},
    }
    json_object = {
        "application/json": {"schema": {"type": "object", "required": ["name"]}}
    }
    answer = {"description": "a pet", "content": json_object}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets/{number}": {
                "parameters": [number],
                "get": {"operationId": "pet", "responses": {"200": answer}},
                "put": {
                    "operationId": "change",
                    "requestBody": {"required": True, "content": json_object},
                    "responses": {"201": answer},
                },
            }
        },
    }
    application = connexion.FlaskApp("app", specification_dir=".")
    resolver = connexion.Resolver({"pet": pet, "change": change}.get)
    application.add_api(document, resolver=resolver, validate_responses=True)
    application.app.extensions["connexion"] = application
    return application.app


@neighbour(
    "connexion",
    "a2wsgi",
    create=connexion_app,
    config={"PROPAGATE_EXCEPTIONS": True},
    left=[
        "GET /openapi.json",
        "GET /ui/",
        "GET /nowhere",
        "GET /pets/0",
        "GET /pets/odd",
        "PUT /pets/2",
    ],
)
def test_connexion(app: flask.Flask, journal: Journal) -> t.Any:
    import a2wsgi

    def visit(browser: Browser) -> None:
        browser.ask("""
            GET /pets/1 200
            GET /pets/0 500
            GET /pets/odd 404
            PUT /pets/1 201 {"name": "ü"}
            PUT /pets/2 400 {}
            GET /openapi.json 200
            GET /ui/ 200
            GET /nowhere 404
        """)

    return visit, a2wsgi.ASGIMiddleware(app.extensions["connexion"])


def locust_app(**options: t.Any) -> flask.Flask:
    import locust.env

    # It parses them.
    del sys.argv[1:]
    environment = locust.env.Environment(host="http://127.0.0.1")
    environment.create_local_runner()
    ui = environment.create_web_ui("127.0.0.1", 0, delayed_start=True, **options)
    return t.cast(flask.Flask, ui.app)


@neighbour("locust", alone={}, create=locust_app)
def test_locust(app: flask.Flask, journal: Journal) -> t.Any:
    def visit(browser: Browser) -> None:
        browser.page("/", "/assets/")
        for rule in app.url_map.iter_rules():
            if not rule.arguments and "GET" in (rule.methods or ()):
                browser.get(rule.rule)
        browser.ask("GET /nowhere 404\nGET /stats/requests?x=1 200")
        form = {"user_count": "1", "spawn_rate": "1", "host": "http://127.0.0.1"}
        browser.post("/swarm", data=form)
        browser.get("/stop")

    return visit


MLFLOW = {
    "MLFLOW_TRACKING_URI": "",
    "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
    "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


MLFLOW_DIRECTORY = tempfile.TemporaryDirectory()


@functools.cache
def mlflow_tables(directory: str) -> str:
    """A database with MLflow's tables, which take seconds to make."""
    from mlflow.server import handlers

    path = os.path.join(directory, "tables")
    handlers._get_tracking_store(f"sqlite:///{path}", "mlflow-artifacts:/")
    return path


def mlflow_app() -> flask.Flask:
    """The app of a new copy of the module, which has but one, and a new database."""
    from mlflow.server import handlers

    directory = tempfile.mkdtemp(dir=MLFLOW_DIRECTORY.name)
    database = shutil.copy(mlflow_tables(MLFLOW_DIRECTORY.name), directory)
    os.environ["_MLFLOW_SERVER_FILE_STORE"] = f"sqlite:///{database}"
    os.environ["_MLFLOW_SERVER_ARTIFACT_DESTINATION"] = MLFLOW_DIRECTORY.name
    handlers._tracking_store = handlers._model_registry_store = None
    handlers._artifact_repo = None
    spec = importlib.util.find_spec("mlflow.server")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return t.cast(flask.Flask, module.app)


@neighbour("mlflow", alone=MLFLOW, create=mlflow_app)
def test_mlflow(app: flask.Flask, journal: Journal) -> t.Any:
    def visit(browser: Browser) -> None:
        browser.ask("""
            GET /health 200
            GET /version 200
            GET / 200
            GET /static-files/favicon.ico 200
            GET /nowhere 404
            POST /api/2.0/mlflow/experiments/create 200 {"name": "first ü"}
            POST /api/2.0/mlflow/experiments/create 400 {"name": "first ü"}
            POST /api/2.0/mlflow/experiments/create 400 {"name": 5}
            POST /api/2.0/mlflow/experiments/search 200 {"max_results": 5}
            GET /api/2.0/mlflow/experiments/get?experiment_id=1 200
            GET /api/2.0/mlflow/experiments/get?experiment_id=9 404
            POST /api/2.0/mlflow/runs/create 200 {"experiment_id": "1", "run_name": "r"}
            POST /api/2.0/mlflow/runs/search 200 {"experiment_ids": ["1"]}
            POST /api/2.0/mlflow/runs/search 400 {"filter": "odd"}
            POST /api/2.0/mlflow/registered-models/create 200 {"name": "model"}
        """)
        artifacts = "/api/2.0/mlflow-artifacts/artifacts"
        browser.put(f"{artifacts}/1/some.txt", data="text ü")
        os.utime(f"{MLFLOW_DIRECTORY.name}/1/some.txt", (NOW, NOW))
        assert browser.get(f"{artifacts}/1/some.txt").text == "text ü"
        browser.get(f"{artifacts}?path=1")
        browser.get(f"{artifacts}/1/none.txt")
        browser.delete(f"{artifacts}/1/some.txt")
        browser.get("/graphql")

    return visit
