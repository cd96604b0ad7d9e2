"""Where fastresp differs on purpose; docs/deviations.rst has the list."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
import typing as t
import warnings
from unittest import mock

import flask
import pytest
from conftest import Pair
from parity import emit
from werkzeug.datastructures import Headers
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response as WerkzeugResponse
from werkzeug.wrappers import response as werkzeug_response
from werkzeug.wsgi import ClosingIterator

import fastresp

BREAKS = ["\r", "\n", "\0", "\r\nSet-Cookie: evil=1"]
METHODS = ["__call__", "get_wsgi_response"]


def answer(response: t.Any, method: str) -> t.Any:
    environ = {"REQUEST_METHOD": "GET"}
    if method == "__call__":
        start_response = mock.Mock()
        try:
            return response(environ, start_response)
        finally:
            # Whole or not at all.
            assert start_response.call_count == 0
    return response.get_wsgi_response(environ)


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("method", METHODS)
def test_line_breaks_in_the_status_are_refused(
    pair: Pair, line_break: str, method: str
) -> None:
    for status in (f"200 O{line_break}K", f"200 →{line_break}!"):
        assert emit(pair.stock("x", status))["started"]
        with pytest.raises(ValueError, match="^The status must not contain CR, LF"):
            answer(pair.fast("x", status), method)


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("method", METHODS)
def test_line_breaks_in_a_name_are_refused(
    pair: Pair, line_break: str, method: str
) -> None:
    for name in (f"X-{line_break}A", f"X-→{line_break}", f"Content-Length{line_break}"):
        headers = [("X-Fine", "secret"), (name, "secret")]
        assert emit(pair.stock("x", headers=headers))["started"]
        with pytest.raises(ValueError, match="^The header name .* must not") as caught:
            answer(pair.fast("x", headers=headers), method)
        assert repr(name) in str(caught.value)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("method", METHODS)
def test_nul_in_a_value_is_refused(pair: Pair, method: str) -> None:
    for value in ("secret\0", "secret→\0", "\0secret→"):
        headers = [("X-Bad", value)]
        assert emit(pair.stock("x", headers=headers))["started"]
        with pytest.raises(ValueError, match="of header 'X-Bad' must not") as caught:
            answer(pair.fast("x", headers=headers), method)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("method", METHODS)
def test_refused_on_the_way_through_werkzeugs_methods_too(
    pair: Pair, method: str
) -> None:
    class Adding(pair.fast):  # type: ignore[misc,name-defined]
        def get_wsgi_headers(self, environ: t.Any) -> Headers:
            headers = super().get_wsgi_headers(environ)
            headers["X-\n"] = "secret"
            return t.cast(Headers, headers)

    class Answering(pair.fast):  # type: ignore[misc,name-defined]
        def get_wsgi_response(self, environ: t.Any) -> t.Any:
            return [], "200 OK", [("X-Raw", "a\r\nb")]

    with pytest.raises(ValueError, match="^The header name"):
        answer(Adding("x"), method)
    if method == "__call__":
        with pytest.raises(ValueError, match="^The value of header 'X-Raw'"):
            answer(Answering("x"), method)


def test_the_headers_are_of_a_subclass(pair: Pair) -> None:
    headers = pair.fast("x").headers
    stock = pair.stock("x").headers
    assert type(headers) is not Headers and isinstance(headers, Headers)
    assert headers == stock and stock == headers
    assert repr(headers) == repr(stock)
    assert type(headers).__name__ == "Headers"
    assert list(vars(headers)) == ["_list"]
    assert type(headers.copy()) is type(headers)
    assert type(pickle.loads(pickle.dumps(headers))) is Headers
    assert type(copy.deepcopy(headers)) is Headers


def test_control_characters_in_a_cookie_are_escaped(pair: Pair) -> None:
    for code in range(0x1A, 0x20):
        value = f"a{chr(code)}b"
        escaped = f'k="a\\{code:03o}b"; Path=/'
        stock, fast = pair.stock(), pair.fast()
        with flask.Flask(__name__).app_context():
            stock.set_cookie("k", value)
            fast.set_cookie("k", value)
        # A later Werkzeug may escape them as well.
        raw = f'k="a{chr(code)}b"; Path=/'
        assert stock.headers["Set-Cookie"] in (raw, escaped)
        assert fast.headers["Set-Cookie"] == escaped
        for response in (stock, fast):
            cookie = response.headers["Set-Cookie"].partition(";")[0]
            assert parse_cookie(cookie)["k"] == value


def test_the_application_iterator_is_our_own(pair: Pair) -> None:
    environ = {"REQUEST_METHOD": "GET"}
    assert isinstance(pair.stock("x").get_wsgi_response(environ)[0], ClosingIterator)
    app_iter = pair.fast("x").get_wsgi_response(environ)[0]
    assert not isinstance(app_iter, ClosingIterator)
    assert iter(app_iter) is app_iter
    assert list(app_iter) == [b"x"]
    app_iter.close()


def test_special_methods_are_slot_wrappers(pair: Pair) -> None:
    """So they refuse an object of another class before they run."""
    arguments: t.Any = (object(), {}, print)
    with pytest.raises(AttributeError):
        pair.stock.__call__(*arguments)
    with pytest.raises(TypeError, match="requires a .* but received a 'object'"):
        pair.fast.__call__(*arguments)


@pytest.mark.parametrize("how", ["next", "close"])
def test_nested_bodies_end_at_a_depth_of_their_own(pair: Pair, how: str) -> None:
    """Both do what they should a hundred deep, and refuse to without an end."""
    environ = {"REQUEST_METHOD": "GET"}

    def use(cls: t.Any, depth: int) -> t.Any:
        chunks: t.Any = [b"x"]
        for _ in range(depth):
            chunks = cls(chunks)(environ, lambda *args: None)
        return next(chunks) if how == "next" else chunks.close()

    for cls in pair:
        assert use(cls, 100) == (b"x" if how == "next" else None)
        with pytest.raises(RecursionError):
            # From 3.14 on the stack is measured, and a level takes little of it.
            use(cls, 20_000 if sys.version_info < (3, 14) else 100_000)


def test_no_frame_stands_between_the_caller_and_start_response(pair: Pair) -> None:
    """So a warning that counts frames points at who called the response."""

    def start_response(*args: t.Any) -> t.Callable[[bytes], None]:
        warnings.warn("as a middleware does", stacklevel=2)
        return lambda chunk: None

    environ = {"REQUEST_METHOD": "GET"}
    places = []
    for cls in pair:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            cls("x")(environ, start_response).close()
        places.append(caught[0].filename)
    stock, fast = places
    assert stock == inspect.getsourcefile(WerkzeugResponse)
    assert fast == __file__


def test_functions_patched_into_modules_are_not_called(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    make: t.Any = vars(werkzeug_response)["ClosingIterator"]

    def patched(*args: t.Any) -> t.Any:
        calls.append(1)
        return make(*args)

    monkeypatch.setattr(werkzeug_response, "ClosingIterator", patched)
    for cls in pair:
        app_iter = cls("x").get_wsgi_response({"REQUEST_METHOD": "GET"})[0]
        assert list(app_iter) == [b"x"]
    assert calls == [1]


def test_cookies_are_parsed_when_somebody_asks_for_them() -> None:
    for fast in (False, True):
        app = flask.Flask("app")
        app.secret_key = "key"
        if fast:
            fastresp.FastResp(app)
        environ = {"HTTP_COOKIE": "session=x; a=1"}
        with app.test_request_context(environ_overrides=environ):
            assert flask.session.get("b") is None
            request: t.Any = flask.request
            parsed = "cookies" in vars(request._get_current_object())
            assert parsed is not fast
            assert flask.request.cookies["a"] == "1"
