/* UTF-8 to the characters of a string, and back. */
#ifndef FR_UTF8_H
#define FR_UTF8_H

#include "fr_attributes.h"
#include "fr_swar.h"

#include <stddef.h>
#include <stdint.h>

/* Number of characters in valid UTF-8, surrogates allowed; sets `highest` to a
 * character as high as the highest, or as the end of its block: 0x7F, 0xFF,
 * 0xFFFF, 0x10FFFF. */
FR_MUST_USE size_t
fr_utf8_decoded_size(const uint8_t *bytes, size_t size, uint32_t *highest);

/* Writes the characters, fr_utf8_decoded_size() of them, of `width` bytes each: 1, 2
 * or 4. */
void fr_utf8_decode(const uint8_t *bytes, size_t size, size_t width, void *out);

/* Number of bytes that characters of `width` bytes each take up; 0 when one is a
 * surrogate, which UTF-8 has no bytes for. */
FR_MUST_USE size_t fr_utf8_encoded_size(const void *chars, size_t width, size_t size);

/* Writes them and returns that number; `out` has room for at least as many, which
 * is never more than 2, 3 or 4 for each character of 1, 2 or 4 bytes. For a surrogate,
 * 0, and whatever was written. */
FR_MUST_USE size_t
fr_utf8_encode(const void *chars, size_t width, size_t size, uint8_t *out);

/* Writes one character, a surrogate like others, and returns its end. */
FR_INLINE uint8_t *fr_put_char(uint32_t one, uint8_t *out)
{
    if (one < 0x80) {
        *out = (uint8_t)one;
        return out + 1;
    }
    if (one < 0x800) {
        out[0] = (uint8_t)(0xC0 | one >> 6);
        out[1] = (uint8_t)(0x80 | (one & 0x3F));
        return out + 2;
    }
    if (one < 0x10000) {
        out[0] = (uint8_t)(0xE0 | one >> 12);
        out[1] = (uint8_t)(0x80 | (one >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (one & 0x3F));
        return out + 3;
    }
    out[0] = (uint8_t)(0xF0 | one >> 18);
    out[1] = (uint8_t)(0x80 | (one >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (one >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (one & 0x3F));
    return out + 4;
}

#endif
