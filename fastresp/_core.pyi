import typing as t
import weakref
from collections.abc import Callable
from http import HTTPStatus

from flask import Flask
from flask import Response

METHODS: dict[str, t.Any]

def fast_path_counts() -> dict[str, int]: ...
def is_own_function(owner: type[t.Any], name: str, value: object) -> bool: ...
def render_status(status: int | str | HTTPStatus) -> tuple[str, int]: ...
def normalize_headers(headers: t.Any = None) -> list[tuple[str, str]]: ...
def dispatch(
    value: object, response_class: type[t.Any]
) -> tuple[
    t.Literal["response", "body", "json", "coerce", "invalid"], t.Any, t.Any, t.Any
]: ...
def response_maker(
    app: weakref.ref[Flask], stock: Callable[[Flask, t.Any], Response]
) -> Callable[[t.Any], Response]: ...
