"""The C library in src_c/, declared once."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "fr_scan.h" nogil:
    bint fr_has_line_break(const uint8_t *bytes, size_t size)
    bint fr_is_field_text(const uint8_t *bytes, size_t size)
    bint fr_equal_fold(const uint8_t *bytes, const uint8_t *others, size_t size)


cdef extern from "fr_uri.h" nogil:
    bint fr_uri_is_plain(const uint8_t *bytes, size_t size)


cdef extern from "fr_bytes.h" nogil:
    ctypedef struct fr_text:
        const uint8_t *bytes
        size_t size
    ctypedef struct fr_escape:
        uint8_t size
        uint8_t[7] bytes
    bint fr_all_in(const uint8_t *bytes, size_t size, const uint8_t *members)
    size_t fr_escape_measure(
        const uint8_t *bytes, size_t size, const fr_escape *escapes
    )
    uint8_t *fr_escape_fill(
        const uint8_t *bytes, size_t size, const fr_escape *escapes, uint8_t *out
    )


cdef extern from "fr_cookie.h" nogil:
    ctypedef struct fr_cookie_rules:
        uint8_t[256] path_members
        uint8_t[256] value_members
        fr_escape[256] value_escapes
    ctypedef struct fr_cookie:
        fr_text key
        fr_text value
        fr_text domain
        bint has_date
        int64_t date
        fr_text expires
        bint has_max_age
        int64_t max_age
        bint secure
        bint httponly
        fr_text path
        fr_text samesite
        bint partitioned
        bint quoted
        size_t size
    bint fr_cookie_measure(fr_cookie *cookie, const fr_cookie_rules *rules)
    void fr_cookie_fill(
        const fr_cookie *cookie, const fr_cookie_rules *rules, uint8_t *out
    )


cdef extern from "fr_date.h" nogil:
    enum:
        FR_DATE_SIZE
    int64_t fr_date_seconds(
        unsigned year,
        unsigned month,
        unsigned day,
        unsigned hour,
        unsigned minute,
        unsigned second,
    )
    void fr_date_fill(int64_t seconds, uint8_t *out)


cdef extern from "fr_decimal.h" nogil:
    enum:
        FR_DECIMAL_MAX
    size_t fr_decimal_fill_signed(int64_t value, uint8_t *out)


cdef extern from "fr_double.h" nogil:
    enum:
        FR_DOUBLE_ROOM
    size_t fr_double_fill(double value, uint8_t *out)


cdef extern from "fr_head.h" nogil:
    ctypedef struct fr_field:
        fr_text name
        fr_text value
    ctypedef enum fr_head_rule:
        FR_HEAD_RIGHT
        FR_HEAD_STATUS
        FR_HEAD_REASON
        FR_HEAD_INTERIM_IN_1_0
        FR_HEAD_NAME
        FR_HEAD_VALUE
        FR_HEAD_LENGTH
        FR_HEAD_LENGTHS
        FR_HEAD_CODING
        FR_HEAD_CODING_TWICE
        FR_HEAD_CODING_IN_1_0
        FR_HEAD_LENGTH_AND_CODING
        FR_HEAD_BODILESS
        FR_HEAD_SIZE
    enum:
        FR_LENGTH_DIGITS
    ctypedef struct fr_head:
        unsigned minor
        unsigned code
        fr_text reason
        fr_field *fields
        size_t count
        size_t size
        size_t at
    fr_head_rule fr_head_status(fr_head *head, const uint8_t *bytes, size_t size)
    fr_head_rule fr_head_measure(fr_head *head)
    void fr_head_fill(const fr_head *head, uint8_t *out)


cdef extern from "fr_json.h" nogil:
    enum:
        FR_JSON_MAX_1
        FR_JSON_MAX_4
    size_t fr_json_fill(const uint8_t *chars, size_t size, bint ascii, uint8_t *out)
    size_t fr_json_fill_wide(
        const void *chars,
        size_t width,
        size_t size,
        bint ascii,
        uint8_t *out,
        int *surrogates,
    )
    uint64_t fr_json_prefix(const void *chars, size_t width, size_t size)


cdef extern from "fr_utf8.h" nogil:
    size_t fr_utf8_decoded_size(const uint8_t *bytes, size_t size, uint32_t *highest)
    void fr_utf8_decode(const uint8_t *bytes, size_t size, size_t width, void *out)
    size_t fr_utf8_encoded_size(const void *chars, size_t width, size_t size)
    size_t fr_utf8_encode(const void *chars, size_t width, size_t size, uint8_t *out)
