"""Timing in turns, and ratios with their intervals.

``flask fastresp bench`` and the repository's benchmarks measure with these functions.
"""

from __future__ import annotations

import collections.abc as cabc
import gc
import math
import random
import time
import typing as t
from statistics import median

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

T = t.TypeVar("T")

#: Limit of the noise, and of half an interval's width: beyond it, nothing is concluded.
NOISE_BOUND = 0.1

try:
    import resource
except ImportError:

    def voluntary_switches() -> int:
        """Return a number that grows, as if the thread had waited."""
        return time.perf_counter_ns()

else:
    _THREAD = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)

    def voluntary_switches() -> int:
        """Return how many times the thread has waited for something, and did not just
        have to let others run."""
        return resource.getrusage(_THREAD).ru_nvcsw


#: Waits, time on the wall, and the thread's CPU time, which does not count what other
#: processes do meanwhile. Some systems count the latter in milliseconds only.
CLOCKS = (
    voluntary_switches,
    time.perf_counter_ns,
    time.thread_time_ns
    if time.get_clock_info("thread_time").resolution < 1e-6
    else time.perf_counter_ns,
)


class Interval(t.NamedTuple):
    """A ratio and its 95 % confidence interval."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f}x ({self.low:.2f} to {self.high:.2f})"

    @property
    def saved(self) -> float:
        """The part of the time that is saved."""
        return 1 - 1 / self.ratio

    @property
    def spread(self) -> float:
        """Half the width, as a part of the ratio."""
        return (self.high - self.low) / 2 / self.ratio

    @property
    def error(self) -> float:
        """The distance of the ratio from 1, whichever side is the faster one."""
        return max(self.ratio, 1 / self.ratio) - 1


def interval(before: cabc.Sequence[float], after: cabc.Sequence[float]) -> Interval:
    """Return how many times as fast ``after`` is: the Hodges-Lehmann estimate from the
    logarithms of the rounds' ratios, with the interval of Wilcoxon's signed-rank test.

    The times of a round were measured shortly after each other, so a machine whose
    speed drifts changes both. Up to 29 % of the rounds may be anything.

    :param before: one time for each round, as in ``after``.
    """
    ratios = [math.log(old / new) for old, new in zip(before, after, strict=True)]
    count = len(ratios)
    means = sorted(
        (ratio + other) / 2
        for number, ratio in enumerate(ratios)
        for other in ratios[number:]
    )
    deviation = math.sqrt(count * (count + 1) * (2 * count + 1) / 24)
    edge = max(0, int(len(means) / 2 - 1.96 * deviation) - 1)
    found = median(means), means[edge], means[-1 - edge]
    return Interval(*map(math.exp, found))


def take_turns(
    timers: cabc.Mapping[str, cabc.Callable[[], T]], rounds: cabc.Iterable[object]
) -> dict[str, list[T]]:
    """Call each timer once a round, in random order, and return the figures by name."""
    times: dict[str, list[T]] = {name: [] for name in timers}
    order = list(timers)
    for _ in rounds:
        random.shuffle(order)
        for name in order:
            times[name].append(timers[name]())
    return times


def time_runs(
    prepare: cabc.Callable[[], T],
    run: cabc.Callable[[T], object],
    repeats: int = 1,
    clocks: cabc.Sequence[cabc.Callable[[], int]] = CLOCKS,
) -> list[int]:
    """Prepare and run, and return what the runs alone took by each of the clocks.

    The garbage collector, which would run at random, is off.
    """
    total = [0] * len(clocks)
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeats):
            prepared = prepare()
            started = [clock() for clock in clocks]
            run(prepared)
            # The last one measures the least of reading the others.
            for number in reversed(range(len(clocks))):
                total[number] += clocks[number]() - started[number]
    finally:
        gc.enable()
    return total


def send(
    app: WSGIApplication,
    environs: cabc.Iterable[WSGIEnvironment],
    start_response: StartResponse,
) -> None:
    """Send requests to an app, and consume the responses as a server does."""
    for environ in environs:
        body = app(environ, start_response)
        for _ in body:
            pass
        close = getattr(body, "close", None)
        if close is not None:
            close()
