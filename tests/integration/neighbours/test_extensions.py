"""Extensions of Flask that look at responses, change them or keep them."""

from __future__ import annotations

import datetime
import decimal
import enum
import itertools
import re
import typing as t
import uuid

import flask
from conftest import counted
from parity import describe
from parity import Journal

from .neighbour import neighbour
from .visits import add_views
from .visits import Browser
from .visits import see_all


def make_apiflask(envelope: bool = False, **options: t.Any) -> t.Any:
    import apiflask

    return apiflask.APIFlask("app", **options)


@neighbour(
    "apiflask",
    create=make_apiflask,
    options=(
        {},
        {"envelope": True},
        {"json_errors": False, "docs_ui": "redoc"},
        {"json_errors": False, "docs_ui": "redoc", "envelope": True},
    ),
)
def test_apiflask(
    app: t.Any, journal: Journal, envelope: bool = False, **options: t.Any
) -> t.Any:
    """An app class with a ``make_response`` of its own, which it keeps."""
    import apiflask
    from apiflask import fields

    assert "make_response" not in vars(app)
    add_views(app)
    auth = apiflask.HTTPTokenAuth()
    auth.verify_token({"right": {"name": "ann"}}.get)

    class PetIn(apiflask.Schema):
        name = fields.String(required=True)
        size = fields.Integer(load_default=1)

    class PetOut(PetIn):
        number = fields.Integer()

    class Envelope(apiflask.Schema):
        data = fields.Field()
        message = fields.String()

    if envelope:
        app.config["BASE_RESPONSE_SCHEMA"] = Envelope

    @app.post("/pets")
    @app.input(PetIn, location="json")
    @app.output(PetOut, status_code=201, headers=None)
    def add(json_data: dict[str, t.Any]) -> t.Any:
        return {**json_data, "number": 1, "left out": 1}, 201, {"X-Made": "1"}

    @app.get("/pets")
    @app.output(PetOut(many=True))
    def some() -> t.Any:
        return [{"name": "ü", "number": number} for number in range(3)]

    @app.get("/own")
    @app.auth_required(auth)
    def own() -> t.Any:
        return {"name": auth.current_user["name"]}

    @app.get("/aborted")
    def aborted() -> t.Any:
        apiflask.abort(410, "gone", detail={"a": 1}, headers={"X-Gone": "1"})

    @app.get("/raised")
    def raised() -> t.Any:
        raise apiflask.HTTPError(418, extra_data={"code": 1})

    @app.delete("/pets/<int:number>")
    @app.output({}, status_code=204)
    def remove(number: int) -> t.Any:
        return ""

    def visit(browser: Browser) -> None:
        assert '"/pets"' in browser.get("/openapi.json").text
        see_all(browser)
        if envelope:
            return
        browser.ask("""
            POST /pets 201 {"name": "x"}
            POST /pets 422 {"size": "x"}
            GET /pets 200
            GET /own 401
            GET /aborted 410
            GET /raised 418
            DELETE /pets/1 204
            PUT /pets 405
            GET /docs 200
        """)
        browser.post("/pets", data="{", content_type="application/json")
        browser.get("/own", headers={"Authorization": "Bearer right"})

    return visit


class Cache:
    """A backend for compressed bodies, and what is put there."""

    entries: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.entries.get(key)

    def set(self, key: str, value: bytes) -> None:
        self.entries[key] = value


