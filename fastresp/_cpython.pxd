"""What is used of CPython's C API, beyond what Cython's own types cover."""

from cpython.object cimport PyObject
from cpython.object cimport PyTypeObject
from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <datetime.h>

    static inline int fr_import_datetime(void)
    {
        PyDateTime_IMPORT;
        return PyDateTimeAPI == NULL ? -1 : 0;
    }

    /* A class's own attributes, borrowed; NULL for a built-in one since 3.12. */
    static inline PyObject *fr_type_names(PyObject *type)
    {
        return ((PyTypeObject *)type)->tp_dict;
    }

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
    static inline unsigned int fr_assign_type_tag(PyTypeObject *type, PyObject *name)
    {
    #if PY_VERSION_HEX >= 0x030C0000
        (void)name;
        PyUnstable_Type_AssignVersionTag(type);
    #else
        /* A lookup that misses the method cache assigns one. */
        _PyType_Lookup(type, name);
    #endif
        return fr_type_tag(type);
    }

    /* A number that no other state of any dict has had, or zero where CPython
     * does not tell. */
    static inline uint64_t fr_dict_version(PyObject *dict)
    {
    #if PY_VERSION_HEX < 0x030C0000
        return ((PyDictObject *)dict)->ma_version_tag;
    #else
        (void)dict;
        return 0;
    #endif
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
    /* Whether PyObject_GenericSetDict can give a dict to an instance that has
     * not got one yet. From 3.13 on, the storage for attributes is part of the
     * instance and would go on being read. */
    #if PY_VERSION_HEX < 0x030D0000
    #define FR_CAN_GIVE_DICT 1
    #else
    #define FR_CAN_GIVE_DICT 0
    #endif

    /* The type's allocator alone: without the attribute storage that
     * object.__new__ prepares, for an instance that is given its dict. */
    static inline PyObject *fr_allocate(PyTypeObject *type)
    {
        return type->tp_alloc(type, 0);
    }

    /* Whether an instance has no weak references and no finalizer, so that
     * nobody sees what becomes of it. From 3.14 on, reference counts do not tell
     * all, so there nothing is recycled. */
    static inline int fr_can_recycle(PyObject *instance)
    {
    #if PY_VERSION_HEX < 0x030E0000 && !defined(Py_GIL_DISABLED)
        PyTypeObject *type = Py_TYPE(instance);

        return type->tp_finalize == NULL && type->tp_del == NULL &&
               !PyObject_GC_IsFinalized(instance) &&
               PyType_SUPPORTS_WEAKREFS(type) &&
               *PyObject_GET_WEAKREFS_LISTPTR(instance) == NULL;
    #else
        (void)instance;
        return 0;
    #endif
    }

    /* Takes the items out of a list and leaves it its memory. */
    static inline void fr_empty_list(PyObject *list)
    {
        while (PyList_GET_SIZE(list) > 0) {
            Py_ssize_t last = PyList_GET_SIZE(list) - 1;
            PyObject *item = PyList_GET_ITEM(list, last);

            Py_SET_SIZE((PyVarObject *)list, last);
            Py_DECREF(item);
        }
    }

    static inline Py_ssize_t fr_list_room(PyObject *list)
    {
        return ((PyListObject *)list)->allocated;
    }
    """
    int fr_import_datetime() except -1
    bint fr_can_recycle(object) noexcept
    void fr_empty_list(PyObject *) noexcept
    Py_ssize_t fr_list_room(PyObject *) noexcept
    bint FR_CAN_GIVE_DICT
    object fr_allocate(PyTypeObject *)
    object fr_referent(object)
    unsigned int fr_type_tag(PyTypeObject *) noexcept
    PyObject *fr_type_names(object) noexcept
    unsigned int fr_assign_type_tag(PyTypeObject *, str) noexcept
    uint64_t fr_dict_version(object) noexcept
    object fr_new_instance(PyTypeObject *, object)
    int fr_next(object, PyObject **) except -1

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(object)
    int PyObject_IsInstance(object, object) except -1
    int PyDict_SetItem(object, object, object) except -1
    object PyObject_GetAttr(object, object)
    object PyObject_GenericGetAttr(object, object)
    int PyObject_GenericSetAttr(object, object, object) except -1
    object PyObject_GetIter(object)
    object PyObject_Call(object, object, PyObject *)
    object PyObject_Vectorcall(object, PyObject **, size_t, PyObject *)
    object PyObject_GetItem(object, object)
    Py_ssize_t PyObject_Length(object) except -1
    int PyObject_IsTrue(object) except -1
    object PyObject_GenericGetDict(object, void *)
    int PyObject_GenericSetDict(object, object, void *) except -1
    dict PyDict_Copy(object)
    bint PyDict_Contains(object, object) except -1
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
    int PyUnicode_2BYTE_KIND
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    Py_ssize_t PyUnicode_FindChar(
        object, Py_ssize_t, Py_ssize_t, Py_ssize_t, int
    ) except -2
    void *PyUnicode_DATA(object)
    Py_UCS4 PyUnicode_READ_CHAR(object, Py_ssize_t)
    object PyUnicode_New(Py_ssize_t, Py_UCS4)
    object PyUnicode_AsUTF8String(object)
    Py_ssize_t PyBytes_GET_SIZE(object)
    char *PyBytes_AS_STRING(object)
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
    object PySequence_List(object)
    void PyObject_GC_Track(PyObject *)
    void PyObject_GC_UnTrack(PyObject *)
    Py_ssize_t Py_REFCNT(object)
    object PyList_New(Py_ssize_t)
    void PyList_SET_ITEM(object, Py_ssize_t, object)
    PyObject **PySequence_Fast_ITEMS(object)
    bint PyType_Check(object)
    bint PyList_Check(object)
    bint PyTuple_Check(object)
    Py_ssize_t PY_SSIZE_T_MAX
    int PyList_Append(object, object) except -1
    int PyList_SetSlice(object, Py_ssize_t, Py_ssize_t, object) except -1
    long PyLong_AsLongAndOverflow(object, int *) except? -1
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
    object PyDescr_NewClassMethod(PyTypeObject *, PyMethodDef *)

    ctypedef struct wrapperbase "struct wrapperbase":
        const char *doc
    ctypedef struct PyWrapperDescrObject:
        wrapperbase *d_base
    object PyDescr_NewWrapper(PyTypeObject *, wrapperbase *, void *)

    int PyContextVar_Get(object, PyObject *, PyObject **) except -1
    bint PyFloat_CheckExact(object)
    double PyFloat_AS_DOUBLE(object)

cdef extern from "datetime.h":
    bint PyDateTime_CheckExact(object)
    bint PyDate_CheckExact(object)
    bint PyDelta_CheckExact(object)
    int PyDateTime_GET_YEAR(object)
    int PyDateTime_GET_MONTH(object)
    int PyDateTime_GET_DAY(object)
    int PyDateTime_DATE_GET_HOUR(object)
    int PyDateTime_DATE_GET_MINUTE(object)
    int PyDateTime_DATE_GET_SECOND(object)
    PyObject *PyDateTime_DATE_GET_TZINFO(object)
    PyObject *PyDateTime_TimeZone_UTC
    int PyDateTime_DELTA_GET_DAYS(object)
    int PyDateTime_DELTA_GET_SECONDS(object)

cdef extern from "_dict_layout.h":
    bint fr_dict_read(
        object dict, PyObject **names, Py_ssize_t count, PyObject **values
    )
    bint fr_dict_is(
        object dict, PyObject **names, Py_ssize_t count, PyObject **values
    ) noexcept
    bint fr_only_attribute(object instance, object name, PyObject **value) except -1
    PyObject *fr_dict_of(PyObject *) noexcept
    int fr_dict_replace(object dict, Py_ssize_t at, object name, object value) except -1
