#include "fr_scan.h"

#include <string.h>

#define FR_ONES UINT64_C(0x0101010101010101)
#define FR_HIGHS UINT64_C(0x8080808080808080)

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
