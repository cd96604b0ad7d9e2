"""One app as several: each in a process of its own, which ends with the command.

An app is often a module's variable: loaded twice, it is the same object, and to
put fastresp into it and to take it out again would leave marks on its classes.
In a forked process the app can be changed at will. The processes also begin with
the same memory, so that what an app counts or collects is the same in each.

Where there is no fork, each process loads the app by itself.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import gc
import importlib
import multiprocessing
import os
import signal
import sys
import time
import traceback
import typing as t
from multiprocessing.connection import Connection

import flask
from flask.cli import ScriptInfo
from werkzeug.datastructures import Headers

import fastresp

from .. import wrappers
from .ceiling import Free
from .compare import Answer
from .compare import ask
from .compare import compare
from .compare import Comparison
from .requests import fresh
from .requests import Request
from .requests import SAFE_METHODS

#: The app as it is, before and after the others; with fastresp; and with
#: responses that cost nothing.
STOCK, AGAIN, FAST, FREE = "stock", "again", "fast", "free"

#: How often the app as it is is asked once more where the other one differs.
REPEATS = 5


class SideError(Exception):
    """An app could not be prepared or asked."""


class Unusable(Exception):
    """The app cannot be compared with itself."""


class Loaded(t.NamedTuple):
    app: flask.Flask
    #: What the app's code has passed to ``FastResp``.
    delayed: list[tuple[fastresp.FastResp, flask.Flask]]


def load(info: ScriptInfo) -> Loaded:
    """Loads an app as Flask does, but without fastresp.

    ``FastResp(app)`` in the app's own code has to wait, so that there is an app
    to compare with.

    :raises Unusable: if the app was loaded with fastresp before.
    """
    delayed: list[tuple[fastresp.FastResp, flask.Flask]] = []
    original = fastresp.FastResp.init_app

    def init_app(self: fastresp.FastResp, app: flask.Flask) -> None:
        delayed.append((self, app))

    fastresp.FastResp.init_app = init_app  # type: ignore[method-assign]
    try:
        app = info.load_app()
    finally:
        fastresp.FastResp.init_app = original  # type: ignore[method-assign]
    if "fastresp" in app.extensions:
        raise Unusable(
            "The app was loaded before this command, with FastResp: there is no app"
            " without it to compare with."
        )
    if app.response_class is not fastresp.Response and issubclass(
        app.response_class, wrappers.Response
    ):
        raise Unusable(
            f"The app's response_class {app.response_class.__name__} inherits from"
            " fastresp.Response: there is no app without it to compare with. Let it"
            " inherit from flask.Response; FastResp(app) makes that fast too."
        )
    return Loaded(app, delayed)


# --- in the processes --------------------------------------------------------


class Timed(t.NamedTuple):
    """Some requests, one after the other."""

    #: Of one request.
    nanoseconds: float
    #: A status that is not the expected one, if there was any.
    unexpected: str


class Worker:
    """Answers one side's requests; its methods are called from outside."""

    def __init__(
        self,
        loaded: Loaded,
        kind: str,
        login: str,
    ) -> None:
        self.app = loaded.app
        self.kind = kind
        self.headers: tuple[tuple[str, str], ...] = ()
        self.client: t.Any = None
        if kind == FAST:
            apps = [app for _, app in loaded.delayed]
            for extension, app in loaded.delayed:
                extension.init_app(app)
            if self.app not in apps:
                fastresp.FastResp(self.app)
        elif self.app.response_class is fastresp.Response:
            self.app.response_class = flask.Response
        if login:
            self.log_in(login)
        if kind == FREE:
            self.free = Free()
        self.before = fastresp.fast_path_counts()
        gc.collect()
        gc.freeze()

    def log_in(self, name: str) -> None:
        module, _, function = name.partition(":")
        hook: t.Any = importlib.import_module(module)
        for part in function.split("."):
            hook = getattr(hook, part)
        self.client = self.app.test_client()
        headers = hook(self.client) or {}
        self.headers = tuple(Headers(headers).to_wsgi_list())

    def environ(self, request: Request) -> dict[str, t.Any]:
        environ = request.environ(self.app)
        for name, value in self.headers:
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
            environ[key] = value
        if self.client is not None:
            cookies = environ.get("HTTP_COOKIE", "")
            # Sets the header to those that the client got for this path.
            self.client._add_cookies_to_wsgi(environ)
            own = environ.get("HTTP_COOKIE", "")
            if cookies and own != cookies:
                environ["HTTP_COOKIE"] = "; ".join(filter(None, (cookies, own)))
        return environ

    def ask(self, request: Request) -> Answer:
        return ask(self.app, self.environ(request))

    def counts(self) -> dict[str, int]:
        """What the requests have added to fastresp's counts."""
        now = fastresp.fast_path_counts()
        return {name: now[name] - self.before[name] for name in now}

    def make_free(self, request: Request, answer: Answer) -> bool:
        """From now on, the request's response costs nothing.

        :return: whether the app gets along with that.
        """
        self.free.prepare(answer)
        timed = self.time(request, 1, answer.status)
        return not timed.unexpected and self.free.served()

    def time(self, request: Request, size: int, status: str) -> Timed:
        environ = self.environ(request)
        # The first ones, which find the processor's caches full of another side's
        # data, are not timed.
        cold = size // 10
        environs = [fresh(environ, request.body) for _ in range(cold + size)]
        statuses: list[str] = []

        def start_response(
            status: str, headers: object, exc_info: object = None, /
        ) -> cabc.Callable[[bytes], object]:
            statuses.append(status)
            return lambda data: None

        app = self.app

        def run(environs: list[dict[str, t.Any]]) -> int:
            started = time.perf_counter_ns()
            for environ in environs:
                body = app(environ, start_response)
                for _ in body:
                    pass
                close = getattr(body, "close", None)
                if close is not None:
                    close()
            return time.perf_counter_ns() - started

        gc.collect()
        gc.disable()
        try:
            run(environs[:cold])
            elapsed = run(environs[cold:])
        except Exception as error:
            return Timed(0.0, f"{type(error).__qualname__}: {error}")
        finally:
            gc.enable()
        others = [each for each in statuses if each != status]
        return Timed(elapsed / size, others[0] if others else "")


