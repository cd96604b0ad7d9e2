# Emission: the WSGI methods, and the iterable they return.

cdef object NO_CHUNK = object()


@cython.final
@cython.freelist(64)
@cython.trashcan(True)
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
    # Middleware keeps attributes on it, a `close` of its own among them.
    cdef dict __dict__
    cdef object __weakref__

    def __reduce_ex__(self, protocol):
        # Werkzeug's iterator has one of these.
        raise TypeError("cannot pickle 'generator' object")

    def __iter__(self):
        return self

    def __next__(self):
        with cython.critical_section(self):
            chunk = self.take_chunk()
        if chunk is NO_CHUNK:
            raise StopIteration
        return chunk

    cdef object take_chunk(self):
        """Return the next chunk, encoded; ``NO_CHUNK`` at the end."""
        cdef object chunk = None
        cdef PyObject *owned

        if self.ended:
            return NO_CHUNK
        if self.running:
            raise ValueError("generator already executing")
        if PyList_CheckExact(self.chunks):
            owned = fr_item(self.chunks, self.position)
            if owned is NULL:
                self.end()
                return NO_CHUNK
            self.position += 1
            chunk = <object>owned
            Py_DECREF(owned)
            if PyBytes_CheckExact(chunk):
                return chunk
        self.running = True
        try:
            if not PyList_CheckExact(self.chunks):
                chunk = self.next_chunk()
            if not PyBytes_CheckExact(chunk) and chunk is not NO_CHUNK:
                chunk = encode_chunk(chunk)
        except StopIteration as error:
            # What a generator makes of it (PEP 479).
            self.end()
            raise RuntimeError("generator raised StopIteration") from error
        except BaseException:
            self.end()
            raise
        if chunk is NO_CHUNK:
            self.end()
        self.running = False
        return chunk

    cdef object next_chunk(self):
        """Return what the body's iterator gives, ``NO_CHUNK`` at its end."""
        cdef PyObject *owned
        cdef bint found

        if self.iterator is None:
            self.iterator = PyObject_GetIter(self.chunks)
        iterator = self.iterator
        if PyGen_CheckExact(iterator):
            # Its frame counts for the recursion limit.
            found = fr_next(iterator, &owned)
        else:
            fr_enter_nested(" while iterating over a response")
            try:
                found = fr_next(iterator, &owned)
            finally:
                fr_leave_nested()
        if not found:
            return NO_CHUNK
        chunk = <object>owned
        Py_DECREF(owned)
        return chunk

    cdef int end(self) except -1:
        """No more chunks; lets go of them."""
        self.ended = True
        self.running = False
        self.iterator = None
        self.chunks = None
        return 0

    @cython.critical_section
    def close(self):
        """Ends the iteration, closes the body, then calls what was registered
        with ``call_on_close``, in order.

        Source: ``werkzeug.wrappers.Response.close``.
        """
        if self.running:
            raise ValueError("generator already executing")
        self.end()
        if not has_nothing_to_close(self.response):
            fr_enter_nested(" while closing a response")
            try:
                close_response(self.response)
            finally:
                fr_leave_nested()


cdef bint has_nothing_to_close(object response) except -1:
    """Return whether a response has a list or tuple for its body and nothing
    registered with ``call_on_close``."""
    if overridden(type(response)) & HOOK_STATE:
        return False
    attributes = fr_instance_dict(response)
    body = fr_dict_get(attributes, NAME_RESPONSE)
    if not PyList_CheckExact(body) and not PyTuple_CheckExact(body):
        return False
    callbacks = fr_dict_get(attributes, NAME_ON_CLOSE)
    return PyList_CheckExact(callbacks) and PyList_GET_SIZE(callbacks) == 0


cdef int close_response(object response) except -1:
    """Do what ``Response.close`` does."""
    body = response.response
    try:
        body.close
    except AttributeError:
        pass
    else:
        response.response.close()
    for callback in response._on_close:
        callback()
    return 0


cdef object encode_chunk(object chunk):
    """Return a chunk as Werkzeug's ``iter_encoded`` yields it."""
    if PyUnicode_CheckExact(chunk):
        return utf8(chunk)
    # Not isinstance(chunk, str), which compiles to a check of the type alone:
    # proxies such as LocalProxy say through __class__ what they stand for.
    if PyObject_IsInstance(chunk, str):
        return chunk.encode()
    return chunk


