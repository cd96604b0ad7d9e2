"""Flask's and Werkzeug's own test suites, with fastresp in place of the stock
response class.

Fetches the source distributions of the installed Flask and Werkzeug, and runs
their tests with the stock classes, with fastresp's classes under every name
that held a stock one, and with every app passed through ``FastResp``. Compares
the outcome of each test, and what each WSGI call answered, event by event. A
second stock run tells which values change from run to run by themselves. --suite
does so with the tests of extensions, too.

Run it with an interpreter that has fastresp, the Flask and Werkzeug to test
with, pip, and what requirements.txt lists::

    python tests/integration/upstream/run.py

The exit status is 0 when nothing differs, 1 when something does, 2 when a
suite could not be run.
"""

from __future__ import annotations

import argparse
import collections
import collections.abc as cabc
import concurrent.futures
import contextlib
import dataclasses
import difflib
import importlib.util
import itertools
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import typing as t
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

# The last, stock once more, comes well after the first, so that clocks differ.
# "extension" alone is what a user has who adds one line and changes no import;
# Werkzeug's tests make no app.
MODES = {
    "flask": ["stock", "class", "class+extension", "extension", "stock again"],
    "werkzeug": ["stock", "class", "class+extension", "stock again"],
}
# Of packages that keep something in sessions; run when asked for by --suite.
EXTENSIONS = ["flask-login", "flask-wtf"]
MODES |= {name: ["stock", "class+extension", "stock again"] for name in EXTENSIONS}

# The least share of the recorded answers that the fast path has emitted, and
# of the responses met that are fastresp's: somewhat below what is usual. In
# "extension" mode the tests still make stock responses of their own.
LEAST_EMITTED = {"flask": 0.75, "werkzeug": 0.5}
LEAST_EMITTED |= dict.fromkeys(EXTENSIONS, 0.75)
LEAST_OURS = {"class": 1.0, "class+extension": 1.0, "extension": 0.9}

# (suite, test): why it differs and has to. An entry that no mode needs fails
# the run, where the suite has the test.
ALLOWED: dict[tuple[str, str], str] = {}

# Left out of every run: on a busy machine they miss the change they wait for.
DESELECTED = ["tests/test_serving.py::test_reloader_sys_path"]

SECONDS_A_TEST = 60
SECONDS_A_SUITE = 900

# Stands in the place of the script with which Werkzeug's tests start a server.
SERVER_SCRIPT = """\
import os, runpy, sys

sys.path[:0] = os.environ["FASTRESP_UPSTREAM_PATH"].split(os.pathsep)
import swap_plugin

swap_plugin.serve()
runpy.run_path({script!r}, run_name="__main__")
"""

# What swap_plugin writes.
Report = dict[str, t.Any]


class Unusable(Exception):
    """A suite that could not be run."""


# --- running -----------------------------------------------------------------


def fetch(name: str, cache: Path) -> Path:
    """The source distribution of the installed version."""
    wanted = f"{name}-{version(name)}.tar.gz"
    for attempt in ("look", "download"):
        if attempt == "download":
            cache.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-m", "pip", "download", "--quiet"]
            command += ["--disable-pip-version-check", "--no-deps"]
            command += ["--no-binary", ":all:", "--dest", str(cache)]
            command += [f"{name}=={version(name)}"]
            if subprocess.run(command).returncode != 0:
                raise Unusable(f"pip could not fetch {wanted}")
        for path in cache.glob("*.tar.gz"):
            if path.name.lower().replace("_", "-") == wanted:
                return path
    raise Unusable(f"pip fetched no {wanted}")


class Suite:
    """The tests of an installed package, unpacked."""

    def __init__(self, name: str, cache: Path, temporary: Path) -> None:
        self.name = name
        self.temporary = temporary
        self.runs = itertools.count()
        with tarfile.open(fetch(name, cache)) as archive:
            archive.extractall(temporary / name, filter="data")
        (self.directory,) = (temporary / name).iterdir()
        for script in self.directory.glob("tests/live_apps/run.py"):
            moved = script.rename(script.with_name("run_live_app.py"))
            script.write_text(SERVER_SCRIPT.format(script=str(moved)))

    def run(self, mode: str, tests: cabc.Iterable[str] = ()) -> Report:
        """Runs the suite, or some of its tests, in a process of its own."""
        # Short, as a socket will be below, and of one length, as some end up
        # in bodies.
        initials = "".join(word[0] for word in self.name.split("-"))
        output = self.temporary / f"{initials}{next(self.runs):02}"
        output.mkdir()
        run_pytest(self.directory, mode, output, tests)
        return t.cast(Report, json.loads((output / "report.json").read_text()))


