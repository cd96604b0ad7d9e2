"""Other frameworks, and Flask with flask-orjson, on rows where they can give the same
bytes.

The way from a view's value to the bytes counts: build the framework's response, set
what differs from its defaults, send it; without routing and requests. Each framework
is used as its documentation says, JSON through the fastest encoder that it supports,
with sorted keys as in Flask.

BlackSheep is asynchronous. It is driven through ASGI by a coroutine that never waits,
without an event loop, which flatters it.
"""

from __future__ import annotations

import collections.abc as cabc
import importlib
import typing as t

import cases
from subjects import create_app
from subjects import Respond
from subjects import stock_answer
from subjects import WithClose


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
    "redirect by the app": lambda value: cases.redirect_by_hand({})[0].decode(),
    "3 cookies": lambda value: "Hello, World!",
    "HTTPException": lambda error: error.get_body(),
}


def recipe_for(name: str) -> Recipe:
    """
    :raises KeyError: for a row without peers.
    """
    case = cases.CASES[name]
    status, fields, *_ = stock_answer(case)
    rest = dict(fields)
    media_type = rest.pop("Content-Type")
    sized = rest.pop("Content-Length", None)
    cookies = COOKIES if rest.pop("Set-Cookie", None) else ()
    kind: t.Any = "json" if media_type == "application/json" else "body"
    if sized is None:
        kind = "stream"
    is_head = case.method == "HEAD"
    return Recipe(status, media_type, rest, ROWS[name], kind, cookies, is_head)


def json_encoder() -> cabc.Callable[[t.Any], bytes]:
    """Return the fastest that sorts keys."""
    encode = importlib.import_module("msgspec").json.Encoder(order="sorted").encode
    return lambda value: t.cast(bytes, encode(value) + b"\n")


def flask_orjson(recipe: Recipe) -> Respond:
    """As near to Flask's text as its provider's options get."""
    app = create_app(cases.CASES["dict, 5 keys"])
    provider = importlib.import_module("flask_orjson").OrjsonProvider(app)
    module = importlib.import_module("orjson")
    provider.option |= module.OPT_SORT_KEYS | module.OPT_APPEND_NEWLINE
    app.json = provider
    return app.make_response


def falcon(recipe: Recipe) -> Respond:
    """As ``falcon.App`` does after the responder has returned."""
    module = importlib.import_module("falcon")
    code_to_http_status = module.code_to_http_status
    app = module.App(media_type=recipe.media_type)
    app.resp_options.secure_cookies_by_default = False
    # The handler encodes text and passes bytes on.
    handler = importlib.import_module("falcon.media").JSONHandler(dumps=json_encoder())
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


def blacksheep(recipe: Recipe) -> Respond:
    module = importlib.import_module("blacksheep")
    contents = importlib.import_module("blacksheep.contents")
    cookies = importlib.import_module("blacksheep.cookies")
    send_response = importlib.import_module("blacksheep.scribe").send_asgi_response
    media_type = recipe.media_type.encode()
    fields = [(name.encode(), value.encode()) for name, value in recipe.fields.items()]
    modes = cookies.CookieSameSiteMode
    encode = json_encoder()

    def respond(value: t.Any) -> t.Any:
        content = recipe.content(value)
        if recipe.kind == "json":
            content = encode(content)
        elif isinstance(content, str):
            content = content.encode()
        sent = contents.Content(media_type, content)
        response = module.Response(int(recipe.status[:3]), list(fields), sent)
        for key, value, path, secure, http_only, samesite in recipe.cookies:
            flags = {"secure": secure, "http_only": http_only}
            flags["same_site"] = modes[(samesite or "undefined").upper()]
            response.set_cookie(cookies.Cookie(key, value, path=path, **flags))

        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            chunks = WithClose()

            async def send(message: t.Any) -> None:
                if message["type"] == "http.response.start":
                    start_response(message["status"], message["headers"])
                else:
                    chunks.append(message["body"])

            try:
                send_response(response, send).send(None)
            except StopIteration:
                return chunks
            raise RuntimeError("it waits for something")

        return application

    return respond


#: Label: the package, and the function that makes one.
PEERS: dict[str, tuple[str, cabc.Callable[[Recipe], Respond]]] = {
    "flask-orjson": ("flask_orjson", flask_orjson),
    "Falcon": ("falcon", falcon),
    "BlackSheep": ("blacksheep", blacksheep),
}


def implementations(row: str) -> list[str]:
    """Return the peers of a row. BlackSheep's server is what drops the body of a
    response to HEAD, and frames chunks."""
    if row in ("HEAD", "generator, 100 chunks"):
        return ["Falcon"]
    is_json = row.startswith(("dict", "list"))
    return [n for n in PEERS if row in ROWS and (is_json or n != "flask-orjson")]
