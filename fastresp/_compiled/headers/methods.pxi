# Headers whose operations are compiled: what `response.headers` is.
#
# An ordinary subclass of Werkzeug's Headers with the same name and attribute,
# equal to it both ways, and pickled as it. Each method does the work where the
# object is exactly of this class and holds plain fields, the name is ASCII and
# the value a string or an integer; everything else goes to Werkzeug's method.

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
    if not is_own_headers(headers):
        return None
    attributes = fr_instance_dict(headers)
    if PyDict_GET_SIZE(attributes) != 1:
        return None
    fields = fr_dict_get(attributes, NAME_LIST)
    return <list>fields if PyList_CheckExact(fields) else None


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


cdef inline list own_fields(object self):
    """Return the list behind one of our ``Headers``; ``None`` for Werkzeug's and for
    subclasses, whose methods call each other."""
    if Py_TYPE(self) is not fast_headers_type:
        return None
    return fields_of(self)


cdef inline list named_fields(
    object self,
    PyObject **args,
    Py_ssize_t count,
    PyObject *names,
    Py_ssize_t least,
    Py_ssize_t most,
):
    """Return the list behind one of our ``Headers``, for a call with a plain name and
    other arguments by position; ``None`` for others.

    :param least: how many arguments there are at least, with the name.
    """
    if has_positional(count, names, least, most) and is_plain_name(<object>args[0]):
        return own_fields(self)
    return None


cdef object stock_bound(object self, str name):
    """Werkzeug's method, or what somebody has put in its place."""
    return bound_to(
        class_attribute(type_mro(WerkzeugHeaders), name), self, type(self)
    )


cdef object call_stock(
    object self, str name, PyObject **args, Py_ssize_t count, PyObject *names
):
    """Delegate a call to Werkzeug's method."""
    return PyObject_Vectorcall(stock_bound(self, name), args, <size_t>count, names)


# --- methods ---------------------------------------------------------------
#
# Those that apps and hooks call for each response. The others are Werkzeug's, most of
# which call these.


cdef object headers_getitem(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 1, 1)

    if items is not None:
        value = field_named(items, <object>args[0])
        if value is not ABSENT and value is not MIXED:
            return value
    return call_stock(self, "__getitem__", args, count, names)


cdef object headers_get(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 1, 2)

    if items is not None:
        value = field_named(items, <object>args[0])
        if value is ABSENT:
            return <object>args[1] if count == 2 else None
        if value is not MIXED:
            return value
    return call_stock(self, "get", args, count, names)


cdef object headers_contains(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 1, 1)

    if items is not None:
        value = field_named(items, <object>args[0])
        if value is not MIXED:
            return value is not ABSENT
    return call_stock(self, "__contains__", args, count, names)


cdef object headers_add(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 2, 2)

    if items is not None:
        text = field_value(<object>args[1])
        if text is not None:
            PyList_Append(items, (<object>args[0], text))
            return None
    return call_stock(self, "add", args, count, names)


cdef bint has_set(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
) except -1:
    """Set a header; false, with nothing done, when it is Werkzeug's to do."""
    cdef list items = named_fields(self, args, count, names, 2, 2)

    if items is None:
        return False
    text = field_value(<object>args[1])
    return text is not None and set_field(items, (<object>args[0], text))


cdef object headers_set(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    if has_set(self, args, count, names):
        return None
    return call_stock(self, "set", args, count, names)


cdef object headers_setitem(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    if has_set(self, args, count, names):
        return None
    return call_stock(self, "__setitem__", args, count, names)


# --- the class -------------------------------------------------------------


cdef object as_stock(object headers):
    """A ``Headers`` of Werkzeug's class that shares the attributes of ours, or of
    what says that it is of our class, as proxies do."""
    if headers.__class__ is not <object>fast_headers_type:
        return headers
    stand_in = fr_new_instance(headers_type, ())
    stand_in.__dict__ = headers.__dict__
    return stand_in


def equals(self, other):
    if fields_of(self) is not None and fields_of(other) is None:
        # Asked once, as Werkzeug does.
        kind = other.__class__
        if kind is not <object>fast_headers_type and kind is not WerkzeugHeaders:
            return NotImplemented
    return stock_bound(as_stock(self), "__eq__")(as_stock(other))


def reduce(self, protocol):
    if Py_TYPE(self) is not fast_headers_type:
        # A subclass is pickled as itself.
        return super(Headers, self).__reduce_ex__(protocol)
    # The oldest protocol's form: in the others, pickle wants to see the object's
    # own class.
    return as_stock(self).__reduce_ex__(1)
