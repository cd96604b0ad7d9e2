"""Responses and signed cookies that cost nothing: the largest possible gain."""

from __future__ import annotations

import collections.abc as cabc
import copy
import inspect
import types
import typing as t

import flask
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

if t.TYPE_CHECKING:
    from .compare import Answer


#: Values that cannot be changed in place.
FLAT = (bool, float, int, str, type(None))


class FreeHeaders(Headers):
    """Headers that can be read, and whose changes do nothing."""


def _nothing(self: object, *args: object, **kwargs: object) -> None:
    pass


for _name in (
    "__delitem__ __setitem__ add add_header clear extend insert remove set"
    " setlist update"
).split():
    setattr(FreeHeaders, _name, _nothing)


class FreeSet:
    """A value for ``vary`` that has every name."""

    add = discard = remove = update = clear = _nothing

    def __contains__(self, item: object) -> bool:
        return True


def is_plain(function: object) -> bool:
    """Return whether a hook is a function, and no coroutine."""
    return (
        isinstance(function, types.FunctionType)
        and not function.__code__.co_flags & inspect.CO_COROUTINE
        and not hasattr(function, "_is_coroutine_marker")
    )


def hooks_of(app: flask.Flask, context: t.Any) -> cabc.Iterator[t.Any]:
    """Find the hooks after a request, in their order."""
    yield from context._after_request_functions
    found = app.after_request_funcs
    if found:
        for name in (*context.request.blueprints, None):
            yield from reversed(found.get(name, ()))


class FreeResponse(flask.Response):
    """A response that sends an answer made before."""

    vary = FreeSet()
    set_cookie = delete_cookie = set_data = add_etag = freeze = _nothing

    answer: Answer
    stream: t.Any
    sent: int
    closing: list[t.Callable[[], object]]

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def make_conditional(self, *args: object, **kwargs: object) -> t.Any:
        return self

    def call_on_close(self, func: t.Callable[[], t.Any]) -> t.Callable[[], t.Any]:
        self.closing.append(func)
        return func

    def __call__(self, environ: t.Any, start_response: t.Any) -> t.Any:
        self.sent += 1
        answer = self.answer
        start_response(answer.status, list(answer.headers))
        stream = self.stream
        if stream is None and not self.closing:
            return answer.chunks
        self.stream = None
        closing, self.closing = self.closing, []
        # The generator is the view's own work: run it if the server would.
        chunks = stream if stream is not None and answer.chunks else answer.chunks
        close = getattr(stream, "close", None)
        if close is not None:
            closing.insert(0, close)
        return FreeBody(iter(chunks), closing) if closing else chunks


class FreeBody:
    """A body with functions to call on close."""

    def __init__(
        self, chunks: cabc.Iterator[t.Any], closing: list[t.Callable[[], object]]
    ) -> None:
        self.chunks = chunks
        self.closing = closing

    def __iter__(self) -> cabc.Iterator[t.Any]:
        return self.chunks

    def close(self) -> None:
        for function in self.closing:
            function()


class Free:
    """Replaces all responses of this process by one that costs nothing.

    The response exists before the view is called: making, changing and sending it
    takes next to no time, and so does the cookie of a session, and all that comes after
    the view. The request and the own work of the view and the hooks remain.
    """

    def __init__(self) -> None:
        self.response: FreeResponse = object.__new__(FreeResponse)
        self.failed = False
        #: By the request's cookies.
        self.sessions: dict[str | None, tuple[t.Any, t.Callable[[t.Any], t.Any]]] = {}
        flask.got_request_exception.connect(self.fail)

        def respond(value: object) -> FreeResponse:
            if isinstance(value, tuple) and value:
                value = value[0]
            if hasattr(value, "__next__"):
                self.response.stream = value
            return self.response

        def new(cls: type, response: object = None, *args: t.Any, **kw: t.Any) -> t.Any:
            # Not an instance of cls, so that __init__ is not called.
            return respond(response)

        def make_response(app: object, value: object) -> FreeResponse:
            return self.response if value is self.response else respond(value)

        finalize_request = flask.Flask.finalize_request

        def finalized(app: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
            # From Flask 3.2 on, the context comes first.
            *contexts, value = args
            context = contexts[0] if contexts else flask.globals._cv_request.get()
            if (
                flask.request_finished.receivers
                or type(app.session_interface).save_session is not _nothing
            ):
                return finalize_request(app, *args, **kwargs)
            response = app.make_response(value)
            for function in hooks_of(app, context):
                if not is_plain(function):
                    function = app.ensure_sync(function)
                response = function(response)
            return response

        open_session = SecureCookieSessionInterface.open_session

        def opened(interface: t.Any, app: t.Any, request: t.Any) -> t.Any:
            if not app.secret_key:
                return None
            text = request.environ.get("HTTP_COOKIE")
            if text not in self.sessions:
                # What is in it, the first time.
                data = dict(open_session(interface, app, request) or {})
                # What a view may change in place, it gets anew.
                is_flat = all(isinstance(value, FLAT) for value in data.values())
                self.sessions[text] = data, dict if is_flat else copy.deepcopy
            data, copied = self.sessions[text]
            return interface.session_class(copied(data))

        def ready(owner: object, /, *args: object, **kwargs: object) -> FreeResponse:
            return self.response

        # Patches the libraries' classes, for the apps mounted in this one, too.
        patches: list[tuple[type, str, t.Any]] = [
            (WerkzeugResponse, "__new__", staticmethod(new)),
            # The original would change the response's class.
            (WerkzeugResponse, "force_type", classmethod(ready)),
            (flask.Flask, "make_response", make_response),
            (flask.Flask, "finalize_request", finalized),
            (flask.Flask, "redirect", ready),
            (DefaultJSONProvider, "response", ready),
            (SecureCookieSessionInterface, "open_session", opened),
            (SecureCookieSessionInterface, "save_session", _nothing),
        ]
        for owner, name, function in patches:
            setattr(owner, name, function)

    def prepare(self, answer: Answer) -> None:
        self.failed = False
        self.sessions.clear()
        response = self.response = object.__new__(FreeResponse)
        response.answer = answer
        response.stream = None
        response.sent = 0
        response.closing = []
        headers = FreeHeaders()
        headers._list = list(answer.headers)
        vars(response).update(
            headers=headers,
            response=list(answer.chunks),
            direct_passthrough=False,
            _status=answer.status,
            _status_code=int(answer.status.partition(" ")[0]),
            _on_close=[],
        )

    def fail(self, sender: object, **extra: object) -> None:
        self.failed = True

    def served(self) -> bool:
        """Return whether the response was sent without an exception.

        The response of an error handler is the same object, so that sending it proves
        nothing.
        """
        failed = self.failed and not self.response.answer.status.startswith("5")
        return self.response.sent > 0 and not failed
