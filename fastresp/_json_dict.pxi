# Dicts whose items are taken first: the order of keys, and keys met again.

cdef enum:
    # Strings that are not latin-1.
    WIDE_KEYS = 1
    # Keys that are no exact strings.
    OTHER_KEYS = 2


cdef int grow_pairs(Encoder *e, Py_ssize_t count) except -1:
    cdef Py_ssize_t room = 2 * e.pair_room
    cdef Pair *pairs

    if room < e.pair_count + count:
        room = e.pair_count + count
    pairs = <Pair *>PyMem_Realloc(
        NULL if e.pairs is e.stack_pairs else e.pairs, room * sizeof(Pair)
    )
    if pairs is NULL:
        raise MemoryError()
    if e.pairs is e.stack_pairs:
        memcpy(pairs, e.pairs, e.pair_count * sizeof(Pair))
    e.pairs = pairs
    e.pair_room = room
    return 0


cdef inline bint comes_before(Pair *one, Pair *other) noexcept:
    """For keys that are exact strings, different ones. Where all of them are
    latin-1 the prefixes decide, and nothing but equal ones needs a look."""
    if one.mark != other.mark:
        return one.mark < other.mark
    return PyUnicode_Compare(one.key, other.key) < 0


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


cdef void sort_many(Pair *pairs, Py_ssize_t count, Pair *spare) noexcept:
    """Merge sort; ``spare`` has room for half of the pairs."""
    cdef Py_ssize_t half = count // 2
    cdef Py_ssize_t left = 0
    cdef Py_ssize_t right = half
    cdef Py_ssize_t at = 0

    if count <= 16:
        sort_few(pairs, count)
        return
    sort_many(pairs, half, spare)
    sort_many(pairs + half, count - half, spare)
    if not comes_before(&pairs[half], &pairs[half - 1]):
        return
    memcpy(spare, pairs, half * sizeof(Pair))
    while left < half:
        if right < count and comes_before(&pairs[right], &spare[left]):
            pairs[at] = pairs[right]
            right += 1
        else:
            pairs[at] = spare[left]
            left += 1
        at += 1


