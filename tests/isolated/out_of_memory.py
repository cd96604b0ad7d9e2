"""Memory that runs out in fastresp's own allocations raises ``MemoryError``.

Each operation is tried in a process of its own with its first allocation failing,
then with its second, and so on. It may raise ``MemoryError``, or give the right
result where an allocation could be done without; the same operation right after it
gives the right result. Where CPython by itself crashes or loses the exception, which
it does in its own functions when there is no memory, nothing is said of fastresp:
the operations are such as call little else.
"""

from __future__ import annotations

import collections.abc as cabc
import faulthandler
import importlib
import os
import sys
import traceback
import typing as t

import flask

import fastresp
from fastresp import wrappers
from fastresp.http1 import chunk_head
from fastresp.http1 import render_head

testcapi = importlib.import_module("_testcapi")
fail: cabc.Callable[[int, int], None] = testcapi.set_nomemory
mend: cabc.Callable[[], None] = testcapi.remove_mem_hooks

#: How many allocations of each operation fail, one after another.
PLACES = int(sys.argv[1]) if len(sys.argv) > 1 else 40

app = flask.Flask("app")
fastresp.FastResp(app)

FIVE = {f"X-{at}": f"value {at}" for at in range(5)}
HUNDRED = [(f"X-{at}", f"value {at}") for at in range(100)]
DOCUMENT = [{"id": at, "name": f"näme {at}", "score": at / 3} for at in range(50)]
BIG = "ä" * 1_000_000
STATUS = "200 OK"
SIZE = 1 << 40


def state(response: t.Any) -> tuple[t.Any, ...]:
    return response.status, list(response.headers), response.response


def cookies() -> t.Any:
    # Flask's class looks for the app.
    response = wrappers.Response("text")
    response.set_cookie("key", "välue", path="/path", httponly=True)
    return response


OPERATIONS: dict[str, tuple[cabc.Callable[[], t.Any], cabc.Callable[[t.Any], t.Any]]]
OPERATIONS = {
    "str": (lambda: app.make_response("text"), state),
    "tuple": (lambda: app.make_response(("text", 201, FIVE)), state),
    "cookies": (cookies, state),
    "JSON": (lambda: app.json.dumps(DOCUMENT), str),
    "head": (lambda: render_head(STATUS, HUNDRED), bytes),
    "chunk": (lambda: chunk_head(SIZE), bytes),
    "big body": (lambda: app.make_response(BIG), state),
}


def attempt(name: str, place: int) -> None:
    """Fail one allocation, in a process that ends."""
    operation, look = OPERATIONS[name]
    wanted = look(operation())
    result = failure = None
    fail(place, place + 1)
    try:
        result = operation()
    except MemoryError as error:
        failure = error
    finally:
        mend()
    if failure is None:
        assert look(result) == wanted
    assert look(operation()) == wanted
    os._exit(3 if failure is not None else 0)


def main() -> None:
    for name in OPERATIONS:
        raised = 0
        for place in range(PLACES):
            pid = os.fork()
            if pid == 0:
                faulthandler.enable()
                try:
                    attempt(name, place)
                except BaseException:
                    traceback.print_exc()
                os._exit(1)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            assert code in (0, 3), f"{name}: allocation {place} ended with {code}"
            raised += code == 3
        assert raised > 0, f"{name}: no allocation failed"
        if "--count" in sys.argv:
            print(name, raised)


main()
