"""Operations on ``response.headers``: whatever object a fast response has there,
it does to the letter what Werkzeug's does.

Each program runs on the headers of a stock and of a fast response, and everything
that can be seen is compared.
"""

from __future__ import annotations

import gc
import pickle
import typing as t
import weakref
from unittest import mock

import flask
import pytest
from conftest import PAIRS
from header_programs import ARGUMENTS
from header_programs import ITEMS
from header_programs import ODD_STATE
from header_programs import plain
from header_programs import READING
from header_programs import run
from header_programs import WHOLES
from header_programs import WRITING
from parity import emit
from parity import outcome
from werkzeug.datastructures import Headers

from fastresp import FastResp

# With a name beyond latin-1 a new response has Werkzeug's headers.
LATIN_1 = [item for item in ITEMS if max(item[0], default="") < "\u0100"]

Make = t.Callable[[], t.Any]


def of_class(cls: type[t.Any]) -> Make:
    return lambda: cls("x", headers=list(LATIN_1))


def of_app(fast: bool, items: list[tuple[str, str]]) -> Make:
    def make() -> t.Any:
        app = flask.Flask("app")
        if fast:
            FastResp(app)
        response = app.make_response(("x", {"X-First": "0"}))
        response.headers.extend(items)
        return response

    return make


SOURCES: dict[str, tuple[Make, Make]] = {
    "class": (of_class(PAIRS["werkzeug"].stock), of_class(PAIRS["werkzeug"].fast)),
    "extension": (of_app(False, LATIN_1), of_app(True, LATIN_1)),
    "wide name": (of_app(False, ITEMS), of_app(True, ITEMS)),
}
each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


@each_source
@pytest.mark.parametrize("code", [*READING, *WRITING, *WHOLES, *ODD_STATE, *ARGUMENTS])
def test_program(source: tuple[Make, Make], code: str) -> None:
    stock, fast = (make().headers for make in source)
    expected, got = run(code, stock), run(code, fast)
    assert got == expected
    if type(stock) is Headers and list(vars(stock)) == ["_list"]:
        outcomes = outcome(lambda: stock == fast), outcome(lambda: fast == stock)
        assert outcomes == (outcome(lambda: stock == stock),) * 2


def test_the_programs_do_something() -> None:
    """A misspelled one would fail alike on both sides."""
    for code in (*READING, *WRITING, *WHOLES, *ODD_STATE):
        result = run(code, of_class(PAIRS["flask"].stock)().headers)[0]
        assert result.get("error", ("",))[0] not in ("NameError", "SyntaxError"), code


# --- identity, pickling, collection ------------------------------------------


@each_source
def test_pickles_are_werkzeugs(source: tuple[Make, Make]) -> None:
    stock, fast = (make().headers for make in source)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps(fast, protocol)
        # To be loaded where fastresp is not installed.
        assert b"fastresp" not in pickled
        loaded = pickle.loads(pickled)
        assert isinstance(loaded, Headers) and type(loaded).__name__ == "Headers"
        assert loaded == fast == loaded == stock == loaded
        assert list(loaded) == list(fast)
        assert plain(loaded) == plain(pickle.loads(pickle.dumps(stock, protocol)))
        # Twice the same, and within something else.
        both = pickle.loads(pickle.dumps([fast, {"h": fast}], protocol))
        assert both[0] is both[1]["h"] and both[0] == stock


@each_source
def test_headers_may_outlive_the_response_and_be_referred_to(
    source: tuple[Make, Make],
) -> None:
    for make in source:
        headers = make().headers
        items = list(headers)
        make().headers.clear()
        assert list(headers) == items
        reference = weakref.ref(headers)
        assert reference() is headers
        vars(headers)["cycle"] = [headers]
        del headers
        gc.collect()
        assert reference() is None
        response = make()
        reference = weakref.ref(response.headers)
        response.headers._list.append(("A", response))
        del response
        gc.collect()
        assert reference() is None


@each_source
def test_headers_are_one_object(source: tuple[Make, Make]) -> None:
    for make in source:
        response = make()
        assert response.headers is response.headers is vars(response)["headers"]
        fields = response.headers._list
        response.headers.set("X-One", "2")
        response.headers.pop("Set-Cookie")
        response.content_type = "text/x"
        emit(response)
        assert response.headers._list is fields


# --- subclasses; patches are in tests/isolated/patched.py ---------------------


@each_source
@pytest.mark.parametrize("length", [None, -1, True, 5, "x"])
def test_a_length_of_its_own(source: tuple[Make, Make], length: t.Any) -> None:
    stock, fast = (make().headers for make in source)
    with mock.patch.object(Headers, "__len__", mock.Mock(return_value=length)):
        assert outcome(lambda: len(fast)) == outcome(lambda: len(stock))
        assert outcome(lambda: bool(fast)) == outcome(lambda: bool(stock))
