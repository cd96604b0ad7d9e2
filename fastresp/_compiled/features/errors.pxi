# Coercion: HTTP exceptions as responses.
#
# Werkzeug runs an exception as a server would run an application, and makes a
# response of what it sent: it builds a response, emits it, and builds another one
# around what was emitted. Here, what comes out of that is written down at once for
# the exceptions of Werkzeug's own table; any other WSGI callable is Werkzeug's.

cdef dict HTTP_EXCEPTION_FUNCTIONS = {
    name: type_dict(HTTPException).get(name, ABSENT)
    for name in (
        "__call__",
        "get_response",
        "get_body",
        "get_description",
        "get_headers",
        "name",
    )
}
cdef object exception_name = HTTP_EXCEPTION_FUNCTIONS["name"]
cdef bint HTTP_EXCEPTION_GENUINE = (
    all([is_genuine(name, value) for name, value in HTTP_EXCEPTION_FUNCTIONS.items()])
    # The page has the phrase of the status line.
    and type(exception_name) is property
    and reads_members(exception_name.fget) == PHRASES_OF_MEMBERS
)
watched_names.update((HTTPException, name) for name in HTTP_EXCEPTION_FUNCTIONS)
# What the rendering of an exception looks up.
cdef Watch page_watch = Watch(
    (
        (werkzeug_exceptions, "HTTPStatus")
        if PHRASES_OF_MEMBERS
        else (werkzeug_http, "HTTP_STATUS_CODES")
    ),
    (werkzeug_exceptions, "escape", "_get_environ"),
)
cdef object stock_exception_access = class_attribute(
    HTTPException.__mro__, "__getattribute__"
)
# What may not be set on an exception: with it, the exception renders itself in
# another way.
cdef frozenset EXCEPTION_HOOKS = frozenset(
    "code get_body get_description get_headers get_response".split()
)

# fastresp's own classes. The first one has Werkzeug's methods or ours in their place:
# it stands for Werkzeug's class, which an exception makes a response with.
cdef list response_classes = []


def add_response_class(cls):
    """Register a class of fastresp's own.

    :param cls: ``wrappers.Response`` first, then those below it.
    """
    response_classes.append(cls)


def remove_response_class():
    """Take back the last call of :func:`add_response_class`."""
    response_classes.pop()


@cython.final
cdef class BufferedBody:
    """Iterator over the buffered body of an application that has run to its end:
    stands for the ``ClosingIterator`` that Werkzeug's ``run_wsgi_app`` returns then.
    """

    cdef object chunk
    cdef dict __dict__
    cdef object __weakref__

    def __reduce_ex__(self, protocol):
        # Werkzeug's iterator has a chain, which CPython 3.14 does not pickle, with a
        # generator in it.
        chain(()).__reduce_ex__(protocol)
        raise TypeError("cannot pickle 'generator' object")

    def __iter__(self):
        return self

    def __next__(self):
        with cython.critical_section(self):
            chunk = self.chunk
            self.chunk = None
        if chunk is None:
            raise StopIteration
        return chunk

    def close(self):
        """There is nothing to close."""


# --- pages -----------------------------------------------------------------

# How the exceptions of Werkzeug's table of defaults render themselves, by class:
# the page's text before and after the description, found out at first use.

@cython.final
cdef class ErrorPage:
    cdef bytes before
    cdef bytes after
    # The class's own description, and the whole page with it.
    cdef object description
    cdef bytes body
    cdef object code
    # The entry of its status line.
    cdef tuple status
    cdef tuple type_field


cdef dict error_pages = (
    dict.fromkeys(default_exceptions.values()) if HTTP_EXCEPTION_GENUINE else {}
)


cdef uint32_t examine_error_class(object cls) except? 0:
    """Return whether there is a page of a class, which has just been made."""
    page = made_page(cls)
    if page is not None:
        error_pages[cls] = page
    return page is not None


cdef Memo error_classes_known = remember(examine_error_class)


cdef ErrorPage made_page(object cls):
    """``None`` for a class that does not render itself as Werkzeug has it."""
    cdef ErrorPage page = ErrorPage.__new__(ErrorPage)

    mro = type_mro(cls)
    if type(cls) is not type:
        return None
    for name, value in HTTP_EXCEPTION_FUNCTIONS.items():
        if class_attribute(mro, name) is not value:
            return None
    if (
        class_attribute(mro, "__getattribute__") is not stock_exception_access
        or class_attribute(mro, "__getattr__") is not ABSENT
    ):
        return None
    page.code = class_attribute(mro, "code")
    page.description = class_attribute(mro, "description")
    if (
        type(page.code) is not int
        or page.code < 400
        or type(page.description) is not str
        or page.code not in places
    ):
        return None
    page.status = rendered_statuses[page.code]

    exception = cls.__new__(cls)
    exception.description = "\0"
    fields = exception.get_headers()
    if type(fields) is not list or len(fields) != 1 or not are_fields(fields):
        return None
    page.type_field = fields[0]
    if page.type_field[0] != CONTENT_TYPE or has_line_break(page.type_field[1]):
        return None
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
    return page


