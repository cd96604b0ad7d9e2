"""``flask fastresp info``, ``check`` and ``bench`` tell why and what differs, send what
they are told, and leave the app alone."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import json
import math
import multiprocessing
import os
import re
import subprocess
import sys
import sysconfig
import time
import typing as t
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import Mock

import flask
import pytest
from click.testing import CliRunner
from click.testing import Result
from flask import Flask
from flask.cli import ScriptInfo
from pages import as_rendered
from pages import needs_browser
from pages import Page
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import fastresp
from fastresp.cli import cli
from fastresp.cli import compare
from fastresp.cli import measure
from fastresp.cli import page as page_module
from fastresp.cli import processes
from fastresp.cli.paths import wrapped
from fastresp.cli.processes import Checked
from fastresp.cli.processes import Timed
from fastresp.cli.remote import RemoteError
from fastresp.cli.requests import Request
from fastresp.cli.timing import Interval

if not hasattr(os, "fork"):
    pytest.skip("these apps cannot be loaded again", allow_module_level=True)

# pytest's timeout is a thread of its own, which does no harm to a forked process.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded, use of fork:DeprecationWarning"
)

SECONDS = 60
SAMPLES = Path(__file__).parents[1] / "support" / "bench_samples.json"
#: Tests that need no compiled modules.
WITHOUT = (
    "test_answer_as test_batches test_comparison test_help"
    " test_import test_more_time test_same_verdict test_sentence test_summary"
    " test_waiting test_without"
)


@pytest.fixture(autouse=True)
def there_is_something_to_compare(request: pytest.FixtureRequest) -> None:
    if not (
        fastresp.ACCELERATED or request.node.name.startswith(tuple(WITHOUT.split()))
    ):
        pytest.skip("there is nothing to compare")


Factory = t.Callable[[], Flask]
App = Flask | Factory | str


def invoke(app: App, *args: str, **options: t.Any) -> Result:
    """Run a command on an app, on what a factory makes, or on what Flask finds by a
    name."""
    if isinstance(app, str):
        info = ScriptInfo(app or None, set_debug_flag=False)
    else:
        factory = (lambda: app) if isinstance(app, Flask) else app
        info = ScriptInfo(create_app=factory, set_debug_flag=False)
    runner = CliRunner()
    # Before click 8.2, the two streams were one unless one asked otherwise.
    if "mix_stderr" in inspect.signature(CliRunner).parameters:
        runner = CliRunner(mix_stderr=False)  # type: ignore[call-arg]
    return runner.invoke(cli, args, obj=info, **options)


def check(app: App, *args: str, **options: t.Any) -> Result:
    return invoke(app, "check", *args, **options)


def document(app: App, *args: str, **options: t.Any) -> dict[str, t.Any]:
    """Return the output of ``check --json``."""
    result = check(app, "--json", *args, **options)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    found: dict[str, t.Any] = json.loads(result.stdout)
    differs = any(request["differences"] for request in found["requests"])
    assert result.exit_code == differs, result.output
    return found


def targets(found: dict[str, t.Any]) -> list[str]:
    return [request["target"] for request in found["requests"]]


def checked(app: App, *args: str) -> dict[str, t.Any]:
    """Return the one request in the output of ``check --json``."""
    (request,) = document(app, *args)["requests"]
    return t.cast("dict[str, t.Any]", request)


def bench(app: App, *args: str) -> Result:
    with pytest.MonkeyPatch.context() as patched:
        # Each takes its time where there is much to fork.
        patched.setattr(measure, "FEWEST_PASSES", 2)
        # A ceiling, however noisy the machine is.
        patched.setattr(measure, "NOISE_BOUND", math.inf)
        return invoke(app, "bench", "--seconds", "0.001", *args)


def benched(app: App, *args: str) -> dict[str, t.Any]:
    """Return the output of ``bench --json``."""
    return t.cast("dict[str, t.Any]", json.loads(bench(app, "--json", *args).stdout))


def is_fast(response: object) -> bool:
    return isinstance(response, fastresp.Response)


def create_app() -> Flask:
    app = Flask("app")
    app.secret_key = "secret"

    @app.get("/")
    def index() -> str:
        return "Hello!"

    @app.route("/echo", methods=["GET", "POST", "DELETE"])
    def echo() -> dict[str, t.Any]:
        request = flask.request
        return {
            "method": request.method,
            "url": request.url,
            "raw": request.environ["RAW_URI"],
            "headers": [[name.lower(), value] for name, value in request.headers],
            "body": request.get_data(as_text=True),
        }

    @app.get("/keyed")
    def keyed() -> str:
        return "x"

    @app.get("/users/<name>")
    def user(name: str) -> str:
        return name

    @app.after_request
    def mark(response: flask.Response) -> flask.Response:
        if flask.request.path == "/keyed":
            response.headers["X-Class"] = "fast" if is_fast(response) else "stock"
        return response

    return app


def app_with(view: t.Callable[[], t.Any]) -> Flask:
    app = Flask("app")
    app.secret_key = "secret"
    app.add_url_rule("/", "view", view)
    return app


# --- the same ----------------------------------------------------------------


def test_what_check_prints() -> None:
    result = check(create_app(), "/", "/echo", "/nowhere", "/keyed")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].split(maxsplit=1) == ["same", "GET /  200 OK"]
    assert lines[2].upper().endswith("GET /NOWHERE  404 NOT FOUND")
    assert "differs   GET /keyed: header X-Class" in lines
    for line in ("    - X-Class: stock", "    + X-Class: fast", "      200 OK"):
        assert line in lines
    assert "4 requests: 3 the same, 1 different, 0 unstable." in lines
    assert re.search(r"^Compiled code built \d responses and emitted [45];", lines[-1])
    coloured = check(create_app(), "/keyed", color=True).stdout
    assert "\x1b[32m    + X-Class: fast" in coloured
    assert "\x1b[31m    - X-Class: stock" in coloured
    assert check(create_app(), "/").exit_code == 0


def test_check_json() -> None:
    found = document(create_app(), "/", "/keyed")
    assert found.keys() == {"versions", "fast_path_counts", "left_out", "requests"}
    assert found["fast_path_counts"]["emitted"] == 2
    same, different = found["requests"]
    assert same == {
        "name": "GET /",
        "method": "GET",
        "target": "/",
        "status": "200 OK",
        "exception": "",
        "same": True,
        "unstable": False,
        "differences": [],
        "diff": [],
        "changes_by_itself": [],
    }
    assert same.keys() == different.keys()


def test_app_stays_as_it_is() -> None:
    app = create_app()
    before, extensions = dict(vars(app)), dict(app.extensions)
    provider = type(app.json)
    config = dict(app.config)
    assert check(app, "/", "/keyed").exit_code == 1
    assert bench(app, "/").exit_code == 0
    assert vars(app) == before
    assert (dict(app.config), app.extensions) == (config, extensions)
    assert type(app.json) is provider
    assert app.response_class is flask.Response
    assert not app._got_first_request


def test_each_side_begins_with_the_same_memory() -> None:
    numbers = itertools.count(1)
    app = app_with(lambda: str(next(numbers)))
    request = checked(app, "/")
    assert (request["same"], request["changes_by_itself"]) == (True, [])
    assert next(numbers) == 1


def test_endless_body_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def chunks(size: int) -> t.Iterator[bytes]:
        try:
            while True:
                yield b"x" * size
        finally:
            closed.append(size)

    def app(environ: t.Any, start_response: t.Any) -> t.Iterator[bytes]:
        start_response("200 OK", [])
        return chunks(environ["size"])

    monkeypatch.setattr(compare, "BODY_CHUNKS", 10)
    monkeypatch.setattr(compare, "BODY_BYTES", 50)
    for size, number in ((1, 11), (20, 3)):
        found = compare.ask(app, {"size": size})
        assert (found.cut, len(found.chunks)) == (True, number)
    assert closed == [1, 20]
    endless = app_with(lambda: itertools.repeat("again"))
    assert checked(endless, "/")["same"]
    result = bench(endless, "/")
    assert result.exit_code == 2
    assert "GET /: not timed, the body does not end." in result.stdout


def test_answer_as_a_server_gets_it() -> None:
    def writing(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response("500 NO", [("A", "1")])
        write = start_response("200 OK", [("B", "2")], (None, None, None))
        write(b"a")
        return [b"b"]

    assert compare.ask(writing, {}) == ("200 OK", [("B", "2")], [b"a", b"b"], "", False)

    def wrong(environ: t.Any, start_response: t.Any) -> t.Any:
        start_response("200 OK", [])
        return ["text"]

    assert compare.ask(wrong, {}).error == "TypeError: a chunk of type str"


def test_head() -> None:
    assert check(create_app(), "-X", "head", "/").exit_code == 0

    def view() -> flask.Response:
        return flask.Response("body" if flask.request.method == "HEAD" else "")

    request = checked(app_with(view), "-X", "HEAD", "/")
    assert (request["method"], request["same"]) == ("HEAD", True)


def test_exception_of_a_view() -> None:
    def view() -> t.NoReturn:
        raise LookupError("no such thing")

    app = app_with(view)
    assert checked(app, "/")["status"].startswith("500")
    app.testing = True
    request = checked(app, "/")
    assert request["exception"] == "LookupError: no such thing"
    assert request["same"]


# --- info --------------------------------------------------------------------


def built() -> flask.Response:
    return flask.Response(json.dumps({"a": 1}), mimetype="application/json")


class Unusual(str):
    pass


def test_info() -> None:
    app = app_with(built)
    # Signing encodes, too.
    app.secret_key = None
    fastresp.FastResp(app)
    app.add_url_rule("/value", "value", lambda: {"a": 1})
    app.add_url_rule("/odd", "odd", lambda: app.response_class("x", Unusual("200 OK")))
    before = dict(vars(app))
    paths = ("/", "/value", "/odd")
    found = json.loads(invoke(app, "info", "--json", *paths).stdout)
    assert vars(app) == before
    assert found["parts"] == {
        **fastresp.describe(app),
        "gunicorn worker": found["parts"]["gunicorn worker"],
    }
    assert re.search("SyncWorker|not installed", found["parts"]["gunicorn worker"])
    own, value, odd = found["requests"]
    counts = {"built": 0, "emitted": 1, "encoded": 0, "delegated": 0}
    assert own["fast_path_counts"] == counts
    assert value["fast_path_counts"] == {**counts, "built": 1, "encoded": 1}
    assert odd["fast_path_counts"]["delegated"] == 1
    place = f"built ({__file__}:{built.__code__.co_firstlineno + 1})"
    assert len(own["not_reached"]) == 2
    for said, note in zip(
        (f"JSON was encoded by json in {place}: ", f"was built in {place}, which "),
        own["not_reached"],
        strict=True,
    ):
        assert said in note
    assert "make_response(...) or fastresp.Response(...)" in own["not_reached"][1]
    assert value["not_reached"] == []
    (note,) = odd["not_reached"]
    assert "Werkzeug's constructor" in note and f"({__file__}:" in note
    result = invoke(app, "info", "/", color=True)
    assert result.exit_code == 0
    assert re.search(r"\x1b\[32mcompiled  \x1b\[0m.*\bdispatch\b", result.stdout)
    assert f"    {own['not_reached'][0]}." in re.sub(r"\x1b\[\d+m", "", result.stdout)


def test_info_of_an_app_without_the_extension() -> None:
    app = app_with(lambda: "x")
    lines = invoke(app, "info", "/").stdout.splitlines()
    assert (
        "stock     redirects, dispatch, finalizing: FastResp(app) is missing" in lines
    )
    # What Flask builds of a value is no matter of the view.
    assert lines[-1] == "GET /  200 OK: built 0, emitted 0, encoded 0, delegated 0"
    fastresp.FastResp(app)
    app.config["FASTRESP_JSON"] = False
    said = f"The app {app.name!r} was changed after FastResp(app): "
    assert f"{said}FastResp(app) has read FASTRESP_JSON." in invoke(app, "info").stdout


def test_info_is_wrapped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "    GET /a-path-of-its-own is delegated"
    assert wrapped(text, 8) == text
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(sys, "stdout", Mock(isatty=lambda: True))
    expected = ["    GET", "        /a-path-of-its-own", "        is delegated"]
    assert wrapped(text, 8).splitlines() == expected


# --- different ---------------------------------------------------------------


def answer_by_class(change: t.Callable[[flask.Response, bool], object]) -> Flask:
    """An app whose hook does something else to a response of fastresp."""
    app = app_with(lambda: ("Hello!\n", 200, {"X-One": "1", "X-Two": "2"}))

    @app.after_request
    def hook(response: flask.Response) -> flask.Response:
        change(response, is_fast(response))
        return response

    return app


CHANGES: dict[str, t.Callable[[t.Any], object]] = {
    "add": lambda headers: headers.add("X-One", "1"),
    "take": lambda headers: headers.pop("X-Two"),
    "reorder": lambda headers: headers.add("X-One", headers.pop("X-One")),
    "rename": lambda headers: headers.add("x-one", headers.pop("X-One")),
}


@pytest.mark.parametrize(
    ("change", "differences", "shown"),
    [
        ({"status_code": 202}, ["status line"], {"- 200 OK", "+ 202 ACCEPTED"}),
        ("add", ["header X-One"], {"+ X-One: 1"}),
        ("take", ["header X-Two"], {"- X-Two: 2"}),
        ("reorder", ["order of headers"], {"- X-One: 1", "+ X-One: 1"}),
        ("rename", ["header X-One", "header x-one"], {"- X-One: 1", "+ x-one: 1"}),
        ({"data": b"Hello?\n"}, ["body"], {"- Hello!\\n", "+ Hello?\\n"}),
        (
            {"response": [b"Hello", b"!\n"]},
            ["chunks"],
            {"- body of 7 bytes in 1 chunk", "+ body of 7 bytes in 2 chunks"},
        ),
    ],
)
def test_differences(change: t.Any, differences: list[str], shown: set[str]) -> None:
    def hook(response: flask.Response, fast: bool) -> None:
        # The same on both, so that the headers are.
        response.data = response.data
        if fast and isinstance(change, str):
            CHANGES[change](response.headers)
        elif fast:
            for name, value in change.items():
                setattr(response, name, value)

    request = checked(answer_by_class(hook), "/")
    assert request["differences"] == differences
    assert not request["same"]
    # Werkzeug's reason phrases were in capitals until 3.2.
    diff = {line.upper() for line in request["diff"]}
    assert {line.upper() for line in shown} <= diff


def test_values_of_cookies_are_not_shown() -> None:
    def set_cookie(response: flask.Response, fast: bool) -> None:
        response.set_cookie("token", "kept to myself" if fast else "a secret")

    result = check(answer_by_class(set_cookie), "/")
    assert result.exit_code == 1
    assert "header Set-Cookie" in result.stdout
    assert "secret" not in result.output
    assert "kept" not in result.output
    values = re.findall(r"Set-Cookie: token=(.*); Path=/", result.stdout)
    assert len(set(values)) == 2


def test_long_answers_are_shown_where_they_differ() -> None:
    def change(response: flask.Response, fast: bool) -> None:
        response.data = b"line\n" * 100_000 + (b"new\n" if fast else b"old\n")
        response.headers["X-Long"] = "a" * 1000 + ("new" if fast else "old")

    diff = checked(answer_by_class(change), "/")["diff"]
    assert "- old\\n" in diff
    assert "+ new\\n" in diff
    assert any(line.startswith("- X-Long: ...") and "old" in line for line in diff)
    assert len(diff) < 60
    assert max(map(len, diff)) < 200


def test_exception_with_fastresp_only() -> None:
    def change(response: flask.Response, fast: bool) -> None:
        if fast:
            raise LookupError("no such thing")

    app = answer_by_class(change)
    app.testing = True
    request = checked(app, "/")
    assert request["differences"][0] == "status line"
    assert request["differences"][-1] == "exception"
    assert "+ exception: LookupError: no such thing" in request["diff"]


def test_what_a_terminal_obeys_is_not_printed() -> None:
    def change(response: flask.Response, fast: bool) -> None:
        response.data = b"\x1b[2J" + bytes([fast])

    # Without colours, click leaves out such things by itself.
    result = check(answer_by_class(change), "/?\x1b[2J", color=True)
    assert result.exit_code == 1
    assert "\x1b[2J" not in result.output


# --- what changes by itself --------------------------------------------------


def test_changing_values_are_known() -> None:
    def view() -> flask.Response:
        flask.session["at"] = time.time()
        response = flask.make_response({"id": os.urandom(8).hex(), "fixed": "value"})
        response.headers["X-Request-Id"] = os.urandom(8).hex()
        return response

    request = checked(app_with(view), "/")
    assert request["same"]
    names = {"header X-Request-Id", "header Set-Cookie", "body"}
    assert set(request["changes_by_itself"]) == names


def answer(text: str) -> t.Any:
    """Parse ``Name: value``, ``!error`` and chunks, separated by ``|``."""
    found = compare.Answer("200 OK", [], [])
    for part in text.split("|"):
        name, colon, value = part.partition(": ")
        if part.startswith("!"):
            found = found._replace(error=part[1:])
        elif colon:
            found.headers.append((name, value))
        else:
            found.chunks.append(part.encode())
    return found


OBJECT = "<object object at 0x7f01234567"
MONDAY = "Date: Mon, 01 Jan 2024 00"


@pytest.mark.parametrize(
    ("stock", "fast", "again", "differences", "volatile"),
    [
        # Headers that come and go, and the header beside them.
        ("A: 1|B: 1", "A: 1|B: 1", "A: 1", [], ["header B"]),
        ("A: 1|B: 1", "A: 2", "A: 1", ["header A"], ["header B"]),
        ("A: 1|B: 1", "B: 1|A: 1", "B: 1|A: 1", [], ["order of headers"]),
        ("A: x 1 y", "A: x 3 z", "A: x 2 y", ["header A"], ["header A"]),
        # A date is one word, and what is around it counts.
        (
            *(f"{MONDAY}:00:59 GMT", f"{MONDAY}:01:00 GMT", f"{MONDAY}:01:01 GMT"),
            *([], ["header Date"]),
        ),
        (
            *(f"{MONDAY}:00:59 GMT", f"{MONDAY}:01:00 UTC", f"{MONDAY}:01:01 GMT"),
            *(["header Date"], ["header Date"]),
        ),
        # Bodies that change: their lengths, chunks, the rest of them, all of them.
        (
            *("Content-Length: 2|ab", "Content-Length: 3|abc", "Content-Length: 2|cd"),
            *([], ["body"]),
        ),
        ("a|1", "a3", "a|2", ["chunks"], ["body"]),
        ("x 1 y", "x 3 z", "x 2 y", ["body"], ["body"]),
        ("x", "y", "x y z", [], ["body"]),
        ("!KeyError 1", "!KeyError 3", "!KeyError 2", [], ["exception"]),
        ("!KeyError 1", "!Other 3", "!KeyError 2", ["exception"], ["exception"]),
        # An address is the same twice in processes with the same memory.
        (f"{OBJECT}10>", f"{OBJECT}20>", f"{OBJECT}10>", [], ["addresses of objects"]),
        (
            *(f"A: 1|{OBJECT}10>", f"A: 2|{OBJECT}20>", f"A: 1|{OBJECT}10>"),
            *(["header A"], ["addresses of objects"]),
        ),
    ],
)
def test_comparison(
    stock: str, fast: str, again: str, differences: list[str], volatile: list[str]
) -> None:
    found = compare.compare(answer(stock), answer(fast), answer(again))
    assert found.differences == differences
    assert found.volatile == volatile
    assert bool(found.diff) is bool(differences)
    assert not found.unstable
    assert (
        compare.compare(answer(stock), answer(stock), answer(again)).differences == []
    )


def test_comparison_of_unstable_answers() -> None:
    ok = answer("x")
    gone = ok._replace(status="410 GONE")
    for fast in (ok, gone, ok._replace(status="500 NO")):
        assert compare.compare(ok, fast, gone).unstable
    assert compare.compare(ok, ok, answer("!KeyError: 1")).unstable


def test_answers_that_change_now_and_then() -> None:
    counts = itertools.count(1)

    def change(response: flask.Response, fast: bool) -> None:
        # The first answer of one side, and a later one of the other.
        response.data = b"seldom" if fast or next(counts) == 3 else b"always"

    request = checked(answer_by_class(change), "/")
    assert (request["differences"], request["changes_by_itself"]) == ([], ["body"])


def test_stock_limit_does_not_hide_a_difference() -> None:
    counts = itertools.count()

    def change(response: flask.Response, fast: bool) -> None:
        response.headers["X-Class"] = str(fast)
        if next(counts):
            response.status_code = 429

    assert checked(answer_by_class(change), "/")["differences"] == ["header X-Class"]


# --- what is sent ------------------------------------------------------------


def echoed(*args: str) -> dict[str, t.Any]:
    """Return the one request that the app received."""
    app = create_app()

    @app.after_request
    def difference(response: flask.Response) -> flask.Response:
        # The diff is the way to see the body.
        response.headers["X-Echo"] = json.dumps(response.get_json())
        if is_fast(response):
            response.headers["X-Echo"] += "!"
        return response

    diff = checked(app, *args)["diff"]
    (line,) = (line for line in diff if line.startswith("- X-Echo: "))
    return t.cast("dict[str, t.Any]", json.loads(line.removeprefix("- X-Echo: ")))


@pytest.fixture(autouse=True)
def wide_diffs(monkeypatch: pytest.MonkeyPatch) -> None:
    if "long" not in os.environ.get("PYTEST_CURRENT_TEST", ""):
        monkeypatch.setattr(compare, "DIFF_COLUMNS", 10_000)


def test_headers_cookies_and_method() -> None:
    asked = echoed("-H", "X-A: 1: 2", "--cookie", "a=b", "--cookie", "c=d", "/echo?q=1")
    assert asked["method"] == "GET"
    assert asked["url"] == "http://localhost/echo?q=1"
    assert asked["raw"] == "/echo?q=1"
    assert ["x-a", "1: 2"] in asked["headers"]
    assert ["cookie", "a=b; c=d"] in asked["headers"]


def test_data(tmp_path: Path) -> None:
    asked = echoed("--unsafe", "-d", "a=1", "/echo")
    assert (asked["method"], asked["body"]) == ("POST", "a=1")
    assert echoed("-X", "get", "-d", "a=1", "/echo")["method"] == "GET"
    assert ["content-type", "application/x-www-form-urlencoded"] in asked["headers"]
    assert ["content-length", "3"] in asked["headers"]
    body = tmp_path / "body"
    body.write_text("{}")
    args = ["-X", "POST", "--unsafe", "-d", f"@{body}", "-H", "Content-Type: a/b"]
    asked = echoed(*args, "/echo")
    assert asked["body"] == "{}"
    assert ["content-type", "a/b"] in asked["headers"]


def test_paths_are_sent_as_they_are() -> None:
    assert echoed("/e%63ho?a=%2f&b=ż")["raw"] == "/e%63ho?a=%2f&b=ż"
    asked = echoed("//echo")
    assert (asked["url"], asked["raw"]) == ("http://localhost/echo", "//echo")
    assert echoed("https://example.com:8443/echo#x")["url"] == (
        "https://example.com:8443/echo"
    )
    app = create_app()
    app.config |= {"SERVER_NAME": "example.com", "PREFERRED_URL_SCHEME": "https"}
    assert checked(app, "/")["status"] == "200 OK"


def test_all_get() -> None:
    app = create_app()
    app.add_url_rule("/posted", "posted", lambda: "x", methods=["POST"])
    app.add_url_rule("/page", "page", lambda n: n, defaults={"n": "1"})
    app.add_url_rule("/there", "there", lambda: "x", subdomain="sub")
    api = flask.Blueprint("api", __name__, url_prefix="/api")
    api.add_url_rule("/item", "item", lambda: ({"number": 1}, 201))
    api.add_url_rule("/missing", "missing", lambda: flask.abort(404))
    api.register_error_handler(404, lambda error: ({"error": error.name}, 404))
    app.register_blueprint(api)
    found = document(app, "--all-get")
    paths = ["/", "/api/item", "/api/missing", "/echo", "/keyed", "/page"]
    assert sorted(targets(found)) == paths
    different = [each["target"] for each in found["requests"] if not each["same"]]
    assert different == ["/keyed"]
    assert found["left_out"] == [
        "2 rules that need arguments: /static/<path:filename>, /users/<name>",
        "1 rule of other hosts or subdomains: sub/there",
    ]
    printed = check(app, "--all-get").stdout
    assert "Left out: 2 rules that need arguments: /static/" in printed


def har_entry(url: str, method: str = "GET", **more: t.Any) -> dict[str, t.Any]:
    return {"request": {"method": method, "url": url, "headers": [], **more}}


def test_requests_of_one_path_are_told_apart(tmp_path: Path) -> None:
    bodies = [{"postData": {"text": text}} for text in ("a", "bcd")]
    entries = [har_entry("http://a/echo", "POST", **body) for body in bodies]
    file = write_har(tmp_path, *entries, har_entry("http://a/echo"))
    found = document(create_app(), "--unsafe", "--from-har", file)
    assert [
        each["name"].replace(" +Content-Type", "") for each in found["requests"]
    ] == [
        "POST /echo (#1, a body of 1 bytes)",
        "POST /echo (#2, a body of 3 bytes)",
        "GET /echo",
    ]


def write_har(path: Path, *entries: dict[str, t.Any]) -> str:
    file = path / "page.har"
    # As some browsers do, with a byte order mark.
    file.write_text(har(*entries), "utf-8-sig")
    return str(file)


def test_har(tmp_path: Path) -> None:
    headers = {
        ":authority": "example.com",
        "Host": "example.com",
        "Connection": "keep-alive",
        "Content-Length": "7",
        "Accept-Language": "pl",
        "X-Old": "1",
    }
    fields = [{"name": name, "value": value} for name, value in headers.items()]
    cookies = [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    data = {"mimeType": "text/csv", "text": "a,b\n"}
    sent = {"headers": fields, "cookies": cookies, "postData": data}
    entry = har_entry("https://example.com/echo?a=1#here", "POST", **sent)
    file = write_har(tmp_path, entry)
    asked = echoed("--unsafe", "-H", "x-old: 2", "--from-har", file)
    assert asked["url"] == "https://example.com/echo?a=1"
    assert (asked["method"], asked["body"]) == ("POST", "a,b\n")
    assert sorted(map(tuple, asked["headers"])) == [
        ("accept-language", "pl"),
        ("content-length", "4"),
        ("content-type", "text/csv"),
        ("cookie", "a=1; b=2"),
        ("host", "example.com"),
        ("x-old", "2"),
    ]
    # A cookie header may be in parts.
    fields = [{"name": "cookie", "value": value} for value in ("a=1", "b=2; c=3")]
    file = write_har(tmp_path, har_entry("https://a.example/echo", headers=fields))
    asked = echoed("--from-har", file)
    assert ["cookie", "a=1; b=2; c=3"] in asked["headers"]


def test_har_of_several_hosts_and_methods(tmp_path: Path) -> None:
    file = write_har(
        tmp_path,
        har_entry("data:,x"),
        har_entry("https://example.com/"),
        har_entry("https://cdn.example/script.js"),
        har_entry("https://example.com/"),
        har_entry("https://example.com/echo", "DELETE"),
    )
    found = document(create_app(), "--from-har", file)
    assert targets(found) == ["/"]
    assert found["left_out"] == [
        "2 requests to other hosts: data:, cdn.example",
        "1 request with other methods than GET and HEAD: DELETE /echo (see --unsafe)",
    ]
    found = document(create_app(), "--from-har", file, "--host", "cdn.example")
    assert targets(found) == ["/script.js"]


def har(*entries: t.Any) -> str:
    return json.dumps({"log": {"entries": entries}})


BREAK = [{"name": "X", "value": "a\r\nb: c"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not an HTTP archive"),
        ("[]", "not an HTTP archive"),
        ('{"log": {}}', "not an HTTP archive"),
        (har({}), "not an HTTP archive"),
        (har({"request": {"url": 1}}), "not an HTTP archive"),
        (har(), "has no requests"),
        (har(har_entry("http://a/", "G T")), "is not a method"),
        (har(har_entry("data:,x")), "has no requests to a server"),
        (b"\xff\xfe\x00", "can't decode"),
        (har(har_entry("http://a/", "POST")), "There is nothing to send."),
        (har(har_entry("http://a/", headers=BREAK)), "line break"),
    ],
)
def test_broken_har(tmp_path: Path, text: str | bytes, said: str) -> None:
    file = tmp_path / "broken.har"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    result = check(create_app(), "--from-har", str(file))
    assert result.exit_code == 2
    assert said in result.stderr


LOG = r"""
127.0.0.1 - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" 200 6 "-" "curl"
127.0.0.1 - - [01/Jan/2024:00:00:01 +0000] "GET /echo?a=%20 HTTP/2" 200 6
127.0.0.1 - - [01/Jan/2024:00:00:01 +0000] "GET / HTTP/1.0" 200 6 "GET /no HTTP/1.1"
127.0.0.1 - - [01/Jan/2024:00:00:02 +0000] "POST /echo HTTP/1.1" 200 6
127.0.0.1 - - [01/Jan/2024:00:00:02 +0000] "\x16\x03\x01" 400 0
127.0.0.1 - - [01/Jan/2024:00:00:02 +0000] "OPTIONS * HTTP/1.1" 400 0
127.0.0.1 - - [01/Jan/2024:00:00:02 +0000] "GET /q\"\xc3 HTTP/1.1" 404 0
127.0.0.1 - - [01/Jan/2024:00:00:02 +0000] "GET http://example.com/abs HTTP/1.1" 404 0
"""


def test_log(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    file.write_text(LOG)
    found = document(create_app(), "--from-log", str(file))
    assert targets(found) == ["/", "/echo?a=%20", '/q"%c3', "/abs"]
    assert found["left_out"] == [
        "2 lines of the log without a request",
        "1 request with other methods than GET and HEAD: POST /echo (see --unsafe)",
    ]
    args = ["--unsafe", "--limit", "3", "--from-log", "-"]
    found = document(create_app(), *args, input=LOG)
    methods = [request["method"] for request in found["requests"]]
    assert methods == ["GET", "GET", "POST"]
    assert found["left_out"][-1] == "2 lines beyond 3 requests (see --limit)"


@pytest.mark.parametrize(
    ("text", "status"), [("", 2), ("nothing\n", 2), ('"GET http:// HTTP/1.1"', 0)]
)
def test_log_without_requests(text: str, status: int) -> None:
    result = check(create_app(), "--from-log", "-", input=text)
    assert result.exit_code == status
    assert ("No line of this log has a request" in result.stderr) is bool(status)


# --- login -------------------------------------------------------------------

LOGIN = """
def with_cookies(client):
    response = client.post("/login", data={"name": "Ada"})
    assert response.status_code == 200

