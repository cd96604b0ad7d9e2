"""Puts faults into the compiled code, one at a time, and runs the tests that have to
find each.

A copy of the tree is built without optimisation; each fault rebuilds the modules
it is in, runs its tests in a process of their own, and is taken out again. A fault
is caught when a test fails, when the process dies or takes too long, or when
:mod:`fastresp._compat.werkzeug` switches the compiled code off at import.

Beside those of a list, faults are drawn at random. Run it with an interpreter that has
fastresp's tests and Cython::

    python tests/project/mutants/mutate.py [--only TEXT] [--drawn N] [--seed N]

The exit status is 0 when every fault of the list was caught, 1 when one survived, 2
when the list is wrong: a text that is not found once, a fault that does not compile,
a test that fails without any. Drawn faults that survive are printed: look whether they
change anything.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import contextlib
import dataclasses
import os
import queue
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import typing as t
from pathlib import Path

from faults import draw
from faults import Fault
from faults import listed
from faults import ListError
from faults import ROOT

#: Of a tree that was built: what a fault, and the build with it, may change.
CHANGED = (
    *("fastresp/**/*.p[yx][xdi]", "src_c/*.[ch]", "build/**/*.c", "build/**/*.o"),
    *("build/**/*.so", "fastresp/**/*.so"),
)

COMPILER = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
SECONDS_A_BUILD = 600
SECONDS_OF_TESTS = 600

#: What pytest says when fastresp cannot be imported, or warns then.
NOT_IMPORTED = "while loading conftest"

PROBE = """\
import sys, fastresp
assert fastresp.__file__.startswith(sys.argv[1]), fastresp.__file__
assert fastresp.ACCELERATED
"""


class Ran(t.NamedTuple):
    status: int | None
    """``None`` when it took too long."""
    output: str


def run(tree: Path, *command: str, seconds: int, **environ: str) -> Ran:
    """Runs a command on a tree; what it has started ends with it."""
    process = subprocess.Popen(
        command,
        cwd=tree,
        env={
            **os.environ,
            "PYTHONPATH": str(tree),
            "PYTHONDONTWRITEBYTECODE": "1",
            **environ,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
        return Ran(process.returncode, output)
    except subprocess.TimeoutExpired:
        return Ran(None, f"took more than {seconds} seconds")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def pytest(tree: Path, *arguments: str, seconds: int = SECONDS_OF_TESTS) -> Ran:
    options = ("-q", "--tb=line", "-rfE", "--benchmark-disable", "--exitfirst")
    command = (sys.executable, "-m", "pytest", *options, *arguments)
    # What is unused with a fault in it does not count as found.
    return run(tree, *command, seconds=seconds, CC=f"{COMPILER} -w")


def build(tree: Path) -> Ran:
    """Compiles what has changed."""
    return run(
        tree,
        sys.executable,
        "setup.py",
        "build_ext",
        "--inplace",
        seconds=SECONDS_A_BUILD,
        CC=str(tree / "cc-without-optimisation"),
        FASTRESP_REQUIRE_EXT="1",
    )


class Tree:
    """A copy of the sources that has been built, and how to make it as it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clean = path.with_name(path.name + "-clean")
        self.times: dict[Path, int] = {}

    def make(self) -> None:
        ignored = shutil.ignore_patterns(
            ".*", "build", "dist", "report", "__pycache__", "*.egg-info", "*.so"
        )
        shutil.copytree(ROOT, self.path, ignore=ignored)
        # The flags of setup.py come after those of the environment.
        compiler = self.path / "cc-without-optimisation"
        compiler.write_text(f'#!/bin/sh\nexec {COMPILER} "$@" -O0 -w\n')
        compiler.chmod(0o755)
        built = build(self.path)
        if built.status != 0:
            raise ListError(f"The tree does not compile:\n{built.output}")
        probe = (sys.executable, "-c", PROBE, str(self.path))
        probed = run(self.path, *probe, seconds=SECONDS_OF_TESTS)
        if probed.status != 0:
            raise ListError(f"The tests would not test the copy:\n{probed.output}")
        self.keep()

    def copy_of(self, other: Tree) -> None:
        shutil.copytree(other.path, self.path)
        self.keep()

    def keep(self) -> None:
        shutil.copytree(self.path, self.clean)
        for pattern in CHANGED:
            for path in self.path.glob(pattern):
                self.times[path] = path.stat().st_mtime_ns

    def restore(self) -> None:
        """With the times of before, by which the next build goes."""
        for path, then in self.times.items():
            if not path.exists() or path.stat().st_mtime_ns != then:
                shutil.copy2(self.clean / path.relative_to(self.path), path)


