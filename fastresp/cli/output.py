"""Output of ``flask fastresp check`` and ``bench``: text, and documents for JSON."""

from __future__ import annotations

import collections.abc as cabc
import platform
import sys
import typing as t
from importlib.metadata import version

import click

from .._version import __version__
from .requests import printable

if t.TYPE_CHECKING:
    from .measure import Route
    from .measure import Summary
    from .processes import Checked
    from .requests import Found


def progress_bar(label: str, length: int) -> t.Any:
    return click.progressbar(length=length, label=label, file=sys.stderr)


def plural(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def print_checked(checked: Checked) -> None:
    request, answer, comparison = checked
    said = printable(", then ".join(filter(None, (answer.status, answer.error))))
    if comparison.differences:
        click.secho("differs   ", fg="red", bold=True, nl=False)
        click.echo(f"{request}: {', '.join(comparison.differences)}")
        for line in comparison.diff:
            colour = {"-": "red", "+": "green"}.get(line[0])
            click.secho(f"    {line}", fg=colour)
    elif comparison.unstable:
        click.secho("unstable  ", fg="yellow", nl=False)
        click.echo(
            f"{request}: its answers without fastresp differ, too"
            f" ({', '.join(comparison.volatile)})"
        )
    else:
        click.secho("same      ", fg="green", nl=False)
        but = ", ".join(comparison.volatile)
        click.echo(
            f"{request}  {said}" + (f"  (changes by itself: {but})" if but else "")
        )


def print_counts(counts: dict[str, int]) -> None:
    click.echo(
        f"Compiled code built {plural(counts['built'], 'response')} and emitted"
        f" {counts['emitted']}; {plural(counts['delegated'], 'method call')}"
        f" {'was' if counts['delegated'] == 1 else 'were'} delegated to Werkzeug."
    )


def versions() -> dict[str, str]:
    return {
        "fastresp": __version__,
        "flask": version("flask"),
        "werkzeug": version("werkzeug"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
    }


def print_check(
    results: cabc.Sequence[Checked], counts: dict[str, int], found: Found
) -> None:
    for each in results:
        print_checked(each)
    different = sum(bool(each.comparison.differences) for each in results)
    unstable = sum(each.comparison.unstable for each in results)
    same = len(results) - different - unstable
    click.echo()
    click.secho(
        f"{plural(len(results), 'request')}: {same} the same, {different}"
        f" different, {unstable} unstable.",
        fg="red" if different else "green",
        bold=True,
    )
    print_counts(counts)
    for text in found.sentences():
        click.echo(text)


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
        "name": str(request),
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


def microseconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f} us"


def aligned(rows: cabc.Sequence[cabc.Sequence[str]]) -> cabc.Iterator[str]:
    """Yield a table's lines. The columns but the first are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = map(str.rjust, others, widths[1:])
        yield "  ".join([first.ljust(widths[0]), *cells]).rstrip()


def print_routes(routes: cabc.Sequence[Route]) -> None:
    rows = [
        ("route", "stock", "FastResp", "gain, 95 % interval", "at most", "response")
    ]
    for _, summary, _ in routes:
        if summary is None:
            continue
        known = summary.verdict != "unknown"
        ceiling = "?" if summary.ceiling is None else f"{summary.ceiling.ratio:.2f}x"
        share = "?" if summary.share is None else f"{summary.share:.0%}"
        rows.append(
            (
                summary.name,
                microseconds(summary.stock_us),
                microseconds(summary.fast_us),
                str(summary.gain) if known else "too noisy",
                ceiling if known else "",
                share if known else "",
            )
        )
    if len(rows) > 1:
        for number, line in enumerate(aligned(rows)):
            click.secho(line, bold=not number)
        click.echo()
    for checked, summary, reason in routes:
        if summary is not None:
            click.secho(summary.sentence + ".", fg=colour_of(summary))
        elif reason:
            click.secho(f"{checked.request}: not timed, {reason}.", fg="yellow")
        else:
            print_checked(checked)
    if any(each.summary and each.summary.verdict == "unknown" for each in routes):
        click.secho(
            "The machine is too busy or too unsteady for some routes: stop what else"
            " runs, or give more --seconds.",
            fg="yellow",
        )


def colour_of(summary: Summary) -> str | None:
    return {"faster": "green", "unknown": "yellow"}.get(summary.verdict)


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
