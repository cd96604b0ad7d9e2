"""One app in several variants, each in a process of its own that ends with the command.

An app is often a module's variable: loaded twice, it is the same object, and adding
fastresp and removing it again would leave marks on its classes. A forked process can
change the app at will. Forked processes also begin with the same memory, so that an
app counts and collects the same in each.

Without fork, each process loads the app.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import functools
import gc
import importlib
import multiprocessing
import typing as t

import flask
from flask.cli import ScriptInfo
from werkzeug.datastructures import Headers

import fastresp

from .. import wrappers
from .._compat.apps import is_asgi
from .ceiling import Free
from .compare import Answer
from .compare import ask
from .compare import compare
from .compare import Comparison
from .paths import trace
from .paths import Traced
from .remote import CreationError
from .remote import Remote
from .requests import fresh
from .requests import Request
from .requests import SAFE_METHODS
from .timing import send
from .timing import time_runs

#: The unmodified app, twice; with fastresp; and with responses that cost nothing.
STOCK, AGAIN, FAST, FREE = "stock", "again", "fast", "free"
#: The app as its code makes it, with fastresp or without.
LOADED = "loaded"

#: Repetitions of a request on the unmodified app if the answers differ.
REPEATS = 5


class Unusable(Exception):
    """The app cannot be compared with itself."""


class Loaded(t.NamedTuple):
    app: flask.Flask
    #: The calls of ``FastResp(app)`` in the app's code.
    delayed: list[tuple[fastresp.FastResp, flask.Flask]]


def load(info: ScriptInfo) -> Loaded:
    """Load an app as Flask does, but without fastresp.

    ``FastResp(app)`` in the app's code is put off, so that there is an app to compare
    with.

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
    if is_asgi(app.wsgi_app):
        raise Unusable(
            "The app's wsgi_app is an ASGI app: requests are sent by WSGI, as the app"
            " itself takes them. Wrap the app where the ASGI server finds it."
        )
    return Loaded(app, delayed)


# --- in a process ------------------------------------------------------------


class Timed(t.NamedTuple):
    """Several requests, one after the other."""

    #: Nanoseconds of one request: the thread's CPU time, and for how long it waited.
    cpu: float
    waited: float
    #: A status other than the expected one, or an exception; empty if there was none.
    unexpected: str = ""


