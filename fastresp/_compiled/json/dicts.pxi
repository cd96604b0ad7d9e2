# Dicts whose items are taken first: the order of keys, and keys met again.

cdef int grow_pairs(Encoder *e, Py_ssize_t count) except -1:
    cdef Py_ssize_t room = max(2 * e.pair_room, e.pair_count + count)

    if room > PY_SSIZE_T_MAX // <Py_ssize_t>sizeof(Pair):
        raise MemoryError()
    e.pairs = <Pair *>enlarged(
        e.pairs,
        e.block.pairs,
        <size_t>e.pair_count * sizeof(Pair),
        <size_t>room * sizeof(Pair),
    )
    e.pair_room = room
    return 0


cdef inline bint comes_before(Pair *one, Pair *other) noexcept:
    """Compare keys that are exact strings, different ones: the marks decide, and
    nothing but equal ones needs a look."""
    cdef PyObject *key = one.key
    cdef PyObject *other_key = other.key

    if one.mark != other.mark:
        return one.mark < other.mark
    return PyUnicode_Compare(<object>key, <object>other_key) < 0


cdef void sort_few(Pair *pairs, Py_ssize_t count) noexcept:
    cdef Py_ssize_t at, hole
    cdef Pair pair

    for at in range(1, count):
        if not comes_before(&pairs[at], &pairs[at - 1]):
            continue
        pair = pairs[at]
        hole = at
        while hole > 0 and comes_before(&pair, &pairs[hole - 1]):
            pairs[hole] = pairs[hole - 1]
            hole -= 1
        pairs[hole] = pair


cdef enum:
    # So many pairs are sorted without room for others.
    FEW_PAIRS = 16


cdef void sort_pairs(Pair *pairs, Py_ssize_t count, Pair *spare) noexcept:
    """Sort pairs with marks by merging; ``spare`` has room for half of many."""
    cdef Py_ssize_t half = count // 2
    cdef Py_ssize_t left = 0
    cdef Py_ssize_t right = half
    cdef Py_ssize_t at = 0

    if count <= FEW_PAIRS:
        sort_few(pairs, count)
        return
    sort_pairs(pairs, half, spare)
    sort_pairs(pairs + half, count - half, spare)
    if not comes_before(&pairs[half], &pairs[half - 1]):
        return
    memcpy(spare, pairs, <size_t>half * sizeof(Pair))
    while left < half:
        if right < count and comes_before(&pairs[right], &spare[left]):
            pairs[at] = pairs[right]
            right += 1
        else:
            pairs[at] = spare[left]
            left += 1
        at += 1


cdef inline uint64_t mark_of(PyObject *key, Py_ssize_t start) noexcept:
    """Return a number that orders keys by the first characters from ``start`` on."""
    cdef int width = PyUnicode_KIND(<object>key)

    return fr_json_prefix(
        <uint8_t *>PyUnicode_DATA(<object>key) + start * width,
        <size_t>width,
        <size_t>(PyUnicode_GET_LENGTH(<object>key) - start),
    )


cdef void mark_past_common_start(Pair *pairs, Py_ssize_t count) noexcept:
    """Mark latin-1 keys by the first characters in which any two differ: keys of one
    dict often begin alike. Other keys keep their marks."""
    cdef PyObject *key = pairs[0].key
    cdef uint8_t *model = <uint8_t *>PyUnicode_DATA(<object>key)
    cdef Py_ssize_t common = PyUnicode_GET_LENGTH(<object>key)
    cdef Py_ssize_t at, place
    cdef uint8_t *data

    for at in range(count):
        key = pairs[at].key
        if PyUnicode_KIND(<object>key) != 1:
            return
        data = <uint8_t *>PyUnicode_DATA(<object>key)
        common = min(common, PyUnicode_GET_LENGTH(<object>key))
        place = 0
        while place < common and data[place] == model[place]:
            place += 1
        common = place
    for at in range(count):
        pairs[at].mark = mark_of(pairs[at].key, common)


cdef inline Shape **shape_place(
    Encoder *e, PyObject *first_key, Py_ssize_t count
) noexcept:
    return &e.shapes[((<size_t>first_key >> 4) + <size_t>count) & (SHAPES - 1)]


