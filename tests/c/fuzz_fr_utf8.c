/* UTF-8 there and back, against the same for one character. */
#include "characters.h"
#include "fr_utf8.h"
#include "utf8_reference.h"

static size_t encode(const string *text, uint8_t *out)
{
    if (text->width == 1)
        return fr_utf8_encode_1(text->stored, text->count, out);
    if (text->width == 2)
        return fr_utf8_encode_2(text->stored, text->count, out);
    return fr_utf8_encode_4(text->stored, text->count, out);
}

static size_t encoded_size(const string *text)
{
    if (text->width == 1)
        return fr_utf8_encoded_size_1(text->stored, text->count);
    if (text->width == 2)
        return fr_utf8_encoded_size_2(text->stored, text->count);
    return fr_utf8_encoded_size_4(text->stored, text->count);
}

static void check_encoding(const string *text, const uint8_t *expected, size_t wanted)
{
    static const size_t most[] = {[1] = 2, [2] = 3, [4] = 4};
    size_t rooms[] = {wanted, text->count * most[text->width]};
    int surrogates = 0;

    for (size_t at = 0; at < text->count; at++)
        surrogates |= is_surrogate(text->chars[at]);
    if (surrogates)
        wanted = 0;
    CHECK(encoded_size(text) == wanted, "%zu characters", text->count);
    /* Just enough, and the most it can take. */
    for (size_t which = surrogates ? 1 : 0; which < 2; which++) {
        uint8_t *out = new_block(rooms[which]);

        CHECK(encode(text, out) == wanted, "%zu characters", text->count);
        CHECK(memcmp(out, expected, wanted) == 0, "%zu characters", text->count);
        free(out);
    }
}

/* Of valid UTF-8, where surrogates may be. */
static void check_decoding(const string *text, const uint8_t *bytes, size_t size)
{
    uint8_t *block = new_block(size);
    uint32_t top = 0, highest = 0, end;
    uint8_t *narrow;
    uint16_t *wide;
    uint32_t *widest;

    memcpy(block, bytes, size);
    for (size_t at = 0; at < text->count; at++)
        top = text->chars[at] > top ? text->chars[at] : top;
    end = top < 0x80 ? 0x7F : top < 0x100 ? 0xFF : top < 0x10000 ? 0xFFFF : 0x10FFFF;
    CHECK(
        fr_utf8_decoded_size(block, size, &highest) == text->count, "%zu characters",
        text->count);
    CHECK(highest == end, "%x instead of %x", highest, end);
    narrow = new_block(text->count);
    wide = (void *)new_block(2 * text->count);
    widest = (void *)new_block(4 * text->count);
    if (end <= 0xFF)
        fr_utf8_decode_1(block, size, narrow);
    if (end <= 0xFFFF)
        fr_utf8_decode_2(block, size, wide);
    fr_utf8_decode_4(block, size, widest);
    for (size_t at = 0; at < text->count; at++) {
        CHECK(end > 0xFF || narrow[at] == text->chars[at], "at %zu", at);
        CHECK(end > 0xFFFF || wide[at] == text->chars[at], "at %zu", at);
        CHECK(widest[at] == text->chars[at], "at %zu", at);
    }
    free(narrow);
    free(wide);
    free(widest);
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t expected[4 * MOST_CHARACTERS];
    static string text;
    input in = {bytes, size};
    size_t wanted = 0;

    take_string(&in, &text);
    for (size_t at = 0; at < text.count; at++)
        wanted += put(text.chars[at], expected + wanted);
    check_encoding(&text, expected, wanted);
    check_decoding(&text, expected, wanted);
    free(text.block);
    return 0;
}
