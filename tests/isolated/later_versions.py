"""What later versions of Flask and Werkzeug announce, on the installed ones: the same
answers as theirs, with the same warnings, and no more of them by Werkzeug than need be.

The changes are made to Flask and Werkzeug before fastresp is imported. Each has to
change something: a table of views is answered by Flask before and after it.

    later_versions.py CHANGE ...
"""

from __future__ import annotations

import collections.abc as cabc
import copy
import functools
import inspect
import re
import sys
import textwrap
import types
import typing as t
import warnings
from http import HTTPStatus

import flask
import werkzeug.datastructures.structures
import werkzeug.exceptions
import werkzeug.http
import werkzeug.sansio.response
import werkzeug.utils
import werkzeug.wrappers.response
from parity import Described
from parity import emit
from parity import exchange
from parity import outcome
from parity import unaddressed
from werkzeug.datastructures import ETags
from werkzeug.datastructures import HeaderSet
from werkzeug.datastructures import Range
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

sansio = werkzeug.sansio.response
wrappers = werkzeug.wrappers.response

# --- changing Flask and Werkzeug --------------------------------------------------

SOURCES: dict[t.Any, str] = {}


def define(owner: t.Any, name: str, module: t.Any, source: str) -> None:
    """Define a function, a property or a class of theirs: in their module's names."""
    made: dict[str, t.Any] = {}
    exec(compile(textwrap.dedent(source), module.__file__, "exec"), vars(module), made)
    SOURCES[getattr(made[name], "fget", made[name])] = source
    setattr(owner, name, made[name])


def revise(owner: t.Any, name: str, *changes: tuple[str, str]) -> None:
    """Define a function or a property of theirs anew, with patterns replaced."""
    function = vars(owner)[name]
    function = getattr(function, "fget", function)
    source = SOURCES.get(function) or textwrap.dedent(inspect.getsource(function))
    for pattern, replacement in changes:
        source, count = re.subn(pattern, replacement, source, flags=re.DOTALL)
        assert count > 0, (name, pattern)
    define(owner, name, sys.modules[function.__module__], source)


#: By module, what it still gives out, with a warning.
DEPRECATED: dict[types.ModuleType, dict[str, t.Any]] = {}


def deprecate(module: t.Any, name: str, value: t.Any) -> None:
    names = DEPRECATED.setdefault(module, {})
    names[name] = value
    vars(module).pop(name, None)

    def getattr(name: str) -> t.Any:
        if name not in names:
            raise AttributeError(name)
        warnings.warn(f"{name!r} is deprecated", DeprecationWarning, stacklevel=2)
        return names[name]

    module.__getattr__ = getattr


# --- the changes ------------------------------------------------------------------


def title_case_phrases() -> None:
    """The standard library has the phrases."""
    revise(
        sansio.Response,
        "_clean_status",
        (
            r"HTTP_STATUS_CODES\[status_code\]\.upper\(\)",
            "HTTPStatus(status_code).phrase",
        ),
        ("except KeyError", "except ValueError"),
        ("UNKNOWN", "Unknown"),
    )
    vars(werkzeug.exceptions)["HTTPStatus"] = HTTPStatus
    define(
        HTTPException,
        "name",
        werkzeug.exceptions,
        """
        @property
        def name(self):
            try:
                return HTTPStatus(self.code or 0).phrase
            except ValueError:
                return "Unknown"
        """,
    )
    del vars(sansio)["HTTP_STATUS_CODES"]
    deprecate(werkzeug.http, "HTTP_STATUS_CODES", werkzeug.http.HTTP_STATUS_CODES)


def redirects_with_303() -> None:
    flask.Flask.redirect.__defaults__ = (303,)
    flask.redirect.__defaults__ = werkzeug.utils.redirect.__defaults__ = (303, None)


#: Methods of apps.
WITH_CONTEXT = (
    *("handle_http_exception", "handle_user_exception", "handle_exception"),
    *("log_exception", "dispatch_request", "full_dispatch_request"),
    *("finalize_request", "make_default_options_response", "preprocess_request"),
    *("process_response", "do_teardown_request", "do_teardown_appcontext"),
)


