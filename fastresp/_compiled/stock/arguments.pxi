# The arguments of calls, in the order of a method's parameters.

cdef Py_ssize_t place_of(
    PyObject *borrowed_name, tuple parameters, Py_ssize_t first
) except -2:
    """Return the index of a keyword among the parameters from ``first`` on, or
    -1."""
    cdef Py_ssize_t total = PyTuple_GET_SIZE(parameters)
    cdef Py_ssize_t at

    for at in range(first, total):
        if borrowed_name is PyTuple_GET_ITEM(parameters, at):
            return at
    name = <object>borrowed_name
    if PyUnicode_CheckExact(name):
        for at in range(first, total):
            if name == parameters[at]:
                return at
    return -1


cdef bint take_arguments(
    tuple parameters,
    tuple defaults,
    PyObject **args,
    Py_ssize_t count,
    PyObject *names,
    PyObject **values,
) except -1:
    """Puts a call's arguments, borrowed, in the order of the parameters, the
    first of which has no default; false for those that do not fit."""
    cdef Py_ssize_t total = PyTuple_GET_SIZE(parameters)
    cdef Py_ssize_t at, index

    if count > total:
        return False
    values[0] = NULL
    for at in range(count):
        values[at] = args[at]
    for at in range(count if count else 1, total):
        values[at] = PyTuple_GET_ITEM(defaults, at - 1)
    if names is not NULL:
        for index in range(PyTuple_GET_SIZE(<object>names)):
            at = place_of(PyTuple_GET_ITEM(<object>names, index), parameters, count)
            if at < 0:
                return False
            values[at] = args[count + index]
    return values[0] is not NULL
