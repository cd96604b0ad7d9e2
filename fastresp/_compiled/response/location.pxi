# Location: what emission makes of it.

# What Werkzeug's get_wsgi_headers calls on a Location; the first Werkzeug 3.0 had
# one of its own for that.
cdef str LOCATION_CONVERTER = "_invalid_iri_to_uri"
if found_in(werkzeug_response, LOCATION_CONVERTER) is ABSENT:
    LOCATION_CONVERTER = "iri_to_uri"
cdef object stock_converter = found_in(werkzeug_response, LOCATION_CONVERTER)
cdef object stock_iri_to_uri = found_in(werkzeug_response, "iri_to_uri")
cdef Watch location_watch = Watch((werkzeug_response, LOCATION_CONVERTER))
cdef Watch content_location_watch = Watch((werkzeug_response, "iri_to_uri"))

# Of each form that fr_uri_is_plain knows.
cdef tuple PLAIN_LOCATIONS = (
    "/",
    "/a-b_c.d~e/%20%zz!$&'()*+,;=:@//f",
    "/?/?:@",
    "/#/?#",
)
cdef bint PLAIN_LOCATIONS_STAY = location_watch.genuine and all(
    fr_uri_is_plain(latin1_data(uri), <size_t>len(uri)) and stock_converter(uri) == uri
    for uri in PLAIN_LOCATIONS
)


cdef bint relocate(list items, Py_ssize_t at, str name, object converter) except -1:
    """Set a location as ``get_wsgi_headers`` does; false, with nothing done, for one
    that Werkzeug refuses.

    :param items: a list of our own.
    :param at: the index of the only header with that name.
    :param converter: Werkzeug's function for it, which calls nothing of a user's.
    """
    item = items[at]
    value = <object>PyTuple_GET_ITEM(item, 1)
    if not (
        PLAIN_LOCATIONS_STAY
        and fr_uri_is_plain(latin1_data(value), <size_t>PyUnicode_GET_LENGTH(value))
    ):
        try:
            value = converter(value)
        except ValueError:
            return False
        if not is_field_value(value):
            return False
    given = <object>PyTuple_GET_ITEM(item, 0)
    if given != name or value is not <object>PyTuple_GET_ITEM(item, 1):
        items[at] = (name, value)
    return True


cdef bint relocate_both(
    list items, Py_ssize_t location, Py_ssize_t content_location, uint32_t known
) except -1:
    """Set ``Location`` and ``Content-Location``; false where Werkzeug has to.

    :param location: the index of that header, -1 for none.
    :param content_location: likewise.
    :param known: what :func:`overridden` said of the class.
    """
    if location >= 0 and not (
        known & DEFAULT_LOCATION_KEPT
        and intact(location_watch)
        and relocate(items, location, LOCATION, stock_converter)
    ):
        return False
    return content_location < 0 or (
        intact(content_location_watch)
        and relocate(items, content_location, CONTENT_LOCATION, stock_iri_to_uri)
    )
