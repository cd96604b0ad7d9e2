# cython: language_level=3, binding=True, auto_pickle=False
# cython: boundscheck=False, wraparound=False, cdivision=True
# cython: freethreading_compatible=True
"""JSON text as :func:`json.dumps` writes it, as bytes or as a ``str``.

:func:`encode` walks the objects and writes into one growing buffer. It is the
standard library's C encoder once more, step by step: what that one takes from
an object without asking its class, and what it calls, in which order and how
often. The walk is a loop with a frame on the heap for each open container, so
that no document takes more of the C stack than another. ``json/buffer.pxi`` has
the buffer and the frames, ``json/values.pxi`` the leaves, ``json/dicts.pxi`` the
order of keys, ``json/options.pxi`` the keyword arguments of :func:`json.dumps`,
``json/notes.pxi`` what is added to exceptions, this file the walk.

Two forms of the standard encoder are left to it wherever they can be told
apart from here: indented output when it meets anything but the exact types,
and Python versions whose encoder is not known. :func:`encode` then returns
``None``, and has not called anything yet.

Objects in frames are borrowed until user code may run: ``own_frames`` comes
before each call of any. Without the lock, other threads may change a container
at any time. Scalars are written within a critical section of the list or dict that
they are in; what is written outside of it is owned, as frames own what they walk from
the start.
"""

from cpython.mapping cimport PyMapping_Items
from cpython.object cimport PyObject
from cpython.object cimport PyTypeObject
from libc.stdint cimport int64_t
from libc.stdint cimport uint8_t
from libc.stdint cimport uint32_t
from libc.stdint cimport uint64_t
from libc.string cimport memcpy
from libc.string cimport memset

from .cpython cimport *
from .threads cimport *
from .clib cimport *
from .watch cimport *

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
    /* From 3.14 on, levels are not counted: the stack is measured. Exceptions get notes
     * that say where they come from. */
    #define FR_JSON_COUNTS_LEVELS (PY_VERSION_HEX < 0x030E0000)
    #define FR_JSON_ADDS_NOTES (PY_VERSION_HEX >= 0x030E0000)
    /* Of later ones it is not known. */
    #define FR_JSON_IS_KNOWN (PY_VERSION_HEX < 0x03100000)
    #if !FR_JSON_ADDS_NOTES
    #define PyType_GetFullyQualifiedName(type) ((void)(type), Py_NewRef(Py_None))
    #endif

    static FR_THREAD_LOCAL int fr_nested;

    /* How many encoders of this thread wait for user code; `change` is added. */
    static inline int fr_count_nested(int change)
    {
        return fr_nested += change;
    }

    /* Says that an answer of -1 has raised. */
    static inline int fr_raised(int answer)
    {
        return answer;
    }

    /* Has the processor read an object that is not looked at before others are
     * written. Those of large documents are not in its caches. */
    #if defined(__GNUC__)
    #define FR_PREFETCH(object) __builtin_prefetch(object)
    #else
    #define FR_PREFETCH(object) ((void)(object))
    #endif
    """
    bint FR_JSON_WALKS_LIVE
    bint FR_JSON_COUNTS_FRAMES
    bint FR_JSON_COUNTS_LEVELS
    bint FR_JSON_ADDS_NOTES
    bint FR_JSON_IS_KNOWN
    object PyType_GetFullyQualifiedName(PyTypeObject *)
    int fr_count_nested(int) noexcept
    int fr_raised(int) except -1
    void FR_PREFETCH(void *) noexcept

include "json/buffer.pxi"
include "json/values.pxi"
include "json/dicts.pxi"
include "json/options.pxi"
include "json/notes.pxi"


cdef int refuse_circle(Encoder *e) except -1:
    if e.known:
        raise ValueError("Circular reference detected")
    return STANDARD


cdef int walk(Encoder *e, PyObject *value) except -1:
    """Write a value, and then whatever the innermost frame has next, until all
    frames are closed."""
    cdef int answer = put_value(e, value)

    return fr_raised(go_on(e, 0, DEEP)) if answer == OPENED else answer


# For Cython these raise nothing: else each level on the way out would be an entry in
# the traceback, which takes longer than to encode it. With -1, there is an exception.
ctypedef int (*Raising)(Encoder *) noexcept


cdef int go_on(Encoder *e, Py_ssize_t base, Py_ssize_t limit) noexcept:
    """Go on until no more than ``base`` frames are open.

    :param limit: how many frames take no call of their own, where the depth is limited
        by the stack.
    """
    cdef int answer = OPENED

    while answer != STANDARD and answer != -1 and e.depth > base:
        if FR_JSON_COUNTS_LEVELS or e.depth <= limit:
            answer = (<Raising>e.frames[e.depth - 1].go_on)(e)
        else:
            answer = go_on_within(e)
    return answer


cdef int go_on_within(Encoder *e) noexcept:
    """Go on until the innermost frame is closed. A call takes about as much of the
    stack as one of the standard encoder's for a list."""
    cdef volatile uint8_t[STACK_ROOM] room
    cdef int answer

    room[0] = Py_EnterRecursiveCall(" while encoding a JSON object")
    if room[0]:
        return -1
    answer = go_on(e, e.depth - 1, e.depth)
    # Nothing is counted here, so nothing is left behind by an exception.
    Py_LeaveRecursiveCall()
    return answer


