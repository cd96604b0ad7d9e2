"""Response classes of one's own, from the documentation.

They inherit from Flask's class, and work the same without fastresp.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from flask import Flask
from flask import jsonify
from flask import Response
from werkzeug.datastructures import Headers


# Recipe: the media type comes from the text.
def media_type(text: str) -> str | None:
    """What a text looks like; ``None`` if it could be anything."""
    start = text[:64].lstrip().lower()
    if start.startswith("<?xml"):
        return "application/xml"
    if start.startswith(("<!doctype html", "<html")):
        return "text/html"
    if start.startswith(("{", "[")) and text.rstrip().endswith(("}", "]")):
        return "application/json"
    return None


class RecognizingResponse(Response):
    """Gives a ``str`` the media type that it looks like, where nothing else
    says which it is."""

    default_mimetype = "text/plain"

    def __init__(
        self,
        response: t.Any = None,
        status: t.Any = None,
        headers: t.Any = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        if (
            isinstance(response, str)
            and mimetype is None
            and content_type is None
            and "Content-Type" not in Headers(headers)
        ):
            mimetype = media_type(response)
        super().__init__(
            response, status, headers, mimetype, content_type, direct_passthrough
        )


# Recipe: force_type makes a response of more than responses.
def is_record(value: object) -> bool:
    return isinstance(value, Mapping) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    )


class RecordResponse(Response):
    """Takes mappings and dataclasses for JSON objects, beside what Werkzeug's
    class takes."""

    @classmethod
    def force_type(cls, response: t.Any, environ: t.Any = None) -> t.Any:
        if is_record(response):
            if isinstance(response, Mapping):
                response = dict(response)
            response = jsonify(response)
        return super().force_type(response, environ)


# Recipe: Flask asks it about values that Flask itself would refuse.
class RecordApp(Flask):
    response_class = RecordResponse

    def make_response(self, rv: t.Any) -> t.Any:
        body, *rest = rv if isinstance(rv, tuple) else (rv,)
        if is_record(body) and not isinstance(body, dict):
            body = self.response_class.force_type(body)
            rv = (body, *rest) if rest else body
        return super().make_response(rv)


# end of the recipes
