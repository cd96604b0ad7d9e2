#include "fr_json.h"

#include "fr_utf8.h"

#include <string.h>

/* With SSE2, which every x86-64 has, 16 characters are looked at at once; other
 * processors look at eight in a word. */
#if defined(__GNUC__) && defined(__SSE2__) && !defined(FR_NO_SSE2)
#define FR_SSE2
#include <emmintrin.h>
#endif

/* Python's json escapes DEL where it writes ASCII only (`[^\ -~]` in json.encoder), and
 * nowhere else. The last character that stays as it is, which functions here call
 * `highest`, is the one before it, or DEL itself. */
#define FR_DEL 0x7F
#define FR_LAST_ASCII (FR_DEL - 1)
#define FR_LAST_UTF8 FR_DEL

/* Characters looked at together. */
#define FR_BLOCK 16

/* Most strings are short: what they do not need stays out of their functions. */
#ifdef __GNUC__
#define FR_APART static __attribute__((noinline))
#else
#define FR_APART static
#endif

/* Copies a block; zero when all of it can stay as it is. Of another result,
 * fr_first() tells how many characters come before the first that cannot, as far
 * as that is known. */
#ifdef FR_SSE2
FR_INLINE int fr_specials(__m128i block, uint8_t highest)
{
    __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
    __m128i above =
        _mm_cmpeq_epi8(_mm_max_epu8(block, _mm_set1_epi8((char)(highest + 1))), block);
    __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));

    return _mm_movemask_epi8(
        _mm_or_si128(_mm_or_si128(controls, above), _mm_or_si128(quotes, backslashes)));
}

FR_INLINE int fr_copy_block(const uint8_t *chars, uint8_t *out, uint8_t highest)
{
    __m128i block = _mm_loadu_si128((const __m128i *)chars);

    _mm_storeu_si128((__m128i *)out, block);
    return fr_specials(block, highest);
}

/* The same for 8 to 16 characters: the first eight and the last eight. */
FR_INLINE int fr_copy_ends(
    const uint8_t *chars, size_t size, uint8_t *out, uint8_t highest)
{
    __m128i first = _mm_loadl_epi64((const __m128i *)chars);
    __m128i last = _mm_loadl_epi64((const __m128i *)(chars + size - 8));

    _mm_storel_epi64((__m128i *)out, first);
    _mm_storel_epi64((__m128i *)(out + size - 8), last);
    return fr_specials(_mm_unpacklo_epi64(first, last), highest);
}

FR_INLINE size_t fr_first(int special)
{
    return (size_t)__builtin_ctz((unsigned)special);
}
#endif

/* Non-zero when one of the eight bytes has to be looked at: below 0x20, a
 * quote, a backslash, above `highest`. Sometimes also when none has, next to one
 * that has. */
static uint64_t fr_special(uint64_t word, uint8_t highest)
{
    uint64_t quotes = word ^ FR_ONES * '"';
    uint64_t backslashes = word ^ FR_ONES * '\\';
    uint64_t deletes = (word & ~FR_HIGHS) + FR_ONES * (uint64_t)(FR_DEL - highest);

    return (word | deletes | (word - FR_ONES * 0x20) | (quotes - FR_ONES) |
            (backslashes - FR_ONES)) &
           FR_HIGHS;
}

#ifndef FR_SSE2
static int fr_copy_ends(
    const uint8_t *chars, size_t size, uint8_t *out, uint8_t highest)
{
    uint64_t first, last;

    memcpy(&first, chars, 8);
    memcpy(&last, chars + size - 8, 8);
    memcpy(out, &first, 8);
    memcpy(out + size - 8, &last, 8);
    return (fr_special(first, highest) | fr_special(last, highest)) != 0;
}

static int fr_copy_block(const uint8_t *chars, uint8_t *out, uint8_t highest)
{
    return fr_copy_ends(chars, FR_BLOCK, out, highest);
}

static size_t fr_first(int special)
{
    (void)special;
    return 0;
}
#endif

/* Copies what can stay as it is: all of it, or at least up to the last characters
 * or the block with the first one that cannot. Returns the number of bytes copied. */
