"""What the server sees: status, headers, chunks, and the order of closing; bodies of
every kind step by step: what is asked of them and when, and how they end."""

from __future__ import annotations

import collections.abc as cabc
import functools
import gc
import io
import pickle
import sys
import typing as t
import warnings
import weakref

import flask
import pytest
from bodies import BadClose
from bodies import Bytes
from bodies import CHUNKS
from bodies import Closing
from bodies import COURSES
from bodies import ERROR
from bodies import generated
from bodies import KINDS
from bodies import Maker
from bodies import OTHERS
from bodies import walked
from conftest import apps
from conftest import compared
from conftest import Pair
from parity import compare_apps
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse
from werkzeug.wsgi import FileWrapper


@pytest.mark.parametrize("name", ("Location", "LOCATION"))
@pytest.mark.parametrize("last", ("/b", "/ö"))
@pytest.mark.parametrize("first", ("/a", "/ä"))
@compared
def test_the_last_of_several_locations_wins(
    cls: type[t.Any], first: str, last: str, name: str
) -> t.Any:
    headers = [("Location", first), ("X", "1"), (name, last), ("Y", "2")]
    return emit(cls("x", 301, headers))


@pytest.mark.parametrize("status", (100, 103, 200, 204, 205, 206, 304, 404, 0, 599))
@pytest.mark.parametrize(
    "headers",
    (
        [("Content-Length", "3"), ("Content-Type", "a/b"), ("ETag", '"x"')],
        [("content-length", "3"), ("CONTENT-LENGTH", "4"), ("Expires", "never")],
        [("Content-Location", "/ä"), ("Content-Encoding", "gzip"), ("Allow", "GET")],
        [],
    ),
)
@pytest.mark.parametrize("automatic", (True, False))
@compared
def test_headers_by_status(
    cls: type[t.Any], status: int, headers: list[tuple[str, str]], automatic: bool
) -> t.Any:
    own = type("Own", (cls,), {"automatically_set_content_length": automatic})
    response = own(["ab", b"c"], status)
    response.headers = Headers(headers)
    return emit(response), emit(response, "HEAD")


@pytest.mark.parametrize("expires", ("", "never"))
def test_a_patched_choice_of_fields_for_304(
    pair: Pair, expires: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep_all(headers: t.Any) -> None:
        headers.add("X-Kept", len(headers))

    response = pair.fast("x", 304, {"ETag": '"e"', "Expires": expires})
    emit(response)
    module = sys.modules[WerkzeugResponse.__module__]
    monkeypatch.setattr(module, "remove_entity_headers", keep_all)
    stock = pair.stock("x", 304, {"ETag": '"e"', "Expires": expires})
    assert emit(response) == emit(stock)


class Measured:
    """A chunk with a length and a side effect."""

    def __init__(self, effect: t.Callable[[], None]) -> None:
        self.effect = effect

    def __len__(self) -> int:
        self.effect()
        return 3

    def __repr__(self) -> str:
        return "measured"


class Mapping(dict[str, t.Any]):
    def __getitem__(self, key: str) -> t.Any:
        return "HEAD" if key == "REQUEST_METHOD" else super().__getitem__(key)


@pytest.mark.parametrize("kind", (dict, Mapping))
@pytest.mark.parametrize("method", (None, "head", "HEAD", b"HEAD"))
@compared
def test_odd_environ(cls: type[t.Any], method: t.Any, kind: type[t.Any]) -> t.Any:
    environ = kind(REQUEST_METHOD=method) if method else kind()

    def program() -> t.Any:
        app_iter, status, headers = cls("x").get_wsgi_response(environ)
        return describe(list(app_iter)), status, headers

    return outcome(program)


@compared
def test_wsgi_methods_one_by_one(cls: type[t.Any]) -> t.Any:
    response = cls("ä", 201, {"X-One": "1"})
    environ = create_environ()
    headers = response.get_wsgi_headers(environ)
    answer = response.get_wsgi_response(environ)
    return (
        type(headers).__name__,
        describe(headers._list),
        headers is not response.headers,
        describe(list(response.get_app_iter(environ))),
        type(answer).__name__,
        describe(answer[1:]),
        describe(list(answer[0])),
    )


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((1,), {}),
        ((1, 2, 3), {}),
        ((create_environ(),), {"start_response": lambda status, headers: None}),
        ((), {"environ": create_environ(), "bogus": 1}),
    ],
)
@pytest.mark.parametrize(
    "name", ("__call__", "get_wsgi_response", "get_wsgi_headers", "get_app_iter")
)
@compared
def test_argument_forms(
    cls: type[t.Any], name: str, args: tuple[t.Any, ...], kwargs: dict[str, t.Any]
) -> t.Any:
    def program() -> t.Any:
        value = getattr(cls("x"), name)(*args, **kwargs)
        return list(value) if name in ("__call__", "get_app_iter") else None

    return outcome(program)


