"""The benchmarks' report: measurements are right, and the page shows them."""

from __future__ import annotations

import dataclasses
import functools
import html
import json
import math
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import typing as t

import pytest
import report
from pages import as_rendered
from pages import needs_browser
from pages import Page
from report import number
from report import ratio_text
from rows import difference
from rows import Row
from rows import Workers
from subjects import AGAIN
from subjects import ALONE
from subjects import BY_HAND
from subjects import CEILING
from subjects import FASTRESP
from subjects import FLASK
from suites import Suite
from suites import SUITES

from fastresp.cli.compare import Answer
from fastresp.cli.remote import RemoteError
from fastresp.cli.timing import Interval
from fastresp.cli.timing import interval
from fastresp.cli.timing import take_turns
from fastresp.cli.timing import time_runs
from fastresp.cli.timing import voluntary_switches

BENCH = pathlib.Path(report.__file__).parent
FIELDS = [("Content-Type", "text/html"), ("Content-Length", "5")]
HELLO = Answer("200 OK", FIELDS, [b"hello"])
WRONG = HELLO._replace(headers=[*FIELDS, ("X-Fast", "1")])


# --- intervals and turns ---------------------------------------------------


def test_interval_of_known_values() -> None:
    # A machine that drifts moves both.
    reference = [10.0, 12.0, 30.0, 11.0, 9.0]
    assert interval(reference, [taken / 2 for taken in reference]) == (2, 2, 2)
    assert interval(reference, reference) == (1, 1, 1)
    # The signed ranks of eight are 4 to 33 of 36 (Wilcoxon's table), those of six all.
    logs = [1, 2, 4, 8, 16, 32, 64, 128]
    sums = sorted(a + b for i, a in enumerate(logs) for b in logs[i:])
    found = interval([math.exp(each / 64) for each in logs], [1.0] * 8)
    expected = [(sums[17] + sums[18]) / 2, sums[3], sums[-4]]
    assert [128 * math.log(each) for each in found] == pytest.approx(expected)
    assert interval([2.0, 1, 1, 1, 1, 8], [1.0] * 6)[1:] == pytest.approx((1, 8))


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(1)
    covered = 0
    for _ in range(200):
        times = [chance.lognormvariate(0, 0.1) for _ in range(40)]
        _, low, high = interval(times, [1.0] * 40)
        covered += low <= 1 <= high
    assert 180 <= covered <= 200


def test_interval_is_the_same_each_time() -> None:
    times = [random.random() + 1 for _ in range(20)]
    assert interval(times, times[::-1]) == interval(times, times[::-1])
    with pytest.raises(ValueError):
        interval([1.0, 2.0], [1.0])


def test_a_few_rounds_may_be_anything() -> None:
    chance = random.Random(1)
    ratios = [chance.lognormvariate(0, 0.01) for _ in range(30)]
    wild = [*ratios[:24], 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]
    assert interval(wild, [1.0] * 30).ratio == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("itself", "error", "spread"),
    [((1, 1, 1), 0, 0), ((1.05, 0.98, 1.4), 0.05, 0.2), ((0.8, 0.8, 0.96), 0.25, 0.1)],
)
def test_error_and_spread(
    itself: tuple[float, float, float], error: float, spread: float
) -> None:
    assert Interval(*itself).error == pytest.approx(error)
    assert Interval(*itself).spread == pytest.approx(spread)


def test_turns_are_taken_by_all_in_each_round() -> None:
    called: list[str] = []

    def timer(name: str) -> float:
        called.append(name)
        return len(called)

    names = "abcd"
    times = take_turns({n: functools.partial(timer, n) for n in names}, range(20))
    rounds = [called[at : at + 4] for at in range(0, len(called), 4)]
    assert all(sorted(each) == list(names) for each in rounds)
    # In random order.
    assert len({tuple(each) for each in rounds}) > 1
    assert [len(times[name]) for name in names] == [20] * 4