class Worker:
    """One variant of an app. Its methods are called from outside of the process."""

    def __init__(self, source: Loaded | ScriptInfo, kind: str, login: str) -> None:
        if isinstance(source, Loaded):
            loaded = source
        elif kind == LOADED:
            loaded = Loaded(source.load_app(), [])
        else:
            loaded = load(source)
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
        elif kind != LOADED and self.app.response_class is fastresp.Response:
            self.app.response_class = flask.Response
        if login:
            try:
                self.log_in(login)
            except BaseException as error:
                what = f"{type(error).__qualname__}: {error}"
                raise CreationError(f"--login {login}: {what}") from error
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
            # Replaces the header by the client's cookies for this path.
            self.client._add_cookies_to_wsgi(environ)
            own = environ.get("HTTP_COOKIE", "")
            if cookies and own != cookies:
                environ["HTTP_COOKIE"] = "; ".join(filter(None, (cookies, own)))
        return environ

    def ask(self, request: Request) -> Answer:
        return ask(self.app, self.environ(request))

    def trace(self, request: Request) -> Traced:
        return trace(self.app, self.environ(request))

    def counts(self) -> dict[str, int]:
        """Return the growth of fastresp's counts since the start."""
        now = fastresp.fast_path_counts()
        return {name: now[name] - self.before[name] for name in now}

    def make_free(self, request: Request, answer: Answer) -> bool:
        """Make the request's response cost nothing from now on.

        :return: whether the app works with such a response.
        """
        self.free.prepare(answer)
        timed = self.time(request, 1, answer.status)
        return not timed.unexpected and self.free.served()

    def time(self, request: Request, size: int, status: str) -> Timed:
        environ = self.environ(request)
        statuses: list[str] = []

        def start_response(
            status: str, headers: object, exc_info: object = None, /
        ) -> cabc.Callable[[bytes], object]:
            statuses.append(status)
            return lambda data: None

        def prepare() -> list[dict[str, t.Any]]:
            # The first requests find the processor's caches full of another
            # process's data, and are not timed.
            cold = max(size // 10, size > 1)
            environs = [fresh(environ, request.body) for _ in range(cold + size)]
            send(self.app, environs[:cold], start_response)
            return environs[cold:]

        try:
            waits, wall, cpu = time_runs(
                prepare, lambda environs: send(self.app, environs, start_response)
            )
        except Exception as error:
            return Timed(0.0, 0.0, f"{type(error).__qualname__}: {error}")
        others = [each for each in statuses if each != status]
        waited = wall - cpu if waits else 0
        return Timed(cpu / size, waited / size, others[0] if others else "")


# --- outside of the processes ------------------------------------------------


class Side(Remote):
    """A :class:`Worker` from outside."""

    def ask(self, request: Request) -> Answer:
        return t.cast(Answer, self.call(str(request), "ask", request))

    def trace(self, request: Request) -> Traced:
        return t.cast(Traced, self.call(str(request), "trace", request))

    def counts(self) -> dict[str, int]:
        return t.cast("dict[str, int]", self.call("fastresp's counts", "counts"))

    def make_free(self, request: Request, answer: Answer) -> bool:
        return bool(self.call(str(request), "make_free", request, answer))

    def time(self, request: Request, size: int, status: str) -> Timed:
        # A tenth more requests are sent than timed.
        args = request, size, status
        return t.cast(Timed, self.call(str(request), "time", *args, times=2 * size))


@contextlib.contextmanager
def start(
    loaded: Loaded,
    info: ScriptInfo,
    kinds: cabc.Iterable[str],
    login: str = "",
    seconds: float = 60.0,
    method: str | None = None,
) -> cabc.Iterator[dict[str, Side]]:
    """Start a process for each kind, and end them.

    :param method: how to start them; by default ``fork`` if the platform has it.
    :raises RemoteError: if the app cannot be passed to another process.
    """
    if method is None:
        known = multiprocessing.get_all_start_methods()
        method = "fork" if "fork" in known else "spawn"
    source: Loaded | ScriptInfo = loaded
    if method != "fork":
        source = ScriptInfo(info.app_import_path, info.create_app, info.set_debug_flag)
    with contextlib.ExitStack() as stack:
        # The processes need not look through what they share.
        gc.freeze()
        try:
            started = {
                kind: stack.enter_context(
                    Side.start(
                        functools.partial(Worker, source, kind, login), method, seconds
                    )
                )
                for kind in kinds
            }
        finally:
            gc.unfreeze()
        yield started


class Checked(t.NamedTuple):
    """A request, the answer of the unmodified app, and its comparison."""

    request: Request
    answer: Answer
    comparison: Comparison


def compare_sides(
    sides: dict[str, Side],
    requests: cabc.Sequence[Request],
    progress: cabc.Callable[[], object] = lambda: None,
) -> list[Checked]:
    """Send all requests to the unmodified app, to the app with fastresp, and again to
    the unmodified app.

    :param progress: called after each request.
    :raises Unusable: if there is no app without fastresp, or none with it.
    """
    answers: dict[str, list[Answer]] = {}
    # One variant after the other, so that a request finds the effects of the requests
    # before it. Effects in a database come three times.
    for kind in (STOCK, FAST, AGAIN):
        answers[kind] = []
        for number, request in enumerate(requests):
            answer = sides[kind].ask(request)
            if kind != STOCK and answer.chunks == answers[STOCK][number].chunks:
                # Keep equal bodies in memory once.
                answer = answer._replace(chunks=answers[STOCK][number].chunks)
            answers[kind].append(answer)
            progress()
    if any(sides[STOCK].counts().values()):
        raise Unusable(
            "The unmodified app uses fastresp already: take it out of the app's code,"
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
            # Values that change now and then may have been the same twice.
            for _ in range(REPEATS):
                more = sides[AGAIN].ask(request)
                other = compare(stock, fast, more)
                if not other.differences and fast.status == more.status:
                    comparison = other
                    break
        results.append(Checked(request, stock, comparison))
    return results
