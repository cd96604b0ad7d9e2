#include "fr_scan.h"

#include "fr_swar.h"

#include <string.h>

/* Non-zero when some byte of `word` is below 0x0E. It may also be set by a
 * byte above such a byte, never without one: enough to decide whether a word
 * needs the slow look.
 */
static uint64_t fr_below_0e(uint64_t word)
{
    return (word - FR_ONES * 0x0E) & ~word & FR_HIGHS;
}

static int fr_is_line_break(uint8_t byte)
{
    return byte == '\n' || byte == '\r' || byte == '\0';
}

size_t fr_scan_line_break(const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    while (size - at >= sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, bytes + at, sizeof(word));
        if (fr_below_0e(word)) {
            /* HTAB and the rarer controls come this way too. */
            for (size_t end = at + sizeof(word); at < end; at++) {
                if (fr_is_line_break(bytes[at]))
                    return at;
            }
        } else {
            at += sizeof(word);
        }
    }
    for (; at < size; at++) {
        if (fr_is_line_break(bytes[at]))
            return at;
    }
    return size;
}

/* token = 1*tchar
 * tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" /
 *         "`" / "|" / "~" / DIGIT / ALPHA */
static const uint8_t fr_tchars[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1,
    ['+'] = 1, ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1,  ['|'] = 1,
    ['~'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,  ['5'] = 1,
    ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1,  ['C'] = 1,
    ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1,  ['J'] = 1,
    ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1,  ['Q'] = 1,
    ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1,  ['X'] = 1,
    ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1,  ['e'] = 1,
    ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1,
    ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1,  ['s'] = 1,
    ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1,  ['z'] = 1,
};

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

/* Non-zero unless all eight bytes are letters or hyphens, which most names have
 * and no others. */
static uint64_t fr_beyond_letters(uint64_t word)
{
    uint64_t lower = word | FR_ONES * 0x20;
    uint64_t letters =
        (lower + FR_ONES * (0x80 - 'a')) & ~(lower + FR_ONES * (0x7F - 'z'));
    uint64_t hyphens = ~((word ^ FR_ONES * '-') + FR_ONES * 0x7F);

    /* The sums carry over where a byte has its high bit set. */
    return (~(letters | hyphens) | word) & FR_HIGHS;
}

int fr_is_token(const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    if (size >= 8) {
        while (size - at > 8 && !fr_beyond_letters(fr_word(bytes + at)))
            at += 8;
        /* The last eight, some of them for the second time. */
        if (size - at <= 8 && !fr_beyond_letters(fr_word(bytes + size - 8)))
            return 1;
    } else if (size > 0) {
        if (!fr_beyond_letters(fr_short_word(bytes, size)))
            return 1;
    } else {
        return 0;
    }
    for (; at < size; at++) {
        if (!fr_tchars[bytes[at]])
            return 0;
    }
    return 1;
}

/* Non-zero when one of the eight bytes is a control, HTAB included. Sometimes
 * also when none is, next to one that is. */
static uint64_t fr_controls(uint64_t word)
{
    uint64_t deletes = word ^ FR_ONES * 0x7F;

    return (((word - FR_ONES * 0x20) & ~word) | ((deletes - FR_ONES) & ~deletes)) &
           FR_HIGHS;
}

int fr_is_field_text(const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    if (size >= 8) {
        while (size - at > 8 && !fr_controls(fr_word(bytes + at)))
            at += 8;
        if (size - at <= 8 && !fr_controls(fr_word(bytes + size - 8)))
            return 1;
    } else if (!fr_controls(fr_short_word(bytes, size))) {
        return 1;
    }
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