cdef int sort_pairs(Pair *pairs, Py_ssize_t count) except -1:
    """Sorts pairs with marks."""
    cdef Pair *spare

    if count <= 16:
        sort_few(pairs, count)
        return 0
    spare = <Pair *>PyMem_Malloc(<size_t>(count // 2) * sizeof(Pair))
    if spare is NULL:
        raise MemoryError()
    sort_many(pairs, count, spare)
    PyMem_Free(spare)
    return 0


cdef void mark_past_common_start(Pair *pairs, Py_ssize_t count) noexcept:
    """Marks latin-1 keys by the first characters in which any two differ: keys
    of one dict often begin alike."""
    cdef uint8_t *model = <uint8_t *>PyUnicode_DATA(pairs[0].key)
    cdef Py_ssize_t common = PyUnicode_GET_LENGTH(pairs[0].key)
    cdef Py_ssize_t at, place
    cdef uint8_t *data

    for at in range(1, count):
        data = <uint8_t *>PyUnicode_DATA(pairs[at].key)
        if PyUnicode_GET_LENGTH(pairs[at].key) < common:
            common = PyUnicode_GET_LENGTH(pairs[at].key)
        place = 0
        while place < common and data[place] == model[place]:
            place += 1
        common = place
    for at in range(count):
        pairs[at].mark = fr_json_prefix(
            <uint8_t *>PyUnicode_DATA(pairs[at].key) + common,
            <size_t>(PyUnicode_GET_LENGTH(pairs[at].key) - common),
        )


cdef inline size_t shape_place(PyObject *first_key, Py_ssize_t count) noexcept:
    return ((<size_t>first_key >> 4) + <size_t>count) & (SHAPES - 1)


cdef int encode_pairs(Encoder *e, PyObject *mapping) except -1:
    """An exact dict, whose items are taken before any is written."""
    cdef Py_ssize_t count = PyDict_GET_SIZE(mapping)
    cdef Py_ssize_t first = e.pair_count
    cdef const fr_dict_entry *entries
    cdef Pair *pairs
    cdef Py_ssize_t at
    cdef int kinds

    if e.pair_room - first < count:
        grow_pairs(e, count)
    pairs = &e.pairs[first]
    # Nothing runs that could change the dict, until its pairs are complete.
    entries = fr_dict_entries(mapping)
    if (
        e.depth > 1
        and count <= SHAPE_KEYS
        and entries is not NULL
        and take_known(e, entries, pairs, count)
    ):
        e.pair_count += count
        e.frames[e.depth - 1].pair_count = count
        return put_pairs(e, first, count)

    kinds = take_all(mapping, entries, pairs, count)
    if e.sort_keys:
        if kinds & OTHER_KEYS:
            return encode_items(e, mapping)
        if kinds & WIDE_KEYS:
            # Marks do not order them.
            for at in range(count):
                pairs[at].mark = 0
        elif count > 16:
            mark_past_common_start(pairs, count)
        sort_pairs(pairs, count)
    e.pair_count += count
    e.frames[e.depth - 1].pair_count = count
    if kinds & OTHER_KEYS:
        return put_any_pairs(e, first, count)
    return put_pairs(e, first, count)


cdef bint take_known(
    Encoder *e, const fr_dict_entry *entries, Pair *pairs, Py_ssize_t count
) noexcept:
    """Takes the items in their final order, if the keys are those of an earlier
    dict."""
    cdef size_t place = shape_place(entries[0].key, count)
    cdef ShapeKey *known = e.shapes[place].keys
    cdef Pair *pair
    cdef Py_ssize_t at

    if e.shape_counts[place] != count:
        return False
    for at in range(count):
        if known[at].key is not entries[at].key:
            return False
        pair = &pairs[known[at].rank]
        pair.key = entries[at].key
        pair.value = entries[at].value
        pair.mark = known[at].mark
        pair.size = known[at].size
    return True


cdef int take_all(
    PyObject *mapping, const fr_dict_entry *entries, Pair *pairs, Py_ssize_t count
) except -1:
    """Takes the items in the dict's order, and marks the keys.

    :param entries: ``NULL`` to ask the dict for them.
    :return: which kinds of keys there are besides latin-1 strings.
    """
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t at
    cdef PyObject *key
    cdef Pair *pair
    cdef int kinds = 0

    for at in range(count):
        pair = &pairs[at]
        if entries is not NULL:
            pair.key = entries[at].key
            pair.value = entries[at].value
        else:
            PyDict_Next(mapping, &position, &pair.key, &pair.value)
        pair.index = <uint32_t>at
        pair.size = 0
        key = pair.key
        if Py_TYPE(key) is not &PyUnicode_Type:
            kinds |= OTHER_KEYS
            continue
        if not PyUnicode_IS_COMPACT_ASCII(key):
            PyUnicode_READY(key)
            if PyUnicode_KIND(key) != 1:
                kinds |= WIDE_KEYS
                continue
        pair.mark = fr_json_prefix(
            <uint8_t *>PyUnicode_DATA(key), <size_t>PyUnicode_GET_LENGTH(key)
        )
    return kinds


cdef inline int put_key(Encoder *e, PyObject *key, bint separated) except -1:
    """A key that is an exact string, with the separators around it."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(key)
    cdef uint8_t *data
    cdef uint8_t *out

    if (
        not e.compact
        or not e.ensure_ascii
        or size > CHUNK
        or not PyUnicode_IS_COMPACT_ASCII(key)
    ):
        if separated:
            put_item_separator(e)
        put_string(e, key)
        return put_key_separator(e)
    # All at once, with one look at the room.
    reserve(e, size * FR_JSON_MAX_1 + 4)
    data = <uint8_t *>PyUnicode_DATA(key)
    out = e.at
    if separated:
        out[0] = <uint8_t>e.item_separator[0]
        out += 1
    out[0] = c'"'
    out += 1 + fr_json_escape_1(data, <size_t>size, out + 1)
    out[0] = c'"'
    out[1] = <uint8_t>e.key_separator[0]
    e.at = out + 2
    return DONE


cdef int put_pairs(Encoder *e, Py_ssize_t first, Py_ssize_t count) except -1:
    """Pairs whose keys are exact strings."""
    cdef Py_ssize_t at
    cdef Pair *pair
    cdef uint64_t length
    cdef bint fresh = False
    cdef int answer

    for at in range(first, first + count):
        pair = &e.pairs[at]
        if pair.size == 0:
            fresh = True
            pair.mark = <uint64_t>(e.at - e.start)
            put_key(e, pair.key, at > first)
            length = <uint64_t>(e.at - e.start) - pair.mark
            pair.size = <uint32_t>length if length <= LONGEST_KEY else 0
        elif pair.size <= KEY_COPY:
            # Also room for what is behind the earlier key.
            reserve(e, KEY_COPY)
            # The two may overlap.
            memmove(e.at, e.start + pair.mark, KEY_COPY)
            e.at += pair.size
        else:
            reserve(e, pair.size)
            memcpy(e.at, e.start + pair.mark, pair.size)
            e.at += pair.size
        answer = encode_value(e, pair.value)
        if answer != DONE:
            return answer
    # Not after foreign code: the keys might be gone soon, and others be there.
    # Nor with the line breaks of one depth.
    if (
        fresh
        and not e.indented
        and count <= SHAPE_KEYS
        and e.depth > 1
        and not e.frames[e.depth - 1].pinned
    ):
        remember_shape(e, &e.pairs[first], count)
    return DONE


cdef int put_any_pairs(Encoder *e, Py_ssize_t first, Py_ssize_t count) except -1:
    """Pairs with other keys among them, unsorted."""
    cdef Py_ssize_t at
    cdef bint leading = True
    cdef int answer

    for at in range(first, first + count):
        answer = put_member_start(e, e.pairs[at].key, &leading)
        if answer == SKIP:
            continue
        if answer == DONE:
            answer = encode_value(e, e.pairs[at].value)
        if answer != DONE:
            return answer
    return DONE


cdef void remember_shape(Encoder *e, Pair *pairs, Py_ssize_t count) noexcept:
    cdef ShapeKey keys[SHAPE_KEYS]
    cdef ShapeKey *known
    cdef size_t place
    cdef Py_ssize_t at

    for at in range(count):
        if pairs[at].size == 0:
            return
        known = &keys[pairs[at].index]
        known.key = pairs[at].key
        known.mark = pairs[at].mark
        known.size = pairs[at].size
        known.rank = <uint32_t>at
    place = shape_place(keys[0].key, count)
    e.shape_counts[place] = <uint8_t>count
    memcpy(e.shapes[place].keys, keys, <size_t>count * sizeof(ShapeKey))
