/* Integers in decimal, against printf. */
#include "check.h"
#include "fr_decimal.h"

#include <inttypes.h>

static void check_value(uint64_t value)
{
    int64_t with_sign = (int64_t)value;
    char expected[24];
    size_t size = (size_t)snprintf(expected, sizeof(expected), "%" PRIu64, value);
    uint8_t *out = new_room(size);

    CHECK(size <= FR_DECIMAL_MAX, "%s", expected);
    CHECK(fr_decimal_size(value) == size, "%s", expected);
    CHECK(fr_decimal_fill(value, out) == size, "%s", expected);
    CHECK(memcmp(out, expected, size) == 0, "%s", expected);

    size = (size_t)snprintf(expected, sizeof(expected), "%" PRId64, with_sign);
    out = new_room(size);
    CHECK(size <= FR_DECIMAL_MAX, "%s", expected);
    CHECK(fr_decimal_size_signed(with_sign) == size, "%s", expected);
    CHECK(fr_decimal_fill_signed(with_sign, out) == size, "%s", expected);
    CHECK(memcmp(out, expected, size) == 0, "%s", expected);
    close_rooms();
}

static void check_around(uint64_t value)
{
    /* Unsigned arithmetic wraps: UINT64_MAX is a neighbour of zero. */
    for (uint64_t other = value - 2; other != value + 2; other++) {
        check_value(other);
        check_value(UINT64_C(0) - other);
    }
}

static void test_cases(void)
{
    /* 10**19 fits once. */
    for (uint64_t power = 1, digits = 1; digits <= 20; digits++, power *= 10)
        for (uint64_t leading = 1; leading <= 9 && leading <= UINT64_MAX / power;
             leading++)
            check_around(leading * power);
    for (int bit = 0; bit < 64; bit++)
        check_around(UINT64_C(1) << bit);
    for (uint64_t value = 0; value < 100000; value++) {
        check_value(value);
        check_value(UINT64_C(0) - value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    uint64_t value = take_number(&in, 8);
    /* Every length, not nearly always 19 or 20 digits. */
    unsigned shift = take_byte(&in) % 64;

    check_value(value >> shift);
    check_value(UINT64_C(0) - (value >> shift));
    return 0;
}
