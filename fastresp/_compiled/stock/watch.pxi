# Names of modules: whether they still stand for what they stood for at import.

cdef dict response_names = werkzeug_response.__dict__
cdef dict sansio_names = sansio_response.__dict__
cdef dict http_names = werkzeug_http.__dict__
cdef dict utils_names = werkzeug_utils.__dict__
cdef dict flask_names = flask_wrappers.__dict__
cdef object get_environ = response_names.get("_get_environ")


cdef bint is_function_of(object module, str name, object value) except -1:
    """Return whether a value is the function that a module defines under a name, not
    what was patched in before fastresp was imported."""
    return (
        type(value) is FunctionType
        and value.__globals__ is module.__dict__
        and value.__code__.co_name == name
    )


cdef tuple names_now(dict names, tuple looked_up):
    """What :func:`are_in_place` compares, for names that Werkzeug looks up."""
    return tuple((names, name, names[name]) for name in looked_up if name in names)


cdef bint are_in_place(tuple names) except -1:
    """Return whether modules have the objects that they had at import.

    :param names: tuples of a module's dict, a name and an object.
    """
    cdef tuple known

    for known in names:
        module_names = <object>PyTuple_GET_ITEM(known, 0)
        name = <object>PyTuple_GET_ITEM(known, 1)
        if PyDict_GetItemWithError(module_names, name) is not (
            PyTuple_GET_ITEM(known, 2)
        ):
            return False
    return True