cdef int put_value(Encoder *e, PyObject *value) except -1:
    """Write a value, or open a frame for it.

    :return: ``DONE``, ``OPENED`` or ``STANDARD``.
    """
    cdef uint8_t *end

    reserve(e, SCALAR_ROOM)
    end = write_scalar(e, value, e.at)
    if end is NULL:
        return open_value(e, value)
    e.at = end
    return DONE


cdef int open_value(Encoder *e, PyObject *value) except -1:
    """Write or open anything that ``write_scalar`` does not write."""
    cdef PyTypeObject *kind = Py_TYPE(<object>value)

    if kind is &PyDict_Type:
        return open_dict(e, value)
    if kind is &PyList_Type or kind is &PyTuple_Type:
        return open_sequence(e, value)
    if kind is &PyFloat_Type:
        return put_float(e, value)
    if kind is &PyLong_Type:
        return put_integer(e, value)
    return open_other(e, value)


cdef int open_other(Encoder *e, PyObject *value) except -1:
    """Write or open an object of a subclass, or one for ``default``."""
    if PyUnicode_Check(<object>value):
        return put_string(e, value)
    if not e.known or nests_too_deep(e):
        return STANDARD
    if PyLong_Check(<object>value):
        return put_integer(e, value)
    if PyFloat_Check(<object>value):
        return put_float(e, value)
    if PyList_Check(<object>value) or PyTuple_Check(<object>value):
        return open_iterated(e, value)
    if PyDict_Check(<object>value):
        return open_dict(e, value)
    return open_substitute(e, value)


cdef int open_substitute(Encoder *e, PyObject *value) except -1:
    cdef Frame *frame

    if is_open(e, value):
        return refuse_circle(e)
    owner = <object>value
    own_frames(e, e.depth)
    if e.default is Py_None:
        substitute = plain_encoder.default(owner)
    else:
        function = <object>e.default
        substitute = PyObject_CallOneArg(function, owner)
    count_up(&e.counted, e.depth + 1)
    frame = open_frame(e, go_on_substitute, value)
    frame.items = <PyObject *>substitute
    Py_INCREF(substitute)
    own_frames(e, e.depth)
    return OPENED


cdef int go_on_substitute(Encoder *e) except -1:
    cdef Frame *frame = &e.frames[e.depth - 1]

    if frame.leading:
        frame.leading = False
        return put_value(e, frame.items)
    return close_frame(e)


cdef int open_sequence(Encoder *e, PyObject *sequence) except -1:
    """Open an exact list or tuple; write it at once if it has only scalars."""
    cdef Py_ssize_t position = 0
    cdef Frame *frame

    count_up(&e.counted, e.depth + 1)
    if Py_SIZE(<object>sequence) == 0:
        return put_text(e, b"[]", 2)
    if e.compact:
        put_byte(e, c"[")
        if write_items(e, sequence, &position, NULL):
            return put_byte(e, c"]")
    if e.depth >= DEEP and not e.known:
        return STANDARD
    if is_open(e, sequence):
        return refuse_circle(e)
    frame = open_frame(e, go_on_list, sequence)
    frame.position = position
    own_shared(e)
    return OPENED if e.compact else put_open(e, c"[") or OPENED


