"""``flask fastresp info``: what is compiled in an app, and the paths of a request."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import textwrap
import threading
import types
import typing as t
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version

import click
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp

from .. import wrappers
from .._compat.apps import place
from .._compat.apps import set_late
from .compare import Answer
from .compare import ask
from .output import versions

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask

    from .requests import Found
    from .requests import Request

#: An answer, the growth of fastresp's counts, and sentences about what was not reached.
Traced = tuple[Answer, dict[str, int], list[str]]

INSTEAD = (
    "write current_app.response_class(...), make_response(...) or"
    " fastresp.Response(...) there, or return the value alone"
)
INSTEAD_OF_JSON = "for a body, return the object itself, or call flask.json.dumps"
#: Callers that are on the way of a response themselves.
PASSED = frozenset(("fastresp", "flask", "werkzeug"))
#: Callers that encode something else than a body.
ENCODING = frozenset(("fastresp", "flask", "itsdangerous", "json"))


def package(frame: types.FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def spot(frame: types.FrameType) -> str:
    code = frame.f_code
    return f"{code.co_qualname} ({code.co_filename}:{frame.f_lineno})"


def caller(frame: types.FrameType) -> str:
    """Return the first function that called this one and is not Flask's or Werkzeug's;
    empty if there is none in the app."""
    found = frame.f_back
    while found is not None and (
        package(found) in PASSED or found.f_code.co_name == "__init__"
    ):
        if found.f_code is trace.__code__:
            return ""
        found = found.f_back
    return "" if found is None else spot(found)


def trace(app: Flask, environ: WSGIEnvironment) -> Traced:
    """Send a request, and look at what builds its response.

    Werkzeug's constructor and :mod:`json` are seen by a profile function: in place of
    them, another function would be a patch.
    """
    built = getattr(WerkzeugResponse.__init__, "__code__", None)
    encoded = {json.dumps.__code__, json.JSONEncoder.encode.__code__}
    found: dict[str, None] = {}

    def profile(frame: types.FrameType, event: str, arg: object) -> None:
        code = frame.f_code
        if event != "call":
            return
        if code is built:
            cls = type(frame.f_locals[code.co_varnames[0]])
            where = caller(frame)
            said = f"{place(cls)} was built in {where or 'Flask'}"
            if issubclass(cls, wrappers.Response):
                why = "a method is overridden, or the input is unusual"
                found[f"{said}, by Werkzeug's constructor: {why}"] = None
            elif where:
                found[f"{said}, which FastResp does not reach: {INSTEAD}"] = None
        elif code in encoded and frame.f_back is not None:
            if package(frame.f_back) not in ENCODING:
                where = f"JSON was encoded by json in {spot(frame.f_back)}"
                found[f"{where}: {INSTEAD_OF_JSON}"] = None

    before = fastresp.fast_path_counts()
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        answer = ask(app, environ)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    after = fastresp.fast_path_counts()
    return answer, {name: after[name] - before[name] for name in after}, list(found)


# --- the command ---------------------------------------------------------------


def of_worker() -> str:
    """Return how responses would be written under gunicorn."""
    try:
        from ..gunicorn import _is_usable
    except ImportError:
        return "stock: gunicorn is not installed"
    if not _is_usable():
        return "stock: the responses of the installed gunicorn are not as expected"
    return (
        "stock: no server here; compiled with gunicorn -k fastresp.gunicorn.SyncWorker"
    )


def document(
    app: Flask, found: Found, traced: list[tuple[Request, Traced]]
) -> dict[str, t.Any]:
    """Return what ``--json`` prints."""
    installed = versions()
    with contextlib.suppress(PackageNotFoundError):
        installed["gunicorn"] = version("gunicorn")
    parts = fastresp.describe(app)
    if fastresp.ACCELERATED:
        parts["gunicorn worker"] = of_worker()
    return {
        "versions": installed,
        "accelerated": fastresp.ACCELERATED,
        "set_late": set_late(app),
        "parts": parts,
        "left_out": found.left_out,
        "requests": [
            {
                "name": str(request),
                "method": request.method,
                "target": request.target,
                "status": answer.status,
                "exception": answer.error,
                "fast_path_counts": counts,
                "not_reached": notes,
            }
            for request, (answer, counts, notes) in traced
        ],
    }


def wrapped(text: str, indent: int = 0) -> str:
    """Break a line between words where it is longer than the terminal is wide; output
    to a file or a pipe keeps its lines."""
    if not sys.stdout.isatty():
        return text
    return textwrap.fill(
        text,
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def show(document: dict[str, t.Any]) -> None:
    names = document["versions"]
    click.echo(wrapped(", ".join(f"{name} {number}" for name, number in names.items())))
    click.echo(f"ACCELERATED is {document['accelerated']}.\n")
    parts: dict[str, list[str]] = {}
    for part, how in document["parts"].items():
        parts.setdefault(how, []).append(part)
    for how, alike in parts.items():
        kind, _, why = how.partition(": ")
        colour = "green" if kind == "compiled" else "yellow"
        text = f"{kind:10}{', '.join(alike)}{f': {why}' if why else ''}"
        click.secho(text[:10], fg=colour, nl=False)
        click.echo(wrapped(text, 10)[10:])
    if document["set_late"]:
        click.secho(wrapped(document["set_late"]), fg="yellow")
    if document["requests"]:
        click.echo()
    for each in document["requests"]:
        said = ", then ".join(filter(None, (each["status"], each["exception"])))
        counts = each["fast_path_counts"].items()
        ways = ", ".join(f"{name} {number}" for name, number in counts)
        click.echo(wrapped(f"{each['name']}  {said}: {ways}", 4))
        for note in each["not_reached"]:
            click.secho(wrapped(f"    {note}.", 8), fg="yellow")
    for text in document["left_out"]:
        click.echo(wrapped(f"Left out: {text}."))
