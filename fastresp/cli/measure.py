"""Timing of whole requests: the gain, beside the largest possible gain.

A request is more than its response. The ceiling is the gain if responses cost
nothing; the rest is Flask's, the view's and the hooks'.

A process is a little faster or slower than its twin for as long as it lives, so a
route is timed in several passes, each with new processes. In a pass, the processes
take turns, and each variant gets one time. The intervals are those of the passes.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import functools
import math
import random
import time
import typing as t
from statistics import fmean
from statistics import median

from .processes import AGAIN
from .processes import FAST
from .processes import FREE
from .processes import STOCK
from .processes import Timed
from .timing import Interval
from .timing import interval
from .timing import NOISE_BOUND
from .timing import take_turns

if t.TYPE_CHECKING:
    from .processes import Checked
    from .processes import Side
    from .requests import Request

#: Of a route. With fewer than six, an interval of 95 % has no end.
PASSES = 8
FEWEST_PASSES = 6
#: For one process's part of a round: short, so that others rarely get in between.
PART_SECONDS = 0.001
WARM_SECONDS = 0.005
LARGEST_BATCH = 200

#: An undecided route is timed for so many times as long.
PATIENCE = 3
#: A difference of less is none: on a shared machine it is another one in the next run.
NEGLIGIBLE = 0.04
#: From here on, a percentage says too little, and a bound is in milliseconds.
LONG_MICROSECONDS = 10_000

FASTER, SLOWER, SAME, UNKNOWN = "faster", "slower", "same", "unknown"


class Changing(Exception):
    """A route answers with another status when it is requested often."""


# --- figures -----------------------------------------------------------------


def undisturbed(values: cabc.Collection[float]) -> float:
    """Return the mean of the lower half.

    On a busy machine, whatever else runs makes the other half slower: it evicts
    caches and shares the core.
    """
    return fmean(sorted(values)[: (len(values) + 1) // 2])


def times_of(parts: cabc.Mapping[str, cabc.Sequence[Timed]]) -> dict[str, float]:
    """Return nanoseconds of a request by variant, from the parts of a pass.

    A request takes CPU time, and its view may wait. The latter is nothing that
    fastresp changes, so it is taken from the unmodified app for all.
    """
    waits = [part.waited for kind in (STOCK, AGAIN) for part in parts[kind]]
    waited = undisturbed(waits)
    return {
        kind: undisturbed([part.cpu for part in each]) + waited
        for kind, each in parts.items()
    }


class Summary(t.NamedTuple):
    """The figures of a route, and a sentence about them."""

    name: str
    passes: int
    stock_us: float
    fast_us: float
    free_us: float | None
    gain: Interval
    #: ``None`` if the app does not work with responses that cost nothing, or too
    #: unsteadily.
    ceiling: Interval | None
    #: The response's part of a request, and the part of that which fastresp saves;
    #: ``None`` without a ceiling.
    share: float | None
    reached: float | None
    noise: float
    verdict: str
    sentence: str

    @classmethod
    def of(cls, name: str, passes: cabc.Sequence[dict[str, float]]) -> Summary:
        """
        :param passes: nanoseconds of a request by variant.
        """
        times = {kind: [each[kind] for each in passes] for kind in passes[0]}
        noise = interval(times[STOCK], times[AGAIN]).error
        times[STOCK] = list(map(fmean, zip(times[STOCK], times[AGAIN], strict=True)))
        us = {kind: median(times[kind]) / 1000 for kind in times}
        gain = interval(times[STOCK], times[FAST])
        ceiling = interval(times[STOCK], times[FREE]) if FREE in times else None
        share = reached = None
        if ceiling is not None and ceiling.spread > NOISE_BOUND:
            ceiling = None
        if ceiling is not None:
            share = max(0.0, ceiling.saved)
            # A part of next to nothing would be chance.
            if share > 0.01:
                reached = gain.saved / share
        return cls(
            name,
            len(passes),
            us[STOCK],
            us[FAST],
            us.get(FREE),
            gain,
            ceiling,
            share,
            reached,
            noise,
            verdict(gain, noise),
            f"{name}: {sentence(gain, ceiling, noise, us[STOCK])}",
        )

    @property
    def decided(self) -> bool:
        """Set if more passes would not say more."""
        if self.verdict == SAME:
            return bound(self.gain, self.noise) < NEGLIGIBLE
        least = max(self.gain.low, 1 / self.gain.high) - 1
        return self.verdict != UNKNOWN and least > NEGLIGIBLE


def verdict(gain: Interval, noise: float) -> str:
    if max(noise, gain.spread) > NOISE_BOUND:
        return UNKNOWN
    if gain.low <= 1 <= gain.high or gain.error <= max(noise, NEGLIGIBLE):
        return SAME
    return FASTER if gain.ratio > 1 else SLOWER


def bound(ratio: Interval, noise: float) -> float:
    """Return the largest difference that the ratio may still be."""
    return max(ratio.high - 1, 1 / ratio.low - 1, noise)


def in_percent(part: float) -> str:
    return f"{round(part * 100)} %"


def in_words(ratio: float) -> str:
    """Return for example ``18 % faster``."""
    if ratio >= 1.995:
        return f"{ratio:.1f} times as fast"
    change = ratio - 1
    if abs(change) < 0.005:
        return "as fast as before"
    return f"{in_percent(abs(change))} {'faster' if change > 0 else 'slower'}"


def sentence(
    gain: Interval, ceiling: Interval | None, noise: float, stock_us: float
) -> str:
    """Return what is known of a route, and nothing that is not."""
    found = verdict(gain, noise)
    if found == UNKNOWN:
        said = f"{in_words(gain.low)} to {in_words(gain.high)}"
        if noise > NOISE_BOUND:
            said += f"; the unmodified app differs from itself by {in_percent(noise)}"
        return f"too noisy to conclude, anything from {said}"
    won = in_words(gain.ratio)
    if found == SAME:
        most = bound(gain, noise)
        said = in_percent(rounded_up(most))
        if stock_us >= LONG_MICROSECONDS:
            said = f"{rounded_up(most * stock_us / 10_000) * 10:.1f} ms"
        won = f"no difference of more than {said}"
    if ceiling is None:
        return f"{won}; the possible gain could not be measured"
    rest = "the rest is Flask and your view"
    if found == FASTER and gain.saved >= 0.95 * ceiling.saved:
        return f"{won}; that is all that is possible, {rest}"
    possible = ceiling.ratio
    if verdict(ceiling, noise) != FASTER:
        # Not even the ceiling stands out: the far end is what is known of it.
        possible = 1 + rounded_up(max(ceiling.high - 1, noise))
    most_words = in_words(possible).removesuffix(" faster")
    return f"{won}; at most {most_words} is possible; {rest}"


def rounded_up(part: float) -> float:
    """Return the next hundredth, which is a bound too."""
    return max(1, math.ceil(round(part * 100, 6))) / 100


# --- timing ------------------------------------------------------------------


def measure(
    sides: cabc.Mapping[str, Side], request: Request, status: str, seconds: float
) -> dict[str, list[Timed]]:
    """Time a request in each process, a batch of requests in turn.

    :param status: the app's answer.
    :param seconds: how long, about; a batch of each at least.
    :raises Changing: if the app answers another status.
    """
    end = time.perf_counter() + seconds

    def send(kind: str, size: int) -> Timed:
        timed = sides[kind].time(request, size, status)
        if timed.unexpected:
            raise Changing(timed.unexpected)
        return timed

    def fitting(seconds: float, size: int) -> int:
        """Return how many requests take so long."""
        timed = [send(kind, size) for kind in sides]
        taken = median(each.cpu + each.waited for each in timed)
        return max(1, min(LARGEST_BATCH, round(seconds * 1e9 / taken)))

    def rounds() -> cabc.Iterator[None]:
        yield
        while time.perf_counter() < end:
            yield

    # The first requests, which fill caches, take many times as long as the others.
    size = fitting(PART_SECONDS, fitting(WARM_SECONDS, 1))
    timers = {kind: functools.partial(send, kind, size) for kind in sides}
    return take_turns(timers, rounds())


class Timing:
    """A request, and what its passes have given."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self.passes: list[dict[str, float]] = []
        self.seconds = 0.0
        self.has_ceiling = True
        #: Set if there is nothing to time, or no more.
        self.over = bool(checked.comparison.differences)
        self.reason = ""
        if checked.comparison.unstable:
            self.stop("its answers without fastresp differ, too")
        elif checked.answer.error or checked.answer.cut:
            self.stop(checked.answer.error or "the body does not end")

    def stop(self, reason: str) -> None:
        self.reason = reason
        self.over = True

    def take_pass(self, sides: dict[str, Side], seconds: float) -> None:
        request, answer, _ = self.checked
        started = time.perf_counter()
        taking = dict(sides)
        if not self.has_ceiling or not taking[FREE].make_free(request, answer):
            self.has_ceiling = False
            del taking[FREE]
            for each in self.passes:
                each.pop(FREE, None)
        try:
            parts = measure(taking, request, answer.status, seconds)
        except Changing as error:
            self.stop(f"the answer changes when it is asked for often: {error}")
            return
        self.passes.append(times_of(parts))
        self.seconds += time.perf_counter() - started

    def summary(self) -> Summary | None:
        if self.reason or len(self.passes) < FEWEST_PASSES:
            return None
        return Summary.of(str(self.checked.request), self.passes)

    def wants_more(self, seconds: float) -> bool:
        """
        :param seconds: how long to time the request, about.
        """
        found = self.summary()
        if found is not None:
            enough = len(self.passes) >= PASSES and found.decided
            used = max(len(self.passes) / PASSES, self.seconds / seconds)
            self.over = enough or used >= PATIENCE
        return not self.over

    def route(self) -> Route:
        return Route(self.checked, self.summary(), self.reason)


class Route(t.NamedTuple):
    """A request with its figures, if it has any."""

    checked: Checked
    summary: Summary | None
    #: The reason if there are no figures.
    reason: str = ""


Start = cabc.Callable[
    [cabc.Iterable[str]], contextlib.AbstractContextManager[dict[str, "Side"]]
]


def time_routes(
    start: Start,
    timings: cabc.Sequence[Timing],
    seconds: float,
    progress: cabc.Callable[[float], object] = lambda done: None,
) -> None:
    """Time requests until each is decided, or its time is over.

    :param start: starts a process for each variant.
    :param seconds: how long, about, for each.
    :param progress: called with the part that is done.
    """
    kinds = [STOCK, AGAIN, FAST, FREE]
    number = 0
    while taking := [each for each in timings if each.wants_more(seconds)]:
        # The order of starting must not favour one of them.
        random.shuffle(kinds)
        with start(kinds) as sides:
            for side in sides.values():
                # Has it create its variant of the app, which takes its time.
                side.counts()
            for done, each in enumerate(taking, 1):
                each.take_pass(sides, seconds / PASSES)
                progress(min(1.0, (number + done / len(taking)) / PASSES))
        number += 1
