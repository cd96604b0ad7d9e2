"""Compiles what Cython makes of the sources, and fails for each warning about them.

Cython's own code may have warnings; its output says of each line which source it is
of, or that it is none's, so that the compiler names the place.

.. code-block:: text

    python tools/check_warnings.py [SOURCE ...]
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


def warnings_about(source: Path, directory: Path) -> list[str]:
    """Return the lines of the compiler that name a source."""
    generated = directory / f"{source.stem}.c"
    cython = [sys.executable, "-m", "cython", "-3", "--line-directives"]
    subprocess.run([*cython, "-I", ROOT, source, "-o", generated], check=True)
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
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
