"""Every entrance of a response: the places where a value of the app's comes in.

One table for all tests that pass something in everywhere: hostile objects, hostile
texts, collections at each allocation, and values that may leak.
"""

from __future__ import annotations

import collections.abc as cabc
import io
import typing as t

import flask
import werkzeug.utils
from injection_corpora import SECRET
from werkzeug.datastructures import Headers
from werkzeug.datastructures import MultiDict
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp


def create_app(response_class: type[t.Any]) -> flask.Flask:
    app = flask.Flask("app")
    app.response_class = response_class
    if response_class is not flask.Response:
        fastresp.FastResp(app)
    return app


class Stage:
    """One side of a comparison: the class, and what a value may reach."""

    def __init__(self, cls: type[t.Any], app: flask.Flask) -> None:
        self.cls = cls
        self.app = app
        self.response: t.Any = cls("x", 200, {"X-One": "1", "Vary": "a, b"})
        self.containers: list[t.Any] = []

    def within_reach(self, container: t.Any) -> t.Any:
        self.containers.append(container)
        return container

    def settle(self, answer: t.Any) -> t.Any:
        """Take a response for the one to send; return any other answer as text."""
        if issubclass(type(answer), WerkzeugResponse):
            self.response = answer
            return None
        if type(answer) is str:
            return answer
        # A generator's repr has an address.
        return None if type(answer).__name__ == "generator" else repr(answer)[:200]


#: Pass a value in; return the response, or what else comes of it. Without a result,
#: it is the stage's response that has changed. Within a context of the stage's app.
Entrance = cabc.Callable[[t.Any, t.Any], t.Any]
#: Make an argument of the value.
Make = cabc.Callable[[t.Any], t.Any]
Table = dict[str, Entrance]


def itself(stage: Stage, value: t.Any) -> t.Any:
    return value


def reached(make: Make) -> Entrance:
    """A container with the value in it."""
    return lambda stage, value: stage.within_reach(make(value))


def build(*args: t.Any, **kwargs: t.Any) -> Entrance:
    """A response with the value among its arguments."""
    return lambda stage, value: stage.cls(
        # Not a generator's: CPython 3.11 leaks where one of those fails in a call.
        *[arg(stage, value) if callable(arg) else arg for arg in args],
        **{name: arg(stage, value) for name, arg in kwargs.items()},
    )


def headers(make: Make) -> Entrance:
    return build("x", 200, reached(make))


def on(do: cabc.Callable[[t.Any, t.Any], t.Any]) -> Entrance:
    """Something done to the stage's response."""

    def entrance(stage: Stage, value: t.Any) -> t.Any:
        return do(stage.response, value)

    return entrance


def on_headers(do: cabc.Callable[[t.Any, t.Any], t.Any]) -> Entrance:
    return lambda stage, value: do(stage.response.headers, value)


def assigned(name: str) -> Entrance:
    return on(lambda response, value: setattr(response, name, value))


def cookie(name: str, **others: t.Any) -> Entrance:
    def do(response: t.Any, value: t.Any) -> None:
        response.set_cookie(**{"key": "k", "value": SECRET, **others, name: value})

    return on(do)


def deleted(name: str) -> Entrance:
    return on(lambda r, value: r.delete_cookie(**{"key": "k", name: value}))


def class_attribute(name: str) -> Entrance:
    def entrance(stage: Stage, value: t.Any) -> t.Any:
        response = type("Below", (stage.cls,), {name: value})("text")
        response.set_cookie("key", "value")
        response.headers["Location"] = "/a"
        return response

    return entrance


def in_app(do: cabc.Callable[[t.Any, t.Any], t.Any]) -> Entrance:
    return lambda stage, value: do(stage.app, value)


def returned(make: Make) -> Entrance:
    """By a view."""
    return in_app(lambda app, value: app.make_response(make(value)))


def encoded(make: Make, **options: t.Any) -> Entrance:
    def entrance(stage: Stage, value: t.Any) -> t.Any:
        document = make(value)
        if type(document) in (dict, list):
            stage.within_reach(document)
        return stage.app.json.dumps(document, **options)

    return entrance


def sent(environ: Make) -> Entrance:
    def entrance(stage: Stage, value: t.Any) -> t.Any:
        request = environ(value)
        chunks = list(stage.response.get_app_iter(request))
        return repr((chunks, list(stage.response.get_wsgi_headers(request))))

    return entrance


def chunks_of(value: t.Any) -> cabc.Iterator[t.Any]:
    yield "first"
    yield value
    yield "last"


