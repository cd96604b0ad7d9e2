"""Makes a report of a stored run: an HTML page without external resources.

.. code-block:: text

    python bench/report.py FILE.json [--output bench/report]
                           [--before OTHER.json]

With ``--before``, the page compares the ratios of fastresp with those of another file.
The exit status is 1 if a ratio got worse by more than a tenth, beyond the intervals, or
if an answer is wrong that was right.
"""

from __future__ import annotations

import argparse
import collections
import collections.abc as cabc
import functools
import itertools
import json
import math
import pathlib
import re
import sys
import typing as t

import jinja2
from rows import Row
from subjects import ALONE
from subjects import BY_HAND
from subjects import CEILING

from fastresp.cli.timing import Interval
from fastresp.cli.timing import NOISE_BOUND

HERE = pathlib.Path(__file__).parent

# --- stored runs -----------------------------------------------------------


class Run(t.NamedTuple):
    """A file of pytest-benchmark."""

    #: The machine, the interpreter and the code that were measured.
    facts: dict[str, t.Any]
    #: By suite and name.
    rows: dict[tuple[str, str], Row]
    #: Instructions per response, by row and implementation.
    instructions: dict[str, dict[str, float]]

    def noise(self) -> str:
        noisy = sum(row.noisy for row in self.rows.values())
        said = f"{noisy} of {len(self.rows)} rows are too noisy to conclude from"
        if noisy * 2 > len(self.rows):
            said += ": measure again when the machine has nothing else to do"
        return said


