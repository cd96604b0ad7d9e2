# cython: language_level=3, binding=True, auto_pickle=False
"""From a view's return value to a status, a header list and body chunks.

Four parts, each usable alone:

-   hooks: which of a class's methods are still Werkzeug's own;
-   status-line rendering: :func:`render_status`;
-   header normalisation: :func:`normalize_headers`;
-   type dispatch: :func:`dispatch` and, on top of it, :func:`response_maker`.

The rest are the bodies of ``Response``'s methods, construction and WSGI
emission; ``METHODS`` has them by name.

One rule holds everywhere: a fast path decides that it knows its input before
it runs anything a user could observe, and otherwise leaves the input to the
installed Werkzeug's own method.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.object cimport PyTypeObject
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from ._src_c cimport FR_DECIMAL_MAX
from ._src_c cimport fr_decimal_fill
from ._src_c cimport fr_decimal_size
from ._src_c cimport fr_equal_lower
from ._src_c cimport fr_scan_line_break

import sys
from collections.abc import Iterator
from http import HTTPStatus
from types import FunctionType

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.http import remove_entity_headers
from werkzeug.utils import get_content_type
from werkzeug.wrappers import response as werkzeug_response
from werkzeug.wsgi import get_current_url
from urllib.parse import urljoin

cdef extern from *:
    """
    /* A type's version tag: never the same for two states of any type, so
     * that what was found out about a class under a tag stays true under it.
     * Zero when the type has none at the moment. */
    static inline unsigned int fr_type_tag(PyTypeObject *type)
    {
    #if PY_VERSION_HEX < 0x030C0000
        if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG))
            return 0;
    #endif
        return (unsigned int)type->tp_version_tag;
    }

    /* Gives the type a tag if it has none; returns it, or zero. */
    static unsigned int fr_assign_type_tag(PyTypeObject *type)
    {
    #if PY_VERSION_HEX >= 0x030C0000
        PyUnstable_Type_AssignVersionTag(type);
    #else
        /* An attribute lookup that misses the method cache assigns one. */
        PyObject *found = PyObject_GetAttrString((PyObject *)type, "__mro__");
        if (found == NULL)
            PyErr_Clear();
        Py_XDECREF(found);
        found = PyObject_GetAttrString((PyObject *)type, "__call__");
        if (found == NULL)
            PyErr_Clear();
        Py_XDECREF(found);
    #endif
        return fr_type_tag(type);
    }

    /* object.__new__(type): without an attribute lookup or argument checks. */
    static inline PyObject *fr_new_instance(PyTypeObject *type, PyObject *no_arguments)
    {
        return PyBaseObject_Type.tp_new(type, no_arguments, NULL);
    }

    /* 1 with the next item in `*item`, 0 at the end, -1 with an exception. */
    static inline int fr_next(PyObject *iterator, PyObject **item)
    {
        *item = Py_TYPE(iterator)->tp_iternext(iterator);
        if (*item != NULL)
            return 1;
        if (PyErr_Occurred() == NULL)
            return 0;
        if (!PyErr_ExceptionMatches(PyExc_StopIteration))
            return -1;
        PyErr_Clear();
        return 0;
    }

    /* The object behind a weak reference, or None. */
    static inline PyObject *fr_referent(PyObject *reference)
    {
        PyObject *referent;
    #if PY_VERSION_HEX >= 0x030D0000
        if (PyWeakref_GetRef(reference, &referent) < 0)
            return NULL;
        if (referent == NULL)
            referent = Py_NewRef(Py_None);
    #else
        referent = PyWeakref_GetObject(reference);
        Py_XINCREF(referent);
    #endif
        return referent;
    }
    """
    object fr_referent(object)
    unsigned int fr_type_tag(PyTypeObject *) noexcept
    unsigned int fr_assign_type_tag(PyTypeObject *) noexcept
    object fr_new_instance(PyTypeObject *, object)
    int fr_next(object, PyObject **) except -1

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(object)
    int PyObject_IsInstance(object, object) except -1
    int PyObject_SetAttr(object, object, object) except -1
    int PyDict_SetItem(object, object, object) except -1
    object PyObject_GetAttr(object, object)
    object PyObject_GetIter(object)
    object PyObject_GetItem(object, object)
    Py_ssize_t PyObject_Length(object) except -1
    int PyObject_IsTrue(object) except -1
    object PyObject_GenericGetDict(object, void *)
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    Py_ssize_t PyDict_GET_SIZE "PyDict_Size"(object)
    int PyDict_Next(object, Py_ssize_t *, PyObject **, PyObject **)
    bint PyUnicode_CheckExact(object)
    bint PyBytes_CheckExact(object)
    bint PyList_CheckExact(object)
    bint PyTuple_CheckExact(object)
    bint PyDict_CheckExact(object)
    bint PyLong_CheckExact(object)
    bint PyGen_CheckExact(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    bint PyUnicode_IS_READY(object)
    int PyUnicode_KIND(object)
    int PyUnicode_1BYTE_KIND
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    Py_ssize_t PyUnicode_FindChar(object, Py_ssize_t, Py_ssize_t, Py_ssize_t, int) except -2
    void *PyUnicode_DATA(object)
    Py_UCS4 PyUnicode_READ_CHAR(object, Py_ssize_t)
    object PyUnicode_New(Py_ssize_t, Py_UCS4)
    object PyUnicode_AsUTF8String(object)
    object PyBytes_FromStringAndSize(const char *, Py_ssize_t)
    Py_ssize_t PyBytes_GET_SIZE(object)
    Py_ssize_t PyList_GET_SIZE(object)
    Py_ssize_t PyTuple_GET_SIZE(object)
    PyObject *PyList_GET_ITEM(object, Py_ssize_t)
    PyObject *PyTuple_GET_ITEM(object, Py_ssize_t)
    object PyList_GetSlice(object, Py_ssize_t, Py_ssize_t)
    int PyList_Append(object, object) except -1
    int PyList_SetSlice(object, Py_ssize_t, Py_ssize_t, PyObject *) except -1
    long PyLong_AsLong(object) except? -1
    long PyLong_AsLongAndOverflow(object, int *) except? -1
    object PyLong_FromSsize_t(Py_ssize_t)
    void Py_DECREF(PyObject *)
    void Py_INCREF(object)

    ctypedef object (*PyCFunction)(object, object)
    ctypedef struct PyMethodDef:
        const char *ml_name
        PyCFunction ml_meth
        int ml_flags
        const char *ml_doc
    enum: METH_FASTCALL
    enum: METH_KEYWORDS
    object PyDescr_NewMethod(PyTypeObject *, PyMethodDef *)


# --- hooks -----------------------------------------------------------------
#
# Everything Werkzeug's methods call on `self` may be overridden in a subclass,
# patched onto a class later, or set on an instance. `overridden(cls)` answers
# for the class with one bit a name, remembered by the type's version tag:
# CPython changes it whenever the class or one of its bases changes.
# `plain_state(...)` answers for the instance.

cdef object WerkzeugResponse = werkzeug_response.Response
cdef tuple STOCK_CLASSES = WerkzeugResponse.__mro__

# The methods compiled here. "Replaced" means that calling the method on an
# instance reaches something other than ours first; "shadowed" means that
# something other than Werkzeug's own method comes after ours.
cdef enum:
    REPLACED_INIT = 1 << 0
    REPLACED_CALL = 1 << 1
    REPLACED_RESPONSE = 1 << 2
    REPLACED_HEADERS = 1 << 3
    REPLACED_APP_ITER = 1 << 4
    SHADOWED_SHIFT = 5
    SHADOWED_INIT = 1 << 5
    SHADOWED_CALL = 1 << 6
    SHADOWED_RESPONSE = 1 << 7
    SHADOWED_HEADERS = 1 << 8
    SHADOWED_APP_ITER = 1 << 9
    # What they call, all of it inherited.
    HOOK_ITER_ENCODED = 1 << 10
    HOOK_SET_DATA = 1 << 11
    HOOK_CLOSE = 1 << 12
    HOOK_CLEAN_STATUS = 1 << 13
    HOOK_STATUS = 1 << 14
    HOOK_STATUS_CODE = 1 << 15
    HOOK_IS_SEQUENCE = 1 << 16
    # Attribute access as such: descriptors in place of the state attributes,
    # __getattribute__, __setattr__.
    HOOK_STATE = 1 << 17
    # Creating an instance: __new__, a metaclass.
    HOOK_NEW = 1 << 18
    # What the class attributes say, for the values nearly every class has.
    DEFAULT_STATUS_OK = 1 << 19
    DEFAULT_LENGTH_ON = 1 << 20
    # The default media type's place in `common_types`, plus one.
    DEFAULT_TYPE_SHIFT = 21
    DEFAULT_TYPE_MASK = 7 << 21

# Everything is overridden, no default is known.
cdef uint32_t UNKNOWN = DEFAULT_STATUS_OK - 1

cdef uint32_t INIT_NEEDS = (
    SHADOWED_INIT | HOOK_SET_DATA | HOOK_CLEAN_STATUS | HOOK_STATUS | HOOK_STATE
)
cdef uint32_t CONSTRUCT_NEEDS = INIT_NEEDS | REPLACED_INIT | HOOK_NEW
cdef uint32_t HEADERS_NEEDS = (
    SHADOWED_HEADERS
    | HOOK_STATUS_CODE
    | HOOK_IS_SEQUENCE
    | HOOK_ITER_ENCODED
    | HOOK_STATE
)
cdef uint32_t APP_ITER_NEEDS = (
    SHADOWED_APP_ITER | HOOK_STATUS_CODE | HOOK_ITER_ENCODED | HOOK_CLOSE | HOOK_STATE
)
cdef uint32_t RESPONSE_NEEDS = (
    SHADOWED_RESPONSE
    | REPLACED_HEADERS
    | REPLACED_APP_ITER
    | HEADERS_NEEDS
    | APP_ITER_NEEDS
    | HOOK_STATUS
)
cdef uint32_t CALL_NEEDS = SHADOWED_CALL | REPLACED_RESPONSE | RESPONSE_NEEDS
cdef uint32_t STATUS_NEEDS = (
    HOOK_CLEAN_STATUS | HOOK_STATUS | HOOK_STATUS_CODE | HOOK_STATE
)

cdef tuple COMMON_TYPES = (
    "text/html",
    "text/plain",
    "text/css",
    "text/csv",
    "text/javascript",
    "text/xml",
)

cdef tuple COMPILED_NAMES = (
    "__init__",
    "__call__",
    "get_wsgi_response",
    "get_wsgi_headers",
    "get_app_iter",
)
cdef dict INHERITED_NAMES = {
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
}
cdef str NAME_HEADERS = "headers"
cdef str NAME_STATUS = "_status"
cdef str NAME_STATUS_CODE = "_status_code"
cdef str NAME_DIRECT_PASSTHROUGH = "direct_passthrough"
cdef str NAME_ON_CLOSE = "_on_close"
cdef str NAME_RESPONSE = "response"
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
    if not name.startswith("__") and name not in ("status", "status_code", "is_sequence")
)

# The class attributes of metaclasses are passed by: these are the slots.
cdef object type_dict = type.__dict__["__dict__"].__get__
cdef object type_mro = type.__dict__["__mro__"].__get__


def is_own_function(owner, str name, value):
    """Whether ``value``, found under ``name`` in the class ``owner``, is what
    the module of ``owner`` defines there, and not a later patch.

    A wrapper lives in another module's globals even when it copies the name
    and the module of what it wraps.

    :param owner: the class whose ``__dict__`` holds the value.
    :param name: the attribute's name.
    :param value: a function or a property.
    """
    function = value.fget if type(value) is property else value
    if owner is object:
        return True
    return (
        type(function) is FunctionType
        and function.__globals__ is sys.modules[owner.__module__].__dict__
        and function.__code__.co_name == name
    )


cdef dict STOCK = {
    name: [
        type_dict(owner)[name]
        for owner in STOCK_CLASSES
        if name in type_dict(owner)
        and is_own_function(owner, name, type_dict(owner)[name])
    ]
    for name in (*COMPILED_NAMES, *INHERITED_NAMES)
}

# Filled at the end of this module.
cdef dict OURS = {}

# Version tag in the upper half, bits in the lower: one word, so that a reader
# can never see one half of an update.
cdef uint64_t[256] known_classes


cdef bint among(object value, list values):
    for candidate in values:
        if candidate is value:
            return True
    return False


cdef object class_attribute(tuple mro, str name):
    for klass in mro:
        names = type_dict(klass)
        if name in names:
            return names[name]
    return None


cdef uint32_t examine(object cls) except? 0x7FFFF:
    cdef uint32_t found = 0
    cdef uint32_t tag = fr_assign_type_tag(<PyTypeObject *>cls)
    cdef bint seen
    cdef int index

    if tag == 0:
        # Changed too often to be given another tag: nothing can be remembered.
        return UNKNOWN

    mro = type_mro(cls)

    for index, name in enumerate(COMPILED_NAMES):
        seen = False
        for klass in mro:
            names = type_dict(klass)
            if name not in names:
                continue
            value = names[name]
            if value is OURS[name]:
                seen = True
            elif not seen:
                found |= 1 << index
            elif not among(value, STOCK[name]):
                found |= 1 << (SHADOWED_SHIFT + index)
        if not seen:
            found |= 1 << (SHADOWED_SHIFT + index)

    for name, bit in INHERITED_NAMES.items():
        for klass in mro:
            names = type_dict(klass)
            if name in names and not among(names[name], STOCK[name]):
                found |= bit

    for name in STATE_NAMES:
        for klass in mro:
            names = type_dict(klass)
            if name in names:
                value = type(names[name])
                if hasattr(value, "__set__") or hasattr(value, "__delete__"):
                    found |= HOOK_STATE

    if type(cls) is not type:
        found |= HOOK_NEW

    value = class_attribute(mro, "default_status")
    if type(value) is int and value == 200:
        found |= DEFAULT_STATUS_OK
    if class_attribute(mro, "automatically_set_content_length") is True:
        found |= DEFAULT_LENGTH_ON
    value = class_attribute(mro, "default_mimetype")
    if type(value) is str and value in COMMON_TYPES:
        found |= (COMMON_TYPES.index(value) + 1) << DEFAULT_TYPE_SHIFT

    # Should any of the above have changed the class, it has another tag now.
    if fr_type_tag(<PyTypeObject *>cls) == tag:
        known_classes[tag & 255] = (<uint64_t>tag << 32) | found
    return found


cdef inline uint32_t overridden(object cls) except? 0x7FFFF:
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)
    cdef uint64_t known = known_classes[tag & 255]

    if tag != 0 and known >> 32 == tag:
        return <uint32_t>known
    return examine(cls)


cdef struct State:
    # Borrowed from the instance's dict: valid until Python code runs.
    PyObject *headers
    PyObject *status
    PyObject *status_code
    PyObject *direct_passthrough
    PyObject *on_close
    PyObject *response


cdef bint plain_state(object attributes, State *state) except -1:
    """Reads Werkzeug's six attributes; false when one is missing, or when an
    instance attribute stands in a hook's place."""
    cdef PyObject *key
    cdef PyObject *value
    cdef Py_ssize_t position = 0

    if PyDict_GET_SIZE(attributes) == 6:
        # Nearly always Werkzeug's order of assignment; then the keys are met
        # one by one without hashing.
        if (
            PyDict_Next(attributes, &position, &key, &state.headers)
            and key is <PyObject *>NAME_HEADERS
            and PyDict_Next(attributes, &position, &key, &state.status)
            and key is <PyObject *>NAME_STATUS
            and PyDict_Next(attributes, &position, &key, &state.status_code)
            and key is <PyObject *>NAME_STATUS_CODE
            and PyDict_Next(attributes, &position, &key, &state.direct_passthrough)
            and key is <PyObject *>NAME_DIRECT_PASSTHROUGH
            and PyDict_Next(attributes, &position, &key, &state.on_close)
            and key is <PyObject *>NAME_ON_CLOSE
            and PyDict_Next(attributes, &position, &key, &state.response)
            and key is <PyObject *>NAME_RESPONSE
        ):
            return True
        position = 0

    state.headers = PyDict_GetItemWithError(attributes, "headers")
    state.status = PyDict_GetItemWithError(attributes, "_status")
    state.status_code = PyDict_GetItemWithError(attributes, "_status_code")
    state.direct_passthrough = PyDict_GetItemWithError(attributes, "direct_passthrough")
    state.on_close = PyDict_GetItemWithError(attributes, "_on_close")
    state.response = PyDict_GetItemWithError(attributes, "response")
    if (
        state.headers is NULL
        or state.status is NULL
        or state.status_code is NULL
        or state.direct_passthrough is NULL
        or state.on_close is NULL
        or state.response is NULL
    ):
        return False
    # All six are there, so six entries leave no room for another.
    if PyDict_GET_SIZE(attributes) == 6:
        return True
    while PyDict_Next(attributes, &position, &key, &value):
        if not PyUnicode_CheckExact(<object>key) or <object>key in INSTANCE_HOOKS:
            return False
    return True