def with_headers(client):
    return {"Authorization": f"Bearer {client.application.config['TOKEN']}"}

def failing(client):
    raise LookupError("wrong password")
"""


@pytest.fixture
def hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "login_hooks.py").write_text(LOGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "login_hooks", raising=False)


def members_app() -> Flask:
    app = create_app()
    app.config["TOKEN"] = "token-1"

    @app.post("/login")
    def login() -> str:
        flask.session["name"] = flask.request.form["name"]
        return "x"

    @app.get("/me")
    def me() -> tuple[str, int]:
        name = flask.session.get("name", "")
        other = flask.request.cookies.get("other", "")
        authorized = flask.request.authorization
        if authorized is not None and authorized.token == app.config["TOKEN"]:
            name = "token"
        return "x", 401 if not name else 203 if other else 200

    return app


@pytest.mark.usefixtures("hooks")
def test_login() -> None:
    assert checked(members_app(), "/me")["status"].startswith("401")
    for hook in ("with_cookies", "with_headers"):
        args = ["--login", f"login_hooks:{hook}", "/me"]
        request = checked(members_app(), *args)
        assert (request["status"], request["same"]) == ("200 OK", True)
        request = checked(members_app(), "--cookie", "other=1", *args)
        assert request["status"].startswith("203")
    result = bench(members_app(), "--login", "login_hooks:with_cookies", "/me")
    assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("login_hooks:failing", ": LookupError: wrong password"),
        ("login_hooks:none", ": AttributeError: "),
        ("no_such_module:login", ": ModuleNotFoundError: "),
        ("login_hooks", "is not of the form MODULE:FUNCTION"),
    ],
)
def test_login_that_fails(hook: str, said: str) -> None:
    result = check(members_app(), "--login", hook, "/me")
    assert result.exit_code == 2
    said = said if said.startswith("is") else f"Error: --login {hook}{said}"
    assert said in result.stderr


# --- options and errors ------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "What to send?"),
        (["/", "--all-get"], "exclude each other"),
        (["-X", "POST", "/"], "POST may change something"),
        (["-X", "HEAD", "--all-get"], "are for PATHS"),
        (["-X", "G T", "--unsafe", "/"], "is not a method"),
        (["--host", "a", "/"], "--host is for --from-har"),
        (["users"], "does not start with a slash"),
        (["-H", "nothing", "/"], "not followed by a colon"),
        (["-H", "a: b\nc: d", "/"], "line break"),
        (["--cookie", "nothing", "/"], "NAME=VALUE"),
        (["-d", "a=1", "/"], "POST may change something"),
        (["-d", "@no such file", "--unsafe", "/"], "no such file"),
        (["--app", "shop", "/"], "of fastresp itself: fastresp --app shop check ..."),
        (["/", "-e", "env"], "of fastresp itself: fastresp --env-file env check ..."),
        (["/", "--debug"], "of fastresp itself: fastresp --debug check ..."),
        (["--from-har", "no such file"], "no such file"),
        (["--timeout", "0", "/"], "--timeout"),
        (["--no-such-option", "/"], "--no-such-option"),
    ],
)
def test_usage_errors(args: list[str], said: str) -> None:
    result = check(create_app(), *args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Usage: " in result.stderr


def test_help_says_whose_business_side_effects_are() -> None:
    for command in ("check", "bench"):
        result = invoke(create_app(), command, "--help")
        assert result.exit_code == 0
        words = " ".join(result.stdout.split())
        assert "side effects are your business" in words
        assert "only GET and HEAD are sent, unless you give --unsafe" in words
        assert "Exit status: 0" in words


def test_without_compiled_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastresp._compat import compiled

    monkeypatch.setattr(compiled, "ACCELERATED", False)
    for command in ("check", "bench"):
        result = invoke(create_app(), command, "/")
        assert result.exit_code == 2
        assert "no compiled modules" in result.stderr


async def asgi(scope: t.Any, receive: t.Any, send: t.Any) -> None:
    raise AssertionError("no such server")


def sleep() -> str:
    time.sleep(SECONDS)
    return ""


def failing() -> Flask:
    raise LookupError("no configuration")


def changed(change: t.Callable[[Flask], object]) -> Factory:
    def factory() -> Flask:
        app = create_app()
        change(app)
        return app

    return factory


def extended() -> Flask:
    app = create_app()
    fastresp.FastResp(app)
    return app


def of_class(cls: type[t.Any]) -> Factory:
    return changed(lambda app: setattr(app, "response_class", cls))


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (failing, "LookupError: no configuration"),
        (failing, "The app could not be loaded."),
        (lambda: app_with(sleep), "GET /: no answer after 0.2 seconds."),
        (
            lambda: app_with(lambda: os._exit(3)),
            "GET /: the app's process ended (status 3).",
        ),
        # Another process, another answer.
        (
            lambda: app_with(lambda: ("x", 200 + os.getpid() % 397)),
            "No answer could be compared.",
        ),
        (
            of_class(type("Own", (fastresp.Response,), {})),
            "Own inherits from fastresp.Response",
        ),
        (extended(), "loaded before this command, with FastResp"),
        (lambda: app_with(lambda: fastresp.Response("x")), "uses fastresp already"),
        (
            changed(lambda app: app.config.update(FASTRESP_ENABLED=False)),
            "FastResp makes no difference",
        ),
        (of_class(dict), "Error: TypeError: FastResp cannot accelerate"),
        (
            changed(lambda app: setattr(app, "wsgi_app", asgi)),
            "wsgi_app is an ASGI app",
        ),
    ],
)
def test_unusable_apps(factory: Flask | Factory, said: str) -> None:
    started = time.monotonic()
    seconds = "0.2" if "0.2" in said else str(SECONDS)
    result = check(factory, "--timeout", seconds, "/")
    assert result.exit_code == 2
    assert said in result.stderr
    assert ("unstable  GET /" in result.stdout) is ("compared" in said)
    assert time.monotonic() - started < SECONDS


def test_processes_end_with_the_command() -> None:
    assert check(create_app(), "/").exit_code == 0
    assert check(app_with(sleep), "--timeout", "0.1", "/").exit_code == 2
    assert not multiprocessing.active_children()


# --- apps that use fastresp already ------------------------------------------


def test_app_that_uses_the_extension() -> None:
    result = check(extended, "/", "/keyed")
    assert result.exit_code == 1
    assert "    - X-Class: stock" in result.stdout.splitlines()
    # Everything is back in its place.
    assert "fastresp" in extended().extensions


def test_mounted_apps_are_fast_where_the_app_makes_them_so() -> None:
    def factory() -> Flask:
        app = extended()
        mounts: dict[str, t.Any] = {"/in": extended().wsgi_app}
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, mounts)  # type: ignore[method-assign]
        return app

    request = checked(factory, "/in/keyed")
    assert request["differences"] == ["header X-Class"]
    assert bench(factory, "/in/").exit_code == 0


def test_app_that_uses_the_class() -> None:
    app = create_app()
    app.response_class = fastresp.Response
    assert checked(app, "/keyed")["differences"] == ["header X-Class"]
    assert app.response_class is fastresp.Response


# --- bench -------------------------------------------------------------------


def test_what_bench_prints(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = bench(create_app(), "/", "/echo", "/keyed")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].split()[:3] == ["route", "stock", "FastResp"]
    for number, target in ((1, "/"), (2, "/echo")):
        assert re.match(rf"GET {target} +[\d.,]+ us +[\d.,]+ us ", lines[number])
        assert re.search(rf"^GET {target}: .*\.$", result.stdout, re.MULTILINE)
    result = bench(create_app(), "/keyed", "--html", str(page))
    assert result.exit_code == 1
    assert "differs   GET /keyed: header X-Class" in result.stdout
    assert "    + X-Class: fast" in result.stdout
    for text in (result.stdout, page.read_text("utf-8").partition("<section>")[2]):
        assert not re.search(r"\d (us|µs|%)|\dx|faster|slower", text)


TIMING = (
    "name passes stock_us fast_us free_us gain ceiling share reached noise verdict"
    " sentence"
)
INTERVAL = {"ratio", "low", "high"}


def test_bench_json_and_page(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    # The page has to escape the second one.
    paths = ["/", "/echo?<b>&", "/keyed"]
    result = bench(create_app(), "--json", "--html", str(file), *paths)
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found.keys() == {"versions", "seconds", "left_out", "routes"}
    assert found["versions"]["fastresp"] == fastresp.__version__
    right, echoing, wrong = found["routes"]
    assert right.keys() == wrong.keys()
    assert (right["method"], right["target"], right["same"]) == ("GET", "/", True)
    timing = right["timing"]
    assert timing.keys() == {*TIMING.split()}
    assert timing["gain"].keys() == timing["ceiling"].keys() == INTERVAL
    assert timing["passes"] == 2
    assert 0 < timing["gain"]["low"] <= timing["gain"]["high"]
    assert 0 < timing["free_us"] < timing["stock_us"] * 10
    assert timing["sentence"].startswith("GET /: ")

    page = Page(file)
    headings = [text for tag, text in page.texts if tag == "h2"]
    assert headings == ["GET /", "GET /echo?<b>&", "GET /keyed"]
    assert page.references() == ["data:,"]
    assert not {"script", "iframe", "object", "img"} & {*page.tags}
    assert not re.search(r"url\(|@import|//", page.text)
    assert "prefers-color-scheme: dark" in page.text
    # The table is wider than a telephone: it scrolls, by keys too.
    assert re.search(r'<section class="wide" tabindex="0" .*\n<table>', page.text)
    said = "".join(text for _, text in page.texts)
    for route in (right, echoing):
        for name in ("stock_us", "fast_us", "free_us"):
            assert f"{route['timing'][name]:,.1f} µs" in said
    assert (wrong["timing"], wrong["differences"]) == (None, ["header X-Class"])
    assert "Differs: header X-Class." in said


@needs_browser
def test_bench_page_in_a_browser(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert bench(create_app(), "--html", str(file), "/").exit_code == 0
    assert as_rendered(file, tmp_path / "profile").count('<div class="bar ') == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [(KeyboardInterrupt(), "Stopped"), (RemoteError("GET /echo: gone"), "gone")],
)
def test_bench_that_is_stopped(
    error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = measure.measure
    left = [0, 1]

    def stopped(sides: t.Any, request: t.Any, *args: t.Any) -> t.Any:
        if request.target == "/echo" and not left.pop():
            raise error
        return original(sides, request, *args)

    monkeypatch.setattr(measure, "measure", stopped)
    result = bench(create_app(), "/", "/echo", "/nowhere")
    assert result.exit_code == 2
    assert re.search(r"^GET /: ", result.stdout, re.MULTILINE)
    assert f"{said}; 2 routes not timed." in result.stderr


def test_page_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never() -> str:
        raise AssertionError("requested")

    result = bench(app_with(never), "/", "--html", str(tmp_path / "no" / "page.html"))
    assert result.exit_code == 2
    assert "is no folder that can be written to" in result.stderr
    folder = tmp_path / "folder"
    folder.mkdir()

    def render(document: object) -> str:
        # It goes while the route is timed.
        folder.rmdir()
        return ""

    monkeypatch.setattr(page_module, "render", render)
    result = bench(create_app(), "/", "--html", str(folder / "page.html"))
    assert result.exit_code == 2
    assert re.search(r"^GET /: ", result.stdout, re.MULTILINE)
    assert "page.html is not written" in result.stderr


def test_answers_that_change_while_they_are_timed() -> None:
    counts = itertools.count()
    app = app_with(lambda: ("x", 200 if next(counts) < 3 else 429))
    result = bench(app, "/")
    assert result.exit_code == 2
    assert "GET /: not timed, the answer changes when it is asked for" in result.stdout
    assert "429" in result.stdout


def test_ceiling_that_cannot_be_measured() -> None:
    app = create_app()

    @app.after_request
    def picky(response: flask.Response) -> flask.Response:
        response.headers.pop("X-New", None)
        response.headers["X-New"] = str(len(response.headers))
        # As it is where responses cost nothing: they have all headers before.
        assert response.headers["X-New"] == "2"
        response.headers["X-New"] = "3"
        return response

    (route,) = benched(app, "/")["routes"]
    assert route["timing"]["ceiling"] is None
    assert route["timing"]["share"] is None
    result = bench(app, "/")
    assert result.exit_code == 0
    assert re.search("could not be measured|too noisy", result.stdout)


FREE = """
import flask
from fastresp.cli.compare import ask
from fastresp.cli.requests import Request
from fastresp.cli.processes import FREE, Loaded, Worker