@neighbour(
    "flask_compress",
    options=(
        {},
        {"MIN_SIZE": 1, "ALGORITHM": "gzip"},
        {"STREAMS": False, "ALGORITHM": ["deflate", "br"]},
        {"EVALUATE_CONDITIONAL_REQUEST": True, "MIN_SIZE": 1},
        {"CACHE_BACKEND": Cache, "CACHE_KEY": lambda request: request.path},
    ),
)
def test_compress(app: flask.Flask, journal: Journal, **config: t.Any) -> t.Any:
    """Bodies are replaced, streams wrapped, entity tags renamed."""
    import flask_compress

    app.config.update({f"COMPRESS_{key}": value for key, value in config.items()})
    Cache.entries = {}
    flask_compress.Compress(app)
    add_views(app)

    @app.get("/large")
    def large() -> t.Any:
        response = flask.make_response({"large": ["value"] * 2000})
        response.add_etag()
        return response.make_conditional(flask.request)

    @app.get("/parts")
    def parts() -> t.Any:
        def chunks() -> t.Any:
            for number in range(50):
                yield f"{flask.request.path} {number} " * 50

        return flask.stream_with_context(chunks()), {"Content-Type": "text/plain"}

    def visit(browser: Browser) -> None:
        compressed = 0
        for encoding in ("gzip", "br", "zstd", "deflate", "gzip;q=0.5, br", "*", "no"):
            headers = {"Accept-Encoding": encoding}
            answers = see_all(browser, headers=headers)
            paths = "/large", "/parts"
            answers += [browser.get(path, headers=headers) for path in paths]
            encoded = ["Content-Encoding" in answer.headers for answer in answers]
            assert any(encoded) <= (encoding != "no")
            compressed += sum(encoded)
            # A second time, with the entity tag that came with the first.
            tag = answers[-2].headers.get("ETag", "")
            again = browser.get("/large", headers={**headers, "If-None-Match": tag})
            assert again.status_code == 304
            journal(list(Cache.entries.items()))
        assert compressed > 12
        assert bool(Cache.entries) == ("CACHE_BACKEND" in config)
        see_all(browser)

    return visit


SHOP = "https://shop.example"


@neighbour(
    "flask_cors",
    options=(
        {},
        {"origins": SHOP, "supports_credentials": True},
        {
            "origins": [r"https://.*\.example", "null"],
            "expose_headers": ["X-One", "X-Made"],
            "allow_headers": ["X-Own"],
            "methods": ["GET", "PUT"],
            "max_age": 600,
            "vary_header": True,
        },
        {"resources": {r"/t.*": {"origins": "*", "send_wildcard": True}}},
    ),
)
def test_cors(app: flask.Flask, journal: Journal, **options: t.Any) -> t.Any:
    """Headers that say which other origins may read an answer."""
    import flask_cors

    flask_cors.CORS(app, **options)
    add_views(app)

    @app.route("/decorated", methods=["GET", "PUT", "OPTIONS"])
    @flask_cors.cross_origin(origins=SHOP, automatic_options=True)
    def decorated() -> t.Any:
        return {"a": 1}, 201, {"Vary": "Accept"}

    def visit(browser: Browser) -> None:
        for origin in (SHOP, "https://elsewhere.example"):
            answers = see_all(browser, headers={"Origin": origin})
            assert origin != SHOP or any(
                "Access-Control-Allow-Origin" in answer.headers for answer in answers
            )
        see_all(browser)
        preflight = {
            "Origin": SHOP,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "X-Own, Content-Type",
        }
        for path in ("/text", "/decorated", "/nowhere"):
            answer = browser.options(path, headers=preflight)
            journal(answer.headers.get("Access-Control-Allow-Methods"))
            browser.options(path)
        browser.get("/decorated", headers={"Origin": SHOP})
        assert any(journal.entries)

    return visit


PANELS = [
    f"flask_debugtoolbar.panels.{name}"
    for name in (
        "versions.VersionDebugPanel",
        "headers.HeaderDebugPanel",
        "request_vars.RequestVarsDebugPanel",
        "template.TemplateDebugPanel",
        "logger.LoggingPanel",
        "route_list.RouteListDebugPanel",
        "g.GDebugPanel",
    )
]


@neighbour(
    "flask_debugtoolbar",
    options=({"intercept": True}, {"intercept": False}),
    # Addresses of functions and objects.
    constant=lambda chunk: re.sub(rb"0x[0-9a-f]{8,}", b"0x", chunk),
)
def test_debugtoolbar(app: flask.Flask, journal: Journal, intercept: bool) -> t.Any:
    """Pages get a toolbar, redirects become pages. The panel of the configuration
    shows the keys that ``FastResp`` adds; it and those of times are left out."""
    import flask_debugtoolbar

    app.config.update(
        DEBUG=True,
        SECRET_KEY="secret",
        DEBUG_TB_PANELS=PANELS,
        DEBUG_TB_INTERCEPT_REDIRECTS=intercept,
    )
    flask_debugtoolbar.DebugToolbarExtension(app)
    add_views(app)

    @app.get("/page")
    def page() -> t.Any:
        flask.session["a"] = "ü"
        return f"<html><body>{flask.g.get('a')} ü</body></html>", {"X-One": "1"}

    def visit(browser: Browser) -> None:
        for _ in range(2):
            assert "flDebug" in browser.get("/page?a=b").text
            see_all(browser)
        assert browser.get("/redirect").status_code == (200 if intercept else 302)
        browser.ask("GET /_debug_toolbar/static/css/toolbar.css 200")

    return visit


