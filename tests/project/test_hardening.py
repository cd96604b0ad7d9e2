"""The built modules have what protects from errors of memory, and show little."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import not_sanitized

import fastresp

ROOT = Path(__file__).parents[2]
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
MODULES = sorted(Path(fastresp.__file__).parent.glob(f"_compiled/*{SUFFIX}"))
#: Which fortification always replaces; of others it depends on what is known.
ALWAYS_FORTIFIED = {"fprintf", "printf", "snprintf", "sprintf", "vsnprintf", "vsprintf"}

needs_elf = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("readelf") is None,
    reason="needs ELF and readelf",
)


def read(path: Path, *options: str) -> str:
    return subprocess.run(
        ["readelf", "--wide", *options, path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def symbols(path: Path) -> tuple[set[str], set[str]]:
    """The names that a module needs, and those that it exports."""
    needed: set[str] = set()
    exported: set[str] = set()
    for line in read(path, "--dyn-syms").splitlines():
        words = line.split()
        if len(words) > 7 and words[0].rstrip(":").isdigit():
            place, name = words[6], words[7].partition("@")[0]
            (needed if place == "UND" else exported).add(name)
    return needed, exported


def test_there_are_modules() -> None:
    assert len(MODULES) >= 3 or not fastresp.ACCELERATED


@needs_elf
@not_sanitized
@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem.split(".")[0])
def test_built_modules(path: Path) -> None:
    needed, exported = symbols(path)
    assert "__stack_chk_fail" in needed
    assert needed & ALWAYS_FORTIFIED == set()
    # Nothing of the C library: another package may have a function of that name.
    assert exported == {f"PyInit_{path.name.partition('.')[0]}"}
    # Addresses are looked up before anything runs, and not written to later.
    assert re.search(r"\bBIND_NOW\b|FLAGS_1.*\bNOW\b", read(path, "--dynamic"))
    segments = read(path, "--segments")
    assert "GNU_RELRO" in segments
    (stack,) = re.findall(r"GNU_STACK.* (R\w*) ", segments)
    assert stack == "RW"


#: Protected by two of the options, and exported but for another.
PROGRAM = """
#include <string.h>
int use(char *);
int fortified(const char *text)
{
    char buffer[8];

    strcpy(buffer, text);
    return use(buffer);
}
"""


@needs_elf
def test_flags_of_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler of this machine accepts the flags, and they do something."""
    if not (ROOT / "setup.py").exists():
        pytest.skip("needs a checkout")
    command = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if shutil.which(command[0]) is None:
        pytest.skip("There is no C compiler.")
    setuptools = pytest.importorskip("setuptools")
    monkeypatch.setattr(setuptools, "setup", lambda **options: None)
    for name in [name for name in os.environ if name.startswith("FASTRESP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FASTRESP_NO_EXT", "1")
    build: dict[str, t.Any] = runpy.run_path(str(ROOT / "setup.py"))
    compiler = SimpleNamespace(
        compiler_type="unix", compiler_so=command, linker_so=[*command, "-shared"]
    )
    flags, links = build["compiler_flags"](compiler)
    assert {"-fstack-protector-strong", "-fvisibility=hidden"} <= set(flags)
    assert links == ["-Wl,-z,relro", "-Wl,-z,now"]
    (tmp_path / "program.c").write_text(PROGRAM)
    built = tmp_path / "program.so"
    subprocess.run(
        [*command, "-shared", "-fPIC", *flags, *links, "program.c", "-o", built],
        cwd=tmp_path,
        check=True,
    )
    needed, exported = symbols(built)
    assert {"__stack_chk_fail", "__strcpy_chk"} <= needed
    assert exported == set()
    # Whatever is unknown is left out.
    compiler.compiler_so = compiler.linker_so = ["false"]
    assert build["hardening"](compiler) == ([], [])
