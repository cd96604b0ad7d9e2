"""Every form of construction, also those that fail, leaves nothing behind."""

from __future__ import annotations

import functools
import http
import io
import itertools
import typing as t

import flat
from werkzeug.datastructures import Headers
from werkzeug.datastructures import MultiDict

import fastresp
from fastresp import wrappers


class Text(str):
    pass


class Refusing:
    def __str__(self) -> str:
        raise RuntimeError("no text")


Make = t.Callable[[int], t.Any]

BODIES: dict[str, Make] = {
    "none": lambda n: None,
    "ascii": lambda n: f"text {n}",
    "text": lambda n: f"täxt → {n}",
    "bytes": lambda n: b"bytes %d" % n,
    "long": lambda n: b"%08d" % n * 1000,
    "bytearray": lambda n: bytearray(b"%d" % n),
    "subclass": lambda n: Text(n),
    "list": lambda n: [f"{n}", b"%d" % n],
    "tuple": lambda n: (f"{n}", b"%d" % n),
    "generator": lambda n: (str(i) for i in range(n)),
    "iterator": lambda n: iter([f"{n}"]),
    "file": lambda n: io.BytesIO(b"%d" % n),
}
STATUSES: dict[str, Make] = {
    "none": lambda n: None,
    "code": lambda n: 200 + n % 5,
    "unknown code": lambda n: 1000 + n,
    "enum": lambda n: http.HTTPStatus.NOT_FOUND,
    "digits": lambda n: f"{600 + n}",
    "line": lambda n: f"404 Gone {n}",
    "phrase": lambda n: f"Gone {n}",
    "padded": lambda n: f" 200 Fine {n} ",
}
HEADERS: dict[str, Make] = {
    "none": lambda n: None,
    "dict": lambda n: {f"X-{n}": f"{n}", "Content-Type": f"text/{n}"},
    "dict of lists": lambda n: {f"X-{n}": [f"{n}", n], "Y": (n, f"{n}")},
    "dict of odd values": lambda n: {f"X-{n}": float(n), "Y": f"→{n}"},
    "pairs": lambda n: [(f"X-{n}", f"{n}"), ("Y", 1000 + n)],
    "tuple of pairs": lambda n: ((f"X-{n}", f"{n}"), ("content-type", f"a/{n}")),
    "odd pairs": lambda n: [[f"X-{n}", f"{n}"]],
    "generator": lambda n: ((f"X-{i}", i) for i in range(2)),
    "Headers": lambda n: Headers([(f"X-{n}", f"{n}"), ("Content-Length", "1")]),
    "MultiDict": lambda n: MultiDict([(f"X-{n}", f"{n}")]),
}
KEYWORDS: dict[str, Make] = {
    "mimetype": lambda n: {"mimetype": "text/plain"},
    "new mimetype": lambda n: {"mimetype": f"text/x-{n}"},
    "content type": lambda n: {"content_type": f"text/x-{n}; charset=latin-1"},
    "content type in vain": lambda n: {"content_type": f"a/{n}", "mimetype": "a/b"},
    "content type, no latin-1": lambda n: {"content_type": f"text/→{n}"},
    "passthrough": lambda n: {"direct_passthrough": True},
    "all": lambda n: {"response": f"{n}", "status": 404, "headers": {"X": f"{n}"}},
    "made name": lambda n: {"".join(["sta", "tus"]): 201},
}
WRONG: dict[str, Make] = {
    "empty status": lambda n: (f"{n}", ""),
    "status of a wrong type": lambda n: (f"{n}", object()),
    "line break": lambda n: (f"{n}", 200, {"X": f"{n}\r\nY: 1"}),
    "line break in a list": lambda n: (f"{n}", 200, {"X": [f"{n}", f"{n}\n"]}),
    "line break in a pair": lambda n: (f"{n}", 200, [("X", f"{n}\n")]),
    "headers of a wrong type": lambda n: (f"{n}", 200, 1000 + n),
    "short pairs": lambda n: (f"{n}", 200, [(f"{n}",)]),
    "value without a text": lambda n: (f"{n}", 200, {"X": Refusing()}),
    "surrogate": lambda n: (f"{n} \ud800",),
    "surrogate after headers": lambda n: (f"{n} \ud800", 404, {"X": f"{n}"}),
    "content type with a line break": lambda n: ("", 200, None, None, f"{n}\n"),
    "too many": lambda n: (f"{n}", 200, None, None, None, False, n),
}


def build(cls: type[t.Any], make: Make, place: str, number: int) -> None:
    cls(**{place: make(number)})


def build_with_keywords(cls: type[t.Any], make: Make, number: int) -> None:
    cls(**make(number))


def build_wrong(cls: type[t.Any], make: Make, number: int) -> None:
    flat.refuse(cls, *make(number))


def build_with_wrong_keyword(cls: type[t.Any], number: int) -> None:
    flat.refuse(lambda: cls(f"{number}", **{f"other{number}": number}))
    flat.refuse(lambda: cls(f"{number}", response=f"{number}"))


def initialize_again(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}", 404)
    response.call_on_close(lambda: None)
    response.__init__([f"{number}"], headers={"X": f"{number}"})


COMBINATIONS = list(
    itertools.product(*(forms.values() for forms in (BODIES, STATUSES, HEADERS)))
)


def build_combination(cls: type[t.Any], number: int) -> None:
    cls(*(make(number) for make in COMBINATIONS[number * 7 % len(COMBINATIONS)]))


def main() -> None:
    cases: dict[str, flat.Case] = {}
    for cls in (wrappers.Response, fastresp.Response):
        module = cls.__module__
        for place, forms in (
            ("response", BODIES),
            ("status", STATUSES),
            ("headers", HEADERS),
        ):
            for name, make in forms.items():
                cases[f"{module}, {place}, {name}"] = functools.partial(
                    build, cls, make, place
                )
        for name, make in KEYWORDS.items():
            cases[f"{module}, keywords, {name}"] = functools.partial(
                build_with_keywords, cls, make
            )
        for name, make in WRONG.items():
            cases[f"{module}, wrong, {name}"] = functools.partial(
                build_wrong, cls, make
            )
        for function in (build_with_wrong_keyword, initialize_again, build_combination):
            cases[f"{module}, {function.__name__}"] = functools.partial(function, cls)
    flat.check(cases, 1500)


if __name__ == "__main__":
    main()