FR_INLINE size_t
fr_copy_plain(const uint8_t *chars, size_t size, uint8_t *out, uint8_t highest)
{
    size_t at = 0;
    uint64_t word;
    uint32_t first, last;
    int special;

    if (size >= FR_BLOCK) {
        for (; size - at >= FR_BLOCK; at += FR_BLOCK) {
            special = fr_copy_block(chars + at, out + at, highest);
            if (special)
                return at + fr_first(special);
        }
        /* The last ones, some of them for the second time. */
        if (at < size &&
            fr_copy_block(chars + size - FR_BLOCK, out + size - FR_BLOCK, highest))
            return at;
        return size;
    }
    if (size >= 8)
        return fr_copy_ends(chars, size, out, highest) ? 0 : size;
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

/* What is written for a character, and how many bytes of it count. Copying all
 * eight takes no loop and no branch. */
struct fr_spelling {
    uint8_t text[7];
    uint8_t size;
};

#define FR_HEX(digit) ((digit) < 10 ? '0' + (digit) : 'a' + (digit) - 10)
#define FR_AS_IS(one) {{(one)}, 1}
#define FR_LETTER(letter) {{'\\', (letter)}, 2}
#define FR_UNIT(one) {{'\\', 'u', '0', '0', FR_HEX((one) >> 4), FR_HEX((one) & 15)}, 6}
#define FR_TWO_BYTES(one) {{0xC0 | (one) >> 6, 0x80 | ((one) & 0x3F)}, 2}
#define FR_8(as, one) \
    as((one) + 0), as((one) + 1), as((one) + 2), as((one) + 3), as((one) + 4), \
        as((one) + 5), as((one) + 6), as((one) + 7)
#define FR_16(as, one) FR_8(as, one), FR_8(as, (one) + 8)

/* JSON demands an escape for these, RFC 8259, section 7. */
#define FR_CONTROLS \
    FR_8(FR_UNIT, 0), FR_LETTER('b'), FR_LETTER('t'), FR_LETTER('n'), FR_UNIT(0x0B), \
        FR_LETTER('f'), FR_LETTER('r'), FR_UNIT(0x0E), FR_UNIT(0x0F), \
        FR_16(FR_UNIT, 0x10)
#define FR_PRINTABLES \
    FR_AS_IS(' '), FR_AS_IS('!'), FR_LETTER('"'), FR_AS_IS('#'), FR_AS_IS('$'), \
        FR_AS_IS('%'), FR_AS_IS('&'), FR_AS_IS('\''), FR_8(FR_AS_IS, 0x28), \
        FR_16(FR_AS_IS, 0x30), FR_16(FR_AS_IS, 0x40), FR_8(FR_AS_IS, 0x50), \
        FR_AS_IS('X'), FR_AS_IS('Y'), FR_AS_IS('Z'), FR_AS_IS('['), FR_LETTER('\\'), \
        FR_AS_IS(']'), FR_AS_IS('^'), FR_AS_IS('_'), FR_16(FR_AS_IS, 0x60), \
        FR_8(FR_AS_IS, 0x70), FR_AS_IS('x'), FR_AS_IS('y'), FR_AS_IS('z'), \
        FR_AS_IS('{'), FR_AS_IS('|'), FR_AS_IS('}'), FR_AS_IS('~')
#define FR_HIGH(as) \
    FR_16(as, 0x80), FR_16(as, 0x90), FR_16(as, 0xA0), FR_16(as, 0xB0), \
        FR_16(as, 0xC0), FR_16(as, 0xD0), FR_16(as, 0xE0), FR_16(as, 0xF0)

static const struct fr_spelling fr_ascii[256] = {
    FR_CONTROLS, FR_PRINTABLES, FR_UNIT(FR_DEL), FR_HIGH(FR_UNIT)};
static const struct fr_spelling fr_utf8[256] = {
    FR_CONTROLS, FR_PRINTABLES, FR_AS_IS(FR_DEL), FR_HIGH(FR_TWO_BYTES)};

#define FR_PAIR(one) {FR_HEX((one) >> 4), FR_HEX((one) & 15)}

static const uint8_t fr_hex_pairs[256][2] = {
    FR_16(FR_PAIR, 0x00), FR_16(FR_PAIR, 0x10), FR_16(FR_PAIR, 0x20),
    FR_16(FR_PAIR, 0x30), FR_16(FR_PAIR, 0x40), FR_16(FR_PAIR, 0x50),
    FR_16(FR_PAIR, 0x60), FR_16(FR_PAIR, 0x70), FR_HIGH(FR_PAIR)};

FR_INLINE uint8_t *fr_put_unit(uint32_t unit, uint8_t *out)
{
    memcpy(out, "\\u", 2);
    memcpy(out + 2, fr_hex_pairs[unit >> 8], 2);
    memcpy(out + 4, fr_hex_pairs[unit & 0xFF], 2);
    return out + 6;
}

/* By its size: there may be no room for more. */
static uint8_t *fr_put_spelling(const struct fr_spelling *spelling, uint8_t *out)
{
    memcpy(out, spelling->text, spelling->size);
    return out + spelling->size;
}

/* A character of any width, in ASCII or else in UTF-8. */
FR_INLINE uint8_t *fr_put_one(uint32_t one, int ascii, uint8_t *out, int *surrogates)
{
    if (one < 0x80) {
        if (one < ' ' || one == FR_DEL || one == '"' || one == '\\')
            return fr_put_spelling(ascii ? &fr_ascii[one] : &fr_utf8[one], out);
        *out = (uint8_t)one;
        return out + 1;
    }
    if (!ascii) {
        if (one >> 11 == 0xD800 >> 11)
            *surrogates = 1;
        return fr_put_char(one, out);
    }
    if (one < 0x10000)
        return fr_put_unit(one, out);
    one -= 0x10000;
    out = fr_put_unit(0xD800 | one >> 10, out);
    return fr_put_unit(0xDC00 | (one & 0x3FF), out);
}

/* From the first block on that cannot stay as it is: a block by the table, then
 * whatever can be copied, again and again. A block costs the same whatever is
 * in it, so that no text is slow. */
FR_APART size_t fr_spell_rest(
    const uint8_t *chars, size_t size, uint8_t *out, const struct fr_spelling *table,
    uint8_t highest)
{
    uint8_t *start = out;
    size_t at = 0;

    while (at < size) {
        /* What is behind the last character may not be written to. */
        size_t end = size - at > FR_BLOCK ? at + FR_BLOCK : size - 1;
        size_t copied;

        for (; at < end; at++) {
            struct fr_spelling spelling = table[chars[at]];

            memcpy(out, &spelling, sizeof(spelling));
            out += spelling.size;
        }
        if (at == size - 1) {
            out = fr_put_spelling(&table[chars[at]], out);
            break;
        }
        copied = fr_copy_plain(chars + at, size - at, out, highest);
        at += copied;
        out += copied;
    }
    return (size_t)(out - start);
}

FR_INLINE size_t fr_spell(
    const uint8_t *chars, size_t size, uint8_t *out, const struct fr_spelling *table,
    uint8_t highest)
{
    size_t copied = fr_copy_plain(chars, size, out, highest);

    if (copied == size)
        return size;
    return copied +
           fr_spell_rest(chars + copied, size - copied, out + copied, table, highest);
}

size_t fr_json_fill(const uint8_t *chars, size_t size, int ascii, uint8_t *out)
{
    if (ascii)
        return fr_spell(chars, size, out, fr_ascii, FR_LAST_ASCII);
    return fr_spell(chars, size, out, fr_utf8, FR_LAST_UTF8);
}

/* Written once, with the width and the form constants where it is inlined. */
FR_INLINE size_t fr_fill_wide(
    const void *chars, int width, size_t size, int ascii, uint8_t *out, int *surrogates)
{
    uint8_t *start = out;

    for (size_t at = 0; at < size; at++) {
        uint32_t one =
            width == 2 ? ((const uint16_t *)chars)[at] : ((const uint32_t *)chars)[at];

        out = fr_put_one(one, ascii, out, surrogates);
    }
    return (size_t)(out - start);
}

size_t fr_json_fill_wide(
    const void *chars, size_t width, size_t size, int ascii, uint8_t *out,
    int *surrogates)
{
    if (width == 2)
        return ascii ? fr_fill_wide(chars, 2, size, 1, out, surrogates)
                     : fr_fill_wide(chars, 2, size, 0, out, surrogates);
    return ascii ? fr_fill_wide(chars, 4, size, 1, out, surrogates)
                 : fr_fill_wide(chars, 4, size, 0, out, surrogates);
}

uint64_t fr_json_prefix(const void *chars, size_t width, size_t size)
{
    const uint8_t *narrow = chars;
    const uint16_t *wide = chars;
    const uint32_t *widest = chars;
    uint64_t prefix = 0;

    if (width == 1 && size >= 3)
        return (uint64_t)narrow[0] << 42 | (uint64_t)narrow[1] << 21 | narrow[2];
    for (size_t at = 0; at < 3; at++) {
        prefix <<= 21;
        if (at < size)
            prefix |= width == 1 ? narrow[at] : width == 2 ? wide[at] : widest[at];
    }
    return prefix;
}
