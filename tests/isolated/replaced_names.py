"""Keys whose ``__eq__`` replaces the very dictionary, or set, that is looked into.

Whatever is read there has to be owned before the next call. Run with debug
allocators, which overwrite what was freed.
"""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import functools
import gc
import typing as t
import weakref

import flask
import werkzeug.http
import werkzeug.sansio.response
import werkzeug.utils
import werkzeug.wrappers.response
from flask.json import provider as flask_provider
from werkzeug.exceptions import NotFound

import fastresp

armed: list[cabc.Callable[[], None]] = []
junk: list[t.Any] = []


class Key(str):
    """Equal to nothing; the first comparison while armed replaces things."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        while armed:
            armed.pop()()
            gc.collect()
            junk[:] = [set(f"abc{n}") for n in range(30)]
            junk.extend(bytes(size) for size in range(40, 400, 8))
        return False


class Number(int):
    """The same for the keys of a dictionary of numbers."""

    __hash__ = int.__hash__
    __eq__ = Key.__eq__


def replace_charsets() -> cabc.Callable[[], None]:
    others = {f"application/x{n}" for n in range(40)}
    werkzeug.utils._charset_mimetypes = {Key("application/json"), *others}

    def replace() -> None:
        werkzeug.utils._charset_mimetypes = {"application/ecmascript"}

    return replace


def in_dictionary(
    names: dict[t.Any, t.Any], keys: cabc.Iterable[str]
) -> cabc.Callable[[], None]:
    """Puts keys in front of those that are looked for; their comparison gives each
    of these another object for its value, and the same one back."""
    values = {key: names[key] for key in keys if key in names}
    rest = {key: value for key, value in names.items() if key not in values}
    names.clear()
    for key, value in values.items():
        names[Key(key)] = None
        names[key] = value
    names.update(rest)

    def replace() -> None:
        for key, value in values.items():
            names[key] = object()
            names[key] = value

    return replace


def in_statuses() -> cabc.Callable[[], None]:
    statuses = werkzeug.http.HTTP_STATUS_CODES
    before = dict(statuses)
    statuses.clear()
    for code, phrase in before.items():
        statuses[Number(code)] = "none"
        statuses[code] = phrase

    def replace() -> None:
        statuses.update({code: "".join(phrase) for code, phrase in before.items()})

    return replace


app = flask.Flask("replaced")
fastresp.FastResp(app)
NAMES = (
    *("_charset_mimetypes", "escape", "redirect", "json", "Response", "iri_to_uri"),
    *("dump_cookie", "http_date", "datetime", "quote", "parse_set_header"),
    *("quote_header_value", "_get_environ", "is_resource_modified", "quote_etag"),
)
SETTINGS = ("DEBUG", "MAX_COOKIE_SIZE", "SESSION_COOKIE_NAME")
PLACES: dict[str, cabc.Callable[[], cabc.Callable[[], None]]] = {
    "charset": replace_charsets,
    "config": lambda: in_dictionary(app.config, SETTINGS),
    "app": lambda: in_dictionary(vars(app), ("config", "json", "response_class")),
    "provider": lambda: in_dictionary(vars(app.json), ("_app", "compact", "dumps")),
    "statuses": in_statuses,
    "utils": lambda: in_dictionary(vars(werkzeug.utils), NAMES),
    "http": lambda: in_dictionary(vars(werkzeug.http), NAMES),
    "sansio": lambda: in_dictionary(vars(werkzeug.sansio.response), NAMES),
    "wrappers": lambda: in_dictionary(vars(werkzeug.wrappers.response), NAMES),
    "flask's provider": lambda: in_dictionary(vars(flask_provider), NAMES),
}


def with_cookies() -> t.Any:
    response = app.response_class("cookies")
    response.set_cookie("a", "b", max_age=5)
    response.vary.add("Cookie")
    response.add_etag()
    return response.make_conditional(flask.request)


VIEWS: dict[str, cabc.Callable[[], t.Any]] = {
    "text": lambda: "text",
    "tuple": lambda: ("text", 201, {"X-A": "b"}),
    "json": lambda: {"a": [1, "b"]},
    "list": lambda: ["text"],
    "redirect": lambda: app.redirect("/there"),
    "error": lambda: NotFound("described"),
    "304": lambda: ("text", 304, {"ETag": '"a"', "X-Own": "1"}),
    "cookies": with_cookies,
}


def answer(view: cabc.Callable[[], t.Any], environ: dict[str, t.Any]) -> t.Any:
    with app.request_context(environ):
        response = app.make_response(view())
        sent: list[t.Any] = []

        def remember(*args: t.Any) -> t.Any:
            sent.extend(args)

        chunks: t.Any = response(environ, remember)
        body = b"".join(chunks)
        chunks.close()
    status, fields = sent
    return status, [field for field in fields if field[0] != "Date"], body


def front(names: dict[t.Any, t.Any], key: str) -> None:
    """Put a key where a search for another one comes by first."""
    items = dict(names)
    names.clear()
    names[Key(key)] = None
    names.update(items)


def lose() -> None:
    """Keys whose comparison drops the last reference to what is looked into, or to
    what is found there."""

    def create_app() -> flask.Flask:
        app = flask.Flask("app", static_folder=None)
        fastresp.FastResp(app)
        return app

    def replace_app(app: flask.Flask) -> None:
        vars(app.json)["_app"] = weakref.proxy(create_app())

    def replace_config(app: flask.Flask) -> None:
        vars(app)["config"] = flask.Config("", {"DEBUG": False})

    def empty(app: flask.Flask) -> None:
        vars(app.json).clear()

    places: dict[str, cabc.Callable[[flask.Flask], dict[str, t.Any]]] = {
        "_app": lambda app: vars(app.json),
        "config": lambda app: vars(app),
        "DEBUG": lambda app: app.config,
    }
    for key, act in (
        ("_app", replace_app),
        ("_app", empty),
        ("config", replace_config),
        ("DEBUG", replace_config),
    ) * 60:
        app = create_app()
        front(places[key](app), key)
        armed[:] = [functools.partial(act, app)]
        for _ in range(3):
            for use in (app.make_response, app.json.dumps):
                with contextlib.suppress(AttributeError, KeyError, ReferenceError):
                    use({"a": [1, "b"]})
        assert not armed, key


def main() -> None:
    with app.test_request_context() as context:
        environ = context.request.environ
    right = {
        name: answer(view, dict(environ))
        for name, view in VIEWS.items()
        if name != "cookies"
    }
    # Collections look at what is made from here on.
    gc.freeze()
    for place, prepare in PLACES.items():
        replace = prepare()
        for name, view in VIEWS.items():
            for key in ("", "REQUEST_METHOD", "HTTP_IF_NONE_MATCH"):
                keys: dict[str, t.Any] = {Key(key): ""} if key else {}
                asked = {**keys, **environ}
                armed[:] = [replace]
                got = answer(view, asked)
                armed.clear()
                if name in right:
                    assert got == right[name], (place, name, got, right[name])
                else:
                    assert got[2] == b"cookies", (place, got)
                    assert got[1][-1][0] == "ETag", (place, got)
    lose()


if __name__ == "__main__":
    main()
