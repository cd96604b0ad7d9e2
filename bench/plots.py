"""Plots as SVG for a page with a light or dark background."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import importlib
import io
import pathlib
import re
import typing as t

from fastresp.cli.timing import Interval

#: Colours that are visible on white and on black.
MAIN, SECOND, LIMIT = "#2f81f7", "#a371f7", "#2da44e"
GOAL, STOCK, PEER = "#e16f24", "#7d8590", "#bf8700"


class Series(t.NamedTuple):
    """Marks of one kind: a label, and the ratios of the rows."""

    label: str
    colour: str
    marker: str
    points: cabc.Sequence[Interval | None]


def ratios(
    name: str, labels: list[str], series: cabc.Iterable[Series], axis: str
) -> str:
    """Return rows from top to bottom, ratios on a logarithmic axis, intervals as
    lines."""
    with drawing(7.5, 0.9 + 0.27 * len(labels)) as (figure, axes):
        for label, colour, marker, points in series:
            found = [(place, point) for place, point in enumerate(points) if point]
            if not found:
                continue
            errors = [(p.ratio - p.low, p.high - p.ratio) for _, p in found]
            axes.errorbar(
                [point.ratio for _, point in found],
                [place for place, _ in found],
                xerr=list(zip(*errors, strict=True)),
                fmt=marker,
                color=colour,
                label=label,
                markersize=11 if marker == "|" else 5,
                markeredgewidth=2 if marker == "|" else 1,
                markerfacecolor=colour if marker == "o" else "none",
            )
        axes.axvline(1, color=STOCK, linewidth=1)
        axes.set_xscale("log")
        low, high = axes.get_xlim()
        plain_ticks(axes.xaxis, (1, 2, 5) if high > 8 * low else (1, 1.5, 2, 3, 5, 7))
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlabel(axis)
        return svg(name, figure, axes)


def lines(
    name: str, series: cabc.Mapping[str, list[tuple[int, float]]], x: str, y: str
) -> str:
    """Return lines on two logarithmic axes; 0 has a place before 1."""
    styles = ((STOCK, "s"), (SECOND, "D"), (MAIN, "o"), (LIMIT, "^"))
    with drawing(7.5, 3.6) as (figure, axes):
        for (label, points), (colour, marker) in zip(
            series.items(), styles, strict=False
        ):
            axes.plot(
                *zip(*points, strict=True),
                color=colour,
                marker=marker,
                markersize=4.5,
                markerfacecolor=colour if marker == "o" else "none",
                label=label,
            )
        axes.set_xscale("symlog", linthresh=1, linscale=0.4)
        axes.set_yscale("log")
        plain_ticks(axes.yaxis)
        plain_ticks(axes.xaxis)
        smallest = min(size for points in series.values() for size, _ in points)
        axes.set_xlim(left=-0.3 if smallest == 0 else 0.8)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        return svg(name, figure, axes)


def plain_ticks(axis: t.Any, marked: tuple[float, ...] = ()) -> None:
    ticker = importlib.import_module("matplotlib.ticker")
    if marked:
        axis.set_major_locator(ticker.LogLocator(subs=marked, numticks=20))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


@contextlib.contextmanager
def drawing(width: float, height: float) -> cabc.Iterator[tuple[t.Any, t.Any]]:
    importlib.import_module("matplotlib").use("svg")
    pyplot = importlib.import_module("matplotlib.pyplot")
    with pyplot.style.context(pathlib.Path(__file__).with_suffix(".mplstyle")):
        figure, axes = pyplot.subplots(figsize=(width, height))
        try:
            yield figure, axes
        finally:
            pyplot.close(figure)


def svg(name: str, figure: t.Any, axes: t.Any) -> str:
    """
    :param name: begins the plot's identifiers, as a page has several plots.
    """
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, columnspacing=1.2)
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :].replace("*{stroke", "figure svg *{stroke")
    text = re.sub("<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
