"""Makes a report of stored runs: an HTML page without external resources.

.. code-block:: text

    python bench/report.py FILE.json [OTHER.json ...] [--output bench/report]
                           [--fail-over 10%]

The page shows the last file, and compares each file with the one before it. With
``--fail-over``, the exit status is 1 if a figure of fastresp got worse by more than
that, beyond the intervals, or if an answer is wrong that was right.
"""

from __future__ import annotations

import argparse
import collections
import collections.abc as cabc
import dataclasses
import importlib.util
import itertools
import json
import pathlib
import re
import sys
import typing as t

import jinja2
import plots
from harness import AGAIN
from harness import ALONE
from harness import BY_HAND
from harness import CEILING
from harness import FASTRESP
from harness import FLASK
from peers import FRAMEWORKS
from plots import Series

from fastresp.cli.timing import Interval
from fastresp.cli.timing import NOISE_BOUND

HERE = pathlib.Path(__file__).parent

# --- stored runs -----------------------------------------------------------


class FileError(Exception):
    """A file without rows."""


@dataclasses.dataclass
class Row:
    """A row of a suite, as :meth:`turns.Turns.figures` stores it."""

    suite: str
    row: str
    reference: str
    own: list[str]
    goals: dict[str, float]
    size: int | None
    unit: str
    length: int
    rounds: int
    noise: float
    noisy: bool
    results: dict[str, dict[str, t.Any]]

    def implementations(self) -> list[str]:
        return [name for name in self.results if not name.endswith(AGAIN)]

    def get(self, name: str, key: str) -> t.Any:
        return self.results.get(name, {}).get(key)

    def ratio(self, name: str) -> Interval | None:
        """Return ``None`` if the implementation was not timed."""
        found = self.get(name, "ratio")
        return None if found is None else Interval(*found)


class Run(t.NamedTuple):
    """A file of pytest-benchmark."""

    name: str
    #: The machine, the interpreter and the code that were measured.
    facts: dict[str, str]
    #: By suite.
    rows: dict[str, list[Row]]
    #: Instructions per response, by row and implementation; and their counter.
    instructions: dict[str, dict[str, float]]
    counter: str

    def all_rows(self) -> list[Row]:
        return [row for rows in self.rows.values() for row in rows]

    def noise(self) -> str:
        rows = self.all_rows()
        noisy = sum(row.noisy for row in rows)
        said = f"{noisy} of {len(rows)} rows are too noisy to conclude from"
        if noisy * 2 > len(rows):
            said += ": measure again when the machine has nothing else to do"
        return said


def load(path: str) -> Run:
    """
    :raises FileError: if the file has no rows of these suites.
    """
    rows: dict[str, list[Row]] = {}
    try:
        stored = json.loads(pathlib.Path(path).read_bytes())
        infos = [entry["extra_info"] for entry in stored["benchmarks"]]
        for info in infos:
            if "results" in info:
                rows.setdefault(info["suite"], []).append(Row(**info))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"{path}: {error!r}") from error
    counted = [info for info in infos if "instructions" in info]
    if not rows and not counted:
        raise FileError(f"{path}: no rows in it")
    machine, commit = stored.get("machine_info", {}), stored.get("commit_info", {})
    packages = machine.get("packages", {})
    facts = {
        "Machine": machine.get("machine", "unknown"),
        "Processor": machine.get("cpu", {}).get("brand_raw", "unknown"),
        "Kernel": f"{machine.get('system', '')} {machine.get('release', '')}",
        "Python": machine.get("interpreter", "unknown"),
        "Compiler": machine.get("python_compiler", "unknown"),
        "Versions": ", ".join(f"{name} {packages[name]}" for name in packages),
        "Compiled extensions": f"{'' if machine.get('accelerated') else 'not '}loaded",
        "Commit": str(commit.get("id", "unknown"))
        + (", with changes" if commit.get("dirty") else ""),
        "Date": str(stored.get("datetime", "unknown")),
        "Arguments": machine.get("arguments", "unknown"),
    }
    return Run(
        pathlib.Path(path).name,
        facts,
        rows,
        {info["row"]: info["instructions"] for info in counted},
        counted[0]["tool"] if counted else "",
    )


