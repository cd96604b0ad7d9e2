"""Requests to send: from paths, an app's rules, a browser's recording (HAR), or a
server's access log."""

from __future__ import annotations

import base64
import collections
import collections.abc as cabc
import json
import re
import typing as t
from io import BytesIO
from urllib.parse import unquote_to_bytes
from urllib.parse import urlsplit

from flask.testing import EnvironBuilder
from werkzeug.datastructures import Headers

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask

#: Safe methods (RFC 9110, section 9.2.1), which are sent without ``--unsafe``.
SAFE_METHODS = ("GET", "HEAD")

#: Headers that are not sent: WSGI has other variables for them, they belong to the
#: connection (RFC 9110, section 7.6.1), or they would make a server wait.
_NOT_SENT = frozenset(
    "connection content-length expect host http2-settings keep-alive"
    " proxy-connection te trailer transfer-encoding upgrade".split()
)


def printable(text: str) -> str:
    """Escape control characters, which a terminal would obey."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


class Unreadable(Exception):
    """A source has no requests."""


class Request(t.NamedTuple):
    """A request to an app."""

    method: str
    #: Path and query, in the form of a request line.
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    #: Scheme and host; empty for those of the app's configuration.
    origin: str = ""
    #: Tells it from others that have the same method and target.
    label: str = ""

    def __str__(self) -> str:
        # A browser's two dozen headers would only be noise.
        few = self.headers if len(self.headers) <= 2 else ()
        names = "".join(f" +{name}" for name, _ in few)
        return printable(f"{self.method} {self.target}{names}{self.label}")

    def environ(self, app: Flask) -> WSGIEnvironment:
        """Return a WSGI environment with an unread body."""
        builder = EnvironBuilder(
            app,
            "/",
            base_url=self.origin or None,
            method=self.method,
            headers=Headers(list(self.headers)),
            environ_base={"REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "0"},
        )
        environ = builder.get_environ()
        builder.close()
        # As servers do. The builder would take //host/ for another host, and decode
        # and encode the path.
        path, _, query = self.target.partition("?")
        environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
        environ["QUERY_STRING"] = query.encode().decode("latin-1")
        # HTTP/2 splits Cookie; joined by commas, these would be part of a value.
        cookies = [value for name, value in self.headers if name.lower() == "cookie"]
        if len(cookies) > 1:
            environ["HTTP_COOKIE"] = "; ".join(cookies)
        environ["REQUEST_URI"] = environ["RAW_URI"] = self.target
        return fresh(environ, self.body)


def fresh(environ: WSGIEnvironment, body: bytes) -> WSGIEnvironment:
    """Return a copy for one more request."""
    environ = {**environ, "wsgi.input": BytesIO(body)}
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


class Found(t.NamedTuple):
    """Requests, and descriptions of those that were left out."""

    requests: list[Request]
    left_out: list[str]

    def told_apart(self) -> Found:
        """Number the requests that would have one name. Bodies and header values are
        not shown: the output may end up in a log."""
        names = [str(each) for each in self.requests]
        numbers = collections.Counter[str]()
        kept = []
        for name, request in zip(names, self.requests, strict=True):
            if names.count(name) > 1:
                numbers[name] += 1
                size = f", a body of {len(request.body)} bytes" if request.body else ""
                label = f" (#{numbers[name]}{size})"
                request = request._replace(label=label)
            kept.append(request)
        return self._replace(requests=kept)

    def sentences(self) -> list[str]:
        return [f"Left out: {text}." for text in self.left_out]


# --- paths and rules ---------------------------------------------------------


def from_paths(
    paths: cabc.Sequence[str],
    method: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
) -> Found:
    """
    :raises Unreadable: if a path does not begin with a slash.
    """
    requests = []
    for path in paths:
        origin = ""
        if path.startswith(("http://", "https://")):
            origin, path = split_url(path)
        if not path.startswith("/"):
            raise Unreadable(f"{path!r} is not a path: it does not start with a slash.")
        target = path.partition("#")[0]
        requests.append(Request(method, target, headers, body, origin))
    return Found(requests, [])


def split_url(url: str) -> tuple[str, str]:
    """Return origin and request target."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}", (parts.path or "/") + query


def from_rules(app: Flask, headers: tuple[tuple[str, str], ...]) -> Found:
    """Return one GET for each rule that needs no argument."""
    requests: dict[Request, None] = {}
    needing = []
    elsewhere = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.websocket or rule.build_only:
            continue
        if rule.arguments - (rule.defaults or {}).keys():
            needing.append(rule.rule)
        elif rule.host or rule.subdomain:
            elsewhere.append(f"{rule.host or rule.subdomain}{rule.rule}")
        else:
            requests[Request("GET", rule.rule, headers)] = None
    left_out = []
    if needing:
        left_out.append(counted(needing, "rule", "that need arguments"))
    if elsewhere:
        left_out.append(counted(elsewhere, "rule", "of other hosts or subdomains"))
    return Found(list(requests), left_out)


