"""Redirects, exceptions, WSGI callables, conditions and headers changed by hooks
leave nothing behind, however they end."""

from __future__ import annotations

import contextlib
import typing as t

import flask
import flat
from leaks_emission import send
from werkzeug import exceptions
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ

import fastresp

app = flask.Flask("app")
app.secret_key = "secret"
fastresp.FastResp(app)


class Refusing:
    def __str__(self) -> str:
        raise ZeroDivisionError


def application(n: int) -> t.Callable[..., t.Any]:
    def application(environ: t.Any, start_response: t.Any) -> t.Any:
        write = start_response("200 OK", [("X-Number", f"{n}")])
        if n % 3 == 0:
            write(b"%d" % n)
        if n % 3 == 1:
            return (b"%d" % number for number in range(n % 7))
        return [b"%d" % n, b"more"]

    return application


def failing(environ: t.Any, start_response: t.Any) -> t.Any:
    start_response("200 OK", [])
    raise ZeroDivisionError


def starting_twice(environ: t.Any, start_response: t.Any) -> t.Any:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        return start_response("500 ", [], exc_info=(type(error), error, None))


def silent(environ: t.Any, start_response: t.Any) -> t.Any:
    return []


class Own(exceptions.HTTPException):
    code = 418

    def get_body(self, *args: t.Any, **kwargs: t.Any) -> str:
        return f"own {self.description}"


def conditional(n: int) -> t.Any:
    response = app.response_class(f"body {n}" * (n % 3 + 1))
    response.add_etag(weak=n % 2 == 0)
    environ = create_environ()
    environ["HTTP_IF_NONE_MATCH"] = (response.headers["ETag"], f'"{n}"', "*")[n % 3]
    return response.make_conditional(environ)


def hooks(n: int) -> t.Any:
    response = app.make_response(f"{n}")
    headers = response.headers
    headers[f"X-{n}"] = f"{n}"
    headers.add("Set-Cookie", f"{n}")
    headers.add("Set-Cookie", n)
    headers.update({f"X-{n}": n, "x-other": f"{n}"})
    headers.extend([("X-A", f"{n}"), ("X-B", n)])
    headers.setdefault("X-C", f"{n}")
    del headers[f"x-{n}"]
    headers.pop("X-A")
    headers.pop("X-A", None)
    found = [headers.get("X-B"), headers.getlist("set-cookie"), list(headers)]
    headers.remove("Set-Cookie")
    response.vary.add(f"Cookie-{n}")
    response.vary.update(("Origin", f"{n} quoted"))
    response.allow.add("GET")
    response.vary.clear()
    copies = [headers.copy(), headers[:1], Headers(headers)]
    assert copies[0] == headers and found
    with contextlib.suppress(KeyError):
        headers[f"Y-{n}"]
    with contextlib.suppress(ValueError):
        headers["X-C"] = f"{n}\n"
    with contextlib.suppress(ZeroDivisionError):
        headers["X-C"] = Refusing()
    return response


def session(n: int) -> t.Any:
    response = app.make_response(f"{n}")
    flask.session["number"] = n
    return app.process_response(response)


VALUES: dict[str, t.Callable[[int], t.Any]] = {
    "redirect": lambda n: app.redirect(f"/to/{n}?a=<{n}>"),
    "redirect to a host": lambda n: app.redirect(f"http://host{n}/ä", code=301),
    "redirect to a line break": lambda n: app.redirect(f"/{n}\n"),
    "redirect with a wrong status": lambda n: app.redirect(f"/{n}", code=object()),  # type: ignore[arg-type]
    "redirect without a location": lambda n: app.redirect(),  # type: ignore[call-arg]
    "404": lambda n: exceptions.NotFound(),
    "404, described": lambda n: exceptions.NotFound(f"<{n}>\n"),
    "405": lambda n: exceptions.MethodNotAllowed([f"M{n}"]),
    "404, described by a number": lambda n: exceptions.NotFound(n),  # type: ignore[arg-type]
    "404, described by what refuses": lambda n: exceptions.NotFound(Refusing()),  # type: ignore[arg-type]
    "own exception": lambda n: Own(f"{n}"),
    "exception with a response": lambda n: Own(response=flask.Response(f"{n}")),
    "tuple with an exception": lambda n: (exceptions.Gone(), 400 + n % 50, {"X": n}),
    "application": application,
    "failing application": lambda n: failing,
    "application that starts twice": lambda n: starting_twice,
    "silent application": lambda n: silent,
    "class": lambda n: int,
    "conditional": conditional,
    "hooks": hooks,
    "session": session,
    "text": lambda n: f"é→{n}" * (n % 100 + 50),
    "surrogates": lambda n: f"\ud800→{n}" * (n % 100 + 50),
}


def case(make: t.Callable[[int], t.Any]) -> flat.Case:
    def run(n: int) -> None:
        with app.test_request_context(), contextlib.suppress(Exception):
            send(app.make_response(make(n)))

    return run


if __name__ == "__main__":
    flat.check({name: case(make) for name, make in VALUES.items()}, 500)
