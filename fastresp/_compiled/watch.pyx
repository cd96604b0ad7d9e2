# cython: language_level=3, binding=True, auto_pickle=False
# cython: wraparound=False, cdivision=True
# cython: freethreading_compatible=True
"""Is this still what it was? Asked here only.

Compiled code stands for functions of Werkzeug and Flask, and reads the names that they
read. A patch of one of them counts: made before fastresp was imported, the name is not
genuine; made later, it no longer has the object that it had at import.

From CPython 3.12 on, dicts can be watched: names are looked at again after a change of
one that was ever asked for, and only then. Before, each is looked up each time.

What was found out about a class holds for its version tag, which CPython changes
whenever the class or one of its bases changes. From 3.13 on, a class gets no more than
a thousand of them; then it holds until a watched dict changes.
"""

cimport cython

import sys
from types import BuiltinFunctionType
from types import FunctionType

# The class attributes of metaclasses are passed by: these are the slots.
cdef object type_dict = type.__dict__["__dict__"].__get__
cdef object type_mro = type.__dict__["__mro__"].__get__

# In place of what is not there: an attribute may be None.
cdef object ABSENT = object()

# --- changes of dicts ------------------------------------------------------

cdef extern from *:
    """
    #if !FR_WATCHES_DICTS
    typedef int PyDict_WatchEvent;
    typedef void *PyDict_WatchCallback;
    #define PyDict_Watch(watcher, dict) 0
    #define PyType_GetDict(type) ((void)(type), Py_NewRef(Py_None))
    #endif

    /* Negative where there is none. */
    static int fr_add_watcher(PyDict_WatchCallback callback)
    {
    #if !FR_WATCHES_DICTS
        (void)callback;
        return -1;
    #else
        int watcher = PyDict_AddWatcher(callback);

        PyErr_Clear();
        return watcher;
    #endif
    }
    """
    ctypedef int PyDict_WatchEvent
    ctypedef int (*PyDict_WatchCallback)(
        PyDict_WatchEvent, PyObject *, PyObject *, PyObject *
    ) noexcept
    int fr_add_watcher(PyDict_WatchCallback) noexcept
    int PyDict_Watch(int, object) except -1
    object PyType_GetDict(PyTypeObject *)

cdef enum:
    READ_WORDS = 1024

# The names that anybody asked for, a bit for each, by its hash. Classes and modules may
# have counters, which change all the time.
cdef uint64_t[READ_WORDS] names_read

changes = 1


