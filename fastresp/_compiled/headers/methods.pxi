# Headers whose operations are compiled: what `response.headers` is.
#
# An ordinary subclass of Werkzeug's Headers with the same name and attribute,
# equal to it both ways, and pickled as it. Each method does the work where the
# object is exactly of this class and holds plain fields, the name is ASCII and
# the value a string or an integer; everything else goes to Werkzeug's method.

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
    if not is_own_headers(headers):
        return None
    fields = fr_only_value(fr_instance_dict(headers), NAME_LIST)
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


# --- slots -----------------------------------------------------------------


cdef object headers_getitem(object self, object name):
    cdef list items = own_fields(self)

    if items is not None and is_plain_name(name):
        value = field_named(items, name)
        if value is not ABSENT and value is not MIXED:
            return value
    return stock_bound(self, "__getitem__")(name)


cdef int headers_setitem(object self, object name, PyObject *value) except -1:
    cdef list items = own_fields(self)

    if items is not None and is_plain_name(name):
        if value is NULL:
            if remove_fields(items, name):
                return 0
        else:
            given = <object>value
            text = field_value(given)
            if text is not None and set_field(items, (name, text)):
                return 0
    if value is NULL:
        stock_bound(self, "__delitem__")(name)
    else:
        stock_bound(self, "__setitem__")(name, <object>value)
    return 0


cdef int headers_contains(object self, object name) except -1:
    cdef list items = own_fields(self)
    cdef Py_ssize_t at

    if items is not None and is_plain_name(name):
        at = find_field(items, name)
        if at != NOT_FIELDS:
            return at != NOT_FOUND
    return PyObject_IsTrue(stock_bound(self, "__contains__")(name))


cdef Py_ssize_t headers_len(object self) except -1:
    cdef list items = own_fields(self)
    cdef Py_ssize_t length

    if items is not None:
        return PyList_GET_SIZE(items)
    length = stock_bound(self, "__len__")()
    if length < 0:
        # For CPython, an exception that is not there.
        raise ValueError("__len__() should return >= 0")
    return length


cdef object headers_iter(object self):
    cdef list items = own_fields(self)

    if items is not None:
        return PyObject_GetIter(items)
    return stock_bound(self, "__iter__")()


# --- methods ---------------------------------------------------------------


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


cdef object headers_getlist(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 1, 1)
    cdef list values = []
    cdef Py_ssize_t at

    if items is not None:
        with cython.critical_section(items):
            at = find_unshared(items, <object>args[0], 0)
            while at >= 0:
                value = <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 1)
                values.append(value)
                at = find_unshared(items, <object>args[0], at + 1)
        if at == NOT_FOUND:
            return values
    return call_stock(self, "getlist", args, count, names)


