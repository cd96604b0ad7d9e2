# The encoder's state: the buffer that it writes into, the frames of its walk, the
# shapes of dicts, and the levels that count for the limit of the recursion.

cdef enum:
    DONE = 0
    # A container that the walk goes on with; its frame is the innermost one.
    OPENED = 1
    # Nothing was called yet, and the standard encoder has to do all of it.
    STANDARD = 2

cdef enum:
    # Room in the first block, which is small enough for malloc() to be quick.
    FIRST_FRAMES = 4
    FIRST_PAIRS = 12
    FIRST_TEXT = 360
    SECOND_TEXT = 4096
    # Characters whose worst case is reserved at a time.
    CHUNK = 512
    # The longest separator. Others are for the standard encoder.
    SEPARATOR = 8
    # What any scalar but a string takes, with a separator.
    SCALAR_ROOM = 48
    # A longer list in a dict is not written before it is known what is in it.
    FLAT_ITEMS = 16
    # Deeper than that, the limit of the recursion may be near, and is for the
    # standard encoder to find where the walk cannot do just what it does.
    DEEP = 64
    # By which a call for a deeper level is as large as the standard encoder's.
    STACK_ROOM = 96
    # From this depth on, the open containers are in a set, and the functions
    # that called the standard encoder count for the limit of the recursion.
    SET_DEPTH = 16
    # Encoders within each other, each called by user code that the one around it
    # has called. Further ones are for the standard encoder, whose functions in
    # Python count for the limit of the recursion.
    MOST_NESTED = 4
    # How many items before it is written an item of a list is fetched.
    AHEAD = 3
    # A larger text gives back what it has too much before it is copied.
    MOST_SLACK = 1 << 20


cdef enum:
    SHAPES = 8
    SHAPE_KEYS = 16
    # The characters of all keys of a shape, at most.
    SHAPE_CHARACTERS = 512
    # Texts up to this size are copied in one go, with what is behind them.
    KEY_COPY = 32


cdef struct ShapeKey:
    # Owned.
    PyObject *key
    # Which place it takes among the others when they are sorted.
    Py_ssize_t rank


# A key in the output, with what is around it: from a brace or a separator to the
# separator before the value.
cdef struct ShapeText:
    uint32_t start
    uint32_t size


# The keys of a dict that another one may have again: records have the same objects
# for keys, in the same order. Behind it are the texts and room for KEY_COPY bytes.
cdef struct Shape:
    # How many frames walk a dict of this shape, and one while it can be found.
    Py_ssize_t users
    Py_ssize_t count
    # In the order of the dict.
    ShapeKey keys[SHAPE_KEYS]
    # In the order of the output.
    ShapeText texts[SHAPE_KEYS]


# Writes what is left of the container of the innermost frame, or as much as comes
# before another container in it.
ctypedef int (*GoOn)(Encoder *) except -1


cdef struct Pair:
    PyObject *key
    PyObject *value
    # While sorting, the key's first characters.
    uint64_t mark
    # The place in the dict.
    Py_ssize_t index


cdef struct Frame:
    # The list, the dict, or the object that `default` was called for. Owned, with the
    # pairs from `owned_from` on, from the first call of user code on.
    PyObject *container
    # The list made of a container, or what `default` returned, owned; or NULL.
    PyObject *items
    # Of a dict whose keys are a shape's, or NULL.
    Shape *shape
    GoOn go_on
    # Where the walk goes on: an index, or the position for PyDict_Next().
    Py_ssize_t position
    Py_ssize_t first_pair
    Py_ssize_t pair_count
    # -1 before.
    Py_ssize_t owned_from
    # Whether there is no separator to be written before the next item.
    bint leading
    # Of a dict without pairs: the key of the value that is being written, owned.
    PyObject *key


cdef struct Block:
    Frame frames[FIRST_FRAMES]
    Pair pairs[FIRST_PAIRS]
    uint8_t text[FIRST_TEXT]


cdef struct Encoder:
    uint8_t *start
    uint8_t *at
    uint8_t *limit

    Frame *frames
    Py_ssize_t depth
    Py_ssize_t frame_room
    Pair *pairs
    Py_ssize_t pair_count
    Py_ssize_t pair_room
    Block *block

    # The containers of all frames, by address: open addressing. NULL while there
    # are few.
    PyObject **opened
    size_t opened_mask

    # How many levels count for the limit of the recursion at the moment: for
    # frames, at least for the open ones, and for the functions by which the
    # standard encoder would have been called, all of `callers` or none yet.
    Py_ssize_t counted
    Py_ssize_t counted_callers
    Py_ssize_t callers
    # Whether this encoder counts as one that others may be within.
    bint nests

    PyObject *default
    Options options
    # No lines.
    bint compact
    # The separators, which are copied with what is behind them.
    uint8_t item_bytes[SEPARATOR]
    uint8_t key_bytes[SEPARATOR]
    # Whether the standard encoder's behaviour can be had here with everything
    # that is not an exact type: not when indented.
    bint known
    bint ensure_ascii
    # Whether a string was written that is not ASCII.
    bint wide
    int surrogates

    Shape *shapes[SHAPES]


