# Hooks: which of the methods a response goes through are still Werkzeug's.
#
# Everything Werkzeug's methods call on `self` may be overridden in a subclass,
# patched onto a class later, or set on an instance. `overridden(cls)` answers
# for the class with one bit a name, `read_state(...)` for the instance.

cdef object WerkzeugResponse = werkzeug_response.Response
cdef tuple STOCK_CLASSES = WerkzeugResponse.__mro__

# Methods compiled here that a subclass may override and call. "Replaced" means that
# calling the method on an instance reaches something other than ours first; "shadowed"
# means that something other than Werkzeug's own method comes after ours.
cdef enum:
    REPLACED_INIT = 1 << 0
    REPLACED_CALL = 1 << 1
    REPLACED_RESPONSE = 1 << 2
    SHADOWED_INIT = 1 << 3
    SHADOWED_CALL = 1 << 4
    SHADOWED_RESPONSE = 1 << 5
    # What they call, and other methods compiled here: there is one that is neither
    # ours nor Werkzeug's.
    HOOK_HEADERS = 1 << 6
    HOOK_APP_ITER = 1 << 7
    HOOK_ITER_ENCODED = 1 << 8
    HOOK_SET_DATA = 1 << 9
    HOOK_CLOSE = 1 << 10
    HOOK_CLEAN_STATUS = 1 << 11
    HOOK_STATUS = 1 << 12
    HOOK_STATUS_CODE = 1 << 13
    HOOK_IS_SEQUENCE = 1 << 14
    # Attribute access as such: descriptors in place of the state attributes,
    # __getattribute__, __setattr__.
    HOOK_STATE = 1 << 15
    # Creating an instance: __new__, a metaclass.
    HOOK_NEW = 1 << 16
    # force_type.
    HOOK_COERCION = 1 << 17
    # set_cookie.
    HOOK_COOKIES = 1 << 18
    # What make_conditional calls, and itself.
    HOOK_CONDITIONAL = 1 << 19
    # vary.
    HOOK_VARY = 1 << 20
    # What the class attributes say, for the values nearly every class has.
    DEFAULT_STATUS_OK = 1 << 21
    DEFAULT_LENGTH_ON = 1 << 22
    DEFAULT_LENGTH_OFF = 1 << 23
    DEFAULT_TYPE_HTML = 1 << 24
    DEFAULT_LOCATION_KEPT = 1 << 25
    # `max_cookie_size` is Flask's property.
    FLASK_COOKIE_SIZE = 1 << 26

# Everything is overridden, no default is known.
cdef uint32_t UNKNOWN = DEFAULT_STATUS_OK - 1

cdef uint32_t INIT_NEEDS = (
    SHADOWED_INIT | HOOK_SET_DATA | HOOK_CLEAN_STATUS | HOOK_STATUS | HOOK_STATE
)
cdef uint32_t CONSTRUCT_NEEDS = INIT_NEEDS | REPLACED_INIT | HOOK_NEW
cdef uint32_t RESPONSE_NEEDS = (
    SHADOWED_RESPONSE
    | HOOK_HEADERS
    | HOOK_APP_ITER
    | HOOK_STATUS
    | HOOK_STATUS_CODE
    | HOOK_STATE
)
cdef uint32_t CALL_NEEDS = SHADOWED_CALL | REPLACED_RESPONSE | RESPONSE_NEEDS
cdef uint32_t COOKIE_NEEDS = HOOK_COOKIES | HOOK_STATE
cdef uint32_t CONDITIONAL_NEEDS = (
    HOOK_CONDITIONAL
    | HOOK_CLEAN_STATUS
    | HOOK_STATUS
    | HOOK_STATUS_CODE
    | HOOK_STATE
)
cdef uint32_t PLAIN = DEFAULT_STATUS_OK | DEFAULT_LENGTH_ON
cdef uint32_t USUAL = PLAIN | DEFAULT_TYPE_HTML
cdef uint32_t STATUS_NEEDS = (
    HOOK_CLEAN_STATUS | HOOK_STATUS | HOOK_STATUS_CODE | HOOK_STATE
)

