"""What is used of CPython's C API, beyond what Cython's own types cover."""

from cpython.object cimport PyObject
from cpython.object cimport PyTypeObject

cdef extern from "cpython.h":
    int fr_import_datetime() except -1
    object fr_referent(object)
    object fr_unshared(object)
    object fr_owned(PyObject *)
    PyObject *fr_item(object, Py_ssize_t) noexcept
    PyObject *fr_swap_item(object, Py_ssize_t, object) noexcept
    bint fr_dict_next(object, Py_ssize_t *, PyObject **, PyObject **) noexcept
    bint FR_WATCHES_DICTS
    unsigned int fr_type_tag(PyTypeObject *) noexcept
    unsigned int fr_assign_type_tag(PyTypeObject *) noexcept
    object fr_new_instance(PyTypeObject *, object)
    object fr_instance_dict(object)
    object fr_attribute(object, object)
    object fr_dict_get(object, object)
    bint fr_are_in_place(PyObject *) except -1
    int fr_enter_nested(const char *) except -1
    void fr_leave_nested() noexcept
    bint fr_has_generic_access(object) noexcept
    bint fr_is_built_in(PyTypeObject *) noexcept
    PyObject *fr_mro(PyTypeObject *) noexcept
    int fr_next(object, PyObject **) except -1

cdef extern from "Python.h":
    PyTypeObject PyUnicode_Type
    PyTypeObject PyLong_Type
    PyTypeObject PyFloat_Type
    PyTypeObject PyDict_Type
    PyTypeObject PyList_Type
    PyTypeObject PyTuple_Type
    PyObject *Py_None
    PyObject *Py_True
    PyObject *Py_False
    PyTypeObject *Py_TYPE(object)
    Py_ssize_t Py_SIZE(object)
    int PyObject_IsInstance(object, object) except -1
    Py_hash_t PyObject_Hash(object)
    object PyObject_CallOneArg(object, object)
    int PyDict_SetItem(object, object, object) except -1
    object PyObject_GetAttr(object, object)
    int PyObject_GenericSetAttr(object, object, object) except -1
    object PyObject_GetIter(object)
    object PyObject_Call(object, object, PyObject *)
    object PyObject_Vectorcall(object, PyObject **, size_t, PyObject *)
    int PyObject_IsTrue(object) except -1
    bint PyDict_Contains(object, object) except -1
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    Py_ssize_t PyDict_GET_SIZE(object)
    int PyDict_Next(object, Py_ssize_t *, PyObject **, PyObject **)
    bint PyUnicode_Check(object)
    bint PyUnicode_CheckExact(object)
    bint PyBytes_CheckExact(object)
    bint PyList_CheckExact(object)
    bint PyTuple_CheckExact(object)
    bint PyDict_Check(object)
    bint PyDict_CheckExact(object)
    bint PyLong_Check(object)
    bint PyLong_CheckExact(object)
    bint PyGen_CheckExact(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    bint PyUnicode_IS_READY(object)
    int PyUnicode_READY(object) except -1
    int PyUnicode_Compare(object, object)
    str PyUnicode_FromObject(object)
    str PyUnicode_DecodeLatin1(const char *, Py_ssize_t, const char *)
    int PyUnicode_KIND(object)
    int PyUnicode_1BYTE_KIND
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    Py_ssize_t PyUnicode_FindChar(
        object, Py_ssize_t, Py_ssize_t, Py_ssize_t, int
    ) except -2
    void *PyUnicode_DATA(object)
    Py_UCS4 PyUnicode_READ_CHAR(object, Py_ssize_t)
    object PyUnicode_New(Py_ssize_t, Py_UCS4)
    object PyUnicode_AsUTF8String(object)
    Py_ssize_t PyBytes_GET_SIZE(object)
    bytes PyBytes_FromStringAndSize(const char *, Py_ssize_t)
    PyObject *fr_new_bytes "PyBytes_FromStringAndSize"(
        const char *, Py_ssize_t
    ) except NULL
    int _PyBytes_Resize(PyObject **, Py_ssize_t) except -1
    char *PyBytes_AS_STRING(object)
    Py_ssize_t PyList_GET_SIZE(object)
    Py_ssize_t PyTuple_GET_SIZE(object)
    PyObject *PyList_GET_ITEM(object, Py_ssize_t)
    PyObject *PyTuple_GET_ITEM(object, Py_ssize_t)
    list PyDict_Items(object)
    object PySequence_List(object)
    object PySequence_Fast(object, const char *)
    PyObject **PySequence_Fast_ITEMS(object)
    Py_ssize_t PySequence_Fast_GET_SIZE(object)
    bint PyType_Check(object)
    bint PyType_IsSubtype(PyTypeObject *, PyTypeObject *)
    bint PyList_Check(object)
    bint PyTuple_Check(object)
    Py_ssize_t PY_SSIZE_T_MAX
    int PyList_Append(object, object) except -1
    int PyList_Sort(object) except -1
    long PyLong_AsLongAndOverflow(object, int *) except? -1
    # Of an int, which raises nothing.
    long long PyLong_AsLongLongAndOverflow(object, int *)
    void Py_DECREF(PyObject *)
    void Py_XDECREF(PyObject *)
    void Py_INCREF(object)

    ctypedef struct wrapperbase "struct wrapperbase":
        const char *doc
    ctypedef struct PyWrapperDescrObject:
        wrapperbase *d_base
    object PyDescr_NewWrapper(PyTypeObject *, wrapperbase *, void *)

    bint PyWeakref_CheckProxy(object)
    int PyContextVar_Get(object, PyObject *, PyObject **) except -1
    bint PyFloat_Check(object)
    bint PyFloat_CheckExact(object)
    double PyFloat_AS_DOUBLE(object)
    bint Py_IS_FINITE(double)
    object PyObject_GenericGetDict(object, void *)
    bint Py_EnterRecursiveCall(const char *) noexcept
    void Py_LeaveRecursiveCall()
    PyObject *PyErr_Format(object, const char *, ...) except NULL
    void *PyMem_Malloc(size_t)
    void *PyMem_Calloc(size_t, size_t)
    void *PyMem_Realloc(void *, size_t)
    void PyMem_Free(void *)

cdef extern from "datetime.h":
    bint PyDateTime_CheckExact(object)
    bint PyDate_CheckExact(object)
    int PyDateTime_GET_YEAR(object)
    int PyDateTime_GET_MONTH(object)
    int PyDateTime_GET_DAY(object)
    int PyDateTime_DATE_GET_HOUR(object)
    int PyDateTime_DATE_GET_MINUTE(object)
    int PyDateTime_DATE_GET_SECOND(object)
    PyObject *PyDateTime_DATE_GET_TZINFO(object)
    PyObject *PyDateTime_TimeZone_UTC
