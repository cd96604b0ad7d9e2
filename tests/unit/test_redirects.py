"""Redirects: every way to make one, every location, and what is sent."""

from __future__ import annotations

import pkgutil
import string
import typing as t
from http import HTTPStatus
from unittest import mock

import flask
import hypothesis
import hypothesis.strategies as st
import pytest
import werkzeug.utils
from bodies import Text
from conftest import apps
from conftest import compared
from conftest import PAIRS
from markupsafe import Markup
from parity import compare_apps
from parity import describe
from parity import emit
from parity import Journal
from parity import outcome
from parity import state
from werkzeug.local import LocalProxy
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp


class Html(str):
    def __html__(self) -> str:
        return "<i>html</i>"


class Lower(str):
    def __str__(self) -> str:
        return "/str"

    def encode(self, *args: t.Any, **kwargs: t.Any) -> bytes:
        return b"/encoded"


class Loud:
    def __str__(self) -> str:
        return "/loud<b>"


#: Where Werkzeug sends it as it is, it is a deviation that it is refused.
ENCODED_NUL = ["/\0"]
with_nul = WerkzeugResponse(headers={"Location": "/\0"})
if "\0" in with_nul.get_wsgi_headers(create_environ())["Location"]:
    ENCODED_NUL.clear()

LOCATIONS: dict[str, t.Any] = {
    value if isinstance(value, str) else repr(value): value
    for value in (
        *("/", "", "?", "#", "/a?b=c&d=<e>#f", "//host", "///", "http:", "http://"),
        *("http://höst.example/pä?q=ö#ü", "http://xn--hst-sna.example/", "http://."),
        *("http://ü" + "x" * 64 + ".de/", "http://a..b/", "HTTP://HÖST/", "http://²/"),
        *("http://u:p@h:80/", "http://ü:ö@h:8080", "http://u@h:", "http://:80", "//:1"),
        *("http://[::1]/", "http://[::1]:8080/ä", "http://[v1.x]/", "http://[::1"),
        *("][", "/a[b]", "a", "//HOST/path", "http://a:080/", "http://a:65535/"),
        *("http://a:0/", "http://h:99999/", "http://h:x/", "http://h:-1/"),
        *("http://h:٣/", "http://h:80 /", "/a|b\\c^d`{e}", "/path?q=1&r=a+b#top"),
        *("itms-services://?action=x&url=ä", "mailto:ä@b.c", "javascript:'<ä>'"),
        *("data:,ä", "tel:1 2", "about:blank", "urn:ä:b", "x-custom://a b/c"),
        *("file:///c|/ä", "1:2", "/%", "/%2", "/%zz", "/%25", "/%C3%A4", "/%c3%a4"),
        *("/%E4", "/%0a", "/%00", "%ä", "/a b", " /a", "/a ", "/a\\b", "\\\\host\\x"),
        *("/a+b", "/a;b=c", "/a,b", "/'\"", "/a?ä b", "/?a=%20+b&amp;c", "/?%zz"),
        *("/?ä=%C3%A4", "/#ä b", "/#%zz", "/?#", "/#?", "/\x7f", "/\x01", "/\x0b\x0c"),
        *("/\x1f", *ENCODED_NUL, "/a\tb", "/\x85", "/\u2028", "/\xa0", "/a\nb"),
        *("/a\rb", "\n", "/\r\nX: y", "/→", "/🐍", "/\ud800", "/\udcff", "/\ufeff"),
        *("./a", "../a", ".", "..", "/../a", "a/b/../c", "?a", "//a/../b", "/a//b"),
        *("/a/.", "./x/../y", "/a?", "/a#"),
    )
}
OTHERS: dict[str, t.Any] = {
    "markup": Markup("/a?b&c<d>"),
    "escaped markup": Markup("/a?b&amp;c"),
    "subclass": Text("/text?ä"),
    "html": Html("/html"),
    "lower": Lower("/lower"),
    "lazy": LocalProxy(lambda: "/lazy?ä"),
    "lazy markup": LocalProxy(lambda: Markup("/lazy&")),
    "object": Loud(),
    "none": None,
    "number": 5,
    "bytes": b"/bytes",
    "list": ["/list"],
    "dict": {},
    "tuple": ("/a", "/b"),
}
ALL = {**LOCATIONS, **OTHERS}
CODES: list[t.Any] = [
    *(300, 301, 302, 303, 304, 305, 307, 308, 200, 204, 404, 100, 0, -1, 999, 10**30),
    *("302", "303 See", "", "odd", "304", None, True, 5.5, b"302", [302]),
    *(HTTPStatus.FOUND, HTTPStatus.PERMANENT_REDIRECT),
]


