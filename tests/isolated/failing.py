"""Memory that runs out when told, and processes that may die of it."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import faulthandler
import importlib
import os
import pickle
import re
import signal
import tempfile
import traceback
import typing as t
from pathlib import Path

testcapi = importlib.import_module("_testcapi")
#: From now on, fails the allocations from one number to another, not included.
fail: cabc.Callable[[int, int], None] = testcapi.set_nomemory
mend: cabc.Callable[[], None] = testcapi.remove_mem_hooks

#: What CPython says of an exception that nobody gets: of what kind it came from.
IGNORED = re.compile(
    r"Exception ignored (?:in|on building sys.unraisablehook arguments): <(\w+)"
)

#: What faulthandler says of where a process died.
INNERMOST = re.compile(r'\(most recent call first\):\n  File "(.*)')

#: How many allocations fail in a row.
LENGTHS = (1, 10)
#: More than a program has allocations.
ENOUGH = 100_000
NUMBERS = list(range(ENOUGH))


def allocations(program: cabc.Callable[[], object]) -> int:
    """How many a program has."""
    left = 0
    fail(ENOUGH, ENOUGH + 1)
    try:
        with contextlib.suppress(Exception):
            program()
        for left in NUMBERS:  # noqa: B007
            bytes(100)
    except MemoryError:
        return ENOUGH - left
    finally:
        mend()
    raise AssertionError("too many allocations")


def places(count: int, most: int) -> cabc.Sequence[int]:
    """At most so many of the first numbers, all over them; 0 for all of them."""
    if not most or count <= most:
        return range(count)
    return sorted({index * (count - 1) // (most - 1) for index in range(most)})


#: What a process may use for a place, in seconds, before it counts as dead.
SECONDS = 20


def go_on() -> None:
    """Gives the process of :func:`in_a_child` its time anew."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)


HERE = str(Path(__file__).parent)
COMPILED = re.compile(r"\.(pyx|pxi):")


def innermost(error: BaseException) -> str:
    """Where an exception came from; nothing where there was no memory to say so."""
    last = error.__traceback__
    if last is None:
        return ""
    while last.tb_next is not None:
        last = last.tb_next
    code = last.tb_frame.f_code
    return f"{code.co_filename}:{last.tb_lineno} in {code.co_name}"


def is_lost(text: str, frame: str) -> bool:
    """Whether it was a Python function that ended without an exception, and not
    something compiled: by what the ``SystemError`` says, and where it was raised."""
    return text.startswith("<function ") or not (
        frame.startswith(HERE) or COMPILED.search(frame)
    )


class Report(t.NamedTuple):
    """What became of a process."""

    #: The function's, up to where it died.
    values: list[t.Any]
    #: What it wrote to ``stderr``: exceptions that nobody gets come up there.
    said: str
    #: The innermost frame of Python's when it died.
    frame: str
    #: Whether the function got to its end.
    ended: bool


def in_a_child(function: cabc.Callable[[], cabc.Iterable[object]]) -> Report:
    """Has a function's values from a process of its own."""
    with tempfile.TemporaryFile() as answers, tempfile.TemporaryFile() as last_words:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.dup2(last_words.fileno(), 2)
                faulthandler.enable()
                faulthandler.register(signal.SIGPROF, chain=True)
                go_on()
                for value in function():
                    pickle.dump(value, answers)
                    answers.flush()
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        last_words.seek(0)
        said = last_words.read().decode()
        answers.seek(0)
        values = []
        with contextlib.suppress(EOFError, pickle.UnpicklingError):
            while True:
                values.append(pickle.load(answers))
        frame = ""
        found = INNERMOST.search(said)
        if os.WIFSIGNALED(status):
            frame = found[1] if found else f"signal {os.WTERMSIG(status)}"
        elif found:
            # AddressSanitizer handles the signal, too.
            frame = found[1]
        return Report(values, said, frame, status == 0)
