# `vary`, the set of names in a header.
#
# Werkzeug's property makes a HeaderSet of the header each time, which writes the
# header anew when it changes. The set is Werkzeug's; making it and writing it
# down are compiled. Sessions do both in nearly every request.


cdef PyTypeObject *header_set_type = <PyTypeObject *>HeaderSet
# From Werkzeug 3.2 on, the class parses, and its sets get the function afterwards.
cdef object stock_parse = found_in(sansio_response, "parse_set_header")
cdef bint CLASS_PARSES = stock_parse is ABSENT
cdef str NAME_ITEMS = "_headers"
cdef str NAME_SET = "_set"
cdef str NAME_ON_UPDATE = "_on_update" if CLASS_PARSES else "on_update"
cdef object structures = sys.modules[HeaderSet.__module__]
cdef Watch header_set_watch = Watch(
    (sansio_response, "HeaderSet"),
    (structures, "dump_header") if CLASS_PARSES
    else (sansio_response, "parse_set_header"),
    (werkzeug_http, "quote_header_value"),
    (
        HeaderSet,
        *type_dict(HeaderSet),
        *INSTANCE_ACCESS,
        *(NAME_ITEMS, NAME_SET, NAME_ON_UPDATE),
    ),
)
# By byte, whether it stands in a header set without quotation marks.
cdef uint8_t[256] token_members


cdef object parsed_set(object value, object on_update):
    """Return what Werkzeug's property makes of a header's value."""
    if not CLASS_PARSES:
        return stock_parse(value, on_update)
    made = HeaderSet.from_header(value)
    setattr(made, NAME_ON_UPDATE, on_update)
    return made


cdef bint is_known_header_set() except -1:
    """Return whether a new set has the attributes that it had when this was
    written."""
    made = parsed_set(None, print)
    attributes = [(NAME_ITEMS, []), (NAME_SET, set()), (NAME_ON_UPDATE, print)]
    if type(made) is not HeaderSet or PyMapping_Items(made.__dict__) != attributes:
        return False
    quote = werkzeug_http.quote_header_value
    for code in range(128):
        token_members[code] = quote(chr(code)) == chr(code)
    return True


header_set_watch.genuine = header_set_watch.genuine and is_known_header_set()


cdef object set_text(object header_set):
    """``header_set.to_header()``; ``None`` for a set that is empty, or whose
    items have to be quoted."""
    cdef Py_ssize_t at

    if Py_TYPE(header_set) is not header_set_type or not intact(header_set_watch):
        return None
    items = fr_attribute(header_set, NAME_ITEMS)
    if not PyList_CheckExact(items):
        return None
    items = fr_unshared(items)
    for at in range(PyList_GET_SIZE(items)):
        item = <object>PyList_GET_ITEM(items, at)
        if (
            not is_plain_name(item)
            or PyUnicode_GET_LENGTH(item) == 0
            or not fr_all_in(
                latin1_data(item), <size_t>PyUnicode_GET_LENGTH(item), token_members
            )
        ):
            return None
    if PyList_GET_SIZE(items) == 0:
        return None
    if PyList_GET_SIZE(items) == 1:
        return item
    return ", ".join(items)


# Werkzeug's property, if it is one that this code was written after.
cdef object stock_vary = class_attribute(STOCK_CLASSES, "vary")
cdef bint VARY_IS_KNOWN = (
    header_set_watch.genuine
    and type(stock_vary) is property
    and stock_vary.fget.__qualname__ == "_set_property.<locals>.fget"
    and is_genuine("fget", stock_vary.fget)
    and stock_vary.fget.__code__.co_freevars == ("name",)
    and stock_vary.fget.__closure__[0].cell_contents == VARY
)
if VARY_IS_KNOWN:
    STOCK["vary"].append(stock_vary)


@cython.final
@cython.trashcan(True)
cdef class VaryUpdate:
    """Writes a set to its response's header, when it has changed."""

    cdef object response

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        # As a function, which Werkzeug's is: a copied set writes to the same
        # response.
        return self

    def __reduce__(self):
        # Not picklable: raise the error of pickling Werkzeug's closure.
        return getattr(stock_vary.fget(self.response), NAME_ON_UPDATE), ()

    def __call__(self, header_set):
        cdef list fields

        headers = self.response.headers
        text = set_text(header_set)
        # An empty one has no text, unless its list and its set disagree.
        if text is not None and header_set._set:
            fields = own_fields(headers)
            if fields is None or not set_field(fields, (VARY, text)):
                headers[VARY] = text
        elif not header_set and VARY in headers:
            del self.response.headers[VARY]
        elif header_set:
            self.response.headers[VARY] = header_set.to_header()


def get_vary(self):
    cdef BorrowedState borrowed
    cdef VaryUpdate update
    cdef list items = None
    cdef object value = MIXED

    if (
        VARY_IS_KNOWN
        and not overridden(type(self)) & (HOOK_VARY | HOOK_STATE)
        and intact(header_set_watch)
    ):
        attributes = fr_unshared(fr_instance_dict(self))
        if read_state(attributes, &borrowed):
            headers = <object>borrowed.headers
            items = fields_of(headers)
    if items is not None:
        value = field_named(items, VARY)
    if value is MIXED:
        return inherited(self, "vary")
    update = VaryUpdate.__new__(VaryUpdate)
    update.response = self
    if value is not ABSENT:
        return parsed_set(value, update)
    header_set = fr_new_instance(header_set_type, ())
    PyObject_GenericSetAttr(header_set, NAME_ITEMS, [])
    PyObject_GenericSetAttr(header_set, NAME_SET, set())
    PyObject_GenericSetAttr(header_set, NAME_ON_UPDATE, update)
    return header_set


def set_vary(self, value):
    attribute_after(type(self), "vary").__set__(self, value)


cdef object vary = property(get_vary, set_vary, None, stock_vary.__doc__)