class Change(t.NamedTuple):
    """A figure in two runs."""

    suite: str
    row: str
    implementation: str
    before: Interval | None
    after: Interval | None
    verdict: str

    @property
    def factor(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.after.ratio / self.before.ratio

    def regressed(self, threshold: float) -> bool:
        """
        :param threshold: a share of the ratio before.
        """
        return self.verdict == "wrong now" or (
            self.verdict == "slower" and (self.factor or 0) < 1 - threshold
        )


def compare(before: Run, after: Run) -> list[Change]:
    """Compare fastresp's figures. They are ratios to the reference of the same run, so
    runs on two machines or two versions of Python can be compared."""
    old, new = (
        {(row.suite, row.row): row for row in run.all_rows()} for run in (before, after)
    )
    changes = []
    for key in {**old, **new}:
        was, now = old.get(key), new.get(key)
        for name in (now or old[key]).own:
            first = None if was is None else was.ratio(name)
            second = None if now is None else now.ratio(name)
            said = verdict(was, now, name)
            changes.append(Change(*key, name, first, second, said))
    return changes


def verdict(was: Row | None, now: Row | None, name: str) -> str:
    if was is None or now is None:
        return "only after" if was is None else "only before"
    wrong = [row.get(name, "differs") is not None for row in (was, now)]
    if all(wrong):
        return "wrong before and now"
    if any(wrong):
        return "wrong now" if wrong[1] else "right now"
    before, after = was.ratio(name), now.ratio(name)
    if before is None or after is None:
        return "only before" if after is None else "only after"
    if was.noisy or now.noisy:
        return "too noisy"
    if not before.apart_from(after):
        return "same"
    return "faster" if after.ratio > before.ratio else "slower"


# --- cells -----------------------------------------------------------------


class Cell(t.NamedTuple):
    text: str
    #: The number behind the text; tables are sorted by it.
    value: float | None = None
    #: A CSS class: good, bad or weak.
    mark: str = ""


#: A heading, and the cell of a row.
Column = tuple[str, cabc.Callable[[Row], Cell]]


def identifier(text: str) -> str:
    return re.sub(r"\W+", "-", text.lower()).strip("-")


def ratio_text(ratio: Interval) -> str:
    return f"{ratio.ratio:.3g}x ({ratio.low:.3g} to {ratio.high:.3g})"


def number(value: float | None, spec: str = "") -> Cell:
    if value is None:
        return Cell("")
    return Cell(format(value, spec or (",.0f" if value >= 1000 else ".4g")), value)


def ratio_cell(ratio: Interval | None, mark: str = "") -> Cell:
    return Cell("") if ratio is None else Cell(ratio_text(ratio), ratio.ratio, mark)


def time(name: str) -> Column:
    return f"{name}, µs", lambda row: number(row.get(name, "median"))


def size(name: str, what: str, label: str) -> Column:
    return f"{name}, {label}", lambda row: number(row.get(name, what), ",.0f")


def ratio(name: str) -> Column:
    def cell(row: Row) -> Cell:
        if row.get(name, "differs") is not None:
            return Cell("differs", mark="bad")
        return ratio_cell(row.ratio(name), "weak" if row.noisy else "")

    return name, cell


def noise(row: Row) -> Cell:
    mark, said = ("bad", ", too noisy") if row.noisy else ("", "")
    return Cell(f"{row.noise:.0%}{said}", row.noise, mark)


def goal(row: Row) -> Cell:
    wanted, found = row.goals.get(FASTRESP), row.ratio(FASTRESP)
    if wanted is None or found is None:
        return Cell("")
    mark, said = "", " within the interval"
    if row.noisy:
        mark, said = "weak", ", too noisy"
    elif found.low >= wanted:
        mark, said = "good", " reached"
    elif found.high < wanted:
        mark, said = "bad", " missed"
    return Cell(f"{wanted:g}{said}", wanted, mark)


def share_won(row: Row) -> Cell:
    """Show the saved part of the possible saving."""
    fast, most = row.ratio(FASTRESP), row.ratio(CEILING)
    if fast is None or most is None or most.ratio <= 1:
        return Cell("")
    won = (1 - 1 / fast.ratio) / (1 - 1 / most.ratio)
    return Cell(f"{won:.0%}", won, "weak" if row.noisy else "")


# --- sections --------------------------------------------------------------


class Section(t.NamedTuple):
    """A table of cells and texts, and a plot; ``report.html`` has texts by title."""

    title: str
    header: cabc.Sequence[str] = ()
    rows: cabc.Sequence[cabc.Sequence[t.Any]] = ()
    plot: str = ""
    level: int = 2

    @property
    def anchor(self) -> str:
        return "section-" + identifier(self.title)

    @classmethod
    def of(
        cls,
        title: str,
        rows: list[Row],
        first: str,
        columns: list[Column],
        plot: str = "",
        level: int = 2,
    ) -> Section:
        """Return a section with a row of the table for each row."""
        header = [first, *(name for name, _ in columns)]
        cells = [[row.row, *(cell(row) for _, cell in columns)] for row in rows]
        return cls(title, header, cells, plot, level)


def names(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.implementations()))


def marks(rows: list[Row], label: str, colour: str, marker: str) -> Series:
    return Series(label, colour, marker, [row.ratio(label) for row in rows])


