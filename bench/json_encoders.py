"""Times JSON encoders beside each other, and checks whether they agree.

The encoder alone, then whole responses with Flask's default provider, with
``FastResp(app)`` and with flask-orjson's provider. The encoders take turns in
random order; a ratio is the median of stock's time over the encoder's, round by
round. One whose bytes are not those of stock is timed as well, and marked
"differs": it does other work. Peers that are not installed are left out.

Last, what a byte of output costs as outputs grow.

.. code-block:: text

    python bench/json_encoders.py [--rounds 40] [--only TEXT] [--largest BYTES]
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import random
import sys
import time
import typing as t
from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from statistics import median

from cases import account
from cases import Case
from cases import CASES
from flask import Flask
from flask.json.provider import DefaultJSONProvider
from harness import answer
from harness import extension_app
from harness import Runner
from harness import steady
from harness import stock_app
from harness import time_round
from table import Row

from fastresp._compiled import json as _json

Encode = Callable[[t.Any], bytes]


def optional(name: str) -> t.Any:
    """A module, or ``None``."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


orjson = optional("orjson")
msgspec = optional("msgspec")
flask_orjson = optional("flask_orjson")


class Text(t.NamedTuple):
    """What is encoded, and the arguments of :func:`json.dumps` for it."""

    case: Case
    indent: int | None = None
    ensure_ascii: bool = True

    @property
    def keywords(self) -> dict[str, t.Any]:
        keywords: dict[str, t.Any] = {
            "default": DefaultJSONProvider.default,
            "ensure_ascii": self.ensure_ascii,
            "sort_keys": True,
        }
        if self.indent is None:
            keywords["separators"] = (",", ":")
        else:
            keywords["indent"] = self.indent
        return keywords


TEXTS: dict[str, Text] = {
    **{
        name: Text(CASES[name])
        for name in (
            "dict, 5 keys",
            "list of 20 dicts",
            "dict, 1,000 records",
            "2,000 doubles",
            "2,000 integers",
            "100 KB ASCII in a list",
            "100 KB ASCII in a list, new",
            "100 KB non-ASCII in a list",
            "100 KB non-ASCII in a list, new",
        )
    },
    # Peers that keep a string's UTF-8 with it are flattered by the first one.
    "the same, ensure_ascii=False": Text(
        CASES["100 KB non-ASCII in a list"], ensure_ascii=False
    ),
    "the same, ensure_ascii=False, new": Text(
        CASES["100 KB non-ASCII in a list, new"], ensure_ascii=False
    ),
    "100 levels": Text(CASES["100 levels"]),
    "dict, 10,000 keys": Text(CASES["dict, 10,000 keys"]),
    "dates and dataclasses": Text(CASES["dates and dataclasses"]),
    "list of 20 dicts, indent=2": Text(CASES["list of 20 dicts"], indent=2),
    "dict, 1,000 records, indent=2": Text(CASES["dict, 1,000 records"], indent=2),
}

#: Cases that are answered as whole responses.
RESPONSES = [name for name in CASES if name in TEXTS]


def stock_encoder(text: Text) -> Encode:
    keywords = text.keywords
    return lambda obj: json.dumps(obj, **keywords).encode()


def fastresp_encoder(text: Text) -> Encode:
    keywords = text.keywords

    def encode(obj: t.Any) -> bytes:
        encoded = _json.dumps(obj, keywords)
        if encoded is None:
            raise AssertionError("left to the standard library")
        return encoded.encode()

    return encode


def orjson_encoder(text: Text) -> Encode:
    option = orjson.OPT_SORT_KEYS
    if text.indent is not None:
        option |= orjson.OPT_INDENT_2
    dumps = orjson.dumps
    default = DefaultJSONProvider.default
    return lambda obj: t.cast(bytes, dumps(obj, default, option))


def msgspec_encoder(text: Text) -> Encode:
    encode = msgspec.json.Encoder(
        enc_hook=DefaultJSONProvider.default, order="sorted"
    ).encode
    if text.indent is None:
        return t.cast(Encode, encode)
    indent, lay_out = text.indent, msgspec.json.format
    return lambda obj: t.cast(bytes, lay_out(encode(obj), indent=indent))


#: Stock first; the others are compared with it.
ENCODERS: dict[str, Callable[[Text], Encode]] = {
    "stock": stock_encoder,
    "fastresp": fastresp_encoder,
}
if orjson is not None:
    ENCODERS["orjson"] = orjson_encoder
if msgspec is not None:
    ENCODERS["msgspec"] = msgspec_encoder


def orjson_app(case: Case) -> Flask:
    """flask-orjson as near to Flask's text as its options bring it."""
    app = stock_app(case)
    provider = flask_orjson.OrjsonProvider(app)
    provider.option |= orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    app.json = provider
    return app


APPS: dict[str, Callable[[Case], Flask]] = {
    "stock": stock_app,
    "fastresp": extension_app,
}
if flask_orjson is not None:
    APPS["flask-orjson"] = orjson_app


class Verdict(t.NamedTuple):
    """What is to be said of an encoder before it is timed."""

    timed: bool
    note: str = ""


def judge(produce: Mapping[str, Callable[[], t.Any]]) -> dict[str, Verdict]:
    """Compares what each encoder produces with what stock does.

    :raises AssertionError: if fastresp does not produce the same.
    """
    verdicts = {}
    expected = produce["stock"]()
    for name, call in produce.items():
        try:
            same = call() == expected
        except Exception as error:
            if name == "fastresp":
                raise
            verdicts[name] = Verdict(False, type(error).__name__)
            continue
        if name == "fastresp" and not same:
            raise AssertionError("fastresp's bytes are not those of stock")
        verdicts[name] = Verdict(True, "" if same else "differs")
    return verdicts


