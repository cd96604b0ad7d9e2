# Cookies: the body of set_cookie.
#
# All that Werkzeug's `dump_cookie` would refuse, convert or warn of is left to
# it. Which characters it lets pass and what it makes of the others is asked of
# it, once for each byte.

cdef enum:
    # Places among the parameters of set_cookie.
    AT_KEY = 0
    AT_VALUE
    AT_MAX_AGE
    AT_EXPIRES
    AT_PATH
    AT_DOMAIN
    AT_SECURE
    AT_HTTPONLY
    AT_SAMESITE
    AT_PARTITIONED
    COOKIE_PARAMETERS

cdef tuple KNOWN_PARAMETERS = (
    "key",
    "value",
    "max_age",
    "expires",
    "path",
    "domain",
    "secure",
    "httponly",
    "samesite",
    "partitioned",
)

# What a cookie is made with: any, and one with a value in quotation marks or a date.
# And where Flask's limit of its size is read.
cdef Watch cookie_watch = Watch(
    (sansio_response, "dump_cookie"), (werkzeug_http, "_cookie_no_quote_re", "quote")
)
cdef Watch cookie_parts_watch = Watch(
    (werkzeug_http, "_cookie_slash_re", "_cookie_slash_map", "timedelta"),
    (werkzeug_http, "_dt_as_utc", "date", "datetime", "http_date", "timezone"),
)
cdef Watch limit_watch = Watch(
    (flask_wrappers, "current_app"),
    (Config, "__getitem__", "__missing__", *INSTANCE_ACCESS),
)
limit_watch.genuine = limit_watch.genuine and type_mro(Config) == (
    Config, dict, object
)

cdef object dump_cookie = found_in(werkzeug_http, "dump_cookie")
cdef object stock_datetime = found_in(werkzeug_http, "datetime")
cdef object stock_set_cookie = class_attribute(STOCK_CLASSES, "set_cookie")


cdef bint is_known_cookie() except -1:
    """Return whether Werkzeug's method has the parameters that this code was
    written for, and nothing was patched before fastresp was imported."""
    if not (
        is_stock("set_cookie") and cookie_watch.genuine and cookie_parts_watch.genuine
    ):
        return False
    parameters = parameters_of(stock_set_cookie)
    return (
        sansio_response.dump_cookie is dump_cookie
        and PyDateTime_CheckExact(stock_datetime(1970, 1, 1))
        and PyDate_CheckExact(werkzeug_http.date(1970, 1, 1))
        and len(parameters) >= AT_PARTITIONED
        and parameters == KNOWN_PARAMETERS[: len(parameters)]
        and len(stock_set_cookie.__defaults__) == len(parameters) - 1
    )


# What becomes of a byte in a path or a value, as `ask` found out.
cdef fr_cookie_rules byte_rules


cdef bint ask() except -1:
    """Probe ``dump_cookie`` for each byte; false for a result of an unknown form."""
    cdef fr_escape *entry

    for code in range(128):
        char = chr(code)
        byte_rules.path_members[code] = dump_cookie("", path=char) == f"=; Path={char}"
        byte_rules.value_members[code] = dump_cookie("", char, path=None) == f"={char}"
    # It has every value quoted.
    mark = dump_cookie("", '"', path=None).removeprefix("=\"").removesuffix("\"")
    for code in (
        # Each byte that follows another, then each first one.
        *range(0xC0),
        *range(0xC0, 0x800, 0x40),
        *(0x800, *range(0x1000, 0x10000, 0x1000)),
        *(0x10000, *range(0x40000, 0x110000, 0x40000)),
    ):
        char = chr(code)
        answer = dump_cookie("", char + '"', path=None)
        escaped = answer[2 : -1 - len(mark)]
        octets = char.encode()
        size, rest = divmod(len(escaped), len(octets))
        if answer != f'="{escaped}{mark}"' or rest or not 0 < size < 8:
            return False
        if code < 0x20 and escaped == char:
            # Some control characters escape Werkzeug's regular expression.
            escaped = "\\%03o" % code
            size = len(escaped)
        for at, octet in enumerate(octets):
            piece = escaped[at * size : (at + 1) * size].encode("ascii")
            entry = &byte_rules.value_escapes[<uint8_t>octet]
            entry.size = <uint8_t>size
            memcpy(entry.bytes, <const char *>piece, size)
    return True


cdef bint COOKIE_IS_KNOWN = is_known_cookie() and ask()
cdef tuple SET_COOKIE_PARAMETERS
cdef tuple SET_COOKIE_DEFAULTS
if COOKIE_IS_KNOWN:
    SET_COOKIE_PARAMETERS = parameters_of(stock_set_cookie)
    SET_COOKIE_DEFAULTS = stock_set_cookie.__defaults__


# The app's limit.

cdef long cookie_size_limit(object self, uint32_t known) except -2:
    """``max_cookie_size``, or -1 for a value that Werkzeug has to look at."""
    cdef int overflow = 0
    cdef object value = None
    cdef long limit

    if not known & FLASK_COOKIE_SIZE:
        value = class_attribute(type_mro(type(self)), "max_cookie_size")
    elif intact(limit_watch):
        # What Flask's property reads in an application context.
        app = app_in_context()
        config = None if app is None else plain_config(app)
        if config is not None:
            value = fr_dict_get(config, "MAX_COOKIE_SIZE")
    if not PyLong_CheckExact(value):
        return -1
    limit = PyLong_AsLongAndOverflow(value, &overflow)
    return -1 if overflow or limit < 0 else limit


