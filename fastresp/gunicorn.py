"""gunicorn's workers with another response writer.

.. code-block:: text

    gunicorn -k fastresp.gunicorn.SyncWorker app:app
    gunicorn -k fastresp.gunicorn.ThreadWorker --threads 4 app:app
    gunicorn -k fastresp.gunicorn.GeventWorker app:app

They answer with the bytes of gunicorn's own ``sync``, ``gthread`` and
``gevent`` workers. The head is rendered by :func:`fastresp.http1.render_head`,
and leaves together with the first bytes of the body.

With ``--threads``, gunicorn runs its own ``gthread`` worker for any whose name
ends with ``SyncWorker``.
"""

from __future__ import annotations

import typing as t

try:
    import gunicorn
    from gunicorn.workers.base import Worker
    from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker
    from gunicorn.workers.sync import SyncWorker as GunicornSyncWorker
except ImportError as error:
    raise ImportError(
        "fastresp.gunicorn needs gunicorn: pip install 'fastresp[gunicorn]'"
    ) from error

from ._compat import explain
from ._compat import why_missing
from ._compat.gunicorn import agrees_with_gunicorn

try:
    from ._compiled.gunicorn import with_writer
except ModuleNotFoundError as error:
    why_missing(error)
    # fastresp has warned of that.
    with_writer = None  # type: ignore[assignment]
except ImportError as error:
    explain(error)
    raise

if t.TYPE_CHECKING:
    from gunicorn.config import Config
    from gunicorn.glogging import Logger

__all__ = ["GeventWorker", "SyncWorker", "ThreadWorker"]


_warned = False
#: Whether a worker in this process has the other writer.
_writes = False


def _usable_writer() -> t.Any:
    """``with_writer``, or ``None`` where gunicorn's responses are not what it takes
    them for."""
    if with_writer is None:
        return None
    from ._compiled.gunicorn import is_gunicorn_stock

    known = is_gunicorn_stock() and agrees_with_gunicorn(with_writer)
    return with_writer if known else None


def _known_writer(log: Logger) -> t.Any:
    """Return :func:`_usable_writer`, and warn if there is none, but not in the workers
    again when the master did."""
    global _warned

    writer = _usable_writer()
    if writer is None and with_writer is not None and not _warned:
        _warned = True
        log.warning(
            "fastresp: the responses of gunicorn %s are not as expected;"
            " using gunicorn's own writer.",
            gunicorn.__version__,
        )
    return writer


class _FastWorker(Worker):
    wsgi: t.Any

    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        # Called once, before there are workers.
        _known_writer(log)
        check = getattr(super(), "check_config", None)
        if check is not None:
            check(cfg, log)

    def load_wsgi(self) -> None:
        global _writes

        super().load_wsgi()
        # The app may have patched gunicorn since.
        writer = _known_writer(self.log)
        _writes = writer is not None
        if writer is not None:
            self.wsgi = writer(self.wsgi, self.log)


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

    if with_writer is not None:
        from gevent.socket import socket

        from ._compiled.gunicorn import add_socket_class

        add_socket_class(socket)
    worker = type(
        name,
        (_FastWorker, GunicornGeventWorker),
        {
            "__module__": __name__,
            "__doc__": "gunicorn's ``gevent`` worker with another response writer.",
        },
    )
    globals()[name] = worker
    return worker