cdef void *enlarged(void *old, void *first, size_t used, size_t room) except NULL:
    """Return memory with what is in ``old``, which is in the first block or not."""
    cdef void *new = PyMem_Realloc(NULL if old is first else old, room)

    if new is NULL:
        raise MemoryError()
    if old is first:
        memcpy(new, old, used)
    return new


cdef int grow(Encoder *e, Py_ssize_t size) except -1:
    """Make room for ``size`` more bytes."""
    cdef Py_ssize_t used = e.at - e.start
    cdef Py_ssize_t room = e.limit - e.start

    if size > PY_SSIZE_T_MAX // 4 - used:
        raise MemoryError()
    # Copied seldom while that is little; half as much again once it is much.
    room += 3 * room if room < 1 << 16 else room if room < 1 << 24 else room // 2
    if room < SECOND_TEXT:
        room = SECOND_TEXT
    if room < used + size:
        room = used + size
    e.start = <uint8_t *>enlarged(e.start, e.block.text, <size_t>used, <size_t>room)
    e.at = e.start + used
    e.limit = e.start + room
    return 0


cdef inline int reserve(Encoder *e, Py_ssize_t size) except -1:
    if e.limit - e.at < size:
        grow(e, size)
    return 0


cdef uint8_t *reserve_at(Encoder *e, uint8_t *out, Py_ssize_t size) except NULL:
    """Make room behind ``out``; return where that is now."""
    e.at = out
    grow(e, size)
    return e.at


cdef inline int put_byte(Encoder *e, uint8_t byte) except -1:
    reserve(e, 1)
    e.at[0] = byte
    e.at += 1
    return 0


cdef inline int put_text(Encoder *e, const char *text, Py_ssize_t size) except -1:
    reserve(e, size)
    memcpy(e.at, text, <size_t>size)
    e.at += size
    return 0


cdef int put_line(Encoder *e) except -1:
    """Write a line break and the indentation of the current depth."""
    cdef Py_ssize_t level

    put_byte(e, c"\n")
    for level in range(e.depth):
        put_text(e, e.options.indent, e.options.indent_size)
    return 0


cdef inline int put_item_separator(Encoder *e) except -1:
    reserve(e, SEPARATOR)
    memcpy(e.at, e.item_bytes, SEPARATOR)
    e.at += e.options.item_separator_size
    if not e.compact:
        put_line(e)
    return 0


cdef inline int put_key_separator(Encoder *e) except -1:
    """Write what is between a key and its value, with room for a scalar behind it."""
    reserve(e, SEPARATOR + SCALAR_ROOM)
    memcpy(e.at, e.key_bytes, SEPARATOR)
    e.at += e.options.key_separator_size
    return 0


cdef int put_open(Encoder *e, uint8_t bracket) except -1:
    """Write the bracket of a frame that was just opened."""
    put_byte(e, bracket)
    if not e.compact:
        put_line(e)
    return 0


cdef int put_close(Encoder *e, uint8_t bracket) except -1:
    """Close the innermost frame and write its bracket."""
    close_frame(e)
    if not e.compact:
        put_line(e)
    return put_byte(e, bracket)


cdef inline int count_up(Py_ssize_t *counted, Py_ssize_t levels) except -1:
    """Count at least so many levels for the limit of the recursion.

    They stay counted when frames are closed, until user code runs.
    """
    while FR_JSON_COUNTS_LEVELS and counted[0] < levels:
        if Py_EnterRecursiveCall(" while encoding a JSON object"):
            return -1
        counted[0] += 1
    return 0


cdef void count_down(Py_ssize_t *counted, Py_ssize_t levels) noexcept:
    while counted[0] > levels:
        counted[0] -= 1
        Py_LeaveRecursiveCall()


cdef bint nests_too_deep(Encoder *e) noexcept:
    """Return whether user code may not be called within so many encoders."""
    if not e.nests:
        if fr_count_nested(0) >= MOST_NESTED:
            return True
        fr_count_nested(1)
        e.nests = True
    return False


cdef inline size_t place_of(Encoder *e, PyObject *container) noexcept:
    """Return the place of a container in the set, or the empty one for it."""
    cdef uint64_t hashed = <uint64_t><size_t>container * 0x9E3779B97F4A7C15u
    cdef size_t place

    # Addresses that follow each other would be next to each other after one product.
    hashed = (hashed ^ hashed >> 32) * 0x9E3779B97F4A7C15u
    place = <size_t>(hashed >> 32) & e.opened_mask
    while e.opened[place] is not NULL and e.opened[place] is not container:
        place = (place + 1) & e.opened_mask
    return place


cdef bint is_open(Encoder *e, PyObject *container) noexcept:
    """Return whether ``container`` is being walked already."""
    cdef Py_ssize_t at

    if e.opened is not NULL:
        return e.opened[place_of(e, container)] is container
    for at in range(e.depth):
        if e.frames[at].container is container:
            return True
    return False


