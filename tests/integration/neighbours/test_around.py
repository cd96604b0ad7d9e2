"""What stands around an app: adapters to other protocols, agents that watch it, tools
that ask it."""

from __future__ import annotations

import itertools
import json
import time
import types
import typing as t

import flask
import pytest
from parity import describe
from parity import Journal

from .neighbour import neighbour
from .visits import add_views
from .visits import Browser
from .visits import PATHS
from .visits import see_all

pytestmark = pytest.mark.filterwarnings("ignore")


def with_adapter(adapter: t.Callable[[t.Any], t.Any]) -> t.Callable[..., t.Any]:
    def setup(app: flask.Flask, journal: Journal) -> t.Any:
        add_views(app)
        return see_all, adapter(app)

    return setup


def asgiref_around(app: flask.Flask) -> t.Any:
    import a2wsgi
    import asgiref.wsgi

    return a2wsgi.ASGIMiddleware(asgiref.wsgi.WsgiToAsgi(app))


def a2wsgi_around(app: flask.Flask) -> t.Any:
    import a2wsgi

    return a2wsgi.ASGIMiddleware(a2wsgi.WSGIMiddleware(app))


def lambda_around(app: flask.Flask) -> t.Any:
    import serverless_wsgi

    def application(environ: t.Any, start_response: t.Any) -> list[bytes]:
        event = {
            "httpMethod": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "headers": {"Host": "shop.example"},
            "multiValueHeaders": {},
            "requestContext": {"elb": 1},
        }
        result = serverless_wsgi.handle_request(app, event, None)
        status = result["statusDescription"]
        start_response(status, list(result.pop("headers").items()))
        return [json.dumps(result).encode()]

    return application


test_asgiref = neighbour("asgiref", "a2wsgi")(with_adapter(asgiref_around))
test_a2wsgi = neighbour("a2wsgi")(with_adapter(a2wsgi_around))
test_serverless_wsgi = neighbour("serverless_wsgi")(with_adapter(lambda_around))


@neighbour("webtest")
def test_webtest(app: flask.Flask, journal: Journal) -> t.Any:
    import webtest

    add_views(app)

    @app.route("/form", methods=["GET", "POST"])
    def form() -> t.Any:
        flask.session["name"] = name = flask.request.form.get("name", "")
        return f"<form method=post>{name}<input name=name></form>"

    def visit(browser: Browser) -> None:
        browser.get("/text")
        client = webtest.TestApp(app)
        for path in PATHS:
            # WebTest's linter refuses the answer without a body.
            if path != "/nothing":
                answer = client.get(path, expect_errors=True)
                headers = list(answer.headers.items())
                journal((path, answer.status, headers, answer.body))
        page = client.get("/form").form
        page["name"] = "ü"
        journal((page.submit().text, dict(client.cookies)))

    return visit


