"""What every test needs: the compiled modules, and the pairs under comparison."""

from __future__ import annotations

import datetime
import functools
import inspect
import os
import time
import types
import typing as t

import flask
import flask.sessions
import pytest
from itsdangerous import timed
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


#: On a build with sanitizers, memory and addresses are other ones.
SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")
not_sanitized = pytest.mark.skipif(SANITIZED, reason="measures memory")
#: Theirs have no place in a browser.
BROWSERS_ENVIRON = {
    name: value for name, value in os.environ.items() if name != "LD_PRELOAD"
}


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


def same(program: t.Callable[[type[t.Any]], t.Any], pair: Pair) -> None:
    fast = program(pair.fast)
    assert fast == program(pair.stock)


def compared(
    program: t.Callable[..., t.Any],
    same: t.Callable[[t.Callable[[type[t.Any]], t.Any], Pair], None] = same,
) -> t.Callable[..., None]:
    """Make a test of a program whose first argument is a response class: for each
    pair, what it returns is the same for both classes."""
    first, *others = inspect.signature(program).parameters.values()

    @functools.wraps(program)
    def test(pair: Pair, *args: t.Any, **kwargs: t.Any) -> None:
        same(lambda cls: program(cls, *args, **kwargs), pair)

    signature = inspect.Signature([first.replace(name="pair"), *others])
    test.__signature__ = signature  # type: ignore[attr-defined]
    return test


@pytest.fixture
def frozen_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """``Date``, where it is set to now, is always the same.

    By the clock, which Werkzeug and the compiled code both read: with another
    function in place of Werkzeug's, all would be left to Werkzeug.
    """
    monkeypatch.setattr(time, "time", lambda: 0.0)


NOW = 1_000_000_000


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> t.Any:
        return cls.fromtimestamp(NOW, tz)


@pytest.fixture
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures and expiry dates of all apps are of the same second."""
    monkeypatch.setattr(timed, "time", types.SimpleNamespace(time=lambda: NOW))
    monkeypatch.setattr(flask.sessions, "datetime", Clock)


def apps() -> list[flask.Flask]:
    """A stock app, and two with fastresp."""
    stock, with_class, extended = (flask.Flask("app") for _ in range(3))
    with_class.response_class = fastresp.Response
    fastresp.FastResp(extended)
    return [stock, with_class, extended]


def counted(name: str) -> int:
    return fastresp.fast_path_counts()[name]
