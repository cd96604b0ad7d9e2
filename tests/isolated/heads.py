"""Heads rendered by several threads from the same headers, which others change: each is
one that some order of events gives."""

from __future__ import annotations

import sys
import threading
import time
import typing as t
import warnings

with warnings.catch_warnings():
    # Without the lock, the other modules are not loaded.
    warnings.simplefilter("ignore", RuntimeWarning)
    from fastresp.http1 import date_header
    from fastresp.http1 import render_head

SECONDS = float(sys.argv[1])
was_locked = getattr(sys, "_is_gil_enabled", lambda: True)()

pairs: list[tuple[str, str]] = []
values: dict[str, t.Any] = {}
stop = threading.Event()
failures: list[object] = []


def change() -> None:
    number = 0
    while not stop.is_set():
        number += 1
        pairs.append((f"X-{number}", "v" * (number % 50)))
        values[f"X-{number % 40}"] = [str(number)] * (number % 3)
        if len(pairs) > 30:
            del pairs[:20]
        if number % 100 == 0:
            pairs.clear()
            values.clear()


def check(headers: t.Any) -> None:
    lines = render_head(200, headers).split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert lines[-2:] == [b"", b""]
    assert all(line[:2] == b"X-" and b": " in line for line in lines[1:-2])
    name, date = date_header()
    assert name == "Date" and date[-4:] == " GMT"


def render(headers: t.Any) -> None:
    while not stop.is_set():
        try:
            check(headers)
        except BaseException as error:
            # What list() and items() of a dict say while others change it.
            if type(error) is not RuntimeError or "changed" not in str(error):
                failures.append(error)
                return


threads = [threading.Thread(target=change) for _ in range(2)]
threads += [
    threading.Thread(target=render, args=(each,)) for each in (pairs, values) * 3
]
for thread in threads:
    thread.start()
time.sleep(SECONDS)
stop.set()
for thread in threads:
    thread.join()
assert not failures, failures
assert getattr(sys, "_is_gil_enabled", lambda: True)() == was_locked
