"""The showcase answers what it should, with and without fastresp, and its demo
notices when the two differ."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from parity import exchange
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp.cli.requests import from_har

SHOWCASE = Path(__file__).parents[2] / "examples" / "showcase"

needs_gunicorn = pytest.mark.skipif(
    sys.platform == "win32", reason="gunicorn does not run on Windows"
)


def load(name: str, file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SHOWCASE / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Flask finds templates through the module of the app's name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


showcase_app = load("showcase_app", "app.py")
with pytest.MonkeyPatch.context() as patched:
    # The demo imports it by this name, which is too common to stay.
    patched.setitem(sys.modules, "app", showcase_app)
    showcase_demo = load("showcase_demo", "demo.py")

ROUTES = showcase_app.ROUTES
BOOKS_CSV = (SHOWCASE / "data" / "books.csv").read_bytes()
BOOKS = list(csv.DictReader(BOOKS_CSV.decode().splitlines()))
#: The status of those that have another than 200.
STATUSES = {
    "GET /template": 404,
    "GET /text-status": 201,
    "GET /text-status-headers": 503,
    "GET /response-status-headers": 207,
    "GET /download +If-None-Match": 304,
    "GET /download +Range": 206,
    "GET /made": 202,
    "DELETE /made": 204,
    "GET /moved": 301,
    "GET /found": 302,
    "GET /abort": 404,
    "POST /session +Content-Type": 201,
    "GET /wsgi-app": 203,
    "GET /api/books/4": 404,
}
#: What a view's own work puts into a body, after the blank line, and into headers.
CONTAINS: dict[str, tuple[bytes, ...]] = {
    "GET /text": (b"Content-Length: 26\n", "\nDzień dobry, Stanisław!\n".encode()),
    "GET /template": (
        b'<link rel="stylesheet" href="/static/style.css">',
        b"<h1>No such book: Ubik &amp; more</h1>",
        "<li>Solaris, by Stanisław Lem</li>".encode(),
    ),
    "GET /list": (json.dumps(BOOKS[0]["title"]).encode(),),
    "GET /jsonify/list": (b'\n[1,2.5,"three"]\n',),
    "GET /bytes": (b"\n\x00\x01\xfe\xff\r\n",),
    "GET /text-headers": (b"Content-Type: text/markdown; charset=utf-8\n",),
    "GET /text-status-headers": (b"Retry-After: 120\n", b"X-Shelf: A3\n"),
    "GET /response-status-headers": (b"X-Shelf: B1\n", b"X-Shelf: B2\n"),
    "GET /lines": (b"\n1: Solaris\n2: The Dispossessed\n3: Roadside Picnic\n",),
    "GET /lines-with-context?prefix=row": (b"\nrow ", b"\nrow "),
    "GET /download": (b"\n" + BOOKS_CSV,),
    "GET /download +If-None-Match": (b'ETag: "books-1"\n',),
    "GET /download +Range": (b"bytes 7-12/", b"\n\n" + BOOKS_CSV[7:13]),
    "GET /moved": (b"Location: /text\n",),
    "GET /found": (b"Location: /api/books/1?lang=pl+%C5%9B%C4%87\n",),
    "POST /session +Content-Type": (
        f"Set-Cookie: {showcase_app.SESSION_COOKIE}; HttpOnly; Path=/\n".encode(),
    ),
    "GET /session": (b"Vary: Cookie\n", b"\nHello, stranger!\n"),
    "GET /session +Cookie": (b"\nHello, Ada!\n",),
    "GET /wsgi-app": (b"\nA WSGI app for /wsgi-app\n",),
    "GET /api/books?callback=show": (b"\nshow([", b'"title":"Solaris"', b"]);\n"),
    "GET /api/books?envelope": (b'"status":200',),
    "GET /api/books/4": (b"X-Api-Version: 1\n", b"There is no book 4."),
    "GET /xml/": (b"Content-Type: application/xml; charset=utf-8\n", b"Solaris"),
    "GET /sniffing/xml": (b"\n<?xml",),
    "GET /json/object": (b'"year":1961',),
    "GET /flask-subclass/": (b"Content-Type: text/plain; charset=utf-8\n",),
}


def sent(route: t.Any) -> dict[str, t.Any]:
    """What makes the request of a client or an environment."""
    return {
        "path": route.path,
        "method": route.method,
        "headers": list(route.headers),
        "data": route.body,
    }


@pytest.fixture(scope="module")
def pair() -> tuple[Flask, Flask]:
    return showcase_app.create_app(fast=False), showcase_app.create_app(fast=True)


# --- the app ---------------------------------------------------------------


@pytest.mark.usefixtures("frozen_date")
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_answer(pair: tuple[Flask, Flask], route: t.Any) -> None:
    """It is what it should be, and the same without fastresp."""
    answers = []
    for app in pair:
        client = app.test_client(use_cookies=False)
        with client.open(**sent(route)) as response:
            through_client = response.status_code, str(response.headers), response.data
        # Without what the test client's response class adds to the headers.
        answers.append((through_client, exchange(app, **create_environ(**sent(route)))))
    stock, fast = answers
    assert fast == stock
    status, headers, data = fast[0]
    assert status == STATUSES.get(str(route), 200)
    text = headers.replace("\r\n", "\n").encode() + data
    for part in CONTAINS.get(str(route), ()):
        assert part in text
        if part.startswith(b"\n"):
            text = text.partition(part)[2]


def test_expected_answers_have_a_route() -> None:
    assert {*STATUSES, *CONTAINS} <= set(map(str, ROUTES))


def test_routes_and_url_map_agree(pair: tuple[Flask, Flask]) -> None:
    app = pair[1]
    mounts: dict[str, Flask] = app.wsgi_app.mounts  # type: ignore[attr-defined]
    apps = {"": app, **mounts}
    required = {
        (prefix, rule.rule, method)
        for prefix, each in apps.items()
        for rule in each.url_map.iter_rules()
        # Flask adds these.
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    requested = set()
    for route in ROUTES:
        path = route.path.partition("?")[0]
        prefix = "/" + path.split("/")[1]
        prefix = prefix if prefix in mounts else ""
        adapter = apps[prefix].url_map.bind("localhost")
        rule, _ = adapter.match(
            path[len(prefix) :], method=route.method, return_rule=True
        )
        requested.add((prefix, rule.rule, route.method))
    assert required <= requested
    assert {method for *_, method in requested - required} == {"HEAD"}


@pytest.mark.parametrize(
    ("value", "argument", "is_fast"),
    [("", None, False), ("0", None, False), ("1", None, True), ("1", False, False)],
)
def test_fast_or_not_by_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, argument: bool | None, is_fast: bool
) -> None:
    monkeypatch.delenv("SHOWCASE_FAST", raising=False)
    if value:
        monkeypatch.setenv("SHOWCASE_FAST", value)
    app = showcase_app.create_app(fast=argument)
    assert issubclass(app.response_class, fastresp.Response) is is_fast


def test_only_the_fast_app_and_all_its_mounts_are_fast(
    pair: tuple[Flask, Flask],
) -> None:
    for app, is_fast in zip(pair, (False, True), strict=True):
        mounts: dict[str, Flask] = app.wsgi_app.mounts  # type: ignore[attr-defined]
        for each in (app, *mounts.values()):
            assert ("fastresp" in each.extensions) is is_fast
            assert issubclass(each.response_class, fastresp.Response) is is_fast
        before = fastresp.fast_path_counts()
        for route in ROUTES:
            run_wsgi_app(app, create_environ(**sent(route)), buffered=True)
        after = fastresp.fast_path_counts()
        counted = is_fast and fastresp.ACCELERATED
        for name in ("built", "emitted"):
            assert (after[name] > before[name]) is counted


# --- the demo's comparison -------------------------------------------------

RAW = (
    b"HTTP/1.1 200 OK\r\n"
    b"Server: gunicorn\r\n"
    b"Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
    b"Content-Type: text/plain\r\n"
    b"Transfer-Encoding: chunked\r\n"
    b"\r\n"
    b"5\r\nhello\r\n0\r\n\r\n"
)


def differences(stock: bytes, fast: bytes) -> list[str]:
    parse = showcase_demo.Answer.parse
    found: list[str] = showcase_demo.differences(parse(stock), parse(fast))
    return found


@pytest.mark.parametrize("name", [b"Date", b"date"])
def test_value_of_date_is_ignored(name: bytes) -> None:
    stock = RAW.replace(b"Date", name)
    fast = stock.replace(b"Mon, 01 Jan 2024 00:00:00", b"Tue, 02 Jan 2024 11:12:13")
    assert stock != fast
    assert differences(stock, fast) == differences(RAW, RAW) == []


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (b"200 OK", b"200 Ok", "+HTTP/1.1 200 Ok"),
        (b"Server: gunicorn\r\n", b"", "-Server: gunicorn"),
        (b"Server: g", b"server: g", "+server: gunicorn"),
        (b"Server: g", b"Server:g", "+Server:gunicorn"),
        (b"Date: Mon", b"date: Mon", "+date: ..."),
        (b"5\r\nhello\r\n", b"4\r\nhell\r\n1\r\no\r\n", "+4\\r\\n"),
        (b"0\r\n\r\n", b"0\r\n\r\n\n", "+\\n"),
        (b"hello", b"hell\xf3", "+hell\\xf3\\r\\n"),
    ],
)
def test_differences_are_found_and_shown(old: bytes, new: bytes, shown: str) -> None:
    assert RAW.count(old) == 1
    fast = RAW.replace(old, new)
    diff = differences(RAW, fast)
    assert diff[:2] == ["--- stock", "+++ fastresp"]
    assert shown in diff
    assert differences(fast, RAW) != []


# --- the demo's servers and commands ---------------------------------------


@needs_gunicorn
def test_servers_are_stopped_on_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[t.Any] = []

    def ask(server: t.Any, route: t.Any) -> t.NoReturn:
        asked.append(server)
        raise KeyboardInterrupt

    monkeypatch.setattr(showcase_demo, "ask", ask)
    targets = showcase_demo.STOCK_TARGET, showcase_demo.FAST_TARGET
    with pytest.raises(KeyboardInterrupt):
        showcase_demo.compare_servers(*targets, ROUTES)
    assert asked[0].process.returncode is not None


@needs_gunicorn
def test_server_that_does_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fastresp, "ACCELERATED", True)
    monkeypatch.setattr(showcase_demo, "FAST_TARGET", "app:no_such_factory()")
    assert showcase_demo.main(["--seconds", "0.01"]) == 2
    printed = capsys.readouterr().out
    assert "app:no_such_factory() did not start" in printed


def test_http_archive_has_every_request() -> None:
    archive = showcase_demo.http_archive(ROUTES)
    requests = from_har(json.dumps(archive)).requests
    assert [
        showcase_app.Route(
            each.target, route.returns, each.method, each.headers, each.body
        )
        for each, route in zip(requests, ROUTES, strict=True)
    ] == list(ROUTES)
    assert {each.origin for each in requests} == {"http://showcase.example"}


@pytest.mark.skipif(not fastresp.ACCELERATED, reason="there is nothing to compare")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="takes long without")
def test_command_that_does_not_work() -> None:
    broken = showcase_app.Route("/text", "str", method="no method")
    assert showcase_demo.run_bench([broken], 0.01) == (2, None)


def test_demo_ends_with_the_worst_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastresp, "ACCELERATED", True)
    found: dict[str, list[str]] = {"diff": []}
    monkeypatch.setattr(
        showcase_demo,
        "compare_servers",
        lambda *args: {
            route: showcase_demo.Compared([], found["diff"]) for route in ROUTES
        },
    )
    for diff, status, ends in [([], 0, 0), (["-a"], 0, 1), ([], 2, 2), (["-a"], 2, 2)]:
        found["diff"] = diff
        monkeypatch.setattr(
            showcase_demo, "run_bench", lambda *args, status=status: (status, None)
        )
        assert showcase_demo.main([]) == ends


def test_demo_wants_compiled_modules(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fastresp, "ACCELERATED", False)
    assert showcase_demo.main(["--seconds", "0.01"]) == 1
    assert "no compiled modules" in capsys.readouterr().out


#: The fast app, wrong in ways that few clients would notice.
WRONG_APP = """\
from app import create_app


