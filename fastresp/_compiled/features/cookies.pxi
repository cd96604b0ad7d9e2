# Cookies: the bodies of set_cookie and delete_cookie.
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

# What a cookie is made with: any, and one with a value in quotation marks, a maximum
# age, a date, a path. And where Flask's limit of its size is read.
cdef tuple COOKIE_NAMES = (
    *names_now(sansio_names, ("dump_cookie",)),
    *names_now(http_names, ("_cookie_no_quote_re",)),
)
cdef tuple QUOTING_NAMES = names_now(
    http_names, ("_cookie_slash_re", "_cookie_slash_map")
)
cdef tuple MAX_AGE_NAMES = names_now(http_names, ("timedelta",))
cdef tuple DATE_NAMES = names_now(
    http_names, ("_dt_as_utc", "date", "datetime", "http_date", "timezone")
)
cdef tuple PATH_NAMES = names_now(http_names, ("quote",))
cdef tuple LIMIT_NAMES = names_now(flask_names, ("current_app",))

cdef object dump_cookie = sansio_names["dump_cookie"]
cdef object http_date = http_names["http_date"]
cdef object stock_datetime = http_names["datetime"]
cdef object stock_set_cookie = class_attribute(STOCK_CLASSES, "set_cookie")
cdef object stock_delete_cookie = class_attribute(STOCK_CLASSES, "delete_cookie")


cdef tuple parameters_of(object function):
    """The parameters of Werkzeug's method, without ``self``."""
    code = function.__code__
    return code.co_varnames[1 : code.co_argcount]


cdef bint is_known_cookie() except -1:
    """Whether these are the methods and functions this code was written after,
    and were not patched before fastresp was imported."""
    if not is_stock("set_cookie") or not is_stock("delete_cookie"):
        return False
    for module, name in (
        (werkzeug_internal, "_dt_as_utc"),
        (werkzeug_http, "dump_cookie"),
        (werkzeug_http, "http_date"),
        (urllib_parse, "quote"),
    ):
        if not is_function_of(module, name, http_names.get(name)):
            return False
    parameters = parameters_of(stock_set_cookie)
    # Those of delete_cookie are the same from the path on.
    return (
        dump_cookie is http_names["dump_cookie"]
        and PyDateTime_CheckExact(stock_datetime(1970, 1, 1))
        and PyDate_CheckExact(http_names["date"](1970, 1, 1))
        and PyDelta_CheckExact(http_names["timedelta"](1))
        and len(parameters) >= AT_PARTITIONED
        and parameters == KNOWN_PARAMETERS[: len(parameters)]
        and len(stock_set_cookie.__defaults__) == len(parameters) - 1
        and stock_delete_cookie.__defaults__
        == stock_set_cookie.__defaults__[AT_PATH - 1 :]
        and parameters_of(stock_delete_cookie)
        == parameters[:1] + parameters[AT_PATH:]
    )


# By byte: whether a path or a value may hold it as it is, and what becomes of
# it in a value that some byte makes Werkzeug quote.
cdef uint8_t[256] path_members
cdef uint8_t[256] value_members
cdef fr_escape[256] value_escapes


cdef bint ask() except -1:
    """Asks ``dump_cookie``; false for an answer of an unknown form."""
    for code in range(128):
        char = chr(code)
        path_members[code] = dump_cookie("", path=char) == f"=; Path={char}"
        value_members[code] = dump_cookie("", char, path=None) == f"={char}"
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
            value_escapes[<uint8_t>octet].size = <uint8_t>size
            memcpy(value_escapes[<uint8_t>octet].bytes, <const char *>piece, size)
    return True


cdef bint COOKIE_IS_KNOWN = is_known_cookie() and ask()
cdef tuple SET_COOKIE_PARAMETERS
cdef tuple SET_COOKIE_DEFAULTS
cdef tuple DELETE_COOKIE_PARAMETERS
cdef tuple DELETE_COOKIE_DEFAULTS
if COOKIE_IS_KNOWN:
    SET_COOKIE_PARAMETERS = parameters_of(stock_set_cookie)
    SET_COOKIE_DEFAULTS = stock_set_cookie.__defaults__
    DELETE_COOKIE_PARAMETERS = parameters_of(stock_delete_cookie)
    DELETE_COOKIE_DEFAULTS = stock_delete_cookie.__defaults__


