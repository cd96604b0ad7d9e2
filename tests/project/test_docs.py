"""What the documentation says of code is true: its blocks run, its examples answer
the same stock and fast, and the names in it are there."""

from __future__ import annotations

import ast
import csv
import dataclasses
import doctest
import json
import re
import runpy
import textwrap
import tomllib
import typing as t
from pathlib import Path
from types import MappingProxyType
from unittest.mock import Mock

import flask
import pytest
from click.testing import CliRunner
from conftest import counted
from flask.cli import ScriptInfo
from parity import exchange
from werkzeug.test import create_environ
from werkzeug.test import run_wsgi_app

import fastresp
from fastresp import FastResp
from fastresp.cli import cli
from fastresp.cli import measure
from fastresp.cli import options
from fastresp.cli.processes import AGAIN
from fastresp.cli.processes import FAST
from fastresp.cli.processes import FREE
from fastresp.cli.processes import STOCK

ROOT = Path(__file__).parents[2]
PAGES = {
    path.name: path.read_text(encoding="utf-8")
    for path in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.rst")),
        *sorted((ROOT / "docs").glob("*.md")),
    ]
}
EXAMPLES = ROOT / "examples" / "response_classes.py"

needs_core = pytest.mark.skipif(
    not fastresp.ACCELERATED, reason="needs the compiled modules"
)


class Block(t.NamedTuple):
    """A piece of code on a page."""

    line: int
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    rst = re.finditer(
        r"^( *)\.\. code-block:: (\w+)\n\n((?:\1   .*\n|\n)+)", page, re.MULTILINE
    )
    markdown = re.finditer(r"^()```(\w+)\n((?:(?!```).*\n)+)```", page, re.MULTILINE)
    return sorted(
        Block(page.count("\n", 0, found.start(3)), found[2], textwrap.dedent(found[3]))
        for found in (*rst, *markdown)
    )


def names(page: str) -> dict[str, t.Any]:
    """What a page's code takes for granted."""
    given: dict[str, t.Any] = {"__name__": "docs"}
    if page == "README.md":
        given["app"] = flask.Flask("docs")
    if page == "responses.rst":
        given.update(runpy.run_path(str(EXAMPLES)))
    if page == "workers.rst":
        given.update(socket=Mock(), headers=[("X-Name", "value")], body=b"Hello")
    return given


def run(page: str) -> dict[str, t.Any]:
    """Runs the Python code of a page, from its top to its end."""
    given = names(page)
    for block in blocks(PAGES[page]):
        # So that an error points at the line of the page.
        if block.language == "python":
            text = "\n" * block.line + block.text
            exec(compile(text, page, "exec", dont_inherit=True), given)
        elif block.language == "pycon":
            test = doctest.DocTestParser().get_doctest(
                block.text, given, page, page, block.line
            )
            runner = doctest.DocTestRunner()
            said: list[str] = []
            runner.run(test, out=said.append, clear_globs=False)
            given.update(test.globs)
            assert not runner.failures, "".join(said)
    return given


def with_code() -> list[str]:
    return [
        page
        for page, text in PAGES.items()
        if {block.language for block in blocks(text)} & {"python", "pycon"}
    ]


def test_blocks_are_found() -> None:
    # A directive that is written in another way would not be run.
    for page, text in PAGES.items():
        starts = re.findall(r"^ *(?:\.\. code-block:: |```)\w+$", text, re.MULTILINE)
        assert len(blocks(text)) == len(starts), page
    assert {"README.md", "enabling.rst", "faq.rst"} <= set(with_code())


@needs_core
@pytest.mark.parametrize("page", with_code())
def test_the_code_of_a_page_runs(page: str) -> None:
    run(page)


@needs_core
def test_metrics() -> None:
    app = flask.Flask("docs")
    run("profiling.rst")["add_metrics"](app)
    lines = app.test_client().get("/metrics").get_data(as_text=True).splitlines()
    assert 'fastresp_compiled{part="dispatch"} 0' in lines
    assert re.fullmatch(r"fastresp_built_total \d+", lines[-4])
    assert all(re.fullmatch(r'\w+({part="[\w ]+"})? \d+', line) for line in lines)


