"""The wheels of a release are those that are wanted, by cibuildwheel's own listing."""

from __future__ import annotations

import importlib.util
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "wheels.yml"

PYTHONS = ("cp311", "cp312", "cp313", "cp314", "cp314t", "cp315", "cp315t")
PLATFORMS = (
    *("manylinux_x86_64", "manylinux_aarch64"),
    *("musllinux_x86_64", "musllinux_aarch64"),
    *("macosx_x86_64", "macosx_arm64"),
    *("win_amd64", "win_arm64"),
)
SYSTEMS = {"ubuntu": "linux", "macos": "macos", "windows": "windows"}


@pytest.mark.skipif(not WORKFLOW.exists(), reason="needs a checkout")
@pytest.mark.skipif(
    importlib.util.find_spec("cibuildwheel") is None, reason="needs cibuildwheel"
)
def test_wheels_of_the_workflow() -> None:
    command = [sys.executable, "-m", "cibuildwheel", "--print-build-identifiers"]
    # At once: each takes seconds to start.
    listings = [
        subprocess.Popen(
            [*command, "--platform", SYSTEMS[runner], "--archs", archs, ROOT],
            stdout=subprocess.PIPE,
            text=True,
        )
        for runner, archs in re.findall(
            r"os: (\w+)-\S+, archs: (\w+)", WORKFLOW.read_text(encoding="utf-8")
        )
    ]
    found = [name for each in listings for name in each.communicate()[0].split()]
    wanted = map("-".join, itertools.product(PYTHONS, PLATFORMS))
    assert sorted(found) == sorted(wanted)