# How often the fast paths ran, for `fastresp.fast_path_counts`.
cdef unsigned long long built = 0
cdef unsigned long long emitted = 0
cdef unsigned long long delegated = 0


def fast_path_counts():
    """How many responses this process has built and emitted in compiled code,
    and how often a method was left to Werkzeug because its input, its class or
    its instance is unusual.

    The counts only grow; compare two readings.

    :return: a new ``dict`` with the keys ``built``, ``emitted``, ``delegated``.
    """
    return {"built": built, "emitted": emitted, "delegated": delegated}


cdef object inherited(object self, str name):
    """The bound method that follows ours: what ``super()`` would give."""
    owner = None
    cls = type(self)
    for klass in type_mro(cls):
        # The last of them, should a subclass repeat the assignment.
        if type_dict(klass).get(name) is OURS[name]:
            owner = klass
    if owner is None:
        return getattr(WerkzeugResponse, name).__get__(self, cls)
    return getattr(super(owner, self), name)


cdef object call_inherited(
    object self, str name, PyObject **args, Py_ssize_t count, PyObject *names
):
    """Leaves a call, in the form it was made, to the method after ours."""
    global delegated
    cdef Py_ssize_t at
    cdef tuple positional = tuple([<object>args[at] for at in range(count)])
    cdef dict keywords = {}

    delegated += 1
    if names is not NULL:
        for at in range(PyTuple_GET_SIZE(<object>names)):
            keywords[<object>PyTuple_GET_ITEM(<object>names, at)] = <object>args[count + at]
    return inherited(self, name)(*positional, **keywords)


