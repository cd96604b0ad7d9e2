"""Compiles the extension modules; everything else is in pyproject.toml.

Two environment switches decide what happens when that is not possible or not
wanted:

``FASTRESP_REQUIRE_EXT=1``
    a failed compile is an error (continuous integration, wheels);
``FASTRESP_NO_EXT=1``
    nothing is compiled, the package works through Werkzeug.

Without either, a failed compile is reported and the package installs without
its extension modules.

For developers: ``FASTRESP_DEBUG=1`` makes warnings of the C compiler errors,
keeps assertions and debug symbols, and ``FASTRESP_SANITIZE=address,undefined``
adds sanitizers.
"""

import os
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from setuptools import Extension
from setuptools import setup
from setuptools.command.build_ext import build_ext


def switch(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


REQUIRE_EXT = switch("FASTRESP_REQUIRE_EXT")
NO_EXT = switch("FASTRESP_NO_EXT")
DEBUG = switch("FASTRESP_DEBUG")
SANITIZE = os.environ.get("FASTRESP_SANITIZE", "")

if REQUIRE_EXT and NO_EXT:
    sys.exit("FASTRESP_REQUIRE_EXT and FASTRESP_NO_EXT contradict each other; set one.")


#: What Debian hardens its packages with; each is left out where it is not known.
HARDENING = (
    "-fstack-protector-strong",
    "-fstack-clash-protection",
    # Intel's and Arm's.
    "-fcf-protection",
    "-mbranch-protection=standard",
)
LINK_HARDENING = ("-Wl,-z,relro", "-Wl,-z,now")
#: Fortification warns of a level that is too high where a header is included.
PROBE = "#include <string.h>\nint probe(void) { return 0; }\n"


def accepts(command: list[str], *flags: str) -> bool:
    """Return whether a compiler takes the flags without a word."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "probe.c").write_text(PROBE)
        arguments = ["-O3", "-fPIC", "-Werror", *flags, "probe.c", "-o", "probe"]
        try:
            done = subprocess.run(
                [*command, *arguments], cwd=directory, capture_output=True
            )
        except OSError:
            return False
    return done.returncode == 0


def hardening(compiler: t.Any) -> tuple[list[str], list[str]]:
    compiles = [*compiler.compiler_so, "-c"]
    flags = [flag for flag in HARDENING if accepts(compiles, flag)]
    links = [flag for flag in LINK_HARDENING if accepts(compiler.linker_so, flag)]
    # Sanitizers look at more, and fortification hides calls from them.
    for level in () if SANITIZE else (3, 2):
        # Python's own flags may have another level.
        fortify = ["-U_FORTIFY_SOURCE", f"-D_FORTIFY_SOURCE={level}"]
        if accepts(compiles, *fortify):
            flags += fortify
            break
    return flags, links


def compiler_flags(compiler: t.Any) -> tuple[list[str], list[str]]:
    if compiler.compiler_type == "msvc":
        return ["/O2", "/std:c11"], []
    flags = ["-std=c11", "-O3", "-Wall", "-Wextra", "-fvisibility=hidden"]
    links: list[str] = []
    if DEBUG:
        flags += ["-Og", "-g", "-UNDEBUG"]
    if SANITIZE:
        flags += [f"-fsanitize={SANITIZE}", "-fno-omit-frame-pointer", "-g"]
        links += [f"-fsanitize={SANITIZE}"]
    if not DEBUG and not SANITIZE:
        # Whatever Python was built with: four fifths of a module are symbols for
        # debuggers, which say where it was built, different each time.
        flags.append("-g0")
    if compiler.compiler_type == "unix":
        more_flags, more_links = hardening(compiler)
        flags += more_flags
        links += more_links
    return flags, links


def strict_flags(source: str) -> list[str]:
    """Warnings for src_c/; what Cython generates cannot satisfy them."""
    if "src_c" not in Path(source).parts:
        return []
    flags = ["-Wconversion", "-Wshadow", "-pedantic"]
    if DEBUG:
        flags.append("-Werror")
    return flags


class BuildExtensions(build_ext):
    """Adds the flags, and turns a failed compile into a report where allowed."""

    def finalize_options(self) -> None:
        super().finalize_options()
        # The objects of an earlier build were compiled without these.
        self.force = self.force or DEBUG or bool(SANITIZE)
        self.missing: list[Extension] = []

    def build_extensions(self) -> None:
        flags, links = compiler_flags(self.compiler)
        for ext in self.extensions:
            ext.extra_compile_args = [*flags, *(ext.extra_compile_args or [])]
            ext.extra_link_args = [*links, *(ext.extra_link_args or [])]
        if self.compiler.compiler_type == "unix":
            compile_one = self.compiler._compile

            def compile_with_strict_flags(  # type: ignore[no-untyped-def]
                obj, src, suffix, cc_args, extra, pp_opts
            ):
                extra = [*extra, *strict_flags(src)]
                compile_one(obj, src, suffix, cc_args, extra, pp_opts)

            self.compiler._compile = compile_with_strict_flags

        super().build_extensions()
        # The rest of setuptools takes for granted that these were built.
        self.extensions = [ext for ext in self.extensions if ext not in self.missing]

    def build_extension(self, ext: Extension) -> None:
        try:
            super().build_extension(ext)
        except Exception as error:
            if REQUIRE_EXT:
                raise
            # Not setuptools' optional=True: that one leaves no word behind.
            print(
                f"fastresp: {ext.name} was not compiled ({error});"
                " installing without it, responses will be built by Werkzeug.",
                file=sys.stderr,
            )
            self.missing.append(ext)
            self.remove_stale(ext)

    def copy_extensions_to_source(self) -> None:
        for ext in self.missing:
            self.remove_stale(ext)
        super().copy_extensions_to_source()

    def remove_stale(self, ext: Extension) -> None:
        """What an earlier build left must not pass for the result of this one."""
        Path(self.get_ext_fullpath(ext.name)).unlink(missing_ok=True)


def extensions() -> list[Extension]:
    if NO_EXT:
        return []
    from Cython.Build import cythonize

    folders = ("src_c", "fastresp/_compiled")
    headers = sorted(str(path) for f in folders for path in Path(f).glob("*.h"))
    modules = {
        "core": ["fr_bytes", "fr_cookie", "fr_date", "fr_scan", "fr_uri", "fr_utf8"],
        "gunicorn": [],
        "http1": ["fr_date", "fr_head", "fr_scan"],
        "json": ["fr_double", "fr_json", "fr_utf8"],
        "watch": [],
    }
    return cythonize(
        [
            Extension(
                f"fastresp._compiled.{module}",
                sources=[
                    f"fastresp/_compiled/{module}.pyx",
                    *(f"src_c/{name}.c" for name in names),
                ],
                include_dirs=[*folders],
                depends=headers,
            )
            for module, names in modules.items()
        ],
        build_dir="build/cython",
        compiler_directives={"language_level": 3},
        show_all_warnings=DEBUG,
    )


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildExtensions})
