"""Options of the suite of rows, and additions to pytest-benchmark's file."""

from __future__ import annotations

import typing as t
from importlib.metadata import distributions

import pytest
from interpreter import described

import fastresp

#: Packages whose versions are in the report.
NAMED = {
    *("aiohttp", "blacksheep", "cython", "falcon", "fastresp", "flask"),
    *("gunicorn", "h11", "jinja2", "litestar", "markupsafe", "msgspec", "orjson"),
    *("pytest-benchmark", "starlette", "werkzeug"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rows of the report")
    group.addoption("--rounds", type=int, default=40, help="default: %(default)s")
    group.addoption("--only", default="", help="only rows with this in their name")
    group.addoption(
        "--row-seconds",
        type=float,
        default=30.0,
        help="a row that would take longer has fewer rounds (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Ctrl-C before a row is measured must not become an error that loses the others.
    if config.pluginmanager.hasplugin("benchmark"):
        name = "pytest_benchmark.logger.PytestBenchmarkWarning"
        config.addinivalue_line("filterwarnings", f"ignore::{name}")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Function]
) -> None:
    wanted = config.getoption("--only")
    kept, others = [], []
    for item in items:
        named = item.callspec.params if hasattr(item, "callspec") else {}
        name = f"{named.get('suite', 'Instructions')}: {named.get('row', '')}"
        (kept if wanted in name else others).append(item)
    if not kept:
        raise pytest.UsageError(f"no row has {wanted!r} in its name")
    config.hook.pytest_deselected(items=others)
    items[:] = kept


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
    # Authors spell the names of distributions in different ways.
    found = {
        str(each.metadata["Name"]).lower(): each.version for each in distributions()
    }
    machine_info |= {
        "interpreter": described(),
        "packages": {name: found[name] for name in sorted(NAMED & found.keys())},
        "accelerated": fastresp.ACCELERATED,
        "arguments": " ".join(map(str, config.invocation_params.args)),
    }
