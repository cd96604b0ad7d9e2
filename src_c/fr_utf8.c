#include "fr_utf8.h"

#include <string.h>

/* With SSE2, which every x86-64 has, 16 characters are encoded at once; other
 * processors take the plain way. */
#if defined(__GNUC__) && defined(__SSE2__) && !defined(FR_NO_SSE2)
#define FR_SSE2
#include <emmintrin.h>
#endif

size_t fr_utf8_decoded_size(const uint8_t *bytes, size_t size, uint32_t *highest)
{
    size_t count = 0;
    uint8_t top = 0;

    for (size_t at = 0; at < size; at++) {
        count += (bytes[at] & 0xC0) != 0x80;
        top = bytes[at] > top ? bytes[at] : top;
    }
    /* By the first byte of the longest sequence. */
    if (top < 0x80)
        *highest = 0x7F;
    else if (top < 0xC4)
        *highest = 0xFF;
    else if (top < 0xF0)
        *highest = 0xFFFF;
    else
        *highest = 0x10FFFF;
    return count;
}

/* The character at `*at`, which is moved past it. */
static uint32_t fr_next(const uint8_t *bytes, size_t *at)
{
    uint32_t first = bytes[(*at)++];
    uint32_t one;
    int more;

    if (first < 0x80)
        return first;
    more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    one = first & (0x3Fu >> more);
    while (more--)
        one = one << 6 | (bytes[(*at)++] & 0x3F);
    return one;
}

void fr_utf8_decode(const uint8_t *bytes, size_t size, size_t width, void *out)
{
    uint8_t *narrow = out;
    uint16_t *wide = out;
    uint32_t *widest = out;

    for (size_t at = 0; width == 1 && at < size;)
        *narrow++ = (uint8_t)fr_next(bytes, &at);
    for (size_t at = 0; width == 2 && at < size;)
        *wide++ = (uint16_t)fr_next(bytes, &at);
    for (size_t at = 0; width == 4 && at < size;)
        *widest++ = fr_next(bytes, &at);
}

/* Encoding is written once, with the width of the characters (1, 2 or 4 bytes) a
 * constant where it is inlined. */
FR_INLINE uint32_t fr_char(const void *chars, size_t at, int width)
{
    if (width == 1)
        return ((const uint8_t *)chars)[at];
    if (width == 2)
        return ((const uint16_t *)chars)[at];
    return ((const uint32_t *)chars)[at];
}

FR_INLINE unsigned fr_is_surrogate(uint32_t one)
{
    return one >> 11 == 0xD800 >> 11;
}

FR_INLINE size_t fr_measure(const void *chars, size_t size, int width)
{
    size_t bytes = size;
    unsigned surrogates = 0;

    for (size_t at = 0; at < size; at++) {
        uint32_t one = fr_char(chars, at, width);

        bytes += (one >= 0x80 ? 1u : 0u) + (one >= 0x800 ? 1u : 0u) +
                 (one >= 0x10000 ? 1u : 0u);
        surrogates |= fr_is_surrogate(one);
    }
    return surrogates ? 0 : bytes;
}

/* Returns where it ends, or NULL when there is a surrogate. */
FR_INLINE uint8_t *fr_encode_plain(
    const void *restrict chars, size_t size, int width, uint8_t *restrict out)
{
    size_t at = 0;
    unsigned surrogates = 0;

    for (; size - at >= 8; at += 8) {
        uint32_t all = 0;

        for (size_t i = 0; i < 8; i++)
            all |= fr_char(chars, at + i, width);
        if (all < 0x80) {
            for (size_t i = 0; i < 8; i++)
                out[i] = (uint8_t)fr_char(chars, at + i, width);
            out += 8;
        } else {
            for (size_t i = 0; i < 8; i++) {
                surrogates |= fr_is_surrogate(fr_char(chars, at + i, width));
                out = fr_put_char(fr_char(chars, at + i, width), out);
            }
        }
    }
    for (; at < size; at++) {
        surrogates |= fr_is_surrogate(fr_char(chars, at, width));
        out = fr_put_char(fr_char(chars, at, width), out);
    }
    return surrogates ? NULL : out;
}

