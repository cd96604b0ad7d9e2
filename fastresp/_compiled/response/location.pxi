# Location: what emission makes of it, and redirects.

cdef str LOCATION = "Location"
cdef str CONTENT_LOCATION = "Content-Location"

# What Werkzeug's get_wsgi_headers calls on a Location; the first Werkzeug 3.0 had
# one of its own for that.
cdef str LOCATION_CONVERTER = "_invalid_iri_to_uri"
if LOCATION_CONVERTER not in response_names:
    LOCATION_CONVERTER = "iri_to_uri"
cdef object stock_converter = response_names[LOCATION_CONVERTER]
cdef object stock_iri_to_uri = response_names["iri_to_uri"]
# Patched before fastresp was imported, they are not ours to call.
cdef bint CONVERTERS_ARE_KNOWN = all(
    type(converter) is FunctionType
    and converter.__globals__ is werkzeug_urls.__dict__
    and converter.__code__.co_name == name
    for name, converter in (
        (LOCATION_CONVERTER, stock_converter),
        ("iri_to_uri", stock_iri_to_uri),
    )
)

# Of the forms that fr_uri_is_plain knows, those without a host: with one, the
# codec for domain names is imported, which takes a while.
cdef tuple PLAIN_LOCATIONS = (
    "/",
    "/a-b_c.d~e/%20%zz!$&'()*+,;=:@//f",
    "/?/?:@",
    "/#/?#",
)
cdef bint PLAIN_LOCATIONS_STAY = all(
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
    if not CONVERTERS_ARE_KNOWN:
        return False
    if location >= 0 and not (
        known & DEFAULT_LOCATION_KEPT
        and fr_dict_get(response_names, LOCATION_CONVERTER) is stock_converter
        and relocate(items, location, LOCATION, stock_converter)
    ):
        return False
    return content_location < 0 or (
        fr_dict_get(response_names, "iri_to_uri") is stock_iri_to_uri
        and relocate(items, content_location, CONTENT_LOCATION, stock_iri_to_uri)
    )


# --- redirects -------------------------------------------------------------

cdef object stock_redirect = werkzeug_utils.redirect
cdef object TEXT_HTML = "text/html"
cdef tuple TEXT_HTML_FIELD = (CONTENT_TYPE, get_content_type(TEXT_HTML, "utf-8"))


class RecordedResponse:
    """Notes what Werkzeug's ``redirect`` makes of it."""

    def __init__(self, *args, **kwargs):
        self.arguments = args, kwargs
        self.headers = {}


cdef tuple examine_redirect():
    """The text between the places where ``redirect`` puts the location; ``None``
    if it does more than we know."""
    if (
        type(stock_redirect) is not FunctionType
        or stock_redirect.__globals__ is not utils_names
        or stock_redirect.__code__.co_name != "redirect"
    ):
        # Patched before the import: it is not ours to call.
        return None
    made = stock_redirect("\0", 302, Response=RecordedResponse)
    if made.headers != {LOCATION: "\0"}:
        return None
    (text, *status), keywords = made.arguments
    if status != [302] or keywords != {"mimetype": TEXT_HTML}:
        return None
    return tuple(map(str.encode, text.split("\0")))


cdef tuple redirect_pieces = examine_redirect()

cdef bytes joined(tuple pieces, bytes link):
    """``link.join(pieces)``, without the calls around it."""
    cdef Py_ssize_t at
    cdef Py_ssize_t count = PyTuple_GET_SIZE(pieces)
    cdef Py_ssize_t size = (count - 1) * PyBytes_GET_SIZE(link)
    cdef uint8_t *out

    for at in range(count):
        size += PyBytes_GET_SIZE(<object>PyTuple_GET_ITEM(pieces, at))
    text = PyBytes_FromStringAndSize(NULL, size)
    out = <uint8_t *>PyBytes_AS_STRING(text)
    for at in range(count):
        if at > 0:
            out = put(out, PyBytes_AS_STRING(link), PyBytes_GET_SIZE(link))
        piece = <object>PyTuple_GET_ITEM(pieces, at)
        out = put(out, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
    return text


cdef object redirection(object response_class, object location, object code):
    """``werkzeug.utils.redirect(location, code, response_class)``; ``None``, with
    nothing done, when that has to do it."""
    cdef uint32_t known
    cdef bytes escaped

    if (
        redirect_pieces is None
        or PyDict_GetItemWithError(utils_names, "escape") is not <PyObject *>escape
        or not is_field_value(location)
        or not (PyLong_CheckExact(code) or PyUnicode_CheckExact(code))
        or not PyType_Check(response_class)
    ):
        return None
    known = overridden(response_class)
    if known & CONSTRUCT_NEEDS or known & PLAIN != PLAIN or not headers_unpatched():
        return None
    escaped = html_escaped(location)
    if escaped is None:
        return None
    body = joined(redirect_pieces, escaped)
    fields = text_fields(TEXT_HTML_FIELD, body)
    fields.append((LOCATION, location))
    return new_response(response_class, fields, render(code), [body])


def redirect_maker(app, stock):
    """A compiled ``redirect`` for one app.

    :param app: a weak reference to the app, as for :func:`response_maker`.
    :param stock: Flask's own ``Flask.redirect``; it gets every call with
        unusual arguments.
    :return: a function with the parameters of ``Flask.redirect``.
    """
    cdef uint32_t checked_tag = 0
    cdef bint plain_access = False
    cdef dict names = stock.__globals__

    def redirect(*args, **kwargs):
        nonlocal checked_tag, plain_access
        cdef uint32_t tag

        self = fr_referent(app)
        if self is None:
            raise ReferenceError("The app of this function no longer exists.")
        tag = fr_type_tag(Py_TYPE(self))
        if tag != checked_tag or tag == 0:
            # A method patched onto the app's class since then wins.
            current = class_attribute(type_mro(type(self)), "redirect")
            if current is not stock:
                return bound_to(current, self)(*args, **kwargs)
            plain_access = has_plain_access(type(self), ("response_class",))
            checked_tag = fr_assign_type_tag(Py_TYPE(self))

        response = None
        if PyDict_GetItemWithError(names, "_wz_redirect") is (
            <PyObject *>stock_redirect
        ):
            if PyTuple_GET_SIZE(args) == 1 and PyDict_GET_SIZE(kwargs) == 0:
                code = FOUND
            elif PyTuple_GET_SIZE(args) == 1 and PyDict_GET_SIZE(kwargs) == 1:
                code = (<dict>kwargs).get("code")
            elif PyTuple_GET_SIZE(args) == 2 and PyDict_GET_SIZE(kwargs) == 0:
                code = args[1]
            else:
                return stock(self, *args, **kwargs)
            response_class = app_attribute(self, "response_class", plain_access)
            response = redirection(response_class, args[0], code)
        if response is None:
            return stock(self, *args, **kwargs)
        return response

    return redirect


cdef object FOUND = 302
