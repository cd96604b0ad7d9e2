"""Text that is not ASCII: the bytes of ``str.encode``, or its exception."""

from __future__ import annotations

import ctypes
import functools
import sys
import typing as t

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import create_environ

import fastresp

ENVIRON = create_environ()


def characters(first: int, last: int) -> st.SearchStrategy[str]:
    return st.characters(
        min_codepoint=first, max_codepoint=last, exclude_categories=["Cs"]
    )


KINDS = {
    "ascii": characters(0, 0x7F),
    "latin-1": characters(0, 0xFF),
    "up to two bytes": characters(0, 0x7FF),
    "three bytes": characters(0x800, 0xFFFF),
    "basic plane": characters(0, 0xFFFF),
    "four bytes": characters(0x10000, 0x10FFFF),
    "any": characters(0, 0x10FFFF),
}
# Runs, since text is made of them, and long enough for what looks at many
# characters at once.
RUNS = st.lists(
    st.one_of(*(st.text(kind, min_size=1, max_size=40) for kind in KINDS.values())),
    max_size=8,
).map("".join)
SURROGATES = st.characters(categories=["Cs"])


class Text(str): ...


def sent(body: t.Any) -> tuple[list[bytes], str | None]:
    """The chunks and the ``Content-Length`` of a response."""
    response = fastresp.Response(body)
    iterator, _, headers = response.get_wsgi_response(ENVIRON)
    return list(iterator), dict(headers).get("Content-Length")


def error_of(function: t.Callable[[], t.Any]) -> tuple[t.Any, ...]:
    with pytest.raises(UnicodeEncodeError) as caught:
        function()
    return str(caught.value), *caught.value.args


@given(text=RUNS)
@example(text="0123456789abcdé→" * 60)
@example(text="é" * 1000)
@example(text="\U0001f600" * 1000)
def test_body(text: str) -> None:
    encoded = text.encode()
    assert fastresp.Response(text).response == [encoded]
    assert sent(text) == ([encoded], str(len(encoded)))


@given(texts=st.lists(RUNS, max_size=4))
def test_chunks(texts: list[str]) -> None:
    chunks = [text.encode() for text in texts]
    length = str(sum(map(len, chunks)))
    assert sent(texts) == (chunks, length)
    assert sent(tuple(texts)) == (chunks, length)
    assert sent(iter(texts)) == (chunks, None)


@pytest.mark.parametrize("size", range(0, 70))
@pytest.mark.parametrize("one", ["é", "ÿ", "Ā", "→", "\uffff", "\U0001f600"])
def test_every_place(one: str, size: int) -> None:
    for place in range(size):
        text = "a" * place + one + "b" * (size - place - 1)
        assert fastresp.Response(text).response == [text.encode()]


@pytest.mark.parametrize("around", ["a", "é", "→", "é→", "aé→", "aaaa→", "ééé→→"])
def test_a_surrogate_at_every_place(around: str) -> None:
    # The last one is long enough not to be measured first.
    for size in (15, 16, 17, 33, 48, 70, 233):
        text = (around * size)[:size]
        for place in range(size):
            wrong = text[:place] + "\udc00" + text[place + 1 :]
            expected = error_of(wrong.encode)
            assert error_of(functools.partial(fastresp.Response, wrong)) == expected


@given(before=RUNS, surrogates=st.text(SURROGATES, min_size=1), after=RUNS)
@example(before="", surrogates="\ud83d\ude00", after="")
@example(before="a" * 300, surrogates="\udfff", after="a" * 300)
def test_surrogates(before: str, surrogates: str, after: str) -> None:
    text = before + surrogates + after
    expected = error_of(text.encode)
    assert error_of(lambda: fastresp.Response(text)) == expected
    # To measure, and to send.
    assert error_of(lambda: sent(["é", text])) == expected
    assert error_of(lambda: sent(iter(["é", text]))) == expected
    response = fastresp.Response(["é", text], headers={"Content-Length": "9"})
    iterator = iter(response.get_wsgi_response(ENVIRON)[0])
    assert next(iterator) == "é".encode()
    assert error_of(lambda: next(iterator)) == expected


@given(text=RUNS)
def test_subclass(text: str) -> None:
    chunks = [text.encode()]
    assert fastresp.Response(Text(text)).response == chunks
    assert sent([Text(text)]) == (chunks, str(len(chunks[0])))


@given(text=RUNS)
@example(text="→" * 8 + "\U0001f600" + "→" * 24)
def test_text_with_its_encoding_cached(text: str) -> None:
    as_utf8 = ctypes.pythonapi.PyUnicode_AsUTF8AndSize
    as_utf8.argtypes = [ctypes.py_object, ctypes.c_void_p]
    as_utf8.restype = ctypes.c_void_p
    assert as_utf8(text, None)
    assert fastresp.Response(text).response == [text.encode()]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="CPython has them no more.")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("ready", [False, True])
@pytest.mark.parametrize(
    "text", ["", "abc", "é" * 50, "a→" * 50, "\U0001f600é" * 50, "a\ud800b"]
)
def test_text_that_is_not_compact(text: str, ready: bool) -> None:
    if ctypes.sizeof(ctypes.c_wchar) != 4:
        pytest.skip("A character may take two units.")
    from_unicode = ctypes.pythonapi.PyUnicode_FromUnicode
    from_unicode.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t]
    from_unicode.restype = ctypes.py_object

    def make() -> str:
        made = t.cast(str, from_unicode(None, len(text)))
        if text:
            as_unicode = ctypes.pythonapi.PyUnicode_AsUnicode
            as_unicode.argtypes = [ctypes.py_object]
            as_unicode.restype = ctypes.c_void_p
            ctypes.memmove(
                as_unicode(made),
                text.encode("utf-32-le", "surrogatepass"),
                4 * len(text),
            )
        if ready:
            assert made == text
        return made

    if "\ud800" in text:
        assert error_of(lambda: fastresp.Response(make())) == error_of(text.encode)
        assert error_of(lambda: sent([make()])) == error_of(text.encode)
        return
    encoded = text.encode()
    assert fastresp.Response(make()).response == [encoded]
    assert sent([make()]) == ([encoded], str(len(encoded)))
