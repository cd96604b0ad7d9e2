/* JSON spelling of strings, without the quotes.
 *
 * Two forms: `ascii` writes ASCII only, the other one escapes what JSON demands and
 * writes the rest as UTF-8. What is escaped, and how, is what Python's json
 * does. Each function returns the number of bytes written and needs room for
 * `size` times the maximum; it may write anywhere in that room. */
#ifndef FR_JSON_H
#define FR_JSON_H

#include "fr_attributes.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes that one character becomes at most, by the width of its string. */
#define FR_JSON_MAX_1 6
#define FR_JSON_MAX_2 6
#define FR_JSON_MAX_4 12

FR_MUST_USE size_t
fr_json_fill(const uint8_t *chars, size_t size, int ascii, uint8_t *out);

/* For characters of 2 or 4 bytes. In UTF-8, `surrogates` is set to 1 when there are any;
 * they are written like other characters, which is not valid UTF-8. */
FR_MUST_USE size_t fr_json_fill_wide(
    const void *chars, size_t width, size_t size, int ascii, uint8_t *out,
    int *surrogates);

/* The first three characters, of 1, 2 or 4 bytes, as a number that orders like them:
 * where two strings' numbers differ, so do the strings, in the same direction. */
FR_MUST_USE uint64_t fr_json_prefix(const void *chars, size_t width, size_t size);

#endif