# --- strings and fields ----------------------------------------------------

cdef str CONTENT_TYPE = "Content-Type"
cdef str CONTENT_LENGTH = "Content-Length"
cdef list length_fields = [(CONTENT_LENGTH, str(size)) for size in range(2048)]


cdef inline bint is_latin1(object text):
    """Whether an exact ``str`` can be read through ``latin1_data``."""
    return PyUnicode_IS_READY(text) and PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND


cdef inline const uint8_t *latin1_data(object text):
    return <const uint8_t *>PyUnicode_DATA(text)


cdef inline bint has_line_break(object text):
    """Whether a latin-1 ``str`` holds CR, LF or NUL."""
    cdef size_t size = <size_t>PyUnicode_GET_LENGTH(text)
    return fr_scan_line_break(latin1_data(text), size) != size


cdef bint breaks_line(object text) except -1:
    """The same for any ``str``; false for what is no ``str``."""
    if not isinstance(text, str):
        return False
    if is_latin1(text):
        return has_line_break(text)
    return (
        PyUnicode_FindChar(text, c'\r', 0, PyUnicode_GET_LENGTH(text), 1) >= 0
        or PyUnicode_FindChar(text, c'\n', 0, PyUnicode_GET_LENGTH(text), 1) >= 0
        or PyUnicode_FindChar(text, 0, 0, PyUnicode_GET_LENGTH(text), 1) >= 0
    )


cdef inline bint is_named(object name, const char *lower, Py_ssize_t size):
    """Whether a latin-1 ``str`` is the field name ``lower``, in any case."""
    return PyUnicode_GET_LENGTH(name) == size and fr_equal_lower(
        latin1_data(name), <const uint8_t *>lower, <size_t>size
    )


cdef tuple length_field(Py_ssize_t value):
    """``("Content-Length", str(value))``, ready made for small bodies."""
    cdef size_t size

    if value < PyList_GET_SIZE(length_fields):
        return <tuple>PyList_GET_ITEM(length_fields, value)
    size = fr_decimal_size(<uint64_t>value)
    text = PyUnicode_New(<Py_ssize_t>size, 127)
    fr_decimal_fill(<uint64_t>value, <uint8_t *>PyUnicode_DATA(text))
    return CONTENT_LENGTH, text


# --- status-line rendering -------------------------------------------------

# Werkzeug's method does not look at `self` today; a later one may.
cdef object blank_response = WerkzeugResponse()
cdef object stock_clean_status = type_dict(WerkzeugResponse.__mro__[1])["_clean_status"]

# At index `code`: (phrase at import, what Werkzeug made of it) or None. An
# entry counts as long as Werkzeug's table still holds that very phrase.
cdef list rendered_statuses = [
    (HTTP_STATUS_CODES[code], blank_response._clean_status(code))
    if code in HTTP_STATUS_CODES
    else None
    for code in range(max(HTTP_STATUS_CODES) + 1)
]
cdef object OK = 200


cdef tuple render_code(object code):
    """The pair for an exact ``int``."""
    cdef int overflow = 0
    cdef long index = PyLong_AsLongAndOverflow(code, &overflow)
    cdef PyObject *entry

    if 0 <= index < PyList_GET_SIZE(rendered_statuses):
        entry = PyList_GET_ITEM(rendered_statuses, index)
        if entry is not <PyObject *>None and PyDict_GetItemWithError(
            HTTP_STATUS_CODES, code
        ) is PyTuple_GET_ITEM(<object>entry, 0):
            return <tuple>PyTuple_GET_ITEM(<object>entry, 1)
    return stock_clean_status(blank_response, code)


