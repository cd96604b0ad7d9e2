"""Packages that make pages, forms and APIs, each as its documentation shows it."""

from __future__ import annotations

import json
import re
import typing as t

import flask
import pytest
from conftest import NOW
from parity import Journal

from .neighbour import neighbour
from .visits import add_views
from .visits import Browser
from .visits import see_all

# What they make others warn about is none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


def submit(browser: Browser, path: str, code: int, **data: t.Any) -> t.Any:
    """Fill in the form of a page, with the token that is in it."""
    token = re.search(r'csrf_token"[^>]*value="([^"]+)', browser.get(path).text)
    if token:
        data["csrf_token"] = token[1]
    answer = browser.post(path, data=data)
    assert answer.status_code == code, (path, answer.text)
    return answer


@neighbour("dash")
def test_dash(app: flask.Flask, journal: Journal) -> t.Any:
    import dash

    application = dash.Dash("app", server=app, compress=False)
    application.layout = dash.html.Div(
        [dash.dcc.Input("name"), dash.html.P(id="greeting"), dash.dcc.Store("kept")]
    )

    @application.callback(
        dash.Output("greeting", "children"), dash.Input("name", "value")
    )
    def greet(name: str | None) -> str:
        if name is None:
            raise dash.exceptions.PreventUpdate
        if name == "cookie":
            dash.callback_context.response.set_cookie("name", "ü")
        return f"Hello, {name} ü" + "!" * (1 // len(name))

    def visit(browser: Browser) -> None:
        page = browser.get("/")
        assert "_dash-config" in page.text
        files = re.findall(r'src="(/_dash-component-suites/[^"]+)"', page.text)
        assert len(files) > 3
        for path in ("/_dash-layout", "/_dash-dependencies", "/nowhere", *files):
            assert browser.get(path).status_code == 200
        tag = browser.get(files[0]).headers.get("ETag", "")
        browser.get(files[0], headers={"If-None-Match": tag})
        for name, code in (("ann", 200), ("cookie", 200), (None, 204), ("", 500)):
            body = {
                "output": "greeting.children",
                "outputs": {"id": "greeting", "property": "children"},
                "inputs": [{"id": "name", "property": "value", "value": name}],
                "changedPropIds": ["name.value"],
            }
            answer = browser.post("/_dash-update-component", json=body)
            assert answer.status_code == code
        browser.get("/_favicon.ico")
        browser.post("/_dash-layout")

    return visit


@neighbour("flask_admin", "flask_babel", "flask_sqlalchemy")
def test_flask_admin(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_admin.contrib.sqla
    import flask_babel
    import flask_sqlalchemy

    # It asks for the language where Flask-Babel is installed.
    flask_babel.Babel(app)
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SECRET_KEY="secret")
    db: t.Any = flask_sqlalchemy.SQLAlchemy(app)

    class Pet(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String, unique=True)

    class PetView(flask_admin.contrib.sqla.ModelView):
        can_export = True
        column_searchable_list = column_editable_list = ["name"]
        get_export_name = staticmethod(lambda export_type: f"pets.{export_type}")

    admin = flask_admin.Admin(app)
    admin.add_view(PetView(Pet, db))
    with app.app_context():
        db.create_all()

    def visit(browser: Browser) -> None:
        assert browser.get("/admin/").status_code == 200
        for name, code in (("one", 302), ("two ü", 302), ("one", 200)):
            submit(browser, "/admin/pet/new/", code, name=name)
            browser.get("/admin/pet/")
        for path in (
            "?search=two",
            "new/",
            "edit/?id=1",
            "details/?id=1",
            "edit/?id=9",
        ):
            browser.get(f"/admin/pet/{path}")
        assert "two ü" in browser.get("/admin/pet/export/csv/").text
        update = {"list_form_pk": "1", "name": "three"}
        assert browser.post("/admin/pet/ajax/update/", data=update).status_code == 200
        browser.post("/admin/pet/edit/?id=1", data={"name": "four"})
        browser.post("/admin/pet/action/", data={"action": "delete", "rowid": ["2"]})
        browser.post("/admin/pet/delete/", data={"id": "1"})
        assert "four" not in browser.get("/admin/pet/").text
        static = re.findall(
            r'(?:src|href)="(/admin/static/[^"]+)', browser.get("/admin/").text
        )
        assert static
        for path in static:
            browser.get(path)

    return visit


@neighbour("flask_appbuilder", "flask_sqlalchemy")
def test_flask_appbuilder(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_appbuilder
    from flask_appbuilder.models.sqla.base import SQLA
    from flask_appbuilder.models.sqla.interface import SQLAInterface

    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SECRET_KEY="secret",
        FAB_API_SWAGGER_UI=True,
    )
    db: t.Any = SQLA(app)

    class Pet(flask_appbuilder.Model):
        __tablename__ = "pet"
        __table_args__ = {"extend_existing": True}
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(50), unique=True)

    class PetView(flask_appbuilder.ModelView):
        datamodel = SQLAInterface(Pet)
        list_columns = ["name"]

    class PetApi(flask_appbuilder.ModelRestApi):
        resource_name = "pet"
        datamodel = SQLAInterface(Pet)

    with app.app_context():
        builder = flask_appbuilder.AppBuilder(app, db.session)
        builder.add_view(PetView, "Pets")
        builder.add_api(PetApi)
        role = builder.sm.find_role("Admin")
        builder.sm.add_user("ann", "Ann", "Ü", "ann@shop.example", role, "secret")

    def visit(browser: Browser) -> None:
        browser.get("/")
        assert browser.get("/petview/list/").status_code == 302
        credentials = {"username": "ann", "password": "wrong", "provider": "db"}
        submit(browser, "/login/", 302, **credentials)
        submit(browser, "/login/", 302, **{**credentials, "password": "secret"})
        assert browser.get("/petview/list/").status_code == 200
        for name, code in (("one", 302), ("two ü", 302), ("one", 200)):
            submit(browser, "/petview/add", code, name=name)
        assert "two ü" in browser.get("/petview/list/").text
        for path in ("show/1", "edit/1", "add", "delete/1", "show/9"):
            browser.get(f"/petview/{path}")
        answer = browser.post(
            "/api/v1/security/login", json={**credentials, "password": "secret"}
        )
        token = {"Authorization": f"Bearer {json.loads(answer.text)['access_token']}"}
        assert (
            browser.post(
                "/api/v1/pet/", json={"name": "three"}, headers=token
            ).status_code
            == 201
        )
        for path in ("", "1", "_info", "9", "?q=(page_size:1)", "?q=odd)"):
            browser.get(f"/api/v1/pet/{path}", headers=token)
        browser.put("/api/v1/pet/1", json={"name": 5}, headers=token)
        browser.delete("/api/v1/pet/1", headers=token)
        assert browser.get("/swagger/v1").status_code == 200
        assert browser.get("/api/v1/_openapi").status_code == 200
        browser.get("/static/appbuilder/css/ab.css")
        browser.get("/lang/de")
        browser.get("/logout/")

    return visit


