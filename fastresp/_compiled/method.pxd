"""Methods in C that stand for functions of Python."""

from cpython.object cimport PyObject

cdef extern from "method.h":
    ctypedef object (*fr_method_call)(object, PyObject **, Py_ssize_t, PyObject *)
    object fr_method_type()
    object fr_new_method(object, fr_method_call, object, object, bint)