cdef int grow_opened(Encoder *e) except -1:
    """Make the set of open containers, or make it larger."""
    cdef size_t size = 4 * SET_DEPTH if e.opened is NULL else 2 * (e.opened_mask + 1)
    cdef PyObject **opened = <PyObject **>PyMem_Calloc(size, sizeof(PyObject *))
    cdef Py_ssize_t at

    if opened is NULL:
        raise MemoryError()
    PyMem_Free(e.opened)
    e.opened = opened
    e.opened_mask = size - 1
    for at in range(e.depth):
        opened[place_of(e, e.frames[at].container)] = e.frames[at].container
    return 0


cdef Frame *open_frame(Encoder *e, GoOn go_on, PyObject *container) except NULL:
    cdef Frame *frame

    if e.depth == e.frame_room:
        grow_frames(e)
    if e.depth >= SET_DEPTH:
        count_up(&e.counted_callers, e.callers)
        if e.opened is NULL or <size_t>e.depth * 2 > e.opened_mask:
            grow_opened(e)
    if e.opened is not NULL:
        e.opened[place_of(e, container)] = container
    frame = &e.frames[e.depth]
    frame.container = container
    frame.items = NULL
    frame.key = NULL
    frame.shape = NULL
    frame.position = 0
    frame.first_pair = e.pair_count
    frame.pair_count = 0
    frame.go_on = go_on
    frame.owned_from = -1
    frame.leading = True
    e.depth += 1
    return frame


cdef int grow_frames(Encoder *e) except -1:
    cdef size_t used = <size_t>e.frame_room * sizeof(Frame)

    e.frames = <Frame *>enlarged(e.frames, e.block.frames, used, 2 * used)
    e.frame_room *= 2
    return 0


cdef void release_shape(Shape *shape) noexcept:
    cdef Py_ssize_t at

    shape.users -= 1
    if shape.users == 0:
        # Exact strings: nothing runs when they go.
        for at in range(shape.count):
            Py_DECREF(shape.keys[at].key)
        PyMem_Free(shape)


cdef inline int close_frame(Encoder *e) except -1:
    cdef Frame *frame

    e.depth -= 1
    frame = &e.frames[e.depth]
    e.pair_count = frame.first_pair
    if e.opened is not NULL:
        # Frames are closed in the reverse order: whatever was put into the set
        # after this one is gone again, so that nothing lies behind the gap.
        e.opened[place_of(e, frame.container)] = NULL
    if frame.shape is not NULL:
        release_shape(frame.shape)
    if frame.key is not NULL:
        drop_key(frame)
    if frame.owned_from >= 0 or frame.items is not NULL:
        let_go(e, frame)
    return 0


cdef void drop_key(Frame *frame) noexcept:
    """Let go of the key of a value that was written. Its destructor runs only if user
    code has run since the value was begun."""
    cdef PyObject *key = frame.key

    frame.key = NULL
    Py_XDECREF(key)


cdef int let_go(Encoder *e, Frame *frame) except -1:
    """Drop the references that a frame has, in the order of the standard encoder:
    a list of pairs loses its last one first."""
    # Destructors may run. They do not run this encoder: the frame and its pairs
    # stay where they are.
    cdef Py_ssize_t at = frame.first_pair + frame.pair_count
    cdef Py_ssize_t first = frame.first_pair + frame.owned_from
    cdef PyObject *container = NULL
    cdef PyObject *items = frame.items

    count_down(&e.counted, e.depth)
    if frame.owned_from >= 0:
        frame.owned_from = -1
        container = frame.container
        while at > first:
            at -= 1
            Py_DECREF(e.pairs[at].value)
            if frame.shape is NULL:
                Py_DECREF(e.pairs[at].key)
    frame.items = NULL
    if frame.go_on is go_on_list:
        Py_XDECREF(container)
        Py_XDECREF(items)
    else:
        Py_XDECREF(items)
        Py_XDECREF(container)
    return 0


cdef int own_frames(Encoder *e, Py_ssize_t levels) except -1:
    """Before user code is called: own whatever is being walked, and count as many
    levels as the standard encoder would."""
    cdef Py_ssize_t depth = e.depth

    count_down(&e.counted, levels)
    count_up(&e.counted_callers, e.callers)
    # Frames are owned from the outermost one on.
    while depth > 0 and e.frames[depth - 1].owned_from < 0:
        depth -= 1
        own_frame(e, &e.frames[depth], 0)
    return 0


cdef inline int own_shared(Encoder *e) except -1:
    """Own the innermost frame at once, where others may change what it walks, but not
    what is written already."""
    cdef Frame *frame = &e.frames[e.depth - 1]

    if not FR_HAS_LOCK:
        own_frame(e, frame, frame.position)
    return 0


cdef void own_frame(Encoder *e, Frame *frame, Py_ssize_t start) noexcept:
    """Own a container, and its pairs from ``start`` on."""
    cdef PyObject *one = frame.container
    cdef Py_ssize_t at

    frame.owned_from = start
    Py_INCREF(<object>one)
    for at in range(frame.first_pair + start, frame.first_pair + frame.pair_count):
        # The keys of a shape are the shape's.
        if frame.shape is NULL:
            one = e.pairs[at].key
            Py_INCREF(<object>one)
        one = e.pairs[at].value
        Py_INCREF(<object>one)
