"""What every test needs: the compiled modules, and the pairs under comparison."""

from __future__ import annotations

import os
import typing as t

import flask
import pytest
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import wrappers


def pytest_configure(config: pytest.Config) -> None:
    # Without this, a failed compile would turn the parity suite into a
    # comparison of Werkzeug with itself.
    if not fastresp.ACCELERATED and os.environ.get("FASTRESP_NO_EXT") != "1":
        raise pytest.UsageError(
            "fastresp's compiled modules are missing; build them, or set"
            " FASTRESP_NO_EXT=1 to test the package without them."
        )


class Pair(t.NamedTuple):
    """A stock class and its drop-in."""

    stock: type[t.Any]
    fast: type[t.Any]


PAIRS = {
    "werkzeug": Pair(WerkzeugResponse, wrappers.Response),
    "flask": Pair(flask.Response, fastresp.Response),
}


@pytest.fixture(params=list(PAIRS.values()), ids=list(PAIRS))
def pair(request: pytest.FixtureRequest) -> Pair:
    return t.cast(Pair, request.param)


def counted(name: str) -> int:
    return fastresp.fast_path_counts()[name]
