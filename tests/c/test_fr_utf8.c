/* UTF-8 there and back, against the same for one character. */
#include "characters.h"
#include "fr_utf8.h"

static void check_encoding(const string *text, const uint8_t *expected, size_t wanted)
{
    static const size_t most[] = {[1] = 2, [2] = 3, [4] = 4};
    const void *chars = stored(text);
    size_t sizes[] = {wanted, text->count * most[text->width]};
    int surrogates = 0;

    for (size_t at = 0; at < text->count; at++)
        surrogates |= is_surrogate(text->chars[at]);
    if (surrogates)
        wanted = 0;
    CHECK(
        fr_utf8_encoded_size(chars, text->width, text->count) == wanted,
        "%zu characters", text->count);
    /* Just enough, and the most it can take. */
    for (size_t which = surrogates ? 1 : 0; which < 2; which++) {
        uint8_t *out = new_room(sizes[which]);

        CHECK(
            fr_utf8_encode(chars, text->width, text->count, out) == wanted,
            "%zu characters", text->count);
        CHECK(memcmp(out, expected, wanted) == 0, "%zu characters", text->count);
    }
}

/* Of valid UTF-8, where surrogates may be. */
static void check_decoding(const string *text, const uint8_t *bytes, size_t size)
{
    const uint8_t *block = room_with(bytes, size);
    uint8_t *narrow = new_room(text->count);
    uint16_t *wide = (void *)new_room(2 * text->count);
    uint32_t *widest = (void *)new_room(4 * text->count);
    uint32_t top = 0, found = 0, end;

    for (size_t at = 0; at < text->count; at++)
        top = text->chars[at] > top ? text->chars[at] : top;
    end = top < 0x80 ? 0x7F : top < 0x100 ? 0xFF : top < 0x10000 ? 0xFFFF : 0x10FFFF;
    CHECK(
        fr_utf8_decoded_size(block, size, &found) == text->count, "%zu characters",
        text->count);
    CHECK(found == end, "%x instead of %x", found, end);
    if (end <= 0xFF)
        fr_utf8_decode(block, size, 1, narrow);
    if (end <= 0xFFFF)
        fr_utf8_decode(block, size, 2, wide);
    fr_utf8_decode(block, size, 4, widest);
    for (size_t at = 0; at < text->count; at++) {
        CHECK(end > 0xFF || narrow[at] == text->chars[at], "at %zu", at);
        CHECK(end > 0xFFFF || wide[at] == text->chars[at], "at %zu", at);
        CHECK(widest[at] == text->chars[at], "at %zu", at);
    }
}

static void check_string(const string *text)
{
    static uint8_t expected[4 * MOST_CHARACTERS];
    size_t wanted = 0;

    for (size_t at = 0; at < text->count; at++)
        wanted += put_utf8(text->chars[at], expected + wanted);
    check_encoding(text, expected, wanted);
    check_decoding(text, expected, wanted);
    close_rooms();
}
