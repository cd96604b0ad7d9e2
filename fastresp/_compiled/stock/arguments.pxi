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


cdef inline bint take_positional(
    tuple parameters,
    tuple defaults,
    PyObject **args,
    Py_ssize_t count,
    PyObject **values,
) noexcept:
    """Put positional arguments, then defaults, in the order of the parameters, and
    ``NULL`` for those without; false if there are more arguments than parameters."""
    cdef Py_ssize_t total = PyTuple_GET_SIZE(parameters)
    cdef Py_ssize_t required = total - PyTuple_GET_SIZE(defaults)
    cdef Py_ssize_t at

    if count > total:
        return False
    for at in range(count):
        values[at] = args[at]
    for at in range(count, required):
        values[at] = NULL
    for at in range(max(count, required), total):
        values[at] = PyTuple_GET_ITEM(defaults, at - required)
    return True


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


cdef inline bint has_required(
    tuple parameters, tuple defaults, PyObject **values
) noexcept:
    """Return whether each parameter without a default has an argument."""
    cdef Py_ssize_t at

    for at in range(PyTuple_GET_SIZE(parameters) - PyTuple_GET_SIZE(defaults)):
        if values[at] is NULL:
            return False
    return True


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
    :param values: as many as parameters, borrowed from the call and the defaults.
    """
    cdef Py_ssize_t index

    if not take_positional(parameters, defaults, args, count, values):
        return False
    if names is not NULL:
        for index in range(PyTuple_GET_SIZE(<object>names)):
            if not take_keyword(
                parameters,
                count,
                PyTuple_GET_ITEM(<object>names, index),
                args[count + index],
                values,
            ):
                return False
    return has_required(parameters, defaults, values)


cdef bint take_call(
    tuple parameters,
    tuple defaults,
    tuple args,
    PyObject *kwargs,
    PyObject **borrowed_values,
) except -1:
    """Do what :func:`take_arguments` does, for a tuple and a dict or ``NULL``."""
    cdef PyObject *borrowed_key
    cdef PyObject *borrowed_value
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t count = PyTuple_GET_SIZE(args)

    if not take_positional(
        parameters, defaults, PySequence_Fast_ITEMS(args), count, borrowed_values
    ):
        return False
    if kwargs is not NULL:
        while PyDict_Next(<object>kwargs, &position, &borrowed_key, &borrowed_value):
            if not take_keyword(
                parameters, count, borrowed_key, borrowed_value, borrowed_values
            ):
                return False
    return has_required(parameters, defaults, borrowed_values)
