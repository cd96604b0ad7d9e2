"""What a report says: its sections, from a run's figures."""

from __future__ import annotations

import collections
import re
import typing as t

import plots
from figures import Change
from figures import Row
from figures import Run
from intervals import Interval
from intervals import NOISE_BOUND
from labels import ALONE
from labels import BY_HAND
from labels import CEILING
from labels import FASTRESP
from labels import FLASK
from labels import FRAMEWORKS
from pages import Block
from pages import Cell
from pages import Heading
from pages import Plot
from pages import Table
from pages import Text
from plots import Series

METHOD = (
    "Each implementation runs in a process of its own, all of them on one core. They"
    " take turns in random order, a batch each; the first turn warms up. The garbage"
    " collector is frozen. A figure is the median of the rounds' ratios to the"
    " reference, with its 95 % interval from a bootstrap over the rounds. The"
    " reference runs twice: where it is off from itself by more than"
    f" {NOISE_BOUND:.0%}, the row is marked as too noisy to conclude from."
)
FRAMEWORK_NOTE = (
    "What counts is the way from a view's value to the bytes: build the framework's"
    " response, set what differs from its defaults, send it; routing and requests are"
    " left out. BlackSheep, Starlette and Litestar are asynchronous: they are driven"
    " through ASGI by a coroutine that never waits, without an event loop, which"
    " flatters them. Of frameworks, neither the order of headers, the case of their"
    " names nor the order of a cookie's attributes is compared, and with ASGI there is"
    " no reason phrase."
)
LIMITS = (
    "A view that spends its time elsewhere (a template, a database, a signature) gains"
    " what the ceiling of its whole request says, no more. Here are the rows that gain"
    " less than a tenth, those whose ceiling is below 1.25x, and those where something"
    " else is faster."
)


def ratio_text(ratio: Interval) -> str:
    return f"{ratio.mid:.3g}x ({ratio.low:.3g} to {ratio.high:.3g})"


def number(value: float, text: str | None = None) -> Cell:
    if text is None:
        text = f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
    return Cell(text, value)


def ratio_cell(row: Row, name: str) -> Cell:
    ratio = row.ratio(name)
    if ratio is not None:
        return Cell(ratio_text(ratio), ratio.mid, "weak" if row.noisy else "")
    if row.differs(name) is not None:
        return Cell("differs", mark="bad")
    return Cell("")


def time_cell(row: Row, name: str) -> Cell:
    median = row.median(name)
    return Cell("") if median is None else number(median)


def noise_cell(row: Row) -> Cell:
    text = f"{row.noise:.0%}"
    return (
        Cell(f"{text}, too noisy", row.noise, "bad")
        if row.noisy
        else number(row.noise, text)
    )


def identifier(text: str) -> str:
    return re.sub(r"\W+", "-", text.lower()).strip("-")


def names(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.implementations()))


def report(title: str, run: Run, compared: list[Block]) -> list[Block]:
    """:param compared: Sections of comparisons with other runs."""
    blocks: list[Block] = [Heading(title, 1), Text(METHOD), *facts(run)]
    blocks += correctness(run) + compared
    blocks += return_values(run.suite("Return values"))
    blocks += peers(run.suite("Return values"))
    for suite in run.suites():
        rows = run.suite(suite)
        if rows[0].size is not None:
            blocks += growth(suite, rows[0].unit, rows)
    blocks += whole_requests(run.suite("Whole requests"))
    blocks += others(run.suite("Heads of HTTP/1.1"), "fastresp")
    blocks += others(run.suite("JSON encoders"), "fastresp")
    blocks += memory(run.suite("Return values"))
    blocks += instructions(run)
    return blocks + no_help(run)


def noise_of(run: Run) -> str:
    noisy = sum(row.noisy for row in run.rows)
    told = f"{noisy} of {len(run.rows)} rows are too noisy to conclude from"
    if noisy * 2 > len(run.rows):
        told += ": measure again when the machine has nothing else to do"
    return told