def test_preparation_is_not_timed() -> None:
    now = [0]

    def spend(nanoseconds: int) -> int:
        now[0] += nanoseconds
        return nanoseconds

    clocks = [lambda: now[0], lambda: now[0] // 1000]
    taken = time_runs(lambda: spend(1000), lambda n: spend(n + 1000), 3, clocks)
    assert taken == [6000, 6]


def test_waits_are_counted() -> None:
    before = voluntary_switches()
    time.sleep(0.001)
    assert voluntary_switches() > before


# --- answers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "exact", "said"),
    [
        ({}, True, ""),
        ({"status": "201 CREATED"}, True, "status line; - 200 OK; + 201 CREATED"),
        ({"status": "200"}, True, "status line; - 200 OK; + 200"),
        ({"status": "200"}, False, ""),
        ({"headers": FIELDS[::-1]}, True, "order of headers"),
        ({"headers": FIELDS[::-1]}, False, ""),
        ({"headers": FIELDS[1:]}, False, "header content-type"),
        ({"headers": [*FIELDS, ("A", "b")]}, True, "header A; + A: b"),
        ({"chunks": [b"help"]}, True, "body; - body of 5 bytes in 1 chunk"),
    ],
)
def test_difference(change: dict[str, t.Any], exact: bool, said: str) -> None:
    found = difference(HELLO, HELLO._replace(**change), exact=exact)
    assert found.startswith(said)
    assert bool(found) is bool(said)


@pytest.mark.parametrize("exact", [True, False])
def test_attributes_of_cookies_in_another_order(exact: bool) -> None:
    cookies = ("a=B; Path=/; HttpOnly", "a=B; httponly; Path=/")
    one, other = (HELLO._replace(headers=[("Set-Cookie", each)]) for each in cookies)
    assert bool(difference(one, other, exact=exact)) is exact
    assert difference(one, HELLO, exact=exact)


# --- a row -----------------------------------------------------------------


class Answering:
    """A process, as it seems."""

    def __init__(self, answer: Answer | None, time: float) -> None:
        self.answer = answer
        self.time = time
        self.asked: list[str] = []

    def prepare(self, title: str, row: str, implementation: str) -> Answer:
        self.asked.append("prepare")
        if self.answer is None:
            raise RemoteError("ImportError: no such thing")
        return self.answer

    def batch(self) -> float:
        self.asked.append("batch")
        return self.time * (1 + 0.001 * len(self.asked))


@pytest.fixture(autouse=True)
def everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rows.installed", lambda name: True)


def measured(
    workers: dict[str, Answering], title: str = "Return values", row: str = "str 13 B"
) -> Row:
    suite = Suite(
        title,
        ["str 13 B"],
        lambda row: [name for name in workers if not name.endswith(AGAIN)],
        lambda row, name: pytest.fail("nothing is made here"),
        own=tuple(name for name in workers if name in (ALONE, FASTRESP)),
        goals={"str 13 B": 14},
        growing=title == "Growth: body size",
    )
    workers.setdefault(f"{FLASK} again", workers[FLASK])
    started = Workers()
    started.started.update(workers)
    found = Row.compared(suite, row, started)
    found.measure(started, 9)
    return found


def test_wrong_answer_has_no_figure() -> None:
    workers = {
        FLASK: Answering(HELLO, 10),
        ALONE: Answering(HELLO, 2),
        FASTRESP: Answering(WRONG, 0.5),
        "Falcon": Answering(None, 1),
    }
    row = measured(workers)
    assert row.results[FASTRESP] == {"differs": "header X-Fast; + X-Fast: 1"}
    assert row.results["Falcon"]["differs"] == "RemoteError: ImportError: no such thing"
    ratio = row.ratio(ALONE)
    assert ratio is not None and ratio.ratio == pytest.approx(5, rel=0.1)
    assert row.wrong() == {FASTRESP: "header X-Fast; + X-Fast: 1"}
    assert "batch" not in workers[FASTRESP].asked
    assert "X-Fast" in row.summary()


def test_absent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rows.installed", lambda name: name != "Falcon")
    workers = {name: Answering(HELLO, 10) for name in (FLASK, "Falcon", FASTRESP)}
    assert measured(workers).results["Falcon"] == {"absent": True}
    assert workers["Falcon"].asked == []


