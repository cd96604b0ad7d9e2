# Emission: the WSGI methods, and the iterable they return.

@cython.final
@cython.freelist(64)
cdef class ApplicationIterator:
    """Encodes, iterates and closes the body of one response: Werkzeug's
    ``ClosingIterator`` around its generator of encoded chunks.

    Chunks that are bytes are passed on as they are, and the next one is asked
    for only when the server asks.
    """

    cdef object response
    cdef object chunks
    # Made when the first chunk is asked for; a list needs none.
    cdef object iterator
    cdef Py_ssize_t position
    cdef bint running
    cdef bint ended

    def __dealloc__(self):
        if is_lone(<PyObject *>self.response, 1):
            try:
                keep(<PyObject *>self.response)
            except MemoryError:
                pass

    def __iter__(self):
        return self

    def __next__(self):
        cdef PyObject *item
        cdef object chunk

        if self.ended:
            raise StopIteration
        if self.running:
            raise ValueError("generator already executing")
        if PyList_CheckExact(self.chunks):
            if self.position >= PyList_GET_SIZE(self.chunks):
                self.end()
                raise StopIteration
            item = PyList_GET_ITEM(self.chunks, self.position)
            chunk = <object>item
            self.position += 1
            if PyBytes_CheckExact(chunk):
                return chunk
        self.running = True
        try:
            if not PyList_CheckExact(self.chunks):
                if self.iterator is None:
                    self.iterator = PyObject_GetIter(self.chunks)
                item = NULL
                if fr_next(self.iterator, &item) != 0:
                    chunk = <object>item
                    Py_DECREF(item)
            if item is not NULL:
                chunk = encoded(chunk)
        except StopIteration as error:
            # What a generator makes of it (PEP 479).
            self.end()
            raise RuntimeError("generator raised StopIteration") from error
        except BaseException:
            self.end()
            raise
        if item is NULL:
            self.end()
            raise StopIteration
        self.running = False
        return chunk

    cdef int end(self) except -1:
        """No more chunks; lets go of them."""
        self.ended = True
        self.running = False
        self.iterator = None
        self.chunks = None
        return 0

    def close(self):
        """Ends the iteration, closes the body, then calls what was registered
        with ``call_on_close``, in order.

        Source: ``werkzeug.wrappers.Response.close``.
        """
        cdef State state

        if self.running:
            raise ValueError("generator already executing")
        self.end()
        response = self.response
        if (
            not overridden(type(response)) & HOOK_STATE
            and plain_state(PyObject_GenericGetDict(response, NULL), &state)
            and (
                PyList_CheckExact(<object>state.response)
                or PyTuple_CheckExact(<object>state.response)
            )
        ):
            callbacks = <object>state.on_close
            if PyList_CheckExact(callbacks) and PyList_GET_SIZE(callbacks) == 0:
                return
        else:
            body = response.response
            try:
                body.close
            except AttributeError:
                pass
            else:
                response.response.close()
            callbacks = response._on_close
        for callback in callbacks:
            callback()


cdef object encoded(object chunk):
    """A chunk as Werkzeug's ``iter_encoded`` yields it."""
    if PyBytes_CheckExact(chunk):
        return chunk
    if PyUnicode_CheckExact(chunk):
        return utf8(chunk)
    # Not isinstance(chunk, str), which compiles to a check of the type alone:
    # proxies such as LocalProxy say through __class__ what they stand for.
    if PyObject_IsInstance(chunk, str):
        return chunk.encode()
    return chunk


cdef Py_ssize_t encoded_size(object chunk) except -1:
    cdef Py_ssize_t size

    if PyBytes_CheckExact(chunk):
        return PyBytes_GET_SIZE(chunk)
    if PyUnicode_CheckExact(chunk):
        if PyUnicode_IS_COMPACT_ASCII(chunk):
            return PyUnicode_GET_LENGTH(chunk)
        size = <Py_ssize_t>utf8_size(chunk)
        if size > 0:
            return size
    return PyObject_Length(encoded(chunk))


cdef inline bint has_no_body(long status):
    return 100 <= status < 200 or status == 204 or status == 304


# Whether Werkzeug's remove_entity_headers drops a field, by the name of it.
cdef dict entity_names = {
    name: not keeps_field(name)
    for name in (
        "Cache-Control",
        "Content-Length",
        "Content-Location",
        "Content-Type",
        "Date",
        "ETag",
        "Expires",
        "Last-Modified",
        "Set-Cookie",
        "Vary",
    )
}


cdef bint keeps_field(name) except -1:
    fields = [(name, "")]
    remove_entity_headers(fields)
    return len(fields) != 0