cdef bytes described(object description):
    """Escape a description for the page; ``None`` to fall back to Werkzeug."""
    if not PyUnicode_CheckExact(description):
        return None
    text = html_escaped(description)
    return None if text is None else text.replace(b"\n", b"<br>")


cdef ErrorPage page_of(object exception):
    """Return the page of an exception that nobody gave another way to render
    itself; ``None`` for any other object. Calls nothing of a user's."""
    cdef ErrorPage page

    if type(type(exception)) is not type or not intact(page_watch):
        return None
    if not PyDict_Contains(error_pages, type(exception)) or not known_of(
        error_classes_known, type(exception)
    ):
        return None
    page = fr_dict_get(error_pages, type(exception))
    return page if page is not None and has_phrase(page.status) else None


cdef bytes error_body(ErrorPage page, object attributes):
    """Return the body of an exception with a page; ``None`` if its methods have to
    be called.

    :param attributes: the exception's dict.
    """
    cdef PyObject *borrowed_key
    cdef PyObject *borrowed_value
    cdef Py_ssize_t position = 0
    cdef object description = None
    # None counts as one.
    cdef bint has_own = False

    attributes = fr_unshared(attributes)
    while PyDict_Next(attributes, &position, &borrowed_key, &borrowed_value):
        key = <object>borrowed_key
        value = <object>borrowed_value
        if not PyUnicode_CheckExact(key) or key in EXCEPTION_HOOKS:
            return None
        if key == "response" and value is not None:
            return None
        if key == "description":
            description = value
            has_own = True
    if not has_own:
        return page.body
    text = described(description)
    return None if text is None else page.before + text + page.after


# --- coercion --------------------------------------------------------------

# What is called in the module of Werkzeug's run_wsgi_app, by that module.
cdef dict run_watches = {}


cdef bint runs_as_stock() except -1:
    """Return whether ``werkzeug.test.run_wsgi_app``, which ``force_type`` calls, is
    Werkzeug's own. While nobody has imported its module, nobody has replaced it."""
    module = sys.modules.get("werkzeug.test")
    if module is None:
        return True
    if type(module) is not ModuleType:
        return False
    watch = run_watches.get(module)
    if watch is None:
        watch = Watch(
            (
                module,
                *("run_wsgi_app", "_get_environ", "chain"),
                *("ClosingIterator", "Headers"),
            )
        )
        # It may have been imported anew.
        run_watches.clear()
        run_watches[module] = watch
    return intact(watch)


cdef object error_response(object cls, object exception, object environ):
    """``cls.force_type(exception, environ)`` for an HTTP exception; ``None``, with
    nothing called, where Werkzeug has to do it.

    :param environ: ``None`` for that of the current request.
    """
    cdef BufferedBody buffered
    cdef ErrorPage page = page_of(exception)
    cdef uint32_t known
    cdef bytes body

    if (
        page is None
        or not response_classes
        or not runs_as_stock()
        or not headers_unpatched()
    ):
        return None
    ours = response_classes[0]
    known = overridden(ours)
    if known & (
        CONSTRUCT_NEEDS | CALL_NEEDS | HOOK_ITER_ENCODED | HOOK_CLOSE | HOOK_IS_SEQUENCE
    ) or not known & DEFAULT_LENGTH_ON:
        return None
    body = error_body(page, fr_instance_dict(exception))
    if body is None:
        return None
    if environ is None:
        environ = get_request().environ
    if not PyDict_CheckExact(environ):
        return None
    method = fr_dict_get(environ, "REQUEST_METHOD")
    if not PyUnicode_CheckExact(method):
        return None
    buffered = BufferedBody.__new__(BufferedBody)
    if method != "HEAD":
        buffered.chunk = body
    fields = text_fields(page.type_field, body)
    status = render_code(page.code)
    if among(cls, response_classes):
        return new_response(cls, fields, status, buffered)
    response = new_response(ours, fields, status, buffered)
    response.__class__ = cls
    return response


cdef inline bint is_subtype(object value, object cls):
    """Return whether a value's type inherits from a class, without asking either."""
    return PyType_IsSubtype(Py_TYPE(value), <PyTypeObject *>cls)


# The class that Werkzeug makes a response with at first.
cdef Watch coercion_watch = Watch((werkzeug_response, "Response"))


cdef bint is_coercing(object response_class) except -1:
    """Return whether ``response_class.force_type`` is known to do what it does."""
    return (
        type(response_class) is type
        and not overridden(response_class) & HOOK_COERCION
        and intact(coercion_watch)
    )


cdef object force_type(
    object cls, PyObject **args, Py_ssize_t count, PyObject *names
):
    if names is NULL and 1 <= count <= 2 and is_coercing(cls):
        value = <object>args[0]
        if is_subtype(value, WerkzeugResponse):
            value.__class__ = cls
            return value
        environ = <object>args[1] if count == 2 else None
        if environ is not None:
            response = error_response(cls, value, environ)
            if response is not None:
                return response
    method = bound_to(attribute_after(cls, "force_type"), None, cls)
    return PyObject_Vectorcall(method, args, <size_t>count, names)
