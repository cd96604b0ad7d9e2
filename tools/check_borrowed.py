"""Fails where compiled code hands a borrowed reference to what may run user code.

Cython takes no reference for ``f(<object>pointer)``: user code that ``f`` calls may
drop the last one, and ``f`` goes on with freed memory. A local variable takes one:

.. code-block:: cython

    owned = <object>borrowed_item
    f(owned)

The same goes for a comparison, an attribute and an item of such a cast. Arguments
that come as an array, named ``args``, are the caller's for as long as the call takes.

.. code-block:: text

    python tools/check_borrowed.py [SOURCE ...]
"""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Run no user code and free nothing. Those in small letters are fastresp's own, and
#: call no others than these.
HARMLESS = frozenset(
    """
    Py_INCREF Py_XINCREF Py_REFCNT Py_SIZE Py_TYPE type sizeof
    PyBool_Check PyByteArray_CheckExact PyCallable_Check
    PyBytes_AS_STRING PyBytes_Check PyBytes_CheckExact PyBytes_GET_SIZE
    PyDict_Check PyDict_CheckExact PyDict_GET_SIZE PyDict_Next PyDict_Size
    PyFloat_AS_DOUBLE PyFloat_Check PyFloat_CheckExact
    PyList_Check PyList_CheckExact PyList_GET_ITEM PyList_GET_SIZE
    PyLong_AsLongLongAndOverflow PyLong_Check PyLong_CheckExact
    PySequence_Fast_ITEMS
    PyTuple_Check PyTuple_CheckExact PyTuple_GET_ITEM PyTuple_GET_SIZE
    PyType_Check PyType_HasFeature PyType_IsSubtype
    PyUnicode_1BYTE_DATA PyUnicode_2BYTE_DATA PyUnicode_4BYTE_DATA
    PyUnicode_Check PyUnicode_CheckExact PyUnicode_Compare PyUnicode_DATA
    PyUnicode_GET_LENGTH PyUnicode_READY
    PyUnicode_IS_ASCII PyUnicode_IS_COMPACT_ASCII PyUnicode_IS_READY PyUnicode_KIND
    PyUnicode_MAX_CHAR_VALUE PyUnicode_READ PyUnicode_READ_CHAR
    PyWeakref_CheckProxy
    exact_utf8_size fr_dict_next fr_item has_line_break is_field is_field_named
    is_latin1 is_named is_plain_name is_str latin1_data read_text
    """.split()
)

#: Return borrowed pointers.
BORROWING = r"(?:Py\w+_GET_ITEM|PyDict_GetItem\w*|PyWeakref_GET_OBJECT)"
TYPES = "object|tuple|list|dict|set|frozenset|str|bytes|bytearray|type|int|float"
CAST = re.compile(rf"<\s*({TYPES})\s*\??>\s*")
POINTER = re.compile(r"\bPy(?:Type)?Object\s*\*\s*(?:const\s+)?(\w+)")
#: Comments and texts.
OTHER = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#.*')
FUNCTION = re.compile(r"^ *(?:cdef|cpdef|def|async def)\b.*\(", re.MULTILINE)
#: What follows an object and may call its methods, but for ``is`` and its truth.
USED = re.compile(
    r"\s*(?:==|!=|<=|>=|<(?!=)|>(?!=)|[-+*/%|&@](?!=)|\.\w|(?:not\s+)?in\b)"
)


class Found(t.NamedTuple):
    path: Path
    line: int
    #: The call that gets the cast, or what is done with it.
    callee: str
    text: str


def blank(found: re.Match[str]) -> str:
    """Return as many characters, and the same lines."""
    return re.sub(r"[^\n]", " ", found[0])


def end_of_operand(source: str, start: int) -> int:
    """Return where the operand of a cast ends: a name with its calls and parts."""
    at = start
    if at < len(source) and source[at] == "&":
        at += 1
    depth = 0
    while at < len(source):
        char = source[at]
        if char in "([":
            depth += 1
        elif char in ")]":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and not (char.isalnum() or char in "_."):
            break
        at += 1
    return at


def is_tuple(source: str, start: int) -> bool:
    """Return whether the parentheses that open at ``start`` have a comma."""
    depth = 0
    for char in source[start:]:
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 1:
            return True
        if depth == 0:
            break
    return False


def enclosing_call(source: str, at: int) -> str | None:
    """Return the name of the innermost call that a place is an argument of."""
    depth = 0
    while at > 0:
        at -= 1
        char = source[at]
        if char in ")]}":
            depth += 1
        elif char in "([{" and depth:
            depth -= 1
        elif char in "[{":
            # An item of a list, which takes a reference; or an index.
            return None
        elif char == "(":
            found = re.search(r"([\w.]+)\s*$", source[max(at - 100, 0) : at])
            words = {"and", "or", "not", "if", "in", "is", "return", "else", "print"}
            if found and found[1] not in words:
                return found[1]
            # Of parentheses; those of a tuple take a reference.
            if is_tuple(source, at):
                return None
        elif char == "\n" and not depth and at and source[at - 1] in ":":
            return None
    return None


def scopes(source: str) -> t.Iterator[tuple[int, int]]:
    """Yield where each function begins and ends, and first what is before."""
    starts = [0, *(found.start() for found in FUNCTION.finditer(source))]
    yield from zip(starts, [*starts[1:], len(source)], strict=True)


def check(path: Path, source: str) -> list[Found]:
    source = OTHER.sub(blank, source)
    lines = source.splitlines()
    violations = []
    for start, end in scopes(source):
        pointers = set(POINTER.findall(source[start:end]))
        for cast in CAST.finditer(source, start, end):
            operand_end = end_of_operand(source, cast.end())
            operand = source[cast.end() : operand_end]
            name = re.match(r"\w*", operand.lstrip("&"))
            if cast[1] != "object" and not (
                (name and name[0] in pointers) or re.match(BORROWING, operand)
            ):
                # Of an object that a variable has already.
                continue
            if operand.startswith("args["):
                continue
            callee = enclosing_call(source, cast.start())
            used = USED.match(source, operand_end)
            if source[operand_end : operand_end + 1] == ")" and callee is None:
                # Attributes are those of a cast in parentheses.
                used = re.compile(r"\)\s*(\.\w+|\[)").match(source, operand_end)
            before = source[max(cast.start() - 4, 0) : cast.start()]
            if re.search(r"(?:[=!]=|\bin) *$", before):
                callee = "operator"
            elif used:
                callee = used[0].strip(") ")
            if callee is None or callee.rpartition(".")[2] in HARMLESS:
                continue
            line = source.count("\n", 0, cast.start())
            violations.append(Found(path, line + 1, callee, lines[line].strip()))
    return violations


def main() -> int:
    paths = [Path(name) for name in sys.argv[1:]] or sorted(
        path
        for pattern in ("*.pyx", "*.pxi", "*.pxd")
        for path in ROOT.joinpath("fastresp").rglob(pattern)
    )
    found = [each for path in paths for each in check(path, path.read_text())]
    for each in found:
        print(f"{each.path}:{each.line}: borrowed, for {each.callee}: {each.text}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
