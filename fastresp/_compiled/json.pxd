"""The encoder, for ``core``."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t
from libc.stdint cimport uint64_t

from .watch cimport Watch


cdef enum:
    SORT_KEYS = 1
    ENSURE_ASCII = 2
    # A line feed at the end.
    NEWLINE = 4
    # A str, not bytes.
    AS_TEXT = 8
    # The caller has asked standard_is_known() already.
    CHECKED = 16
    # Those of json.dumps without arguments.
    USUAL_FLAGS = ENSURE_ASCII


cdef struct Options:
    uint32_t flags
    # ASCII, and the caller's, as `indent`.
    const char *item_separator
    Py_ssize_t item_separator_size
    const char *key_separator
    Py_ssize_t key_separator_size
    # What a level is indented by; NULL for no lines.
    const char *indent
    Py_ssize_t indent_size
    # How many functions written in Python the standard encoder would have been
    # called through: up to CPython 3.11, they count for the recursion limit.
    Py_ssize_t frames
    # The levels of that limit that such calls take from 3.12 on, where most take
    # none.
    Py_ssize_t calls
    # Set when the text has surrogates; then bytes are UTF-8 for the `surrogatepass`
    # error handler only.
    bint surrogates


cdef inline bint set_flag(uint32_t *flags, uint32_t flag, object value) noexcept:
    """Set or clear a flag; false when ``value`` is something else than a bool."""
    if value is True:
        flags[0] |= flag
    elif value is False:
        flags[0] &= ~flag
    else:
        return False
    return True


cdef Watch standard_watch
cdef bint standard_is_known(uint32_t flags, bint indented) except -1
cdef uint64_t count_of_encoded() noexcept
cdef object encode(object obj, object default, Options *options)
