"""Random programs by the million: Werkzeug and fastresp run each of them, and
nothing may differ. The programs are those of tests/differential/test_programs.py.

    PYTHONPATH=tests:tests/support python tests/differential/fuzz.py --programs 1000000

A program has a number, and comes from that and the seed alone. Workers run them by
blocks, in processes of their own: when one dies or hangs, its program is told, and
the next one goes on behind it.
"""

from __future__ import annotations

import argparse
import collections
import collections.abc as cabc
import difflib
import faulthandler
import functools
import gc
import json
import os
import platform
import pprint
import subprocess
import sys
import tempfile
import time
import typing as t
from importlib.metadata import version
from pathlib import Path

import app_programs
import programs
from choices import Below
from choices import Choice
from choices import numbers
from conftest import PAIRS
from programs import Run

import fastresp

BLOCK = 10_000
#: Seconds after which one program counts as one that hangs.
PATIENCE = 120
#: A run ends with so many findings.
ENOUGH = 10


class Kind(t.NamedTuple):
    """Programs, and both runs of one."""

    choice: Choice
    compare: cabc.Callable[[t.Any], tuple[Run, Run]]


def on_pair(name: str) -> cabc.Callable[[t.Any], tuple[Run, Run]]:
    return lambda program: programs.compare(PAIRS[name], program)


KINDS = {
    "werkzeug": Kind(programs.programs, on_pair("werkzeug")),
    "flask": Kind(programs.programs, on_pair("flask")),
    "werkzeug, own classes": Kind(programs.programs_on_classes, on_pair("werkzeug")),
    "flask, own classes": Kind(programs.programs_on_classes, on_pair("flask")),
    "app": Kind(app_programs.app_programs, app_programs.compare),
}


def kind_of(number: int) -> str:
    return list(KINDS)[number % len(KINDS)]


def differs(runs: tuple[Run, Run]) -> bool:
    return runs[0].seen != runs[1].seen


# --- a program that differs ---------------------------------------------------


def replayed(drawn: list[int]) -> Below:
    """These numbers again, and zeros."""
    rest = iter(drawn)
    return lambda count: min(next(rest, 0), count - 1)


def smallest(kind: Kind, seed: str) -> t.Any:
    """A program with fewer and smaller numbers that differs, too."""
    drawn: list[int] = []
    source = numbers(seed)

    def note(count: int) -> int:
        drawn.append(source(count))
        return drawn[-1]

    kind.choice.draw(note)

    def fails(candidate: list[int]) -> bool:
        return differs(kind.compare(kind.choice.draw(replayed(candidate))))

    end = time.monotonic() + PATIENCE / 2
    size = len(drawn)
    while size and time.monotonic() < end:
        at = 0
        while at < len(drawn) and time.monotonic() < end:
            shorter = drawn[:at] + drawn[at + size :]
            zeroed = drawn[:at] + [0] * size + drawn[at + size :]
            if fails(shorter):
                drawn = shorter
            else:
                if any(drawn[at : at + size]) and fails(zeroed):
                    drawn = zeroed
                at += size
        size //= 2
    return kind.choice.draw(replayed(drawn))


say = functools.partial(print, file=sys.__stdout__, flush=True)


def lines(run: Run) -> list[str]:
    return [programs.as_stock(pprint.pformat(entry)) + "\n" for entry in run.log]


def tell(kind: Kind, seed: str) -> None:
    program = smallest(kind, seed)
    runs = kind.compare(program)
    if not differs(runs):
        say("It does not differ once more.")
        program = kind.choice.draw(numbers(seed))
        runs = kind.compare(program)
    stock, fast = ("".join(lines(run)).splitlines(True) for run in runs)
    difference = difflib.unified_diff(stock, fast, "stock", "fast", n=2)
    say(f"{pprint.pformat(program)}\n{''.join(difference)}")


# --- workers ------------------------------------------------------------------