def serve(
    connection: Connection,
    source: Loaded | ScriptInfo,
    kind: str,
    login: str,
    inherited: cabc.Iterable[Connection] = (),
) -> None:
    """The life of a process: calls a :class:`Worker`'s methods until nobody
    wants to."""
    # Who presses Ctrl-C speaks to the command, which then ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in inherited:
        each.close()
    silence()
    worker: Worker | None = None
    while True:
        try:
            name, args = connection.recv()
        except (EOFError, OSError):
            return
        try:
            if worker is None:
                if isinstance(source, ScriptInfo):
                    source = load(source)
                worker = Worker(source, kind, login)
            result = True, getattr(worker, name)(*args)
        except BaseException as error:
            lines = traceback.format_exception_only(type(error), error)
            result = False, "".join(lines).strip()
        with contextlib.suppress(OSError):
            connection.send(result)


def silence() -> None:
    """What an app prints and logs would come from each side, and again with each
    request that is timed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(null, number)
    # They need not be what the numbers stand for.
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115


# --- outside of them ---------------------------------------------------------


class Side:
    """A process with the app, from outside.

    :param seconds: how long to wait for an answer.
    :raises SideError: by each method, if the app cannot be prepared, if a request
        takes longer, or if the process ends.
    """

    def __init__(
        self, kind: str, connection: Connection, process: t.Any, seconds: float
    ):
        self.kind = kind
        self.connection = connection
        self.process = process
        self.seconds = seconds

    def call(self, what: str, name: str, *args: object, times: int = 1) -> t.Any:
        try:
            self.connection.send((name, args))
            if not self.connection.poll(self.seconds * times):
                raise SideError(f"{what}: no answer after {self.seconds:g} seconds.")
            done, result = self.connection.recv()
        except (EOFError, OSError) as error:
            self.process.join(5)
            raise SideError(
                f"{what}: the app's process ended (status {self.process.exitcode})."
            ) from error
        if not done:
            raise SideError(f"{what}: {result}")
        return result

    def ask(self, request: Request) -> Answer:
        return t.cast(Answer, self.call(str(request), "ask", request))

    def counts(self) -> dict[str, int]:
        return t.cast("dict[str, int]", self.call("fastresp's counts", "counts"))

    def make_free(self, request: Request, answer: Answer) -> bool:
        return bool(self.call(str(request), "make_free", request, answer))

    def time(self, request: Request, size: int, status: str) -> Timed:
        args = request, size, status
        # Some more are not timed.
        timed = self.call(str(request), "time", *args, times=2 * size)
        return t.cast(Timed, timed)


@contextlib.contextmanager
def start(
    loaded: Loaded,
    info: ScriptInfo,
    kinds: cabc.Iterable[str],
    login: str = "",
    seconds: float = 60.0,
    method: str | None = None,
) -> cabc.Iterator[dict[str, Side]]:
    """Starts a process for each kind, and ends them.

    :param method: how to start them; ``fork`` where there is that.
    :raises SideError: if the app cannot be passed to another process.
    """
    if method is None:
        known = multiprocessing.get_all_start_methods()
        method = "fork" if "fork" in known else "spawn"
    context: t.Any = multiprocessing.get_context(method)
    source: Loaded | ScriptInfo = loaded
    if method != "fork":
        source = ScriptInfo(info.app_import_path, info.create_app, info.set_debug_flag)
    started: dict[str, Side] = {}
    try:
        for kind in kinds:
            ours, theirs = context.Pipe()
            # Only a process that does not hold the others' ends sees them close.
            inherited = []
            if method == "fork":
                inherited = [ours, *(side.connection for side in started.values())]
            process = context.Process(
                target=serve,
                args=(theirs, source, kind, login, inherited),
                daemon=True,
            )
            try:
                process.start()
            except (AttributeError, TypeError, ValueError) as error:
                raise SideError(
                    f"The app cannot be loaded in another process: {error}"
                ) from error
            theirs.close()
            started[kind] = Side(kind, ours, process, seconds)
        yield started
    finally:
        for side in started.values():
            side.connection.close()
            side.process.terminate()
        for side in started.values():
            side.process.join(5)
            if side.process.is_alive():
                side.process.kill()
                side.process.join()


# --- all of them -------------------------------------------------------------


class Checked(t.NamedTuple):
    """A request, what the app as it is answers, and how that compares."""

    request: Request
    answer: Answer
    comparison: Comparison


def compare_sides(
    sides: dict[str, Side],
    requests: cabc.Sequence[Request],
    progress: cabc.Callable[[], object] = lambda: None,
) -> list[Checked]:
    """Sends everything to the app as it is, to the app with fastresp, and again to
    the app as it is.

    :param progress: called after each of the requests.
    :raises Unusable: if there is no app without fastresp, or none with it.
    """
    answers: dict[str, list[Answer]] = {}
    # One side after the other, so that a request finds what those before it have
    # done. Should that be in a database, it comes to find it thrice.
    for kind in (STOCK, FAST, AGAIN):
        answers[kind] = []
        for number, request in enumerate(requests):
            answer = sides[kind].ask(request)
            if kind != STOCK and answer.chunks == answers[STOCK][number].chunks:
                # Once in memory is enough.
                answer = answer._replace(chunks=answers[STOCK][number].chunks)
            answers[kind].append(answer)
            progress()
    if any(sides[STOCK].counts().values()):
        raise Unusable(
            "The app as it is uses fastresp already: take it out of the app's code,"
            " or there is nothing to compare."
        )
    counts = sides[FAST].counts()
    answered = any(answer.status for answer in answers[FAST])
    if answered and not counts["built"] and not counts["emitted"]:
        raise Unusable(
            "FastResp makes no difference: no response was built or emitted by compiled"
            " code. Is FASTRESP_ENABLED off?"
        )
    results = []
    for request, stock, fast, again in zip(
        requests, answers[STOCK], answers[FAST], answers[AGAIN], strict=True
    ):
        comparison = compare(stock, fast, again)
        if comparison.differences and request.method in SAFE_METHODS:
            # What changes now and then may have been the same twice.
            for _ in range(REPEATS):
                more = sides[AGAIN].ask(request)
                other = compare(stock, fast, more)
                if not other.differences and fast.status == more.status:
                    comparison = other
                    break
        results.append(Checked(request, stock, comparison))
    return results
