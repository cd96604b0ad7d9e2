/* Doubles, against printf and strtod. */
#include "fuzz.h"
#include "double_reference.h"
#include "fr_double.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    uint64_t bits = take_number(&in, 8);
    char expected[FR_DOUBLE_ROOM];
    char spelling[FR_DOUBLE_MAX + 1];
    size_t wanted, written;
    uint8_t *out;
    double value;

    memcpy(&value, &bits, sizeof(value));
    if (!isfinite(value))
        return 0;
    wanted = naive_spelling(value, expected, sizeof(expected));
    out = new_block(FR_DOUBLE_ROOM);
    written = fr_double_fill(value, out);
    CHECK(written == wanted, "%zu bytes for %s", written, expected);
    CHECK(memcmp(out, expected, wanted) == 0, "%s", expected);
    memcpy(spelling, out, written);
    spelling[written] = '\0';
    CHECK(bits_of(strtod(spelling, NULL)) == bits, "%s", spelling);
    free(out);
    return 0;
}

#ifndef FR_LIBFUZZER

static size_t make_input(uint8_t *out, uint64_t *state)
{
    uint64_t bits = next_random(state);
    double value = (double)(int64_t)bits;

    /* Any bits, decimals of few digits, integers, and subnormals. */
    if (next_random(state) % 4 == 0)
        bits = bits_of(value / 1e9 / (double)(1 + next_random(state) % 1000));
    else if (next_random(state) % 4 == 0)
        bits = bits_of((double)(next_random(state) >> next_random(state) % 64) / 100);
    else if (next_random(state) % 8 == 0)
        bits = bits >> 12 >> next_random(state) % 52;
    for (size_t at = 0; at < 8; at++)
        out[at] = (uint8_t)(bits >> (56 - 8 * at));
    return 8;
}

#endif