cdef int open_iterated(Encoder *e, PyObject *sequence) except -1:
    """Open a list or a tuple of a subclass."""
    cdef Frame *frame

    count_up(&e.counted, e.depth + 1)
    owner = <object>sequence
    own_frames(e, e.depth + 1)
    # What it iterates over, in a list of our own.
    items = PySequence_Fast(owner, NEEDS_SEQUENCE)
    if Py_SIZE(items) == 0:
        return put_text(e, b"[]", 2)
    if is_open(e, sequence):
        return refuse_circle(e)
    frame = open_frame(e, go_on_list, sequence)
    frame.items = <PyObject *>items
    Py_INCREF(items)
    own_frames(e, e.depth)
    return put_open(e, c"[") or OPENED


cdef inline bint write_items(
    Encoder *e, PyObject *sequence, Py_ssize_t *position, PyObject **item
) except -1:
    """Write the scalars that come next in a list.

    :param position: the index of the next item, then of the one behind the scalars.
    :param item: set to that one, and owned if there is no lock; or ``NULL``.
    :return: false if there is one.
    """
    cdef fr_section section
    cdef Py_ssize_t at = position[0]
    cdef PyObject **items
    cdef Py_ssize_t size

    fr_begin_section(&section, sequence)
    try:
        items = PySequence_Fast_ITEMS(<object>sequence)
        size = Py_SIZE(<object>sequence)
        if at < size and Py_TYPE(<object>items[at]) is &PyDict_Type:
            if at + AHEAD < size:
                FR_PREFETCH(items[at + AHEAD])
        elif e.compact:
            at = write_scalars(e, items, size, at)
        if at >= size:
            return True
        position[0] = at
        if item is not NULL:
            item[0] = items[at]
            if not FR_HAS_LOCK:
                Py_INCREF(<object>item[0])
        return False
    finally:
        fr_end_section(&section)


cdef Py_ssize_t write_scalars(
    Encoder *e, PyObject **items, Py_ssize_t size, Py_ssize_t at
) except -1:
    """Write items in compact text, up to the first one that is no scalar.

    :return: its index, or ``size``.
    """
    cdef uint8_t *out = e.at
    cdef uint8_t *end

    # Nothing runs that could change the list.
    while at < size:
        if e.limit - out < SCALAR_ROOM:
            out = reserve_at(e, out, SCALAR_ROOM)
        if at + AHEAD < size:
            FR_PREFETCH(items[at + AHEAD])
        end = out
        if at > 0:
            memcpy(out, e.item_bytes, SEPARATOR)
            end += e.options.item_separator_size
        end = write_scalar(e, items[at], end)
        if end is NULL:
            break
        out = end
        at += 1
    e.at = out
    return at


cdef int go_on_list(Encoder *e) except -1:
    """The items, read where they are: ``default`` may change a list that is
    being walked."""
    cdef Frame *frame = &e.frames[e.depth - 1]
    cdef PyObject *sequence = (
        frame.container if frame.items is NULL else frame.items
    )
    cdef PyObject *item
    cdef int answer

    while not write_items(e, sequence, &frame.position, &item):
        if not FR_HAS_LOCK:
            _owner = fr_owned(item)
        if frame.position > 0:
            put_item_separator(e)
        frame.position += 1
        answer = open_value(e, item) if e.compact else put_value(e, item)
        if answer != DONE:
            return answer
    return put_close(e, c"]")


cdef int open_dict(Encoder *e, PyObject *mapping) except -1:
    count_up(&e.counted, e.depth + 1)
    if PyDict_GET_SIZE(<object>mapping) == 0:
        return put_text(e, b"{}", 2)
    if e.depth >= DEEP and not e.known:
        return STANDARD
    if Py_TYPE(<object>mapping) is &PyDict_Type:
        if e.options.flags & SORT_KEYS or not FR_JSON_WALKS_LIVE and e.known:
            return open_pairs(e, mapping)
        if is_open(e, mapping):
            return refuse_circle(e)
        open_frame(e, go_on_live, mapping)
        own_shared(e)
        return put_open(e, c"{") or OPENED
    return open_items(e, mapping)


