"""Scripts that need a process of their own: for leaks, threads, imports, crashes."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import werkzeug.http
from conftest import not_sanitized
from conftest import SANITIZED

import fastresp

DIRECTORY = Path(__file__).parent
#: Code that is not optimised takes more of the stack, instrumented code most.
STACK = 8 if SANITIZED else 2 if sys.flags.dev_mode else 1
#: What was freed is overwritten there.
WITH_DEBUG_ALLOCATORS = ("pairs_json", "hostile_collector", "replaced_names", "stress")


def skip_unless(condition: bool, reason: str) -> t.Any:
    return pytest.mark.skipif(not condition, reason=reason)


def needs(module: str) -> t.Any:
    return skip_unless(importlib.util.find_spec(module) is not None, f"no {module}")


needs_fork = skip_unless(hasattr(os, "fork"), "needs fork")


def cases() -> t.Iterator[t.Any]:
    """A script, and its arguments separated by bars."""

    def case(script: str, *arguments: str, marks: t.Any = ()) -> t.Iterator[t.Any]:
        for each in arguments or ("",):
            yield pytest.param(script, each, marks=marks)

    yield from case("leaks", "entrances", "hostile objects", "rows", "lines")
    yield from case("leaks", "programs", "classes", "documents", "servers")
    ways = ("dumps", "dumps, UTF-8", "response", "response, UTF-8")
    yield from case("memory_json", *ways, marks=not_sanitized)
    yield from case("stack_json", marks=not_sanitized)
    yield from case("pairs_json")
    yield from case("out_of_memory", marks=[needs_fork, needs("_testcapi")])
    for when in ("before", "after", "subclass", "instance"):
        yield from case("patched", f"{when}|some", marks=needs_fork)
    yield from case("hostile_collector")
    yield from case("replaced_names")
    yield from case("nested_bodies", str(STACK))
    yield from case(
        "signals", marks=skip_unless(hasattr(signal, "setitimer"), "needs timers")
    )
    yield from case("forks", marks=needs_fork)
    # "make long ONLY=threads" runs them for longer.
    yield from case("shared", "0.5|8|python")
    for whose in ("gevent", "eventlet"):
        yield from case("shared", f"0.5|6|{whose}", marks=needs(whose))
    yield from case("stress", "4")
    yield from case("subinterpreters", "main", "sub")
    yield from case("imports")
    yield from case("import_order")
    yield from case("damaged", "core", "json", "http1")
    yield from case("damaged", "gunicorn", marks=needs("gunicorn"))
    current = "HTTP_STATUS_CODES" in vars(werkzeug.http)
    changes = "phrases|redirects|context|classes|entity tags|Content-MD5"
    yield from case(
        "later_versions",
        changes,
        f"{changes}|removals",
        # The one method that is compiled: this ends it.
        f"make_response|{changes}",
        marks=skip_unless(current, "is a later version"),
    )


def run(script: str, directory: Path, *arguments: str) -> None:
    """Run a script from elsewhere, on the package under test.

    It fails with an error, and with a word on ``stderr``: exceptions in
    destructors come up there and nowhere else.
    """
    tests = DIRECTORY.parent
    support = (tests, tests / "support", tests / "differential", tests.parent / "bench")
    paths = map(str, (Path(fastresp.__file__).parents[1], *support))
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    if script in WITH_DEBUG_ALLOCATORS:
        environ["PYTHONMALLOC"] = "debug"
    path = str(DIRECTORY / f"{script}.py")
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", path, *arguments],
        cwd=directory,
        env=environ,
        capture_output=True,
        text=True,
        timeout=1000 if SANITIZED else 200,
    )
    said = result.stdout + result.stderr
    assert (result.returncode, result.stderr) == (0, ""), said


@pytest.mark.skipif(not fastresp.ACCELERATED, reason="needs the compiled modules")
@pytest.mark.parametrize(("script", "arguments"), list(cases()))
def test_script(script: str, arguments: str, tmp_path: Path) -> None:
    run(script, tmp_path, *filter(None, arguments.split("|")))


def test_without_core(tmp_path: Path) -> None:
    run("without_core", tmp_path)
