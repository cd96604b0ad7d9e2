# Location: what emission makes of it.

# What Werkzeug's get_wsgi_headers calls on a Location; the first Werkzeug 3.0 had
# one of its own for that.
cdef str LOCATION_CONVERTER = "_invalid_iri_to_uri"
if found_in(werkzeug_response, LOCATION_CONVERTER) is ABSENT:
    LOCATION_CONVERTER = "iri_to_uri"
cdef object stock_converter = found_in(werkzeug_response, LOCATION_CONVERTER)
cdef Watch location_watch = Watch((werkzeug_response, LOCATION_CONVERTER))

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


cdef bint relocate(list items, Py_ssize_t at, uint32_t known) except -1:
    """Set ``Location`` as ``get_wsgi_headers`` does; false, with nothing done, where
    Werkzeug has to.

    :param items: a list of our own.
    :param at: the index of the only header with that name.
    :param known: what :func:`overridden` said of the class.
    """
    item = items[at]
    name = <object>PyTuple_GET_ITEM(item, 0)
    value = <object>PyTuple_GET_ITEM(item, 1)
    location = value
    if not known & DEFAULT_LOCATION_KEPT or not intact(location_watch):
        return False
    if not (
        PLAIN_LOCATIONS_STAY
        and fr_uri_is_plain(latin1_data(value), <size_t>PyUnicode_GET_LENGTH(value))
    ):
        try:
            # It calls nothing of a user's.
            location = stock_converter(value)
        except ValueError:
            return False
        if not is_field_value(location):
            return False
    if name != LOCATION or location is not value:
        items[at] = (LOCATION, location)
    return True
