"""Hostile texts through every entrance of a response, to the bytes.

Each goes into a stock response and into ours, which have to come out alike; then
out of both, where ours may refuse what splits a head; then, without a server that
looks at it, to ``render_head`` and gunicorn's workers. What is rendered has to be
read back as the fields that went in, by parsers that know nothing of fastresp. What
is refused is refused without a word of the value.

A run takes some texts of each corpus for each entrance, all of them by turns;
``FASTRESP_INJECTION_TEXTS`` says how many. ``make long ONLY=injection`` takes all for
all.
"""

from __future__ import annotations

import collections.abc as cabc
import functools
import os
import sys
import types
import typing as t
import warnings

import flask
import pytest
from entrances import create_app
from entrances import Entrance
from entrances import entrances
from entrances import Stage
from entrances import VALUE
from entrances import wsgi_app
from head_reference import Fields
from head_reference import PARSERS
from head_reference import render_head as reference
from injection_corpora import CORPORA
from injection_corpora import SECRET

import fastresp

if not fastresp.ACCELERATED:
    pytest.skip("needs the compiled modules", allow_module_level=True)

from fastresp.http1 import render_head

#: How many texts of a corpus go through an entrance.
EACH = int(os.environ.get("FASTRESP_INJECTION_TEXTS", "6"))


#: Those by which a text comes into a head.
ENTRANCES = entrances("status", "status line", "name", "value")

Sides = list[tuple[type[t.Any], flask.Flask]]


def sides() -> Sides:
    return [(cls, create_app(cls)) for cls in (flask.Response, fastresp.Response)]


# --- what comes of it --------------------------------------------------------


class Emitted(t.NamedTuple):
    status: t.Any
    fields: t.Any


class Outcome(t.NamedTuple):
    #: What was built, and what emission did to it: nothing.
    built: t.Any
    warned: t.Any
    #: By type and text.
    error: tuple[str, str] | None
    emitted: Emitted | None
    refusal: Exception | None


def look(response: t.Any) -> t.Any:
    fields = response.headers._list
    return (
        response._status,
        response._status_code,
        list(fields),
        [tuple(map(type, field)) for field in fields],
    )


def emitted(response: t.Any, environ: dict[str, t.Any]) -> Emitted:
    started: list[Emitted] = []

    def start_response(status: t.Any, fields: t.Any, exc_info: t.Any = None) -> t.Any:
        started.append(Emitted(status, fields))

    try:
        body = response(environ, start_response)
    except Exception:
        assert not started
        raise
    assert b"".join(body).startswith(b"x") or response.status_code != 200
    body.close()
    return started[0]


def run(
    side: tuple[type[t.Any], flask.Flask], entrance: Entrance, texts: list[t.Any]
) -> list[Outcome]:
    """What each text comes to."""
    results = []
    app = side[1]
    with app.test_request_context(), warnings.catch_warnings(record=True) as log:
        warnings.simplefilter("always")
        environ = flask.request.environ
        for text in texts:
            built = error = sent = refusal = None
            log.clear()
            try:
                stage = Stage(*side)
                stage.settle(entrance(stage, text))
                response = stage.response
            except Exception as caught:
                error = type(caught).__name__, str(caught)
            else:
                built = look(response)
                try:
                    sent = emitted(response, environ)
                except Exception as caught:
                    refusal = caught
                assert look(response) == built
            warned = [(each.category, str(each.message)) for each in log]
            results.append(Outcome(built, warned, error, sent, refusal))
    return results


# --- the documented differences ----------------------------------------------


def breaks_line(text: t.Any) -> bool:
    return any(char in text for char in "\r\n\0")


def refusal_of(sent: Emitted) -> str | None:
    """What has to be said of what Werkzeug sends and we do not."""
    if breaks_line(sent.status):
        return "The status must not contain CR, LF or NUL characters."
    for name, value in sent.fields:
        if breaks_line(name):
            return (
                f"The header name {name!r} must not contain CR, LF or NUL characters."
            )
        if breaks_line(value):
            return (
                f"The value of header {name!r} must not contain CR, LF or NUL"
                " characters."
            )
    return None