cdef str TEXT_HTML = "text/html"

cdef dict COMPILED_NAMES = {
    "__init__": (REPLACED_INIT, SHADOWED_INIT),
    "__call__": (REPLACED_CALL, SHADOWED_CALL),
    "get_wsgi_response": (REPLACED_RESPONSE, SHADOWED_RESPONSE),
}
cdef dict INHERITED_NAMES = {
    "get_wsgi_headers": HOOK_HEADERS,
    "get_app_iter": HOOK_APP_ITER,
    "iter_encoded": HOOK_ITER_ENCODED,
    "set_data": HOOK_SET_DATA,
    "close": HOOK_CLOSE,
    "_clean_status": HOOK_CLEAN_STATUS,
    "status": HOOK_STATUS,
    "status_code": HOOK_STATUS_CODE,
    "is_sequence": HOOK_IS_SEQUENCE,
    "__getattribute__": HOOK_STATE,
    "__setattr__": HOOK_STATE,
    "__new__": HOOK_NEW,
    "force_type": HOOK_COERCION,
    "set_cookie": HOOK_COOKIES,
    "_process_range_request": HOOK_CONDITIONAL,
    "make_conditional": HOOK_CONDITIONAL,
    "vary": HOOK_VARY,
}
cdef enum:
    STATE_SIZE = 6

cdef str NAME_HEADERS = "headers"
cdef str NAME_STATUS = "_status"
cdef str NAME_STATUS_CODE = "_status_code"
cdef str NAME_DIRECT_PASSTHROUGH = "direct_passthrough"
cdef str NAME_ON_CLOSE = "_on_close"
cdef str NAME_RESPONSE = "response"
# In Werkzeug's order of assignment.
cdef tuple STATE_NAMES = (
    NAME_HEADERS,
    NAME_STATUS,
    NAME_STATUS_CODE,
    NAME_DIRECT_PASSTHROUGH,
    NAME_ON_CLOSE,
    NAME_RESPONSE,
)
# What an instance attribute can replace; dunder methods are looked up on the
# type, and properties win over instance attributes.
cdef frozenset INSTANCE_HOOKS = frozenset(
    name
    for name in (
        *COMPILED_NAMES,
        *INHERITED_NAMES,
        "automatically_set_content_length",
        "autocorrect_location_header",
    )
    if not name.startswith("__")
    and name not in ("status", "status_code", "is_sequence")
)

cdef list own_functions(str name):
    cdef list found = []

    for owner in STOCK_CLASSES:
        function = type_dict(owner).get(name)
        if function is None:
            continue
        watched_names.add((owner, name))
        if owner is object or is_genuine(name, function):
            found.append(function)
    return found


cdef dict STOCK = {
    name: own_functions(name) for name in (*COMPILED_NAMES, *INHERITED_NAMES)
}

# Filled at the end of this module.
cdef dict OURS = {}

cdef bint among(object value, list values):
    for candidate in values:
        if candidate is value:
            return True
    return False


cdef bint is_stock(str name) except -1:
    """Return whether Werkzeug's classes have the method that they were made with,
    not one that was patched in before fastresp was imported."""
    return among(class_attribute(STOCK_CLASSES, name), STOCK[name])


cdef bint is_known_method(str name, object value) except -1:
    """Return whether a class's attribute is Werkzeug's method of a name, or ours."""
    return among(value, STOCK.get(name, [])) or value is OURS.get(name, ABSENT)


cdef object object_class = type_dict(object)["__class__"]


cdef bint has_own_class(object value) except -1:
    """Return whether ``value.__class__`` is its type, found out without asking the
    object: proxies and mocks have another one, and may do anything when asked."""
    return fr_has_generic_access(value) and (
        fr_is_built_in(Py_TYPE(value))
        or class_attribute(type_mro(type(value)), "__class__") is object_class
    )


