"""Scripts that need a process of their own: for leaks, threads, imports, crashes."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import werkzeug.http
from conftest import not_sanitized
from conftest import SANITIZED

import fastresp

DIRECTORY = Path(__file__).parent

needs_core = pytest.mark.skipif(
    not fastresp.ACCELERATED, reason="needs the compiled modules"
)


def run(script: str, directory: Path, *args: str, **environ: str) -> None:
    """Runs a script from elsewhere, on the package under test.

    It fails with an error, and with a word on ``stderr``: exceptions in
    destructors come up there and nowhere else.
    """
    tests = DIRECTORY.parent
    paths = (
        Path(fastresp.__file__).parents[1],
        tests / "support",
        tests.parent / "bench",
    )
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(DIRECTORY / script), *args],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), **environ},
        capture_output=True,
        text=True,
        timeout=1000 if SANITIZED else 200,
    )
    said = result.stdout + result.stderr
    assert (result.returncode, result.stderr) == (0, ""), said


@needs_core
@pytest.mark.parametrize(
    "section",
    [
        *("entrances", "responses", "lines", "emission", "hooks", "documents"),
        "servers",
    ],
)
def test_nothing_leaks(section: str, tmp_path: Path) -> None:
    run("leaks.py", tmp_path, section)


@needs_core
@not_sanitized
@pytest.mark.parametrize(
    "way", ["dumps", "dumps, UTF-8", "response", "response, UTF-8"]
)
def test_memory_while_encoding(way: str, tmp_path: Path) -> None:
    run("memory_json.py", tmp_path, way)


@needs_core
@not_sanitized
def test_stack_of_nested_json(tmp_path: Path) -> None:
    run("stack_json.py", tmp_path)


@needs_core
def test_pairs_of_sorted_dicts(tmp_path: Path) -> None:
    run("pairs_json.py", tmp_path, PYTHONMALLOC="debug")


needs_failing_memory = pytest.mark.skipif(
    not hasattr(os, "fork") or importlib.util.find_spec("_testcapi") is None,
    reason="needs fork() and CPython's _testcapi",
)


@needs_core
@needs_failing_memory
def test_out_of_memory(tmp_path: Path) -> None:
    run("out_of_memory.py", tmp_path)


@needs_core
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("when", ["before", "after", "subclass", "instance"])
def test_patches(when: str, tmp_path: Path) -> None:
    run("patched.py", tmp_path, when, "some")


@needs_core
def test_what_changes_while_it_is_read(tmp_path: Path) -> None:
    run("shared.py", tmp_path, "0.5", "8")


@needs_core
def test_hostile_collections(tmp_path: Path) -> None:
    # What was freed is overwritten.
    run("hostile_collector.py", tmp_path, PYTHONMALLOC="debug")


@needs_core
def test_names_replaced_while_they_are_looked_up(tmp_path: Path) -> None:
    run("replaced_names.py", tmp_path, PYTHONMALLOC="debug")


@needs_core
def test_nested_bodies(tmp_path: Path) -> None:
    # Code that is not optimised takes more of the stack, instrumented code most.
    factor = 8 if SANITIZED else 2 if sys.flags.dev_mode else 1
    run("nested_bodies.py", tmp_path, str(factor))


@needs_core
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers")
def test_signals(tmp_path: Path) -> None:
    run("signals.py", tmp_path)


@needs_core
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forks(tmp_path: Path) -> None:
    run("forks.py", tmp_path)


@needs_core
@pytest.mark.parametrize("whose", ["python", "gevent", "eventlet"])
def test_threads(whose: str, tmp_path: Path) -> None:
    if whose != "python" and importlib.util.find_spec(whose) is None:
        pytest.skip(f"no {whose}")
    # "make long ONLY=threads" runs it for longer.
    run("threads.py", tmp_path, "0.5", "6", whose)


@needs_core
def test_stress(tmp_path: Path) -> None:
    # What was freed is overwritten.
    run("stress.py", tmp_path, "4", PYTHONMALLOC="debug")


@needs_core
@pytest.mark.parametrize("first", ["main", "sub"])
def test_subinterpreters(first: str, tmp_path: Path) -> None:
    run("subinterpreters.py", tmp_path, first)


@needs_core
def test_imports_of_its_own_alone(tmp_path: Path) -> None:
    run("imports.py", tmp_path)


@needs_core
def test_import_order_and_reload(tmp_path: Path) -> None:
    run("import_order.py", tmp_path)


@needs_core
@pytest.mark.parametrize("name", ["core", "json", "http1", "gunicorn"])
def test_damaged_modules(name: str, tmp_path: Path) -> None:
    if name == "gunicorn":
        pytest.importorskip("gunicorn")
    run("damaged.py", tmp_path, name)


@needs_core
@pytest.mark.skipif(
    "HTTP_STATUS_CODES" not in vars(werkzeug.http), reason="is a later version"
)
@pytest.mark.parametrize(
    "change",
    [
        *("phrases", "redirects", "context", "make_response", "classes"),
        *("entity tags", "Content-MD5", "removals", "all"),
    ],
)
def test_later_versions(change: str, tmp_path: Path) -> None:
    run("later_versions.py", tmp_path, change)


def test_without_core(tmp_path: Path) -> None:
    run("without_core.py", tmp_path)
