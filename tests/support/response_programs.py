"""Programs about the API of responses: a line of Python each, ``r`` being the
response. Each of its statements, separated by ``; ``, counts."""

from __future__ import annotations

import copy
import datetime
import io
import pickle
import typing as t
from http import HTTPStatus

from bodies import Closing
from bodies import generated
from parity import compiled
from parity import describe
from parity import Journal
from parity import outcome
from werkzeug.datastructures import Headers
from werkzeug.datastructures import HeaderSet
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
BODIES: dict[str, t.Callable[[Journal], t.Any]] = {
    "text": lambda journal: "0123456789",
    "list": lambda journal: ["01234", b"56789"],
    "tuple": lambda journal: ("0", "123456789"),
    "generator": lambda journal: generated(journal, ["01234", b"56789"]),
    "closing": lambda journal: Closing(journal, [b"0123456789"]),
    "file": lambda journal: io.BytesIO(b"01234\n6789"),
    "empty": lambda journal: None,
}


def environ(method: str = "GET", **headers: str) -> dict[str, t.Any]:
    names = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return {**create_environ(method=method), **names}


NAMES = {
    value.__name__: value
    for value in (
        *(environ, Headers, HeaderSet, HTTPStatus, Request),
        *(WWWAuthenticate, datetime, copy, pickle),
    )
} | {"EPOCH": EPOCH}


def run(code: str, response: t.Any) -> t.Any:
    """What each of the statements comes to."""
    names = {**NAMES, "r": response}

    def evaluate(part: str) -> t.Any:
        value = eval(compiled(part), names)
        return "itself" if value is response else describe(value)

    results = []
    for part in code.split("; "):
        results.append(outcome(lambda: evaluate(part)))  # noqa: B023
        results.append(describe(response.headers._list))
    return results


ETAGS = r"""
r.set_etag("tag"); r.get_etag(); r.set_etag("other", weak=True); r.get_etag()
r.set_etag("", True); r.get_etag(); r.set_etag("ü"); r.set_etag("a b, c"); r.get_etag()
r.set_etag('quo"ted'); r.set_etag("a\nb"); r.set_etag(None); r.set_etag(5); r.set_etag()
r.headers["ETag"] = "bare"; r.get_etag(); r.headers["ETag"] = 'W/"w"'; r.get_etag()
r.headers["ETag"] = 'w/"w"'; r.get_etag(); r.headers["ETag"] = ""; r.get_etag()
r.add_etag(); r.get_etag(); r.add_etag(); r.add_etag(True); r.add_etag(weak=True)
r.add_etag(overwrite=True, weak=True); r.get_etag(); r.add_etag(True, True, True)
r.headers["etag"] = '"own"'; r.add_etag(); r.add_etag(overwrite=1); r.get_etag()
r.direct_passthrough = True; r.add_etag(); r.get_etag()
r.implicit_sequence_conversion = False; r.add_etag(); r.freeze(); r.get_etag()
r.freeze(); r.freeze(); r.get_data(); r.content_length; r.is_sequence
r.headers["ETag"] = '"own"'; r.content_length = 3; r.freeze()
r.direct_passthrough = True; r.freeze(); r.get_data()
r.automatically_set_content_length = False; r.freeze(); r.set_data("x")
r.response = ["ü", "\ud800"]; r.freeze(); r.response = 5; r.freeze()
""".strip().splitlines()

DATA = r"""
r.get_data(); r.get_data(True); r.get_data(as_text=True); r.data; r.get_data(as_text=0)
r.is_sequence; r.is_streamed; r.get_data(); r.is_sequence; r.is_streamed
r.set_data("ü"); r.get_data(); r.set_data(b"\xff"); r.get_data(True); r.set_data("")
r.set_data(bytearray(b"ab")); r.get_data(); r.set_data(memoryview(b"ab")); r.get_data()
r.set_data(None); r.set_data(5); r.set_data(["a"]); r.get_data(); r.set_data()
r.data = "other"; r.data; r.content_length; r.response; r.data = 5; del r.data
r.set_data("\ud800"); r.get_data(1, 2); r.set_data("a", "b"); r.set_data(value="kw")
r.automatically_set_content_length = False; r.data = "x"
r.headers["content-length"] = "99"; r.data = "x"; r.content_length
r.implicit_sequence_conversion = False; r.get_data(); r.make_sequence(); r.get_data()
r.direct_passthrough = True; r.get_data(); r.calculate_content_length(); r.is_sequence
r.calculate_content_length(); r.content_length; r.is_sequence; r.response
r.implicit_sequence_conversion = False; r.calculate_content_length(); r.is_streamed
r.response = ["a", 5]; r.calculate_content_length(); r.get_data(); r.response = None
r.response = "text"; r.get_data(); r.is_sequence; r.is_streamed; r.response = b"ab"
r.response = ["a"]; r.response.append("b"); r.get_data(); r.calculate_content_length()
r._ensure_sequence(); r._ensure_sequence(mutable=True); r.response
r.make_sequence(); r.make_sequence(); r.response; len(r._on_close)
r.stream.write(b"a"); r.stream.write("ü"); r.stream.tell(); r.get_data()
r.stream.writelines([b"a", "b"]); r.content_length; r.stream.write(5); r.response
list(r.iter_encoded()); list(r.iter_encoded()); r.get_data(); repr(r)
repr(r); r.status = "404 <Odd>"; repr(r); r.make_sequence(); repr(r)
r.json; r.is_json; r.get_json(); r.get_json(force=True); r.get_json(True, True); r.text
r.mimetype = "application/json"; r.json; r.get_json(silent=True); r.data = "[1]"; r.json
r.mimetype = "application/json"; r.data = "{"; r.json; r.get_json(silent=True)
r.close(); r.get_data(); r.__enter__() is r; r.__exit__(None, None, None)
""".strip().splitlines()

