"""What implementations are called in figures and reports."""

from __future__ import annotations

FLASK = "Flask"
WERKZEUG = "Werkzeug"
#: ``app.response_class = fastresp.Response``, without the extension.
ALONE = "response_class"
FASTRESP = "FastResp"
BY_HAND = "WSGI by hand"
#: Of a whole request: with responses that cost nothing.
CEILING = "ceiling"
FRAMEWORKS = (
    *("Falcon", "BlackSheep", "Starlette", "Litestar", "Bottle", "Django", "WebOb"),
)
#: After a name: the same implementation in another process, to see the noise.
AGAIN = " again"
