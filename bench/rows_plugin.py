"""What the suite of rows takes and tells: options, the machine, progress."""

from __future__ import annotations

import platform
import shlex
import signal
import typing as t
from importlib.metadata import distributions

import pytest
from interpreter import described

import fastresp

#: Whose versions stand in the report.
NAMED = {
    *("aiohttp", "blacksheep", "bottle", "cython", "django", "falcon", "fastresp"),
    *("flask", "gunicorn", "h11", "jinja2", "litestar", "markupsafe", "msgspec"),
    *("orjson", "pytest-benchmark", "starlette", "webob", "werkzeug"),
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


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Function]
) -> None:
    wanted = config.getoption("--only")
    if not wanted:
        return
    kept: list[pytest.Function] = []
    others: list[pytest.Function] = []
    for item in items:
        named = item.callspec.params if hasattr(item, "callspec") else {}
        name = f"{named.get('suite', 'Instructions')}: {named.get('row', '')}"
        (kept if wanted in name else others).append(item)
    if not kept:
        raise pytest.UsageError(f"no row has {wanted!r} in its name")
    config.hook.pytest_deselected(items=others)
    items[:] = kept


class Stop:
    """Ends the session after the row that is being measured, which is cut short, so
    that everything that is done is stored. The second time, it ends at once."""

    def __init__(self) -> None:
        self.asked = False
        self.session: pytest.Session | None = None

    def __call__(self, number: int, frame: t.Any) -> None:
        if self.asked or self.session is None:
            raise KeyboardInterrupt
        self.asked = True
        self.session.shouldstop = "stopped: what is done is stored"


STOP = Stop()


def pytest_sessionstart(session: pytest.Session) -> None:
    STOP.session = session
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, STOP)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """The figure itself, in place of "PASSED"."""
    said = dict(report.user_properties).get("figure")
    if report.when == "call" and report.passed and said:
        return "passed", ".", str(said)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(
    config: pytest.Config, benchmarks: t.Any, output_json: dict[str, t.Any]
) -> None:
    output_json["environment"] = environment(config)


def environment(config: pytest.Config) -> dict[str, t.Any]:
    # A distribution's name is in the spelling of its author.
    found = {
        str(each.metadata["Name"]).lower(): each.version for each in distributions()
    }
    return {
        "machine": platform.machine(),
        "kernel": f"{platform.system()} {platform.release()}",
        "cpu": processor(),
        "python": f"{described()} ({platform.python_compiler()})",
        "versions": {name: found[name] for name in sorted(NAMED & found.keys())},
        "accelerated": fastresp.ACCELERATED,
        "command": shlex.join(
            ["python", "-m", "pytest", *map(str, config.invocation_params.args)]
        ),
    }


def processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
