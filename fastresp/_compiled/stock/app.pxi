# Apps: their attributes, and the one whose context there is.

cdef object app_context = getattr(flask_globals, "_cv_app", None)
cdef bint HAS_APP_CONTEXT = type(app_context) is ContextVar


cdef bint has_plain_access(object cls, tuple names) except -1:
    """Return whether instances of a class have what their dict holds under
    ``names``."""
    if cls.__getattribute__ is not object.__getattribute__:
        return False
    for name in names:
        kind = type(class_attribute(type_mro(cls), name))
        if hasattr(kind, "__set__") or hasattr(kind, "__delete__"):
            return False
    return True


cdef inline object app_attribute(object app, str name, bint plain_access):
    """Return ``app.name``, where Flask or FastResp has put it in the app's dict."""
    cdef object found = None

    if plain_access:
        found = fr_dict_get(fr_instance_dict(app), name)
    return PyObject_GetAttr(app, name) if found is None else found


cdef object app_in_context():
    """Return the app of the current application context; ``None`` outside of one, or
    for a context of another class."""
    cdef PyObject *owned

    if not HAS_APP_CONTEXT:
        return None
    PyContextVar_Get(app_context, NULL, &owned)
    if owned is NULL:
        return None
    context = <object>owned
    Py_DECREF(owned)
    return fr_attribute(context, "app") if type(context) is AppContext else None


cdef object app_of_call(object reference, str name):
    """Return the app that a function in an app's dict is called on.

    A copy of the app has the function in its dict, too, which does not say on which
    of them it is called. It is the app of the context, if that has the function.

    :param reference: a weak reference to the app that got the function.
    :param name: of the function.
    :raises ReferenceError: if it is neither.
    """
    app = fr_referent(reference)
    current = app_in_context()
    if current is app or current is None:
        if app is None:
            raise ReferenceError("The app of this function no longer exists.")
        return app
    function = fr_dict_get(fr_instance_dict(current), name)
    if getattr(function, "app", None) is reference:
        return current
    if app is None:
        raise ReferenceError("The app of this function no longer exists.")
    return app