class Own(flask.Response):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        made.append("own")

app = flask.Flask("app")
app.response_class = Own
made, sent = [], []
VIEWS = {
    "text": lambda: "x",
    "own": lambda: Own("x"),
    "response": lambda: flask.Response("x", 201),
    "made": lambda: flask.make_response("x", 201),
    "json": lambda: flask.jsonify(a=1),
    "redirect": lambda: flask.redirect("/text"),
    "forced": lambda: Own.force_type(flask.Response("x")),
    "stream": lambda: iter(["a", "b"]),
    "streamed": lambda: Own(iter(["a", "b"])),
    "chunks": lambda: flask.Response(["a", "b"], 201, {"X-A": "1"}),
    "context": lambda: flask.stream_with_context(iter("abc")),
    "abort": lambda: flask.abort(404),
    "file": lambda: flask.send_file(__import__("io").BytesIO(b"x"), "text/css"),
}
lengths = []


def append():
    flask.session["list"].append(1)
    lengths.append(len(flask.session["list"]))
    return "x"


VIEWS["session"] = append
app.secret_key = "key"
for name, view in VIEWS.items():
    app.add_url_rule(f"/{name}", name, view)


@app.after_request
def hook(response):
    response.headers["X-A"] = "1"
    response.set_cookie("a", "b")
    response.vary.add("Cookie")
    response.call_on_close(lambda: None)
    return response


