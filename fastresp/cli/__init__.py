"""The ``flask fastresp`` commands: proof and figures for your own app.

Flask imports this module for each of its commands, so the commands import what they
need when they run.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import functools
import json
import os
import sys
import traceback
import typing as t

import click
from flask.cli import NoAppException
from flask.cli import pass_script_info
from flask.cli import ScriptInfo

from .options import flask_options
from .options import Options
from .options import request_options

if t.TYPE_CHECKING:
    from .measure import Start
    from .processes import Checked
    from .processes import Loaded
    from .requests import Found

#: Exit statuses: answers differ; the command could not do its work.
DIFFERS = 1
UNUSABLE = 2


class Problem(click.ClickException):
    """The command could not do its work."""

    exit_code = UNUSABLE


@click.group(name="fastresp")
@flask_options
def cli() -> None:
    """Compare this app with and without fastresp.

    "info" says what is compiled in it and why the rest is not, "check" proves that the
    answers are the same, "bench" shows the gain.
    """


def hint(path: str | None) -> str:
    """Return what is in the place of an app, if that is known.

    :param path: the value of Flask's option ``--app``.
    """
    from flask import Flask

    from .._compat.apps import explained

    name, _, given = (path or "").partition(":")
    module = sys.modules.get(os.path.basename(name).removesuffix(".py"))
    for attribute in [given] if given else ["app", "application"]:
        value = getattr(module, attribute, None)
        if value is not None and not isinstance(value, Flask):
            return f"\n{attribute} is {explained(value)}"
    return ""


@contextlib.contextmanager
def loading(info: ScriptInfo) -> cabc.Iterator[None]:
    """Say what is wrong with an app that cannot be loaded."""
    from .processes import Unusable

    try:
        yield
    except NoAppException as error:
        raise Problem(f"{error}{hint(info.app_import_path)}") from error
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Unusable as error:
        raise Problem(str(error)) from error
    except Exception as error:
        # Not with exit status 1, which says that answers differ.
        traceback.print_exc()
        raise Problem("The app could not be loaded.") from error


def load(info: ScriptInfo) -> Loaded:
    """Load the app, without fastresp."""
    from .._compat.compiled import ACCELERATED
    from . import processes as sides

    if not ACCELERATED:
        raise Problem(
            "fastresp has no compiled modules here, or does not know this Werkzeug:"
            " Werkzeug does all the work, and there is nothing to compare."
        )
    with loading(info):
        return sides.load(info)


@contextlib.contextmanager
def comparing(
    info: ScriptInfo, options: Options
) -> cabc.Iterator[tuple[Found, list[Checked], dict[str, int], Start]]:
    """Load the app, start its processes, send the requests to them and compare.

    :return: also fastresp's counts, and a function that starts processes anew.
    """
    from . import output
    from . import processes as sides
    from .remote import RemoteError

    options.check()
    loaded = load(info)
    found = options.find(loaded.app)
    start = functools.partial(
        sides.start, loaded, info, login=options.login or "", seconds=options.timeout
    )
    try:
        with start((sides.STOCK, sides.FAST, sides.AGAIN)) as started:
            length = 3 * len(found.requests)
            with output.progress_bar("Comparing", length) as bar:
                results = sides.compare_sides(
                    started, found.requests, lambda: bar.update(1)
                )
            counts = started[sides.FAST].counts()
        yield found, results, counts, start
    except (RemoteError, sides.Unusable) as error:
        raise Problem(str(error)) from error


@cli.command()
@request_options
@pass_script_info
def info(info: ScriptInfo, /, **kwargs: t.Any) -> None:
    """Say what is compiled in this app, and why the rest is not.

    An override, a provider of its own, a patch: each is named with the place where it
    was defined.

    PATHS are paths in the app, such as /users?page=2. Each is requested once, in a
    process of its own that ends with this command, and its paths are counted:
    responses and JSON texts that were built, emitted and encoded in compiled code,
    and calls that were delegated to Werkzeug. Responses that a view builds in ways
    that fastresp does not reach are named with their line.

    Databases, mails and other side effects of a view are your business. Therefore
    only GET and HEAD are sent, unless you give --unsafe.
    """
    from . import paths
    from . import processes as sides
    from .remote import RemoteError
    from .requests import Found

    options = Options(**kwargs)
    if options.sources():
        options.check()
    with loading(info):
        app = info.load_app()
    found, traced = Found([], []), []
    if options.sources():
        found = options.find(app)
        kind, loaded = sides.LOADED, sides.Loaded(app, [])
        login = options.login or ""
        try:
            with sides.start(loaded, info, [kind], login, options.timeout) as started:
                traced = [(each, started[kind].trace(each)) for each in found.requests]
        except RemoteError as error:
            raise Problem(str(error)) from error
    document = paths.document(app, found, traced)
    if options.as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        paths.show(document)


CHECK_EPILOG = """\
Exit status: 0 if all answers are the same, 1 if some differ, 2 if they could not
be compared.
"""


@cli.command(epilog=CHECK_EPILOG)
@request_options
@pass_script_info
def check(info: ScriptInfo, /, **kwargs: t.Any) -> None:
    """Prove that this app answers the same with fastresp.

    Sends the same requests to the unmodified app and to the app with FastResp, and
    compares status line, headers in their order, body bytes, chunks and
    exceptions. The unmodified app answers twice: values that differ between its
    two answers (dates, session signatures, IDs) change by themselves.

    PATHS are paths in the app, such as /users?page=2.

    No server is needed: requests go through the app's WSGI interface, in
    processes of their own that end with this command, and your app stays
    unmodified. Each view runs THREE times or more: databases, mails and other
    side effects are your business. Therefore only GET and HEAD are sent, unless
    you give --unsafe.
    """
    from . import output

    options = Options(**kwargs)
    with comparing(info, options) as (found, results, counts, _):
        pass
    if options.as_json:
        document = output.check_document(results, counts, found)
        click.echo(json.dumps(document, indent=2))
    else:
        output.print_check(results, counts, found)
    if any(each.comparison.differences for each in results):
        sys.exit(DIFFERS)
    if all(each.comparison.unstable for each in results):
        raise Problem("No answer could be compared.")


def check_folder(
    context: click.Context, option: click.Parameter, file: str | None
) -> str | None:
    """Refuse a file that could not be written when all is measured."""
    folder = os.path.dirname(os.path.abspath(file or "."))
    if file is not None and not (os.path.isdir(folder) and os.access(folder, os.W_OK)):
        raise click.BadParameter(f"{folder!r} is no folder that can be written to.")
    return file


BENCH_EPILOG = """\
Exit status: 0 if all routes were timed, 1 if answers differ, 2 if a route could
not be timed for another reason.
"""


@cli.command(epilog=BENCH_EPILOG)
@request_options
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=3.0,
    show_default=True,
    help="How long to time each route, or up to three times as long where that does"
    " not decide. More gives narrower intervals.",
)
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    callback=check_folder,
    help="Write the results to an HTML page without external resources.",
)
@pass_script_info
def bench(
    info: ScriptInfo, /, seconds: float, html: str | None, **kwargs: t.Any
) -> None:
    """Show how much this app gains from fastresp, and could gain at most.

    Times whole requests to the unmodified app, to the app with FastResp, and to the
    app with responses that cost nothing: no more can be gained. The apps take
    turns in random order, a batch of requests each, and start anew for each of
    several passes. The unmodified app takes part twice, to measure the noise.

    PATHS are paths in the app, such as /users?page=2.

    Answers are compared first, as by "check": a route that differs has no
    figures. Requests go through the app's WSGI interface, in processes of their
    own that end with this command. Each view runs THOUSANDS of times: databases,
    mails and other side effects are your business. Therefore only GET and HEAD
    are sent, unless you give --unsafe.
    """
    from . import measure
    from . import output
    from .remote import RemoteError

    options = Options(**kwargs)
    problem = ""
    with comparing(info, options) as (found, results, _, start):
        timings = list(map(measure.Timing, results))
        with output.progress_bar("Timing", 1000) as bar:
            try:
                measure.time_routes(
                    start,
                    timings,
                    seconds,
                    lambda done: bar.update(round(done * 1000) - bar.pos),
                )
            except (KeyboardInterrupt, RemoteError) as error:
                # What was measured is shown all the same.
                problem = str(error) or "Stopped"
    routes = [each.route() for each in timings if each.over or each.summary()]
    if problem:
        left = output.plural(len(results) - len(routes), "route")
        problem = f"{problem}; {left} not timed."

    document = output.bench_document(routes, found, seconds)
    if html is not None:
        from .page import render

        page = render(document)
        try:
            with open(html, "w", encoding="utf-8") as file:
                file.write(page)
        except OSError as error:
            problem = f"{problem} {html} is not written: {error}".strip()
            html = None
    if options.as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        output.print_routes(routes)
        for text in found.sentences():
            click.echo(text)
        if html is not None:
            click.echo(f"Written: {html}")
    if any(each.checked.comparison.differences for each in routes):
        sys.exit(DIFFERS)
    if problem:
        raise Problem(problem)
    if any(each.reason for each in routes):
        sys.exit(UNUSABLE)