cdef int put_member(
    Encoder *e, Frame *frame, PyObject *key, PyObject *value
) except -1:
    """Write a member, or open a frame for its value."""
    cdef bint is_text = PyUnicode_Check(<object>key)
    cdef Py_ssize_t depth = e.depth
    cdef int answer

    if not is_text and not (
        PyFloat_Check(<object>key)
        or key is Py_True
        or key is Py_False
        or key is Py_None
        or PyLong_Check(<object>key)
    ):
        if not e.known:
            return STANDARD
        PyErr_Format(
            TypeError,
            "keys must be str, int, float, bool or None, not %.100s",
            Py_TYPE(<object>key).tp_name,
        )
    if frame.leading:
        frame.leading = False
    else:
        put_item_separator(e)
    if is_text:
        put_string(e, key)
    else:
        put_byte(e, c'"')
        # None of them opens a frame.
        answer = put_value(e, key)
        if answer != DONE:
            return answer
        put_byte(e, c'"')
    put_key_separator(e)
    if FR_JSON_ADDS_NOTES:
        Py_INCREF(<object>key)
        frame.key = key
    answer = put_value(e, value)
    if answer == DONE:
        # The frames may be somewhere else.
        drop_key(&e.frames[depth - 1])
    return answer


cdef int go_on_live(Encoder *e) except -1:
    """Walk a dict that may change meanwhile, by CPython's own iteration."""
    cdef Frame *frame = &e.frames[e.depth - 1]
    cdef PyObject *mapping = frame.container
    cdef PyObject *key
    cdef PyObject *value
    cdef int answer

    drop_key(frame)
    while fr_dict_next(<object>mapping, &frame.position, &key, &value):
        if not FR_HAS_LOCK:
            _key, _value = fr_owned(key), fr_owned(value)
        elif Py_TYPE(<object>key) is not &PyUnicode_Type:
            # Writing the key may take a call.
            _key, _value = <object>key, <object>value
        answer = put_member(e, frame, key, value)
        if answer != DONE:
            return answer
    return put_close(e, c"}")


cdef int open_items(Encoder *e, PyObject *mapping) except -1:
    """Walk a dict whose items are a list: of a subclass, or with other keys."""
    cdef Frame *frame

    if is_open(e, mapping):
        return refuse_circle(e)
    if not e.known or nests_too_deep(e):
        return STANDARD
    owner = <object>mapping
    open_frame(e, go_on_items, mapping)
    own_frames(e, e.depth)
    put_open(e, c"{")
    items = PyMapping_Items(owner)
    if e.options.flags & SORT_KEYS:
        PyList_Sort(items)
    frame = &e.frames[e.depth - 1]
    frame.items = <PyObject *>items
    Py_INCREF(items)
    return OPENED


cdef int go_on_items(Encoder *e) except -1:
    """What ``items()`` returned."""
    cdef Frame *frame = &e.frames[e.depth - 1]
    cdef list items = <list>frame.items
    cdef int answer

    drop_key(frame)
    while frame.position < len(items):
        item = items[frame.position]
        frame.position += 1
        if not isinstance(item, tuple) or PyTuple_GET_SIZE(item) != 2:
            raise ValueError("items must return 2-tuples")
        key, value = <tuple>item
        answer = put_member(e, frame, <PyObject *>key, <PyObject *>value)
        if answer != DONE:
            return answer
    return put_close(e, c"}")


cdef bint is_exact(PyObject *obj) noexcept:
    cdef PyTypeObject *kind = Py_TYPE(<object>obj)

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


cdef uint64_t count_of_encoded() noexcept:
    """Return how many texts were written, for :func:`fastresp.fast_path_counts`."""
    return fr_count_of(FR_ENCODED)