def run_pytest(
    directory: Path,
    mode: str,
    output: Path,
    tests: cabc.Iterable[str],
    plugin: str = "swap_plugin",
) -> None:
    fastresp = importlib.util.find_spec("fastresp")
    if fastresp is None or fastresp.origin is None:
        raise Unusable("fastresp is not installed")
    paths = [str(HERE), str(Path(fastresp.origin).parent.parent)]
    python_path = os.environ.get("PYTHONPATH", "")
    environ = {
        **os.environ,
        "FASTRESP_UPSTREAM_MODE": mode.partition(" ")[0],
        "FASTRESP_UPSTREAM_OUTPUT": str(output),
        "FASTRESP_UPSTREAM_PATH": os.pathsep.join(paths),
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(filter(None, [*paths, python_path])),
    }
    command = [sys.executable, "-m", "pytest", "-p", plugin, "--quiet"]
    command += ["--continue-on-collection-errors"]
    command += ["-o", f"cache_dir={output / 'cache'}", "--basetemp", str(output / "t")]
    for other, options in (
        ("pytest_timeout", [f"--timeout={SECONDS_A_TEST}"]),
        ("xprocess.pytest_xprocess", []),
    ):
        if importlib.util.find_spec(other.partition(".")[0]):
            command += ["-p", other, *options]
    command += [f"--deselect={test}" for test in DESELECTED]
    command += tests
    log = output / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status: int | str = process.wait(SECONDS_A_SUITE)
        except subprocess.TimeoutExpired:
            status = "timeout"
        finally:
            # With the servers it may have left behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    # All tests ran, and passed or not.
    if status not in (0, 1) or not (output / "report.json").exists():
        text = log.read_text(errors="replace")
        crash = text.rfind("Fatal Python error")
        lines = text[crash:].splitlines()[:30] if crash > 0 else text.splitlines()[-30:]
        what = f"the {mode} run in {directory.name} ended with status {status}:"
        raise Unusable("\n".join([what, *lines]))


# --- comparing ---------------------------------------------------------------


# An HTTP date is one word: only its seconds may differ in the stock runs, and its
# minutes in the third. So is "2025-11-21", and base64 in its URL-safe form.
WORDS = re.compile(r"(\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT|[^\w-])")
LENGTH = re.compile(r"header \('Content-Length', '\d+'\)$")


def same_event(stock: str, again: str, swapped: str) -> bool:
    """Equal, except for the words in which the stock runs differ."""
    if stock == again:
        return stock == swapped
    words = WORDS.split(stock), WORDS.split(again), WORDS.split(swapped)
    if len(words[0]) != len(words[1]):
        return True
    return len(words[0]) == len(words[2]) and all(
        first != second or first == third
        for first, second, third in zip(*words, strict=True)
    )


def same_answer(stock: list[str], again: list[str], swapped: list[str]) -> bool:
    if len(stock) != len(again):
        return True
    return len(stock) == len(swapped) and all(
        same_event(*events)
        # The length of a body that changes may happen to be the same twice.
        or (stock != again and all(map(LENGTH.match, events)))
        for events in zip(stock, again, swapped, strict=True)
    )


def diff(stock: list[str], swapped: list[str]) -> str:
    lines = list(difflib.unified_diff(stock, swapped, lineterm="", n=1))[2:]
    # Of long lines, the part where they differ first.
    changed = [line[1:] for line in lines if line[0] in "-+" and len(line) > 200]
    cut = max(0, len(os.path.commonprefix(changed)) - 40)
    return "\n".join(
        f"{line[0]}...{line[1 + cut :][:160]}..." if len(line) > 200 else line
        for line in lines
    )


@dataclasses.dataclass
class Comparison:
    """One swapped run against the two stock ones; texts by test."""

    failures: dict[str, str] = dataclasses.field(default_factory=dict)
    differences: dict[str, str] = dataclasses.field(default_factory=dict)
    differing: int = 0
    in_part: int = 0
    # Tests for which the stock runs have not the same outcome, or not the same
    # number of answers.
    unstable: set[str] = dataclasses.field(default_factory=set)

    def problems(self) -> dict[str, str]:
        tests = {**self.failures, **self.differences}
        texts = self.failures, self.differences
        return {
            test: "\n".join(filter(None, (text.get(test) for text in texts)))
            for test in tests
        }


def compare(stock: Report, again: Report, swapped: Report) -> Comparison:
    result = Comparison()
    runs = stock, again, swapped
    for test in {test: None for run in runs for test in run["outcomes"]}:
        before, after, now = (
            run["outcomes"].get(test, ("missing", "")) for run in runs
        )
        if before[0] != after[0]:
            result.unstable.add(test)
        elif before[0] != now[0]:
            tail = "\n".join(now[1].splitlines()[-25:])
            result.failures[test] = f"{before[0]} -> {now[0]}\n{tail}"

    for test in {test: None for run in runs for test in run["answers"]}:
        before, after, now = (run["answers"].get(test, []) for run in runs)
        if len(before) != len(after):
            result.unstable.add(test)
            continue
        texts = []
        if len(before) != len(now):
            texts.append(f"{len(before)} answers -> {len(now)}")
        for first, second, third in zip(before, after, now, strict=False):
            result.in_part += first != second
            if not same_answer(first, second, third):
                texts.append(diff(first, third))
        if texts:
            result.differing += len(texts)
            result.differences[test] = "\n".join(texts)
    return result


