# The buffer that the encoder writes into, and what it writes for the leaves.

cdef enum:
    DONE = 0
    # Nothing was called yet, and the standard encoder has to do it.
    STANDARD = 1
    # A member that is left out.
    SKIP = 2
    # There is an exception, further in.
    FAILED = 3

cdef enum:
    # Enough for most responses; larger ones move to the heap.
    STACK_BUFFER = 4096
    STACK_FRAMES = 24
    STACK_PAIRS = 48
    # Characters whose worst case is reserved at a time.
    CHUNK = 512
    SHAPES = 8
    SHAPE_KEYS = 16
    # Deeper than that, the limit of the recursion may be near, and is for the
    # standard encoder to find where the walk cannot do just what it does.
    DEEP = 64
    # From this depth on, the open containers are counted by address.
    FILTER_DEPTH = 16
    FILTER_SIZE = 1024
    # Keys up to this length are copied in one go, with what is behind them.
    KEY_COPY = 32
    # Longer ones are not remembered.
    LONGEST_KEY = 1024
    # Up to this size, a text keeps the room that it did not need.
    SMALL_SLACK = 1 << 20


cdef struct Pair:
    PyObject *key
    PyObject *value
    # While sorting, the key's first characters; later, where the output has
    # the key with the separators around it.
    uint64_t mark
    # The key's length in the output; 0 when it is not there yet.
    uint32_t size
    # The place in the dict.
    uint32_t index


cdef struct Frame:
    # What is being walked. Not owned until the first call of foreign code.
    PyObject *container
    # The list of items made for it, owned.
    PyObject *items
    Py_ssize_t first_pair
    Py_ssize_t pair_count
    bint pinned


# What is known of a key from an earlier dict with the same ones: which place
# it takes among them when they are sorted, and where the output has it.
cdef struct ShapeKey:
    PyObject *key
    uint64_t mark
    uint32_t size
    uint32_t rank


# The keys of an earlier dict, in its order: records have the same objects for
# keys again and again.
cdef struct Shape:
    ShapeKey keys[SHAPE_KEYS]


cdef struct Encoder:
    uint8_t *start
    uint8_t *at
    uint8_t *limit
    # The bytes object written into, or NULL while `stack` is.
    PyObject *result

    Frame *frames
    Py_ssize_t depth
    Py_ssize_t frame_room
    # How often the recursion limit was counted down, and how much further the
    # standard encoder would be at the same depth.
    Py_ssize_t entered
    Py_ssize_t levels
    bint has_filter

    Pair *pairs
    Py_ssize_t pair_count
    Py_ssize_t pair_room

    PyObject *default
    const char *item_separator
    Py_ssize_t item_separator_size
    const char *key_separator
    Py_ssize_t key_separator_size
    const char *indent
    Py_ssize_t indent_size
    bint indented
    # Separators of one byte, no lines.
    bint compact
    # Whether the standard encoder's behaviour can be had here with everything
    # that is not an exact type: not when indented.
    bint known
    bint sort_keys
    bint ensure_ascii
    bint skipkeys
    bint allow_nan
    bint check_circular
    int surrogates

    # The number of keys of each shape, 0 for none yet.
    uint8_t shape_counts[SHAPES]
    Shape shapes[SHAPES]
    Frame stack_frames[STACK_FRAMES]
    Pair stack_pairs[STACK_PAIRS]
    uint16_t filter[FILTER_SIZE]
    uint8_t stack[STACK_BUFFER]


cdef int grow(Encoder *e, Py_ssize_t size) except -1:
    """Makes room for ``size`` more bytes."""
    cdef Py_ssize_t used = e.at - e.start
    cdef Py_ssize_t room = e.limit - e.start

    if size > PY_SSIZE_T_MAX // 4 - used:
        raise MemoryError()
    # Half as much again, once that is much.
    room += room if room < 1 << 24 else room // 2
    if room < used + size:
        room = used + size
    if e.result is NULL:
        e.result = new_bytes(NULL, room)
        memcpy(PyBytes_AS_STRING(<object>e.result), e.start, used)
    else:
        _PyBytes_Resize(&e.result, room)
    e.start = <uint8_t *>PyBytes_AS_STRING(<object>e.result)
    e.at = e.start + used
    e.limit = e.start + room
    return 0


cdef inline int reserve(Encoder *e, Py_ssize_t size) except -1:
    if e.limit - e.at < size:
        grow(e, size)
    return 0


cdef inline int put_byte(Encoder *e, uint8_t byte) except -1:
    reserve(e, 1)
    e.at[0] = byte
    e.at += 1
    return 0


