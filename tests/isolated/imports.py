"""Importing fastresp loads modules of its own, and nothing heavy."""

from __future__ import annotations

import sys

import flask as flask
import werkzeug as werkzeug

before = set(sys.modules)

import fastresp  # noqa: E402
import fastresp.flask  # noqa: E402

added = {
    name
    for name in set(sys.modules) - before
    if name.partition(".")[0] != "fastresp"
    # What Cython's modules share lives in memory: there is nothing to load.
    and not (name == "cython_runtime" or name.startswith("_cython_"))
}
assert added == set(), added

if fastresp.ACCELERATED:
    for name in list(sys.modules):
        if name.startswith(("_cython_", "cython_runtime")):
            assert not hasattr(sys.modules[name], "__file__"), name

own = {name for name in sys.modules if name.partition(".")[0] == "fastresp"}
# For apps that have nothing to do with them.
assert own.isdisjoint({"fastresp.cli", "fastresp.gunicorn"}), own
