# Apps: their attributes, and the one whose context there is.

cdef object app_context = getattr(flask_globals, "_cv_app", None)
cdef bint HAS_APP_CONTEXT = type(app_context) is ContextVar
# The request proxy's way to the object, without the proxy.
cdef object get_request = request._get_current_object


cdef object stock_make_response = class_attribute(type_mro(Flask), "make_response")
cdef object stock_redirect_method = class_attribute(type_mro(Flask), "redirect")
cdef object stock_finalize_request = class_attribute(
    type_mro(Flask), "finalize_request"
)
cdef object stock_process_response = class_attribute(
    type_mro(Flask), "process_response"
)
cdef object stock_ensure_sync = class_attribute(type_mro(Flask), "ensure_sync")
cdef object stock_debug = class_attribute(type_mro(Flask), "debug")

# It reads the app's configuration, and nothing else.
cdef bint DEBUG_IS_CONFIGURED = (
    type(stock_debug) is property
    and is_genuine("debug", stock_debug)
    and stock_debug.fget.__code__.co_names == ("config",)
)

cdef enum:
    # The class has Flask's methods.
    FLASKS_MAKE_RESPONSE = 1 << 0
    FLASKS_REDIRECT = 1 << 1
    FLASKS_FINALIZE_REQUEST = 1 << 2
    FLASKS_PROCESS_RESPONSE = 1 << 3
    FLASKS_ENSURE_SYNC = 1 << 4
    FLASKS_DEBUG = 1 << 5
    # The attribute is what the instance's dict has; and for that of the configuration,
    # no instance is false: Flask asks whether there is an app.
    PLAIN_RESPONSE_CLASS = 1 << 6
    PLAIN_JSON = 1 << 7
    PLAIN_CONFIG = 1 << 8
    PLAIN_HOOKS = 1 << 9
    PLAIN_SESSION_INTERFACE = 1 << 10

cdef dict FLASKS_METHODS = {
    "make_response": (stock_make_response, FLASKS_MAKE_RESPONSE),
    "redirect": (stock_redirect_method, FLASKS_REDIRECT),
    "finalize_request": (stock_finalize_request, FLASKS_FINALIZE_REQUEST),
    "process_response": (stock_process_response, FLASKS_PROCESS_RESPONSE),
    "ensure_sync": (stock_ensure_sync, FLASKS_ENSURE_SYNC),
    "debug": (stock_debug, FLASKS_DEBUG if DEBUG_IS_CONFIGURED else 0),
}
cdef dict PLAIN_ATTRIBUTES = {
    "response_class": PLAIN_RESPONSE_CLASS,
    "json": PLAIN_JSON,
    "config": PLAIN_CONFIG,
    "after_request_funcs": PLAIN_HOOKS,
    "session_interface": PLAIN_SESSION_INTERFACE,
}
watched_names.update((Flask, name) for name in FLASKS_METHODS)

cdef uint32_t examine_app_class(object cls) except? 0:
    cdef uint32_t found = 0

    mro = type_mro(cls)
    for name, (stock, bit) in FLASKS_METHODS.items():
        if class_attribute(mro, name) is stock and is_genuine(name, stock):
            found |= bit
    access = class_attribute(mro, "__getattribute__")
    if access is type_dict(object)["__getattribute__"]:
        for name, bit in PLAIN_ATTRIBUTES.items():
            kind = type(class_attribute(mro, name))
            if not hasattr(kind, "__set__") and not hasattr(kind, "__delete__"):
                found |= bit
    if class_attributes(mro, "__bool__") or class_attributes(mro, "__len__"):
        found &= ~<uint32_t>PLAIN_CONFIG
    return found


cdef Memo app_classes_known = remember(examine_app_class)
# Those that no app gets a compiled function for.
cdef set methods_left_out = set()


cdef inline uint32_t app_class(object app) except? 0:
    """Return what is known of an app's class."""
    return known_of(app_classes_known, type(app))


def is_library_function(str name, value):
    """Return whether a value is the function that Flask, Werkzeug or the standard
    library defines under a name."""
    return value is not None and is_genuine(name, value)


def has_flasks(cls, str name):
    """Return whether a class of apps has Flask's own method, which there is a compiled
    one for.

    :param cls: the class.
    :param name: of one.
    """
    _, bit = FLASKS_METHODS[name]
    return name not in methods_left_out and known_of(app_classes_known, cls) & bit != 0


cdef inline object app_attribute(object app, str name, bint plain_access):
    """Return ``app.name``, where Flask or FastResp has put it in the app's dict."""
    cdef object found = None

    if plain_access:
        found = fr_dict_get(fr_instance_dict(app), name)
    return PyObject_GetAttr(app, name) if found is None else found


cdef inline object plain_config(object app):
    """Return the configuration of an app, if reading it and from it calls nothing;
    ``None`` otherwise."""
    if not app_class(app) & PLAIN_CONFIG:
        return None
    config = fr_dict_get(fr_instance_dict(app), "config")
    return config if type(config) is Config else None


cdef object current_method(object app, str name):
    """Return the method that an app's class has by now in place of Flask's."""
    cls = type(app)
    return bound_to(class_attribute(type_mro(cls), name), app, cls)


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
    if current is not app and current is not None:
        function = fr_dict_get(fr_instance_dict(current), name)
        if getattr(function, "app", None) is reference:
            return current
    if app is None:
        raise ReferenceError("The app of this function no longer exists.")
    return app
