/* Byte classes and comparisons, against one byte after the other. */
#include "scan_reference.h"
#include "fr_scan.h"

/* Past four words, and every place in a word. */
#define SIZES 40

static void check_text(fr_text text)
{
    const uint8_t *bytes = room_with(text.bytes, text.size);

    CHECK(
        !fr_has_line_break(bytes, text.size) == !reference_has_line_break(text),
        "%zu bytes", text.size);
    CHECK(
        !fr_is_token(bytes, text.size) == !reference_is_token(text), "%zu bytes",
        text.size);
    CHECK(
        !fr_is_field_text(bytes, text.size) == !reference_is_field_text(text),
        "%zu bytes", text.size);
    close_rooms();
}

static void check_fold(const uint8_t *one, const uint8_t *other, size_t size)
{
    int expected = 1;

    for (size_t at = 0; at < size; at++)
        expected = expected && tolower(one[at]) == tolower(other[at]);
    CHECK(
        !fr_equal_fold(room_with(one, size), room_with(other, size), size) == !expected,
        "size %zu, not %d", size, !expected);
    close_rooms();
}

/* One byte of any value, at any index, among bytes that carry or borrow
 * differently in word arithmetic. */
static void test_every_byte_at_every_index(void)
{
    static const uint8_t around[] = {
        'a', 'Z', '-', '~', '5', ' ', 9, 0x01, 0x0E, 0x7F, 0x80, 0xFF};

    for (size_t which = 0; which < COUNT(around); which++)
        for (size_t size = 0; size <= SIZES; size++) {
            uint8_t bytes[SIZES];
            fr_text text = {bytes, size};

            memset(bytes, around[which], SIZES);
            check_text(text);
            for (size_t at = 0; at < size; at++) {
                for (unsigned value = 0; value < 256; value++) {
                    bytes[at] = (uint8_t)value;
                    if (!left_out())
                        check_text(text);
                }
                bytes[at] = around[which];
            }
        }
}

/* Every pair of bytes, at every index. */
static void test_equal_fold(void)
{
    for (size_t size = 0; size <= 20; size += size < 10 ? 1 : 5) {
        uint8_t one[] = "cOnTeNt-TyPe: 09@[`{";
        uint8_t other[] = "content-type: 09@[`{";

        CHECK(fr_equal_fold(one, other, size), "size %zu", size);
        for (size_t at = 0; at < size; at++) {
            uint8_t before[] = {one[at], other[at]};

            for (unsigned pair = 0; pair < 1 << 16; pair++) {
                one[at] = (uint8_t)pair;
                other[at] = (uint8_t)(pair >> 8);
                if (!left_out())
                    check_fold(one, other, size);
            }
            one[at] = before[0];
            other[at] = before[1];
        }
    }
}

static void test_cases(void)
{
    test_every_byte_at_every_index();
    test_equal_fold();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    fr_text text = take_text(&in);
    uint8_t other[256];

    check_text(text);
    /* The same but for what the rest of the input changes, the case as a rule. */
    for (size_t at = 0; at < text.size; at++) {
        unsigned change = take_byte(&in);

        other[at] = text.bytes[at] ^ (uint8_t)(change & 0x20);
        if (change == 0xFF)
            other[at] ^= (uint8_t)(1u << take_byte(&in) % 8);
    }
    check_fold(text.bytes, other, text.size);
    return 0;
}
