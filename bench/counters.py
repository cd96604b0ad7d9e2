"""Instructions per response, counted by ``perf`` if the processor's counters may be
read, and by valgrind otherwise.

A count does not depend on the load of the machine. The count of a process that makes
responses, less the count of one that only makes their values, is the responses' own.

.. code-block:: text

    python bench/counters.py SUITE ROW IMPLEMENTATION run|prepare_only
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import typing as t

from harness import ALONE
from harness import BY_HAND
from harness import FASTRESP
from harness import FLASK
from interpreter import described
from suites import SUITES

SUITE = "Return values"
ROWS = (
    "str 13 B",
    "(str, 201, 5 headers)",
    "dict, 5 keys",
    "3 cookies",
    "generator, 100 chunks",
)
IMPLEMENTATIONS = (FLASK, ALONE, FASTRESP, BY_HAND)
BATCHES = 2


class Tool(t.NamedTuple):
    name: str
    command: list[str]
    #: Finds the count in the output.
    pattern: str

    def count(self, *arguments: str) -> int:
        done = subprocess.run(
            [*self.command, sys.executable, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the command.
            start_new_session=True,
            # Equal dicts in each process.
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        found = re.search(self.pattern, done.stderr, re.MULTILINE)
        if done.returncode or found is None:
            raise RuntimeError(f"{self.name}: {done.stderr[-500:]}")
        return int(found[1].replace(",", ""))


TOOLS = (
    Tool(
        "perf",
        ["perf", "stat", "--field-separator=;", "--event=instructions:u", "--"],
        r"^(\d+);",
    ),
    Tool(
        "valgrind",
        [
            *("valgrind", "--tool=cachegrind", "--cache-sim=no"),
            "--cachegrind-out-file=/dev/null",
        ],
        r"I +refs: +([\d,]+)",
    ),
)


@functools.cache
def available() -> Tool | None:
    for tool in TOOLS:
        if shutil.which(tool.command[0]) is None:
            continue
        try:
            tool.count("-S", "-c", "")
        except RuntimeError:
            continue
        return tool
    return None


def instructions(tool: Tool, row: str, implementation: str) -> float:
    made, empty = (
        tool.count(__file__, SUITE, row, implementation, what)
        for what in ("run", "prepare_only")
    )
    subject = SUITES[SUITE].create(row, implementation)
    return (made - empty) / (BATCHES * subject.repeats * subject.responses)


def main() -> None:
    suite, row, implementation, what = sys.argv[1:]
    print(described())
    subject = SUITES[suite].create(row, implementation)
    subject.batch()
    work = subject.batch if what == "run" else subject.prepare_only
    for _ in range(BATCHES):
        work()


if __name__ == "__main__":
    main()
