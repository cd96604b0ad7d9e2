# Type dispatch: from a view's return value to what builds the response.

cdef enum Kind:
    KIND_RESPONSE
    KIND_BODY
    KIND_JSON
    KIND_COERCE
    KIND_INVALID

cdef tuple KIND_NAMES = ("response", "body", "json", "coerce", "invalid")


cdef bint is_headers_form(object value) except -1:
    if PyDict_CheckExact(value) or PyList_CheckExact(value):
        return True
    if PyLong_CheckExact(value) or PyUnicode_CheckExact(value):
        return False
    return PyObject_IsInstance(value, (WerkzeugHeaders, dict, tuple, list))


cdef inline bint is_plain_body(object body):
    return (
        PyUnicode_CheckExact(body) or PyBytes_CheckExact(body) or PyGen_CheckExact(body)
    )


cdef Kind kind_of(object body, object response_class) except *:
    """The first of Flask's branches that takes ``body``."""
    if body is None:
        return KIND_INVALID
    if type(body) is response_class:
        return KIND_RESPONSE
    if type(response_class) is not type or response_class is object:
        # A metaclass may have its own idea of what an instance is.
        if PyObject_IsInstance(body, response_class):
            return KIND_RESPONSE
    else:
        if is_plain_body(body):
            return KIND_BODY
        if PyDict_CheckExact(body) or PyList_CheckExact(body):
            return KIND_JSON
        if type(body) is FunctionType or (
            # Of a metaclass, it may have a hash of its own, or none.
            type(type(body)) is type and PyDict_Contains(error_pages, type(body))
        ):
            return KIND_COERCE
        if PyObject_IsInstance(body, response_class):
            return KIND_RESPONSE
    if PyObject_IsInstance(body, (str, bytes, bytearray)):
        return KIND_BODY
    if PyObject_IsInstance(body, Iterator):
        return KIND_BODY
    if PyObject_IsInstance(body, (dict, list)):
        return KIND_JSON
    if PyObject_IsInstance(body, WerkzeugResponse) or callable(body):
        return KIND_COERCE
    return KIND_INVALID


cdef bint unpack(
    object value, PyObject **body, PyObject **status, PyObject **headers
) except -1:
    """Takes a returned tuple apart, into borrowed references; false for one
    of a wrong length or of another type."""
    cdef Py_ssize_t size

    body[0] = <PyObject *>value
    status[0] = headers[0] = <PyObject *>None
    if not PyTuple_CheckExact(value):
        return (
            is_plain_body(value)
            or PyDict_CheckExact(value)
            or PyList_CheckExact(value)
            or not PyObject_IsInstance(value, tuple)
        )
    size = PyTuple_GET_SIZE(value)
    if size != 2 and size != 3:
        return False
    body[0] = PyTuple_GET_ITEM(value, 0)
    if size == 3:
        status[0] = PyTuple_GET_ITEM(value, 1)
        headers[0] = PyTuple_GET_ITEM(value, 2)
    elif is_headers_form(<object>PyTuple_GET_ITEM(value, 1)):
        headers[0] = PyTuple_GET_ITEM(value, 1)
    else:
        status[0] = PyTuple_GET_ITEM(value, 1)
    return True


def dispatch(value, response_class):
    """How Flask turns a view's return value into a response.

    :param value: what a view returned.
    :param response_class: the app's response class.
    :return: ``(kind, body, status, headers)`` with ``status`` and ``headers``
        ``None`` where the value has none. The kind is

        ``"response"``
            ``body`` is an instance of ``response_class``;
        ``"body"``
            ``response_class(body, status=status, headers=headers)``;
        ``"json"``
            the app's JSON provider makes the response;
        ``"coerce"``
            another response class or a WSGI callable, for
            ``response_class.force_type``;
        ``"invalid"``
            Flask raises :exc:`TypeError`; ``body`` is the whole value.

    Source: ``flask.Flask.make_response``.
    """
    cdef PyObject *body
    cdef PyObject *status
    cdef PyObject *headers
    cdef Kind kind

    if PyObject_IsInstance(value, tuple):
        value = tuple(value)
    if not unpack(value, &body, &status, &headers):
        return "invalid", value, None, None
    kind = kind_of(<object>body, response_class)
    if kind == KIND_INVALID:
        return "invalid", value, None, None
    return KIND_NAMES[<int>kind], <object>body, <object>status, <object>headers