cdef inline bint is_rendered(PyObject *text, long code):
    """Whether ``text`` is what :func:`render_code` gave for ``code``: then it
    needs no inspection."""
    cdef PyObject *entry

    if not 0 <= code < PyList_GET_SIZE(rendered_statuses):
        return False
    entry = PyList_GET_ITEM(rendered_statuses, code)
    return entry is not <PyObject *>None and text is PyTuple_GET_ITEM(
        <object>PyTuple_GET_ITEM(<object>entry, 1), 0
    )


def render_status(status):
    """The status line's text and the code, for any status Werkzeug accepts.

    :param status: an ``int``, an :class:`http.HTTPStatus`, or a ``str`` such
        as ``"404"``, ``"404 Gone fishing"`` or ``"Gone fishing"``.
    :return: ``(text, code)``: ``("404 NOT FOUND", 404)``; the code is 0 for a
        ``str`` that starts with no number.
    :raises ValueError: for an empty ``str``.

    Source: ``werkzeug.sansio.response.Response._clean_status``.
    """
    cdef Py_ssize_t size, at
    cdef Py_UCS4 char
    cdef long code

    if PyLong_CheckExact(status):
        return render_code(status)
    if type(status) is HTTPStatus:
        return render_code(int(status))
    if PyUnicode_CheckExact(status) and PyUnicode_IS_COMPACT_ASCII(status):
        # Digits, and perhaps a space and a phrase that no strip() would touch.
        size = PyUnicode_GET_LENGTH(status)
        code = 0
        for at in range(size if size < 6 else 6):
            char = PyUnicode_READ_CHAR(status, at)
            if c'0' <= char <= c'9':
                code = code * 10 + <long>(char - c'0')
                if at == size - 1:
                    return render_code(code)
            elif char == c' ' and at > 0:
                char = PyUnicode_READ_CHAR(status, size - 1)
                if c'!' <= char <= c'~':
                    return status, code
                break
            else:
                break
    return stock_clean_status(blank_response, status)


# --- header normalisation --------------------------------------------------

# The whole field for a media type. Only for types whose content type cannot
# depend on the set of textual types, which an app may extend.
cdef dict content_type_fields = {
    mimetype: (CONTENT_TYPE, get_content_type(mimetype, "utf-8"))
    for mimetype in COMMON_TYPES
}
cdef list default_type_fields = [
    None, *(content_type_fields[mimetype] for mimetype in COMMON_TYPES)
]

# What Werkzeug's Response calls on headers, and what that calls.
cdef dict HEADERS_METHODS = {
    name: type_dict(Headers)[name]
    for name in (
        "__init__",
        "__contains__",
        "__getitem__",
        "__iter__",
        "__setitem__",
        "_del_key",
        "_get_key",
        "add",
        "extend",
        "remove",
        "set",
        "to_wsgi_list",
    )
    if name in type_dict(Headers)
}
cdef bint HEADERS_GENUINE = all(
    is_own_function(Headers, name, value) for name, value in HEADERS_METHODS.items()
)
cdef uint32_t headers_tag = 0


cdef bint headers_unpatched() except -1:
    """Whether Werkzeug's ``Headers`` is the class it was at import."""
    global headers_tag
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>Headers)

    if tag == headers_tag and tag != 0:
        return True
    if not HEADERS_GENUINE or type_mro(Headers) != (Headers, object):
        return False
    tag = fr_assign_type_tag(<PyTypeObject *>Headers)
    names = type_dict(Headers)
    for name, value in HEADERS_METHODS.items():
        if names.get(name) is not value:
            return False
    for name in ("_list", "__setattr__", "__getattribute__", "__new__"):
        if name in names:
            return False
    headers_tag = tag
    return True


cdef object new_headers(list items):
    """A ``Headers`` around ``items``, as ``Headers(items)`` would be."""
    headers = fr_new_instance(<PyTypeObject *>Headers, ())
    PyObject_SetAttr(headers, "_list", items)
    return headers


cdef inline bint is_field(object item):
    """Whether ``item`` is a pair of exact latin-1 strings; runs no Python."""
    return (
        PyTuple_CheckExact(item)
        and PyTuple_GET_SIZE(item) == 2
        and PyUnicode_CheckExact(<object>PyTuple_GET_ITEM(item, 0))
        and PyUnicode_CheckExact(<object>PyTuple_GET_ITEM(item, 1))
        and is_latin1(<object>PyTuple_GET_ITEM(item, 0))
        and is_latin1(<object>PyTuple_GET_ITEM(item, 1))
    )


cdef bint are_fields(list items):
    cdef Py_ssize_t at
    for at in range(PyList_GET_SIZE(items)):
        if not is_field(<object>PyList_GET_ITEM(items, at)):
            return False
    return True


cdef inline object field_value(object value):
    """What Werkzeug makes of a value, for those that need no second look;
    ``None`` for the others."""
    if PyUnicode_CheckExact(value):
        return value if is_latin1(value) and not has_line_break(value) else None
    if PyLong_CheckExact(value):
        return str(value)
    return None


cdef list plain_fields(object headers):
    """The fields of a dict, list or tuple of exact strings and integers;
    ``None`` for everything else. Runs no Python code of a user."""
    cdef list items = []
    cdef PyObject *found_key
    cdef PyObject *found_value
    cdef Py_ssize_t position = 0

    if PyDict_CheckExact(headers):
        while PyDict_Next(headers, &position, &found_key, &found_value):
            # Owned: allocating below may run a garbage collection.
            key = <object>found_key
            one = <object>found_value
            if not PyUnicode_CheckExact(key) or not is_latin1(key):
                return None
            if PyList_CheckExact(one) or PyTuple_CheckExact(one):
                for several in one:
                    text = field_value(several)
                    if text is None:
                        return None
                    items.append((key, text))
                continue
            text = field_value(one)
            if text is None:
                return None
            items.append((key, text))
        return items

    if PyList_CheckExact(headers) or PyTuple_CheckExact(headers):
        for pair in headers:
            if not (PyTuple_CheckExact(pair) and PyTuple_GET_SIZE(pair) == 2):
                return None
            key = <object>PyTuple_GET_ITEM(pair, 0)
            one = <object>PyTuple_GET_ITEM(pair, 1)
            if not PyUnicode_CheckExact(key) or not is_latin1(key):
                return None
            text = field_value(one)
            if text is None:
                return None
            items.append(pair if text is one else (key, text))
        return items

    return None


def normalize_headers(headers=None):
    """The fields of any form of headers Werkzeug accepts.

    :param headers: ``None``; a mapping of names to a value or to a list or
        tuple of values; :class:`~werkzeug.datastructures.Headers` or
        :class:`~werkzeug.datastructures.MultiDict`; or an iterable of pairs.
        Values other than ``str`` are converted with ``str()``.
    :return: a new ``list`` of ``(name, value)``, in order, nothing merged.
    :raises ValueError: for a value with a line break.

    Source: ``werkzeug.datastructures.Headers``.
    """
    items = None
    if headers is None:
        return []
    if headers_unpatched():
        items = plain_fields(headers)
    if items is None:
        items = list(Headers(headers))
    return items