def made(redirect: t.Callable[[], t.Any], **environ: t.Any) -> t.Any:
    """The response's state, and what is sent, or the error."""

    def program() -> t.Any:
        response = redirect()
        return state(response), emit(response, **environ), type(response).__name__

    return outcome(program)


@pytest.mark.parametrize("location", ALL.values(), ids=[ascii(name) for name in ALL])
@compared
def test_locations(cls: type[t.Any], location: t.Any) -> t.Any:
    absolute = type("Response", (cls,), {"autocorrect_location_header": True})
    return [
        made(lambda: werkzeug.utils.redirect(location, Response=cls)),
        made(lambda: werkzeug.utils.redirect(location, 301, absolute)),
        made(
            lambda: werkzeug.utils.redirect(location, 308, absolute),
            PATH_INFO="/päth/x".encode().decode("latin-1"),
            QUERY_STRING="a=ä b".encode().decode("latin-1"),
            HTTP_HOST="höst.example:8080",
            SCRIPT_NAME="/root",
            **{"wsgi.url_scheme": "https"},
        ),
        made(lambda: werkzeug.utils.redirect(location, Response=cls), HTTP_HOST=""),
    ]


@pytest.mark.parametrize("where", ("class", "instance"))
@pytest.mark.parametrize("autocorrect", (False, True))
@pytest.mark.parametrize("name", ("Location", "location", "Content-Location"))
@compared
def test_locations_among_other_headers(
    cls: type[t.Any], name: str, autocorrect: bool, where: str
) -> t.Any:
    """On an instance, the attribute leaves all of the emission to Werkzeug."""
    own = type("Own", (cls,), {})

    def response(location: t.Any) -> t.Any:
        response = own("x", 302, {"X-First": "1", name: location, "X-Last": "2"})
        owner: t.Any = own if where == "class" else response
        owner.autocorrect_location_header = autocorrect
        return emit(response, PATH_INFO="/here/now", QUERY_STRING="a=b")

    return [outcome(lambda: response(location)) for location in LOCATIONS.values()]  # noqa: B023


@pytest.mark.parametrize("code", CODES, ids=repr)
@compared
def test_codes(cls: type[t.Any], code: t.Any) -> t.Any:
    return [
        made(lambda: werkzeug.utils.redirect("/ä", code, cls)),
        made(lambda: werkzeug.utils.redirect("/ä", code=code, Response=cls)),
    ]


@pytest.mark.parametrize(
    "form", ("/{}", "/?{}", "/#{}", "http://h{}/", "http://{}@h/", "{}")
)
@compared
def test_every_character(cls: type[t.Any], form: str) -> t.Any:
    """ASCII, then the rest of latin-1 and a few beyond; NUL is a deviation."""
    characters = map(chr, (*range(1, 256), 0x100, 0x2028, 0xD800, 0x1F40D))
    return {
        char: made(lambda: werkzeug.utils.redirect(form.format(char), Response=cls))  # noqa: B023
        for char in characters
    }


def test_every_character_in_the_page_of_an_app() -> None:
    for char in map(chr, (*range(256), 0x100, 0x2028, 0xD800, 0x1F40D)):
        stock, *fast = (
            outcome(lambda: state(app.redirect(f"/a?{char}b")))  # noqa: B023
            for app in apps()
        )
        assert fast == [stock, stock], char


# --- through an app ------------------------------------------------------------------

MAKERS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "flask.redirect": lambda location: flask.redirect(location),
    "with a code": lambda location: flask.redirect(location, 307),
    "by keyword": lambda location: flask.redirect(location=location, code=308),
    "app.redirect": lambda location: flask.current_app.redirect(location),
    "app.redirect, code": lambda location: flask.current_app.redirect(location, 301),
    "werkzeug": lambda location: werkzeug.utils.redirect(location),
    "flask.Response": lambda location: flask.redirect(location, 301, flask.Response),
    "with headers": lambda location: (flask.redirect(location), {"X-More": "1"}),
    "with a status": lambda location: (flask.redirect(location), 303),
    "content location": lambda location: (
        "x",
        201,
        {"Content-Location": location, "Location": location, "X": "1"},
    ),
    "aborted": lambda location: flask.abort(flask.redirect(location)),
    "header": lambda location: flask.Response("x", 302, {"location": location}),
    "no arguments": lambda location: flask.redirect(),  # type: ignore[call-arg]
    "too many": lambda location: flask.redirect(1, 2, 3, 4),  # type: ignore
    "bogus": lambda location: flask.redirect(location, bogus=1),  # type: ignore
    "a class that is none": lambda location: flask.redirect(location, 302, dict),  # type: ignore
}


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_views(maker: t.Callable[[t.Any], t.Any]) -> None:
    locations = [*LOCATIONS.values()][::4] + [*OTHERS.values()]

    def setup(app: flask.Flask, journal: Journal) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False

        @app.get("/<int:number>")
        def view(number: int) -> t.Any:
            journal(outcome(lambda: describe(type(maker(locations[number])).__name__)))
            return maker(locations[number])

    for method in ("GET", "HEAD"):
        numbers = range(len(locations))
        compare_apps(apps, setup, [(f"/{number}", method) for number in numbers])


