"""From a checkout to a source distribution, a wheel and an installed package.

Set ``FASTRESP_SKIP_PACKAGING=1`` where there is no package index.
"""

from __future__ import annotations

import collections.abc as cabc
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import typing as t
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    os.environ.get("FASTRESP_SKIP_PACKAGING") == "1",
    reason="FASTRESP_SKIP_PACKAGING is set",
)

ROOT = Path(__file__).parents[2]
GRAFTED = ("bench", "docs", "examples", "fastresp", "src_c", "tests", "tools")
# What earlier builds and tools leave in a checkout.
DECOYS = (
    "bench/report/index.html",
    "build/lib/fastresp/stale.py",
    "docs/_build/html/index.html",
    "fastresp/__pycache__/stale.pyc",
    "fastresp/_compiled/core.c",
    "fastresp/_compiled/core.cpython-39-x86_64-linux-gnu.so",
    "fastresp/_compiled/core.cp39-win_amd64.pyd",
    "fastresp/_compiled/core.html",
)

# Says what an app on the installed package is like.
PROGRAM = """
import json, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from fastresp import FastResp
import fastresp, flask, importlib.metadata

app = flask.Flask("app")
FastResp(app)
app.add_url_rule("/", "view", lambda: ("text", 201, {"X-One": "1"}))
before = fastresp.fast_path_counts()
response = app.test_client().get("/")
after = fastresp.fast_path_counts()
assert importlib.metadata.version("fastresp") == fastresp.__version__
print(json.dumps({
    "accelerated": fastresp.ACCELERATED,
    "answer": [response.status_code, response.headers["X-One"], response.text],
    "grown": sorted(name for name in after if after[name] > before[name]),
    "place": fastresp.__file__,
    "warned": [item.category.__name__ for item in caught],
}))
"""
FAST = {
    "accelerated": True,
    "answer": [201, "1", "text"],
    "grown": ["built", "emitted"],
    "warned": [],
}
FALLBACK = {**FAST, "accelerated": False, "grown": [], "warned": ["RuntimeWarning"]}


