"""Werkzeug without Flask, and other frameworks, on rows where they can give the same
bytes.

The way from a view's value to the bytes counts: build the framework's response, set
what differs from its defaults, send it; without routing and requests. Each framework
is used as its documentation says, JSON through the fastest encoder that it supports,
with sorted keys as in Flask.

BlackSheep, Starlette and Litestar are asynchronous. They are driven through ASGI by a
coroutine that never waits, without an event loop, which flatters them.
"""

from __future__ import annotations

import collections.abc as cabc
import functools
import html
import importlib
import json
import typing as t

import cases
from harness import app_answer
from harness import Respond
from harness import stock_app
from harness import WithClose

WERKZEUG = "Werkzeug"


class Cookie(t.NamedTuple):
    key: str
    value: str
    path: str
    secure: bool = False
    httponly: bool = False
    samesite: str | None = None


#: The cookies of ``cases.with_cookies``.
COOKIES = (
    Cookie("session", "0123456789abcdef", "/", httponly=True, samesite="Lax"),
    Cookie("theme", "dark", "/settings"),
    Cookie("seen", "1", "/", secure=True),
)


class Recipe(t.NamedTuple):
    """The response that a framework has to make for a row."""

    status: str
    media_type: str
    #: Beyond Content-Type, Content-Length and cookies.
    fields: dict[str, str]
    #: Returns the content to send, from the view's value.
    content: cabc.Callable[[t.Any], t.Any]
    kind: t.Literal["body", "json", "stream"]
    cookies: tuple[Cookie, ...]
    head: bool

    @property
    def code(self) -> int:
        return int(self.status[:3])


def redirect_page(value: t.Any) -> str:
    return html.escape(cases.LOCATION).encode().join(cases.REDIRECT_PAGE).decode()


#: Row: the content, from the view's value.
ROWS: dict[str, cabc.Callable[[t.Any], t.Any]] = {
    **dict.fromkeys(
        (
            *("str 13 B", "bytes 1 KB", "str 10 KB ASCII", "str 10 KB ASCII, new"),
            *("str 10 KB, some non-ASCII", "str 10 KB, some non-ASCII, new", "HEAD"),
            *("dict, 5 keys", "list of 20 dicts", "dict, 1,000 records"),
            "generator, 100 chunks",
        ),
        lambda value: value,
    ),
    "(str, 201, 5 headers)": lambda value: value[0],
    "redirect by the app": redirect_page,
    "3 cookies": lambda value: "Hello, World!",
    "HTTPException": lambda error: error.get_body(),
}


def recipe_for(name: str) -> Recipe:
    """
    :raises KeyError: for a row without peers.
    """
    content = ROWS[name]
    case = cases.CASES[name]
    status, fields, *_ = app_answer(stock_app(case), case)
    rest = dict(fields)
    media_type = rest.pop("Content-Type")
    sized = rest.pop("Content-Length", None)
    cookies = COOKIES if rest.pop("Set-Cookie", None) else ()
    kind: t.Any = "json" if media_type == "application/json" else "body"
    if sized is None:
        kind = "stream"
    head = case.method == "HEAD"
    return Recipe(status, media_type, rest, content, kind, cookies, head)


