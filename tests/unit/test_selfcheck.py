"""What a later Werkzeug, Flask or json does in another way is theirs, part by part."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# What later versions may do: their own functions, in their own modules. By the part
# that is theirs then: the module, the class in it, the function.
CHANGES = {
    "headers": (
        "werkzeug.datastructures.headers:Headers",
        """
def get(self, key, default=None, type=None):
    return "new"
""",
    ),
    "construction": (
        "werkzeug.wrappers.response:Response",
        """
def __init__(self, response=None, status=None, headers=None, mimetype=None,
             content_type=None, direct_passthrough=False):
    super(Response, self).__init__(status, headers, mimetype, content_type)
    self.direct_passthrough = direct_passthrough
    self._on_close = []
    self.response = [b"new"]
    self.new = True
""",
    ),
    "emission": (
        "werkzeug.wrappers.response:Response",
        """
def get_wsgi_headers(self, environ):
    headers = Headers(self.headers)
    headers["X-New"] = "1"
    return headers
""",
    ),
    "emission, all": (
        "werkzeug.wrappers.response:Response",
        """
def get_wsgi_response(self, environ):
    return [], "200 New", []
""",
    ),
    "cookies": (
        "werkzeug.sansio.response:Response",
        """
def set_cookie(self, key, *args, **kwargs):
    self.headers.add("Set-Cookie", key + "=new")
""",
    ),
    "conditional": (
        "werkzeug.wrappers.response:Response",
        """
def make_conditional(self, request_or_environ, *args, **kwargs):
    self.set_etag("new")
    return self
""",
    ),
    "header sets": (
        "werkzeug.datastructures.structures:HeaderSet",
        """
def to_header(self):
    return ", ".join(item.lower() for item in self._headers)
""",
    ),
    "errors": (
        "werkzeug.exceptions:HTTPException",
        """
def get_response(self, environ=None, scope=None):
    from werkzeug.wrappers.response import Response
    return Response("new", self.code)
""",
    ),
    "redirects": (
        "werkzeug.utils:",
        """
def redirect(location, code=302, Response=None):
    return Response("new", code, {"Location": location})
""",
    ),
    "dispatch": (
        "flask.app:Flask",
        """
def make_response(self, rv):
    return self.response_class("new")
""",
    ),
    "finalizing": (
        "flask.sessions:SecureCookieSessionInterface",
        """
def save_session(self, app, session, response):
    response.vary.add("New" if session.accessed else "Old")
""",
    ),
    "sessions": (
        "itsdangerous.url_safe:URLSafeSerializerMixin",
        """
def dump_payload(self, obj):
    return base64_encode(super(URLSafeSerializerMixin, self).dump_payload(obj))
""",
    ),
}

PROGRAM = """
import importlib, sys, warnings
import flask
place, source = sys.argv[1:]
module, _, owner = place.partition(":")
if source:
    module = importlib.import_module(module)
    name = source.split("(")[0].split()[-1]
    exec(source, vars(module))
    if owner:
        setattr(getattr(module, owner), name, getattr(module, name))
    elif name == "redirect":
        importlib.import_module("flask.sansio.app")._wz_redirect = module.redirect
with warnings.catch_warnings():
    warnings.simplefilter("error")
    import fastresp
    assert fastresp.ACCELERATED


def view(app, name):
    if name == "redirect":
        return app.redirect("/x")
    if name == "abort":
        flask.abort(404)
    if name == "json":
        return {"a": [1]}
    if name == "session":
        flask.session["text"] = "x" * 100
        flask.session["number"] = len(flask.session)
    response = flask.make_response("text")
    response.set_cookie("a", "b")
    response.delete_cookie("c")
    response.vary.add("X-Y")
    response.headers.add("X-A", str(response.headers.get("Set-Cookie")))
    response.add_etag()
    return response.make_conditional(flask.request)


