"""Responses that cost nothing: more than that cannot be gained."""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

if t.TYPE_CHECKING:
    from .compare import Answer


class FreeHeaders(Headers):
    """Can be read, and takes what is done to it without doing it."""


def _nothing(self: object, *args: object, **kwargs: object) -> None:
    pass


for _name in (
    "__delitem__ __setitem__ add add_header clear extend insert remove set"
    " setlist update"
).split():
    setattr(FreeHeaders, _name, _nothing)


class FreeSet:
    """The value of ``vary``."""

    add = discard = remove = update = clear = _nothing

    def __contains__(self, item: object) -> bool:
        return True


class FreeResponse(flask.Response):
    """Sends an answer that is there already."""

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
        # What makes the chunks is the view's: it has to run, if it would.
        chunks = stream if stream is not None and answer.chunks else answer.chunks
        close = getattr(stream, "close", None)
        if close is not None:
            closing.insert(0, close)
        return FreeBody(iter(chunks), closing) if closing else chunks


class FreeBody:
    """A body with something to do at its end."""

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
    """Makes all responses of this process the same one, which costs nothing.

    It is there before the view is called: what views do to make a response, what
    hooks do to it and what sends it takes next to no time. What is left is the
    request, the view's own work, and the hooks' own.
    """

    def __init__(self) -> None:
        self.response: FreeResponse = object.__new__(FreeResponse)
        self.failed = False
        flask.got_request_exception.connect(self.fail)

        def respond(value: object) -> FreeResponse:
            if isinstance(value, tuple) and value:
                value = value[0]
            if hasattr(value, "__next__"):
                self.response.stream = value
            return self.response

        def new(cls: type, response: object = None, *args: t.Any, **kw: t.Any) -> t.Any:
            # Not an instance of cls: its __init__ is not called.
            return respond(response)

        def make_response(app: object, value: object) -> FreeResponse:
            return self.response if value is self.response else respond(value)

        def ready(owner: object, /, *args: object, **kwargs: object) -> FreeResponse:
            return self.response

        # Classes of the libraries: apps below this one have them too.
        patches: list[tuple[type, str, t.Any]] = [
            (WerkzeugResponse, "__new__", staticmethod(new)),
            # It would give the response another class.
            (WerkzeugResponse, "force_type", classmethod(ready)),
            (flask.Flask, "make_response", make_response),
            (flask.Flask, "redirect", ready),
            (DefaultJSONProvider, "response", ready),
        ]
        for owner, name, function in patches:
            setattr(owner, name, function)

    def prepare(self, answer: Answer) -> None:
        self.failed = False
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
        """Whether the response was sent, and not because something did not get
        along with it: an error's response is this one too."""
        failed = self.failed and not self.response.answer.status.startswith("5")
        return self.response.sent > 0 and not failed
