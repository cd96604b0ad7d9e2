"""Responses of gunicorn's, also those that are refused, leave nothing behind."""

from __future__ import annotations

import functools
import importlib.util
import logging
import typing as t

import flat

import fastresp


class Socket:
    """Forgets what it takes, and fails where told."""

    def __init__(self, fails: bool) -> None:
        self.fails = fails

    def sendall(self, data: bytes) -> None:
        if self.fails:
            raise OSError(len(data))

    def sendmsg(self, parts: tuple[bytes, bytes]) -> int:
        if self.fails:
            raise OSError(len(parts))
        return 1000


class Writing:
    """Has a head in each of the ways that there are to write one."""

    def __init__(self, converse: t.Any, cfg: t.Any) -> None:
        self.converse = converse
        self.cfg = cfg

    def answer(self, status: str, headers: t.Any, body: t.Any, fails: bool) -> None:
        for line in ("GET / HTTP/1.1", "HEAD / HTTP/1.1", "GET / HTTP/1.0"):
            self.converse(self.cfg, (line, status, headers, body), Socket(fails))

    def right(self, number: int) -> None:
        fastresp.Response(f"{number}")
        text = b"%d" % number
        for headers in ([], [("Content-Length", f"{len(text)}"), ("X", f" {number}")]):
            for body in ([text], [], [b"", text], iter([text])):
                self.answer(f"200 {number}", headers, body, False)
        self.answer("200 OK", [("Content-Length", "100000")], [bytes(100_000)], False)
        self.answer(f"204 {number}", [("Content-Length", f"{number}")], [], False)

    def refused(self, number: int) -> None:
        fastresp.Response(f"{number}")
        for headers in (
            [("X", f"{number}\n")],
            [(f"X {number}", "1")],
            [("X", number)],
            [(f"X-{number}",)],
            [("Content-Length", f"x{number}")],
            [("Content-Length", "1"), ("Content-Length", f"{number + 2}")],
            number,
        ):
            flat.refuse(self.answer, "200 OK", headers, [b"x"], False)
        for status in (f"200 {number}\n", f"2{number}x", number, f"200 \u0100{number}"):
            flat.refuse(self.answer, status, [], [b"x"], False)

    def failing(self, number: int) -> None:
        fastresp.Response(f"{number}")
        text = b"%d" % number
        for headers in ([], [("Content-Length", "200000")]):
            for body in ([text], [text * 50_000], []):
                flat.refuse(self.answer, "200 OK", headers, body, True)

    def never_started(self, number: int) -> None:
        fastresp.Response(f"{number}")
        flat.refuse(self.converse, self.cfg, NO_START, Socket(False), False)


NO_START: tuple[t.Any, ...] = ("GET / HTTP/1.1", "200 OK", [], [b"x"])


def main() -> None:
    if importlib.util.find_spec("gunicorn") is None:
        return
    from gunicorn.config import Config

    # gunicorn's warnings.
    logging.disable()

    from fastresp._compat import gunicorn as check
    from fastresp._compiled import gunicorn as _gunicorn

    def with_writer(starts: bool, app: t.Any, log: t.Any) -> t.Any:
        if starts:
            return _gunicorn.with_writer(app, log)

        def without_start(environ: t.Any, start_response: t.Any) -> t.Any:
            return [b"x"]

        # It makes the response one of ours, and does not call it.
        return _gunicorn.with_writer(without_start, log)

    def converse(cfg: t.Any, probe: t.Any, sock: Socket, starts: bool = True) -> None:
        check._converse(functools.partial(with_writer, starts), cfg, probe, sock)

    writing = Writing(converse, Config())
    cases: dict[str, flat.Case] = {
        "right": writing.right,
        "refused": writing.refused,
        "failing": writing.failing,
        "never started": writing.never_started,
    }
    flat.check(cases, 400)


if __name__ == "__main__":
    main()