cdef object bound_to(object value, object instance, object cls):
    """Bind an attribute of a class to an instance, or to the class for ``None``; return
    it as it is if it does not bind, as the stand-ins of :mod:`unittest.mock` do not."""
    bind = getattr(type(value), "__get__", None)
    return value if bind is None else bind(value, instance, cls)


cdef object flask_cookie_size = type_dict(FlaskResponse).get("max_cookie_size")


cdef bint is_limit_of_the_app(object value):
    """Return whether a property reads what :func:`cookie_size_limit` reads."""
    if type(value) is not property or not is_genuine("max_cookie_size", value):
        return False
    code = value.fget.__code__
    names = {"current_app", "config", "super", "max_cookie_size"}
    return set(code.co_names) == names and "MAX_COOKIE_SIZE" in code.co_consts


cdef bint FLASK_COOKIE_SIZE_IS_KNOWN = is_limit_of_the_app(flask_cookie_size)


cdef uint32_t examine_response_class(object cls) except? 0:
    cdef uint32_t found = 0
    cdef bint seen

    mro = type_mro(cls)

    for name, (replaced, shadowed) in COMPILED_NAMES.items():
        seen = False
        for value in class_attributes(mro, name):
            if value is OURS.get(name, ABSENT):
                seen = True
            elif not seen:
                found |= replaced
            elif not among(value, STOCK[name]):
                found |= shadowed
        if not seen:
            found |= shadowed

    for name, bit in INHERITED_NAMES.items():
        values = class_attributes(mro, name)
        # Without any, it is not a response: it only claims to be one, or does its work.
        if not values or not all([is_known_method(name, value) for value in values]):
            found |= bit

    for name in STATE_NAMES:
        for value in class_attributes(mro, name):
            if hasattr(type(value), "__set__") or hasattr(type(value), "__delete__"):
                found |= HOOK_STATE

    if type(cls) is not type or class_attributes(mro, "__abstractmethods__"):
        found |= HOOK_NEW

    value = class_attribute(mro, "default_status")
    if type(value) is int and value == 200:
        found |= DEFAULT_STATUS_OK
    value = class_attribute(mro, "automatically_set_content_length")
    if value is True:
        found |= DEFAULT_LENGTH_ON
    elif value is False:
        found |= DEFAULT_LENGTH_OFF
    if class_attribute(mro, "autocorrect_location_header") is False:
        found |= DEFAULT_LOCATION_KEPT
    value = class_attribute(mro, "default_mimetype")
    if type(value) is str and value == TEXT_HTML:
        found |= DEFAULT_TYPE_HTML
    value = class_attribute(mro, "max_cookie_size")
    if value is flask_cookie_size and FLASK_COOKIE_SIZE_IS_KNOWN:
        found |= FLASK_COOKIE_SIZE
    return found


cdef Memo response_classes_known = remember(examine_response_class)


cdef inline uint32_t overridden(object cls) except? 0:
    return known_of(response_classes_known, cls)


cdef dict in_the_way(object cls, uint32_t bits):
    """Return by name what a class has in place of Werkzeug's methods and of ours.

    :param bits: of what :func:`overridden` returns.
    """
    cdef dict found = {}

    needed = {
        **INHERITED_NAMES,
        **{name: one | other for name, (one, other) in COMPILED_NAMES.items()},
        **dict.fromkeys(STATE_NAMES, HOOK_STATE),
    }
    for name, bit in needed.items():
        for value in class_attributes(type_mro(cls), name) if bits & bit else ():
            if not is_known_method(name, value):
                found.setdefault(name, value)
    return found


# The attributes of a response, borrowed from its dict: valid until the next call of
# anything. In the order of STATE_NAMES.
cdef struct BorrowedState:
    PyObject *headers
    PyObject *status
    PyObject *status_code
    PyObject *direct_passthrough
    PyObject *on_close
    PyObject *response
    long code


