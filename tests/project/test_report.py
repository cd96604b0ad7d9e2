"""The benchmarks' report: measurements are right, and the page shows them."""

from __future__ import annotations

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
from harness import ALONE
from harness import BY_HAND
from harness import CEILING
from harness import FASTRESP
from harness import FLASK
from pages import as_rendered
from pages import needs_browser
from pages import Page
from report import number
from report import ratio_text
from suites import Suite
from suites import SUITES
from turns import difference
from turns import Turns
from turns import Workers

from fastresp.cli.compare import Answer
from fastresp.cli.remote import RemoteError
from fastresp.cli.timing import Interval
from fastresp.cli.timing import interval
from fastresp.cli.timing import take_turns
from fastresp.cli.timing import time_runs
from fastresp.cli.timing import voluntary_switches

pytest.importorskip("matplotlib")

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

    def memory(self) -> dict[str, float]:
        return {"peak": 100.0, "held": 50.0}


@pytest.fixture(autouse=True)
def everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turns.installed", lambda name: True)


def measured(
    workers: dict[str, Answering], title: str = "Return values", row: str = "str 13 B"
) -> Turns:
    suite = Suite(
        title,
        ["str 13 B"],
        lambda row: list(workers),
        lambda row, name: pytest.fail("nothing is made here"),
        own=tuple(name for name in workers if name in (ALONE, FASTRESP)),
        goals=lambda row: {FASTRESP: 14.0},
        sizes={"0": 0, "1000": 1000} if title == "Body size" else {},
        unit="bytes",
    )
    turns = Turns(t.cast(t.Any, workers), suite, row)
    turns.measure(9)
    return turns


def test_wrong_answer_has_no_figure() -> None:
    workers = {
        FLASK: Answering(HELLO, 10),
        ALONE: Answering(HELLO, 2),
        FASTRESP: Answering(WRONG, 0.5),
        "Falcon": Answering(None, 1),
    }
    turns = measured(workers)
    found = turns.figures()["results"]
    assert found[FASTRESP] == {"differs": "header X-Fast; + X-Fast: 1"}
    assert found["Falcon"]["differs"] == "RemoteError: ImportError: no such thing"
    assert found[ALONE]["ratio"].ratio == pytest.approx(5)
    assert turns.wrong() == {FASTRESP: "header X-Fast; + X-Fast: 1"}
    assert "batch" not in workers[FASTRESP].asked
    assert "X-Fast" in turns.summary()


def test_absent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turns.installed", lambda name: name != "Falcon")
    workers = {name: Answering(HELLO, 10) for name in (FLASK, "Falcon", FASTRESP)}
    assert measured(workers).figures()["results"]["Falcon"] == {"absent": True}
    assert workers["Falcon"].asked == []


@pytest.mark.parametrize(("again", "noisy"), [(10.1, False), (12, True)])
def test_noise_is_told(again: float, noisy: bool) -> None:
    times = {FLASK: 10, f"{FLASK} again": again, FASTRESP: 1}
    turns = measured({name: Answering(HELLO, times[name]) for name in times})
    assert turns.figures()["noisy"] is noisy
    assert ("too noisy" in turns.summary()) is noisy


def test_worker() -> None:
    with Workers() as workers:
        worker = workers[FASTRESP]
        answer = worker.prepare("Return values", "str 13 B", FASTRESP)
        assert answer.chunks == [b"Hello, World!"]
        assert 0 < worker.batch() < 10_000
        assert worker.memory().keys() == {"peak", "held"}
        with pytest.raises(RemoteError, match="KeyError"):
            worker.prepare("", "", FASTRESP)
        process = t.cast(t.Any, worker).process
    assert not process.is_alive()


def test_peer_that_differs_is_not_timed() -> None:
    pytest.importorskip("orjson")
    names = ["json.dumps", "orjson", "fastresp"]
    suite = SUITES["JSON encoders"]._replace(implementations=lambda row: names)
    with Workers() as workers:
        turns = Turns(workers, suite, "100 KB non-ASCII in a list")
        turns.measure(1)
    found = turns.results
    assert found["orjson"].keys() == {"differs"}
    assert found["fastresp"].keys() == {"times", "median", "ratio"}


