/* The value of a Set-Cookie field (RFC 6265 section 4.1).
 *
 * fr_cookie_measure() looks at every byte and sets the size, or finds what is not
 * written as it is. fr_cookie_fill() then writes just that many bytes and cannot
 * fail. Nothing is copied in between: the texts have to stay.
 */
#ifndef FR_COOKIE_H
#define FR_COOKIE_H

#include "fr_attributes.h"
#include "fr_bytes.h"

#include <stddef.h>
#include <stdint.h>

/* What becomes of a byte. */
typedef struct {
    /* In a path: whether it is written as it is. */
    uint8_t path_members[256];
    /* In a value: whether it is written as it is, without quotation marks. */
    uint8_t value_members[256];
    /* In a value with quotation marks: what is written for it. */
    fr_escape value_escapes[256];
} fr_cookie_rules;

/* Attributes whose `bytes` is NULL are left out. */
typedef struct {
    fr_text key;
    fr_text value;
    fr_text domain;
    /* The date; without one, the text. */
    int has_date;
    int64_t date;
    fr_text expires;
    int has_max_age;
    int64_t max_age;
    int secure;
    int httponly;
    fr_text path;
    fr_text samesite;
    int partitioned;
    /* Set by fr_cookie_measure(): whether the value gets quotation marks; the size
     * of all. */
    int quoted;
    size_t size;
} fr_cookie;

/* Whether `bytes` is a domain name that needs no conversion to be sent: labels
 * of 1 to 63 letters, digits and hyphens, with a dot between two (RFC 1123
 * section 2.1). */
FR_MUST_USE int fr_is_domain(const uint8_t *bytes, size_t size);

/* Sets the size. Zero for a cookie that is not written as it is:
 *
 * -  a key or an `expires` with a line break or NUL;
 * -  a value with a byte of no known escape;
 * -  a domain that is neither empty nor a name by fr_is_domain();
 * -  a path with a byte that is none of its members;
 * -  a `samesite` other than Lax, Strict and None, in any case.
 *
 * The texts have SIZE_MAX / 32 bytes at most. */
FR_MUST_USE int fr_cookie_measure(fr_cookie *cookie, const fr_cookie_rules *rules);

/* Writes `size` bytes, as measured, for a date from FR_DATE_MIN to FR_DATE_MAX, which
 * may have changed since. A partitioned cookie is secure. */
void fr_cookie_fill(
    const fr_cookie *cookie, const fr_cookie_rules *rules, uint8_t *out);

#endif
