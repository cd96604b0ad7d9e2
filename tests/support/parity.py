"""Running one program on two implementations and describing what came of it.

A description is made of plain values, so that two are compared with ``==`` and
a difference reads well in an assertion.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import functools
import re
import types
import typing as t
import warnings

from werkzeug.test import create_environ


class Described(dict[str, t.Any]):
    """What came of a program; a plain dict with a name for tracebacks."""


PLAIN_TYPES = frozenset((str, bytes, int, bool, type(None)))


def describe(value: t.Any) -> t.Any:
    """A value with its type: ``True`` is not 1, a str subclass is no str.
    Without addresses."""
    kind = type(value)
    if kind in PLAIN_TYPES:
        return kind.__name__, repr(value)
    if kind is tuple and len(value) == 2:
        # Most are header fields.
        name, content = value
        if type(name) is str and type(content) is str:
            return ("str", repr(name)), ("str", repr(content))
    if isinstance(value, tuple):
        return tuple([describe(item) for item in value])
    if isinstance(value, list):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {key: describe(item) for key, item in value.items()}
    if isinstance(value, memoryview):
        return type(value).__name__, repr(bytes(value))
    return type(value).__name__, unaddressed(repr(value))


def unaddressed(text: str) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", text) if " at 0x" in text else text


def told(error: BaseException) -> str:
    """What an exception says. From 3.15 on, it may name a class in full; that of
    headers is ours."""
    return unaddressed(str(error)).replace(
        "fastresp._compiled.core.Headers", "werkzeug.datastructures.headers.Headers"
    )


@functools.cache
def compiled(code: str) -> types.CodeType:
    """An expression or a statement, for ``eval``."""
    try:
        return compile(code, "<program>", "eval")
    except SyntaxError:
        return compile(code, "<program>", "exec")


def outcome(program: cabc.Callable[[], t.Any]) -> Described:
    """The program's value, or its exception by type and text, with the
    warnings it gave and the line each one points at."""
    with catching() as caught:
        return outcome_among(caught, program)


@contextlib.contextmanager
def catching() -> cabc.Iterator[list[warnings.WarningMessage]]:
    """Every warning, where it comes from."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def outcome_among(
    caught: list[warnings.WarningMessage], program: cabc.Callable[[], t.Any]
) -> Described:
    """Where warnings are caught already."""
    result = Described()
    before = len(caught)
    try:
        result["value"] = program()
    except Exception as error:
        result["error"] = type(error).__name__, told(error)
    result["warnings"] = [
        (item.category.__name__, str(item.message), item.filename, item.lineno)
        for item in caught[before:]
    ]
    return result


#: Ours, and what they stand for.
BODY_TYPES = {
    "ApplicationIterator": "ClosingIterator",
    "BufferedBody": "ClosingIterator",
}


def state(response: t.Any) -> Described:
    """A response's attributes, in order."""
    attributes = dict(vars(response))
    headers = attributes.pop("headers")
    return Described(
        names=list(vars(response)),
        headers_type=type(headers).__name__,
        headers=describe(headers._list),
        attributes={
            name: describe(value)
            for name, value in attributes.items()
            if name != "response"
        },
        body_type=BODY_TYPES.get(
            type(attributes["response"]).__name__, type(attributes["response"]).__name__
        ),
        body=describe(attributes["response"])
        if isinstance(attributes["response"], (list, tuple))
        else None,
    )


def send(app: t.Any, environ: dict[str, t.Any], result: Described) -> None:
    """What a server does: status, headers and chunks go into the result."""
    result.update(started=[], chunks=[])

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: t.Any = None
    ) -> t.Callable[[bytes], None]:
        assert type(headers) is list
        result["started"].append((describe(status), describe(headers)))
        return lambda chunk: result["chunks"].append(describe(chunk))

    app_iter = app(environ, start_response)
    try:
        for chunk in app_iter:
            result["chunks"].append(describe(chunk))
    finally:
        if hasattr(app_iter, "close"):
            app_iter.close()


def emit(response: t.Any, method: str = "GET", **environ: t.Any) -> Described:
    """A response as it is sent, and after that."""
    result = Described()
    try:
        send(response, {**create_environ(method=method), **environ}, result)
    except Exception as error:
        result["error"] = type(error).__name__, told(error)
    # Emission leaves the response as it was.
    result["state"] = state(response)
    return result


class Journal:
    """Who did what in which order."""

    def __init__(self) -> None:
        self.entries: list[t.Any] = []

    def __call__(self, entry: t.Any) -> None:
        self.entries.append(entry)

    def callback(self, entry: str) -> cabc.Callable[[], None]:
        return lambda: self(entry)


def exchange(app: t.Any, path: str = "/", method: str = "GET", **env: t.Any) -> t.Any:
    """A request to a WSGI application, with the error and the warnings of any of it.
    ``environ`` is added to the request's."""
    result = Described()
    environ = {**create_environ(path, method=method), **env}
    result["end"] = outcome(lambda: send(app, environ, result))
    return result


def compare_apps(
    apps: cabc.Callable[[], list[t.Any]],
    setup: t.Callable[[t.Any, Journal], None],
    requests: cabc.Iterable[tuple[t.Any, ...] | str],
    **environ: t.Any,
) -> None:
    """The same requests to a stock app and others that are set up like it."""
    results = []
    requests = list(requests)
    for app in apps():
        journal = Journal()
        app.logger.disabled = True
        setup(app, journal)
        answers = {}
        for request in requests:
            arguments = (request,) if isinstance(request, str) else request
            answers[request] = exchange(app, *arguments, **environ)
        results.append((answers, journal.entries))
    for answers, entries in results[1:]:
        for request in requests:
            assert answers[request] == results[0][0][request], request
        assert entries == results[0][1]
