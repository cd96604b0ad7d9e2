# Strings, numbers and constants.

cdef inline uint8_t *write_string(
    Encoder *e, PyObject *text, uint8_t *out
) except NULL:
    """Write a string from ``out`` on, whatever room there is; return its end."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(<object>text)
    cdef uint8_t *data

    if size > CHUNK or not PyUnicode_IS_COMPACT_ASCII(<object>text):
        e.at = out
        put_any_string(e, text)
        return e.at
    if e.limit - out < size * FR_JSON_MAX_1 + 2:
        out = reserve_at(e, out, size * FR_JSON_MAX_1 + 2)
    data = <uint8_t *>PyUnicode_DATA(<object>text)
    out[0] = c'"'
    out += 1 + fr_json_fill(data, <size_t>size, e.ensure_ascii, out + 1)
    out[0] = c'"'
    return out + 1


cdef int put_any_string(Encoder *e, PyObject *text) except -1:
    cdef Py_ssize_t size
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t part
    cdef Py_ssize_t fitting
    cdef Py_ssize_t widest
    cdef uint8_t *data
    cdef int kind

    PyUnicode_READY(<object>text)
    size = PyUnicode_GET_LENGTH(<object>text)
    kind = PyUnicode_KIND(<object>text)
    data = <uint8_t *>PyUnicode_DATA(<object>text)
    widest = FR_JSON_MAX_4 if kind == 4 else FR_JSON_MAX_1
    if not e.ensure_ascii and not PyUnicode_IS_COMPACT_ASCII(<object>text):
        e.wide = True
    put_byte(e, c'"')
    while True:
        # As many characters as are sure to fit. Most strings grow little, and
        # room for the worst case of all of a long one would be a waste.
        part = size - at
        if part > CHUNK:
            reserve(e, part + CHUNK * widest)
            fitting = (e.limit - e.at) // widest
            part = fitting if fitting < part else part
        else:
            reserve(e, part * widest)
        if kind == 1:
            e.at += fr_json_fill(data + at, <size_t>part, e.ensure_ascii, e.at)
        else:
            e.at += fr_json_fill_wide(
                data + at * kind,
                <size_t>kind,
                <size_t>part,
                e.ensure_ascii,
                e.at,
                &e.surrogates,
            )
        at += part
        if at == size:
            return put_byte(e, c'"')


cdef inline int put_string(Encoder *e, PyObject *text) except -1:
    e.at = write_string(e, text, e.at)
    return DONE


cdef int put_integer(Encoder *e, PyObject *number) except -1:
    """Write an ``int`` by its value, even if its class has a spelling of its own."""
    cdef uint8_t *end

    reserve(e, FR_DECIMAL_MAX)
    end = write_integer(number, e.at)
    if end is not NULL:
        e.at = end
        return DONE
    owner = <object>number
    # Many digits are made by a function written in Python, while others may run.
    own_frames(e, e.depth)
    text = int.__repr__(owner)
    return put_text(
        e,
        <const char *>PyUnicode_DATA(text),
        PyUnicode_GET_LENGTH(text),
    )


cdef inline uint8_t *write_integer(PyObject *number, uint8_t *out) noexcept:
    """Write the value of an ``int``; return its end, ``NULL`` for more than 64 bits."""
    cdef int overflow = 0
    cdef int64_t value = PyLong_AsLongLongAndOverflow(<object>number, &overflow)

    return NULL if overflow else out + fr_decimal_fill_signed(value, out)


cdef inline uint8_t *write_number(PyObject *value, uint8_t *out) noexcept:
    """Write a number or a constant, as :func:`write_scalar`."""
    cdef double number

    if Py_TYPE(<object>value) is &PyLong_Type:
        return write_integer(value, out)
    if Py_TYPE(<object>value) is &PyFloat_Type:
        number = PyFloat_AS_DOUBLE(<object>value)
        return out + fr_double_fill(number, out) if Py_IS_FINITE(number) else NULL
    if value is Py_None:
        memcpy(out, b"null", 4)
        return out + 4
    if value is Py_True:
        memcpy(out, b"true", 4)
        return out + 4
    if value is Py_False:
        memcpy(out, b"false", 5)
        return out + 5
    return NULL


cdef inline uint8_t *write_scalar(
    Encoder *e, PyObject *value, uint8_t *out
) except? NULL:
    """Write a string, a number or a constant, if ``value`` is just that, and a number
    is finite and has at most 64 bits. Nothing is called.

    There is ``SCALAR_ROOM`` behind ``out``.

    :return: its end, or ``NULL`` for anything else.
    """
    if Py_TYPE(<object>value) is &PyUnicode_Type:
        return write_string(e, value, out)
    return write_number(value, out)


cdef int put_float(Encoder *e, PyObject *number) except -1:
    """Write a ``float`` of any class and value."""
    cdef double value = PyFloat_AS_DOUBLE(<object>number)

    if Py_IS_FINITE(value):
        reserve(e, FR_DOUBLE_ROOM)
        e.at += fr_double_fill(value, e.at)
        return DONE
    if value > 0:
        return put_text(e, b"Infinity", 8)
    if value < 0:
        return put_text(e, b"-Infinity", 9)
    return put_text(e, b"NaN", 3)
