#include "check.h"
#include "fr_decimal.h"

#include <inttypes.h>
#include <string.h>

#define UNTOUCHED 0xA5

static void check_signed(struct guarded memory, int64_t value)
{
    char expected[24];
    size_t size = (size_t)snprintf(expected, sizeof(expected), "%" PRId64, value);
    uint8_t *out = memory.end - size;

    CHECK(size <= FR_DECIMAL_MAX, "%s", expected);
    CHECK(fr_decimal_size_signed(value) == size, "%s", expected);
    memset(memory.end - sizeof(expected), UNTOUCHED, sizeof(expected));
    CHECK(fr_decimal_fill_signed(value, out) == size, "%s", expected);
    CHECK(memcmp(out, expected, size) == 0, "%s", expected);
    for (uint8_t *before = memory.end - sizeof(expected); before < out; before++)
        CHECK(*before == UNTOUCHED, "%s, before", expected);
}

static void check(struct guarded memory, uint64_t value)
{
    char expected[24];
    size_t size = (size_t)snprintf(expected, sizeof(expected), "%" PRIu64, value);
    uint8_t *out = memory.end - size;

    CHECK(fr_decimal_size(value) == size, "%s", expected);

    /* A byte too many crashes at the end of the memory, and shows before it. */
    memset(memory.end - sizeof(expected), UNTOUCHED, sizeof(expected));
    CHECK(fr_decimal_fill(value, out) == size, "%s", expected);
    CHECK(memcmp(out, expected, size) == 0, "%s", expected);
    for (uint8_t *before = memory.end - sizeof(expected); before < out; before++)
        CHECK(*before == UNTOUCHED, "%s, before", expected);

    /* The other way round at its beginning. */
    memset(memory.first, UNTOUCHED, sizeof(expected));
    fr_decimal_fill(value, memory.first);
    CHECK(memcmp(memory.first, expected, size) == 0, "%s", expected);
    for (size_t after = size; after < sizeof(expected); after++)
        CHECK(memory.first[after] == UNTOUCHED, "%s, after", expected);

    if (value <= INT64_MAX) {
        check_signed(memory, (int64_t)value);
        check_signed(memory, -(int64_t)value);
        check_signed(memory, -(int64_t)value - 1);
    }
}

static void check_around(struct guarded memory, uint64_t value)
{
    /* Unsigned arithmetic wraps: UINT64_MAX is a neighbour of zero. */
    check(memory, value - 1);
    check(memory, value);
    check(memory, value + 1);
}

int main(void)
{
    struct guarded memory = guarded_new();
    uint64_t state = 1;
    uint64_t power = 1;

    for (int digits = 1; digits <= 20; digits++) {
        for (uint64_t leading = 1; leading <= 9; leading++)
            /* 10**19 fits once. */
            if (leading <= UINT64_MAX / power)
                check_around(memory, leading * power);
        power *= digits < 20 ? 10 : 1;
    }
    for (int bit = 0; bit < 64; bit++)
        check_around(memory, UINT64_C(1) << bit);
    check_around(memory, 0);
    check_around(memory, UINT64_MAX);

    for (uint64_t value = 0; value < 100000; value++)
        check(memory, value);
    for (int round = 0; round < 100000; round++) {
        uint64_t random = next_random(&state);

        /* Every length, not nearly always 19 or 20 digits. */
        check(memory, random >> (random % 64));
    }
    return report();
}
