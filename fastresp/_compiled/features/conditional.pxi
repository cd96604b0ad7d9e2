# Conditional answers: the body of make_conditional.

# What Werkzeug's method looks up, under these names.
cdef Watch conditional_watch = Watch(
    (werkzeug_response, "_get_environ", "http_date", "is_resource_modified"),
    *(
        [(werkzeug_response, "parse_etags")]
        if "parse_etags" in werkzeug_response.__dict__
        # From Werkzeug 3.2 on, the class parses.
        else [(werkzeug_response, "ETags"), (ETags, "from_header")]
    ),
)
cdef object get_environ = found_in(werkzeug_response, "_get_environ")


# --- entity tags -----------------------------------------------------------

cdef uint8_t[256] etag_members


cdef int fill_etag_members() except -1:
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for char in letters + b"0123456789-._:+=/":
        etag_members[<uint8_t>char] = 1
    return 0


fill_etag_members()


cdef fr_text plain_etag(object value) noexcept:
    """Return what is between the quotation marks of an entity tag, weak or strong;
    ``bytes`` is ``NULL`` for a value that is not plainly an entity tag."""
    cdef fr_text nothing, text

    nothing.bytes = NULL
    nothing.size = 0
    if not is_short_ascii(<PyObject *>value):
        return nothing
    text = text_of(<PyObject *>value)
    if text.size > 2 and text.bytes[0] == c'W' and text.bytes[1] == c'/':
        text.bytes += 2
        text.size -= 2
    if (
        text.size < 3
        or text.bytes[0] != c'"'
        or text.bytes[text.size - 1] != c'"'
        or not fr_all_in(text.bytes + 1, text.size - 2, etag_members)
    ):
        return nothing
    text.bytes += 1
    text.size -= 2
    return text


# --- the request's conditions ----------------------------------------------


cdef enum Outcome:
    OUTCOME_UNKNOWN
    OUTCOME_MODIFIED
    OUTCOME_NOT_MODIFIED


cdef Outcome compare(dict environ, list items) except *:
    """Return what ``is_resource_modified`` decides, if the entity tag decides alone and
    the response has a length."""
    cdef fr_text ours, theirs

    if (
        field_named(items, "Last-Modified") is not ABSENT
        or not PyUnicode_CheckExact(field_named(items, CONTENT_LENGTH))
        or PyDict_GetItemWithError(environ, "HTTP_IF_MATCH") is not NULL
        or PyDict_GetItemWithError(environ, "HTTP_IF_MODIFIED_SINCE") is not NULL
    ):
        return OUTCOME_UNKNOWN
    etag = field_named(items, ETAG)
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    if wanted is None:
        return OUTCOME_MODIFIED
    ours = plain_etag(etag)
    theirs = plain_etag(wanted)
    if ours.bytes is NULL or theirs.bytes is NULL:
        return OUTCOME_UNKNOWN
    if ours.size != theirs.size or memcmp(ours.bytes, theirs.bytes, ours.size):
        return OUTCOME_MODIFIED
    return OUTCOME_NOT_MODIFIED


cdef object current_date():
    """``http_date()``; ``None`` if Werkzeug has to make it."""
    cdef int64_t second
    # Read as the standard library reads it, so that a clock that was set counts.
    now = time_module.time()

    second = whole_second(PyFloat_AS_DOUBLE(now)) if PyFloat_CheckExact(now) else -1
    if second < 0:
        return None
    text = PyUnicode_New(FR_DATE_SIZE, 127)
    fr_date_fill(second, <uint8_t *>PyUnicode_DATA(text))
    return text


cdef bint is_answered(object self, object environ) except -1:
    """Do what ``make_conditional`` does; false, with nothing done, where Werkzeug has
    to."""
    cdef BorrowedState borrowed
    cdef Outcome outcome
    cdef list items

    if not PyDict_CheckExact(environ):
        return False
    method = environ.get("REQUEST_METHOD")
    attributes = fr_instance_dict(self)
    seen = fr_unshared(attributes)
    if (
        not PyUnicode_CheckExact(method)
        or not (method == "GET" or method == "HEAD")
        or not read_state(seen, &borrowed)
    ):
        return False
    headers = <object>borrowed.headers
    items = fields_of(headers)
    if items is None:
        return False
    outcome = compare(environ, items)
    date = field_named(items, DATE)
    if outcome == OUTCOME_UNKNOWN or date is MIXED:
        return False
    if date is ABSENT:
        date = current_date()
        if date is None:
            return False
        PyList_Append(items, (DATE, date))
    if outcome == OUTCOME_NOT_MODIFIED:
        assign_status(attributes, NOT_MODIFIED)
    return True


cdef object make_conditional(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    if (
        not has_positional(count, names, 1, 1)
        or overridden(type(self)) & CONDITIONAL_NEEDS
        or not intact(conditional_watch)
    ):
        return delegate(self, "make_conditional", args, count, names)
    # Once only, as it may be anything's attribute.
    request = get_environ(<object>args[0])
    environ = <PyObject *>request
    if not is_answered(self, request):
        return delegate(self, "make_conditional", &environ, 1, NULL)
    return self


cdef object NOT_MODIFIED = 304
