import typing as t
from collections.abc import Mapping

from werkzeug.datastructures import Headers

_HeaderFields: t.TypeAlias = (
    list[tuple[str, str]]
    | tuple[tuple[str, str], ...]
    | Mapping[str, str | list[str] | tuple[str, ...]]
    | Headers
)

LAST_CHUNK: bytes

def render_head(
    status: str | int,
    headers: _HeaderFields,
    *,
    version: t.Literal["1.0", "1.1"] = "1.1",
) -> bytes: ...
def render_informational(status: str | int, headers: _HeaderFields = ()) -> bytes: ...
def date_header() -> tuple[str, str]: ...
def chunk_head(size: int) -> bytes: ...