#ifdef FR_SSE2

/* GCC leaves a loop a loop at -O2, even one of eight turns. */
#ifdef __clang__
#define FR_UNROLL
#else
#define FR_UNROLL _Pragma("GCC unroll 8")
#endif

FR_INLINE const void *fr_from(const void *chars, size_t at, int width)
{
    return (const uint8_t *)chars + at * (size_t)width;
}

FR_INLINE __m128i fr_load(const void *chars, int index)
{
    return _mm_loadu_si128((const __m128i *)chars + index);
}

FR_INLINE void fr_store(__m128i value, void *out)
{
    _mm_storeu_si128((__m128i *)out, value);
}

FR_INLINE __m128i fr_each(int value)
{
    return _mm_set1_epi16((short)value);
}

/* Lanes of -1 for the characters of eight that are at least 2^bit. */
FR_INLINE __m128i fr_reach(__m128i chars, int bit)
{
    return _mm_cmpgt_epi16(_mm_srli_epi16(chars, bit), _mm_setzero_si128());
}

/* One bit for each of 16 characters: whether it is not ASCII. */
FR_INLINE unsigned fr_beyond_ascii(const void *chars, int width)
{
    __m128i low = fr_load(chars, 0), high;

    if (width == 1)
        return (unsigned)_mm_movemask_epi8(low);
    high = fr_load(chars, 1);
    if (width == 4) {
        low = _mm_packs_epi32(_mm_srli_epi32(low, 7), _mm_srli_epi32(high, 7));
        high = _mm_packs_epi32(
            _mm_srli_epi32(fr_load(chars, 2), 7), _mm_srli_epi32(fr_load(chars, 3), 7));
        low = fr_reach(low, 0);
        high = fr_reach(high, 0);
    } else {
        low = fr_reach(low, 7);
        high = fr_reach(high, 7);
    }
    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high));
}

/* Writes 16 characters as a byte each: right for those that are ASCII. */
FR_INLINE void fr_narrow(const void *chars, int width, uint8_t *out)
{
    __m128i low = fr_load(chars, 0);

    if (width == 2) {
        low = _mm_packus_epi16(low, fr_load(chars, 1));
    } else if (width == 4) {
        low = _mm_packs_epi32(low, fr_load(chars, 1));
        low = _mm_packus_epi16(
            low, _mm_packs_epi32(fr_load(chars, 2), fr_load(chars, 3)));
    }
    fr_store(low, out);
}

/* 16 characters, few of them, told by the bits of `high`, not ASCII. After each
 * of those, the 16 that follow are copied as if they were ASCII, to be written
 * over by the next: a copy of constant size, but up to 16 characters beyond. */
FR_INLINE uint8_t *fr_encode_few(
    const void *chars, int width, unsigned high, uint8_t *out, unsigned *surrogates)
{
    fr_narrow(chars, width, out);
    for (; high; high &= high - 1) {
        size_t at = (size_t)__builtin_ctz(high);
        uint32_t one = fr_char(chars, at, width);

        *surrogates |= fr_is_surrogate(one);
        if (width == 4 && one >= 0x10000) {
            fr_put_char(one, out + at);
            out += 3;
        } else {
            uint32_t bytes =
                0x8080E0 | one >> 12 | (one << 2 & 0x3F00) | (one & 0x3F) << 16;
            uint32_t of_two = bytes >> 8 | 0x40;

            /* Chosen without a branch, which would be hard to foresee. */
            bytes = one < 0x800 ? of_two : bytes;
            memcpy(out + at, &bytes, 4);
            out += 1 + (one >= 0x800);
        }
        fr_narrow(fr_from(chars, at + 1, width), width, out + at + 1);
    }
    return out + 16;
}

FR_INLINE __m128i fr_choose(__m128i where, __m128i one, __m128i other)
{
    return _mm_or_si128(_mm_and_si128(where, one), _mm_andnot_si128(where, other));
}