cdef object add_to_headers(
    str method, object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = own_fields(self)

    if (
        items is not None
        and has_positional(count, names, 2, 2)
        and PyUnicode_CheckExact(<object>args[0])
    ):
        text = field_value(<object>args[1])
        if text is not None:
            PyList_Append(items, (<object>args[0], text))
            return None
    return call_stock(self, method, args, count, names)


cdef object headers_add(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    return add_to_headers("add", self, args, count, names)


cdef object headers_add_header(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    return add_to_headers("add_header", self, args, count, names)


cdef object headers_set(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 2, 2)

    if items is not None:
        text = field_value(<object>args[1])
        if text is not None and set_field(items, (<object>args[0], text)):
            return None
    return call_stock(self, "set", args, count, names)


# Werkzeug 3.0 gives the default back as it is.
cdef bint SETDEFAULT_GIVES_TEXT = headers_watch.genuine and (
    WerkzeugHeaders().setdefault("X", 1) == "1"
)


cdef object headers_setdefault(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 2, 2)

    if items is not None:
        value = field_named(items, <object>args[0])
        if value is not ABSENT and value is not MIXED:
            return value
        text = field_value(<object>args[1])
        if value is ABSENT and text is not None:
            PyList_Append(items, (<object>args[0], text))
            return text if SETDEFAULT_GIVES_TEXT else <object>args[1]
    return call_stock(self, "setdefault", args, count, names)


cdef object headers_extend(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list more, items

    if own_fields(self) is not None and has_positional(count, names, 1, 1):
        more = fields_of(<object>args[0])
        if more is not None:
            more = fr_unshared(more)
            if not are_fields(more) or not have_field_values(more):
                more = None
        else:
            more = plain_fields(<object>args[0])
        # Making them may have collected garbage, and so run anything.
        items = own_fields(self)
        if more is not None and items is not None:
            if more is items:
                # A slice of itself would be a new list, and its making run anything.
                items += more
            else:
                # No +=: without memory, CPython up to 3.11 loses what it would add.
                count = PyList_GET_SIZE(items)
                PyList_SetSlice(items, count, count, more)
            return None
    return call_stock(self, "extend", args, count, names)


cdef bint have_field_values(list fields):
    """Return whether no value has a line break, for which Werkzeug's methods raise."""
    cdef Py_ssize_t at

    for at in range(PyList_GET_SIZE(fields)):
        if has_line_break(
            <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(fields, at), 1)
        ):
            return False
    return True


cdef list plain_pairs(object headers):
    """The pairs of a dict without lists in it, or of a list of pairs, if all of
    their names are plain; ``None`` for everything else."""
    cdef list pairs = None
    cdef Py_ssize_t at

    if PyList_CheckExact(headers) or (
        PyDict_CheckExact(headers) and not has_lists(headers)
    ):
        pairs = plain_fields(headers)
    if pairs is not None:
        for at in range(PyList_GET_SIZE(pairs)):
            if not is_plain_name(
                <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(pairs, at), 0)
            ):
                return None
    return pairs


cdef bint has_lists(object headers) except -1:
    cdef PyObject *key
    cdef PyObject *value
    cdef Py_ssize_t position = 0

    headers = fr_unshared(headers)
    while PyDict_Next(headers, &position, &key, &value):
        if PyList_CheckExact(<object>value) or PyTuple_CheckExact(<object>value):
            return True
    return False


cdef object headers_update(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list pairs, items

    if own_fields(self) is not None and has_positional(count, names, 1, 1):
        pairs = plain_pairs(<object>args[0])
        if pairs is not None:
            for name, text in pairs:
                items = own_fields(self)
                if items is None or not set_field(items, (name, text)):
                    self.set(name, text)
            return None
    return call_stock(self, "update", args, count, names)


cdef object headers_remove(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 1, 1)

    if items is not None and remove_fields(items, <object>args[0]):
        return None
    return call_stock(self, "remove", args, count, names)


# What ``pop`` takes for no default, even when it is passed.
cdef object NO_DEFAULT = (
    getattr(HEADERS_FUNCTIONS.get("pop"), "__defaults__", None) or (None,)
).__getitem__(-1)


cdef object headers_pop(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef list items = named_fields(self, args, count, names, 1, 2)

    if items is not None:
        value = field_named(items, <object>args[0])
        if value is ABSENT:
            if count == 2 and <object>args[1] is not NO_DEFAULT:
                return <object>args[1]
        elif value is not MIXED and remove_fields(items, <object>args[0]):
            return value
    return call_stock(self, "pop", args, count, names)


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
    cdef list items = fields_of(self)
    cdef list others = fields_of(other)

    if items is not None and others is not None:
        if are_fields(items) and are_fields(others):
            return lowered(items) == lowered(others)
    if items is not None:
        # Asked once, as Werkzeug does.
        kind = other.__class__
        if kind is not <object>fast_headers_type and kind is not WerkzeugHeaders:
            return NotImplemented
    return stock_bound(as_stock(self), "__eq__")(as_stock(other))


cdef set lowered(list items):
    return {(name.lower(), value) for name, value in items}


def reduce(self, protocol):
    if Py_TYPE(self) is not fast_headers_type:
        # A subclass is pickled as itself.
        return super(Headers, self).__reduce_ex__(protocol)
    # The oldest protocol's form: in the others, pickle wants to see the object's
    # own class.
    return as_stock(self).__reduce_ex__(1)
