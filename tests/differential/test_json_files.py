"""Valid JSON texts, read by the standard library and written again."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest
from conftest import apps
from parity import outcome

import fastresp

if not fastresp.ACCELERATED:
    pytest.skip("needs the compiled modules", allow_module_level=True)

from fastresp._compiled import json as _json

TEXTS: dict[str, str] = {
    # Structures.
    "array": "[]",
    "array of everything": '[null, 1, "1", {}, [], true, false, 1.5]',
    "array of arrays": "[[], [[]], [[], [[], []]]]",
    "array ending in an array": '["a", 0, [1]]',
    "long array": "[" + ",".join(map(str, range(3000))) + "]",
    "deep array": "[" * 400 + "]" * 400,
    "deep array with a value": "[" * 300 + '"in"' + "]" * 300,
    "deep object": '{"a":' * 300 + "null" + "}" * 300,
    "deep mixture": '[{"a":[1],"b":' * 150 + "{}" + "}]" * 150,
    "object": "{}",
    "object with an empty key": '{"": 0}',
    "object with a NUL in a key": '{"a\\u0000b": 42}',
    "object with escapes in keys": r'{"\"\\\/\b\f\n\r\t": 1, "\u0022": 2}',
    "object with keys out of order": '{"b": 1, "a": 2, "ab": 3, "": 4, "B": 5}',
    "object with equal prefixes": '{"abcdefgh2": 1, "abcdefgh1": 2, "abcdefgh": 3}',
    "object with wide keys": '{"\\uffff": 1, "\U0001f600": 2, "é": 3, "z": 4}',
    "object with surrogates as keys": r'{"\udc00": 1, "\ud800": 2, "\ue000": 3}',
    "object with long keys": '{"' + "k" * 300 + '": 1, "' + "j" * 5000 + '": 2}',
    "object with many members": json.dumps({f"k{n * 7 % 500}": n for n in range(500)}),
    "objects alike": json.dumps([{"id": n, "b": str(n), "a": None} for n in range(50)]),
    "objects alike in another order": '[{"a": 1, "b": 2}, {"b": 3, "a": 4}, {"a": 5}]',
    "objects alike within each other": '[{"a": {"a": {"a": 1}}}, {"a": {"a": []}}]',
    # What stands alone.
    "null alone": "null",
    "true alone": "true",
    "false alone": "false",
    "number alone": "42",
    "string alone": '"asd"',
    # Integers.
    "one digit": "[1, -1, 9, -9]",
    "powers of ten": "[10, 100, 1000, 10000, 100000000, 1000000000000000000]",
    "before powers of ten": "[99, 999, 9999, 99999999, 9999999999999999]",
    "32 bits": "[2147483647, -2147483648, 4294967295, 4294967296]",
    "53 bits": "[9007199254740991, 9007199254740992, 9007199254740993]",
    "64 bits": "[9223372036854775807, -9223372036854775808, 18446744073709551615]",
    "65 bits": "[9223372036854775808, -9223372036854775809, 18446744073709551616]",
    "big integer": "[" + "1234567890" * 40 + ", -" + "9" * 100 + "]",
    # Numbers with a fraction or an exponent.
    "fraction": "[0.5, 1.25, -0.125, 3.14159265358979]",
    "fraction of zeros": "[1.0, 100.000, 0.0, -0.0, 0.000000]",
    "fraction and exponent": "[123.456e78, 123.456E-78, 0.1e1, 5.0e-2]",
    "tenths": "[0.1, 0.2, 0.3, 0.30000000000000004, 0.7, 1.1]",
    "prices": "[9.99, 19.95, 1234.50, 0.01, -0.05, 99999.999, 1e-3]",
    "close to zero": "[-0." + "0" * 78 + "1, 1e-320, 5e-324, 2.2250738585072014e-308]",
    "large": "[1.7976931348623157e308, -1.7976931348623157e308, 1e22, 1e23]",
    "where the exponent begins": "[1e15, 1e16, 9999999999999998.0, 1e17, 12345e12]",
    "where the exponent ends": "[1e-4, 1e-5, 0.00012345, 0.000099999, 1.5e-05]",
    "many digits": "[0.12345678901234567890123456789, 1234567890.1234567890123]",
    "halfway": "[9007199254740993.0, 4503599627370496.5, 2251799813685248.25]",
    "powers of two": "[4.450147717014403e-308, 7.120236347223045e-307, 1.1529215e18]",
    "names for no number": "[NaN, Infinity, -Infinity]",
    # Strings.
    "escapes": r'["\"", "\\", "\/", "\b", "\f", "\n", "\r", "\t"]',
    "escaped backslash before a letter": r'["\\n", "\\u0041", "\\\\", "\\\""]',
    "escaped control characters": "["
    + ", ".join(rf'"\u{char:04x}"' for char in range(0x20))
    + "]",
    "delete": '["\x7f", "\x80", "\x9f", "\xa0"]',
    "escaped NUL": r'["\u0000", "a\u0000", "\u0000a"]',
    "solidus": '["a/b", "</script>", "//"]',
    "markup": '["<b>&amp;\'</b>"]',
    "space": '[" ", "  a  "]',
    "latin-1": '["é", "ÿ", "a\xad", "naïve café"]',
    "two bytes": '["ƀ", "߿", "Ωμέγα", "Привет"]',
    "three bytes": '["ࠀ", "→", "中文", "\uffff"]',
    "four bytes": '["\U00010000", "\U0001f600", "\U0010ffff"]',
    "line separators": '["\u2028", "\u2029", "\x85"]',
    "byte order mark within": '["\ufeff", "a\ufeffb"]',
    "noncharacters": r'["\uffff", "\ufdd0", "\ud83f\udffe", "\udbff\udfff"]',
    "combining": '["e\u0301", "\u0301", "\u200b\u200d\u202e"]',
    "high surrogate alone": r'["\ud800"]',
    "low surrogate alone": r'["\udc00"]',
    "high surrogate, then a letter": r'["\ud800a"]',
    "high surrogate twice": r'["\ud800\ud800"]',
    "high surrogate twice and low": r'["\ud800\ud800\udc00"]',
    "high surrogate, then an escape": r'["\ud800\n", "\udbff\\"]',
    "surrogates the wrong way round": r'["\udd1e\ud834"]',
    "high surrogate and an escaped backslash": r'["\ud800\\udc00"]',
    "surrogate among others": r'["é\ud800→\udfff😀"]',
    "surrogate at the end of a long string": '["' + "a" * 5000 + '\\udfff"]',
    "not quite a surrogate": r'["\ud7ff", "\ue000"]',
    "words": '["true", "null", "NaN", "-Infinity", "1e5"]',
    "structure in a string": '["[1, {\\"a\\": 2}]", ",", ":", "{", "]"]',
    "eight characters": '["abcdefgh", "abcdefg\\"", "\\"bcdefgh"]',
    "sixteen characters": '["abcdefghijklmnop", "abcdefghijklmno\\n"]',
    "long string": '["' + "The quick brown fox. " * 500 + '"]',
    "long string of escapes": '["' + r"\n\u0001\"" * 2000 + '"]',
    "long string of wide characters": '["' + "→\U0001f600é" * 2000 + '"]',
}


@pytest.fixture(params=list(TEXTS.values()), ids=list(TEXTS))
def obj(request: pytest.FixtureRequest) -> t.Any:
    return json.loads(request.param)


@pytest.mark.parametrize("ensure_ascii", [True, False])
@pytest.mark.parametrize("sort_keys", [True, False])
def test_written_again(obj: t.Any, sort_keys: bool, ensure_ascii: bool) -> None:
    # None for what is nested too deep: when indented, and from 3.14 on.
    too_deep = (None,) if sys.version_info >= (3, 14) else ()
    keywords: dict[str, t.Any] = {"sort_keys": sort_keys, "ensure_ascii": ensure_ascii}
    assert _json.dumps(obj, keywords) in (json.dumps(obj, **keywords), *too_deep)
    keywords["separators"] = (",", ":")
    assert _json.dumps(obj, keywords) in (json.dumps(obj, **keywords), *too_deep)
    keywords["indent"] = 2
    assert _json.dumps(obj, keywords) in (json.dumps(obj, **keywords), None)


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_written_as_bytes(obj: t.Any, ensure_ascii: bool) -> None:
    """As the body of a response."""

    def body(app: t.Any) -> bytes:
        app.json.ensure_ascii = ensure_ascii
        return t.cast(bytes, app.json.response(obj).get_data())

    stock, _, fast = (outcome(lambda: body(app)) for app in apps())  # noqa: B023
    assert fast == stock
