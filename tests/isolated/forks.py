"""Processes forked from one that has imported the package, and one that has served."""

from __future__ import annotations

import os
import time
import traceback
import typing as t

import flask
from werkzeug.http import http_date
from werkzeug.http import parse_date
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp.http1 import date_header

CHILDREN = 3
# Enough for every response that is kept to be used again.
REQUESTS = 60


def create_app(fast: bool) -> flask.Flask:
    app = flask.Flask("app")
    app.add_url_rule("/text/<n>", "text", lambda n: (f"täxt {n}", 404, {"X-One": n}))
    app.add_url_rule("/json/<n>", "json", lambda n: {"a": [n] * 20, "b": "ä" * 9})
    app.add_url_rule("/redirect/<n>", "redirect", lambda n: flask.redirect(f"/{n}"))
    if fast:
        fastresp.FastResp(app)
    return app


def answers(app: flask.Flask, number: int) -> list[t.Any]:
    found = []
    for kind in ("text", "json", "redirect", "nothing"):
        chunks, status, headers = run_wsgi_app(app, create_environ(f"/{kind}/{number}"))
        found.append((status, list(headers), b"".join(chunks)))
    return found


def check(first: int) -> None:
    for number in range(first, first + REQUESTS):
        assert answers(fast, number) == answers(stock, number)


def in_children() -> None:
    children = []
    for child in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                check(1000 * child)
                inherited = date_header()
                time.sleep(1)
                # The second of the parent does not stay.
                assert date_header() != inherited
                now = parse_date(http_date())
                said = parse_date(date_header()[1])
                assert now is not None and said is not None
                assert abs((now - said).total_seconds()) <= 1
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        children.append(pid)
    check(7)
    for pid in children:
        assert os.waitpid(pid, 0)[1] == 0


assert fastresp.ACCELERATED
fast, stock = create_app(True), create_app(False)
in_children()
# With responses kept by the parent, and its second known.
check(0)
date_header()
in_children()
assert fastresp.fast_path_counts()["emitted"] > 0
