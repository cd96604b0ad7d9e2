"""Flask's session interface, with what it signs by kept from request to request."""

from __future__ import annotations

import functools
import hashlib
import hmac
import typing as t

import flask.sessions as _sessions
from flask import Flask
from flask.sessions import SecureCookieSession
from flask.wrappers import Request
from itsdangerous import Serializer
from itsdangerous import TimestampSigner
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.signer import HMACAlgorithm

from ._compat.compiled import ACCELERATED

if ACCELERATED or t.TYPE_CHECKING:
    from ._compiled import core as _core

_Stock = _sessions.SecureCookieSessionInterface

#: Names of digests, by the functions that make them.
_NAMES: dict[t.Any, str] = {
    getattr(hashlib, name): name for name in ("sha1", "sha256", "sha384", "sha512")
}
_NAMES[_Stock.digest_method] = "sha1"


def _mac(digest_method: t.Any, key: bytes) -> hmac.HMAC:
    digest: t.Any
    try:
        digest = _NAMES.get(digest_method, digest_method)
    except TypeError:
        # It has no hash.
        digest = digest_method
    return hmac.new(key, digestmod=digest)


#: Keys for which more than themselves is kept.
_MOST_KEYS = 32


class _Algorithm(HMACAlgorithm):
    """Signs by copies of what a key is in already: with OpenSSL 3, half the time of
    ``hmac.digest``."""

    def __init__(self, digest_method: t.Any) -> None:
        super().__init__(digest_method)
        self._mac = functools.lru_cache(_MOST_KEYS)(
            functools.partial(_mac, digest_method)
        )

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        mac = self._mac(key).copy()
        mac.update(value)
        return mac.digest()


class _Serializer(URLSafeTimedSerializer):
    """One that has no attributes at first but what it was made by. The others come
    when one of them is read, so that signing alone does not take the time.
    """

    #: By which it was made.
    _kept: _core.Signing | None = None

    @property
    def __dict__(self) -> dict[str, t.Any]:  # type: ignore[override]
        attributes = _attributes_of(self)
        kept = attributes.pop("_kept", None)
        if kept is not None:
            attributes.update({**kept.attributes(), **attributes})
        return attributes

    def __getattr__(self, name: str) -> t.Any:
        if name in vars(self):
            return vars(self)[name]
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}"
        )

    def dumps(self, obj: t.Any, salt: str | bytes | None = None) -> t.Any:
        """Source: ``itsdangerous.Serializer.dumps``."""
        if salt is None and self._kept is not None and len(_attributes_of(self)) == 1:
            signed = self._kept.dumps(obj)
            if signed is not None:
                return signed
        return super().dumps(obj, salt)


#: Those that a serializer has by now.
_attributes_of: t.Callable[[_Serializer], dict[str, t.Any]] = vars(Serializer)[
    "__dict__"
].__get__


class SecureCookieSessionInterface(_Stock):
    """Flask's interface for sessions in signed cookies: the same cookies, accepted and
    refused alike, for less time.

    Flask makes a serializer for each request, and again for each cookie that is set,
    which encodes an empty document to see what kind of text comes out and derives the
    key anew. Here these are kept until the secret key, one of the
    ``SECRET_KEY_FALLBACKS``, or ``salt``, ``serializer``, ``key_derivation`` or
    ``digest_method`` is another object. It is still ``itsdangerous`` and ``hmac``
    that sign.

    :class:`fastresp.FastResp` installs it where an app has Flask's own interface. By
    itself:

    .. code-block:: python

        app.session_interface = fastresp.sessions.SecureCookieSessionInterface()
    """

    if ACCELERATED or t.TYPE_CHECKING:
        _kept = _core.Signing()

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs an app's sessions, a new object each time.

        :param app: the app.
        :return: ``None`` for an app without a secret key.

        Source: ``flask.sessions.SecureCookieSessionInterface.get_signing_serializer``.
        """
        kept = self._keep(app)
        if kept is None:
            return super().get_signing_serializer(app)
        serializer = _Serializer.__new__(_Serializer)
        serializer._kept = kept
        return serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session that a request has in its cookie, a new one without.

        :param app: the app.
        :param request: the request.
        :return: ``None`` for an app without a secret key.

        Source: ``flask.sessions.SecureCookieSessionInterface.open_session``.
        """
        kept = None
        if (
            type(self).get_signing_serializer is _get_signing_serializer
            and "get_signing_serializer" not in vars(self)
        ):
            kept = self._keep(app)
        if kept is None:
            return super().open_session(app, request)
        name = self.get_cookie_name(app)
        text = _core.cookie_of(request, name)
        if text is NotImplemented:
            text = request.cookies.get(name)
        if not text:
            return self.session_class()
        max_age = int(app.permanent_session_lifetime.total_seconds())
        found = kept.loads(text, max_age)
        if found is NotImplemented:
            return super().open_session(app, request)
        return self.session_class() if found is None else self.session_class(found)

    def _keep(self, app: Flask) -> _core.Signing | None:
        """Return what is kept for an app; ``None`` where Flask's methods have to do
        it."""
        if not _READ:
            return None
        kept = self._kept
        inputs = _core.signing_inputs(
            self, app, _FALLBACKS if _FALLBACKS in _READ else None, kept.inputs
        )
        if inputs is None:
            return None
        if inputs is not kept.inputs:
            made = super().get_signing_serializer(app)
            if (
                type(made) is not URLSafeTimedSerializer
                or made.fallback_signers
                or made.signer is not TimestampSigner
            ):
                return None
            signer = made.make_signer()
            if type(signer.algorithm) is HMACAlgorithm:
                signer.algorithm = _Algorithm(signer.digest_method)
            kept = _core.Signing(inputs, made, signer)
            # At once: other threads use the one or the other.
            self._kept = kept
        return kept


_FALLBACKS = "SECRET_KEY_FALLBACKS"


def _read() -> frozenset[str]:
    """Return the names of what Flask's method reads; none if that is not what
    the compiled ``signing_inputs`` returns."""
    read = set()

    class Config(dict[str, t.Any]):
        def __getitem__(self, name: str) -> t.Any:
            read.add(name)
            return super().__getitem__(name)

    class App:
        secret_key = "key"

        def __getattr__(self, name: str) -> t.Any:
            read.add(name)
            raise AttributeError(name)

    class Interface(_Stock):
        def __getattribute__(self, name: str) -> t.Any:
            read.add(name)
            return super().__getattribute__(name)

    if not ACCELERATED:
        return frozenset()
    app: t.Any = App()
    app.config = Config({_FALLBACKS: ["old"]})
    try:
        made: t.Any = Interface().get_signing_serializer(app)
    except Exception:
        # A later version reads something else.
        return frozenset()
    known = read <= {
        *(_FALLBACKS, "get_signing_serializer"),
        *("salt", "serializer", "key_derivation", "digest_method"),
    }
    return frozenset(read if known and type(made) is URLSafeTimedSerializer else ())


_get_signing_serializer = SecureCookieSessionInterface.get_signing_serializer
_READ = _read()
