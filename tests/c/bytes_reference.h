/* Classes and escapes, one byte after the other: what fr_bytes.c and fr_cookie.c have
 * to agree with. */
#ifndef BYTES_REFERENCE_H
#define BYTES_REFERENCE_H

#include "check.h"

/* Most bytes are members; each becomes 1 to 7 bytes, but for four of which nothing is
 * known if the seed is odd. */
static inline void make_tables(unsigned seed, uint8_t *members, fr_escape *escapes)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned mixed = (byte * 167 + seed) * 59;

        members[byte] = (mixed >> 3) % 16 != 0;
        escapes[byte].size = (uint8_t)(1 + (mixed >> 5) % 7);
        if (seed % 2 && byte % 64 == seed / 4)
            escapes[byte].size = 0;
        for (unsigned at = 0; at < 7; at++)
            escapes[byte].bytes[at] = (uint8_t)(mixed + at);
    }
}

static inline int reference_all_in(fr_text text, const uint8_t *members)
{
    for (size_t at = 0; at < text.size; at++)
        if (!members[text.bytes[at]])
            return 0;
    return 1;
}

/* The end of what is written, or NULL for a byte of which nothing is known. */
static inline uint8_t *reference_escape(
    uint8_t *out, fr_text text, const fr_escape *escapes)
{
    for (size_t at = 0; at < text.size; at++) {
        const fr_escape *escape = &escapes[text.bytes[at]];

        if (escape->size == 0)
            return NULL;
        memcpy(out, escape->bytes, escape->size);
        out += escape->size;
    }
    return out;
}

#endif
