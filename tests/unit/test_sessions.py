"""Sessions and ``after_request`` hooks: what they add to responses, and where."""

from __future__ import annotations

import datetime
import typing as t

import flask
import flask.sessions
import pytest
from conftest import apps
from parity import compare_apps
from parity import describe
from parity import exchange
from parity import Journal
from werkzeug.datastructures import Headers
from werkzeug.datastructures import HeaderSet

pytestmark = pytest.mark.usefixtures("frozen_clock")


def write(session: t.Any) -> t.Any:
    session["a"] = [1, "ü", {"b": (1, 2)}]


def nested(session: t.Any) -> t.Any:
    session.setdefault("list", []).append(1)


def say(session: t.Any, **attributes: t.Any) -> t.Any:
    for name, value in attributes.items():
        setattr(session, name, value)


def large(session: t.Any) -> None:
    # Random, so that it cannot be compressed to less than a cookie may have.
    session["large"] = "".join(chr(33 + (i * i * 7919) % 90) for i in range(9000))


def failing(session: t.Any) -> None:
    session["a"] = 1
    raise LookupError("after a change")


def aborting(session: t.Any) -> None:
    session["a"] = 1
    flask.abort(404)


USES: dict[str, t.Callable[[t.Any], t.Any]] = {
    "untouched": lambda session: None,
    "read": lambda session: sorted(session.items(), key=repr),
    "one": lambda session: session.get("user"),
    "asked": lambda session: ("user" in session, len(session), bool(session)),
    "new": lambda session: (session.new, session.permanent, session.modified),
    "write": write,
    "same": lambda session: session.update(user="x"),
    "nested": nested,
    "nested and said": lambda session: (nested(session), say(session, modified=True)),
    "unsaid": lambda session: (write(session), say(session, modified=False)),
    "pop": lambda session: session.pop("user", None),
    "clear": lambda session: session.clear(),
    "permanent": lambda session: say(session, permanent=True),
    "temporary": lambda session: (write(session), say(session, permanent=False)),
    "flash": lambda session: flask.flash("<message>"),
    "flashed": lambda session: flask.get_flashed_messages(),
    "large": large,
    "unknown": lambda session: session.update(odd=object()),
    "failing": failing,
    "aborting": aborting,
}


def cookies() -> dict[str, str]:
    """A cookie for each kind of session that a request may come with."""
    app = apps()[0]
    app.secret_key = "secret"
    interface = flask.sessions.SecureCookieSessionInterface()
    signer = interface.get_signing_serializer(app)
    assert signer is not None
    sessions: list[dict[str, t.Any]] = [{}, {"user": "x"}]
    sessions += [{"user": "x", "_permanent": True, "_flashes": [("message", "m")]}]
    signed = [signer.dumps(session) for session in sessions]
    return {
        "none": "",
        **{name: f"session={value}" for name, value in zip("abc", signed, strict=True)},
        "forged": f"session={signed[1]}x",
        "two": f"session={signed[1]}; session={signed[0]}; other=1",
    }


def routes(app: flask.Flask, journal: Journal) -> None:
    app.secret_key = "secret"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.logger.disabled = True
    answers: dict[str, t.Callable[[], t.Any]] = {
        "/<name>": lambda: "Hello",
        "/json/<name>": lambda: ({"a": 1}, 201, {"X-One": "1"}),
        "/redirect/<name>": lambda: flask.redirect("/"),
        "/stream/<name>": lambda: (chunk for chunk in ("a", "b")),
    }
    for rule, answer in answers.items():

        def view(name: str, answer: t.Callable[[], t.Any] = answer) -> t.Any:
            journal(describe(USES[name](flask.session)))
            return answer()

        app.add_url_rule(rule, rule, view)


PATHS = [f"/{name}" for name in USES]
SOME = [f"/{name}" for name in ("untouched", "read", "write", "clear", "permanent")]


def compare(setup: t.Callable[[t.Any, Journal], None], paths: list[str]) -> None:
    for cookie in cookies().values():
        environ = {"HTTP_COOKIE": cookie} if cookie else {}
        compare_apps(apps, setup, paths, **environ)


def test_uses() -> None:
    compare(routes, PATHS)
    for kind in ("/json", "/stream", "/redirect"):
        compare(routes, [kind + path for path in SOME])