@neighbour("schemathesis")
def test_schemathesis(app: flask.Flask, journal: Journal) -> t.Any:
    import hypothesis
    import schemathesis

    integer = {"type": "integer", "minimum": 0, "maximum": 9}
    number = {"in": "path", "name": "number", "required": True, "schema": integer}
    named = {"type": "object", "properties": {"name": {"type": "string"}}}
    pet = {"application/json": {"schema": {**named, "required": ["name"]}}}
    responses = {code: {"description": code} for code in ("200", "201", "404")}
    put = {"requestBody": {"required": True, "content": pet}, "responses": responses}
    path = {"parameters": [number], "get": {"responses": responses}, "put": put}
    document = {
        "openapi": "3.0.2",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets/{number}": path},
    }
    app.add_url_rule("/openapi.json", "document", lambda: document)

    @app.route("/pets/<int:number>", methods=["GET", "PUT"])
    def one(number: int) -> t.Any:
        if flask.request.method == "PUT":
            name = flask.request.get_json()["name"]
            return {"name": name}, 201, {"X-Length": str(len(name))}
        return {"name": "ü" * number} if number % 2 else flask.abort(404)

    def visit(browser: Browser) -> None:
        browser.get("/openapi.json")
        schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
        for operation in schema.get_all_operations():
            strategy = operation.ok().as_strategy()

            @hypothesis.settings(
                derandomize=True,
                database=None,
                deadline=None,
                max_examples=30,
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            @hypothesis.given(case=strategy)
            def asked(case: t.Any) -> None:
                answer = case.call()
                headers = list(answer.headers.items())
                journal((case.method, answer.status_code, headers, answer.content))

            asked()
        codes = {entry[1] for entry in journal.entries}
        assert codes >= {200, 201, 404}

    return visit


@neighbour("flask_socketio", left=["GET /socket.io/", "POST /socket.io/"])
def test_flask_socketio(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_socketio

    add_views(app)
    sockets = flask_socketio.SocketIO(
        app, async_mode="threading", async_handlers=False, manage_session=False
    )

    @app.get("/counted")
    def counted() -> t.Any:
        return {"count": flask.session.get("count")}

    @sockets.on("count")
    def count(data: t.Any) -> t.Any:
        flask.session["count"] = flask.session.get("count", 0) + data["by"]
        flask_socketio.emit("counted", {"count": flask.session["count"], "ü": b"1"})
        return "done", 1

    def visit(browser: Browser) -> None:
        see_all(browser)
        place = "/socket.io/?EIO=4&transport=polling"
        browser.journal(sid := json.loads(browser.get(place).text[1:])["sid"])
        for packet in ("40", '420["count",{"by":2}]'):
            assert browser.post(f"{place}&sid={sid}", data=packet).status_code == 200
            answer = browser.get(f"{place}&sid={sid}")
        assert "counted" in answer.text
        client = sockets.test_client(app, flask_test_client=app.test_client())
        client.emit("count", {"by": 1}, callback=journal)
        journal(client.get_received())
        browser.get("/counted")

    return visit


class Messages:
    """The part of Redis that Flask-SSE uses, with an end."""

    published: list[dict[str, t.Any]] = []
    from_url = pubsub = unsubscribe = classmethod(lambda cls, channel=None: cls)

    @classmethod
    def subscribe(cls, channel: str) -> None:
        cls.published.insert(0, {"type": "subscribe"})

    @classmethod
    def publish(cls, channel: str, message: str) -> None:
        cls.published.append({"type": "message", "data": message})

    @classmethod
    def listen(cls) -> t.Iterator[dict[str, t.Any]]:
        while cls.published:
            yield cls.published.pop(0)


@neighbour("flask_sse")
def test_flask_sse(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_sse

    flask_sse.StrictRedis = Messages
    app.config["REDIS_URL"] = "redis://"
    app.register_blueprint(flask_sse.sse, url_prefix="/stream-of-events")
    add_views(app)

    @app.get("/hello")
    def hello() -> t.Any:
        flask_sse.sse.publish({"message": "ü\n"}, type="greeting", id=1, retry=5)
        flask_sse.sse.publish("one\ntwo", channel="other")
        return "sent"

    def visit(browser: Browser) -> None:
        browser.get("/hello")
        assert "event:greeting" in browser.get("/stream-of-events").text
        see_all(browser)

    return visit


@neighbour("elasticapm")
def test_elastic_apm(app: flask.Flask, journal: Journal) -> t.Any:
    import elasticapm.contrib.flask
    from elasticapm.transport.base import Transport

    sent: list[tuple[str, t.Any]] = []

    class Kept(Transport):
        def queue(self, event_type: str, data: t.Any, flush: bool = False) -> None:
            sent.append((event_type, data))

        def start_thread(self, pid: t.Any = None) -> None:
            pass

    globals()["Kept"] = Kept
    add_views(app)
    agent = elasticapm.contrib.flask.ElasticAPM(
        app,
        transport_class=f"{__name__}.Kept",
        service_name="app",
        metrics_interval="0s",
        central_config=False,
        cloud_provider="none",
        instrument=True,
        capture_headers=True,
    )

    def visit(browser: Browser) -> None:
        see_all(browser)
        for kind, data in sent:
            known = [data.get(key) for key in ("name", "result", "outcome")]
            response = data.get("context", {}).get("response")
            browser.journal((kind, known, describe(response)))
        assert len(browser.journal.entries) > 20
        elasticapm.uninstrument()
        agent.client.close()

    return visit


NEW_RELIC = {
    "NEW_RELIC_APP_NAME": "app",
    "NEW_RELIC_DEVELOPER_MODE": "true",
    "NEW_RELIC_HOST": "127.0.0.1",
    "NEW_RELIC_LICENSE_KEY": "x" * 40,
}


@neighbour("newrelic", alone=NEW_RELIC)
def test_newrelic(app: flask.Flask, journal: Journal) -> t.Any:
    import newrelic.agent
    import newrelic.core.application

    newrelic.agent.initialize()
    newrelic.agent.register_application(timeout=10)

    def record(self: t.Any, data: t.Any, *others: t.Any) -> None:
        attributes = {each.name: each.value for each in data.agent_attributes}
        journal((data.path, sorted(attributes.items()), len(data.errors)))

    newrelic.core.application.Application.record_transaction = record
    add_views(app)

    def visit(browser: Browser) -> None:
        see_all(browser)
        assert len(journal.entries) == len(browser.answers)

    application = newrelic.agent.WSGIApplicationWrapper(app)
    return visit, application


DATADOG = {
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    "DD_TRACE_HEADER_TAGS": "X-One:x_one,Content-Type:type",
}


@neighbour("ddtrace", alone=DATADOG)
def test_ddtrace(app: flask.Flask, journal: Journal) -> t.Any:
    import ddtrace.trace

    class Kept(ddtrace.trace.TraceFilter):
        def process_trace(self, trace: t.Any) -> None:
            for span in trace:
                tags = {
                    key: value
                    for key, value in span.get_tags().items()
                    if key[:5] in ("http.", "flask", "compo")
                }
                journal((span.name, span.resource, span.error, tags))

    ddtrace.trace.tracer.configure(trace_processors=[Kept()])
    ddtrace.patch(flask=True)
    add_views(app)

    def visit(browser: Browser) -> None:
        see_all(browser)
        assert len(journal.entries) > 3 * len(browser.answers)

    return visit


OTEL = {
    "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE": (
        "Content-Type,X-.*,Vary,Set-Cookie"
    )
}


def make_instrumented(whole_class: bool) -> flask.Flask:
    """An app with providers of spans and metrics, of OpenTelemetry's subclass of
    ``flask.Flask`` if it is to be."""
    import opentelemetry.instrumentation.flask as instrumentation
    from opentelemetry.sdk import metrics
    from opentelemetry.sdk import trace
    from opentelemetry.sdk.trace import export
    from opentelemetry.sdk.trace.export import in_memory_span_exporter

    numbers = itertools.count(1)
    generator = types.SimpleNamespace(
        generate_span_id=lambda: next(numbers),
        generate_trace_id=lambda: next(numbers),
        is_trace_id_random=lambda: False,
    )
    spans = in_memory_span_exporter.InMemorySpanExporter()
    tracer = trace.TracerProvider(id_generator=generator)
    tracer.add_span_processor(export.SimpleSpanProcessor(spans))
    reader = metrics.export.InMemoryMetricReader()
    providers = {
        "tracer_provider": tracer,
        "meter_provider": metrics.MeterProvider([reader]),
    }
    instrumentor = instrumentation.FlaskInstrumentor()
    if whole_class:
        instrumentor.instrument(**providers)
    app = flask.Flask("app")
    if whole_class:
        instrumentor.uninstrument()
        assert type(app) is not flask.Flask
    app.extensions["telemetry"] = providers, spans, reader
    return app


@neighbour(
    "opentelemetry.instrumentation.flask",
    "opentelemetry.sdk",
    alone=OTEL,
    create=make_instrumented,
    options=({"whole_class": False}, {"whole_class": True}),
)
def test_opentelemetry(app: flask.Flask, journal: Journal, whole_class: bool) -> t.Any:
    import opentelemetry.instrumentation.flask as instrumentation
    from opentelemetry.instrumentation import propagators

    # Durations are of one length.
    instrumentation.default_timer = lambda: 1.0
    time.time_ns = lambda: 1
    propagators.set_global_response_propagator(propagators.TraceResponsePropagator())
    providers, spans, reader = app.extensions["telemetry"]

    def hook(span: t.Any, status: str, headers: list[t.Any]) -> None:
        journal((describe(status), describe(headers)))
        headers.append(("X-Hook", "1"))

    if not whole_class:
        instrumentation.FlaskInstrumentor().instrument_app(
            app, response_hook=hook, excluded_urls="/bytes", **providers
        )
    add_views(app)

    def visit(browser: Browser) -> None:
        parent = f"00-{1:032x}-{2:016x}-01"
        for headers in ({}, {"traceparent": parent}):
            for answer in see_all(browser, headers=headers):
                excluded = answer.request.path == "/bytes" and not whole_class
                assert ("traceresponse" in answer.headers) != excluded
        for span in spans.get_finished_spans():
            # Tracebacks have other frames below the view.
            events = [
                (event.name, event.attributes["exception.type"])
                for event in span.events
            ]
            attributes = describe(dict(span.attributes))
            status = span.status.status_code.name
            journal((span.name, span.context.span_id, attributes, status, events))
        assert len(journal.entries) > 30
        for resource in reader.get_metrics_data().resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        value = getattr(point, "value", None)
                        count = getattr(point, "count", None)
                        attributes = sorted(describe(dict(point.attributes)).items())
                        journal((metric.name, attributes, value, count))

    return visit


@neighbour("sentry_sdk", alone={})
def test_sentry(app: flask.Flask, journal: Journal) -> t.Any:
    import sentry_sdk
    from sentry_sdk.integrations.flask import FlaskIntegration
    from sentry_sdk.transport import Transport

    items: list[dict[str, t.Any]] = []

    class Kept(Transport):
        """Keeps the items of envelopes."""

        def capture_envelope(self, envelope: t.Any) -> None:
            payloads = [item.payload.json for item in envelope.items]
            items.extend(payload for payload in payloads if payload)

    sentry_sdk.init(
        "http://key@127.0.0.1/1",
        transport=Kept,
        integrations=[FlaskIntegration()],
        default_integrations=False,
        auto_enabling_integrations=False,
        traces_sample_rate=1.0,
    )
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

    def note(item: dict[str, t.Any]) -> None:
        """All but identifiers, times and frames."""
        names = "type level transaction transaction_info request tags".split()
        trace = item.get("contexts", {}).get("trace", {})
        names_of_trace = "op status origin data".split()
        spans = [(span["op"], span["description"]) for span in item.get("spans", ())]
        errors = [
            (
                error["type"],
                error["value"],
                error["mechanism"],
                error["stacktrace"]["frames"][-1]["function"],
            )
            for error in item.get("exception", {}).get("values", ())
        ]
        known = {name: item.get(name) for name in names}
        traced = {name: trace.get(name) for name in names_of_trace}
        journal(describe([known, traced, spans, errors]))

    def visit(browser: Browser) -> None:
        see_all(browser)
        browser.ask("GET /captured 400\nGET /failing-stream 200")
        assert "<meta" in browser.get("/traced").text
        for item in items:
            note(item)
        kinds = [item.get("type", item.get("level")) for item in items]
        # HEAD is none by default.
        assert kinds.count("transaction") == len(browser.answers) - 1
        assert kinds.count("error") == 2

    return visit
