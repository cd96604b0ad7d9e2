"""Sentry's Flask integration: events for errors, transactions for requests.

A transport keeps what would be sent.
"""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import flask
import pytest
from parity import describe
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

sentry_sdk = pytest.importorskip("sentry_sdk")
integrations = pytest.importorskip("sentry_sdk.integrations.flask")
transport = pytest.importorskip("sentry_sdk.transport")


class Kept(transport.Transport):  # type: ignore[name-defined]
    """Keeps the items of envelopes."""

    items: list[dict[str, t.Any]] = []

    def capture_envelope(self, envelope: t.Any) -> None:
        payloads = [item.payload.json for item in envelope.items]
        self.items.extend(payload for payload in payloads if payload)


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> cabc.Iterator[None]:
    # Patched by the integration, once in a process; restored afterwards.
    monkeypatch.setattr(flask.Flask, "__call__", flask.Flask.__call__)
    sentry_sdk.init(
        "http://key@127.0.0.1/1",
        transport=Kept,
        integrations=[integrations.FlaskIntegration()],
        default_integrations=False,
        auto_enabling_integrations=False,
        traces_sample_rate=1.0,
    )
    yield
    sentry_sdk.init()


def facts(item: dict[str, t.Any]) -> t.Any:
    """All of an event but its identifiers, times and frames."""
    known = {
        name: item.get(name)
        for name in (
            "type",
            "level",
            "transaction",
            "transaction_info",
            "request",
            "tags",
        )
    }
    trace = item.get("contexts", {}).get("trace", {})
    known["trace"] = {
        name: trace.get(name) for name in ("op", "status", "origin", "data")
    }
    known["spans"] = [
        (span["op"], span["description"]) for span in item.get("spans", ())
    ]
    known["exceptions"] = [
        (
            value["type"],
            value["value"],
            value["mechanism"],
            value["stacktrace"]["frames"][-1]["function"],
        )
        for value in item.get("exception", {}).get("values", ())
    ]
    return describe(known)


def test_sentry(sentry: None) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        Kept.items.clear()
        add_views(app)

        @app.get("/failing-stream")
        def failing_stream() -> t.Any:
            yield "before"
            raise LookupError("in the middle")

        @app.get("/captured")
        def captured() -> t.Any:
            sentry_sdk.capture_message("a message")
            sentry_sdk.set_tag("own", "1")
            return {"a": 1}, 400

        @app.get("/traced")
        def traced() -> t.Any:
            return flask.render_template_string("{{ sentry_trace_meta }}")[:25]

    def visit(browser: Browser) -> None:
        see_all(browser)
        browser.get("/captured")
        browser.get("/failing-stream")
        assert "<meta" in browser.get("/traced").text
        browser.journal([facts(item) for item in Kept.items])
        types = [item.get("type", item.get("level")) for item in Kept.items]
        # HEAD is none by default.
        assert types.count("transaction") == len(browser.answers) - 1
        assert types.count("error") == 2

    compare(setup, visit)
