"""The C library in src_c/, declared once."""

from libc.stdint cimport uint8_t, uint64_t


cdef extern from "fr_scan.h" nogil:
    size_t fr_scan_line_break(const uint8_t *bytes, size_t size)
    bint fr_equal_lower(const uint8_t *bytes, const uint8_t *lower, size_t size)


cdef extern from "fr_decimal.h" nogil:
    size_t fr_decimal_size(uint64_t value)
    void fr_decimal_fill(uint64_t value, uint8_t *out)