cdef int set_field(
    list items, tuple field, const char *lower, Py_ssize_t size
) except -1:
    """``Headers.set`` on fields: replaces the first of that name, drops the
    others, or appends."""
    cdef Py_ssize_t at
    cdef bint found = False
    cdef bint repeated = False

    for at in range(PyList_GET_SIZE(items)):
        if is_named(
            <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 0), lower, size
        ):
            if found:
                repeated = True
                break
            found = True
            items[at] = field
    if not found:
        PyList_Append(items, field)
    elif repeated:
        found = False
        kept = []
        for item in items:
            if is_named(<object>PyTuple_GET_ITEM(item, 0), lower, size):
                if found:
                    continue
                found = True
            kept.append(item)
        items[:] = kept
    return 0


cdef bint has_field(list items, const char *lower, Py_ssize_t size):
    cdef Py_ssize_t at
    for at in range(PyList_GET_SIZE(items)):
        if is_named(
            <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 0), lower, size
        ):
            return True
    return False


cdef int remove_field(list items, const char *lower, Py_ssize_t size) except -1:
    """``Headers.remove`` on fields."""
    items[:] = [
        item
        for item in items
        if not is_named(<object>PyTuple_GET_ITEM(item, 0), lower, size)
    ]
    return 0


# --- construction ----------------------------------------------------------
#
# The attributes are written into the instance's dict, which emission reads
# them from: no class in the way has a __setattr__ or a descriptor for them.

cdef int assign_status(dict attributes, object status) except -1:
    """What the ``status`` setter does, where nothing overrides it."""
    cdef tuple pair = render_status(status)
    PyDict_SetItem(attributes, NAME_STATUS, <object>PyTuple_GET_ITEM(pair, 0))
    PyDict_SetItem(attributes, NAME_STATUS_CODE, <object>PyTuple_GET_ITEM(pair, 1))
    return 0


cdef bint initialize(
    object self,
    uint32_t known,
    object response,
    object status,
    object headers,
    object mimetype,
    object content_type,
    object direct_passthrough,
) except -1:
    """Werkzeug's two ``__init__`` in one, for a class with none of their hooks
    overridden. False, with nothing done, when it has to be Werkzeug's.

    :param known: what :func:`overridden` said of the class.
    """
    global built
    cdef list items
    cdef tuple field = None
    cdef dict attributes

    if not headers_unpatched():
        return False

    attributes = PyObject_GenericGetDict(self, NULL)
    if PyDict_GET_SIZE(attributes) != 0:
        # Instance attributes go before the class's defaults.
        known = 0

    if (
        headers is None
        and mimetype is None
        and content_type is None
        and known & DEFAULT_LENGTH_ON
        and known & DEFAULT_TYPE_MASK
        and (known & DEFAULT_STATUS_OK or status is not None)
    ):
        # A text and nothing else: what the lines below would come to.
        if PyUnicode_CheckExact(response):
            response = PyUnicode_AsUTF8String(response)
        if PyBytes_CheckExact(response):
            items = [
                <object>PyList_GET_ITEM(
                    default_type_fields,
                    (known & DEFAULT_TYPE_MASK) >> DEFAULT_TYPE_SHIFT,
                ),
                length_field(PyBytes_GET_SIZE(response)),
            ]
            PyDict_SetItem(attributes, NAME_HEADERS, new_headers(items))
            assign_status(attributes, OK if status is None else status)
            PyDict_SetItem(attributes, NAME_DIRECT_PASSTHROUGH, direct_passthrough)
            PyDict_SetItem(attributes, NAME_ON_CLOSE, [])
            PyDict_SetItem(attributes, NAME_RESPONSE, [response])
            built += 1
            return True

    if headers is None:
        items = []
        headers = new_headers(items)
    elif type(headers) is Headers:
        if PyDict_GET_SIZE(PyObject_GenericGetDict(headers, NULL)) != 1:
            return False
        fields = PyObject_GetAttr(headers, "_list")
        if not PyList_CheckExact(fields) or not are_fields(fields):
            return False
        items = fields
    else:
        items = plain_fields(headers)
        if items is None:
            return False
        headers = new_headers(items)
    PyDict_SetItem(attributes, NAME_HEADERS, headers)

    if content_type is None:
        if mimetype is None:
            if not has_field(items, b"content-type", 12):
                if known & DEFAULT_TYPE_MASK:
                    field = <tuple>PyList_GET_ITEM(
                        default_type_fields,
                        (known & DEFAULT_TYPE_MASK) >> DEFAULT_TYPE_SHIFT,
                    )
                else:
                    mimetype = PyObject_GetAttr(self, "default_mimetype")
        if mimetype is not None:
            if PyUnicode_CheckExact(mimetype):
                field = content_type_fields.get(mimetype)
            if field is None:
                content_type = get_content_type(mimetype, "utf-8")
    if content_type is not None:
        if field_value(content_type) is content_type:
            field = (CONTENT_TYPE, content_type)
        else:
            headers[CONTENT_TYPE] = content_type
    if field is not None:
        set_field(items, field, b"content-type", 12)

    if status is None:
        if known & DEFAULT_STATUS_OK:
            status = OK
        else:
            status = PyObject_GetAttr(self, "default_status")
    assign_status(attributes, status)
    PyDict_SetItem(attributes, NAME_DIRECT_PASSTHROUGH, direct_passthrough)
    PyDict_SetItem(attributes, NAME_ON_CLOSE, [])

    if response is None:
        response = []
    elif PyUnicode_CheckExact(response):
        response = PyUnicode_AsUTF8String(response)
    elif not (
        PyBytes_CheckExact(response)
        or PyList_CheckExact(response)
        or PyTuple_CheckExact(response)
        or PyGen_CheckExact(response)
    ):
        if PyObject_IsInstance(response, (str, bytes, bytearray)):
            self.set_data(response)
            built += 1
            return True
    if PyBytes_CheckExact(response):
        PyDict_SetItem(attributes, NAME_RESPONSE, [response])
        if known & DEFAULT_LENGTH_ON or PyObject_IsTrue(
            PyObject_GetAttr(self, "automatically_set_content_length")
        ):
            set_field(
                items,
                length_field(PyBytes_GET_SIZE(response)),
                b"content-length",
                14,
            )
    else:
        PyDict_SetItem(attributes, NAME_RESPONSE, response)
    built += 1
    return True


cdef tuple INIT_PARAMETERS = (
    "response",
    "status",
    "headers",
    "mimetype",
    "content_type",
    "direct_passthrough",
)


cdef object stock_init = type_dict(WerkzeugResponse)["__init__"]
cdef bint INIT_IS_KNOWN = (
    among(stock_init, STOCK["__init__"])
    and stock_init.__code__.co_varnames[1:7] == INIT_PARAMETERS
    and stock_init.__defaults__[:6] == (None, None, None, None, None, False)
)

# As an object: Cython makes a C zero of a literal False under a pointer cast.
cdef object NOT_PASSED_THROUGH = False


