"""A test from a function that sets one package up."""

from __future__ import annotations

import collections.abc as cabc
import functools
import importlib.util
import os
import subprocess
import sys
import typing as t

import pytest
from parity import Journal

from .visits import Browser
from .visits import compare
from .visits import visited
from .visits import WAYS

#: Set in the process of a test that has one for itself.
ALONE = "FASTRESP_NEIGHBOURS_ALONE"


def neighbour(
    *modules: str,
    options: cabc.Sequence[dict[str, t.Any]] = ({},),
    alone: dict[str, str] | None = None,
    create: t.Callable[..., t.Any] | None = None,
    **comparison: t.Any,
) -> t.Callable[[t.Callable[..., t.Any]], t.Callable[..., None]]:
    """Make a test of a function that gets an app and a journal, sets a package up,
    and returns the visit, or the visit and a WSGI application to visit.

    :param modules: the test is skipped where one of them is not installed.
    :param options: keyword arguments of the function; it runs with each of them.
    :param alone: the package patches what other tests use, and is imported in a
        process of its own, with these variables in its environment.
    :param create: makes the app, with the same keyword arguments.
    :param comparison: options of :func:`~neighbours.visits.compare`.
    """

    def decorate(setup: t.Callable[..., t.Any]) -> t.Callable[..., None]:
        def run(keywords: dict[str, t.Any]) -> None:
            visits: list[t.Callable[[Browser], object]] = []

            def first(app: t.Any, journal: Journal) -> t.Any:
                result = setup(app, journal, **keywords)
                visit, application = result if type(result) is tuple else (result, None)
                visits[:] = [visit]
                return application

            def visit(browser: Browser) -> None:
                visits[0](browser)

            how = dict(comparison)
            if create is not None:
                how["create"] = functools.partial(create, **keywords)
            if alone is not None:
                # Some warn, or look around, once in a process.
                others = {key: how[key] for key in how if key not in ("left", "late")}
                visited(WAYS["stock"], first, visit, **others)
            compare(first, visit, **how)

        def test(request: pytest.FixtureRequest, keywords: dict[str, t.Any]) -> None:
            if alone is None or ALONE in os.environ:
                for module in modules:
                    pytest.importorskip(module)
                run(keywords)
                return
            for module in modules:
                if importlib.util.find_spec(module.partition(".")[0]) is None:
                    pytest.skip(f"could not import {module!r}")
            # The same package, be it installed or in the checkout.
            path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            command = [sys.executable, "-P", "-m", "pytest", "-q", "-rs"]
            ended = subprocess.run(
                [*command, request.node.nodeid],
                cwd=request.config.rootpath,
                env={**os.environ, **alone, **path, ALONE: "1"},
                capture_output=True,
                text=True,
            )
            assert ended.returncode == 0, ended.stdout + ended.stderr
            if "1 skipped" in ended.stdout:
                pytest.skip(ended.stdout)

        test.__doc__ = setup.__doc__
        parametrized: t.Callable[..., None]
        parametrized = pytest.mark.parametrize("keywords", options)(test)
        return parametrized

    return decorate
