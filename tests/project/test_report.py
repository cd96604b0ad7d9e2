"""The benchmarks' report: what is measured is right, and what is shown is that."""

from __future__ import annotations

import html.parser
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import typing as t

import figures
import pytest
import report
from answers import difference
from answers import Digest
from answers import digest
from conftest import BROWSERS_ENVIRON
from content import number
from content import ratio_text
from intervals import Interval
from intervals import noise
from intervals import ratio
from labels import ALONE
from labels import BY_HAND
from labels import CEILING
from labels import FASTRESP
from labels import FLASK
from suites import Subject
from suites import Suite
from suites import SUITES
from turns import Turns
from workers import Failure
from workers import Worker
from workers import Workers

BENCH = pathlib.Path(report.__file__).parent
HELLO = ("200 OK", [("Content-Type", "text/html"), ("Content-Length", "5")], b"hello")


# --- intervals -------------------------------------------------------------


def test_ratio_of_a_constant_factor() -> None:
    # A machine that drifts moves both.
    reference = [10.0, 12.0, 30.0, 11.0, 9.0]
    assert ratio(reference, [taken / 2 for taken in reference]) == (2, 2, 2)
    assert ratio(reference, reference) == (1, 1, 1)


def test_ratio_of_known_ranks() -> None:
    """The interval of a median lies about 0.98 * sqrt(n) ranks to both sides."""
    low, mid, high = ratio(list(map(float, range(1, 102))), [1.0] * 101)
    assert mid == 51
    assert 39 <= low <= 44
    assert 58 <= high <= 63


def test_ratio_covers_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(1)
    covered = 0
    for _ in range(200):
        times = [chance.lognormvariate(0, 0.1) for _ in range(40)]
        low, _, high = ratio(times, [1.0] * 40, resamples=200)
        covered += low <= 1 <= high
    assert 180 <= covered <= 200


def test_ratio_is_the_same_each_time() -> None:
    times = [random.random() + 1 for _ in range(20)]
    assert ratio(times, times[::-1]) == ratio(times, times[::-1])


def test_ratio_takes_rounds_in_pairs() -> None:
    with pytest.raises(ValueError):
        ratio([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("itself", "expected"),
    [((1, 1, 1), 0), ((0.98, 1.0, 1.05), 0.05), ((0.8, 0.9, 1.0), 0.25)],
)
def test_noise(itself: tuple[float, float, float], expected: float) -> None:
    assert noise(Interval(*itself)) == pytest.approx(expected)


# --- answers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "exact", "said"),
    [
        (HELLO, True, ""),
        (("201 CREATED", *HELLO[1:]), True, "status '201 CREATED', expected '200 OK'"),
        (("200", *HELLO[1:]), True, "status '200', expected '200 OK'"),
        (("200", *HELLO[1:]), False, ""),
        (("200 OK", HELLO[1][::-1], b"hello"), True, "fields in another order"),
        (("200 OK", HELLO[1][::-1], b"hello"), False, ""),
        (("200 OK", HELLO[1][1:], b"hello"), False, "without content-type: text/html"),
        (("200 OK", [*HELLO[1], ("A", "b")], b"hello"), True, "with A: b"),
        (
            (*HELLO[:2], b"help"),
            True,
            "body of 4 bytes, expected 5: at byte 3 'p', expected 'lo'",
        ),
    ],
)
def test_difference(got: t.Any, exact: bool, said: str) -> None:
    assert difference(digest(*HELLO), digest(*got), exact=exact) == said


def test_difference_after_what_is_kept() -> None:
    long = bytes(10_000)
    one, other = digest("200", [], long), digest("200", [], long[:-1] + b"x")
    assert difference(one, other, exact=True) == (
        "body of 10,000 bytes: differs after byte 2,000"
    )


# --- a row -----------------------------------------------------------------


