"""What Flask does after a view: hooks, the session, the signal, in its order."""

from __future__ import annotations

import collections
import copy
import functools
import inspect
import logging
import typing as t

import flask
import flask.sessions
import pytest
from conftest import apps
from parity import compare_apps
from parity import describe
from parity import exchange
from parity import Journal
from parity import outcome

import fastresp
from fastresp.sessions import SecureCookieSessionInterface

Setup = t.Callable[[t.Any, Journal], None]

TAKES_CONTEXT = "ctx" in inspect.signature(flask.Flask.finalize_request).parameters
PATHS = ["/", "/a/", "/a/b/", "/deferred", "/missing", "/failing", "/redirect"]


def noting(journal: Journal, name: str) -> t.Any:
    def hook(response: t.Any) -> t.Any:
        journal((name, describe(response.headers._list)))
        response.headers.add("X-Hook", name)
        return response

    return hook


def routes(app: t.Any, journal: Journal) -> None:
    app.secret_key = "key"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    outer: t.Any = flask.Blueprint("a", "a", url_prefix="/a")
    inner: t.Any = flask.Blueprint("b", "b", url_prefix="/b")
    for blueprint in (outer, inner):
        blueprint.add_url_rule("/", "view", lambda: flask.request.endpoint)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)

    def deferred() -> str:
        def first(response: t.Any) -> t.Any:
            # Called, too: it is the end of the same list.
            flask.after_this_request(noting(journal, "third"))
            return noting(journal, "first")(response)

        flask.after_this_request(first)
        flask.after_this_request(noting(journal, "second"))
        return "deferred"

    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/deferred", "deferred", deferred)
    app.add_url_rule("/failing", "failing", lambda: dict[str, str]()["missing"])
    app.add_url_rule("/redirect", "redirect", lambda: flask.redirect("/"))


def hooks(app: t.Any, journal: Journal) -> None:
    routes(app, journal)
    for name in ("one", "two"):
        app.after_request(noting(journal, name))
        for place in ("a", "a.b"):
            app.after_request_funcs[place].append(noting(journal, f"{place} {name}"))


def shrinking(app: t.Any, journal: Journal) -> None:
    hooks(app, journal)

    def hook(response: t.Any) -> t.Any:
        del app.after_request_funcs[None][:-1]
        return response

    app.after_request(hook)


def mapping(app: t.Any, journal: Journal) -> None:
    routes(app, journal)

    class Hooks(dict[t.Any, t.Any]):
        def __contains__(self, name: object) -> bool:
            journal(f"asked for {name}")
            return super().__contains__(name)

    app.after_request_funcs = Hooks({None: (noting(journal, "one"),)})


def no_mapping(app: t.Any, journal: Journal) -> None:
    routes(app, journal)
    app.after_request_funcs = None


def coroutines(app: t.Any, journal: Journal) -> None:
    routes(app, journal)

    async def hook(response: t.Any) -> t.Any:
        return response

    class Callable:
        def __call__(self, response: t.Any) -> t.Any:
            return noting(journal, "callable")(response)

    app.after_request(Callable())
    app.after_request(functools.partial(noting(journal, "partial")))
    app.after_request(hook)
    app.async_to_sync = lambda func: noting(journal, func.__name__)


def marked(app: t.Any, journal: Journal) -> None:
    routes(app, journal)
    hook = noting(journal, "marked")
    if hasattr(inspect, "markcoroutinefunction"):
        hook = inspect.markcoroutinefunction(hook)
    app.after_request(hook)
    app.async_to_sync = lambda func: noting(journal, "waited for")


def own_ensure_sync(app: t.Any, journal: Journal) -> None:
    hooks(app, journal)

    def ensure_sync(function: t.Any) -> t.Any:
        journal(function.__name__)
        return function

    app.ensure_sync = ensure_sync


def own_methods(app: t.Any, journal: Journal) -> None:
    hooks(app, journal)
    for name in ("make_response", "process_response", "finalize_request"):
        # After the extension: it copies what the function in its place has.
        following = getattr(app, name)

        @functools.wraps(following)
        def method(
            *args: t.Any, following: t.Any = following, name: str = name, **kw: t.Any
        ) -> t.Any:
            journal((name, len(args), list(kw)))
            return following(*args, **kw)

        setattr(app, name, method)


