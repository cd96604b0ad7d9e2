"""Bodies of every kind on their way out, step by step: what is asked of them and
when, what comes out, and how they end."""

from __future__ import annotations

import gc
import io
import pathlib
import typing as t

import flask
import pytest
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
from parity import state
from werkzeug.test import create_environ
from werkzeug.wsgi import FileWrapper


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


# --- response.stream, ranges ---------------------------------------------------------


STREAM: list[t.Callable[[t.Any], t.Any]] = [
    lambda r: r.stream.write(b"bytes"),
    lambda r: (r.stream.write("ü"), r.stream.tell()),
    lambda r: (r.stream.write(b""), r.stream.write(bytearray(b"x")), r.stream.tell()),
    lambda r: r.stream.write(5),
    lambda r: r.stream.write(None),
    lambda r: r.stream.writelines([b"a", "b"]),
    lambda r: r.stream.writelines(generated(Journal(), [b"a", ERROR])),
    lambda r: r.stream.writelines("ab"),
    lambda r: (r.stream.close(), r.stream.closed, r.stream.write(b"x")),
    lambda r: (r.stream.close(), r.stream.flush()),
    lambda r: (r.stream.flush(), r.stream.isatty(), r.stream.encoding, r.stream.mode),
    lambda r: (r.stream is r.stream, r.stream.response is r),
    lambda r: (r.__setattr__("content_length", 3), r.stream.write(b"x")),
    lambda r: (r.stream.tell(), r.get_data(), r.stream.write(b"x"), r.get_data()),
    lambda r: (
        r.__setattr__("implicit_sequence_conversion", False),
        r.stream.write(b"x"),
    ),
    lambda r: (r.__setattr__("direct_passthrough", True), r.stream.tell()),
    lambda r: print("x", end="", file=r.stream),
]


@pytest.mark.parametrize("kind", ("list", "tuple", "generator", "closing", "text"))
@pytest.mark.parametrize("use", STREAM)
@compared
def test_response_stream(
    cls: type[t.Any], use: t.Callable[[t.Any], t.Any], kind: str
) -> t.Any:
    journal = Journal()
    body = "text" if kind == "text" else KINDS[kind](journal, ["ä", b"b"])
    response = cls(body)
    result = outcome(lambda: use(response))
    vars(response).pop("stream", None)
    return result, state(response), emit(response), journal.entries


RANGES = (
    *("bytes=0-", "bytes=0-0", "bytes=3-6", "bytes=-4", "bytes=9-", "bytes=4-99"),
    *("bytes=10-", "bytes=5-2", "bytes=", "items=0-1", "bytes=0-1,3-4", "x"),
)
RANGED: dict[str, t.Callable[[Journal], t.Any]] = {
    "text": lambda journal: "0123456789",
    "list": lambda journal: [b"012", b"345", b"", b"6789"],
    "tuple of text": lambda journal: ("012", "3456789"),
    "generator": lambda journal: generated(journal, [b"012", b"34567", b"89"]),
    "short": lambda journal: generated(journal, [b"01"]),
    "failing": lambda journal: generated(journal, [b"012", ERROR]),
    "closing": lambda journal: Closing(journal, [b"0", b"12345678", b"9"]),
    "file": lambda journal: io.BytesIO(b"0123456789"),
    "wrapped": lambda journal: FileWrapper(io.BytesIO(b"0123456789"), 4),
}


@pytest.mark.usefixtures("frozen_date")
@pytest.mark.parametrize("body", RANGED.values(), ids=RANGED)
@pytest.mark.parametrize("passthrough", (False, True))
@pytest.mark.parametrize("method", ("GET", "HEAD"))
@pytest.mark.parametrize("course", ("nc", "wcc"))
@compared
def test_ranges(
    cls: type[t.Any],
    body: t.Callable[[Journal], t.Any],
    passthrough: bool,
    method: str,
    course: str,
) -> t.Any:
    def program(value: str) -> t.Any:
        journal = Journal()
        environ = create_environ(headers={"Range": value}, method=method)
        response = cls(body(journal), direct_passthrough=passthrough)
        response.make_conditional(environ, True, 10)
        seen = response.is_sequence, response.is_streamed, describe(response.status)
        return seen, walked(journal, response, course, method)

    return {value: outcome(lambda: program(value)) for value in RANGES}  # noqa: B023


# --- through an app --------------------------------------------------------------


@pytest.mark.usefixtures("frozen_date")
def test_views(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"0123456789" * 2000)

    def setup(app: flask.Flask, journal: Journal) -> None:
        def with_context() -> t.Any:
            def body() -> t.Any:
                yield flask.request.path
                yield from generated(journal, ["a", b"b"])

            return flask.stream_with_context(body())

        def counted() -> t.Any:
            return app.response_class(
                generated(journal, [b"0" * 10, b"1" * 10]), headers={"X": "1"}
            ).make_conditional(flask.request, True, 20)

        views: dict[str, t.Callable[[], t.Any]] = {
            "/generator": lambda: generated(journal, ["a", b"b"]),
            "/failing": lambda: generated(journal, ["a", ERROR]),
            "/neither": lambda: generated(journal, [5, None]),
            "/closing": lambda: Closing(journal, ["a", "b"]),
            "/204": lambda: (generated(journal, ["a"]), 204),
            "/context": with_context,
            "/counted": counted,
            "/sent": lambda: flask.send_file(path, max_age=None),
            "/memory": lambda: flask.send_file(io.BytesIO(b"12345"), "text/x"),
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

    rules = (
        *("/generator", "/failing", "/neither", "/closing", "/204", "/context"),
        *("/counted", "/sent", "/memory"),
    )
    for method in ("GET", "HEAD"):
        compare_apps(apps, setup, [(rule, method) for rule in rules])
        for value in ("bytes=3-12", "bytes=-1", "bytes=99999-"):
            requests = [(rule, method) for rule in rules[-3:]]
            compare_apps(apps, setup, requests, HTTP_RANGE=value)
