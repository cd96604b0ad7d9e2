# Session cookies: the one that is wanted, and whether what signs them is what it was.

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
    Watch((flask_tag, "loads"), (flask_json, "current_app", "loads")),
    Watch((cookie_interface, "get_signing_serializer", "open_session")),
    Watch((flask_tag.TaggedJSONSerializer, "_untag_scan", "loads", "untag")),
    Watch(
        (
            itsdangerous.URLSafeTimedSerializer,
            "default_fallback_signers",
            "default_signer",
            "iter_unsigners",
            "load_payload",
            "loads",
            "make_signer",
        )
    ),
    Watch((itsdangerous.TimestampSigner, "derive_key", "unsign", "verify_signature")),
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


def signing_is_stock(provider):
    """Return whether session cookies are made and read by nothing but Flask's,
    ``itsdangerous``' and ``json``'s own functions.

    :param provider: the app's JSON provider.
    """
    cls = type(provider)
    if not known_of(provider_classes_known, cls) or not known_of(decoding_known, cls):
        return False
    attributes = fr_instance_dict(provider)
    if not has_no_own_methods(attributes) or PyDict_Contains(attributes, "loads"):
        return False
    return signing_is_known()


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
