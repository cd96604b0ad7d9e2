# Fields: pairs of a name and a value, in a list.

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


cdef inline bint is_plain_name(object name):
    """Return whether a name equals, regardless of case, only names that differ from
    it in ASCII case."""
    return PyUnicode_CheckExact(name) and PyUnicode_IS_COMPACT_ASCII(name)


cdef enum:
    # What find_field() returns besides an index.
    NOT_FOUND = -1
    # Before a field of that name, there is something that is no field.
    NOT_FIELDS = -2


cdef Py_ssize_t find_field(list items, object name, Py_ssize_t start) noexcept:
    """Return the index of the first field with a name, from ``start`` on.

    :param name: for which :func:`is_plain_name` holds.
    """
    cdef Py_ssize_t at
    cdef PyObject *item
    cdef PyObject *found

    for at in range(start, PyList_GET_SIZE(items)):
        item = PyList_GET_ITEM(items, at)
        if not PyTuple_CheckExact(<object>item) or PyTuple_GET_SIZE(<object>item) != 2:
            return NOT_FIELDS
        found = PyTuple_GET_ITEM(<object>item, 0)
        if found is <PyObject *>name:
            return at
        if not PyUnicode_CheckExact(<object>found) or not is_latin1(<object>found):
            return NOT_FIELDS
        if is_named(<object>found, name):
            return at
    return NOT_FOUND


cdef bint set_field(list items, tuple field) except -1:
    """``Headers.set``: replaces the first field of that name and drops the others, or
    appends. False, with nothing done, when it is Werkzeug's to do.

    :param field: a name for which :func:`is_plain_name` holds, and a value as
        :func:`field_value` gives it.
    """
    cdef object name = <object>PyTuple_GET_ITEM(field, 0)
    cdef Py_ssize_t first = find_field(items, name, 0)
    cdef Py_ssize_t others

    if first == NOT_FIELDS:
        return False
    if first == NOT_FOUND:
        PyList_Append(items, field)
        return True
    others = find_field(items, name, first + 1)
    if others != NOT_FOUND and not are_fields(items):
        return False
    items[first] = field
    if others != NOT_FOUND:
        drop_fields(items, name, first + 1)
    return True


cdef int drop_fields(list items, object name, Py_ssize_t start) except -1:
    """Drop the fields with a name, from ``start`` on; all are fields."""
    cdef list kept = []
    cdef Py_ssize_t at = start
    cdef Py_ssize_t named

    # Allocating the list may have collected garbage, and so changed the other one.
    while at < PyList_GET_SIZE(items):
        named = find_field(items, name, at)
        if named < 0:
            named = PyList_GET_SIZE(items)
        while at < named:
            item = <object>PyList_GET_ITEM(items, at)
            kept.append(item)
            at += 1
        at += 1
    items[start:] = kept
    return 0


cdef bint remove_fields(list items, object name) except -1:
    """``Headers.remove``; false, with nothing done, when it is Werkzeug's to do."""
    cdef Py_ssize_t first = find_field(items, name, 0)

    if first == NOT_FOUND:
        return True
    if first == NOT_FIELDS or not are_fields(items):
        return False
    drop_fields(items, name, first)
    return True
