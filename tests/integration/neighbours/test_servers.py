"""The showcase from real servers: with fastresp, the same bytes come out of the
socket as without it."""

from __future__ import annotations

import contextlib
import functools
import typing as t
from pathlib import Path

import pytest
from serving import serve
from serving import SERVERS
from serving import uwsgi
from test_showcase import ROUTES
from test_showcase import showcase_demo

SUPPORT = Path(__file__).parents[2] / "support"


@pytest.mark.parametrize("name", SERVERS)
def test_same_bytes(name: str) -> None:
    server = SERVERS[name]
    if name == "uWSGI":
        # The other one keeps each connection for seconds, whatever is asked for.
        server = server._replace(command=functools.partial(uwsgi, "--http-socket"))
    pytest.importorskip(server.package)
    variants = {"stock": (server.command, "stock"), "fast": (server.command, "fast")}
    if server.worker is not None:
        variants["worker"] = server.worker, "fast"

    with contextlib.ExitStack() as stack:
        addresses = {}
        running = {}
        for variant, (command, app) in variants.items():
            running[variant] = stack.enter_context(
                serve(command, f"showcase_served:{app}", SUPPORT, "/emitted")
            )
            addresses[variant] = "127.0.0.1", running[variant].port

        def ask(variant: str, route: t.Any) -> t.Any:
            raw = showcase_demo.exchange(
                addresses[variant], showcase_demo.request_bytes(route), 10.0
            )
            return showcase_demo.Answer.parse(raw)

        differ = []
        for route in ROUTES:
            stock = ask("stock", route)
            for variant in list(variants)[1:]:
                diff = showcase_demo.differences(stock, ask(variant, route), variant)
                differ += [f"{route}:", *diff] if diff else []
        assert not differ, "\n".join(differ)

        emitted = {
            variant: int(each.ask("/emitted")[2]) for variant, each in running.items()
        }
    # Not a comparison of Werkzeug with itself. The stock one has what the look at
    # the installed Werkzeug emits at import.
    at_import = emitted.pop("stock")
    for count in emitted.values():
        assert count > at_import + len(ROUTES) / 2
