#include "fr_json.h"

#include <string.h>

/* Characters looked at together. */
#define FR_BLOCK 16

/* Most strings are short: a call more would be a good part of their cost. */
#ifdef __GNUC__
#define FR_INLINE static inline __attribute__((always_inline))
#else
#define FR_INLINE static inline
#endif

static const char fr_hex[] = "0123456789abcdef";

/* Copies a block; zero when all of it can stay as it is. A loop without
 * branches and of constant length, which compilers turn into a few vector
 * instructions. */
static int fr_copy_block(
    const uint8_t *restrict chars, uint8_t *restrict out, uint8_t highest)
{
    uint8_t special = 0;

    for (size_t at = 0; at < FR_BLOCK; at++) {
        uint8_t one = chars[at];

        out[at] = one;
        special |=
            (uint8_t)((one < 0x20) | (one > highest) | (one == '"') | (one == '\\'));
    }
    return special;
}

#define FR_ONES UINT64_C(0x0101010101010101)
#define FR_HIGHS UINT64_C(0x8080808080808080)

/* Non-zero when one of the eight bytes has to be looked at: below 0x20, a
 * quote, a backslash, above `highest` (0x7E or 0x7F). Sometimes also when none
 * has, next to one that has. */
static uint64_t fr_special(uint64_t word, uint8_t highest)
{
    uint64_t quotes = word ^ FR_ONES * '"';
    uint64_t backslashes = word ^ FR_ONES * '\\';
    uint64_t deletes = (word & ~FR_HIGHS) + FR_ONES * (uint64_t)(0x7F - highest);

    return (word | deletes | (word - FR_ONES * 0x20) | (quotes - FR_ONES) |
            (backslashes - FR_ONES)) &
           FR_HIGHS;
}

/* Copies what can stay as it is: all of it, or at least up to the block with
 * the first character that cannot. Returns the number of bytes copied. */
FR_INLINE size_t
fr_copy_plain(const uint8_t *chars, size_t size, uint8_t *out, uint8_t highest)
{
    size_t at = 0;
    uint64_t word;
    uint32_t first, last;

    if (size >= 8) {
        for (; size - at >= FR_BLOCK; at += FR_BLOCK) {
            if (fr_copy_block(chars + at, out + at, highest))
                return at;
        }
        if (size - at > 8) {
            memcpy(&word, chars + at, 8);
            if (fr_special(word, highest))
                return at;
            memcpy(out + at, &word, 8);
            at += 8;
        }
        /* The last eight, some of them for the second time. */
        memcpy(&word, chars + size - 8, 8);
        if (fr_special(word, highest))
            return at;
        memcpy(out + size - 8, &word, 8);
        return size;
    }
    if (size >= 4) {
        memcpy(&first, chars, 4);
        memcpy(&last, chars + size - 4, 4);
        if (fr_special(first | (uint64_t)last << 32, highest))
            return 0;
        memcpy(out, &first, 4);
        memcpy(out + size - 4, &last, 4);
        return size;
    }
    if (size > 0) {
        /* One to three: the first, the middle and the last, filled up with
         * letters. */
        word = chars[0] | (uint64_t)chars[size / 2] << 8 |
               (uint64_t)chars[size - 1] << 16 | UINT64_C(0x6161616161000000);
        if (fr_special(word, highest))
            return 0;
        out[0] = chars[0];
        out[size / 2] = chars[size / 2];
        out[size - 1] = chars[size - 1];
    }
    return size;
}