cdef bint has_instance_hook(object attributes) except -1:
    """Return whether an instance attribute stands in a hook's place."""
    cdef PyObject *borrowed_key
    cdef PyObject *borrowed_value
    cdef Py_ssize_t position = 0

    attributes = fr_unshared(attributes)
    while PyDict_Next(attributes, &position, &borrowed_key, &borrowed_value):
        key = <object>borrowed_key
        if not PyUnicode_CheckExact(key) or key in INSTANCE_HOOKS:
            return True
    return False


cdef inline bint has_state_only(object attributes, BorrowedState *borrowed) noexcept:
    """Read the attributes of an instance that has just the six, in their order."""
    cdef PyObject **borrowed_values = &borrowed.headers
    cdef PyObject *borrowed_key
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t at

    if PyDict_GET_SIZE(attributes) != STATE_SIZE:
        return False
    for at in range(STATE_SIZE):
        PyDict_Next(attributes, &position, &borrowed_key, &borrowed_values[at])
        if borrowed_key is not PyTuple_GET_ITEM(STATE_NAMES, at):
            return False
    return True


cdef bint read_state(object attributes, BorrowedState *borrowed) except -1:
    """Read Werkzeug's six attributes. False when one is missing, when the status
    code is no exact ``int``, or when an instance attribute stands in a hook's place.

    :param attributes: unshared, owned by the caller.
    """
    cdef PyObject **borrowed_values = &borrowed.headers
    cdef int overflow = 0
    cdef Py_ssize_t at

    if not has_state_only(attributes, borrowed):
        # First of all: with exact strings for keys, looking up runs no Python.
        if has_instance_hook(attributes):
            return False
        for at in range(STATE_SIZE):
            name = <object>PyTuple_GET_ITEM(STATE_NAMES, at)
            borrowed_values[at] = PyDict_GetItemWithError(attributes, name)
            if borrowed_values[at] is NULL:
                return False
    code = <object>borrowed.status_code
    if not PyLong_CheckExact(code):
        return False
    borrowed.code = PyLong_AsLongAndOverflow(code, &overflow)
    return overflow == 0


def fast_path_counts():
    """Count the responses that this process has built and emitted and the JSON
    texts that it has encoded in compiled code, and the calls that were delegated to
    Werkzeug because the input, the class or the instance is unusual.

    The counts only grow; compare two readings.

    :return: a new ``dict`` with the keys ``built``, ``emitted``, ``encoded``,
        ``delegated``.
    """
    return {
        "built": fr_count_of(FR_BUILT),
        "emitted": fr_count_of(FR_EMITTED),
        "encoded": _json.count_of_encoded(),
        "delegated": fr_count_of(FR_DELEGATED),
    }


cdef object attribute_after(object cls, str name):
    """Return the attribute that follows ours in a class, or Werkzeug's if the class
    does not have ours."""
    cdef object found = ABSENT
    cdef bint seen = False

    for klass in <tuple>type_mro(cls) if name in OURS else ():
        value = type_dict(klass).get(name, ABSENT)
        if value is OURS[name]:
            # The last of them counts, should a subclass repeat the assignment.
            seen = True
            found = ABSENT
        elif seen and found is ABSENT:
            found = value
    return class_attribute(STOCK_CLASSES, name) if found is ABSENT else found


cdef object inherited(object self, str name):
    """Return the bound method that follows ours: what ``super()`` would give."""
    cls = type(self)
    return bound_to(attribute_after(cls, name), self, cls)


cdef object delegate_call(object self, str name, tuple args, PyObject *kwargs):
    """Delegate a call, in the form it was made, to the method after ours."""
    fr_count(FR_DELEGATED)
    return PyObject_Call(inherited(self, name), args, kwargs)


cdef object delegate(
    object self, str name, PyObject **args, Py_ssize_t count, PyObject *names
):
    """Delegate a call to the method after ours.

    :param args: a C array, the last ones named by ``names``.
    """
    fr_count(FR_DELEGATED)
    return PyObject_Vectorcall(inherited(self, name), args, <size_t>count, names)
