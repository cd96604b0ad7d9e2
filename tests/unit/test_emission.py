"""What the server sees: status, headers, chunks, and the order of closing."""

from __future__ import annotations

import collections.abc as cabc
import gc
import pickle
import sys
import typing as t
import warnings
import weakref

import flask
import pytest
from conftest import compared
from conftest import Pair
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse
from werkzeug.wsgi import FileWrapper

import fastresp

LOCATIONS = [
    "/",
    "/plain/path",
    "/path?q=1&r=a+b#top",
    "/ünder/ä?ö=ü#ß",
    "/with space",
    "/50%",
    "/50%25",
    "/a%zz",
    "relative",
    "./x/../y",
    "?query",
    "#fragment",
    "",
    "//host/path",
    "//HOST/path",
    "http://example.com/ä",
    "http://user:pä@ünicode.example:8080/ä?x",
    "http://[::1]:80/",
    "http://[bad",
    "itms-services://?action=download",
    "mailto:a@b",
    "/a[b]",
    "/a|b\\c^d`{e}",
    "/a?",
    "/a#",
    "/a\tb",
    "javascript:alert(1)",
    "/\u2028",
    "http://a:99999/",
    "http://a:080/",
    "http://a:0/",
    "http://a:65535/",
]


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("autocorrect", (False, True))
@pytest.mark.parametrize("name", ("Location", "location", "Content-Location"))
def test_locations(pair: Pair, location: str, autocorrect: bool, name: str) -> None:
    def program(cls: type[t.Any], where: str) -> t.Any:
        own = type("Own", (cls,), {})
        response = own("x", 302, {"X-First": "1", name: location, "X-Last": "2"})
        owner: t.Any = own if where == "class" else response
        owner.autocorrect_location_header = autocorrect
        return emit(response, PATH_INFO="/here/now", QUERY_STRING="a=b")

    # On an instance, it leaves all of the emission to Werkzeug.
    for where in ("class", "instance"):
        fast = outcome(lambda: program(pair.fast, where))  # noqa: B023
        assert fast == outcome(lambda: program(pair.stock, where))  # noqa: B023


def test_the_last_of_several_locations_wins(pair: Pair) -> None:
    def program(cls: type[t.Any], first: str, last: str, name: str) -> t.Any:
        headers = [("Location", first), ("X", "1"), (name, last), ("Y", "2")]
        return emit(cls("x", 301, headers))

    for first, last in (("/ä", "/ö"), ("/a", "/b"), ("/ä", "/b"), ("/a", "/ö")):
        for name in ("Location", "LOCATION"):
            fast = program(pair.fast, first, last, name)
            assert fast == program(pair.stock, first, last, name)


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

    def __init__(self, size: int, effect: t.Callable[[], None]) -> None:
        self.size = size
        self.effect = effect

    def __len__(self) -> int:
        self.effect()
        return self.size


def test_a_chunk_that_changes_the_response_while_it_is_measured(pair: Pair) -> None:
    def program(cls: type[t.Any], change: t.Callable[[t.Any], None]) -> t.Any:
        response = cls(["a"])
        response.response = ["a", Measured(3, lambda: change(response)), "b"]
        started: list[t.Any] = []

        def start_response(*args: t.Any) -> None:
            started.append(describe(args))

        app_iter = response(create_environ(), start_response)
        chunks = [type(chunk).__name__ for chunk in app_iter]
        return started, chunks, vars(response).keys()

    def patch(response: t.Any) -> None:
        response.get_app_iter = lambda environ: [b"patched"]

    changes: list[t.Callable[[t.Any], None]] = [
        lambda response: setattr(response, "status", "404 Changed"),
        lambda response: setattr(response, "status_code", 204),
        lambda response: setattr(response, "response", [b"other"]),
        lambda response: response.response.clear(),
        lambda response: (
            response.response.append(b"more") if len(response.response) < 6 else None
        ),
        lambda response: response.headers.clear(),
        lambda response: setattr(response, "direct_passthrough", True),
        patch,
    ]
    for change in changes:
        fast = outcome(lambda: program(pair.fast, change))  # noqa: B023
        assert fast == outcome(lambda: program(pair.stock, change))  # noqa: B023