def plotted(title: str, rows: list[Row], series: list[Series]) -> str:
    goals = (row.goals.get(rows[0].own[-1]) for row in rows)
    points = [None if each is None else Interval(each, each, each) for each in goals]
    axis = f"times as fast as {rows[0].reference} (logarithmic), with 95 % intervals"
    labels = [row.row for row in rows]
    series = [*series, Series("goal", plots.GOAL, "|", points)]
    return plots.ratios(identifier(title), labels, series, axis)


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


def correctness(run: Run) -> list[Section]:
    counted = []
    for suite, rows in run.rows.items():
        for name in names(rows):
            results = [row.results[name] for row in rows if name in row.results]
            absent = sum("absent" in result for result in results)
            wrong = sum("differs" in result for result in results)
            same = len(results) - absent - wrong
            bad = Cell(str(wrong), wrong, "bad" if wrong else "")
            said = "not installed" if absent else ""
            counted.append([suite, name, Cell(str(same), same), bad, said])
    header = ["Suite", "Implementation", "Same", "Differs", ""]
    found = [Section("Who answers the same", header, counted)]
    differing = [
        [row.suite, row.row, name, f"{differs[:300]}{'…' * (len(differs) > 300)}"]
        for row in run.all_rows()
        for name in row.implementations()
        if (differs := row.get(name, "differs")) is not None
    ]
    if differing:
        header = ["Suite", "Row", "Implementation", "Differs"]
        found.append(Section("Differences", header, differing, level=3))
    return found


def return_values(rows: list[Row]) -> list[Section]:
    found = [Section("By return type")]
    left = list(rows)
    for group, beginnings in GROUPS.items():
        some = [row for row in left if row.row.startswith(beginnings)]
        left = [row for row in left if row not in some]
        if not some:
            continue
        timed = [[each for each in map(row.ratio, FRAMEWORKS) if each] for row in some]
        series = [
            Series(
                "best framework", plots.PEER, "v", [max(e, default=None) for e in timed]
            ),
            marks(some, BY_HAND, plots.LIMIT, "s"),
            marks(some, ALONE, plots.SECOND, "D"),
            marks(some, FASTRESP, plots.MAIN, "o"),
        ]
        columns = [time(FLASK), time(FASTRESP), *map(ratio, (ALONE, FASTRESP, BY_HAND))]
        columns += [("Goal", goal), ("Noise", noise)]
        plot = plotted(group, some, series)
        found.append(Section.of(group, some, "Return value", columns, plot, 3))
    some = [row for row in rows if row.results.keys() & {*FRAMEWORKS}]
    columns = [ratio(name) for name in names(some) if name not in (FLASK, ALONE)]
    if some:
        found.append(Section.of("Other frameworks", some, "Return value", columns))
    return found


def growth(title: str, rows: list[Row]) -> Section:
    shown, unit = names(rows), rows[0].unit
    lines = {}
    for name in shown:
        points = [(row.size or 0, row.get(name, "median")) for row in rows]
        lines[name] = [point for point in points if point[1] is not None]
    lines = {name: points for name, points in lines.items() if points}
    columns = [*map(time, shown), ratio(FASTRESP), ("Noise", noise)]
    columns += [size(name, "peak", "bytes at most") for name in (FLASK, FASTRESP)]
    plot = plots.lines(identifier(title), lines, unit, "µs per response")
    title = f"Growth: {title[0].lower()}{title[1:]}"
    return Section.of(title, rows, unit.capitalize(), columns, plot)


def others(title: str, rows: list[Row]) -> Section:
    """Return a suite with its reference and peers."""
    main, reference = rows[0].own[-1], rows[0].reference
    shown = [name for name in names(rows) if name != reference]
    styles = zip(
        (name for name in shown if name != main),
        itertools.cycle((plots.LIMIT, plots.SECOND, plots.PEER, plots.STOCK)),
        itertools.cycle("sDv^P"),
        strict=False,
    )
    series = [marks(rows, *style) for style in styles]
    series.append(marks(rows, main, plots.MAIN, "o"))
    columns = [time(reference), *map(ratio, shown), ("Noise", noise)]
    if CEILING in shown:
        columns.insert(-1, ("Reached", share_won))
    return Section.of(title, rows, "Row", columns, plotted(title, rows, series))


def memory(rows: list[Row]) -> Section:
    kept = (FLASK, ALONE, FASTRESP)
    columns = [size(name, "held", "kept") for name in kept]
    columns += [size(name, "peak", "at most") for name in (*kept, BY_HAND)]
    return Section.of("Memory", rows, "Return value", columns)