@neighbour(
    "flask_limiter",
    options=(
        {"default_limits": ["6 per minute"]},
        {"default_limits": ["100/day", "5/hour"], "retry_after": "http-date"},
        {"application_limits": ["70/minute"], "strategy": "moving-window"},
        {"default_limits": ["1/minute"], "default_limits_per_method": True},
    ),
)
def test_limiter(app: flask.Flask, journal: Journal, **options: t.Any) -> t.Any:
    """Refusals, and headers that say what is left."""
    import flask_limiter

    limiter = flask_limiter.Limiter(
        lambda: "a visitor",
        app=app,
        storage_uri="memory://",
        headers_enabled=True,
        on_breach=lambda limit: journal(str(limit.limit)),
        **options,
    )
    add_views(app)
    views: dict[str, tuple[t.Any, ...]] = {
        "/few": ("2/minute", {}, "few"),
        "/own-message": ("2/hour", {"error_message": lambda: "Later ü."}, "message"),
        "/own-answer": (
            "1/hour",
            {"on_breach": lambda limit: flask.make_response([str(limit.limit)], 418)},
            {"answer": 1},
        ),
        "/counted": ("2/hour", {"deduct_when": lambda response: response.is_json}, [1]),
        "/later": ("2/hour", {}, ("later", 503, {"Retry-After": "120"})),
    }
    for path, (limit, how, value) in views.items():

        def view(value: t.Any = value) -> t.Any:
            return value

        app.add_url_rule(path, path, limiter.limit(limit, **how)(view))

    def visit(browser: Browser) -> None:
        assert "X-RateLimit-Remaining" in see_all(browser)[0].headers
        for path in views:
            codes = [browser.get(path).status_code for _ in range(4)]
            assert codes[:1] != [429] and codes[-1] in (418, 429)
        codes = [answer.status_code for _ in range(6) for answer in see_all(browser)]
        assert 429 in codes
        journal(describe(app.extensions["limiter"].pop().storage.storage))

    return visit


@neighbour(
    "flask_login",
    options=(
        {},
        {"PROTECTION": "strong", "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": True},
        {
            "REMEMBER_COOKIE_NAME": "remember_token",
            "REMEMBER_COOKIE_SAMESITE": "Lax",
            "REMEMBER_COOKIE_DURATION": 60,
            "USE_SESSION_FOR_NEXT": True,
        },
    ),
)
def test_login(app: flask.Flask, journal: Journal, **config: t.Any) -> t.Any:
    """Cookies to be remembered by, redirects to the login page."""
    import flask_login

    app.config.update(config)
    manager = flask_login.LoginManager(app)
    manager.login_view = manager.refresh_view = "login"
    manager.session_protection = config.get("PROTECTION", "basic")
    add_views(app)

    class User(flask_login.UserMixin):
        def __init__(self, name: str) -> None:
            self.id = name

    manager.user_loader(lambda name: User(name) if name == "ann" else None)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> t.Any:
        if flask.request.method == "GET":
            return f"Who? {flask.get_flashed_messages()}"
        remember = "remember" in flask.request.form
        journal(flask_login.login_user(User(flask.request.form["name"]), remember))
        return flask.redirect(flask.request.args.get("next", "/own"))

    @app.get("/own")
    @flask_login.login_required
    def own() -> t.Any:
        return {"name": flask_login.current_user.id}

    @app.get("/fresh")
    @flask_login.fresh_login_required
    def fresh() -> t.Any:
        return f"Fresh, {flask_login.current_user.id}", {"X-Fresh": "1"}

    @app.post("/logout")
    def logout() -> t.Any:
        journal(flask_login.logout_user())
        return flask.redirect("/")

    def visit(browser: Browser) -> None:
        browser.ask("GET /own 302")
        browser.get("/login")
        always = "REMEMBER_COOKIE_REFRESH_EACH_REQUEST" in config
        for form in (
            {"name": "ann"},
            {"name": "ann", "remember": "1"},
            {"name": "bob"},
        ):
            browser.post("/login?next=/fresh", data=form)
            remembered = browser.get_cookie("remember_token") is not None
            assert remembered == ("remember" in form or always)
            see_all(browser)
            code = 200 if form["name"] == "ann" else 302
            browser.ask(f"GET /own {code}")
            browser.get("/fresh")
            if remembered:
                # Known by the cookie alone, no longer fresh.
                browser.delete_cookie("session")
                browser.ask(f"GET /own {code}")
                browser.ask("GET /fresh 302")
            browser.get("/own", headers={"User-Agent": "another browser"})
            browser.post("/logout")
            assert browser.get_cookie("remember_token") is None
            browser.get("/own")

    return visit


