"""Sorted dicts of any size within each other: no pair is put where there is no room.

``PYTHONMALLOC=debug`` tells what is written behind a block of memory.
"""

from __future__ import annotations

import json
import typing as t

import fastresp
from fastresp._compiled import json as _json

KEYWORDS: dict[str, t.Any] = {"sort_keys": True}


def main() -> None:
    before = fastresp.fast_path_counts()["encoded"]
    attempts = 0
    for outer in (1, 47, 48, 49, 50, 97):
        for inner in range(1, 200):
            obj: dict[str, t.Any] = {f"k{number}": number for number in range(outer)}
            obj["a"] = {f"{number}": number for number in range(inner)}
            assert _json.dumps(obj, KEYWORDS) == json.dumps(obj, **KEYWORDS)
            attempts += 1
    # Not a comparison of the standard library with itself.
    assert fastresp.fast_path_counts()["encoded"] - before == attempts


if __name__ == "__main__":
    main()
