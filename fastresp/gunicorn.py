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

import importlib
import typing as t

try:
    import gunicorn
    from gunicorn.http import wsgi
    from gunicorn.workers.base import Worker
except ImportError as error:
    raise ImportError(
        "fastresp.gunicorn needs gunicorn: pip install 'fastresp[gunicorn]'"
    ) from error

from ._compat import load
from ._compat.gunicorn import agrees_with_gunicorn

# The master imports this module, before gevent patches the worker's process. Nothing is
# imported here that gunicorn's own worker does not import, as Flask is not.
_compiled = load("gunicorn")

if t.TYPE_CHECKING:
    from gunicorn.config import Config
    from gunicorn.glogging import Logger

__all__ = ["GeventWorker", "SyncWorker", "ThreadWorker"]


_warned = False
#: Whether a worker in this process has the other writer.
_writes = False


def _is_usable() -> bool:
    """Return whether gunicorn's responses are what the writer takes them for."""
    return (
        _compiled is not None
        and _compiled.is_gunicorn_stock()
        and agrees_with_gunicorn(_compiled.with_writer)
    )


def _is_known(log: Logger) -> bool:
    """Return :func:`_is_usable`, and warn if it is not, but not in the workers again
    when the master did."""
    global _warned

    usable = _is_usable()
    if not usable and _compiled is not None and not _warned:
        _warned = True
        log.warning(
            "fastresp: the responses of gunicorn %s are not as expected;"
            " using gunicorn's own writer.",
            gunicorn.__version__,
        )
    return usable


class _FastWorker(Worker):
    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        # Called once, before there are workers.
        _is_known(log)
        check = getattr(super(), "check_config", None)
        if check is not None:
            check(cfg, log)

    def load_wsgi(self) -> None:
        global _writes

        super().load_wsgi()
        # The app may have patched gunicorn since. It stays the worker's app: hooks of
        # the configuration know that one.
        _writes = _is_known(self.log)
        if _writes:
            wsgi.create = _compiled.with_writer(wsgi.create)


if t.TYPE_CHECKING:
    from gunicorn.workers.ggevent import GeventWorker as GunicornGeventWorker
    from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker
    from gunicorn.workers.sync import SyncWorker as GunicornSyncWorker

    class SyncWorker(_FastWorker, GunicornSyncWorker): ...

    class ThreadWorker(_FastWorker, GunicornThreadWorker): ...

    class GeventWorker(_FastWorker, GunicornGeventWorker): ...


_KINDS = {"SyncWorker": "sync", "ThreadWorker": "gthread", "GeventWorker": "ggevent"}


def __getattr__(name: str) -> t.Any:
    if name not in _KINDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Raises an error that says so when gevent is missing.
    stock = getattr(importlib.import_module(f"gunicorn.workers.{_KINDS[name]}"), name)
    worker = type(
        name,
        (_FastWorker, stock),
        {
            "__module__": __name__,
            "__doc__": f"gunicorn's ``{name}`` with another response writer.",
        },
    )
    globals()[name] = worker
    return worker