def in_turns(
    timers: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, list[float]]:
    """What the timers say, a figure a round, in random order."""
    times: dict[str, list[float]] = {name: [] for name in timers}
    order = list(timers)
    with steady():
        for number in range(rounds + 1):
            random.shuffle(order)
            for name in order:
                elapsed = timers[name]()
                # The first round warms up.
                if number:
                    times[name].append(elapsed)
    return times


def time_encoder(encode: Encode, make: Callable[[], t.Any], loops: int) -> float:
    """Microseconds per call, with objects made outside of the timing."""
    total = 0
    batch = min(loops, 20)
    for _ in range(loops // batch):
        values = [make() for _ in range(batch)]
        started = time.perf_counter_ns()
        for value in values:
            encode(value)
        total += time.perf_counter_ns() - started
    return total / (loops // batch * batch) / 1000


def print_head(title: str, width: int, names: list[str]) -> None:
    columns = "".join(f"{name:>24}" for name in names if name != "stock")
    print(f"\n{title:{width}}  stock us{columns}")


def print_row(
    name: str, width: int, times: dict[str, list[float]], verdicts: dict[str, Verdict]
) -> None:
    row = Row(times)
    line = f"{name:{width}} {median(times['stock']):9.2f}"
    for encoder, (timed, note) in verdicts.items():
        if encoder == "stock":
            continue
        if timed:
            spent, ratio = median(times[encoder]), row.ratio(encoder)[1]
            line += f" {spent:8.2f} {ratio:5.1f}x {note:7}"
        else:
            line += f" {note:>22.22} "
    print(line.rstrip(), flush=True)


def print_encoders(only: str, rounds: int) -> None:
    width = max(map(len, TEXTS))
    print_head("encoder alone", width, list(ENCODERS))
    for name, text in TEXTS.items():
        if only not in name:
            continue
        make, loops = text.case.make, text.case.loops
        encoders = {key: create(text) for key, create in ENCODERS.items()}
        verdicts = judge({key: partial(encoders[key], make()) for key in encoders})
        timers = {
            key: partial(time_encoder, encode, make, loops)
            for key, encode in encoders.items()
            if verdicts[key].timed
        }
        print_row(name, width, in_turns(timers, rounds), verdicts)


def print_responses(only: str, rounds: int) -> None:
    width = max(map(len, TEXTS))
    print_head("whole response", width, list(APPS))
    for name in RESPONSES:
        if only not in name:
            continue
        case = CASES[name]
        apps = {key: create(case) for key, create in APPS.items()}
        verdicts = judge({key: partial(answer, app, case) for key, app in apps.items()})
        timers = {
            key: partial(time_round, Runner(case, app))
            for key, app in apps.items()
            if verdicts[key].timed
        }
        print_row(name, width, in_turns(timers, rounds), verdicts)


def print_growth(largest: int, rounds: int) -> None:
    """Flat if the cost is linear."""
    columns = "".join(f"{name:>12}" for name in ENCODERS)
    print(f"\n{'bytes of output':>15}{columns}  ns per byte")
    size = 1000
    while size <= largest:
        costs, written = cost_per_byte(size, rounds)
        columns = "".join(f"{costs[name]:12.3f}" for name in ENCODERS)
        print(f"{written:15,}{columns}", flush=True)
        size *= 10


def cost_per_byte(size: int, rounds: int) -> tuple[dict[str, float], int]:
    """Nanoseconds by encoder, for records whose text has about ``size`` bytes;
    and how many it has."""
    records = [account(number) for number in range(max(1, size // RECORD_SIZE))]
    text = Text(Case(lambda: records))
    encoders = {name: create(text) for name, create in ENCODERS.items()}
    written = len(encoders["stock"](records))
    loops = max(1, 300_000 // size)
    timers = {
        name: partial(time_encoder, encode, text.case.make, loops)
        for name, encode in encoders.items()
    }
    # A round of the largest takes seconds.
    times = in_turns(timers, max(2, min(rounds, 40_000_000 // size)))
    return {name: median(times[name]) * 1000 / written for name in times}, written


#: What one record comes to, on average.
RECORD_SIZE = 243


def versions() -> str:
    peers = {"orjson": orjson, "msgspec": msgspec, "flask-orjson": flask_orjson}
    found = [name for name, module in peers.items() if module is not None]
    absent = [name for name in peers if name not in found]
    line = ", ".join(f"{name} {version(name)}" for name in ("flask", *found))
    if absent:
        line += f"; left out, not installed: {', '.join(absent)}"
    return line


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Ratios of the standard library's time to other encoders'."
    )
    parser.add_argument("--rounds", type=int, default=40, help="default: %(default)s")
    parser.add_argument("--only", default="", help="only rows with this in their name")
    parser.add_argument(
        "--largest",
        type=int,
        default=100_000_000,
        help="the largest output, in bytes; the objects for it take several times"
        " as much memory (default: %(default)s)",
    )
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("a median needs two rounds at least")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    print(
        f"CPython {platform.python_version()}, {platform.machine()}, {versions()};"
        f" medians of {options.rounds} interleaved rounds"
    )
    print_encoders(options.only, options.rounds)
    print_responses(options.only, options.rounds)
    if not options.only:
        print_growth(options.largest, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
