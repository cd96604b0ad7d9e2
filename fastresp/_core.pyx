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
from ._src_c cimport fr_decimal_fill
from ._src_c cimport fr_decimal_size
from ._src_c cimport fr_equal_lower
from ._src_c cimport fr_scan_line_break

import sys
from collections.abc import Iterator
from http import HTTPStatus
from types import FunctionType
from urllib.parse import urljoin

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
include "_emission.pxi"
include "_dispatch.pxi"


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