def facts(run: Run) -> list[Block]:
    found = run.environment
    versions = found.get("versions", {})
    told = {
        "Machine": found.get("machine", "unknown"),
        "Processor": found.get("cpu", "unknown"),
        "Kernel": found.get("kernel", "unknown"),
        "Python": found.get("python", "unknown"),
        "Versions": ", ".join(f"{name} {versions[name]}" for name in versions),
        "Commit": run.commit,
        "Compiled extensions": "loaded" if found.get("accelerated") else "not loaded",
        "Date": run.date,
        "Command": found.get("command", "unknown"),
        "Noise": noise_of(run),
    }
    rows = [[Cell(what), Cell(str(value))] for what, value in told.items()]
    return [Table(["What", "Is"], rows)]


# --- are the answers right? ------------------------------------------------


def correctness(run: Run) -> list[Block]:
    blocks: list[Block] = [
        Heading("Who answers the same"),
        Text(
            "Status, headers and body of each row are compared with the reference's"
            " before anything is timed. What differs has no figure in this report."
        ),
    ]
    rows = []
    for suite in run.suites():
        found = run.suite(suite)
        for name in names(found):
            results = [row.results[name] for row in found if name in row.results]
            wrong = sum("differs" in result for result in results)
            absent = sum("absent" in result for result in results)
            same = len(results) - wrong - absent
            rows.append(
                [
                    Cell(suite),
                    Cell(name),
                    number(same, str(same)),
                    Cell(str(wrong), wrong, "bad" if wrong else ""),
                    Cell("not installed" if absent else ""),
                ]
            )
    blocks.append(Table(["Suite", "Implementation", "Same", "Differs", ""], rows))
    differing = [
        [Cell(row.suite), Cell(row.name), Cell(name), Cell(shortened(differs))]
        for row in run.rows
        for name in row.results
        if (differs := row.differs(name)) is not None
    ]
    if differing:
        blocks.append(Heading("What differs", 3))
        blocks.append(Table(["Suite", "Row", "Implementation", "Differs"], differing))
    return blocks


def shortened(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:300]}…"


# --- return values ---------------------------------------------------------

#: Beginnings of names -> the group; the rest are built in the view.
GROUPS = {
    "Text and bytes": ("str ", "bytes", "bytearray", "HEAD"),
    "Tuples": ("(",),
    "JSON": ("dict", "list of", "2,000", "100 ", "dates", "jsonify"),
    "Streams": ("generator", "iterator", "Response, list"),
    "WSGI callables and errors": ("WSGI", "HTTPException"),
    "Customized classes": ("class:",),
}
IN_VIEW = "Responses built in the view"


def group_of(name: str) -> str:
    for group, beginnings in GROUPS.items():
        if name.startswith(beginnings):
            return group
    return IN_VIEW


def points(rows: list[Row], name: str) -> list[Interval | None]:
    return [row.ratio(name) for row in rows]


def goals(rows: list[Row], name: str) -> list[Interval | None]:
    found = (row.goals.get(name) for row in rows)
    return [None if goal is None else Interval(goal, goal, goal) for goal in found]


def best_peer(row: Row) -> tuple[str, Interval] | None:
    found = [(name, ratio) for name in FRAMEWORKS if (ratio := row.ratio(name))]
    return max(found, key=lambda peer: peer[1].mid, default=None)


