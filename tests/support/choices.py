"""Random values, built of parts as hypothesis' strategies are, but drawn from a plain
generator of numbers, with which they take a fiftieth of the time.

The first of several things is the simplest: ``fuzz.py`` comes to it where it looks for
a small program.
"""

from __future__ import annotations

import collections.abc as cabc
import random
import string
import typing as t

#: A number from zero to one below that.
Below = cabc.Callable[[int], int]


class Choice:
    """What may be drawn, and how."""

    __slots__ = ("draw",)

    def __init__(self, draw: cabc.Callable[[Below], t.Any]) -> None:
        self.draw = draw

    def __or__(self, other: Choice) -> Choice:
        return one_of(self, other)

    def map(self, function: cabc.Callable[[t.Any], t.Any]) -> Choice:
        draw = self.draw
        return Choice(lambda below: function(draw(below)))


def numbers(seed: t.Any) -> Below:
    """A plain generator's numbers."""
    uniform = random.Random(seed).random
    return lambda count: int(uniform() * count)


def just(value: t.Any) -> Choice:
    return Choice(lambda below: value)


def either(*values: t.Any) -> Choice:
    return Choice(lambda below: values[below(len(values))])


def one_of(*choices: Choice) -> Choice:
    draws = [choice.draw for choice in choices]
    return Choice(lambda below: draws[below(len(draws))](below))


def seldom(choice: Choice, one_in: int = 4) -> Choice:
    """None, but for one time in several."""
    draw = choice.draw
    return Choice(lambda below: draw(below) if below(one_in) == one_in - 1 else None)


def deferred(function: cabc.Callable[[], Choice]) -> Choice:
    """A choice that is defined later on."""
    found: list[Choice] = []

    def draw(below: Below) -> t.Any:
        if not found:
            found.append(function())
        return found[0].draw(below)

    return Choice(draw)


def integers(lowest: int, highest: int) -> Choice:
    count = highest - lowest + 1
    return Choice(lambda below: lowest + below(count))


def tuples(*choices: Choice) -> Choice:
    draws = [choice.draw for choice in choices]
    return Choice(lambda below: tuple([draw(below) for draw in draws]))


def lists(choice: Choice, max_size: int = 4, min_size: int = 0) -> Choice:
    draw, count = choice.draw, max_size - min_size + 1
    return Choice(lambda below: [draw(below) for _ in range(min_size + below(count))])


def dictionaries(keys: Choice, values: Choice, max_size: int = 3) -> Choice:
    return lists(tuples(keys, values), max_size).map(dict)


def some_of(choices: cabc.Mapping[str, Choice]) -> Choice:
    """A dict with some of these keys; often few, seldom all."""
    names = list(choices)

    def draw(below: Below) -> dict[str, t.Any]:
        one_in = 1 + below(5)
        return {
            name: choices[name].draw(below)
            for name in names
            if below(one_in + 1) == one_in
        }

    return Choice(draw)


ASCII = string.printable + "".join(map(chr, (*range(32), 127)))
LATIN = "".join(map(chr, range(128, 256)))
WIDE = "Āſ٣٠К→\u2028\ufeff\uffff\ud800\U00010000\U0010ffff"


def text(max_size: int, without: str = "", characters: str = "") -> Choice:
    """Text of any characters, most of them ASCII."""
    sets = [characters] if characters else [ASCII, ASCII, ASCII, LATIN, WIDE]
    groups = ["".join(char for char in group if char not in without) for group in sets]

    def draw(below: Below) -> str:
        chars = []
        for _ in range(below(max_size + 1)):
            group = groups[below(len(groups))]
            chars.append(group[below(len(group))])
        return "".join(chars)

    return Choice(draw)


def binary(max_size: int) -> Choice:
    return lists(integers(0, 255), max_size).map(bytes)