cdef int open_pairs(Encoder *e, PyObject *mapping) except -1:
    """Open a frame for an exact dict whose items are taken before any is written; write
    it at once if its shape is known and it has only scalars and short lists."""
    cdef fr_section section
    cdef Shape *shape = NULL
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t count
    cdef Py_ssize_t room
    cdef bint may_repeat
    cdef Frame *frame
    cdef Pair *pairs
    cdef bint all_text = True

    # Nothing runs that could change the dict until its pairs are complete.
    fr_begin_section(&section, mapping)
    try:
        count = PyDict_GET_SIZE(<object>mapping)
        may_repeat = 0 < e.depth and 0 < count <= SHAPE_KEYS and e.compact
        # Many are sorted with the help of the room behind them.
        room = count if count <= FEW_PAIRS else count + count // 2
        if e.pair_room - e.pair_count < room:
            grow_pairs(e, room)
        pairs = &e.pairs[e.pair_count]
        if may_repeat:
            shape = take_known(e, mapping, pairs, count)
        if shape is NULL:
            all_text = take_all(mapping, pairs, count)
        else:
            # Lists have critical sections of their own.
            position = write_members(
                e, shape, pairs, 0, e.depth + 2 if FR_HAS_LOCK else 0
            )
            if position == count:
                # It needs no frame.
                return put_byte(e, c"}")
        if all_text:
            if is_open(e, mapping):
                return refuse_circle(e)
            frame = open_frame(e, go_on_pairs, mapping)
            frame.pair_count = count
            e.pair_count += count
            if shape is not NULL:
                use_shape(frame, shape)
                frame.position = position
            own_shared(e)
    finally:
        fr_end_section(&section)
    if not all_text:
        return open_items(e, mapping)
    if shape is not NULL:
        return OPENED
    if e.options.flags & SORT_KEYS:
        if count > FEW_PAIRS:
            mark_past_common_start(pairs, count)
        sort_pairs(pairs, count, pairs + count)
    if not may_repeat or not are_short(pairs, count):
        return put_open(e, c"{") or OPENED
    use_shape(frame, new_shape(e, pairs, count))
    return OPENED


cdef inline void use_shape(Frame *frame, Shape *shape) noexcept:
    frame.go_on = go_on_record
    frame.shape = shape
    shape.users += 1


cdef Shape *take_known(
    Encoder *e, PyObject *mapping, Pair *pairs, Py_ssize_t count
) noexcept:
    """Take the values in their final order, if the keys are those of an earlier
    dict, in the same order."""
    cdef Py_ssize_t position = 0
    cdef PyObject *key
    cdef PyObject *value
    cdef ShapeKey *known
    cdef ShapeKey *end
    cdef Shape *shape

    if not PyDict_Next(<object>mapping, &position, &key, &value):
        return NULL
    shape = shape_place(e, key, count)[0]
    if shape is NULL or shape.count != count:
        return NULL
    known = shape.keys
    end = known + count
    while known.key is key:
        pairs[known.rank].value = value
        FR_PREFETCH(value)
        known += 1
        if known is end:
            return shape
        if not PyDict_Next(<object>mapping, &position, &key, &value):
            break
    return NULL


cdef bint take_all(PyObject *mapping, Pair *pairs, Py_ssize_t count) except -1:
    """Take the items in the dict's order, and mark the keys; return whether all of the
    keys are exact strings."""
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t at
    cdef Pair *pair

    for at in range(count):
        pair = &pairs[at]
        if not PyDict_Next(<object>mapping, &position, &pair.key, &pair.value):
            return False
        if Py_TYPE(<object>pair.key) is not &PyUnicode_Type:
            return False
        if not PyUnicode_IS_COMPACT_ASCII(<object>pair.key):
            PyUnicode_READY(<object>pair.key)
        pair.index = at
        pair.mark = mark_of(pair.key, 0)
    return True


cdef bint are_short(Pair *pairs, Py_ssize_t count) noexcept:
    """Return whether the keys are short enough to be written twice."""
    cdef Py_ssize_t left = SHAPE_CHARACTERS
    cdef Py_ssize_t at
    cdef PyObject *key

    for at in range(count):
        key = pairs[at].key
        if PyUnicode_GET_LENGTH(<object>key) > left:
            return False
        left -= PyUnicode_GET_LENGTH(<object>key)
    return True


cdef Shape *new_shape(Encoder *e, Pair *pairs, Py_ssize_t count) except NULL:
    """Make a shape of pairs in their final order, and let it be found."""
    cdef Py_ssize_t before = e.at - e.start
    cdef Py_ssize_t size
    cdef Py_ssize_t at
    cdef ShapeKey *known
    cdef Shape *shape
    cdef Shape **place

    # Written behind what is there already, to be copied and written over.
    for at in range(count):
        pairs[at].mark = <uint64_t>(e.at - e.start - before)
        if at == 0:
            put_byte(e, c"{")
        else:
            put_item_separator(e)
        put_string(e, pairs[at].key)
        put_key_separator(e)
    size = e.at - e.start - before
    e.at = e.start + before
    shape = <Shape *>PyMem_Malloc(sizeof(Shape) + <size_t>size + KEY_COPY)
    if shape is NULL:
        raise MemoryError()
    memcpy(shape + 1, e.at, <size_t>size)
    memset(<uint8_t *>(shape + 1) + size, 0, KEY_COPY)
    shape.users = 1
    shape.count = count
    for at in range(count):
        known = &shape.keys[pairs[at].index]
        known.key = pairs[at].key
        known.rank = at
        # Without the lock, the frame of the pairs owns them, and gives the keys away.
        if FR_HAS_LOCK:
            Py_INCREF(<object>known.key)
        shape.texts[at].start = <uint32_t>pairs[at].mark
        shape.texts[at].size = <uint32_t>(
            (pairs[at + 1].mark if at + 1 < count else <uint64_t>size)
            - pairs[at].mark
        )
    place = shape_place(e, shape.keys[0].key, count)
    if place[0] is not NULL:
        release_shape(place[0])
    place[0] = shape
    return shape


