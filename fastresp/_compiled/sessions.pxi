# Session cookies: finding the one that is wanted, reading and signing it, and whether
# what signs cookies is what it was.

# --- the cookie ------------------------------------------------------------

cdef object stock_cookies = class_attribute(type_mro(flask_wrappers.Request), "cookies")
cdef object stock_cookie_storage = class_attribute(
    type_mro(flask_wrappers.Request), "dict_storage_class"
)
cdef Watch parser_watch = Watch(
    (sansio_request, "parse_cookie"),
    (werkzeug_http, "parse_cookie", "_sansio_http"),
    (sansio_http, "parse_cookie", "_cookie_re"),
)
cdef Watch environ_headers_watch = Watch((EnvironHeaders, "__iter__", "getlist"))
cdef Watch cookie_dict_watch = Watch((ImmutableMultiDict, "__getitem__", "get"))
watched_names.update(
    (flask_wrappers.Request, name) for name in ("cookies", "dict_storage_class")
)


cdef uint32_t examine_cookies(object cls) except? 0:
    """Return whether the cookies of a class's requests are what Werkzeug reads from the
    environ."""
    mro = type_mro(cls)
    access = class_attribute(mro, "__getattribute__")
    return (
        access is type_dict(object)["__getattribute__"]
        and class_attribute(mro, "cookies") is stock_cookies
        and is_genuine("cookies", getattr(stock_cookies, "fget", None))
        and class_attribute(mro, "dict_storage_class") is stock_cookie_storage
        and class_attribute(mro, "headers") is ABSENT
    )


cdef Memo cookies_known = remember(examine_cookies)


cdef bint is_plain_text(object value):
    """Return whether a value is a ``str`` of ASCII, and not an empty one."""
    return (
        PyUnicode_CheckExact(value)
        and PyUnicode_IS_COMPACT_ASCII(value)
        and PyUnicode_GET_LENGTH(value) > 0
    )


cdef object first_cookie(object header, object name):
    """Return the first value of a cookie, ``None`` without one, and ``NotImplemented``
    if anything about the header is unusual.

    :param header: of a ``Cookie`` field, in ASCII.
    """
    cdef const uint8_t *text = <const uint8_t *>PyUnicode_DATA(header)
    cdef const uint8_t *key = <const uint8_t *>PyUnicode_DATA(name)
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(header)
    cdef Py_ssize_t key_size = PyUnicode_GET_LENGTH(name)
    cdef Py_ssize_t at, start = 0, equals = -1, found = -1, found_end = -1
    cdef uint8_t c

    for at in range(size + 1):
        c = text[at] if at < size else c";"
        if c == c";":
            if equals < 0:
                equals = at
            if (
                found < 0
                and equals - start == key_size
                and memcmp(text + start, key, <size_t>key_size) == 0
            ):
                found, found_end = min(equals + 1, at), at
            start, equals = at + 1, -1
        elif c == c"=":
            if equals < 0:
                equals = at
        elif c == c" ":
            # What browsers send between two cookies.
            if at == 0 or at != start:
                return NotImplemented
            start += 1
        elif not 0x20 < c < 0x7F or c == c'"' or c == c"\\":
            return NotImplemented
    return None if found < 0 else header[found:found_end]


def cookie_of(request, name):
    """Return the value of a cookie, as ``request.cookies.get(name)``, without a look at
    the others; ``NotImplemented``, with nothing called, where that has to do it.

    Source: ``werkzeug.sansio.http.parse_cookie``.
    """
    if not known_of(cookies_known, type(request)) or not is_plain_text(name):
        return NotImplemented
    attributes = fr_instance_dict(request)
    environ = fr_dict_get(attributes, "environ")
    headers = fr_dict_get(attributes, "headers")
    if (
        not PyDict_CheckExact(environ)
        or type(headers) is not EnvironHeaders
        or fr_dict_get(fr_instance_dict(headers), "environ") is not environ
        or PyDict_Contains(attributes, "cookies")
        or PyDict_Contains(attributes, "dict_storage_class")
        or not intact(parser_watch)
        or not intact(environ_headers_watch)
        or not intact(cookie_dict_watch)
    ):
        return NotImplemented
    header = fr_dict_get(environ, "HTTP_COOKIE")
    if header is None:
        return NotImplemented if PyDict_Contains(environ, "HTTP_COOKIE") else None
    return first_cookie(header, name) if is_plain_text(header) else NotImplemented


