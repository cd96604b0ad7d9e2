/* UTF-8 to the characters of a string, and back. */
#ifndef FR_UTF8_H
#define FR_UTF8_H

#include "fr_attributes.h"

#include <stddef.h>
#include <stdint.h>

/* Number of characters in valid UTF-8, surrogates allowed; sets `highest` to a
 * character as high as the highest, or as the end of its block: 0x7F, 0xFF,
 * 0xFFFF, 0x10FFFF. */
FR_MUST_USE size_t
fr_utf8_decoded_size(const uint8_t *bytes, size_t size, uint32_t *highest);

/* Writes the characters, fr_utf8_decoded_size() of them, as 1, 2 or 4 bytes
 * each. */
void fr_utf8_decode_1(const uint8_t *bytes, size_t size, uint8_t *out);
void fr_utf8_decode_2(const uint8_t *bytes, size_t size, uint16_t *out);
void fr_utf8_decode_4(const uint8_t *bytes, size_t size, uint32_t *out);

/* Number of bytes that the characters take up; 0 when one is a surrogate,
 * which UTF-8 has no bytes for. */
FR_MUST_USE size_t fr_utf8_encoded_size_1(const uint8_t *chars, size_t size);
FR_MUST_USE size_t fr_utf8_encoded_size_2(const uint16_t *chars, size_t size);
FR_MUST_USE size_t fr_utf8_encoded_size_4(const uint32_t *chars, size_t size);

/* Writes them and returns that number; `out` has room for at least as many, which
 * is never more than 2, 3 or 4 for each character. For a surrogate, 0, and whatever
 * was written. */
FR_MUST_USE size_t fr_utf8_encode_1(const uint8_t *chars, size_t size, uint8_t *out);
FR_MUST_USE size_t fr_utf8_encode_2(const uint16_t *chars, size_t size, uint8_t *out);
FR_MUST_USE size_t fr_utf8_encode_4(const uint32_t *chars, size_t size, uint8_t *out);

#endif
