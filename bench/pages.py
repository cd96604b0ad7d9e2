"""A document of headings, paragraphs, tables and plots; as one HTML page that needs
nothing else, and as Markdown."""

from __future__ import annotations

import html
import re
import typing as t

import plots


class Heading(t.NamedTuple):
    text: str
    level: int = 2


class Text(t.NamedTuple):
    text: str


class Plot(t.NamedTuple):
    name: str
    caption: str
    svg: str


class Cell(t.NamedTuple):
    """A table's cell; ``value`` is what the table is sorted by, and the number
    itself where the text is a rounded one."""

    text: str
    value: float | None = None
    #: A class for its colour.
    mark: t.Literal["", "good", "bad", "weak"] = ""


class Table(t.NamedTuple):
    header: list[str]
    rows: list[list[Cell]]


Block = Heading | Text | Plot | Table

CSS = """
:root{color-scheme:light dark;--text:#1f2328;--back:#fff;--line:#d0d7de;--soft:#f6f8fa;
--good:#1a7f37;--bad:#cf222e;--weak:#57606a}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--back:#0d1117;--line:#30363d;
--soft:#161b22;--good:#3fb950;--bad:#ff7b72;--weak:#8b949e}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);
max-width:70rem;margin:0 auto;padding:1.5rem}
h2{border-bottom:1px solid var(--line);margin-top:2.5rem}
p,figcaption{max-width:46rem}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
nav{font-size:.9rem}nav a{color:inherit}
th,td{border:1px solid var(--line);padding:.25rem .6rem;text-align:left}
td[data-value]{text-align:right;white-space:nowrap}
th{background:var(--soft);vertical-align:bottom}
th button{all:unset;cursor:pointer}
th button:focus-visible{outline:2px solid var(--text)}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
td.good{color:var(--good)}td.bad{color:var(--bad)}td.weak{color:var(--weak)}
figure{margin:1.5rem 0;overflow-x:auto}
figure svg{max-width:100%;height:auto}
figcaption{color:var(--weak);font-size:.9rem}
"""

SCRIPT = """
document.querySelectorAll("table").forEach(table => {
  table.querySelectorAll("th").forEach((th, column) => {
    th.querySelector("button").addEventListener("click", () => {
      const up = th.ariaSort !== "ascending";
      table.querySelectorAll("th").forEach(other => { other.ariaSort = null; });
      th.ariaSort = up ? "ascending" : "descending";
      const key = row => {
        const cell = row.cells[column];
        return "value" in cell.dataset ? Number(cell.dataset.value) : cell.innerText;
      };
      const order = (one, two) => {
        const a = key(one), b = key(two);
        if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
        const sign = typeof a === "number" ? a - b : a.localeCompare(b);
        return up ? sign : -sign;
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort(order));
    });
  });
});
"""


def to_html(title: str, blocks: list[Block]) -> str:
    style = plots.STYLE + CSS
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Without it, a browser asks for one.
        '<link rel="icon" href="data:,">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        "<body>\n"
        + "\n".join([contents(blocks), *map(block_as_html, blocks)])
        + f"\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def contents(blocks: list[Block]) -> str:
    sections = [b for b in blocks if isinstance(b, Heading) and b.level == 2]
    links = [
        f'<a href="#{anchor(each)}">{html.escape(each.text)}</a>' for each in sections
    ]
    return f"<nav>{' · '.join(links)}</nav>"


def anchor(heading: Heading) -> str:
    return "section-" + re.sub(r"\W+", "-", heading.text.lower()).strip("-")


def block_as_html(block: Block) -> str:
    match block:
        case Heading(text, level):
            name = f' id="{anchor(block)}"' if level == 2 else ""
            return f"<h{level}{name}>{html.escape(text)}</h{level}>"
        case Text(text):
            return f"<p>{html.escape(text)}</p>"
        case Plot(name, caption, svg):
            caption = html.escape(caption)
            # The page has the colours.
            svg = svg.replace(f"<style>{plots.STYLE}</style>", "")
            return (
                f'<figure id="{name}">{svg}<figcaption>{caption}</figcaption></figure>'
            )
        case Table(header, rows):
            buttons = (
                f'<button type="button">{html.escape(n)}</button>' for n in header
            )
            head = "".join(f'<th scope="col">{button}</th>' for button in buttons)
            body = "\n".join(
                f"<tr>{''.join(map(cell_as_html, row))}</tr>" for row in rows
            )
            return (
                f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
                f"<tbody>\n{body}\n</tbody>\n</table></div>"
            )


def heading_as_html(name: str) -> str:
    button = f'<button type="button">{html.escape(name)}</button>'
    return f'<th scope="col">{button}</th>'


def cell_as_html(cell: Cell) -> str:
    mark = f' class="{cell.mark}"' if cell.mark else ""
    value = "" if cell.value is None else f' data-value="{cell.value!r}"'
    return f"<td{mark}{value}>{html.escape(cell.text)}</td>"


def to_markdown(blocks: list[Block]) -> str:
    return "\n\n".join(map(block_as_markdown, blocks)) + "\n"


def block_as_markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {escape(text)}"
        case Text(text):
            return escape(text)
        case Plot(name, caption, _):
            return f"![{escape(caption)}]({name}.svg)"
        case Table(header, rows):
            lines = [header, ["---"] * len(header)]
            lines += [[escape(cell.text) for cell in row] for row in rows]
            return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    raise TypeError(block)


def escape(text: str) -> str:
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", text)