cdef object init(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    # The arguments are taken apart by hand so that what does not fit, and any
    # parameter that a later Werkzeug adds, is Werkzeug's to judge.
    cdef PyObject *values[6]
    cdef Py_ssize_t at, index
    cdef bint fits = count <= 6 and INIT_IS_KNOWN
    cdef uint32_t known = overridden(type(self))

    if fits and not known & INIT_NEEDS:
        for at in range(6):
            values[at] = args[at] if at < count else <PyObject *>None
        if count < 6:
            values[5] = <PyObject *>NOT_PASSED_THROUGH
        if names is not NULL:
            for index in range(PyTuple_GET_SIZE(<object>names)):
                at = init_parameter(PyTuple_GET_ITEM(<object>names, index))
                if at < count:
                    fits = False
                    break
                values[at] = args[count + index]
        if fits and initialize(
            self,
            known,
            <object>values[0],
            <object>values[1],
            <object>values[2],
            <object>values[3],
            <object>values[4],
            <object>values[5],
        ):
            return None
    return call_inherited(self, "__init__", args, count, names)


cdef Py_ssize_t init_parameter(PyObject *name) except -2:
    """The place of a keyword among the parameters, or -1."""
    cdef Py_ssize_t at
    for at in range(6):
        if name is PyTuple_GET_ITEM(INIT_PARAMETERS, at):
            return at
    for at in range(6):
        if <object>name == <object>PyTuple_GET_ITEM(INIT_PARAMETERS, at):
            return at
    return -1


cdef object construct(object cls, object body, object status, object headers):
    """``cls(body, status=status, headers=headers)``."""
    cdef uint32_t known = overridden(cls)

    if known & CONSTRUCT_NEEDS:
        return cls(body, status=status, headers=headers)
    self = fr_new_instance(<PyTypeObject *>cls, ())
    if not initialize(
        self, known, body, status, headers, None, None, NOT_PASSED_THROUGH
    ):
        inherited(self, "__init__")(body, status=status, headers=headers)
    return self


# --- emission --------------------------------------------------------------

@cython.final
@cython.freelist(64)
cdef class ApplicationIterator:
    """Encodes, iterates and closes the body of one response: Werkzeug's
    ``ClosingIterator`` around its generator of encoded chunks.

    Chunks that are bytes are passed on as they are, and the next one is asked
    for only when the server asks.
    """

    cdef object response
    # Where the chunks come from; None when there are none left.
    cdef object chunks
    cdef object iterator
    cdef Py_ssize_t position
    cdef bint running

    def __iter__(self):
        return self

    def __next__(self):
        cdef PyObject *item
        cdef object chunk

        if self.chunks is None:
            raise StopIteration
        if self.running:
            raise ValueError("generator already executing")
        if PyList_CheckExact(self.chunks):
            if self.position >= PyList_GET_SIZE(self.chunks):
                self.chunks = None
                raise StopIteration
            chunk = <object>PyList_GET_ITEM(self.chunks, self.position)
            self.position += 1
            if PyBytes_CheckExact(chunk):
                return chunk
        self.running = True
        try:
            if not PyList_CheckExact(self.chunks):
                if self.iterator is None:
                    self.iterator = PyObject_GetIter(self.chunks)
                if fr_next(self.iterator, &item) == 0:
                    self.chunks = self.iterator = None
                    self.running = False
                    raise StopIteration
                chunk = <object>item
                Py_DECREF(item)
            chunk = encoded(chunk)
        except BaseException:
            self.chunks = self.iterator = None
            self.running = False
            raise
        self.running = False
        return chunk

    def close(self):
        """Ends the iteration, closes the body, then calls what was registered
        with ``call_on_close``, in order.

        Source: ``werkzeug.wrappers.Response.close``.
        """
        cdef PyObject *found_body = NULL
        cdef PyObject *found_callbacks = NULL

        if self.running:
            raise ValueError("generator already executing")
        self.chunks = self.iterator = None
        response = self.response
        if not overridden(type(response)) & HOOK_STATE:
            attributes = PyObject_GenericGetDict(response, NULL)
            found_body = PyDict_GetItemWithError(attributes, NAME_RESPONSE)
            found_callbacks = PyDict_GetItemWithError(attributes, NAME_ON_CLOSE)
        if (
            found_body is not NULL
            and found_callbacks is not NULL
            and (
                PyList_CheckExact(<object>found_body)
                or PyTuple_CheckExact(<object>found_body)
            )
        ):
            callbacks = <object>found_callbacks
        else:
            body = response.response
            try:
                body.close
            except AttributeError:
                pass
            else:
                response.response.close()
            callbacks = response._on_close
        for callback in callbacks:
            callback()


cdef object encoded(object chunk):
    """A chunk as Werkzeug's ``iter_encoded`` yields it."""
    if PyBytes_CheckExact(chunk):
        return chunk
    if PyUnicode_CheckExact(chunk):
        return PyUnicode_AsUTF8String(chunk)
    # Not isinstance(chunk, str), which compiles to a check of the type alone:
    # proxies such as LocalProxy say through __class__ what they stand for.
    if PyObject_IsInstance(chunk, str):
        return chunk.encode()
    return chunk


cdef Py_ssize_t encoded_size(object chunk) except -1:
    if PyBytes_CheckExact(chunk):
        return PyBytes_GET_SIZE(chunk)
    if PyUnicode_CheckExact(chunk) and PyUnicode_IS_COMPACT_ASCII(chunk):
        return PyUnicode_GET_LENGTH(chunk)
    return PyObject_Length(encoded(chunk))


cdef inline bint has_no_body(long status):
    return 100 <= status < 200 or status == 204 or status == 304


cdef object location_to_uri(object location):
    """What Werkzeug's ``get_wsgi_headers`` calls on ``Location``; its name
    depends on the version."""
    convert = getattr(werkzeug_response, "_invalid_iri_to_uri", None)
    if convert is None:
        convert = werkzeug_response.iri_to_uri
    return convert(location)


cdef list wsgi_fields(object self, State *state, object environ, bint *disturbed):
    """The fields that ``get_wsgi_headers`` answers with; ``None``, with
    nothing done, when Werkzeug has to answer.

    :param state: read before any Python code runs, and not after.
    :param disturbed: set when Python code may have run.
    """
    cdef list items
    cdef Py_ssize_t at, count
    cdef object name, value
    cdef object location = None
    cdef object content_location = None
    cdef bint has_length = False
    cdef long status
    cdef Py_ssize_t length

    headers = <object>state.headers
    if type(headers) is not Headers or not headers_unpatched():
        return None
    status = PyLong_AsLong(<object>state.status_code)
    body = <object>state.response

    fields = PyObject_GetAttr(headers, "_list")
    if not PyList_CheckExact(fields):
        return None
    count = PyList_GET_SIZE(fields)
    items = PyList_GetSlice(fields, 0, count)
    for at in range(count):
        if not is_field(<object>PyList_GET_ITEM(items, at)):
            return None
        name = <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 0)
        value = <object>PyTuple_GET_ITEM(<object>PyList_GET_ITEM(items, at), 1)
        if has_line_break(value):
            return None
        if name is CONTENT_LENGTH:
            has_length = True
            continue
        if name is CONTENT_TYPE:
            continue
        if has_line_break(name):
            return None
        if is_named(name, b"content-length", 14):
            has_length = True
        elif is_named(name, b"location", 8):
            location = value
        elif is_named(name, b"content-location", 16):
            content_location = value

    if location is not None or content_location is not None:
        disturbed[0] = True
        if not relocate(self, items, location, content_location, environ):
            return None

    if has_no_body(status):
        if status == 304:
            disturbed[0] = True
            remove_entity_headers(items)
        elif has_length:
            remove_field(items, b"content-length", 14)
    elif not has_length:
        disturbed[0] = True
        if not PyObject_IsTrue(
            PyObject_GetAttr(self, "automatically_set_content_length")
        ):
            return items
        if PyList_CheckExact(body):
            length = 0
            at = 0
            while at < PyList_GET_SIZE(body):
                chunk = <object>PyList_GET_ITEM(body, at)
                length += encoded_size(chunk)
                at += 1
            PyList_Append(items, length_field(length))
        elif PyTuple_CheckExact(body):
            length = 0
            for at in range(PyTuple_GET_SIZE(body)):
                length += encoded_size(<object>PyTuple_GET_ITEM(body, at))
            PyList_Append(items, length_field(length))
        elif PyObject_IsInstance(body, (tuple, list)):
            return None
    return items