# --- what signs ------------------------------------------------------------

cdef tuple signing_watches = (
    Watch((flask_sessions, "URLSafeTimedSerializer")),
    Watch((flask_tag, "dumps", "loads"), (flask_json, "current_app", "dumps", "loads")),
    Watch((cookie_interface, "get_signing_serializer", "open_session")),
    Watch(
        (
            flask_tag.TaggedJSONSerializer,
            "_untag_scan",
            "dumps",
            "loads",
            "tag",
            "untag",
        )
    ),
    Watch(
        (
            itsdangerous.URLSafeTimedSerializer,
            "default_fallback_signers",
            "default_signer",
            "dump_payload",
            "dumps",
            "iter_unsigners",
            "load_payload",
            "loads",
            "make_signer",
        )
    ),
    Watch(
        (
            itsdangerous.TimestampSigner,
            "derive_key",
            "get_signature",
            "sign",
            "unsign",
            "verify_signature",
        )
    ),
    Watch((itsdangerous.HMACAlgorithm, "get_signature", "verify_signature")),
)
cdef object stock_loads = class_attribute(
    type_mro(flask_provider.DefaultJSONProvider), "loads"
)
watched_names.add((flask_provider.DefaultJSONProvider, "loads"))


cdef uint32_t examine_decoding(object cls) except? 0:
    found = class_attribute(type_mro(cls), "loads")
    return found is stock_loads and is_genuine("loads", found)


cdef Memo decoding_known = remember(examine_decoding)


cdef bint signing_is_known() except -1:
    for watch in signing_watches:
        if not intact(<Watch>watch):
            return False
    return intact(provider_watch)


cdef bint has_stock_decoder(object provider) except -1:
    cls = type(provider)
    if not known_of(provider_classes_known, cls) or not known_of(decoding_known, cls):
        return False
    attributes = fr_instance_dict(provider)
    return has_no_own_methods(attributes) and "loads" not in attributes


cdef tuple SIGNING_ATTRIBUTES = (
    "digest_method",
    "key_derivation",
    "salt",
    "serializer",
)


def signing_inputs(interface, app, str fallbacks_name, tuple known):
    """Return all that the serializer for session cookies is made of.

    :param interface: an interface for sessions in cookies.
    :param fallbacks_name: of the setting with older keys, ``None`` if Flask has none.
    :param known: what was returned before.
    :return: ``known`` itself where nothing is another object by now; ``None`` if an
        input may change without being another object, or if other functions than
        Flask's, ``itsdangerous``' and ``json``'s make or read cookies.
    """
    cdef object fallbacks = None

    secret = app.secret_key
    if fallbacks_name is not None:
        fallbacks = app.config.get(fallbacks_name, ABSENT)
    if (
        not secret
        # Asked to encode an empty document, another one might do anything.
        or type(interface.serializer) is not flask_tag.TaggedJSONSerializer
        or not has_stock_decoder(app.json)
        or not signing_is_known()
    ):
        return None
    keys = (secret,)
    if fallbacks:
        if type(fallbacks) is not list and type(fallbacks) is not tuple:
            return None
        keys += tuple(fallbacks)
    for key in keys:
        if type(key) is not str and type(key) is not bytes:
            return None
    inputs = keys + tuple([getattr(interface, name) for name in SIGNING_ATTRIBUTES])
    return known if are_same(inputs, known) else inputs