cdef int apply(object response, object status, object headers) except -1:
    """Sets what came beside the body on a response that was there already."""
    cdef State state

    if status is not None:
        attributes = None
        if PyLong_CheckExact(status) and not overridden(type(response)) & STATUS_NEEDS:
            attributes = PyObject_GenericGetDict(response, NULL)
        if attributes is not None and plain_state(attributes, &state):
            assign_status(attributes, status)
        elif PyObject_IsInstance(status, (str, bytes, bytearray)):
            response.status = status
        else:
            response.status_code = status
    if PyObject_IsTrue(headers):
        response.headers.update(headers)
    return 0


cdef bint has_plain_access(object cls, tuple names) except -1:
    """Whether instances of ``cls`` have what their dict holds under ``names``."""
    if cls.__getattribute__ is not object.__getattribute__:
        return False
    for name in names:
        kind = type(class_attribute(type_mro(cls), name))
        if hasattr(kind, "__set__") or hasattr(kind, "__delete__"):
            return False
    return True


cdef inline object app_attribute(object app, str name, bint plain_access):
    """``app.name``, where FastResp or Flask has put it in the instance's dict."""
    cdef PyObject *found = NULL

    if plain_access:
        found = PyDict_GetItemWithError(PyObject_GenericGetDict(app, NULL), name)
    return PyObject_GetAttr(app, name) if found is NULL else <object>found


cdef bint is_coercing(object response_class) except -1:
    """Whether ``response_class.force_type`` is known to do what it does."""
    return (
        type(response_class) is type
        and not overridden(response_class) & HOOK_COERCION
        # The class that Werkzeug makes it with at first.
        and PyDict_GetItemWithError(response_names, "Response")
        is <PyObject *>WerkzeugResponse
    )


class Replay:
    """Stands for an app whose response class has refused a value already."""

    def __init__(self, error):
        class response_class:
            @classmethod
            def force_type(cls, response, environ=None):
                raise error

        self.response_class = response_class


def response_maker(app, stock, request):
    """A compiled ``make_response`` for one app.

    :param app: a weak reference to the app. The app will hold the function,
        so the function must not hold the app.
    :param stock: Flask's own ``Flask.make_response``; it gets every value
        that has to be refused.
    :param request: Flask's ``request``.
    :return: a function of one argument, the view's return value.
    """
    cdef uint32_t checked_tag = 0
    cdef bint plain_access = False
    # The proxy's own way to the object, without the proxy.
    get_request = request._get_current_object

    def make_response(rv):
        nonlocal checked_tag, plain_access
        cdef PyObject *body
        cdef PyObject *status
        cdef PyObject *headers
        cdef uint32_t tag
        cdef Kind kind

        self = fr_referent(app)
        if self is None:
            raise ReferenceError("The app of this function no longer exists.")
        tag = fr_type_tag(Py_TYPE(self))
        if tag != checked_tag or tag == 0:
            # A method patched onto the app's class since then wins.
            current = class_attribute(type_mro(type(self)), "make_response")
            if current is not stock:
                return bound_to(current, self)(rv)
            plain_access = has_plain_access(type(self), ("response_class", "json"))
            checked_tag = fr_type_tag(Py_TYPE(self))

        if not unpack(rv, &body, &status, &headers):
            return stock(self, rv)
        response_class = app_attribute(self, "response_class", plain_access)
        kind = kind_of(<object>body, response_class)
        if kind == KIND_BODY:
            return construct(
                response_class, <object>body, <object>status, <object>headers
            )
        if kind == KIND_RESPONSE:
            response = <object>body
        elif kind == KIND_JSON:
            provider = app_attribute(self, "json", plain_access)
            # Those below, provider.response, and Flask's own make_response.
            response = make_json_response(
                provider, <object>body, self, response_class, 6
            )
            if response is None:
                response = provider.response(<object>body)
        elif kind == KIND_COERCE and is_coercing(response_class):
            try:
                response = coerce(
                    response_class, <object>body, get_request().environ
                )
            except TypeError as error:
                # Flask has something to add.
                return stock(Replay(error), <object>body)
        else:
            return stock(self, rv)
        apply(response, <object>status, <object>headers)
        return response

    return make_response