def test_rows_have_an_implementation_to_compare_with() -> None:
    for suite in SUITES.values():
        for row in suite.rows:
            names = list(suite.implementations(row))
            assert names[1] == f"{names[0]} again"
            assert {*suite.own} <= {*names}


def test_stopped_run_keeps_its_rows(tmp_path: pathlib.Path) -> None:
    stored = tmp_path / "rows.json"
    rows = str(BENCH / "test_rows.py")
    options = ["--rounds=5", "--only=Return values: class"]
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
    rows_done = run.all_rows()
    assert 1 <= len(rows_done) < 11
    assert len(rows_done[0].results[FASTRESP]["times"]) == 5
    assert run.facts["Compiled extensions"] == "loaded"
    assert "flask" in run.facts["Versions"] and "werkzeug" in run.facts["Versions"]
    assert report.main([str(stored), "--output", str(tmp_path)]) == 0


def test_table_on_the_terminal() -> None:
    command = [sys.executable, str(BENCH / "table.py")]
    command += ["--rounds=2", "--only=str empty"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith("CPython ")
    assert re.search(r"^str empty +[\d.]+ +[\d.]+ +[\d.]+x", said, re.MULTILINE)


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
        ("Body size", [ALONE, FASTRESP, BY_HAND]),
        ("Heads of HTTP/1.1", [FASTRESP, "fastresp"]),
    ):
        for row in ("0", "1000") if title == "Body size" else ("str 13 B",):
            workers = {
                FLASK: Answering(HELLO, 10.0),
                f"{FLASK} again": Answering(HELLO, again),
                **{name: Answering(HELLO, 2.0 + len(name) / 8) for name in names},
                FASTRESP: Answering(odd if wrong else HELLO, fast),
                "Starlette": Answering(odd, 5.0),
            }
            turns = measured(workers, title, row)
            turns.measure_memory()
            entries.append({"extra_info": turns.figures()})
    info = {"suite": "Instructions", "row": "str 13 B", "tool": "valgrind"}
    counted = {FLASK: 95917.25, FASTRESP: 5777.5}
    entries.append({"extra_info": {**info, "instructions": counted}})
    machine = {"cpu": {"brand_raw": "A <processor>"}, "packages": {"flask": "3.1"}}
    path.write_text(json.dumps({"benchmarks": entries, "machine_info": machine}))
    return str(path)


def made(tmp_path: pathlib.Path, **options: t.Any) -> Page:
    path = stored_run(tmp_path / "rows.json", **options)
    assert report.main([path, "--output", str(tmp_path)]) == 0
    return Page(tmp_path / "index.html")


def test_numbers_are_those_of_the_file(tmp_path: pathlib.Path) -> None:
    cells = {cell for row in made(tmp_path).rows for cell in row}
    for row in report.load(str(tmp_path / "rows.json")).all_rows():
        for name in row.implementations():
            ratio = row.ratio(name)
            # The reference has times only, and a row of growth one ratio.
            if ratio is None or name == row.reference:
                continue
            if row.size is None or name == FASTRESP:
                assert (ratio_text(ratio), ratio.ratio) in cells, (row.suite, name)
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
    assert [row[2][0] for row in differing] == [FASTRESP, "Starlette"]
    assert "- hello; + body of 4 bytes" in differing[0][3][0]
    # The table by return type is the one whose last column is the noise.
    rows = [row for row in page.named("str 13 B") if row[-1][0].endswith("%")]
    (shown,) = (row for row in rows if len(row) == 8)
    # Microseconds and ratio of the extension.
    assert shown[2] == ("", None)
    assert shown[4] == ("differs", None)


