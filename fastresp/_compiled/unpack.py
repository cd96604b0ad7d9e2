"""A statement whose errors CPython words by version, and Cython otherwise."""

from __future__ import annotations

import typing as t


def unpack_response(answer: t.Any) -> tuple[t.Any, t.Any, t.Any]:
    """Return what ``get_wsgi_response`` returned, as three values.

    :raises TypeError: for what is not iterable.
    :raises ValueError: for more or fewer values.
    """
    app_iter, status, headers = answer
    return app_iter, status, headers
