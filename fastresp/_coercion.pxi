# Coercion: HTTP exceptions and other WSGI callables as responses.
#
# Werkzeug runs the callable as a server would, and makes a response of what it
# sent. For HTTP exceptions that means to build a response, to emit it, and to
# build another one around what was emitted; here, what comes out of that is
# written down at once.

cdef dict HTTP_EXCEPTION_FUNCTIONS = {
    name: type_dict(HTTPException)[name]
    for name in ("__call__", "get_response", "get_body", "get_description", "name")
}
cdef bint HTTP_EXCEPTION_GENUINE = all(
    is_own_function(HTTPException, name, value)
    for name, value in HTTP_EXCEPTION_FUNCTIONS.items()
)
cdef object stock_get_headers = type_dict(HTTPException)["get_headers"]
cdef object stock_exception_access = HTTPException.__getattribute__
# What may be set on an exception without a change to how it renders itself.
cdef frozenset EXCEPTION_HOOKS = frozenset(
    "code get_body get_description get_headers get_response".split()
)


@cython.final
cdef class BufferedBody:
    """What is left to iterate over of an application that has sent all of its
    body: the ``ClosingIterator`` that Werkzeug's ``run_wsgi_app`` returns then."""

    cdef object chunk

    def __iter__(self):
        return self

    def __next__(self):
        chunk = self.chunk
        if chunk is None:
            raise StopIteration
        self.chunk = None
        return chunk

    def close(self):
        """There is nothing to close."""


# --- pages -----------------------------------------------------------------

# How the exceptions of Werkzeug's table of defaults render themselves, by class:
# the page's text before and after the description, found out at first use.

@cython.final
cdef class ErrorPage:
    cdef uint32_t tag
    cdef bytes before
    cdef bytes after
    # The class's own description, and the whole page with it.
    cdef object description
    cdef bytes body
    cdef object code
    cdef object phrase


cdef dict error_pages = dict.fromkeys(default_exceptions.values())


cdef ErrorPage examine_error(object cls):
    """``None`` for a class that does not render itself as Werkzeug has it."""
    cdef ErrorPage page = ErrorPage.__new__(ErrorPage)
    cdef uint32_t tag = fr_assign_type_tag(<PyTypeObject *>cls, "code")

    mro = type_mro(cls)
    if tag == 0 or not HTTP_EXCEPTION_GENUINE or type(cls) is not type:
        return None
    for name, value in HTTP_EXCEPTION_FUNCTIONS.items():
        if class_attribute(mro, name) is not value:
            return None
    if (
        cls.__getattribute__ is not stock_exception_access
        or class_attribute(mro, "__getattr__") is not None
    ):
        return None
    page.code = class_attribute(mro, "code")
    page.description = class_attribute(mro, "description")
    if (
        type(page.code) is not int
        or page.code < 400
        or type(page.description) is not str
        or page.code not in HTTP_STATUS_CODES
    ):
        return None
    page.phrase = HTTP_STATUS_CODES[page.code]

    exception = cls.__new__(cls)
    exception.description = "\0"
    text = exception.get_body()
    if text.count("\0") != 1 or not text.isascii():
        return None
    before, after = text.split("\0")
    exception.description = "a\nb<c"
    if exception.get_body() != f"{before}a<br>b{escape('<')}c{after}":
        return None
    page.before = before.encode()
    page.after = after.encode()
    text = described(page.description)
    if text is None:
        return None
    page.body = page.before + text + page.after
    # Should any of the above have changed the class, it has another tag now.
    page.tag = fr_type_tag(<PyTypeObject *>cls)
    if page.tag != tag:
        return None
    error_pages[cls] = page
    return page


cdef bytes described(object description):
    """What a page has for a description; ``None`` if Werkzeug has to say."""
    if not PyUnicode_CheckExact(description):
        return None
    text = html_escaped(description)
    return None if text is None else text.replace(b"\n", b"<br>")


