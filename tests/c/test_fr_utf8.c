#include "check.h"
#include "fr_utf8.h"
#include "utf8_reference.h"

#include <string.h>

#define LONGEST 100

static void check_decoding(
    struct guarded in, struct guarded out, const uint32_t *chars, size_t count)
{
    uint8_t text[4 * LONGEST];
    uint32_t top = 0, highest, block;
    uint8_t *bytes;
    size_t size = 0;

    for (size_t at = 0; at < count; at++) {
        size += put(chars[at], text + size);
        top = chars[at] > top ? chars[at] : top;
    }
    block = top < 0x80 ? 0x7F : top < 0x100 ? 0xFF : top < 0x10000 ? 0xFFFF : 0x10FFFF;
    bytes = in.end - size;
    memcpy(bytes, text, size);
    CHECK(fr_utf8_decoded_size(bytes, size, &highest) == count, "%zu", count);
    CHECK(highest == block, "%x, not %x", highest, block);
    if (block <= 0xFF) {
        uint8_t *narrow = out.end - count;

        fr_utf8_decode_1(bytes, size, narrow);
        for (size_t at = 0; at < count; at++)
            CHECK(narrow[at] == chars[at], "%x", chars[at]);
    }
    if (block <= 0xFFFF) {
        uint16_t *wide = (uint16_t *)(void *)(out.end - 2 * count);

        fr_utf8_decode_2(bytes, size, wide);
        for (size_t at = 0; at < count; at++)
            CHECK(wide[at] == chars[at], "%x", chars[at]);
    }
    {
        uint32_t *widest = (uint32_t *)(void *)(out.end - 4 * count);

        fr_utf8_decode_4(bytes, size, widest);
        for (size_t at = 0; at < count; at++)
            CHECK(widest[at] == chars[at], "%x", chars[at]);
    }
}

/* In a width that is wide enough, from characters that end `shift` of them
 * before the unreadable page, to bytes that end at it. */
static void check_encoding_from(
    struct guarded in, struct guarded out, const uint32_t *chars, size_t count,
    size_t width, size_t shift)
{
    uint8_t text[4 * LONGEST];
    uint8_t *from = in.end - (count + shift) * width;
    size_t expected = 0, size = 0;
    uint8_t *bytes;
    int surrogates = 0;

    if (left_out())
        return;
    for (size_t at = 0; at < count; at++) {
        expected += put(chars[at], text + expected);
        surrogates |= is_surrogate(chars[at]);
        if (width == 1)
            from[at] = (uint8_t)chars[at];
        else if (width == 2)
            ((uint16_t *)(void *)from)[at] = (uint16_t)chars[at];
        else
            ((uint32_t *)(void *)from)[at] = chars[at];
    }
    if (surrogates)
        expected = 0;
    if (width == 1)
        size = fr_utf8_encoded_size_1(from, count);
    else if (width == 2)
        size = fr_utf8_encoded_size_2((uint16_t *)(void *)from, count);
    else
        size = fr_utf8_encoded_size_4((uint32_t *)(void *)from, count);
    CHECK(size == expected, "%zu, not %zu", size, expected);
    /* Room for what it takes; with surrogates, for the most it can. */
    bytes = out.end - (surrogates ? count * (width == 2 ? 3 : 4) : size);
    /* What is before must stay as it is, too. */
    memset(bytes - 16, 0xFF, 16);
    if (width == 1)
        size = fr_utf8_encode_1(from, count, bytes);
    else if (width == 2)
        size = fr_utf8_encode_2((uint16_t *)(void *)from, count, bytes);
    else
        size = fr_utf8_encode_4((uint32_t *)(void *)from, count, bytes);
    CHECK(size == expected, "%zu, not %zu", size, expected);
    CHECK(memcmp(bytes, text, size) == 0, "%zu characters of %zu", count, width);
    for (int before = 1; before <= 16; before++)
        CHECK(bytes[-before] == 0xFF, "%d before", before);
}

static void check_encoding(
    struct guarded in, struct guarded out, const uint32_t *chars, size_t count,
    size_t shift)
{
    uint32_t top = 0;

    for (size_t at = 0; at < count; at++)
        top = chars[at] > top ? chars[at] : top;
    if (top < 0x100)
        check_encoding_from(in, out, chars, count, 1, shift);
    if (top < 0x10000)
        check_encoding_from(in, out, chars, count, 2, shift);
    check_encoding_from(in, out, chars, count, 4, shift);
}