def work(seed: int, first: int, count: int, path: Path) -> None:
    """Run a block. The file has the number of the program that is running and that of
    differences; when all is done, a report of what was done, too."""
    tally: programs.Tally = collections.Counter()
    differences = 0
    ignored: collections.Counter[str] = collections.Counter()
    sys.unraisablehook = lambda unraisable: ignored.update(["ignored"])
    # Some programs print.
    sys.stdout = open(os.devnull, "w")
    gc.freeze()
    gc.disable()
    progress = os.open(path, os.O_RDWR | os.O_CREAT)
    for number in range(first, first + count):
        if number % 500 == 0:
            gc.collect()
        os.pwrite(progress, b"%9d %9d\n" % (number, differences), 0)
        # A program that hangs ends the process.
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        name = kind_of(number)
        kind, origin = KINDS[name], f"{seed}:{number}"
        runs = kind.compare(kind.choice.draw(numbers(origin)))
        tally[f"programs: {name}", not differs(runs)] += 1
        tally.update(runs[1].tally)
        if differs(runs):
            differences += 1
            say(f"\nA difference: {again(seed, first, number)}")
            tell(kind, origin)
            if differences == ENOUGH:
                break
    report = {
        "tally": [[*key, value] for key, value in tally.items()],
        "counts": {**fastresp.fast_path_counts(), **ignored},
    }
    line = f"{number:9} {differences:9} {json.dumps(report)}"
    os.pwrite(progress, line.encode(), 0)


def again(seed: int, first: int, number: int) -> str:
    """Arguments for a program alone, and for all of its block until then."""
    return (
        f"--seed {seed} --first {number} --programs 1\n"
        f"after others: --seed {seed} --first {first} --programs {number - first + 1}"
    )


class Block(t.NamedTuple):
    #: How many programs were run, the last one included that ended a process.
    programs: int
    findings: int
    report: dict[str, t.Any]


def block(seed: int, first: int, count: int) -> Block:
    """Run a block in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "progress"
        path.write_text(f"{first} 0")
        status = subprocess.run(
            [
                *(sys.executable, sys.argv[0], "--work", path, "--seed", str(seed)),
                *("--first", str(first), "--programs", str(count)),
            ],
            env={**os.environ, "PYTHONHASHSEED": str(seed % 2**32)},
        ).returncode
        number, findings, *report = path.read_text().split(maxsplit=2)
    done = int(number) - first + 1
    if status == 0:
        return Block(done, int(findings), json.loads(report[0]))
    print(
        f"\nA process ended with {status}: {again(seed, first, int(number))}",
        flush=True,
    )
    return Block(done, int(findings) + 1, {})


# --- the whole ----------------------------------------------------------------


def summary(tally: programs.Tally, counts: cabc.Mapping[str, int]) -> None:
    names = sorted({name for name, _ in tally}, key=lambda name: (":" in name, name))
    print(f"{'':32}{'times':>12}{'succeeded':>12}")
    for name in names:
        good, bad = tally[name, True], tally[name, False]
        print(f"{name:32}{good + bad:12,}{good / (good + bad):12.0%}")
    steps = [key for key in tally if ":" not in key[0]]
    total = sum(tally[key] for key in steps)
    good = sum(tally[key] for key in steps if key[1])
    print(f"{'operations':32}{total:12,}{good / max(total, 1):12.0%}")
    parts = ", ".join(f"{key} {count:,}" for key, count in counts.items())
    print(f"fast_path_counts(), and exceptions ignored in finalizers: {parts}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--programs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, help="another one each time, by default")
    parser.add_argument("--first", type=int, default=0, help="the first one's number")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.work:
        work(options.seed, options.first, options.programs, options.work)
        return 0
    if not fastresp.ACCELERATED:
        parser.error("fastresp's compiled modules are missing")
    seed = options.seed
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "little")
    print(
        f"Python {platform.python_version()}, Werkzeug {version('werkzeug')},"
        f" Flask {version('flask')}, seed {seed}",
        flush=True,
    )

    start = time.monotonic()
    tally: programs.Tally = collections.Counter()
    counts: collections.Counter[str] = collections.Counter()
    done = findings = 0
    while done < options.programs and findings < ENOUGH:
        count = min(BLOCK, options.programs - done)
        result = block(seed, options.first + done, count)
        done += result.programs
        findings += result.findings
        for name, good, times in result.report.get("tally", ()):
            tally[name, good] += times
        counts.update(result.report.get("counts", {}))
        seconds = time.monotonic() - start
        print(
            f"{done:,} programs, {findings} findings, {seconds:.0f} s",
            end="\r" if sys.stdout.isatty() else "\n",
            flush=True,
        )
    print()
    summary(tally, counts)
    print(f"{done:,} programs in {seconds:.0f} s: {findings} differ or end the process")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