def wsgi_app(status: t.Any, fields: t.Any) -> t.Any:
    def app(environ: t.Any, start_response: t.Any) -> list[bytes]:
        start_response(status, fields)
        return [b"x"]

    return app


def after_request(app: flask.Flask, value: t.Any) -> t.Any:
    """A function of the app's that knows where the headers are."""

    def append(response: t.Any) -> t.Any:
        response.headers._list.append(("X-A", value))
        return response

    app.after_request_funcs[None] = [append]
    try:
        response = app.make_response("x")
        # From Flask 3.2 on, a context comes first.
        takes_context = app.process_response.__code__.co_argcount == 3
        process: t.Any = app.process_response
        if takes_context:
            return process(flask.globals._cv_app.get(), response)
        return process(response)
    finally:
        app.after_request_funcs.clear()


def send_file(stage: Stage, value: t.Any) -> t.Any:
    response = werkzeug.utils.send_file(
        io.BytesIO(b"x"),
        {"REQUEST_METHOD": "GET"},
        mimetype="application/x-test",
        as_attachment=True,
        download_name=value,
        conditional=False,
        etag=False,
        response_class=stage.cls,
    )
    response.direct_passthrough = False
    return response


def corrected(response: t.Any, value: t.Any) -> None:
    response.autocorrect_location_header = True
    response.location = value


def policy(response: t.Any, value: t.Any) -> None:
    response.content_security_policy.default_src = value


def authenticate(response: t.Any, *args: t.Any, **kwargs: t.Any) -> None:
    response.www_authenticate = WWWAuthenticate(*args, **kwargs)


def charset(response: t.Any, value: t.Any) -> None:
    response.mimetype_params["charset"] = value


def condition(response: t.Any, environ: dict[t.Any, t.Any]) -> None:
    response.headers.set("ETag", '"tag"')
    response.headers.set("Date", "now")
    response.make_conditional(environ)


def tagged(response: t.Any, value: t.Any) -> None:
    response.response = value
    response.add_etag()


#: The values of fields whose names come in.
VALUE = "v4lue"