class Colour(enum.Enum):
    RED = "red"


VALUES: dict[str, t.Any] = {
    "unsorted": {"b": 1, "a": [1.0, 1e22, -0.0, "ü</script>"]},
    "dates": [datetime.datetime(2001, 2, 3, 4, 5), datetime.date(2001, 2, 3)],
    "others": {"d": decimal.Decimal("1.10"), "u": uuid.UUID(int=1), "e": Colour.RED},
    "large": {str(number): [number] * 9 for number in range(200)},
    "nan": [float("nan"), float("inf")],
    "too large": {"n": 2**80},
    "unknown": {"o": object},
    "keys": {1: "a"},
}


@neighbour(
    "flask_orjson",
    options=({}, {"option": "OPT_INDENT_2"}, {"option": "OPT_SORT_KEYS"}),
)
def test_orjson(app: flask.Flask, journal: Journal, option: str = "") -> t.Any:
    """The app's JSON provider is another one, and stays so."""
    import flask_orjson
    import orjson

    app.json = provider = flask_orjson.OrjsonProvider(app)
    if option:
        provider.option = getattr(orjson, option)
    add_views(app)
    app.add_url_rule("/value/<name>", "value", VALUES.__getitem__)

    @app.get("/jsonify/<name>")
    def of_jsonify(name: str) -> t.Any:
        return flask.jsonify(VALUES[name]), 201

    def visit(browser: Browser) -> None:
        before = counted("encoded")
        for name in VALUES:
            browser.get(f"/value/{name}")
            browser.get(f"/jsonify/{name}")
        see_all(browser)
        # All of it is orjson's text.
        assert counted("encoded") == before
        assert type(app.json) is flask_orjson.OrjsonProvider

    return visit