# The app's limit.

# The app class last seen to have a plain `config` and to be always true, and
# Flask's class of that, with a dict's access to its items.
cdef uint32_t app_tag = 0
cdef uint32_t config_tag = 0


cdef bint is_plain_app(object cls) except -1:
    global app_tag, config_tag
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)

    if (
        tag != 0
        and tag == app_tag
        and fr_type_tag(<PyTypeObject *>Config) == config_tag
    ):
        return True
    for name in ("__bool__", "__len__"):
        if class_attribute(type_mro(cls), name) is not ABSENT:
            return False
    if type_mro(Config) != (Config, dict, object) or not has_plain_access(
        cls, ("config",)
    ):
        return False
    for name in ("__getitem__", "__missing__", "__getattribute__"):
        if name in type_dict(Config):
            return False
    app_tag = fr_assign_type_tag(<PyTypeObject *>cls)
    config_tag = fr_assign_type_tag(<PyTypeObject *>Config)
    return True


cdef object app_cookie_size():
    """What Flask's ``max_cookie_size`` reads in an application context;
    ``None`` outside of one, or when some of it is not Flask's own."""
    app = app_in_context()
    if app is None or not is_plain_app(type(app)):
        return None
    config = fr_attribute(app, "config")
    return fr_dict_get(config, "MAX_COOKIE_SIZE") if type(config) is Config else None


cdef long cookie_size_limit(object self, uint32_t known) except -2:
    """``max_cookie_size``, or -1 for a value that Werkzeug has to look at."""
    cdef int overflow = 0
    cdef object value = None
    cdef long limit

    if known & FLASK_COOKIE_SIZE:
        if are_in_place(LIMIT_NAMES):
            value = app_cookie_size()
    else:
        value = class_attribute(type_mro(type(self)), "max_cookie_size")
    if not PyLong_CheckExact(value):
        return -1
    limit = PyLong_AsLongAndOverflow(value, &overflow)
    return -1 if overflow or limit < 0 else limit


# Dates.

cdef enum:
    # A hundred years: shorter times are exact in seconds, as doubles.
    TIMEDELTA_DAYS = 36525


# The field.

cdef struct Cookie:
    # What is written, in this order, and how large it all is.
    Text key
    Text value
    # Of the value in quotation marks; negative for one without.
    Py_ssize_t quoted_size
    Text domain
    Text expires
    # In place of that text.
    bint has_date
    int64_t date
    uint8_t[FR_DECIMAL_MAX] max_age
    Py_ssize_t max_age_size
    int secure
    int httponly
    Text path
    Text samesite
    int partitioned
    Py_ssize_t size
    # The date is that many seconds from now.
    bint from_now
    long seconds_to_live


cdef inline int read_flag(PyObject *value) noexcept:
    """1 for ``True``, 0 for what leaves an attribute out, -1 for others."""
    if <object>value is True:
        return 1
    return 0 if <object>value is False or <object>value is None else -1


cdef inline bint read_text(PyObject *value, Text *text) noexcept:
    """Reads an ASCII text or ``None``; false for others."""
    if <object>value is None:
        text.bytes = NULL
        text.size = -1
        return True
    if not is_short_ascii(value):
        return False
    text[0] = text_of(value)
    return True


cdef bint read_value(
    PyObject *value, PyObject *encoded_value, Cookie *cookie
) except -1:
    """:param encoded_value: a value in UTF-8, if it is not ASCII."""
    cdef size_t measured

    if encoded_value is not <PyObject *>None:
        cookie.value.bytes = <const uint8_t *>PyBytes_AS_STRING(<object>encoded_value)
        cookie.value.size = PyBytes_GET_SIZE(<object>encoded_value)
    else:
        cookie.value = text_of(value)
        if fr_all_in(
            cookie.value.bytes, <size_t>cookie.value.size, value_members
        ):
            cookie.quoted_size = -1
            cookie.size += cookie.value.size
            return True
    measured = fr_escape_measure(
        cookie.value.bytes, <size_t>cookie.value.size, value_escapes
    )
    cookie.quoted_size = <Py_ssize_t>measured
    cookie.size += cookie.quoted_size + 2
    return measured != SIZE_MAX and are_in_place(QUOTING_NAMES)


