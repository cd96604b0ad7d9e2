"""The C library compiles without warnings, does what it says, and needs nothing."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sysconfig
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("src_c/*.c"))
PROGRAMS = sorted(ROOT.glob("tests/c/test_*.c"))

STRICT = "-std=c11 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror".split()
SANITIZERS = "-g -fsanitize=address,undefined -fno-sanitize-recover=all".split()
# What compilers call by themselves, too, for a loop or an assignment.
MEMORY_FUNCTIONS = {"bcmp", "memchr", "memcmp", "memcpy", "memmove", "memset"}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture(scope="module")
def compiler() -> list[str]:
    chosen = os.environ.get("CC"), sysconfig.get_config_var("CC")
    for command in (*filter(None, chosen), "cc"):
        words = shlex.split(command)
        if words and shutil.which(words[0]):
            return words
    pytest.skip("There is no C compiler.")


class Library(t.NamedTuple):
    """The C library compiled in one way."""

    command: list[str]
    objects: list[Path]


@pytest.fixture(scope="module", params=["plain", "sanitized", "without SSE2", "musl"])
def library(
    request: pytest.FixtureRequest,
    compiler: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Library:
    directory = tmp_path_factory.mktemp("library")
    # What other processors run.
    flags = {"sanitized": SANITIZERS, "without SSE2": ["-DFR_NO_SSE2"]}
    if request.param == "musl":
        if shutil.which("musl-gcc") is None:
            pytest.skip("There is no musl-gcc.")
        compiler = ["musl-gcc", "-static"]
    if request.param == "sanitized":
        empty = directory / "empty.c"
        empty.write_text("int main(void) { return 0; }\n")
        if run(*compiler, *SANITIZERS, empty, "-o", directory / "empty").returncode:
            pytest.skip("The C compiler cannot link the sanitizers.")
    command = [
        *compiler,
        *STRICT,
        "-O2",
        *flags.get(request.param, []),
        f"-I{ROOT / 'src_c'}",
    ]
    if request.param != "plain":
        # A prime: each place and each byte is there.
        command.append("-DFR_ONE_IN=7")
    objects = []
    for source in SOURCES:
        objects.append(directory / f"{source.stem}.o")
        built = run(*command, "-c", source, "-o", objects[-1])
        assert built.returncode == 0, built.stdout
    return Library(command, objects)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_program(library: Library, program: Path, tmp_path: Path) -> None:
    unit = ROOT / f"src_c/{program.stem.partition('_')[2]}.c"
    code = unit.read_text() if unit.exists() else ""
    if "-DFR_NO_SSE2" in library.command and "FR_NO_SSE2" not in code:
        pytest.skip("the same as with SSE2")
    binary = tmp_path / program.stem
    built = run(*library.command, program, *library.objects, "-o", binary)
    assert built.returncode == 0, built.stdout
    ran = run(binary)
    assert ran.returncode == 0, ran.stdout
    # Not a program that returns before it looks at anything.
    assert re.fullmatch(r"[1-9]\d* checks\n", ran.stdout)


def test_everything_that_reads_bytes_is_fuzzed() -> None:
    fuzzed = {path.stem.removeprefix("test_") for path in PROGRAMS}
    assert {path.stem for path in SOURCES} <= fuzzed


@pytest.fixture(scope="module")
def symbols(
    compiler: list[str], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str]]:
    """The type and the name of each symbol that the objects have, as ``nm`` has it."""
    # Distributions turn these on by default; both bring calls of their own.
    plain = ["-U_FORTIFY_SOURCE", "-fno-stack-protector"]
    found = []
    for source in SOURCES:
        compiled = tmp_path_factory.mktemp("objects") / f"{source.stem}.o"
        built = run(*compiler, *STRICT, "-O2", *plain, "-c", source, "-o", compiled)
        assert built.returncode == 0, built.stdout
        listed = run("nm", "-P", compiled)
        assert listed.returncode == 0, listed.stdout
        found += [tuple(line.split()[1::-1]) for line in listed.stdout.splitlines()]
    # Mach-O puts an underscore before each name.
    return [(kind, name.removeprefix("_")) for kind, name in found]


def test_nothing_is_needed_but_memory_functions(
    symbols: list[tuple[str, str]],
) -> None:
    defined = {name for kind, name in symbols if kind not in "Uu"}
    needed = {name for kind, name in symbols if kind in "Uu"}
    assert needed - defined <= MEMORY_FUNCTIONS
    assert {"fr_has_line_break", "fr_double_fill"} <= defined


def test_nothing_can_be_written_to(symbols: list[tuple[str, str]]) -> None:
    writable = "BbCcDdGgSs"
    assert [name for kind, name in symbols if kind in writable] == []


def test_public_names(symbols: list[tuple[str, str]]) -> None:
    public = {name for kind, name in symbols if kind in "TRVW"}
    assert {name for name in public if not name.startswith("fr_")} == set()


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("src_c/*")), ids=lambda path: path.name
)
def test_includes(path: Path) -> None:
    included = re.findall(r'^\s*#\s*include\s*[<"](.+?)[>"]', path.read_text(), re.M)
    # The header of attributes declares nothing.
    assert included or path.name == "fr_attributes.h"
    assert set(included).isdisjoint({"Python.h", "stdio.h", "stdlib.h"})


def test_no_source_has_the_name_of_a_cython_module() -> None:
    """Cython's output would take its place."""
    modules = {path.stem for path in ROOT.glob("fastresp/_compiled/*.pyx")}
    assert modules.isdisjoint(path.stem for path in SOURCES)


def test_the_tables_of_powers_are_what_their_tool_writes() -> None:
    tool = runpy.run_path(str(ROOT / "tools/make_powers.py"))
    assert (ROOT / "src_c/fr_powers.h").read_text() == tool["render"]()
