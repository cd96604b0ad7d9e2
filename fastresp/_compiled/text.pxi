# Strings, read where they are.

cdef inline bint is_latin1(object text):
    """Return whether an exact ``str`` can be read through ``latin1_data``."""
    return PyUnicode_IS_READY(text) and PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND


cdef inline const uint8_t *latin1_data(object text):
    return <const uint8_t *>PyUnicode_DATA(text)


cdef inline bint has_line_break(object text):
    """Return whether a latin-1 ``str`` contains CR, LF or NUL."""
    return fr_has_line_break(latin1_data(text), <size_t>PyUnicode_GET_LENGTH(text))


cdef bint breaks_line(object text) except -1:
    """Return whether a ``str`` contains CR, LF or NUL; false for other types."""
    if not isinstance(text, str):
        return False
    if is_latin1(text):
        return has_line_break(text)
    for char in (c'\r', c'\n', 0):
        if PyUnicode_FindChar(text, char, 0, PyUnicode_GET_LENGTH(text), 1) >= 0:
            return True
    return False


cdef inline bint is_named(object name, object other):
    """Return whether two latin-1 ``str`` are the same name of a field, in any case."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(name)

    return size == PyUnicode_GET_LENGTH(other) and fr_equal_fold(
        latin1_data(name), latin1_data(other), <size_t>size
    )


cdef inline bytes utf8(object text):
    """Encode an exact ``str`` as UTF-8."""
    if PyUnicode_IS_COMPACT_ASCII(text):
        return PyBytes_FromStringAndSize(
            <const char *>PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text)
        )
    return wide_utf8(text)


cdef size_t utf8_size(object text):
    """Return the size of an exact ``str`` in UTF-8; 0 if it contains a surrogate:
    the caller then lets CPython raise UnicodeEncodeError."""
    if not PyUnicode_IS_READY(text):
        return 0
    return fr_utf8_encoded_size(
        PyUnicode_DATA(text),
        <size_t>PyUnicode_KIND(text),
        <size_t>PyUnicode_GET_LENGTH(text),
    )


cdef bytes wide_utf8(object text):
    """Encode an exact ``str`` that need not be ASCII."""
    cdef Py_ssize_t size
    cdef Py_ssize_t room
    cdef size_t written
    cdef PyObject *encoded
    cdef int kind

    if not PyUnicode_IS_READY(text):
        return PyUnicode_AsUTF8String(text)
    size = PyUnicode_GET_LENGTH(text)
    kind = PyUnicode_KIND(text)
    # What it takes at most, as CPython's own encoder has it: two bytes for a character
    # of one, three for two, four for four.
    room = 4 if kind == 4 else kind + 1
    if size > PY_SSIZE_T_MAX // room:
        raise MemoryError()
    encoded = fr_new_bytes(NULL, size * room)
    written = fr_utf8_encode(
        PyUnicode_DATA(text),
        <size_t>kind,
        <size_t>size,
        <uint8_t *>PyBytes_AS_STRING(<object>encoded),
    )
    if written == 0:
        # A surrogate, which CPython has the exception for.
        Py_DECREF(encoded)
        return PyUnicode_AsUTF8String(text)
    _PyBytes_Resize(&encoded, <Py_ssize_t>written)
    result = <object>encoded
    Py_DECREF(encoded)
    return result


cdef enum:
    # Longer texts are not for a header; sizes of shorter ones cannot overflow.
    COOKIE_TEXT_MAX = 1 << 20


cdef inline bint is_short_ascii(PyObject *value) noexcept:
    return (
        PyUnicode_CheckExact(<object>value)
        and PyUnicode_IS_COMPACT_ASCII(<object>value)
        and PyUnicode_GET_LENGTH(<object>value) <= COOKIE_TEXT_MAX
    )


cdef inline fr_text text_of(PyObject *value) noexcept:
    cdef fr_text text

    text.bytes = latin1_data(<object>value)
    text.size = <size_t>PyUnicode_GET_LENGTH(<object>value)
    return text


cdef inline bint read_text(PyObject *value, fr_text *text) noexcept:
    """Read an ASCII text or ``None``; false for others."""
    text.bytes = NULL
    if <object>value is None:
        return True
    if not is_short_ascii(value):
        return False
    text[0] = text_of(value)
    return True


cdef object read_utf8(object value, fr_text *text):
    """Read a text in UTF-8, and return what holds its bytes; ``None`` for others."""
    if not PyUnicode_CheckExact(value) or PyUnicode_GET_LENGTH(value) > COOKIE_TEXT_MAX:
        return None
    if PyUnicode_IS_COMPACT_ASCII(value):
        text[0] = text_of(<PyObject *>value)
        return value
    try:
        encoded = utf8(value)
    except UnicodeEncodeError:
        return None
    text.bytes = <const uint8_t *>PyBytes_AS_STRING(encoded)
    text.size = <size_t>PyBytes_GET_SIZE(encoded)
    return encoded