class Answering:
    """A process, as it seems."""

    def __init__(self, answer: Digest | None, time: float) -> None:
        self.answer = answer
        self.time = time
        self.asked: list[str] = []

    def ask(self, *, do: str, **request: t.Any) -> t.Any:
        self.asked.append(do)
        if self.answer is None:
            raise Failure("ImportError: no such thing")
        jitter = 1 + 0.001 * len(self.asked)
        return {"prepare": self.answer, "batch": self.time * jitter}.get(
            do, {"peak": 100.0, "held": 50.0}
        )


@pytest.fixture(autouse=True)
def everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turns.installed", lambda name: True)


def no_subject(row: str, implementation: str) -> Subject:
    raise AssertionError("nothing is made here")


def suite_of(title: str, names: list[str], own: tuple[str, ...]) -> Suite:
    return Suite(
        title,
        ["str 13 B"],
        lambda row: names,
        no_subject,
        own=own,
        goals=lambda row: {FASTRESP: 14.0},
    )


def measured(
    workers: dict[str, Answering],
    title: str = "Return values",
    rounds: int = 9,
) -> Turns:
    own = tuple(name for name in workers if name in (FASTRESP, ALONE))
    turns = Turns(
        t.cast(t.Any, workers), suite_of(title, list(workers), own), "str 13 B"
    )
    for _ in range(rounds):
        turns.turn()
    return turns


def test_wrong_answer_has_no_figure() -> None:
    wrong = digest("200 OK", [*HELLO[1], ("X-Fast", "1")], b"hello")
    workers = {
        FLASK: Answering(digest(*HELLO), 10),
        ALONE: Answering(digest(*HELLO), 2),
        FASTRESP: Answering(wrong, 0.5),
        "Falcon": Answering(None, 1),
    }
    turns = measured(workers)
    found = turns.figures()["results"]
    assert found[FASTRESP] == {"differs": "with X-Fast: 1"}
    assert found["Falcon"]["differs"] == "ImportError: no such thing"
    assert found[ALONE]["ratio"][1] == pytest.approx(5)
    assert turns.wrong() == {FASTRESP: "with X-Fast: 1"}
    assert "batch" not in workers[FASTRESP].asked
    assert "X-Fast" in turns.summary()


def test_interrupted_turn_does_not_count() -> None:
    class Stopped(Answering):
        def ask(self, *, do: str, **request: t.Any) -> t.Any:
            if do == "batch":
                raise KeyboardInterrupt
            return super().ask(do=do)

    turns = measured({FLASK: Answering(digest(*HELLO), 10)}, rounds=3)
    turns.workers = t.cast(t.Any, {FLASK: Stopped(digest(*HELLO), 10)})
    with pytest.raises(KeyboardInterrupt):
        turns.turn()
    assert turns.figures()["rounds"] == 3


def test_absent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turns.installed", lambda name: name != "Falcon")
    answer = digest(*HELLO)
    workers = {FLASK: Answering(answer, 10), "Falcon": Answering(answer, 1)}
    assert measured(workers).figures()["results"]["Falcon"] == {"absent": True}
    assert workers["Falcon"].asked == []


def test_noise_is_told() -> None:
    answer = digest(*HELLO)
    calm = {FLASK: Answering(answer, 10), FLASK + " again": Answering(answer, 10.1)}
    loud = {FLASK: Answering(answer, 10), FLASK + " again": Answering(answer, 12)}
    assert not measured(calm).figures()["noisy"]
    assert measured(loud).figures()["noisy"]


def test_worker() -> None:
    worker = Worker()
    try:
        asked = {"suite": "Return values", "row": "str 13 B"}
        answer = worker.ask(do="prepare", implementation=FASTRESP, **asked)
        assert answer["start"] == "Hello, World!"
        assert 0 < worker.ask(do="batch") < 10_000
        assert worker.ask(do="memory").keys() == {"peak", "held"}
        with pytest.raises(Failure, match="KeyError"):
            worker.ask(do="prepare", implementation=FASTRESP, suite="", row="")
    finally:
        worker.close()
    assert worker.process.returncode == 0


