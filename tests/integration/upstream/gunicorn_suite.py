"""gunicorn's own tests of responses and workers, with fastresp's response writer.

Fetches the source distribution of the installed gunicorn, and runs the tests
with gunicorn's classes, and with fastresp's under every name that held one of
gunicorn's. Compares the outcome of each test. Run it like run.py::

    python tests/integration/upstream/gunicorn_suite.py

The exit status is 0 when nothing differs, 1 when something does, 2 when the
tests could not be run.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import platform
import shutil
import sys
import tarfile
import tempfile
import typing as t
from importlib.metadata import version
from pathlib import Path

from run import fetch
from run import HERE
from run import Report
from run import ROOT
from run import row
from run import run_pytest
from run import Unusable

MODES = ["stock", "writer"]

# Those that make WSGI responses, or workers that do. A version has some of them.
TESTS = [
    "tests/test_early_hints.py",
    "tests/test_gthread.py",
    "tests/test_gthread_keepalive_shutdown.py",
    "tests/test_http.py",
    "tests/test_signal_integration.py",
    "tests/test_ssl.py",
    "tests/test_uwsgi.py",
    "tests/workers/test_ggevent.py",
]

# The least number of fastresp's responses in pytest's process, if there are as
# many of gunicorn's: somewhat below what is usual. In the servers that tests
# start, each response has to be fastresp's.
LEAST_MADE = 30

# Test: why it differs and has to. An entry that is not needed fails the run,
# where the version has the test.
GEVENT = "tests/workers/test_ggevent.py"
PATCHES_BASE = "patches the first base class: in fastresp's worker not AsyncWorker"
ALLOWED = {
    f"{GEVENT}::TestGeventWorkerInit::test_init_process_patches_and_reinits": (
        PATCHES_BASE
    ),
    f"{GEVENT}::TestSignalHandling::test_notify_exits_on_parent_change": PATCHES_BASE,
}


def run(mode: str, directory: Path, output: Path) -> Report:
    output.mkdir()
    tests = ["--override-ini=addopts=", "--override-ini=filterwarnings="]
    tests += [test for test in TESTS if (directory / test).exists()]
    run_pytest(directory, mode, output, tests, "gunicorn_plugin")
    return t.cast(Report, json.loads((output / "report.json").read_text()))


def report_problems(stock: Report, writer: Report) -> list[str]:
    """Prints a table."""
    print(f"\ngunicorn {version('gunicorn')}")
    print(row("", *"tests passed failed skipped made served ours".split()))
    for mode, report in zip(MODES, (stock, writer), strict=True):
        ended = collections.Counter(end for end, _ in report["outcomes"].values())
        made = collections.Counter[str](report["made"])
        served = collections.Counter[str](report["served"])
        print(
            row(
                mode,
                len(report["outcomes"]),
                ended["passed"] + ended["xfailed"],
                ended["failed"] + ended["error"] + ended["xpassed"],
                ended["skipped"],
                made["all"],
                served["all"],
                made["ours"] + served["ours"],
            )
        )

    problems: list[str] = []
    before, now = stock["outcomes"], writer["outcomes"]
    for test in sorted(before.keys() | now.keys()):
        ends = [outcomes.get(test, ("missing", "")) for outcomes in (before, now)]
        differs = ends[0][0] != ends[1][0]
        if differs and test in ALLOWED:
            print(f"  differs as it has to: {test}: {ALLOWED[test]}")
        elif differs:
            tail = "\n".join(ends[1][1].splitlines()[-25:])
            problems.append(f"{test}: {ends[0][0]} -> {ends[1][0]}\n{tail}")
        elif test in ALLOWED and ends[0][0] != "skipped":
            problems.append(f"{test} no longer differs: take it from ALLOWED")
        elif ends[0][0] in ("failed", "error"):
            problems.append(f"{test} fails with either; see requirements.txt")
    for key in ("made", "served"):
        if stock[key].get("ours", 0):
            problems.append(f"stock: some responses {key} are fastresp's")
        if writer[key].get("ours", 0) != writer[key].get("all", 0):
            problems.append(f"writer: not all responses {key} are fastresp's")
        if key == "made":
            least = min(stock[key].get("all", 0), LEAST_MADE)
        else:
            least = stock[key].get("all", 0)
        if writer[key].get("ours", 0) < least:
            problems.append(f"writer: few responses {key} are fastresp's")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "upstream")
    arguments = parser.parse_args()

    print(f"CPython {platform.python_version()}, {platform.system()}", flush=True)
    # Servers that tests start take their settings from there.
    os.environ["GUNICORN_CMD_ARGS"] = f"--config={HERE / 'gunicorn_plugin.py'}"
    with (
        tempfile.TemporaryDirectory(prefix="fastresp-") as temporary,
        concurrent.futures.ThreadPoolExecutor(len(MODES)) as pool,
    ):
        unpacked, outputs = Path(temporary, "gunicorn"), Path(temporary)
        try:
            with tarfile.open(fetch("gunicorn", arguments.cache)) as archive:
                archive.extractall(unpacked, filter="data")
            (directory,) = unpacked.iterdir()
            # The installed one is to be tested.
            shutil.rmtree(directory / "gunicorn")
            jobs = [pool.submit(run, mode, directory, outputs / mode) for mode in MODES]
            problems = report_problems(*(job.result() for job in jobs))
        except Unusable as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    for problem in problems:
        print(f"\ngunicorn: {problem}")
    print("\nfastresp differs, see above" if problems else "\nnothing differs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
