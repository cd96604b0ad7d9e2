"""Plots as SVG that is part of a page: its colours follow the page's, light or dark,
and its text is the page's text."""

from __future__ import annotations

import collections.abc as cabc
import importlib
import importlib.util
import io
import re
import typing as t

from intervals import Interval

#: Stand-ins in the drawing -> name, in light, in dark.
COLOURS = {
    "#010101": ("ink", "#1f2328", "#e6edf3"),
    "#020202": ("grid", "#d0d7de", "#30363d"),
    "#030303": ("main", "#0969da", "#58a6ff"),
    "#040404": ("second", "#8250df", "#bc8cff"),
    "#050505": ("limit", "#1a7f37", "#3fb950"),
    "#060606": ("goal", "#bc4c00", "#f0883e"),
    "#070707": ("stock", "#57606a", "#8b949e"),
    "#080808": ("peer", "#9a6700", "#d29922"),
}
INK, GRID, MAIN, SECOND, LIMIT, GOAL, STOCK, PEER = COLOURS


def variables(column: int) -> str:
    return "".join(f"--fr-{row[0]}:{row[column]};" for row in COLOURS.values())


STYLE = (
    f".fr-plot{{{variables(1)}}}"
    f"@media (prefers-color-scheme:dark){{.fr-plot{{{variables(2)}}}}}"
)

SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.bbox": "tight",
}


class Series(t.NamedTuple):
    """Marks of one kind: a label, and what there is at each place."""

    label: str
    colour: str
    marker: str
    points: list[Interval | None]


def available() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def ratios(
    name: str,
    labels: list[str],
    series: cabc.Sequence[Series],
    axis: str,
) -> str:
    """Rows from top to bottom, ratios on a logarithmic axis, intervals as lines."""
    with drawing(7.5, 0.9 + 0.27 * len(labels)) as (figure, axes):
        for each in series:
            places = [at for at, point in enumerate(each.points) if point is not None]
            points = [point for point in each.points if point is not None]
            if not points:
                continue
            mids = [point.mid for point in points]
            axes.errorbar(
                mids,
                places,
                xerr=[
                    [point.mid - point.low for point in points],
                    [point.high - point.mid for point in points],
                ],
                fmt=each.marker,
                color=each.colour,
                label=each.label,
                markersize=11 if each.marker == "|" else 5,
                markeredgewidth=2 if each.marker == "|" else 1,
                markerfacecolor="none" if each.marker in "DsP^v" else each.colour,
                elinewidth=1.4,
            )
        axes.axvline(1, color=STOCK, linewidth=1)
        axes.set_xscale("log")
        low, high = axes.get_xlim()
        plain_ticks(axes.xaxis, (1, 2, 5) if high > 8 * low else (1, 1.5, 2, 3, 5, 7))
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlabel(axis)
        legend(figure, axes)
        return svg(name, figure)


def lines(
    name: str, series: cabc.Mapping[str, list[tuple[int, float]]], x: str, y: str
) -> str:
    """How something grows, on two logarithmic axes; 0 has a place before 1."""
    styles = zip(
        series, ((STOCK, "s"), (SECOND, "D"), (MAIN, "o"), (LIMIT, "^")), strict=False
    )
    with drawing(7.5, 3.6) as (figure, axes):
        for label, (colour, marker) in styles:
            axes.plot(
                [size for size, _ in series[label]],
                [cost for _, cost in series[label]],
                color=colour,
                marker=marker,
                markersize=4.5,
                markerfacecolor=colour if marker == "o" else "none",
                linewidth=1.4,
                label=label,
            )
        axes.set_xscale("symlog", linthresh=1, linscale=0.4)
        axes.set_yscale("log")
        plain_ticks(axes.yaxis)
        plain_ticks(axes.xaxis)
        axes.set_xlim(left=-0.3 if any(p[0][0] == 0 for p in series.values()) else 0.8)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        legend(figure, axes)
        return svg(name, figure)


def legend(figure: t.Any, axes: t.Any) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, columnspacing=1.2)


def plain_ticks(axis: t.Any, marked: tuple[float, ...] = ()) -> None:
    ticker = importlib.import_module("matplotlib.ticker")
    if marked:
        axis.set_major_locator(ticker.LogLocator(subs=marked, numticks=20))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


class drawing:
    """A figure with one pair of axes, closed at the end."""

    def __init__(self, width: float, height: float) -> None:
        matplotlib = importlib.import_module("matplotlib")
        matplotlib.use("svg")
        self.pyplot = importlib.import_module("matplotlib.pyplot")
        self.settings = self.pyplot.rc_context(SETTINGS)
        self.size = (width, height)

    def __enter__(self) -> tuple[t.Any, t.Any]:
        self.settings.__enter__()
        self.figure, axes = self.pyplot.subplots(figsize=self.size)
        return self.figure, axes

    def __exit__(self, *exc_info: t.Any) -> None:
        self.pyplot.close(self.figure)
        self.settings.__exit__(*exc_info)


def svg(name: str, figure: t.Any) -> str:
    """:param name: what the plot's identifiers begin with: there are several in a
    page."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    # The list of fonts comes with and without the size.
    text = re.sub(r"(font(?:-family:|: [\d.]+px)) [^;\"]*", r"\1 sans-serif", text)
    for stand_in, (variable, *_) in COLOURS.items():
        text = text.replace(stand_in, f"var(--fr-{variable})")
    text = text.replace("*{stroke", ".fr-plot *{stroke")
    text = text.replace("<svg ", '<svg class="fr-plot" role="img" ', 1)
    return re.sub(r"<defs>", f"<style>{STYLE}</style><defs>", text, count=1)
