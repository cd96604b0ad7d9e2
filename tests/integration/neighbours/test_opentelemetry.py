"""OpenTelemetry's Flask instrumentation: spans, metrics, a header of its own."""

from __future__ import annotations

import itertools
import time
import types
import typing as t

import flask
import pytest
from parity import describe
from parity import Journal

from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all

instrumentation = pytest.importorskip("opentelemetry.instrumentation.flask")
propagators = pytest.importorskip("opentelemetry.instrumentation.propagators")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
in_memory = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter"
)
metrics = pytest.importorskip("opentelemetry.sdk.metrics")
metrics_export = pytest.importorskip("opentelemetry.sdk.metrics.export")
trace = pytest.importorskip("opentelemetry.sdk.trace")


class Numbers:
    """Identifiers in order."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def generate_span_id(self) -> int:
        return next(self.numbers)

    generate_trace_id = generate_span_id

    def is_trace_id_random(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def constant(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    monkeypatch.setattr(instrumentation, "default_timer", lambda: 1.0)
    monkeypatch.setenv(
        "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE",
        "Content-Type,X-.*,Vary,Set-Cookie",
    )
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    propagators.set_global_response_propagator(propagators.TraceResponsePropagator())
    yield
    propagators.set_global_response_propagator(None)


def recorded(spans: t.Any, reader: t.Any) -> t.Any:
    """What the instrumentation knows of the answers."""
    return (
        [
            (
                span.name,
                span.context.span_id,
                describe(dict(span.attributes)),
                span.status.status_code.name,
                # Their tracebacks have other frames below the view.
                [
                    (event.name, event.attributes["exception.type"])
                    for event in span.events
                ],
            )
            for span in spans.get_finished_spans()
        ],
        [
            (
                metric.name,
                sorted(describe(dict(point.attributes)).items()),
                (getattr(point, "value", None), getattr(point, "count", None)),
            )
            for resource in reader.get_metrics_data().resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
        ],
    )


def providers() -> types.SimpleNamespace:
    spans = in_memory.InMemorySpanExporter()
    tracer = trace.TracerProvider(id_generator=Numbers())
    tracer.add_span_processor(export.SimpleSpanProcessor(spans))
    reader = metrics_export.InMemoryMetricReader()
    return types.SimpleNamespace(
        spans=spans, reader=reader, tracer=tracer, meter=metrics.MeterProvider([reader])
    )


def test_instrumented_app() -> None:
    current: list[t.Any] = []

    def setup(app: flask.Flask, journal: Journal) -> None:
        current[:] = [providers()]

        def hook(span: t.Any, status: str, headers: list[t.Any]) -> None:
            journal((describe(status), describe(headers)))
            headers.append(("X-Hook", "1"))

        instrumentation.FlaskInstrumentor().instrument_app(
            app,
            tracer_provider=current[0].tracer,
            meter_provider=current[0].meter,
            response_hook=hook,
            excluded_urls="/bytes",
        )
        add_views(app)

    def visit(browser: Browser) -> None:
        parent = f"00-{1:032x}-{2:016x}-01"
        for headers in ({}, {"traceparent": parent}):
            answers = see_all(browser, headers=headers)
            assert all(
                "traceresponse" in answer.headers
                for answer in answers
                if answer.request.path != "/bytes"
            )
        browser.journal(recorded(current[0].spans, current[0].reader))
        assert len(browser.journal.entries[-1][0]) > 30

    compare(setup, visit)


def test_instrumented_class() -> None:
    """It puts a subclass in the place of ``flask.Flask``."""
    current: list[t.Any] = []
    instrumentor = instrumentation.FlaskInstrumentor()

    def create() -> flask.Flask:
        current[:] = [providers()]
        instrumentor.instrument(
            tracer_provider=current[0].tracer, meter_provider=current[0].meter
        )
        try:
            app = flask.Flask("app")
        finally:
            instrumentor.uninstrument()
        assert type(app) is not flask.Flask
        return app

    def visit(browser: Browser) -> None:
        see_all(browser)
        browser.journal(recorded(current[0].spans, current[0].reader))
        assert browser.journal.entries[-1][0]

    compare(lambda app, journal: add_views(app), visit, create=create)
