# What the standard encoder adds to exceptions on their way out: for each container, and
# for each object that `default` was called for, what was being written of it.

cdef object add_note = BaseException.__dict__.get("add_note")


cdef object key_of(Encoder *e, Frame *frame):
    """Return the key of the value that is being written; ``ABSENT`` for none."""
    cdef PyObject *key = frame.key
    cdef Py_ssize_t at

    if frame.go_on is go_on_pairs and frame.position > 0:
        key = e.pairs[frame.first_pair + frame.position - 1].key
    elif frame.go_on is go_on_record:
        for at in range(frame.shape.count):
            if frame.shape.keys[at].rank == frame.position - 1:
                key = frame.shape.keys[at].key
    return ABSENT if key is NULL else <object>key


cdef str note_of(Encoder *e, Frame *frame):
    """Return what is to be added for a frame; ``None`` for nothing."""
    cdef PyObject *container = frame.container

    name = PyType_GetFullyQualifiedName(Py_TYPE(<object>container))
    if frame.go_on is go_on_substitute:
        return f"when serializing {name} object"
    if frame.go_on is go_on_list:
        return f"when serializing {name} item {frame.position - 1}"
    key = key_of(e, frame)
    return None if key is ABSENT else f"when serializing {name} item {key!r}"


cdef int raise_with_notes(Encoder *e, object error) except -1:
    """Add notes for all frames, and raise the exception if it is another one then: what
    a key's ``__repr__`` raised."""
    cdef Py_ssize_t at = e.depth
    cdef object raised = error

    own_frames(e, e.depth)
    while at > 0:
        at -= 1
        try:
            note = note_of(e, &e.frames[at])
            if note is not None:
                add_note(raised, note)
        except BaseException as other:
            raised = other
    if raised is not error:
        raise raised
    return 0
