"""Overridden, patched and shadowed hooks leave nothing behind."""

from __future__ import annotations

import copy
import functools
import pickle
import typing as t

import flat
from leaks_emission import GET
from leaks_emission import HEAD
from leaks_emission import send
from leaks_emission import start_response
from werkzeug.wrappers import Response as WerkzeugResponse

import fastresp
from fastresp import wrappers

METHODS = (
    "__call__",
    "__init__",
    "calculate_content_length",
    "close",
    "get_app_iter",
    "get_data",
    "get_wsgi_headers",
    "get_wsgi_response",
    "iter_encoded",
    "set_data",
    "_clean_status",
)
ATTRIBUTES = {
    "default_status": 201,
    "default_mimetype": "text/x-own",
    "automatically_set_content_length": False,
    "autocorrect_location_header": True,
    "implicit_sequence_conversion": False,
}


def forwarding(cls: type[t.Any], name: str) -> t.Callable[..., t.Any]:
    def hook(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return getattr(super(cls, self), name)(*args, **kwargs)

    return hook


def failing(*args: t.Any, **kwargs: t.Any) -> t.Any:
    raise RuntimeError("hook")


def subclass(base: type[t.Any], **names: t.Any) -> type[t.Any]:
    return type("Response", (base,), names)


def use(cls: type[t.Any], number: int) -> None:
    for response in (
        cls(f"{number}"),
        cls([f"{number}"], 302, {"Location": f"/{number}"}),
        cls(chunk for chunk in [f"{number}"]),
    ):
        send(response)
        send(response, HEAD)
        response.get_wsgi_headers(GET)
        list(response.get_app_iter(GET))


def use_failing(cls: type[t.Any], number: int) -> None:
    def program() -> None:
        response = cls(f"{number}", f"299 {number}")
        send(response)
        response.get_data()
        response.response = (chunk for chunk in [f"{number}"])
        response.calculate_content_length()
        response.make_sequence()

    flat.refuse(program)


def made_each_time(base: type[t.Any], number: int) -> None:
    cls = subclass(base, default_status=200 + number % 9)
    cls.close = forwarding(cls, "close")
    use(cls, number)


def patched(cls: type[t.Any], name: str, number: int) -> None:
    """Far more often than a class can be given another version tag."""
    setattr(cls, name, forwarding(cls, name))
    send(cls(f"{number}"))
    delattr(cls, name)
    send(cls([f"{number}"]))


def on_the_instance(base: type[t.Any], name: str, number: int) -> None:
    response = base([f"{number}"])
    setattr(response, name, functools.partial(getattr(base, name), response))
    send(response)
    response.extra = f"{number}"
    send(response)


def failing_on_the_instance(base: type[t.Any], name: str, number: int) -> None:
    response = base([f"{number}"])
    setattr(response, name, failing)
    flat.refuse(send, response)


def turned_into_another_class(base: type[t.Any], number: int) -> None:
    response = WerkzeugResponse(f"{number}", headers={"X": f"{number}"})
    assert base.force_type(response, GET) is response
    send(response)
    response.__class__ = WerkzeugResponse
    send(response)


def copied(base: type[t.Any], number: int) -> None:
    response = base([f"{number}"], headers={"X": f"{number}"})
    send(copy.copy(response))
    send(copy.deepcopy(response))
    send(pickle.loads(pickle.dumps(response)))


def given_a_dict(base: type[t.Any], number: int) -> None:
    response: t.Any = object.__new__(base)
    response.__dict__ = dict(vars(WerkzeugResponse(f"{number}")))
    send(response)
    response.__dict__ = {1000 + number: f"{number}", **vars(base(f"{number}"))}
    send(response)


def answering_oddly(base: type[t.Any], number: int) -> None:
    for answer in (
        None,
        [number],
        ([f"{number}"], "200 OK", [(f"{number}", f"{number}"), [number]]),
        ([f"{number}"], "200 OK", [("X", f"{number}\n")]),
        ([f"{number}"], f"200 OK\n{number}", []),
    ):
        response = base()
        response.get_wsgi_response = lambda environ, answer=answer: answer
        try:
            response(GET, start_response)
        except (AttributeError, TypeError, ValueError):
            pass


def main() -> None:
    cases: dict[str, flat.Case] = {}
    for base in (wrappers.Response, fastresp.Response):
        module = base.__module__

        def add(
            name: str,
            function: t.Callable[..., None],
            *args: t.Any,
            module: str = module,
        ) -> None:
            cases[f"{module}, {name}"] = functools.partial(function, *args)

        for name in METHODS:
            cls = subclass(base)
            setattr(cls, name, forwarding(cls, name))
            add(f"{name} overridden", use, cls)
            add(f"{name} failing", use_failing, subclass(base, **{name: failing}))
            add(f"{name} patched", patched, subclass(base), name)
        for name, value in ATTRIBUTES.items():
            add(f"{name} overridden", use, subclass(base, **{name: value}))
        for name in ("close", "get_app_iter", "get_wsgi_headers", "iter_encoded"):
            add(f"{name} on the instance", on_the_instance, base, name)
            add(f"{name} failing there", failing_on_the_instance, base, name)
        for function in (
            made_each_time,
            turned_into_another_class,
            copied,
            given_a_dict,
            answering_oddly,
        ):
            add(function.__name__, function, base)
    flat.check(cases, 500)


if __name__ == "__main__":
    main()