@pytest.mark.parametrize(
    "config",
    (
        {"SESSION_REFRESH_EACH_REQUEST": False},
        {"SESSION_COOKIE_NAME": "own"},
        {"SESSION_COOKIE_DOMAIN": "localhost", "SESSION_COOKIE_PATH": "/path"},
        {"SESSION_COOKIE_HTTPONLY": False, "SESSION_COOKIE_SECURE": True},
        {"SESSION_COOKIE_SAMESITE": "Lax", "APPLICATION_ROOT": "/root"},
        {"SESSION_COOKIE_SAMESITE": "odd"},
        {"SESSION_COOKIE_PARTITIONED": True},
        {"PERMANENT_SESSION_LIFETIME": 5},
        {"PERMANENT_SESSION_LIFETIME": datetime.timedelta(0)},
        {"MAX_COOKIE_SIZE": 10},
        {"MAX_COOKIE_SIZE": 0},
        {"SECRET_KEY": None},
        {"SECRET_KEY": None, "DEBUG": True},
    ),
    ids=lambda config: ", ".join(config),
)
def test_configuration(config: dict[str, t.Any]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        routes(app, journal)
        app.config.update(config)

    compare(setup, [*SOME, "/large", "/temporary", "/flash"])


class Interface(flask.sessions.SessionInterface):
    """Sets the cookie in ways of its own, and tells when."""

    class Session(dict, flask.sessions.SessionMixin):  # type: ignore[type-arg]
        pass

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def open_session(self, app: flask.Flask, request: flask.Request) -> t.Any:
        self.journal("open")
        return self.Session()

    def save_session(self, app: flask.Flask, session: t.Any, response: t.Any) -> None:
        self.journal(("save", describe(response.headers._list), dict(session) == {}))
        response.headers.add("Set-Cookie", "own=1; Path=/")
        response.set_cookie("second", "ü")
        response.delete_cookie("third")
        response.headers["X-Length"] = response.content_length or "none"


class NullInterface(Interface):
    def open_session(self, app: flask.Flask, request: flask.Request) -> t.Any:
        return None


@pytest.mark.parametrize("kind", (Interface, NullInterface))
def test_an_own_interface(kind: type[Interface]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        routes(app, journal)
        app.session_interface = kind(journal)

    compare(setup, PATHS)


# --- Vary, and hooks in the same request ---------------------------------------------


def vary(response: t.Any, value: t.Any) -> None:
    response.vary = value


def kept_vary(response: t.Any) -> None:
    kept = response.vary
    kept.add("Origin")
    response.call_on_close(lambda: kept.add("Late"))


def cors(response: t.Any) -> None:
    """What Flask-CORS does."""
    headers = Headers()
    headers.add("Access-Control-Allow-Origin", "http://other.example")
    headers.add("Access-Control-Allow-Credentials", "true")
    headers.add("Vary", "Origin")
    for name, value in headers.items():
        response.headers.add(name, value)
    response.headers.setlist("Vary", [*response.headers.getlist("Vary"), "Accept"])


def security(response: t.Any) -> None:
    """What Flask-Talisman and others do."""
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = "default-src 'self'"
    response.headers.pop("Server", None)
    response.headers.update({"Referrer-Policy": "no-referrer", "X-XSS": ["1", "2"]})


def many(count: int) -> t.Callable[[t.Any], None]:
    def hook(response: t.Any) -> None:
        for number in range(count):
            response.headers[f"X-Header-{number}"] = str(number)

    return hook


HOOKS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "one": many(1),
    "three": many(3),
    "ten": many(10),
    "cors": cors,
    "security": security,
    "star": lambda r: r.headers.__setitem__("Vary", "*"),
    "cookie": lambda r: r.headers.__setitem__("Vary", "cookie"),
    "encoding": lambda r: r.headers.__setitem__("vary", "Accept-Encoding"),
    "several": lambda r: r.headers.add("Vary", "Accept, COOKIE ,, Origin"),
    "two fields": lambda r: (r.headers.add("Vary", "A"), r.headers.add("Vary", "B")),
    "empty vary": lambda r: r.headers.__setitem__("Vary", ""),
    "text": lambda r: vary(r, "Origin"),
    "list": lambda r: vary(r, ["Origin", "Cookie"]),
    "set": lambda r: vary(r, HeaderSet(["cOOKIE"])),
    "none": lambda r: vary(r, None),
    "kept": kept_vary,
    "discarded": lambda r: (r.vary.add("Cookie"), r.vary.discard("cookie")),
    "cookies": lambda r: (r.set_cookie("a", "b"), r.set_cookie("session", "shadow")),
    "no headers": lambda r: r.headers.clear(),
    "new headers": lambda r: setattr(r, "headers", Headers({"Vary": "X"})),
    "session": lambda r: flask.session.update(hook=1),
    "reads": lambda r: flask.session.get("user"),
    "cache": lambda r: setattr(r.cache_control, "no_store", True),
    "data": lambda r: r.set_data(r.get_data().upper()),
    "status": lambda r: setattr(r, "status_code", 304),
    "etag": lambda r: (r.add_etag(), r.headers.remove("Content-Length")),
    "deferred": lambda r: flask.after_this_request(
        lambda response: response.headers.add("X-Deferred", "1") or response
    ),
}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_hooks(hook: t.Callable[[t.Any], t.Any]) -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        routes(app, journal)

        @app.after_request
        def first(response: t.Any) -> t.Any:
            hook(response)
            journal(describe(response.headers._list))
            return response

        @app.teardown_request
        def teardown(error: t.Any) -> None:
            journal("teardown")

    compare(
        setup, [*SOME, "/json/write", "/redirect/read", "/stream/clear", "/aborting"]
    )


def test_hooks_together_in_their_order() -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        routes(app, journal)
        for name in ("data", "ten", "cors", "security", "cookies", "encoding"):

            def after(response: t.Any, name: str = name) -> t.Any:
                journal(name)
                HOOKS[name](response)
                return response

            app.after_request(after)

        @app.before_request
        def before() -> None:
            flask.after_this_request(lambda r: after(r, "one"))

    compare(setup, PATHS)


def test_a_session_does_reach_the_headers() -> None:
    """So that the comparisons above are of something."""
    for app in apps():
        routes(app, Journal())
        sent = [name for (_, name), _ in exchange(app, "/write")["started"][0][1]]
        assert "'Set-Cookie'" in sent and "'Vary'" in sent
