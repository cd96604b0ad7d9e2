"""Timing of whole requests: the gain, beside the largest possible gain.

A request is more than its response. The ceiling is the gain if responses cost
nothing; the rest is Flask's, the view's and the hooks'.
"""

from __future__ import annotations

import collections.abc as cabc
import functools
import typing as t
from statistics import median

from .processes import AGAIN
from .processes import FAST
from .processes import FREE
from .processes import STOCK
from .timing import Interval
from .timing import interval
from .timing import noise as noise_of
from .timing import NOISE_BOUND
from .timing import take_turns

if t.TYPE_CHECKING:
    from .processes import Checked
    from .processes import Side
    from .requests import Request

#: For one process's part of a round.
PART_SECONDS = 0.0025
LARGEST_BATCH = 200
ROUNDS = (12, 400)


class Changing(Exception):
    """A route answers with another status when it is requested often."""


class Summary(t.NamedTuple):
    """The figures of a route, and a sentence about them."""

    name: str
    rounds: int
    stock_us: float
    fast_us: float
    free_us: float | None
    gain: Interval
    #: ``None`` if the app does not work with responses that cost nothing.
    ceiling: Interval | None
    #: The response's part of a request, and the part of that which fastresp saves;
    #: ``None`` without a ceiling.
    share: float | None
    reached: float | None
    noise: float
    conclusive: bool
    sentence: str

    @classmethod
    def of(cls, name: str, times: dict[str, list[float]]) -> Summary:
        """
        :param times: nanoseconds of a request, one figure a round, by variant.
        """
        ratios = {kind: interval(times[STOCK], times[kind]) for kind in times}
        us = {kind: median(times[kind]) / 1000 for kind in times}
        gain, ceiling = ratios[FAST], ratios.get(FREE)
        noise = noise_of(ratios[AGAIN])
        share = reached = None
        if ceiling is not None:
            share = max(0.0, 1 - 1 / ceiling.ratio)
            # A part of next to nothing would be chance.
            if share > 0.01:
                reached = (1 - 1 / gain.ratio) / share
        spread = (gain.high - gain.low) / 2 / gain.ratio
        conclusive = noise <= NOISE_BOUND and spread <= NOISE_BOUND
        return cls(
            name,
            len(times[STOCK]),
            us[STOCK],
            us[FAST],
            us.get(FREE),
            gain,
            ceiling,
            share,
            reached,
            noise,
            conclusive,
            sentence(name, gain, ceiling, noise, conclusive),
        )


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
    name: str, gain: Interval, ceiling: Interval | None, noise: float, conclusive: bool
) -> str:
    if not conclusive:
        why = ""
        if noise > NOISE_BOUND:
            why = (
                f"; the unmodified app differs from itself by up to {in_percent(noise)}"
            )
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
        return f"{name}: {won}; the possible gain could not be measured"
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
    """Time a request in each process, a batch of requests in turn.

    :param status: the app's answer.
    :param seconds: how long, about.
    :param progress: called after each round, with its part of the whole.
    :return: nanoseconds of a request, one figure a round, by variant.
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
    size = max(1, min(LARGEST_BATCH, round(PART_SECONDS * 1e9 / slowest)))
    round_seconds = size * slowest * len(sides) / 1e9
    rounds = max(ROUNDS[0], min(ROUNDS[1], round(seconds / round_seconds)))
    timers = {kind: functools.partial(time, side, size) for kind, side in sides.items()}
    return take_turns(timers, rounds, lambda: progress(1 / (rounds + 1)))


class Route(t.NamedTuple):
    """A request with its figures, if it has any."""

    checked: Checked
    summary: Summary | None
    #: The reason if there are no figures.
    reason: str = ""


def time_routes(
    sides: dict[str, Side],
    results: cabc.Iterable[Checked],
    seconds: float,
    progress: cabc.Callable[[float], object] = lambda done: None,
) -> cabc.Iterator[Route]:
    """Time each request whose answers are the same.

    :param seconds: how long, about, for each.
    :param progress: called with the number of requests that are done, the last one in
        part.
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
        return Route(checked, None, "its answers without fastresp differ, too")
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
    return Route(checked, Summary.of(str(request), times))
