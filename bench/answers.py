"""What an implementation answers, in a form that JSON can carry, and how two
answers differ."""

from __future__ import annotations

import collections.abc as cabc
import hashlib
import os
import typing as t

#: Bytes of a body that are kept, to show where one differs.
SHOWN = 2000


class Digest(t.TypedDict):
    status: str
    fields: list[list[str]]
    length: int
    sha256: str
    #: The body's start, as latin-1.
    start: str


def text_of(part: object) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)


def digest(status: object, fields: cabc.Iterable[t.Any], body: bytes) -> Digest:
    return {
        "status": text_of(status),
        "fields": [[text_of(name), text_of(value)] for name, value in fields],
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "start": body[:SHOWN].decode("latin-1"),
    }


def difference(expected: Digest, got: Digest, *, exact: bool) -> str:
    """In words; empty if there is none.

    :param exact: Whether the fields' order, the case of their names and the order
        and case of a cookie's attributes count. ASGI has neither reason phrases nor
        upper case in names, and no client minds: frameworks are not asked for them.
    """
    found = []
    if not same_status(expected["status"], got["status"], exact):
        found.append(f"status {got['status']!r}, expected {expected['status']!r}")
    found += field_differences(expected["fields"], got["fields"], exact)
    if got["sha256"] != expected["sha256"]:
        found.append(body_difference(expected, got))
    return "; ".join(found)


def same_status(expected: str, got: str, exact: bool) -> bool:
    return got == expected or (not exact and got == expected.partition(" ")[0])


def field_differences(
    expected: list[list[str]], got: list[list[str]], exact: bool
) -> list[str]:
    if exact and got == expected:
        return []
    wanted, there = ([comparable(field, exact) for field in f] for f in (expected, got))
    found = [f"without {name}: {value}" for name, value in missing(wanted, there)]
    found += [f"with {name}: {value}" for name, value in missing(there, wanted)]
    if exact and not found:
        found.append("fields in another order")
    return found


def comparable(field: list[str], exact: bool) -> tuple[str, str]:
    name, value = field
    if exact:
        return (name, value)
    if name.lower() == "set-cookie":
        pair, *attributes = value.strip().split("; ")
        value = "; ".join([pair, *sorted(map(str.lower, attributes))])
    return (name.lower(), value)


def missing(
    fields: list[tuple[str, str]], there: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    rest = list(there)
    found = []
    for field in fields:
        if field in rest:
            rest.remove(field)
        else:
            found.append(field)
    return found


def body_difference(expected: Digest, got: Digest) -> str:
    lengths = f"body of {got['length']:,} bytes"
    if got["length"] != expected["length"]:
        lengths += f", expected {expected['length']:,}"
    ours, theirs = got["start"], expected["start"]
    if ours == theirs:
        return f"{lengths}: differs after byte {SHOWN:,}"
    at = len(os.path.commonprefix([ours, theirs]))
    there, wanted = ours[at : at + 20], theirs[at : at + 20]
    return f"{lengths}: at byte {at:,} {there!r}, expected {wanted!r}"
