"""The results of ``flask fastresp bench`` as an HTML page."""

from __future__ import annotations

import typing as t

from jinja2 import Environment
from jinja2 import StrictUndefined

_TEMPLATE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>fastresp on this app</title>
<style>
:root {
  --back: #fbfbfa; --card: #fff; --text: #1d1f21; --dim: #62676d; --line: #dfe1e4;
  --stock: #9aa1a9; --fast: #1a7f5a; --free: #8fcbb3; --bad: #b3261e; --note: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #141618; --card: #1d2023; --text: #e6e8ea; --dim: #9aa1a9;
    --line: #33373c; --stock: #6b737c; --fast: #3fbf8e; --free: #24694f;
    --bad: #ff897d; --note: #e3b341;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 64rem;
  background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .85rem; }
.dim { color: var(--dim); }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  margin: 1rem 0; padding: 1rem 1.25rem;
}
section p { margin: .25rem 0 .75rem; }
.bars { display: grid; grid-template-columns: auto 1fr 6.5rem; gap: .35rem .75rem; }
.bars > * { align-self: center; }
.value { text-align: right; font-variant-numeric: tabular-nums; }
.track { height: 1.1rem; position: relative; }
.bar { height: 100%; border-radius: .2rem; min-width: 2px; }
.interval {
  position: absolute; top: 50%; height: .5rem; margin-top: -.25rem;
  border: solid var(--text); border-width: 0 1.5px;
  background: linear-gradient(var(--text), var(--text)) center / 100% 1.5px no-repeat;
}
.noisy { opacity: .4; }
.stock { background: var(--stock); }
.fast { background: var(--fast); }
.free { background: var(--free); }
.bad { color: var(--bad); }
.note { color: var(--note); }
pre { overflow-x: auto; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
pre .minus { color: var(--bad); }
pre .plus { color: var(--fast); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .5rem; font-size: .9rem;
         text-align: right; border-top: 1px solid var(--line);
         font-variant-numeric: tabular-nums; white-space: nowrap; }
th:first-child, td:first-child {
  text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 10rem;
}
th { border-top: 0; }
</style>
</head>
<body>
<h1>fastresp on this app</h1>
<p class="dim">{{ facts }}</p>
<p>Whole requests, in process: the unmodified app, the app with FastResp, and the app
with responses and session cookies that cost nothing, which is the largest possible
gain: routing, the view and the hooks remain. Brackets are 95 % intervals. Answers
were compared first: a route that differs has no figures.</p>
{% for route in routes %}
<section>
<h2>{{ route.name }}</h2>
{% if route.timing %}
{% set timing = route.timing %}
<p{% if timing.verdict == "unknown" %} class="note"{% endif %}>{{ timing.words }}.</p>
<div class="bars{% if timing.verdict == "unknown" %} noisy{% endif %}">
{% for bar in timing.bars %}
<span>{{ bar.label }}</span>
<div class="track">
<div class="bar {{ bar.kind }}" style="width: {{ bar.width }}%"></div>
{% if bar.interval %}
<div class="interval" title="95 % interval"
     style="left: {{ bar.interval[0] }}%; width: {{ bar.interval[1] }}%"></div>
{% endif %}
</div>
<span class="value">{{ bar.value }}</span>
{% endfor %}
</div>
{% elif route.differences %}
<p class="bad">Differs: {{ route.differences | join(", ") }}.</p>
<pre>{% for line in route.diff -%}
<span class="{{ {'-': 'minus', '+': 'plus'}.get(line[:1], 'both') }}">{{ line }}</span>
{% endfor %}</pre>
{% else %}
<p class="note">Not timed: {{ route.not_timed }}.</p>
{% endif %}
</section>
{% endfor %}
{% if timed %}
<section class="wide" tabindex="0" role="region" aria-label="All figures">
<table>
<thead><tr><th>route</th><th>stock</th><th>FastResp</th><th>gain</th>
<th>95 % interval</th><th>at most</th><th>response</th><th>reached</th>
<th>noise</th><th>passes</th></tr></thead>
<tbody>
{% for route in timed %}
<tr><td>{{ route.name }}</td>
{%- for cell in route.timing.cells %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</section>
<p class="dim">"response" is its part of the request, and "reached" how much of that
part FastResp saves. "noise" is by how much the unmodified app differs from itself.</p>
{% endif %}
{% for text in left_out %}
<p class="dim">Left out: {{ text }}.</p>
{% endfor %}
</body>
</html>
"""


def render(document: dict[str, t.Any]) -> str:
    """Return the page, without external resources.

    :param document: the document that ``--json`` prints.
    """
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    routes = [_with_timing(route) for route in document["routes"]]
    names = document["versions"]
    facts = ", ".join(
        [
            f"fastresp {names['fastresp']}",
            f"Flask {names['flask']}",
            f"Werkzeug {names['werkzeug']}",
            names["python"],
            names["platform"],
            f"{document['seconds']:g} seconds a route",
        ]
    )
    return environment.from_string(_TEMPLATE).render(
        facts=facts,
        routes=routes,
        timed=[route for route in routes if route["timing"]],
        left_out=document["left_out"],
    )


def _with_timing(route: dict[str, t.Any]) -> dict[str, t.Any]:
    timing = route["timing"]
    if timing is None:
        return route
    gain, ceiling = timing["gain"], timing["ceiling"]
    stock = timing["stock_us"]
    sides = [
        ("unmodified", "stock", stock, None),
        ("FastResp", "fast", timing["fast_us"], gain),
        ("at best", "free", timing["free_us"], ceiling),
    ]
    known = [side for side in sides if side[2] is not None]
    # The longest bar, or the end of the longest interval.
    longest = max(
        max(value, stock / ratio["low"] if ratio else 0.0) for *_, value, ratio in known
    )
    bars = []
    for label, kind, value, ratio in known:
        bar: dict[str, t.Any] = {
            "label": label,
            "kind": kind,
            "value": _microseconds(value),
        }
        bar["width"] = f"{value / longest * 100:.2f}"
        bar["interval"] = None
        if ratio is not None:
            left, right = stock / ratio["high"], stock / ratio["low"]
            bar["interval"] = (
                f"{left / longest * 100:.2f}",
                f"{(right - left) / longest * 100:.2f}",
            )
        bars.append(bar)
    cells = [
        _microseconds(timing["stock_us"]),
        _microseconds(timing["fast_us"]),
        f"{gain['ratio']:.2f}x",
        f"{gain['low']:.2f} to {gain['high']:.2f}",
        "?" if ceiling is None else f"{ceiling['ratio']:.2f}x",
        _percent(timing["share"]),
        _percent(timing["reached"]),
        _percent(timing["noise"]),
        str(timing["passes"]),
    ]
    if timing["verdict"] == "unknown":
        cells[2:7] = ["too noisy", *[""] * 4]
    words = timing["sentence"].removeprefix(f"{timing['name']}: ")
    words = (words[:1].upper() + words[1:]).replace(" %", "\N{NO-BREAK SPACE}%")
    return {**route, "timing": {**timing, "bars": bars, "cells": cells, "words": words}}


def _microseconds(value: float) -> str:
    return f"{value:,.1f} µs"


def _percent(part: float | None) -> str:
    return "?" if part is None else f"{part * 100:.0f} %"
