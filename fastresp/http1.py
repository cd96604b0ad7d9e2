"""What a server writes around a body in HTTP/1.x: heads, dates, chunk sizes.

.. code-block:: python

    head = render_head("200 OK", [date_header(), ("Content-Length", "5")])
    socket.sendall(head + b"Hello")

All of it is compiled code, and refuses what a recipient could misread.
"""

from __future__ import annotations

from ._compat import load
from ._compat import MISSING

if load("http1") is None:
    raise ImportError(
        f"{MISSING}, and fastresp.http1 has no other implementation", name=__name__
    )

from ._compiled.http1 import chunk_head
from ._compiled.http1 import date_header
from ._compiled.http1 import LAST_CHUNK
from ._compiled.http1 import render_head
from ._compiled.http1 import render_informational

__all__ = [
    "LAST_CHUNK",
    "chunk_head",
    "date_header",
    "render_head",
    "render_informational",
]
