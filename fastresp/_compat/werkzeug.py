"""Check at import that the installed Werkzeug does what the compiled code was
written for.

The compiled methods stand for the bodies of Werkzeug's. A later Werkzeug may
change them; then its answers have to be right rather than fast.
"""

from __future__ import annotations

import functools
import json
import typing as t
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import UTC

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

#: The arguments, made anew for each class, and the request's method.
Probe = tuple[Callable[[], tuple[t.Any, ...]], str]
_Look = Callable[[type[WerkzeugResponse]], t.Any]

_PROBES: tuple[Probe, ...] = (
    (lambda: ("text",), "GET"),
    (lambda: (b"bytes", 404), "HEAD"),
    (lambda: (None, "299 Odd"), "GET"),
    (lambda: (["a", b"b", "ü"], "teapot"), "GET"),
    (lambda: (("a",), 999, None, "application/json"), "GET"),
    (lambda: (iter("ab"), 200, {"X-A": ["1", "2"], "x-b": 3}), "GET"),
    (lambda: ("x", 201, [("Content-Type", "a/b"), ("Content-Length", "9")]), "GET"),
    (lambda: ("x", 302, {"Location": "/ä?b", "Content-Location": "/ö"}), "GET"),
    (lambda: ("x", 204, {"Content-Length": "1"}), "GET"),
    (lambda: ("x", 304, {"ETag": '"e"', "Allow": "GET"}), "GET"),
    (lambda: ("x", 100), "GET"),
    (lambda: (["x"], 500, None, None, "text/x; a=b", True), "GET"),
)


#: The name of a method, and its arguments. The domains are empty: for others, Werkzeug
#: would import the codec for domain names, which takes a while.
_COOKIE_PROBES: tuple[tuple[str, tuple[t.Any, ...], dict[str, t.Any]], ...] = (
    ("set_cookie", ("key",), {}),
    ("set_cookie", ("", 'a "b", ü;\\c', 5, 1.5, "/a%20(b)", "", True, True), {}),
    ("set_cookie", ("k", "v\t→", 0, 0, None, "", None, False), {"samesite": "lAX"}),
    ("set_cookie", ("k", "!#$%&'()*+-./:<=>?@[]^_`{|}~"), {"samesite": "strict"}),
    ("set_cookie", ("k",), {"expires": datetime(2030, 2, 3, 4, 5, 6, 999999)}),
    ("set_cookie", ("k",), {"expires": datetime(1, 1, 1, tzinfo=UTC)}),
    ("set_cookie", ("k",), {"expires": "never", "max_age": timedelta(2, 3, 4)}),
    ("delete_cookie", ("k",), {}),
    ("delete_cookie", ("k", "/a", "", True, True, "none"), {}),
)


_JSON_PROBES: tuple[tuple[t.Any, dict[str, t.Any]], ...] = (
    (
        {"b": [1, -2.5, 1e300, True, None], "a": "é\n\x7f→\U0001f600"},
        {"sort_keys": True},
    ),
    ([{"k": 0.1}, {"k": {}}, {2: 2**70, None: ()}], {"separators": (",", ":")}),
    (
        {"a": {1, 2}, "b": [float("nan"), "ä\x7f"]},
        {"default": list, "ensure_ascii": False},
    ),
    ([[1, {"a": [], "b": {}}]], {"indent": 2}),
)


def _answer(cls: type[WerkzeugResponse], probe: Probe) -> t.Any:
    make_arguments, method = probe
    closed: list[int] = []
    response = cls(*make_arguments())
    state = dict(vars(response))
    state["headers"] = list(response.headers)
    state["response"] = type(response.response).__name__
    state["_on_close"] = list(response._on_close)
    response.call_on_close(lambda: closed.append(1))
    environ = {"REQUEST_METHOD": method}
    app_iter, status, headers = response.get_wsgi_response(environ)
    chunks = list(app_iter)
    close = getattr(app_iter, "close", None)
    if close is not None:
        close()
    return list(state.items()), status, headers, chunks, closed


def _use(headers: Headers) -> list[t.Any]:
    """Return the results of the operations on some headers."""
    headers["X-A"] = "1"
    headers.add("Set-Cookie", "a")
    headers.add("set-cookie", 2)
    headers.extend({"X-B": ["1", "2"], "X-C": "3"})
    headers.update([("x-b", "4"), ("X-D", "5")])
    headers.set("X-A", 6)
    found = [
        headers["x-a"],
        headers.get("X-None"),
        headers.getlist("Set-Cookie"),
        "x-c" in headers,
        headers.setdefault("X-E", "7"),
        headers.setdefault("X-E", "8"),
        headers.pop("X-D"),
        headers.pop("X-D", None),
    ]
    headers.remove("x-c")
    del headers["X-None"]
    return [*found, len(headers), list(headers), repr(headers.copy())]


def _cookies(cls: type[WerkzeugResponse]) -> list[tuple[str, str]]:
    response = cls()
    for name, args, keywords in _COOKIE_PROBES:
        getattr(response, name)(*args, **keywords)
    return list(response.headers)


def _conditional(cls: type[WerkzeugResponse]) -> list[t.Any]:
    """How a response answers conditions."""
    response = cls("text")
    response.add_etag(False, True)
    found = []
    for tags in (None, response.headers["ETag"], '"other"', '"a", *'):
        environ = {"REQUEST_METHOD": "GET"}
        if tags is not None:
            environ["HTTP_IF_NONE_MATCH"] = tags
        answer = cls("text", headers=response.headers.copy())
        answer.make_conditional(environ)
        app_iter, status, headers = answer.get_wsgi_response(environ)
        fields = [(name, name == "Date" or value) for name, value in headers]
        found.append((status, fields, list(app_iter)))
    return found


def agrees_with_werkzeug(methods: dict[str, t.Any]) -> bool:
    """Return whether a class with the compiled methods answers as Werkzeug's does, or
    fails with the same error.

    :param methods: ``core.METHODS``.
    """
    compiled = type("Response", (WerkzeugResponse,), dict(methods))
    looks: list[_Look] = [
        *(functools.partial(_answer, probe=probe) for probe in _PROBES),
        lambda cls: _use(cls().headers),
        _cookies,
        _conditional,
    ]
    return all(
        _outcome(look, compiled) == _outcome(look, WerkzeugResponse) for look in looks
    )


def _outcome(look: _Look, cls: type[WerkzeugResponse]) -> t.Any:
    """Return what a look at a class gives, or its error: what was patched before
    fastresp was imported may not work in the middle of an import."""
    try:
        return look(cls)
    except MemoryError:
        # Says nothing about the class.
        raise
    except Exception as error:
        return type(error), str(error)


def agrees_with_json(dumps: Callable[[t.Any, dict[str, t.Any]], str | None]) -> bool:
    """Return whether the compiled encoder writes what the standard one does.

    :param dumps: ``json.dumps``.
    """
    try:
        return all(
            dumps(obj, keywords) in (None, json.dumps(obj, **keywords))
            for obj, keywords in _JSON_PROBES
        )
    except MemoryError:
        # Says nothing about them.
        raise
    except Exception:
        return False
