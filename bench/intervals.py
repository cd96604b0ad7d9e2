"""Ratios with their intervals, and when a machine is too noisy for one."""

from __future__ import annotations

import collections.abc as cabc
import random
import typing as t
from statistics import median

#: How far from 1 stock may be against itself, before nothing is concluded.
NOISE_BOUND = 0.10


class Interval(t.NamedTuple):
    """A median, and where it lies with 95 % confidence."""

    low: float
    mid: float
    high: float

    def apart_from(self, other: Interval) -> bool:
        return self.high < other.low or other.high < self.low


def ratio(
    reference: cabc.Sequence[float],
    other: cabc.Sequence[float],
    resamples: int = 1000,
) -> Interval:
    """How many times faster ``other`` is than ``reference``.

    Both have a time for each round. What is resampled is the rounds' ratios: the
    times of one round were taken shortly after each other, so that a machine whose
    speed drifts moves both. The same times always give the same interval.
    """
    ratios = [ours / theirs for ours, theirs in zip(reference, other, strict=True)]
    choices = random.Random(0).choices
    medians = sorted(
        median(choices(ratios, k=len(ratios))) for _ in range(max(resamples, 1))
    )
    edge = round(len(medians) * 0.025)
    return Interval(medians[edge], median(ratios), medians[-1 - edge])


def noise(itself: Interval) -> float:
    """From the ratio of stock to stock in another process: what a ratio may be off
    by, as a share."""
    return max(itself.high, 1 / itself.low) - 1
