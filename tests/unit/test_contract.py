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
from conftest import compared
from conftest import counted
from conftest import Pair
from parity import emit
from parity import state
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
    ours = {
        name
        for name in dir(pair.stock)
        if inspect.getattr_static(pair.fast, name)
        is not inspect.getattr_static(pair.stock, name)
    }
    assert ours <= {
        *("__init__", "__call__", "get_wsgi_response", "get_wsgi_headers"),
        *("get_app_iter", "force_type", "set_cookie", "delete_cookie", "add_etag"),
        *("make_conditional", "vary", "__doc__", "__module__", "__dict__"),
        *("__weakref__", "__slotnames__", "__firstlineno__", "__static_attributes__"),
        *("__annotations__", "__annotate_func__", "__annotations_cache__"),
    }
    assert set(dir(pair.fast)) >= set(dir(pair.stock))


@pytest.mark.parametrize(
    "name",
    (
        *("__init__", "__call__", "get_wsgi_response", "get_wsgi_headers"),
        *("get_app_iter", "set_cookie", "delete_cookie", "make_conditional"),
    ),
)
def test_introspection(pair: Pair, name: str) -> None:
    stock, fast = (getattr(cls, name) for cls in pair)
    stock_parameters = inspect.signature(stock).parameters
    parameters = inspect.signature(fast).parameters
    assert list(parameters) == list(stock_parameters)
    for key, parameter in parameters.items():
        assert parameter.default == stock_parameters[key].default
    assert fast.__name__ == stock.__name__
    if stock.__doc__:
        assert inspect.getdoc(fast) == inspect.getdoc(stock)
    assert name in pydoc.plain(pydoc.render_doc(pair.fast))
    assert callable(getattr(pair.fast(), name))
    if name[:2] == "__":
        # A positional-only self tells them apart.
        return
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


@compared
def test_signatures_of_classes_and_instances(base: type[t.Any]) -> t.Any:
    def parameters(obj: t.Any) -> t.Any:
        return [
            (parameter.name, parameter.default)
            for parameter in inspect.signature(obj).parameters.values()
        ]

    class Subclass(base):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            super().__init__(text)

    classes = (base, type("Plain", (base,), {}))
    return [
        *(parameters(cls) for cls in classes),
        *(parameters(cls()) for cls in classes),
        *(parameters(Subclass), parameters(Subclass("x"))),
    ]


def test_class_assignment_both_ways(pair: Pair) -> None:
    def program(first: type[t.Any], second: type[t.Any]) -> t.Any:
        response = first("text", 404, {"X-One": "1"})
        response.call_on_close(lambda: None)
        response.__class__ = second
        assert type(response) is second
        sent = emit(response)
        return sent["started"], sent["chunks"]

    stock, fast = pair
    expected = program(stock, stock)
    assert program(stock, fast) == program(fast, stock) == expected


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


def test_two_bases(pair: Pair) -> None:
    """What the test client does with an app's response class."""
    client = Client(pair.fast("text"), pair.fast)
    response = client.get("/")
    assert isinstance(response, pair.fast)
    assert isinstance(response, TestResponse)
    assert response.text == "text"
    assert response.request.path == "/"


# --- state -----------------------------------------------------------------


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
    app_iter = response.get_wsgi_response(create_environ())[0]
    reference = weakref.ref(response)
    # A cycle through the iterator must be found.
    response.call_on_close(app_iter.close)
    del response, app_iter
    gc.collect()
    assert reference() is None


def test_fields_shared_between_responses_cannot_be_changed(pair: Pair) -> None:
    first, second = pair.fast("x"), pair.fast("y")
    first.headers["Content-Type"] = "a/b"
    first.headers.set("Content-Length", "7")
    first.headers._list.clear()
    assert second.headers["Content-Type"] == pair.stock().headers["Content-Type"]
    assert second.headers["Content-Length"] == "1"
    assert pair.fast("z").headers._list == pair.stock("z").headers._list


@pytest.mark.parametrize("name", ["set_cookie", "get_app_iter", "make_conditional"])
@compared
def test_autospec(cls: type[t.Any], name: str) -> t.Any:
    with mock.patch.object(cls, name, autospec=True) as method:
        response = cls("x")
        getattr(response, name)({})
        with pytest.raises(TypeError) as caught:
            getattr(response, name)(no_such=1)
    (itself, *rest), keywords = method.call_args
    assert itself is response
    return rest, keywords, str(caught.value)