static void check(
    struct guarded in, struct guarded out, const uint32_t *chars, size_t count)
{
    check_decoding(in, out, chars, count);
    check_encoding(in, out, chars, count, 0);
}

/* One character at a time in ASCII, at every place and with every alignment. */
static void check_places(struct guarded in, struct guarded out)
{
    static const uint32_t ones[] = {
        0x7F,   0x80,   0xBF,   0xC0,   0xFF,    0x100,   0x7FF,   0x800,
        0x7FFF, 0x8000, 0x807F, 0xD7FF, 0xD800,  0xDBFF,  0xDC00,  0xDFFF,
        0xE000, 0xFF7F, 0xFFFD, 0xFFFF, 0x10000, 0x1F600, 0x20080, 0x10FFFF,
    };
    uint32_t chars[LONGEST];

    for (size_t at = 0; at < LONGEST; at++)
        chars[at] = 0x20 + (uint32_t)at % 0x5F;
    for (size_t which = 0; which < sizeof ones / sizeof *ones; which++) {
        for (size_t place = 0; place < LONGEST; place++) {
            uint32_t before = chars[place];

            chars[place] = ones[which];
            for (size_t count = place + 1; count <= LONGEST; count++)
                check_encoding(in, out, chars, count, count % 16);
            chars[place] = before;
        }
    }
}

/* Texts longer than what is measured at once. */
static void check_long(struct guarded in, uint64_t *state)
{
    static const uint32_t limits[] = {0x100, 0xD800, 0x110000};
    uint32_t *wide = (uint32_t *)(void *)in.first;
    uint16_t *middle = (uint16_t *)(void *)in.first;

    for (size_t kind = 0; kind < 3; kind++) {
        for (size_t count = 0; count < 1000; count++) {
            uint8_t text[4];
            size_t size = 0, found = 0;
            int surrogates = 0;

            for (size_t at = 0; at < count; at++) {
                uint32_t one = (uint32_t)(next_random(state) % limits[kind]);

                /* Else there would hardly be any without. */
                if (is_surrogate(one) && count % 2)
                    one -= 0x800;
                surrogates |= is_surrogate(one);
                size += put(one, text);
                if (kind == 0)
                    in.first[at] = (uint8_t)one;
                else if (kind == 1)
                    middle[at] = (uint16_t)one;
                else
                    wide[at] = one;
            }
            if (kind == 0)
                found = fr_utf8_encoded_size_1(in.first, count);
            else if (kind == 1)
                found = fr_utf8_encoded_size_2(middle, count);
            else
                found = fr_utf8_encoded_size_4(wide, count);
            CHECK(found == (surrogates ? 0 : size), "%zu characters", count);
        }
    }
}

int main(void)
{
    struct guarded in = guarded_new(), out = guarded_new();
    static const uint32_t limits[] = {0x80, 0x100, 0x800, 0x10000, 0x110000};
    uint32_t chars[LONGEST] = {0};
    uint64_t state = 1;

    check(in, out, chars, 0);
    /* Every character, surrogates too: alone, and somewhere in ASCII. */
    for (uint32_t one = 0; one < 0x110000; one++) {
        chars[0] = one;
        check(in, out, chars, 1);
        chars[0] = 0;
        chars[one % 41] = one;
        check_encoding(in, out, chars, 41, 0);
        chars[one % 41] = 0;
    }
    check_places(in, out);
    check_long(in, &state);
    for (int round = 0; round < 200000; round++) {
        uint64_t random = next_random(&state);
        /* Of two kinds of characters, from hardly any of one to hardly any of
         * the other. */
        size_t kinds[] = {random % 5, random / 5 % 5};
        uint64_t rare = random >> 8 & 31;
        size_t count = (size_t)(random >> 16) % (LONGEST + 1);

        for (size_t at = 0; at < count; at++) {
            uint64_t next = next_random(&state);
            size_t kind = kinds[next >> 59 < rare];
            uint32_t low = kind ? limits[kind - 1] : 0;

            chars[at] = low + (uint32_t)(next % (limits[kind] - low));
            /* Most texts should not have any. */
            if (is_surrogate(chars[at]) && next >> 40 & 63)
                chars[at] -= 0x800;
        }
        check_decoding(in, out, chars, count);
        check_encoding(in, out, chars, count, random >> 32 & 15);
    }
    return report();
}
