# HTML escaping, spelled as markupsafe spells it.

# By byte. Those that are not ASCII have no size: they are not known.
cdef fr_escape[256] html_escapes


cdef int fill_html_escapes() except -1:
    for code in range(128):
        text = str(escape(chr(code))).encode()
        if 0 < len(text) <= <Py_ssize_t>sizeof(html_escapes[code].bytes):
            html_escapes[code].size = <uint8_t>len(text)
            memcpy(html_escapes[code].bytes, <const char *>text, len(text))
    return 0


fill_html_escapes()


cdef bytes html_escaped(object text):
    """``escape(text)`` as bytes; ``None`` for one that is not ASCII or too long.

    :param text: an exact ``str``.
    """
    cdef const uint8_t *chars
    cdef size_t count = <size_t>PyUnicode_GET_LENGTH(text)
    cdef size_t size

    if not PyUnicode_IS_COMPACT_ASCII(text) or count > HTML_TEXT_MAX:
        return None
    chars = latin1_data(text)
    size = fr_escape_measure(chars, count, html_escapes)
    if size == SIZE_MAX:
        return None
    if size == count:
        return PyBytes_FromStringAndSize(<const char *>chars, <Py_ssize_t>size)
    escaped = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size)
    fr_escape_fill(chars, count, html_escapes, <uint8_t *>PyBytes_AS_STRING(escaped))
    return escaped


cdef enum:
    # Sizes of shorter texts cannot overflow.
    HTML_TEXT_MAX = 1 << 20