def return_values(rows: list[Row]) -> list[Block]:
    if not rows:
        return []
    blocks: list[Block] = [
        Heading("By return type"),
        Text(
            "The whole way of one response: make_response(value), response(environ,"
            " start_response), the body drained, close(). Ratios to stock Flask;"
            f" {ALONE} is app.response_class = fastresp.Response without the"
            f' extension. "{BY_HAND}" is the limit: a WSGI application written for'
            " that row and nothing else. Times are microseconds."
        ),
    ]
    for group in (*GROUPS, IN_VIEW):
        found = [row for row in rows if group_of(row.name) == group]
        if not found:
            continue
        best = [best_peer(row) for row in found]
        series = [
            Series("best peer", plots.PEER, "v", [peer and peer[1] for peer in best]),
            Series(BY_HAND, plots.LIMIT, "s", points(found, BY_HAND)),
            Series(ALONE, plots.SECOND, "D", points(found, ALONE)),
            Series(FASTRESP, plots.MAIN, "o", points(found, FASTRESP)),
            Series("goal", plots.GOAL, "|", goals(found, FASTRESP)),
        ]
        blocks.append(Heading(group, 3))
        blocks.append(
            Plot(
                f"returns-{identifier(group)}",
                f"{group}: times as fast as stock Flask; lines are 95 % intervals.",
                plots.ratios(
                    f"returns-{identifier(group)}",
                    [row.name for row in found],
                    series,
                    "times as fast as stock Flask (logarithmic)",
                ),
            )
        )
        table = [
            [
                Cell(row.name),
                time_cell(row, FLASK),
                time_cell(row, FASTRESP),
                ratio_cell(row, ALONE),
                ratio_cell(row, FASTRESP),
                ratio_cell(row, BY_HAND),
                goal_cell(row),
                noise_cell(row),
            ]
            for row in found
        ]
        header = ["Return value", "Flask, µs", "FastResp, µs", ALONE, FASTRESP]
        blocks.append(Table([*header, BY_HAND, "Goal", "Noise"], table))
    return blocks


def goal_cell(row: Row) -> Cell:
    goal, ratio = row.goals.get(FASTRESP), row.ratio(FASTRESP)
    if goal is None or ratio is None:
        return Cell("")
    if row.noisy:
        return Cell(f"{goal:g}, too noisy", goal, "weak")
    if ratio.low >= goal:
        return Cell(f"{goal:g} reached", goal, "good")
    if ratio.high < goal:
        return Cell(f"{goal:g} missed", goal, "bad")
    return Cell(f"{goal:g} within the interval", goal)


def peers(rows: list[Row]) -> list[Block]:
    rows = [row for row in rows if row.results.keys() & {*FRAMEWORKS}]
    if not rows:
        return []
    shown = [name for name in names(rows) if name not in (FLASK, ALONE)]
    table = [
        [Cell(row.name), *(ratio_cell(row, name) for name in shown)] for row in rows
    ]
    return [
        Heading("Other frameworks"),
        Text(FRAMEWORK_NOTE),
        Table(["Return value", *shown], table),
    ]


# --- growth ----------------------------------------------------------------


def growth(title: str, unit: str, rows: list[Row]) -> list[Block]:
    if not rows:
        return []
    shown = names(rows)
    series = {
        name: [
            (row.size or 0, median)
            for row in rows
            if (median := row.median(name)) is not None
        ]
        for name in shown
    }
    key = f"growth-{identifier(title)}"
    table = [
        [
            number(float(row.size or 0), f"{row.size or 0:,}"),
            *(time_cell(row, name) for name in shown),
            ratio_cell(row, FASTRESP),
            *(bytes_cell(row, name, "peak") for name in (FLASK, FASTRESP)),
            noise_cell(row),
        ]
        for row in rows
    ]
    header = [unit.capitalize(), *(f"{name}, µs" for name in shown), FASTRESP]
    header += ["Peak of Flask, bytes", "Peak of FastResp, bytes", "Noise"]
    return [
        Heading(f"Growth: {title[0].lower()}{title[1:]}"),
        Plot(
            key,
            f"{title}: microseconds per response, by number of {unit}.",
            plots.lines(
                key,
                {name: found for name, found in series.items() if found},
                unit,
                "µs per response",
            ),
        ),
        Table(header, table),
    ]


# --- whole requests, heads, encoders ---------------------------------------