cdef inline bint has_no_body(long status):
    return 100 <= status < 200 or status == 204 or status == 304


cdef object remove_entity_headers = found_in(werkzeug_response, "remove_entity_headers")
cdef Watch entity_watch = Watch((werkzeug_response, "remove_entity_headers"))
# Whether that function drops a field, by the name of it.
cdef dict entity_names = {}


if entity_watch.genuine:
    for name in (
        *(CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, DATE, ETAG, SET_COOKIE, VARY),
        *("Cache-Control", "Expires", "Last-Modified"),
    ):
        fields = [(name, "")]
        remove_entity_headers(fields)
        entity_names[name] = not fields


cdef bint drop_entity_fields(list items) except -1:
    """``remove_entity_headers(items)``; false, with nothing done, when somebody has
    replaced that function.

    :param items: pairs of exact strings.
    """
    cdef list kept = []

    if not intact(entity_watch):
        return False
    for item in items:
        name = <object>PyTuple_GET_ITEM(item, 0)
        drops = fr_dict_get(entity_names, name)
        if drops is None:
            # Another name: the function looks at each.
            remove_entity_headers(items)
            return True
        if drops is False:
            kept.append(item)
    items[:] = kept
    return True


cdef list wsgi_fields(uint32_t known, object headers, object body, long status):
    """Return the fields that ``get_wsgi_headers`` gives; ``None`` where Werkzeug's
    method has to do it. Calls nothing that a user could observe.

    :param known: what :func:`overridden` said of the class.
    """
    cdef list items
    cdef Py_ssize_t at
    cdef Py_ssize_t length
    cdef Py_ssize_t location = -1
    cdef bint has_length = False
    cdef bint bodiless = has_no_body(status)
    cdef bint is_exact

    if known & HOOK_IS_SEQUENCE:
        return None
    items = iterated_fields(headers)
    if items is None:
        return None
    items = PySequence_List(items)
    for at in range(PyList_GET_SIZE(items)):
        item = <object>PyList_GET_ITEM(items, at)
        if item is TEXT_HTML_FIELD:
            continue
        if not is_field(item):
            return None
        name = <object>PyTuple_GET_ITEM(item, 0)
        value = <object>PyTuple_GET_ITEM(item, 1)
        if has_line_break(value):
            return None
        if name is CONTENT_LENGTH:
            has_length = True
            continue
        if name is CONTENT_TYPE or name is SET_COOKIE:
            continue
        if has_line_break(name):
            return None
        if is_named(name, CONTENT_LENGTH):
            has_length = True
        elif is_named(name, LOCATION):
            if location >= 0:
                return None
            location = at
        elif is_named(name, CONTENT_LOCATION):
            return None

    if location >= 0 and not relocate(items, location, known):
        return None
    if status == 304:
        if not drop_entity_fields(items):
            return None
    elif bodiless and has_length:
        items = [
            item
            for item in items
            if not is_named(<object>PyTuple_GET_ITEM(item, 0), CONTENT_LENGTH)
        ]
    if known & DEFAULT_LENGTH_OFF:
        return items
    if not known & DEFAULT_LENGTH_ON:
        return None
    is_exact = PyList_CheckExact(body) or PyTuple_CheckExact(body)
    if not is_exact and not PyGen_CheckExact(body) and not has_own_class(body):
        # Werkzeug asks the object, with and without a length.
        return None
    if bodiless or has_length or not (PyList_Check(body) or PyTuple_Check(body)):
        return items
    if known & HOOK_ITER_ENCODED or not is_exact:
        return None
    length = chunks_size(body)
    if length < 0:
        return None
    items.append(length_field(length))
    return items


cdef Py_ssize_t chunks_size(object chunks) noexcept:
    """Return how many bytes the chunks of a list or tuple have when encoded, -1
    where Werkzeug has to say."""
    cdef Py_ssize_t at
    cdef Py_ssize_t size
    cdef Py_ssize_t length = 0
    cdef PyObject **borrowed_chunks

    with cython.critical_section(chunks):
        borrowed_chunks = PySequence_Fast_ITEMS(chunks)
        for at in range(PySequence_Fast_GET_SIZE(chunks)):
            if PyBytes_CheckExact(<object>borrowed_chunks[at]):
                size = PyBytes_GET_SIZE(<object>borrowed_chunks[at])
            elif PyUnicode_CheckExact(<object>borrowed_chunks[at]):
                size = exact_utf8_size(<object>borrowed_chunks[at])
                if size < 0:
                    return -1
            else:
                return -1
            if size > PY_SSIZE_T_MAX - length:
                return -1
            length += size
    return length