requests = [Request("GET", f"/{name}") for name in VIEWS]
signer = app.session_interface.get_signing_serializer(app)
cookie = f"session={signer.dumps({'list': []})}"
requests[-1] = Request("GET", "/session", headers=(("Cookie", cookie),))
answers = [ask(app, request.environ(app)) for request in requests]
worker = Worker(Loaded(app, []), FREE, "")
made.clear()
for request, answer in zip(requests, answers):
    assert worker.make_free(request, answer), request
    lengths.clear()
    for number in (2, 3):
        chunks = app(request.environ(app), lambda *args: sent.append(args))
        body = "".join(x if isinstance(x, str) else x.decode() for x in chunks)
        assert worker.free.response.sent == number, request
        assert body.encode() == b"".join(answer.chunks), request
assert not made, made
# What a view changes in place is its own.
assert lengths == [1, 1], lengths
print("done")
"""


def test_free_responses_take_the_place_of_all_others() -> None:
    # In another process: it is of no use for anything else then.
    result = subprocess.run(
        [sys.executable, "-c", FREE], capture_output=True, text=True, timeout=SECONDS
    )
    assert result.stdout == "done\n", result.stderr


# --- figures -----------------------------------------------------------------


def summary(
    stock: float, fast: float, free: float | None, again: float = 1.0, spread: float = 0
) -> t.Any:
    times = {"stock": stock, "fast": fast, "again": stock / again, "free": free}
    passes = []
    for number in range(10):
        each = {kind: taken for kind, taken in times.items() if taken is not None}
        each["fast"] *= 1 + spread * (number % 5 - 2)
        passes.append(each)
    return measure.Summary.of("/users", passes)


def test_summary() -> None:
    found = summary(118e3, 100e3, 96.72e3)
    assert found.share == pytest.approx(0.18, abs=0.001)
    assert found.reached == pytest.approx(0.846, abs=0.001)
    assert (found.stock_us, found.fast_us) == (118, 100)
    assert (found.verdict, found.passes, found.noise) == ("faster", 10, 0)


def test_summary_of_what_is_unsteady() -> None:
    passes = [
        {"stock": 100.0, "again": again, "fast": 80.0, "free": free}
        for again, free in [(90.0, 20.0), *[(100.0, 20.0), (100.0, 90.0)] * 4]
    ]
    found = measure.Summary.of("/users", passes)
    # The estimate, and not the far end of its interval.
    assert (found.verdict, found.noise) == ("faster", 0)
    assert (found.ceiling, found.share, found.reached) == (None, None, None)
    assert "could not be measured" in found.sentence


REST = "the rest is Flask and your view"


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ((118, 100, 96.72), f"18 % faster; at most 22 % is possible; {REST}"),
        ((100, 40, 39), f"2.5 times as fast; that is all that is possible, {REST}"),
        ((100, 50, 25), "2.0 times as fast; at most 4.0 times as fast is possible"),
        ((100, 110, 90), "9 % slower; at most 11 % is possible"),
        ((100, 100, 80), "no difference of more than 1 %; at most 25 % is"),
        ((100, 97, 80), "no difference of more than 4 %; at most 25 % is"),
        ((100, 100, 100), "no difference of more than 1 %; at most 1 % is possible"),
        ((3e7, 3e7, 3e7), "no difference of more than 0.1 ms; at most 1 % is"),
        ((3e7, 2.91e7, None), "no difference of more than 1.0 ms; the possible"),
        ((100, 80, None), "25 % faster; the possible gain could not be measured"),
        ((100, 95, 80, 1.08), "no difference of more than 8 %"),
        ((100, 80, 70, 1.2), "too noisy to conclude, anything from 15 % faster to"),
        ((100, 80, 70, 1.2), "; the unmodified app differs from itself by 20 %"),
        ((100, 80, 70, 1.0, 0.4), "too noisy to conclude"),
    ],
)
def test_sentences(times: tuple[t.Any, ...], said: str) -> None:
    assert said in summary(*times).sentence


@pytest.mark.parametrize(
    ("gain", "ceiling", "noise", "said"),
    [
        # The ceiling is an estimate, too: the gain may come out above it.
        ((1.06, 1.05, 1.07), (1.04, 1.0, 1.06), 0.045, "6 % faster; that is all that"),
        # Nothing is known below the noise, of the gain and of the ceiling.
        ((1.04, 1.0, 1.1), (1.08, 1.05, 1.12), 0.09, "more than 10 %; at most 12 % is"),
        ((1.0, 0.99, 1.01), (1.01, 1.0, 1.02), 0.03, "more than 3 %; at most 3 % is"),
        ((1.5, 1.4, 1.6), (1.5, 1.4, 1.6), 0.02, "50 % faster; that is all that is"),
        ((1.06, 0.99, 1.13), None, 0.01, "no difference of more than 13 %; the poss"),
        ((1.5, 0.9, 38.1), None, 28.6, "from 10 % slower to 38.1 times as fast; the"),
    ],
)
def test_sentences_do_not_contradict_themselves(
    gain: tuple[float, float, float],
    ceiling: tuple[float, float, float] | None,
    noise: float,
    said: str,
) -> None:
    most = None if ceiling is None else Interval(*ceiling)
    assert said in measure.sentence(Interval(*gain), most, noise, 100)


def test_same_verdict_in_each_run() -> None:
    """Five runs of fourteen passes, recorded on two cores that five others used."""
    kinds = "stock", "again", "fast"
    for name, passes in json.loads(SAMPLES.read_text()).items():
        times = [
            measure.times_of(
                {
                    kind: [Timed(taken, 0.0) for taken in parts]
                    for kind, parts in zip(kinds, each, strict=True)
                }
            )
            for each in passes
        ]
        runs = [times[start : start + 14] for start in range(0, 70, 14)]
        verdicts = [measure.Summary.of(name, run).verdict for run in runs]
        assert verdicts == [name.removeprefix("a little ")] * 5, name


@pytest.mark.parametrize(
    ("size", "cold", "waits", "waited"), [(1, 0, 1, 120), (2, 1, 0, 0), (30, 3, 2, 4)]
)
def test_batch_in_a_process(
    monkeypatch: pytest.MonkeyPatch, size: int, cold: int, waits: int, waited: float
) -> None:
    worker: t.Any = object.__new__(processes.Worker)
    worker.headers, worker.client = (), None
    sent = itertools.count()
    worker.app = app_with(lambda: str(next(sent)))

    def time_runs(prepare: t.Callable[[], list[t.Any]], run: object) -> list[int]:
        assert len(prepare()) == size
        return [waits, 200, 80]

    monkeypatch.setattr(processes, "time_runs", time_runs)
    # The other processes' share of the time is nobody's wait.
    assert worker.time(Request("GET", "/"), size, "200 OK") == (80 / size, waited, "")
    assert next(sent) == cold


def test_waiting_is_part_of_a_request() -> None:
    def parts(cpu: int, waited: int) -> list[Timed]:
        # Half of them are disturbed by what else runs.
        return [Timed(cpu * slow, waited * slow) for slow in (1, 1, 1, 5, 3, 2)]

    waiting = {"stock": (3, 20), "again": (3, 20), "fast": (2, 10)}
    found = measure.times_of({kind: parts(*each) for kind, each in waiting.items()})
    assert found == {"stock": 23, "again": 23, "fast": 22}


class Scripted:
    """A side whose requests take what it is told, the first ones ten times as long."""

    def __init__(self, sizes: list[int], taken: float) -> None:
        self.sizes, self.taken, self.warm = sizes, taken, False

    def counts(self) -> None:
        pass

    def make_free(self, *args: object) -> bool:
        return False

    def time(self, request: object, size: int, status: str) -> Timed:
        self.sizes.append(size)
        taken = self.taken if self.warm else self.taken * 10
        self.warm = True
        return Timed(taken * 0.75, taken * 0.25)


@pytest.mark.parametrize(
    ("microseconds", "sizes"),
    [(1, [1, 200, 200]), (100, [1, 5, 10]), (400, [1, 1, 2]), (30_000, [1, 1, 1])],
)
def test_batches_are_sized_by_warm_requests(
    microseconds: int, sizes: list[int]
) -> None:
    sent: list[int] = []
    sides: t.Any = {"stock": Scripted(sent, microseconds * 1000)}
    measure.measure(sides, t.cast(t.Any, None), "200 OK", 0)
    assert sent == sizes


@pytest.mark.parametrize(
    ("fast", "seconds", "passes"),
    [
        # Decided as soon as can be.
        ([50], 1e6, 8),
        ([100], 1e6, 8),
        # An interval with 1 or with a negligible difference in it takes longer,
        ([100, 85], 1e6, 24),
        ([97, 90], 1e6, 24),
        ([50, 150], 1e6, 24),
        # and one that takes too long ends when there is an interval at all.
        ([50, 150], 1e-9, 6),
    ],
)
def test_more_time_where_it_is_undecided(
    fast: list[float], seconds: float, passes: int
) -> None:
    taken = itertools.cycle(fast)

    @contextlib.contextmanager
    def start(kinds: t.Iterable[str]) -> t.Iterator[t.Any]:
        times = {kind: 100.0 for kind in kinds} | {"fast": next(taken)}
        yield {kind: Scripted([], each * 10_000) for kind, each in times.items()}

    answer = compare.Answer("200 OK", [], [])
    comparison = compare.Comparison([], [], [])
    request = Request("GET", "/")
    timing = measure.Timing(Checked(request, answer, comparison))
    done: list[float] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(measure, "measure", once)
        measure.time_routes(start, [timing], seconds, done.append)
    found = timing.route().summary
    assert found is not None
    assert (found.passes, found.ceiling) == (passes, None)
    assert done[-1] == min(1, passes / 8)


def once(sides: dict[str, t.Any], request: object, *args: object) -> t.Any:
    return {kind: [side.time(request, 1, "")] for kind, side in sides.items()}


# --- through Flask's own command ---------------------------------------------

MODULE = """
from flask import Flask
from fastresp import FastResp, Response