@pytest.mark.parametrize(("again", "noisy"), [(10.1, False), (12, True)])
def test_noise_is_told(again: float, noisy: bool) -> None:
    times = {FLASK: 10, f"{FLASK} again": again, FASTRESP: 1}
    row = measured({name: Answering(HELLO, times[name]) for name in times})
    assert row.noisy is noisy
    assert ("too noisy" in row.summary()) is noisy


def test_worker() -> None:
    with Workers() as workers:
        worker = workers[FASTRESP]
        answer = worker.prepare("Return values", "str 13 B", FASTRESP)
        assert answer.chunks == [b"Hello, World!"]
        assert 0 < worker.batch() < 10_000
        with pytest.raises(RemoteError, match="KeyError"):
            worker.prepare("", "", FASTRESP)
        process = t.cast(t.Any, worker).process
    assert not process.is_alive()


def test_peer_that_differs_is_not_timed() -> None:
    pytest.importorskip("orjson")
    names = ["json.dumps", "orjson", "fastresp"]
    suite = SUITES["JSON encoders"]._replace(implementations=lambda row: names)
    with Workers() as workers:
        row = Row.compared(suite, "100 KB non-ASCII in a list", workers)
        row.measure(workers, 1)
    assert row.results["orjson"].keys() == {"differs"}
    for name in ("fastresp", "json.dumps again"):
        assert row.results[name].keys() == {"times", "median", "ratio"}


def test_rows_have_the_implementations_of_fastresp() -> None:
    for suite in SUITES.values():
        for row in suite.rows:
            assert {*suite.own} <= {*suite.implementations(row)}


def test_stopped_run_keeps_its_rows(tmp_path: pathlib.Path) -> None:
    stored = tmp_path / "rows.json"
    rows = str(BENCH / "test_rows.py")
    options = ["--rounds=5", "--only=return values: class"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", rows, "--verbose", *options]
        + [f"--benchmark-json={stored}"],
        # Without the package: the installed one is tested.
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # It may be ignored here, as it is in the background of a shell.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(r"FastResp [\d.]+x \(.* to .*\)", line):
            process.send_signal(signal.SIGINT)
            break
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == pytest.ExitCode.INTERRUPTED, rest
    run = report.load(str(stored))
    rows_done = list(run.rows.values())
    assert 1 <= len(rows_done) < 11
    assert len(rows_done[0].results[FASTRESP]["times"]) == 5
    assert "flask" in run.facts["packages"] and "werkzeug" in run.facts["packages"]
    assert report.main([str(stored), "--output", str(tmp_path)]) == 0


def test_table_on_the_terminal() -> None:
    command = [sys.executable, str(BENCH / "table.py")]
    command += ["--rounds=2", "--only=str empty"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith("CPython ")
    row = r"^str empty +[\d.]+ +[\d.]+ +[\d.]+x \(.* to .*\) +[\d.]+x \(.*\) +\d+%"
    assert re.search(row, said, re.MULTILINE)


# --- the page --------------------------------------------------------------


def stored_run(
    path: pathlib.Path, fast: float = 0.5, wrong: bool = False, again: float = 10.0
) -> str:
    """Write a file as pytest-benchmark does."""
    odd = HELLO._replace(chunks=[b"<&|>"])
    entries = []
    for title, names in (
        ("Return values", [ALONE, FASTRESP, BY_HAND, "Falcon"]),
        ("Whole requests", [FASTRESP, CEILING]),
        ("Growth: body size", [ALONE, FASTRESP, BY_HAND]),
        ("Heads of HTTP/1.1", [FASTRESP, "fastresp"]),
    ):
        for row in ("0", "1000") if title == "Growth: body size" else ("str 13 B",):
            workers = {
                FLASK: Answering(HELLO, 10.0),
                f"{FLASK} again": Answering(HELLO, again),
                **{name: Answering(HELLO, 2.0 + len(name) / 8) for name in names},
                FASTRESP: Answering(odd if wrong else HELLO, fast),
                "BlackSheep": Answering(odd, 5.0),
            }
            entries.append(
                {"extra_info": dataclasses.asdict(measured(workers, title, row))}
            )
    counted = {"str 13 B": {FLASK: 95917.25, FASTRESP: 5777.5}}
    entries.append({"extra_info": {"instructions": counted}})
    machine = {"cpu": {"brand_raw": "A <processor>"}, "packages": "flask 3.1"}
    path.write_text(json.dumps({"benchmarks": entries, "machine_info": machine}))
    return str(path)


def made(tmp_path: pathlib.Path, **options: t.Any) -> Page:
    path = stored_run(tmp_path / "rows.json", **options)
    assert report.main([path, "--output", str(tmp_path)]) == 0
    return Page(tmp_path / "index.html")


def test_numbers_are_those_of_the_file(tmp_path: pathlib.Path) -> None:
    cells = {cell for row in made(tmp_path).rows for cell in row}
    for row in report.load(str(tmp_path / "rows.json")).rows.values():
        for name in row.implementations():
            ratio = row.ratio(name)
            # The reference has times only.
            if ratio is None or name == row.reference:
                continue
            text = ratio_text(ratio) if name in row.own else f"{ratio.ratio:.3g}x"
            assert (text, ratio.ratio) in cells, (row.suite, name)
        taken = row.get(row.reference, "median")
        assert (number(taken).text, taken) in cells
    assert ("95,917", 95917.25) in cells


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.59512, "0.5951"), (13.0, "13"), (1282.4, "1,282"), (412345.6, "412,346")],
)
def test_numbers_are_readable(value: float, text: str) -> None:
    assert number(value).text == text


