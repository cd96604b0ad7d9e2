# Header normalisation: what Werkzeug would make of names and values.

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
    cdef list items
    cdef Py_ssize_t at

    if PyDict_CheckExact(headers):
        items = PyDict_Items(headers)
    elif PyList_CheckExact(headers) or PyTuple_CheckExact(headers):
        items = PySequence_List(headers)
    else:
        return None
    for at in range(PyList_GET_SIZE(items)):
        pair = items[at]
        if not (PyTuple_CheckExact(pair) and PyTuple_GET_SIZE(pair) == 2):
            return None
        key = <object>PyTuple_GET_ITEM(pair, 0)
        value = <object>PyTuple_GET_ITEM(pair, 1)
        if not PyUnicode_CheckExact(key) or not is_latin1(key):
            return None
        text = field_value(value)
        if text is None:
            return None
        if text is not value:
            items[at] = (key, text)
    return items