def test_a_function_for_a_response_class() -> None:
    """``redirect`` just calls it."""

    def program(app: t.Any) -> t.Any:
        cls = app.response_class
        app.response_class = lambda *args, **kwargs: cls(*args, **kwargs)
        with app.test_request_context():
            return emit(app.redirect("/plain")), emit(app.redirect("/ä", 308))

    stock, *fast = map(program, apps())
    assert fast == [stock, stock]


class Redirecting(flask.Flask):
    def redirect(self, location: str, code: int = 302) -> t.Any:
        answer = super().redirect(f"/own{location}", code)
        answer.headers["X-Own"] = "1"
        return answer


def test_an_overridden_redirect_is_used() -> None:
    def create() -> list[flask.Flask]:
        stock, fast = Redirecting("app"), Redirecting("app")
        fastresp.FastResp(fast)
        return [stock, fast]

    def setup(app: flask.Flask, journal: Journal) -> None:
        app.add_url_rule("/", "view", lambda: flask.redirect("/ä", 301))
        app.add_url_rule("/app", "app", lambda: app.redirect("/ä"))

    compare_apps(create, setup, ["/", "/app"])
    with create()[1].test_request_context():
        assert flask.redirect("/ä").headers["X-Own"] == "1"


@pytest.mark.parametrize(
    "target",
    ("flask.Flask.redirect", "flask.sansio.app._wz_redirect", "werkzeug.utils.escape"),
)
def test_patches(target: str) -> None:
    """Others are made in tests/isolated/patched.py."""
    following = pkgutil.resolve_name(target)
    calls: list[int] = []

    def patched(*args: t.Any, **kwargs: t.Any) -> t.Any:
        calls.append(len(args))
        return following(*args, **kwargs)

    def program(app: t.Any) -> t.Any:
        calls.clear()
        with app.test_request_context():
            answers = emit(flask.redirect("/<ä>")), emit(app.redirect("/", 301))
        return answers, list(calls)

    created = apps()
    with mock.patch(target, patched):
        stock, *fast = map(program, created)
    assert calls and fast == [stock, stock]


@pytest.mark.parametrize("location", ("/ä", "/a\nb", None))
def test_outside_an_app_context(location: t.Any) -> None:
    """``flask.redirect`` makes a Werkzeug response then."""
    result = made(lambda: flask.redirect(location))
    assert result == made(lambda: werkzeug.utils.redirect(location))
    for app in apps():
        response = app.redirect("/x")
        assert type(response) is app.response_class


# --- any location --------------------------------------------------------------------

parts = st.text(
    st.sampled_from(string.ascii_letters + string.digits + "%/?#:@[]&=+;, <>\"'\\|^`{}")
    | st.characters(exclude_characters="\r\n\0"),
    max_size=8,
)
urls = st.one_of(
    parts,
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["http://", "https://", "//", "", "mailto:", "x-y://", "/"]),
        parts,
        st.sampled_from(["/", "", ":80/", ":x", "/%C3%A4", "/../"]),
        parts,
        parts.map(lambda part: f"?{part}") | parts.map(lambda part: f"#{part}"),
    ),
)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@hypothesis.settings(max_examples=300, derandomize=True, database=None, deadline=None)
@hypothesis.given(location=urls, path=parts, absolute=st.booleans())
@compared
def test_any_location(
    cls: type[t.Any], location: str, path: str, absolute: bool
) -> t.Any:
    cls = type("Response", (cls,), {"autocorrect_location_header": absolute})
    raw = path.encode("utf-8", "surrogatepass").decode("latin-1")
    return made(
        lambda: werkzeug.utils.redirect(location, 303, cls), PATH_INFO=f"/{raw}"
    )
