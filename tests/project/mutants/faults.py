"""Faults of the compiled code: those of ``faults.txt``, and others drawn at random:
an operator, a constant, a condition or a statement is another one.

A drawn one that no test finds is not always a hole in the tests: some change nothing
that can be seen. Look at each.
"""

from __future__ import annotations

import random
import re
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PATTERNS = ("fastresp/**/*.pyx", "fastresp/**/*.pxi", "src_c/*.c")

OPERATORS = {
    **{" == ": " != ", " < ": " <= ", " > ": " >= ", " <= ": " < ", " >= ": " > "},
    **{" != ": " == ", " and ": " or ", " or ": " and ", " && ": " || "},
    **{" + ": " - ", " - ": " + ", " is not ": " is ", " in ": " not in ", "++": "--"},
    **{" & ": " | ", " | ": " & ", "True": "False", "False": "True", "not ": ""},
    " || ": " && ",
}
OPERATOR = re.compile("|".join(map(re.escape, OPERATORS)))
NUMBER = re.compile(r"\b(?:0x[0-9A-Fa-f]+|0|[1-9]\d*)\b")
PY_CONDITION = re.compile(r"(\s*(?:el)?if) .*[^:]:$")
C_CONDITION = re.compile(r"(\s*(?:else )?if) \(.*\)( \{)?$")
KEYWORDS = (
    "or and cdef return raise def if else elif for while import from case default"
)
STATEMENT = re.compile(rf"(\s+)(?!{'|'.join(KEYWORDS.split())})\w")
NOT_CODE = re.compile(
    r"\s*(#|\*|/\*|\"|'|@|cdef|cimport|from |import |def |class |enum )"
)


class Fault(t.NamedTuple):
    file: str
    what: str
    """What is wrong then."""
    original: str
    """What is replaced; found once in the file, unless the fault is drawn."""
    replacement: str
    line: int = 0
    """Of a drawn one: which line is replaced."""

    @property
    def tests(self) -> str:
        """What may find it."""
        return tests_of(self.file)

    def mutated(self) -> str:
        """The file with the fault in it."""
        text = (ROOT / self.file).read_text()
        if self.line:
            lines = text.splitlines(keepends=True)
            lines[self.line - 1] = f"{self.replacement}\n"
            return "".join(lines)
        found = text.count(self.original)
        if found != 1 or self.original == self.replacement:
            raise ListError(f"{self.file}: found {found} times: {self.original!r}")
        return text.replace(self.original, self.replacement)


class ListError(Exception):
    """The list of faults is wrong."""


def listed() -> list[Fault]:
    found = []
    text = Path(__file__).with_suffix(".txt").read_text()
    for part in text.split("\n== ")[1:]:
        file, *faults = re.split(r"\n+(?![-+])", part.rstrip())
        for fault in faults:
            what, *lines = fault.split("\n")
            original, replacement = (
                "\n".join(line[1:] for line in lines if line[0] == sign)
                for sign in "-+"
            )
            found.append(Fault(file, what, original, replacement))
    return found


#: Which files of tests/unit look at a file, where it is not the one of its name.
UNIT = {
    "app": "extension dispatch",
    "arguments": "construction cookies headers",
    "core": "contract hooks",
    "dates": "cookies conditional",
    "delegate": "hooks contract",
    "dicts": "json_encoder",
    "emission": "emission deviations text",
    "header_sets": "sessions response_api hooks",
    "headers_class": "headers hooks",
    "html": "redirects errors",
    "json": "json_encoder json_provider",
    "json_response": "json_provider",
    "location": "emission redirects",
    "methods": "headers",
    "names": "construction emission headers",
    "normalize": "construction headers dispatch",
    "options": "json_encoder",
    "provider": "json_provider",
    "response_class": "hooks contract",
    "sessions": "sessions signed_cookies",
    "status": "construction dispatch",
    "text": "text deviations",
    "values": "json_encoder",
    "watch": "hooks extension",
}


def tests_of(file: str) -> str:
    if file.startswith("src_c/"):
        return "tests/c/test_src_c.py -k plain"
    stem = Path(file).stem
    if stem == "gunicorn":
        return "tests/integration/test_gunicorn.py"
    names = UNIT.get(stem, stem).split()
    paths = [f"tests/unit/test_{name}.py" for name in names]
    found = [path for path in paths if (ROOT / path).exists()]
    return " ".join([*found, "tests/differential/test_cases.py"])


def variants(line: str, is_c: bool) -> list[tuple[str, str]]:
    """What a line may become, and in which way."""
    found = []
    code = line.partition("  #")[0]
    for match in OPERATOR.finditer(code):
        other = line[: match.start()] + OPERATORS[match[0]] + line[match.end() :]
        found.append((f"operator {match[0].strip()}", other))
    for match in NUMBER.finditer(code):
        number = str(int(match[0], 0) + 1)
        found.append(("constant", line[: match.start()] + number + line[match.end() :]))
    if is_c:
        condition = C_CONDITION.match(code)
        ways = {"True": " (1)", "False": " (0)"}
        ends = code.endswith(";")
    else:
        condition = PY_CONDITION.match(code)
        ways = {"True": " True:", "False": " False:"}
        ends = not code.endswith((",", ":", "("))
    if condition:
        end = condition[2] or "" if is_c else ""
        found += [
            (f"if {way}", condition[1] + text + end) for way, text in ways.items()
        ]
    statement = STATEMENT.match(code)
    is_whole = all(code.count(a) == code.count(b) for a, b in ("()", "[]", "{}"))
    if statement and is_whole and ends:
        found.append(("dropped", f"{statement[1]}{';' if is_c else 'pass'}"))
    return found


def faults_of(file: str) -> list[Fault]:
    found = []
    is_c = file.endswith(".c")
    in_text = False
    for number, line in enumerate((ROOT / file).read_text().splitlines(), 1):
        in_text ^= line.count('"""') == 1
        if in_text or NOT_CODE.match(line) or not line.startswith((" ", "\t")):
            continue
        for how, other in variants(line, is_c):
            if other == line:
                continue
            what = f"line {number}: {how}: {line.strip()} -> {other.strip()}"
            found.append(Fault(file, what, line, other, number))
    return found


def draw(count: int, seed: int, only: str) -> list[Fault]:
    """So many of the faults that have that word, each file having the same chance."""
    paths = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern))
    by_file = [
        [
            fault
            for fault in faults_of(file)
            if only in "\n".join(map(str, fault)).lower()
        ]
        for file in (path.relative_to(ROOT).as_posix() for path in paths)
    ]
    by_file = [faults for faults in by_file if faults]
    chosen = random.Random(seed)
    return [chosen.choice(chosen.choice(by_file)) for _ in range(count * bool(by_file))]