def load(path: str) -> Run:
    """
    :raises ArgumentTypeError: if the file has no rows of these suites.
    """
    rows: dict[tuple[str, str], Row] = {}
    instructions: dict[str, dict[str, float]] = {}
    try:
        stored = json.loads(pathlib.Path(path).read_bytes())
        for entry in stored["benchmarks"]:
            info = entry["extra_info"]
            if "results" in info:
                rows[info["suite"], info["row"]] = Row(**info)
            instructions |= info.get("instructions", {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise argparse.ArgumentTypeError(f"{path}: {error!r}") from error
    if not rows and not instructions:
        raise argparse.ArgumentTypeError(f"{path}: no rows in it")
    machine, commit = stored.get("machine_info", {}), stored.get("commit_info", {})
    facts = {
        "processor": machine.get("cpu", {}).get("brand_raw"),
        **{n: machine.get(n) for n in ("machine", "system", "release", "interpreter")},
        **{n: machine.get(n) for n in ("python_compiler", "packages", "arguments")},
        "commit": commit.get("id"),
        "uncommitted_changes": commit.get("dirty"),
        "date": stored.get("datetime"),
    }
    return Run(facts, rows, instructions)


#: What nothing is compared with.
NONE = Run({}, {}, {})

# --- cells -----------------------------------------------------------------


class Cell(t.NamedTuple):
    text: str
    #: The number behind the text; tables are sorted by it.
    value: float | None = None
    #: A CSS class: good, bad or weak.
    mark: str = ""


def number(value: float | None) -> Cell:
    if value is None:
        return Cell("")
    return Cell(format(value, ",.0f" if value >= 1000 else ".4g"), value)


def ratio_text(ratio: Interval) -> str:
    return f"{ratio.ratio:.3g}x ({ratio.low:.3g} to {ratio.high:.3g})"


def ratio(row: Row, name: str) -> Cell:
    found = row.ratio(name)
    if found is None:
        return Cell("differs" if row.get(name, "differs") else "", mark="bad")
    text = ratio_text(found) if name in row.own else f"{found.ratio:.3g}x"
    return Cell(text, found.ratio, "weak" if row.noisy else "")


def noise(row: Row) -> Cell:
    mark, said = ("bad", ", too noisy") if row.noisy else ("", "")
    return Cell(f"{row.noise:.0%}{said}", row.noise, mark)


def goal(row: Row) -> Cell:
    found = row.ratio(row.own[-1])
    if row.goal is None or found is None:
        return Cell("")
    mark, said = "", " within the interval"
    if row.noisy:
        mark, said = "weak", ", too noisy"
    elif found.low >= row.goal:
        mark, said = "good", " reached"
    elif found.high < row.goal:
        mark, said = "bad", " missed"
    return Cell(f"{row.goal:g}{said}", row.goal, mark)


def reached(row: Row) -> Cell:
    won = row.share_won
    mark = "weak" if row.noisy else ""
    return Cell("") if won is None else Cell(f"{won:.0%}", won, mark)


def change(row: Row, before: Run) -> Cell:
    """Compare fastresp's ratios. They are to the reference of the same run, so the runs
    may be of two machines or two versions of Python.

    :return: a cell whose value is the part that is left of the ratio before.
    """
    was, now = before.rows.get((row.suite, row.row)), row.ratio(row.own[-1])
    first = was.ratio(row.own[-1]) if was else None
    if was is None or first is None:
        return Cell("")
    said, mark = "same", ""
    if now is None:
        said, mark = "wrong", "bad"
    elif was.noisy or row.noisy:
        said, mark = "too noisy", "weak"
    elif first.high < now.low:
        said, mark = "faster", "good"
    elif now.high < first.low:
        said, mark = "slower", "bad"
    left = now.ratio / first.ratio if now else 0.0
    return Cell(f"{said}, was {first.ratio:.3g}x", left, mark)


# --- plots -----------------------------------------------------------------

#: CSS classes of implementations: colour and shape of the marks.
KINDS = {ALONE: "second", BY_HAND: "limit", CEILING: "limit"}
OTHER_KINDS = ("first", "third", "fourth", "fifth")


class Plot:
    """A column of a table on a logarithmic axis: ratios, or the times of rows that
    grow."""

    def __init__(self, rows: list[Row]) -> None:
        main, reference = rows[0].own[-1], rows[0].reference
        self.growing = rows[0].growing
        kinds = itertools.cycle(OTHER_KINDS)
        #: CSS classes by label. What comes last is drawn above the others.
        self.kinds = {
            name: KINDS.get(name) or next(kinds)
            for name in names(rows)
            if name not in (main, reference)
        }
        if self.growing:
            self.kinds[reference] = "stock"
        self.kinds[main] = "main"
        if any(row.goal for row in rows):
            self.kinds["goal"] = "goal"
        #: By row and label.
        self.figures = list(map(self.figures_of, rows))
        known = [v for row in self.figures for each in row.values() for v in each]
        # The reference's own ratio is in sight.
        known += [] if self.growing else [1.0]
        self.low, self.high = min(known, default=1) / 1.2, max(known, default=1) * 1.2

    def figures_of(self, row: Row) -> dict[str, Interval]:
        found = {name: row.ratio(name) for name in self.kinds}
        if self.growing:
            times = {name: row.get(name, "median") for name in self.kinds}
            found = {n: Interval(*[each] * 3) for n, each in times.items() if each}
        elif row.goal is not None:
            found["goal"] = Interval(row.goal, row.goal, row.goal)
        return {name: each for name, each in found.items() if each is not None}

    def at(self, value: float) -> float:
        """Return the place of a value, in percent of the axis."""
        return 100 * math.log(value / self.low, self.high / self.low)

    def ticks(self) -> list[float]:
        width = self.high / self.low
        steps = [1, 1.5, 2, 3, 5, 7] if width < 8 else [1, 2, 5] if width < 200 else [1]
        powers = range(math.floor(math.log10(self.low)), 9)
        found = [step * 10.0**power for power in powers for step in steps]
        return [value for value in found if self.low < value < self.high]


# --- sections --------------------------------------------------------------


class Section(t.NamedTuple):
    """A table of cells and texts; ``report.html`` has texts by title."""

    title: str
    header: cabc.Sequence[str] = ()
    rows: cabc.Sequence[cabc.Sequence[t.Any]] = ()
    level: int = 2
    plot: Plot | None = None

    @property
    def anchor(self) -> str:
        return "section-" + re.sub(r"\W+", "-", self.title.lower()).strip("-")


def names(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.implementations()))


def timed(title: str, rows: list[Row], level: int = 2, before: Run = NONE) -> Section:
    """Return the times and ratios of a suite's rows, without empty columns."""
    main, reference = rows[0].own[-1], rows[0].reference
    others = [name for name in names(rows) if name not in (main, reference)]
    columns: dict[str, cabc.Callable[[Row], Cell]] = {
        f"{reference}, µs": lambda row: number(row.get(reference, "median")),
        f"{main}, µs": lambda row: number(row.get(main, "median")),
        main: functools.partial(ratio, name=main),
        "Before": lambda row: change(row, before),
        "Goal": goal,
        "Reached": reached,
        **{name: functools.partial(ratio, name=name) for name in others},
        "Noise": noise,
    }
    cells = {heading: list(map(cell, rows)) for heading, cell in columns.items()}
    shown = {name: each for name, each in cells.items() if any(c.text for c in each)}
    lines = list(zip((row.row for row in rows), *shown.values(), strict=True))
    return Section(title, ["Row", *shown], lines, level, Plot(rows))


#: Titles of groups of return values, and the beginnings of their names.
GROUPS = {
    "Text and bytes": ("str ", "bytes", "bytearray", "HEAD"),
    "Tuples": ("(",),
    "JSON": ("dict", "list of", "2,000", "100 ", "dates", "jsonify"),
    "Streams": ("generator", "iterator", "Response, list"),
    "WSGI callables and errors": ("WSGI", "HTTPException"),
    "Customized classes": ("class:",),
    "Responses built in the view": ("",),
}


def return_values(rows: list[Row], before: Run) -> cabc.Iterator[Section]:
    yield Section("By return type")
    left = list(rows)
    for group, beginnings in GROUPS.items():
        some = [row for row in left if row.row.startswith(beginnings)]
        left = [row for row in left if row not in some]
        if some:
            yield timed(group, some, 3, before)


def instructions(counted: dict[str, dict[str, float]]) -> Section:
    shown = list(dict.fromkeys(name for row in counted.values() for name in row))
    rows = [
        [row, *(number(counted[row].get(name)) for name in shown)] for row in counted
    ]
    return Section("Instructions", ["Row", *shown], rows)


def no_help(rows: cabc.Iterable[Row]) -> Section:
    lines = []
    for row in rows:
        main = row.ratio(row.own[-1])
        said = []
        for name in row.implementations():
            found = row.ratio(name)
            if found is None or name in (row.reference, BY_HAND, CEILING):
                continue
            if name in row.own and found.ratio < 1.1:
                said.append(f"{name} gains less than a tenth: {ratio_text(found)}")
            elif name not in row.own and main is not None and found.low > main.high:
                said.append(f"{name} is faster: {ratio_text(found)}")
        if said:
            said += ["too noisy"] if row.noisy else []
            lines.append([row.suite, row.row, ratio(row, row.own[-1]), "; ".join(said)])
    return Section("Where it does not help", ["Suite", "Row", "Ratio", "What"], lines)


def correctness(run: Run) -> cabc.Iterator[Section]:
    counts: dict[tuple[str, str], collections.Counter[str]] = {}
    differing = []
    for row in run.rows.values():
        for name in row.implementations():
            counted = counts.setdefault((row.suite, name), collections.Counter())
            differs = row.get(name, "differs")
            if differs:
                text = f"{differs[:300]}{'…' * (len(differs) > 300)}"
                differing.append([row.suite, row.row, name, text])
            absent = "not installed" if row.get(name, "absent") else "same"
            counted["differs" if differs else absent] += 1
    states = ("same", "differs", "not installed")
    lines = [
        [*key, *(Cell(str(counted[state]), counted[state]) for state in states)]
        for key, counted in counts.items()
    ]
    yield Section("Who answers the same", ["Suite", "Implementation", *states], lines)
    header = ["Suite", "Row", "Implementation", "Differs"]
    yield Section("Differences", header, differing, level=3)


def sections(run: Run, before: Run) -> cabc.Iterator[Section]:
    for title, group in itertools.groupby(run.rows.values(), lambda row: row.suite):
        rows = list(group)
        if title == "Return values":
            yield from return_values(rows, before)
        else:
            yield timed(title, rows, 2, before)
    if run.instructions:
        yield instructions(run.instructions)
    yield no_help(run.rows.values())
    yield from correctness(run)
    facts = [
        [name.replace("_", " ").capitalize(), f"{fact}", f"{before.facts.get(name)}"]
        for name, fact in run.facts.items()
    ]
    header = ["What", "Is", "Before"][: 3 if before.facts else 2]
    yield Section("Machine and versions", header, [row[: len(header)] for row in facts])


# --- the command -----------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("run", type=load, metavar="FILE", help="of --benchmark-json")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "report")
    parser.add_argument("--before", type=load, metavar="FILE", help="of another run")
    options = parser.parse_args(arguments)
    run, before = options.run, options.before or NONE
    template = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    ).from_string((HERE / "report.html").read_text("utf-8"))
    page = template.render(
        run=run, sections=list(sections(run, before)), bound=NOISE_BOUND
    )
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "index.html"
    path.write_text(page, encoding="utf-8")
    print(f"{path}: {run.noise()}")

    worse = []
    for key, row in run.rows.items():
        found = change(row, before)
        if found.mark == "bad" and (found.value or 0) < 1 - NOISE_BOUND:
            worse.append(f"{': '.join(key)}: {found.text}")
    for text in worse:
        print(text)
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main())