cdef inline int put_text(Encoder *e, const char *text, Py_ssize_t size) except -1:
    reserve(e, size)
    memcpy(e.at, text, size)
    e.at += size
    return 0


cdef inline int put_word(Encoder *e, const char *word, Py_ssize_t size) except -1:
    """Four or five letters, with what is behind them."""
    reserve(e, 5)
    memcpy(e.at, word, 5)
    e.at += size
    return DONE


cdef inline int put_key_separator(Encoder *e) except -1:
    if e.key_separator_size == 1:
        return put_byte(e, <uint8_t>e.key_separator[0])
    return put_text(e, e.key_separator, e.key_separator_size)


cdef int put_line(Encoder *e) except -1:
    """A line break and the indentation of the current depth."""
    cdef Py_ssize_t level

    put_byte(e, c'\n')
    for level in range(e.depth):
        put_text(e, e.indent, e.indent_size)
    return 0


cdef inline int put_item_separator(Encoder *e) except -1:
    if e.item_separator_size == 1:
        put_byte(e, <uint8_t>e.item_separator[0])
    else:
        put_text(e, e.item_separator, e.item_separator_size)
    if e.indented:
        put_line(e)
    return 0


cdef inline int put_string(Encoder *e, PyObject *text) except -1:
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(text)
    cdef uint8_t *data
    cdef uint8_t *out

    if size > CHUNK or not PyUnicode_IS_COMPACT_ASCII(text):
        return put_any_string(e, text)
    reserve(e, size * FR_JSON_MAX_1 + 2)
    data = <uint8_t *>PyUnicode_DATA(text)
    out = e.at
    out[0] = c'"'
    if e.ensure_ascii:
        out += 1 + fr_json_escape_1(data, size, out + 1)
    else:
        out += 1 + fr_json_utf8_1(data, size, out + 1)
    out[0] = c'"'
    e.at = out + 1
    return DONE


cdef int put_any_string(Encoder *e, PyObject *text) except -1:
    cdef Py_ssize_t size
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t part
    cdef Py_ssize_t fitting
    cdef Py_ssize_t widest
    cdef uint8_t *data
    cdef int kind

    PyUnicode_READY(text)
    size = PyUnicode_GET_LENGTH(text)
    kind = PyUnicode_KIND(text)
    data = <uint8_t *>PyUnicode_DATA(text)
    widest = FR_JSON_MAX_4 if kind == 4 else FR_JSON_MAX_1
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
            if e.ensure_ascii:
                e.at += fr_json_escape_1(data + at, part, e.at)
            else:
                e.at += fr_json_utf8_1(data + at, part, e.at)
        elif kind == 2:
            if e.ensure_ascii:
                e.at += fr_json_escape_2(<uint16_t *>data + at, part, e.at)
            else:
                e.at += fr_json_utf8_2(
                    <uint16_t *>data + at, part, e.at, &e.surrogates
                )
        elif e.ensure_ascii:
            e.at += fr_json_escape_4(<uint32_t *>data + at, part, e.at)
        else:
            e.at += fr_json_utf8_4(<uint32_t *>data + at, part, e.at, &e.surrogates)
        at += part
        if at == size:
            return put_byte(e, c'"')


cdef inline int put_integer(Encoder *e, PyObject *number) except -1:
    """An ``int``, by its value even if its class has a spelling of its own."""
    cdef int overflow = 0
    cdef int64_t value = PyLong_AsLongLongAndOverflow(number, &overflow)

    if overflow != 0:
        return put_big_integer(e, number)
    reserve(e, FR_DECIMAL_MAX)
    e.at += fr_decimal_fill_signed(value, e.at)
    return DONE


cdef int put_big_integer(Encoder *e, PyObject *number) except -1:
    # Many digits are made by a function written in Python, while others may run.
    pin(e)
    owner = <object>number
    text = int.__repr__(owner)
    return put_text(
        e,
        <const char *>PyUnicode_DATA(<PyObject *>text),
        PyUnicode_GET_LENGTH(<PyObject *>text),
    )


cdef inline int put_float(Encoder *e, PyObject *number) except -1:
    cdef double value = PyFloat_AS_DOUBLE(number)

    if not Py_IS_FINITE(value):
        return put_no_number(e, number)
    reserve(e, FR_DOUBLE_ROOM)
    e.at += fr_double_fill(value, e.at)
    return DONE