def run(
    *command: str | Path,
    cwd: Path,
    environ: cabc.Mapping[str, str] | None = None,
    fails: bool = False,
) -> str:
    """Runs a command with no switch set but those given; returns what it says."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FASTRESP_", "PYTHON")) and name != "CC"
    }
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**inherited, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert (result.returncode != 0) == fails, result.stdout
    return result.stdout


class Environment:
    """A virtual environment, empty at first."""

    def __init__(self, path: Path) -> None:
        venv.create(path, with_pip=True)
        self.path = path
        self.scripts = path / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / "python"

    def pip(self, *args: str | Path, **options: t.Any) -> str:
        return run(self.python, "-m", "pip", *args, cwd=self.path, **options)

    def build(self, command: str, *args: str | Path, **options: t.Any) -> str:
        """Builds with the build requirements that are installed here."""
        flags = ("--verbose", "--no-deps", "--no-build-isolation")
        return self.pip(command, *flags, *args, **options)

    def wheel(self, source: Path, directory: Path, **options: t.Any) -> str:
        return self.build("wheel", "-w", directory, source, **options)

    def app_on(self, *package: str | Path, **options: t.Any) -> dict[str, t.Any]:
        """What an app is like on this package, put in the place of another."""
        self.pip("install", "--force-reinstall", "--no-deps", *package, **options)
        # -I: the package has to be found where it was installed.
        said = run(self.python, "-I", "-c", PROGRAM, cwd=self.path)
        return t.cast(dict[str, t.Any], json.loads(said))


def wheel_in(directory: Path) -> Path:
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packaging")


@pytest.fixture(scope="module")
def checkout(directory: Path) -> Path:
    built = ("_build", "build", "dist", "report", "__pycache__")
    ignore = shutil.ignore_patterns(".*", "*.egg-info", "*.pyd", "*.so", *built)
    return Path(shutil.copytree(ROOT, directory / "checkout", ignore=ignore))


def copy(checkout: Path, directory: Path) -> Path:
    """Copies what Cython has written, and nothing that was compiled."""
    built = shutil.ignore_patterns("lib", "lib.*", "temp.*", "bdist.*")
    return Path(shutil.copytree(checkout, directory / "checkout", ignore=built))


def files(directory: Path) -> set[str]:
    return {
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def unpacked(directory: Path, checkout: Path) -> Path:
    """The source distribution of a checkout that has been worked in."""
    used = copy(checkout, directory / "used")
    for decoy in DECOYS:
        (used / decoy).parent.mkdir(parents=True, exist_ok=True)
        (used / decoy).write_text("stale")
    # Build isolation: what pyproject.toml requires is enough.
    run(sys.executable, "-m", "build", "--sdist", "-o", directory, used, cwd=directory)
    (archive,) = directory.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(directory / "unpacked", filter="data")
    (unpacked,) = (directory / "unpacked").iterdir()
    assert archive.name == f"{unpacked.name}.tar.gz"
    return unpacked


@pytest.fixture(scope="module")
def builder(directory: Path, checkout: Path) -> Environment:
    """Has the build requirements, once for all the wheels."""
    from build import ProjectBuilder

    environment = Environment(directory / "builder")
    environment.pip("install", *ProjectBuilder(checkout).build_system_requires)
    return environment


@pytest.fixture(scope="module")
def wheel(directory: Path, unpacked: Path, builder: Environment) -> Path:
    """Built from the unpacked source distribution."""
    builder.wheel(unpacked, directory, environ={"FASTRESP_REQUIRE_EXT": "1"})
    return wheel_in(directory)


@pytest.fixture(scope="module")
def environment(directory: Path, wheel: Path) -> Environment:
    """Has the wheel, and what that requires: nothing else."""
    environment = Environment(directory / "environment")
    environment.pip("install", wheel)
    return environment


@pytest.fixture(scope="module")
def translated(checkout: Path, unpacked: Path, wheel: Path) -> Path:
    """The checkout, with the C that Cython made for the wheel: it is not made again."""
    made = Path("build", "cython")
    shutil.copytree(unpacked / made, checkout / made)
    return checkout


# --- what is in them ---------------------------------------------------------


def test_source_distribution(unpacked: Path, checkout: Path) -> None:
    found = files(unpacked)
    files_at_the_top = "CHANGES.rst CONTRIBUTING.md LICENSE MANIFEST.in PKG-INFO"
    files_at_the_top += " README.md pyproject.toml setup.py"
    assert {*files_at_the_top.split()} <= found
    for name in GRAFTED:
        assert {path for path in found if path.startswith(f"{name}/")} == {
            f"{name}/{path}" for path in files(checkout / name)
        }
    assert found.isdisjoint(DECOYS)


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def python_files() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.pyi", "py.typed")
        for path in ROOT.joinpath("fastresp").rglob(pattern)
    }


def extension_files() -> set[str]:
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return {
        f"fastresp/_compiled/{path.stem}{suffix}"
        for path in ROOT.glob("fastresp/_compiled/*.pyx")
    }


def test_wheel(wheel: Path) -> None:
    assert contents(wheel) == python_files() | extension_files()
    assert "fastresp/py.typed" in contents(wheel)
    assert len(extension_files()) > 0


# --- how they install --------------------------------------------------------


def test_installed_wheel(environment: Environment, wheel: Path) -> None:
    environment.pip("check")
    app = environment.app_on(wheel)
    assert Path(app.pop("place")).is_relative_to(environment.path)
    assert app == FAST


def test_suite_of_the_source_distribution(
    environment: Environment, wheel: Path, unpacked: Path
) -> None:
    """Runs on the installed wheel."""
    environment.pip("install", "--force-reinstall", "--no-deps", wheel)
    environment.pip("install", "pytest>=8")
    said = run(
        # Not `python -m pytest`, which would import the sources.
        environment.scripts / "pytest",
        "tests/unit/test_contract.py",
        "tests/unit/test_deviations.py",
        cwd=unpacked,
    )
    assert " passed" in said


def test_editable(environment: Environment, translated: Path, tmp_path: Path) -> None:
    source = copy(translated, tmp_path)
    # Compiled in a third of the time.
    app = environment.app_on("-e", source, environ={"FASTRESP_DEBUG": "1"})
    assert Path(app.pop("place")).is_relative_to(source)
    assert app == FAST
    assert extension_files() <= files(source)


# --- when nothing is compiled ------------------------------------------------

NOT_COMPILED = "fastresp: fastresp._compiled.core was not compiled"


@pytest.mark.parametrize(
    ("environ", "text", "ending"),
    [
        ({"FASTRESP_NO_EXT": "1"}, "", "-py3-none-any.whl"),
        ({"CC": "false"}, NOT_COMPILED, ".whl"),
    ],
    ids=["switch", "compiler"],
)
def test_without_extension_modules(
    environment: Environment,
    builder: Environment,
    translated: Path,
    tmp_path: Path,
    environ: dict[str, str],
    text: str,
    ending: str,
) -> None:
    source = copy(translated, tmp_path)
    assert text in builder.wheel(source, tmp_path, environ=environ)
    wheel = wheel_in(tmp_path)
    assert wheel.name.endswith(ending)
    assert contents(wheel) == python_files()
    assert environment.app_on(wheel).items() >= FALLBACK.items()


@pytest.mark.parametrize("mode", ["lenient", "strict"])
def test_editable_with_failing_compiler(
    builder: Environment, translated: Path, tmp_path: Path, mode: str
) -> None:
    """What an earlier compile left must not pass for the result of this one."""
    source = copy(translated, tmp_path)
    stale = [source / name for name in extension_files()]
    for path in stale:
        path.write_text("stale")
    settings = f"--config-settings=editable_mode={mode}"
    said = builder.build("install", settings, "-e", source, environ={"CC": "false"})
    assert NOT_COMPILED in said
    assert not any(path.exists() for path in stale)


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"FASTRESP_REQUIRE_EXT": "1", "CC": "false"}, "'false'"),
        (
            {"FASTRESP_REQUIRE_EXT": "1", "FASTRESP_NO_EXT": "1"},
            "FASTRESP_REQUIRE_EXT and FASTRESP_NO_EXT contradict each other",
        ),
    ],
    ids=["compiler", "switches"],
)
def test_refused(
    builder: Environment,
    translated: Path,
    tmp_path: Path,
    environ: dict[str, str],
    text: str,
) -> None:
    source = copy(translated, tmp_path)
    assert text in builder.wheel(source, tmp_path, environ=environ, fails=True)
    assert list(tmp_path.glob("*.whl")) == []