cdef bint read_max_age(object max_age, Cookie *cookie) except -1:
    cdef int overflow = 0
    cdef int days

    cookie.max_age_size = -1
    if max_age is None:
        return True
    if PyLong_CheckExact(max_age):
        cookie.seconds_to_live = PyLong_AsLongAndOverflow(max_age, &overflow)
        if overflow or not -TIMESTAMP_END < cookie.seconds_to_live < TIMESTAMP_END:
            return False
    elif PyDelta_CheckExact(max_age):
        days = PyDateTime_DELTA_GET_DAYS(max_age)
        if not 0 <= days < TIMEDELTA_DAYS:
            return False
        cookie.seconds_to_live = PyDateTime_DELTA_GET_SECONDS(max_age)
        cookie.seconds_to_live += 86400 * <long>days
    else:
        return False
    cookie.max_age_size = <Py_ssize_t>fr_decimal_fill_signed(
        cookie.seconds_to_live, cookie.max_age
    )
    cookie.size += 10 + cookie.max_age_size
    return are_in_place(MAX_AGE_NAMES)


cdef bint read_expires(PyObject *expires, Cookie *cookie) except -1:
    """:param cookie: with its maximum age read."""
    cookie.has_date = cookie.from_now = False
    cookie.expires.bytes = NULL
    cookie.expires.size = -1
    if <object>expires is None:
        cookie.from_now = cookie.max_age_size >= 0
        cookie.has_date = cookie.from_now
    elif PyUnicode_CheckExact(<object>expires):
        if not read_text(expires, &cookie.expires):
            return False
        if breaks_a_line(cookie.expires):
            return False
        cookie.size += 10 + cookie.expires.size
    else:
        moment = <object>expires
        if not read_date(moment, &cookie.date):
            return False
        cookie.has_date = True
    if cookie.has_date:
        cookie.size += 10 + FR_DATE_SIZE
        return are_in_place(DATE_NAMES)
    return True


cdef bint read_cookie(
    PyObject **values, PyObject *encoded_value, Cookie *cookie
) except -1:
    """Reads and measures what is written; false when Werkzeug has to do it.

    :param values: the arguments, in the order of ``KNOWN_PARAMETERS``.
    """
    cdef PyObject *samesite = values[AT_SAMESITE]

    if not is_short_ascii(values[AT_KEY]):
        return False
    cookie.key = text_of(values[AT_KEY])
    if breaks_a_line(cookie.key):
        return False
    cookie.size = cookie.key.size + 1
    if not read_value(values[AT_VALUE], encoded_value, cookie):
        return False

    if not read_text(values[AT_DOMAIN], &cookie.domain):
        return False
    if cookie.domain.size >= 0:
        cookie.size += 9 + cookie.domain.size
    if cookie.domain.size > 0 and not fr_is_domain(
        cookie.domain.bytes, <size_t>cookie.domain.size
    ):
        return False

    max_age = <object>values[AT_MAX_AGE]
    if not read_max_age(max_age, cookie):
        return False
    if not read_expires(values[AT_EXPIRES], cookie):
        return False

    cookie.partitioned = read_flag(values[AT_PARTITIONED])
    cookie.secure = 1
    if cookie.partitioned != 1:
        cookie.secure = read_flag(values[AT_SECURE])
    cookie.httponly = read_flag(values[AT_HTTPONLY])
    if cookie.partitioned < 0 or cookie.secure < 0 or cookie.httponly < 0:
        return False
    cookie.size += 8 * cookie.secure + 10 * cookie.httponly + 13 * cookie.partitioned

    if not read_text(values[AT_PATH], &cookie.path):
        return False
    if cookie.path.size >= 0:
        cookie.size += 7 + cookie.path.size
        if not fr_all_in(cookie.path.bytes, <size_t>cookie.path.size, path_members):
            return False
        if not are_in_place(PATH_NAMES):
            return False

    if not read_text(samesite, &cookie.samesite):
        return False
    if cookie.samesite.size >= 0:
        cookie.size += 11 + cookie.samesite.size
        if is_named(<object>samesite, b"lax", 3):
            cookie.samesite.bytes = <const uint8_t *>b"Lax"
        elif is_named(<object>samesite, b"strict", 6):
            cookie.samesite.bytes = <const uint8_t *>b"Strict"
        elif is_named(<object>samesite, b"none", 4):
            cookie.samesite.bytes = <const uint8_t *>b"None"
        else:
            return False
    return True


