"""One row, measured: the implementations take turns in random order after their
answers have been compared."""

from __future__ import annotations

import contextlib
import functools
import os
import time
import typing as t
from statistics import median

from harness import AGAIN
from suites import installed
from suites import Suite
from suites import Worker

from fastresp.cli.compare import Answer
from fastresp.cli.compare import compare
from fastresp.cli.remote import Remote
from fastresp.cli.timing import interval
from fastresp.cli.timing import NOISE_BOUND
from fastresp.cli.timing import take_turns

#: For a median with an interval.
FEWEST_ROUNDS = 5

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


def pin() -> None:
    """Run on the last core; all processes on the same, as one works at a time."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def create_worker() -> Worker:
    pin()
    return Worker()


class RemoteWorker(Remote):
    """A :class:`Worker` from outside."""

    def prepare(self, title: str, row: str, implementation: str) -> Answer:
        what = f"{title}: {row}: {implementation}"
        return t.cast(Answer, self.call(what, "prepare", title, row, implementation))

    def batch(self) -> float:
        return float(self.call("batch", "batch"))

    def memory(self) -> dict[str, float]:
        return t.cast("dict[str, float]", self.call("memory", "memory"))


class Workers(contextlib.ExitStack):
    """A worker for each implementation, started when it is first needed, in a process
    of its own unless ``remote`` is false."""

    def __init__(self, remote: bool = True) -> None:
        super().__init__()
        self.remote = remote
        self.started: dict[str, Worker | RemoteWorker] = {}

    def __getitem__(self, implementation: str) -> Worker | RemoteWorker:
        worker = self.started.get(implementation)
        if isinstance(worker, RemoteWorker) and not worker.process.is_alive():
            worker = None
        if worker is None:
            worker = Worker()
            if self.remote:
                worker = self.enter_context(
                    RemoteWorker.start(create_worker, "spawn", 600)
                )
            self.started[implementation] = worker
        return worker


# --- a row -----------------------------------------------------------------


#: Figures of an implementation: its times in microseconds, one a round, their median,
#: the ratio to the reference, peak and held bytes; or the reason why there are none:
#: differs, absent.
Result = dict[str, t.Any]


class Turns:
    """Compares the answers on creation, to find out which implementations to time.

    :param skip: implementations to leave out.
    :param tolerant: whether to time a peer whose answer differs.
    :raises Exception: of the reference, if it has no answer.
    """

    def __init__(
        self,
        workers: Workers,
        suite: Suite,
        row: str,
        skip: t.Collection[str] = (),
        tolerant: bool = False,
    ) -> None:
        self.suite = suite
        self.row = row
        self.workers = workers
        self.reference, *others = suite.implementations(row)
        self.results: dict[str, Result] = {self.reference: {}}
        self.timed = [self.reference]
        answer = workers[self.reference].prepare(suite.title, row, self.reference)
        self.length = sum(map(len, answer.chunks))
        for name in others:
            if name in skip:
                continue
            result = self.results[name] = {}
            if not installed(name):
                result["absent"] = True
                continue
            try:
                plain = name.removesuffix(AGAIN)
                got = workers[name].prepare(suite.title, row, plain)
            except Exception as error:
                result["differs"] = f"{type(error).__name__}: {error}"
                continue
            exact = name in {*suite.own, *suite.exact}
            differs = difference(answer, got, exact=exact)
            if differs:
                result["differs"] = differs
            if not differs or (tolerant and name not in suite.own):
                self.timed.append(name)

    def wrong(self) -> dict[str, str]:
        """Return the differences in fastresp's answers."""
        return {
            name: result["differs"]
            for name, result in self.results.items()
            if name in self.suite.own and "differs" in result
        }

    def warm_up(self) -> float:
        """Return the seconds of a round."""
        started = time.perf_counter()
        for name in self.timed:
            self.workers[name].batch()
        return time.perf_counter() - started

    def measure(self, rounds: int) -> None:
        timers = {
            name: functools.partial(self.workers[name].batch) for name in self.timed
        }
        self.warm_up()
        times = take_turns(timers, range(rounds))
        for name in self.timed:
            result = self.results[name]
            result["times"] = [round(taken, 4) for taken in times[name]]
            result["median"] = median(times[name])
            result["ratio"] = interval(times[self.reference], times[name])

    def measure_memory(self) -> None:
        for name in self.timed:
            self.results[name].update(self.workers[name].memory())

    def figures(self) -> dict[str, t.Any]:
        """Return the row's figures for JSON."""
        again = self.results.get(self.reference + AGAIN, {}).get("ratio")
        return {
            "suite": self.suite.title,
            "row": self.row,
            "reference": self.reference,
            "own": list(self.suite.own),
            "goals": self.suite.goals(self.row),
            "size": self.suite.sizes.get(self.row),
            "unit": self.suite.unit,
            "length": self.length,
            "rounds": len(self.results[self.reference].get("times", ())),
            "noise": 0.0 if again is None else again.error,
            "noisy": again is not None and max(again.error, again.spread) > NOISE_BOUND,
            "results": self.results,
        }

    def summary(self) -> str:
        """Return a line's end that shows how a long run goes."""
        name = self.suite.own[-1]
        result = self.results[name]
        if "ratio" not in result:
            return f"{name} {result.get('differs', 'not installed')}"
        return f"{name} {result['ratio']}" + (
            ", too noisy" if self.figures()["noisy"] else ""
        )
