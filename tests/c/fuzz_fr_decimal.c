/* Integers in decimal, against printf. */
#include "fuzz.h"
#include "fr_decimal.h"

#include <inttypes.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    uint64_t value = take_number(&in, 8);
    /* Not nearly always 19 or 20 digits. */
    unsigned shift = take_byte(&in) % 64;
    int64_t sign_and_value = (int64_t)value >> shift;
    char expected[24];
    uint8_t *out;
    size_t wanted;

    value >>= shift;
    wanted = (size_t)snprintf(expected, sizeof(expected), "%" PRIu64, value);
    CHECK(fr_decimal_size(value) == wanted, "%s", expected);
    out = new_block(wanted);
    CHECK(fr_decimal_fill(value, out) == wanted, "%s", expected);
    CHECK(memcmp(out, expected, wanted) == 0, "%s", expected);
    free(out);

    wanted = (size_t)snprintf(expected, sizeof(expected), "%" PRId64, sign_and_value);
    CHECK(fr_decimal_size_signed(sign_and_value) == wanted, "%s", expected);
    out = new_block(wanted);
    CHECK(fr_decimal_fill_signed(sign_and_value, out) == wanted, "%s", expected);
    CHECK(memcmp(out, expected, wanted) == 0, "%s", expected);
    free(out);
    return 0;
}

#ifndef FR_LIBFUZZER

static size_t make_input(uint8_t *out, uint64_t *state)
{
    for (size_t at = 0; at < 9; at++)
        out[at] = random_byte(state);
    return 9;
}

#endif
