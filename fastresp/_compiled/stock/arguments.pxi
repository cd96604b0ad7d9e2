# The arguments of calls, in the order of a method's parameters.
#
# Arguments that do not fit are not refused here: the call is delegated to Werkzeug's
# method, which raises the TypeError.

cdef tuple parameters_of(object function):
    """Return the parameters of a method written in Python, without ``self``; those by
    keyword alone among them."""
    code = function.__code__
    return code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]


cdef inline bint has_positional(
    Py_ssize_t count, PyObject *names, Py_ssize_t least, Py_ssize_t most
) noexcept:
    """Return whether a call has a number of arguments, and none by keyword."""
    return names is NULL and least <= count <= most


cdef inline bint take_keyword(
    tuple parameters,
    Py_ssize_t count,
    PyObject *borrowed_name,
    PyObject *value,
    PyObject **values,
) except -1:
    """Put an argument in the place of its name; false if no parameter has the name,
    or one that has a positional argument.

    :param count: of the positional arguments.
    """
    cdef Py_ssize_t total = PyTuple_GET_SIZE(parameters)
    cdef Py_ssize_t at

    for at in range(count, total):
        if borrowed_name is PyTuple_GET_ITEM(parameters, at):
            values[at] = value
            return True
    name = <object>borrowed_name
    if PyUnicode_CheckExact(name):
        for at in range(count, total):
            if name == parameters[at]:
                values[at] = value
                return True
    return False


cdef bint take_arguments(
    tuple parameters,
    tuple defaults,
    PyObject **args,
    Py_ssize_t count,
    PyObject *names,
    PyObject **values,
) except -1:
    """Put the arguments of a call in the order of a method's parameters; false for
    arguments that do not fit.

    :param defaults: of the last parameters.
    :param args: positional arguments, then those named by ``names``.
    :param count: of the positional arguments.
    :param names: a tuple; or a dict, which has these arguments, too; or ``NULL``.
    :param values: as many as parameters, borrowed from the call and the defaults.
    """
    cdef Py_ssize_t total = PyTuple_GET_SIZE(parameters)
    cdef Py_ssize_t required = total - PyTuple_GET_SIZE(defaults)
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t at
    cdef PyObject *borrowed_key
    cdef PyObject *borrowed_value

    if count > total:
        return False
    for at in range(total):
        if at < count:
            values[at] = args[at]
        elif at < required:
            values[at] = NULL
        else:
            values[at] = PyTuple_GET_ITEM(defaults, at - required)
    if names is NULL:
        pass
    elif PyTuple_CheckExact(<object>names):
        for at in range(PyTuple_GET_SIZE(<object>names)):
            borrowed_key = PyTuple_GET_ITEM(<object>names, at)
            if not take_keyword(
                parameters, count, borrowed_key, args[count + at], values
            ):
                return False
    else:
        while PyDict_Next(<object>names, &position, &borrowed_key, &borrowed_value):
            if not take_keyword(
                parameters, count, borrowed_key, borrowed_value, values
            ):
                return False
    for at in range(required):
        if values[at] is NULL:
            return False
    return True


cdef inline bint take_call(
    tuple parameters,
    tuple defaults,
    tuple args,
    PyObject *kwargs,
    PyObject **borrowed_values,
) except -1:
    """Do what :func:`take_arguments` does, for a tuple and a dict or ``NULL``."""
    return take_arguments(
        parameters,
        defaults,
        PySequence_Fast_ITEMS(args),
        PyTuple_GET_SIZE(args),
        kwargs,
        borrowed_values,
    )