def tells(error: BaseException, kind: str) -> bool:
    """Whether the value is in what a traceback has of an error, or a log of it,
    or whether it breaks a line there."""
    secret = VALUE if kind == "name" else SECRET
    each: BaseException | None = error
    while each is not None:
        said = str(each) + repr(each)
        if secret in said or not said.isprintable():
            return True
        context = None if each.__suppress_context__ else each.__context__
        each = each.__cause__ or context
    return False


# --- the texts ---------------------------------------------------------------


def chosen(corpus: str, entrance: str) -> list[str]:
    """Some of the texts, others for each entrance, all of them by turns."""
    texts = CORPORA[corpus]()
    if entrance.endswith("cookie domain"):
        # Python's codec takes a second for a long name.
        texts = [text for text in texts if text.isascii() or len(text) < 10_000]
    if entrance.endswith("cookie value"):
        # What Werkzeug forgets to escape is in test_deviations.py.
        forgotten = set(map(chr, range(0x1A, 0x20)))
        texts = [text for text in texts if forgotten.isdisjoint(text)]
    if corpus == "line breaks":
        return texts
    # None is left out: there are at least as many entrances.
    step = max(1, min(-(-len(texts) // EACH), len(ENTRANCES)))
    return texts[list(ENTRANCES).index(entrance) % step :: step]


class Case(t.NamedTuple):
    corpus: str
    text: str
    stock: Outcome
    fast: Outcome


class Cases(t.NamedTuple):
    kind: str
    #: What the entrance makes of a text that harms nobody.
    harmless: Emitted
    each: list[Case]


@pytest.fixture(scope="module", params=ENTRANCES)
def cases(request: pytest.FixtureRequest) -> Cases:
    """All that goes through one entrance, made once for all tests."""
    entrance = ENTRANCES[request.param]
    stock, fast = sides()
    (harmless,) = run(stock, entrance, ["Lax"])
    assert harmless.emitted is not None
    each: list[Case] = []
    for corpus in CORPORA:
        texts = chosen(corpus, request.param)
        expected = run(stock, entrance, texts)
        found = run(fast, entrance, texts)
        each += map(Case, [corpus] * len(texts), texts, expected, found)
    return Cases(request.param.partition(":")[0], harmless.emitted, each)


def emissions(cases: Cases) -> cabc.Iterator[tuple[Case, Emitted]]:
    """What Werkzeug would send, of all that is text."""
    for case in cases.each:
        sent = case.stock.emitted
        if sent is not None:
            yield case, sent


# --- the ways ----------------------------------------------------------------


def test_facade(cases: Cases) -> None:
    """Built as by Werkzeug, or refused with its words, and as it warns."""
    wrong = [
        (corpus, text)
        for corpus, text, stock, fast in cases.each
        if (fast.built, fast.error) != (stock.built, stock.error)
        or fast.warned != stock.warned
    ]
    assert not wrong


def test_emission(cases: Cases) -> None:
    """Sent as by Werkzeug, but for CR, LF and NUL, which are refused."""
    wrong = []
    for corpus, text, stock, fast in cases.each:
        refusal = stock.emitted and refusal_of(stock.emitted)
        if refusal:
            right = (
                fast.emitted is None
                and type(fast.refusal) is ValueError
                and str(fast.refusal) == refusal
                and not tells(fast.refusal, cases.kind)
            )
        else:
            right = fast.emitted == stock.emitted and (
                type(fast.refusal) is type(stock.refusal)
                and str(fast.refusal) == str(stock.refusal)
            )
        if right and fast.emitted is not None:
            right = not adds(cases, fast.emitted)
        if not right:
            wrong.append((corpus, text, refusal, fast.refusal))
    assert not wrong


def adds(cases: Cases, sent: Emitted) -> bool:
    """Whether there is a field that the entrance does not make by itself."""
    expected = [name for name, _ in cases.harmless.fields]
    if len(sent.fields) > len(expected):
        return True
    return cases.kind == "value" and any(n not in expected for n, _ in sent.fields)


def test_render_head(cases: Cases) -> None:
    """What Werkzeug would send, and a server would not look at."""
    wrong = []
    for case, (status, fields) in emissions(cases):
        expected: bytes | None
        try:
            expected = reference(status, fields)
        except ValueError:
            expected = None
        head: bytes | None = None
        try:
            head = render_head(status, fields)
        except ValueError as error:
            right = expected is None and not tells(error, cases.kind)
        else:
            right = head == expected and is_read_back(head, status, fields)
        if not right:
            wrong.append((case.corpus, case.text, head))
    assert not wrong


def plain(fields: t.Iterable[tuple[str, str]]) -> Fields:
    """As they are read: without case and white space that mean nothing."""
    return [
        (name.lower(), value.lower() if name.lower() == "transfer-encoding" else value)
        for name, value in ((name, value.strip(" \t")) for name, value in fields)
    ]


#: http.client reads no longer lines.
LINE_MAX = 1 << 16


@functools.lru_cache(10_000)
def read(head: bytes) -> list[t.Any]:
    """What independent parsers read: code, reason, fields."""
    results = []
    for name, parse in PARSERS.items():
        if name == "http.client" and max(map(len, head.split(b"\r\n"))) > LINE_MAX - 2:
            continue
        found = parse(head, None)
        results.append((found.code, found.reason.strip(), plain(found.fields)))
    return results


def is_read_back(head: bytes, status: str, fields: Fields) -> bool:
    code, _, reason = status.partition(" ")
    # http.client takes for white space what is none in HTTP.
    expected = int(code), reason.strip(), plain(fields)
    return all(found == expected for found in read(head))


# --- gunicorn ----------------------------------------------------------------


@functools.cache
def parsed_request() -> t.Any:
    from gunicorn.config import Config
    from gunicorn.http.parser import RequestParser

    request = iter([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    return next(RequestParser(Config(), request, ("127.0.0.1", 1)))


def through_worker(status: t.Any, fields: t.Any) -> tuple[bytes, Exception | None]:
    """The bytes that a worker sends, and its error."""
    from gunicorn.http import wsgi

    from fastresp._compiled.gunicorn import with_writer

    request = parsed_request()
    sent: list[bytes] = []
    sock: t.Any = types.SimpleNamespace(sendall=sent.append)
    create = with_writer(wsgi.create)
    response, _ = create(request, sock, "a", "b", request.cfg)
    try:
        wsgi_app(status, fields)({}, response.start_response)
        response.write(b"x")
        response.close()
    except Exception as error:
        return b"".join(sent), error
    return b"".join(sent), None


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run there")
def test_gunicorn(cases: Cases) -> None:
    """The same, through the writer of gunicorn's workers."""
    from gunicorn.util import is_hoppish

    wrong = []
    for case, (status, fields) in emissions(cases):
        sent, error = through_worker(status, fields)
        if error is not None:
            right = not sent and not tells(error, cases.kind)
        else:
            head = sent[: sent.index(b"\r\n\r\n") + 4]
            own = ["server", "date", "connection"]
            if "content-length" not in [name.lower() for name, _ in fields]:
                own.append("transfer-encoding")
            ours = [field for field in fields if not is_hoppish(field[0])]
            code = int(status[:3])
            if code < 200 or code in (204, 304):
                ours = [f for f in ours if f[0].lower() != "content-length"]
                own = own[:3]
            right = bool(read(head))
            for found_code, _, found in read(head):
                names = [name for name, _ in found[: len(own)]]
                right = right and found_code == code and names == own
                right = right and found[len(own) :] == plain(ours)
        if not right:
            wrong.append((case.corpus, case.text, sent, error))
    assert not wrong