cdef object encode(object obj, object default, Options *options):
    """Return the text for ``obj``: bytes, ASCII or UTF-8, or a ``str``.

    :param default: ``None`` for that of :class:`json.JSONEncoder`.
    :return: ``None``, with nothing called, for the standard encoder.
    """
    cdef Encoder encoder
    cdef Encoder *e = &encoder
    cdef int answer

    if not options.flags & CHECKED and not standard_is_known(
        options.flags, options.indent is not NULL
    ):
        return None
    if max(options.item_separator_size, options.key_separator_size) > SEPARATOR:
        return None
    e.known = FR_JSON_IS_KNOWN and options.indent is NULL
    e.nests = False
    if not is_exact(<PyObject *>obj):
        if not e.known or nests_too_deep(e):
            return None
    e.block = <Block *>PyMem_Malloc(sizeof(Block))
    if e.block is NULL:
        if e.nests:
            fr_count_nested(-1)
        raise MemoryError()
    e.start = e.at = e.block.text
    e.limit = e.start + FIRST_TEXT
    e.frames = e.block.frames
    e.frame_room = FIRST_FRAMES
    e.depth = 0
    e.pairs = e.block.pairs
    e.pair_room = FIRST_PAIRS
    e.pair_count = 0
    e.opened = NULL
    e.counted = e.counted_callers = 0
    e.callers = 1 + (
        options.frames if FR_JSON_COUNTS_FRAMES else options.calls
    )
    e.default = <PyObject *>default
    e.options = options[0]
    e.compact = options.indent is NULL
    memcpy(e.item_bytes, options.item_separator, <size_t>options.item_separator_size)
    memcpy(e.key_bytes, options.key_separator, <size_t>options.key_separator_size)
    e.ensure_ascii = options.flags & ENSURE_ASCII
    e.wide = False
    e.surrogates = 0
    memset(e.shapes, 0, sizeof(e.shapes))

    try:
        if e.nests and PyObject_IsInstance(obj, str):
            # It must be one, not just claim to be.
            encode_basestring_ascii(obj)
        answer = walk(e, <PyObject *>obj)
        if answer == STANDARD:
            return None
        if options.flags & NEWLINE:
            put_byte(e, c"\n")
        options.surrogates = e.surrogates
        fr_count(FR_ENCODED)
        return finish(e, options.flags & AS_TEXT)
    except BaseException as error:
        if FR_JSON_ADDS_NOTES:
            raise_with_notes(e, error)
        raise
    finally:
        clean_up(e)


cdef object finish(Encoder *e, bint as_text):
    """Return what was written, as an object of just that size."""
    cdef Py_ssize_t size = e.at - e.start
    cdef uint8_t *start

    if size > MOST_SLACK:
        start = <uint8_t *>PyMem_Realloc(e.start, <size_t>size)
        if start is not NULL:
            e.start = start
    if not as_text:
        return PyBytes_FromStringAndSize(<char *>e.start, size)
    if e.wide:
        return text_of(e.start, <size_t>size)
    result = PyUnicode_New(size, 0x7F)
    memcpy(PyUnicode_DATA(result), e.start, <size_t>size)
    return result


cdef str text_of(const uint8_t *data, size_t size):
    """Return UTF-8, surrogates included, as a ``str``.

    CPython's own decoder starts with a narrow string and widens it on the way,
    with both in memory; here it is known beforehand how wide it has to be.
    """
    cdef uint32_t highest
    cdef size_t count = fr_utf8_decoded_size(data, size, &highest)
    cdef object result = PyUnicode_New(<Py_ssize_t>count, highest)

    fr_utf8_decode(data, size, <size_t>PyUnicode_KIND(result), PyUnicode_DATA(result))
    return result


cdef int clean_up(Encoder *e) except -1:
    """Give back whatever an encoder has, also in the middle of a walk."""
    cdef Py_ssize_t at

    while e.depth > 0:
        close_frame(e)
    count_down(&e.counted, 0)
    count_down(&e.counted_callers, 0)
    if e.nests:
        fr_count_nested(-1)
    for at in range(SHAPES):
        if e.shapes[at] is not NULL:
            release_shape(e.shapes[at])
    if e.start is not e.block.text:
        PyMem_Free(e.start)
    if e.frames is not e.block.frames:
        PyMem_Free(e.frames)
    if e.pairs is not e.block.pairs:
        PyMem_Free(e.pairs)
    PyMem_Free(e.opened)
    PyMem_Free(e.block)
    return 0
