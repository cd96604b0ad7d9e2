"""The ``flask fastresp`` commands: proof and figures for one's own app.

Flask imports this module for each of its commands: what the commands need is
imported when they run.
"""

from __future__ import annotations

import collections.abc as cabc
import json
import sys
import traceback
import typing as t

import click
from flask.cli import pass_script_info
from flask.cli import ScriptInfo

if t.TYPE_CHECKING:
    from ._compare import Answer
    from ._compare import Comparison
    from ._measure import Summary
    from ._requests import Found
    from ._requests import Request
    from ._sides import Loaded
    from ._sides import Side

#: The exit status where answers differ, and where a command could not do its work.
DIFFERS = 1
UNUSABLE = 2

#: How often the app as it is is asked once more where the other one differs.
REPEATS = 5

F = t.TypeVar("F", bound=cabc.Callable[..., t.Any])


class Problem(click.ClickException):
    """The command could not do its work."""

    exit_code = UNUSABLE


@click.group(name="fastresp")
def cli() -> None:
    """Compare this app with and without fastresp.

    "check" proves that the answers are the same, "bench" shows what is gained.
    """


# --- what both commands are told ---------------------------------------------


def request_options(function: F) -> F:
    """What to send."""
    options = [
        click.argument("paths", nargs=-1),
        click.option(
            "--all-get",
            is_flag=True,
            help="Send a GET for every rule of the app that needs no argument.",
        ),
        click.option(
            "--from-har",
            metavar="FILE",
            type=click.File(encoding="utf-8-sig"),
            help="Send what a browser has recorded: an HTTP archive, as the"
            " network panel of its developer tools saves it.",
        ),
        click.option(
            "--from-log",
            metavar="FILE",
            type=click.File(errors="replace"),
            help="Send each request of an access log once (Common or Combined Log"
            " Format; - is the standard input).",
        ),
        click.option(
            "--host",
            metavar="HOST",
            help="With --from-har: send the requests to this host.  [default: the"
            " first one's]",
        ),
        click.option(
            "--limit",
            type=click.IntRange(min=1),
            default=1000,
            show_default=True,
            help="With --from-log: send no more requests than this.",
        ),
        click.option(
            "-X",
            "--method",
            metavar="METHOD",
            default="GET",
            show_default=True,
            help="The method of requests to PATHS.",
        ),
        click.option(
            "--unsafe",
            is_flag=True,
            help="Send other methods than GET and HEAD too.",
        ),
        click.option(
            "-H",
            "--header",
            "headers",
            metavar="NAME: VALUE",
            multiple=True,
            help="Send this header with each request. May be given more than once.",
        ),
        click.option(
            "--cookie",
            "cookies",
            metavar="NAME=VALUE",
            multiple=True,
            help="Send this cookie with each request. May be given more than once.",
        ),
        click.option(
            "-d",
            "--data",
            metavar="TEXT",
            help="The body of requests to PATHS; @FILE takes it from a file. A form's"
            " unless a header Content-Type says otherwise.",
        ),
        click.option(
            "--login",
            metavar="MODULE:FUNCTION",
            help="Call this first, with a test client of the app. Its cookies, and"
            " the headers that the function returns (a dict, or None), are sent"
            " with each request.",
        ),
        click.option(
            "--timeout",
            metavar="SECONDS",
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            help="How long to wait for an answer.",
        ),
        click.option(
            "--json", "as_json", is_flag=True, help="Print JSON, for other programs."
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


class Options(t.NamedTuple):
    """What the options of :func:`request_options` say."""

    paths: tuple[str, ...]
    all_get: bool
    from_har: t.TextIO | None
    from_log: t.TextIO | None
    host: str | None
    limit: int
    method: str
    unsafe: bool
    headers: tuple[str, ...]
    cookies: tuple[str, ...]
    data: str | None
    login: str | None
    timeout: float
    as_json: bool

    def check(self) -> None:
        """Refuses options that contradict each other.

        :raises click.UsageError: if they do.
        """
        sources = [
            name
            for name, given in [
                ("PATHS", self.paths),
                ("--all-get", self.all_get),
                ("--from-har", self.from_har),
                ("--from-log", self.from_log),
            ]
            if given
        ]
        if not sources:
            raise click.UsageError(
                "What to send? Give PATHS, --all-get, --from-har or --from-log."
            )
        if len(sources) > 1:
            raise click.UsageError(f"{' and '.join(sources)} exclude each other.")
        if not self.paths and (self.data is not None or self.method != "GET"):
            raise click.UsageError("--method and --data are for PATHS.")
        if self.host and not self.from_har:
            raise click.UsageError("--host is for --from-har.")
        if self.method.upper() not in ("GET", "HEAD") and not self.unsafe:
            raise click.UsageError(
                f"{self.method.upper()} may change something: give --unsafe too if"
                " it may."
            )
        if self.login and not all(self.login.partition(":")):
            raise click.BadParameter(
                f"{self.login!r} is not of the form MODULE:FUNCTION.",
                param_hint="--login",
            )

    def fields(self, *, data: bool = False) -> tuple[tuple[str, str], ...]:
        """The headers to send."""
        fields = []
        for header in self.headers:
            name, colon, value = header.partition(":")
            if not colon or not name.strip() or "\n" in header or "\r" in header:
                raise click.BadParameter(
                    f"{name!r} is not followed by a colon and a value, or has a line"
                    " break.",
                    param_hint="--header",
                )
            fields.append((name.strip(), value.strip()))
        if self.cookies:
            for cookie in self.cookies:
                if "=" not in cookie:
                    raise click.BadParameter(
                        "A cookie is not of the form NAME=VALUE.",
                        param_hint="--cookie",
                    )
            fields.append(("Cookie", "; ".join(self.cookies)))
        if data and not any(name.lower() == "content-type" for name, _ in fields):
            fields.append(("Content-Type", "application/x-www-form-urlencoded"))
        return tuple(fields)

    def body(self) -> bytes:
        if self.data is None:
            return b""
        if not self.data.startswith("@"):
            return self.data.encode("utf-8", "surrogateescape")
        try:
            with open(self.data[1:], "rb") as file:
                return file.read()
        except OSError as error:
            raise click.BadParameter(str(error), param_hint="--data") from error

    def find(self, loaded: Loaded) -> Found:
        """
        :raises click.UsageError: if there is nothing to send.
        """
        from . import _requests

        fields = self.fields()
        try:
            if self.all_get:
                found = _requests.from_rules(loaded.app, fields)
            elif self.from_har is not None:
                found = _requests.from_har(self.from_har.read(), self.host or "")
                found = found._replace(
                    requests=[
                        each._replace(headers=each.headers + fields)
                        for each in found.requests
                    ]
                )
            elif self.from_log is not None:
                found = _requests.from_log(self.from_log, fields, self.limit)
            else:
                body = self.body()
                found = _requests.from_paths(
                    self.paths, self.method.upper(), self.fields(data=bool(body)), body
                )
        except (_requests.Unreadable, UnicodeDecodeError) as error:
            raise click.UsageError(str(error)) from error
        if not self.unsafe:
            found = _requests.without_unsafe(found)
        if not found.requests:
            raise click.UsageError(
                "\n".join(["There is nothing to send.", *map(left_out, found.left_out)])
            )
        return found


def left_out(text: str) -> str:
    return f"Left out: {text}."


def load(info: ScriptInfo) -> Loaded:
    """The app, without fastresp."""
    from . import _sides
    from ._accelerated import ACCELERATED

    if not ACCELERATED:
        raise Problem(
            "fastresp has no compiled modules here, or does not know this Werkzeug:"
            " Werkzeug does all the work, and there is nothing to compare."
        )
    try:
        return _sides.load(info)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except _sides.Unusable as error:
        raise Problem(str(error)) from error
    except Exception as error:
        # With an exit status of its own, as 1 says that answers differ.
        traceback.print_exc()
        raise Problem("The app could not be loaded.") from error


def note(text: str, **style: t.Any) -> None:
    """Says something that is not the result."""
    click.secho(text, err=True, **style)


def progress_bar(label: str, length: int) -> t.Any:
    return click.progressbar(length=length, label=label, file=sys.stderr)


# --- answers -----------------------------------------------------------------


class Checked(t.NamedTuple):
    request: Request
    answer: Answer
    comparison: Comparison


def compare_sides(
    sides: dict[str, Side], requests: cabc.Sequence[Request]
) -> list[Checked]:
    """Sends everything to the app as it is, to the other, and again."""
    from ._compare import compare
    from ._requests import SAFE_METHODS
    from ._sides import AGAIN
    from ._sides import FAST
    from ._sides import STOCK

    answers: dict[str, list[Answer]] = {}
    with progress_bar("Comparing", 3 * len(requests)) as bar:
        # One side after the other, so that a request finds what those before it
        # have done. Should that be in a database, it comes to find it thrice.
        for kind in (STOCK, FAST, AGAIN):
            answers[kind] = []
            for request in requests:
                answers[kind].append(sides[kind].ask(request))
                bar.update(1)
    if any(sides[STOCK].counts().values()):
        raise Problem(
            "The app as it is uses fastresp already: take it out of the app's code,"
            " or there is nothing to compare."
        )
    results = []
    for request, stock, fast, again in zip(
        requests, answers[STOCK], answers[FAST], answers[AGAIN], strict=True
    ):
        comparison = compare(stock, fast, again)
        if comparison.differences and request.method in SAFE_METHODS:
            # What changes now and then may have been the same twice.
            for _ in range(REPEATS):
                other = compare(stock, fast, sides[AGAIN].ask(request))
                if not other.differences:
                    comparison = other
                    break
        results.append(Checked(request, stock, comparison))
    return results


def plural(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def print_checked(checked: Checked) -> None:
    request, answer, comparison = checked
    said = ", then ".join(filter(None, (answer.status, answer.error)))
    if comparison.differences:
        click.secho("differs   ", fg="red", bold=True, nl=False)
        click.echo(f"{request}: {', '.join(comparison.differences)}")
        for line in comparison.diff:
            colour = {"-": "red", "+": "green"}.get(line[0])
            click.secho(f"    {line}", fg=colour)
    elif comparison.unstable:
        click.secho("unstable  ", fg="yellow", nl=False)
        click.echo(
            f"{request}: without fastresp it answers now this, now that"
            f" ({', '.join(comparison.volatile)})"
        )
    else:
        click.secho("same      ", fg="green", nl=False)
        but = ", ".join(comparison.volatile)
        click.echo(
            f"{request}  {said}" + (f"  (changes by itself: {but})" if but else "")
        )


def print_counts(counts: dict[str, int]) -> None:
    if counts["emitted"]:
        click.echo(
            f"Compiled code built {plural(counts['built'], 'response')} and emitted"
            f" {counts['emitted']}; {plural(counts['delegated'], 'method call')}"
            f" {'was' if counts['delegated'] == 1 else 'were'} left to Werkzeug."
        )
    else:
        click.secho(
            "The fast path was not in use: no response was emitted by compiled code."
            " Is FASTRESP_ENABLED off, or is every method overridden?",
            fg="yellow",
        )


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
    the app. What a view does elsewhere, it does THREE times: databases, mails and
    other side effects are your business. Therefore only GET and HEAD are sent,
    unless you give --unsafe.
    """
    from . import _sides

    options = Options(**kwargs)
    options.check()
    loaded = load(info)
    found = options.find(loaded)
    kinds = (_sides.STOCK, _sides.FAST, _sides.AGAIN)
    try:
        with _sides.sides(
            loaded, info, kinds, options.login or "", options.timeout
        ) as sides:
            results = compare_sides(sides, found.requests)
            counts = sides[_sides.FAST].counts()
    except _sides.SideError as error:
        raise Problem(str(error)) from error

    differing = sum(bool(each.comparison.differences) for each in results)
    unstable = sum(each.comparison.unstable for each in results)
    if options.as_json:
        click.echo(json.dumps(check_document(results, counts, found), indent=2))
    else:
        for each in results:
            print_checked(each)
        same = len(results) - differing - unstable
        click.echo()
        click.secho(
            f"{plural(len(results), 'request')}: {same} the same, {differing}"
            f" different, {unstable} unstable.",
            fg="red" if differing else "green",
            bold=True,
        )
        print_counts(counts)
        for text in found.left_out:
            click.echo(left_out(text))
    if differing:
        sys.exit(DIFFERS)
    if unstable == len(results):
        raise Problem("No answer could be compared.")


def versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    return {
        "fastresp": version("fastresp"),
        "flask": version("flask"),
        "werkzeug": version("werkzeug"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
    }


def check_document(
    results: cabc.Iterable[Checked], counts: dict[str, int], found: Found
) -> dict[str, t.Any]:
    return {
        "versions": versions(),
        "fast_path_counts": counts,
        "left_out": found.left_out,
        "requests": [checked_document(each) for each in results],
    }


def checked_document(checked: Checked) -> dict[str, t.Any]:
    request, answer, comparison = checked
    return {
        "method": request.method,
        "target": request.target,
        "status": answer.status,
        "exception": answer.error,
        "same": not comparison.differences and not comparison.unstable,
        "unstable": comparison.unstable,
        "differences": comparison.differences,
        "diff": comparison.diff,
        "changes_by_itself": comparison.volatile,
    }


# --- time --------------------------------------------------------------------


class Route(t.NamedTuple):
    """What came of a route: without a summary, there are no figures."""

    checked: Checked
    summary: Summary | None
    #: Why there are no figures.
    reason: str = ""


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
    from . import _sides

    options = Options(**kwargs)
    options.check()
    loaded = load(info)
    found = options.find(loaded)
    kinds = (_sides.STOCK, _sides.FAST, _sides.AGAIN, _sides.FREE)
    try:
        with _sides.sides(
            loaded, info, kinds, options.login or "", options.timeout
        ) as sides:
            checked = compare_sides(sides, found.requests)
            routes = list(time_routes(sides, checked, seconds))
    except _sides.SideError as error:
        raise Problem(str(error)) from error

    document = bench_document(routes, found, seconds)
    if html is not None:
        from ._page import render

        with click.open_file(html, "w", encoding="utf-8", atomic=True) as file:
            file.write(render(document))
    if options.as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        print_routes(routes)
        for text in found.left_out:
            click.echo(left_out(text))
        if html is not None:
            click.echo(f"Written: {html}")
    if any(each.checked.comparison.differences for each in routes):
        sys.exit(DIFFERS)
    if len(routes) < len(checked) or any(each.reason for each in routes):
        sys.exit(UNUSABLE)


def time_routes(
    sides: dict[str, Side], results: cabc.Sequence[Checked], seconds: float
) -> cabc.Iterator[Route]:
    from ._measure import Changing
    from ._measure import measure
    from ._measure import Result
    from ._sides import FREE

    steps = 1000
    with progress_bar("Timing", steps * len(results)) as bar:
        try:
            for number, each in enumerate(results):
                request, answer, comparison = each
                done = 0.0

                def progress(part: float) -> None:
                    nonlocal done
                    before, done = done, done + part * steps
                    bar.update(int(done) - int(before))

                if comparison.differences:
                    yield Route(each, None)
                elif comparison.unstable:
                    yield Route(each, None, "it answers now this, now that")
                elif answer.error or answer.cut:
                    why = answer.error or "the body does not end"
                    yield Route(each, None, why)
                else:
                    taking = dict(sides)
                    if not taking[FREE].make_free(request, answer):
                        del taking[FREE]
                    try:
                        times = measure(
                            taking, request, answer.status, seconds, progress
                        )
                    except Changing as error:
                        why = f"the answer changes when it is asked for often: {error}"
                        yield Route(each, None, why)
                    else:
                        yield Route(each, Result(str(request), times).summary())
                bar.update((number + 1) * steps - bar.pos)
        except KeyboardInterrupt:
            note("\nStopped; what is done is shown.")


def microseconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f} us"


def print_routes(routes: cabc.Sequence[Route]) -> None:
    rows = [
        ("route", "stock", "FastResp", "gain, 95 % interval", "at most", "response")
    ]
    for _, summary, _ in routes:
        if summary is None:
            continue
        ceiling = "?" if summary.ceiling is None else f"{summary.ceiling.ratio:.2f}x"
        share = "?" if summary.share is None else f"{summary.share:.0%}"
        rows.append(
            (
                summary.name,
                microseconds(summary.stock_us),
                microseconds(summary.fast_us),
                str(summary.gain) if summary.conclusive else "too noisy",
                ceiling if summary.conclusive else "too noisy",
                share if summary.conclusive else "",
            )
        )
    if len(rows) > 1:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for number, row in enumerate(rows):
            cells = [
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            click.secho("  ".join(cells).rstrip(), bold=not number)
        click.echo()
    for checked, summary, reason in routes:
        if summary is not None:
            click.secho(summary.sentence + ".", fg=colour_of(summary))
        elif reason:
            click.secho(f"{checked.request}: not timed, {reason}.", fg="yellow")
        else:
            print_checked(checked)
    if any(summary is not None and not summary.conclusive for _, summary, _ in routes):
        click.secho(
            "The machine is too busy or too unsteady for some routes: stop what else"
            " runs, or give more --seconds.",
            fg="yellow",
        )


def colour_of(summary: Summary) -> str | None:
    if not summary.conclusive:
        return "yellow"
    return "green" if summary.gain.low > 1 + summary.noise else None


def bench_document(
    routes: cabc.Iterable[Route], found: Found, seconds: float
) -> dict[str, t.Any]:
    return {
        "versions": versions(),
        "seconds": seconds,
        "left_out": found.left_out,
        "routes": [route_document(each) for each in routes],
    }


def route_document(route: Route) -> dict[str, t.Any]:
    document = {**checked_document(route.checked), "not_timed": route.reason}
    if route.summary is None:
        return {**document, "timing": None}
    timing = route.summary._asdict()
    timing["gain"] = route.summary.gain._asdict()
    if route.summary.ceiling is not None:
        timing["ceiling"] = route.summary.ceiling._asdict()
    return {**document, "timing": timing}