@needs_core
def test_enabling() -> None:
    given = run("enabling.rst")
    assert given["App"].response_class is fastresp.Response
    factory = given["create_app"]
    assert factory().response_class is fastresp.Response
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FLASK_FASTRESP_ENABLED", "false")
        assert factory().response_class is flask.Response
    chunks, status, _ = run_wsgi_app(given["application"], create_environ())
    assert (b"".join(chunks), status) == (b"Hello", "200 OK")
    app = flask.Flask("blueprint")
    app.register_blueprint(given["reports"])
    assert app.response_class is fastresp.Response
    answer = app.test_client().get("/reports.csv")
    assert (answer.text, answer.mimetype) == ("year,total\n", "text/csv")


def test_a_blueprint_has_nothing_to_enable() -> None:
    blueprint = flask.Blueprint("blueprint", __name__)
    for name in ("response_class", "make_response", "json"):
        assert not hasattr(blueprint, name)


def test_the_json_page() -> None:
    app = run("json.rst")["app"]
    answer = app.test_client().get("/books")
    assert answer.get_json() == [{"title": "Solaris", "added": "2024-05-01"}]
    assert app.test_client().get("/count").get_json() == {"count": 1}


@needs_core
def test_the_workers_page() -> None:
    calls = run("workers.rst")["socket"].sendall.call_args_list
    sent = b"".join(call.args[0] for call in calls)
    assert sent.startswith(b"HTTP/1.1 200 OK\r\nDate: ")
    assert sent.endswith(b"\r\nX-Name: value\r\n\r\nHello")


# --- the commands --------------------------------------------------------------


def invoked(app: flask.Flask, *args: str) -> str:
    info = ScriptInfo(create_app=lambda: app, set_debug_flag=False)
    return CliRunner().invoke(cli, args, obj=info).stdout


@needs_core
def test_the_difference_that_is_shown() -> None:
    (shown,) = [
        block.text
        for block in blocks(PAGES["cli.rst"])
        if block.text.startswith("differs ")
    ]
    assert invoked(run("cli.rst")["app"], "check", "/users") == shown.rstrip() + "\n"