cdef bint drop_entity_fields(list items) except -1:
    """``remove_entity_headers(items)``; false, with nothing done, when there are
    names that Werkzeug has to look at."""
    cdef Py_ssize_t at
    cdef PyObject *drops
    cdef list kept = []

    if response_names.get("remove_entity_headers") is not remove_entity_headers:
        return False
    for at in range(PyList_GET_SIZE(items)):
        item = <object>PyList_GET_ITEM(items, at)
        drops = PyDict_GetItemWithError(
            entity_names, <object>PyTuple_GET_ITEM(item, 0)
        )
        if drops is NULL:
            return False
        if <object>drops is False:
            kept.append(item)
    items[:] = kept
    return True


cdef list without_entity_fields(list items):
    """What the function that is called so leaves of the fields."""
    remove = response_names["remove_entity_headers"]
    if remove is remove_entity_headers:
        remove(items)
        return items
    headers = new_headers(items)
    remove(headers)
    items = list(headers)
    refuse_line_breaks(None, items)
    return items


cdef list wsgi_fields(
    object self, uint32_t known, State *state, object environ, bint *disturbed
):
    """The fields that ``get_wsgi_headers`` answers with; ``None``, with
    nothing done, when Werkzeug has to answer.

    :param known: what :func:`overridden` said of the class.
    :param state: read before any Python code runs, and not after.
    :param disturbed: set when Python code may have run.
    """
    cdef list fields, items
    cdef Py_ssize_t at, count
    cdef object name, value
    cdef object location = None
    cdef object content_location = None
    cdef Py_ssize_t locations = 0
    cdef bint is_final = False
    cdef bint has_length = False
    cdef long status = state.code
    # A field that needs no inspection.
    cdef PyObject *usual_type = NULL

    if known & DEFAULT_TYPE_MASK:
        usual_type = PyList_GET_ITEM(
            default_type_fields, (known & DEFAULT_TYPE_MASK) >> DEFAULT_TYPE_SHIFT
        )
    headers = <object>state.headers
    body = <object>state.response
    fields = fields_of(headers)
    if fields is None:
        return None
    if (PyList_Check(body) and not PyList_CheckExact(body)) or (
        PyTuple_Check(body) and not PyTuple_CheckExact(body)
    ):
        return None

    items = copy_list(fields)
    count = PyList_GET_SIZE(items)
    for at in range(count):
        if usual_type is PyList_GET_ITEM(items, at):
            continue
        if not is_field(<object>PyList_GET_ITEM(items, at)):
            return None
        name = <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 0)
        value = <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 1)
        if has_line_break(value):
            return None
        if name is CONTENT_LENGTH:
            has_length = True
            continue
        if name is CONTENT_TYPE or name is SET_COOKIE:
            continue
        if has_line_break(name):
            return None
        if is_named(name, b"content-length", 14):
            has_length = True
        elif is_named(name, b"location", 8):
            location = value
            locations += 1
            is_final = is_final_location(name, value, known)
        elif is_named(name, b"content-location", 16):
            content_location = value

    if known & HOOK_IS_SEQUENCE or (
        known & HOOK_ITER_ENCODED and not has_length and not has_no_body(status)
    ):
        return None
    if is_final and locations == 1:
        location = None
    if location is not None or content_location is not None:
        disturbed[0] = True
        relocate(self, items, location, content_location, environ)

    if has_no_body(status):
        if status == 304:
            if not drop_entity_fields(items):
                disturbed[0] = True
                items = without_entity_fields(items)
        elif has_length:
            remove_field(items, b"content-length", 14)
    if not known & DEFAULT_LENGTH_ON:
        disturbed[0] = True
        if not PyObject_IsTrue(
            PyObject_GetAttr(self, "automatically_set_content_length")
        ):
            return items
    if has_length or has_no_body(status) or PyGen_CheckExact(body):
        return items
    disturbed[0] = True
    if (
        PyList_CheckExact(body)
        or PyTuple_CheckExact(body)
        or PyObject_IsInstance(body, (tuple, list))
    ):
        PyList_Append(items, body_length_field(body))
    return items


cdef inline list copy_list(object values):
    cdef Py_ssize_t at
    cdef Py_ssize_t count = PyList_GET_SIZE(values)
    cdef object item
    cdef object items = PyList_New(count)

    # Before CPython 3.12 an allocation may collect garbage, whose finalizers
    # may have changed the list.
    if PyList_GET_SIZE(values) != count:
        return PySequence_List(values)
    for at in range(count):
        item = <object>PyList_GET_ITEM(values, at)
        Py_INCREF(item)
        PyList_SET_ITEM(items, at, item)
    return items


