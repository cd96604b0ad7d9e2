#include "fr_utf8.h"

#include "fr_swar.h"

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

void fr_utf8_decode_1(const uint8_t *bytes, size_t size, uint8_t *out)
{
    for (size_t at = 0; at < size;)
        *out++ = (uint8_t)fr_next(bytes, &at);
}

void fr_utf8_decode_2(const uint8_t *bytes, size_t size, uint16_t *out)
{
    for (size_t at = 0; at < size;)
        *out++ = (uint16_t)fr_next(bytes, &at);
}

void fr_utf8_decode_4(const uint8_t *bytes, size_t size, uint32_t *out)
{
    for (size_t at = 0; at < size;)
        *out++ = fr_next(bytes, &at);
}

/* Adds to `more` what the next `block` characters take up beyond a byte each.
 * Loops of constant length, which compilers turn into vector instructions;
 * those compare signed numbers, and have -1 for what is true. */
#define FR_MEASURE_2(block) \
    for (; size - at >= (block); at += (block)) { \
        uint16_t more = 0, found = 0; \
\
        for (size_t i = 0; i < (block); i++) { \
            uint16_t one = chars[at + i]; \
\
            more = (uint16_t)(more - (uint16_t)-((int16_t)(one >> 7) > 0)); \
            more = (uint16_t)(more - (uint16_t)-((int16_t)(one >> 11) > 0)); \
            found |= (uint16_t)-(one >> 11 == 0xD800 >> 11); \
        } \
        bytes += more; \
        surrogates |= found; \
    }

#define FR_MEASURE_4(block) \
    for (; size - at >= (block); at += (block)) { \
        uint32_t more = 0, found = 0; \
\
        for (size_t i = 0; i < (block); i++) { \
            int32_t one = (int32_t)chars[at + i]; \
\
            more -= (uint32_t)-(one >= 0x80); \
            more -= (uint32_t)-(one >= 0x800); \
            more -= (uint32_t)-(one >= 0x10000); \
            found |= (uint32_t)-(one >> 11 == 0xD800 >> 11); \
        } \
        bytes += more; \
        surrogates |= found; \
    }

size_t fr_utf8_encoded_size_1(const uint8_t *chars, size_t size)
{
    size_t bytes = size;
    size_t at = 0;

    /* No more than fit into the sum. */
    for (; size - at >= 128; at += 128) {
        uint8_t more = 0;

        for (size_t i = 0; i < 128; i++)
            more = (uint8_t)(more + (chars[at + i] >> 7));
        bytes += more;
    }
    for (; size - at >= 16; at += 16) {
        uint8_t more = 0;

        for (size_t i = 0; i < 16; i++)
            more = (uint8_t)(more + (chars[at + i] >> 7));
        bytes += more;
    }
    for (; at < size; at++)
        bytes += chars[at] >> 7;
    return bytes;
}

size_t fr_utf8_encoded_size_2(const uint16_t *chars, size_t size)
{
    size_t bytes = size;
    size_t at = 0;
    uint16_t surrogates = 0;

    FR_MEASURE_2(256)
    FR_MEASURE_2(32)
    FR_MEASURE_2(8)
    FR_MEASURE_2(1)
    return surrogates ? 0 : bytes;
}

