#include "fr_scan.h"

#include "fr_swar.h"

#include <string.h>

static uint64_t fr_word(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* Fewer than eight bytes, some of them twice, and letters. */
static uint64_t fr_short_word(const uint8_t *bytes, size_t size)
{
    uint32_t first, last;

    if (size >= 4) {
        memcpy(&first, bytes, 4);
        memcpy(&last, bytes + size - 4, 4);
        return first | (uint64_t)last << 32;
    }
    if (size == 0)
        return FR_ONES * 'a';
    return bytes[0] | (uint64_t)bytes[size / 2] << 8 | (uint64_t)bytes[size - 1] << 16 |
           (FR_ONES * 'a') << 24;
}

/* Whether no byte has to be looked at by itself; if not, `*at` is where those begin
 * that may have to be. `special` tells words that have one, and perhaps others. */
FR_INLINE int fr_has_none(
    const uint8_t *bytes, size_t size, uint64_t (*special)(uint64_t word), size_t *at)
{
    *at = 0;
    if (size < 8)
        return !special(fr_short_word(bytes, size));
    while (size - *at > 8 && !special(fr_word(bytes + *at)))
        *at += 8;
    /* The last eight, some of them for the second time. */
    return size - *at <= 8 && !special(fr_word(bytes + size - 8));
}

/* Non-zero when some byte of `word` is below 0x0E: HTAB and the rarer controls, too.
 * It may also be set by a byte above such a byte, never without one. */
FR_INLINE uint64_t fr_below_0e(uint64_t word)
{
    return (word - FR_ONES * 0x0E) & ~word & FR_HIGHS;
}

int fr_has_line_break(const uint8_t *bytes, size_t size)
{
    size_t at;

    if (fr_has_none(bytes, size, fr_below_0e, &at))
        return 0;
    for (; at < size; at++) {
        if (bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\0')
            return 1;
    }
    return 0;
}

/* Non-zero unless all eight bytes are letters or hyphens, which most names have
 * and no others. */
FR_INLINE uint64_t fr_beyond_letters(uint64_t word)
{
    uint64_t lower = word | FR_ONES * 0x20;
    uint64_t letters =
        (lower + FR_ONES * (0x80 - 'a')) & ~(lower + FR_ONES * (0x7F - 'z'));
    uint64_t hyphens = ~((word ^ FR_ONES * '-') + FR_ONES * 0x7F);

    /* The sums carry over where a byte has its high bit set. */
    return (~(letters | hyphens) | word) & FR_HIGHS;
}

/* token = 1*tchar
 * tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" /
 *         "`" / "|" / "~" / DIGIT / ALPHA
 *
 * Sixteen a line, from the space on. */
static const uint8_t fr_tchars[256] = {
    // clang-format off
    [' '] =
    0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0,
    // clang-format on
};

int fr_is_token(const uint8_t *bytes, size_t size)
{
    size_t at;

    if (fr_has_none(bytes, size, fr_beyond_letters, &at))
        return size > 0;
    for (; at < size; at++) {
        if (!fr_tchars[bytes[at]])
            return 0;
    }
    return 1;
}

/* Non-zero when one of the eight bytes is a control, HTAB included. Sometimes
 * also when none is, next to one that is. */
FR_INLINE uint64_t fr_controls(uint64_t word)
{
    uint64_t deletes = word ^ FR_ONES * 0x7F;

    return (((word - FR_ONES * 0x20) & ~word) | ((deletes - FR_ONES) & ~deletes)) &
           FR_HIGHS;
}

int fr_is_field_text(const uint8_t *bytes, size_t size)
{
    size_t at;

    if (fr_has_none(bytes, size, fr_controls, &at))
        return 1;
    for (; at < size; at++) {
        if ((bytes[at] < 0x20 && bytes[at] != '\t') || bytes[at] == 0x7F)
            return 0;
    }
    return 1;
}

int fr_equal_fold(const uint8_t *bytes, const uint8_t *others, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        uint8_t lower = bytes[at] | 0x20;

        if (bytes[at] != others[at] &&
            (lower != (others[at] | 0x20) || lower < 'a' || lower > 'z'))
            return 0;
    }
    return 1;
}
