"""The benchmarks' table leaves nothing behind."""

from __future__ import annotations

import functools
import sys
import typing as t
from pathlib import Path

import flask
import flat
from leaks_emission import send
from werkzeug.test import create_environ

import fastresp

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from cases import Case  # noqa: E402
from cases import CASES  # noqa: E402


def create_app(case: Case) -> flask.Flask:
    app = flask.Flask("app")
    if case.customize is not None:
        app.response_class = case.customize(flask.Response)
    fastresp.FastResp(app)
    return app


def answer(app: flask.Flask, case: Case, environ: dict[str, t.Any], n: int) -> None:
    # The larger the rarer.
    if n % (1000 // case.loops):
        return
    with app.test_request_context(environ_overrides=environ):
        value = case.make(app) if case.in_view else case.make()
        send(app.make_response(value), environ)


def main() -> None:
    cases: dict[str, flat.Case] = {}
    for name, case in CASES.items():
        environ = {**create_environ(method=case.method), **case.environ}
        cases[name] = functools.partial(answer, create_app(case), case, environ)
    flat.check(cases, 400)


if __name__ == "__main__":
    main()