def create_app(greeting="Hello!"):
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: greeting)
    app.add_url_rule("/keyed", "keyed", lambda: "x")

    @app.after_request
    def mark(response):
        from flask import request
        if request.path == "/keyed":
            response.headers["X-Class"] = str(isinstance(response, Response))
        return response

    FastResp(app)
    return app

app = create_app()
"""


ASGI = """
from flask import Flask

class Served:
    def __init__(self):
        self.wsgi_application = Flask("inner")

    async def __call__(self, scope, receive, send):
        pass

app = Served()
"""

#: With a greenlet that runs while the processes start.
GEVENT = """
from gevent import monkey
monkey.patch_all()
import gevent, time
from flask import Flask
app = Flask("app")
app.add_url_rule("/", "index", lambda: time.sleep(0.01) or gevent.spawn(str).get())

def tick():
    while True:
        gevent.sleep(0.001)

gevent.spawn(tick)
gevent.sleep(0)
"""


def run_flask(directory: Path, *args: str) -> subprocess.CompletedProcess[str]:
    executable = Path(sysconfig.get_path("scripts")) / "flask"
    environ = {k: v for k, v in os.environ.items() if not k.startswith("FLASK_")}
    return subprocess.run(
        [executable, *args],
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"website": MODULE, "served": ASGI, "green": GEVENT}
    files["broken"] = "raise LookupError('no configuration')"
    for name, source in files.items():
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "app", ["website", "website:app", "website:create_app", "website:create_app('Hi!')"]
)
@pytest.mark.usefixtures("project")
def test_app_that_flask_finds(app: str) -> None:
    result = check(app, "/", "/keyed")
    assert result.exit_code == 1, result.stderr
    assert "same      GET /  200 OK" in result.stdout
    assert "differs   GET /keyed: header X-Class" in result.stdout


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("", "Could not locate a Flask application"),
        ("broken", "no configuration"),
        ("served", "served.Served, ASGI around a Flask app: pass its"),
        ("served:app", "served.Served, ASGI around a Flask app: pass its"),
    ],
)
@pytest.mark.usefixtures("project")
def test_app_that_flask_does_not_find(app: str, said: str) -> None:
    for command in ("check", "info"):
        result = invoke(app, command, "/")
        assert result.exit_code == 2
        assert said in result.stderr


def test_executable(project: Path) -> None:
    args = ["--app", "website", "fastresp", "bench", "--seconds", "0.01", "--json", "/"]
    result = run_flask(project, *args)
    assert result.returncode == 0, result.stderr
    (route,) = json.loads(result.stdout)["routes"]
    assert route["timing"]["passes"] >= 6
    result = run_flask(project, "fastresp", "--help")
    assert result.returncode == 0
    assert "check" in result.stdout and "bench" in result.stdout


@pytest.mark.skipif(find_spec("gevent") is None, reason="needs gevent")
def test_executable_with_gevent(project: Path) -> None:
    result = run_flask(project, "--app", "green", "fastresp", "check", "/")
    assert result.returncode == 0, result.stderr
    assert "same      GET /  200 OK" in result.stdout


def test_import_of_the_group_does_not_import_the_commands() -> None:
    program = "import sys, fastresp.cli; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    loaded = {name for name in result.stdout.split() if "fastresp.cli" in name}
    assert loaded == {"fastresp.cli", "fastresp.cli.options"}


# --- processes without fork --------------------------------------------------


@pytest.mark.usefixtures("project")
def test_apps_are_loaded_again_without_fork() -> None:
    info = ScriptInfo("website:create_app", set_debug_flag=False)
    loaded = processes.load(info)
    kinds = (processes.STOCK, processes.FAST, processes.AGAIN)
    with processes.start(loaded, info, kinds, method="spawn") as started:
        right, wrong = processes.compare_sides(
            started, [Request("GET", "/"), Request("GET", "/keyed")]
        )
    assert right.comparison.differences == []
    assert wrong.comparison.differences == ["header X-Class"]

    info = ScriptInfo(create_app=lambda: loaded.app)
    with (
        pytest.raises(RemoteError, match="cannot be loaded"),
        processes.start(loaded, info, kinds, method="spawn"),
    ):
        pass
