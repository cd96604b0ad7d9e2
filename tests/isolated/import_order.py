"""The modules may be imported in any order, reloaded, and imported anew."""

from __future__ import annotations

import importlib
import sys
import typing as t

import fastresp.wrappers
from fastresp.wrappers import Response as First

# On purpose after fastresp.
import flask  # isort: skip
from werkzeug.test import run_wsgi_app  # isort: skip
from werkzeug.test import create_environ  # isort: skip


def works(cls: type[t.Any]) -> None:
    before = fastresp.fast_path_counts()
    response = cls(["a", "ä"], 404, {"X-One": "1"})
    chunks, status, headers = run_wsgi_app(response, create_environ())
    assert b"".join(chunks) == "aä".encode()
    assert status.startswith("404 ")
    assert headers["X-One"] == "1"
    assert headers["Content-Length"] == "3"
    after = fastresp.fast_path_counts()
    expected = before | {name: before[name] + 1 for name in ("built", "emitted")}
    assert after == expected


def extends() -> None:
    app = flask.Flask("app")
    app.add_url_rule("/", "view", lambda: ({"a": 1}, 201))
    fastresp.FastResp(app)
    assert app.response_class is fastresp.Response
    received = app.test_client().get("/")
    assert (received.status_code, received.json) == (201, {"a": 1})


assert fastresp.ACCELERATED
works(First)
works(fastresp.Response)
extends()

# From the leaves to the root, as reloaders do.
for name in ("_compat.werkzeug", "_compat.compiled", "wrappers", "json", "flask"):
    importlib.reload(sys.modules[f"fastresp.{name}"])
importlib.reload(fastresp)
assert fastresp.wrappers.Response is not First
for cls in (First, fastresp.wrappers.Response, fastresp.Response):
    works(cls)
extends()

# Dropped and imported anew, as some test runners do: the classes of before
# live on in the apps that use them.
Second = fastresp.Response
for name in [name for name in sys.modules if name.startswith("fastresp")]:
    del sys.modules[name]
import fastresp  # noqa: E402

assert fastresp.ACCELERATED
assert fastresp.Response is not Second
for cls in (First, Second, fastresp.Response):
    works(cls)
extends()