@neighbour(
    "prometheus_flask_exporter",
    options=[{"group_by": "path"}, {"group_by": "endpoint"}, {"group_by": "url_rule"}],
)
def test_prometheus(app: flask.Flask, journal: Journal, group_by: str) -> t.Any:
    """Counters and histograms by status, and their page."""
    import prometheus_client
    import prometheus_flask_exporter

    metrics = prometheus_flask_exporter.PrometheusMetrics(
        app,
        registry=prometheus_client.CollectorRegistry(),
        group_by=group_by,
        excluded_paths=["/bytes"],
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
    def of_counter() -> t.Any:
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
        assert 'own_total{kind="application/json",size="8",status="201"} 2.0' in text
        assert 'flask_http_request_total{method="GET",status="404"}' in text
        browser.get("/metrics?name[]=own_total")

    return visit


@neighbour(
    "flask_restful",
    options=tuple(
        {"debug": debug, **options}
        for debug in (False, True)
        for options in ({}, {"catch_all_404s": True, "serve_challenge_on_401": True})
    ),
)
def test_restful(
    app: flask.Flask, journal: Journal, debug: bool, **options: t.Any
) -> t.Any:
    """Resources, representations, and error handling of its own."""
    import flask_restful
    from flask_restful import fields
    from flask_restful import reqparse

    # Then texts are indented.
    app.debug = debug
    api = flask_restful.Api(app, **options)
    add_views(app)

    class Item(flask_restful.Resource):
        def get(self, number: int) -> t.Any:
            if number == 1:
                return {"name": "one ü", "number": number}
            if number == 2:
                return ["two"], 202, {"X-Two": "2", "Vary": "Cookie"}
            if number == 3:
                flask_restful.abort(409, message="conflict", number=number)
            if number == 4:
                return flask.make_response("four", 203)
            if number == 5:
                raise LookupError("five")
            if number == 6:
                flask.abort(flask.make_response("six", 418))
            if number == 7:
                flask.abort(401)
            return None

        @flask_restful.marshal_with(
            {
                "name": fields.String,
                "size": fields.Integer(default=0),
                "uri": fields.Url("item"),
            },
            envelope="item",
        )
        def put(self, number: int) -> t.Any:
            parser = reqparse.RequestParser()
            parser.add_argument("name", required=True, help="a name: {error_msg}")
            parser.add_argument("size", type=int)
            return {**parser.parse_args(), "number": number}, 201

        def delete(self, number: int) -> t.Any:
            return "", 204

    api.add_resource(Item, "/items/<int:number>", endpoint="item")

    @api.representation("application/xml")
    def xml(data: t.Any, code: int, headers: t.Any = None) -> flask.Response:
        response = flask.make_response(f"<data>{data}</data>", code)
        response.headers.extend(headers or {})
        return response

    def visit(browser: Browser) -> None:
        for number, code in enumerate((200, 200, 202, 409, 203, 500, 418, 401, 200)):
            browser.ask(f"GET /items/{number} {code}")
        browser.ask("""
            PUT /items/1 201 {"name": "x", "size": 3}
            PUT /items/1 400 {}
            PUT /items/1 400 {"name": "x", "size": "many"}
            DELETE /items/1 204
            POST /items/1 405
            HEAD /items/2 202
            OPTIONS /items/2 200
            GET /item 404
        """)
        accepted = "application/xml", "text/html;q=0.5, application/json", "image/*"
        for accept in accepted:
            for number in (1, 2, 3):
                browser.get(f"/items/{number}", headers={"Accept": accept})
        see_all(browser)

    return visit


@neighbour(
    "flask_session",
    "cachelib",
    options=(
        {},
        {"PERMANENT": False, "SERIALIZATION_FORMAT": "json"},
        {"REFRESH_EACH_REQUEST": False, "COOKIE_SAMESITE": "Strict"},
        {"KEY_PREFIX": "own:", "COOKIE_PATH": "/"},
    ),
)
def test_session(app: flask.Flask, journal: Journal, **config: t.Any) -> t.Any:
    """Sessions on the server, by ``session_interface``."""
    import cachelib
    import flask_session

    app.config.update({f"SESSION_{key}": value for key, value in config.items()})
    cache = cachelib.SimpleCache()
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)
    add_views(app)
    flask_session.Session(app)
    numbers = itertools.count(1)
    interface: t.Any = app.session_interface
    interface._generate_sid = lambda length: f"sid-{next(numbers)}"

    @app.get("/write/<value>")
    def write(value: str) -> t.Any:
        flask.session["value"] = [value, 1]
        return flask.redirect("/read")

    @app.get("/read")
    def read() -> t.Any:
        return {"value": flask.session.get("value")}, {"Vary": "Accept"}

    @app.get("/renew")
    def renew() -> t.Any:
        interface.regenerate(flask.session)
        return "renewed"

    @app.get("/clear")
    def clear() -> t.Any:
        flask.session.clear()
        return "cleared", 202

    @app.teardown_request
    def note(error: BaseException | None) -> None:
        journal(describe({key: cache.get(key) for key in sorted(cache._cache)}))

    def visit(browser: Browser) -> None:
        browser.ask("GET /read 200\nGET /write/one 302")
        assert browser.get_cookie("session") is not None
        see_all(browser)
        answer = browser.ask("GET /read 200")
        assert answer.json == {"value": ["one", 1]}
        assert "Cookie" in answer.headers["Vary"]
        browser.ask("GET /renew 200\nGET /write/two 302\nGET /clear 202")
        assert browser.get_cookie("session") is None
        browser.get("/read")

    return visit


