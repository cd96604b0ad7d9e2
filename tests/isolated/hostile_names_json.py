"""Keys of attribute and configuration dicts whose comparison replaces what is being
looked up: nothing that was freed is used."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import gc
import typing as t
import weakref

import flask

import fastresp


class Key(str):
    """Found in the place of another key, and acts when it is compared."""

    act: cabc.Callable[[], object]
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        act, self.act = self.act, lambda: None
        act()
        return False


def plant(names: dict[str, t.Any], name: str, act: cabc.Callable[[], object]) -> None:
    """Put a key where a search for another one comes by first."""
    items = dict(names)
    names.clear()
    key = Key(name)
    key.act = lambda: None
    names[key] = None
    names.update(items)
    key.act = act


def create_app() -> flask.Flask:
    app = flask.Flask("app", static_folder=None)
    fastresp.FastResp(app)
    return app


def respond(app: flask.Flask) -> None:
    for _ in range(3):
        with contextlib.suppress(AttributeError, KeyError, ReferenceError, TypeError):
            app.make_response({"a": [1, "b"]})
        with contextlib.suppress(AttributeError, KeyError, ReferenceError, TypeError):
            app.json.dumps({"a": [1, "b"]})


def garbage() -> None:
    """Fill what was freed."""
    gc.collect()
    list(map(str, range(1000)))


def main() -> None:
    for number in range(60):
        app = create_app()
        names = vars(app.json)

        def replace_app(names: dict[str, t.Any] = names) -> None:
            names["_app"] = weakref.proxy(flask.Flask("other", static_folder=None))
            garbage()

        plant(names, "_app", replace_app if number % 2 else names.clear)
        respond(app)

        app = create_app()

        def replace_config() -> None:
            vars(app)["config"] = flask.Config("", {"DEBUG": False})  # noqa: B023
            garbage()

        with contextlib.suppress(AttributeError):
            plant(vars(app), "config", replace_config)
            respond(app)

        # The search in the configuration drops the last reference to it.
        app = create_app()
        plant(app.config, "DEBUG", replace_config)
        respond(app)


if __name__ == "__main__":
    main()