def create_wrong_app():
    app = create_app(fast=True)
    right = app.wsgi_app

    def wrong(environ, start_response):
        def start(status, headers, exc_info=None):
            if environ["PATH_INFO"] == "/text":
                headers.append(("X-More", "1"))
            if environ["PATH_INFO"] == "/abort":
                status = status.swapcase()
            return start_response(status, headers, exc_info)

        return right(environ, start)

    app.wsgi_app = wrong
    return app
"""


@needs_gunicorn
@pytest.mark.skipif(not fastresp.ACCELERATED, reason="the demo says so and ends")
def test_demo_fails_when_servers_differ(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "showcase_wrong.py").write_text(WRONG_APP)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(
        showcase_demo, "FAST_TARGET", "showcase_wrong:create_wrong_app()"
    )
    monkeypatch.setattr(showcase_demo, "run_bench", lambda *args: (0, None))

    assert showcase_demo.main(["--seconds", "0.01"]) == 1

    printed = capsys.readouterr().out
    wrong = {"GET /text", "HEAD /text", "GET /abort"}
    assert f"\n{len(ROUTES) - len(wrong)} of {len(ROUTES)} answers" in printed
    rest = printed.partition(" answers are the same")[2]
    assert {str(route) for route in ROUTES if f"\n{route}\n" in rest} == wrong
    for route in wrong:
        for name in ("fastresp", "fastresp worker"):
            assert f"\n{route}\n    --- stock\n    +++ {name}\n" in rest
    for shown in ("+x-more: 1", "+http/1.1 404 "):
        assert f"\n    {shown}" in rest.lower()


@needs_gunicorn
def test_demo_from_the_command_line() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # Neither may turn the plain app into a fast one.
    environ |= {"SHOWCASE_FAST": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [sys.executable, SHOWCASE / "demo.py", "--seconds", "0.01"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        printed, _ = process.communicate(timeout=120)
    finally:
        # It stops its servers when it is asked to end, and not when killed.
        process.terminate()
        process.wait(60)

    if not fastresp.ACCELERATED:
        assert process.returncode == 1, printed
        return
    assert process.returncode == 0, printed
    total = len(ROUTES)
    for where in (", byte for byte", " in process"):
        assert f"\n{total} of {total} answers are the same{where}" in printed
    # One screen, with all routes in two columns.
    _, heading, table = printed.partition("\nroute  ")
    assert table.count("\n") <= 26
    assert max(map(len, table.splitlines())) < 80
    for route in ROUTES:
        assert f"{route!s:22.19}"[:20].rstrip() in table
