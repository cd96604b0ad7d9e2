"""The ``flask fastresp`` commands: proof and figures for one's own app.

Flask imports this module for each of its commands: what the commands need is
imported when they run.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import json
import sys
import traceback
import typing as t

import click
from flask.cli import pass_script_info
from flask.cli import ScriptInfo

from .options import Options
from .options import request_options

if t.TYPE_CHECKING:
    from .processes import Checked
    from .processes import Loaded
    from .processes import Side
    from .requests import Found

#: The exit status where answers differ, and where a command could not do its work.
DIFFERS = 1
UNUSABLE = 2


class Problem(click.ClickException):
    """The command could not do its work."""

    exit_code = UNUSABLE


@click.group(name="fastresp")
def cli() -> None:
    """Compare this app with and without fastresp.

    "check" proves that the answers are the same, "bench" shows what is gained.
    """


def load(info: ScriptInfo) -> Loaded:
    """The app, without fastresp."""
    from .._compat import ACCELERATED
    from . import processes as sides

    if not ACCELERATED:
        raise Problem(
            "fastresp has no compiled modules here, or does not know this Werkzeug:"
            " Werkzeug does all the work, and there is nothing to compare."
        )
    try:
        return sides.load(info)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except sides.Unusable as error:
        raise Problem(str(error)) from error
    except Exception as error:
        # With an exit status of its own, as 1 says that answers differ.
        traceback.print_exc()
        raise Problem("The app could not be loaded.") from error


@contextlib.contextmanager
def comparing(
    info: ScriptInfo, options: Options, *kinds: str
) -> cabc.Iterator[tuple[Found, dict[str, Side], list[Checked]]]:
    """Loads the app, starts its sides, sends the requests to them and compares."""
    from . import output
    from . import processes as sides

    options.check()
    loaded = load(info)
    found = options.find(loaded.app)
    login = options.login or ""
    try:
        with sides.start(loaded, info, kinds, login, options.timeout) as started:
            length = 3 * len(found.requests)
            with output.progress_bar("Comparing", length) as bar:
                results = sides.compare_sides(
                    started, found.requests, lambda: bar.update(1)
                )
            yield found, started, results
    except (sides.SideError, sides.Unusable) as error:
        raise Problem(str(error)) from error


CHECK_EPILOG = """\
Exit status: 0 if all answers are the same, 1 if some differ, 2 if they could not
be compared.
"""


@cli.command(epilog=CHECK_EPILOG)
@request_options
@pass_script_info
def check(info: ScriptInfo, /, **kwargs: t.Any) -> None:
    """Prove that this app answers the same with fastresp.

    Sends the same requests to the app as it is and to the app with FastResp, and
    compares status line, headers in their order, body bytes, chunks and
    exceptions. The app as it is answers twice, so that what changes by itself
    (dates, signatures of sessions, identifiers) is known for what it is.

    PATHS are paths in the app, such as /users?page=2.

    No server is needed: requests go through the app's WSGI interface, in
    processes of their own that end with this command. Nothing is written into
    the app. What a view does elsewhere, it does THREE times or more: databases,
    mails and other side effects are your business. Therefore only GET and HEAD
    are sent, unless you give --unsafe.
    """
    from . import output
    from .processes import AGAIN
    from .processes import FAST
    from .processes import STOCK

    options = Options(**kwargs)
    with comparing(info, options, STOCK, FAST, AGAIN) as (found, sides, results):
        counts = sides[FAST].counts()
    if options.as_json:
        document = output.check_document(results, counts, found)
        click.echo(json.dumps(document, indent=2))
    else:
        output.print_check(results, counts, found)
    if any(each.comparison.differences for each in results):
        sys.exit(DIFFERS)
    if all(each.comparison.unstable for each in results):
        raise Problem("No answer could be compared.")


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
    help="How long to time each route; more says more.",
)
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    help="Write the results into a page that needs nothing else.",
)
@pass_script_info
def bench(
    info: ScriptInfo, /, seconds: float, html: str | None, **kwargs: t.Any
) -> None:
    """Show what this app gains from fastresp, and could gain at most.

    Times whole requests to the app as it is, to the app with FastResp, and to the
    app with responses that cost nothing: more than that cannot be gained. A few
    requests to each in turn, in random order, again and again. The app as it is
    takes part twice, to show how far the machine can be believed.

    PATHS are paths in the app, such as /users?page=2.

    Answers are compared first, as by "check": a route that differs has no
    figures. Requests go through the app's WSGI interface, in processes of their
    own that end with this command. What a view does elsewhere, it does THOUSANDS
    of times: databases, mails and other side effects are your business. Therefore
    only GET and HEAD are sent, unless you give --unsafe.
    """
    from . import measure
    from . import output
    from .processes import AGAIN
    from .processes import FAST
    from .processes import FREE
    from .processes import STOCK

    options = Options(**kwargs)
    kinds = (STOCK, FAST, AGAIN, FREE)
    routes: list[measure.Route] = []
    with comparing(info, options, *kinds) as (found, sides, results):
        steps = 1000
        with output.progress_bar("Timing", steps * len(results)) as bar:

            def progress(done: float) -> None:
                bar.update(round(done * steps) - bar.pos)

            try:
                for route in measure.time_routes(sides, results, seconds, progress):
                    routes.append(route)
            except KeyboardInterrupt:
                stopped = True
            else:
                stopped = False

    document = output.bench_document(routes, found, seconds)
    if html is not None:
        from .page import render

        with open(html, "w", encoding="utf-8") as file:
            file.write(render(document))
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
    if stopped:
        raise Problem(f"Stopped; {len(results) - len(routes)} routes were not timed.")
    if any(each.reason for each in routes):
        sys.exit(UNUSABLE)
