"""gunicorn's workers with another response writer.

.. code-block:: text

    gunicorn -k fastresp.gunicorn.SyncWorker app:app
    gunicorn -k fastresp.gunicorn.ThreadWorker --threads 4 app:app
    gunicorn -k fastresp.gunicorn.GeventWorker app:app

They answer with the bytes of gunicorn's own ``sync``, ``gthread`` and
``gevent`` workers. The head is rendered by :func:`fastresp.http1.render_head`,
and leaves together with the first bytes of the body.
"""

from __future__ import annotations

import typing as t
from functools import cache

try:
    import gunicorn
    from gunicorn import util
    from gunicorn.http.wsgi import Response
    from gunicorn.workers.base import Worker
    from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker
    from gunicorn.workers.sync import SyncWorker as GunicornSyncWorker
except ImportError as error:
    raise ImportError(
        "fastresp.gunicorn needs gunicorn: pip install 'fastresp[gunicorn]'"
    ) from error

from ._gunicorn_check import agrees_with_gunicorn

try:
    from .http1 import date_header
    from .http1 import render_head
except ImportError:
    # fastresp has warned of that.
    _COMPILED = False
else:
    _COMPILED = True

if t.TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment
    from gunicorn.config import Config
    from gunicorn.glogging import Logger

__all__ = ["GeventWorker", "SyncWorker", "ThreadWorker"]

#: Up to so many bytes it takes less time to join than to send from two places.
JOINED_BYTES = 16 * 1024

_VERSIONS: dict[tuple[int, int], t.Literal["1.0", "1.1"]] = {
    (1, 0): "1.0",
    (1, 1): "1.1",
}


class _HeadFirst:
    """Stands for the client's socket when the first bytes are sent, and puts the
    head in front of them."""

    __slots__ = ("_cfg", "_head", "_sock")

    def __init__(self, sock: socket.socket, head: bytes, cfg: Config) -> None:
        self._sock = sock
        self._head = head
        self._cfg = cfg

    def sendall(self, data: bytes) -> None:
        sock, head = self._sock, self._head
        self._head = b""
        if len(data) <= JOINED_BYTES:
            sock.sendall(head + data)
        elif self._cfg.is_ssl:
            # It has no sendmsg().
            sock.sendall(head)
            sock.sendall(data)
        else:
            sent = sock.sendmsg([head, data]) - len(head)
            if sent < 0:
                sock.sendall(head[sent:])
                sent = 0
            if sent < len(data):
                sock.sendall(memoryview(data)[sent:])

    def flush(self) -> None:
        """Sends the head, if nothing was sent with it."""
        if self._head:
            self.sendall(b"")


class ResponseWriter(Response):
    """gunicorn's response with another way to make the head and to send it.

    It has no state of its own: gunicorn's response may become one.
    """

    headers: list[tuple[str, str]]
    headers_sent: bool
    response_length: int | None
    sock: t.Any
    upgrade: bool

    def process_headers(self, headers: t.Iterable[tuple[str, str]]) -> None:
        headers = list(headers)
        fields = []
        length = self.response_length
        plain = True
        refusal = None
        try:
            for name, value in headers:
                lower = name.lower()
                if lower in util.hop_headers:
                    plain = False
                    continue
                stripped = value.strip(" \t")
                if lower == "content-length":
                    length = int(stripped)
                fields.append((name, stripped))
            # The status comes later: gunicorn may remove a length that it forbids.
            render_head(200, fields)
        except Exception as error:
            refusal = error

        if plain and refusal is None:
            self.headers += fields
            self.response_length = length
            return
        before = len(self.headers), self.response_length, self.upgrade
        # Raises gunicorn's own exception, unless gunicorn would send this.
        super().process_headers(headers)
        if refusal is not None:
            del self.headers[before[0] :]
            _, self.response_length, self.upgrade = before
            raise refusal

    def _head(self) -> bytes:
        if self.upgrade:
            connection = "upgrade"
        elif self.should_close():
            connection = "close"
        else:
            connection = "keep-alive"
        fields = [("Server", self.version), date_header(), ("Connection", connection)]
        if self.chunked:
            fields.append(("Transfer-Encoding", "chunked"))
        if self.status_code == 204 or self.status_code < 200:
            # As gunicorn does since 26.1.
            fields += [
                each for each in self.headers if each[0].lower() != "content-length"
            ]
        else:
            fields += self.headers
        return render_head(self.status, fields, version=_VERSIONS[self.req.version])

    def send_headers(self) -> None:
        if not self.headers_sent:
            util.write(self.sock, self._head())
            self.headers_sent = True

    def _with_head(self, send: t.Callable[..., None], *args: bytes) -> None:
        """Sends the head with the first bytes that gunicorn's method sends."""
        sock = self.sock
        first = _HeadFirst(sock, self._head(), self.cfg)
        self.sock = first
        # Before anything is sent: then an error in the middle is not answered.
        self.headers_sent = True
        try:
            send(*args)
        finally:
            self.sock = sock
            first.flush()

    def write(self, data: bytes) -> None:
        if self.headers_sent:
            super().write(data)
        else:
            self._with_head(super().write, data)

    def close(self) -> None:
        if self.headers_sent:
            super().close()
        else:
            self._with_head(super().close)


@cache
def _is_known() -> bool:
    """Whether this gunicorn's responses are what :class:`ResponseWriter` takes
    them for."""
    return agrees_with_gunicorn(_with_writer)


def _with_writer(app: WSGIApplication, log: Logger) -> WSGIApplication:
    """The app, with :class:`ResponseWriter` for each response."""
    warned = False

    def with_writer(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> t.Iterable[bytes]:
        response: t.Any = getattr(start_response, "__self__", None)
        if type(response) is Response:
            if response.req.version in _VERSIONS:
                response.__class__ = ResponseWriter
                start_response = response.start_response
        # HTTP/2 has a response of its own.
        elif not isinstance(response, Response):
            nonlocal warned
            if not warned:
                warned = True
                log.warning(
                    "fastresp: start_response is not the method of a gunicorn"
                    " response; using gunicorn's own writer."
                )
        return app(environ, start_response)

    return with_writer


class _FastWorker(Worker):
    wsgi: WSGIApplication

    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        # Called once, before there are workers.
        if _COMPILED and not _is_known():
            log.warning(
                "fastresp: the responses of gunicorn %s are not as expected;"
                " using gunicorn's own writer.",
                gunicorn.__version__,
            )
        check = getattr(super(), "check_config", None)
        if check is not None:
            check(cfg, log)

    def load_wsgi(self) -> None:
        super().load_wsgi()
        if _COMPILED and _is_known():
            self.wsgi = _with_writer(self.wsgi, self.log)


class SyncWorker(_FastWorker, GunicornSyncWorker):
    """gunicorn's ``sync`` worker with another response writer."""


class ThreadWorker(_FastWorker, GunicornThreadWorker):
    """gunicorn's ``gthread`` worker with another response writer."""


if t.TYPE_CHECKING:
    from gunicorn.workers.ggevent import GeventWorker as GunicornGeventWorker

    class GeventWorker(_FastWorker, GunicornGeventWorker):
        """gunicorn's ``gevent`` worker with another response writer."""


def __getattr__(name: str) -> t.Any:
    if name != "GeventWorker":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Raises an error that says so when gevent is missing.
    from gunicorn.workers.ggevent import GeventWorker as GunicornGeventWorker

    worker = type(name, (_FastWorker, GunicornGeventWorker), {"__module__": __name__})
    globals()[name] = worker
    return worker