@pytest.mark.parametrize(
    "environ",
    (
        {},
        {"REQUEST_METHOD": "head"},
        {"REQUEST_METHOD": "HEAD"},
        {"REQUEST_METHOD": b"HEAD"},
    ),
)
def test_odd_environ(pair: Pair, environ: dict[str, t.Any]) -> None:
    class Mapping(dict):  # type: ignore[type-arg]
        def __getitem__(self, key: str) -> t.Any:
            return "HEAD" if key == "REQUEST_METHOD" else super().__getitem__(key)

    def program(cls: type[t.Any], environ: dict[str, t.Any]) -> t.Any:
        app_iter, status, headers = cls("x").get_wsgi_response(environ)
        return describe(list(app_iter)), status, headers

    for given in (environ, Mapping(environ)):
        fast = outcome(lambda: program(pair.fast, given))  # noqa: B023
        assert fast == outcome(lambda: program(pair.stock, given))  # noqa: B023


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
def test_argument_forms(
    pair: Pair, name: str, args: tuple[t.Any, ...], kwargs: dict[str, t.Any]
) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        value = getattr(cls("x"), name)(*args, **kwargs)
        return list(value) if name in ("__call__", "get_app_iter") else None

    assert outcome(lambda: program(pair.fast)) == outcome(lambda: program(pair.stock))


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


class Body:
    """An iterable that tells what is done to it."""

    def __init__(self, journal: Journal, chunks: cabc.Iterable[t.Any]) -> None:
        self.journal = journal
        self.chunks = iter(chunks)

    def __iter__(self) -> Body:
        self.journal("iter")
        return self

    def __next__(self) -> t.Any:
        self.journal("next")
        return next(self.chunks)

    def close(self) -> None:
        self.journal("close body")


def failing(journal: Journal) -> cabc.Iterator[str]:
    try:
        yield "first"
        raise LookupError("in the middle")
    finally:
        journal("generator ended")


Bodies = cabc.Callable[[Journal], t.Any]
CLOSABLE: dict[str, Bodies] = {
    "body": lambda journal: Body(journal, ["a", b"b", 3]),
    "list": lambda journal: ["a", b"b"],
    "tuple": lambda journal: ("a", b"b"),
    "failing generator": failing,
    "no iterator": lambda journal: 42,
    "surrogate": lambda journal: iter(["a", "\ud800", "b"]),
    "surrogate in a list": lambda journal: ["a", "\ud800", "b"],
    "file": lambda journal: FileWrapper(t.cast("t.IO[bytes]", File(journal)), 4),
}


class File:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.left = b"0123456789"

    def read(self, size: int) -> bytes:
        self.journal(f"read {size}")
        chunk, self.left = self.left[:size], self.left[size:]
        return chunk

    def close(self) -> None:
        self.journal("close file")


@pytest.mark.parametrize("body", CLOSABLE.values(), ids=CLOSABLE.keys())
@pytest.mark.parametrize("method", ("GET", "HEAD"))
@pytest.mark.parametrize("passthrough", (False, True))
@pytest.mark.parametrize("take", (0, 1, 2, 99))
def test_order_of_events(
    pair: Pair, body: Bodies, method: str, passthrough: bool, take: int
) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        journal = Journal()
        # Not on the instance, where it leaves all to Werkzeug.
        own = type("Own", (cls,), {"automatically_set_content_length": False})
        response = own(direct_passthrough=passthrough)
        response.response = body(journal)
        response.call_on_close(journal.callback("first callback"))
        environ = create_environ(method=method)
        app_iter = response(environ, lambda status, headers: journal("start"))
        response.call_on_close(journal.callback("late callback"))
        try:
            iterator = iter(app_iter)
            for _ in range(take):
                journal(repr(describe(next(iterator))))
        except Exception as error:
            journal(f"{type(error).__name__}: {error}")
            journal(repr(next(iterator, "nothing after an error")))
        journal("closing")
        try:
            app_iter.close()
            journal(repr(next(iter(app_iter), "nothing after close")))
            # Werkzeug calls them again; servers close once.
            app_iter.close()
        except Exception as error:
            journal(f"{type(error).__name__}: {error}")
        return journal.entries

    fast = outcome(lambda: program(pair.fast))
    assert fast == outcome(lambda: program(pair.stock))


