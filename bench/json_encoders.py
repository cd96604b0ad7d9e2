"""Times JSON encoders beside each other, and checks whether they agree.

The encoder alone, then whole responses with Flask's default provider, with
``FastResp(app)`` and with flask-orjson's provider. An encoder whose bytes differ from
stock's is timed as well, and marked "differs": its work is other work. Peers that are
not installed are left out.

Last, microseconds as outputs grow, and the nanoseconds of a byte, which stay the same
if the cost is linear.

.. code-block:: text

    python bench/json_encoders.py [--rounds 40] [--only TEXT] [--largest BYTES]
"""

from __future__ import annotations

import importlib
import json
import sys
import typing as t
from collections.abc import Callable

from cases import account
from cases import Case
from cases import CASES
from flask import Flask
from flask.json.provider import DefaultJSONProvider
from harness import AGAIN
from harness import extension_app
from harness import FASTRESP
from harness import FLASK
from harness import return_value
from harness import stock_app
from harness import Subject

from fastresp._compiled import json as _json
from fastresp.cli.compare import Answer

ALONE = "JSON encoders"
RESPONSES = "JSON responses"
GROWTH = "JSON encoders, growth"

Encode = Callable[[t.Any], bytes]


class Text(t.NamedTuple):
    """A case to encode, and arguments of :func:`json.dumps`."""

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
            return {**keywords, "separators": (",", ":")}
        return {**keywords, "indent": self.indent}


#: Cases that are encoded alone, and answered as whole responses.
NAMES: tuple[str, ...] = (
    "dict, 5 keys",
    "list of 20 dicts",
    "dict, 1,000 records",
    "2,000 doubles",
    "2,000 integers",
    "100 KB ASCII in a list",
    "100 KB ASCII in a list, new",
    "100 KB non-ASCII in a list",
    "100 KB non-ASCII in a list, new",
    "100 levels",
    "dict, 10,000 keys",
    "dates and dataclasses",
)
TEXTS: dict[str, Text] = {
    **{name: Text(CASES[name]) for name in NAMES},
    # This one flatters peers that cache a string's UTF-8.
    "100 KB non-ASCII, ensure_ascii=False": Text(
        CASES["100 KB non-ASCII in a list"], ensure_ascii=False
    ),
    "100 KB non-ASCII, ensure_ascii=False, new": Text(
        CASES["100 KB non-ASCII in a list, new"], ensure_ascii=False
    ),
    "list of 20 dicts, indent=2": Text(CASES["list of 20 dicts"], indent=2),
    "dict, 1,000 records, indent=2": Text(CASES["dict, 1,000 records"], indent=2),
}

#: Average output of a record, in bytes.
RECORD_SIZE = 243


def records(size: int) -> Text:
    """Return records whose text has about ``size`` bytes."""
    made: list[t.Any] = []

    def make() -> list[t.Any]:
        # Not before they are encoded: a hundred megabytes take much memory.
        made[:] = made or map(account, range(max(1, size // RECORD_SIZE)))
        return made

    return Text(Case(make, loops=max(1, 300_000 // size)))


#: Rows whose names are the output's size.
SIZES: dict[str, int] = {f"{10**power:,} bytes": 10**power for power in range(3, 9)}


# --- encoders --------------------------------------------------------------


def stock(text: Text) -> Encode:
    keywords = text.keywords
    return lambda obj: json.dumps(obj, **keywords).encode()


def fastresp(text: Text) -> Encode:
    keywords = text.keywords

    def encode(obj: t.Any) -> bytes:
        encoded = _json.dumps(obj, keywords)
        if encoded is None:
            raise AssertionError("delegated to the standard library")
        return encoded.encode()

    return encode


def orjson(text: Text) -> Encode:
    module = importlib.import_module("orjson")
    option = module.OPT_SORT_KEYS
    if text.indent is not None:
        option |= module.OPT_INDENT_2
    dumps, default = module.dumps, DefaultJSONProvider.default
    return lambda obj: t.cast(bytes, dumps(obj, default, option))


def msgspec(text: Text) -> Encode:
    module = importlib.import_module("msgspec").json
    encoder = module.Encoder(enc_hook=DefaultJSONProvider.default, order="sorted")
    encode: Encode = encoder.encode
    if text.indent is None:
        return encode
    indent, lay_out = text.indent, module.format
    return lambda obj: t.cast(bytes, lay_out(encode(obj), indent=indent))


ENCODERS: dict[str, Callable[[Text], Encode]] = {
    "json.dumps": stock,
    "json.dumps" + AGAIN: stock,
    "fastresp": fastresp,
    "orjson": orjson,
    "msgspec": msgspec,
}


def create(row: str, implementation: str) -> Subject:
    text = TEXTS[row] if row in TEXTS else records(SIZES[row])
    encode = ENCODERS[implementation](text)
    size = min(text.case.loops, 20)

    def run(values: list[t.Any]) -> None:
        for value in values:
            encode(value)

    return Subject(
        lambda: Answer("", [], [encode(text.case.make())]),
        run,
        lambda: [text.case.make() for _ in range(size)],
        responses=size,
        repeats=max(1, text.case.loops // size),
    )


# --- whole responses -------------------------------------------------------


def orjson_app(case: Case) -> Flask:
    """Return an app with flask-orjson, as near to Flask's text as its options get."""
    app = stock_app(case)
    module = importlib.import_module("orjson")
    provider = importlib.import_module("flask_orjson").OrjsonProvider(app)
    provider.option |= module.OPT_SORT_KEYS | module.OPT_APPEND_NEWLINE
    app.json = provider
    return app


APPS: dict[str, Callable[[Case], Flask]] = {
    FLASK: stock_app,
    FLASK + AGAIN: stock_app,
    FASTRESP: extension_app,
    "flask-orjson": orjson_app,
}


def create_response(row: str, implementation: str) -> Subject:
    case = CASES[row]
    return return_value(case, APPS[implementation](case))


if __name__ == "__main__":
    from table import main

    sys.exit(main([ALONE, RESPONSES, GROWTH], __doc__))