@dataclasses.dataclass
class Verdict:
    fault: Fault
    #: ``""`` for one that survived.
    caught_by: str
    seconds: float
    #: The tests, as far as they ran.
    failed: list[str]


def failures(output: str) -> list[str]:
    return re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", output, re.MULTILINE)


def judge(tree: Tree, fault: Fault) -> Verdict:
    start = time.perf_counter()
    try:
        (tree.path / fault.file).write_text(fault.mutated())
        built = build(tree.path)
        if built.status == 0:
            caught_by, failed = look(tree.path, fault)
        elif fault.line:
            caught_by, failed = "compiler", []
        else:
            raise ListError(f"{fault.what}: it does not compile:\n{built.output}")
    finally:
        tree.restore()
    return Verdict(fault, caught_by, time.perf_counter() - start, failed)


def look(tree: Path, fault: Fault) -> tuple[str, list[str]]:
    """What has caught a fault, and the tests that failed."""
    ran = pytest(tree, *fault.tests.split())
    failed = failures(ran.output)
    if ran.status is None:
        return "time-out", failed
    if ran.status < 0:
        return f"crash ({signal.Signals(-ran.status).name})", failed
    if ran.status > 1 and NOT_IMPORTED in ran.output:
        return "self-check", []
    if ran.status > 1 and not fault.line:
        raise ListError(f"{fault.what}: pytest ended with {ran.status}:\n{ran.output}")
    return "test" if ran.status else "", failed


def check_unmutated(tree: Tree, faults: list[Fault]) -> None:
    tests = sorted(
        {test for fault in faults for test in fault.tests.split(" -k")[0].split()}
    )
    ran = pytest(tree.path, *tests, seconds=5 * SECONDS_OF_TESTS)
    if ran.status != 0:
        raise ListError(f"The tests fail without any fault:\n{ran.output}")


def try_all(
    faults: list[Fault], jobs: int, report: t.Callable[[str], None]
) -> list[Verdict]:
    for fault in faults:
        fault.mutated()
    with tempfile.TemporaryDirectory(prefix="fastresp-mutants-") as directory:
        trees = [Tree(Path(directory).resolve() / f"tree-{n}") for n in range(jobs)]
        trees[0].make()
        for tree in trees[1:]:
            tree.copy_of(trees[0])
        check_unmutated(trees[0], faults)
        report("The tests pass without a fault.")
        free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        for tree in trees:
            free.put(tree)
        stopped = threading.Event()

        def judge_one(fault: Fault) -> Verdict | None:
            if stopped.is_set():
                return None
            tree = free.get()
            try:
                verdict = judge(tree, fault)
            except BaseException:
                stopped.set()
                raise
            finally:
                free.put(tree)
            caught = verdict.caught_by or "SURVIVED"
            report(f"{verdict.seconds:4.0f} s  {caught:10}  {line(fault)}")
            for test in verdict.failed:
                report(f"        {test}")
            return verdict

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            verdicts = list(pool.map(judge_one, faults))
    return [verdict for verdict in verdicts if verdict is not None]


def line(fault: Fault) -> str:
    return f"{fault.file}: {fault.what}"


def summary(verdicts: list[Verdict]) -> str:
    ways = collections.Counter(verdict.caught_by or "nothing" for verdict in verdicts)
    survivors = [verdict.fault for verdict in verdicts if not verdict.caught_by]
    return "\n".join(
        [
            "\nCaught by",
            *(f"{count:4}  {way}" for way, count in ways.most_common()),
            f"\n{len(verdicts)} faults, {len(survivors)} survived",
            *(f"  {line(fault)}\n    {fault.tests}" for fault in survivors),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="faults with this in any part"
    )
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--drawn", type=int, default=0, help="how many are drawn")
    parser.add_argument("--seed", type=int, help="for the same ones again")
    options = parser.parse_args()
    only = options.only.lower()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    faults = [
        *(fault for fault in listed() if only in "\n".join(map(str, fault)).lower()),
        *draw(options.drawn, seed, only),
    ]
    if not faults:
        print(f"No fault has {options.only!r} in it.", file=sys.stderr)
        return 2
    lock = threading.Lock()

    def report(text: str) -> None:
        with lock:
            print(text, flush=True)

    start = time.perf_counter()
    report(f"{len(faults)} faults; those drawn again by --seed {seed}")
    try:
        verdicts = try_all(faults, options.jobs, report)
    except ListError as error:
        print(error, file=sys.stderr)
        return 2
    report(summary(verdicts))
    report(f"{time.perf_counter() - start:.0f} seconds")
    return 0 if all(v.caught_by or v.fault.line for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
