/* Byte classes and escapes, against one byte after the other. */
#include "bytes_reference.h"

static uint8_t members[256];
static fr_escape escapes[256];

static void check_text(fr_text text)
{
    static uint8_t expected[7 * 256];
    uint8_t *end = reference_escape(expected, text, escapes);
    size_t wanted = end ? (size_t)(end - expected) : SIZE_MAX;
    uint8_t *out;

    text.bytes = room_with(text.bytes, text.size);
    CHECK(
        !fr_all_in(text.bytes, text.size, members) == !reference_all_in(text, members),
        "%zu bytes", text.size);
    CHECK(
        fr_escape_measure(text.bytes, text.size, escapes) == wanted, "%zu bytes",
        wanted);
    if (end) {
        out = new_room(wanted);
        CHECK(
            fr_escape_fill(text.bytes, text.size, escapes, out) == out + wanted,
            "%zu bytes", wanted);
        CHECK(memcmp(out, expected, wanted) == 0, "%zu bytes", wanted);
    }
    close_rooms();
}

/* Each byte, at each place, as the only one that is no member. */
static void test_cases(void)
{
    uint8_t bytes[40];

    make_tables(0, members, escapes);
    memset(members, 1, sizeof(members));
    for (unsigned byte = 0; byte < 256; byte++) {
        members[byte] = 0;
        memset(bytes, (int)(byte ^ 0x41), sizeof(bytes));
        for (size_t size = 0; size <= sizeof(bytes); size++) {
            fr_text text = {bytes, size};

            check_text(text);
            for (size_t at = 0; at < size; at++) {
                bytes[at] = (uint8_t)byte;
                check_text(text);
                bytes[at] = (uint8_t)(byte ^ 0x41);
            }
        }
        members[byte] = 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};

    make_tables(take_byte(&in), members, escapes);
    check_text(take_text(&in));
    return 0;
}