cdef bytes error_body(object exception):
    """The body of an exception, ``None`` if its methods have to be called."""
    cdef PyObject *found = PyDict_GetItemWithError(error_pages, type(exception))
    cdef PyObject *key
    cdef PyObject *value
    cdef Py_ssize_t position = 0
    cdef ErrorPage page
    cdef object description = None
    # None counts as one.
    cdef bint has_own = False

    if found is NULL:
        return None
    page = <object>found
    if page is None or page.tag != fr_type_tag(Py_TYPE(exception)):
        page = examine_error(type(exception))
        if page is None:
            return None
    if (
        not has_phrase(page.code, <PyObject *>page.phrase)
        or werkzeug_http.HTTP_STATUS_CODES is not HTTP_STATUS_CODES
        or werkzeug_exceptions.escape is not escape
    ):
        return None
    attributes = PyObject_GenericGetDict(exception, NULL)
    while PyDict_Next(attributes, &position, &key, &value):
        if not PyUnicode_CheckExact(<object>key) or <object>key in EXCEPTION_HOOKS:
            return None
        if <object>key == "description":
            description = <object>value
            has_own = True
    if not has_own:
        return page.body
    text = described(description)
    return None if text is None else page.before + text + page.after


# --- running an application ------------------------------------------------

# Werkzeug's run_wsgi_app, when its module is there: importing it takes a while.
cdef object stock_run = None
# The code of the function within it.
cdef object stock_start_response = None


cdef bint runs_as_stock() except -1:
    """Whether ``werkzeug.test.run_wsgi_app`` is Werkzeug's own."""
    global stock_run, stock_start_response
    cdef PyObject *found

    if stock_run is None:
        from werkzeug import test

        current = test.run_wsgi_app
        if (
            type(current) is not FunctionType
            or current.__globals__ is not test.__dict__
            or current.__code__.co_name != "run_wsgi_app"
            or not RUN_NAMES.issubset(current.__code__.co_names)
        ):
            return False
        for constant in current.__code__.co_consts:
            if getattr(constant, "co_freevars", None) == ("buffer", "response"):
                stock_start_response = constant
        if stock_start_response is None:
            return False
        stock_run = current
    for name, value in (
        ("run_wsgi_app", stock_run),
        ("_get_environ", get_environ),
        ("chain", chain),
        ("ClosingIterator", ClosingIterator),
        ("Headers", WerkzeugHeaders),
    ):
        found = PyDict_GetItemWithError(stock_run.__globals__, name)
        if found is not <PyObject *>value:
            return False
    return True


# What it is known to call.
cdef frozenset RUN_NAMES = frozenset(
    "_get_environ copy getattr iter chain ClosingIterator Headers".split()
)


cdef tuple NO_EXC_INFO = (None,)


cdef tuple run_application(object application, object environ):
    """What ``run_wsgi_app(application, environ)`` does.

    :param environ: an exact ``dict``.
    :return: the body, and what ``start_response`` got.
    """
    cdef list buffer = []

    # Werkzeug's own function: it is the application's to see.
    response = CellType(None)
    start_response = FunctionType(
        stock_start_response,
        stock_run.__globals__,
        None,
        NO_EXC_INFO,
        (CellType(buffer), response),
    )
    if start_response.__qualname__ == "start_response":
        # Before CPython 3.11, code does not know where it was defined.
        start_response.__qualname__ = "run_wsgi_app.<locals>.start_response"
    body = application(PyDict_Copy(environ), start_response)
    close = getattr(body, "close", None)
    iterator = PyObject_GetIter(body)
    for item in iterator:
        buffer.append(item)
        if response.cell_contents is not None:
            break
    app_iter = chain(buffer, iterator) if buffer else iterator
    if close is not None and app_iter is not body:
        app_iter = ClosingIterator(app_iter, close)
    answer = response.cell_contents
    if answer is None:
        raise TypeError("cannot unpack non-iterable NoneType object")
    status, headers = answer
    return app_iter, status, headers


# --- coercion --------------------------------------------------------------


cdef object response_around(object cls, object app_iter, object status, object headers):
    """``Response(app_iter, status, headers)`` of Werkzeug's, then made one of
    another class.

    :param headers: a ``Headers``.
    """
    cdef PyTypeObject *ours = shelves[0].kind
    cdef PyTypeObject *kind = ours
    cdef uint32_t known = overridden(<object>ours)

    if not known & CONSTRUCT_NEEDS:
        if shelf_of(<PyTypeObject *>cls) is not NULL:
            kind = <PyTypeObject *>cls
        self = fr_new_instance(kind, ())
        if initialize(
            self, known, app_iter, status, headers, None, None, NOT_PASSED_THROUGH
        ):
            if kind is not <PyTypeObject *>cls:
                self.__class__ = cls
            return self
    self = WerkzeugResponse(app_iter, status, headers)
    self.__class__ = cls
    return self


