"""Packages that make pages, forms and APIs, each as its documentation shows it."""

from __future__ import annotations

import datetime
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
        assert "_dash-config" in browser.page("/", "/_dash-component-suites/").text
        browser.ask("""
            GET /_dash-layout 200
            GET /_dash-dependencies 200
            GET /nowhere 200
            GET /_favicon.ico 200
            POST /_dash-layout 405
        """)
        for name, code in (("ann", 200), ("cookie", 200), (None, 204), ("", 500)):
            body = {
                "output": "greeting.children",
                "outputs": {"id": "greeting", "property": "children"},
                "inputs": [{"id": "name", "property": "value", "value": name}],
                "changedPropIds": ["name.value"],
            }
            answer = browser.post("/_dash-update-component", json=body)
            assert answer.status_code == code

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
        browser.page("/admin/", "/admin/static/")
        for name, code in (("one", 302), ("two ü", 302), ("one", 200)):
            browser.submit("/admin/pet/new/", code, name=name)
            browser.get("/admin/pet/")
        browser.ask("""
            GET /admin/pet/?search=two 200
            GET /admin/pet/new/ 200
            GET /admin/pet/edit/?id=1 200
            GET /admin/pet/details/?id=1 302
            GET /admin/pet/edit/?id=9 302
        """)
        assert "two ü" in browser.get("/admin/pet/export/csv/").text
        update = {"list_form_pk": "1", "name": "three"}
        assert browser.post("/admin/pet/ajax/update/", data=update).status_code == 200
        browser.post("/admin/pet/edit/?id=1", data={"name": "four"})
        browser.post("/admin/pet/action/", data={"action": "delete", "rowid": ["2"]})
        browser.post("/admin/pet/delete/", data={"id": "1"})
        assert "four" not in browser.get("/admin/pet/").text

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
        right = {"username": "ann", "password": "secret", "provider": "db"}
        browser.ask("GET / 200\nGET /petview/list/ 302")
        browser.submit("/login/", 302, **{**right, "password": "wrong"})
        browser.submit("/login/", 302, **right)
        browser.ask("GET /petview/list/ 200")
        for name, code in (("one", 302), ("two ü", 302), ("one", 200)):
            browser.submit("/petview/add", code, name=name)
        assert "two ü" in browser.get("/petview/list/").text
        browser.ask("""
            GET /petview/show/1 200
            GET /petview/edit/1 200
            GET /petview/delete/1 302
            GET /petview/show/9 404
            GET /swagger/v1 200
            GET /api/v1/_openapi 200
            GET /static/appbuilder/css/ab.css 200
            GET /lang/de 404
        """)
        answer = browser.post("/api/v1/security/login", json=right)
        token = json.loads(answer.text)["access_token"]
        browser.ask(
            """
            POST /api/v1/pet/ 201 {"name": "three"}
            GET /api/v1/pet/ 200
            GET /api/v1/pet/2 200
            GET /api/v1/pet/9 404
            GET /api/v1/pet/_info 200
            GET /api/v1/pet/?q=(page_size:1) 200
            GET /api/v1/pet/?q=odd) 400
            PUT /api/v1/pet/2 422 {"name": 5}
            DELETE /api/v1/pet/2 200
            GET /logout/ 302
            """,
            headers={"Authorization": f"Bearer {token}"},
        )

    return visit


@neighbour("flask_restx")
def test_flask_restx(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_restx

    api = flask_restx.Api(app, version="1", title="Pets", doc="/doc")
    space = api.namespace("pets")
    fields = flask_restx.fields
    name = fields.String(required=True)
    model = api.model("Pet", {"number": fields.Integer, "name": name})

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
        browser.ask("""
            GET /pets/1 200
            GET /pets/2 404
            PUT /pets/1 201 {"name": "x"}
            PUT /pets/1 400 {"number": "x"}
            DELETE /pets/0 204
            DELETE /pets/1 410
            POST /pets/1 405
        """)
        browser.page("/doc", "/swaggerui/")
        assert "/pets/{number}" in browser.get("/swagger.json").text
        browser.get("/pets/1", headers={"X-Fields": "name", "Accept": "text/html"})
        see_all(browser)

    return visit


@neighbour("flasgger")
def test_flasgger(app: flask.Flask, journal: Journal) -> t.Any:
    import flasgger

    flasgger.Swagger(app)
    add_views(app)
    pet = {"type": "object", "id": "Pet", "properties": {"name": {"type": "string"}}}
    body = {"name": "body", "in": "body", "schema": pet}

    @app.post("/pets")
    @flasgger.swag_from({"parameters": [body]}, validation=True)
    def add() -> t.Any:
        """Add a pet."""
        return flask.request.json, 201

    def visit(browser: Browser) -> None:
        browser.ask('POST /pets 201 {"name": "ü"}\nPOST /pets 400 {"name": 5}')
        assert "/pets" in browser.get("/apispec_1.json").text
        browser.page("/apidocs/", "/flasgger_static/")
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
        browser.ask("GET /own 302")
        browser.ask("GET /own 401", headers={"Accept": "application/json"})
        form = dict.fromkeys(["password", "password_confirm"], "battery staple")
        form["email"] = "ann@shop.org"
        browser.submit("/register", 302, **form)
        browser.ask("GET /own 200\nGET /admins 403\nPOST /logout 302")
        browser.submit("/login", 200, email=form["email"], password="wrong")
        browser.submit("/login?next=/own", 302, remember="y", **form)
        see_all(browser)
        changed = dict.fromkeys(
            ["new_password", "new_password_confirm"], "horse battery"
        )
        browser.submit("/change", 302, password="battery staple", **changed)
        browser.delete_cookie("session")
        browser.ask("GET /own 200")
        right = {"email": "ann@shop.org", "password": "horse battery"}
        browser.post("/login?include_auth_token", json=right)

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
        template = "{{ form.csrf_token }}{{ form.errors }}"
        return flask.render_template_string(template, form=form)

    def visit(browser: Browser) -> None:
        assert browser.post("/form", data={"name": "ann"}).status_code == 400
        browser.submit("/form", 302, name="ann")
        browser.submit("/form", 200, name="a")
        token = re.findall(r'value="([^"]+)', browser.get("/form").text)[0]
        assert browser.post("/dict", headers={"X-CSRFToken": token}).status_code == 200
        browser.post("/form", data={"csrf_token": token[:-1]})
        see_all(browser)

    return visit


@neighbour("flask_babel")
def test_flask_babel(app: flask.Flask, journal: Journal) -> t.Any:
    import flask_babel

    def locale() -> str | None:
        return flask.request.accept_languages.best_match(["de", "fr"])

    flask_babel.Babel(app, locale_selector=locale)
    add_views(app)

    @app.get("/today")
    def today() -> t.Any:
        then = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
        date = flask_babel.format_datetime(then)
        language = str(flask_babel.get_locale())
        number = flask_babel.format_decimal(1.5)
        return {"date": date, "number": number}, {"Content-Language": language}

    @app.get("/lazy")
    def lazy() -> t.Any:
        text = flask_babel.lazy_gettext("ü")
        return str(text), {"X-Text": str(text)}

    def visit(browser: Browser) -> None:
        for language in ("de", "fr", "it"):
            headers = {"Accept-Language": language}
            browser.ask("GET /today 200\nGET /lazy 200", headers=headers)
        see_all(browser)

    return visit