cdef tuple body_length_field(object body):
    """The ``Content-Length`` field for a body of chunks."""
    cdef Py_ssize_t length = 0
    cdef Py_ssize_t size
    cdef object beyond = None

    try:
        for chunk in body:
            size = encoded_size(chunk)
            if size > PY_SSIZE_T_MAX - length:
                beyond = length + (0 if beyond is None else beyond)
                length = 0
            length += size
    except StopIteration as error:
        # As above: Werkzeug iterates over a generator.
        raise RuntimeError("generator raised StopIteration") from error
    if beyond is None:
        return length_field(length)
    return CONTENT_LENGTH, str(beyond + length)


cdef bint is_head(object environ, bint *disturbed) except -1:
    """:param disturbed: as for :func:`wsgi_fields`."""
    cdef object method
    cdef PyObject *found

    if PyDict_CheckExact(environ):
        found = PyDict_GetItemWithError(environ, "REQUEST_METHOD")
        if found is NULL:
            raise KeyError("REQUEST_METHOD")
        method = <object>found
    else:
        disturbed[0] = True
        method = PyObject_GetItem(environ, "REQUEST_METHOD")
    if PyUnicode_CheckExact(method):
        return PyUnicode_GET_LENGTH(method) == 4 and method == "HEAD"
    disturbed[0] = True
    return method == "HEAD"


cdef object application_iterator(
    object self,
    uint32_t known,
    long status,
    object body,
    object passed_through,
    object environ,
    bint *disturbed,
):
    """What ``get_app_iter`` answers with.

    :param known: what :func:`overridden` said of the class.
    :param disturbed: as for :func:`wsgi_fields`.
    """
    cdef ApplicationIterator iterator
    cdef bint odd = False
    cdef bint empty = is_head(environ, &odd) or has_no_body(status)

    if not empty and passed_through is not NOT_PASSED_THROUGH or odd:
        disturbed[0] = True
        # Read when Werkzeug reads them.
        if not empty:
            if self.direct_passthrough:
                return self.response
            body = self.response
    if known & (HOOK_ITER_ENCODED | HOOK_CLOSE):
        disturbed[0] = True
        return ClosingIterator(() if empty else self.iter_encoded(), self.close)
    iterator = ApplicationIterator.__new__(ApplicationIterator)
    iterator.response = self
    if empty:
        iterator.ended = True
    else:
        iterator.chunks = body
    return iterator


