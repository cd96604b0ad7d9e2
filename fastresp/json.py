"""The JSON provider."""

from __future__ import annotations

import json
import typing as t

from flask.json import provider as _provider
from flask.json.provider import DefaultJSONProvider
from werkzeug.sansio.response import Response

from ._compat.compiled import ACCELERATED

if ACCELERATED or t.TYPE_CHECKING:
    from ._compiled import core as _core
    from ._compiled import json as _json


class JSONProvider(DefaultJSONProvider):
    """Flask's default provider with a compiled encoder: the same text for every
    object, several times faster.

    Its attributes (``default``, ``ensure_ascii``, ``sort_keys``, ``compact``,
    ``mimetype``) and its methods work as in
    :class:`flask.json.provider.DefaultJSONProvider`; change or override them
    in the same way. What the encoder does not know is left to :mod:`json`.

    :class:`fastresp.FastResp` installs it where an app has Flask's default
    provider. By itself:

    .. code-block:: python

        app.json = fastresp.json.JSONProvider(app)
    """

    if ACCELERATED and not t.TYPE_CHECKING:

        def dumps(self, obj, **kwargs):
            """Serialize data as JSON to a string.

            :param obj: the data.
            :param kwargs: passed to :func:`json.dumps`.
            :return: the same ``str`` that :func:`json.dumps` gives.
            :raises TypeError: and whatever else :func:`json.dumps` raises.

            Source: ``flask.json.provider.DefaultJSONProvider.dumps``.
            """
            if (
                DefaultJSONProvider.dumps is not _stock_dumps
                or _provider_names.get("json") is not json
            ):
                return super().dumps(obj, **kwargs)
            kwargs = {
                "default": self.default,
                "ensure_ascii": self.ensure_ascii,
                "sort_keys": self.sort_keys,
                **kwargs,
            }
            text = _json.dumps(obj, kwargs)
            if text is None:
                # As Flask's method does: a call of it would take more of the stack.
                return json.dumps(obj, **kwargs)
            return text

        def response(self, *args: t.Any, **kwargs: t.Any) -> Response:
            """Serialize the arguments as JSON, as the body of a response.

            :param args: a single value, or several to treat as a list.
            :param kwargs: to treat as a dict.
            :return: an instance of the app's ``response_class``.
            :raises TypeError: for both, and for what cannot be serialized.

            Source: ``flask.json.provider.DefaultJSONProvider.response``.
            """
            response = _core.json_response(self, args, kwargs)
            if response is None:
                return super().response(*args, **kwargs)
            return response

        _core.provider_methods(dumps=dumps, response=response)


if ACCELERATED:
    for _name in ("dumps", "response"):
        _stock = vars(DefaultJSONProvider).get(_name)
        if not _core.is_library_function(_name, _stock):
            # Patched before the import: it stays in place.
            delattr(JSONProvider, _name)

_stock_dumps = DefaultJSONProvider.dumps
_provider_names = vars(_provider)
