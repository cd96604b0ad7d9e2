# cython: language_level=3, binding=True, auto_pickle=False
# cython: boundscheck=False, wraparound=False, cdivision=True
"""JSON text as :func:`json.dumps` writes it, as bytes.

:func:`encode` walks the objects and writes into one growing buffer. It is the
standard library's C encoder once more, step by step: what that one takes from
an object without asking its class, and what it calls, in which order and how
often. ``_json_text.pxi`` has the buffer and the leaves, ``_json_dict.pxi`` the
order of keys, this file the walk.

Two forms of the standard encoder are left to it wherever they can be told
apart from here: indented output when it meets anything but the exact types,
and Python versions whose encoder is not known. :func:`encode` then answers
``None``, and has not called anything yet.
"""

from cpython.bytes cimport PyBytes_AS_STRING
from cpython.object cimport PyObject
from cpython.object cimport PyTypeObject
from libc.stdint cimport int64_t
from libc.stdint cimport uint8_t
from libc.stdint cimport uint16_t
from libc.stdint cimport uint32_t
from libc.stdint cimport uint64_t
from libc.string cimport memcpy
from libc.string cimport memmove
from libc.string cimport memset

from ._cpython cimport fr_assign_type_tag
from ._cpython cimport fr_dict_version
from ._cpython cimport fr_referent
from ._cpython cimport fr_type_tag
from ._src_c cimport FR_DECIMAL_MAX
from ._src_c cimport FR_DOUBLE_ROOM
from ._src_c cimport FR_JSON_MAX_1
from ._src_c cimport FR_JSON_MAX_4
from ._src_c cimport fr_decimal_fill_signed
from ._src_c cimport fr_double_fill
from ._src_c cimport fr_json_escape_1
from ._src_c cimport fr_json_escape_2
from ._src_c cimport fr_json_escape_4
from ._src_c cimport fr_json_prefix
from ._src_c cimport fr_json_utf8_1
from ._src_c cimport fr_json_utf8_2
from ._src_c cimport fr_json_utf8_4
from ._src_c cimport fr_utf8_decode_1
from ._src_c cimport fr_utf8_decode_2
from ._src_c cimport fr_utf8_decode_4
from ._src_c cimport fr_utf8_decoded_size

cdef extern from "_lost_exceptions.h":
    pass

import json
import json.encoder

from json import JSONEncoder
from json.encoder import encode_basestring_ascii

cdef extern from *:
    """
    /* From 3.12 on, the standard encoder walks a dict that it does not sort
     * while others may change it; before, it took the items first. */
    #define FR_JSON_WALKS_LIVE (PY_VERSION_HEX >= 0x030C0000)
    /* Before, calls of Python functions and of C functions have one limit. */
    #define FR_JSON_COUNTS_FRAMES (PY_VERSION_HEX < 0x030C0000)
    /* Later ones add notes to exceptions. */
    #define FR_JSON_IS_KNOWN (PY_VERSION_HEX < 0x030E0000)

    static inline void fr_set_size(PyObject *object, Py_ssize_t size)
    {
        Py_SET_SIZE((PyVarObject *)object, size);
    }

    /* For an exception that is set already. */
    static inline PyObject *fr_raise(void)
    {
        return NULL;
    }
    """
    object fr_raise()
    bint FR_JSON_WALKS_LIVE
    bint FR_JSON_COUNTS_FRAMES
    bint FR_JSON_IS_KNOWN

