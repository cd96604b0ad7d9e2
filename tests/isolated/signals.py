"""Signals whose handler raises, at any moment: the exception comes through, and what
is shared is as it was."""

from __future__ import annotations

import random
import signal
import sys
import time
import typing as t
from contextvars import copy_context

import flask
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp.http1 import render_head

SECONDS = 1.0


class Stopped(BaseException):
    pass


def stop(number: int, frame: object) -> None:
    raise Stopped


def ignore(unraisable: t.Any) -> None:
    """What destructors ignore is not ours to print."""
    if not isinstance(unraisable.exc_value, Stopped):
        sys.__unraisablehook__(unraisable)


class Html:
    def __html__(self) -> str:
        return "<b>"


app = flask.Flask("app")
app.add_url_rule("/text", "text", lambda: ("täxt", 404, {"X-One": "1"}))
app.add_url_rule("/json", "json", lambda: {"a": [Html(), 2**70] * 20, "b": "ä" * 9})
app.add_url_rule("/chunks", "chunks", lambda: (f"{number}" for number in range(9)))
app.add_url_rule("/redirect", "redirect", lambda: flask.redirect("/text"))
app.add_url_rule("/abort", "abort", lambda: flask.abort(404))
fastresp.FastResp(app)


@app.after_request
def cookies(response: t.Any) -> t.Any:
    response.set_cookie("key", "value", max_age=5)
    response.vary.add("Cookie")
    response.call_on_close(lambda: closed.append(1))
    response.delete_cookie("key")
    return response


closed: list[int] = []
shared = fastresp.Response(["a", "b"], 404, {"X-One": "1"})


def answers() -> list[t.Any]:
    found: list[t.Any] = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/static"):
            closed.clear()
            app_iter, status, headers = run_wsgi_app(app, create_environ(rule.rule))
            fields = [f for f in headers if f[0] != "Set-Cookie"]
            found.append((status, fields, b"".join(app_iter)))
            app_iter.close()  # type: ignore[attr-defined]
            assert len(closed) == 1
    app_iter, status, headers = run_wsgi_app(shared, create_environ())
    found.append((status, list(headers), b"".join(app_iter)))
    found.append(render_head("200 OK", [("A", "a")]))
    return found


assert fastresp.ACCELERATED
expected = answers()
signal.signal(signal.SIGALRM, stop)
sys.unraisablehook = ignore
stopped = 0
end = time.monotonic() + SECONDS
while time.monotonic() < end:
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 3e-3))
        # Longer than the timer takes, whose exception a destructor may have met.
        for _ in range(20):
            # Flask may leave a context behind.
            copy_context().run(answers)
    except BaseException as error:
        assert isinstance(error, Stopped) or isinstance(error.__context__, Stopped)
        stopped += 1
    assert len(closed) <= 1
    # Before the next one.
    assert answers() == expected
assert stopped > 10
