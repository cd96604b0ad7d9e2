"""httpbin as a whole: every rule of its URL map."""

from __future__ import annotations

import importlib.util
import itertools
import os
import random
import time
import types
import typing as t
import uuid

import flask
import pytest

from .visits import Browser
from .visits import compare

pytest.importorskip("httpbin")

BASIC = {"Authorization": "Basic YW5uOnNlY3JldA=="}

#: A path and headers, at least one for each rule with an argument.
GETS: list[tuple[str, dict[str, str]]] = [
    ("/", {}),
    ("/html", {}),
    ("/robots.txt", {}),
    ("/deny", {}),
    ("/ip", {}),
    ("/uuid", {}),
    ("/headers", {"X-Own": "1", "Via": "hidden"}),
    ("/headers?show_env=1", {"Via": "shown"}),
    ("/user-agent", {"User-Agent": "ü"}),
    ("/get?a=1&a=2&b=", {"Origin": "https://shop.example"}),
    ("/anything", {}),
    ("/anything/some/where?x=1", {}),
    ("/gzip", {}),
    ("/deflate", {}),
    ("/brotli", {}),
    ("/redirect/1", {}),
    ("/redirect/3?absolute=true", {}),
    ("/redirect-to?url=https://shop.example/a b/ü?x=y", {}),
    ("/redirect-to?url=/get&status_code=307", {}),
    ("/relative-redirect/2", {}),
    ("/absolute-redirect/2", {}),
    ("/stream/5", {}),
    *((f"/status/{code}", {}) for code in range(200, 512)),
    ("/status/299,299", {}),
    ("/status/200:1,500:0", {}),
    ("/status/odd", {}),
    ("/response-headers?X-One=1&X-One=2&Content-Type=text/x", {}),
    ("/cookies", {"Cookie": "a=1; b=ü"}),
    ("/forms/post", {}),
    ("/cookies/set/name/value", {}),
    ("/cookies/set?a=1&b=two words", {}),
    ("/cookies/delete?a&b", {}),
    ("/basic-auth/ann/secret", {}),
    ("/basic-auth/ann/secret", BASIC),
    ("/hidden-basic-auth/ann/secret", {}),
    ("/hidden-basic-auth/ann/secret", BASIC),
    ("/bearer", {}),
    ("/bearer", {"Authorization": "Bearer token"}),
    ("/digest-auth/auth/ann/secret", {}),
    ("/digest-auth/auth-int/ann/secret/SHA-256", {}),
    ("/digest-auth/odd/ann/secret/SHA-512/3", {"Cookie": "a=1"}),
    ("/delay/0", {}),
    ("/drip?numbytes=5&duration=0&delay=0&code=206", {}),
    ("/drip?numbytes=0&duration=0", {}),
    ("/base64/w7w=", {}),
    ("/base64/odd!", {}),
    ("/cache", {}),
    ("/cache", {"If-None-Match": "x"}),
    ("/cache/60", {}),
    ("/etag/tag", {}),
    ("/etag/tag", {"If-None-Match": '"tag"'}),
    ("/etag/tag", {"If-None-Match": "*"}),
    ("/etag/tag", {"If-Match": '"other"'}),
    ("/encoding/utf8", {}),
    ("/bytes/100?seed=1", {}),
    ("/bytes/0", {}),
    ("/stream-bytes/100?seed=1&chunk_size=7", {}),
    ("/range/100?chunk_size=30&duration=0", {}),
    ("/range/100", {"Range": "bytes=10-19"}),
    ("/range/100", {"Range": "bytes=200-"}),
    ("/range/0", {}),
    ("/links/5", {}),
    ("/links/5/2", {}),
    ("/image", {"Accept": "image/webp"}),
    ("/image", {"Accept": "text/plain"}),
    ("/image/png", {}),
    ("/image/jpeg", {}),
    ("/image/webp", {}),
    ("/image/svg", {}),
    ("/xml", {}),
    ("/json", {}),
    ("/static/favicon.ico", {}),
    ("/static/missing", {}),
    # Where flasgger is installed.
    ("/flasgger_static/swagger-ui.css", {}),
    ("/nowhere", {}),
]
# Their views put a plain dict in the place of the headers.
PLAIN = ["/basic-auth/ann/secret", "/image"]
PLAIN += [f"/status/{code}" for code in (301, 302, 303, 305, 307)]
PLAIN += [f"/status/{code}" for code in (401, 402, 406, 407, 418)]
BODIES: list[dict[str, t.Any]] = [
    {"data": {"a": "1", "b": "ü"}},
    {"json": {"b": [1, None], "a": "ü"}},
    {"data": b"\xff\x00", "content_type": "application/octet-stream"},
    {"data": "{", "content_type": "application/json"},
    {"data": "x", "headers": {"Transfer-Encoding": "chunked"}},
]
SENT = (
    "/post",
    "/put",
    "/patch",
    "/delete",
    "/anything",
    "/anything/some",
    "/status/202",
    "/delay/0",
    "/redirect-to?url=/get",
    "/response-headers?a=b",
)


def create() -> flask.Flask:
    """The app of a new copy of the module, which has but one."""
    spec = importlib.util.find_spec("httpbin.core")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    numbers = itertools.count(1)
    vars(module).update(
        random=random.Random(1),
        uuid=types.SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(numbers))),
    )
    return t.cast(flask.Flask, module.app)


def visit(browser: Browser) -> None:
    for path, headers in GETS:
        browser.get(path, headers=headers)
        browser.head(path, headers=headers)
    for rule in browser.app.url_map.iter_rules():
        if not rule.arguments and "GET" in rule.methods:
            browser.get(rule.rule)
    for path in SENT:
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"):
            for body in BODIES:
                browser.open(path, method=method, **body)
    digest = browser.get("/digest-auth/auth/ann/secret").www_authenticate
    browser.get("/digest-auth/auth/ann/secret", auth=digest)
    browser.options("/get", headers={"Access-Control-Request-Headers": "X-Own"})
    # Every rule was met.
    adapter = browser.app.url_map.bind("localhost")
    met = set()
    for request, _ in browser.answers:
        method, path = request.split(" ", 1)
        if adapter.test(path, method):
            met.add(adapter.match(path, method, return_rule=True)[0].rule)
    assert met == {rule.rule for rule in browser.app.url_map.iter_rules()}


@pytest.fixture(autouse=True)
def same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda size: b"\1" * size)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def test_every_route() -> None:
    left = [f"{method} {path}" for method in ("GET", "HEAD") for path in PLAIN]
    compare(lambda app, journal: None, visit, create=create, left=left)