cdef extern from "Python.h":
    PyTypeObject PyUnicode_Type
    PyTypeObject PyLong_Type
    PyTypeObject PyFloat_Type
    PyTypeObject PyDict_Type
    PyTypeObject PyList_Type
    PyTypeObject PyTuple_Type
    PyTypeObject *Py_TYPE(PyObject *)
    void Py_INCREF(PyObject *)
    void Py_DECREF(PyObject *)
    void Py_XDECREF(PyObject *)
    PyObject *Py_None
    PyObject *Py_True
    PyObject *Py_False
    bint PyUnicode_Check(PyObject *)
    bint PyLong_Check(PyObject *)
    bint PyFloat_Check(PyObject *)
    bint PyDict_Check(PyObject *)
    bint PyList_Check(PyObject *)
    bint PyTuple_Check(PyObject *)
    int PyUnicode_READY(PyObject *) except -1
    int PyUnicode_KIND(PyObject *)
    void *PyUnicode_DATA(PyObject *)
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject *)
    bint PyUnicode_IS_COMPACT_ASCII(PyObject *)
    int PyUnicode_Compare(PyObject *, PyObject *)
    object PyUnicode_New(Py_ssize_t, Py_UCS4)
    int64_t PyLong_AsLongLongAndOverflow(PyObject *, int *)
    double PyFloat_AS_DOUBLE(PyObject *)
    bint Py_IS_FINITE(double)
    Py_ssize_t Py_SIZE(PyObject *)
    void Py_SET_SIZE "fr_set_size" (PyObject *, Py_ssize_t) noexcept
    PyObject **PySequence_Fast_ITEMS(PyObject *)
    object PySequence_Fast(object, const char *)
    Py_ssize_t PyDict_GET_SIZE(PyObject *)
    int PyDict_Next(PyObject *, Py_ssize_t *, PyObject **, PyObject **)
    list PyMapping_Items(PyObject *)
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    object PyObject_GenericGetDict(object, void *)
    bint PyWeakref_CheckProxy(object)
    int PyList_Sort(object) except -1
    Py_ssize_t PyList_GET_SIZE(PyObject *)
    PyObject *PyList_GET_ITEM(PyObject *, Py_ssize_t)
    Py_ssize_t PyTuple_GET_SIZE(PyObject *)
    PyObject *PyTuple_GET_ITEM(PyObject *, Py_ssize_t)
    object PyObject_CallOneArg(PyObject *, PyObject *)
    int PyObject_IsInstance(object, object) except -1
    bint Py_EnterRecursiveCall(const char *) noexcept
    void Py_LeaveRecursiveCall()
    PyObject *PyErr_Format(object, const char *, ...) except NULL
    object PyBytes_FromStringAndSize(const char *, Py_ssize_t)
    PyObject *new_bytes "PyBytes_FromStringAndSize" (
        const char *, Py_ssize_t
    ) except NULL
    Py_ssize_t PY_SSIZE_T_MAX
    int _PyBytes_Resize(PyObject **, Py_ssize_t) except -1
    int PyObject_IsInstance(object, object) except -1
    void *PyMem_Malloc(size_t)
    void *PyMem_Realloc(void *, size_t)
    void PyMem_Free(void *)

cdef extern from "_dict_layout.h":
    ctypedef struct fr_dict_entry:
        PyObject *key
        PyObject *value
    const fr_dict_entry *fr_dict_entries(PyObject *dict)

include "_json_text.pxi"
include "_json_dict.pxi"


cdef int refuse_circle(Encoder *e) except -1:
    if e.known:
        raise ValueError("Circular reference detected")
    return STANDARD


cdef inline int encode_value(Encoder *e, PyObject *value) except -1:
    cdef PyTypeObject *kind = Py_TYPE(value)
    cdef int answer

    if kind is &PyUnicode_Type:
        return put_string(e, value)
    if kind is &PyLong_Type:
        return put_integer(e, value)
    if kind is &PyFloat_Type:
        return put_float(e, value)
    if value is Py_None:
        return put_word(e, b"null", 4)
    if value is Py_True:
        return put_word(e, b"true", 4)
    if value is Py_False:
        return put_word(e, b"false", 5)
    answer = walk_dict(e, value) if kind is &PyDict_Type else walk(e, value)
    return FAILED if answer == -1 else answer


# encode_container() and encode_dict() without an exception, in Cython's eyes:
# otherwise each level of a deep document would add an entry to the traceback of
# an error.
ctypedef int (*Walk)(Encoder *, PyObject *) noexcept
cdef Walk walk
cdef Walk walk_dict


