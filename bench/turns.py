"""One row, measured: the implementations take turns in random order, each in its
own process, after their answers have been compared."""

from __future__ import annotations

import random
import time
import typing as t
from statistics import median

from answers import difference
from intervals import Interval
from intervals import noise
from intervals import NOISE_BOUND
from intervals import ratio
from labels import AGAIN
from suites import installed
from suites import Suite
from workers import Failure
from workers import Workers

#: A median needs as many.
FEWEST_ROUNDS = 5


class Result(t.TypedDict, total=False):
    """Of one implementation. Either there are figures or there is a reason."""

    #: Why there are no figures: what its answer has that it should not have.
    differs: str
    #: Not installed.
    absent: bool
    #: Microseconds per response, one a round.
    times: list[float]
    median: float
    #: The reference's time over this one's: low, median, high.
    ratio: list[float]
    #: Bytes.
    peak: float
    held: float


class Turns:
    """Checks on creation which implementations are to be timed."""

    def __init__(self, workers: Workers, suite: Suite, row: str) -> None:
        self.suite = suite
        self.row = row
        self.names = suite.implementations(row)
        self.reference = self.names[0]
        self.workers = workers
        self.results: dict[str, Result] = {}
        self.times: dict[str, list[float]] = {}
        self.length = 0
        self.prepare()

    def prepare(self) -> None:
        expected = None
        for name in self.names:
            if not installed(name):
                self.results[name] = {"absent": True}
                continue
            try:
                answer = self.workers[name].ask(
                    do="prepare",
                    suite=self.suite.title,
                    row=self.row,
                    implementation=name.removesuffix(AGAIN),
                )
            except Failure as error:
                self.results[name] = {"differs": str(error)}
                continue
            if expected is None:
                expected = answer
                self.length = answer["length"]
            exact = name in {*self.suite.own, *self.suite.exact}
            differs = difference(expected, answer, exact=exact)
            if differs:
                self.results[name] = {"differs": differs}
            else:
                self.results[name] = {}
                self.times[name] = []
        if self.reference not in self.times:
            raise Failure(str(self.results[self.reference]))

    def wrong(self) -> dict[str, str]:
        """What is wrong with fastresp's answers."""
        return {
            name: result["differs"]
            for name, result in self.results.items()
            if name in self.suite.own and "differs" in result
        }

    def warm_up(self) -> float:
        """Seconds that a turn takes."""
        started = time.perf_counter()
        for name in self.times:
            self.workers[name].ask(do="batch")
        return time.perf_counter() - started

    def turn(self) -> None:
        """A batch of each. A turn that fails does not count."""
        order = list(self.times)
        random.shuffle(order)
        taken = {name: self.workers[name].ask(do="batch") for name in order}
        for name, time_taken in taken.items():
            self.times[name].append(time_taken)

    @property
    def rounds(self) -> int:
        return len(self.times[self.reference])

    def measure_memory(self) -> None:
        for name in self.times:
            self.results[name].update(self.workers[name].ask(do="memory"))

    def figures(self) -> dict[str, t.Any]:
        """For JSON."""
        itself = Interval(1, 1, 1)
        reference = self.times[self.reference]
        for name, times in self.times.items():
            if not times:
                continue
            interval = ratio(reference, times)
            result = self.results[name]
            result["times"] = [round(taken, 4) for taken in times]
            result["median"] = median(times)
            result["ratio"] = list(interval)
            if name == self.reference + AGAIN:
                itself = interval
        return {
            "suite": self.suite.title,
            "row": self.row,
            "reference": self.reference,
            "own": list(self.suite.own),
            "goals": self.suite.goals(self.row),
            "size": self.suite.size(self.row),
            "unit": self.suite.unit,
            "length": self.length,
            "rounds": self.rounds,
            "noise": noise(itself),
            "noisy": noise(itself) > NOISE_BOUND,
            "results": self.results,
        }

    def summary(self) -> str:
        """A line's end, to see how a long run goes."""
        name = self.suite.own[-1]
        found = self.figures()
        result = self.results[name]
        if "ratio" not in result:
            return f"{name} {result.get('differs', 'not installed')}"
        low, mid, high = result["ratio"]
        noisy = ", too noisy" if found["noisy"] else ""
        return f"{name} {mid:.3g}x ({low:.3g} to {high:.3g}{noisy})"