def test_each_start_response_gets_a_list_of_its_own(pair: Pair) -> None:
    seen: list[list[tuple[str, str]]] = []
    response = pair.fast("x", headers={"X-One": "1"})
    for _ in range(2):
        response(create_environ(), lambda status, headers: seen.append(headers))
    seen[0].append(("X-Server", "1"))
    assert seen[0] is not seen[1]
    assert ("X-Server", "1") not in seen[1]
    assert ("X-Server", "1") not in response.headers._list


# --- iteration and closing -------------------------------------------------


@pytest.mark.parametrize("kind", ("list", "tuple", "generator", "iterator", "iterable"))
def test_chunks_are_passed_on_as_they_are(pair: Pair, kind: str) -> None:
    chunks = [b"one" * 99, Bytes(b"a"), bytearray(b"b"), memoryview(b"c"), 4, None]
    body = KINDS[kind](Journal(), chunks)
    # So that they are not measured.
    response = pair.fast(body, headers={"Content-Length": "9"})
    app_iter = response.get_wsgi_response(create_environ())[0]
    assert all(got is sent for got, sent in zip(app_iter, chunks, strict=True))


def test_direct_passthrough_hands_over_the_body_itself(pair: Pair) -> None:
    body = FileWrapper(io.BytesIO(b"0123456789"))
    response = pair.fast(body, direct_passthrough=True)
    assert response(create_environ(), lambda status, headers: None) is body


@compared
def test_a_list_that_changes_during_iteration(cls: type[t.Any]) -> t.Any:
    body = ["a", "b", "c", "d"]
    response = cls(body)
    app_iter = iter(response.get_wsgi_response(create_environ())[0])
    seen = [next(app_iter)]
    body.insert(0, "new")
    seen.append(next(app_iter))
    del body[2:]
    seen += list(app_iter)
    body += ["x"] * 9
    return seen + list(app_iter)


@compared
def test_the_body_is_taken_when_the_iterator_is_made(cls: type[t.Any]) -> t.Any:
    response = cls(["before"])
    app_iter = response.get_wsgi_response(create_environ())[0]
    response.response = ["after"]
    assert (chunks := list(app_iter)) == [b"before"]
    return chunks


@pytest.mark.parametrize("reenter", (next, lambda app_iter: app_iter.close()))
@compared
def test_reentrant_iteration(
    cls: type[t.Any], reenter: t.Callable[[t.Any], t.Any]
) -> t.Any:
    class Meddling:
        def __iter__(self) -> Meddling:
            return self

        def __next__(self) -> t.Any:
            return reenter(app_iter)

    app_iter = cls(Meddling()).get_wsgi_response(create_environ())[0]
    result = outcome(lambda: next(app_iter))
    assert result["error"] == ("ValueError", "generator already executing")
    return result


@pytest.mark.parametrize("kind", (Closing, BadClose))
@compared
def test_closing_errors_and_their_order(cls: type[t.Any], kind: type[t.Any]) -> t.Any:
    def fail() -> None:
        raise RuntimeError("callback")

    journal = Journal()
    response = cls(kind(journal, []))
    response.call_on_close(journal.callback("one"))
    response.call_on_close(fail)
    response.call_on_close(journal.callback("never"))
    return outcome(
        response.get_wsgi_response(create_environ())[0].close
    ), journal.entries