def own_request(app: t.Any, journal: Journal) -> None:
    routes(app, journal)

    class Request(flask.Request):
        @property
        def blueprints(self) -> list[str]:
            journal("blueprints")
            return ["x", "y"]

    app.request_class = Request
    app.after_request_funcs["x"] = [noting(journal, "x")]


def own_request_without_hooks(app: t.Any, journal: Journal) -> None:
    own_request(app, journal)
    app.after_request_funcs.clear()


def listening(app: t.Any, journal: Journal) -> None:
    hooks(app, journal)

    def listener(sender: t.Any, response: t.Any, **extra: t.Any) -> None:
        journal(("finished", sender is app, describe(response.headers._list), extra))
        if flask.request.path == "/redirect":
            raise LookupError("of a listener")

    flask.request_finished.connect(listener, app, weak=False)


class Interface(SecureCookieSessionInterface):
    """Sessions of a state that their request names, saved as by Flask's interface."""

    states: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "/": {},
        "/a/": {"accessed": True},
        "/a/b/": {"modified": 0, "accessed": 1},
        "/deferred": {"accessed": True, "modified": True},
        "/missing": {"accessed": None},
    }
    content: t.ClassVar[dict[str, t.Any]] = {}

    def open_session(self, app: t.Any, request: t.Any) -> t.Any:
        session = flask.sessions.SecureCookieSession(self.content)
        vars(session).update(self.states.get(request.path, {}))
        return session


def sessions(content: dict[str, t.Any], **config: t.Any) -> Setup:
    def setup(app: t.Any, journal: Journal) -> None:
        routes(app, journal)
        kind: t.Any = type("Interface", (Interface,), {"content": content})
        # An attribute of the instance would leave it to Flask.
        app.session_interface = kind()
        app.config.update(config)

        def teardown(error: t.Any) -> None:
            context: t.Any = flask.globals._cv_app.get()
            if not TAKES_CONTEXT:
                context = flask.globals._cv_request.get()
            journal(describe(vars(context._session).get("accessed")))

        app.teardown_request(teardown)

    return setup


def without_settings(app: t.Any, journal: Journal) -> None:
    sessions({})(app, journal)
    del app.config["SESSION_COOKIE_SAMESITE"]


def own_interface(name: str, value: t.Any) -> Setup:
    def setup(app: t.Any, journal: Journal) -> None:
        sessions({"a": 1})(app, journal)

        def method(*args: t.Any) -> t.Any:
            journal((name, len(args)))
            return value

        vars(app.session_interface)[name] = method

    return setup


def own_null_class(app: t.Any, journal: Journal) -> None:
    sessions({"a": 1})(app, journal)
    app.session_interface.null_session_class = flask.sessions.SecureCookieSession


SETUPS: dict[str, Setup] = {
    "no hooks": routes,
    "hooks": hooks,
    "a hook that removes others": shrinking,
    "hooks in a mapping of its own": mapping,
    "no mapping of hooks": no_mapping,
    "coroutines": coroutines,
    "marked as a coroutine": marked,
    "an ensure_sync of its own": own_ensure_sync,
    "methods of its own": own_methods,
    "a request of its own": own_request,
    "a request of its own, no hooks": own_request_without_hooks,
    "listening": listening,
    "empty sessions": sessions({}),
    "sessions": sessions({"a": 1}),
    "permanent sessions": sessions({"_permanent": True}),
    "permanent, not refreshed": sessions(
        {"_permanent": True}, SESSION_REFRESH_EACH_REQUEST=False
    ),
    "not permanent": sessions({"_permanent": False}),
    "no key": sessions({}, SECRET_KEY=None),
    "a setting missing": without_settings,
    "all are null sessions": own_interface("is_null_session", True),
    "saves in its own way": own_interface("save_session", None),
    "no cookie needed": own_interface("should_set_cookie", False),
    "a null session of its own": own_null_class,
}


@pytest.mark.usefixtures("frozen_clock")
@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_setups(setup: Setup) -> None:
    try:
        compare_apps(apps, setup, PATHS)
    finally:
        flask.request_finished._clear_state()


def test_setups_differ() -> None:
    """Each is another one than without hooks."""
    answers = {}
    for name, setup in SETUPS.items():
        app, journal = apps()[0], Journal()
        app.logger.disabled = True
        setup(app, journal)
        answers[name] = repr([[exchange(app, path) for path in PATHS], journal.entries])
    flask.request_finished._clear_state()
    for name, answer in answers.items():
        assert name == "no hooks" or answer != answers["no hooks"], name