def context_first() -> None:
    """There is one context, and it is passed to the methods."""
    session = vars(flask.ctx.RequestContext).get("session")
    define(
        flask.ctx,
        "AppContext",
        flask.ctx,
        """
        class AppContext:
            def __init__(self, app, *, request=None):
                self.app, self.request = app, request
                self.g = app.app_ctx_globals_class()
                self.flashes = self._session = None
                self._after_request_functions = []
                self.tokens = []
                self.url_adapter = None
                try:
                    self.url_adapter = app.create_url_adapter(request)
                except HTTPException as e:
                    request.routing_exception = e

            @classmethod
            def from_environ(cls, app, environ):
                return cls(app, request=app.request_class(environ))

            match_request = RequestContext.match_request

            def push(self):
                self.tokens.append(_cv_app.set(self))
                if len(self.tokens) > 1 or self.request is None:
                    return
                interface = self.app.session_interface
                self._session = interface.open_session(self.app, self.request)
                if self._session is None:
                    self._session = interface.make_null_session(self.app)
                if self.url_adapter is not None:
                    self.match_request()

            def pop(self, exc=None):
                if len(self.tokens) == 1:
                    if self.request is not None:
                        self.app.do_teardown_request(self, exc)
                        self.request.close()
                    self.app.do_teardown_appcontext(self, exc)
                _cv_app.reset(self.tokens.pop())

            def __enter__(self):
                self.push()
                return self

            def __exit__(self, exc_type, exc_value, tb):
                self.pop(exc_value)
        """,
    )
    context: t.Any = flask.ctx.AppContext
    context.session = session or property(lambda self: self._session)
    names = "|".join(WITH_CONTEXT)
    for name in WITH_CONTEXT:
        revise(flask.Flask, name, (rf"(def {name}\(\s*self)", r"\1, ctx"))
    for name in (
        *("handle_user_exception", "handle_exception", "dispatch_request"),
        *("full_dispatch_request", "finalize_request", "wsgi_app"),
    ):
        revise(flask.Flask, name, (rf"(self\.(?:{names})\()", r"\1ctx, "))
    revise(
        flask.Flask,
        "request_context",
        (r"RequestContext\(self", "AppContext.from_environ(self"),
    )
    current: t.Any = flask.globals._cv_app
    # The same objects, which others have imported.
    proxies: t.Any = flask.globals
    LocalProxy.__init__(proxies.request, current, "request")
    LocalProxy.__init__(proxies.session, current, "session")
    LocalProxy.__init__(proxies.request_ctx, current)
    for module in flask.app, flask.ctx, flask.helpers, flask.templating:
        vars(module)["_cv_request"] = current
    del vars(flask.globals)["_cv_request"]
    vars(flask.app)["AppContext"] = context
    deprecate(flask.ctx, "RequestContext", context)
    deprecate(flask.globals, "request_ctx", flask.globals.app_ctx)


def make_response_with_context() -> None:
    """The one method that is compiled."""
    vars(flask.helpers)["_cv_app"] = flask.globals._cv_app
    revise(flask.Flask, "make_response", (r"\(self, rv", "(self, ctx, rv"))
    for owner, name in (
        (flask.Flask, "finalize_request"),
        (flask.helpers, "make_response"),
    ):
        call = r"\.make_response\((\w+)\)"
        revise(owner, name, (call, r".make_response(_cv_app.get(), \1)"))
    vars(flask)["make_response"] = flask.helpers.make_response


PARSING = (
    *("dump_csp_header", "parse_accept_header", "parse_cache_control_header"),
    *("parse_content_range_header", "parse_csp_header", "parse_etags"),
    *("parse_if_range_header", "parse_range_header", "parse_set_header"),
)


