"""What all of these tests need: each answer is of the same second."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
import time
import typing as t

import pytest
from conftest import NOW

pytest.register_assert_rewrite("neighbours.visits")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="fail when a package is missing"
    )


def pytest_report_header() -> str:
    """The versions of the extra's packages, up to one that is missing."""
    versions = []
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for requirement in importlib.metadata.requires("fastresp") or ():
            if 'extra == "neighbours"' in requirement:
                name = re.split(r"[^\w-]", requirement)[0]
                versions.append(f"{name} {importlib.metadata.version(name)}")
    return f"neighbours: {', '.join(versions)}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: t.Any = session.config.pluginmanager.get_plugin("terminalreporter")
    # Not there to ask for when the directory is one of several.
    if session.config.getoption("--no-skips", False) and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def frozen_time(
    frozen_date: None, frozen_clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for packages that ask ``time.time()``."""
    monkeypatch.setattr(time, "time", lambda: float(NOW))