def finalize(app: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
    context = (current(),) if TAKES_CONTEXT else ()
    return app.finalize_request(*context, *args, **kwargs)


def process(app: t.Any, *args: t.Any) -> t.Any:
    context = (current(),) if TAKES_CONTEXT else ()
    return app.process_response(*context, *args)


def current() -> t.Any:
    return flask.globals._cv_app.get()


CALLS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "finalize": lambda app: finalize(app, "x").get_data(),
    "by name": lambda app: finalize(app, rv="x", from_error_handler=False).get_data(),
    "process": lambda app: process(app, app.response_class("y")).get_data(),
    "nothing": lambda app: finalize(app),
    "too much": lambda app: finalize(app, "x", False, None),
    "unknown": lambda app: finalize(app, "x", other=1),
    "no response": lambda app: process(app),
    "no value": lambda app: finalize(app, None),
    "a text": lambda app: process(app, "text"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("inside", (True, False))
def test_calls(call: t.Callable[[t.Any], t.Any], inside: bool) -> None:
    def run(app: flask.Flask) -> t.Any:
        if not inside:
            return call(app)
        with app.test_request_context():
            return call(app)

    stock, _, fast = apps()
    if not inside and TAKES_CONTEXT:
        pytest.skip("needs the context")
    assert outcome(lambda: run(fast)) == outcome(lambda: run(stock))


def test_failures_after_an_error_are_logged_as_flask_logs_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def records(app: t.Any) -> t.Any:
        caplog.clear()
        app.logger.disabled = False
        app.add_url_rule("/", "view", lambda: 1 / 0)
        app.after_request(lambda response: dict[str, t.Any]()["a hook"])
        app.config["PROPAGATE_EXCEPTIONS"] = False
        with caplog.at_level(logging.ERROR):
            app.test_client().get("/")
        return [
            (record.message, record.funcName, record.lineno)
            for record in caplog.records
        ]

    stock, _, fast = apps()
    expected = records(stock)
    assert records(fast) == expected
    assert len(expected) == 2


@pytest.mark.parametrize("name", ("request_ctx", "request_finished", "chain"))
def test_names_of_flasks_module(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in is used as Flask uses it."""
    if not hasattr(flask.app, name):
        pytest.skip("not there")
    following = getattr(flask.app, name)

    def setup(app: t.Any, journal: Journal) -> None:
        hooks(app, journal)

        class StandIn:
            def __call__(self, *args: t.Any) -> t.Any:
                journal("called")
                return following(*args)

            def __getattr__(self, attribute: str) -> t.Any:
                journal(attribute)
                return getattr(following, attribute)

        monkeypatch.setattr(flask.app, name, StandIn())

    compare_apps(apps, setup, PATHS)


@pytest.mark.parametrize("name", ("send", "receivers_for"))
def test_a_method_on_the_signal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def setup(app: t.Any, journal: Journal) -> None:
        routes(app, journal)

        def method(*args: t.Any, **kwargs: t.Any) -> list[t.Any]:
            journal((name, len(args), list(kwargs)))
            return []

        monkeypatch.setitem(vars(flask.request_finished), name, method)

    compare_apps(apps, setup, PATHS)
    monkeypatch.undo()
    compare_apps(apps, routes, PATHS)


def test_a_copy_of_an_app_has_its_own_hooks() -> None:
    app = flask.Flask("app")
    app.add_url_rule("/", "view", lambda: "x")
    fastresp.FastResp(app)
    copied = copy.copy(app)
    copied.after_request_funcs = collections.defaultdict(list)
    copied.after_request(noting(Journal(), "copied"))
    for each, value in ((app, None), (copied, "copied")):
        assert each.test_client().get("/").headers.get("X-Hook") == value


def test_what_is_not_to_be_installed() -> None:
    class Finalizing(flask.Flask):
        def finalize_request(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
            response = super().finalize_request(*args, **kwargs)
            response.headers["X-Own"] = "1"
            return response

    app = Finalizing("app")
    fastresp.FastResp(app)
    assert "finalize_request" not in vars(app)
    assert "process_response" in vars(app)
    app.add_url_rule("/", "view", lambda: "x")
    assert app.test_client().get("/").headers["X-Own"] == "1"
