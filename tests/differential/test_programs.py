"""Random programs over a response, on random classes, and through random apps:
nothing may differ between the stock and the fast implementation.

A short run, always the same; ``fuzz.py`` runs the same programs by the million, and
finds a small one that differs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import fuzz
import programs
import pytest
from choices import integers
from choices import numbers
from werkzeug.datastructures import Headers


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_programs() -> None:
    """Everything is drawn, and most of what is done succeeds: programs that fail alike
    on both sides from their first step on would say nothing."""
    tally: programs.Tally = programs.Tally()
    for number in range(2500):
        kind = fuzz.KINDS[fuzz.kind_of(number)]
        program = kind.choice.draw(numbers(f"1:{number}"))
        stock, fast = kind.compare(program)
        assert fast.seen == stock.seen, fuzz.again(1, 0, number)
        tally.update(fast.tally)
    names = {name for name, good in tally if good}
    if not hasattr(Headers, "__ior__"):
        names.add("headers.__ior__")
    assert names >= set(programs.OPERATIONS)
    steps = {key: n for key, n in tally.items() if key[0] in programs.OPERATIONS}
    good = sum(n for (_, succeeded), n in steps.items() if succeeded)
    assert good > 0.7 * sum(steps.values())


# --- the driver ---------------------------------------------------------------

# What is wrong with the fast side: a part of it, its process.
NUMBERS = integers(0, 199)
FAULTS = {
    "cookies": """
set_cookie = fastresp.Response.set_cookie

def once(self, *args, **kwargs):
    if "Set-Cookie" not in self.headers:
        set_cookie(self, *args, **kwargs)

fastresp.Response.set_cookie = once
fuzz.ENOUGH = 1
""",
    "process": """
def failing(program):
    if program == 198:
        os.abort()
    if program == 199:
        time.sleep(60)
    return same(program)

fuzz.PATIENCE = 6
fuzz.KINDS = {"numbers": fuzz.Kind(integers(0, 199), failing)}
""",
}
SCRIPT = """
import os
import sys
import time

sys.path[:0] = TESTS
import fuzz
import fastresp
from choices import integers
from conftest import PAIRS
from programs import Run

def same(program):
    return Run(PAIRS["flask"], object), Run(PAIRS["flask"], object)

FAULT
sys.exit(fuzz.main())
"""


def fuzzed(tmp_path: Path, fault: str, *arguments: str) -> tuple[int, str]:
    script = tmp_path / "script.py"
    here = Path(__file__).parent
    tests = [str(path) for path in (here.parent, here.parent / "support", here)]
    script.write_text(
        SCRIPT.replace("TESTS", repr(tests)).replace("FAULT", FAULTS[fault])
    )
    done = subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, timeout=99
    )
    return done.returncode, done.stdout + done.stderr


def without_addresses(text: str) -> str:
    """Those of functions, different in each process."""
    return re.sub(r" at 0x\w+", "", text)


def test_a_fault_is_found_and_found_again(tmp_path: Path) -> None:
    status, text = fuzzed(tmp_path, "cookies", "--seed", "5")
    assert status == 1
    assert "1 differ or end the process" in text
    arguments, program = re.findall(
        r"A difference: (--seed 5 .*)\n.*\n(.*Program\(.*\))\n--- stock\n", text
    )[0]
    assert program.count("cookie") < 5
    status, again = fuzzed(tmp_path, "cookies", *arguments.split())
    assert status == 1
    assert without_addresses(program) in without_addresses(again)


def test_the_end_of_a_process_is_survived(tmp_path: Path) -> None:
    status, text = fuzzed(tmp_path, "process", "--seed", "17", "--programs", "300")
    assert status == 1
    assert "300 programs in" in text
    ends = re.findall(r"A process ended with (.*): --seed 17 --first (\d+)", text)
    drawn = [(end, NUMBERS.draw(numbers(f"17:{at}"))) for end, at in ends]
    assert sorted(drawn) == [("-6", 198), ("1", 199)]
