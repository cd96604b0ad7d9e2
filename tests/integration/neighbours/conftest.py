"""What all of these tests need: each answer is of the same second."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import re
import time
import typing as t

import pytest
from conftest import Clock
from conftest import NOW

pytest.register_assert_rewrite("neighbours.visits")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="fail when a package is missing"
    )


def pytest_report_header() -> str:
    """The versions of those of the extras' packages that are there."""
    versions = set()
    missing = importlib.metadata.PackageNotFoundError
    with contextlib.suppress(missing):
        for requirement in importlib.metadata.requires("fastresp") or ():
            name = re.split(r"[^\w-]", requirement)[0]
            if 'extra == "neighbours' in requirement:
                with contextlib.suppress(missing):
                    versions.add(f"{name} {importlib.metadata.version(name)}")
    return f"neighbours: {', '.join(sorted(versions))}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: t.Any = session.config.pluginmanager.get_plugin("terminalreporter")
    # Not there to ask for when the directory is one of several.
    if session.config.getoption("--no-skips", False) and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class FrozenClock(Clock):
    @classmethod
    def utcnow(cls) -> t.Any:
        return cls.now()


@pytest.fixture(autouse=True)
def constant_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens, salts, UUIDs and nonces are what they were the last time."""
    monkeypatch.setattr("os.urandom", lambda size: b"\1" * size)
    monkeypatch.setattr("random._urandom", lambda size: b"\1" * size)


@pytest.fixture(autouse=True)
def frozen_time(
    frozen_date: None, frozen_clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for packages that ask ``time.time()``, where users are remembered, and
    where files expire."""
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    monkeypatch.setattr("werkzeug.utils.time", time.time)
    # Durations.
    monkeypatch.setattr("timeit.default_timer", lambda: 1.0)
    for name in (
        "flask_login.login_manager",
        "flask_jwt_extended.tokens",
        "jwt.api_jwt",
    ):
        with contextlib.suppress(ImportError):
            module = importlib.import_module(name)
            monkeypatch.setattr(module, "datetime", FrozenClock)