cdef void fill_cookie(const Cookie *cookie, uint8_t *out) noexcept:
    out = put(put_text(out, cookie.key), b"=", 1)
    if cookie.quoted_size < 0:
        out = put_text(out, cookie.value)
    else:
        out = put(out, b'"', 1)
        fr_escape_fill(
            cookie.value.bytes, <size_t>cookie.value.size, value_escapes, out
        )
        out = put(out + cookie.quoted_size, b'"', 1)
    if cookie.domain.size >= 0:
        out = put_text(put(out, b"; Domain=", 9), cookie.domain)
    if cookie.has_date:
        out = put(out, b"; Expires=", 10)
        fr_date_fill(cookie.date, out)
        out += FR_DATE_SIZE
    elif cookie.expires.size >= 0:
        out = put_text(put(out, b"; Expires=", 10), cookie.expires)
    if cookie.max_age_size >= 0:
        out = put(out, b"; Max-Age=", 10)
        out = put(out, cookie.max_age, cookie.max_age_size)
    if cookie.secure:
        out = put(out, b"; Secure", 8)
    if cookie.httponly:
        out = put(out, b"; HttpOnly", 10)
    if cookie.path.size >= 0:
        out = put_text(put(out, b"; Path=", 7), cookie.path)
    if cookie.samesite.size >= 0:
        out = put_text(put(out, b"; SameSite=", 11), cookie.samesite)
    if cookie.partitioned:
        put(out, b"; Partitioned", 13)


cdef object date_from_now(Cookie *cookie):
    """Sets the date, if it is in range; else returns it as a text."""
    # As Werkzeug reads the clock, so that one that was set counts.
    zone = <object>PyDateTime_TimeZone_UTC
    now = stock_datetime.now(tz=zone).timestamp()
    timestamp = now + cookie.seconds_to_live
    cookie.date = -1
    if PyFloat_CheckExact(timestamp):
        cookie.date = whole_second(PyFloat_AS_DOUBLE(timestamp))
    return http_date(timestamp) if cookie.date < 0 else None


cdef object cookie_headers(object self, uint32_t known):
    """The headers of a response, ``None`` where Werkzeug has to look for them, or
    for a limit of the instance's own."""
    cdef BorrowedState borrowed
    cdef PyObject *borrowed_name
    cdef PyObject *borrowed_headers
    cdef Py_ssize_t position = 0

    attributes = fr_instance_dict(self)
    # Flask's limit is a property: attributes do not count beside it.
    if (
        known & FLASK_COOKIE_SIZE
        and PyDict_Next(attributes, &position, &borrowed_name, &borrowed_headers)
        and borrowed_name is <PyObject *>NAME_HEADERS
    ):
        return <object>borrowed_headers
    if not read_state(attributes, &borrowed):
        return None
    headers = <object>borrowed.headers
    if PyDict_GetItemWithError(attributes, "max_cookie_size") is not NULL:
        return None
    return headers


