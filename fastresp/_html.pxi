# HTML escaping, spelled as markupsafe spells it.

cdef enum:
    LONGEST_ESCAPE = 8

# By ASCII character.
cdef uint8_t[128] escape_sizes
cdef uint8_t[128][LONGEST_ESCAPE] escape_texts


cdef int fill_escapes() except -1:
    cdef Py_ssize_t at, code

    for code in range(128):
        text = str(escape(chr(code))).encode()
        if not 0 < len(text) <= LONGEST_ESCAPE:
            raise ImportError(f"markupsafe escapes {chr(code)!r} as {text!r}")
        escape_sizes[code] = <uint8_t>len(text)
        for at in range(len(text)):
            escape_texts[code][at] = text[at]
    return 0


fill_escapes()


cdef bytes html_escaped(object text):
    """``escape(text)`` as bytes.

    :param text: an exact ``str`` in ASCII.
    """
    cdef const uint8_t *chars = latin1_data(text)
    cdef Py_ssize_t count = PyUnicode_GET_LENGTH(text)
    cdef Py_ssize_t size = 0
    cdef Py_ssize_t at
    cdef uint8_t *out

    for at in range(count):
        size += escape_sizes[chars[at]]
    if size == count:
        return PyBytes_FromStringAndSize(<const char *>chars, size)
    escaped = PyBytes_FromStringAndSize(NULL, size)
    out = <uint8_t *>PyBytes_AS_STRING(escaped)
    for at in range(count):
        memcpy(out, escape_texts[chars[at]], escape_sizes[chars[at]])
        out += escape_sizes[chars[at]]
    return escaped
