/* Instance dictionaries read and written entry by entry.
 *
 * The only file that knows how CPython lays a dict out, and only for versions
 * whose layout will not change any more; for all others, and for dicts of
 * another shape, the same is done through the public API. */

#ifndef FR_DICT_LAYOUT_H
#define FR_DICT_LAYOUT_H

#include <Python.h>

#include <stddef.h>
#include <stdint.h>

#define FR_DICT_LAYOUT 0
#if defined(__GNUC__) && !defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030B0000 && \
    PY_VERSION_HEX < 0x030E0000
#if __has_include("internal/pycore_dict.h")
#undef FR_DICT_LAYOUT
#define FR_DICT_LAYOUT 1
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
/* A macro in the public headers, a function in the internal ones. */
#undef _PyGC_FINALIZED
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "internal/pycore_dict.h"
#if PY_VERSION_HEX >= 0x030D0000
#include "internal/pycore_object.h"
#endif
#pragma GCC diagnostic pop
#endif
#endif

/* The values of a dict whose keys are just `names`, the very objects, in that
 * order: borrowed, until Python code runs. Zero when there are other keys. */
static inline int fr_dict_read(
    PyObject *dict, PyObject *const *names, Py_ssize_t count, PyObject **values)
{
    Py_ssize_t at;
#if FR_DICT_LAYOUT
    PyDictObject *self = (PyDictObject *)dict;
    PyDictKeysObject *keys = self->ma_keys;
    PyDictUnicodeEntry *entries;

    if (self->ma_used != count)
        return 0;
    if (self->ma_values == NULL && DK_IS_UNICODE(keys) && keys->dk_nentries == count) {
        entries = DK_UNICODE_ENTRIES(keys);
        for (at = 0; at < count; at++) {
            if (entries[at].me_key != names[at])
                return 0;
            values[at] = entries[at].me_value;
        }
        return 1;
    }
    /* Attribute storage: the keys belong to the class. */
    if (self->ma_values != NULL && keys->dk_nentries >= count) {
        entries = DK_UNICODE_ENTRIES(keys);
        for (at = 0; at < count; at++) {
            values[at] = self->ma_values->values[at];
            if (entries[at].me_key != names[at] || values[at] == NULL)
                return 0;
        }
        return 1;
    }
#endif
    Py_ssize_t position = 0;
    PyObject *key;

    if (PyDict_Size(dict) != count)
        return 0;
    for (at = 0; at < count; at++)
        if (!PyDict_Next(dict, &position, &key, &values[at]) || key != names[at])
            return 0;
    return 1;
}

/* Replaces the value of the entry numbered `at`, which is that of `name`, in a
 * dict that nobody else has seen yet and that the garbage collector tracks.
 * The value that was there must not be the last reference to anything. */
static inline int fr_dict_replace(
    PyObject *dict, Py_ssize_t at, PyObject *name, PyObject *value)
{
#if FR_DICT_LAYOUT
    PyDictObject *self = (PyDictObject *)dict;
    PyDictKeysObject *keys = self->ma_keys;
    PyDictUnicodeEntry *entry;

    if (self->ma_values == NULL && DK_IS_UNICODE(keys) && at < keys->dk_nentries &&
        PyObject_GC_IsTracked(dict)) {
        entry = &DK_UNICODE_ENTRIES(keys)[at];
        if (entry->me_key == name && entry->me_value != NULL) {
            PyObject *before = entry->me_value;
            Py_INCREF(value);
            entry->me_value = value;
            Py_DECREF(before);
            return 0;
        }
    }
#else
    (void)at;
#endif
    return PyDict_SetItem(dict, name, value);
}

/* Whether a dict is exactly one with just `names` for keys, in that order, and
 * is not larger than such a dict has to be; then its values, borrowed. Calls and
 * allocates nothing. Where the layout is not known, no dict is. */
static inline int fr_dict_is(
    PyObject *dict, PyObject *const *names, Py_ssize_t count, PyObject **values)
{
#if FR_DICT_LAYOUT
    PyDictObject *self = (PyDictObject *)dict;
    Py_ssize_t position = 0, at;
    PyObject *key;

    if (!PyDict_CheckExact(dict) || !DK_IS_UNICODE(self->ma_keys))
        return 0;
    if (self->ma_values == NULL)
        return self->ma_keys->dk_nentries == count &&
               self->ma_keys->dk_log2_size <= 4 &&
               fr_dict_read(dict, names, count, values);
    /* Attribute storage has an order of its own. */
    if (self->ma_used != count)
        return 0;
    for (at = 0; at < count; at++)
        if (!PyDict_Next(dict, &position, &key, &values[at]) || key != names[at])
            return 0;
    return 1;
#else
    (void)dict;
    (void)names;
    (void)count;
    (void)values;
    return 0;
#endif
}

