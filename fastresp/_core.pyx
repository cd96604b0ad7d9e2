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
from libc.stdint cimport uint8_t
from libc.stdint cimport uint32_t
from libc.stdint cimport uint64_t

from ._cpython cimport *
from . cimport _json
from ._json cimport decode
from ._json cimport known_app
from ._json cimport provider_body
from ._src_c cimport fr_decimal_fill
from ._src_c cimport fr_decimal_size
from ._src_c cimport fr_equal_lower
from ._src_c cimport fr_scan_line_break

import sys
from collections.abc import Iterator
from http import HTTPStatus
from types import FunctionType
from urllib.parse import urljoin

from werkzeug import utils as werkzeug_utils
from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.http import remove_entity_headers
from werkzeug.utils import get_content_type
from werkzeug.wrappers import response as werkzeug_response
from werkzeug.wsgi import ClosingIterator
from werkzeug.wsgi import get_current_url

include "_hooks.pxi"
include "_fields.pxi"
include "_status.pxi"
include "_headers.pxi"
include "_construction.pxi"
include "_recycling.pxi"
include "_emission.pxi"
include "_json_response.pxi"
include "_dispatch.pxi"


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


cdef object describe(str name):
    """Name, signature and documentation of Werkzeug's method, as a built-in
    method has them."""
    stock = type_dict(WerkzeugResponse)[name]
    code = stock.__code__
    parameters = list(code.co_varnames[: code.co_argcount])
    defaults = stock.__defaults__ or ()
    for at in range(-len(defaults), 0):
        parameters[at] += f"={defaults[at]!r}"
    parameters[0] = "$self"
    text = f"{name}({', '.join(parameters)})\n--\n\n{stock.__doc__ or ''}"
    # Neither is copied by CPython: both have to stay.
    texts.append((name.encode(), text.encode()))
    return texts[-1]


ctypedef object (*Method)(object, PyObject **, Py_ssize_t, PyObject *)

cdef PyMethodDef[3] definitions


cdef object method(int index, str name, Method function):
    name_text, doc = describe(name)
    definitions[index].ml_name = name_text
    definitions[index].ml_meth = <PyCFunction><void *>function
    definitions[index].ml_flags = METH_FASTCALL | METH_KEYWORDS
    definitions[index].ml_doc = doc
    OURS[name] = PyDescr_NewMethod(
        <PyTypeObject *>WerkzeugResponse, &definitions[index]
    )


cdef wrapperbase[2] bases


cdef object slot(int index, str name, object model, void *function):
    """:param model: a built-in slot wrapper for the same slot."""
    _, doc = describe(name)
    bases[index] = (<PyWrapperDescrObject *>model).d_base[0]
    bases[index].doc = doc
    OURS[name] = PyDescr_NewWrapper(
        <PyTypeObject *>WerkzeugResponse, &bases[index], function
    )


slot(0, "__init__", object.__dict__["__init__"], <void *>init)
slot(1, "__call__", type.__dict__["__call__"], <void *>call)
method(0, "get_wsgi_response", get_wsgi_response)
method(1, "get_wsgi_headers", get_wsgi_headers)
method(2, "get_app_iter", get_app_iter)

#: The compiled methods by name, for the body of a class.
METHODS = dict(OURS)
