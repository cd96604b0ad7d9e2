# cython: language_level=3, binding=True, auto_pickle=False
# cython: wraparound=False, cdivision=True
"""From a view's return value to a status, a header list and body chunks.

The bodies of the methods of ``Response`` and of its ``Headers``, in ``METHODS`` and
``Headers``, and functions that stand for methods of an app: dispatch of return
values, redirects and JSON responses.

One rule holds everywhere: a fast path decides that it knows its input before
it runs anything a user could observe, and otherwise falls back to the installed
Werkzeug's own method, which then does all of it.
"""

cimport cython
from cpython.mapping cimport PyMapping_Items
from cpython.object cimport PyObject
from cpython.object cimport PyTypeObject
from libc.math cimport floor
from libc.stdint cimport int64_t
from libc.stdint cimport SIZE_MAX
from libc.stdint cimport uint8_t
from libc.stdint cimport uint16_t
from libc.stdint cimport uint32_t
from libc.stdint cimport uint64_t
from libc.string cimport memcmp
from libc.string cimport memcpy

from .cpython cimport *
from . cimport json as _json
from .clib cimport fr_all_in
from .clib cimport fr_date_fill
from .clib cimport fr_date_seconds
from .clib cimport FR_DATE_SIZE
from .clib cimport fr_decimal_fill
from .clib cimport fr_decimal_fill_signed
from .clib cimport FR_DECIMAL_MAX
from .clib cimport fr_decimal_size
from .clib cimport fr_equal_fold
from .clib cimport fr_escape
from .clib cimport fr_escape_fill
from .clib cimport fr_escape_measure
from .clib cimport fr_is_domain
from .clib cimport fr_scan_line_break
from .clib cimport fr_uri_is_plain
from .clib cimport fr_utf8_encode_1
from .clib cimport fr_utf8_encode_2
from .clib cimport fr_utf8_encode_4
from .clib cimport fr_utf8_encoded_size_1
from .clib cimport fr_utf8_encoded_size_2
from .clib cimport fr_utf8_encoded_size_4

# C variables: what runs for each response does not look for these by name.
cdef object AppContext
cdef object chain
cdef object ClosingIterator
cdef object Config
cdef object escape
cdef object FlaskResponse
cdef object FunctionType
cdef object get_content_type
cdef object HTTP_STATUS_CODES
cdef object HTTPStatus
cdef object Iterator
cdef object ModuleType
cdef object remove_entity_headers
cdef object unpack_response
cdef object werkzeug_exceptions
cdef object werkzeug_http
cdef object WerkzeugHeaders

import json
import sys
import time as time_module
from collections.abc import Iterator
from contextvars import ContextVar
from http import HTTPStatus
from inspect import CO_VARKEYWORDS
from itertools import chain
from itertools import repeat
from types import FunctionType
from types import GetSetDescriptorType
from types import MappingProxyType
from types import ModuleType
from urllib import parse as urllib_parse

from flask import Config
from flask import globals as flask_globals
from flask import Response as FlaskResponse
from flask import wrappers as flask_wrappers
from flask.ctx import AppContext
from flask.json import provider as flask_provider
from flask.sansio import app as flask_app
from markupsafe import escape
from werkzeug import _internal as werkzeug_internal
from werkzeug import exceptions as werkzeug_exceptions
from werkzeug import http as werkzeug_http
from werkzeug import urls as werkzeug_urls
from werkzeug import utils as werkzeug_utils
from werkzeug.datastructures import Headers as WerkzeugHeaders
from werkzeug.datastructures import HeaderSet
from werkzeug.exceptions import default_exceptions
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.http import remove_entity_headers
from werkzeug.sansio import response as sansio_response
from werkzeug.utils import get_content_type
from werkzeug.wrappers import response as werkzeug_response
from werkzeug.wsgi import ClosingIterator

from .unpack import unpack_response

include "text.pxi"
include "names.pxi"
include "html.pxi"
include "dates.pxi"
include "stock/watch.pxi"
include "stock/response_class.pxi"
include "stock/app.pxi"
include "headers/normalize.pxi"
include "headers/methods.pxi"
include "response/status.pxi"
include "response/construction.pxi"
include "response/location.pxi"
include "response/emission.pxi"
include "features/cookies.pxi"
include "features/conditional.pxi"
include "features/header_sets.pxi"
include "features/redirects.pxi"
include "features/errors.pxi"
include "features/json_provider.pxi"
include "dispatch.pxi"


# The methods are those of a built-in type rather than Cython functions: Cython
# functions take their arguments apart before our code can see them, and word
# the TypeError for wrong ones unlike Python.
#
# __init__ and __call__ are slot wrappers, such as ``object.__init__``. A class
# with one of them in its body, and each subclass that does not override it,
# gets our C function as its slot: creating or calling an instance does not
# have to look the method up. All that is CPython's own doing; it would call
# the same function the long way otherwise.

cdef list texts = []


cdef tuple describe(object owner, str name):
    """Name, signature and documentation of Werkzeug's method, as a built-in
    method has them."""
    stock = class_attribute(type_mro(owner), name)
    if type(stock) is classmethod:
        stock = stock.__func__
    code = stock.__code__
    count = code.co_argcount
    parameters = list(code.co_varnames[: count + code.co_kwonlyargcount])
    defaults = stock.__defaults__ or ()
    for at, default in enumerate(defaults, count - len(defaults)):
        parameters[at] += f"={default!r}"
    parameters[0] = "$self"
    if code.co_posonlyargcount:
        parameters.insert(code.co_posonlyargcount, "/")
    if code.co_flags & CO_VARKEYWORDS:
        parameters.append(f"**{code.co_varnames[count]}")
    text = f"{name}({', '.join(parameters)})\n--\n\n{stock.__doc__ or ''}"
    # Neither is copied by CPython: both have to stay.
    pair = name.encode(), text.encode()
    texts.append(pair)
    return pair


