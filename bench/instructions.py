"""Instructions per response, counted by valgrind. They do not depend on the load of the
machine.

The count of a process that makes responses, less the count of one that only makes
their values, is the responses' own. This module, run by valgrind, forks all of these
after it has imported everything.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys

from cases import CASES
from subjects import RETURN_VALUES
from subjects import Subject

ROWS = (
    "str 13 B",
    "(str, 201, 5 headers)",
    "dict, 5 keys",
    "3 cookies",
    "generator, 100 chunks",
)
BATCHES = 2
COUNTER = shutil.which("valgrind")


def count() -> dict[str, dict[str, float]]:
    """Return the instructions of a response by row and implementation.

    :raises CalledProcessError: if valgrind does not run.
    """
    done = subprocess.run(
        [str(COUNTER), "--tool=cachegrind", "--cache-sim=no"]
        + ["--cachegrind-out-file=/dev/null", sys.executable, __file__],
        capture_output=True,
        text=True,
        check=True,
        # Ctrl-C is for the command.
        start_new_session=True,
        # Equal dicts in each process.
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    counts = dict(re.findall(r"==(\d+)== I +refs: +([\d,]+)", done.stderr))
    found: dict[str, dict[str, float]] = {}
    for line in done.stdout.splitlines():
        row, implementation, responses, *pids = line.split("\t")
        made, empty = (int(counts[pid].replace(",", "")) for pid in pids)
        found.setdefault(row, {})[implementation] = (made - empty) / int(responses)
    return found


def forked(warm: Subject, subject: Subject) -> int:
    """Return the number of a process that runs a batch of the one, then the other."""
    pid = os.fork()
    if pid == 0:
        warm.batch()
        for _ in range(BATCHES):
            subject.batch()
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def main() -> None:
    for row in ROWS:
        for implementation, create in RETURN_VALUES.items():
            subject = create(CASES[row])
            idle = dataclasses.replace(subject, run=lambda prepared: None)
            pids = forked(subject, subject), forked(subject, idle)
            responses = BATCHES * subject.repeats * subject.responses
            print(row, implementation, responses, *pids, sep="\t")


if __name__ == "__main__":
    main()
