"""Makes a report of stored runs: one HTML page, the same in Markdown, and its plots.

.. code-block:: text

    python bench/report.py FILE.json [OTHER.json ...] [--output bench/report]
                           [--fail-over 10%]

The page is of the last file, and each file is compared with the one before it. With
``--fail-over``, the exit status is 1 if a figure of fastresp got worse by more than
that, beyond the intervals, or if an answer is wrong that was right.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

import plots
from content import comparison
from content import noise_of
from content import report
from figures import compare
from figures import FileError
from figures import load
from pages import Plot
from pages import to_html
from pages import to_markdown

HERE = pathlib.Path(__file__).parent
TITLE = "fastresp: benchmark report"


def share(text: str) -> float:
    """``10%`` or ``0.1``."""
    number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= number < 1:
        raise ValueError(text)
    return number


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE", help="of --benchmark-json")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "report")
    parser.add_argument(
        "--fail-over",
        type=share,
        metavar="SHARE",
        help="end with 1 if a ratio of fastresp fell by more, such as 10%%",
    )
    options = parser.parse_args(arguments)
    if not plots.available():
        parser.error("the plots are drawn by matplotlib: install '.[report]'")
    if options.fail_over is not None and len(options.files) < 2:
        parser.error("--fail-over compares two files")
    try:
        runs = [load(path) for path in options.files]
    except FileError as error:
        parser.error(str(error))
    pairs = [
        (before, after, compare(before, after))
        for before, after in zip(runs, runs[1:], strict=False)
    ]
    compared = [block for pair in pairs for block in comparison(*pair)]
    blocks = report(TITLE, runs[-1], compared)

    options.output.mkdir(parents=True, exist_ok=True)
    page = options.output / "index.html"
    page.write_text(to_html(TITLE, blocks), encoding="utf-8")
    text = to_markdown(blocks)
    (options.output / "report.md").write_text(text, encoding="utf-8")
    for block in blocks:
        if isinstance(block, Plot):
            path = options.output / f"{block.name}.svg"
            path.write_text(block.svg, encoding="utf-8")
    print(f"{page}: {noise_of(runs[-1])}")

    regressions = [
        change
        for *_, changes in pairs
        for change in changes
        if change.regressed(options.fail_over or 0)
    ]
    for change in regressions:
        factor = "" if change.factor is None else f" to {change.factor:.0%}"
        print(
            f"{change.suite}: {change.row}: {change.implementation}:"
            f" {change.verdict}{factor}"
        )
    return 1 if regressions and options.fail_over is not None else 0


if __name__ == "__main__":
    sys.exit(main())
