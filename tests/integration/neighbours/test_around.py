"""What stands around an app: adapters to other protocols, agents that watch it, tools
that ask it."""

from __future__ import annotations

import json
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