cdef int encode_container(Encoder *e, PyObject *value) except -1:
    """Anything but an exact dict."""
    cdef PyTypeObject *kind = Py_TYPE(value)

    if kind is &PyList_Type or kind is &PyTuple_Type:
        return encode_list(e, value)
    return encode_other(e, value)


walk = <Walk><void *>encode_container
walk_dict = <Walk><void *>encode_dict


cdef int encode_other(Encoder *e, PyObject *value) except -1:
    """A subclass, or an object for ``default``."""
    if PyUnicode_Check(value):
        return put_string(e, value)
    if not e.known:
        return STANDARD
    if PyLong_Check(value):
        return put_integer(e, value)
    if PyFloat_Check(value):
        return put_float(e, value)
    if PyList_Check(value) or PyTuple_Check(value):
        return encode_list(e, value)
    if PyDict_Check(value):
        return encode_dict(e, value)
    return encode_default(e, value)


cdef object plain_encoder = JSONEncoder()


cdef int encode_default(Encoder *e, PyObject *value) except -1:
    cdef int answer

    if e.check_circular and is_open(e, value):
        return refuse_circle(e)
    open_frame(e, value)
    pin(e)
    if e.default is Py_None:
        substitute = plain_encoder.default(<object>value)
    else:
        substitute = PyObject_CallOneArg(e.default, value)
    enter(e)
    answer = encode_value(e, <PyObject *>substitute)
    if answer != DONE:
        return answer
    leave(e)
    close_frame(e)
    return answer


cdef int encode_list(Encoder *e, PyObject *sequence) except -1:
    """A list or a tuple."""
    cdef bint exact = (
        Py_TYPE(sequence) is &PyList_Type or Py_TYPE(sequence) is &PyTuple_Type
    )
    cdef object items = None

    enter(e)
    if not exact:
        pin(e)
        # What it iterates over, in a list of our own.
        owner = <object>sequence
        items = PySequence_Fast(owner, "_iterencode_list needs a sequence")
    if Py_SIZE(sequence if exact else <PyObject *>items) == 0:
        leave(e)
        return put_text(e, b"[]", 2)
    if e.depth > DEEP and not e.known:
        return STANDARD
    if e.check_circular and is_open(e, sequence):
        return refuse_circle(e)
    open_frame(e, sequence)
    if exact:
        return encode_sequence(e, sequence)
    # Foreign code may run before the frame is closed.
    pin(e)
    own(e, items)
    return encode_sequence(e, <PyObject *>items)


cdef int encode_sequence(Encoder *e, PyObject *sequence) except -1:
    """The items, read where they are: ``default`` may change a list that is
    being walked."""
    cdef Py_ssize_t at = 1
    cdef PyObject *item
    cdef int answer

    put_byte(e, c'[')
    if e.indented:
        put_line(e)
    answer = encode_value(e, PySequence_Fast_ITEMS(sequence)[0])
    if answer != DONE:
        return answer
    while at < Py_SIZE(sequence):
        put_item_separator(e)
        item = PySequence_Fast_ITEMS(sequence)[at]
        if Py_TYPE(item) is &PyFloat_Type:
            answer = put_float(e, item)
        elif Py_TYPE(item) is &PyLong_Type:
            answer = put_integer(e, item)
        else:
            answer = encode_value(e, item)
        if answer != DONE:
            return answer
        at += 1
    close_frame(e)
    if e.indented:
        put_line(e)
    put_byte(e, c']')
    leave(e)
    return DONE


cdef int encode_dict(Encoder *e, PyObject *mapping) except -1:
    cdef int answer

    enter(e)
    if PyDict_GET_SIZE(mapping) == 0:
        leave(e)
        return put_text(e, b"{}", 2)
    if e.depth > DEEP and not e.known:
        return STANDARD
    if e.check_circular and is_open(e, mapping):
        return refuse_circle(e)
    open_frame(e, mapping)
    put_byte(e, c'{')
    if e.indented:
        put_line(e)
    if Py_TYPE(mapping) is not &PyDict_Type:
        answer = encode_items(e, mapping)
    elif e.sort_keys or not FR_JSON_WALKS_LIVE or e.indented:
        answer = encode_pairs(e, mapping)
    else:
        answer = encode_live(e, mapping)
    if answer != DONE:
        return answer
    close_frame(e)
    if e.indented:
        put_line(e)
    put_byte(e, c'}')
    leave(e)
    return DONE


