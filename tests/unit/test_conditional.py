"""Conditional and partial answers, and the overrides that take part in them."""

from __future__ import annotations

import functools
import typing as t

import pytest
import werkzeug.exceptions
from conftest import compared
from conftest import counted
from conftest import Pair
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from parity import state
from response_programs import BODIES
from response_programs import environ
from response_programs import run
from werkzeug.wrappers import Request

import fastresp

pytestmark = pytest.mark.usefixtures("frozen_date")

each_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)


DATES = ("Thu, 01 Jan 1970 00:00:05 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "odd", "")
TAGS = (
    *(
        '"tag"',
        'W/"tag"',
        '"other"',
        '"ta"',
        '"tagged"',
        '"a", "tag"',
        'W/"a", W/"tag"',
    ),
    *("*", "tag", "", '"'),
)
RESPONSES = (
    "pass",
    "r.set_etag('tag')",
    "r.set_etag('tag', True)",
    "r.headers['ETag'] = 'tag'",
    "r.headers._list.append(['ETag', '\"tag\"']); r.add_etag()",
    "r.headers.mine = 'own'; r.set_etag('tag')",
    "r.last_modified = 5",
    "r.last_modified = 0; r.set_etag('tag')",
    "r.headers['Last-Modified'] = 'odd'",
    "r.headers['date'] = 'mine'; r.add_etag()",
    "r.status = '299 Odd'; r.set_etag('tag')",
    "r.status = 404; r.set_etag('tag'); r.headers['Expires'] = 'x'; r.vary.add('a')",
    "r.content_length = 3; r.set_etag('tag'); r.content_language = 'de'",
    "r.automatically_set_content_length = False; r.headers.clear()",
    "r.implicit_sequence_conversion = False; r.headers.clear()",
    "r.direct_passthrough = True; r.headers.clear(); r.set_etag('tag')",
    "r.response = ['a', 5]; r.headers.clear()",
)
REQUESTS: list[dict[str, str]] = [
    {},
    *({name: tag} for name in ("if_none_match", "if_match") for tag in TAGS),
    *({"if_modified_since": date} for date in DATES),
    *({"if_unmodified_since": date} for date in DATES),
    {"if_none_match": '"other"', "if_modified_since": DATES[0]},
    {"if_none_match": '"tag"', "if_match": '"tag"'},
    {"if_match": '"other"', "if_modified_since": DATES[1]},
    {"range": "bytes=2-5"},
    {"range": "bytes=2-5", "if_range": '"tag"'},
    {"range": "bytes=2-5", "if_range": DATES[1]},
    {"range": "bytes=2-5", "if_none_match": '"tag"'},
    {"range": "bytes=20-"},
    {"range": "bytes=1-2,4-5"},
]
#: With any of these, Werkzeug does it.
FORMS: list[tuple[t.Any, ...]] = [(), (True, 10), (False, 10), ("", 10), (True, "10")]


def conditional(
    pair: Pair,
    body: t.Callable[[Journal], t.Any],
    prepare: str,
    request: t.Any,
    form: tuple[t.Any, ...],
) -> None:
    def program(cls: type[t.Any]) -> t.Any:
        journal = Journal()
        response = cls(body(journal))
        prepared = run(prepare, response)

        def make_conditional() -> t.Any:
            try:
                return response.make_conditional(request, *form) is response
            except werkzeug.exceptions.HTTPException as error:
                return emit(cls.force_type(error.get_response()))

        result = outcome(make_conditional)
        return prepared, result, state(response), emit(response), journal.entries

    assert program(pair.fast) == program(pair.stock), (prepare, request, form)


@pytest.mark.parametrize("prepare", RESPONSES)
def test_make_conditional(pair: Pair, prepare: str) -> None:
    for headers in REQUESTS:
        conditional(pair, BODIES["text"], prepare, environ(**headers), ())
        conditional(pair, BODIES["list"], prepare, environ(**headers), (True, 10))
    for form in FORMS:
        for headers in REQUESTS[-6:]:
            conditional(pair, BODIES["generator"], prepare, environ(**headers), form)


@each_body
def test_make_conditional_by_method_and_request(
    pair: Pair, body: t.Callable[[Journal], t.Any]
) -> None:
    headers = {"if_none_match": '"tag"', "range": "bytes=2-5"}
    requests: list[t.Any] = [
        *(environ(method, **headers) for method in ("HEAD", "POST", "PUT", "get", "")),
        Request(environ(**headers)),
        Request(environ("POST")),
        {"REQUEST_METHOD": "GET"},
        {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": None},
        {},
        None,
        5,
    ]
    for prepare in RESPONSES:
        for request in requests:
            for form in FORMS[:2]:
                conditional(pair, body, prepare, request, form)


@pytest.mark.skipif(
    fastresp.describe()["conditional"] != "compiled", reason="not compiled"
)
def test_the_fast_path_is_in_use(pair: Pair) -> None:
    for headers in ({}, {"if_none_match": '"tag"'}, {"if_none_match": '"other"'}):
        response = pair.fast("text", headers={"ETag": '"tag"'})
        before = counted("delegated")
        response.make_conditional(environ(**headers))
        assert counted("delegated") == before
        assert response.headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
        assert response.status_code == (304 if '"tag"' in headers.values() else 200)
    response = pair.fast("text")
    response.add_etag()
    assert counted("delegated") == before


# --- overrides -----------------------------------------------------------------------

# Patches of what the methods look up are in tests/isolated/patched.py.

METHODS = (
    *("get_data", "set_data", "get_etag", "set_etag", "add_etag", "freeze"),
    *("calculate_content_length", "iter_encoded", "_ensure_sequence", "make_sequence"),
    *("make_conditional", "_process_range_request", "_is_range_request_processable"),
    *("_wrap_range_response", "call_on_close", "_clean_status", "close"),
)
PROPERTIES = (
    *("is_sequence", "is_streamed", "status", "status_code", "content_length"),
    *("accept_ranges", "content_range", "content_type", "mimetype", "vary", "data"),
)
USES = (
    "r.add_etag(); r.get_etag(); r.add_etag(True); r.freeze()",
    "r.make_conditional(environ(if_none_match='\"tag\"'))",
    "r.set_etag('tag'); r.make_conditional(environ(if_none_match='\"tag\"'))",
    "r.headers.clear(); r.make_conditional(environ(range='bytes=2-5'), True, 10)",
)


def in_use(
    cls: type[t.Any],
    change: t.Callable[[t.Any, Journal], None] = lambda response, journal: None,
) -> t.Any:
    results: list[t.Any] = []
    for name in ("text", "tuple", "generator", "closing"):
        for code in USES:
            journal = Journal()
            response = cls(BODIES[name](journal))
            journal.entries.clear()
            change(response, journal)
            results.append((run(code, response), journal.entries))
            journal("emit")
            results.append(outcome(lambda: emit(response)["started"]))  # noqa: B023
    return results


@pytest.mark.parametrize("name", (*METHODS, *PROPERTIES))
@pytest.mark.parametrize("how", ("instance", "subclass", "patch"))
@compared
def test_methods(
    cls: type[t.Any], name: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> t.Any:
    journal = Journal()
    owner = next(base for base in cls.__mro__ if name in vars(base))
    following = vars(owner)[name]

    def noting(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        journal((name, describe(args), describe(kwargs)))
        return following(self, *args, **kwargs)

    def get(self: t.Any) -> t.Any:
        journal(("get", name))
        return following.__get__(self, type(self))

    def set_(self: t.Any, value: t.Any) -> None:
        journal(("set", name, describe(value)))
        following.__set__(self, value)

    def on_instance(response: t.Any, _: Journal) -> None:
        vars(response)[name] = functools.partial(noting, response)

    value = noting if name in METHODS else property(get, set_)
    if how == "instance":
        # Those of properties are not looked at.
        results = in_use(cls, on_instance)
    elif how == "subclass":
        results = in_use(type("Response", (cls,), {name: value}))
    else:
        with monkeypatch.context() as patches:
            patches.setattr(owner, name, value)
            results = in_use(cls)
    return results, journal.entries
