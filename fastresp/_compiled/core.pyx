# cython: language_level=3, binding=True, auto_pickle=False
# cython: wraparound=False, cdivision=True
# cython: freethreading_compatible=True
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
from libc.stdint cimport uint32_t
from libc.stdint cimport uint64_t
from libc.string cimport memcmp
from libc.string cimport memcpy

from .cpython cimport *
from .threads cimport *
from .method cimport *
from . cimport json as _json
from .watch cimport *
from .clib cimport *

# C variables: what runs for each response does not look for these by name.
cdef object a2b_base64
cdef object AppContext
cdef object b2a_base64
cdef object bytes_to_int
cdef object chain
cdef object Config
cdef object CO_COROUTINE
cdef object defaultdict
cdef object EnvironHeaders
cdef object FunctionType
cdef object HTTPStatus
cdef object int_to_bytes
cdef object json
cdef object ModuleType
cdef object WerkzeugHeaders
cdef object zlib

import json
import sys
import time as time_module
import zlib
from binascii import a2b_base64
from binascii import b2a_base64
from collections import defaultdict
from contextvars import ContextVar
from http import HTTPStatus
from inspect import CO_COROUTINE
from inspect import Signature
from inspect import signature
from itertools import chain
from itertools import repeat
from types import FunctionType
from types import ModuleType

import itsdangerous
from flask import app as flask_app
from flask import Config
from flask import Flask
from flask import globals as flask_globals
from flask import json as flask_json
from flask import request
from flask import Response as FlaskResponse
from flask import sessions as flask_sessions
from flask import wrappers as flask_wrappers
from flask.ctx import AppContext
from flask.json import provider as flask_provider
from flask.json import tag as flask_tag
from itsdangerous.encoding import bytes_to_int
from itsdangerous.encoding import int_to_bytes
from markupsafe import escape
from werkzeug import exceptions as werkzeug_exceptions
from werkzeug import http as werkzeug_http
from werkzeug import utils as werkzeug_utils
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import ETags
from werkzeug.datastructures import Headers as WerkzeugHeaders
from werkzeug.datastructures import HeaderSet
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import default_exceptions
from werkzeug.exceptions import HTTPException
from werkzeug.sansio import http as sansio_http
from werkzeug.sansio import request as sansio_request
from werkzeug.sansio import response as sansio_response
from werkzeug.wrappers import response as werkzeug_response

from .unpack import unpack_response

include "text.pxi"
include "names.pxi"
include "html.pxi"
include "dates.pxi"
include "stock/response_class.pxi"
include "stock/app.pxi"
include "stock/arguments.pxi"
include "headers/fields.pxi"
include "headers/normalize.pxi"
include "headers/content_type.pxi"
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
include "finalizing.pxi"
include "sessions.pxi"


# The methods are functions in C rather than Cython's: those take their arguments apart
# before our code can see them, and word the TypeError for wrong ones unlike Python.
#
# __init__ and __call__ are slot wrappers, such as ``object.__init__``. A class
# with one of them in its body, and each subclass that does not override it,
# gets our C function as its slot: creating or calling an instance does not
# have to look the method up. All that is CPython's own doing; it would call
# the same function the long way otherwise.

cdef list docs = []


cdef bytes doc_of(object owner, str name):
    """Return signature and documentation of Werkzeug's method, as a slot wrapper has
    them."""
    stock = class_attribute(type_mro(owner), name)
    parameters = [
        each.replace(annotation=each.empty)
        for each in signature(stock).parameters.values()
    ]
    text = str(Signature(parameters)).replace("self", "$self", 1)
    doc = f"{name}{text}\n--\n\n{stock.__doc__ or ''}".encode()
    # Not copied by CPython: it has to stay.
    docs.append(doc)
    return doc


cdef object function_type = fr_method_type()


cdef object method(object owner, str name, fr_method_call function):
    """Return a method that stands for the one that the class ``owner`` has."""
    stock = class_attribute(type_mro(owner), name)
    if type(stock) is classmethod:
        return classmethod(
            fr_new_method(function_type, function, stock.__func__, owner, True)
        )
    return fr_new_method(function_type, function, stock, owner, False)


# CPython keeps pointers to these: they live as long as the process.
cdef wrapperbase[2] bases


cdef object slot(int at, object owner, str name, object model, void *function):
    """Return a slot wrapper for objects of the class ``owner``.

    :param at: a place in ``bases``.
    :param model: a built-in slot wrapper for the same slot.
    """
    cdef wrapperbase *base = &bases[at]

    base[0] = (<PyWrapperDescrObject *>model).d_base[0]
    doc = doc_of(owner, name)
    base.doc = doc
    return PyDescr_NewWrapper(<PyTypeObject *>owner, base, function)


cdef object builtin(object owner, str name):
    return type_dict(owner)[name]


