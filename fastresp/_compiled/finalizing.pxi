# After the view: `finalize_request` and `process_response` for one app.
#
# Both are Flask's own where it takes no time to speak of: after an error in an error
# handler, which is logged with the line of Flask's that saw it.

cdef dict flask_app_names = flask_app.__dict__


cdef object code_of(str method):
    """Return the code of Flask's method of an app; ``None`` if it is not Flask's."""
    return FLASKS_METHODS[method][0].__code__ if has_flasks(Flask, method) else None


cdef tuple names_of(str method):
    """Return the global names and the attributes that Flask's method reads."""
    code = code_of(method)
    return () if code is None else code.co_names


cdef tuple known_parameters(str method):
    return () if code_of(method) is None else parameters_of(FLASKS_METHODS[method][0])


cdef list names_read_by_flask = [
    name
    for method in ("finalize_request", "process_response", "ensure_sync")
    for name in names_of(method)
    if name in flask_app_names
]
cdef Watch finalizing_watch = Watch((flask_app, *names_read_by_flask))

cdef tuple FINALIZE_PARAMETERS = known_parameters("finalize_request")
cdef tuple FINALIZE_DEFAULTS = (False,)
cdef tuple PROCESS_PARAMETERS = known_parameters("process_response")
# From Flask 3.2 on, both take the context first.
cdef bint CONTEXT_IS_PASSED = PROCESS_PARAMETERS[:1] == ("ctx",)
cdef tuple CONTEXT_PARAMETERS = ("ctx",) if CONTEXT_IS_PASSED else ()

if (
    PROCESS_PARAMETERS != (*CONTEXT_PARAMETERS, "response")
    or FINALIZE_PARAMETERS != (*CONTEXT_PARAMETERS, "rv", "from_error_handler")
    or stock_finalize_request.__defaults__ != FINALIZE_DEFAULTS
):
    give_up(finalizing_watch)

# How Flask gets at the session without noting that somebody did.
cdef str NAME_SESSION = [
    name
    for name in ("session", "_session", "_get_session")
    if name == "session" or name in names_of("process_response")
].pop()

# --- hooks -----------------------------------------------------------------

cdef object get_context = getattr(
    flask_app_names.get("request_ctx"), "_get_current_object", None
)
cdef dict STOCK_BLUEPRINTS = {
    name: class_attribute(type_mro(flask_wrappers.Request), name)
    for name in ("blueprints", "blueprint", "endpoint")
}
watched_names.update((flask_wrappers.Request, name) for name in STOCK_BLUEPRINTS)


cdef uint32_t examine_request_class(object cls) except? 0:
    """Return whether asking for a request's blueprints has no effect. Flask has asked
    for them before."""
    mro = type_mro(cls)
    for name, stock in STOCK_BLUEPRINTS.items():
        if class_attribute(mro, name) is not stock or not is_genuine(name, stock):
            return False
    access = class_attribute(mro, "__getattribute__")
    return access is type_dict(object)["__getattribute__"]


cdef Memo request_classes_known = remember(examine_request_class)


cdef bint is_synchronous(object function) except -1:
    """Return whether ``inspect.iscoroutinefunction`` says no, without the ways on which
    it looks for what may be a function."""
    return (
        type(function) is FunctionType
        and not function.__code__.co_flags & CO_COROUTINE
        # From Python 3.12 on, others can be marked.
        and getattr(function, "_is_coroutine_marker", None) is None
    )


cdef object changed_by(object functions, object app, object response):
    """Return the response that hooks make of a response, one after the other."""
    for function in functions:
        if not (
            app_class(app) & FLASKS_ENSURE_SYNC
            and intact(finalizing_watch)
            and is_synchronous(function)
            and "ensure_sync" not in fr_instance_dict(app)
        ):
            function = app.ensure_sync(function)
        response = function(response)
    return response


cdef object hooks_of(object app):
    return app_attribute(app, "after_request_funcs", app_class(app) & PLAIN_HOOKS)


cdef object changed_by_hooks(object app, object context, object response):
    functions = context._after_request_functions
    hooks = hooks_of(app)
    if (
        type(functions) is list
        and PyList_GET_SIZE(functions) == 0
        and (PyDict_CheckExact(hooks) or type(hooks) is defaultdict)
        and PyDict_GET_SIZE(hooks) == 0
        and known_of(request_classes_known, type(context.request))
    ):
        return response
    response = changed_by(functions, app, response)
    request = context.request if CONTEXT_IS_PASSED else get_request()
    for name in chain(request.blueprints, (None,)):
        if name in hooks_of(app):
            functions = reversed(hooks_of(app)[name])
            response = changed_by(functions, app, response)
    return response


