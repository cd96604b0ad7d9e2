"""A Werkzeug whose methods do something new switches the fast path off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# What a later Werkzeug may do: its own functions, in its own modules.
CHANGES = {
    "get_wsgi_headers": """
def get_wsgi_headers(self, environ):
    headers = Headers(self.headers)
    headers["X-New"] = "1"
    return headers
""",
    "get_app_iter": """
def get_app_iter(self, environ):
    return [b"new"]
""",
    "get_wsgi_response": """
def get_wsgi_response(self, environ):
    return [], "200 New", []
""",
    "__init__": """
def __init__(self, response=None, status=None, headers=None, mimetype=None,
             content_type=None, direct_passthrough=False):
    super(Response, self).__init__(status, headers, mimetype, content_type)
    self.direct_passthrough = direct_passthrough
    self._on_close = []
    self.response = []
    self.new = True
""",
}

PROGRAM = """
import sys, warnings
import werkzeug.wrappers.response as module
name, source = sys.argv[1:]
if source:
    exec(source, vars(module))
    setattr(module.Response, name, getattr(module, name))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import fastresp
print(fastresp.ACCELERATED, [str(item.message) for item in caught])
response = fastresp.Response("x")
stock = module.Response("x")
environ = {"REQUEST_METHOD": "GET"}
assert response.get_wsgi_response(environ)[1] == stock.get_wsgi_response(environ)[1]
assert vars(response).keys() == vars(stock).keys()
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


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_method_is_noticed(name: str) -> None:
    assert run(PROGRAM, name, CHANGES[name]) == (
        "False ['The installed Werkzeug is not one this fastresp knows: responses"
        " are built by Werkzeug, unchanged and not faster.']"
    )


def test_the_installed_werkzeug_is_known() -> None:
    assert run(PROGRAM, "", "") == "True []"


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


UNKNOWN_JSON = """
import warnings
from fastresp._compat import werkzeug as _selfcheck
from fastresp._compiled import json as _json
assert _selfcheck.agrees_with_json(_json.dumps)
assert _selfcheck.agrees_with_json(lambda obj, keywords: None)
assert not _selfcheck.agrees_with_json(lambda obj, keywords: "[]")
"""


def test_an_encoder_that_writes_something_else_is_noticed() -> None:
    run(UNKNOWN_JSON)


RAISING = """
from fastresp._compat import werkzeug as _selfcheck
from fastresp._compiled import core as _core, json as _json
def raises(*args):
    raise TypeError("new")
assert _selfcheck.agrees_with_werkzeug(_core.METHODS)
for name in ("get_wsgi_headers", "set_cookie", "make_conditional"):
    assert not _selfcheck.agrees_with_werkzeug({**_core.METHODS, name: raises})
assert not _selfcheck.agrees_with_json(raises)
"""


def test_an_exception_is_no_agreement() -> None:
    """The import goes on, without the compiled code."""
    run(RAISING)