/* Any eight characters of two bytes; writes over three bytes more. */
FR_INLINE uint8_t *fr_encode_any(const void *from, uint8_t *out, unsigned *surrogates)
{
    __m128i chars = fr_load(from, 0);
    __m128i twos = fr_reach(chars, 7);
    __m128i threes = fr_reach(chars, 11);
    __m128i first_of_two = _mm_or_si128(_mm_srli_epi16(chars, 6), fr_each(0xC0));
    __m128i first_of_three = _mm_or_si128(_mm_srli_epi16(chars, 12), fr_each(0xE0));
    __m128i six = fr_each(0x3F), more = fr_each(0x80);
    __m128i last = _mm_or_si128(_mm_and_si128(chars, six), more);
    __m128i middle = _mm_or_si128(_mm_and_si128(_mm_srli_epi16(chars, 6), six), more);
    __m128i start = fr_choose(
        threes, _mm_or_si128(first_of_three, _mm_slli_epi16(middle, 8)),
        fr_choose(twos, _mm_or_si128(first_of_two, _mm_slli_epi16(last, 8)), chars));
    __m128i found = _mm_cmpeq_epi16(_mm_srli_epi16(chars, 11), fr_each(0xD800 >> 11));
    uint8_t bytes[8][4];
    uint16_t sizes[8];

    *surrogates |= (unsigned)_mm_movemask_epi8(found);
    fr_store(_mm_unpacklo_epi16(start, last), bytes[0]);
    fr_store(_mm_unpackhi_epi16(start, last), bytes[4]);
    fr_store(_mm_sub_epi16(fr_each(1), _mm_add_epi16(twos, threes)), sizes);
    FR_UNROLL
    for (int at = 0; at < 8; at++) {
        memcpy(out, bytes[at], 4);
        out += sizes[at];
    }
    return out;
}

/* Whether more than two bits are set. */
FR_INLINE int fr_is_many(unsigned bits)
{
    bits &= bits - 1;
    return (bits & (bits - 1)) != 0;
}

/* Nothing is written past the end: a character takes up one byte or more, so
 * there is room for as many bytes as there are characters left. Returns where it
 * ends, or NULL when there is a surrogate. */
FR_INLINE uint8_t *fr_encode(const void *chars, size_t size, int width, uint8_t *out)
{
    unsigned surrogates = 0;

    for (; size >= 16 + 3; size -= 16) {
        unsigned high = fr_beyond_ascii(chars, width);

        if (!high) {
            fr_narrow(chars, width, out);
            out += 16;
        } else if (!fr_is_many(high) && size >= 2 * 16) {
            out = fr_encode_few(chars, width, high, out, &surrogates);
        } else if (width == 2) {
            out = fr_encode_any(chars, out, &surrogates);
            out = fr_encode_any(fr_from(chars, 8, width), out, &surrogates);
        } else {
            for (size_t at = 0; at < 16; at++) {
                surrogates |= fr_is_surrogate(fr_char(chars, at, width));
                out = fr_put_char(fr_char(chars, at, width), out);
            }
        }
        chars = fr_from(chars, 16, width);
    }
    out = fr_encode_plain(chars, size, width, out);
    return surrogates ? NULL : out;
}

#else
#define fr_encode fr_encode_plain
#endif

size_t fr_utf8_encoded_size(const void *chars, size_t width, size_t size)
{
    if (width == 1)
        return fr_measure(chars, size, 1);
    return width == 2 ? fr_measure(chars, size, 2) : fr_measure(chars, size, 4);
}

size_t fr_utf8_encode(const void *chars, size_t width, size_t size, uint8_t *out)
{
    uint8_t *end;

    if (width == 1)
        end = fr_encode(chars, size, 1, out);
    else if (width == 2)
        end = fr_encode(chars, size, 2, out);
    else
        end = fr_encode(chars, size, 4, out);
    return end == NULL ? 0 : (size_t)(end - out);
}
