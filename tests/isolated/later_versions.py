"""What later versions of Flask and Werkzeug announce, on the installed ones: the same
answers as theirs, without a warning."""

from __future__ import annotations

import typing as t
import warnings

import flask
import werkzeug.exceptions
import werkzeug.http
import werkzeug.wrappers

# The standard library has the phrases.
del werkzeug.http.HTTP_STATUS_CODES
# 303 is the default of redirects.
flask.Flask.redirect.__defaults__ = (303,)

with warnings.catch_warnings():
    warnings.simplefilter("error")
    import fastresp
    import fastresp.http1

assert fastresp.ACCELERATED
assert fastresp.http1.render_head(404, []) == b"HTTP/1.1 404 Not Found\r\n\r\n"


def answers(fast: bool) -> list[t.Any]:
    app = flask.Flask("app")
    if fast:
        fastresp.FastResp(app)
    app.add_url_rule("/<status>", "text", lambda status: ("text", status))
    app.add_url_rule("/code/<int:code>", "code", lambda code: ("text", code))
    app.add_url_rule("/there", "there", lambda: app.redirect("/x"))
    app.add_url_rule("/away", "away", lambda: app.redirect(location="/x", code=301))
    client = app.test_client()
    paths = ("/200", "/299", "/418 Tea", "/code/200", "/code/404", "/code/299")
    found = [client.get(path) for path in (*paths, "/there", "/away")]
    return [(each.status, list(each.headers), each.data) for each in found]


before = fastresp.fast_path_counts()["built"]
stock, fast = answers(False), answers(True)
assert fast == stock
assert fast[-2][0].startswith("303")
assert fastresp.fast_path_counts()["built"] - before >= len(fast)