PATHS = ["/redirect", "/abort", "/json", "/any", "/session", "/session"]
time = vars(importlib.import_module("itsdangerous.timed"))["time"]
time.time = lambda: 1e9


def answers(fast):
    app = flask.Flask("app")
    app.secret_key = "key"
    if fast:
        fastresp.FastResp(app)
    app.add_url_rule("/<name>", view_func=lambda name: view(app, name))
    client = app.test_client()
    found = [client.get(path) for path in PATHS]
    return [
        (each.status, [item for item in each.headers if item[0] != "Date"], each.data)
        for each in found
    ]


assert answers(True) == answers(False)
parts = fastresp.describe().items()
print(*(part for part, how in parts if how != "compiled"), sep=",")
"""


def run(program: str, *args: str) -> str:
    """In a directory without the package: what is tested is what is installed."""
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_part_is_left_out(case: str) -> None:
    """And what needs it, but nothing else."""
    part = case.split(",")[0]
    needed = {"construction": "errors,redirects", "emission": "errors"}
    needed["headers"] = "conditional,header sets"
    found = run(PROGRAM, *CHANGES[case]).split(",")
    before = run(PROGRAM, "", "").split(",")
    expected = {part, *needed.get(part, "").split(","), *before}
    assert set(found) == expected - {""}


def test_all_is_known_of_what_is_installed() -> None:
    assert run(PROGRAM, "", "") == ""


def test_every_part_can_be_left_out() -> None:
    program = (
        "import warnings\n"
        "from fastresp._compat import werkzeug\n"
        "from fastresp._compiled import core, json\n"
        "for part in werkzeug.PARTS:\n"
        "    core.leave_out(part)\n"
        "assert not any(core.parts().values())\n"
    )
    run(program)


JSON_PROGRAM = """
import json, json.encoder
original = json.dumps
{change}
import fastresp
from fastresp._compiled import json as _json
assert fastresp.ACCELERATED
print(_json.dumps([1], {{}}), _json.dumps([1], {{"sort_keys": True}}))
"""

JSON_CHANGES = {
    "nothing": "",
    "dumps": "json.dumps = lambda obj, **kwargs: original(obj, **kwargs)",
    "encode": "json.JSONEncoder.encode = lambda self, obj: 'new'",
    "C encoder": "json.encoder.c_make_encoder = None",
    "class of no module": (
        "make = json.encoder.c_make_encoder\n"
        "json.encoder.c_make_encoder = type('E', (), {'__module__': 'json.gone',"
        " '__new__': lambda cls, *args: make(*args)})"
    ),
    "strings": "json.encoder.encode_basestring_ascii = repr",
}


@pytest.mark.parametrize("change", JSON_CHANGES)
def test_a_json_module_patched_before_the_import_is_used(change: str) -> None:
    expected = "[1] [1]" if change == "nothing" else "None None"
    assert run(JSON_PROGRAM.format(change=JSON_CHANGES[change])) == expected


RAISING = """
from fastresp._compat import werkzeug as compat
from fastresp._compiled import core
from fastresp._compiled import json as _json

class Raising:
    def __init__(self, **changes):
        vars(self).update(changes)
        self.left_out = []
    def __getattr__(self, name):
        return getattr(core, name)
    def leave_out(self, part):
        self.left_out.append(part)

def raises(*args):
    raise TypeError("new")

class Json:
    def __init__(self, dumps):
        self.dumps = dumps

for name in ("get_wsgi_headers", "set_cookie", "make_conditional"):
    module = Raising(METHODS={**core.METHODS, name: raises})
    assert compat.differing_parts(module, _json) == module.left_out != []
for dumps in (raises, lambda obj, keywords: "[]"):
    module = Raising()
    assert compat.differing_parts(module, Json(dumps)) == module.left_out == ["json"]
module = Raising()
assert compat.differing_parts(module, Json(lambda obj, keywords: None)) == []
"""


def test_an_exception_is_no_agreement() -> None:
    """The import goes on, without the part."""
    run(RAISING)
