"""Return values through FastResp, also refused ones, leave nothing behind."""

from __future__ import annotations

import collections.abc as cabc
import functools
import gc
import http
import typing as t

import flask
import flat
from leaks_emission import GET
from leaks_emission import send
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp


class Pair(t.NamedTuple):
    body: t.Any
    status: t.Any


class Triple(tuple[t.Any, ...]):
    pass


class Text(str):
    pass


class Unready:
    """Neither a body nor an answer to what it is."""

    def __getattribute__(self, name: str) -> t.Any:
        raise RuntimeError(name)


def wsgi_app(environ: t.Any, start_response: t.Any) -> list[bytes]:
    start_response("299 From an app", [("X-App", environ["PATH_INFO"])])
    return [b"app"]


def chunks(number: int) -> cabc.Iterator[str]:
    yield f"{number}"


Make = t.Callable[[int], t.Any]

VALUES: dict[str, Make] = {
    "text": lambda n: f"täxt {n}",
    "bytes": lambda n: b"%d" % n,
    "bytearray": lambda n: bytearray(b"%d" % n),
    "subclass": lambda n: Text(n),
    "dict": lambda n: {f"{n}": [n, {"→": None}]},
    "list": lambda n: [f"{n}", n],
    "generator": lambda n: chunks(n),
    "iterator": lambda n: iter([f"{n}"]),
    "response": lambda n: fastresp.Response(f"{n}"),
    "stock response": lambda n: flask.Response(f"{n}", 404),
    "Werkzeug's response": lambda n: WerkzeugResponse(f"{n}"),
    "app": lambda n: wsgi_app,
    "body, status": lambda n: (f"{n}", 1000 + n),
    "body, line": lambda n: (f"{n}", f"404 Gone {n}"),
    "body, enum": lambda n: (f"{n}", http.HTTPStatus.CREATED),
    "body, dict": lambda n: (f"{n}", {f"X-{n}": [f"{n}", n]}),
    "body, pairs": lambda n: (f"{n}", [(f"X-{n}", f"{n}")]),
    "body, Headers": lambda n: (f"{n}", Headers({"X": f"{n}"})),
    "body, none": lambda n: (f"{n}", None),
    "body, status, headers": lambda n: (f"{n}", 404, {f"X-{n}": f"{n}"}),
    "json, status, headers": lambda n: ({"a": n}, 1000 + n, {f"X-{n}": f"{n}"}),
    "json, line": lambda n: ([n], f"404 Gone {n}"),
    "response, status": lambda n: (fastresp.Response(f"{n}"), 1000 + n),
    "stock response, headers": lambda n: (flask.Response(f"{n}"), {"X": f"{n}"}),
    "generator, status": lambda n: (chunks(n), 203),
    "named tuple": lambda n: Pair(f"{n}", 404),
    "subclass of tuple": lambda n: Triple((f"{n}", 404, {"X": f"{n}"})),
    "redirect": lambda n: flask.redirect(f"/{n}"),
}
REFUSED: dict[str, Make] = {
    "none": lambda n: None,
    "number": lambda n: 1000 + n,
    "empty tuple": lambda n: (),
    "short tuple": lambda n: (f"{n}",),
    "long tuple": lambda n: (f"{n}", 200, {}, n),
    "body none": lambda n: (None, 204),
    "nested tuple": lambda n: ((f"{n}", 201), 202),
    "status of a wrong type": lambda n: ([n], object()),
    "empty status": lambda n: (f"{n}", ""),
    "line break": lambda n: (f"{n}", {"X": f"{n}\n"}),
    "line break beside json": lambda n: ({"a": n}, {"X": f"{n}\n"}),
    "wrong headers": lambda n: (f"{n}", 200, 1000 + n),
    "surrogate": lambda n: f"{n} \ud800",
    "no json": lambda n: {"a": {n}},
    "no class": lambda n: Unready(),
}


def make(app: flask.Flask, value: Make, number: int) -> None:
    send(app.make_response(value(number)))


def refuse(app: flask.Flask, value: Make, number: int) -> None:
    flat.refuse(lambda: make(app, value, number))


def request(app: t.Any, path: str, number: int) -> None:
    send(app, {**GET, "PATH_INFO": path})


def app_of_its_own(number: int) -> None:
    if number % 20:  # slow
        return
    app = flask.Flask(f"app{number}")

    class Response(flask.Response):
        default_mimetype = f"text/x-{number}"

    app.response_class = Response
    fastresp.FastResp(app)
    app.add_url_rule("/", "view", lambda: f"{number}")
    request(app, "/", number)
    make_response, redirect = app.make_response, app.redirect
    del app
    gc.collect()
    flat.refuse(make_response, f"{number}")
    flat.refuse(redirect, f"/{number}")


def create_app(extended: bool = True) -> flask.Flask:
    app = flask.Flask("app")
    if extended:
        fastresp.FastResp(app)
    app.logger.disabled = True

    @app.route("/<kind>")
    def view(kind: str) -> t.Any:
        if kind == "abort":
            flask.abort(404)
        if kind == "error":
            raise RuntimeError(kind)
        return None if kind == "none" else kind

    @app.errorhandler(500)
    def fail(error: Exception) -> t.Any:
        return {"error": str(error)}, 500

    @app.after_request
    def change(response: t.Any) -> t.Any:
        response.headers["X-After"] = response.status
        response.data += b"after"
        return response

    return app


def main() -> None:
    app = create_app()
    cases: dict[str, flat.Case] = {"app of its own": app_of_its_own}
    for name, value in VALUES.items():
        cases[name] = functools.partial(make, app, value)
    for name, value in REFUSED.items():
        cases[f"refused, {name}"] = functools.partial(refuse, app, value)
    for path in ("/text", "/abort", "/error", "/none", "/no/where"):
        cases[f"request, {path}"] = functools.partial(request, app, path)
    with app.test_request_context():
        flat.check(cases, 500)


if __name__ == "__main__":
    main()
