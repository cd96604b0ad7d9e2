"""Cookies of every form, also those that are left to Werkzeug or refused, leave
nothing behind."""

from __future__ import annotations

import datetime as dt
import functools
import typing as t
import warnings

import flask
import flat
from leaks_emission import send
from werkzeug.datastructures import Headers

import fastresp
from fastresp import wrappers

Arguments = t.Callable[[int], dict[str, t.Any]]

UTC = dt.timezone.utc
START = dt.datetime(2030, 1, 1)

COOKIES: dict[str, Arguments] = {
    "plain": lambda n: {"value": f"v{n}"},
    "all": lambda n: {
        "value": f"v{n}",
        "max_age": n,
        "expires": f"{n}",
        "path": f"/{n}",
        "domain": f"h{n}.example",
        "secure": True,
        "httponly": True,
        "samesite": "lax",
    },
    "quoted": lambda n: {"value": f"{n};"},
    "UTF-8": lambda n: {"value": f"{n}é→"},
    "long": lambda n: {"value": f"{n}" * 500},
    "from now": lambda n: {"max_age": n},
    "long from now": lambda n: {"max_age": 32000000000 + n},
    "timedelta": lambda n: {"max_age": dt.timedelta(0, n)},
    "timestamp": lambda n: {"expires": 1e9 + n},
    "date": lambda n: {"expires": START + dt.timedelta(n)},
    "aware date": lambda n: {"expires": START.replace(tzinfo=UTC) + dt.timedelta(n)},
    # Left to Werkzeug.
    "negative timestamp": lambda n: {"expires": -n},
    "day": lambda n: {"expires": (START + dt.timedelta(n)).date()},
    "path": lambda n: {"path": f"/ä{n}"},
    "domain": lambda n: {"domain": f".ä{n}.example:80"},
    "number": lambda n: {"secure": n},
}
REFUSED: dict[str, Arguments] = {
    "surrogate": lambda n: {"value": f"{n}\ud800"},
    "value": lambda n: {"value": n},
    "line break": lambda n: {"expires": f"{n}\n"},
    "samesite": lambda n: {"samesite": f"{n}"},
    "domain": lambda n: {"domain": f"{n}..x"},
    "date": lambda n: {"expires": 10**12 + n},
    "from now": lambda n: {"max_age": 10**12 + n},
    "max_age": lambda n: {"max_age": 1 << (70 + n % 50)},
    "argument": lambda n: {f"other{n}": n},
    "too many": lambda n: {f"other{n}, {index}": n for index in range(30)},
}


def set_one(cls: type[t.Any], arguments: Arguments, number: int) -> None:
    response = cls(f"{number}")
    response.set_cookie(f"k{number}", **arguments(number))
    send(response)


def refused(cls: type[t.Any], arguments: Arguments, number: int) -> None:
    response = cls(f"{number}")
    flat.refuse(lambda: response.set_cookie(f"k{number}", **arguments(number)))


def deleted(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    response.delete_cookie(f"k{number}")
    response.delete_cookie(f"k{number}", f"/{number}", domain=f"h{number}")
    flat.refuse(response.delete_cookie)
    flat.refuse(response.delete_cookie, f"k{number}", "/", None, 1, 2, 3, 4, 5, 6)
    send(response)


def hooked(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    response.set_cookie = functools.partial(cls.set_cookie, response, value=f"{number}")
    response.delete_cookie(f"k{number}")
    response.headers = Headers({f"X-{number}": f"{number}"})
    response.set_cookie(f"k{number}")
    response.headers._list = ()
    flat.refuse(response.set_cookie, f"k{number}")
    del response.headers
    flat.refuse(response.set_cookie, f"k{number}")


def too_large(cls: type[t.Any], number: int) -> None:
    response = cls(f"{number}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat.refuse(response.set_cookie, f"k{number}", "x" * 5000)


def main() -> None:
    cases: dict[str, flat.Case] = {}
    for cls in (wrappers.Response, fastresp.Response):
        module = cls.__module__
        for name, arguments in COOKIES.items():
            cases[f"{module}, {name}"] = functools.partial(set_one, cls, arguments)
        for name, arguments in REFUSED.items():
            cases[f"{module}, refused, {name}"] = functools.partial(
                refused, cls, arguments
            )
        for other in (deleted, hooked, too_large):
            cases[f"{module}, {other.__name__}"] = functools.partial(other, cls)
    with flask.Flask("app").app_context():
        flat.check(cases, 500)


if __name__ == "__main__":
    main()
