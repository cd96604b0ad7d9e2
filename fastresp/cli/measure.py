"""What fastresp gains in whole requests, beside what it could gain at most.

A request is more than its response. The ceiling is the gain if responses cost
nothing; what is left then is Flask's, the view's and the hooks'.
"""

from __future__ import annotations

import collections.abc as cabc
import random
import typing as t
from statistics import median

from .processes import AGAIN
from .processes import FAST
from .processes import FREE
from .processes import STOCK

if t.TYPE_CHECKING:
    from .processes import Checked
    from .processes import Side
    from .requests import Request

#: Of one side's share of a round.
SHARE_SECONDS = 0.0025
LARGEST_BATCH = 200
ROUNDS = (12, 400)
RESAMPLES = 1000

#: Beyond this, the machine does too much else: the app as it is, measured twice,
#: or the interval of the gain.
NOISE = 0.1


class Changing(Exception):
    """A route answers otherwise when it is requested often."""


class Interval(t.NamedTuple):
    """A ratio with its 95 % interval."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f}x ({self.low:.2f} to {self.high:.2f})"


def interval(before: cabc.Sequence[float], after: cabc.Sequence[float]) -> Interval:
    """The ratio of two medians, with a bootstrap interval.

    Rounds are resampled as pairs: whatever else the machine did in a round fell
    on both.
    """
    pairs = list(zip(before, after, strict=True))
    # The same figures always have the same interval.
    generator = random.Random(0)
    ratios = []
    for _ in range(RESAMPLES):
        sample = generator.choices(pairs, k=len(pairs))
        ratios.append(median(x for x, _ in sample) / median(y for _, y in sample))
    ratios.sort()
    low, high = (ratios[round(RESAMPLES * share) - 1] for share in (0.025, 0.975))
    return Interval(median(before) / median(after), low, high)


class Result(t.NamedTuple):
    """Nanoseconds of a request, one figure a round, by side."""

    name: str
    times: dict[str, list[float]]

    @property
    def gain(self) -> Interval:
        return interval(self.times[STOCK], self.times[FAST])

    @property
    def ceiling(self) -> Interval | None:
        """``None`` where the app does not get along with responses that are
        there already."""
        if FREE not in self.times:
            return None
        return interval(self.times[STOCK], self.times[FREE])

    @property
    def noise(self) -> float:
        """How far the app as it is may be from itself."""
        again = interval(self.times[STOCK], self.times[AGAIN])
        return max(again.high - 1, 1 - again.low, 0.0)

    def microseconds(self, side: str) -> float | None:
        return median(self.times[side]) / 1000 if side in self.times else None


class Summary(t.NamedTuple):
    """What there is to say about a route."""

    name: str
    rounds: int
    stock_us: float
    fast_us: float
    free_us: float | None
    gain: Interval
    ceiling: Interval | None
    #: The part of a request that the response takes, and the part of that which
    #: fastresp saves; ``None`` without a ceiling.
    share: float | None
    reached: float | None
    noise: float
    conclusive: bool
    sentence: str

    @classmethod
    def of(cls, result: Result) -> Summary:
        gain, ceiling, noise = result.gain, result.ceiling, result.noise
        share = reached = None
        if ceiling is not None:
            share = max(0.0, 1 - 1 / ceiling.ratio)
            # Of next to nothing, any part would be by chance.
            if share > 0.01:
                reached = (1 - 1 / gain.ratio) / share
        spread = (gain.high - gain.low) / 2 / gain.ratio
        conclusive = noise <= NOISE and spread <= NOISE
        return cls(
            result.name,
            len(result.times[STOCK]),
            result.microseconds(STOCK) or 0.0,
            result.microseconds(FAST) or 0.0,
            result.microseconds(FREE),
            gain,
            ceiling,
            share,
            reached,
            noise,
            conclusive,
            sentence(result.name, gain, ceiling, noise, conclusive),
        )


def in_percent(part: float) -> str:
    return f"{round(part * 100)} %"


def in_words(ratio: float) -> str:
    """For example ``18 % faster``."""
    if ratio >= 1.995:
        return f"{ratio:.1f} times as fast"
    change = ratio - 1
    if abs(change) < 0.005:
        return "as fast as before"
    return f"{in_percent(abs(change))} {'faster' if change > 0 else 'slower'}"


def sentence(
    name: str,
    gain: Interval,
    ceiling: Interval | None,
    noise: float,
    conclusive: bool,
) -> str:
    if not conclusive:
        why = ""
        if noise > NOISE:
            why = f"; the app as it is differs from itself by up to {in_percent(noise)}"
        return (
            f"{name}: too noisy to conclude, anything from {in_words(gain.low)} to"
            f" {in_words(gain.high)}{why}"
        )
    within = gain.low <= 1 <= gain.high or abs(gain.ratio - 1) <= noise
    if within:
        won = f"no difference beyond the noise of {in_percent(max(noise, 0.01))}"
    else:
        won = in_words(gain.ratio)
    if ceiling is None:
        return f"{name}: {won}; what is possible could not be measured"
    most = in_words(ceiling.ratio).removesuffix(" faster")
    if ceiling.ratio <= 1 + max(noise, 0.005):
        return f"{name}: {won}; there is nothing to gain, all of it is your view"
    if not within and 1 - 1 / gain.ratio >= 0.95 * (1 - 1 / ceiling.ratio):
        return f"{name}: {won}; that is all that is possible, the rest is your view"
    return f"{name}: {won}; at most {most} is possible; the rest is your view"


def measure(
    sides: dict[str, Side],
    request: Request,
    status: str,
    seconds: float,
    progress: cabc.Callable[[float], object] = lambda done: None,
) -> dict[str, list[float]]:
    """Times a request on each side, a few of each in turn, again and again, in
    random order.

    :param status: what the app answers.
    :param seconds: how long, about.
    :param progress: called with the part that a round is of the whole.
    :return: nanoseconds of a request, one figure a round, by side.
    :raises Changing: if the app answers another status.
    """

    def time(side: Side, size: int) -> float:
        timed = side.time(request, size, status)
        if timed.unexpected:
            raise Changing(timed.unexpected)
        return timed.nanoseconds

    # Warms up, too.
    for side in sides.values():
        time(side, 1)
    slowest = max(time(side, 2) for side in sides.values())
    size = max(1, min(LARGEST_BATCH, round(SHARE_SECONDS * 1e9 / slowest)))
    round_seconds = size * slowest * len(sides) / 1e9
    rounds = max(ROUNDS[0], min(ROUNDS[1], round(seconds / round_seconds)))
    times: dict[str, list[float]] = {kind: [] for kind in sides}
    order = list(sides)
    for _ in range(rounds):
        random.shuffle(order)
        for kind in order:
            times[kind].append(time(sides[kind], size))
        progress(1 / rounds)
    return times


class Route(t.NamedTuple):
    """What came of a route: without a summary, there are no figures."""

    checked: Checked
    summary: Summary | None
    #: Why there are no figures.
    reason: str = ""


def time_routes(
    sides: dict[str, Side],
    results: cabc.Iterable[Checked],
    seconds: float,
    progress: cabc.Callable[[float], object] = lambda done: None,
) -> cabc.Iterator[Route]:
    """Times each request whose answers are the same.

    :param seconds: how long, about, for each.
    :param progress: called with how many are done, of which one in part.
    """
    for number, checked in enumerate(results):
        done = float(number)

        def advance(part: float) -> None:
            nonlocal done
            done += part
            progress(done)

        yield _time_route(sides, checked, seconds, advance)
        progress(number + 1)


def _time_route(
    sides: dict[str, Side],
    checked: Checked,
    seconds: float,
    progress: cabc.Callable[[float], object],
) -> Route:
    request, answer, comparison = checked
    if comparison.differences:
        return Route(checked, None)
    if comparison.unstable:
        return Route(checked, None, "it answers now this, now that")
    if answer.error or answer.cut:
        return Route(checked, None, answer.error or "the body does not end")
    taking = dict(sides)
    if not taking[FREE].make_free(request, answer):
        del taking[FREE]
    try:
        times = measure(taking, request, answer.status, seconds, progress)
    except Changing as error:
        why = f"the answer changes when it is asked for often: {error}"
        return Route(checked, None, why)
    return Route(checked, Summary.of(Result(str(request), times)))