def share_won(row: Row) -> float | None:
    """What is saved, of what could be saved at most."""
    fast, most = row.ratio(FASTRESP), row.ratio(CEILING)
    if fast is None or most is None or most.mid <= 1:
        return None
    return (1 - 1 / fast.mid) / (1 - 1 / most.mid)


def won_cell(row: Row) -> Cell:
    won = share_won(row)
    if won is None:
        return Cell("")
    return Cell(f"{won:.0%}", won, "weak" if row.noisy else "")


def whole_requests(rows: list[Row]) -> list[Block]:
    if not rows:
        return []
    series = [
        Series(CEILING, plots.LIMIT, "s", points(rows, CEILING)),
        Series(FASTRESP, plots.MAIN, "o", points(rows, FASTRESP)),
    ]
    table = []
    for row in rows:
        table.append(
            [
                Cell(row.name),
                time_cell(row, FLASK),
                ratio_cell(row, FASTRESP),
                ratio_cell(row, CEILING),
                won_cell(row),
                noise_cell(row),
            ]
        )
    header = ["Request", "Flask, µs", FASTRESP, "Ceiling", "Reached", "Noise"]
    return [
        Heading("Whole requests, beside their ceilings"),
        Text(
            "A request to a Flask app, in process. The rest of Flask stays as it is:"
            " the ceiling is the ratio if responses cost nothing."
        ),
        Plot(
            "requests",
            "Whole requests: times as fast as stock Flask, and the ceiling.",
            plots.ratios(
                "requests",
                [row.name for row in rows],
                series,
                "times as fast as stock Flask (logarithmic)",
            ),
        ),
        Table(header, table),
    ]


def others(rows: list[Row], main: str) -> list[Block]:
    """A suite that has a reference and peers of its own."""
    if not rows:
        return []
    title, reference = rows[0].suite, rows[0].reference
    shown = [name for name in names(rows) if name != reference]
    colours = [plots.LIMIT, plots.SECOND, plots.PEER, plots.STOCK]
    rest = [name for name in shown if name != main and any(points(rows, name))]
    series = [
        Series(name, colours[at % 4], "sDv^P"[at % 5], points(rows, name))
        for at, name in enumerate(rest)
    ]
    series.append(Series(main, plots.MAIN, "o", points(rows, main)))
    series.append(Series("goal", plots.GOAL, "|", goals(rows, main)))
    table = [
        [
            Cell(row.name),
            time_cell(row, reference),
            *(ratio_cell(row, name) for name in shown),
            noise_cell(row),
        ]
        for row in rows
    ]
    key = identifier(title)
    return [
        Heading(title),
        Plot(
            key,
            f"{title}: times as fast as {reference}.",
            plots.ratios(
                key,
                [row.name for row in rows],
                series,
                f"times as fast as {reference} (logarithmic)",
            ),
        ),
        Table(["Row", f"{reference}, µs", *shown, "Noise"], table),
    ]


# --- memory and instructions -----------------------------------------------


def bytes_cell(row: Row, name: str, what: t.Literal["peak", "held"]) -> Cell:
    found = row.results.get(name, {}).get(what)
    return Cell("") if found is None else number(found, f"{found:,.0f}")


def memory(rows: list[Row]) -> list[Block]:
    shown = (FLASK, ALONE, FASTRESP, BY_HAND)
    rows = [row for row in rows if any("peak" in row.results.get(n, {}) for n in shown)]
    if not rows:
        return []
    table = [
        [
            Cell(row.name),
            *(bytes_cell(row, name, "held") for name in shown[:3]),
            *(bytes_cell(row, name, "peak") for name in shown),
        ]
        for row in rows
    ]
    header = [f"{name}, kept" for name in shown[:3]]
    header += [f"{name}, peak" for name in shown]
    return [
        Heading("Memory"),
        Text(
            "Bytes of Python's allocators: of a response that is kept before it is"
            " sent, and at most at one time while responses are made and sent one by"
            " one. The value that the view returns is not in them."
        ),
        Table(["Return value", *header], table),
    ]


