"""An ordinary class, with Werkzeug's own state: objects may become ours, or
stop being ours, without a constructor running."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import pydoc
import types
import typing as t
import weakref
from unittest import mock

import flask
import pytest
import werkzeug.exceptions
import werkzeug.utils
from conftest import compared
from conftest import counted
from conftest import Pair
from parity import emit
from parity import outcome
from parity import state
from werkzeug.datastructures import Headers
from werkzeug.test import Client
from werkzeug.test import create_environ
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import wrappers

# --- layout ----------------------------------------------------------------


def test_place_in_the_hierarchy() -> None:
    assert issubclass(wrappers.Response, WerkzeugResponse)
    assert issubclass(fastresp.Response, flask.Response)
    assert issubclass(fastresp.Response, wrappers.Response)
    assert type(fastresp.Response) is type
    assert fastresp.Response.__module__ == "fastresp.flask"
    assert wrappers.Response.__module__ == "fastresp.wrappers"


def test_only_the_compiled_methods_differ(pair: Pair) -> None:
    for name in dir(pair.stock):
        if name in ("__doc__", "__module__", "__dict__", "__weakref__"):
            continue
        ours = inspect.getattr_static(pair.fast, name)
        stock = inspect.getattr_static(pair.stock, name)
        assert ours is stock or name in (
            "__init__",
            "__call__",
            "get_wsgi_response",
            "get_wsgi_headers",
            "get_app_iter",
            "force_type",
            "set_cookie",
            "delete_cookie",
            "add_etag",
            "make_conditional",
            "vary",
            "__slotnames__",
            "__firstlineno__",
            "__static_attributes__",
            "__annotations__",
            "__annotate_func__",
            "__annotations_cache__",
        ), name
    assert set(dir(pair.fast)) >= set(dir(pair.stock))


@pytest.mark.parametrize(
    "name",
    ("__init__", "__call__", "get_wsgi_response", "get_wsgi_headers", "get_app_iter"),
)
def test_introspection(pair: Pair, name: str) -> None:
    ours, stock = getattr(pair.fast, name), getattr(pair.stock, name)
    stock_parameters = inspect.signature(stock).parameters
    parameters = inspect.signature(ours).parameters
    assert list(parameters) == list(stock_parameters)
    for key, parameter in parameters.items():
        assert parameter.default == stock_parameters[key].default
    assert ours.__name__ == stock.__name__
    # A positional-only self is all that tells them apart.
    if stock.__doc__:
        assert inspect.getdoc(ours) == inspect.getdoc(stock)
    assert name in pydoc.plain(pydoc.render_doc(pair.fast))
    assert callable(getattr(pair.fast(), name))


def test_signatures_of_classes_and_instances(pair: Pair) -> None:
    def parameters(obj: t.Any) -> t.Any:
        return [
            (parameter.name, parameter.default)
            for parameter in inspect.signature(obj).parameters.values()
        ]

    assert parameters(pair.fast) == parameters(pair.stock)
    assert parameters(pair.fast()) == parameters(pair.stock())

    def program(base: type[t.Any]) -> t.Any:
        class Subclass(base):  # type: ignore[misc]
            def __init__(self, text: str) -> None:
                super().__init__(text)

        return parameters(Subclass), parameters(Subclass("x"))

    assert program(pair.fast) == program(pair.stock)
    assert parameters(type("Plain", (pair.fast,), {})) == parameters(pair.stock)


def test_class_assignment_both_ways(pair: Pair) -> None:
    def program(first: type[t.Any], second: type[t.Any]) -> t.Any:
        response = first("text", 404, {"X-One": "1"})
        response.call_on_close(lambda: None)
        response.__class__ = second
        return emit(response), type(response) is second

    expected = program(pair.stock, pair.stock)
    for first, second in ((pair.stock, pair.fast), (pair.fast, pair.stock)):
        got = program(first, second)
        assert got[1] and got[0]["started"] == expected[0]["started"]
        assert got[0]["chunks"] == expected[0]["chunks"]


def test_force_type_both_ways(pair: Pair) -> None:
    response = pair.stock("text", 201)
    assert pair.fast.force_type(response) is response
    assert type(response) is pair.fast
    before = counted("emitted")
    assert emit(response) == emit(pair.stock("text", 201))
    assert counted("emitted") == before + 1

    response = pair.fast("text", 201)
    assert pair.stock.force_type(response) is response
    assert type(response) is pair.stock


def test_force_type_and_from_app_of_a_wsgi_callable(pair: Pair) -> None:
    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        write = start_response("299 Odd", [("X-App", "1")])
        write(b"written ")
        return [b"returned"]

    def program(cls: type[t.Any]) -> t.Any:
        forced = cls.force_type(app, create_environ())
        made = cls.from_app(app, create_environ())
        buffered = cls.from_app(app, create_environ(), buffered=True)
        assert type(forced) is type(made) is cls
        return [emit(response)["started"] for response in (forced, made, buffered)], [
            response.get_data() for response in (made, buffered)
        ]

    assert program(pair.fast) == program(pair.stock)
    fast = outcome(lambda: pair.fast.force_type(app))
    assert fast == outcome(lambda: pair.stock.force_type(app))


def test_two_bases(pair: Pair) -> None:
    """What the test client does with an app's response class."""
    client = Client(pair.fast("text"), pair.fast)
    response = client.get("/")
    assert isinstance(response, pair.fast)
    assert isinstance(response, TestResponse)
    assert response.text == "text"
    assert response.request.path == "/"