cdef int put_no_number(Encoder *e, PyObject *number) except -1:
    """NaN or an infinity."""
    cdef double value = PyFloat_AS_DOUBLE(number)

    if not e.allow_nan:
        if not e.known:
            return STANDARD
        # It has the words for it.
        pin(e)
        owner = <object>number
        JSONEncoder(allow_nan=False).encode(owner)
    if value > 0:
        return put_text(e, b"Infinity", 8)
    if value < 0:
        return put_text(e, b"-Infinity", 9)
    return put_text(e, b"NaN", 3)


cdef inline int enter(Encoder *e) except -1:
    if Py_EnterRecursiveCall(" while encoding a JSON object"):
        return -1
    e.entered += 1
    return 0


cdef inline int leave(Encoder *e) except -1:
    e.entered -= 1
    Py_LeaveRecursiveCall()
    return 0


cdef inline uint32_t filter_place(PyObject *container) noexcept:
    cdef size_t address = <size_t>container
    return <uint32_t>((address >> 4) ^ (address >> 14)) & (FILTER_SIZE - 1)


cdef bint is_open(Encoder *e, PyObject *container) noexcept:
    """Whether ``container`` is being walked already."""
    cdef Py_ssize_t at

    if e.has_filter and e.filter[filter_place(container)] == 0:
        return False
    for at in range(e.depth):
        if e.frames[at].container is container:
            return True
    return False


cdef int open_frame(Encoder *e, PyObject *container) except -1:
    cdef Frame *frame
    cdef Py_ssize_t at

    if e.depth == e.frame_room:
        grow_frames(e)
    frame = &e.frames[e.depth]
    frame.container = container
    frame.items = NULL
    frame.first_pair = e.pair_count
    frame.pair_count = 0
    frame.pinned = False
    e.depth += 1
    if e.depth == FILTER_DEPTH and not e.has_filter:
        memset(e.filter, 0, sizeof(e.filter))
        for at in range(e.depth):
            e.filter[filter_place(e.frames[at].container)] += 1
        e.has_filter = True
        for at in range(e.levels):
            enter(e)
    elif e.has_filter:
        e.filter[filter_place(container)] += 1
    return 0


cdef int grow_frames(Encoder *e) except -1:
    cdef Frame *frames = <Frame *>PyMem_Realloc(
        NULL if e.frames is e.stack_frames else e.frames,
        2 * e.frame_room * sizeof(Frame),
    )
    if frames is NULL:
        raise MemoryError()
    if e.frames is e.stack_frames:
        memcpy(frames, e.frames, e.frame_room * sizeof(Frame))
    e.frames = frames
    e.frame_room *= 2
    return 0


cdef inline int close_frame(Encoder *e) except -1:
    cdef Frame *frame

    e.depth -= 1
    frame = &e.frames[e.depth]
    e.pair_count = frame.first_pair
    if e.has_filter:
        e.filter[filter_place(frame.container)] -= 1
    if frame.pinned or frame.items is not NULL:
        let_go(e, frame)
    return 0


cdef int let_go(Encoder *e, Frame *frame) except -1:
    """Drops the references that a frame has."""
    # Dropping them may run foreign code, but not this encoder: the frame and
    # its pairs stay where they are.
    cdef PyObject *container = frame.container
    cdef PyObject *items = frame.items
    cdef Py_ssize_t at

    # A key may go, and another one be made where it was.
    memset(e.shape_counts, 0, SHAPES)
    frame.items = NULL
    if frame.pinned:
        frame.pinned = False
        for at in range(frame.first_pair, frame.first_pair + frame.pair_count):
            Py_DECREF(e.pairs[at].key)
            Py_DECREF(e.pairs[at].value)
        Py_DECREF(container)
    Py_XDECREF(items)
    return 0


cdef int pin(Encoder *e) except -1:
    """Before foreign code is called: keeps alive whatever is being walked."""
    cdef Py_ssize_t depth = e.depth
    cdef Py_ssize_t at
    cdef Frame *frame

    while depth > 0 and not e.frames[depth - 1].pinned:
        depth -= 1
        frame = &e.frames[depth]
        frame.pinned = True
        Py_INCREF(frame.container)
        for at in range(frame.first_pair, frame.first_pair + frame.pair_count):
            Py_INCREF(e.pairs[at].key)
            Py_INCREF(e.pairs[at].value)
    # From here on, an object may have the address of one that is gone.
    memset(e.shape_counts, 0, SHAPES)
    return 0


cdef inline int own(Encoder *e, object items) except -1:
    """Lets the current frame keep the list made for it."""
    Py_INCREF(<PyObject *>items)
    e.frames[e.depth - 1].items = <PyObject *>items
    return 0