def test_chunks_are_passed_on_as_they_are(pair: Pair) -> None:
    chunks = [b"a", bytearray(b"b"), memoryview(b"c"), 4, None]
    for body in (chunks, tuple(chunks), iter(chunks)):
        app_iter = pair.fast(body).get_app_iter(create_environ())
        assert all(got is sent for got, sent in zip(app_iter, chunks, strict=True))


def test_nothing_is_read_ahead(pair: Pair) -> None:
    asked: list[int] = []

    def numbers() -> cabc.Iterator[str]:
        for number in range(3):
            asked.append(number)
            yield str(number)

    app_iter = iter(pair.fast(numbers()).get_app_iter(create_environ()))
    assert asked == []
    for number in range(3):
        next(app_iter)
        assert asked == list(range(number + 1))


def test_direct_passthrough_hands_over_the_body_itself(pair: Pair) -> None:
    body = FileWrapper(t.cast("t.IO[bytes]", File(Journal())))
    response = pair.fast(body, direct_passthrough=True)
    assert response(create_environ(), lambda status, headers: None) is body


@compared
def test_a_list_that_changes_during_iteration(cls: type[t.Any]) -> t.Any:
    body = ["a", "b", "c", "d"]
    response = cls(body)
    app_iter = iter(response.get_app_iter(create_environ()))
    seen = [next(app_iter)]
    body.insert(0, "new")
    seen.append(next(app_iter))
    del body[2:]
    seen += list(app_iter)
    body += ["x"] * 9
    return seen + list(app_iter)


def test_the_body_is_taken_when_the_iterator_is_made(pair: Pair) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        response = cls(["before"])
        app_iter = response.get_app_iter(create_environ())
        response.response = ["after"]
        return list(app_iter)

    assert program(pair.fast) == program(pair.stock) == [b"before"]


def test_reentrant_iteration(pair: Pair) -> None:
    def program(cls: type[t.Any], reenter: t.Callable[[t.Any], t.Any]) -> t.Any:
        class Meddling:
            def __iter__(self) -> Meddling:
                return self

            def __next__(self) -> t.Any:
                return reenter(app_iter)

        app_iter = cls(Meddling()).get_app_iter(create_environ())
        return next(app_iter)

    for reenter in (next, lambda app_iter: app_iter.close()):
        fast = outcome(lambda: program(pair.fast, reenter))  # noqa: B023
        assert fast == outcome(lambda: program(pair.stock, reenter))  # noqa: B023
        assert fast["error"] == ("ValueError", "generator already executing")


def test_closing_errors_and_their_order(pair: Pair) -> None:
    class Bad(Body):
        def close(self) -> None:
            super().close()
            raise OSError("cannot close")

    def fail() -> None:
        raise RuntimeError("callback")

    def program(cls: type[t.Any], bad_body: bool) -> t.Any:
        journal = Journal()
        response = cls((Bad if bad_body else Body)(journal, []))
        response.call_on_close(journal.callback("one"))
        response.call_on_close(fail)
        response.call_on_close(journal.callback("never"))
        app_iter = response.get_app_iter(create_environ())
        return outcome(app_iter.close), journal.entries

    for bad_body in (False, True):
        assert program(pair.fast, bad_body) == program(pair.stock, bad_body)


def test_callbacks_may_register_callbacks(pair: Pair) -> None:
    def program(cls: type[t.Any]) -> list[str]:
        journal = Journal()
        response = cls("x")

        def register() -> None:
            journal("outer")
            response.call_on_close(journal.callback("inner"))

        response.call_on_close(register)
        response.get_app_iter(create_environ()).close()
        return journal.entries

    assert program(pair.fast) == program(pair.stock) == ["outer", "inner"]


@compared
def test_start_response_that_raises(cls: type[t.Any]) -> t.Any:
    journal = Journal()
    response = cls("x")
    response.call_on_close(journal.callback("closed"))

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        raise ConnectionError("gone")

    return outcome(lambda: response(create_environ(), start_response)), (
        journal.entries
    )


