"""Heads, also those that are refused, leave nothing behind."""

from __future__ import annotations

import functools
import http
import typing as t
from unittest import mock

import flat
from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES

import fastresp
from fastresp.http1 import chunk_head
from fastresp.http1 import date_header
from fastresp.http1 import render_head
from fastresp.http1 import render_informational

render: t.Any = render_head


class Text(str):
    pass


class Pair(tuple[str, str]):
    pass


Make = t.Callable[[int], tuple[t.Any, t.Any]]

HEADS: dict[str, Make] = {
    "list": lambda n: (f"200 {n}", [(f"X-{n}", f"{n}")]),
    "number": lambda n: (200 + n % 400, [(f"X-{n}", f"{n}")]),
    "HTTPStatus": lambda n: (http.HTTPStatus.NOT_FOUND, [(f"X-{n}", f"{n}")]),
    "dict": lambda n: ("200 OK", {f"X-{n}": f"{n}", "Y": "z"}),
    "dict of lists": lambda n: ("200 OK", {f"X-{n}": [f"{n}", "z"], "Y": ("z",)}),
    "tuple": lambda n: ("200 OK", ((f"X-{n}", f"{n}"),)),
    "Headers": lambda n: ("200 OK", Headers({f"X-{n}": f"{n}"})),
    "our Headers": lambda n: (
        "200 OK",
        fastresp.Response(headers={f"X-{n}": "1"}).headers,
    ),
    "subclasses": lambda n: (Text(f"200 {n}"), [Pair((Text(f"X-{n}"), Text(f"{n}")))]),
    "many": lambda n: ("200 OK", [(f"X-{n}", f"{at}") for at in range(65 + n % 9)]),
    "same length": lambda n: ("200 OK", [("Content-Length", f"{n}")] * 3),
}
CHUNKED = ("Transfer-Encoding", "chunked")
REFUSED: dict[str, Make] = {
    "status": lambda n: (f"{600 + n}", []),
    "wide status": lambda n: (f"200 {n}\u0100", []),
    "status type": lambda n: (f"{n}".encode(), []),
    "number": lambda n: (600 + n, []),
    "large number": lambda n: (1 << (64 + n % 9), []),
    "reason": lambda n: (f"200 {n}\n", []),
    "name": lambda n: ("200 OK", [(f"X {n}", f"{n}")]),
    "long name": lambda n: ("200 OK", [(f"X {n}" * 100, f"{n}")]),
    "value": lambda n: ("200 OK", [(f"X-{n}", f"{n}\n")]),
    "wide value": lambda n: ("200 OK", [(f"X-{n}", f"{n}\u0100")]),
    "value type": lambda n: ("200 OK", [(f"X-{n}", n)]),
    "value in a dict": lambda n: ("200 OK", {f"X-{n}": [f"{n}", n]}),
    "late, of many": lambda n: ("200 OK", [(f"X-{n}", "1")] * 70 + [("X", "\n")]),
    "type, of many": lambda n: ("200 OK", [(f"X-{n}", "1")] * 70 + [("X", n)]),
    "pair": lambda n: ("200 OK", [(f"X-{n}",)]),
    "no pair": lambda n: ("200 OK", [f"X-{n}"]),
    "headers": lambda n: ("200 OK", f"X-{n}"),
    "name type": lambda n: ("200 OK", [(n, "1")]),
    "name in a dict": lambda n: ("200 OK", {n: ["1"]}),
    "wide name": lambda n: ("200 OK", [(f"X-{n}\u0100", "1")]),
    "length": lambda n: ("200 OK", [("Content-Length", f"{n}x")]),
    "coding": lambda n: ("200 OK", [("Transfer-Encoding", f"{n}")]),
    "coding twice": lambda n: ("200 OK", [CHUNKED, CHUNKED, (f"X-{n}", "1")]),
    "length and coding": lambda n: ("200 OK", [("Content-Length", f"{n}"), CHUNKED]),
    "length without a body": lambda n: ("204 ", [("Content-Length", f"{n}")]),
    "lengths": lambda n: ("200 OK", [("Content-Length", f"{n}{at}") for at in "12"]),
}


def rendered(make: Make, number: int) -> None:
    render_head(*make(number))


def refused(make: Make, number: int) -> None:
    flat.refuse(render, *make(number))


def others(number: int) -> None:
    render_informational(103, [("Link", f"<{number}>")])
    flat.refuse(render_informational, 200 + number)
    flat.refuse(render_informational, f"101 {number}")
    for version in (f"{number}", number):
        flat.refuse(functools.partial(render, "200 OK", [], version=version))
    for status, headers in ((103, [("X", f"{number}")]), (200, [CHUNKED])):
        flat.refuse(functools.partial(render, status, headers, version="1.0"))
    with mock.patch.dict(HTTP_STATUS_CODES, {299: f"\u0100{number}"}):
        flat.refuse(render, 299, [])
    with mock.patch.dict(HTTP_STATUS_CODES, {299: number}):
        flat.refuse(render, 299, [])
    flat.refuse(chunk_head, f"{number}")
    date_header()
    chunk_head(number + 1)
    flat.refuse(chunk_head, -number)
    flat.refuse(chunk_head, 1 << (64 + number % 9))


def main() -> None:
    cases: dict[str, flat.Case] = {"others": others}
    for name, make in HEADS.items():
        cases[name] = functools.partial(rendered, make)
    for name, make in REFUSED.items():
        cases[f"refused, {name}"] = functools.partial(refused, make)
    flat.check(cases, 2000)


if __name__ == "__main__":
    main()