cdef inline uint8_t *write_flat(
    Encoder *e, PyObject *value, uint8_t *out, Py_ssize_t levels
) except? NULL:
    """Write a scalar or a short list of scalars.

    There is ``SCALAR_ROOM`` behind ``out``.

    :param levels: how deep such a list is; 0 for none.
    :return: its end, or ``NULL`` for anything else.
    """
    cdef PyTypeObject *kind = Py_TYPE(<object>value)
    cdef uint8_t *end = write_scalar(e, value, out)
    cdef Py_ssize_t position = 0

    if end is not NULL:
        return end
    if (
        (kind is &PyList_Type or kind is &PyTuple_Type)
        and e.compact
        and levels > 0
        and 0 < Py_SIZE(<object>value) <= FLAT_ITEMS
    ):
        count_up(&e.counted, levels)
        out[0] = c"["
        e.at = out + 1
        if write_items(e, value, &position, NULL):
            put_byte(e, c"]")
            return e.at
    return NULL


cdef Py_ssize_t write_members(
    Encoder *e, Shape *shape, Pair *pairs, Py_ssize_t at, Py_ssize_t levels
) except -1:
    """Write members of a dict of a known shape, up to the first whose value is
    neither a scalar nor a short list of scalars.

    :param levels: how deep a list in it is; 0 for no lists.
    :return: the index of that one, or the number of members.
    """
    cdef const uint8_t *texts = <const uint8_t *>(shape + 1)
    cdef Py_ssize_t count = shape.count
    cdef uint8_t *out = e.at
    cdef uint8_t *end
    cdef Py_ssize_t before
    cdef Py_ssize_t size

    while at < count:
        size = shape.texts[at].size
        if e.limit - out < size + KEY_COPY + SCALAR_ROOM:
            out = reserve_at(e, out, size + KEY_COPY + SCALAR_ROOM)
        before = out - e.start
        if size <= KEY_COPY:
            memcpy(out, texts + shape.texts[at].start, KEY_COPY)
        else:
            memcpy(out, texts + shape.texts[at].start, <size_t>size)
        end = write_flat(e, pairs[at].value, out + size, levels)
        if end is NULL:
            # Without its key.
            e.at = e.start + before
            return at
        out = end
        at += 1
    e.at = out
    return at


cdef int go_on_record(Encoder *e) except -1:
    """Write the members of a dict of a known shape."""
    cdef Frame *frame = &e.frames[e.depth - 1]
    cdef Shape *shape = frame.shape
    cdef const uint8_t *texts = <const uint8_t *>(shape + 1)
    cdef Pair *pairs = &e.pairs[frame.first_pair]
    cdef ShapeText *text
    cdef Py_ssize_t at
    cdef int answer

    while frame.position < shape.count:
        at = write_members(e, shape, pairs, frame.position, e.depth + 1)
        if at == shape.count:
            break
        text = &shape.texts[at]
        put_text(e, <const char *>texts + text.start, text.size)
        frame.position = at + 1
        answer = open_value(e, pairs[at].value)
        if answer != DONE:
            return answer
    close_frame(e)
    return put_byte(e, c"}")


cdef int go_on_pairs(Encoder *e) except -1:
    """Write pairs whose keys are exact strings."""
    cdef Frame *frame = &e.frames[e.depth - 1]
    cdef Pair *pair
    cdef uint8_t *end
    cdef int answer

    while frame.position < frame.pair_count:
        pair = &e.pairs[frame.first_pair + frame.position]
        if frame.position > 0:
            put_item_separator(e)
        frame.position += 1
        put_string(e, pair.key)
        put_key_separator(e)
        end = write_scalar(e, pair.value, e.at)
        if end is not NULL:
            e.at = end
            continue
        answer = open_value(e, pair.value)
        if answer != DONE:
            return answer
    return put_close(e, c"}")
