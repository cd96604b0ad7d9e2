/* Byte classes and comparisons, against one byte after the other. */
#include "fuzz.h"
#include "fr_scan.h"
#include "scan_reference.h"

static void check_equal(const uint8_t *bytes, size_t size, input *in)
{
    uint8_t *others = new_block(size);
    int expected;

    /* The same but for what the rest of the input changes, the case as a rule. */
    for (size_t at = 0; at < size; at++) {
        unsigned change = take_byte(in);

        others[at] = bytes[at] ^ (uint8_t)(change & 0x20);
        if (change == 0xFF)
            others[at] ^= (uint8_t)(1u << take_byte(in) % 8);
    }
    expected = naive_equal_fold(bytes, others, size);
    CHECK(!fr_equal_fold(bytes, others, size) == !expected, "size %zu", size);
    free(others);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    size_t taken = take_byte(&in);
    uint8_t *block = take_block(&in, &taken);
    int token = naive_is_token(block, taken);
    int text = naive_is_field_text(block, taken);

    CHECK(
        fr_scan_line_break(block, taken) == naive_line_break(block, taken), "size %zu",
        taken);
    CHECK(!fr_is_token(block, taken) == !token, "size %zu", taken);
    CHECK(!fr_is_field_text(block, taken) == !text, "size %zu", taken);
    check_equal(block, taken, &in);
    free(block);
    return 0;
}

#ifndef FR_LIBFUZZER

static size_t make_input(uint8_t *out, uint64_t *state)
{
    static const uint8_t odd[] = {
        0, '\t', '\n', '\r', 0x0E, 0x1F, ' ', 0x7F, 0x80, 0xFF,
    };
    size_t size = next_random(state) % 64;
    uint64_t rare = 1 + next_random(state) % 64;

    out[0] = (uint8_t)size;
    for (size_t at = 1; at <= 3 * size; at++) {
        uint64_t random = next_random(state);

        out[at] = (uint8_t)('a' + random % 26);
        if ((random >> 8) % rare == 0)
            out[at] = random >> 63 ? PICK(odd, random >> 16) : random_byte(state);
    }
    return 1 + 3 * size;
}

#endif
