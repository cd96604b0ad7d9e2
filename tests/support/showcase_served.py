"""The showcase for servers that are told a module and a name."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "showcase"))

from app import create_app  # noqa: E402
from flask import Flask  # noqa: E402

import fastresp  # noqa: E402


def with_count(fast: bool) -> Flask:
    app = create_app(fast)

    @app.get("/emitted")
    def emitted() -> str:
        return str(fastresp.fast_path_counts()["emitted"])

    return app


stock = with_count(fast=False)
fast = with_count(fast=True)