# --- the session -----------------------------------------------------------

cdef object NullSession = flask_sessions.NullSession
cdef object CookieSession = flask_sessions.SecureCookieSession
cdef object cookie_interface = flask_sessions.SecureCookieSessionInterface

cdef enum:
    # The interface knows a null session as Flask's does.
    FLASKS_NULL = 1 << 0
    # It saves a session as Flask's interface for cookies does.
    FLASKS_SAVE = 1 << 1

cdef tuple NULL_NAMES = ("is_null_session", "null_session_class")
cdef dict SAVE_SETTINGS = {
    name: f"SESSION_{name[4:].upper()}"
    for name in dir(cookie_interface)
    if name.startswith("get_cookie_")
}
cdef tuple SAVE_NAMES = (*SAVE_SETTINGS, "save_session", "should_set_cookie")
cdef dict STOCK_INTERFACE = {
    name: class_attribute(type_mro(cookie_interface), name)
    for name in (*NULL_NAMES, *SAVE_NAMES)
}
watched_names.update((cookie_interface, name) for name in STOCK_INTERFACE)


cdef bint has_stock(tuple mro, tuple names) except -1:
    for name in names:
        value = class_attribute(mro, name)
        if value is not STOCK_INTERFACE[name] or not is_genuine(name, value):
            return False
    return True


cdef uint32_t examine_interface_class(object cls) except? 0:
    cdef uint32_t found = 0

    mro = type_mro(cls)
    access = class_attribute(mro, "__getattribute__")
    if access is type_dict(object)["__getattribute__"]:
        if has_stock(mro, NULL_NAMES):
            found |= FLASKS_NULL
        if has_stock(mro, SAVE_NAMES):
            found |= FLASKS_SAVE
    return found


cdef Memo interface_classes_known = remember(examine_interface_class)

cdef tuple SESSION_NAMES = (
    "__bool__",
    "__getattr__",
    "__getattribute__",
    "__len__",
    "accessed",
    "get",
    "modified",
    "permanent",
)
cdef Watch session_watch = Watch((CookieSession, *SESSION_NAMES))
# Up to Flask 3.1.2, reading whether it is permanent was noted as access.
cdef bint READING_IS_NOTED = class_attribute(type_mro(CookieSession), "get") is not (
    type_dict(dict)["get"]
)
# Flask reads these for each session, and an app may be without one.
cdef tuple COOKIE_SETTINGS = (*SAVE_SETTINGS.values(), "APPLICATION_ROOT")


cdef object session_of(object context):
    session = PyObject_GetAttr(context, NAME_SESSION)
    return session() if NAME_SESSION == "_get_session" else session


cdef bint has_no_own_attributes(object interface) except -1:
    """Return whether an interface has no attribute in the place of its class's."""
    attributes = fr_instance_dict(interface)
    return PyDict_GET_SIZE(attributes) == ("_kept" in attributes)


cdef bint is_false(object flag):
    """Return whether an attribute of a session is false, or that of its class."""
    return flag is None or flag is False


cdef bint has_settings(object app) except -1:
    if app_class(app) & PLAIN_CONFIG:
        config = fr_dict_get(fr_instance_dict(app), "config")
        if type(config) is Config:
            for name in COOKIE_SETTINGS:
                if not PyDict_Contains(config, name):
                    return False
            return True
    return False


cdef bint save_unchanged(object app, object context, object response) except -1:
    """Do what saving a session takes that needs no cookie.

    :return: whether that was all; nothing was done otherwise.
    """
    interface = app_attribute(
        app, "session_interface", app_class(app) & PLAIN_SESSION_INTERFACE
    )
    known = known_of(interface_classes_known, type(interface))
    if not known & FLASKS_NULL or not has_no_own_attributes(interface):
        return False
    session = session_of(context)
    if type(session) is NullSession:
        return True
    if (
        type(session) is not CookieSession
        or not known & FLASKS_SAVE
        or not intact(session_watch)
        or not has_settings(app)
    ):
        return False
    attributes = fr_instance_dict(session)
    accessed = fr_dict_get(attributes, "accessed")
    if not is_false(fr_dict_get(attributes, "modified")) or not (
        accessed is True or is_false(accessed)
    ):
        return False
    if PyDict_GET_SIZE(session) > 0 and (
        READING_IS_NOTED or not is_false(fr_dict_get(session, "_permanent"))
    ):
        return False
    if accessed is True:
        response.vary.add("Cookie")
    return True


# --- the methods -----------------------------------------------------------

