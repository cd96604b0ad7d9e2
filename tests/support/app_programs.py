"""Random programs through a whole app: its class, its settings and hooks, what its
views return and raise, and what a server does with that.
"""

from __future__ import annotations

import contextlib
import contextvars
import typing as t

import flask
import programs
import response_programs
from choices import Choice
from choices import dictionaries
from choices import either
from choices import integers
from choices import just
from choices import lists
from choices import one_of
from choices import seldom
from choices import some_of
from choices import text
from choices import tuples
from conftest import Pair
from conftest import PAIRS
from parity import describe
from parity import unaddressed
from programs import either_of_steps
from programs import made
from programs import Operation
from programs import perform
from programs import recipes
from programs import Run
from programs import send
from programs import snapshot
from werkzeug import exceptions
from werkzeug.routing import Map
from werkzeug.routing import RequestRedirect
from werkzeug.routing import Rule

import fastresp

# --- what a view returns ------------------------------------------------------

returned_headers = one_of(programs.header_forms, recipes("callback", just((5, None))))
json_keys = one_of(text(4), either("a", "b", "é", 5, None, True, 1.5))
json_leaves = one_of(
    either(None, True, 0, -1, 10**20, 1.5, 1e300, float("nan"), "ü→", "<&>", ""),
    either(response_programs.EPOCH, b"bytes", {"set"}),
    text(5),
    recipes("text", either("t")),
    integers(-1000, 1000),
)
json_rows = one_of(
    dictionaries(either("name", "id", "é", "Z"), either(1, "text", "ü", None), 4),
    dictionaries(json_keys, json_leaves),
)
json_values = one_of(
    json_leaves,
    json_rows,
    lists(json_leaves),
    lists(json_rows),
    dictionaries(json_keys, one_of(json_rows, lists(json_leaves))),
)
returned_bodies = one_of(
    programs.bodies,
    json_rows,
    lists(json_rows),
    lists(json_values),
    recipes(
        "response",
        tuples(
            programs.sides,
            tuples(programs.bodies, programs.statuses, programs.header_forms),
        ),
    ),
    recipes("werkzeug", tuples(programs.bodies, programs.statuses)),
    recipes(
        "wsgi",
        tuples(programs.chunk_lists, either("200 OK", "odd"), programs.pairs),
    ),
    recipes("not found", either(None, "text")),
    either(int, len, exceptions.NotFound, True, 1.5, {"ä": [1.5, None]}, [[]]),
)
returned = one_of(
    returned_bodies,
    tuples(returned_bodies, programs.statuses | returned_headers),
    tuples(returned_bodies, programs.statuses, returned_headers),
    tuples(returned_bodies, returned_headers, programs.statuses),
    tuples(returned_bodies),
    tuples(returned_bodies, programs.statuses, programs.header_forms, just(None)),
    recipes("tuple", tuples(returned_bodies, programs.statuses)),
    recipes("list", lists(returned_bodies, max_size=3)),
)


# --- what a view does ---------------------------------------------------------


def raising(run: Run, make: t.Callable[..., t.Any], content: t.Any) -> t.Any:
    raise make(*content)


def with_response(error: t.Any, response: t.Any) -> t.Any:
    error.response = response
    return error


View = tuple[t.Callable[..., t.Any], Choice]
descriptions = either(None, "", "text", "<ü>", 5)
#: The name of what a view does, the function, its arguments.
VIEWS: dict[str, View] = {
    "return": (lambda run, value: value, tuples(returned)),
    "jsonify": (
        lambda run, *args: flask.jsonify(*args),
        one_of(tuples(json_values), tuples(json_values, json_values), tuples()),
    ),
    "redirect": (
        lambda run, *args: flask.redirect(*args),
        tuples(
            one_of(
                either("/a?b=c", "//x", "http://ü.example/ä ö", "<&>\"'", "", "a\nb"),
                text(8, programs.BREAKS),
            ),
            either(302, 301, 303, 308, 200, 404, "302", None),
        ),
    ),
    "abort": (
        lambda run, code, args: flask.abort(code, *args),
        tuples(
            one_of(
                either(400, 401, 404, 405, 410, 416, 418, 429, 500, 503, 200, 999),
                recipes("werkzeug", tuples(programs.bodies, programs.statuses)),
            ),
            one_of(tuples(), tuples(descriptions)),
        ),
    ),
    "raise": (
        lambda run, make, content: raising(run, make, content),
        one_of(
            tuples(
                either(exceptions.NotFound, exceptions.RequestedRangeNotSatisfiable),
                tuples(descriptions),
            ),
            tuples(just(exceptions.MethodNotAllowed), tuples(either(None, ["GET"]))),
            tuples(just(RequestRedirect), tuples(either("/a", "/ä?b", ""))),
            tuples(just(LookupError), tuples(descriptions)),
        ),
    ),
    "raise with a response": (
        lambda run, response: raising(
            run, with_response, (exceptions.NotFound(), response)
        ),
        tuples(
            one_of(
                recipes("werkzeug", tuples(programs.bodies, programs.statuses)),
                recipes("response", tuples(programs.sides, tuples(programs.bodies))),
            )
        ),
    ),
}