def instructions(run: Run) -> Section:
    counted = run.instructions
    shown = list(dict.fromkeys(name for row in counted.values() for name in row))
    rows = [
        [row, *(number(counted[row].get(name), ",.0f") for name in shown)]
        for row in counted
    ]
    return Section("Instructions", [f"By {run.counter}", *shown], rows)


def no_help(rows: list[Row]) -> Section:
    cells: list[list[Cell | str]] = []

    def add(row: Row, name: str, ratio: Interval, said: str) -> None:
        said += " (too noisy)" if row.noisy else ""
        cells.append([row.suite, row.row, name, ratio_cell(ratio), said])

    for row in rows:
        for name in row.own:
            found = row.ratio(name)
            if found is not None and found.ratio < 1.1:
                add(row, name, found, "gains less than a tenth")
        name = row.own[-1]
        found = row.ratio(name)
        if found is None:
            continue
        for other in row.implementations():
            theirs = row.ratio(other)
            if theirs is None or other in (*row.own, row.reference):
                continue
            if other == CEILING:
                if theirs.ratio < 1.25:
                    add(row, name, found, f"at most {ratio_text(theirs)} is possible")
            elif theirs.low > found.high:
                add(row, name, found, f"{other} is faster: {ratio_text(theirs)}")
    header = ["Suite", "Row", "Implementation", "Ratio", "What"]
    return Section("Where it does not help", header, cells)


MARKS = {"faster": "good", "right now": "good", "too noisy": "weak"}
MARKS |= dict.fromkeys(("slower", "wrong now", "wrong before and now"), "bad")


def comparison(before: Run, after: Run, changes: list[Change]) -> list[Section]:
    counts = collections.Counter(change.verdict for change in changes)
    facts = [[what, before.facts[what], after.facts[what]] for what in after.facts]
    facts.append(
        ["Changes", "", ", ".join(f"{counts[each]} {each}" for each in counts)]
    )
    title = f"{before.name} and {after.name}"
    rows = [
        [
            *(each.suite, each.row, each.implementation),
            *(ratio_cell(each.before), ratio_cell(each.after), number(each.factor)),
            Cell(each.verdict, mark=MARKS.get(each.verdict, "")),
        ]
        for each in changes
    ]
    header = ["Suite", "Row", "Implementation", "Before", "After", "Factor", "Mark"]
    return [
        Section(f"Compared: {title}", ["What", "Before", "After"], facts),
        Section(f"Changes: {title}", header, rows, level=3),
    ]


def sections(run: Run, compared: list[Section]) -> list[Section]:
    facts = [[what, run.facts[what]] for what in run.facts]
    facts.append(["Noise", run.noise()])
    found = [Section("fastresp: benchmark report", ["What", "Is"], facts, level=1)]
    found += [*correctness(run), *compared]
    for title, rows in run.rows.items():
        if title == "Return values":
            found += return_values(rows)
        elif rows[0].size is not None:
            found.append(growth(title, rows))
        else:
            found.append(others(title, rows))
    if "Return values" in run.rows:
        found.append(memory(run.rows["Return values"]))
    if run.instructions:
        found.append(instructions(run))
    return [*found, no_help(run.all_rows())]


# --- the command -----------------------------------------------------------


def share(text: str) -> float:
    """Parse ``10%`` or ``0.1``."""
    found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= found < 1:
        raise ValueError(text)
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE", help="of --benchmark-json")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "report")
    parser.add_argument(
        "--fail-over",
        type=share,
        metavar="SHARE",
        help="end with 1 if a ratio of fastresp fell by more, such as 10%%",
    )
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("matplotlib") is None:
        parser.error("the plots are drawn by matplotlib: install '.[report]'")
    if options.fail_over is not None and len(options.files) < 2:
        parser.error("--fail-over compares two files")
    try:
        runs = [load(path) for path in options.files]
    except FileError as error:
        parser.error(str(error))
    pairs = [(*pair, compare(*pair)) for pair in itertools.pairwise(runs)]
    compared = [section for pair in pairs for section in comparison(*pair)]

    template = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    ).from_string((HERE / "report.html").read_text("utf-8"))
    page = template.render(sections=sections(runs[-1], compared), bound=NOISE_BOUND)
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "index.html"
    path.write_text(page, encoding="utf-8")
    print(f"{path}: {runs[-1].noise()}")

    changes = [change for *_, found in pairs for change in found]
    regressions = [each for each in changes if each.regressed(options.fail_over or 0)]
    for each in regressions:
        factor = "" if each.factor is None else f" to {each.factor:.0%}"
        where = f"{each.suite}: {each.row}: {each.implementation}"
        print(f"{where}: {each.verdict}{factor}")
    return 1 if regressions and options.fail_over is not None else 0


if __name__ == "__main__":
    sys.exit(main())
