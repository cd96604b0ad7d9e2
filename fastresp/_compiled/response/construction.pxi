# Construction: the body of __init__, and make_response's shorter way.
#
# The attributes are written into the instance's dict, which emission reads
# them from: no class in the way has a __setattr__ or a descriptor for them.

cdef int assign_status(object attributes, object status) except -1:
    """Set the status as the ``status`` setter does, where nothing overrides it."""
    cdef tuple pair = render(status)
    text = <object>PyTuple_GET_ITEM(pair, 0)
    code = <object>PyTuple_GET_ITEM(pair, 1)
    PyDict_SetItem(attributes, NAME_STATUS, text)
    PyDict_SetItem(attributes, NAME_STATUS_CODE, code)
    return 0


# As an object: Cython makes a C zero of a literal False under a pointer cast.
cdef object NOT_PASSED_THROUGH = False


cdef inline int write_state(
    object attributes, list fields, tuple status, object response
) except -1:
    """Write the attributes of a complete response into an instance without any.

    :param attributes: its dict.
    :param fields: the list for its headers.
    :param status: the text and the code.
    :param response: the body.
    """
    headers = new_headers(fields)
    text = <object>PyTuple_GET_ITEM(status, 0)
    code = <object>PyTuple_GET_ITEM(status, 1)
    PyDict_SetItem(attributes, NAME_HEADERS, headers)
    PyDict_SetItem(attributes, NAME_STATUS, text)
    PyDict_SetItem(attributes, NAME_STATUS_CODE, code)
    PyDict_SetItem(attributes, NAME_DIRECT_PASSTHROUGH, NOT_PASSED_THROUGH)
    callbacks = []
    PyDict_SetItem(attributes, NAME_ON_CLOSE, callbacks)
    PyDict_SetItem(attributes, NAME_RESPONSE, response)
    fr_count(FR_BUILT)
    return 0


cdef object new_response(object cls, list fields, tuple status, object response):
    """Return an instance of a class whose ``__new__`` and attributes are plain,
    with the attributes that :func:`write_state` writes."""
    self = fr_new_instance(<PyTypeObject *>cls, ())
    write_state(fr_instance_dict(self), fields, status, response)
    return self


cdef inline bint is_text(uint32_t known, object body, object status, object headers):
    """Return whether a response is text or bytes and nothing else, and its class
    has the usual defaults."""
    return (
        headers is None
        and (PyUnicode_CheckExact(body) or PyBytes_CheckExact(body))
        # What runs no Python code.
        and (
            status is None or PyLong_CheckExact(status) or PyUnicode_CheckExact(status)
        )
        and known & USUAL == USUAL
    )


cdef tuple OK_ENTRY = rendered_statuses[OK] if OK in places else None


cdef inline tuple rendered_or_ok(object status):
    """Return text and code of a status, of the usual default for ``None``."""
    if status is not None:
        return render(status)
    if OK_ENTRY is not None and has_phrase(OK_ENTRY):
        return <tuple>PyTuple_GET_ITEM(OK_ENTRY, 1)
    return render(OK)


cdef inline object encoded_body(object body):
    """Return the bytes of an exact ``str`` or ``bytes``."""
    return utf8(body) if PyUnicode_CheckExact(body) else body


cdef inline list text_fields(tuple type_field, object body):
    """Return the fields of a response with bytes and nothing else."""
    return [type_field, length_field(PyBytes_GET_SIZE(body))]


