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
    cdef list items = []
    cdef PyObject *found_key
    cdef PyObject *found_value
    cdef Py_ssize_t position = 0

    if PyDict_CheckExact(headers):
        headers = fr_unshared(headers)
        while PyDict_Next(headers, &position, &found_key, &found_value):
            # Owned: allocating below may run a garbage collection.
            key = <object>found_key
            one = <object>found_value
            if not PyUnicode_CheckExact(key) or not is_latin1(key):
                return None
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
