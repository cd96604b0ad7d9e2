"""Whether names and classes are still what they were."""

cimport cython
from cpython.object cimport PyObject
from cpython.object cimport PyTypeObject
from libc.stdint cimport uint32_t
from libc.stdint cimport uint64_t

from .cpython cimport *
from .threads cimport *

cdef object type_dict
cdef object type_mro
cdef object ABSENT
cdef tuple INSTANCE_ACCESS
cdef set watched_names

cdef object found_in(object module, str name)
cdef list class_attributes(tuple mro, str name)
cdef object class_attribute(tuple mro, str name)
cdef bint is_genuine(str name, object value) except -1

# How often something has changed that was watched.
cdef uint64_t changes


@cython.final
cdef class Watch:
    cdef bint genuine
    # Of modules: a namespace, a name, its object, and so on.
    cdef tuple names
    # Of classes: a class, a name, its object.
    cdef list attributes
    # The lowest class. A change of one above it is one of this, too.
    cdef object lowest
    # As it was when all was looked at: the changes so far, the classes, and the tag.
    cdef uint64_t seen
    cdef object mro
    cdef uint32_t tag
    # The same objects, for a look without taking references; NULL for none.
    cdef PyObject *borrowed_names
    cdef PyTypeObject *borrowed_lowest
    cdef PyObject *borrowed_mro

    cdef int add_module(self, object module, names) except -1
    cdef int add_class(self, object cls, names, dict ours) except -1


cdef bint look_again(Watch watch) except -1
cdef int give_up(Watch watch) except -1


cdef inline bint intact(Watch watch) except -1:
    """Return whether all names of a watch are genuine and still have their objects."""
    cdef PyTypeObject *lowest = watch.borrowed_lowest

    if FR_WATCHES_DICTS:
        if FR_LOAD(watch.seen) == FR_LOAD(changes) and (
            lowest is NULL or fr_mro(lowest) is watch.borrowed_mro
        ):
            return True
    elif (
        watch.genuine
        and (lowest is NULL or fr_type_tag(lowest) == watch.tag != 0)
        and (watch.borrowed_names is NULL or fr_are_in_place(watch.borrowed_names))
    ):
        return True
    return look_again(watch)


# What is known of a class, as an examination of it has found. 0 with an exception.
ctypedef uint32_t (*Examine)(object cls) except? 0

cdef enum:
    MEMO_SIZE = 256


@cython.final
cdef class Memo:
    """What is known of classes, until they change."""

    cdef Examine examine
    # By the last bits of a version tag: the tag in the upper half, what is known in the
    # lower one. One word, so that a reader can never see one half of an update.
    cdef uint64_t entries[MEMO_SIZE]
    # Of a class without a tag, by its address: its state, the addresses of the classes
    # in its MRO, what is known.
    cdef dict untagged


cdef Memo remember(Examine examine)
cdef uint32_t examined(Memo memo, object cls) except? 0


cdef inline uint32_t known_of(Memo memo, object cls) except? 0:
    """Return what the examination of a class says, remembered until it changes."""
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)
    cdef uint64_t entry = FR_LOAD(memo.entries[tag % MEMO_SIZE])

    if tag != 0 and entry >> 32 == tag:
        return <uint32_t>entry
    return examined(memo, cls)


cdef uint64_t keep_state(object cls) except 0
cdef uint64_t state_without_tag() noexcept


cdef inline uint64_t class_state(PyTypeObject *cls) noexcept:
    """Return a number that is another one after a class that :func:`keep_state` was
    called for has changed; but for the bases of one without a tag."""
    cdef uint32_t tag = fr_type_tag(cls)

    return tag if tag != 0 else state_without_tag()