def classes_that_parse() -> None:
    """``from_header`` of a class in place of a function; a set is told afterwards whom
    to call when it changes."""
    structures = werkzeug.datastructures.structures
    for name, function in list(vars(HeaderSet).items()):
        if isinstance(function, types.FunctionType) and (
            "self.on_update" in inspect.getsource(function)
        ):
            changes = [(r"self\.on_update", "self._on_update")]
            if name == "__init__":
                changes += [(r",\s*on_update\b[^)]*\)", ")"), ("= on_update", "= None")]
            revise(HeaderSet, name, *changes)
    for name in ("dump_header", "parse_list_header"):
        vars(structures)[name] = vars(werkzeug.http)[name]
    define(
        HeaderSet,
        "to_header",
        structures,
        """
        def to_header(self):
            return dump_header(self._headers)
        """,
    )
    define(
        HeaderSet,
        "from_header",
        structures,
        """
        @classmethod
        def from_header(cls, value):
            if not value:
                return cls()
            return cls(parse_list_header(value))
        """,
    )
    revise(
        sansio,
        "_set_property",
        (
            r"return parse_set_header\((.*?), on_update\)\n",
            r"obj = HeaderSet.from_header(\1)\n"
            r"        obj._on_update = on_update\n"
            r"        return obj\n",
        ),
    )
    for name, value in list(vars(sansio.Response).items()):
        getter: t.Any = getattr(value, "fget", None)
        if getattr(getter, "__qualname__", "") == "_set_property.<locals>.fget":
            field = getter.__closure__[0].cell_contents
            setattr(sansio.Response, name, sansio._set_property(field, value.__doc__))
    for cls, function in (
        (ETags, werkzeug.http.parse_etags),
        (Range, werkzeug.http.parse_range_header),
    ):
        vars(sys.modules[cls.__module__])["_parse"] = function
        define(
            cls,
            "from_header",
            sys.modules[cls.__module__],
            """
            @classmethod
            def from_header(cls, value):
                return _parse(value)
            """,
        )
        vars(wrappers)[cls.__name__] = cls
        del vars(wrappers)[function.__name__]
    revise(
        wrappers.Response,
        "make_conditional",
        (r"parse_etags\(", "ETags.from_header("),
    )
    revise(
        wrappers.Response,
        "_process_range_request",
        (r"parse_range_header\(", "Range.from_header("),
    )
    define(
        werkzeug.http,
        "parse_set_header",
        werkzeug.http,
        """
        def parse_set_header(value, on_update=None):
            obj = ds.HeaderSet.from_header(value)
            obj._on_update = on_update
            return obj
        """,
    )
    for name in PARSING:
        deprecate(werkzeug.http, name, vars(werkzeug.http)[name])
    del vars(sansio)["parse_set_header"]


def longer_entity_tags() -> None:
    """A hash that is at hand everywhere."""
    define(
        werkzeug.http,
        "generate_etag",
        werkzeug.http,
        """
        def generate_etag(data):
            import base64, hashlib
            digest = hashlib.sha3_256(data, usedforsecurity=False).digest()
            return base64.b64encode(digest).decode().rstrip("=")
        """,
    )
    vars(wrappers)["generate_etag"] = werkzeug.http.generate_etag


def content_md5_deprecated() -> None:
    define(
        sansio.Response,
        "content_md5",
        sansio,
        """
        @property
        def content_md5(self):
            import warnings
            text = "'content_md5' is deprecated"
            warnings.warn(text, DeprecationWarning, stacklevel=2)
            return self.headers.get("Content-MD5")
        """,
    )


def deprecated_names_gone() -> None:
    """What is deprecated in 3.2 is announced to go in 3.3, or in 4.0."""
    for names in DEPRECATED.values():
        names.clear()
    del sansio.Response.content_md5


CHANGES: dict[str, cabc.Callable[[], None]] = {
    "phrases": title_case_phrases,
    "redirects": redirects_with_303,
    "context": context_first,
    "make_response": make_response_with_context,
    "classes": classes_that_parse,
    "entity tags": longer_entity_tags,
    "Content-MD5": content_md5_deprecated,
    "removals": deprecated_names_gone,
}
#: The parts whose compiled code a change ends.
ENDS = {"make_response": {"dispatch", "finalizing"}}


# --- views ------------------------------------------------------------------------


#: What apps have handled.
errors: list[BaseException] = []


class App(flask.Flask):
    """Overrides methods as apps do that run on both versions."""

    def process_response(self, *args: t.Any) -> t.Any:
        response = super().process_response(*args)
        response.headers["X-Arguments"] = str(len(args))
        return response

    def handle_user_exception(self, *args: t.Any) -> t.Any:
        flask.g.error = len(args), unaddressed(repr(args[-1]))
        errors.append(args[-1])
        return super().handle_user_exception(*args)


def conditional(**ranges: t.Any) -> t.Any:
    response = flask.current_app.response_class("text")
    response.add_etag()
    response.headers["Date"] = "now"
    return response.make_conditional(flask.request, **ranges)


def with_sets(response: flask.Response) -> flask.Response:
    response.vary.add("Origin")
    response.vary.update(["origin", "a b"])
    response.allow.add("GET")
    flask.session.get("user")
    flask.after_this_request(lambda response: response)
    return response


def names_of_sets() -> list[str]:
    response = flask.current_app.response_class()
    return [name for each in (response.vary, response.allow) for name in vars(each)]


def with_status() -> str:
    flask.g.status = 404
    return "text"