STATUS = r"""
r.status = 404; r.status; r.status_code; r.status_code = 201; r.status; r.status_code
r.status = "299 Odd"; r.status_code = 299; r.status; r.status = "odd"; r.status_code
r.status_code = "404"; r.status; r.status_code = None; r.status; r.status_code
r.status = ""; r.status; r.status = None; r.status = b"200 OK"; r.status = 5.5; r.status
r.status = HTTPStatus.CREATED; r.status_code; r.status_code = HTTPStatus.GONE; r.status
r.status_code = True; r.status; r.status = "0404 x"; r.status_code; r.status = " 1"
r.content_length; r.content_length = 5; r.content_length; r.content_length = None
r.content_length = "7"; r.content_length; r.content_length = "x"; r.content_length
r.content_length = 0; r.content_length; r.content_length = -1; del r.content_length
r.mimetype; r.mimetype = "text/css"; r.content_type; r.mimetype = "a/b"; r.content_type
r.mimetype = "application/xml"; r.content_type; r.mimetype = None; r.mimetype = ""
r.mimetype_params; r.mimetype_params["charset"] = "latin1"; r.content_type; r.mimetype
r.content_type = "TEXT/X; A=b"; r.mimetype; r.mimetype_params; r.content_type = None
del r.headers["Content-Type"]; r.mimetype; r.mimetype_params; r.content_type; r.is_json
p = r.mimetype_params; r.content_type = "x/y; q=1"; p["z"] = "2"; r.content_type
r.location = "/ä"; r.location; r.content_location = "x"; r.content_location
r.last_modified = EPOCH; r.last_modified; r.last_modified = 5; r.date = 0; r.date; r.age
r.retry_after = EPOCH; r.retry_after; r.retry_after = 5; r.retry_after = None
r.access_control_allow_methods = ["GET", "PUT"]; r.access_control_allow_methods; str(r)
r.cache_control.max_age = 5; r.cache_control.public = True; r.headers["Cache-Control"]
r.content_range; r.content_range.set(0, 5, 10); r.content_range = (0, 5, 10, "items")
r.www_authenticate = WWWAuthenticate("basic", {"realm": "x"}); r.www_authenticate.type
r.set_cookie("a"); r.set_cookie("b", "ü ;", 5, 0, "/p", "d.x", True, True, "Strict")
r.delete_cookie("a", "/", "d"); r.set_cookie("c", expires=EPOCH)
r.set_cookie("e", samesite="x"); r.set_cookie("f g"); r.set_cookie("h", "x" * 5000)
""".strip().splitlines()

SETS = [
    line.replace("NAME", name)
    for name in ("vary", "allow", "content_language")
    for line in r"""
r.NAME; r.NAME.add("A"); r.NAME; r.NAME.add("a"); r.NAME.add("B, C"); r.NAME.add("")
r.NAME.update(["A", "b", "A"]); r.NAME.remove("a"); r.NAME.remove("zz"); list(r.NAME)
r.NAME.discard("zz"); r.NAME.add("zz"); r.NAME.discard("ZZ"); len(r.NAME); bool(r.NAME)
r.NAME.add("A"); r.NAME.clear(); r.NAME; r.NAME.clear(); "a" in r.NAME; r.NAME.find("a")
r.NAME = "A, b"; r.NAME; r.NAME = ["C", "D"]; r.NAME; r.NAME = ("E",); r.NAME = {"F"}
r.NAME = HeaderSet(["G", "H"]); r.NAME; r.NAME.as_set(); r.NAME.as_set(True)
r.NAME = "A"; r.NAME = None; r.NAME; r.NAME = ""; r.NAME; r.NAME = []; r.NAME = 5
s = r.NAME; s.add("A"); s.add("B"); r.NAME; r.NAME.add("C"); s.add("D"); r.NAME
s = r.NAME; r.NAME = "X"; s.add("Y"); r.NAME; r.NAME is r.NAME; s == r.NAME
s = r.NAME; copy.deepcopy(s).add("A"); copy.copy(r.NAME).add("B"); r.NAME; s
pickle.dumps(r.NAME)
s = HeaderSet(["A"]); r.NAME = s; s.add("B"); r.NAME; t = r.NAME; t.add("C"); s
r.NAME.add("A"); r.NAME[0]; r.NAME[0] = "B"; r.NAME; del r.NAME[0]; r.NAME[5]
r.NAME.add('quo"ted'); r.NAME.add("a,b"); r.NAME; r.NAME.add("ü"); r.NAME.add("a\nb")
r.NAME.add(5); r.NAME.add(None); r.NAME.update("ab"); r.NAME.to_header(); repr(r.NAME)
s = r.NAME; r.headers = Headers({"X": "1"}); s.add("A"); r.NAME; r.headers
r.headers.add("Vary", "A"); r.headers.add("Vary", "B"); r.NAME; r.NAME.add("C"); r.NAME
r.headers["Vary"] = "*"; r.NAME.add("Cookie"); r.NAME; r.headers["Vary"] = " a ,, b "
""".strip().splitlines()
]
