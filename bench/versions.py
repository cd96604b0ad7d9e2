"""Prints the ratios to stock on several Pythons beside each other, as a table in
Markdown. For each, the checkout is installed in a virtual environment of its own.

.. code-block:: text

    python bench/versions.py [--rounds 20] [--only TEXT] python3.11 python3.15
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]


#: Prints the version of an interpreter, with a ``t`` where it has no lock.
VERSION = (
    "import platform, sysconfig;"
    " unlocked = bool(sysconfig.get_config_var('Py_GIL_DISABLED'));"
    " print(platform.python_version() + 't' * unlocked)"
)


def installed(python: str) -> tuple[str, Path]:
    """Return the version of an interpreter, and one in an environment with fastresp."""
    version = subprocess.check_output([python, "-c", VERSION], text=True).strip()
    environment = CHECKOUT / "build" / "versions" / version
    subprocess.check_call([python, "-m", "venv", environment])
    own = environment / "bin" / "python"
    subprocess.check_call(
        [own, "-m", "pip", "install", "--quiet", "--force-reinstall", CHECKOUT],
        env={**os.environ, "FASTRESP_REQUIRE_EXT": "1"},
    )
    return version, own


def ratios(python: Path, options: argparse.Namespace) -> dict[str, str]:
    """Return the ratio of fastresp in each row of ``bench/table.py``."""
    table, figures = CHECKOUT / "bench" / "table.py", python.parent / "rows.json"
    command = [str(python), str(table), "--rounds", str(options.rounds)]
    # Elsewhere than in the checkout, whose modules were built for another Python.
    subprocess.check_call(
        [*command, "--only", options.only, "--json", str(figures)],
        cwd=python.parent,
        stdout=sys.stderr,
    )
    return {
        f"{row['suite']}: {row['row']}": f"{result['ratio'][0]:.3g}x"
        for row in json.loads(figures.read_bytes())
        if "ratio" in (result := row["results"][row["own"][-1]])
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("pythons", nargs="+", metavar="PYTHON", help="interpreters")
    parser.add_argument("--rounds", type=int, default=20, help="default: %(default)s")
    parser.add_argument(
        "--only", default="", help='only rows with this in "suite: row"'
    )
    options = parser.parse_args()
    environments = dict(installed(python) for python in options.pythons)
    columns = {
        version: ratios(python, options) for version, python in environments.items()
    }
    print("| | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for row in dict.fromkeys(row for found in columns.values() for row in found):
        cells = (found.get(row, "") for found in columns.values())
        print(f"| {row} | " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