def instructions(run: Run) -> list[Block]:
    if not run.instructions:
        return []
    shown = list(dict.fromkeys(n for row in run.instructions.values() for n in row))
    table = [
        [
            Cell(row),
            *(number(found[name], f"{found[name]:,.0f}") for name in shown),
        ]
        for row, found in run.instructions.items()
    ]
    return [
        Heading("Instructions"),
        Text(f"Per response, counted by {run.counter}; they do not depend on noise."),
        Table(["Return value", *shown], table),
    ]


# --- where it does not help ------------------------------------------------


def no_help(run: Run) -> list[Block]:
    table = []
    for row in run.rows:
        for name in row.own:
            ratio = row.ratio(name)
            if ratio is not None and ratio.mid < 1.1:
                table.append(line(row, name, ratio, "gains less than a tenth"))
        ratio = row.ratio(row.own[-1])
        if ratio is None:
            continue
        ceiling = row.ratio(CEILING)
        if ceiling is not None and ceiling.mid < 1.25:
            said = f"at most {ratio_text(ceiling)} is possible"
            table.append(line(row, row.own[-1], ratio, said))
        for name in row.implementations():
            other = row.ratio(name)
            if name in (*row.own, row.reference, CEILING) or other is None:
                continue
            if other.low > ratio.high:
                said = f"{name} is faster: {ratio_text(other)}"
                table.append(line(row, row.own[-1], ratio, said))
    blocks: list[Block] = [Heading("Where it does not help"), Text(LIMITS)]
    header = ["Suite", "Row", "Implementation", "Ratio", "What"]
    return [*blocks, Table(header, table) if table else Text("None.")]


def line(row: Row, name: str, ratio: Interval, said: str) -> list[Cell]:
    if row.noisy:
        said += " (too noisy)"
    mid = Cell(ratio_text(ratio), ratio.mid)
    return [Cell(row.suite), Cell(row.name), Cell(name), mid, Cell(said)]


# --- two runs --------------------------------------------------------------


def comparison(before: Run, after: Run, changes: list[Change]) -> list[Block]:
    marks: dict[str, t.Literal["good", "bad", "weak"]] = {
        "faster": "good",
        "right now": "good",
        "slower": "bad",
        "wrong now": "bad",
        "wrong before and now": "bad",
        "too noisy": "weak",
    }
    table = [
        [
            Cell(change.suite),
            Cell(change.row),
            Cell(change.implementation),
            interval_cell(change.before),
            interval_cell(change.after),
            Cell("") if change.factor is None else number(change.factor),
            Cell(change.verdict, mark=marks.get(change.verdict, "")),
        ]
        for change in changes
    ]
    header = ["Suite", "Row", "Implementation", "Before", "After", "Factor", "Mark"]
    counts = collections.Counter(change.verdict for change in changes)
    told = [
        [Cell(what), Cell(str(old)), Cell(str(new))]
        for what, old, new in environments(before, after)
    ]
    return [
        Heading(f"Compared: {before.name} and {after.name}"),
        Text(
            "Ratios to the reference of the same run, so that machines can be compared."
            " A row is marked as changed where the two intervals do not meet. In all:"
            f" {', '.join(f'{counts[verdict]} {verdict}' for verdict in counts)}."
        ),
        Table(["What", "Before", "After"], told),
        Table(header, table),
    ]


def interval_cell(ratio: Interval | None) -> Cell:
    return Cell("") if ratio is None else Cell(ratio_text(ratio), ratio.mid)


def environments(before: Run, after: Run) -> list[tuple[str, str, str]]:
    old, new = (
        {**run.environment, **run.environment.get("versions", {}), "commit": run.commit}
        for run in (before, after)
    )
    return [
        (what, old.get(what, ""), new.get(what, ""))
        for what in {**old, **new}
        if what in ("machine", "cpu", "python", "commit")
        or (what != "versions" and old.get(what) != new.get(what))
    ]
