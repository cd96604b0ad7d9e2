"""One process per implementation, told what to do line by line.

``python bench/workers.py`` is the process. :class:`Workers` is the side that
tells: a request and an answer are a line of JSON each.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import typing as t


class Failure(Exception):
    """What went wrong in the process."""


class Worker:
    def __init__(self) -> None:
        # A session of its own: an interrupt from the keyboard is the controller's.
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # It has to find what is found here.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def ask(self, **request: t.Any) -> t.Any:
        """:raises Failure: with the error of the process."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failure(f"the process has ended with {self.process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise Failure(reply["error"])
        return reply["value"]

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Workers:
    """A process for each implementation, started when it is first needed."""

    def __init__(self) -> None:
        self.started: dict[str, Worker] = {}

    def __getitem__(self, implementation: str) -> Worker:
        worker = self.started.get(implementation)
        if worker is None or worker.process.poll() is not None:
            worker = self.started[implementation] = Worker()
        return worker

    def close(self) -> None:
        for worker in self.started.values():
            worker.close()
        self.started.clear()


def pin() -> None:
    """To the last core; all of them to the same, since one works at a time."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def serve() -> None:
    # What the implementations print is not an answer.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    pin()
    from suites import Subject
    from suites import SUITES

    subject: Subject | None = None

    def do(request: dict[str, t.Any]) -> t.Any:
        nonlocal subject
        if request["do"] == "prepare":
            subject = None
            gc.unfreeze()
            gc.enable()
            gc.collect()
            subject = SUITES[request["suite"]].create(
                request["row"], request["implementation"]
            )
            answer = subject.answer()
            # It would strike at random.
            gc.collect()
            gc.freeze()
            gc.disable()
            return answer
        assert subject is not None
        return getattr(subject, request["do"])()

    for line in sys.stdin:
        try:
            reply = {"value": do(json.loads(line))}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    serve()
