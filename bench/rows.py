"""Rows, measured: the implementations take turns in random order after their answers
have been compared."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import dataclasses
import functools
import gc
import importlib.util
import os
import typing as t
from statistics import median

from subjects import AGAIN
from subjects import CEILING
from subjects import Subject
from suites import LOOSE
from suites import NEEDS
from suites import Suite
from suites import SUITES

from fastresp.cli.compare import Answer
from fastresp.cli.compare import compare
from fastresp.cli.remote import Remote
from fastresp.cli.timing import Interval
from fastresp.cli.timing import interval
from fastresp.cli.timing import NOISE_BOUND
from fastresp.cli.timing import take_turns


def installed(implementation: str) -> bool:
    needed = NEEDS.get(implementation)
    return needed is None or importlib.util.find_spec(needed) is not None


# --- answers ---------------------------------------------------------------


def difference(expected: Answer, got: Answer, *, exact: bool) -> str:
    """Describe the difference; empty if there is none.

    :param exact: whether reason phrase, order of headers, case of their names, and
        order and case of a cookie's attributes count. ASGI has neither reason phrases
        nor upper case in names, so that frameworks are not compared in these.
    """
    if not exact:
        expected, got = comparable(expected), comparable(got)
    found = compare(expected, got, expected)
    shown = [line for line in found.diff if line.startswith(("-", "+"))]
    return "; ".join([", ".join(found.differences), *shown[:6]] if shown else [])


def comparable(answer: Answer) -> Answer:
    headers = []
    for name, value in answer.headers:
        name = name.lower()
        if name == "set-cookie":
            pair, *attributes = value.strip().split("; ")
            value = "; ".join([pair, *sorted(map(str.lower, attributes))])
        headers.append((name, value))
    return answer._replace(status=answer.status[:3], headers=sorted(headers))


# --- processes -------------------------------------------------------------


class Worker:
    """One implementation of a row at a time. Its methods are called from outside of
    the process."""

    subject: Subject

    def __init__(self) -> None:
        # On the same core as all others, as one works at a time.
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def prepare(self, suite: str, row: str, implementation: str) -> Answer:
        gc.unfreeze()
        create = SUITES[suite].create
        assert create is not None
        self.subject = create(row, implementation)
        answer = self.subject.answer()
        # Collections before each batch have nothing to look at.
        gc.collect()
        gc.freeze()
        return answer

    def batch(self) -> float:
        return self.subject.batch()


class RemoteWorker(Remote):
    """A :class:`Worker` from outside, with the same methods."""

    def __getattr__(self, name: str) -> cabc.Callable[..., t.Any]:
        return functools.partial(self.call, name, name)


def start_worker() -> t.Any:
    return RemoteWorker.start(Worker, "spawn", 600)


class Workers(contextlib.ExitStack):
    """A process for each implementation, started when it is first needed.

    :param start: returns a context with something like a worker.
    """

    def __init__(self, start: cabc.Callable[[], t.Any] = start_worker) -> None:
        super().__init__()
        self.start = start
        self.started: dict[str, t.Any] = {}

    def __getitem__(self, implementation: str) -> t.Any:
        if implementation not in self.started:
            self.started[implementation] = self.enter_context(self.start())
        return self.started[implementation]


# --- a row -----------------------------------------------------------------


@dataclasses.dataclass
class Row:
    """A row of a suite and its figures, as they are stored."""

    suite: str
    row: str
    reference: str
    #: fastresp's implementations.
    own: list[str]
    #: The ratio that the last of these should reach.
    goal: float | None
    #: Whether a size grows from row to row.
    growing: bool
    #: By implementation: times in microseconds, one a round, their median, the ratio
    #: to the reference; or the reason why there are none: differs, absent.
    results: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)

    @classmethod
    def compared(
        cls, suite: Suite, name: str, workers: Workers, skip: cabc.Container[str] = ()
    ) -> Row:
        """Compare the answers, to find out which implementations to time.

        :param skip: implementations to leave out.
        :raises RemoteError: if the reference has no answer.
        """
        reference, *others = suite.implementations(name)
        row = cls(
            suite.title,
            name,
            reference,
            list(suite.own),
            suite.goals.get(name),
            suite.growing,
            {reference: {}},
        )
        answer = workers[reference].prepare(suite.title, name, reference)
        for other in (reference + AGAIN, *others):
            if other in skip:
                continue
            result = row.results[other] = {}
            plain = other.removesuffix(AGAIN)
            if not installed(plain):
                result["absent"] = True
                continue
            try:
                got = workers[other].prepare(suite.title, name, plain)
                differs = difference(answer, got, exact=other not in LOOSE)
            except Exception as error:
                differs = f"{type(error).__name__}: {error}"
                # The process may have ended: the next row has another.
                workers.started.pop(other, None)
            if differs:
                result["differs"] = differs
        return row

    @property
    def timed(self) -> list[str]:
        return [
            name
            for name, result in self.results.items()
            if not result.keys() & {"absent", "differs"}
        ]

    def measure(self, workers: Workers, rounds: int) -> None:
        timers = {name: workers[name].batch for name in self.timed}
        times = take_turns(timers, range(rounds + 1))
        reference = times[self.reference]
        for name, (_, *taken) in times.items():
            # The first round warms up.
            self.results[name] |= {
                "times": [round(each, 4) for each in taken],
                "median": median(taken),
                "ratio": interval(reference[1:], taken),
            }

    def implementations(self) -> list[str]:
        return [name for name in self.results if not name.endswith(AGAIN)]

    def get(self, name: str, key: str) -> t.Any:
        return self.results.get(name, {}).get(key)

    def ratio(self, name: str) -> Interval | None:
        """Return ``None`` if the implementation was not timed."""
        found = self.get(name, "ratio")
        return None if found is None else Interval(*found)

    @property
    def noise(self) -> float:
        again = self.ratio(self.reference + AGAIN)
        return 0.0 if again is None else again.error

    @property
    def noisy(self) -> bool:
        """Set if nothing can be concluded."""
        again = self.ratio(self.reference + AGAIN)
        return again is not None and max(again.error, again.spread) > NOISE_BOUND

    @property
    def share_won(self) -> float | None:
        """The saved part of the possible saving; ``None`` without a ceiling."""
        fast, most = self.ratio(self.own[-1]), self.ratio(CEILING)
        if fast is None or most is None or most.saved <= 0:
            return None
        return fast.saved / most.saved

    def wrong(self) -> dict[str, str]:
        """Return the differences in fastresp's answers."""
        found = {name: self.get(name, "differs") for name in self.own}
        return {name: differs for name, differs in found.items() if differs}

    def summary(self) -> str:
        """Return a line's end that shows how a long run goes."""
        name = self.own[-1]
        found = self.ratio(name) or self.get(name, "differs") or "not installed"
        return f"{name} {found}{', too noisy' if self.noisy else ''}"