cdef inline Py_ssize_t exact_utf8_size(object text) noexcept:
    """Return the size of an exact ``str`` encoded, -1 for one with surrogates."""
    cdef Py_ssize_t size

    if PyUnicode_IS_COMPACT_ASCII(text):
        return PyUnicode_GET_LENGTH(text)
    size = <Py_ssize_t>utf8_size(text)
    return size if size > 0 else -1


cdef object application_iterator(
    object self,
    uint32_t known,
    long status,
    object body,
    object passed_through,
    object environ,
):
    """Return what ``get_app_iter`` gives; ``None`` where Werkzeug's method has to do
    it. Calls nothing that a user could observe.

    :param known: what :func:`overridden` said of the class.
    """
    cdef ApplicationIterator iterator
    cdef bint empty

    if known & (HOOK_ITER_ENCODED | HOOK_CLOSE) or not PyDict_CheckExact(environ):
        return None
    method = fr_dict_get(environ, "REQUEST_METHOD")
    if not PyUnicode_CheckExact(method):
        return None
    empty = has_no_body(status) or (
        PyUnicode_GET_LENGTH(method) == 4 and method == "HEAD"
    )
    if not empty and passed_through is not NOT_PASSED_THROUGH:
        return body if passed_through is True else None
    iterator = ApplicationIterator.__new__(ApplicationIterator)
    iterator.response = self
    if empty:
        iterator.ended = True
    else:
        iterator.chunks = body
    return iterator


cdef object emitted(
    object self, uint32_t known, object environ, object start_response
):
    """Return what ``get_wsgi_response`` gives, or what ``__call__`` gives; ``None``,
    with nothing called, where Werkzeug's method has to do it.

    :param start_response: ``ABSENT`` for ``get_wsgi_response``.
    """
    cdef BorrowedState borrowed
    cdef list items

    attributes = fr_unshared(fr_instance_dict(self))
    if not read_state(attributes, &borrowed):
        return None
    headers = <object>borrowed.headers
    status = <object>borrowed.status
    body = <object>borrowed.response
    passed_through = <object>borrowed.direct_passthrough
    if not is_rendered(status, borrowed.code) and not is_field_value(status):
        return None
    items = wsgi_fields(known, headers, body, borrowed.code)
    if items is None:
        return None
    iterator = application_iterator(
        self, known, borrowed.code, body, passed_through, environ
    )
    if iterator is None:
        return None
    fr_count(FR_EMITTED)
    if start_response is ABSENT:
        return iterator, status, items
    start_response(status, items)
    return iterator


cdef object get_wsgi_response(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef uint32_t known = overridden(type(self))
    cdef object answer = None

    if has_positional(count, names, 1, 1) and not known & RESPONSE_NEEDS:
        answer = emitted(self, known, <object>args[0], ABSENT)
    if answer is None:
        answer = delegate(self, "get_wsgi_response", args, count, names)
        if type(answer) is tuple and PyTuple_GET_SIZE(answer) == 3:
            status = <object>PyTuple_GET_ITEM(answer, 1)
            headers = <object>PyTuple_GET_ITEM(answer, 2)
            refuse_line_breaks(status, headers)
    return answer


cdef object call(object self, tuple args, PyObject *kwargs):
    cdef uint32_t known = overridden(type(self))
    cdef object app_iter = None

    if (
        PyTuple_GET_SIZE(args) != 2
        or (kwargs is not NULL and PyDict_GET_SIZE(<object>kwargs) != 0)
        or known & SHADOWED_CALL
    ):
        return delegate_call(self, "__call__", args, kwargs)
    environ = <object>PyTuple_GET_ITEM(args, 0)
    start_response = <object>PyTuple_GET_ITEM(args, 1)
    if not known & CALL_NEEDS:
        app_iter = emitted(self, known, environ, start_response)
    if app_iter is None:
        # What Werkzeug's __call__ does, with a look at what is sent.
        app_iter, status, headers = unpack_response(self.get_wsgi_response(environ))
        refuse_line_breaks(status, headers)
        start_response(status, headers)
    return app_iter


cdef int refuse_line_breaks(object status, object headers) except -1:
    """Raise ValueError for CR, LF or NUL, before anything is sent."""
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
