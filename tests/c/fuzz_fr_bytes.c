/* Byte classes and escapes, against one byte after the other. */
#include "fuzz.h"
#include "fr_bytes.h"

static int naive_all_in(const uint8_t *bytes, size_t size, const uint8_t *members)
{
    for (size_t at = 0; at < size; at++)
        if (!members[bytes[at]])
            return 0;
    return 1;
}

/* What each byte becomes: of 1 to 7 bytes; nothing is known of one in `unknown`. */
static void make_tables(unsigned seed, uint8_t *members, fr_escape *escapes)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned mixed = (byte * 167 + seed) * 59;

        members[byte] = (mixed >> 3) % 16 != 0;
        escapes[byte].size = (uint8_t)(1 + (mixed >> 5) % 7);
        if (seed % 2 && byte % 64 == seed / 4)
            escapes[byte].size = 0;
        for (unsigned at = 0; at < 7; at++)
            escapes[byte].bytes[at] = (uint8_t)(mixed + at);
    }
}

static void check_escape(const uint8_t *bytes, size_t size, const fr_escape *escapes)
{
    uint8_t expected[7 * 256];
    size_t wanted = 0;
    size_t measured = fr_escape_measure(bytes, size, escapes);
    uint8_t *out;

    for (size_t at = 0; at < size; at++) {
        const fr_escape *escape = &escapes[bytes[at]];

        if (escape->size == 0) {
            CHECK(measured == SIZE_MAX, "%zu for an unknown byte", measured);
            return;
        }
        memcpy(expected + wanted, escape->bytes, escape->size);
        wanted += escape->size;
    }
    CHECK(measured == wanted, "%zu instead of %zu", measured, wanted);
    out = new_block(measured);
    CHECK(fr_escape_fill(bytes, size, escapes, out) == out + wanted, "%zu bytes", size);
    CHECK(memcmp(out, expected, wanted) == 0, "%zu bytes", size);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t members[256];
    static fr_escape escapes[256];
    input in = {bytes, size};
    unsigned seed = take_byte(&in);
    size_t taken = take_byte(&in);
    uint8_t *block = take_block(&in, &taken);

    make_tables(seed, members, escapes);
    CHECK(
        !fr_all_in(block, taken, members) == !naive_all_in(block, taken, members),
        "size %zu", taken);
    check_escape(block, taken, escapes);
    free(block);
    return 0;
}

#ifndef FR_LIBFUZZER

static size_t make_input(uint8_t *out, uint64_t *state)
{
    size_t size = (size_t)(next_random(state) % 60);

    out[0] = random_byte(state);
    out[1] = (uint8_t)size;
    for (size_t at = 0; at < size; at++)
        out[2 + at] = random_byte(state);
    return size + 2;
}

#endif