def dumps(value: t.Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f"{text}\n".encode()


#: The fastest that sorts keys.
ENCODE = cases.JSON_BY_HAND or dumps


def werkzeug(recipe: Recipe) -> Respond:
    """As an app without Flask does."""
    response_class = importlib.import_module("werkzeug.wrappers").Response
    later: dict[str, str] = {}
    initial = recipe.fields
    cookies = [cookie._asdict() for cookie in recipe.cookies]
    if "Location" in recipe.fields:
        # In the order of ``werkzeug.utils.redirect``.
        initial, later = later, initial

    def respond(value: t.Any) -> t.Any:
        content = recipe.content(value)
        if recipe.kind == "json":
            content = dumps(content)
        response = response_class(
            content, recipe.status, initial, content_type=recipe.media_type
        )
        response.headers.update(later)
        for cookie in cookies:
            response.set_cookie(**cookie)
        return response

    return respond


def falcon(recipe: Recipe) -> Respond:
    """As ``falcon.App`` does after the responder has returned."""
    module = importlib.import_module("falcon")
    code_to_http_status = module.code_to_http_status
    app = module.App(media_type=recipe.media_type)
    app.resp_options.secure_cookies_by_default = False
    # The handler encodes text and passes bytes on.
    handler = importlib.import_module("falcon.media").JSONHandler(dumps=ENCODE)
    app.resp_options.media_handlers[recipe.media_type] = handler
    response_class, get_body = module.Response, app._get_body

    def respond(value: t.Any) -> t.Any:
        response = response_class(options=app.resp_options)
        if recipe.status != response.status:
            response.status = recipe.status
        content = recipe.content(value)
        if recipe.kind == "json":
            response.media = content
        elif recipe.kind == "stream":
            response.stream = content
        elif isinstance(content, bytes):
            response.data = content
        else:
            response.text = content
        if recipe.fields:
            response.set_headers(recipe.fields)
        for key, value, path, secure, http_only, same_site in recipe.cookies:
            flags = {"secure": secure, "http_only": http_only, "same_site": same_site}
            response.set_cookie(key, value, path=path, **flags)

        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            body, length = get_body(response, environ.get("wsgi.file_wrapper"))
            if length is not None:
                response._headers["content-length"] = str(length)
            if recipe.head:
                body = []
            status = code_to_http_status(response.status)
            start_response(status, response._wsgi_headers(recipe.media_type))
            return body if hasattr(body, "close") else WithClose(body)

        return application

    return respond


# --- asynchronous ----------------------------------------------------------


def drive(send_response: cabc.Callable[[t.Any], t.Any]) -> cabc.Callable[..., t.Any]:
    """Return an ASGI response in the form of a WSGI application.

    :param send_response: takes ASGI's ``send``.
    """

    def application(environ: t.Any, start_response: t.Any) -> t.Any:
        chunks = WithClose()

        async def send(message: t.Any) -> None:
            if message["type"] == "http.response.start":
                start_response(message["status"], message["headers"])
            else:
                chunks.append(message["body"])

        coroutine = send_response(send)
        try:
            coroutine.send(None)
        except StopIteration:
            return chunks
        raise RuntimeError("it waits for something")

    return application


async def receive() -> t.Any:
    return {"type": "http.disconnect"}


async def asynchronous(chunks: t.Any) -> t.Any:
    for chunk in chunks:
        yield chunk


def scope(recipe: Recipe) -> dict[str, t.Any]:
    return {
        "type": "http",
        "method": "HEAD" if recipe.head else "GET",
        # From 2.4 on, sending tells whether the client is still there.
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "headers": [],
    }


def lower_case(cookie: Cookie) -> dict[str, t.Any]:
    return {**cookie._asdict(), "samesite": cookie.samesite and cookie.samesite.lower()}


def starlette(recipe: Recipe) -> Respond:
    module = importlib.import_module("starlette.responses")
    asked, media_type = scope(recipe), recipe.media_type
    cookies = list(map(lower_case, recipe.cookies))

    class SortedJSON(module.JSONResponse):  # type: ignore[misc, name-defined]
        def render(self, content: t.Any) -> bytes:
            return ENCODE(content)

    response_class = SortedJSON if recipe.kind == "json" else module.Response

    def respond(value: t.Any) -> t.Any:
        content = recipe.content(value)
        arguments = recipe.code, recipe.fields, media_type
        if recipe.kind == "stream":
            response = module.StreamingResponse(asynchronous(content), *arguments)
        else:
            response = response_class(content, *arguments)
        for cookie in cookies:
            response.set_cookie(**cookie)
        return drive(lambda send: response(asked, receive, send))

    return respond


def litestar(recipe: Recipe) -> Respond:
    module = importlib.import_module("litestar.response")
    cookie_class = importlib.import_module("litestar.datastructures").Cookie
    asked = scope(recipe)
    request = importlib.import_module("litestar").Request(asked)
    encode = importlib.import_module("msgspec").json.Encoder(order="sorted").encode

    class SortedJSON(module.Response):  # type: ignore[misc, name-defined]
        def render(self, content: t.Any, *args: t.Any, **kwargs: t.Any) -> bytes:
            return t.cast(bytes, encode(content)) + b"\n"

    classes = {"json": SortedJSON, "stream": module.Stream, "body": module.Response}
    response_class = classes[recipe.kind]
    options = {
        "status_code": recipe.code,
        "headers": recipe.fields,
        # Litestar adds the charset to texts.
        "media_type": recipe.media_type.partition(";")[0],
        "cookies": [cookie_class(**lower_case(cookie)) for cookie in recipe.cookies],
    }

    def respond(value: t.Any) -> t.Any:
        content = recipe.content(value)
        if recipe.kind == "stream":
            content = asynchronous(content)
        response = response_class(content, **options).to_asgi_response(None, request)
        return drive(lambda send: response(asked, receive, send))

    return respond


def blacksheep(recipe: Recipe) -> Respond:
    module = importlib.import_module("blacksheep")
    contents = importlib.import_module("blacksheep.contents")
    cookies = importlib.import_module("blacksheep.cookies")
    send_response = importlib.import_module("blacksheep.scribe").send_asgi_response
    media_type = recipe.media_type.encode()
    fields = [(name.encode(), value.encode()) for name, value in recipe.fields.items()]
    modes = cookies.CookieSameSiteMode

    def respond(value: t.Any) -> t.Any:
        content = recipe.content(value)
        if recipe.kind == "stream":
            stream = functools.partial(asynchronous, content)
            sent = contents.StreamedContent(media_type, stream)
        else:
            if recipe.kind == "json":
                content = ENCODE(content)
            elif isinstance(content, str):
                content = content.encode()
            sent = contents.Content(media_type, content)
        response = module.Response(recipe.code, list(fields), sent)
        for key, value, path, secure, http_only, samesite in recipe.cookies:
            flags = {"secure": secure, "http_only": http_only}
            flags["same_site"] = modes[(samesite or "undefined").upper()]
            response.set_cookie(cookies.Cookie(key, value, path=path, **flags))
        return drive(lambda send: send_response(response, send))

    return respond


#: Label: the package, and the function that makes one.
PEERS: dict[str, tuple[str, cabc.Callable[[Recipe], Respond]]] = {
    WERKZEUG: ("werkzeug", werkzeug),
    "Falcon": ("falcon", falcon),
    "BlackSheep": ("blacksheep", blacksheep),
    "Starlette": ("starlette", starlette),
    "Litestar": ("litestar", litestar),
}
FRAMEWORKS = [name for name in PEERS if name != WERKZEUG]