@compared
def test_callbacks_may_register_callbacks(cls: type[t.Any]) -> list[str]:
    journal = Journal()
    response = cls("x")

    def register() -> None:
        journal("outer")
        response.call_on_close(journal.callback("inner"))

    response.call_on_close(register)
    response.get_wsgi_response(create_environ())[0].close()
    assert journal.entries == ["outer", "inner"]
    return journal.entries


@compared
def test_start_response_that_raises(cls: type[t.Any]) -> t.Any:
    journal = Journal()
    response = cls("x")
    response.call_on_close(journal.callback("closed"))

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        raise ConnectionError("gone")

    sent = outcome(lambda: response(create_environ(), start_response))
    return sent, journal.entries


class More(Headers):
    def __iter__(self) -> cabc.Iterator[tuple[str, str]]:
        yield from super().__iter__()
        yield "X-From-Iter", "1"


ODD: dict[str, t.Callable[[t.Any], None]] = {
    "headers subclass": lambda r: setattr(r, "headers", More({"A": "b"})),
    "headers list": lambda r: setattr(r, "headers", [("A", "b")]),
    "status code text": lambda r: setattr(r, "_status_code", "200"),
    "status code bool": lambda r: setattr(r, "_status_code", True),
    "status code huge": lambda r: setattr(r, "_status_code", 10**30),
    "status wide": lambda r: setattr(r, "_status", "200 →"),
    "status none": lambda r: setattr(r, "_status", None),
    "list tuple": lambda r: setattr(r.headers, "_list", (("A", "b"),)),
    "field list": lambda r: r.headers._list.append(["A", "b"]),
    "field number": lambda r: r.headers._list.append(("A", 1)),
    "field short": lambda r: r.headers._list.append(("A",)),
    "field none": lambda r: r.headers._list.append(None),
    "newline in the list": lambda r: r.headers._list.append(("A", "b\nc")),
    "extra attribute": lambda r: setattr(r, "extra", 1),
    "callbacks tuple": lambda r: setattr(r, "_on_close", ()),
    "body none": lambda r: setattr(r, "response", None),
    "body text": lambda r: setattr(r, "response", "text"),
}


@pytest.mark.parametrize("own", ({}, {"default_mimetype": "a/b"}), ids=("usual", "own"))
@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
@compared
def test_odd_attributes(
    cls: type[t.Any], change: t.Callable[[t.Any], None], own: dict[str, t.Any]
) -> t.Any:
    """State that no constructor would leave behind."""
    response = type("Response", (cls,), own)("x")
    change(response)
    return outcome(lambda: emit(response))


@pytest.mark.parametrize(
    "name", ("headers", "response", "_status", "_status_code", "_on_close")
)
@compared
def test_missing_attributes(cls: type[t.Any], name: str) -> t.Any:
    response = cls("x")
    delattr(response, name)

    def send() -> t.Any:
        app_iter = response(create_environ(), lambda *args: None)
        return list(app_iter), app_iter.close()

    return outcome(send)


class Meddler(dict[str, t.Any]):
    """Changes a response when it is asked for the method, compared, or asked whether
    it is true."""

    def __init__(self, change: t.Callable[[], None]) -> None:
        super().__init__(create_environ())
        self.change = change

    def __getitem__(self, name: str) -> t.Any:
        if name == "REQUEST_METHOD":
            self.change()
        return super().__getitem__(name)

    def __bool__(self) -> bool:
        self.change()
        return False

    def __eq__(self, other: object) -> bool:
        return bool(self)


@pytest.mark.parametrize("fields", ({}, {"Content-Length": "4"}))
@pytest.mark.parametrize(
    "place", ("environ", "method", "direct_passthrough", "iter_encoded", "chunk")
)
@compared
def test_what_changes_the_response_while_it_is_sent(
    cls: type[t.Any], place: str, fields: dict[str, str]
) -> t.Any:
    class Below(cls):  # type: ignore[misc]
        def iter_encoded(self) -> t.Any:
            change()
            return super().iter_encoded()

    response = (Below if place == "iter_encoded" else cls)(["body"], headers=fields)
    other = cls("other")

    changes: list[str] = []

    def change() -> None:
        changes.append(place)
        response.status = "299 Changed"
        response.response = ["changed"]
        response.headers = other.headers

    environ = create_environ()
    if place == "environ":
        environ = Meddler(change)
    elif place == "method":
        environ["REQUEST_METHOD"] = Meddler(change)
    elif place == "direct_passthrough":
        response.direct_passthrough = Meddler(change)
    elif place == "chunk":
        response.response = ["a", Measured(change), "b"]
    app_iter, status, headers = response.get_wsgi_response(environ)
    chunks = describe([repr(chunk) for chunk in app_iter])
    # A chunk is measured where no length is given.
    assert (
        (status == "299 Changed") == bool(changes) == (place != "chunk" or not fields)
    )
    return chunks, status, headers, changes


