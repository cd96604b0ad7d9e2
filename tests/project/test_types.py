"""The app that the type checkers look at does what its annotations say."""

from __future__ import annotations

import pytest

import fastresp

if not fastresp.ACCELERATED:
    pytest.skip("needs the compiled modules", allow_module_level=True)
pytest.importorskip("gevent")
pytest.importorskip("gunicorn")

import users_app  # noqa: E402


def test_answers() -> None:
    client = users_app.create_app().test_client()
    index = client.get("/")
    assert index.data == b'{"day":"2020-01-01"}\n'
    assert index.headers["X-App"] == "users"
    text = client.get("/text")
    assert (text.status_code, text.mimetype, text.text) == (202, "text/plain", "text")
    assert client.get("/own").text == "own"
    users_app.answers()
    assert users_app.state().startswith(fastresp.__version__)


def test_heads() -> None:
    heads = users_app.heads()
    assert heads.startswith(b"HTTP/1.0 200 OK\r\nDate: ")
    assert heads.endswith(b"5\r\nHello\r\n0\r\n\r\n")
    assert {worker.__module__ for worker in users_app.WORKERS} == {"fastresp.gunicorn"}
