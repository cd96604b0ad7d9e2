"""Flask's session interface, with what it signs by kept from request to request."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import operator
import typing as t

import flask.sessions as _sessions
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession
from flask.wrappers import Request
from itsdangerous import BadSignature
from itsdangerous import TimestampSigner
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode
from itsdangerous.encoding import bytes_to_int
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


#: There is one, but callers may name others.
_MOST_WAYS = 8


class _Serializer(URLSafeTimedSerializer):
    """One that derives each key once."""

    #: By salt, derivation, digest and secret keys: what derives keys, and what signs.
    _ways: dict[t.Any, tuple[t.Any, _Algorithm]]
    #: By which it was made, for a copy.
    _kept: _Kept | None = None

    def dumps(self, obj: t.Any, salt: str | bytes | None = None) -> t.Any:
        """Source: ``itsdangerous.Serializer.dumps``."""
        kept = self._kept
        if salt is not None or kept is None or not kept.is_as_made(self):
            return super().dumps(obj, salt)
        signed = kept.signer.sign(self.dump_payload(obj))
        return signed.decode() if self.is_text_serializer else signed

    def make_signer(self, salt: str | bytes | None = None) -> t.Any:
        signer = super().make_signer(salt)
        if type(signer) is TimestampSigner and type(signer.algorithm) is HMACAlgorithm:
            way = (
                *(signer.salt, signer.key_derivation, id(signer.digest_method)),
                *signer.secret_keys,
            )
            kept = self._ways.get(way)
            if kept is None:
                # Of a signer of its own, which nobody changes.
                derive = super().make_signer(salt).derive_key
                kept = (
                    functools.lru_cache(_MOST_KEYS)(derive),
                    _Algorithm(signer.digest_method),
                )
                if len(self._ways) >= _MOST_WAYS:
                    self._ways.clear()
                self._ways[way] = kept
            vars(signer)["derive_key"], signer.algorithm = kept
        return signer


class _Kept:
    """What a serializer was made of, and the serializer. It has no ``repr`` that tells
    a key, and none is pickled or copied with it."""

    __slots__ = ("changeable", "inputs", "keys", "serializer", "signer")

    def __init__(
        self, inputs: tuple[t.Any, ...] = (), made: URLSafeTimedSerializer | None = None
    ) -> None:
        self.inputs = inputs
        if made is not None:
            self.serializer = _Serializer.__new__(_Serializer)
            vars(self.serializer).update(vars(made))
            #: What a caller may change in place.
            self.changeable: dict[str, t.Any] = {
                name: value
                for name, value in vars(made).items()
                if type(value) in (list, dict)
            }
            vars(self.serializer).update(_ways={})
            self.signer = self.serializer.make_signer()
            #: Derived from the secret keys, the current one first; none at first.
            self.keys: list[bytes] = []

    def __reduce__(self) -> t.Any:
        return _Kept, ()

    def copy(self) -> _Serializer:
        """Return a serializer that a caller may change."""
        made = _Serializer.__new__(_Serializer)
        vars(made).update(vars(self.serializer), _kept=self)
        for name, value in self.changeable.items():
            vars(made)[name] = value.copy()
        return made

    def is_as_made(self, serializer: _Serializer) -> bool:
        """Return whether a serializer signs as the one that is kept."""
        if not self.inputs:
            # Of a copied serializer.
            return False
        kept = vars(self.serializer)
        return vars(serializer) == {**kept, "_kept": self} and all(
            type(vars(serializer)[name]) is type(kept[name]) for name in self.changeable
        )

    def loads(self, text: str, max_age: int) -> t.Any:
        """Return what is in a cookie; ``None`` where ``itsdangerous`` raises
        ``BadSignature``, of which Flask takes no more notice.

        Source: ``itsdangerous.URLSafeTimedSerializer.loads``.
        """
        signed, separator, signature = text.encode("ascii").rpartition(b".")
        if not separator or not self.is_signed(signed, signature):
            return None
        payload, separator, stamp = signed.rpartition(b".")
        if not separator:
            return None
        signer = self.signer
        try:
            made = bytes_to_int(base64_decode(stamp))
        except Exception:
            return None
        if not 0 <= signer.get_timestamp() - made <= max_age:
            # For the exception, which has the date. What is none raises another one.
            signer.timestamp_to_datetime(made)
            return None
        try:
            return self.untagged(payload)
        except Exception:
            # Said in Flask's way.
            pass
        try:
            return self.serializer.load_payload(payload)
        except BadSignature:
            return None

    def is_signed(self, signed: bytes, signature: bytes) -> bool:
        """Source: ``itsdangerous.Signer.verify_signature``."""
        signer = self.signer
        try:
            given = base64_decode(signature)
        except Exception:
            return False
        if not self.keys:
            self.keys = [signer.derive_key(key) for key in reversed(signer.secret_keys)]
        for key in self.keys:
            if signer.algorithm.verify_signature(key, signed, given):
                return True
        return False

    def untagged(self, payload: bytes) -> t.Any:
        """Return what is in a payload without tags.

        :raises Exception: if there may be tags, or the payload cannot be read.
        """
        document = base64_decode(payload)
        serializer: t.Any = self.serializer.serializer
        if (
            payload.startswith(b".")
            # Of all tags, the first character is a space.
            or not serializer.tags.keys() <= _TAGS
            or b'" ' in document
            or b"\\" in document
        ):
            raise ValueError
        return json.loads(document.decode())


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

    _kept = _Kept()

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs an app's sessions, a new object each time.

        :param app: the app.
        :return: ``None`` for an app without a secret key.

        Source: ``flask.sessions.SecureCookieSessionInterface.get_signing_serializer``.
        """
        kept = self._keep(app)
        if kept is None:
            return super().get_signing_serializer(app)
        return kept.copy()

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
        if type(text) is not str or not text.isascii():
            return super().open_session(app, request)
        found = kept.loads(text, int(app.permanent_session_lifetime.total_seconds()))
        return self.session_class() if found is None else self.session_class(found)

    def _keep(self, app: Flask) -> _Kept | None:
        """Return what is kept for an app; ``None`` where Flask's methods have to do
        it."""
        inputs = self._inputs(app)
        if inputs is None:
            return None
        kept = self._kept
        if len(kept.inputs) != len(inputs) or not all(
            map(operator.is_, kept.inputs, inputs)
        ):
            made = super().get_signing_serializer(app)
            if (
                type(made) is not URLSafeTimedSerializer
                or made.fallback_signers
                or made.signer is not TimestampSigner
            ):
                return None
            kept = _Kept(inputs, made)
            # At once: other threads use the one or the other.
            self._kept = kept
        return kept

    def _inputs(self, app: Flask) -> tuple[t.Any, ...] | None:
        """Return all that a serializer depends on; ``None`` where it is not known, or
        may change without being another object."""
        secret = app.secret_key
        fallbacks: t.Any = ()
        if _FALLBACKS in _READ:
            fallbacks = app.config.get(_FALLBACKS, _Kept) or ()
        if (
            not _READ
            or not secret
            or type(fallbacks) not in (list, tuple)
            or type(self.serializer) is not TaggedJSONSerializer
            # Asked to encode an empty document, another one might do anything.
            or not _core.signing_is_stock(app.json)
        ):
            return None
        keys = (secret, *fallbacks)
        for key in keys:
            if type(key) not in (str, bytes):
                return None
        return (
            *keys,
            self.salt,
            self.serializer,
            self.key_derivation,
            self.digest_method,
        )


_FALLBACKS = "SECRET_KEY_FALLBACKS"

_TAGS = frozenset(
    key for key in _sessions.session_json_serializer.tags if key.startswith(" ")
)


def _read() -> frozenset[str]:
    """Return the names of what Flask's method reads; none if that is not what
    :meth:`SecureCookieSessionInterface._inputs` returns."""
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
