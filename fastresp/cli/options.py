"""Options of ``flask fastresp check`` and ``bench``: the requests to send."""

from __future__ import annotations

import collections.abc as cabc
import typing as t

import click
import flask

if t.TYPE_CHECKING:
    from .requests import Found

F = t.TypeVar("F", bound=cabc.Callable[..., t.Any])


def _misplaced(context: click.Context, option: click.Parameter, value: object) -> None:
    if value is None:
        return
    root, _, command = context.command_path.partition(" ")
    given = option.opts[-1] + (f" {value}" if isinstance(value, str) else "")
    raise click.UsageError(
        f"{option.opts[-1]} is an option of {root} itself: {root} {given} {command} ..."
    )


def flask_options(function: F) -> F:
    """Add the options that belong before a command, to say so."""
    for names, more in (
        (("-A", "--app"), {}),
        (("-e", "--env-file"), {}),
        (("--debug/--no-debug",), {"default": None}),
    ):
        function = click.option(
            *names, hidden=True, expose_value=False, callback=_misplaced, **more
        )(function)
    return function


def request_options(function: F) -> F:
    """Add the options that say what to send."""
    options = [
        click.argument("paths", nargs=-1),
        click.option(
            "--all-get",
            is_flag=True,
            help="Send a GET for every rule of the app that needs no argument.",
        ),
        click.option(
            "--from-har",
            metavar="FILE",
            type=click.File(encoding="utf-8-sig"),
            help="Send a browser's recorded requests: an HTTP archive (HAR), as"
            " saved by the network panel of the developer tools.",
        ),
        click.option(
            "--from-log",
            metavar="FILE",
            type=click.File(errors="replace"),
            help="Send each request of an access log once (Common or Combined Log"
            " Format; - is the standard input).",
        ),
        click.option(
            "--host",
            metavar="HOST",
            help="With --from-har: send the requests to this host.  [default: the"
            " first one's]",
        ),
        click.option(
            "--limit",
            type=click.IntRange(min=1),
            default=1000,
            show_default=True,
            help="With --from-log: send no more requests than this.",
        ),
        click.option(
            "-X",
            "--method",
            metavar="METHOD",
            help="The method of requests to PATHS.  [default: GET, or POST with"
            " --data]",
        ),
        click.option(
            "--unsafe", is_flag=True, help="Send other methods than GET and HEAD too."
        ),
        click.option(
            "-H",
            "--header",
            "headers",
            metavar="NAME: VALUE",
            multiple=True,
            help="Send this header with each request. May be given more than once.",
        ),
        click.option(
            "--cookie",
            "cookies",
            metavar="NAME=VALUE",
            multiple=True,
            help="Send this cookie with each request. May be given more than once.",
        ),
        click.option(
            "-d",
            "--data",
            metavar="TEXT",
            help="The body of requests to PATHS; @FILE takes it from a file. A form's"
            " unless a header Content-Type says otherwise.",
        ),
        click.option(
            "--login",
            metavar="MODULE:FUNCTION",
            help="Call this first, with a test client of the app. Its cookies, and"
            " the headers that the function returns (a dict, or None), are sent"
            " with each request.",
        ),
        click.option(
            "--timeout",
            metavar="SECONDS",
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            help="How long to wait for an answer.",
        ),
        click.option(
            "--json", "as_json", is_flag=True, help="Print JSON, for other programs."
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return flask_options(function)


class Options(t.NamedTuple):
    """The values of :func:`request_options`."""

    paths: tuple[str, ...]
    all_get: bool
    from_har: t.TextIO | None
    from_log: t.TextIO | None
    host: str | None
    limit: int
    method: str | None
    unsafe: bool
    headers: tuple[str, ...]
    cookies: tuple[str, ...]
    data: str | None
    login: str | None
    timeout: float
    as_json: bool

    @property
    def verb(self) -> str:
        default = "GET" if self.data is None else "POST"
        return default if self.method is None else self.method.upper()

    def sources(self) -> list[str]:
        """Return where the requests come from."""
        given = {
            "PATHS": self.paths,
            "--all-get": self.all_get,
            "--from-har": self.from_har,
            "--from-log": self.from_log,
        }
        return [name for name, value in given.items() if value]

    def check(self) -> None:
        """
        :raises click.UsageError: if options contradict each other.
        """
        from . import requests

        sources = self.sources()
        if not sources:
            raise click.UsageError(
                "What to send? Give PATHS, --all-get, --from-har or --from-log."
            )
        if len(sources) > 1:
            raise click.UsageError(f"{' and '.join(sources)} exclude each other.")
        if not self.paths and (self.data is not None or self.verb != "GET"):
            raise click.UsageError("--method and --data are for PATHS.")
        if self.host and not self.from_har:
            raise click.UsageError("--host is for --from-har.")
        try:
            requests.check_method(self.verb)
        except ValueError as error:
            raise click.BadParameter(f"{error}.", param_hint="--method") from error
        if self.verb not in requests.SAFE_METHODS and not self.unsafe:
            raise click.UsageError(
                f"{self.verb} may change something: give --unsafe too if it may."
            )
        if self.login and not all(self.login.partition(":")):
            raise click.BadParameter(
                f"{self.login!r} is not of the form MODULE:FUNCTION.",
                param_hint="--login",
            )

    def fields(self, *, data: bool = False) -> tuple[tuple[str, str], ...]:
        """Return the headers to send."""
        fields = []
        for header in self.headers:
            name, colon, value = header.partition(":")
            if not colon or not name.strip() or "\n" in header or "\r" in header:
                raise click.BadParameter(
                    f"{name!r} is not followed by a colon and a value, or has a line"
                    " break.",
                    param_hint="--header",
                )
            fields.append((name.strip(), value.strip()))
        if self.cookies:
            for cookie in self.cookies:
                if "=" not in cookie:
                    raise click.BadParameter(
                        "A cookie is not of the form NAME=VALUE.", param_hint="--cookie"
                    )
            fields.append(("Cookie", "; ".join(self.cookies)))
        if data and not any(name.lower() == "content-type" for name, _ in fields):
            fields.append(("Content-Type", "application/x-www-form-urlencoded"))
        return tuple(fields)

    def body(self) -> bytes:
        if self.data is None:
            return b""
        if not self.data.startswith("@"):
            return self.data.encode("utf-8", "surrogateescape")
        try:
            with open(self.data[1:], "rb") as file:
                return file.read()
        except OSError as error:
            raise click.BadParameter(str(error), param_hint="--data") from error

    def find(self, app: flask.Flask) -> Found:
        """Return the requests to send.

        :raises click.UsageError: if there are none.
        """
        from . import requests

        fields = self.fields()
        try:
            if self.all_get:
                found = requests.from_rules(app, fields)
            elif self.from_har is not None:
                found = requests.from_har(self.from_har.read(), self.host or "")
                # Options replace recorded headers.
                names = {name.lower() for name, _ in fields}
                found = found._replace(
                    requests=[
                        each._replace(
                            headers=tuple(
                                field
                                for field in each.headers
                                if field[0].lower() not in names
                            )
                            + fields
                        )
                        for each in found.requests
                    ]
                )
            elif self.from_log is not None:
                found = requests.from_log(self.from_log, fields, self.limit)
            else:
                body = self.body()
                found = requests.from_paths(
                    self.paths, self.verb, self.fields(data=bool(body)), body
                )
        except (requests.Unreadable, UnicodeDecodeError) as error:
            raise click.UsageError(str(error)) from error
        if not self.unsafe:
            found = requests.without_unsafe(found)
        if not found.requests:
            raise click.UsageError(
                "\n".join(["There is nothing to send.", *found.sentences()])
            )
        return found.told_apart()
