"""What was patched before the import is not called by it, and is used after it."""

from __future__ import annotations

import typing as t

import flask
import flask.sansio.app
import werkzeug.sansio.response
import werkzeug.utils

calls: list[str] = []


def patch(module: t.Any, name: str) -> None:
    following = getattr(module, name)

    def patched(*args: t.Any, **kwargs: t.Any) -> t.Any:
        calls.append(name)
        # As one that works in a request only.
        assert flask.request
        return following(*args, **kwargs)

    setattr(module, name, patched)


patch(werkzeug.utils, "redirect")
patch(flask.sansio.app, "_wz_redirect")
patch(werkzeug.sansio.response, "parse_set_header")

import fastresp  # noqa: E402

assert fastresp.ACCELERATED and calls == []
app = flask.Flask("app")
fastresp.FastResp(app)
with app.test_request_context():
    response = app.redirect("/a")
    response.vary.add("Cookie")
assert calls == ["_wz_redirect", "parse_set_header"], calls
assert (response.location, response.headers["Vary"]) == ("/a", "Cookie")
