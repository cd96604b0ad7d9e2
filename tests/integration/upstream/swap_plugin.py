"""Puts fastresp in the place of Flask and of its response class, and writes
down what every WSGI call answers, in a process that runs someone else's tests.

run.py has pytest load this module before anything else (``-p swap_plugin``),
and puts it at the head of the servers that Werkzeug's suite starts. It takes
the mode and the directory for its report from the environment.

No method of a response class is replaced in order to record: fastresp would
leave such a class to Werkzeug. What is wrapped is who calls a response.
"""

from __future__ import annotations

import ast
import builtins
import collections
import collections.abc as cabc
import contextlib
import functools
import importlib
import json
import os
import pkgutil
import re
import sys
import time
import typing as t
from pathlib import Path

import flask
import werkzeug.datastructures
import werkzeug.exceptions
import werkzeug.serving
import werkzeug.test
import werkzeug.wrappers
from outcomes import outcomes
from outcomes import pytest_collectreport as pytest_collectreport
from outcomes import pytest_runtest_logreport as pytest_runtest_logreport

import fastresp.wrappers

if t.TYPE_CHECKING:
    import pytest

MODE = os.environ["FASTRESP_UPSTREAM_MODE"].split("+")
OUTPUT = Path(os.environ["FASTRESP_UPSTREAM_OUTPUT"])

# Taken before anything is rebound.
STOCK_RESPONSE = werkzeug.wrappers.Response
OURS: dict[type, type] = {
    werkzeug.wrappers.Response: fastresp.wrappers.Response,
    flask.Response: fastresp.Response,
}
# Under whose name the class of ``response.headers`` is recorded.
RECORDED_AS: dict[type, type] = {
    type(fastresp.wrappers.Response().headers): werkzeug.datastructures.Headers
}

# fastresp checks itself when it is imported.
COUNTS_BEFORE = fastresp.fast_path_counts()


def fast_path_counts() -> dict[str, int]:
    counts = fastresp.fast_path_counts()
    return {name: count - COUNTS_BEFORE[name] for name, count in counts.items()}


def pytest_configure(config: pytest.Config) -> None:
    # The tests give their apps a provider when those have FastResp already.
    late = "ignore:The app .* was changed after FastResp:RuntimeWarning"
    config.addinivalue_line("filterwarnings", late)


# --- the swap ----------------------------------------------------------------


def is_upstream(module_name: str) -> bool:
    return module_name.partition(".")[0] in ("flask", "werkzeug")


def import_submodules() -> None:
    """So that none is left to import a stock name later."""
    for package in (flask, werkzeug):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                with contextlib.suppress(ImportError):
                    importlib.import_module(module.name)


def rebind(old: t.Any, new: t.Any) -> None:
    """Every global of the two packages, and every attribute of their classes,
    that is ``old`` becomes ``new``."""
    for module_name, module in list(sys.modules.items()):
        if not is_upstream(module_name):
            continue
        classes = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and is_upstream(value.__module__)
        ]
        for owner in (module, *classes):
            for name, value in list(vars(owner).items()):
                if value is old:
                    setattr(owner, name, new)


def swap_classes() -> None:
    for old, new in OURS.items():
        subclass: type
        for subclass in old.__subclasses__():
            # The test client's TestResponse.
            if is_upstream(subclass.__module__) and subclass not in OURS:
                subclass.__bases__ = tuple(
                    new if base is old else base for base in subclass.__bases__
                )
        rebind(old, new)


def extend_every_app() -> None:
    init = flask.Flask.__init__

    @functools.wraps(init)
    def __init__(self: flask.Flask, *args: t.Any, **kwargs: t.Any) -> None:
        init(self, *args, **kwargs)
        fastresp.FastResp(self)

    flask.Flask.__init__ = __init__  # type: ignore[method-assign]


# --- the record --------------------------------------------------------------


class Answer:
    """What happened in one call, an event a line."""

    answers: t.ClassVar[list[Answer]] = []
    # Whether this process serves, and may be terminated any time.
    serving: t.ClassVar[bool] = False

    def __init__(self, call: str) -> None:
        self.test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        self.events = [call]
        self.started = time.time_ns()
        self.answers.append(self)

    def add(self, event: str, *values: t.Any) -> None:
        line = " ".join([event, *map(repr, values)])
        if self.serving:
            # How soon the last connection was closed decides on the next one's.
            line = re.sub(r"\b(fd|BufferedReader name)=\d+", r"\1=n", line)
        self.events.append(line)
        if self.serving:
            self.save()

    def add_head(self, status: t.Any, headers: t.Any) -> None:
        self.add("status", status)
        for field in headers:
            self.add("header", field)
        self.add("end of", RECORDED_AS.get(type(headers), type(headers)))

    def save(self) -> None:
        path = OUTPUT / f"{self.started}-{os.getpid()}.answer"
        partial = path.with_suffix(".partial")
        partial.write_text(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "test": self.test,
                    "events": self.events,
                    "counts": fast_path_counts(),
                }
            )
        )
        partial.replace(path)

    @contextlib.contextmanager
    def exceptions(self) -> cabc.Iterator[None]:
        try:
            yield
        except StopIteration:
            raise
        except BaseException as error:
            self.add("raised", error)
            raise