def noting_close(close: t.Callable[[], None], events: list[str]) -> None:
    events.append("closing")
    close()


@pytest.mark.parametrize("path", ["/", "/stream", "/missing"])
def test_attributes_of_the_iterator(path: str) -> None:
    """Middleware sets them."""

    def send(app: t.Any) -> tuple[object, ...]:
        app.add_url_rule("/", "text", lambda: "text")
        app.add_url_rule("/stream", "stream", lambda: (c for c in "ab"))
        events: list[str] = []
        body = app(create_environ(path), lambda *args: events.append(args[0]))
        body.close = functools.partial(noting_close, body.close, events)
        body.started = "now"
        finalizer = weakref.finalize(body, events.append, "gone")
        chunks = list(body)
        body.close()
        errors = []
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with warnings.catch_warnings():
                # Of pickled itertools.
                warnings.simplefilter("ignore", DeprecationWarning)
                # The latter on PyPy.
                with pytest.raises((TypeError, pickle.PicklingError)) as caught:
                    pickle.dumps(body, protocol)
            errors.append((type(caught.value), str(caught.value)))
        assert vars(body)["started"] == "now"
        vars(body).pop("close")
        del body
        gc.collect()
        assert not finalizer.alive
        return events, chunks, errors

    stock, with_class, extended = map(send, apps())
    assert with_class == extended == stock


# --- bodies, step by step --------------------------------------------------------


def walk(
    pair: Pair, make: t.Callable[[Journal], t.Any], course: str, **arguments: t.Any
) -> None:
    method = arguments.pop("method", "GET")
    names = arguments.pop("names", {})

    def program(cls: type[t.Any]) -> t.Any:
        journal = Journal()
        # On the instance, an attribute would leave everything to Werkzeug.
        own = type("Response", (cls,), names) if names else cls
        response = own(make(journal), **arguments)
        result = outcome(lambda: walked(journal, response, course, method))
        if isinstance(response.response, io.IOBase):
            response.response.close()
        return result, journal.entries

    fast, stock = program(pair.fast), program(pair.stock)
    assert fast == stock, course


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_courses(pair: Pair, kind: Maker, chunks: list[t.Any]) -> None:
    for course in COURSES:
        walk(pair, lambda journal: kind(journal, chunks), course)
    for arguments in (
        {"method": "HEAD"},
        {"status": 204},
        {"status": 304},
        {"direct_passthrough": True},
        {"direct_passthrough": True, "method": "HEAD"},
        {"names": {"automatically_set_content_length": False}},
    ):
        for course in ("c", "nc", "wcc"):
            walk(pair, lambda journal: kind(journal, chunks), course, **arguments)


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_other_bodies(pair: Pair, body: t.Callable[[Journal], t.Any]) -> None:
    for course in COURSES:
        walk(pair, body, course)
    for arguments in ({"method": "HEAD"}, {"status": 304}, {"direct_passthrough": 1}):
        walk(pair, body, "nnc", **t.cast("dict[str, t.Any]", arguments))


# --- single facts --------------------------------------------------------------------


@pytest.mark.parametrize("take", range(4))
@compared
def test_generators_end_when_they_are_dropped(cls: type[t.Any], take: int) -> t.Any:
    journal = Journal()
    response = cls(generated(journal, ["a", "b", "c"]))
    response.call_on_close(journal.callback("callback"))
    iterator = iter(response(create_environ(), lambda *args: None))
    for _ in range(take):
        journal(next(iterator))
    del response
    journal("response dropped")
    del iterator
    gc.collect()
    return journal.entries