cdef bint relocate(
    object self, list items, object location, object content_location, object environ
) except -1:
    """Sets ``Location`` and ``Content-Location`` as ``get_wsgi_headers`` does;
    false when the result is nothing we can put among the fields."""
    if location is not None:
        location = location_to_uri(location)
        if self.autocorrect_location_header:
            current_url = get_current_url(environ, strip_querystring=True)
            location = urljoin(werkzeug_response.iri_to_uri(current_url), location)
        if field_value(location) is None:
            return False
        set_field(items, ("Location", location), b"location", 8)
    if content_location is not None:
        content_location = werkzeug_response.iri_to_uri(content_location)
        if field_value(content_location) is None:
            return False
        set_field(
            items, ("Content-Location", content_location), b"content-location", 16
        )
    return True


cdef bint is_head(object environ) except -1:
    cdef object method
    cdef PyObject *found

    if PyDict_CheckExact(environ):
        found = PyDict_GetItemWithError(environ, "REQUEST_METHOD")
        if found is NULL:
            raise KeyError("REQUEST_METHOD")
        method = <object>found
    else:
        method = PyObject_GetItem(environ, "REQUEST_METHOD")
    return method == "HEAD"


cdef object application_iterator(object self, State *state, object environ):
    """What ``get_app_iter`` answers with, where nothing overrides its hooks."""
    cdef ApplicationIterator iterator
    cdef long status = PyLong_AsLong(<object>state.status_code)
    # Owned, as is_head() may run Python code for an environ that is no dict.
    body = <object>state.response
    passed_through = <object>state.direct_passthrough

    if is_head(environ) or has_no_body(status):
        body = None
    elif PyObject_IsTrue(passed_through):
        return body
    iterator = ApplicationIterator.__new__(ApplicationIterator)
    iterator.response = self
    iterator.chunks = body
    return iterator