def test_odd_attributes(pair: Pair) -> None:
    """State that no constructor would leave behind."""

    def program(cls: type[t.Any], change: t.Callable[[t.Any], None]) -> t.Any:
        response = cls("x")
        change(response)
        return emit(response)

    class Subclass(Headers):
        def __iter__(self) -> cabc.Iterator[tuple[str, str]]:
            yield from super().__iter__()
            yield "X-From-Iter", "1"

    changes: dict[str, t.Callable[[t.Any], None]] = {
        "headers subclass": lambda r: setattr(r, "headers", Subclass({"A": "b"})),
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
        "newline in the list": lambda r: r.headers._list.append(("A", "b\nc")),
        "extra attribute": lambda r: setattr(r, "extra", 1),
        "no callbacks": lambda r: delattr(r, "_on_close"),
        "callbacks tuple": lambda r: setattr(r, "_on_close", ()),
        "no body": lambda r: delattr(r, "response"),
        "body none": lambda r: setattr(r, "response", None),
        "body text": lambda r: setattr(r, "response", "text"),
    }
    for name, change in changes.items():
        fast = outcome(lambda: program(pair.fast, change))  # noqa: B023
        stock = outcome(lambda: program(pair.stock, change))  # noqa: B023
        assert fast == stock, name


class Requests(dict[str, t.Any]):
    """Calls something when it is asked for the method."""

    def __init__(self, change: t.Callable[[], None]) -> None:
        super().__init__(create_environ())
        self.change = change

    def __getitem__(self, name: str) -> t.Any:
        if name == "REQUEST_METHOD":
            self.change()
        return super().__getitem__(name)


class Flag:
    """Calls something when it is asked whether it is true."""

    def __init__(self, change: t.Callable[[], None]) -> None:
        self.change = change

    def __bool__(self) -> bool:
        self.change()
        return False


class Method(Flag):
    """The same when it is compared."""

    def __eq__(self, other: object) -> bool:
        self.change()
        return False


@pytest.mark.parametrize("place", ["environ", "method", "direct_passthrough"])
def test_what_changes_the_response_while_it_is_sent(pair: Pair, place: str) -> None:
    results = []
    for cls in pair:
        response = cls(["body"])
        other = cls("other")

        def change(response: t.Any = response, other: t.Any = other) -> None:
            response.status = "299 Changed"
            response.response = ["changed"]
            response.headers = other.headers

        environ: dict[str, t.Any] = create_environ()
        if place == "environ":
            environ = Requests(change)
        elif place == "method":
            environ["REQUEST_METHOD"] = Method(change)
        else:
            response.direct_passthrough = Flag(change)
        app_iter, status, headers = response.get_wsgi_response(environ)
        results.append((list(app_iter), status, headers))
    assert results[0] == results[1]
    assert results[0][:2] == ([b"changed"], "299 Changed")


def test_iter_encoded_may_change_the_status(pair: Pair) -> None:
    results = []
    for cls in pair:

        class Below(cls):  # type: ignore[misc, valid-type]
            def iter_encoded(self) -> t.Any:
                self.status = "299 Changed"
                return super().iter_encoded()

        results.append(emit(Below("text")))
    assert results[0] == results[1]
    assert results[0]["started"][0][0] == ("str", "'299 Changed'")


# --- what middleware does with the iterator ----------------------------------


def wrapped(close: t.Callable[[], None], events: list[str]) -> t.Callable[[], None]:
    def timed() -> None:
        events.append("closing")
        close()

    return timed


@pytest.mark.parametrize("path", ["/", "/stream", "/missing"])
def test_attributes_of_the_iterator(path: str) -> None:
    def send(extend: bool) -> tuple[list[str], list[bytes], list[str]]:
        app = flask.Flask("app")
        app.add_url_rule("/", "text", lambda: "text")
        app.add_url_rule("/stream", "stream", lambda: (c for c in "ab"))
        if extend:
            fastresp.FastResp(app)
        events: list[str] = []
        application: t.Any = app
        body = application(create_environ(path), lambda *args: events.append(args[0]))
        body.close = wrapped(body.close, events)
        body.started = "now"
        finalizer = weakref.finalize(body, events.append, "gone")
        chunks = list(body)
        body.close()
        errors = []
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with warnings.catch_warnings():
                # Of pickled itertools.
                warnings.simplefilter("ignore", DeprecationWarning)
                with pytest.raises(TypeError) as caught:
                    pickle.dumps(body, protocol)
            errors.append(str(caught.value))
        assert vars(body)["started"] == "now"
        vars(body).pop("close")
        del body
        gc.collect()
        assert not finalizer.alive
        return events, chunks, errors

    assert send(True) == send(False)