def with_digest(response: flask.Response) -> t.Any:
    response.headers["Content-MD5"] = "digest"
    return str(response.content_md5)


def failing(code: int) -> t.Any:
    raise type("Error", (HTTPException,), {"code": code})("so")


def streamed() -> t.Any:
    return flask.stream_with_context(flask.request.path for _ in range(2))


def name_of(module: t.Any, name: str) -> str:
    return type(getattr(module, name)).__name__


def text() -> flask.Response:
    return flask.current_app.response_class("text")


VIEWS: dict[str, cabc.Callable[[], t.Any]] = {
    "text": lambda: "text",
    "a pair": lambda: ("text", {"X-A": "1"}),
    "JSON": lambda: {"a": [1, "ü"]},
    "stream": streamed,
    "other class": lambda: werkzeug.wrappers.Response("text", 404),
    "status code, assigned": with_status,
    **{
        f"status {status!r}": functools.partial(tuple, ("text", status))
        for status in (
            *(200, 201, 204, 226, 299, 304, 404, 418, 421, 425, 451, 500, 600, 999),
            *("404", "299", "404 Gone fishing", "404 NOT FOUND"),
            HTTPStatus.EARLY_HINTS,
        )
    },
    "redirect": lambda: flask.redirect("/a?b=1&c"),
    "redirect by the app": lambda: flask.current_app.redirect(location="/ü"),
    "redirect with a code": lambda: flask.redirect("/a", 302),
    "redirect by Werkzeug": lambda: werkzeug.utils.redirect("/a"),
    "made": lambda: flask.make_response("text", 201),
    "made by the app": lambda: flask.current_app.make_response(("text", 201)),
    **{
        f"error {code}": functools.partial(flask.abort, code)
        for code in werkzeug.exceptions.default_exceptions
    },
    "described": lambda: flask.abort(404, "No <such> user."),
    "returned": lambda: werkzeug.exceptions.NotFound(),
    "error with a table's phrase": lambda: failing(449),
    "error without a phrase": lambda: failing(599),
    "failing": lambda: 1 / 0,
    "conditional": conditional,
    "ranges": lambda: conditional(accept_ranges=True, complete_length=4),
    "sets": lambda: with_sets(text()),
    "names of sets": names_of_sets,
    "Content-MD5": lambda: with_digest(text()),
    **{
        f"name {name}": functools.partial(name_of, werkzeug.http, name)
        for name in ("HTTP_STATUS_CODES", *PARSING)
    },
    "name request_ctx": lambda: name_of(flask.globals, "request_ctx"),
    "name RequestContext": lambda: name_of(flask.ctx, "RequestContext"),
}
#: What may fail after a change.
MAY_FAIL = {name for name in VIEWS if name.startswith("name ")} | {
    *("failing", "Content-MD5", "made by the app"),
}
CONDITIONS = ('W/"a"', "{tag}", "*", "a, {tag}", "bytes=0-1", "bytes=9-")
REQUESTS: list[tuple[str, str, dict[str, str]]] = [
    *[("GET", name, {}) for name in VIEWS],
    *[(method, "text", {}) for method in ("HEAD", "OPTIONS", "POST")],
    ("GET", "no/where", {}),
    *[
        ("GET", name, {f"HTTP_{header}": condition})
        for name in ("conditional", "ranges")
        for header in ("IF_NONE_MATCH", "IF_MATCH", "RANGE")
        for condition in CONDITIONS
    ],
]


def set_up(app: flask.Flask) -> flask.Flask:
    app.logger.disabled = True
    app.secret_key = "key"

    @app.route("/<name>")
    def view(name: str) -> t.Any:
        return VIEWS[name]()

    @app.after_request
    def after(response: flask.Response) -> flask.Response:
        if "status" in flask.g:
            response.status_code = flask.g.status
        response.headers["X-Error"] = str(flask.g.get("error"))
        return response

    return app


def answers(app: flask.Flask) -> list[Described]:
    tag = f'"{werkzeug.http.generate_etag(b"text")}"'
    found = []
    for method, name, environ in REQUESTS:
        conditions = {key: value.format(tag=tag) for key, value in environ.items()}
        errors.clear()
        answer = exchange(app, f"/{name}", method, **conditions)
        if name not in MAY_FAIL:
            assert all(isinstance(each, HTTPException) for each in errors), errors
        found.append(answer)
    return found


# --- each change matters ----------------------------------------------------------