cdef int add_method(str name, fr_method_call function) except -1:
    if is_stock(name):
        OURS[name] = method(WerkzeugResponse, name, function)
    return 0


if INIT_IS_KNOWN:
    OURS["__init__"] = slot(
        0, WerkzeugResponse, "__init__", builtin(object, "__init__"), <void *>init
    )
if is_stock("__call__"):
    OURS["__call__"] = slot(
        1, WerkzeugResponse, "__call__", builtin(type, "__call__"), <void *>call
    )
add_method("force_type", force_type)
add_method("get_wsgi_response", get_wsgi_response)
if COOKIE_IS_KNOWN:
    add_method("set_cookie", set_cookie)
add_method("make_conditional", make_conditional)
if VARY_IS_KNOWN:
    OURS["vary"] = vary

#: The compiled methods by name, for the body of a class.
METHODS = dict(OURS)


cdef int add_headers_method(str name, fr_method_call function) except -1:
    OUR_HEADERS_METHODS[name] = method(WerkzeugHeaders, name, function)
    return 0


if headers_watch.genuine:
    add_headers_method("__contains__", headers_contains)
    add_headers_method("__getitem__", headers_getitem)
    add_headers_method("__setitem__", headers_setitem)
    add_headers_method("add", headers_add)
    add_headers_method("get", headers_get)
    add_headers_method("set", headers_set)
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
headers_watch.add_class(
    Headers, {*HEADERS_NAMES, *OUR_HEADERS_METHODS}, OUR_HEADERS_METHODS
)


# --- parts -----------------------------------------------------------------

# By part: its methods of a response, its methods of an app, what of a response class it
# depends on, and its watches.
cdef dict PARTS = {
    "headers": ((), (), 0, (headers_watch,)),
    "construction": (
        ("__init__",), (), CONSTRUCT_NEEDS, (headers_watch, content_type_watch)
    ),
    "emission": (("__call__", "get_wsgi_response"), (), CALL_NEEDS, ()),
    "cookies": (("set_cookie",), (), COOKIE_NEEDS, (cookie_watch,)),
    "conditional": (
        ("make_conditional",), (), CONDITIONAL_NEEDS, (conditional_watch,)
    ),
    "header sets": (("vary",), (), HOOK_VARY | HOOK_STATE, (header_set_watch,)),
    "errors": (
        ("force_type",),
        (),
        CONSTRUCT_NEEDS | CALL_NEEDS | HOOK_COERCION,
        (headers_watch, content_type_watch, page_watch),
    ),
    "redirects": (
        (),
        ("redirect",),
        CONSTRUCT_NEEDS,
        (headers_watch, content_type_watch, escape_watch),
    ),
    "dispatch": ((), ("make_response",), 0, ()),
    "finalizing": (
        (),
        ("finalize_request", "process_response"),
        0,
        (finalizing_watch, signal_watch),
    ),
    "sessions": (
        (),
        (),
        0,
        (
            *signing_watches,
            provider_watch,
            parser_watch,
            environ_headers_watch,
            cookie_dict_watch,
        ),
    ),
    "json": ((), (), 0, (provider_watch,)),
}


def leave_out(str part):
    """Have a part done by Werkzeug, Flask or json. Called before any class has the
    compiled methods for good.

    :param part: a key of what :func:`parts` returns.
    """
    global fast_headers_type

    methods, app_methods, _, _ = PARTS[part]
    for name in methods:
        METHODS.pop(name, None)
        OURS.pop(name, None)
    methods_left_out.update(app_methods)
    if part == "headers":
        fast_headers_type = headers_type
    elif part == "errors":
        error_pages.clear()
    elif part == "sessions":
        give_up(parser_watch)
        give_up(<Watch>signing_watches[0])
    elif part == "json":
        give_up(provider_watch)
        give_up(_json.standard_watch)


def obstacles(cls, str part):
    """Return what a response class has in place of methods that a part depends on, by
    name."""
    return in_the_way(cls, overridden(cls) & <uint32_t>PARTS[part][2])


def parts(*classes):
    """Return which parts are in use: ``False`` for one that was left out, is not
    Werkzeug's or Flask's own, or was patched.

    :param classes: response classes; by default those of fastresp.
    """
    cdef uint32_t known = 0

    for cls in classes or response_classes:
        known |= overridden(cls)
    others = {
        "headers": fast_headers_type is not headers_type,
        "errors": len(error_pages) > 0,
        "redirects": redirect_pieces is not None,
        "json": _json.standard_is_known(_json.USUAL_FLAGS, False),
    }
    return {
        part: others.get(part, True)
        and not known & <uint32_t>needs
        and all([name in METHODS for name in methods])
        and all([has_flasks(Flask, name) for name in app_methods])
        and all([intact(<Watch>watch) for watch in watches])
        for part, (methods, app_methods, needs, watches) in PARTS.items()
    }
