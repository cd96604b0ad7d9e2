# Fields: pairs of a name and a value, in a list.
#
# Without the lock, other threads may change it: an index is good, and a borrowed item
# is there, for as long as a critical section in which no function of CPython's is
# called for the list: that may let others in.

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

    with cython.critical_section(items):
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


cdef inline Py_ssize_t find_field(list items, object name, Py_ssize_t start) noexcept:
    """Return the index of the first field with a name, in a critical section of the
    list.

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


# What field_named() returns where find_field() returns NOT_FIELDS.
cdef object MIXED = object()


cdef object field_named(list items, object name):
    """Return the value of the first field with a name; ``ABSENT`` without one, or
    ``MIXED``.

    :param name: for which :func:`is_plain_name` holds.
    """
    cdef Py_ssize_t at

    with cython.critical_section(items):
        at = find_field(items, name, 0)
        if at >= 0:
            return <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 1)
    return ABSENT if at == NOT_FOUND else MIXED


cdef bint set_field(list items, tuple field) except -1:
    """``Headers.set``: replace the field of that name, or append. False, with nothing
    done, when it is Werkzeug's to do, as with several of that name.

    :param field: a name for which :func:`is_plain_name` holds, and a value as
        :func:`field_value` gives it.
    """
    cdef object name = <object>PyTuple_GET_ITEM(field, 0)
    cdef Py_ssize_t first
    cdef PyObject *owned = NULL

    with cython.critical_section(items):
        first = find_field(items, name, 0)
        if first >= 0 and find_field(items, name, first + 1) == NOT_FOUND:
            owned = fr_swap_item(items, first, field)
    if owned is not NULL:
        Py_DECREF(owned)
        return True
    if first == NOT_FOUND:
        PyList_Append(items, field)
    return first == NOT_FOUND
