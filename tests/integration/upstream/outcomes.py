"""The hooks by which a plugin of pytest writes down how each test ended."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    import pytest

RANKS = ["passed", "xpassed", "xfailed", "skipped", "failed", "error"]
outcomes: dict[str, tuple[str, str]] = {}


def note_outcome(test: str, outcome: str, text: str) -> None:
    before = outcomes.get(test, ("passed", ""))
    if test not in outcomes or RANKS.index(outcome) > RANKS.index(before[0]):
        outcomes[test] = outcome, text


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if not report.passed:
        note_outcome(f"{report.nodeid} (collection)", "error", report.longreprtext)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcome: str = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xpassed" if report.passed else "xfailed"
    elif report.failed and report.when != "call":
        outcome = "error"
    note_outcome(report.nodeid, outcome, report.longreprtext)
