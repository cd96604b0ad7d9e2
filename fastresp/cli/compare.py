"""Answers of an app, and the differences between two of them.

Some values differ on every request, with or without fastresp: dates, session
signatures, IDs. The unmodified app answers twice, before and after the app with
fastresp, whose answer has to agree where these two do.
"""

from __future__ import annotations

import collections
import collections.abc as cabc
import difflib
import re
import typing as t
import zlib

from .requests import printable

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

#: Limits of a body: an endless one is cut here, at the same place each time.
BODY_BYTES = 64 * 1024 * 1024
BODY_CHUNKS = 100_000

DIFF_LINES = 40
DIFF_COLUMNS = 160

Header = tuple[str, str]


class Answer(t.NamedTuple):
    """An app's response to a server."""

    status: str
    headers: list[Header]
    chunks: list[bytes]
    #: The exception raised by the app or by its body.
    error: str = ""
    #: Set if the body was cut.
    cut: bool = False


def ask(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Send a request, and consume the response as a server does."""
    status = ""
    headers: list[Header] = []
    chunks: list[bytes] = []
    error = ""
    cut = False

    def start_response(
        new_status: str, new_headers: list[Header], exc_info: t.Any = None, /
    ) -> t.Callable[[bytes], object]:
        nonlocal status, headers
        status = str(new_status)
        headers = [(str(name), str(value)) for name, value in new_headers]
        return chunks.append

    try:
        body = app(environ, start_response)
        try:
            size = 0
            for chunk in body:
                if not isinstance(chunk, bytes):
                    raise TypeError(f"a chunk of type {type(chunk).__name__}")
                chunks.append(chunk)
                size += len(chunk)
                if size > BODY_BYTES or len(chunks) > BODY_CHUNKS:
                    cut = True
                    break
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
    except BaseException as exception:
        kind = type(exception)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        error = f"{module}{kind.__qualname__}: {exception}"
    return Answer(status, headers, chunks, error, cut)


class Comparison(t.NamedTuple):
    """The differences between answers; empty if they are the same."""

    #: The names of the parts that differ: ``header Content-Type``, ``body``.
    differences: list[str]
    #: A diff of both answers: lines of the unmodified app's answer with ``-``, lines
    #: of the answer with fastresp with ``+``.
    diff: list[str]
    #: The parts that change by themselves. The rest of their words was compared.
    volatile: list[str]
    #: Set if status or exception change by themselves, so that nothing is proved.
    unstable: bool = False


# --- values that change ------------------------------------------------------

# An HTTP date is one word: two answers may differ only in the seconds, and the third
# one in the minutes. So are 2025-11-21, and base64 in its form for URLs.
_WORDS = re.compile(r"(\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT|[^\w-])")


def same_words(stock: str, fast: str, again: str) -> bool | None:
    """Return whether ``fast`` equals ``stock`` but for the words in which ``stock`` and
    ``again`` differ; ``None`` if those two differ in the number of words."""
    if stock == again:
        return stock == fast
    words = [_WORDS.split(text) for text in (stock, fast, again)]
    if len(words[0]) != len(words[2]):
        return None
    return len(words[0]) == len(words[1]) and all(
        first != third or first == second
        for first, second, third in zip(*words, strict=True)
    )


# --- answers -----------------------------------------------------------------


class _Comparer:
    def __init__(self, stock: Answer, fast: Answer, again: Answer) -> None:
        self.stock, self.fast, self.again = stock, fast, again
        self.differences: list[str] = []
        self.volatile: list[str] = []
        self.lines: list[tuple[list[str], list[str]]] = []

    def text(self, part: str, label: str, values: tuple[str, str, str]) -> None:
        stock, fast, again = values
        if not any(values):
            return
        if stock != again:
            self.volatile.append(part)
        if same_words(stock, fast, again) is False:
            self.differences.append(part)
            self.lines.append(([label + stock], [label + fast]))
        else:
            self.lines.append(([label + stock], [label + stock]))

    def headers(self) -> None:
        names = [
            collections.Counter(name for name, _ in answer.headers)
            for answer in (self.stock, self.again)
        ]
        # Headers that are in one of the unmodified app's answers only.
        loose = {
            name for name in names[0] | names[1] if names[0][name] != names[1][name]
        }
        kept = [
            [(name, value) for name, value in answer.headers if name not in loose]
            for answer in (self.stock, self.fast, self.again)
        ]
        stock, fast, again = kept
        if [name for name, _ in stock] != [name for name, _ in again]:
            self.volatile.append("order of headers")
            for headers in kept:
                headers.sort(key=lambda header: header[0])
        self.volatile += [f"header {name}" for name in sorted(loose)]

        # By name and number: a header may be repeated.
        numbered = [_numbered(headers) for headers in kept]
        wrong = []
        shown = dict(numbered[1])
        for key, value in numbered[0].items():
            before = numbered[2][key]
            if value != before:
                self.volatile.append(f"header {key[0]}")
            if key not in numbered[1]:
                wrong.append(key[0])
            elif self.same_value(key[0], value, numbered[1][key], before):
                shown[key] = value
            else:
                wrong.append(key[0])
        wrong += [
            name for name, number in numbered[1] if (name, number) not in numbered[0]
        ]
        self.differences += [f"header {name}" for name in dict.fromkeys(wrong)]
        if not wrong and list(numbered[0]) != list(numbered[1]):
            self.differences.append("order of headers")
        self.lines.append((_field_lines(numbered[0]), _field_lines(shown)))

    def same_value(self, name: str, stock: str, fast: str, again: str) -> bool:
        if name.lower() == "content-length" and self.stock.chunks != self.again.chunks:
            # Two different bodies may have the same length.
            return all(map(str.isdigit, (stock, fast, again)))
        return same_words(stock, fast, again) is not False

    def body(self) -> None:
        stock, fast, again = self.stock, self.fast, self.again
        if stock.chunks == again.chunks:
            if stock.chunks == fast.chunks and stock.cut == fast.cut:
                return
            same = b"".join(stock.chunks) == b"".join(fast.chunks)
            self.differences.append("chunks" if same else "body")
        else:
            self.volatile.append("body")
            texts = [
                b"".join(answer.chunks).decode("latin-1")
                for answer in (stock, fast, again)
            ]
            if same_words(texts[0], texts[1], texts[2]) is False:
                self.differences.append("body")
            elif len(stock.chunks) == len(again.chunks) != len(fast.chunks):
                self.differences.append("chunks")
            else:
                return
        self.lines.append(_body_lines(stock.chunks, fast.chunks))

    def result(self) -> Comparison:
        stock, fast, again = self.stock, self.fast, self.again
        self.text("status line", "", (stock.status, fast.status, again.status))
        self.headers()
        self.body()
        self.text("exception", "exception: ", (stock.error, fast.error, again.error))
        unstable = stock.status != again.status or bool(stock.error) != bool(
            again.error
        )
        if unstable:
            return Comparison([], [], list(dict.fromkeys(self.volatile)), True)
        diff: list[str] = []
        if self.differences:
            before = [line for lines, _ in self.lines for line in lines]
            after = [line for _, lines in self.lines for line in lines]
            diff = _diff(before, after)
        volatile = list(dict.fromkeys(self.volatile))
        return Comparison(self.differences, diff, volatile)


def compare(stock: Answer, fast: Answer, again: Answer) -> Comparison:
    """Compare the answer with fastresp to those of the unmodified app before and
    after."""
    found = _Comparer(stock, fast, again).result()
    if not found.differences:
        return found
    # The processes begin with the same memory, so that an object's address depends on
    # what ran before, and is the same in both answers of the unmodified app.
    masked = [_without_addresses(answer) for answer in (stock, fast, again)]
    if masked == [stock, fast, again]:
        return found
    found = _Comparer(masked[0], masked[1], masked[2]).result()
    return found._replace(volatile=[*found.volatile, "addresses of objects"])


# As in <object object at 0x7f0123456789>.
_ADDRESS = re.compile(r"(?<=\bat 0x)[0-9A-Fa-f]{6,16}\b")
_ADDRESS_BYTES = re.compile(_ADDRESS.pattern.encode())


def _without_addresses(answer: Answer) -> Answer:
    return answer._replace(
        headers=[(name, _ADDRESS.sub("...", value)) for name, value in answer.headers],
        chunks=[_ADDRESS_BYTES.sub(b"...", chunk) for chunk in answer.chunks],
        error=_ADDRESS.sub("...", answer.error),
    )


# --- showing -----------------------------------------------------------------


def _numbered(headers: cabc.Iterable[Header]) -> dict[tuple[str, int], str]:
    seen: collections.Counter[str] = collections.Counter()
    result = {}
    for name, value in headers:
        result[name, seen[name]] = value
        seen[name] += 1
    return result


_COOKIE_VALUE = re.compile(r"^([^=;]*)=([^;]*)")


def _field_lines(fields: dict[tuple[str, int], str]) -> list[str]:
    lines = []
    for (name, _), value in fields.items():
        if name.lower() == "set-cookie":
            # The output may end up in a log, which must not contain sessions.
            value = _COOKIE_VALUE.sub(_describe_cookie, value)
        lines.append(f"{name}: {value}")
    return lines


def _describe_cookie(match: re.Match[str]) -> str:
    value = match[2]
    checksum = zlib.crc32(value.encode("utf-8", "surrogatepass"))
    return f"{match[1]}=({len(value)} characters, CRC {checksum:08x})"


def common_start(one: cabc.Sequence[object], other: cabc.Sequence[object]) -> int:
    """Return how many items are equal before the first that differ."""
    pairs = enumerate(zip(one, other, strict=False))
    ends = min(len(one), len(other))
    return next((number for number, (old, new) in pairs if old != new), ends)


def _body_lines(stock: list[bytes], fast: list[bytes]) -> tuple[list[str], list[str]]:
    """Return the chunks of the bodies, from shortly before the first difference."""
    number = common_start(stock, fast)
    some = [stock[number : number + 5], fast[number : number + 5]]
    common = 0
    if len(stock) == len(fast) and some[0]:
        common = common_start(some[0][0], some[1][0])
    start = max(0, common - 40)
    offset = sum(map(len, stock[:number])) + start
    sides = []
    for chunks, shown in zip((stock, fast), some, strict=True):
        size = sum(map(len, chunks))
        plural = "" if len(chunks) == 1 else "s"
        lines = [f"body of {size} bytes in {len(chunks)} chunk{plural}"]
        if offset:
            lines.append(f"from byte {offset} on:")
        for chunk in shown:
            lines.append(f"chunk of {len(chunk)} bytes:")
            text = chunk[start : start + 2000]
            lines += map(_printable, text.splitlines(keepends=True)[:DIFF_LINES])
            start = 0
        start = max(0, common - 40)
        sides.append(lines[: 2 * DIFF_LINES])
    return sides[0], sides[1]


def _printable(line: bytes) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return repr(line)[2:-1]
    # Show line ends, which are part of the body.
    return printable(text.replace("\\", "\\\\"))


def _diff(before: list[str], after: list[str]) -> list[str]:
    lines = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        old, new = before[start:end], after[new_start:new_end]
        if old == new:
            lines += [f"  {_cut(line)}" for line in old]
            continue
        # Show long lines from shortly before their first difference.
        skip = 0
        if len(old) == len(new) == 1 and max(len(old[0]), len(new[0])) > DIFF_COLUMNS:
            skip = max(0, common_start(old[0], new[0]) - 40)
        lines += [f"- {_cut(line, skip)}" for line in old]
        lines += [f"+ {_cut(line, skip)}" for line in new]
    if len(lines) > DIFF_LINES:
        # Leave out equal lines before the first difference.
        first = next(number for number, line in enumerate(lines) if line[0] != " ")
        del lines[: max(0, min(first - 3, len(lines) - DIFF_LINES))]
    if len(lines) > DIFF_LINES:
        lines[DIFF_LINES:] = [f"  and {len(lines) - DIFF_LINES} lines more"]
    return lines


def _cut(line: str, skip: int = 0) -> str:
    line = printable(line)
    name = line.partition(": ")[0] + ": ..." if skip > 40 else "..."
    if skip > len(name):
        line = name + line[skip:]
    return line if len(line) <= DIFF_COLUMNS else f"{line[:DIFF_COLUMNS]}..."
