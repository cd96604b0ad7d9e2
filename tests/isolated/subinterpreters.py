"""In a subinterpreter the import works, or says that it does not."""

from __future__ import annotations

import importlib
import sys
import tempfile
import typing as t

from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

interpreters = importlib.import_module(
    "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
)

PROGRAM = """
import sys
sys.path[:] = {path!r}
with open({output!r}, "a") as output:
    try:
        from fastresp import Response
    except ImportError as error:
        print("refused:", error, file=output)
    else:
        from werkzeug.test import run_wsgi_app, create_environ
        for number in range(1000):
            response = Response([f"{{number}}"], 404, {{"X": "1"}})
            chunks, status, headers = run_wsgi_app(response, create_environ())
            assert b"".join(chunks) == b"%d" % number
            response.call_on_close(lambda: 1 / 0)
        from fastresp import ACCELERATED
        print("works:", ACCELERATED, file=output)
"""


def in_a_subinterpreter(kind: dict[str, t.Any]) -> str:
    with tempfile.NamedTemporaryFile("r") as output:
        interpreter = interpreters.create(**kind)
        program = PROGRAM.format(path=sys.path, output=output.name)
        error = interpreters.run_string(interpreter, program)
        assert error is None, error
        interpreters.destroy(interpreter)
        return output.read()


def works_here() -> bool:
    try:
        import fastresp

        Response = fastresp.Response
    except ImportError as error:
        print("refused here:", error)
        return False
    response = Response(["a"], 404, {"X": "1"})
    chunks, status, headers = run_wsgi_app(response, create_environ())
    assert b"".join(chunks) == b"a"
    assert fastresp.fast_path_counts()["emitted"] > 0
    return True


# With the interpreter lock of all, and with one of its own.
KINDS: list[dict[str, t.Any]] = [{"isolated": False}, {"isolated": True}]
if sys.version_info >= (3, 13):
    KINDS = [{"config": "legacy"}, {"config": "isolated"}]

# Whoever comes first gets the module.
main_is_first = "main" in sys.argv
assert not main_is_first or works_here()
for kind in KINDS * 3:
    said = in_a_subinterpreter(kind)
    print(kind, said, end="")
    assert said.startswith(("refused: ", "works: True")), said
    assert works_here() or not main_is_first