def keys(value: t.Any, name: str = "") -> set[str]:
    """Return the keys of a document, with those of what contains them: ``a[].b``."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return keys(value[0], f"{name}[]")
    # The keys of these are names of something else.
    if isinstance(value, dict) and not name.endswith(("parts", "counts", "versions")):
        prefix = f"{name}." if name else ""
        return {name}.union(*(keys(value[key], prefix + key) for key in value))
    return {name}


@needs_core
@pytest.mark.parametrize("command", ["info", "check", "bench"])
def test_the_keys_of_json(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(command: str) -> set[str]:
        (table,) = re.findall(
            rf"^[.]{{2}} list-table:: ``{command} --json``\n((?:   .*\n|\n)+)",
            PAGES["cli.rst"],
            re.MULTILINE,
        )
        cells = re.findall(r"^   \* - (``.+(?:\n {7}``.+)*)", table, re.MULTILINE)
        return {key for cell in cells for key in re.findall("``(.+?)``", cell)}

    passes = [{STOCK: 2e4, AGAIN: 2e4, FAST: 1e4, FREE: 8e3}] * measure.PASSES
    summary = measure.Summary.of("GET /users", passes)
    monkeypatch.setattr(measure.Timing, "summary", lambda self: summary)
    monkeypatch.setattr(measure, "time_routes", lambda *args: None)
    app = flask.Flask("docs")
    app.add_url_rule("/users", "users", list)
    found = keys(json.loads(invoked(app, command, "--json", "/users")))
    expected = listed(command)
    if command == "bench":
        shared = {key for key in listed("check") if key.startswith("requests[].")}
        expected |= {key.replace("requests", "routes") for key in shared}
    # Those of keys below, which say what they are.
    found -= {"", "requests[]", "routes[].timing.gain", "routes[].timing.ceiling"}
    assert found == expected


# --- response classes ----------------------------------------------------------


@dataclasses.dataclass
class Book:
    title: str


VALUES: dict[str, t.Any] = {
    "text": "Hello",
    "xml": ' \n<?xml version="1.0"?><feed/>',
    "html": "<!DOCTYPE HTML><p>Hello",
    "json": '{"a": 1}\n',
    "bytes": b"<?xml?>",
    "brace": "{ not JSON",
    "named": ("<?xml?>", 201, {"content-type": "text/csv"}),
    "dict": {"a": 1},
    "mapping": MappingProxyType({"b": 2, "a": 1}),
    "mapping, status": (MappingProxyType({"a": 1}), 201, {"X-Name": "value"}),
    "dataclass": Book("Solaris"),
    "class": Book,
    "other": 1,
}


def example_app(name: str, fast: bool) -> flask.Flask:
    examples = runpy.run_path(str(EXAMPLES))
    app: flask.Flask
    if name == "RecordApp":
        app = examples[name]("docs")
    else:
        app = flask.Flask("docs")
        app.response_class = examples[name]
    if fast:
        FastResp(app)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    for key, value in VALUES.items():
        app.add_url_rule(f"/{key}", key, lambda value=value: value)
    return app


CLASSES = ["RecognizingResponse", "RecordResponse", "RecordApp"]


@pytest.mark.parametrize("name", CLASSES)
def test_examples_answer_the_same(name: str) -> None:
    stock, fast = example_app(name, False), example_app(name, True)
    for key in VALUES:
        assert exchange(fast, f"/{key}") == exchange(stock, f"/{key}"), key


def test_the_media_type_comes_from_the_text() -> None:
    client = example_app("RecognizingResponse", True).test_client()
    text, json = "text/plain; charset=utf-8", "application/json"
    expected = {
        **{"text": text, "bytes": text, "brace": text, "json": json, "dict": json},
        "xml": "application/xml; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "named": "text/csv",
    }
    assert {key: client.get(f"/{key}").content_type for key in expected} == expected


def test_records_become_json() -> None:
    client = example_app("RecordApp", True).test_client()
    expected = {
        "dict": {"a": 1},
        "mapping": {"a": 1, "b": 2},
        "mapping, status": {"a": 1},
        "dataclass": {"title": "Solaris"},
    }
    assert {key: client.get(f"/{key}").get_json() for key in expected} == expected
    assert client.get("/mapping, status").status_code == 201
    with pytest.raises(TypeError, match="did not return a valid response"):
        client.get("/class")
    app = example_app("RecordResponse", True)
    with app.test_request_context():
        response = app.response_class.force_type({"a": 1})  # type: ignore[arg-type]
    assert (type(response), response.get_json()) == (app.response_class, {"a": 1})
    # Flask does not ask it about these.
    with pytest.raises(TypeError, match="did not return a valid response"):
        app.test_client().get("/mapping")


@needs_core
@pytest.mark.parametrize("name", CLASSES)
def test_examples_keep_the_fast_path(name: str) -> None:
    app = example_app(name, True)
    for key in ("text", "xml", "dict"):
        before = [counted(count) for count in ("built", "emitted", "delegated")]
        run_wsgi_app(app, create_environ(f"/{key}"))
        after = [counted(count) for count in ("built", "emitted", "delegated")]
        assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 0], key


def overrides() -> list[tuple[str, str, str]]:
    """The table of what keeps the fast path, a name each."""
    table = re.search(
        r"\.\. csv-table::\n(?:   :.*\n)+\n((?:   .+\n)+)", PAGES["responses.rst"]
    )
    assert table is not None
    rows = csv.reader(textwrap.dedent(table[1]).splitlines(), skipinitialspace=True)
    return [
        (name, building, sending)
        for cell, building, sending in rows
        for name in re.findall(r"``(\w+)``", cell) or ["own"]
    ]


def overriding(name: str) -> type[flask.Response]:
    """A response class with this name overridden by a method that calls the one it
    overrides, or by a property or an attribute that has its value."""
    stock: t.Any = getattr(flask.Response, name, None)

    def method(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return getattr(super(cls, self), name)(*args, **kwargs)

    value = stock
    if name == "own":
        value = method
    elif name == "is_sequence" or isinstance(stock, property):
        value = property(lambda self: stock.fget(self), lambda s, v: stock.fset(s, v))
    elif name == "force_type":
        value = classmethod(method)
    elif name == "__new__":
        value = staticmethod(lambda cls, *args, **kwargs: object.__new__(cls))
    elif callable(stock):
        value = method
    own = {"of_its_own": property(lambda self: 1)} if name == "own" else {}
    cls = type("Override", (flask.Response,), {name: value, **own})
    return cls


@needs_core
@pytest.mark.parametrize(("name", "building", "sending"), overrides())
def test_what_keeps_the_fast_path(name: str, building: str, sending: str) -> None:
    app = flask.Flask("docs")
    app.response_class = overriding(name)
    FastResp(app)

    def step(count: str, program: t.Callable[[], t.Any]) -> tuple[t.Any, str]:
        before, delegated = counted(count), counted("delegated")
        value = program()
        if counted("delegated") > delegated:
            return value, "Werkzeug's"
        assert counted(count) > before
        return value, "compiled"

    with app.test_request_context():
        response, built = step("built", lambda: app.make_response("Hello"))
        answer, sent = step("emitted", lambda: run_wsgi_app(response, create_environ()))
    assert (built, sent) == (building, sending)
    assert (b"".join(answer[0]), answer[1]) == (b"Hello", "200 OK")


# --- figures -------------------------------------------------------------------


def test_figures_of_the_readme() -> None:
    """The README has some rows of the tables of all figures."""
    _, readme = PAGES["README.md"].split("## What it gains\n")
    rows = set(re.findall(r"^\|.+\|$", readme, re.MULTILINE))
    assert len(rows) > 15
    assert rows <= set(PAGES["benchmarks.md"].splitlines())


# --- names ---------------------------------------------------------------------


def test_where_things_are() -> None:
    """The table of CONTRIBUTING.md names functions that are in those files."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| .+\? \| `(.+)` \| `(\w+)` \|$", text, re.M)
    assert len(rows) > 5
    for path, name in rows:
        source = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^[a-z].*\b{name}\(", source, re.M), (path, name)


def test_what_threads_share() -> None:
    """The table of the page on the design names all that changes after the import."""
    page = (ROOT / "docs/design.rst").read_text("utf-8")
    at_import = {"slot_count", "fast_headers_type"}
    names = set()
    for path in (ROOT / "fastresp/_compiled").rglob("*.*"):
        if path.suffix in (".h", ".pxi", ".pyx"):
            source = path.read_text("utf-8")
            for found in re.findall(r"^ +global (.+)", source, re.M):
                names |= set(found.split(", "))
            names |= set(
                re.findall(
                    r"^ *static (?!const)(?:\w+ )+\**(\w+)(?:\[.*)?;", source, re.M
                )
            )
    assert {"fr_counts", "fr_nested", "date_field"} <= names
    # A thread's number among others.
    names -= {"fr_count_threads", "fr_count_thread", *at_import}
    assert [name for name in names if f"``{name}``" not in page] == []


def test_extras_and_build_requirements() -> None:
    """Each extra is named, and pyproject.toml alone bounds what builds the package."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for extra in document["project"]["optional-dependencies"]:
        assert f"`{extra}`" in PAGES["CONTRIBUTING.md"], extra
    requires = document["build-system"]["requires"]
    assert all(re.fullmatch(r"\w+>=[\d.]+,<[\d.]+", each) for each in requires)
    for path in [ROOT / "Makefile", *ROOT.glob(".github/workflows/*.yml")]:
        assert not re.search("(cython|setuptools) ?[<>=~]", path.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^ *)make ([a-z-]+)", PAGES[page], re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    parts = re.findall(r"make ([a-z]+)\s(?:ONLY|BUILD)=([a-z-]+)", PAGES[page])
    assert {f"define {target}-{part}\n" in makefile for target, part in parts} <= {True}


@pytest.mark.parametrize("page", PAGES)
def test_switches_and_options_exist(page: str) -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "setup.py", *sorted((ROOT / "fastresp").glob("*.py")))
    )
    for switch in set(re.findall(r"\bFASTRESP_[A-Z_]+", PAGES[page])):
        assert f'"{switch}"' in sources, switch
    known = Path(options.__file__).read_text(encoding="utf-8") + sources
    for line in re.findall(r"fastresp (?:check|bench)\b.*", PAGES[page]):
        for option in re.findall(r"(?<= )--[a-z-]+", line):
            assert f'"{option}"' in known, option


def public_names(module: Path) -> set[str]:
    """What a module says is public, or defines under a public name."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return {
        node.name
        for node in tree.body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name[0] != "_"
    }


@pytest.mark.parametrize(
    "module", ["__init__", "flask", "wrappers", "json", "http1", "gunicorn"]
)
def test_public_names_are_on_the_api_page(module: str) -> None:
    names = public_names(ROOT / "fastresp" / f"{module}.py")
    assert names
    for name in names:
        directive = rf"^\.\. (?:autoclass|autofunction|data):: {name}$"
        assert re.search(directive, PAGES["api.rst"], re.MULTILINE), name
