"""Implementations that encode JSON, with the arguments of Flask's default provider."""

from __future__ import annotations

import importlib
import json
import typing as t
from collections.abc import Callable

from cases import Case
from cases import CASES
from flask.json.provider import DefaultJSONProvider
from subjects import Subject

from fastresp._compiled import json as _json
from fastresp.cli.compare import Answer

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


TEXTS: dict[str, Text] = {
    **{
        name: Text(CASES[name])
        for name in (
            *("dict, 5 keys", "list of 20 dicts", "dict, 1,000 records"),
            *("2,000 doubles", "2,000 integers"),
            *("100 KB ASCII in a list", "100 KB ASCII in a list, new"),
            *("100 KB non-ASCII in a list", "100 KB non-ASCII in a list, new"),
            *("100 levels", "dict, 10,000 keys", "dates and dataclasses"),
        )
    },
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
    "fastresp": fastresp,
    "orjson": orjson,
    "msgspec": msgspec,
}


def create(row: str, implementation: str) -> Subject:
    text = TEXTS[row]
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