cdef object processed(object app, object context, object response):
    """``Flask.process_response(app, response)``, for an app of a class that has that
    method.

    :param context: ``None`` for the current one.
    """
    if not intact(finalizing_watch):
        if CONTEXT_IS_PASSED:
            return stock_process_response(app, context, response)
        return stock_process_response(app, response)
    if context is None:
        context = get_context()
    response = changed_by_hooks(app, context, response)
    if not save_unchanged(app, context, response):
        if not app.session_interface.is_null_session(session_of(context)):
            app.session_interface.save_session(app, session_of(context), response)
    return response


cdef object request_finished = flask_app_names.get("request_finished")
cdef Watch signal_watch = Watch((type(request_finished), "send", "receivers_for"))


cdef bint nobody_listens(object app) except -1:
    """Return whether sending ``request_finished`` has no effect."""
    if (
        not app_class(app) & FLASKS_ENSURE_SYNC
        or not intact(finalizing_watch)
        or not intact(signal_watch)
    ):
        return False
    attributes = fr_instance_dict(request_finished)
    receivers = fr_dict_get(attributes, "receivers")
    return (
        PyDict_CheckExact(receivers)
        and PyDict_GET_SIZE(receivers) == 0
        and not PyDict_Contains(attributes, "send")
        and not PyDict_Contains(attributes, "receivers_for")
    )


def processor(app):
    """Return a compiled ``process_response`` for one app, with the parameters of
    Flask's.

    :param app: a weak reference to the app, as for :func:`response_maker`.
    """

    def process_response(*args, **kwargs):
        cdef PyObject *borrowed_values[2]

        self = app_of_call(app, "process_response")
        if not app_class(self) & FLASKS_PROCESS_RESPONSE:
            return current_method(self, "process_response")(*args, **kwargs)
        if not take_call(
            PROCESS_PARAMETERS, (), args, <PyObject *>kwargs, borrowed_values
        ):
            return stock_process_response(self, *args, **kwargs)
        context = <object>borrowed_values[0] if CONTEXT_IS_PASSED else None
        response = <object>borrowed_values[CONTEXT_IS_PASSED]
        return processed(self, context, response)

    # By which a copy of the app knows that it has this function.
    process_response.app = app
    return process_response


def finalizer(app, make_response, process_response):
    """Return a compiled ``finalize_request`` for one app, with the parameters of
    Flask's.

    :param app: a weak reference to the app, as for :func:`response_maker`.
    :param make_response: the function that :func:`response_maker` has made for the
        app, if it got one; it is not called while the app has it.
    :param process_response: the one of :func:`processor`, likewise.
    """

    def finalize_request(*args, **kwargs):
        cdef PyObject *borrowed_values[3]
        cdef object context = None
        cdef uint32_t known

        self = app_of_call(app, "finalize_request")
        known = app_class(self)
        if not known & FLASKS_FINALIZE_REQUEST:
            return current_method(self, "finalize_request")(*args, **kwargs)
        if (
            not intact(finalizing_watch)
            or not take_call(
                FINALIZE_PARAMETERS,
                FINALIZE_DEFAULTS,
                args,
                <PyObject *>kwargs,
                borrowed_values,
            )
            or <object>borrowed_values[1 + CONTEXT_IS_PASSED] is not False
        ):
            return stock_finalize_request(self, *args, **kwargs)
        if CONTEXT_IS_PASSED:
            context = <object>borrowed_values[0]
        rv = <object>borrowed_values[CONTEXT_IS_PASSED]
        attributes = fr_instance_dict(self)
        made = fr_dict_get(attributes, "make_response")
        if made is make_response is not None and known & FLASKS_MAKE_RESPONSE:
            response = respond(self, known, rv, 2)
        else:
            response = self.make_response(rv)
        process = fr_dict_get(attributes, "process_response")
        known = app_class(self)
        if process is process_response is not None and known & FLASKS_PROCESS_RESPONSE:
            response = processed(self, context, response)
        elif CONTEXT_IS_PASSED:
            response = self.process_response(context, response)
        else:
            response = self.process_response(response)
        if not nobody_listens(self):
            flask_app_names["request_finished"].send(
                self, _async_wrapper=self.ensure_sync, response=response
            )
        return response

    # By which a copy of the app knows that it has this function.
    finalize_request.app = app
    return finalize_request


def app_functions(app):
    """Return compiled functions for one app, by the method that they stand for.

    :param app: a weak reference to the app, as for :func:`response_maker`.
    """
    make_response = response_maker(app)
    process_response = processor(app)
    return {
        "make_response": make_response,
        "redirect": redirect_maker(app),
        "process_response": process_response,
        "finalize_request": finalizer(app, make_response, process_response),
    }
