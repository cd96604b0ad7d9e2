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
