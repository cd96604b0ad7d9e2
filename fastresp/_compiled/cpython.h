/* What is used of CPython's C API, where it differs from version to version, or takes
 * more than a call. */

#ifndef FASTRESP_CPYTHON_H
#define FASTRESP_CPYTHON_H

#include <Python.h>
#include <datetime.h>

#include "threads.h"

static inline int fr_import_datetime(void)
{
    PyDateTime_IMPORT;
    return PyDateTimeAPI == NULL ? -1 : 0;
}

/* PyDict_Watch and its kin. */
#define FR_WATCHES_DICTS (PY_VERSION_HEX >= 0x030C0000)

/* A type's version tag: never the same for two states of any type, so
 * that what was found out about a class under a tag stays true under it.
 * Zero when the type has none at the moment. */
static inline unsigned int fr_type_tag(PyTypeObject *type)
{
#if PY_VERSION_HEX < 0x030C0000
    if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG))
        return 0;
#endif
    return (unsigned int)FR_LOAD(type->tp_version_tag);
}

/* Gives the type a tag if it has none; returns it, or zero. Before 3.12, a
 * lookup of an attribute does that. */
static inline unsigned int fr_assign_type_tag(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyUnstable_Type_AssignVersionTag(type);
#else
    PyObject *name = PyUnicode_FromString("__weakref__");
    PyObject *found = NULL;

    if (name != NULL)
        found = PyType_Type.tp_getattro((PyObject *)type, name);
    if (found == NULL)
        PyErr_Clear();
    Py_XDECREF(found);
    Py_XDECREF(name);
#endif
    return fr_type_tag(type);
}

/* object.__new__(type): without an attribute lookup or argument checks. */
static inline PyObject *fr_new_instance(PyTypeObject *type, PyObject *no_arguments)
{
    return PyBaseObject_Type.tp_new(type, no_arguments, NULL);
}

/* The dict of an instance, which may have to be made of its attributes first.
 * Before 3.12, a garbage collection may begin in the middle of that, and what it
 * calls would find the attributes half moved. */
static inline PyObject *fr_instance_dict(PyObject *instance)
{
#if PY_VERSION_HEX < 0x030C0000
    int was_enabled = PyGC_Disable();
    PyObject *dict = PyObject_GenericGetDict(instance, NULL);

    if (was_enabled)
        PyGC_Enable();
    return dict;
#else
    return PyObject_GenericGetDict(instance, NULL);
#endif
}

/* An attribute from an instance's own storage, or None. */
static inline PyObject *fr_attribute(PyObject *instance, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(instance, name);

    if (found == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        found = Py_NewRef(Py_None);
    }
    return found;
}

/* The value of a key, owned, or None. */
static inline PyObject *fr_dict_get(PyObject *dict, PyObject *key)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *found;

    if (PyDict_GetItemRef(dict, key, &found) < 0)
        return NULL;
#else
    PyObject *found = PyDict_GetItemWithError(dict, key);

    if (found == NULL && PyErr_Occurred())
        return NULL;
    Py_XINCREF(found);
#endif
    return found == NULL ? Py_NewRef(Py_None) : found;
}

/* Whether the dicts at 0, 3, 6 ... of a tuple have, under the keys after them, the
 * objects after those. The tuple owns them all. -1 with an exception. */
static inline int fr_are_in_place(PyObject *names)
{
    Py_ssize_t size = PyTuple_GET_SIZE(names);
    Py_ssize_t at;

    for (at = 0; at < size; at += 3) {
        PyObject *found = PyDict_GetItemWithError(
            PyTuple_GET_ITEM(names, at), PyTuple_GET_ITEM(names, at + 1));

        if (found != PyTuple_GET_ITEM(names, at + 2))
            return PyErr_Occurred() ? -1 : 0;
    }
    return 1;
}

/* A dict or a list to read borrowed references from, while nobody else can change
 * it: without the lock, a copy. */
static inline PyObject *fr_unshared(PyObject *container)
{
#if FR_HAS_LOCK
    return Py_NewRef(container);
#else
    return PyDict_Check(container) ? PyDict_Copy(container)
                                   : PySequence_List(container);
#endif
}

/* A pointer that is owned, as an object that Cython lets go of. */
#define fr_owned(pointer) (pointer)

/* An item of an exact list or tuple, owned; NULL, without an exception, behind the
 * end. */
static inline PyObject *fr_item(PyObject *sequence, Py_ssize_t at)
{
#if !FR_HAS_LOCK
    PyObject *item;

    if (PyList_Check(sequence)) {
        item = PyList_GetItemRef(sequence, at);
        if (item == NULL)
            PyErr_Clear();
        return item;
    }
#endif
    return at < Py_SIZE(sequence) ? Py_NewRef(PySequence_Fast_ITEMS(sequence)[at])
                                  : NULL;
}

/* Puts an item into an exact list, in a critical section of it; returns the one that
 * was there, owned. */
static inline PyObject *fr_swap_item(PyObject *list, Py_ssize_t at, PyObject *item)
{
    PyObject *before = PyList_GET_ITEM(list, at);

    FR_STORE(PySequence_Fast_ITEMS(list)[at], Py_NewRef(item));
    return before;
}

/* PyDict_Next(), with references that are owned where there is no lock. */
static inline int fr_dict_next(
    PyObject *dict, Py_ssize_t *position, PyObject **key, PyObject **value)
{
#if FR_HAS_LOCK
    return PyDict_Next(dict, position, key, value);
#else
    int found;

    Py_BEGIN_CRITICAL_SECTION(dict);
    found = PyDict_Next(dict, position, key, value);
    if (found) {
        Py_INCREF(*key);
        Py_INCREF(*value);
    }
    Py_END_CRITICAL_SECTION();
    return found;
#endif
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

/* Calls within calls that take no frame of Python's: responses around each other's
 * bodies. Stock code has two frames of Python where they have one of C. From 3.12
 * on these do not count together, and CPython 3.12 and 3.13 allow ten thousand
 * calls of C, which the stack of a thread need not have room for. Later ones
 * measure the stack. */
#if PY_VERSION_HEX < 0x030C0000
#define FR_LEVELS 2
#elif PY_VERSION_HEX < 0x030E0000
#define FR_LEVELS 16
#else
#define FR_LEVELS 1
#endif

static inline void fr_leave_levels(int count)
{
    for (; count > 0; count--)
        Py_LeaveRecursiveCall();
}

static inline void fr_leave_nested(void)
{
    fr_leave_levels(FR_LEVELS);
}

static inline int fr_enter_nested(const char *where)
{
    int count;

    for (count = 0; count < FR_LEVELS; count++) {
        if (Py_EnterRecursiveCall(where)) {
            fr_leave_levels(count);
            return -1;
        }
    }
    return 0;
}

/* Whether isinstance() has nothing to ask of an object but its type: nobody
 * gave the type another __class__. */
static inline int fr_has_generic_access(PyObject *object)
{
    return Py_TYPE(object)->tp_getattro == PyObject_GenericGetAttr;
}

static inline PyObject *fr_mro(PyTypeObject *type)
{
    return type->tp_mro;
}

static inline int fr_is_built_in(PyTypeObject *type)
{
    return !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE);
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

#endif