changes = sys.argv[1:]
stock = answers(set_up(App("app")))
for each in changes:
    CHANGES[each]()
    before, stock = stock, answers(set_up(App("app")))
    assert stock != before, f"{each} changes nothing"

with warnings.catch_warnings():
    warnings.simplefilter("error")
    from cases import Case
    from cases import CASES
    from entrances import Entrance
    from entrances import entrances
    from entrances import Stage

    import fastresp
    import fastresp.http1

# --- all implementations ----------------------------------------------------------


class Implementation(t.NamedTuple):
    response_class: type[t.Any] = flask.Response
    #: With these settings, or without it.
    extension: dict[str, bool] | None = None

    def app(self, customize: t.Any = lambda base: base) -> flask.Flask:
        app = App("app")
        app.response_class = customize(self.response_class)
        if self.extension is not None:
            app.config.update(self.extension)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                fastresp.FastResp(app)
        return set_up(app)


IMPLEMENTATIONS = {
    "response_class": Implementation(fastresp.Response),
    "FastResp": Implementation(extension={}),
    "FastResp, responses alone": Implementation(
        extension={"FASTRESP_DISPATCH": False, "FASTRESP_JSON": False}
    ),
    "FastResp, off": Implementation(extension={"FASTRESP_ENABLED": False}),
}


def without_date(answer: t.Any) -> t.Any:
    for _, fields in answer["started"]:
        fields[:] = [field for field in fields if field[0] != ("str", "'Date'")]
    return answer


def answer_case(implementation: Implementation, app: flask.Flask, case: Case) -> t.Any:
    if case.customize is not None:
        app = implementation.app(case.customize)
    VIEWS["case"] = lambda: case.make(app) if case.in_view else case.make()
    return without_date(exchange(app, "/case", case.method, **case.environ))


ENTRANCES = entrances()
# It depends on the second.
del ENTRANCES["other: cookie max_age"]
VALUES = ("404", "ü", HTTPStatus.GONE, [("A", "b")])


def enter(app: flask.Flask, entrance: Entrance, value: t.Any) -> t.Any:
    stage = Stage(app.response_class, app)
    stage.response.headers["Date"] = "now"

    def whole() -> t.Any:
        answer = stage.settle(entrance(stage, copy.deepcopy(value)))
        return answer, emit(stage.response), emit(stage.response, "HEAD")

    return outcome(whole)


def everything(implementation: Implementation) -> dict[t.Any, t.Any]:
    app = implementation.app()
    found: dict[t.Any, t.Any] = dict(enumerate(answers(app)))
    for name, case in CASES.items():
        found[name] = answer_case(implementation, app, case)
    with app.test_request_context():
        for name, entrance in ENTRANCES.items():
            for at, value in enumerate(VALUES):
                found[name, at] = enter(app, entrance, value)
    return found


expected = everything(Implementation())
assert [expected[at] for at in range(len(stock))] == stock
for label, implementation in IMPLEMENTATIONS.items():
    for key, answer in everything(implementation).items():
        assert answer == expected[key], (label, key, answer, expected[key])

# --- what is compiled -------------------------------------------------------------

parts = fastresp.describe()
ended = {part for part, how in parts.items() if how != "compiled"}
assert ended == set().union(*[ENDS.get(each, ()) for each in changes]), parts

head = fastresp.http1.render_head(404, [])
assert head == b"HTTP/1.1 404 Not Found\r\n\r\n"

called: list[types.CodeType] = []


def note(frame: types.FrameType, event: str, arg: t.Any) -> None:
    if event == "call":
        called.append(frame.f_code)


error: t.Any = werkzeug.exceptions.NotFound()
app = IMPLEMENTATIONS["FastResp"].app()
emit(fastresp.Response.force_type(error, {"REQUEST_METHOD": "GET"}))
sys.setprofile(note)
fastresp.Response("text")
fastresp.Response("text", 404)
fastresp.Response.force_type(error, {"REQUEST_METHOD": "GET"})
app.redirect("/a")
sys.setprofile(None)
assert not called, called

if "phrases" in changes:
    # A phrase that is replaced counts from then on.
    member: t.Any
    for member in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
        member.phrase = "New"
    for path in ("text", "status 404", "error 404", "no/where"):
        answer, expected = (
            exchange(each, f"/{path}")
            for each in (IMPLEMENTATIONS["FastResp"].app(), Implementation().app())
        )
        assert answer == expected
        assert " New" in expected["started"][0][0][1], expected
