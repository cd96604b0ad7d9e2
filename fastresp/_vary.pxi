# Sets of names in a header: `vary` and its like.
#
# Werkzeug's property makes a HeaderSet of the header each time, which writes the
# header anew when it changes. The set is Werkzeug's; making it and writing it
# down are compiled. Sessions do both in nearly every request.

cdef PyTypeObject *header_set_type = <PyTypeObject *>HeaderSet
cdef uint32_t header_set_tag = 0
cdef object stock_parse = sansio_names.get("parse_set_header")
cdef object stock_quote = http_names.get("quote_header_value")
cdef uint8_t[256] token_members
cdef str NAME_ITEMS = "_headers"
cdef str NAME_SET = "_set"
cdef str NAME_ON_UPDATE = "on_update"


# Stands for a function.
cdef object some_update = object()


cdef bint is_known_header_set() except -1:
    """Whether a new set has the attributes it had when this was written."""
    global header_set_tag

    if (
        type(stock_parse) is not FunctionType
        or stock_parse.__globals__ is not http_names
        or stock_parse.__code__.co_name != "parse_set_header"
    ):
        # Patched before the import: it is not ours to call.
        return False
    made = stock_parse(None, some_update)
    attributes = [(NAME_ITEMS, []), (NAME_SET, set()), (NAME_ON_UPDATE, some_update)]
    if type(made) is not HeaderSet or PyMapping_Items(made.__dict__) != attributes:
        return False
    for name in ("__bool__", "to_header"):
        if not is_own_function(HeaderSet, name, type_dict(HeaderSet).get(name)):
            return False
    for code in range(128):
        token_members[code] = stock_quote(chr(code)) == chr(code)
    header_set_names.update(type_dict(HeaderSet))
    return examine_header_set()


# Werkzeug's class, as it is at import.
cdef dict header_set_names = {}


cdef bint examine_header_set() except -1:
    """Whether the class is as it was at import."""
    global header_set_tag
    cdef uint32_t tag = fr_assign_type_tag(header_set_type, "add")

    for name in ("__new__", "__getattribute__", "__setattr__"):
        if class_attribute(type_mro(HeaderSet)[:-1], name) is not None:
            return False
    names = type_dict(HeaderSet)
    for name, value in header_set_names.items():
        if names.get(name) is not value:
            return False
    for name in names:
        # What copy and pickle leave in a class.
        if name not in header_set_names and name != "__slotnames__":
            return False
    header_set_tag = tag
    return True


cdef bint HEADER_SET_IS_KNOWN = is_known_header_set()


cdef bint header_set_is_known() except -1:
    return (
        HEADER_SET_IS_KNOWN
        and (
            (fr_type_tag(header_set_type) == header_set_tag and header_set_tag != 0)
            or examine_header_set()
        )
        and PyDict_GetItemWithError(sansio_names, "parse_set_header")
        is <PyObject *>stock_parse
        and PyDict_GetItemWithError(http_names, "quote_header_value")
        is <PyObject *>stock_quote
    )


cdef object set_text(object header_set):
    """``header_set.to_header()``; ``None`` for a set that is empty, or whose
    items have to be quoted."""
    cdef PyObject *items
    cdef Py_ssize_t at

    if Py_TYPE(header_set) is not header_set_type or not header_set_is_known():
        return None
    items = PyDict_GetItemWithError(
        PyObject_GenericGetDict(header_set, NULL), NAME_ITEMS
    )
    if items is NULL or not PyList_CheckExact(<object>items):
        return None
    for at in range(PyList_GET_SIZE(<object>items)):
        item = <object>PyList_GET_ITEM(<object>items, at)
        if (
            not is_plain_name(item)
            or PyUnicode_GET_LENGTH(item) == 0
            or not fr_all_in(
                latin1_data(item), <size_t>PyUnicode_GET_LENGTH(item), token_members
            )
        ):
            return None
    if PyList_GET_SIZE(<object>items) == 0:
        return None
    if PyList_GET_SIZE(<object>items) == 1:
        return item
    return ", ".join(<object>items)


# Werkzeug's functions behind the properties, by the header's name.
cdef dict stock_getters = {}


@cython.final
cdef class HeaderSetUpdate:
    """Writes a set down in its response's header, when it has changed."""

    cdef object response
    cdef str name

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        # As a function, which Werkzeug's is: a copied set writes to the same
        # response.
        return self

    def __reduce__(self):
        # Cannot be pickled; the words for that are those for the function.
        return stock_getters[self.name](self.response).on_update, ()

    def __call__(self, header_set):
        cdef list fields

        headers = self.response.headers
        text = set_text(header_set)
        # An empty one has no text, unless its list and its set disagree.
        if text is not None and header_set._set:
            fields = own_fields(headers)
            if fields is None or not set_named(fields, self.name, text):
                headers[self.name] = text
        elif not header_set and self.name in headers:
            del self.response.headers[self.name]
        elif header_set:
            self.response.headers[self.name] = header_set.to_header()


cdef object following(object self, str name, object ours):
    """What comes after our property in an object's class."""
    cdef bint seen = False

    for klass in type_mro(type(self)):
        value = type_dict(klass).get(name)
        if value is ours:
            seen = True
        elif value is not None and seen:
            return value
    return class_attribute(STOCK_CLASSES, name)


def header_set_property(attribute):
    """A compiled property in place of one of Werkzeug's.

    :param attribute: ``"vary"`` or another that has a set of names in a header.
    """
    cdef str name = None
    cdef bint known = False
    stock = class_attribute(STOCK_CLASSES, attribute)

    if (
        HEADER_SET_IS_KNOWN
        and type(stock) is property
        and stock.fget.__qualname__ == "_set_property.<locals>.fget"
        and stock.fget.__globals__ is sansio_names
        and stock.fget.__code__.co_freevars == ("name",)
    ):
        name = stock.fget.__closure__[0].cell_contents
        STOCK[attribute].append(stock)
        stock_getters[name] = stock.fget
        known = True

    def fget(self):
        cdef HeaderSetUpdate update
        cdef State state
        cdef list items = None
        cdef Py_ssize_t at = NOT_FIELDS

        if (
            known
            and not overridden(type(self)) & (HOOK_SETS | HOOK_STATE)
            and header_set_is_known()
            and plain_state(PyObject_GenericGetDict(self, NULL), &state)
        ):
            items = fields_of(<object>state.headers)
        if items is not None:
            at = find_field(items, name, 0)
        if at == NOT_FIELDS:
            return following(self, attribute, ours).__get__(self, type(self))
        # Read before anything is allocated, which may collect garbage.
        if at != NOT_FOUND:
            value = <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 1)
        update = HeaderSetUpdate.__new__(HeaderSetUpdate)
        update.response = self
        update.name = name
        if at != NOT_FOUND:
            return stock_parse(value, update)
        header_set = fr_new_instance(header_set_type, ())
        PyObject_GenericSetAttr(header_set, NAME_ITEMS, [])
        PyObject_GenericSetAttr(header_set, NAME_SET, set())
        PyObject_GenericSetAttr(header_set, NAME_ON_UPDATE, update)
        return header_set

    def fset(self, value):
        following(self, attribute, ours).__set__(self, value)

    ours = property(fget, fset, None, stock.__doc__)
    return ours
