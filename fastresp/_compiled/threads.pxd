"""Numbers that threads share."""

from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

cdef extern from "threads.h":
    bint FR_HAS_LOCK
    uint64_t FR_LOAD(uint64_t) noexcept
    void FR_STORE(uint64_t, uint64_t) noexcept
    void FR_ADD(uint64_t, int) noexcept
    void FR_SET_BITS(uint64_t, uint64_t) noexcept

    ctypedef struct fr_section:
        pass
    void fr_begin_section(fr_section *, PyObject *) noexcept
    void fr_end_section(fr_section *) noexcept

    enum:
        FR_BUILT
        FR_EMITTED
        FR_ENCODED
        FR_DELEGATED
    void fr_count(int) noexcept
    uint64_t fr_count_of(int) noexcept
