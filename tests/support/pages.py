"""What a page of HTML has in it, and what a browser makes of it."""

from __future__ import annotations

import html.parser
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import BROWSERS_ENVIRON

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

REFERENCES = ("action", "data", "href", "src", "srcset", "xlink:href")
#: Tags without an end.
VOID = ("br", "hr", "img", "input", "link", "meta")
Cell = tuple[str, float | None]


class Page(html.parser.HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        #: Each with the tag that it is in.
        self.texts: list[tuple[str, str]] = []
        #: Text and ``data-value`` of each cell.
        self.rows: list[list[Cell]] = []
        self.open: list[str] = []
        self.text = path.read_text("utf-8")
        self.feed(self.text)
        self.close()
        assert self.open == []
        assert not any(name.startswith("on") for name, _ in self.attributes)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += found.items()
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            value = found.get("data-value")
            self.rows[-1].append(("", None if value is None else float(value)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))
        if "td" in self.open:
            text, value = self.rows[-1].pop()
            self.rows[-1].append((text + data, value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def references(self) -> list[str]:
        return [value for name, value in self.attributes if name in REFERENCES]

    def named(self, name: str) -> list[list[Cell]]:
        """The rows whose first cell has that text."""
        return [row for row in self.rows if row and row[0][0] == name]


def as_rendered(page: Path, profile: Path, *options: str) -> str:
    """The page after a browser has run its scripts."""
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu"]
    command += ["--no-first-run", "--disable-background-networking", "--disable-sync"]
    command += ["--disable-component-update", "--enable-logging=stderr"]
    command += [f"--user-data-dir={profile}", *options, "--dump-dom", page.as_uri()]
    done = subprocess.run(
        command,
        env=BROWSERS_ENVIRON,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    # Violations and failed loads are reported there.
    assert "CONSOLE" not in done.stderr
    return done.stdout
