# Status-line rendering.

# Werkzeug's method does not look at `self` today; a later one may.
cdef object blank_response = WerkzeugResponse.__new__(WerkzeugResponse)
cdef object stock_clean_status = class_attribute(STOCK_CLASSES, "_clean_status")
HTTP_STATUS_CODES = found_in(werkzeug_http, "HTTP_STATUS_CODES")
cdef bint STATUS_IS_KNOWN = (
    is_stock("_clean_status") and type(HTTP_STATUS_CODES) is dict
)
if not STATUS_IS_KNOWN:
    HTTP_STATUS_CODES = {}

# At index `code`: (phrase at import, what Werkzeug made of it) or None. An
# entry counts as long as Werkzeug's table still holds that very phrase.
cdef list rendered_statuses = [None] * (max(HTTP_STATUS_CODES, default=0) + 1)
for code, phrase in HTTP_STATUS_CODES.items():
    rendered_statuses[code] = (phrase, blank_response._clean_status(code))
cdef object OK = 200


cdef inline bint has_phrase(object code, object phrase) except -1:
    """Return whether Werkzeug's table still has the phrase it had at import."""
    return PyDict_GetItemWithError(HTTP_STATUS_CODES, code) is <PyObject *>phrase


cdef tuple render_code(object code):
    """Return status line and code for an exact ``int``."""
    cdef int overflow = 0
    cdef long index = PyLong_AsLongAndOverflow(code, &overflow)

    if 0 <= index < PyList_GET_SIZE(rendered_statuses):
        entry = <object>PyList_GET_ITEM(rendered_statuses, index)
        if entry is not None:
            phrase = <object>PyTuple_GET_ITEM(entry, 0)
            if has_phrase(code, phrase):
                return <tuple>PyTuple_GET_ITEM(entry, 1)
    return stock_clean_status(blank_response, code)


cdef inline bint is_rendered(object text, long code):
    """Return whether ``text`` is what :func:`render_code` gave for ``code``: then
    it needs no inspection."""
    if not 0 <= code < PyList_GET_SIZE(rendered_statuses):
        return False
    entry = <object>PyList_GET_ITEM(rendered_statuses, code)
    return entry is not None and <PyObject *>text is PyTuple_GET_ITEM(
        <object>PyTuple_GET_ITEM(entry, 1), 0
    )


cdef enum:
    SPACE = 0x20
    ZERO = 0x30
    DELETE = 0x7F


cdef tuple render(object status):
    cdef Py_ssize_t size, at
    cdef uint32_t char
    cdef long code

    if PyLong_CheckExact(status):
        return render_code(status)
    if type(status) is HTTPStatus:
        return render_code(int(status))
    if PyUnicode_CheckExact(status) and PyUnicode_IS_COMPACT_ASCII(status):
        # Digits, and perhaps a space and a phrase that no strip() would touch.
        size = PyUnicode_GET_LENGTH(status)
        code = 0
        for at in range(size if size < 6 else 6):
            char = PyUnicode_READ_CHAR(status, at)
            if ZERO <= char <= ZERO + 9:
                code = code * 10 + <long>(char - ZERO)
                if at == size - 1:
                    return render_code(code)
            elif char == SPACE and at > 0:
                char = PyUnicode_READ_CHAR(status, size - 1)
                if SPACE < char < DELETE:
                    return status, code
                break
            else:
                break
    return stock_clean_status(blank_response, status)
