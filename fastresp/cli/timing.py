"""Timing in turns, and ratios with their intervals.

``flask fastresp bench`` and the repository's benchmarks measure with these functions.
"""

from __future__ import annotations

import collections.abc as cabc
import gc
import random
import time
import typing as t
from statistics import median

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

T = t.TypeVar("T")

RESAMPLES = 1000

#: Limit of the noise, and of half an interval's width: beyond it, nothing is concluded.
NOISE_BOUND = 0.1


class Interval(t.NamedTuple):
    """A ratio and its 95 % confidence interval."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f}x ({self.low:.2f} to {self.high:.2f})"

    def apart_from(self, other: Interval) -> bool:
        return self.high < other.low or other.high < self.low


def interval(before: cabc.Sequence[float], after: cabc.Sequence[float]) -> Interval:
    """Return how many times as fast ``after`` is: the median of the rounds' ratios,
    with its interval from a bootstrap over the rounds.

    The times of a round were measured shortly after each other, so a machine whose
    speed drifts changes both. Equal times always have an equal interval.

    :param before: one time for each round, as in ``after``.
    """
    ratios = [old / new for old, new in zip(before, after, strict=True)]
    choices = random.Random(0).choices
    medians = sorted(median(choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    edge = round(RESAMPLES * 0.025)
    return Interval(median(ratios), medians[edge], medians[-1 - edge])


def noise(itself: Interval) -> float:
    """Return the possible error of a ratio.

    :param itself: the ratio of stock to stock, measured twice in the same run.
    """
    return max(itself.high, 1 / itself.low) - 1


def take_turns(
    timers: cabc.Mapping[str, cabc.Callable[[], float]],
    rounds: int,
    progress: cabc.Callable[[], object] = lambda: None,
) -> dict[str, list[float]]:
    """Call each timer once a round, in random order, and return the figures by name.

    The first round warms up and is not in the result.

    :param progress: called after each round.
    """
    times: dict[str, list[float]] = {name: [] for name in timers}
    order = list(timers)
    for number in range(rounds + 1):
        random.shuffle(order)
        for name in order:
            taken = timers[name]()
            if number:
                times[name].append(taken)
        progress()
    return times


def time_runs(
    prepare: cabc.Callable[[], T],
    run: cabc.Callable[[T], object],
    repeats: int = 1,
    clock: cabc.Callable[[], int] = time.perf_counter_ns,
) -> int:
    """Prepare and run, and return the nanoseconds of the runs alone.

    The garbage collector, which would run at random, is off.
    """
    total = 0
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeats):
            prepared = prepare()
            started = clock()
            run(prepared)
            total += clock() - started
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