cdef object get_wsgi_headers(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef State state
    cdef bint disturbed = False

    if count == 1 and names is NULL and not overridden(type(self)) & HEADERS_NEEDS:
        environ = <object>args[0]
        attributes = PyObject_GenericGetDict(self, NULL)
        if plain_state(attributes, &state) and PyLong_CheckExact(
            <object>state.status_code
        ):
            items = wsgi_fields(self, &state, environ, &disturbed)
            if items is not None:
                return new_headers(items)
    return call_inherited(self, "get_wsgi_headers", args, count, names)


cdef object get_app_iter(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef State state

    if count == 1 and names is NULL and not overridden(type(self)) & APP_ITER_NEEDS:
        environ = <object>args[0]
        attributes = PyObject_GenericGetDict(self, NULL)
        if plain_state(attributes, &state) and PyLong_CheckExact(
            <object>state.status_code
        ):
            return application_iterator(self, &state, environ)
    return call_inherited(self, "get_app_iter", args, count, names)


cdef list wsgi_response(
    object self, object environ, PyObject **app_iter, PyObject **status
):
    """The fields, and the application iterator and the status as new
    references; ``None``, with nothing done, when Werkzeug has to answer."""
    global emitted
    cdef State state
    cdef list items
    cdef bint disturbed = False

    attributes = PyObject_GenericGetDict(self, NULL)
    if not plain_state(attributes, &state) or not PyLong_CheckExact(
        <object>state.status_code
    ):
        return None
    text = <object>state.status
    if not is_rendered(
        state.status, PyLong_AsLong(<object>state.status_code)
    ) and not (
        PyUnicode_CheckExact(text) and is_latin1(text) and not has_line_break(text)
    ):
        return None
    items = wsgi_fields(self, &state, environ, &disturbed)
    if items is None:
        return None
    # Look again where Python code has run, in a chunk's __len__ for instance.
    # It must not run twice, so from here on Werkzeug's method is no way out.
    if disturbed and (
        overridden(type(self)) & RESPONSE_NEEDS
        or not plain_state(attributes, &state)
        or state.status is not <PyObject *>text
        or not PyLong_CheckExact(<object>state.status_code)
    ):
        iterator = self.get_app_iter(environ)
        text = self.status
        refuse_line_breaks(text, None)
    else:
        iterator = application_iterator(self, &state, environ)
        emitted += 1
    Py_INCREF(iterator)
    app_iter[0] = <PyObject *>iterator
    Py_INCREF(text)
    status[0] = <PyObject *>text
    return items


cdef object get_wsgi_response(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef PyObject *app_iter
    cdef PyObject *status
    cdef list items

    if count == 1 and names is NULL and not overridden(type(self)) & RESPONSE_NEEDS:
        items = wsgi_response(self, <object>args[0], &app_iter, &status)
        if items is not None:
            answer = (<object>app_iter, <object>status, items)
            Py_DECREF(app_iter)
            Py_DECREF(status)
            return answer
    answer = call_inherited(self, "get_wsgi_response", args, count, names)
    if type(answer) is tuple and PyTuple_GET_SIZE(answer) == 3:
        refuse_line_breaks(answer[1], answer[2])
    return answer


cdef object call(
    object self, PyObject **args, Py_ssize_t count, PyObject *names
):
    cdef PyObject *owned_iterator
    cdef PyObject *owned_status
    cdef list items
    cdef uint32_t known = overridden(type(self))

    if count != 2 or names is not NULL or known & SHADOWED_CALL:
        return call_inherited(self, "__call__", args, count, names)
    environ = <object>args[0]
    start_response = <object>args[1]
    if not known & CALL_NEEDS:
        items = wsgi_response(self, environ, &owned_iterator, &owned_status)
        if items is not None:
            app_iter = <object>owned_iterator
            Py_DECREF(owned_iterator)
            status = <object>owned_status
            Py_DECREF(owned_status)
            start_response(status, items)
            return app_iter
    # What Werkzeug's __call__ does, with a look at what is sent.
    app_iter, status, headers = self.get_wsgi_response(environ)
    refuse_line_breaks(status, headers)
    start_response(status, headers)
    return app_iter


cdef int refuse_line_breaks(object status, object headers) except -1:
    """Raises before anything is sent that a server might split in two."""
    if breaks_line(status):
        raise ValueError("The status must not contain CR, LF or NUL characters.")
    if not isinstance(headers, (list, tuple)):
        return 0
    for item in headers:
        if not PyTuple_CheckExact(item) or PyTuple_GET_SIZE(item) != 2:
            continue
        name, value = item
        if breaks_line(name):
            raise ValueError(
                f"The header name {name!r} must not contain CR, LF or NUL characters."
            )
        if breaks_line(value):
            raise ValueError(
                f"The value of header {name!r} must not contain CR, LF or NUL"
                " characters."
            )
    return 0


# --- type dispatch ---------------------------------------------------------

cdef enum Kind:
    KIND_RESPONSE
    KIND_BODY
    KIND_JSON
    KIND_COERCE
    KIND_INVALID

cdef tuple KIND_NAMES = ("response", "body", "json", "coerce", "invalid")


cdef bint is_headers_form(object value) except -1:
    if PyDict_CheckExact(value) or PyList_CheckExact(value) or PyTuple_CheckExact(value):
        return True
    if PyLong_CheckExact(value) or PyUnicode_CheckExact(value):
        return False
    return PyObject_IsInstance(value, (Headers, dict, tuple, list))


cdef Kind kind_of(object body, object response_class) except *:
    """The first of Flask's branches that takes ``body``."""
    if body is None:
        return KIND_INVALID
    if type(body) is response_class:
        return KIND_RESPONSE
    if type(response_class) is not type or response_class is object:
        # A metaclass may have its own idea of what an instance is.
        if PyObject_IsInstance(body, response_class):
            return KIND_RESPONSE
    else:
        if PyUnicode_CheckExact(body) or PyBytes_CheckExact(body) or PyGen_CheckExact(body):
            return KIND_BODY
        if PyDict_CheckExact(body) or PyList_CheckExact(body):
            return KIND_JSON
        if PyObject_IsInstance(body, response_class):
            return KIND_RESPONSE
    if PyObject_IsInstance(body, (str, bytes, bytearray)):
        return KIND_BODY
    if PyObject_IsInstance(body, Iterator):
        return KIND_BODY
    if PyObject_IsInstance(body, (dict, list)):
        return KIND_JSON
    if PyObject_IsInstance(body, WerkzeugResponse) or callable(body):
        return KIND_COERCE
    return KIND_INVALID


cdef bint unpack(object value, PyObject **body, PyObject **status, PyObject **headers) except -1:
    """Takes a returned tuple apart, into borrowed references; false for one
    of a wrong length."""
    cdef Py_ssize_t size

    body[0] = <PyObject *>value
    status[0] = headers[0] = <PyObject *>None
    if not PyTuple_CheckExact(value):
        return not isinstance(value, tuple)
    size = PyTuple_GET_SIZE(value)
    if size != 2 and size != 3:
        return False
    body[0] = PyTuple_GET_ITEM(value, 0)
    if size == 3:
        status[0] = PyTuple_GET_ITEM(value, 1)
        headers[0] = PyTuple_GET_ITEM(value, 2)
    elif is_headers_form(<object>PyTuple_GET_ITEM(value, 1)):
        headers[0] = PyTuple_GET_ITEM(value, 1)
    else:
        status[0] = PyTuple_GET_ITEM(value, 1)
    return True


def dispatch(value, response_class):
    """How Flask turns a view's return value into a response.

    :param value: what a view returned.
    :param response_class: the app's response class.
    :return: ``(kind, body, status, headers)`` with ``status`` and ``headers``
        ``None`` where the value has none. The kind is

        ``"response"``
            ``body`` is an instance of ``response_class``;
        ``"body"``
            ``response_class(body, status=status, headers=headers)``;
        ``"json"``
            the app's JSON provider makes the response;
        ``"coerce"``
            another response class or a WSGI callable, for
            ``response_class.force_type``;
        ``"invalid"``
            Flask raises :exc:`TypeError`; ``body`` is the whole value.

    Source: ``flask.Flask.make_response``.
    """
    cdef PyObject *body
    cdef PyObject *status
    cdef PyObject *headers
    cdef Kind kind

    if isinstance(value, tuple) and not PyTuple_CheckExact(value):
        value = tuple(value)
    if not unpack(value, &body, &status, &headers):
        return "invalid", value, None, None
    kind = kind_of(<object>body, response_class)
    if kind == KIND_INVALID:
        return "invalid", value, None, None
    return KIND_NAMES[<int>kind], <object>body, <object>status, <object>headers


cdef int apply(object response, object status, object headers) except -1:
    """Sets what came beside the body on a response that was there already."""
    if status is not None:
        if PyLong_CheckExact(status) and not overridden(type(response)) & STATUS_NEEDS:
            assign_status(PyObject_GenericGetDict(response, NULL), status)
        elif PyObject_IsInstance(status, (str, bytes, bytearray)):
            response.status = status
        else:
            response.status_code = status
    if PyObject_IsTrue(headers):
        response.headers.update(headers)
    return 0


def response_maker(app, stock):
    """A compiled ``make_response`` for one app.

    :param app: a weak reference to the app. The app will hold the function,
        so the function must not hold the app.
    :param stock: Flask's own ``Flask.make_response``; it gets every value
        that has to be coerced or refused.
    :return: a function of one argument, the view's return value.
    """
    cdef uint32_t checked_tag = 0

    def make_response(rv):
        nonlocal checked_tag
        cdef PyObject *body
        cdef PyObject *status
        cdef PyObject *headers
        cdef uint32_t tag
        cdef Kind kind

        self = fr_referent(app)
        if self is None:
            raise ReferenceError("The app of this function no longer exists.")
        tag = fr_type_tag(Py_TYPE(self))
        if tag != checked_tag or tag == 0:
            # A method patched onto the app's class since then wins.
            current = type(self).make_response
            if current is not stock:
                return current(self, rv)
            checked_tag = fr_type_tag(Py_TYPE(self))

        if not unpack(rv, &body, &status, &headers):
            return stock(self, rv)
        response_class = self.response_class
        kind = kind_of(<object>body, response_class)
        if kind == KIND_BODY:
            return construct(
                response_class, <object>body, <object>status, <object>headers
            )
        if kind == KIND_RESPONSE:
            response = <object>body
        elif kind == KIND_JSON:
            response = self.json.response(<object>body)
        else:
            return stock(self, rv)
        apply(response, <object>status, <object>headers)
        return response

    return make_response


# --- methods ---------------------------------------------------------------
#
# The methods are method descriptors, as those of built-in types are, rather
# than Cython functions: those take their arguments apart before our code can
# see them, and word the TypeError for wrong ones unlike Python.

ctypedef object (*Method)(object, PyObject **, Py_ssize_t, PyObject *)

cdef PyMethodDef[5] definitions
cdef list texts = []


cdef object method(int index, str name, Method function):
    """A descriptor with the name, signature and documentation of Werkzeug's
    method."""
    stock = type_dict(WerkzeugResponse)[name]
    code = stock.__code__
    parameters = list(code.co_varnames[: code.co_argcount])
    defaults = stock.__defaults__ or ()
    for at in range(-len(defaults), 0):
        parameters[at] += f"={defaults[at]!r}"
    parameters[0] = "$self"
    text = f"{name}({', '.join(parameters)})\n--\n\n{stock.__doc__ or ''}".encode()
    # The definition is not copied: both have to stay.
    texts.append((name.encode(), text))
    definitions[index].ml_name = texts[index][0]
    definitions[index].ml_meth = <PyCFunction><void *>function
    definitions[index].ml_flags = METH_FASTCALL | METH_KEYWORDS
    definitions[index].ml_doc = texts[index][1]
    OURS[name] = PyDescr_NewMethod(
        <PyTypeObject *>WerkzeugResponse, &definitions[index]
    )


method(0, "__init__", init)
method(1, "__call__", call)
method(2, "get_wsgi_response", get_wsgi_response)
method(3, "get_wsgi_headers", get_wsgi_headers)
method(4, "get_app_iter", get_app_iter)

#: The compiled methods by name, for the body of a class.
METHODS = dict(OURS)
