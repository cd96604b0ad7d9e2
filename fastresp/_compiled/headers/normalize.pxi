# Header normalisation.

cdef Watch content_type_watch = Watch((sansio_response, "get_content_type"))
cdef object get_content_type = sansio_response.get_content_type


cdef object content_type_of(str mimetype):
    """Return the value of Content-Type for a media type; ``None`` if the function for
    that is not Werkzeug's own."""
    return get_content_type(mimetype, "utf-8") if content_type_watch.genuine else None


# The whole field for a media type. Only for types whose content type cannot
# depend on the set of textual types, which an app may extend.
cdef dict content_type_fields = {
    mimetype: (CONTENT_TYPE, content_type_of(mimetype))
    for mimetype in COMMON_TYPES
}
cdef list default_type_fields = [
    None, *(content_type_fields[mimetype] for mimetype in COMMON_TYPES)
]


cdef inline tuple default_type_field(uint32_t known):
    """Return the field for a class's default media type, ``None`` if it is unknown.

    :param known: what :func:`overridden` said of the class.
    """
    return <tuple>PyList_GET_ITEM(
        default_type_fields, (known & DEFAULT_TYPE_MASK) >> DEFAULT_TYPE_SHIFT
    )


# Not a type that Werkzeug gives a charset. An app may make it one.
cdef str JSON_TYPE = "application/json"
cdef tuple JSON_FIELD = (CONTENT_TYPE, content_type_of(JSON_TYPE))
cdef bint JSON_HAS_CHARSET = JSON_FIELD[1] != JSON_TYPE


cdef dict werkzeug_utils_names = werkzeug_utils.__dict__


cdef tuple content_type_field(object mimetype):
    """Return the field for a media type; ``None`` to fall back to Werkzeug."""
    if not PyUnicode_CheckExact(mimetype):
        return None
    if mimetype is JSON_TYPE or mimetype == JSON_TYPE:
        types = fr_dict_get(werkzeug_utils_names, "_charset_mimetypes")
        if type(types) is not set or JSON_HAS_CHARSET:
            return None
        return None if JSON_TYPE in <set>types else JSON_FIELD
    return content_type_fields.get(mimetype)


# Werkzeug's class, as it is at import.
cdef dict HEADERS_FUNCTIONS = {
    name: value
    for name, value in dict(type_dict(WerkzeugHeaders)).items()
    if type(value) is FunctionType
}
cdef str NAME_LIST = "_list"
cdef tuple HEADERS_NAMES = (*type_dict(WerkzeugHeaders), *INSTANCE_ACCESS, NAME_LIST)
# Our class, which is made at the end of this module, is added there.
cdef Watch headers_watch = Watch((WerkzeugHeaders, *HEADERS_NAMES))
# Filled at the end of this module.
cdef dict OUR_HEADERS_METHODS = {}

cdef PyTypeObject *headers_type = <PyTypeObject *>WerkzeugHeaders
# Ours, below it: what responses built here have. Made at the end of this module.
cdef PyTypeObject *fast_headers_type = NULL


cdef inline bint headers_unpatched() except -1:
    """Return whether our ``Headers`` and Werkzeug's are as they were at import."""
    return intact(headers_watch)


cdef inline bint can_make_headers() except -1:
    """Return whether headers made here are those that Werkzeug makes: its class and
    the function for the value of Content-Type are as they were at import."""
    return intact(headers_watch) and intact(content_type_watch)


cdef inline bint is_own_headers(object headers) except -1:
    """Return whether a ``Headers``, ours or Werkzeug's, does what it did at
    import."""
    cdef PyTypeObject *kind = Py_TYPE(headers)

    return (
        kind is fast_headers_type or kind is headers_type
    ) and headers_unpatched()


cdef inline list fields_of(object headers):
    """Return the list behind a ``Headers`` that does what it did at import and has
    no attribute but that one, which might stand in a method's place; ``None`` for any
    other object."""
    cdef PyObject *borrowed_name
    cdef PyObject *borrowed_fields
    cdef Py_ssize_t position = 0

    if not is_own_headers(headers):
        return None
    attributes = fr_instance_dict(headers)
    if (
        PyDict_GET_SIZE(attributes) != 1
        or not PyDict_Next(attributes, &position, &borrowed_name, &borrowed_fields)
        or borrowed_name is not <PyObject *>NAME_LIST
        or not PyList_CheckExact(<object>borrowed_fields)
    ):
        return None
    return <list>borrowed_fields


cdef inline list iterated_fields(object headers):
    """Return the list that a ``Headers`` iterates over, ``None`` for any other
    object. Attributes of the instance do not count there, so that it needs no dict."""
    cdef object fields

    if not is_own_headers(headers):
        return None
    fields = fr_attribute(headers, NAME_LIST)
    return <list>fields if PyList_CheckExact(fields) else None


