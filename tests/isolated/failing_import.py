"""Wherever memory runs out while fastresp is imported and an app prepared, there is
a MemoryError or all works, and it works the next time.

Argument: how many places are tried at most, 0 for all of them.
"""

from __future__ import annotations

import collections.abc as cabc
import re
import sys
import typing as t

import failing
import flask
from werkzeug.exceptions import NotFound
from werkzeug.test import create_environ

GET = create_environ()
#: What CPython's compiler says when it has no memory.
COMPILER = re.compile("Exception ignored on removing the last compiler stack item")

Answers = list[tuple[str, list[tuple[str, str]], bytes]]


def chunks() -> cabc.Iterator[str]:
    yield "one"
    yield "zwei: ä"


def values() -> list[t.Any]:
    return [
        "text",
        ("täxt", 404, {"X-A": "1"}),
        {"a": [1, 2.5, None], "b": "ä"},
        chunks(),
        NotFound("<gone>"),
    ]


def program(app: flask.Flask) -> Answers:
    import fastresp

    fastresp.FastResp(app)
    answers: Answers = []

    def start_response(*args: t.Any) -> cabc.Callable[[bytes], object]:
        started.append(args)
        return lambda data: None

    for value in (*values(), app.redirect("/there")):
        started: list[t.Any] = []
        response = app.make_response(value)
        response.set_cookie("key", "va;lue", samesite="lax")
        response.vary.add("Cookie")
        app_iter = response(GET, start_response)
        body = b"".join(app_iter)
        t.cast(t.Any, app_iter).close()
        answers.append((*started[0], body))
    return answers


def outcome(app: flask.Flask) -> object:
    try:
        return program(app)
    except Exception as error:
        return error


#: What CPython and Cython say then. The first is its locks, the second its compiler;
#: the others are the imports of what one compiled module has of another.
WORDS = re.compile(
    "can't allocate |<built-in function compile> "
    "|.* does not export expected C |PyCapsule_Import could not "
)


def is_for_memory(found: object) -> bool:
    """Whether it is a way to say so, or CPython has lost it."""
    if isinstance(found, SystemError) and failing.is_lost(
        str(found), failing.innermost(found)
    ):
        return True
    return isinstance(found, (MemoryError, SyntaxError)) or (
        isinstance(found, (ImportError, RuntimeError, SystemError))
        and WORDS.match(str(found)) is not None
    )


#: Where CPython dies by itself: in its compiler, and where Werkzeug walks the items
#: of a dict.
ITS_CRASHES = ("in source_to_code", "in iter_multi_items")


def check(start: int, length: int) -> list[str]:
    """What is wrong."""
    apps = [flask.Flask("app") for _ in range(2)]
    failures = []
    with apps[0].test_request_context(), apps[1].test_request_context():
        failing.fail(start, start + length)
        try:
            found = outcome(apps[0])
        finally:
            failing.mend()
        if not is_for_memory(found) and found != EXPECTED:
            failures.append(f"{start}, {length}: {found!r}")
        found = outcome(apps[1])
        if found != EXPECTED:
            failures.append(f"{start}, {length}, then: {found!r}")
    import fastresp

    counts = fastresp.fast_path_counts()
    if not fastresp.ACCELERATED or counts["emitted"] < len(EXPECTED):
        failures.append(f"{start}, {length}: left to Werkzeug: {counts}")
    return failures


def count() -> list[int]:
    app = flask.Flask("app")
    with app.test_request_context():
        return [failing.allocations(lambda: program(app))]


def expect() -> Answers:
    app = flask.Flask("app")
    with app.test_request_context():
        # What Werkzeug and Flask import by the way is not ours.
        program(app)
        return program(app)


# Sources are compiled once, and not while there is no memory: CPython may die of that.
sys.dont_write_bytecode = False
EXPECTED: Answers = failing.in_a_child(expect).values


def main(most: str) -> None:
    failures: list[str] = []
    crashes: list[str] = []
    (total,) = failing.in_a_child(count).values
    starts = failing.places(total, int(most))
    for start in starts:
        for length in failing.LENGTHS:
            report = failing.in_a_child(lambda s=start, n=length: check(s, n))  # type: ignore[misc]
            if report.frame and any(where in report.said for where in ITS_CRASHES):
                continue
            if "is not one this fastresp knows" in report.said:
                # Werkzeug's own answers were other ones, when it was asked for them.
                continue
            if report.frame:
                crashes.append(f"{start}, {length}: {report.frame}")
                continue
            failures += report.values
            ignored = set(failing.IGNORED.findall(report.said))
            # Generators that are closed while there is no memory.
            if (
                report.said
                and not COMPILER.match(report.said)
                and ignored != {"generator"}
            ):
                failures.append(f"{start}, {length}: {report.said}")
    print(f"{len(starts)} of {total} places, {len(crashes)} crashes")
    if failures or crashes:
        print("\n".join((failures + crashes)[:60]))
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
