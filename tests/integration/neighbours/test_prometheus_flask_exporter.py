"""prometheus-flask-exporter: counters and histograms by status, and their page."""

from __future__ import annotations

import typing as t

import flask
import pytest
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

exporter = pytest.importorskip("prometheus_flask_exporter")
prometheus_client = pytest.importorskip("prometheus_client")


@pytest.fixture(autouse=True)
def constant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "default_timer", lambda: 1.0)
    # Threads are counted by their times.
    module = pytest.importorskip("prometheus_client.context_managers")
    monkeypatch.setattr(module, "default_timer", lambda: 1.0)


@pytest.mark.parametrize("group_by", ("path", "endpoint", "url_rule"))
def test_metrics(group_by: str) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        registry = prometheus_client.CollectorRegistry()
        metrics = exporter.PrometheusMetrics(
            app, registry=registry, group_by=group_by, excluded_paths=["/bytes"]
        )
        add_views(app)

        @app.get("/counted")
        @metrics.counter(
            "own",
            "own",
            labels={
                "status": lambda response: response.status_code,
                "kind": lambda response: response.mimetype,
                "size": lambda response: response.content_length,
            },
        )
        def counted() -> t.Any:
            return {"a": 1}, 201, {"X-One": "1"}

        @app.get("/timed")
        @metrics.summary("timed", "timed", labels={"status": lambda r: r.status})
        @metrics.gauge("running", "running")
        def timed() -> t.Any:
            return flask.redirect("/")

        @app.get("/raising")
        @metrics.histogram("raised", "raised", labels={"code": lambda r: r.status_code})
        def raising() -> t.Any:
            flask.abort(410)

        @app.get("/untracked")
        @metrics.do_not_track()
        def untracked() -> t.Any:
            return "untracked"

    def visit(browser: Browser) -> None:
        for _ in range(2):
            see_all(browser)
            for path in ("/counted", "/timed", "/raising", "/untracked"):
                browser.get(path)
        text = browser.get("/metrics").text
        browser.journal(text)
        assert 'own_total{kind="application/json",size="8",status="201"} 2.0' in text
        assert 'flask_http_request_total{method="GET",status="404"}' in text
        browser.get("/metrics?name[]=own_total")

    compare(setup, visit)
