"""Compiles what Cython makes of the sources, and fails for each warning about them.

Cython's own code may have warnings; its output says which source a statement is of,
so that the compiler names the place. The compiler is Python's own, or ``CC``.

.. code-block:: text

    CC=clang python tools/check_warnings.py [SOURCE ...]
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Optimised, as some warnings come of what the optimiser finds out.
FLAGS = "-std=c11 -O2 -fPIC -Wall -Wextra -Wunused-result".split()
WARNING = re.compile(r"^([^:\n]+\.(?:pyx|pxi|pxd|h)):\d+:.*\bwarning:.*", re.MULTILINE)
#: C between quotation marks, which Cython copies.
VERBATIM = re.compile(r'^cdef extern from \*:\n +"""\n(.*?)^ +"""$', re.M | re.S)
#: From there on, the last statement's place does not count any more.
SECTION = re.compile(r"^(?=/\* #### Code section)", re.MULTILINE)


def add_places(generated: Path, folder: Path) -> None:
    """Say which source copied C is of, and of which code there is none."""
    code = generated.read_text()
    for path in folder.glob("**/*.p[yx][xid]"):
        source = path.read_text()
        for block in VERBATIM.finditer(source):
            line = source.count("\n", 0, block.start(1)) + 1
            place = f'#line {line} "{path}"\n{block[1]}#line 1 "cython"\n'
            code = code.replace(block[1], place)
    generated.write_text(SECTION.sub('#line 1 "cython"\n', code))


def warnings_about(source: Path, directory: Path) -> list[str]:
    """Return the lines of the compiler that name a source."""
    generated = directory / f"{source.stem}.c"
    cython = [sys.executable, "-m", "cython", "-3", "--line-directives"]
    subprocess.run([*cython, "-I", ROOT, source, "-o", generated], check=True)
    add_places(generated, source.parent)
    compiler = shlex.split(
        os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    )
    includes = [sysconfig.get_path("include"), ROOT / "src_c", source.parent]
    done = subprocess.run(
        [
            *(*compiler, *FLAGS),
            *(f"-I{include}" for include in includes),
            *("-c", generated, "-o", directory / "object.o"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    if done.returncode:
        return [done.stderr]
    python = sysconfig.get_path("include")
    return [
        found[0] for found in WARNING.finditer(done.stderr) if python not in found[1]
    ]


def main() -> int:
    sources = [Path(name).resolve() for name in sys.argv[1:]]
    sources = sources or sorted(ROOT.glob("fastresp/**/*.pyx"))
    found = []
    for source in sources:
        with tempfile.TemporaryDirectory() as directory:
            found += warnings_about(source, Path(directory))
    print("".join(f"{line}\n" for line in found), end="")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