cdef int note_read(str name) except -1:
    cdef size_t place = <size_t>PyObject_Hash(name)

    FR_SET_BITS(names_read[place // 64 % READ_WORDS], <uint64_t>1 << place % 64)
    return 0


cdef int note_change(
    PyDict_WatchEvent event, PyObject *namespace, PyObject *key, PyObject *value
) noexcept:
    """Called before a change of a watched dict, and when it goes. Another thread may
    not get at the dict meanwhile, so that nothing here may wait for one."""
    cdef size_t place

    if key is not NULL and PyUnicode_CheckExact(<object>key):
        name = <object>key
        place = <size_t>PyObject_Hash(name)
        if not FR_LOAD(names_read[place // 64 % READ_WORDS]) >> place % 64 & 1:
            return 0
    FR_ADD(changes, 1)
    return 0


# Negative before 3.12, and when others have all that there are.
cdef int watcher = fr_add_watcher(note_change)


cdef object found_in(object module, str name):
    """Return what a module has under a name, or ``ABSENT``. Not by attribute: a name
    that is announced to go may warn."""
    return module.__dict__.get(name, ABSENT)


cdef list class_attributes(tuple mro, str name):
    """Return what the classes have under a name, in their order."""
    note_read(name)
    found = []
    for klass in mro:
        value = type_dict(klass).get(name, ABSENT)
        if value is not ABSENT:
            found.append(value)
    return found


cdef object class_attribute(tuple mro, str name):
    """Return what the first class that has the name has under it, or ``ABSENT``."""
    found = class_attributes(mro, name)
    return found[0] if found else ABSENT


# --- genuine at import -----------------------------------------------------

cdef frozenset LIBRARIES = frozenset(
    ("blinker", "flask", "gunicorn", "itsdangerous", "markupsafe", "werkzeug")
)


cdef bint is_of_library(object module_name) except -1:
    """Return whether a module is of a library that compiled code stands for, or of the
    standard library."""
    if type(module_name) is not str:
        return False
    package = module_name.partition(".")[0]
    return package in LIBRARIES or package in sys.stdlib_module_names


cdef bint is_genuine(str name, object value) except -1:
    """Return whether a value is the function that a library defines under a name, and
    no wrapper or replacement. Data is genuine.

    A wrapper is a function with the global names of another module, even when it copies
    the name and the module of the function that it wraps.
    """
    if type(value) is property:
        return is_genuine(name, value.fget) and (
            value.fset is None or is_genuine(name, value.fset)
        )
    if type(value) is classmethod or type(value) is staticmethod:
        return is_genuine(name, value.__func__)
    if type(value) is FunctionType:
        module = sys.modules.get(value.__globals__.get("__name__"))
        return (
            value.__code__.co_name == name
            and module is not None
            and module.__dict__ is value.__globals__
            and is_of_library(module.__name__)
        )
    if type(value) is BuiltinFunctionType and value.__name__ != name:
        return False
    if PyType_Check(value) or type(value) is BuiltinFunctionType:
        # The standard library has some types under other names than their own.
        module = sys.modules.get(value.__module__)
        return is_of_library(value.__module__) and module is not None and any(
            [each is value for each in vars(module).values()]
        )
    if value is None:
        # A class with __eq__ has no __hash__.
        return name == "__hash__" or name == "__doc__"
    if value is ABSENT:
        return False
    # A proxy of Werkzeug's is data, too. Nothing is asked of the object itself.
    module_name = type(value).__module__
    return not callable(value) or (
        type(module_name) is str and module_name.partition(".")[0] in LIBRARIES
    )


# --- the same since --------------------------------------------------------

# Names with which instances of a class have attributes of another kind.
cdef tuple INSTANCE_ACCESS = (
    "__new__", "__getattribute__", "__getattr__", "__setattr__", "__delattr__"
)

cdef set watched_names = set()


def watched():
    """Return the names that compiled code depends on, as tuples of a module or class
    and a name in it."""
    return set(watched_names)


cdef int watch_namespaces(object cls) except -1:
    for klass in <tuple>type_mro(cls):
        # Nobody can change one that is built in.
        if watcher >= 0 and not fr_is_built_in(<PyTypeObject *>klass):
            PyDict_Watch(watcher, PyType_GetDict(<PyTypeObject *>klass))
    return 0


@cython.final
cdef class Watch:
    """Names of modules, and of a class or classes above it, that were genuine at
    import and have to have the same objects still; see :func:`intact`."""

    def __cinit__(self, *owners):
        """
        :param owners: tuples of a module or a class and its names.
        """
        self.genuine = True
        self.names = ()
        self.attributes = []
        for owner, *names in owners:
            if isinstance(owner, type):
                self.add_class(owner, names, {})
            else:
                self.add_module(owner, names)
        if self.names:
            self.borrowed_names = <PyObject *>self.names

    cdef int add_module(self, object module, names) except -1:
        if watcher >= 0:
            PyDict_Watch(watcher, module.__dict__)
        for name in names:
            note_read(name)
            value = found_in(module, name)
            if value is ABSENT or not is_genuine(name, value):
                self.genuine = False
            self.names += (module.__dict__, name, value)
            watched_names.add((module, name))
        return 0

    cdef int add_class(self, object cls, names, dict ours) except -1:
        """Watch what a class has under names, which may be nothing.

        :param cls: below the class that was added before.
        :param ours: compiled methods that may be found.
        """
        mro = type_mro(cls)
        built_in = tuple(
            klass for klass in mro if fr_is_built_in(<PyTypeObject *>klass)
        )
        for name in names:
            value = class_attribute(mro, name)
            self.attributes.append((cls, name, value))
            watched_names.add((cls, name))
            if (
                value is not class_attribute(built_in, name)
                and value is not ours.get(name, ABSENT)
                and (name in INSTANCE_ACCESS or not is_genuine(name, value))
            ):
                self.genuine = False
        self.lowest = cls
        self.borrowed_lowest = <PyTypeObject *>cls
        self.tag = 0
        self.seen = 0
        return 0


cdef bint look_again(Watch watch) except -1:
    with cython.critical_section(watch):
        return look_at_all(watch)


cdef bint look_at_all(Watch watch) except -1:
    """Compare what modules and a class have."""
    # Before looking: what changes meanwhile is seen the next time.
    cdef uint64_t now = FR_LOAD(changes)
    cdef uint32_t tag

    if not watch.genuine:
        return False
    if watch.borrowed_lowest is not NULL:
        tag = fr_type_tag(watch.borrowed_lowest)
        if (tag != watch.tag or tag == 0) and not look_at_class(watch):
            return False
    if watch.borrowed_names is not NULL and not fr_are_in_place(watch.borrowed_names):
        return False
    if watcher >= 0:
        FR_STORE(watch.seen, now)
    return True


cdef int give_up(Watch watch) except -1:
    """Have a watch never again find its names intact."""
    watch.genuine = False
    watch.seen = 0
    return 0


cdef bint look_at_class(Watch watch) except -1:
    cdef uint32_t tag = fr_assign_type_tag(watch.borrowed_lowest)

    watch_namespaces(watch.lowest)
    for cls, name, value in watch.attributes:
        if class_attribute(type_mro(cls), name) is not value:
            return False
    watch.tag = tag
    # Kept until it is replaced: what goes with it may let others look.
    _before = watch.mro
    watch.mro = type_mro(watch.lowest)
    watch.borrowed_mro = <PyObject *>watch.mro
    return True


# --- what is known of a class ----------------------------------------------

cdef uint64_t keep_state(object cls) except 0:
    """Return what :func:`class_state` returns from now on until the class changes."""
    fr_assign_type_tag(<PyTypeObject *>cls)
    if fr_type_tag(<PyTypeObject *>cls) == 0:
        watch_namespaces(cls)
    return class_state(<PyTypeObject *>cls)


cdef uint64_t state_without_tag() noexcept:
    if watcher < 0:
        FR_ADD(changes, 1)
    # No tag is that large.
    return (1 << 32) + FR_LOAD(changes)


cdef Memo remember(Examine examine):
    memo = Memo()
    memo.examine = examine
    memo.untagged = {}
    return memo


cdef uint32_t examined(Memo memo, object cls) except? 0:
    cdef uint64_t state = keep_state(cls)
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)
    cdef uint32_t known

    if tag == 0:
        # A watched class that goes changes the state: no address is of another one.
        # Other bases do not.
        classes = tuple([id(klass) for klass in <tuple>type_mro(cls)])
        entry = memo.untagged.get(id(cls))
        if entry is not None and entry[:2] == (state, classes):
            return entry[2]
    known = memo.examine(cls)
    # Should the class have been changed meanwhile, it has another state now.
    if class_state(<PyTypeObject *>cls) != state:
        return known
    if tag != 0:
        FR_STORE(memo.entries[tag % MEMO_SIZE], <uint64_t>tag << 32 | known)
    else:
        if len(memo.untagged) >= MEMO_SIZE:
            memo.untagged.clear()
        memo.untagged[id(cls)] = state, classes, known
    return known
