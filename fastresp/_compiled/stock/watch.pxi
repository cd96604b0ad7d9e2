# Is this still what it was? Asked here only.
#
# Compiled code stands for functions of Werkzeug and Flask, and reads the names that
# they read. A patch of one of them counts: made before fastresp was imported, the
# name is not genuine; made later, it no longer has the object that it had at import.
#
# What is found out about a class is remembered under the version tag of the class,
# which CPython changes whenever the class or one of its bases changes.

import sys
from types import BuiltinFunctionType
from types import FunctionType

# The class attributes of metaclasses are passed by: these are the slots.
cdef object type_dict = type.__dict__["__dict__"].__get__
cdef object type_mro = type.__dict__["__mro__"].__get__

# In place of what is not there: an attribute may be None.
cdef object ABSENT = object()


cdef object class_attribute(tuple mro, str name):
    """Return what the first class that has the name has under it, or ``ABSENT``."""
    for klass in mro:
        names = type_dict(klass)
        if name in names:
            return names[name]
    return ABSENT


# --- genuine at import -----------------------------------------------------

cdef frozenset LIBRARIES = frozenset(("flask", "gunicorn", "markupsafe", "werkzeug"))


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


@cython.final
cdef class Watch:
    """Names of modules, and of a class or classes above it, that were genuine at
    import and have to have the same objects still; see :func:`intact`."""

    cdef bint genuine
    # Of modules: a namespace, a name, its object, and so on.
    cdef tuple names
    # Of classes: a class, a name, its object.
    cdef list attributes
    # The lowest class. A change of one above it is one of this, too.
    cdef object lowest
    cdef uint32_t tag
    # The same objects, for a look without taking references; NULL for none.
    cdef PyObject *borrowed_names
    cdef PyTypeObject *borrowed_lowest

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
        for name in names:
            value = module.__dict__.get(name, ABSENT)
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
        return 0


cdef inline bint intact(Watch watch) except -1:
    """Return whether all names of a watch are genuine and still have their objects."""
    cdef uint32_t tag

    if not watch.genuine:
        return False
    if watch.borrowed_lowest is not NULL:
        tag = fr_type_tag(watch.borrowed_lowest)
        if (tag != watch.tag or tag == 0) and not look_again(watch):
            return False
    return watch.borrowed_names is NULL or fr_are_in_place(watch.borrowed_names)


cdef bint look_again(Watch watch) except -1:
    """Compare what a class has, after it has changed."""
    cdef uint32_t tag = fr_assign_type_tag(<PyTypeObject *>watch.lowest)

    for cls, name, value in watch.attributes:
        if class_attribute(type_mro(cls), name) is not value:
            return False
    watch.tag = tag
    return True


# --- what is known of a class ----------------------------------------------

cdef enum:
    MEMO_SIZE = 256

# By the last bits of a version tag: the tag in the upper half, what is known in the
# lower one. One word, so that a reader can never see one half of an update.
ctypedef uint32_t (*Examine)(object cls) except? 0


cdef inline uint32_t known_of(uint64_t *memo, object cls, Examine examine) except? 0:
    """Return what ``examine(cls)`` says, remembered until the class changes."""
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)
    cdef uint64_t entry = memo[tag % MEMO_SIZE]

    if tag != 0 and entry >> 32 == tag:
        return <uint32_t>entry
    return examined(memo, cls, examine)


cdef uint32_t examined(uint64_t *memo, object cls, Examine examine) except? 0:
    cdef uint32_t tag = fr_assign_type_tag(<PyTypeObject *>cls)
    cdef uint32_t known = examine(cls)

    # Should the class have been changed meanwhile, it has another tag now. Changed too
    # often, it gets none, and nothing can be remembered.
    if tag != 0 and fr_type_tag(<PyTypeObject *>cls) == tag:
        memo[tag % MEMO_SIZE] = <uint64_t>tag << 32 | known
    return known