size_t fr_utf8_encoded_size_4(const uint32_t *chars, size_t size)
{
    size_t bytes = size;
    size_t at = 0;
    uint32_t surrogates = 0;

    FR_MEASURE_4(256)
    FR_MEASURE_4(16)
    FR_MEASURE_4(4)
    FR_MEASURE_4(1)
    return surrogates ? 0 : bytes;
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

FR_INLINE void fr_put_four(uint32_t one, uint8_t *out)
{
    out[0] = (uint8_t)(0xF0 | one >> 18);
    out[1] = (uint8_t)(0x80 | (one >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (one >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (one & 0x3F));
}

FR_INLINE unsigned fr_is_surrogate(uint32_t one)
{
    return one >> 11 == 0xD800 >> 11;
}

FR_INLINE uint8_t *fr_put(uint32_t one, uint8_t *out)
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
    fr_put_four(one, out);
    return out + 4;
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
                out = fr_put(fr_char(chars, at + i, width), out);
            }
        }
    }
    for (; at < size; at++) {
        surrogates |= fr_is_surrogate(fr_char(chars, at, width));
        out = fr_put(fr_char(chars, at, width), out);
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

/* One bit for each of 16 characters: whether any is set from `bit` on. */
FR_INLINE unsigned fr_reach(const void *chars, int width, int bit)
{
    __m128i zero = _mm_setzero_si128();
    __m128i low, high;

    if (width == 1)
        return bit == 7 ? (unsigned)_mm_movemask_epi8(fr_load(chars, 0)) : 0;
    if (width == 2) {
        low = _mm_srli_epi16(fr_load(chars, 0), bit);
        high = _mm_srli_epi16(fr_load(chars, 1), bit);
    } else {
        low = _mm_packs_epi32(
            _mm_srli_epi32(fr_load(chars, 0), bit),
            _mm_srli_epi32(fr_load(chars, 1), bit));
        high = _mm_packs_epi32(
            _mm_srli_epi32(fr_load(chars, 2), bit),
            _mm_srli_epi32(fr_load(chars, 3), bit));
    }
    low = _mm_cmpgt_epi16(low, zero);
    high = _mm_cmpgt_epi16(high, zero);
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
            fr_put_four(one, out + at);
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

FR_INLINE __m128i fr_each(int value)
{
    return _mm_set1_epi16((short)value);
}

FR_INLINE __m128i fr_choose(__m128i where, __m128i one, __m128i other)
{
    return _mm_or_si128(_mm_and_si128(where, one), _mm_andnot_si128(where, other));
}

/* The first two bytes of three. */
FR_INLINE __m128i fr_start_of_three(__m128i chars)
{
    return _mm_or_si128(
        _mm_or_si128(_mm_srli_epi16(chars, 12), fr_each(0x80E0)),
        _mm_and_si128(_mm_slli_epi16(chars, 2), fr_each(0x3F00)));
}

FR_INLINE __m128i fr_two(__m128i chars)
{
    return _mm_or_si128(
        _mm_or_si128(_mm_srli_epi16(chars, 6), fr_each(0x80C0)),
        _mm_and_si128(_mm_slli_epi16(chars, 8), fr_each(0x3F00)));
}

FR_INLINE __m128i fr_last(__m128i chars)
{
    return _mm_or_si128(_mm_and_si128(chars, fr_each(0x3F)), fr_each(0x80));
}

/* Four times three bytes, of four each; writes over two more. */
FR_INLINE void fr_put_threes(__m128i bytes, uint8_t *out)
{
    __m128i second = _mm_slli_epi64(_mm_srli_epi64(bytes, 32), 24);

    bytes = _mm_and_si128(bytes, _mm_set1_epi64x(0xFFFFFF));
    bytes = _mm_or_si128(bytes, second);
    _mm_storel_epi64((__m128i *)(void *)out, bytes);
    _mm_storel_epi64((__m128i *)(void *)(out + 6), _mm_unpackhi_epi64(bytes, bytes));
}

FR_INLINE unsigned fr_have_surrogates(__m128i chars)
{
    __m128i found = _mm_cmpeq_epi16(_mm_srli_epi16(chars, 11), fr_each(0xD800 >> 11));

    return (unsigned)_mm_movemask_epi8(found);
}

/* Eight characters of three bytes each; writes over two more. */
FR_INLINE uint8_t *fr_encode_threes(__m128i chars, uint8_t *out)
{
    __m128i start = fr_start_of_three(chars);
    __m128i last = fr_last(chars);

    fr_put_threes(_mm_unpacklo_epi16(start, last), out);
    fr_put_threes(_mm_unpackhi_epi16(start, last), out + 12);
    return out + 24;
}

/* Eight characters of at most two bytes, in pairs; writes over two more. */
FR_INLINE uint8_t *fr_encode_twos(__m128i chars, uint8_t *out)
{
    __m128i twos = _mm_cmpgt_epi16(_mm_srli_epi16(chars, 7), _mm_setzero_si128());
    __m128i apart = fr_choose(twos, fr_two(chars), chars);
    /* Where the first of the pair has one byte. */
    __m128i closed = _mm_or_si128(
        _mm_and_si128(apart, _mm_set1_epi32(0xFF)),
        _mm_slli_epi32(_mm_srli_epi32(apart, 16), 8));
    __m128i first = _mm_srai_epi32(_mm_slli_epi32(twos, 16), 16);
    __m128i second = _mm_srai_epi32(twos, 16);
    uint8_t bytes[4][4];
    uint32_t sizes[4];

    fr_store(fr_choose(first, apart, closed), bytes);
    fr_store(_mm_sub_epi32(_mm_set1_epi32(2), _mm_add_epi32(first, second)), sizes);
    FR_UNROLL
    for (int at = 0; at < 4; at++) {
        memcpy(out, bytes[at], 4);
        out += sizes[at];
    }
    return out;
}

/* Any eight characters; `chars` has the lower halves of those of four bytes,
 * which the bits of `fours` tell and `wide` has in full. Writes over three
 * bytes more. */
FR_INLINE uint8_t *fr_encode_any(
    __m128i chars, const uint32_t *wide, unsigned fours, uint8_t *out)
{
    __m128i zero = _mm_setzero_si128();
    __m128i twos = _mm_cmpgt_epi16(_mm_srli_epi16(chars, 7), zero);
    __m128i threes = _mm_cmpgt_epi16(_mm_srli_epi16(chars, 11), zero);
    __m128i start = fr_choose(threes, fr_start_of_three(chars), fr_two(chars));
    __m128i last = fr_last(chars);
    uint8_t bytes[8][4];
    uint16_t sizes[8];

    start = fr_choose(twos, start, chars);
    fr_store(_mm_unpacklo_epi16(start, last), bytes[0]);
    fr_store(_mm_unpackhi_epi16(start, last), bytes[4]);
    fr_store(_mm_sub_epi16(fr_each(1), _mm_add_epi16(twos, threes)), sizes);
    for (; fours; fours &= fours - 1) {
        int at = __builtin_ctz(fours);

        fr_put_four(wide[at], bytes[at]);
        sizes[at] = 4;
    }
    FR_UNROLL
    for (int at = 0; at < 8; at++) {
        memcpy(out, bytes[at], 4);
        out += sizes[at];
    }
    return out;
}

/* The lower 16 bits of eight characters. */
FR_INLINE __m128i fr_lower(const void *chars, int width, int index)
{
    __m128i first, second;

    if (width == 1) {
        first = fr_load(chars, 0);
        return index ? _mm_unpackhi_epi8(first, _mm_setzero_si128())
                     : _mm_unpacklo_epi8(first, _mm_setzero_si128());
    }
    if (width == 2)
        return fr_load(chars, index);
    /* With their own sign, so that nothing is saturated. */
    first = _mm_srai_epi32(_mm_slli_epi32(fr_load(chars, 2 * index), 16), 16);
    second = _mm_srai_epi32(_mm_slli_epi32(fr_load(chars, 2 * index + 1), 16), 16);
    return _mm_packs_epi32(first, second);
}

/* 16 characters, of any kind; writes over three bytes more. */
FR_INLINE uint8_t *fr_encode_many(
    const void *chars, int width, uint8_t *out, unsigned *surrogates)
{
    unsigned threes = fr_reach(chars, width, 11);
    unsigned fours = width == 4 ? fr_reach(chars, width, 16) : 0;
    __m128i low = fr_lower(chars, width, 0);
    __m128i high = fr_lower(chars, width, 1);

    if (fours & fours >> 1 & fours >> 2) {
        /* All, or nearly. */
        for (size_t at = 0; at < 16; at++) {
            *surrogates |= fr_is_surrogate(fr_char(chars, at, width));
            out = fr_put(fr_char(chars, at, width), out);
        }
        return out;
    }
    if (!threes)
        return fr_encode_twos(high, fr_encode_twos(low, out));
    if (width == 2)
        *surrogates |= fr_have_surrogates(low) | fr_have_surrogates(high);
    else if (width == 4)
        for (size_t at = 0; at < 16; at++)
            *surrogates |= fr_is_surrogate(fr_char(chars, at, width));
    if (threes == 0xFFFF && !fours)
        return fr_encode_threes(high, fr_encode_threes(low, out));
    out = fr_encode_any(low, chars, fours & 0xFF, out);
    return fr_encode_any(high, fr_from(chars, 8, width), fours >> 8, out);
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
        unsigned high = fr_reach(chars, width, 7);

        if (!high) {
            fr_narrow(chars, width, out);
            out += 16;
        } else if (fr_is_many(high) || size < 2 * 16) {
            out = fr_encode_many(chars, width, out, &surrogates);
        } else {
            out = fr_encode_few(chars, width, high, out, &surrogates);
        }
        chars = fr_from(chars, 16, width);
    }
    for (; width == 2 && size >= 8 + 3; size -= 8) {
        surrogates |= fr_have_surrogates(fr_load(chars, 0));
        out = fr_encode_any(fr_load(chars, 0), chars, 0, out);
        chars = fr_from(chars, 8, width);
    }
    out = fr_encode_plain(chars, size, width, out);
    return surrogates ? NULL : out;
}

#else
#define fr_encode fr_encode_plain
#endif

static size_t fr_written(const uint8_t *out, const uint8_t *end)
{
    return end == NULL ? 0 : (size_t)(end - out);
}

size_t fr_utf8_encode_1(const uint8_t *chars, size_t size, uint8_t *out)
{
    return fr_written(out, fr_encode(chars, size, 1, out));
}

size_t fr_utf8_encode_2(const uint16_t *chars, size_t size, uint8_t *out)
{
    return fr_written(out, fr_encode(chars, size, 2, out));
}

size_t fr_utf8_encode_4(const uint32_t *chars, size_t size, uint8_t *out)
{
    return fr_written(out, fr_encode(chars, size, 4, out));
}