# --- reporting ---------------------------------------------------------------


def row(*cells: object) -> str:
    first, *others = map(str, cells)
    return f"  {first:<16}" + "".join(f"{cell:>10}" for cell in others)


def restrict(run: Report, tests: cabc.Container[str]) -> Report:
    return {
        key: {test: value for test, value in run[key].items() if test in tests}
        for key in ("outcomes", "answers")
    }


def confirm(
    suite: Suite, mode: str, runs: dict[str, Report], compared: Comparison
) -> dict[str, str]:
    """The problems, without those of live servers that do not come again.

    On a busy machine, servers in processes of their own miss a deadline.
    """
    found = compared.problems()
    tests = found.keys() & set(runs["stock"]["live"])
    if not tests:
        return found
    stock, again = (restrict(runs[key], tests) for key in ("stock", "stock again"))
    repeated = restrict(suite.run(mode, sorted(tests)), tests)
    passing = tests - compare(stock, again, repeated).problems().keys()
    for test in sorted(passing):
        print(f"  {mode} differed once and not again: {test}")
    return {test: text for test, text in found.items() if test not in passing}


def report_suite(suite: Suite, runs: dict[str, Report]) -> bool:
    """Prints what came of a suite; whether nothing is wrong with it."""
    name = suite.name
    stock, again = runs["stock"], runs["stock again"]
    problems: list[str] = []
    needed: set[str] = set()
    unstable: set[str] = set()
    in_part = 0

    print(f"\n{name} {version(name)}")
    columns = "tests passed failed skipped answers differing built emitted delegated"
    print(row("", *columns.split(), "ours"))
    for mode, run in runs.items():
        ended = collections.Counter(outcome for outcome, _ in run["outcomes"].values())
        counts, met = run["counts"], run["classes"]
        answers = sum(map(len, run["answers"].values()))
        ours = met.get("ours", 0) / max(met.get("all", 0), 1)
        is_stock = mode.startswith("stock")
        compared = compare(stock, again, run)
        print(
            row(
                mode,
                len(run["outcomes"]),
                ended["passed"] + ended["xfailed"],
                ended["failed"] + ended["error"] + ended["xpassed"],
                ended["skipped"],
                answers,
                "-" if is_stock else compared.differing,
                *(counts[key] for key in ("built", "emitted", "delegated")),
                f"{ours:.1%}",
            )
        )
        if is_stock:
            if any(counts.values()) or ours:
                problems.append(f"{mode}: fastresp made or emitted responses")
            if ended["error"] or ended["passed"] < 0.95 * len(run["outcomes"]):
                problems.append(f"{mode}: tests fail; see requirements.txt")
            continue
        in_part, unstable = compared.in_part, compared.unstable
        for test, text in confirm(suite, mode, runs, compared).items():
            if (name, test) in ALLOWED:
                needed.add(test)
            else:
                problems.append(f"{mode}: {test}\n{text}")
        if counts["emitted"] < LEAST_EMITTED[name] * answers:
            problems.append(f"{mode}: few responses were emitted by fastresp")
        if ours < LEAST_OURS[mode]:
            problems.append(f"{mode}: {ours:.1%} of the responses are fastresp's")
    print(f"  {in_part} answers differ between the stock runs: compared in part")
    for test in sorted(unstable):
        print(f"  not compared, the stock runs disagree: {test}")
    for (owner, test), reason in ALLOWED.items():
        if owner != name:
            continue
        if test not in stock["outcomes"]:
            print(f"  may differ, and is not in this version: {test}")
        elif test in needed:
            print(f"  differs as it has to: {test}: {reason}")
        else:
            problems.append(f"{test} no longer differs: take it from ALLOWED")
    for problem in problems:
        print(f"\n{name}: {problem}")
    return not problems


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument(
        "--suite",
        choices=MODES,
        action="append",
        help="default: Flask's and Werkzeug's",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=ROOT / "build" / "upstream",
        help="directory of the source distributions (default: build/upstream)",
    )
    arguments = parser.parse_args()
    # Werkzeug's takes longer: first.
    names = arguments.suite or ["werkzeug", "flask"]

    print(f"CPython {platform.python_version()}, {platform.system()}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="fastresp-") as temporary,
        concurrent.futures.ThreadPoolExecutor(2) as pool,
    ):
        try:
            suites = [Suite(name, arguments.cache, Path(temporary)) for name in names]
            jobs = {
                suite: [pool.submit(suite.run, mode) for mode in MODES[suite.name]]
                for suite in suites
            }
            results = []
            for suite, runs in jobs.items():
                reports = [run.result() for run in runs]
                modes = dict(zip(MODES[suite.name], reports, strict=True))
                results.append(report_suite(suite, modes))
        except Unusable as error:
            pool.shutdown(cancel_futures=True)
            print(f"error: {error}", file=sys.stderr)
            return 2
    print("\nnothing differs" if all(results) else "\nfastresp differs, see above")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