def test_page_needs_nothing_else(tmp_path: pathlib.Path) -> None:
    page = made(tmp_path)
    assert page.text.count("<svg") == 4
    identifiers = [value for name, value in page.attributes if name == "id"]
    assert len(identifiers) == len({*identifiers})
    for value in page.references():
        assert value == "data:," or value[0] == "#" and value[1:] in identifiers
    for _, value in page.attributes:
        assert {*re.findall(r"url\(#(.*?)\)", value)} <= {*identifiers}
    assert not re.search(r"@import|url\((?!#)", page.text)
    # Nothing but the names of XML's namespaces.
    addresses = set(re.findall(r"https?://[^\"'\s<]+", page.text))
    assert all(address.startswith("http://www.w3.org/") for address in addresses)
    assert "A <processor>" not in page.text


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
        ({}, {"wrong": True}, "wrong now", 1),
        ({"wrong": True}, {}, "right now", 0),
        ({"wrong": True}, {"wrong": True}, "wrong before and now", 0),
        ({}, {"fast": 0.6, "again": 13.0}, "too noisy", 0),
    ],
)
def test_comparison(
    tmp_path: pathlib.Path,
    before: t.Any,
    after: t.Any,
    verdict: str,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = [
        stored_run(tmp_path / "before.json", **before),
        stored_run(tmp_path / "after.json", **after),
    ]
    changes = report.compare(*map(report.load, files))
    verdicts = {each.verdict for each in changes if each.implementation == FASTRESP}
    assert verdicts == {verdict}
    output = ["--output", str(tmp_path)]
    if status:
        assert report.main([*files, *output]) == 0
        capsys.readouterr()
    assert report.main([*files, *output, "--fail-over", "10%"]) == status
    assert (f"{FASTRESP}: {verdict}" in capsys.readouterr().out) == bool(status)
    rows = Page(tmp_path / "index.html").named("Return values")
    assert (verdict, None) in [row[-1] for row in rows if len(row) == 7]


def test_rows_of_one_file_only(tmp_path: pathlib.Path) -> None:
    run = report.load(stored_run(tmp_path / "rows.json"))
    less = run._replace(rows={"Body size": run.rows["Body size"]})
    for pair, verdict in (((run, less), "only before"), ((less, run), "only after")):
        assert {each.verdict for each in report.compare(*pair)} == {"same", verdict}


@pytest.mark.parametrize(
    "arguments",
    [
        ["{odd}"],
        ["{path}", "{path}", "--fail-over", "ten"],
        ["{path}", "{path}", "--fail-over", "100%"],
        ["{path}", "--fail-over", "10%"],
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
const said = [...document.querySelectorAll("figure svg")].map(svg => ({
  width: svg.getBoundingClientRect().width,
  drawn: [...svg.querySelectorAll("path, use")].filter(one => {
    const part = one.getBoundingClientRect();
    return part.width + part.height > 0;
  }).length,
  colour: getComputedStyle(svg.querySelector("text")).fill,
  axis: svg.textContent.includes("as fast") || svg.textContent.includes("µs")}));
const table = document.querySelectorAll("table")[1];
const order = () => [...table.tBodies[0].rows].map(row => row.cells[1].innerText);
const first = order();
table.querySelectorAll("th button")[1].click();
const sorted = order();
const back = getComputedStyle(document.body).backgroundColor;
const result = document.createElement("pre");
result.id = "looked";
result.textContent = JSON.stringify({said, first, sorted, back});
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
    found = re.search(r'<pre id="looked">(.*?)</pre>', rendered, re.DOTALL)
    assert found is not None
    looked = json.loads(html.unescape(found[1]))
    assert len(looked["said"]) == 4
    for plot in looked["said"]:
        assert plot["width"] > 300 and plot["drawn"] > 10 and plot["axis"]
        assert is_light(plot["colour"]) is dark
    assert is_light(looked["back"]) is not dark
    assert looked["first"] != looked["sorted"]
    assert sorted(looked["first"], key=str.casefold) == looked["sorted"]