/* The letter of a two-character escape, 0 when there is none. */
static uint8_t fr_short_escape(uint32_t one)
{
    switch (one) {
    case '"':
    case '\\':
        return (uint8_t)one;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static uint8_t *fr_put_unit(uint32_t unit, uint8_t *out)
{
    out[0] = '\\';
    out[1] = 'u';
    out[2] = (uint8_t)fr_hex[unit >> 12];
    out[3] = (uint8_t)fr_hex[unit >> 8 & 15];
    out[4] = (uint8_t)fr_hex[unit >> 4 & 15];
    out[5] = (uint8_t)fr_hex[unit & 15];
    return out + 6;
}

/* One character that cannot stay as it is, as ASCII. */
static uint8_t *fr_put_escape(uint32_t one, uint8_t *out)
{
    uint8_t letter = one < 0x80 ? fr_short_escape(one) : 0;

    if (letter) {
        out[0] = '\\';
        out[1] = letter;
        return out + 2;
    }
    if (one < 0x10000)
        return fr_put_unit(one, out);
    one -= 0x10000;
    out = fr_put_unit(0xD800 | one >> 10, out);
    return fr_put_unit(0xDC00 | (one & 0x3FF), out);
}

static int fr_is_plain(uint32_t one, uint32_t highest)
{
    return one >= 0x20 && one <= highest && one != '"' && one != '\\';
}

static uint8_t *fr_put_ascii(uint32_t one, uint8_t *out)
{
    if (fr_is_plain(one, 0x7E)) {
        *out = (uint8_t)one;
        return out + 1;
    }
    return fr_put_escape(one, out);
}

static uint8_t *fr_put_utf8(uint32_t one, uint8_t *out, int *surrogates)
{
    if (fr_is_plain(one, 0x7F)) {
        *out = (uint8_t)one;
        return out + 1;
    }
    if (one < 0x80)
        return fr_put_escape(one, out);
    if (one < 0x800) {
        out[0] = (uint8_t)(0xC0 | one >> 6);
        out[1] = (uint8_t)(0x80 | (one & 0x3F));
        return out + 2;
    }
    if (one < 0x10000) {
        if (one >= 0xD800 && one <= 0xDFFF)
            *surrogates = 1;
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

/* From the first character on that cannot stay as it is. */
static size_t fr_escape_rest(const uint8_t *chars, size_t size, uint8_t *out)
{
    uint8_t *start = out;
    size_t at = 0;

    while (at < size) {
        size_t copied;

        /* What is left of the block, up to the next one that cannot. */
        while (at < size && fr_is_plain(chars[at], 0x7E))
            *out++ = chars[at++];
        while (at < size && !fr_is_plain(chars[at], 0x7E))
            out = fr_put_escape(chars[at++], out);
        copied = fr_copy_plain(chars + at, size - at, out, 0x7E);
        at += copied;
        out += copied;
    }
    return (size_t)(out - start);
}

size_t fr_json_escape_1(const uint8_t *chars, size_t size, uint8_t *out)
{
    size_t copied = fr_copy_plain(chars, size, out, 0x7E);

    if (copied == size)
        return size;
    return copied + fr_escape_rest(chars + copied, size - copied, out + copied);
}

size_t fr_json_escape_2(const uint16_t *chars, size_t size, uint8_t *out)
{
    uint8_t *start = out;

    for (size_t at = 0; at < size; at++)
        out = fr_put_ascii(chars[at], out);
    return (size_t)(out - start);
}

size_t fr_json_escape_4(const uint32_t *chars, size_t size, uint8_t *out)
{
    uint8_t *start = out;

    for (size_t at = 0; at < size; at++)
        out = fr_put_ascii(chars[at], out);
    return (size_t)(out - start);
}

/* From the first character on that cannot stay as it is. */
static size_t fr_utf8_rest(const uint8_t *chars, size_t size, uint8_t *out)
{
    uint8_t *start = out;
    size_t at = 0;
    int none = 0;

    while (at < size) {
        size_t copied;

        /* What is left of the block, up to the next one that cannot. */
        while (at < size && fr_is_plain(chars[at], 0x7F))
            *out++ = chars[at++];
        while (at < size && !fr_is_plain(chars[at], 0x7F))
            out = fr_put_utf8(chars[at++], out, &none);
        copied = fr_copy_plain(chars + at, size - at, out, 0x7F);
        at += copied;
        out += copied;
    }
    return (size_t)(out - start);
}

size_t fr_json_utf8_1(const uint8_t *chars, size_t size, uint8_t *out)
{
    size_t copied = fr_copy_plain(chars, size, out, 0x7F);

    if (copied == size)
        return size;
    return copied + fr_utf8_rest(chars + copied, size - copied, out + copied);
}

size_t fr_json_utf8_2(const uint16_t *chars, size_t size, uint8_t *out, int *surrogates)
{
    uint8_t *start = out;

    for (size_t at = 0; at < size; at++)
        out = fr_put_utf8(chars[at], out, surrogates);
    return (size_t)(out - start);
}

size_t fr_json_utf8_4(const uint32_t *chars, size_t size, uint8_t *out, int *surrogates)
{
    uint8_t *start = out;

    for (size_t at = 0; at < size; at++)
        out = fr_put_utf8(chars[at], out, surrogates);
    return (size_t)(out - start);
}

static uint32_t fr_big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

uint64_t fr_json_prefix(const uint8_t *chars, size_t size)
{
    uint64_t prefix = 0;

    if (size >= 8)
        return (uint64_t)fr_big_endian(chars) << 32 | fr_big_endian(chars + 4);
    if (size >= 4) {
        /* The last four, of which the low half gets those that are left. */
        uint64_t last = fr_big_endian(chars + size - 4);

        return (uint64_t)fr_big_endian(chars) << 32 |
               (uint32_t)(last << 8 * (8 - size));
    }
    for (size_t at = 0; at < size; at++)
        prefix |= (uint64_t)chars[at] << (56 - 8 * at);
    return prefix;
}