cdef int put_member_start(Encoder *e, PyObject *key, bint *first) except -1:
    """The separator, the key and what comes before the value.

    :return: ``DONE``, ``STANDARD``, or ``SKIP``, for a key that is left out.
    """
    cdef bint is_text = PyUnicode_Check(key)

    if not is_text and not (
        PyFloat_Check(key)
        or key is Py_True
        or key is Py_False
        or key is Py_None
        or PyLong_Check(key)
    ):
        if not e.known:
            return STANDARD
        if e.skipkeys:
            return SKIP
        PyErr_Format(
            TypeError,
            "keys must be str, int, float, bool or None, not %.100s",
            Py_TYPE(key).tp_name,
        )
    if first[0]:
        first[0] = False
    else:
        put_item_separator(e)
    if is_text:
        put_string(e, key)
    else:
        put_byte(e, c'"')
        if encode_value(e, key) != DONE:
            return STANDARD
        put_byte(e, c'"')
    put_key_separator(e)
    return DONE


cdef int encode_live(Encoder *e, PyObject *mapping) except -1:
    """A dict that may change while it is walked: CPython's own iteration."""
    cdef PyObject *key
    cdef PyObject *value
    cdef Py_ssize_t position = 0
    cdef bint first = True
    cdef int answer

    while PyDict_Next(mapping, &position, &key, &value):
        # Owned: writing a key that is no string may take a call.
        _owner = <object>value if Py_TYPE(key) is not &PyUnicode_Type else None
        answer = put_member_start(e, key, &first)
        if answer == SKIP:
            continue
        if answer == DONE:
            answer = encode_value(e, value)
        if answer != DONE:
            return answer
    return DONE


cdef int encode_items(Encoder *e, PyObject *mapping) except -1:
    """What ``items()`` answers with, sorted by ``<`` of the pairs if at all."""
    cdef PyObject *item
    cdef PyObject *value
    cdef Py_ssize_t at = 0
    cdef bint first = True
    cdef int answer

    if not e.known:
        return STANDARD
    pin(e)
    items = PyMapping_Items(mapping)
    if e.sort_keys:
        PyList_Sort(items)
    own(e, items)
    while at < PyList_GET_SIZE(<PyObject *>items):
        item = PyList_GET_ITEM(<PyObject *>items, at)
        at += 1
        if not PyTuple_Check(item) or PyTuple_GET_SIZE(item) != 2:
            raise ValueError("items must return 2-tuples")
        answer = put_member_start(e, PyTuple_GET_ITEM(item, 0), &first)
        if answer == SKIP:
            continue
        value = PyTuple_GET_ITEM(item, 1)
        if answer == DONE:
            answer = encode_value(e, value)
        if answer != DONE:
            return answer
    return DONE


cdef bint is_exact(PyObject *obj) noexcept:
    cdef PyTypeObject *kind = Py_TYPE(obj)

    return (
        kind is &PyDict_Type
        or kind is &PyList_Type
        or kind is &PyTuple_Type
        or kind is &PyUnicode_Type
        or kind is &PyLong_Type
        or kind is &PyFloat_Type
        or obj is Py_True
        or obj is Py_False
        or obj is Py_None
    )


cdef enum:
    SORT_KEYS = 1
    ENSURE_ASCII = 2
    SKIPKEYS = 4
    ALLOW_NAN = 8
    CHECK_CIRCULAR = 16
    # A line feed at the end.
    NEWLINE = 32


# How many texts were written here, for `fastresp.fast_path_counts`.
cdef unsigned long long encoded = 0