STATUS: Table = {
    "status": build("x", itself),
    "status, headers": build("x", itself, reached(lambda v: {"X-Two": "2"})),
    "response.status": assigned("status"),
    "response.status_code": assigned("status_code"),
    "_status": assigned("_status"),
    "view's": returned(lambda v: ("x", v)),
    "view's, beside a response": returned(lambda v: (flask.Response("x"), v)),
}
#: Where a value comes in as its text: for texts alone.
STATUS_LINE: Table = {
    "reason phrase": build("x", lambda s, v: f"299 {v}"),
    "code": build("x", lambda s, v: f"{v} OK"),
    "after the code": build("x", lambda s, v: f"200{v}OK"),
    "_status": on(lambda r, v: setattr(r, "_status", f"200 {v}")),
    "view's": returned(lambda v: ("x", f"299 {v}")),
    "WSGI callable's": returned(lambda v: wsgi_app(f"299 {v}", [])),
}
NAMES: Table = {
    "list": headers(lambda v: [(v, VALUE), ("B", "b")]),
    "dict": headers(lambda v: {v: VALUE, "B": "b"}),
    "dict of lists": headers(lambda v: {v: [VALUE]}),
    "Headers": build("x", 200, lambda s, v: Headers([(v, VALUE)])),
    "headers[name]": on_headers(lambda h, v: h.__setitem__(v, VALUE)),
    "add": on_headers(lambda h, v: h.add(v, VALUE)),
    "add with an option": on_headers(lambda h, v: h.add(v, "b", c=VALUE)),
    "set": on_headers(lambda h, v: h.set(v, VALUE)),
    "setdefault": on_headers(lambda h, v: h.setdefault(v, VALUE)),
    "setlist": on_headers(lambda h, v: h.setlist(v, [VALUE])),
    "setlistdefault": on_headers(lambda h, v: h.setlistdefault(v, [VALUE])),
    "extend": on_headers(lambda h, v: h.extend([(v, VALUE)])),
    "extend by a dict": on_headers(lambda h, v: h.extend({v: [VALUE]})),
    "extend by a keyword": on_headers(lambda h, v: h.extend(**{v: VALUE})),
    "update": on_headers(lambda h, v: h.update({v: VALUE})),
    "update by a keyword": on_headers(lambda h, v: h.update(**{v: VALUE})),
    "headers[0]": on_headers(lambda h, v: h.__setitem__(0, (v, VALUE))),
    "headers[:]": on_headers(lambda h, v: h.__setitem__(slice(None), [(v, VALUE)])),
    "_list": on_headers(lambda h, v: h._list.append((v, VALUE))),
    "_list, first": on_headers(lambda h, v: h._list.insert(0, (v, VALUE))),
    "view's headers": returned(lambda v: ("x", 200, {v: VALUE})),
    "WSGI callable": returned(lambda v: wsgi_app("200 OK", [(v, VALUE)])),
}
VALUES: Table = {
    "list": headers(lambda v: [("X-A", v), ("B", "b")]),
    "dict": headers(lambda v: {"X-A": v, "B": "b"}),
    "dict of lists": headers(lambda v: {"X-A": ["1", v, "2"], "B": "b"}),
    "Headers": build("x", 200, lambda s, v: Headers([("X-A", v)])),
    "MultiDict": build("x", 200, lambda s, v: MultiDict([("A", v), ("A", "b")])),
    "headers[name]": on_headers(lambda h, v: h.__setitem__("X-A", v)),
    "headers[name], again": on_headers(lambda h, v: h.__setitem__("X-One", v)),
    "add": on_headers(lambda h, v: h.add("X-One", v)),
    "add with an option": on_headers(lambda h, v: h.add("X-A", v, b="c")),
    "add, option": on_headers(lambda h, v: h.add("X-A", "b", option=v)),
    "add, option*": on_headers(lambda h, v: h.add("X-A", "b", **{"c*": v})),
    "add, option's name": on_headers(lambda h, v: h.add("X-A", "b", **{v: "c"})),
    "set": on_headers(lambda h, v: h.set("X-One", v)),
    "set, filename": on_headers(
        lambda h, v: h.set("Content-Disposition", "attachment", filename=v)
    ),
    "setdefault": on_headers(lambda h, v: h.setdefault("X-A", v)),
    "setlist": on_headers(lambda h, v: h.setlist("X-A", ["b", v])),
    "setlistdefault": on_headers(lambda h, v: h.setlistdefault("X-A", [v])),
    "extend": on_headers(lambda h, v: h.extend([("X-A", v)])),
    "extend by a dict": on_headers(lambda h, v: h.extend({"X-A": ["b", v]})),
    "extend by a keyword": on_headers(lambda h, v: h.extend(X_A=v)),
    "update": on_headers(lambda h, v: h.update([("X-One", "a"), ("X-One", v)])),
    "update by a dict": on_headers(lambda h, v: h.update({"X-One": v})),
    "update by lists": on_headers(lambda h, v: h.update({"X-A": ["b", v]})),
    "update by a keyword": on_headers(lambda h, v: h.update(X_A=[v])),
    "headers[0]": on_headers(lambda h, v: h.__setitem__(0, ("X-A", v))),
    "headers[:]": on_headers(
        lambda h, v: h.__setitem__(slice(None), [("X-A", v), ("X-B", v)])
    ),
    "_list": on_headers(lambda h, v: h._list.append(("X-A", v))),
    "_list replaced": on_headers(lambda h, v: setattr(h, "_list", (("X-A", v),))),
    "after_request": in_app(after_request),
    "view's header": returned(lambda v: ("x", {"X-A": v})),
    "view's headers": returned(lambda v: ("x", 200, {"X-A": v})),
    "WSGI callable": returned(lambda v: wsgi_app("200 OK", [("X-A", v)])),
    # Cookies.
    "cookie key": cookie("key"),
    "cookie value": cookie("value"),
    "cookie domain": cookie("domain"),
    "cookie path": cookie("path"),
    "cookie samesite": cookie("samesite"),
    "cookie expires": cookie("expires"),
    "cookie max_age": cookie("max_age", expires="0"),
    "cookie secure": cookie("secure"),
    "cookie httponly": cookie("httponly"),
    "deleted cookie key": deleted("key"),
    "deleted cookie domain": deleted("domain"),
    "deleted cookie path": deleted("path"),
    "deleted cookie samesite": deleted("samesite"),
    # Locations.
    "app.redirect": in_app(lambda app, v: app.redirect(v)),
    "utils.redirect": lambda s, v: werkzeug.utils.redirect(v, Response=s.cls),
    "RequestRedirect": returned(RequestRedirect),
    "response.location": assigned("location"),
    "absolute location": on(corrected),
    "Location": on_headers(lambda h, v: h.__setitem__("location", v)),
    "Location in _list": on_headers(lambda h, v: h._list.append(("Location", v))),
    "response.content_location": assigned("content_location"),
    # Other headers that have a syntax.
    "send_file": send_file,
    "mimetype": build("x", mimetype=itself),
    "content_type": build("x", content_type=itself),
    "response.mimetype": assigned("mimetype"),
    "response.content_type": assigned("content_type"),
    "response.mimetype_params": on(charset),
    "Content-Length": on_headers(lambda h, v: h.__setitem__("Content-Length", v)),
    "Transfer-Encoding": on_headers(lambda h, v: h.__setitem__("Transfer-Encoding", v)),
    "set_etag": on(lambda r, v: r.set_etag(v)),
    "set_etag, weak": on(lambda r, v: r.set_etag(v, weak=True)),
    "vary": on(lambda r, v: r.vary.add(v)),
    "response.vary": assigned("vary"),
    "allow": on(lambda r, v: r.allow.add(v)),
    "cache_control": on(lambda r, v: setattr(r.cache_control, "private", v)),
    "content_security_policy": on(policy),
    "WWW-Authenticate": on(lambda r, v: authenticate(r, "basic", {"realm": v})),
}
#: Whole headers.
FIELDS: Table = {
    "argument": build("x", 200, itself),
    "pair": headers(lambda v: [("B", "b"), v, ("C", "c")]),
    "response.headers": assigned("headers"),
    "setlist": on_headers(lambda h, v: h.setlist("X-One", v)),
    "extend": on_headers(lambda h, v: h.extend(v)),
    "extend by a dict": on_headers(lambda h, v: h.extend({"X": v, v: "x"})),
    "extend by a list": on_headers(lambda h, v: h.extend([("X", v), v])),
    "update": on_headers(lambda h, v: h.update(v)),
    "_list": on_headers(lambda h, v: h._list.extend([v, ("A", v)])),
    "_list is": on_headers(lambda h, v: setattr(h, "_list", v)),
    "==": on_headers(lambda h, v: h == v),
    "copied": on_headers(lambda h, v: (h.extend(v), h == h.copy(), list(h))),
    "view's": returned(lambda v: ("x", 200, v)),
    "view's, with a status": returned(lambda v: ("x", v, v)),
    "view's, beside a response": returned(lambda v: (flask.Response("x"), 200, v)),
    "other response": build("x", 404, lambda s, v: s.cls("x", 200, v).headers),
    "not modified": build("x", 304, itself),
}
BODIES: Table = {
    "argument": build(itself),
    "with a status": build(itself, 404, lambda s, v: {"X-Two": "2"}),
    "chunk": build(reached(lambda v: [v])),
    "chunks": build(reached(lambda v: ["a", v, b"b", "c"])),
    "tuple": build(lambda s, v: ("a", v)),
    "generator": build(lambda s, v: chunks_of(v)),
    "passed through": build(itself, direct_passthrough=lambda s, v: True),
    "response.response": assigned("response"),
    "response.data": assigned("data"),
    "set_data": on(lambda r, v: r.set_data(v)),
    "add_etag": on(tagged),
    "view's": returned(lambda v: v),
    "view's, with a status": returned(lambda v: (v, 201)),
    "view's, with all": returned(lambda v: (v, 201, [("X", "y")])),
}
JSON: Table = {
    "document": encoded(lambda v: v),
    "value": encoded(lambda v: {"a": v, "b": [1]}),
    "key": encoded(lambda v: {v: 1, "b": [1]}),
    "key, unsorted": encoded(lambda v: {"a": 1, v: [1], "b": 2}, sort_keys=False),
    "item": encoded(lambda v: [1, v, [v], 2, 2**200]),
    "deep": encoded(lambda v: [{"a": [v, {"b": [v]}]}] * 2),
    "ensure_ascii": encoded(lambda v: ["ä", v], ensure_ascii=False),
    "indented": encoded(lambda v: {"a": [v]}, indent=2),
    "returned in a dict": returned(lambda v: {"a": v, "b": 1}),
    "returned in a list": returned(lambda v: [v, 1]),
    "jsonify": in_app(lambda app, v: flask.jsonify(v)),
    "jsonify, keyword": in_app(lambda app, v: flask.jsonify(a=v)),
    "default": in_app(lambda app, v: app.json.dumps([{1}, "x"], default=lambda obj: v)),
    "default is": in_app(lambda app, v: app.json.dumps([{1}, "x"], default=v)),
    "option": in_app(lambda app, v: app.json.dumps([1], sort_keys=v)),
    "indent": in_app(lambda app, v: app.json.dumps([1], indent=v)),
    "separators": in_app(lambda app, v: app.json.dumps([1], separators=(v, v))),
}
ENVIRON: Table = {
    "environ": sent(lambda v: v),
    "request method": sent(lambda v: {"REQUEST_METHOD": v}),
    "key": sent(lambda v: {v: "x", "REQUEST_METHOD": "GET"}),
    "key, found": sent(lambda v: {v: "GET"}),
    "make_conditional": on(lambda r, v: r.make_conditional(v)),
    "condition": on(
        lambda r, v: condition(r, {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": v})
    ),
    "method of a condition": on(lambda r, v: condition(r, {"REQUEST_METHOD": v})),
    "force_type": in_app(
        lambda app, v: app.response_class.force_type(wsgi_app("200 OK", []), v)
    ),
}
OTHERS: Table = {
    "direct_passthrough": build(lambda s, v: ["x"], direct_passthrough=itself),
    "everything": build(itself, itself, itself, itself, itself, itself),
    "no such argument": build("x", other=itself),
    "init again": on(lambda r, v: r.__init__("x", 201, v)),
    "_status_code": assigned("_status_code"),
    "_on_close": assigned("_on_close"),
    "response.direct_passthrough": assigned("direct_passthrough"),
    "__dict__": assigned("__dict__"),
    "content_length": assigned("content_length"),
    "an instance's hook": assigned("get_app_iter"),
    "an instance's close": assigned("close"),
    "call_on_close": on(lambda r, v: r.call_on_close(v) and None),
    "add_etag": on(lambda r, v: r.add_etag(v)),
    "add_etag, weak": on(lambda r, v: r.add_etag(False, v)),
    "vary.update": on(lambda r, v: r.vary.update(v)),
    "vary.discard": on(lambda r, v: r.vary.discard(v)),
    "headers[v]": on_headers(lambda h, v: h[v]),
    "del headers[v]": on_headers(lambda h, v: h.__delitem__(v)),
    "v in headers": on_headers(lambda h, v: v in h),
    "get": on_headers(lambda h, v: h.get(v, "none")),
    "get, default": on_headers(lambda h, v: h.get("None", v)),
    "get, type": on_headers(lambda h, v: h.get("X-One", type=v)),
    "getlist": on_headers(lambda h, v: h.getlist(v)),
    "pop": on_headers(lambda h, v: h.pop(v, None)),
    "pop, default": on_headers(lambda h, v: h.pop("None", v)),
    "remove": on_headers(lambda h, v: h.remove(v)),
    "cookie max_age": cookie("max_age"),
    "cookie none": cookie("none"),
    **{
        f"class's {name}": class_attribute(name)
        for name in (
            *("default_status", "default_mimetype", "automatically_set_content_length"),
            *("autocorrect_location_header", "implicit_sequence_conversion"),
            *("max_cookie_size", "get_wsgi_headers", "close", "status", "is_sequence"),
            *("iter_encoded", "__call__", "get_app_iter", "set_data", "headers"),
        )
    },
    "returned, four": returned(lambda v: (v, v, v, v)),
    "redirect, code": in_app(lambda app, v: app.redirect("/", v)),
    "redirect, class": in_app(lambda app, v: flask.redirect("/", Response=v)),
    "HTTP exception": returned(NotFound),
    "force_type": in_app(lambda app, v: app.response_class.force_type(v, {})),
}

TABLES: dict[str, Table] = {
    "status": STATUS,
    "status line": STATUS_LINE,
    "name": NAMES,
    "value": VALUES,
    "headers": FIELDS,
    "body": BODIES,
    "JSON": JSON,
    "environ": ENVIRON,
    "other": OTHERS,
}


def entrances(*kinds: str) -> Table:
    """All, or those of some tables, under names such as ``status: code``."""
    return {
        f"{kind}: {name}": entrance
        for kind in kinds or TABLES
        for name, entrance in TABLES[kind].items()
    }


#: What :func:`fastresp.http1.render_head` may be given.
HEADS: dict[str, Entrance] = {
    "status": lambda s, v: (v, []),
    "headers": lambda s, v: (200, v),
    "item of a list": lambda s, v: (200, s.within_reach([("A", "a"), v])),
    "item of a tuple": lambda s, v: (200, (("A", "a"), v)),
    "name in a list": lambda s, v: (200, s.within_reach([("A", "a"), (v, "b")])),
    "value in a list": lambda s, v: (200, s.within_reach([("A", v), ("B", "b")])),
    "name in a dict": lambda s, v: (200, s.within_reach({"A": "a", v: "b"})),
    "value in a dict": lambda s, v: (200, s.within_reach({"A": v, "B": "b"})),
    "values in a dict": lambda s, v: (200, s.within_reach({"A": ["a", v], "B": "b"})),
    "values of a dict": lambda s, v: (200, {"A": ("a", v)}),
    "Headers": lambda s, v: (200, Headers({"A": v})),
    "fields of a response": lambda s, v: (
        200,
        (s.response.headers._list.append(v), s.response.headers)[1],
    ),
}