def test_peer_that_differs_is_not_timed() -> None:
    pytest.importorskip("starlette")
    names = [FLASK, "Starlette", FASTRESP]
    suite = SUITES["Return values"]._replace(implementations=lambda row: names)
    workers = Workers()
    try:
        turns = Turns(workers, suite, "HEAD")
        turns.turn()
        found = turns.figures()["results"]
    finally:
        workers.close()
    # Its servers leave the body out.
    said = "body of 13 bytes, expected 0: at byte 0 'Hello, World!', expected ''"
    assert found["Starlette"] == {"differs": said}
    assert found[FASTRESP].keys() == {"times", "median", "ratio"}


def test_rows_have_an_implementation_to_compare_with() -> None:
    for suite in SUITES.values():
        for row in suite.rows:
            names = suite.implementations(row)
            assert names[1] == f"{names[0]} again"
            assert {*suite.own} <= {*names}


def test_stopped_run_keeps_its_rows(tmp_path: pathlib.Path) -> None:
    stored = tmp_path / "rows.json"
    rows = str(BENCH / "test_rows.py")
    command = [sys.executable, "-m", "pytest", rows, "--verbose"]
    command += [
        "--rounds=5",
        "--only=Return values: class",
        f"--benchmark-json={stored}",
    ]
    process = subprocess.Popen(
        command,
        # Without the package: what is tested is what is installed.
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        # As it comes, not when the pipe is full.
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(r"FastResp [\d.]+x \(.* to .*\)", line):
            process.send_signal(signal.SIGINT)
            break
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == pytest.ExitCode.INTERRUPTED, rest
    run = figures.load(str(stored))
    assert 1 <= len(run.rows) < 11
    assert len(run.rows[0].results[FASTRESP]["times"]) == 5
    assert run.environment["accelerated"] is True
    assert run.environment["versions"].keys() >= {"flask", "werkzeug"}
    assert report.main([str(stored), "--output", str(tmp_path)]) == 0


# --- the page --------------------------------------------------------------


def stored_run(
    path: pathlib.Path,
    fast: float = 0.5,
    wrong: bool = False,
    again: float = 10.0,
) -> str:
    """A file as pytest-benchmark writes it."""
    answer = digest(*HELLO)
    odd = digest("200 OK", HELLO[1], b"<&|>")
    entries = []
    for title, names in (
        ("Return values", [ALONE, FASTRESP, BY_HAND, "Falcon"]),
        ("Whole requests", [FASTRESP, CEILING]),
        ("Body size", [ALONE, FASTRESP, BY_HAND]),
        ("Heads of HTTP/1.1", [FASTRESP, "fastresp"]),
    ):
        workers = {
            FLASK: Answering(answer, 10.0),
            f"{FLASK} again": Answering(answer, again),
            **{name: Answering(answer, 2.0 + len(name) / 8) for name in names},
            FASTRESP: Answering(odd if wrong else answer, fast),
            "Bottle": Answering(odd, 5.0),
        }
        turns = measured(workers, title)
        turns.measure_memory()
        found = turns.figures()
        for size in (0, 1000) if title == "Body size" else (None,):
            info = {
                **found,
                "size": size,
                "row": found["row"] if size is None else size,
            }
            entries.append({"extra_info": {**info, "row": str(info["row"])}})
    counted = {FLASK: 95917.25, FASTRESP: 5777.5}
    entries.append(
        {
            "extra_info": {
                "suite": "Instructions",
                "row": "str 13 B",
                "tool": "valgrind",
                "instructions": counted,
            }
        }
    )
    environment = {"cpu": "A <processor>", "versions": {"flask": "3.1"}}
    path.write_text(json.dumps({"benchmarks": entries, "environment": environment}))
    return str(path)


class Page(html.parser.HTMLParser):
    """What a test looks for in one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        #: Text and ``data-value`` of cells, by row.
        self.rows: list[list[tuple[str, float | None]]] = []
        self.cell: tuple[list[str], float | None] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in found.items()]
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            value = found.get("data-value")
            self.cell = ([], None if value is None else float(value))

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell[0].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self.cell is not None:
            self.rows[-1].append(("".join(self.cell[0]), self.cell[1]))
            self.cell = None


@pytest.fixture
def written(tmp_path: pathlib.Path) -> pathlib.Path:
    path = stored_run(tmp_path / "rows.json")
    output = tmp_path / "report"
    assert report.main([path, "--output", str(output)]) == 0
    return output


def test_numbers_are_those_of_the_file(written: pathlib.Path) -> None:
    run = figures.load(str(written.parent / "rows.json"))
    text = (written / "index.html").read_text()
    cells = {cell for row in Page(text).rows for cell in row}
    markdown = (written / "report.md").read_text()
    for row in run.rows:
        for name in row.implementations():
            ratio = row.ratio(name)
            # Of the reference, the times.
            if ratio is None or name == row.reference or row.suite == "Body size":
                continue
            assert (ratio_text(ratio), ratio.mid) in cells, (row.suite, name)
            assert ratio_text(ratio) in markdown
        taken = row.median(row.reference)
        assert taken is not None
        assert (number(taken).text, taken) in cells
    assert ("95,917", 95917.25) in cells
    assert "95,917" in markdown


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.59512, "0.5951"), (13.0, "13"), (1282.4, "1,282"), (412345.6, "412,346")],
)
def test_numbers_are_readable(value: float, text: str) -> None:
    assert number(value).text == text


def test_html_and_markdown_say_the_same(written: pathlib.Path) -> None:
    page = Page((written / "index.html").read_text())
    shown = [[text for text, _ in row] for row in page.rows if row]
    rows = []
    for line in (written / "report.md").read_text().splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\) \| ", line[2:-2])
            rows.append([re.sub(r"\\(.)", r"\1", cell).strip() for cell in cells])
    # Without those of the headers, which are followed by a line of dashes.
    body = [
        row
        for row, after in zip(rows, [*rows[1:], [""]], strict=True)
        if row[0] != "---" and after[0] != "---"
    ]
    assert body == shown


def test_wrong_row_has_no_number(tmp_path: pathlib.Path) -> None:
    path = stored_run(tmp_path / "rows.json", wrong=True)
    assert report.main([path, "--output", str(tmp_path)]) == 0
    page = Page((tmp_path / "index.html").read_text())
    differing = [row for row in listed_by_name(page, "Return values") if len(row) == 4]
    assert [row[2][0] for row in differing] == [FASTRESP, "Bottle"]
    assert "'<&|>', expected 'hello'" in differing[0][3][0]
    # The table by return type is the one whose last column is the noise.
    rows = [row for row in listed_by_name(page, "str 13 B") if row[-1][0].endswith("%")]
    (shown,) = (row for row in rows if len(row) == 8)
    # Microseconds and ratio of the extension.
    assert shown[2] == ("", None)
    assert shown[4] == ("differs", None)


def listed_by_name(page: Page, name: str) -> list[list[tuple[str, float | None]]]:
    return [row for row in page.rows if row and row[0][0] == name]


def test_page_needs_nothing_else(written: pathlib.Path) -> None:
    for path in written.iterdir():
        text = path.read_text()
        if path.suffix == ".md":
            assert set(re.findall(r"\]\((.*?)\)", text)) == {
                each.name for each in written.glob("*.svg")
            }
            continue
        for tag, name, value in Page(text).attributes:
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href", "srcset", "action", "data"):
                assert value.startswith(("#", "data:,")), (path, tag, value)
        assert not re.search(r"@import|url\((?!#)", text)
        # Nothing but the names of XML's namespaces.
        addresses = set(re.findall(r"https?://[^\"'\s<]+", text))
        assert addresses <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }
        assert "A <processor>" not in text


def test_plots_have_identifiers_of_their_own(written: pathlib.Path) -> None:
    page = Page((written / "index.html").read_text())
    identifiers = [value for _, name, value in page.attributes if name == "id"]
    assert len(identifiers) == len({*identifiers})
    for _, name, value in page.attributes:
        for used in re.findall(r"url\(#(.*?)\)", value):
            assert used in identifiers
        if name == "xlink:href":
            assert value[1:] in identifiers


def test_colours_are_the_pages(written: pathlib.Path) -> None:
    for path in written.glob("*.svg"):
        drawn = re.sub(r"<style>.*?</style>", "", path.read_text(), flags=re.DOTALL)
        colours = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", drawn))
        assert all(colour == "none" or colour.startswith("var(") for colour in colours)
        assert "prefers-color-scheme" in path.read_text()


def test_too_noisy_is_said(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored_run(tmp_path / "rows.json", again=13.0)
    assert report.main([path, "--output", str(tmp_path)]) == 0
    said = "5 of 5 rows are too noisy to conclude from: measure again"
    assert said in capsys.readouterr().out
    markdown = (tmp_path / "report.md").read_text()
    assert said in markdown
    assert "14, too noisy" in markdown
    assert "reached |" not in markdown


def test_table_on_the_terminal() -> None:
    command = [
        sys.executable,
        str(BENCH / "table.py"),
        "--rounds=2",
        "--only=str empty",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert re.search(r"^str empty +[\d.]+ +[\d.]+ +[\d.]+x", said, re.MULTILINE)


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
    changes = figures.compare(*map(figures.load, files))
    assert {each.verdict for each in changes if each.implementation == FASTRESP} == {
        verdict
    }
    output = ["--output", str(tmp_path)]
    assert report.main([*files, *output]) == 0
    capsys.readouterr()
    assert report.main([*files, *output, "--fail-over", "10%"]) == status
    assert (f"{FASTRESP}: {verdict}" in capsys.readouterr().out) == bool(status)
    assert f"| {verdict} |" in (tmp_path / "report.md").read_text()


def test_rows_of_one_file_only(tmp_path: pathlib.Path) -> None:
    run = figures.load(stored_run(tmp_path / "rows.json"))
    less = figures.load(stored_run(tmp_path / "less.json"))
    less.rows = less.rows[1:]
    verdicts = {each.verdict for each in figures.compare(run, less)}
    assert verdicts == {"same", "only before"}
    verdicts = {each.verdict for each in figures.compare(less, run)}
    assert verdicts == {"same", "only after"}


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
    odd.write_text('{"benchmarks": [{"extra_info": {"results": {}}}]}')
    with pytest.raises(SystemExit) as info:
        report.main([argument.format(path=path, odd=odd) for argument in arguments])
    assert info.value.code == 2


# --- in a browser ----------------------------------------------------------

LOOK = """<script>
const said = [...document.querySelectorAll("figure svg")].map(svg => {
  const box = svg.getBoundingClientRect();
  const drawn = [...svg.querySelectorAll("path, use")].filter(one => {
    const part = one.getBoundingClientRect();
    return part.width + part.height > 0;
  });
  const text = svg.querySelector("text");
  return {width: box.width, height: box.height, drawn: drawn.length,
          colour: getComputedStyle(text).fill,
          axis: svg.textContent.includes("as fast") || svg.textContent.includes("µs")};
});
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


def browser() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(browser() is None, reason="there is no Chromium")
@pytest.mark.parametrize("dark", [False, True])
def test_page_in_a_browser(
    written: pathlib.Path, tmp_path: pathlib.Path, dark: bool
) -> None:
    page = tmp_path / "looked.html"
    text = (written / "index.html").read_text()
    page.write_text(text.replace("</body>", LOOK))
    done = subprocess.run(
        [
            str(browser()),
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--enable-logging=stderr", "--window-size=1200,900", "--dump-dom"),
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            page.as_uri(),
        ],
        env=BROWSERS_ENVIRON,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert "CONSOLE" not in done.stderr
    found = re.search(r'<pre id="looked">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr
    looked = json.loads(html.unescape(found[1]))
    assert len(looked["said"]) == len(list(written.glob("*.svg"))) == 4
    for plot in looked["said"]:
        assert plot["width"] > 300 and plot["height"] > 80
        assert plot["drawn"] > 10
        assert plot["axis"]
        assert is_light(plot["colour"]) is dark
    assert is_light(looked["back"]) is not dark
    assert looked["first"] != looked["sorted"]
    assert [*map(str.casefold, looked["sorted"])] == sorted(
        map(str.casefold, looked["first"])
    )


def is_light(colour: str) -> bool:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) > 382