cdef object get_wsgi_headers(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef State state
    cdef bint disturbed = False

    cdef uint32_t known = overridden(type(self))

    if count == 1 and names is NULL and not known & HEADERS_NEEDS:
        environ = <object>args[0]
        attributes = PyObject_GenericGetDict(self, NULL)
        if plain_state(attributes, &state):
            items = wsgi_fields(self, known, &state, environ, &disturbed)
            if items is not None:
                return new_headers(items)
    return leave(self, "get_wsgi_headers", args, count, names)


cdef object get_app_iter(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef State state
    cdef bint disturbed = False
    cdef uint32_t known = overridden(type(self))

    if count == 1 and names is NULL and not known & APP_ITER_NEEDS:
        environ = <object>args[0]
        attributes = PyObject_GenericGetDict(self, NULL)
        if plain_state(attributes, &state):
            return application_iterator(
                self,
                known,
                state.code,
                <object>state.response,
                <object>state.direct_passthrough,
                environ,
                &disturbed,
            )
    return leave(self, "get_app_iter", args, count, names)


cdef list wsgi_response(
    object self,
    uint32_t known,
    object environ,
    PyObject **app_iter,
    PyObject **status,
):
    """The fields, and the application iterator and the status as new
    references; ``None``, with nothing done, when Werkzeug has to answer."""
    global emitted
    cdef State state
    cdef list items
    cdef bint disturbed = False
    cdef bint odd = False

    attributes = PyObject_GenericGetDict(self, NULL)
    if not plain_state(attributes, &state):
        return None
    text = <object>state.status
    if not is_rendered(state.status, state.code) and not (
        PyUnicode_CheckExact(text) and is_latin1(text) and not has_line_break(text)
    ):
        return None
    # Owned: before CPython 3.12, any allocation may run finalizers.
    body = <object>state.response
    passed_through = <object>state.direct_passthrough
    items = wsgi_fields(self, known, &state, environ, &disturbed)
    if items is None:
        return None
    # Look again where Python code has run, in a chunk's __len__ for instance.
    # It must not run twice, so from here on Werkzeug's method is no way out.
    if disturbed:
        known = overridden(type(self))
        attributes = PyObject_GenericGetDict(self, NULL)
    if disturbed and (
        known & RESPONSE_NEEDS
        or not plain_state(attributes, &state)
        or state.status is not <PyObject *>text
    ):
        iterator = self.get_app_iter(environ)
        text = self.status
        refuse_line_breaks(text, None)
    else:
        if disturbed:
            body = <object>state.response
            passed_through = <object>state.direct_passthrough
        iterator = application_iterator(
            self, known, state.code, body, passed_through, environ, &odd
        )
        if odd:
            disturbed = True
            text = self.status
            refuse_line_breaks(text, None)
        emitted += 1
    # And then for the list, by methods that may be patched by now.
    if disturbed and not headers_unpatched():
        items = list(new_headers(items).to_wsgi_list())
        refuse_line_breaks(text, items)
    Py_INCREF(iterator)
    app_iter[0] = <PyObject *>iterator
    Py_INCREF(text)
    status[0] = <PyObject *>text
    return items


cdef object get_wsgi_response(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef PyObject *owned_iterator
    cdef PyObject *owned_status
    cdef list items

    cdef uint32_t known = overridden(type(self))

    if count == 1 and names is NULL and not known & RESPONSE_NEEDS:
        items = wsgi_response(
            self, known, <object>args[0], &owned_iterator, &owned_status
        )
        if items is not None:
            app_iter = <object>owned_iterator
            Py_DECREF(owned_iterator)
            status = <object>owned_status
            Py_DECREF(owned_status)
            return app_iter, status, items
    if count == 1 and names is NULL and not known & SHADOWED_RESPONSE:
        # What Werkzeug's method does.
        environ = <object>args[0]
        headers = self.get_wsgi_headers(environ)
        iterator = self.get_app_iter(environ)
        answer = (iterator, self.status, headers.to_wsgi_list())
        refuse_line_breaks(answer[1], answer[2])
        return answer
    answer = leave(self, "get_wsgi_response", args, count, names)
    if type(answer) is tuple and PyTuple_GET_SIZE(answer) == 3:
        refuse_line_breaks(answer[1], answer[2])
    return answer


cdef object call(object self, tuple args, PyObject *kwargs):
    cdef PyObject *owned_iterator
    cdef PyObject *owned_status
    cdef list items
    cdef uint32_t known = overridden(type(self))

    if (
        PyTuple_GET_SIZE(args) != 2
        or (kwargs is not NULL and PyDict_GET_SIZE(<object>kwargs) != 0)
        or known & SHADOWED_CALL
    ):
        return call_inherited(self, "__call__", args, kwargs)
    environ = <object>PyTuple_GET_ITEM(args, 0)
    start_response = <object>PyTuple_GET_ITEM(args, 1)
    if not known & CALL_NEEDS:
        items = wsgi_response(self, known, environ, &owned_iterator, &owned_status)
        if items is not None:
            app_iter = <object>owned_iterator
            Py_DECREF(owned_iterator)
            status = <object>owned_status
            Py_DECREF(owned_status)
            start_response(status, items)
            return app_iter
    # What Werkzeug's __call__ does, with a look at what is sent.
    answer = self.get_wsgi_response(environ)
    if type(answer) is not tuple or PyTuple_GET_SIZE(answer) != 3:
        # Not what it should be; Python's words about it are not Cython's.
        return stock_call(Answered(answer), environ, Checked(start_response))
    app_iter, status, headers = answer
    refuse_line_breaks(status, headers)
    start_response(status, headers)
    return app_iter


cdef object stock_call = type_dict(WerkzeugResponse)["__call__"]


class Answered:
    """Stands for a response whose ``get_wsgi_response`` was called already."""

    def __init__(self, answer):
        self.answer = answer

    def get_wsgi_response(self, environ):
        return self.answer


class Checked:
    """A ``start_response`` that does not get a line break."""

    def __init__(self, start_response):
        self.start_response = start_response

    def __call__(self, status, headers):
        refuse_line_breaks(status, headers)
        return self.start_response(status, headers)


cdef int refuse_line_breaks(object status, object headers) except -1:
    """Raises before anything is sent that a server might split in two."""
    if breaks_line(status):
        raise ValueError("The status must not contain CR, LF or NUL characters.")
    if not isinstance(headers, (list, tuple)):
        return 0
    for item in headers:
        if not PyTuple_CheckExact(item) or PyTuple_GET_SIZE(item) != 2:
            continue
        name, value = item
        if breaks_line(name):
            raise ValueError(
                f"The header name {name!r} must not contain CR, LF or NUL characters."
            )
        if breaks_line(value):
            raise ValueError(
                f"The value of header {name!r} must not contain CR, LF or NUL"
                " characters."
            )
    return 0