ctypedef object (*Method)(object, PyObject **, Py_ssize_t, PyObject *)

cdef enum:
    MOST_METHODS = 24
    MOST_SLOTS = 8

# CPython keeps pointers to these: they live as long as the process.
cdef PyMethodDef[MOST_METHODS] definitions
cdef int method_count = 0


cdef object method(object owner, str name, Method function):
    """A method descriptor for objects of the class ``owner``."""
    return PyDescr_NewMethod(<PyTypeObject *>owner, define(owner, name, function))


cdef object class_method(object owner, str name, Method function):
    """The same for the class and those below it."""
    return PyDescr_NewClassMethod(<PyTypeObject *>owner, define(owner, name, function))


cdef PyMethodDef *define(object owner, str name, Method function) except NULL:
    global method_count
    cdef PyMethodDef *definition

    if method_count == MOST_METHODS:
        raise SystemError("MOST_METHODS is too small")
    definition = &definitions[method_count]
    name_text, doc = describe(owner, name)
    definition.ml_name = name_text
    definition.ml_meth = <PyCFunction><void *>function
    definition.ml_flags = METH_FASTCALL | METH_KEYWORDS
    definition.ml_doc = doc
    method_count += 1
    return definition


cdef wrapperbase[MOST_SLOTS] bases
cdef int slot_count = 0


cdef object slot(object owner, str name, object model, void *function):
    """A slot wrapper for objects of the class ``owner``.

    :param model: a built-in slot wrapper for the same slot.
    """
    global slot_count
    cdef wrapperbase *base

    if slot_count == MOST_SLOTS:
        raise SystemError("MOST_SLOTS is too small")
    base = &bases[slot_count]
    _, doc = describe(owner, name)
    base[0] = (<PyWrapperDescrObject *>model).d_base[0]
    base.doc = doc
    slot_count += 1
    return PyDescr_NewWrapper(<PyTypeObject *>owner, base, function)


cdef object builtin(object owner, str name):
    return type_dict(owner)[name]


cdef int add_method(str name, Method function) except -1:
    if is_stock(name):
        OURS[name] = method(WerkzeugResponse, name, function)
    return 0


if is_stock("__init__"):
    OURS["__init__"] = slot(
        WerkzeugResponse, "__init__", builtin(object, "__init__"), <void *>init
    )
if is_stock("__call__"):
    OURS["__call__"] = slot(
        WerkzeugResponse, "__call__", builtin(type, "__call__"), <void *>call
    )
if is_stock("force_type"):
    OURS["force_type"] = class_method(WerkzeugResponse, "force_type", force_type)
add_method("get_wsgi_response", get_wsgi_response)
add_method("get_wsgi_headers", get_wsgi_headers)
add_method("get_app_iter", get_app_iter)
add_method("set_cookie", set_cookie)
add_method("delete_cookie", delete_cookie)
add_method("add_etag", add_etag)
add_method("make_conditional", make_conditional)
if VARY_IS_KNOWN:
    OURS["vary"] = vary

#: The compiled methods by name, for the body of a class.
METHODS = dict(OURS)


cdef int add_headers_method(str name, Method function) except -1:
    if name in HEADERS_FUNCTIONS:
        OUR_HEADERS_METHODS[name] = method(WerkzeugHeaders, name, function)
    return 0


cdef int add_headers_slot(str name, object model, void *function) except -1:
    # Werkzeug 3.0 has further parameters on some, for its own use.
    if name in HEADERS_FUNCTIONS and (
        HEADERS_FUNCTIONS[name].__code__.co_argcount == model_arguments(name)
    ):
        OUR_HEADERS_METHODS[name] = slot(WerkzeugHeaders, name, model, function)
    return 0


cdef int model_arguments(str name):
    return {"__iter__": 1, "__len__": 1, "__setitem__": 3}.get(name, 2)


if HEADERS_GENUINE:
    add_headers_slot(
        "__getitem__", builtin(MappingProxyType, "__getitem__"), <void *>headers_getitem
    )
    add_headers_slot(
        "__setitem__", builtin(dict, "__setitem__"), <void *>headers_setitem
    )
    add_headers_slot(
        "__delitem__", builtin(dict, "__delitem__"), <void *>headers_setitem
    )
    add_headers_slot(
        "__contains__", builtin(tuple, "__contains__"), <void *>headers_contains
    )
    add_headers_slot(
        "__len__", builtin(MappingProxyType, "__len__"), <void *>headers_len
    )
    add_headers_slot("__iter__", builtin(list, "__iter__"), <void *>headers_iter)
    add_headers_method("add", headers_add)
    add_headers_method("add_header", headers_add_header)
    add_headers_method("extend", headers_extend)
    add_headers_method("get", headers_get)
    add_headers_method("getlist", headers_getlist)
    add_headers_method("pop", headers_pop)
    add_headers_method("remove", headers_remove)
    add_headers_method("set", headers_set)
    add_headers_method("setdefault", headers_setdefault)
    add_headers_method("update", headers_update)
    OUR_HEADERS_METHODS["__eq__"] = equals
    OUR_HEADERS_METHODS["__reduce_ex__"] = reduce

Headers = type(
    "Headers",
    (WerkzeugHeaders,),
    {
        **OUR_HEADERS_METHODS,
        "__hash__": None,
        "__module__": __name__,
        "__doc__": WerkzeugHeaders.__doc__,
    },
)
fast_headers_type = <PyTypeObject *>Headers