cdef bint add_cookie(object self, uint32_t known, PyObject **values) except -1:
    """What ``set_cookie`` does. False, with nothing done that a user could
    observe, when it has to be Werkzeug's.

    :param known: what :func:`overridden` said of the class.
    :param values: the arguments, in the order of ``KNOWN_PARAMETERS``.
    """
    cdef Cookie cookie
    cdef list fields
    cdef long limit
    cdef bytes encoded_value = None
    cdef object text = <object>values[AT_VALUE]

    if not are_in_place(COOKIE_NAMES):
        return False
    fields = fields_of(cookie_headers(self, known))
    if fields is None:
        return False
    limit = cookie_size_limit(self, known)
    if limit < 0:
        return False

    if not PyUnicode_CheckExact(text) or PyUnicode_GET_LENGTH(text) > COOKIE_TEXT_MAX:
        return False
    if not PyUnicode_IS_COMPACT_ASCII(text):
        try:
            encoded_value = utf8(text)
        except UnicodeEncodeError:
            return False
    if not read_cookie(values, <PyObject *>encoded_value, &cookie):
        return False
    if limit and cookie.size > limit:
        # Werkzeug warns of it.
        return False
    if cookie.from_now:
        date = date_from_now(&cookie)
        if date is not None:
            cookie.has_date = False
            if not read_text(<PyObject *>date, &cookie.expires):
                return False
            cookie.size += cookie.expires.size - FR_DATE_SIZE
    header = PyUnicode_New(cookie.size, 127)
    fill_cookie(&cookie, <uint8_t *>PyUnicode_DATA(header))
    PyList_Append(fields, (SET_COOKIE, header))
    return True


cdef object leave_cookie(
    object self,
    uint32_t known,
    str name,
    object stock,
    PyObject **args,
    Py_ssize_t count,
    PyObject *names,
):
    """:func:`leave`, with a shorter way to Werkzeug's own method."""
    global delegated
    cdef PyObject *shifted[2 * COOKIE_PARAMETERS]
    cdef Py_ssize_t total = count
    cdef Py_ssize_t at

    if names is not NULL:
        total += PyTuple_GET_SIZE(<object>names)
    if known & HOOK_COOKIES or total >= 2 * COOKIE_PARAMETERS:
        return leave(self, name, args, count, names)
    delegated += 1
    shifted[0] = <PyObject *>self
    for at in range(total):
        shifted[1 + at] = args[at]
    return PyObject_Vectorcall(stock, shifted, <size_t>(1 + count), names)


cdef object set_cookie(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef PyObject *values[COOKIE_PARAMETERS]
    cdef uint32_t known = overridden(type(self))

    # Where there is no such parameter.
    values[AT_PARTITIONED] = <PyObject *>None
    if (
        COOKIE_IS_KNOWN
        and not known & COOKIE_NEEDS
        and take_arguments(
            SET_COOKIE_PARAMETERS, SET_COOKIE_DEFAULTS, args, count, names, values
        )
        and add_cookie(self, known, values)
    ):
        return None
    return leave_cookie(
        self,
        known,
        "set_cookie",
        stock_set_cookie,
        args,
        count,
        names,
    )


cdef object ZERO_SECONDS = 0


cdef object delete_cookie(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef PyObject *values[COOKIE_PARAMETERS]
    cdef PyObject *given[COOKIE_PARAMETERS]
    cdef Py_ssize_t at
    cdef uint32_t known = overridden(type(self))

    values[AT_PARTITIONED] = <PyObject *>None
    if (
        COOKIE_IS_KNOWN
        and not known & COOKIE_NEEDS
        and take_arguments(
            DELETE_COOKIE_PARAMETERS, DELETE_COOKIE_DEFAULTS, args, count, names, given
        )
        # It calls `self.set_cookie`.
        and not has_instance_hook(fr_instance_dict(self))
    ):
        values[AT_KEY] = given[0]
        values[AT_VALUE] = PyTuple_GET_ITEM(SET_COOKIE_DEFAULTS, 0)
        values[AT_MAX_AGE] = values[AT_EXPIRES] = <PyObject *>ZERO_SECONDS
        for at in range(1, PyTuple_GET_SIZE(DELETE_COOKIE_PARAMETERS)):
            values[at - 1 + AT_PATH] = given[at]
        if add_cookie(self, known, values):
            return None
    return leave_cookie(
        self,
        known,
        "delete_cookie",
        stock_delete_cookie,
        args,
        count,
        names,
    )