class AppProgram(t.NamedTuple):
    #: How fastresp comes to the app.
    kind: str
    classes: programs.Classes
    json: dict[str, t.Any]
    config: dict[str, t.Any]
    view: tuple[str, t.Any]
    #: What hooks do with the response: of the app's, and of this request's.
    after: list[list[Operation]]
    after_this: list[Operation]
    #: What an error handler returns.
    handled: t.Any
    session: t.Any
    request: dict[str, t.Any]
    steps: list[str]


def plain_repr(value: t.Any) -> str:
    return unaddressed(repr(value))


JSON_SETTINGS: dict[str, Choice] = {
    "sort_keys": either(False, True),
    "ensure_ascii": either(False, True),
    "compact": either(None, False, True),
    "mimetype": either("application/json", "a/b", "text/x"),
    "default": either(plain_repr, None),
}
CONFIG: dict[str, Choice] = {
    "TESTING": either(False, True),
    "DEBUG": either(False, True),
    "MAX_COOKIE_SIZE": either(4093, 0, 50),
    "SESSION_COOKIE_SAMESITE": either("Lax", None),
    "SESSION_COOKIE_DOMAIN": either("h.example", None),
    "SESSION_REFRESH_EACH_REQUEST": either(False, True),
}
REQUEST: dict[str, Choice] = {
    "REQUEST_METHOD": either("GET", "HEAD", "POST", "OPTIONS", "PUT"),
    "PATH_INFO": either("/", "/missing", "/slash", "/static/x"),
    "HTTP_IF_NONE_MATCH": either("*", '"x"'),
    "HTTP_RANGE": either("bytes=0-1", "bytes=99-"),
    "HTTP_COOKIE": either("a=b; session=odd"),
    "SERVER_PROTOCOL": either("HTTP/1.0", "HTTP/1.1"),
}
app_programs = tuples(
    either("response_class", "extension", "extension", "own"),
    lists(programs.class_recipes, max_size=1),
    some_of(JSON_SETTINGS),
    some_of(CONFIG),
    one_of(
        *(tuples(just(name), content) for name, (_, content) in VIEWS.items()),
        *([tuples(just("return"), VIEWS["return"][1])] * 5),
    ),
    lists(lists(programs.operations, max_size=2), max_size=2),
    lists(programs.operations, max_size=1),
    seldom(tuples(returned)),
    seldom(dictionaries(either("a", "b"), json_leaves)),
    some_of(REQUEST),
    either_of_steps,
).map(lambda parts: AppProgram(*parts))


# --- one run ------------------------------------------------------------------


URL_MAP = Map(
    [
        Rule("/", endpoint="view", methods=["GET", "POST"]),
        Rule("/slash/", endpoint="view"),
    ]
)


def app_of(run: Run, program: AppProgram, fast: bool) -> flask.Flask:
    # Nothing is looked for, no rule is compiled.
    app = flask.Flask("app", root_path="/", instance_path="/", static_folder=None)
    app.url_map = URL_MAP
    app.logger.disabled = True
    app.secret_key = "key"
    app.config.update(program.config)
    app.response_class = run.classes["own"]
    if fast and program.kind != "response_class":
        fastresp.FastResp(app)
    for name, value in program.json.items():
        setattr(app.json, name, value)
    return app


def set_up(run: Run, program: AppProgram, app: flask.Flask) -> None:
    name, content = program.view

    def on_response(operations: list[Operation]) -> t.Any:
        def hook(response: t.Any) -> t.Any:
            run.response = response
            run.log.append(("hook", type(response).__name__, snapshot(response)))
            for operation in operations:
                perform(run, operation)
            if "close response" in program.steps:
                return run.response
            # Then it is the server's alone.
            return run.drop()

        return hook

    def view() -> t.Any:
        flask.after_this_request(on_response(program.after_this))
        if program.session is not None:
            flask.session.update(program.session)

        def act() -> t.Any:
            return VIEWS[name][0](run, *made(run, content))

        # Described here, raised there: by what it does, not twice.
        run.log.append(("view", name))
        try:
            value = act()
        except Exception as error:
            run.tally[f"view: {name}", isinstance(error, exceptions.HTTPException)] += 1
            raise
        run.tally[f"view: {name}", True] += 1
        return value

    app.view_functions["view"] = view
    for operations in program.after:
        app.after_request(on_response(operations))
    app.teardown_request(lambda error: run.log.append(("teardown", describe(error))))
    if program.handled is not None:
        app.register_error_handler(
            Exception, lambda error: made(run, program.handled)[0]
        )


def ask(run: Run, program: AppProgram, app: flask.Flask) -> t.Any:
    environ = {**programs.BASE_ENVIRON, "PATH_INFO": "/", **program.request}
    return send(run, app, environ, program.steps)


def run_app(pair: Pair, own: type[t.Any], program: AppProgram) -> Run:
    fast = own is pair.fast
    # An app's own class is written for Flask; the extension accelerates it.
    run = Run(pair, pair.stock if program.kind == "own" else own, program.classes)
    with run.running():
        app = app_of(run, program, fast)
        set_up(run, program, app)
        try:
            result = run.outcome(lambda: ask(run, program, app))
            run.tally[f"app: {program.kind}", "error" not in result] += 1
            run.log.append(result)
        finally:
            with contextlib.suppress(Exception):
                run.app_iter.close()
    return run


def compare(program: AppProgram) -> tuple[Run, Run]:
    pair = PAIRS["flask"]

    def one_run(own: type[t.Any]) -> Run:
        return contextvars.copy_context().run(run_app, pair, own, program)

    return programs.on_both(pair, one_run)
