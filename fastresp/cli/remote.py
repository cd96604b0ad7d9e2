"""Objects in processes of their own, whose methods are called from outside."""

from __future__ import annotations

import collections.abc as cabc
import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import traceback
import typing as t
from multiprocessing.connection import Connection

R = t.TypeVar("R", bound="Remote")


class RemoteError(Exception):
    """A call failed or took too long, or its process ended."""


class CreationError(Exception):
    """The object cannot be created, for a reason that says it all."""


class Remote:
    """The outer side of an object in another process.

    :param seconds: how long to wait for a call.
    """

    def __init__(self, connection: Connection, process: t.Any, seconds: float) -> None:
        self.connection = connection
        self.process = process
        self.seconds = seconds

    def call(self, what: str, name: str, *args: object, times: int = 1) -> t.Any:
        """Call the method ``name``.

        :param what: names the call in errors.
        :param times: how many times as long as for one call to wait.
        :raises RemoteError: if the call raises or takes longer, or the process ends.
        """
        try:
            self.connection.send((name, args))
            if not self.connection.poll(self.seconds * times):
                raise RemoteError(f"{what}: no answer after {self.seconds:g} seconds.")
            done, result = self.connection.recv()
        except (EOFError, OSError) as error:
            self.process.join(5)
            raise RemoteError(
                f"{what}: the app's process ended (status {self.process.exitcode})."
            ) from error
        if not done:
            raise RemoteError(result if done is None else f"{what}: {result}")
        return result

    @classmethod
    @contextlib.contextmanager
    def start(
        cls: type[R], create: cabc.Callable[[], object], method: str, seconds: float
    ) -> cabc.Iterator[R]:
        """Start a process, and end it.

        :param create: makes the object, in the process.
        :param method: of ``multiprocessing``.
        :raises RemoteError: if ``create`` cannot be passed to another process.
        """
        context: t.Any = multiprocessing.get_context(method)
        ours, theirs = context.Pipe()
        if os.name == "posix":
            # Sockets of gevent's are not, and its own way to wait for them is not used.
            for connection in (ours, theirs):
                os.set_blocking(connection.fileno(), True)
        # A forked process has our end too, and would not see it close.
        inherited = [ours] if method == "fork" else []
        process = context.Process(
            target=serve, args=(theirs, create, inherited), daemon=True
        )
        try:
            process.start()
        except (
            AttributeError,
            pickle.PicklingError,
            TypeError,
            ValueError,
        ) as error:
            raise RemoteError(
                f"The app cannot be loaded in another process: {error}"
            ) from error
        theirs.close()
        try:
            yield cls(ours, process, seconds)
        finally:
            ours.close()
            process.terminate()
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()


def serve(
    connection: Connection,
    create: cabc.Callable[[], object],
    inherited: cabc.Iterable[Connection] = (),
) -> None:
    """Create the object at the first call, and call its methods until the connection
    is closed."""
    # Ctrl-C is for the command, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in inherited:
        each.close()
    silence()
    served: object = None
    result: tuple[bool | None, t.Any]
    while True:
        try:
            name, args = connection.recv()
        except (EOFError, OSError):
            return
        try:
            if served is None:
                served = create()
            result = True, getattr(served, name)(*args)
        except BaseException as error:
            said = str(error)
            if not isinstance(error, CreationError):
                lines = traceback.format_exception_only(type(error), error)
                said = "".join(lines).strip()
            # Without an object, the call is not to blame.
            result = None if served is None else False, said
        with contextlib.suppress(OSError):
            connection.send(result)


def silence() -> None:
    """Discard what is printed and logged: it would come from each process, and again
    with each request that is timed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(null, number)
    # The streams need not be those of the file descriptors.
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115