cdef bint are_same(tuple first, tuple second):
    """Return whether two tuples have the same objects."""
    cdef Py_ssize_t at

    if len(first) != len(second):
        return False
    for at in range(len(first)):
        if first[at] is not second[at]:
            return False
    return True


# --- tags ------------------------------------------------------------------

cdef tuple FLASKS_TAGS = tuple(flask_tag.TaggedJSONSerializer.default_tags)
cdef tuple tag_watches = tuple(
    [Watch((tag, "check", "to_json")) for tag in FLASKS_TAGS]
)
# Those whose work is that of others, for each item.
cdef tuple PASSED = (flask_tag.PassDict, flask_tag.PassList)
# All of them begin with a space.
cdef list TAG_KEYS = [
    tag.key for tag in FLASKS_TAGS if tag.key and tag.key.startswith(" ")
]
# Deeper values are for Flask, which fails at some depth.
cdef int DEEPEST_WITHOUT_TAGS = 20
cdef tuple COMPACT = (",", ":")


cdef bint tags_as_flask(object serializer) except -1:
    """Return whether a serializer has no other tags than Flask's, and they do what
    Flask's do."""
    tags = serializer.order
    if len(tags) != len(FLASKS_TAGS):
        return False
    for tag, cls in zip(tags, FLASKS_TAGS):
        if type(tag) is not cls:
            return False
    for watch in tag_watches:
        if not intact(<Watch>watch):
            return False
    for passed in PASSED:
        if passed.tag is not passed.to_json:
            return False
    return True


cdef bint needs_no_tags(object value, int depth) except -1:
    """Return whether tagging makes nothing of a value but copies of its dicts and
    lists."""
    cdef object kind = type(value)

    if kind is str or kind is int or kind is bool or kind is float or value is None:
        return True
    if depth == 0:
        return False
    if kind is dict:
        value = fr_unshared(value)
        if PyDict_GET_SIZE(value) == 1:
            for key in value:
                if type(key) is not str or key[:1] == " ":
                    return False
        items = list((<dict>value).values())
    elif kind is list:
        items = list(value)
    else:
        return False
    for item in items:
        if not needs_no_tags(item, depth - 1):
            return False
    return True


cdef object tagged_text(object serializer, object value):
    """Return ``serializer.dumps(value)``, for one whose methods are Flask's."""
    if tags_as_flask(serializer) and needs_no_tags(value, DEEPEST_WITHOUT_TAGS):
        app = app_in_context()
        if app is not None and app_class(app) & PLAIN_CONFIG:
            return app.json.dumps(value, separators=COMPACT)
    return serializer.dumps(value)


# --- cookies ---------------------------------------------------------------

cdef bytes IN_COOKIES = (
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
)
cdef bytes TO_URL = bytes.maketrans(b"+/", b"-_")
cdef bytes FROM_URL = bytes.maketrans(b"-_", b"+/")


cdef bytes url_safe(bytes data):
    """Source: ``itsdangerous.encoding.base64_encode``."""
    return b2a_base64(data, newline=False).translate(TO_URL).rstrip(b"=")


cdef bytes from_url_safe(bytes text):
    """
    :param text: of the alphabet of URLs; what else there may be is for ``base64``.

    Source: ``itsdangerous.encoding.base64_decode``.
    """
    return a2b_base64(text.translate(FROM_URL) + b"=" * (-len(text) & 3))


cdef object decoder = json.JSONDecoder()
cdef Watch decoder_watch = Watch(
    (json, "loads"), (json.JSONDecoder, "decode", "raw_decode")
)


