# Recycling: a plain response that nobody has any more is kept for the next one.
#
# Most responses end as they began, as the object of Response that holds a dict,
# a Headers, and three lists, all of which are made and thrown away again for
# each request: a third of the time of a short response. CPython keeps lists,
# dicts and frames back for the same reason.
#
# Only what cannot be told from a new response is kept: one whose every part has
# no other reference, not even a weak one, and is as construction left it but
# for the lists' items, which are dropped at once, and for the status. The
# garbage collector does not see it until it is used again.

cdef enum:
    MOST_SPARES = 16
    MOST_FIELDS = 8

cdef struct Spare:
    PyObject *response
    PyObject *attributes
    PyObject *headers
    PyObject *headers_attributes
    PyObject *fields
    PyObject *callbacks
    PyObject *body

# For each class that may be recycled; they live as long as the process.
cdef struct Shelf:
    PyTypeObject *kind
    Py_ssize_t count
    Spare spares[MOST_SPARES]

cdef Shelf shelves[2]


def recycle(cls):
    """Allows the responses of a class to be recycled.

    :param cls: one of fastresp's two. Later ones, of modules that were imported
        once more, do without.
    """
    for at in range(2):
        if shelves[at].kind is NULL:
            Py_INCREF(cls)
            shelves[at].kind = <PyTypeObject *>cls
            return


cdef inline Shelf *shelf_of(PyTypeObject *kind) noexcept:
    if shelves[0].kind is kind:
        return &shelves[0]
    if shelves[1].kind is kind:
        return &shelves[1]
    return NULL


cdef inline bint is_lone(PyObject *value, Py_ssize_t ours) noexcept:
    """Whether there are no references to ``value`` but ``ours``."""
    return Py_REFCNT(<object>value) == ours


cdef tuple HEADERS_NAMES = (NAME_LIST,)


cdef bint keep(PyObject *response) except -1:
    """Keeps a response if it is a plain one, of which the caller has the only
    reference; then there is one more, the spare's.
    """
    cdef Shelf *shelf = shelf_of(Py_TYPE(<object>response))
    cdef State state
    cdef PyObject *fields
    cdef Spare *spare

    if shelf is NULL or shelf.count == MOST_SPARES:
        return False
    # Making a dict for the attributes may collect garbage, and so call anything.
    attributes = PyObject_GenericGetDict(<object>response, NULL)
    if not fr_dict_is(
        attributes, PySequence_Fast_ITEMS(STATE_NAMES), 6, &state.headers
    ):
        return False
    headers = <object>state.headers
    if Py_TYPE(headers) is not fast_headers_type:
        return False
    headers_attributes = PyObject_GenericGetDict(headers, NULL)
    # From here on nothing is called and nothing allocated. Two references are
    # those of a part's owner and of the name here.
    if (
        not is_lone(response, 1)
        or not fr_can_recycle(<object>response)
        or fr_dict_of(response) is not <PyObject *>attributes
        or not is_lone(<PyObject *>attributes, 2)
        or not fr_dict_is(
            attributes, PySequence_Fast_ITEMS(STATE_NAMES), 6, &state.headers
        )
        or not PyUnicode_CheckExact(<object>state.status)
        or not PyLong_CheckExact(<object>state.status_code)
        or state.direct_passthrough is not <PyObject *>NOT_PASSED_THROUGH
        or not is_short_list(state.on_close, 0, 0)
        or not is_short_list(state.response, 1, 1)
        or not PyBytes_CheckExact(<object>PyList_GET_ITEM(<object>state.response, 0))
        or state.headers is not <PyObject *>headers
        or not is_lone(state.headers, 2)
        or not fr_can_recycle(headers)
        or fr_dict_of(state.headers) is not <PyObject *>headers_attributes
        or not is_lone(<PyObject *>headers_attributes, 2)
        or not fr_dict_is(
            headers_attributes, PySequence_Fast_ITEMS(HEADERS_NAMES), 1, &fields
        )
        or not is_short_list(fields, 0, MOST_FIELDS)
        or fr_list_room(fields) < 2
        or not are_fields(<object>fields)
    ):
        return False

    spare = &shelf.spares[shelf.count]
    spare.response = response
    spare.attributes = <PyObject *>attributes
    spare.headers = state.headers
    spare.headers_attributes = <PyObject *>headers_attributes
    spare.fields = fields
    spare.callbacks = state.on_close
    spare.body = state.response
    Py_INCREF(<object>response)
    # Bytes, and tuples of strings: dropping them runs no foreign code.
    fr_empty_list(spare.fields)
    fr_empty_list(spare.body)
    PyObject_GC_UnTrack(spare.response)
    PyObject_GC_UnTrack(spare.attributes)
    PyObject_GC_UnTrack(spare.headers)
    PyObject_GC_UnTrack(spare.headers_attributes)
    PyObject_GC_UnTrack(spare.fields)
    PyObject_GC_UnTrack(spare.callbacks)
    PyObject_GC_UnTrack(spare.body)
    shelf.count += 1
    return True


cdef inline bint is_short_list(
    PyObject *value, Py_ssize_t least, Py_ssize_t most
) noexcept:
    """Whether it is a list of such a size that nothing else refers to."""
    return (
        PyList_CheckExact(<object>value)
        and is_lone(value, 1)
        and least <= PyList_GET_SIZE(<object>value) <= most
        and fr_list_room(value) <= MOST_FIELDS
    )


cdef object reuse(
    object cls, tuple type_field, bytes body, tuple length, tuple status
):
    """A response that was kept, as a new one of that class; ``None`` if there is
    none."""
    global recycled
    cdef State state
    cdef Shelf *shelf = shelf_of(<PyTypeObject *>cls)
    cdef Spare *spare

    if shelf is NULL or shelf.count == 0:
        return None
    spare = &shelf.spares[shelf.count - 1]
    # The lists have the room: nothing is allocated, so that a spare stays a whole one.
    PyList_Append(<object>spare.fields, type_field)
    PyList_Append(<object>spare.fields, length)
    PyList_Append(<object>spare.body, body)
    fr_dict_read(
        <object>spare.attributes,
        PySequence_Fast_ITEMS(STATE_NAMES),
        6,
        &state.headers,
    )
    if state.status is not PyTuple_GET_ITEM(status, 0):
        text = <object>PyTuple_GET_ITEM(status, 0)
        PyDict_SetItem(<object>spare.attributes, NAME_STATUS, text)
    if state.status_code is not PyTuple_GET_ITEM(status, 1):
        code = <object>PyTuple_GET_ITEM(status, 1)
        PyDict_SetItem(<object>spare.attributes, NAME_STATUS_CODE, code)
    shelf.count -= 1
    recycled += 1
    PyObject_GC_Track(spare.response)
    PyObject_GC_Track(spare.attributes)
    PyObject_GC_Track(spare.headers)
    PyObject_GC_Track(spare.headers_attributes)
    PyObject_GC_Track(spare.fields)
    PyObject_GC_Track(spare.callbacks)
    PyObject_GC_Track(spare.body)
    response = <object>spare.response
    Py_DECREF(spare.response)
    return response