cdef object new_headers(list items):
    """Return a ``Headers`` around ``items``, as ``Headers(items)`` would be."""
    headers = fr_new_instance(fast_headers_type, ())
    PyObject_GenericSetAttr(headers, NAME_LIST, items)
    return headers


cdef inline bint is_field(object item):
    """Return whether ``item`` is a pair of exact latin-1 strings; runs no Python."""
    return (
        PyTuple_CheckExact(item)
        and PyTuple_GET_SIZE(item) == 2
        and PyUnicode_CheckExact(<object>PyTuple_GET_ITEM(item, 0))
        and PyUnicode_CheckExact(<object>PyTuple_GET_ITEM(item, 1))
        and is_latin1(<object>PyTuple_GET_ITEM(item, 0))
        and is_latin1(<object>PyTuple_GET_ITEM(item, 1))
    )


cdef bint are_fields(list items):
    cdef Py_ssize_t at
    for at in range(PyList_GET_SIZE(items)):
        if not is_field(<object>PyList_GET_ITEM(items, at)):
            return False
    return True


cdef inline bint is_field_value(object value):
    """Return whether Werkzeug takes a value as it is."""
    return (
        PyUnicode_CheckExact(value) and is_latin1(value) and not has_line_break(value)
    )


cdef inline object field_value(object value):
    """Return a value as Werkzeug stores it; ``None`` to fall back to Werkzeug."""
    cdef int overflow = 0

    if PyUnicode_CheckExact(value):
        return value if is_field_value(value) else None
    if PyLong_CheckExact(value):
        # Of many digits, str() refuses to make a text.
        PyLong_AsLongAndOverflow(value, &overflow)
        return None if overflow else str(value)
    return None


cdef list plain_fields(object headers):
    """Return the fields of a dict, list or tuple of exact strings and integers;
    ``None`` for everything else. Runs no Python code of a user."""
    cdef list items = []
    cdef PyObject *found_key
    cdef PyObject *found_value
    cdef Py_ssize_t position = 0

    if PyDict_CheckExact(headers):
        while PyDict_Next(headers, &position, &found_key, &found_value):
            # Owned: allocating below may run a garbage collection.
            key = <object>found_key
            one = <object>found_value
            if not PyUnicode_CheckExact(key) or not is_latin1(key):
                return None
            if PyList_CheckExact(one) or PyTuple_CheckExact(one):
                for several in one:
                    text = field_value(several)
                    if text is None:
                        return None
                    items.append((key, text))
                continue
            text = field_value(one)
            if text is None:
                return None
            items.append((key, text))
        return items

    if PyList_CheckExact(headers) or PyTuple_CheckExact(headers):
        for pair in headers:
            if not (PyTuple_CheckExact(pair) and PyTuple_GET_SIZE(pair) == 2):
                return None
            key = <object>PyTuple_GET_ITEM(pair, 0)
            one = <object>PyTuple_GET_ITEM(pair, 1)
            if not PyUnicode_CheckExact(key) or not is_latin1(key):
                return None
            text = field_value(one)
            if text is None:
                return None
            items.append(pair if text is one else (key, text))
        return items

    return None


cdef inline bint is_field_named(object item, const char *lower, Py_ssize_t size):
    return is_field(item) and is_named(<object>PyTuple_GET_ITEM(item, 0), lower, size)


cdef bint set_field(
    list items, tuple field, const char *lower, Py_ssize_t size
) except -1:
    """``Headers.set`` on fields: replaces the first of that name, drops the
    others, or appends. False, with nothing done, when there are others than
    fields: what a response has may have been changed by Python code."""
    cdef Py_ssize_t at
    cdef Py_ssize_t first = -1
    cdef bint repeated = False
    cdef list kept

    for at in range(PyList_GET_SIZE(items)):
        if not is_field(<object>PyList_GET_ITEM(items, at)):
            return False
        if is_field_named(<object>PyList_GET_ITEM(items, at), lower, size):
            if first < 0:
                first = at
            else:
                repeated = True
    if first < 0:
        PyList_Append(items, field)
    else:
        items[first] = field
    if repeated:
        kept = []
        for item in items:
            if item is field or not is_field_named(item, lower, size):
                kept.append(item)
        items[:] = kept
    return True


cdef bint has_field(list items, const char *lower, Py_ssize_t size):
    cdef Py_ssize_t at
    for at in range(PyList_GET_SIZE(items)):
        if is_field_named(<object>PyList_GET_ITEM(items, at), lower, size):
            return True
    return False


cdef int remove_field(list items, const char *lower, Py_ssize_t size) except -1:
    """``Headers.remove`` on fields."""
    items[:] = [
        item
        for item in items
        if not is_named(<object>PyTuple_GET_ITEM(item, 0), lower, size)
    ]
    return 0