@neighbour("flask_restx")
def test_flask_restx(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_restx

    api = flask_restx.Api(app, version="1", title="Pets", doc="/doc")
    space = api.namespace("pets")
    model = api.model(
        "Pet",
        {
            "number": flask_restx.fields.Integer,
            "name": flask_restx.fields.String(required=True),
        },
    )

    @space.route("/<int:number>")
    class Pet(flask_restx.Resource):
        @space.marshal_with(model)
        def get(self, number: int) -> t.Any:
            if number > 1:
                space.abort(404, "no such pet", number=number)
            return {"name": "ü", "number": number, "left out": 1}, 200, {"X-Pet": "1"}

        @space.expect(model, validate=True)
        def put(self, number: int) -> t.Any:
            return api.payload, 201

        def delete(self, number: int) -> t.Any:
            if number:
                raise LookupError(number)
            return "", 204

    @api.errorhandler(LookupError)
    def missing(error: LookupError) -> t.Any:
        return {"message": str(error)}, 410, {"X-Gone": "1"}

    add_views(app)

    def visit(browser: Browser) -> None:
        for method, path, body, code in (
            ("GET", "/pets/1", None, 200),
            ("GET", "/pets/2", None, 404),
            ("PUT", "/pets/1", {"name": "x"}, 201),
            ("PUT", "/pets/1", {"number": "x"}, 400),
            ("DELETE", "/pets/0", None, 204),
            ("DELETE", "/pets/1", None, 410),
            ("POST", "/pets/1", None, 405),
            ("GET", "/doc", None, 200),
            ("GET", "/swaggerui/swagger-ui.css", None, 200),
        ):
            answer = browser.open(path, method=method, json=body)
            assert answer.status_code == code, path
        assert "/pets/{number}" in browser.get("/swagger.json").text
        browser.get("/pets/1", headers={"X-Fields": "name", "Accept": "text/html"})
        see_all(browser)

    return visit


@neighbour("flasgger")
def test_flasgger(app: flask.Flask, journal: Journal) -> t.Any:
    import flasgger

    flasgger.Swagger(app)
    add_views(app)

    @app.post("/pets")
    @flasgger.swag_from(
        {
            "parameters": [
                {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}
            ],
            "definitions": {
                "Pet": {"type": "object", "properties": {"name": {"type": "string"}}}
            },
        },
        validation=True,
    )
    def add() -> t.Any:
        """Add a pet."""
        return flask.request.json, 201

    def visit(browser: Browser) -> None:
        assert browser.post("/pets", json={"name": "ü"}).status_code == 201
        assert browser.post("/pets", json={"name": 5}).status_code == 400
        assert "/pets" in browser.get("/apispec_1.json").text
        page = browser.get("/apidocs/")
        files = re.findall(r'(?:src|href)="(/flasgger_static/[^"]+)', page.text)
        assert files
        for path in files:
            assert browser.get(path).status_code == 200
        see_all(browser)

    return visit


@neighbour(
    "flask_security",
    "flask_sqlalchemy",
    late=True,
    options=({}, {"SECURITY_TRACKABLE": True}),
)
def test_flask_security(app: flask.Flask, journal: Journal, **config: t.Any) -> t.Any:
    import flask_security
    import flask_sqlalchemy
    from flask_security.models import fsqla_v3

    app.config.update(
        SECRET_KEY="secret",
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SECURITY_PASSWORD_SALT="salt",
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_REGISTERABLE=True,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        **config,
    )
    db: t.Any = flask_sqlalchemy.SQLAlchemy(app)
    fsqla_v3.FsModels.set_db_info(db)

    class Role(db.Model, fsqla_v3.FsRoleMixin):
        pass

    class User(db.Model, fsqla_v3.FsUserMixin):
        pass

    store = flask_security.SQLAlchemyUserDatastore(db, User, Role)
    flask_security.Security(app, store)
    with app.app_context():
        db.create_all()

    @app.get("/own")
    @flask_security.auth_required()
    def own() -> t.Any:
        return {"email": flask_security.current_user.email}

    @app.get("/admins")
    @flask_security.roles_required("admin")
    def admins() -> t.Any:
        return "admins"

    def visit(browser: Browser) -> None:
        assert browser.get("/own").status_code == 302
        assert (
            browser.get("/own", headers={"Accept": "application/json"}).status_code
            == 401
        )
        form = {
            "email": "ann@shop.org",
            "password": "battery staple",
            "password_confirm": "battery staple",
        }

        submit(browser, "/register", 302, **form)
        assert browser.get("/own").status_code == 200
        browser.get("/admins")
        browser.post("/logout")
        submit(browser, "/login", 200, email=form["email"], password="wrong")
        submit(browser, "/login?next=/own", 302, remember="y", **form)
        see_all(browser)
        submit(
            browser,
            "/change",
            302,
            password="battery staple",
            new_password="horse battery",
            new_password_confirm="horse battery",
        )
        browser.delete_cookie("session")
        assert browser.get("/own").status_code in (200, 302)
        answer = browser.post(
            "/login?include_auth_token",
            json={"email": "ann@shop.org", "password": "horse battery"},
        )
        browser.journal(answer.text)

    add_views(app)
    return visit


@neighbour("flask_wtf")
def test_flask_wtf(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_wtf
    import wtforms

    add_views(app)
    flask_wtf.CSRFProtect(app)

    class Form(flask_wtf.FlaskForm):
        name = wtforms.StringField(validators=[wtforms.validators.Length(2)])

    @app.route("/form", methods=["GET", "POST"])
    def form() -> t.Any:
        form = Form()
        if form.validate_on_submit():
            return flask.redirect("/text")
        return flask.render_template_string(
            "{{ form.csrf_token }}{{ form.errors }}", form=form
        )

    def visit(browser: Browser) -> None:
        assert browser.post("/form", data={"name": "ann"}).status_code == 400
        submit(browser, "/form", 302, name="ann")
        submit(browser, "/form", 200, name="a")
        token = re.findall(r'value="([^"]+)', browser.get("/form").text)[0]
        assert browser.post("/dict", headers={"X-CSRFToken": token}).status_code == 200
        browser.post("/form", data={"csrf_token": token[:-1]})
        see_all(browser)

    return visit


@neighbour("flask_babel")
def test_flask_babel(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_babel

    flask_babel.Babel(
        app,
        locale_selector=lambda: flask.request.accept_languages.best_match(["de", "fr"]),
    )
    add_views(app)

    @app.get("/today")
    def today() -> t.Any:
        text = flask_babel.format_datetime(
            flask_babel.to_user_timezone(
                flask_babel.datetime.fromtimestamp(NOW, flask_babel.UTC)
            )
        )
        return {
            "lazy": flask_babel.lazy_gettext("ü"),
            "date": text,
            "n": flask_babel.format_decimal(1.5),
        }, {"Content-Language": str(flask_babel.get_locale())}

    @app.get("/lazy")
    def lazy() -> t.Any:
        return str(flask_babel.lazy_gettext("lazy")), {
            "X-Text": flask_babel.lazy_gettext("text")
        }

    def visit(browser: Browser) -> None:
        for language in ("de", "fr", "it"):
            headers = {"Accept-Language": language}
            browser.get("/today", headers=headers)
            browser.get("/lazy", headers=headers)
        see_all(browser)

    return visit