# The parts of a cookie, read from the arguments.

cdef inline bint read_flag(PyObject *value, bint *flag) noexcept:
    """Read ``True``, ``False`` or ``None``; false for others."""
    flag[0] = <object>value is True
    return flag[0] or <object>value is False or <object>value is None


cdef bint read_max_age(object max_age, fr_cookie *cookie) except -1:
    """Read an ``int`` or ``None``; false for others."""
    cdef int overflow = 0

    cookie.has_max_age = max_age is not None
    if max_age is None:
        return True
    if not PyLong_CheckExact(max_age):
        return False
    cookie.max_age = PyLong_AsLongAndOverflow(max_age, &overflow)
    return overflow == 0 and -TIMESTAMP_END < cookie.max_age < TIMESTAMP_END


cdef bint read_expires(object expires, fr_cookie *cookie) except -1:
    """Read a text, a date or ``None``; false for others.

    :param cookie: with its maximum age read.
    """
    cookie.expires.bytes = NULL
    if expires is None:
        # That of the maximum age, which is set when nothing else is in the way.
        cookie.has_date = cookie.has_max_age
        return True
    cookie.has_date = not PyUnicode_CheckExact(expires)
    if cookie.has_date:
        return read_date(expires, &cookie.date)
    return read_text(<PyObject *>expires, &cookie.expires)


cdef bint read_cookie(PyObject **values, fr_cookie *cookie) except -1:
    """Read all but the value; false for what Werkzeug converts or refuses.

    :param values: the arguments, in the order of ``KNOWN_PARAMETERS``.
    """
    max_age = <object>values[AT_MAX_AGE]
    expires = <object>values[AT_EXPIRES]
    return (
        <object>values[AT_KEY] is not None
        and read_text(values[AT_KEY], &cookie.key)
        and read_text(values[AT_DOMAIN], &cookie.domain)
        and read_text(values[AT_PATH], &cookie.path)
        and read_text(values[AT_SAMESITE], &cookie.samesite)
        and read_flag(values[AT_SECURE], &cookie.secure)
        and read_flag(values[AT_HTTPONLY], &cookie.httponly)
        and read_flag(values[AT_PARTITIONED], &cookie.partitioned)
        and read_max_age(max_age, cookie)
        and read_expires(expires, cookie)
    )


cdef bint set_date_from_now(fr_cookie *cookie) except -1:
    """Set the date that the maximum age leads to; false if it is out of range."""
    # As Werkzeug reads the clock, so that one that was set counts.
    zone = <object>PyDateTime_TimeZone_UTC
    now = stock_datetime.now(tz=zone).timestamp()
    if not PyFloat_CheckExact(now):
        return False
    cookie.date = whole_second(PyFloat_AS_DOUBLE(now) + <double>cookie.max_age)
    return cookie.date >= 0


# The header.

cdef bint add_cookie(object self, uint32_t known, PyObject **values) except -1:
    """Do what ``set_cookie`` does. False, with nothing done that a user could
    observe, for a call to delegate.

    :param known: what :func:`overridden` said of the class.
    :param values: the arguments, in the order of ``KNOWN_PARAMETERS``.
    """
    cdef fr_cookie cookie
    cdef list fields
    cdef long limit
    cdef object value = <object>values[AT_VALUE]

    if not intact(cookie_watch):
        return False
    attributes = fr_instance_dict(self)
    headers = fr_dict_get(attributes, NAME_HEADERS)
    fields = fields_of(headers)
    # Flask's limit is a property: attributes do not count beside it.
    if fields is None or not known & FLASK_COOKIE_SIZE and (
        PyDict_Contains(attributes, "max_cookie_size")
    ):
        return False
    limit = cookie_size_limit(self, known)
    if limit < 0:
        return False
    held = read_utf8(value, &cookie.value)
    if (
        held is None
        or not read_cookie(values, &cookie)
        or not fr_cookie_measure(&cookie, &byte_rules)
    ):
        return False
    if cookie.quoted or cookie.has_max_age or cookie.has_date:
        if not intact(cookie_parts_watch):
            return False
    # Werkzeug warns of a cookie that is too large.
    if limit and cookie.size > <size_t>limit:
        return False
    if cookie.has_date and <object>values[AT_EXPIRES] is None:
        if not set_date_from_now(&cookie):
            return False
    header = PyUnicode_New(<Py_ssize_t>cookie.size, 127)
    fr_cookie_fill(&cookie, &byte_rules, <uint8_t *>PyUnicode_DATA(header))
    PyList_Append(fields, (SET_COOKIE, header))
    return True


# The method. `delete_cookie` is Werkzeug's, and calls it.

cdef object set_cookie(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef PyObject *values[COOKIE_PARAMETERS]
    cdef uint32_t known = overridden(type(self))

    # Where there is no such parameter.
    values[AT_PARTITIONED] = <PyObject *>None
    if (
        not known & COOKIE_NEEDS
        and take_arguments(
            SET_COOKIE_PARAMETERS, SET_COOKIE_DEFAULTS, args, count, names, values
        )
        and add_cookie(self, known, values)
    ):
        return None
    return delegate(self, "set_cookie", args, count, names)
