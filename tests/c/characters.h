/* Strings of characters for the fuzz targets, as CPython stores them. */
#ifndef CHARACTERS_H
#define CHARACTERS_H

#include "fuzz.h"

#define MOST_CHARACTERS 600

/* Characters of 1, 2 or 4 bytes in a block of their own. */
typedef struct {
    uint32_t chars[MOST_CHARACTERS];
    size_t count;
    size_t width;
    void *block;
    const void *stored;
} string;

/* The first byte has the width, and how far the characters are from the start of
 * the block: CPython's are at any multiple of their width. */
static inline void take_string(input *in, string *out)
{
    static const size_t widths[] = {1, 2, 4, 4};
    unsigned options = take_byte(in);
    size_t shift;

    out->width = widths[options % 4];
    shift = options / 4 % 8 * out->width;
    for (out->count = 0; in->size > 0 && out->count < MOST_CHARACTERS; out->count++)
        out->chars[out->count] =
            (uint32_t)(take_number(in, out->width == 4 ? 3 : out->width) % 0x110000);
    out->block = new_block(shift + out->count * out->width);
    for (size_t at = 0; at < out->count; at++) {
        uint32_t one = out->chars[at];

        if (out->width == 1)
            ((uint8_t *)out->block)[shift + at] = (uint8_t)one;
        else if (out->width == 2)
            ((uint16_t *)out->block)[shift / 2 + at] = (uint16_t)one;
        else
            ((uint32_t *)out->block)[shift / 4 + at] = one;
    }
    out->stored = (const uint8_t *)out->block + shift;
}

#ifndef FR_LIBFUZZER

static size_t make_input(uint8_t *out, uint64_t *state)
{
    static const uint32_t limits[] = {0x80, 0x100, 0x800, 0x10000, 0x110000};
    static const uint32_t special[] = {
        0,      '\t',   '\n',   0x1F,   ' ',    '"',     '\\',
        '~',    0x7F,   0x80,   0xFF,   0x100,  0x7FF,   0x800,
        0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF,
    };
    size_t count = next_random(state) % (next_random(state) % 8 ? 80 : 300);
    uint64_t rare = 1 + next_random(state) % 64;
    uint32_t limit = PICK(limits, next_random(state));
    uint8_t *at = out;
    size_t width;

    *at++ = random_byte(state);
    width = *out % 4 < 2 ? *out % 4 + 1 : 3;
    while (count-- > 0) {
        uint64_t random = next_random(state);
        uint32_t one = (uint32_t)(' ' + random % 95);

        if ((random >> 8) % rare == 0)
            one = random >> 63 ? PICK(special, random >> 16)
                               : (uint32_t)((random >> 16) % limit);
        for (size_t byte = width; byte-- > 0;)
            *at++ = (uint8_t)(one >> (8 * byte));
    }
    return (size_t)(at - out);
}

#endif

#endif
