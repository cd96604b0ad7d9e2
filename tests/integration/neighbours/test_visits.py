"""The comparison itself sees what it is there to see."""

from __future__ import annotations

import typing as t

import flask
import pytest
from conftest import counted
from parity import Journal
from werkzeug.datastructures import Headers

import fastresp

from . import visits
from .visits import add_views
from .visits import Browser
from .visits import compare
from .visits import see_all
from .visits import Way


class Another(fastresp.Response):
    def get_wsgi_headers(self, environ: t.Any) -> Headers:
        return Headers([*super().get_wsgi_headers(environ), ("X-More", "1")])


class Reordered(fastresp.Response):
    def get_wsgi_headers(self, environ: t.Any) -> Headers:
        return Headers(sorted(super().get_wsgi_headers(environ), reverse=True))


class OneByte(fastresp.Response):
    def get_app_iter(self, environ: t.Any) -> t.Any:
        return [*super().get_app_iter(environ), b""]


class Status(fastresp.Response):
    def __call__(self, environ: t.Any, start_response: t.Any) -> t.Any:
        body, status, headers = self.get_wsgi_response(environ)
        start_response(f"{status} ", headers)
        return body


class Stock(flask.Response):
    """Right, but not by the fast path."""


def setup(app: flask.Flask, journal: Journal) -> None:
    add_views(app)


@pytest.mark.parametrize("cls", (Another, Reordered, OneByte, Status, Stock))
def test_another_answer_is_seen(
    cls: type[flask.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(app: flask.Flask) -> None:
        app.response_class = cls

    ways = {"stock": visits.WAYS["stock"], "other": Way(use, visits.leave)}
    monkeypatch.setattr(visits, "WAYS", ways)
    # A request with its answer, or the set of those that were not emitted.
    seen = "{" if cls is Stock else "("
    with pytest.raises(AssertionError, match=f"other\\s+assert \\{seen}"):
        compare(setup, see_all)


def test_other_entries_are_seen() -> None:
    def visit(browser: Browser) -> None:
        browser.get("/text")
        browser.journal(browser.app.response_class)

    with pytest.raises(AssertionError, match="class"):
        compare(setup, visit)


def test_all_that_is_returned_is_emitted_fast() -> None:
    before = counted("emitted")
    compare(setup, see_all)
    assert counted("emitted") > before