@compared
def test_redirect_and_exceptions(cls: type[t.Any]) -> t.Any:
    redirect = werkzeug.utils.redirect("/ä", 301, Response=cls)
    not_found = werkzeug.exceptions.NotFound().get_response()
    return emit(redirect), emit(cls.force_type(not_found))


# --- state -----------------------------------------------------------------


def test_nothing_but_werkzeugs_attributes(pair: Pair) -> None:
    for args in ((), ("x",), (["x"], 404), (iter("x"), 200, {"A": "b"})):
        fast, stock = pair.fast(*args), pair.stock(*args)
        assert list(vars(fast)) == list(vars(stock))
        emit(fast)
        assert list(vars(fast)) == list(vars(stock))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(pair: Pair, protocol: int) -> None:
    response = pair.fast("text", 404, {"X-One": "1"})
    response.freeze()
    loaded = pickle.loads(pickle.dumps(response, protocol))
    assert type(loaded) is pair.fast
    assert state(loaded) == state(response)
    assert emit(loaded) == emit(response)


def test_pickled_by_stock_and_assigned_as_dict(pair: Pair) -> None:
    """What caches do: the state of one class goes into an object of another."""
    stored = pickle.dumps(vars(pair.stock("text", 404)))
    response = object.__new__(pair.fast)
    response.__dict__ = pickle.loads(stored)
    assert emit(response) == emit(pair.stock("text", 404))
    response.__dict__ = vars(pair.stock("other"))
    assert emit(response) == emit(pair.stock("other"))


def test_copies(pair: Pair) -> None:
    response = pair.fast(["a", "b"], 201, {"X-One": "1"})
    shallow, deep = copy.copy(response), copy.deepcopy(response)
    assert shallow.headers is response.headers
    assert deep.headers is not response.headers
    assert emit(shallow) == emit(deep) == emit(response)


def test_weak_references_and_collection(pair: Pair) -> None:
    response = pair.fast("x")
    app_iter = response.get_app_iter(create_environ())
    reference = weakref.ref(response)
    # A cycle through the iterator must be found.
    response.call_on_close(app_iter.close)
    del response, app_iter
    gc.collect()
    assert reference() is None


def test_mock_patch_object_on_an_instance(pair: Pair) -> None:
    response = pair.fast("x")
    with mock.patch.object(response, "get_app_iter", return_value=[b"mocked"]):
        assert list(response(create_environ(), lambda *args: None)) == [b"mocked"]
    assert list(response(create_environ(), lambda *args: None)) == [b"x"]


def test_missing_attributes_fail_as_in_werkzeug(pair: Pair) -> None:
    for name in ("headers", "response", "_status", "_status_code", "_on_close"):

        def program(cls: type[t.Any], name: str = name) -> t.Any:
            response = cls("x")
            delattr(response, name)
            app_iter = response(create_environ(), lambda *args: None)
            chunks = list(app_iter)
            app_iter.close()
            return chunks

        fast = outcome(lambda: program(pair.fast))  # noqa: B023
        stock = outcome(lambda: program(pair.stock))  # noqa: B023
        # "'Response' object has no attribute": the class name is the same.
        assert fast == stock, name


# --- headers ---------------------------------------------------------------