def test_wrong_row_has_no_number(tmp_path: pathlib.Path) -> None:
    page = made(tmp_path, wrong=True)
    differing = [row for row in page.named("Return values") if len(row) == 4]
    assert [row[2][0] for row in differing] == [FASTRESP, "BlackSheep"]
    assert "- hello; + body of 4 bytes" in differing[0][3][0]
    shown = [row for row in page.named("str 13 B") if row[-1][0].endswith("%")]
    # After the name, the plot and the reference's time, there are no microseconds.
    assert [row[3] for row in shown] == [("differs", None)] * 3


def test_page_needs_nothing_else(tmp_path: pathlib.Path) -> None:
    page = made(tmp_path)
    assert page.text.count('<td class="plot">') == 5
    identifiers = [value for name, value in page.attributes if name == "id"]
    assert len(identifiers) == len({*identifiers})
    for value in page.references():
        assert value == "data:," or value[0] == "#" and value[1:] in identifiers
    for _, value in page.attributes:
        assert {*re.findall(r"url\(#(.*?)\)", value)} <= {*identifiers}
    assert not re.search(r"@import|url\((?!#)", page.text)
    assert not re.search(r"https?://", page.text)
    assert "A <processor>" not in page.text


def test_marks_are_where_their_figures_are(tmp_path: pathlib.Path) -> None:
    page = made(tmp_path)
    rows = list(report.load(str(tmp_path / "rows.json")).rows.values())
    plot = report.Plot(rows[:1])
    assert plot.at(plot.low) == 0 and plot.at(plot.high) == pytest.approx(100)
    # A factor is a distance, wherever it is.
    assert plot.at(4) - plot.at(2) == pytest.approx(plot.at(20) - plot.at(10))
    assert plot.kinds.keys() == {
        FASTRESP,
        ALONE,
        BY_HAND,
        "Falcon",
        "BlackSheep",
        "goal",
    }
    for name, found in plot.figures[0].items():
        ratio = 14 if name == "goal" else rows[0].results[name]["ratio"][0]
        assert found.ratio == ratio
        assert f'--at:{plot.at(ratio)}%"\ntitle="{name}: {ratio:.3g}"' in page.text
    assert {1, 2, 5, 10} <= {*plot.ticks()}