@neighbour("flask_smorest", "marshmallow", options=({"debug": False}, {"debug": True}))
def test_smorest(app: flask.Flask, journal: Journal, debug: bool) -> t.Any:
    """Responses from schemas, entity tags, pages, an OpenAPI document."""
    import flask_smorest
    import marshmallow

    app.debug = debug
    app.config.update(
        API_TITLE="Pets",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.2",
        OPENAPI_URL_PREFIX="/docs",
        OPENAPI_SWAGGER_UI_PATH="/swagger",
        OPENAPI_SWAGGER_UI_URL="https://cdn.example/",
    )

    class PetSchema(marshmallow.Schema):
        number = marshmallow.fields.Int(dump_only=True)
        name = marshmallow.fields.String(required=True)
        born = marshmallow.fields.Date()

    class QuerySchema(marshmallow.Schema):
        name = marshmallow.fields.String()
        limit = marshmallow.fields.Int(validate=marshmallow.validate.Range(1, 5))

    api = flask_smorest.Api(app)
    blueprint = flask_smorest.Blueprint("pets", "pets", url_prefix="/pets")
    pets = [{"number": number, "name": f"ü {number}"} for number in range(25)]

    @blueprint.route("/")
    @blueprint.arguments(QuerySchema, location="query")
    @blueprint.response(200, PetSchema(many=True))
    @blueprint.paginate()
    def some(query: dict[str, t.Any], pagination_parameters: t.Any) -> t.Any:
        pagination_parameters.item_count = len(pets)
        page = pagination_parameters
        return pets[page.first_item : page.last_item + 1]

    @blueprint.route("/", methods=["POST"])
    @blueprint.arguments(PetSchema)
    @blueprint.response(201, PetSchema, headers={"X-Made": {}})
    def add(pet: dict[str, t.Any]) -> t.Any:
        return {**pet, "number": 99}, {"X-Made": "1"}

    @blueprint.route("/<int:number>")
    @blueprint.etag
    @blueprint.response(200, PetSchema)
    @blueprint.alt_response(404, schema=PetSchema)
    def one(number: int) -> t.Any:
        if number >= len(pets):
            flask_smorest.abort(404, message="no such pet", errors={"number": number})
        return pets[number]

    @blueprint.route("/<int:number>", methods=["PUT"])
    @blueprint.etag
    @blueprint.arguments(PetSchema)
    @blueprint.response(200, PetSchema)
    def change(pet: dict[str, t.Any], number: int) -> t.Any:
        blueprint.check_etag(pets[number], PetSchema)
        pets[number] = {**pet, "number": number}
        return pets[number]

    @blueprint.route("/<int:number>", methods=["DELETE"])
    @blueprint.response(204)
    def remove(number: int) -> None:
        journal(number)

    api.register_blueprint(blueprint)
    add_views(app)

    def visit(browser: Browser) -> None:
        answer = browser.get("/pets/?page=2&page_size=10")
        assert "X-Pagination" in answer.headers
        browser.post("/pets/", data="{", content_type="application/json")
        tag = browser.get("/pets/3").headers["ETag"]
        browser.ask("GET /pets/3 304", headers={"If-None-Match": tag})
        browser.ask("""
            GET /pets/?limit=9 422
            GET /pets/?page=0 422
            POST /pets/ 201 {"name": "new"}
            POST /pets/ 422 {"name": 5}
            PUT /pets/3 428 {"name": "changed", "born": "2000-01-01"}
            GET /pets/77 404
            PATCH /pets/3 405
            GET /docs/swagger 200
        """)
        for code in (200, 412):
            browser.ask(
                f'PUT /pets/3 {code} {{"name": "changed", "born": "2000-01-01"}}',
                headers={"If-Match": tag},
            )
        browser.ask("DELETE /pets/3 204")
        assert '"/pets/"' in browser.get("/docs/openapi.json").text
        see_all(browser)

    return visit


@neighbour(
    "flask_talisman",
    options=(
        {},
        {"force_https_permanent": True, "x_xss_protection": True},
        {
            "force_https": False,
            "content_security_policy": {"script-src": "'self'", "object-src": "*"},
            "content_security_policy_nonce_in": ["script-src"],
            "force_file_save": True,
            "frame_options": "DENY",
            "strict_transport_security_preload": True,
            "feature_policy": {"geolocation": "'none'"},
            "document_policy": {"oversized-images": "?0"},
        },
    ),
)
def test_talisman(app: flask.Flask, journal: Journal, **options: t.Any) -> t.Any:
    """Security headers, and redirects to https."""
    import flask_talisman

    talisman = flask_talisman.Talisman(app, **options)
    add_views(app)

    @app.get("/own")
    @talisman(frame_options="ALLOW-FROM", frame_options_allow_from="example.com")
    def own() -> t.Any:
        flask.session["a"] = 1
        return {"a": 1}

    @app.get("/nonce")
    def nonce() -> t.Any:
        return flask.render_template_string(
            "<script nonce='{{ csp_nonce() }}'></script>"
        )

    def visit(browser: Browser) -> None:
        places = [answer.headers.get("Location", "") for answer in see_all(browser)]
        assert any(place.startswith("https://") for place in places) != (
            "force_https" in options
        )
        for answer in see_all(browser, base_url="https://localhost/"):
            assert "Content-Security-Policy" in answer.headers
            assert "Strict-Transport-Security" in answer.headers
        for path in ("/own", "/nonce"):
            browser.get(path, base_url="https://localhost/")

    return visit