def test_headers_are_werkzeugs(pair: Pair) -> None:
    fast = pair.fast("x", headers={"X-One": "1"})
    stock = pair.stock("x", headers={"X-One": "1"})
    assert isinstance(fast.headers, Headers)
    assert type(fast.headers).__name__ == "Headers"
    assert list(vars(fast.headers)) == ["_list"]
    assert fast.headers == stock.headers and stock.headers == fast.headers
    fast.headers["X-Two"] = "2"
    del fast.headers["X-One"]
    fast.headers.add("Set-Cookie", "a=1")
    fast.headers.add("Set-Cookie", "b=2")
    assert [value for key, value in emit(fast)["started"][0][1]]
    sent = [item for item in emit(fast)["started"][0][1] if "Set-Cookie" in item[0][1]]
    assert len(sent) == 2
    fast.headers = Headers({"X-New": "1"})
    assert fast.get_wsgi_headers(create_environ())["X-New"] == "1"


def test_fields_shared_between_responses_cannot_be_changed(pair: Pair) -> None:
    first, second = pair.fast("x"), pair.fast("y")
    first.headers["Content-Type"] = "a/b"
    first.headers.set("Content-Length", "7")
    first.headers._list.clear()
    assert second.headers["Content-Type"] == pair.stock().headers["Content-Type"]
    assert second.headers["Content-Length"] == "1"
    assert pair.fast("z").headers._list == pair.stock("z").headers._list


# --- the inherited API on top ----------------------------------------------


@compared
def test_inherited_api(cls: type[t.Any]) -> t.Any:
    response = cls("ünïcode")
    log: list[t.Any] = [repr(response), response.get_data(as_text=True)]
    response.data = "other"
    response.status_code = 404
    response.mimetype = "text/css"
    response.content_type = "text/x"
    response.set_cookie("name", "value", expires=0, httponly=True, samesite="Lax")
    response.delete_cookie("old", path="/x")
    response.cache_control.max_age = 5
    response.vary.add("Cookie")
    response.content_language = ["de"]
    response.add_etag()
    response.last_modified = 0
    response.make_conditional(create_environ(headers={"If-None-Match": "x"}))
    response.headers.pop("Date", None)
    response.stream.write(b"appended")
    # A cached property: its repr has an address.
    del response.stream
    log += [response.is_sequence, response.is_streamed, response.content_length]
    response.freeze()
    with response as entered:
        log.append(entered is response)
    return log, emit(response), response.json if response.is_json else None


def test_not_modified_and_partial_content(pair: Pair) -> None:
    def program(cls: type[t.Any], **headers: str) -> t.Any:
        response = cls("0123456789" * 100)
        response.set_etag("tag")
        response.headers["Date"] = "Thu, 01 Jan 1970 00:00:00 GMT"
        environ = create_environ(
            headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response.make_conditional(environ, accept_ranges=True, complete_length=1000)
        return emit(response)

    for headers in (
        {"If_None_Match": '"tag"'},
        {"If_Match": '"other"'},
        {"Range": "bytes=10-19"},
        {"Range": "bytes=-5"},
        {"Range": "bytes=5000-"},
        {},
    ):
        fast = outcome(lambda: program(pair.fast, **headers))  # noqa: B023
        assert fast == outcome(lambda: program(pair.stock, **headers))  # noqa: B023


@pytest.mark.parametrize("name", ["set_cookie", "get_app_iter", "make_conditional"])
def test_methods_are_functions(pair: Pair, name: str) -> None:
    """For inspect, for mock's specifications, and for any other object than a
    response."""
    stock, fast = (getattr(cls, name) for cls in pair)
    assert inspect.isfunction(fast)
    assert inspect.signature(fast) == inspect.signature(stock)
    assert inspect.getsource(fast) == inspect.getsource(stock)
    assert fast.__qualname__ == stock.__qualname__
    assert pickle.loads(pickle.dumps(fast)) is pickle.loads(pickle.dumps(stock))
    assert type(getattr(pair.fast(), name)) is types.MethodType
    argument_lists: tuple[tuple[t.Any, ...], ...] = ((), (object(), {}))
    for arguments in argument_lists:
        errors = []
        for function in (stock, fast):
            with pytest.raises((AttributeError, KeyError, TypeError)) as caught:
                function(*arguments)
            errors.append((caught.type, str(caught.value)))
        assert errors[0] == errors[1]


@pytest.mark.parametrize("name", ["set_cookie", "get_app_iter", "make_conditional"])
def test_autospec(pair: Pair, name: str) -> None:
    seen = []
    for cls in pair:
        with mock.patch.object(cls, name, autospec=True) as method:
            response = cls("x")
            getattr(response, name)({})
            with pytest.raises(TypeError) as caught:
                getattr(response, name)(no_such=1)
        (itself, *rest), keywords = method.call_args
        seen.append((itself is response, rest, keywords, str(caught.value)))
    assert seen[0] == seen[1]
    assert seen[0][0]