def test_too_noisy_is_said(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = made(tmp_path, again=13.0)
    said = "5 of 5 rows are too noisy to conclude from: measure again"
    assert said in capsys.readouterr().out
    assert said in page.text
    assert "14, too noisy" in page.text
    assert "14 reached" not in page.text


# --- two files -------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "verdict", "status"),
    [
        ({}, {}, "same", 0),
        ({}, {"fast": 0.53}, "slower", 0),
        ({}, {"fast": 0.6}, "slower", 1),
        ({"fast": 0.6}, {}, "faster", 0),
        ({}, {"wrong": True}, "wrong", 1),
        ({"wrong": True}, {}, None, 0),
        ({"wrong": True}, {"wrong": True}, None, 0),
        ({}, {"fast": 0.6, "again": 13.0}, "too noisy", 0),
    ],
)
def test_comparison(
    tmp_path: pathlib.Path,
    before: t.Any,
    after: t.Any,
    verdict: str | None,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = stored_run(tmp_path / "before.json", **before)
    new = stored_run(tmp_path / "after.json", **after)
    arguments = [new, "--before", old, "--output", str(tmp_path)]
    assert report.main(arguments) == status
    said = "Return values: str 13 B: "
    assert (f"{said}{verdict}, was 2" in capsys.readouterr().out) == bool(status)
    rows = Page(tmp_path / "index.html").named("str 13 B")
    shown = {cell[0].partition(", was ")[0] for row in rows for cell in row}
    verdicts = {"same", "slower", "faster", "wrong", "too noisy"}
    assert shown & verdicts == {verdict} - {None}


def test_row_of_one_file_only(tmp_path: pathlib.Path) -> None:
    row, *_ = report.load(stored_run(tmp_path / "rows.json")).rows.values()
    assert report.change(row, report.NONE).text == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["{odd}"],
        ["{path}", "--before", "{odd}"],
        ["{path}", "{path}"],
        ["/nowhere.json"],
        [__file__],
    ],
)
def test_usage(arguments: list[str], tmp_path: pathlib.Path) -> None:
    path = stored_run(tmp_path / "rows.json")
    odd = tmp_path / "odd.json"
    odd.write_text('{"benchmarks": [{"extra_info": {"suite": "", "results": {}}}]}')
    with pytest.raises(SystemExit) as info:
        report.main([argument.format(path=path, odd=odd) for argument in arguments])
    assert info.value.code == 2


# --- in a browser ----------------------------------------------------------

LOOK = """<script>
const said = [...document.querySelectorAll(".plot .axis")].map(axis => {
  const box = axis.getBoundingClientRect();
  const marks = [...axis.querySelectorAll(".mark")];
  return {
    marks: marks.length,
    inside: marks.every(mark => {
      const part = mark.getBoundingClientRect();
      return part.width > 2 && part.height > 2 && part.right > box.left
        && part.left < box.right && part.bottom > box.top && part.top < box.bottom;
    }),
    kinds: marks.map(mark => getComputedStyle(mark).borderLeftColor)};
});
const table = document.querySelector("#section-who-answers-the-same ~ .scroll table");
const order = () => [...table.tBodies[0].rows].map(row => row.cells[1].innerText);
const first = order();
table.querySelectorAll("th button")[1].click();
const sorted = order();
const {backgroundColor: back, color: text} = getComputedStyle(document.body);
const result = document.createElement("pre");
result.id = "looked";
result.textContent = JSON.stringify({said, first, sorted, back, text});
document.body.append(result);
</script></body>"""


def is_light(colour: str) -> bool:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) > 382


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
def test_page_in_a_browser(tmp_path: pathlib.Path, dark: bool) -> None:
    page = tmp_path / "looked.html"
    page.write_text(made(tmp_path).text.replace("</body>", LOOK))
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    profile = tmp_path / "profile"
    rendered = as_rendered(page, profile, "--window-size=1200,900", scheme)
    result = re.search(r'<pre id="looked">(.*?)</pre>', rendered, re.DOTALL)
    assert result is not None
    looked = json.loads(html.unescape(result[1]))
    assert len(looked["said"]) == 5
    for plot in looked["said"]:
        assert plot["inside"] and len({*plot["kinds"]}) == plot["marks"] >= 3
    assert is_light(looked["text"]) is dark
    assert is_light(looked["back"]) is not dark
    assert looked["first"] != looked["sorted"]
    found = [list(map(str.casefold, looked[when])) for when in ("first", "sorted")]
    assert sorted(found[0]) == found[1]