def counted(names: cabc.Collection[str], what: str, which: str) -> str:
    """Return for example ``3 rules that need arguments: /a/<b>, /c/<d>, ...``."""
    some = list(dict.fromkeys(names))
    shown = ", ".join(some[:5]) + (", ..." if len(some) > 5 else "")
    if len(names) == 1:
        which = which.replace("that need ", "that needs ")
    return f"{len(names)} {what}{'s' * (len(names) != 1)} {which}: {shown}"


# --- HAR ---------------------------------------------------------------------


def from_har(text: str, host: str = "") -> Found:
    """Return the requests of an HTTP archive, as browsers' developer tools save it.

    :param host: return the requests to this host, or to the first entry's host if
        empty: a page has requests to other hosts, too.
    :raises Unreadable: if it is not an HTTP archive, or has no requests.
    """
    try:
        entries = json.loads(text)["log"]["entries"]
        requests = [_har_request(entry["request"]) for entry in entries]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise Unreadable(f"This is not an HTTP archive ({what}).") from error
    if not requests:
        raise Unreadable("This HTTP archive has no requests.")
    hosts = [urlsplit(each.origin).netloc for each in requests]
    host = host or next(filter(None, hosts), "")
    if not host:
        raise Unreadable("This HTTP archive has no requests to a server.")
    kept: list[Request] = []
    others: list[str] = []
    for request, netloc in zip(requests, hosts, strict=True):
        if netloc == host:
            kept.append(request)
        else:
            # Show the scheme of data: URLs, for example.
            others.append(netloc or request.origin.removesuffix("//"))
    if not kept:
        raise Unreadable(f"This HTTP archive has no requests to {host}.")
    left_out = [counted(others, "request", "to other hosts")] if others else []
    return Found(list(dict.fromkeys(kept)), left_out)


def _har_request(entry: dict[str, t.Any]) -> Request:
    origin, target = split_url(entry["url"])
    headers = []
    for field in entry.get("headers", ()):
        name, value = str(field["name"]), str(field["value"])
        # HTTP/2's pseudo-headers begin with a colon.
        if name.startswith(":") or name.lower() in _NOT_SENT:
            continue
        if "\r" in value or "\n" in value:
            raise ValueError(f"the header {name} has a line break")
        headers.append((name, value))
    if not any(name.lower() == "cookie" for name, _ in headers):
        cookies = [
            f"{each['name']}={each['value']}" for each in entry.get("cookies", ())
        ]
        if cookies:
            headers.append(("Cookie", "; ".join(cookies)))
    body = b""
    data = entry.get("postData") or {}
    if data.get("encoding") == "base64":
        body = base64.b64decode(data["text"])
    elif data.get("text"):
        body = str(data["text"]).encode()
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", str(data.get("mimeType", ""))))
    method = check_method(str(entry["method"]))
    return Request(method, target, tuple(headers), body, origin)


def check_method(method: str) -> str:
    """
    :raises ValueError: if it is not a token (RFC 9110, section 5.6.2).
    """
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", method):
        raise ValueError(f"{method!r} is not a method")
    return method


# --- access logs -------------------------------------------------------------

#: The request line in the Common and the Combined Log Format of Apache, nginx and
#: gunicorn, which escape unprintable characters.
_REQUEST_LINE = re.compile(
    r'"(?P<method>[A-Z]+) (?P<target>(?:[^"\\ ]|\\.)+) HTTP/\d(?:\.\d)?"'
)
_ESCAPED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")


def from_log(
    lines: cabc.Iterable[str], headers: tuple[tuple[str, str], ...], limit: int
) -> Found:
    """Return the requests of an access log, each once.

    :param limit: how many at most.
    :raises Unreadable: if no line has a request.
    """
    requests: dict[Request, None] = {}
    odd = beyond = 0
    for line in lines:
        match = _REQUEST_LINE.search(line)
        if match is None:
            odd += bool(line.strip())
            continue
        target = _ESCAPED.sub(_unescape, match["target"])
        origin = ""
        if target.startswith(("http://", "https://")):
            origin, target = split_url(target)
        if not target.startswith("/"):
            # OPTIONS * and CONNECT host:port
            odd += 1
            continue
        request = Request(match["method"], target, headers, origin=origin)
        if request in requests:
            continue
        if len(requests) == limit:
            beyond += 1
            continue
        requests[request] = None
    if not requests:
        raise Unreadable(
            "No line of this log has a request in the Common or Combined Log Format."
        )
    left_out = []
    if odd:
        left_out.append(f"{odd} line{'s' * (odd != 1)} of the log without a request")
    if beyond:
        left_out.append(f"{beyond} lines beyond {limit} requests (see --limit)")
    return Found(list(requests), left_out)


def _unescape(match: re.Match[str]) -> str:
    return f"%{match[1]}" if match[1] else match[2]


# --- methods -----------------------------------------------------------------


def without_unsafe(found: Found) -> Found:
    """Leave out requests with other methods than :data:`SAFE_METHODS`."""
    kept = [each for each in found.requests if each.method in SAFE_METHODS]
    others = [str(each) for each in found.requests if each.method not in SAFE_METHODS]
    if not others:
        return found
    text = counted(others, "request", "with other methods than GET and HEAD")
    return Found(kept, [*found.left_out, f"{text} (see --unsafe)"])
