# Type dispatch: from a view's return value to what builds the response.

cdef enum Kind:
    KIND_RESPONSE
    KIND_BODY
    KIND_JSON
    # A response of another class of Flask's, Werkzeug's or ours.
    KIND_OTHER_RESPONSE
    KIND_ERROR
    # Flask's own make_response has to look at it.
    KIND_UNKNOWN


cdef inline bint is_plain_body(object body):
    return (
        PyUnicode_CheckExact(body) or PyBytes_CheckExact(body) or PyGen_CheckExact(body)
    )


cdef Kind kind_of(object body, object response_class) except *:
    """Return which of Flask's branches takes ``body``, found out without asking the
    object anything that it could answer."""
    if type(body) is response_class:
        return KIND_RESPONSE
    if type(response_class) is not type or response_class is object:
        # A metaclass may have its own idea of what an instance is.
        return KIND_UNKNOWN
    if is_plain_body(body):
        return KIND_BODY
    if PyDict_CheckExact(body) or PyList_CheckExact(body):
        return KIND_JSON
    if is_subtype(body, response_class):
        return KIND_RESPONSE
    if (
        type(body) is FlaskResponse
        or type(body) is WerkzeugResponse
        or among(type(body), response_classes)
    ):
        return KIND_OTHER_RESPONSE
    # Of a metaclass, it may have a hash of its own, or none.
    if type(type(body)) is type and PyDict_Contains(error_pages, type(body)):
        return KIND_ERROR
    return KIND_UNKNOWN


# What came beside the body, borrowed from the view's tuple.
cdef struct BorrowedParts:
    PyObject *body
    PyObject *status
    PyObject *headers


cdef bint unpack(object value, BorrowedParts *borrowed) except -1:
    """Take a returned tuple apart; false for one that Flask has to look at."""
    cdef Py_ssize_t size

    borrowed.body = <PyObject *>value
    borrowed.status = borrowed.headers = <PyObject *>None
    if not PyTuple_CheckExact(value):
        return not PyTuple_Check(value)
    size = PyTuple_GET_SIZE(value)
    if size != 2 and size != 3:
        return False
    borrowed.body = PyTuple_GET_ITEM(value, 0)
    if size == 3:
        borrowed.status = PyTuple_GET_ITEM(value, 1)
        borrowed.headers = PyTuple_GET_ITEM(value, 2)
    else:
        second = <object>PyTuple_GET_ITEM(value, 1)
        if (
            PyDict_CheckExact(second)
            or PyList_CheckExact(second)
            or Py_TYPE(second) is headers_type
        ):
            borrowed.headers = <PyObject *>second
        elif (
            PyLong_CheckExact(second)
            or PyUnicode_CheckExact(second)
            or type(second) is HTTPStatus
        ):
            borrowed.status = <PyObject *>second
        else:
            return False
    return True


cdef int apply(object response, object status, object headers) except -1:
    """Set what came beside the body on a response that the view returned."""
    cdef BorrowedState borrowed

    if status is not None:
        attributes = None
        if PyLong_CheckExact(status) and not overridden(type(response)) & STATUS_NEEDS:
            attributes = fr_instance_dict(response)
        if attributes is not None and read_state(fr_unshared(attributes), &borrowed):
            assign_status(attributes, status)
        elif PyObject_IsInstance(status, (str, bytes, bytearray)):
            response.status = status
        else:
            response.status_code = status
    if PyObject_IsTrue(headers):
        response.headers.update(headers)
    return 0


cdef object respond(object app, uint32_t known, object rv, Py_ssize_t frames):
    """``Flask.make_response(app, rv)``, for an app of a class that has that method.

    :param known: of the app's class.
    :param frames: how many functions written in Python are left out, with Flask's own.
    """
    cdef BorrowedParts borrowed
    cdef Kind kind

    stock = stock_make_response
    if not unpack(rv, &borrowed):
        return stock(app, rv)
    body = <object>borrowed.body
    status = <object>borrowed.status
    headers = <object>borrowed.headers
    response_class = app_attribute(app, "response_class", known & PLAIN_RESPONSE_CLASS)
    kind = kind_of(body, response_class)
    if kind == KIND_BODY:
        return construct(response_class, body, status, headers)
    if kind == KIND_RESPONSE:
        response = body
    elif kind == KIND_JSON:
        provider = app_attribute(app, "json", known & PLAIN_JSON)
        # Those below, and provider.response.
        response = make_json_response(provider, body, app, response_class, 5 + frames)
        if response is None:
            response = provider.response(body)
    elif kind == KIND_UNKNOWN or not is_coercing(response_class):
        return stock(app, rv)
    elif kind == KIND_OTHER_RESPONSE:
        # Flask reads it for force_type().
        get_request().environ
        try:
            body.__class__ = response_class
        except TypeError:
            # Flask has something to add.
            return stock(app, rv)
        response = body
    else:
        response = error_response(response_class, body, None)
        if response is None:
            return stock(app, rv)
    apply(response, status, headers)
    return response


def response_maker(app):
    """Return a compiled ``make_response`` for one app: a function of one argument, the
    view's return value.

    :param app: a weak reference to the app. The app will hold the function, so the
        function must not hold the app.
    """

    def make_response(rv):
        cdef uint32_t known

        self = app_of_call(app, "make_response")
        known = app_class(self)
        if not known & FLASKS_MAKE_RESPONSE:
            return current_method(self, "make_response")(rv)
        return respond(self, known, rv, 1)

    # By which a copy of the app knows that it has this function.
    make_response.app = app
    return make_response