cdef bytes encode(
    object obj,
    object default,
    uint32_t options,
    str item_separator,
    str key_separator,
    str indent,
    Py_ssize_t frames,
    Py_ssize_t calls,
    bint *surrogates,
):
    """The text for ``obj``, as ASCII or UTF-8.

    :param default: ``None`` for that of :class:`json.JSONEncoder`.
    :param options: some of the flags above.
    :param item_separator: ASCII, as ``key_separator`` and ``indent``.
    :param indent: what a level is indented by, or ``None`` for no lines.
    :param frames: how many functions written in Python the standard encoder
        would have been called through: up to CPython 3.11, they count for the
        recursion limit.
    :param calls: the levels of that limit that such calls take from 3.12 on,
        where most take none.
    :param surrogates: set to 1 when the text has any; then it is UTF-8 for
        the ``surrogatepass`` error handler only.
    :return: ``None``, with nothing called, for the standard encoder.
    """
    global encoded
    cdef Encoder encoder
    cdef Encoder *e = &encoder
    cdef int answer

    if not is_exact(<PyObject *>obj) and PyObject_IsInstance(obj, str):
        # It must be one, not just claim to be.
        encode_basestring_ascii(obj)

    e.start = e.at = e.stack
    e.limit = e.stack + STACK_BUFFER
    e.result = NULL
    e.frames = e.stack_frames
    e.frame_room = STACK_FRAMES
    e.depth = e.entered = 0
    e.levels = 1 + (frames if FR_JSON_COUNTS_FRAMES else calls)
    e.has_filter = False
    e.pairs = e.stack_pairs
    e.pair_room = STACK_PAIRS
    e.pair_count = 0
    e.default = <PyObject *>default
    e.item_separator = <const char *>PyUnicode_DATA(<PyObject *>item_separator)
    e.item_separator_size = PyUnicode_GET_LENGTH(<PyObject *>item_separator)
    e.key_separator = <const char *>PyUnicode_DATA(<PyObject *>key_separator)
    e.key_separator_size = PyUnicode_GET_LENGTH(<PyObject *>key_separator)
    e.indented = indent is not None
    if e.indented:
        e.indent = <const char *>PyUnicode_DATA(<PyObject *>indent)
        e.indent_size = PyUnicode_GET_LENGTH(<PyObject *>indent)
    e.compact = (
        not e.indented and e.item_separator_size == 1 and e.key_separator_size == 1
    )
    e.known = FR_JSON_IS_KNOWN and not e.indented
    e.sort_keys = options & SORT_KEYS
    e.ensure_ascii = options & ENSURE_ASCII
    e.skipkeys = options & SKIPKEYS
    e.allow_nan = options & ALLOW_NAN
    e.check_circular = options & CHECK_CIRCULAR
    e.surrogates = 0
    memset(e.shape_counts, 0, SHAPES)

    try:
        answer = encode_value(e, <PyObject *>obj)
        if answer == FAILED:
            fr_raise()
        if answer != DONE:
            return None
        if options & NEWLINE:
            put_byte(e, c'\n')
        surrogates[0] = e.surrogates
        encoded += 1
        return finish(e)
    finally:
        clean_up(e)


cdef bytes finish(Encoder *e):
    """What was written, as an object of just that size."""
    cdef Py_ssize_t size = e.at - e.start

    if e.result is NULL:
        return PyBytes_FromStringAndSize(<char *>e.start, size)
    if size > SMALL_SLACK or e.limit - e.at > size // 3:
        _PyBytes_Resize(&e.result, size)
    else:
        # The room left over stays part of the object. Giving back the end of a
        # large block has malloc() ask the system for the next one as well, and
        # clearing fresh memory would cost as much as the encoding.
        e.at[0] = 0
        Py_SET_SIZE(e.result, size)
    # A reference of its own; clean_up() drops the other.
    return <bytes>e.result


cdef int clean_up(Encoder *e) except -1:
    """Gives back what an unfinished walk still has."""
    while e.entered > 0:
        leave(e)
    while e.depth > 0:
        e.depth -= 1
        let_go(e, &e.frames[e.depth])
    Py_XDECREF(e.result)
    if e.frames is not e.stack_frames:
        PyMem_Free(e.frames)
    if e.pairs is not e.stack_pairs:
        PyMem_Free(e.pairs)
    return 0

include "_json_provider.pxi"
