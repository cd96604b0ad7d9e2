"""Without its compiled modules, the package warns once and is Werkzeug."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
import typing as t
import warnings

import flask
from werkzeug.wrappers import Response as WerkzeugResponse


class Hiding(importlib.abc.MetaPathFinder):
    """Finds ``fastresp._compiled.core`` first, and raises."""

    def __init__(self, error: ImportError) -> None:
        self.error = error

    def find_spec(self, name: str, *args: t.Any) -> None:
        if name == "fastresp._compiled.core":
            raise self.error


# A compiled module that is there and broken must not pass for a missing one.
for broken in (
    ImportError("undefined symbol", name="fastresp._compiled.core"),
    ModuleNotFoundError("No module named 'werkzeug.new'", name="werkzeug.new"),
):
    hiding = Hiding(broken)
    sys.meta_path.insert(0, hiding)
    try:
        import fastresp.flask
    except ImportError as error:
        assert error is broken
    else:
        raise AssertionError("The broken module was taken for a missing one.")
    sys.meta_path.remove(hiding)
    for name in [name for name in sys.modules if name.startswith("fastresp")]:
        del sys.modules[name]


class HidingAll(importlib.abc.MetaPathFinder):
    """Finds the compiled modules first, and says that they are not there."""

    def find_spec(self, name: str, *args: t.Any) -> None:
        if name.startswith("fastresp._compiled."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, HidingAll())
reason = "fastresp was installed without its compiled modules"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import fastresp
    import fastresp.flask
    import fastresp.wrappers

    (warning,) = caught
    assert warning.category is RuntimeWarning
    assert str(warning.message).startswith(reason)

    assert fastresp.ACCELERATED is False
    names = ("built", "emitted", "encoded", "delegated")
    zeros = dict.fromkeys(names, 0)

    def nothing() -> t.Any:
        return None

    def create_app(response_class: type[t.Any] | None, fast: bool) -> flask.Flask:
        app = flask.Flask("app")
        if response_class is not None:
            app.response_class = response_class
        if fast:
            fastresp.FastResp(app)
        app.add_url_rule("/text", "text", lambda: "täxt")
        app.add_url_rule("/dict", "dict", lambda: ({"a": 1}, 201, {"X-One": "1"}))
        app.add_url_rule("/chunks", "chunks", lambda: (c for c in "abc"))
        app.add_url_rule("/redirect", "redirect", lambda: flask.redirect("/text"))
        app.add_url_rule("/other", "other", lambda: WerkzeugResponse("other", 202))
        app.add_url_rule("/none", "none", nothing)
        app.logger.disabled = True
        return app

    def answers(app: flask.Flask) -> list[t.Any]:
        with app.test_client() as client:
            paths = [rule.rule for rule in app.url_map.iter_rules()]
            received = [client.get(path) for path in (*sorted(paths), "/nowhere")]
            return [(r.status, list(r.headers), r.data) for r in received]

    assert answers(create_app(None, True)) == answers(create_app(None, False))
    app = create_app(None, True)
    assert app.response_class is fastresp.Response
    assert app.extensions["fastresp"]
    assert "make_response" not in vars(app)

    def own_class() -> type[flask.Response]:
        class Own(flask.Response):
            default_mimetype = "text/x-own"

            def get_wsgi_headers(self, environ: t.Any) -> t.Any:
                headers = super().get_wsgi_headers(environ)
                headers["X-Own"] = self.status
                return headers

        return Own

    own = own_class()
    assert answers(create_app(own, True)) == answers(create_app(own_class(), False))
    assert issubclass(own, fastresp.Response)

    for cls in (fastresp.Response, fastresp.wrappers.Response):
        response = cls(["a", "b"], 404, {"X": "1"})
        assert response.get_data() == b"ab"
        assert response.status == WerkzeugResponse(status=404).status
        # All of it inherited.
        assert not {"__init__", "__call__", "get_wsgi_response"} & set(vars(cls))

    assert fastresp.fast_path_counts() == zeros

try:
    import fastresp.http1
except ImportError as error:
    assert str(error).startswith(reason)
    assert str(error).endswith("fastresp.http1 has no other implementation")
else:
    raise AssertionError("There was something to import.")
if importlib.util.find_spec("gunicorn"):
    import fastresp.gunicorn

    assert fastresp.gunicorn._compiled is None
loaded = [name for name in sys.modules if name.startswith("fastresp._compiled.")]
assert loaded == []

assert [item.category for item in caught] == [RuntimeWarning]