cdef object coerce_exception(object cls, object exception, object environ):
    """``cls.force_type(exception, environ)`` for an HTTP exception; ``None``, with
    nothing done, when Werkzeug has to do it."""
    cdef PyTypeObject *ours = shelves[0].kind
    cdef PyObject *owned_iterator
    cdef PyObject *owned_status
    cdef uint32_t known
    cdef BufferedBody buffered
    cdef State state
    cdef list items = None

    kind = type(exception)
    if (
        not PyDict_CheckExact(environ)
        or not HTTP_EXCEPTION_GENUINE
        or type(kind) is not type
        or kind.__call__ is not HTTP_EXCEPTION_FUNCTIONS["__call__"]
        or kind.get_response is not HTTP_EXCEPTION_FUNCTIONS["get_response"]
        or kind.__getattribute__ is not stock_exception_access
        or werkzeug_exceptions._get_environ is not get_environ
        or not runs_as_stock()
        or not headers_unpatched()
    ):
        return None
    known = overridden(<object>ours)
    if known & (CONSTRUCT_NEEDS | CALL_NEEDS | HOOK_ITER_ENCODED | HOOK_CLOSE):
        return None
    attributes = PyObject_GenericGetDict(exception, NULL)
    if "get_response" in attributes or (
        attributes.get("response", exception) is not None
    ):
        return None

    environ = PyDict_Copy(environ)
    headers = exception.get_headers(environ, None)
    body = error_body(exception)
    if body is None:
        body = exception.get_body(environ, None)
    inner = construct(<object>ours, body, exception.code, headers)
    if (
        plain_state(PyObject_GenericGetDict(inner, NULL), &state)
        and PyList_CheckExact(<object>state.response)
        and PyList_GET_SIZE(<object>state.response) == 1
        and PyBytes_CheckExact(<object>PyList_GET_ITEM(<object>state.response, 0))
    ):
        items = wsgi_response(inner, known, environ, &owned_iterator, &owned_status)
    if items is None:
        # What the exception's get_response returns.
        inner.__class__ = WerkzeugResponse
        return run(cls, inner, environ)
    iterator = <object>owned_iterator
    Py_DECREF(owned_iterator)
    status = <object>owned_status
    Py_DECREF(owned_status)
    buffered = BufferedBody.__new__(BufferedBody)
    for chunk in iterator:
        buffered.chunk = chunk
    return response_around(cls, buffered, status, new_headers(items))


cdef object run(object cls, object application, object environ):
    """``cls.force_type(application, environ)`` for any WSGI callable."""
    cdef list items = None

    if not PyDict_CheckExact(environ) or not runs_as_stock():
        from werkzeug.test import run_wsgi_app

        app_iter, status, headers = run_wsgi_app(application, environ)
        return response_around(cls, app_iter, status, headers)
    app_iter, status, fields = run_application(application, environ)
    if headers_unpatched():
        items = plain_fields(fields)
    headers = WerkzeugHeaders(fields) if items is None else new_headers(items)
    return response_around(cls, app_iter, status, headers)


cdef object coerce(object cls, object value, object environ):
    """``cls.force_type(value, environ)``."""
    if PyObject_IsInstance(value, WerkzeugResponse):
        value.__class__ = cls
        return value
    if PyObject_IsInstance(value, HTTPException):
        response = coerce_exception(cls, value, environ)
        if response is not None:
            return response
    return run(cls, value, environ)


cdef object force_type(
    object cls, PyObject **args, Py_ssize_t count, PyObject *names
):
    if (
        names is NULL
        and 1 <= count <= 2
        and is_coercing(cls)
    ):
        environ = <object>args[1] if count == 2 else None
        if environ is not None or PyObject_IsInstance(
            <object>args[0], WerkzeugResponse
        ):
            return coerce(cls, <object>args[0], environ)
    return PyObject_Vectorcall(
        inherited_by(cls, "force_type"), args, <size_t>count, names
    )


cdef object inherited_by(object cls, str name):
    """The bound class method that follows ours: what ``super()`` would give."""
    owner = last_owner(cls, name)
    if owner is None:
        return class_attribute(STOCK_CLASSES, name).__get__(None, cls)
    return getattr(super(owner, cls), name)