cdef bint initialize(
    object self,
    uint32_t known,
    object response,
    object status,
    object headers,
    object mimetype,
    object content_type,
    object direct_passthrough,
) except -1:
    """Werkzeug's two ``__init__`` in one, for a class with none of their hooks
    overridden. False, with nothing done, when it has to be Werkzeug's.

    :param known: what :func:`overridden` said of the class.
    """
    cdef list items
    cdef tuple pair
    cdef tuple field = None

    if not can_make_headers():
        return False
    # Of others, methods are called, which may do anything to the response.
    if not (
        status is None
        or PyLong_CheckExact(status)
        or PyUnicode_CheckExact(status)
        or type(status) is HTTPStatus
    ):
        return False

    # A dict, or whatever subclass of it a user assigned to __dict__.
    attributes = fr_instance_dict(self)
    if PyDict_GET_SIZE(attributes) != 0:
        if has_instance_hook(attributes):
            return False
        # Instance attributes go before the class's defaults.
        known = 0

    if (
        mimetype is None
        and content_type is None
        and direct_passthrough is NOT_PASSED_THROUGH
        and is_text(known, response, status, headers)
    ):
        try:
            pair = rendered_or_ok(status)
            body = encoded_body(response)
        except ValueError:
            # Below, it fails with the attributes set that Werkzeug has set then.
            pass
        else:
            items = text_fields(TEXT_HTML_FIELD, body)
            write_state(attributes, items, pair, [body])
            return True

    if headers is None:
        items = []
        headers = new_headers(items)
    else:
        items = fields_of(headers)
        if items is None:
            items = plain_fields(headers)
            if items is None:
                return False
            headers = new_headers(items)
        elif not are_fields(items):
            return False
    PyDict_SetItem(attributes, NAME_HEADERS, headers)

    if content_type is None:
        if mimetype is None:
            if field_named(items, CONTENT_TYPE) is ABSENT:
                if known & DEFAULT_TYPE_HTML:
                    field = TEXT_HTML_FIELD
                else:
                    mimetype = PyObject_GetAttr(self, "default_mimetype")
        if mimetype is not None:
            field = content_type_field(mimetype)
            if field is None:
                content_type = get_content_type(mimetype, "utf-8")
    if content_type is not None:
        if is_field_value(content_type):
            field = (CONTENT_TYPE, content_type)
        else:
            headers[CONTENT_TYPE] = content_type
    if field is not None and not set_field(items, field):
        headers[CONTENT_TYPE] = <object>PyTuple_GET_ITEM(field, 1)

    if status is None:
        if known & DEFAULT_STATUS_OK:
            status = OK
        else:
            status = PyObject_GetAttr(self, "default_status")
    assign_status(attributes, status)
    PyDict_SetItem(attributes, NAME_DIRECT_PASSTHROUGH, direct_passthrough)
    PyDict_SetItem(attributes, NAME_ON_CLOSE, [])

    if response is None:
        response = []
    elif PyUnicode_CheckExact(response):
        response = utf8(response)
    elif not (
        PyBytes_CheckExact(response)
        or PyList_CheckExact(response)
        or PyTuple_CheckExact(response)
        or PyGen_CheckExact(response)
    ):
        if PyObject_IsInstance(response, (str, bytes, bytearray)):
            self.set_data(response)
            fr_count(FR_BUILT)
            return True
    if PyBytes_CheckExact(response):
        PyDict_SetItem(attributes, NAME_RESPONSE, [response])
        if known & DEFAULT_LENGTH_ON or PyObject_IsTrue(
            PyObject_GetAttr(self, "automatically_set_content_length")
        ):
            field = length_field(PyBytes_GET_SIZE(response))
            if not set_field(items, field):
                headers[CONTENT_LENGTH] = <object>PyTuple_GET_ITEM(field, 1)
    else:
        PyDict_SetItem(attributes, NAME_RESPONSE, response)
    fr_count(FR_BUILT)
    return True


cdef tuple INIT_PARAMETERS = (
    "response",
    "status",
    "headers",
    "mimetype",
    "content_type",
    "direct_passthrough",
)
cdef tuple INIT_DEFAULTS = (None, None, None, None, None, False)


cdef object stock_init = type_dict(WerkzeugResponse)["__init__"]
cdef bint INIT_IS_KNOWN = (
    is_stock("__init__")
    and stock_init.__code__.co_varnames[1:7] == INIT_PARAMETERS
    and stock_init.__defaults__[:6] == INIT_DEFAULTS
)


cdef int init(object self, tuple args, PyObject *kwargs) except -1:
    cdef PyObject *borrowed_values[6]
    cdef uint32_t known = overridden(type(self))

    if (
        not known & INIT_NEEDS
        and take_call(INIT_PARAMETERS, INIT_DEFAULTS, args, kwargs, borrowed_values)
    ):
        # Owned, in case somebody gets at the dict of keyword arguments.
        response = <object>borrowed_values[0]
        status = <object>borrowed_values[1]
        headers = <object>borrowed_values[2]
        mimetype = <object>borrowed_values[3]
        content_type = <object>borrowed_values[4]
        passed_through = <object>borrowed_values[5]
        if initialize(
            self,
            known,
            response,
            status,
            headers,
            mimetype,
            content_type,
            passed_through,
        ):
            return 0
    delegate_call(self, "__init__", args, kwargs)
    return 0


cdef object construct(object cls, object body, object status, object headers):
    """``cls(body, status=status, headers=headers)``."""
    cdef uint32_t known = overridden(cls) if PyType_Check(cls) else UNKNOWN

    if known & CONSTRUCT_NEEDS:
        return cls(body, status=status, headers=headers)
    if is_text(known, body, status, headers) and can_make_headers():
        pair = rendered_or_ok(status)
        body = encoded_body(body)
        return new_response(cls, text_fields(TEXT_HTML_FIELD, body), pair, [body])
    self = fr_new_instance(<PyTypeObject *>cls, ())
    if not initialize(
        self, known, body, status, headers, None, None, NOT_PASSED_THROUGH
    ):
        inherited(self, "__init__")(body, status=status, headers=headers)
    return self