@cython.final
cdef class Signing:
    """What an app's session cookies are signed by. It has no ``repr`` that tells a key,
    and none is pickled or copied with it."""

    # What the serializer was made of.
    cdef readonly tuple inputs
    cdef object serializer
    cdef object tagged
    cdef object signer
    # Derived from the secret keys, the current one first; None if that fails.
    cdef list keys

    def __init__(self, tuple inputs=(), serializer=None, signer=None):
        self.inputs = inputs
        self.serializer = serializer
        if serializer is not None:
            self.tagged = serializer.serializer
            self.signer = signer
            try:
                self.keys = self.derived()
            except Exception:
                # Raised again for each cookie.
                pass

    def __reduce__(self):
        return Signing, ()

    def attributes(self):
        """Return the attributes of a serializer that a caller may change."""
        return {
            name: value.copy() if type(value) is list or type(value) is dict else value
            for name, value in vars(self.serializer).items()
        }

    cdef list derived(self):
        if self.keys is not None:
            return self.keys
        signer = self.signer
        return [signer.derive_key(key) for key in reversed(signer.secret_keys)]

    def dumps(self, obj):
        """Return the value of a cookie for an object; ``None``, with nothing called, if
        ``itsdangerous`` has to make it.

        Source: ``itsdangerous.URLSafeTimedSerializer.dumps``.
        """
        cdef bytes document, payload, signed

        if not signing_is_known():
            return None
        document = tagged_text(self.tagged, obj).encode()
        compressed = zlib.compress(document)
        if len(compressed) < len(document) - 1:
            payload = b"." + url_safe(compressed)
        else:
            payload = url_safe(document)
        signer = self.signer
        signed = payload + b"." + url_safe(int_to_bytes(signer.get_timestamp()))
        signature = signer.algorithm.get_signature(self.derived()[0], signed)
        return (signed + b"." + url_safe(signature)).decode()

    def loads(self, text, max_age):
        """Return what is in a cookie; ``None`` where ``itsdangerous`` raises
        ``BadSignature``, of which Flask takes no more notice; ``NotImplemented``, with
        nothing called, if ``itsdangerous`` has to read it.

        Source: ``itsdangerous.URLSafeTimedSerializer.loads``.
        """
        cdef bytes cookie, signed, payload

        if not is_plain_text(text):
            return NotImplemented
        cookie = text.encode()
        if cookie.translate(None, IN_COOKIES):
            return NotImplemented
        signed, dot, signature = cookie.rpartition(b".")
        payload, dot, stamp = signed.rpartition(b".")
        if not dot or not self.is_signed(signed, signature):
            return None
        signer = self.signer
        try:
            made = bytes_to_int(from_url_safe(stamp))
        except Exception:
            return None
        if not 0 <= signer.get_timestamp() - made <= max_age:
            # For the exception, which has the date. What is none raises another one.
            signer.timestamp_to_datetime(made)
            return None
        if not payload.startswith(b"."):
            try:
                document = from_url_safe(payload).decode()
                if (
                    '" ' not in document
                    and "\\" not in document
                    and list(self.tagged.tags) == TAG_KEYS
                    and intact(decoder_watch)
                ):
                    found, size = decoder.raw_decode(document)
                    if size == len(document):
                        return found
            except Exception:
                # Said in Flask's way.
                pass
        try:
            return self.serializer.load_payload(payload)
        except itsdangerous.BadSignature:
            return None

    cdef bint is_signed(self, bytes signed, bytes signature) except -1:
        """Source: ``itsdangerous.Signer.verify_signature``."""
        try:
            given = from_url_safe(signature)
        except Exception:
            return False
        verify = self.signer.algorithm.verify_signature
        for key in self.derived():
            if verify(key, signed, given):
                return True
        return False


def signing_obstacles():
    """Return what is in place of functions that session cookies depend on, by name."""
    found = {}
    for watch in signing_watches:
        names = (<Watch>watch).names
        seen = [
            (*names[at + 1 : at + 3], names[at].get(names[at + 1], ABSENT))
            for at in range(0, len(names), 3)
        ]
        for cls, name, value in (<Watch>watch).attributes:
            seen.append((name, value, class_attribute(type_mro(cls), name)))
        for name, value, now in seen:
            if now is not value or not is_genuine(name, value):
                found[name] = now
    return found