class RecordedBody:
    """Notes each chunk on its way, and asks for none by itself."""

    def __init__(self, body: cabc.Iterable[bytes], answer: Answer) -> None:
        self._body = body
        self._chunks: cabc.Iterator[bytes] | None = None
        self._answer = answer
        if hasattr(body, "close"):
            self.close = self._close

    def __iter__(self) -> RecordedBody:
        return self

    def __next__(self) -> bytes:
        with self._answer.exceptions():
            if self._chunks is None:
                self._chunks = iter(self._body)
            chunk = next(self._chunks)
        self._answer.add("chunk", chunk)
        return chunk

    def _close(self) -> None:
        # A server may be terminated before it comes to this, or after.
        if not self._answer.serving:
            self._answer.add("close")
        with self._answer.exceptions():
            self._body.close()  # type: ignore[attr-defined]


class Recorded:
    """A WSGI application that answers as the given one does."""

    def __init__(self, application: t.Any) -> None:
        self.application = application

    def __call__(self, environ: t.Any, start_response: t.Any) -> t.Any:
        # How often a test asks whether its server is up is a matter of timing.
        if environ.get("PATH_INFO") == "/ensure":
            return self.application(environ, start_response)
        method, path = environ.get("REQUEST_METHOD"), environ.get("PATH_INFO")
        answer = Answer(f"{method} {path}")
        note_class(self.application)

        def recording_start_response(
            status: t.Any, headers: t.Any, *exc_info: t.Any
        ) -> t.Any:
            answer.add_head(status, headers)
            write = start_response(status, headers, *exc_info)

            def recording_write(data: bytes) -> None:
                answer.add("write", data)
                write(data)

            return recording_write

        with answer.exceptions():
            body = self.application(environ, recording_start_response)
        return RecordedBody(body, answer)


# How many of the responses met are fastresp's.
classes: collections.Counter[str] = collections.Counter()


def note_class(response: t.Any) -> t.Any:
    if isinstance(response, STOCK_RESPONSE):
        classes["all"] += 1
        classes["ours"] += isinstance(response, fastresp.wrappers.Response)
    return response


def record_calls() -> None:
    """Wraps what calls WSGI applications in the two packages."""
    run_wsgi_app = werkzeug.test.run_wsgi_app

    @functools.wraps(run_wsgi_app)
    def recording_run_wsgi_app(app: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return run_wsgi_app(Recorded(app), *args, **kwargs)

    rebind(run_wsgi_app, recording_run_wsgi_app)

    def wrap(cls: type, name: str, wrapper: cabc.Callable[..., t.Any]) -> None:
        method = getattr(cls, name)

        @functools.wraps(method)
        def wrapping(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
            return wrapper(functools.partial(method, self), *args, **kwargs)

        setattr(cls, name, wrapping)

    # The server runs an error as an application of its own.
    wrap(
        werkzeug.exceptions.HTTPException,
        "__call__",
        lambda call, environ, start: Recorded(call)(environ, start),
    )
    wrap(
        werkzeug.serving.BaseWSGIServer,
        "__init__",
        lambda init, host, port, app, *args, **kwargs: init(
            host, port, Recorded(app), *args, **kwargs
        ),
    )
    for cls, name in (
        (werkzeug.test.Client, "open"),
        (flask.Flask, "process_response"),
    ):
        wrap(cls, name, lambda call, *args, **kw: note_class(call(*args, **kw)))


def record_direct_call(method: t.Any, *args: t.Any) -> t.Any:
    """What a test's ``response.get_wsgi_headers(environ)`` becomes."""
    answer = Answer(method.__name__)
    note_class(method.__self__)
    with answer.exceptions():
        result = method(*args)
    if isinstance(result, werkzeug.datastructures.Headers):
        answer.add_head(None, result)
        return result
    body, status, headers = result
    answer.add_head(status, headers)
    return RecordedBody(body, answer), status, headers


class RecordDirectCalls(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in (
            "get_wsgi_headers",
            "get_wsgi_response",
        ):
            node.args.insert(0, node.func)
            node.func = ast.Name(record_direct_call.__name__, ast.Load())
            ast.copy_location(node.func, node)
        return node


# --- in a server's process ---------------------------------------------------


def serve() -> None:
    Answer.serving = True


# --- in pytest's process -----------------------------------------------------

# The tests that start servers.
live: list[str] = []


def pytest_load_initial_conftests() -> None:
    from _pytest.assertion import rewrite

    rewrite_asserts = rewrite.rewrite_asserts

    def record_and_rewrite(tree: ast.Module, *args: t.Any, **kwargs: t.Any) -> None:
        RecordDirectCalls().visit(tree)
        rewrite_asserts(tree, *args, **kwargs)

    rewrite.rewrite_asserts = record_and_rewrite  # type: ignore[assignment]
    setattr(builtins, record_direct_call.__name__, record_direct_call)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    live.extend(item.nodeid for item in items if "dev_server" in item.fixturenames)


def pytest_sessionfinish() -> None:
    answers = collections.defaultdict(list)
    counts = {os.getpid(): fast_path_counts()}
    for answer in Answer.answers:
        answers[answer.test].append(answer.events)
    # In the order of the calls; the last of a process has its final counts.
    for path in sorted(OUTPUT.glob("*.answer")):
        served = json.loads(path.read_text())
        answers[served["test"]].append(served["events"])
        counts[served["pid"]] = served["counts"]
    total = collections.Counter[str]()
    for count in counts.values():
        total.update(count)
    report = {
        "outcomes": outcomes,
        "answers": answers,
        "counts": total,
        "classes": classes,
        "live": live,
    }
    (OUTPUT / "report.json").write_text(json.dumps(report))


import_submodules()
record_calls()
if "class" in MODE:
    swap_classes()
if "extension" in MODE:
    extend_every_app()
