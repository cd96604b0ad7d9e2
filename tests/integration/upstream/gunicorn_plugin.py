"""Puts fastresp's response writer in the place of gunicorn's, in a process that
runs gunicorn's own tests and in the servers that it starts.

gunicorn_suite.py has pytest load this module before anything else, and has
gunicorn take it for its configuration (``GUNICORN_CMD_ARGS``). It takes the mode
and the directory for its report from the environment.
"""

from __future__ import annotations

import collections
import json
import os
import sys
import typing as t
from pathlib import Path

# A test may start a server with a PYTHONPATH of its own.
sys.path[:0] = os.environ["FASTRESP_UPSTREAM_PATH"].split(os.pathsep)

import gunicorn.http.wsgi  # noqa: E402
import gunicorn.workers  # noqa: E402

import fastresp.gunicorn  # noqa: E402
from fastresp._compat.gunicorn import agrees_with_gunicorn  # noqa: E402
from fastresp._compiled.gunicorn import ResponseWriter  # noqa: E402
from fastresp._compiled.gunicorn import with_writer  # noqa: E402

MODE = os.environ["FASTRESP_UPSTREAM_MODE"]
OUTPUT = Path(os.environ["FASTRESP_UPSTREAM_OUTPUT"])

# Taken before anything is rebound.
STOCK_RESPONSE = gunicorn.http.wsgi.Response
WORKERS = {
    "sync": "SyncWorker",
    "gthread": "ThreadWorker",
    "gevent": "GeventWorker",
}


# --- in pytest's process -----------------------------------------------------

# How many responses were made, and how many of them are fastresp's.
made: collections.Counter[str] = collections.Counter()


def count_responses() -> None:
    init = STOCK_RESPONSE.__init__

    def __init__(self: t.Any, *args: t.Any, **kwargs: t.Any) -> None:
        if type(self) in (STOCK_RESPONSE, ResponseWriter):
            made["all"] += 1
            made["ours"] += type(self) is not STOCK_RESPONSE
        init(self, *args, **kwargs)

    STOCK_RESPONSE.__init__ = __init__


def swap() -> None:
    """Every global of gunicorn's modules that is a class of which fastresp has
    another one becomes that."""
    assert agrees_with_gunicorn(with_writer)
    swapped: dict[type, type] = {STOCK_RESPONSE: ResponseWriter}
    for name in WORKERS.values():
        ours = getattr(fastresp.gunicorn, name)
        swapped[ours.__bases__[1]] = ours
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] != "gunicorn":
            continue
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value in swapped:
                setattr(module, name, swapped[value])


def pytest_sessionfinish() -> None:
    served = [path.read_text() for path in OUTPUT.glob("*.served")]
    report = {
        "outcomes": outcomes,
        "made": made,
        "served": {
            "all": sum(map(len, served)),
            "ours": sum(text.count("f") for text in served),
        },
    }
    (OUTPUT / "report.json").write_text(json.dumps(report))


# --- in a server's process ---------------------------------------------------


def note_served(worker: t.Any, req: t.Any, environ: t.Any, resp: t.Any) -> None:
    """One letter for each response."""
    ours = isinstance(resp, ResponseWriter)
    with (OUTPUT / f"{os.getpid()}.served").open("a") as file:
        file.write("f" if ours else "-")


if "pytest" in sys.modules:
    from outcomes import outcomes
    from outcomes import pytest_collectreport as pytest_collectreport
    from outcomes import pytest_runtest_logreport as pytest_runtest_logreport

    if MODE == "writer":
        swap()
    count_responses()
else:
    # gunicorn's setting of that name.
    post_request = note_served
    if MODE == "writer":
        for kind, name in WORKERS.items():
            gunicorn.workers.SUPPORTED_WORKERS[kind] = f"fastresp.gunicorn.{name}"