@pytest.mark.parametrize("kind", ("generator", "iterator", "closing"))
@pytest.mark.parametrize(
    "error", (KeyboardInterrupt("k"), SystemExit(3), GeneratorExit())
)
@compared
def test_other_exceptions(cls: type[t.Any], error: BaseException, kind: str) -> t.Any:
    journal = Journal()
    body = KINDS[kind](journal, ["a", error, "b"])
    app_iter = cls(body)(create_environ(), lambda *args: None)
    try:
        journal([describe(chunk) for chunk in app_iter])
    except BaseException as caught:
        assert caught is error
        journal([type(caught), type(caught.__context__), caught.__cause__])
    app_iter.close()
    return journal.entries


@pytest.mark.parametrize("kind", ("generator", "iterator"))
@compared
def test_errors_keep_their_identity_and_traceback(cls: type[t.Any], kind: str) -> t.Any:
    error = LookupError("mine")
    response = cls(KINDS[kind](Journal(), ["a", error]))
    with pytest.raises(LookupError) as caught:
        list(response(create_environ(), lambda *args: None))
    assert caught.value is error
    assert error.__context__ is error.__cause__ is None
    return [caught.traceback[0].name, caught.traceback[-1].name]


@pytest.mark.parametrize("what", ("response", "app_iter"))
@pytest.mark.parametrize("late", (False, True))
@compared
def test_a_body_that_closes_itself(cls: type[t.Any], what: str, late: bool) -> t.Any:
    journal = Journal()
    found: dict[str, t.Any] = {}

    def body() -> t.Any:
        try:
            yield "a"
            journal(outcome(found[what].close))
            yield "b"
        finally:
            journal("finally")

    found["response"] = response = cls(body())
    response.call_on_close(journal.callback("callback"))
    if late:
        response.call_on_close(
            lambda: journal(outcome(lambda: next(found["app_iter"])))
        )
    found["app_iter"] = app_iter = response(create_environ(), lambda *args: None)
    for _ in range(3):
        journal(outcome(lambda: next(iter(app_iter), None)))
    journal(outcome(app_iter.close))
    return journal.entries


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@compared
def test_one_body_for_two_requests(cls: type[t.Any], kind: Maker) -> t.Any:
    """A response may be sent again; iterators go on where they were."""
    journal = Journal()

    def send() -> None:
        response = cls(kind(journal, ["a", "b", "c", "d"]))
        first = iter(response(create_environ(), lambda *args: None))
        second = iter(response(create_environ(), lambda *args: None))
        for iterator in (first, second, second, first, first, second):
            journal(outcome(lambda: describe(next(iterator, "none"))))  # noqa: B023
        first.close()
        journal(outcome(lambda: describe(list(second))))

    return outcome(send), journal.entries


# --- through an app --------------------------------------------------------------


def test_streams_of_views() -> None:
    def setup(app: flask.Flask, journal: Journal) -> None:
        def with_context() -> t.Any:
            def body() -> t.Any:
                yield flask.request.path
                yield from generated(journal, ["a", b"b"])

            return flask.stream_with_context(body())

        views: dict[str, t.Callable[[], t.Any]] = {
            "/generator": lambda: generated(journal, ["a", b"b"]),
            "/failing": lambda: generated(journal, ["a", ERROR]),
            "/neither": lambda: generated(journal, [5, None]),
            "/closing": lambda: Closing(journal, ["a", "b"]),
            "/204": lambda: (generated(journal, ["a"]), 204),
            "/context": with_context,
            "/sent": lambda: flask.send_file(io.BytesIO(b"12345"), "text/x"),
        }
        for rule, view in views.items():
            app.add_url_rule(rule, rule, view)

        @app.after_request
        def after(response: flask.Response) -> flask.Response:
            response.call_on_close(journal.callback("closed"))
            return response

        @app.teardown_request
        def teardown(error: BaseException | None) -> None:
            journal(f"teardown {error!r}")

    rules = "/generator /failing /neither /closing /204 /context /sent".split()
    for method in ("GET", "HEAD"):
        compare_apps(apps, setup, [(rule, method) for rule in rules])
