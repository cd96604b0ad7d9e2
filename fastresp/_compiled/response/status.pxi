# Status-line rendering.

# Werkzeug's method does not look at `self` today; a later one may.
cdef object blank_response = WerkzeugResponse.__new__(WerkzeugResponse)
cdef object stock_clean_status = class_attribute(STOCK_CLASSES, "_clean_status")


cdef bint reads_members(function):
    """Return whether a function takes reason phrases from ``HTTPStatus``, as Werkzeug's
    do from 3.2 on, and not from ``HTTP_STATUS_CODES``."""
    return type(function) is FunctionType and "phrase" in function.__code__.co_names


cdef bint PHRASES_OF_MEMBERS = reads_members(stock_clean_status)


cdef dict phrase_places():
    """Return the dict and the key under which Werkzeug finds the phrase of a code."""
    if not is_stock("_clean_status"):
        return {}
    if PHRASES_OF_MEMBERS:
        return {int(each): (each.__dict__, "phrase") for each in HTTPStatus}
    table = found_in(werkzeug_http, "HTTP_STATUS_CODES")
    if type(table) is not dict:
        return {}
    return {code: (table, code) for code in table}


# At index `code`: (phrase at import, what Werkzeug made of it, its dict, its key) or
# None. An entry counts as long as the dict still holds that very phrase.
cdef dict places = phrase_places()
cdef list rendered_statuses = [None] * (max(places, default=0) + 1)
for code, (names, key) in places.items():
    rendered_statuses[code] = (
        names[key], blank_response._clean_status(code), names, key
    )
cdef object OK = 200


cdef inline bint has_phrase(object entry) except -1:
    """Return whether the phrase of an entry is what it was at import."""
    names = <object>PyTuple_GET_ITEM(entry, 2)
    key = <object>PyTuple_GET_ITEM(entry, 3)
    return PyDict_GetItemWithError(names, key) is PyTuple_GET_ITEM(entry, 0)


cdef tuple render_code(object code):
    """Return status line and code for an exact ``int``."""
    cdef int overflow = 0
    cdef long index = PyLong_AsLongAndOverflow(code, &overflow)

    if 0 <= index < PyList_GET_SIZE(rendered_statuses):
        entry = <object>PyList_GET_ITEM(rendered_statuses, index)
        if entry is not None and has_phrase(entry):
            return <tuple>PyTuple_GET_ITEM(entry, 1)
    return stock_clean_status(blank_response, code)


cdef inline bint is_rendered(object text, long code):
    """Return whether ``text`` is what :func:`render_code` gave for ``code``: then
    it needs no inspection."""
    if not 0 <= code < PyList_GET_SIZE(rendered_statuses):
        return False
    entry = <object>PyList_GET_ITEM(rendered_statuses, code)
    return entry is not None and <PyObject *>text is PyTuple_GET_ITEM(
        <object>PyTuple_GET_ITEM(entry, 1), 0
    )


cdef tuple render(object status):
    if PyLong_CheckExact(status):
        return render_code(status)
    if type(status) is HTTPStatus:
        return render_code(int(status))
    return stock_clean_status(blank_response, status)
