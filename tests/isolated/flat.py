"""Whether memory stays flat while cases run over and over.

A case is a function of a number that grows from call to call, so that it can
make values nobody else holds: a reference leaked to a constant costs no memory.

``FASTRESP_LEAK_ROUNDS`` is for a longer run: so often each case runs in a period.
"""

from __future__ import annotations

import collections
import collections.abc as cabc
import gc
import itertools
import os
import sys
import typing as t
from pathlib import Path

import fastresp

Case = cabc.Callable[[int], object]

WATCHED = (
    "ApplicationIterator",
    "Environ",
    "Headers",
    "Response",
    "dict",
    "frame",
    "function",
    "generator",
    "list",
    "tuple",
    "type",
)
STATM = Path("/proc/self/statm")

#: What is held for good: references that are added to these count as blocks do.
CONSTANTS: list[t.Any] = []

#: How much a period may add to the one before.
BLOCKS = 100
OBJECTS = 50
RESIDENT = 1_000_000
#: A cache that fills up, of the standard library or of the interpreter, adds to some
#: periods, less and less; a leak to each.
PERIODS = 6


class Reading(t.NamedTuple):
    """How much memory there is in use."""

    blocks: int
    objects: collections.Counter[str]
    resident: int

    @classmethod
    def take(cls) -> Reading:
        gc.collect()
        blocks = sys.getallocatedblocks() + sum(map(sys.getrefcount, CONSTANTS))
        kinds = collections.Counter(type(item).__name__ for item in gc.get_objects())
        resident = 0
        # Sanitizers keep what was freed.
        if STATM.exists() and "libasan" not in os.environ.get("LD_PRELOAD", ""):
            resident = int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        objects = collections.Counter({name: kinds[name] for name in WATCHED})
        return cls(blocks, objects, resident)

    def growth(self, later: Reading) -> list[str]:
        """What grew beyond measure."""
        grown = [
            f"{count:+} {name}"
            for name, count in (later.objects - self.objects).items()
            if count > OBJECTS
        ]
        if later.blocks - self.blocks > BLOCKS:
            grown.append(f"{later.blocks - self.blocks:+} blocks")
        if later.resident - self.resident > RESIDENT:
            grown.append(f"{later.resident - self.resident:+} bytes resident")
        return grown


def run(cases: cabc.Collection[Case], rounds: int) -> list[str]:
    """What grows in each period, after one to warm up."""
    numbers = itertools.count()
    grown: list[str] = []
    for period in range(1 + PERIODS):
        before = Reading.take()
        for number in itertools.islice(numbers, rounds):
            for case in cases:
                case(number)
        grown = before.growth(Reading.take())
        if period and not grown:
            break
    return grown


def check(cases: dict[str, Case], rounds: int) -> None:
    """Ends the process with a word on what leaks in which case.

    :param rounds: how often each case runs in a period.
    """
    assert fastresp.ACCELERATED
    rounds = max(rounds, int(os.environ.get("FASTRESP_LEAK_ROUNDS", "0")))
    # What leaks a single object each time shows.
    assert rounds > BLOCKS
    before = fastresp.fast_path_counts()
    grown = run(cases.values(), rounds)
    later = fastresp.fast_path_counts()
    # Not a measurement of Werkzeug.
    assert later["built"] - before["built"] >= rounds, later
    print(f"{len(cases)} cases", later)
    if grown:
        print("Together:", ", ".join(grown), flush=True)
        # A look at each alone takes less then.
        gc.freeze()
        for name, case in cases.items():
            alone = run([case], rounds)
            if alone:
                print(f"{name}:", ", ".join(alone))
        sys.exit(1)


def refuse(function: cabc.Callable[..., t.Any], *args: t.Any) -> None:
    """Calls, and insists on an exception; which one is for other tests."""
    try:
        function(*args)
    except Exception:
        return
    raise AssertionError("nothing was raised")