#if FR_DICT_LAYOUT
/* Where an instance has its attributes while it has no dict; else NULL.
 *
 * Up to 3.12, the header that has CPython's own functions for this does not go
 * with the public ones: they are _PyObject_ValuesPointer and, from 3.12 on,
 * _PyObject_DictOrValuesPointer, which has one less than an address of values. */
static inline PyDictValues *fr_values_of(PyObject *instance)
{
#if PY_VERSION_HEX < 0x030C0000
    return ((PyDictValues **)instance)[-4];
#elif PY_VERSION_HEX < 0x030D0000
    char *place = ((char **)instance)[-3];

    return (uintptr_t)place & 1 ? (PyDictValues *)(place + 1) : NULL;
#else
    PyDictValues *values;

    if (!PyType_HasFeature(Py_TYPE(instance), Py_TPFLAGS_INLINE_VALUES))
        return NULL;
    values = _PyObject_InlineValues(instance);
    return values->valid ? values : NULL;
#endif
}

/* The dict that an instance without such storage has, borrowed, or NULL. */
static inline PyObject *fr_managed_dict(PyObject *instance)
{
#if PY_VERSION_HEX < 0x030D0000
    return ((PyObject **)instance)[-3];
#else
    return (PyObject *)_PyObject_GetManagedDict(instance);
#endif
}
#endif

/* In `*value`, the one attribute that an instance has, if it is called `name`:
 * borrowed, until Python code runs. Zero for any other instance. */
static inline int fr_only_attribute(
    PyObject *instance, PyObject *name, PyObject **value)
{
    PyObject *dict;
    int found;
#if FR_DICT_LAYOUT
    PyTypeObject *type = Py_TYPE(instance);
    PyDictKeysObject *keys;
    PyDictValues *values;
    Py_ssize_t at;

    if (PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) {
        values = fr_values_of(instance);
        if (values == NULL) {
            dict = fr_managed_dict(instance);
            return dict != NULL && fr_dict_read(dict, &name, 1, value);
        }
        keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
        if (keys->dk_nentries == 0 || values->values[0] == NULL ||
            DK_UNICODE_ENTRIES(keys)[0].me_key != name)
            return 0;
        for (at = 1; at < keys->dk_nentries; at++)
            if (values->values[at] != NULL)
                return 0;
        *value = values->values[0];
        return 1;
    }
#endif
    dict = PyObject_GenericGetDict(instance, NULL);
    if (dict == NULL)
        return -1;
    found = fr_dict_read(dict, &name, 1, value);
    Py_DECREF(dict);
    return found;
}

/* The dict that an instance has already: borrowed, only to be compared. */
static inline PyObject *fr_dict_of(PyObject *instance)
{
    PyObject *dict = PyObject_GenericGetDict(instance, NULL);

    if (dict == NULL)
        PyErr_Clear();
    else
        Py_DECREF(dict);
    return dict;
}

typedef struct {
    PyObject *key;
    PyObject *value;
} fr_dict_entry;

/* The items of a dict, in order, as many as its size; NULL for a dict that has
 * them in another form. Both stay CPython's, until the dict is changed. */
static inline const fr_dict_entry *fr_dict_entries(PyObject *dict)
{
#if FR_DICT_LAYOUT
    PyDictObject *self = (PyDictObject *)dict;
    PyDictKeysObject *keys = self->ma_keys;

    /* Nothing was deleted: there are no holes. */
    if (self->ma_values == NULL && DK_IS_UNICODE(keys) &&
        keys->dk_nentries == self->ma_used) {
        _Static_assert(
            sizeof(fr_dict_entry) == sizeof(PyDictUnicodeEntry) &&
                offsetof(fr_dict_entry, value) ==
                    offsetof(PyDictUnicodeEntry, me_value),
            "key and value");
        return (const fr_dict_entry *)DK_UNICODE_ENTRIES(keys);
    }
#else
    (void)dict;
#endif
    return NULL;
}

#endif
