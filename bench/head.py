"""Times what renders the head of an HTTP/1.1 response, on the same bytes.

gunicorn's figure is what its response does between the app's call of
``start_response`` and the bytes, on a response that is there already. The others
have their arguments ready, in the form that they take; "from a list" is with the
making of that form from a WSGI list, and ``b"".join`` of parts that are ready
bytes is what cannot be beaten in Python. They take turns in random order; a ratio
is the median of gunicorn's time over the other's, round by round. Peers that are
not installed are left out.

.. code-block:: text

    python bench/head.py [--rounds 40]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import random
import sys
import time
import typing as t
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from types import SimpleNamespace

from harness import steady
from interpreter import described

from fastresp.http1 import date_header
from fastresp.http1 import render_head

STATUS = "200 OK"
HEADERS = {
    "2 headers": [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", "13"),
    ],
    "8 headers": [
        ("Content-Type", "application/json"),
        ("Content-Length", "1234"),
        ("Cache-Control", "no-store, max-age=0"),
        ("ETag", '"33a64df551425fcc55e4d42a148795d9f25f89d4"'),
        ("X-Request-Id", "0123456789abcdef0123456789abcdef"),
        ("X-Frame-Options", "DENY"),
        ("Vary", "Cookie"),
        ("Set-Cookie", "session=eyJfcGVybWFuZW50Ijp0cnVlfQ; HttpOnly; Path=/"),
    ],
}
HEADERS["40 headers"] = HEADERS["8 headers"] + [
    (f"X-Header-{number}", f"the value of number {number}") for number in range(32)
]

Fields = list[tuple[str, str]]
Render = Callable[[], bytes]
LOOPS = 2000


def gunicorn_way(headers: Fields) -> Render:
    from gunicorn.config import Config
    from gunicorn.http.wsgi import Response

    sent: list[bytes] = []
    request = SimpleNamespace(method="GET", version=(1, 1), should_close=lambda: False)
    response = Response(request, SimpleNamespace(sendall=sent.append), Config())

    def render() -> bytes:
        # As it is when a request has come.
        response.status = None
        response.headers = []
        response.headers_sent = False
        response.start_response(STATUS, headers)
        response.send_headers()
        return sent.pop()

    return render


def before(head: bytes) -> Fields:
    """What gunicorn has put in front of the app's headers: Server, Date,
    Connection."""
    lines = head.decode("latin-1").split("\r\n")[1:4]
    return [t.cast(tuple[str, str], tuple(line.split(": ", 1))) for line in lines]


def ways(headers: Fields) -> dict[str, Render]:
    """By name; the first two write gunicorn's three fields anew each time, as a
    server has to."""
    gunicorn = gunicorn_way(headers)
    server, _, connection = before(gunicorn())

    def fastresp_way() -> bytes:
        return render_head(STATUS, [server, date_header(), connection, *headers])

    fields = [server, date_header(), connection, *headers]
    parts = [b"HTTP/1.1 ", STATUS.encode(), b"\r\n"]
    for name, value in fields:
        parts += [name.encode(), b": ", value.encode(), b"\r\n"]
    parts.append(b"\r\n")
    found: dict[str, Render] = {
        "gunicorn": gunicorn,
        "fastresp, as gunicorn": fastresp_way,
        "fastresp": lambda: render_head(STATUS, fields),
        'b"".join': lambda: b"".join(parts),
    }
    if importlib.util.find_spec("aiohttp") is not None:
        from aiohttp.http_writer import _serialize_headers
        from multidict import CIMultiDict

        line = f"HTTP/1.1 {STATUS}"
        ready = CIMultiDict(fields)
        found["aiohttp"] = lambda: _serialize_headers(line, ready)
        found["aiohttp, from a list"] = lambda: _serialize_headers(
            line, CIMultiDict(fields)
        )
    if importlib.util.find_spec("h11") is not None:
        import h11

        raw = [(name.encode(), value.encode()) for name, value in fields]

        def h11_way() -> bytes:
            connection = h11.Connection(h11.SERVER)
            response = h11.Response(status_code=200, headers=raw, reason=b"OK")
            head = connection.send(response)
            assert head is not None
            return head

        found["h11"] = h11_way
    return found


def without_date(head: bytes) -> bytes:
    start, _, rest = head.partition(b"\r\nDate: ")
    return start + rest[rest.index(b"\r\n") :]


def check(found: dict[str, Render]) -> dict[str, str]:
    """What is to be said of those that write other bytes.

    :raises AssertionError: if fastresp does.
    """
    expected = without_date(found["gunicorn"]())
    notes = {}
    for name, render in found.items():
        try:
            same = without_date(render()) == expected
        except Exception as error:
            notes[name] = type(error).__name__
            continue
        if not same:
            notes[name] = "differs"
    if wrong := [name for name in notes if name.startswith("fastresp")]:
        raise AssertionError(f"other bytes: {wrong}")
    return notes


def time_render(render: Render) -> float:
    """Microseconds per head."""
    started = time.perf_counter_ns()
    for _ in range(LOOPS):
        render()
    return (time.perf_counter_ns() - started) / LOOPS / 1000


def in_turns(found: dict[str, Render], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in found}
    order = list(found)
    with steady():
        for number in range(rounds + 1):
            random.shuffle(order)
            for name in order:
                elapsed = time_render(found[name])
                # The first round warms up.
                if number:
                    times[name].append(elapsed)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=40, help="default: %(default)s")
    options = parser.parse_args()
    if importlib.util.find_spec("gunicorn") is None:
        parser.error("gunicorn is what the others are compared with: install it")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    peers = [p for p in ("gunicorn", "aiohttp", "h11") if importlib.util.find_spec(p)]
    print(
        f"{described()}, {platform.machine()},"
        f" {', '.join(f'{peer} {version(peer)}' for peer in peers)};"
        f" medians of {options.rounds} interleaved rounds"
    )
    for title, headers in HEADERS.items():
        found = ways(headers)
        notes = check(found)
        timed = {name: render for name, render in found.items() if name not in notes}
        times = in_turns(timed, options.rounds)
        print(f"\n{f'{title}, and 3 of the server':36}      us   ratio")
        for name in found:
            if name in notes:
                print(f"{name:36} {notes[name]}")
                continue
            ratio = median(
                first / other
                for first, other in zip(times["gunicorn"], times[name], strict=True)
            )
            print(f"{name:36} {median(times[name]):7.3f} {ratio:6.1f}x", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
