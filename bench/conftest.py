"""Options of the suite of rows, and additions to pytest-benchmark's file."""

from __future__ import annotations

import typing as t

import pytest
from interpreter import described
from interpreter import packages


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rows of the report")
    group.addoption("--rounds", type=int, default=40, help="default: %(default)s")
    group.addoption("--only", default="", help='only rows with this in "suite: row"')


def pytest_configure(config: pytest.Config) -> None:
    # Ctrl-C before a row is measured must not become an error that loses the others.
    if config.pluginmanager.hasplugin("benchmark"):
        name = "pytest_benchmark.logger.PytestBenchmarkWarning"
        config.addinivalue_line("filterwarnings", f"ignore::{name}")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    wanted = config.getoption("--only").lower()
    others = [item for item in items if wanted not in item.name.lower()]
    if len(others) == len(items):
        raise pytest.UsageError(f"no row has {wanted!r} in its name")
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show the figure instead of "PASSED"."""
    # A report of the collection has none.
    figure = dict(getattr(report, "user_properties", ())).get("figure")
    if report.when == "call" and report.passed and figure:
        return "passed", ".", str(figure)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, t.Any]
) -> None:
    machine_info |= {
        "interpreter": described(),
        "packages": packages(),
        "arguments": " ".join(map(str, config.invocation_params.args)),
    }
