/* Strings of characters, as CPython stores them, for tests of functions that encode
 * them. The test's own is check_string(). */
#ifndef CHARACTERS_H
#define CHARACTERS_H

#define OWN_INPUT

#include "check.h"

#define MOST_CHARACTERS 1000

/* Characters of 1, 2 or 4 bytes; the input's are `shift` of them after the start of
 * their memory: CPython's are at any multiple of their width. */
typedef struct {
    uint32_t chars[MOST_CHARACTERS];
    size_t count;
    size_t width;
    size_t shift;
} string;

static void check_string(const string *text);

static const uint32_t highest[] = {[1] = 0xFF, [2] = 0xFFFF, [4] = 0x10FFFF};

/* In a room of their own. */
static inline const void *stored(const string *text)
{
    uint8_t *out = new_room((text->shift + text->count) * text->width);

    out += text->shift * text->width;
    for (size_t at = 0; at < text->count; at++) {
        if (text->width == 1)
            out[at] = (uint8_t)text->chars[at];
        else if (text->width == 2)
            ((uint16_t *)(void *)out)[at] = (uint16_t)text->chars[at];
        else
            ((uint32_t *)(void *)out)[at] = text->chars[at];
    }
    return out;
}

static inline int is_surrogate(uint32_t one)
{
    return one >= 0xD800 && one < 0xE000;
}

/* One character as UTF-8, the obvious way. */
static inline size_t put_utf8(uint32_t one, uint8_t *out)
{
    if (one < 0x80) {
        out[0] = (uint8_t)one;
        return 1;
    }
    if (one < 0x800) {
        out[0] = (uint8_t)(0xC0 + one / 64);
        out[1] = (uint8_t)(0x80 + one % 64);
        return 2;
    }
    if (one < 0x10000) {
        out[0] = (uint8_t)(0xE0 + one / 4096);
        out[1] = (uint8_t)(0x80 + one / 64 % 64);
        out[2] = (uint8_t)(0x80 + one % 64);
        return 3;
    }
    out[0] = (uint8_t)(0xF0 + one / 262144);
    out[1] = (uint8_t)(0x80 + one / 4096 % 64);
    out[2] = (uint8_t)(0x80 + one / 64 % 64);
    out[3] = (uint8_t)(0x80 + one % 64);
    return 4;
}

/* What is treated in a way of its own, and its neighbours. */
static const uint32_t specials[] = {
    0x00,   0x01,   0x07,   0x08,    0x09,    0x0A,    0x0B,    0x0C,    0x0D,
    0x0E,   0x1F,   0x20,   0x21,    0x22,    0x23,    0x2F,    0x5B,    0x5C,
    0x5D,   0x7E,   0x7F,   0x80,    0x81,    0xA2,    0xBF,    0xC0,    0xDC,
    0xFF,   0x100,  0x122,  0x15C,   0x7FF,   0x800,   0x2028,  0x2200,  0x5C00,
    0x7FFF, 0x8000, 0x807F, 0xD7FF,  0xD800,  0xDBFF,  0xDC00,  0xDFFF,  0xE000,
    0xFF7F, 0xFFFD, 0xFFFF, 0x10000, 0x10022, 0x1F600, 0x20080, 0xFFFFF, 0x10FFFF,
};

/* Past five blocks, at every place in a block, among characters that carry or borrow
 * differently in word arithmetic, and among those that need all of the room. */
static void test_every_special_at_every_index(size_t width)
{
    static const uint32_t around[] = {'a', ' ', '~', 0x01, 0xFF, 0xFFFF, 0x1F600};
    static string text;

    text.width = width;
    for (size_t which = 0; which < COUNT(around); which++)
        for (text.count = 0; text.count <= 100; text.count++) {
            /* Most of what differs is found where nothing else is special. */
            size_t step = which ? 13 : 1;

            if (around[which] > highest[width])
                continue;
            text.shift = text.count % 5;
            for (size_t at = 0; at < text.count; at++)
                text.chars[at] = around[which];
            check_string(&text);
            for (size_t at = text.count % step; at < text.count; at += step) {
                for (size_t special = 0; special < COUNT(specials); special++) {
                    text.chars[at] = specials[special];
                    if (text.chars[at] <= highest[width] && !left_out())
                        check_string(&text);
                }
                text.chars[at] = around[which];
            }
        }
}

/* Alone; and among others, of those that are wide some. */
static void test_every_character(size_t width)
{
    static string text;

    text.width = width;
    for (size_t at = 0; at < 41; at++)
        text.chars[at] = 'a';
    for (uint32_t one = 0; one <= highest[width]; one++) {
        size_t at = one % 41;

        if (left_out())
            continue;
        text.count = 1;
        text.chars[0] = one;
        check_string(&text);
        text.chars[0] = 'a';
        if (one > 0xFFFF && one % 61)
            continue;
        text.count = 41;
        text.chars[at] = one;
        check_string(&text);
        text.chars[at] = 'a';
    }
}

static void test_cases(void)
{
    for (size_t width = 1; width <= 4; width *= 2) {
        test_every_special_at_every_index(width);
        test_every_character(width);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const size_t widths[] = {1, 2, 4, 4};
    static string text;
    input in = {bytes, size};
    unsigned options = take_byte(&in);

    text.width = widths[options % 4];
    text.shift = options / 4 % 8;
    for (text.count = 0; in.size > 0 && text.count < MOST_CHARACTERS; text.count++)
        text.chars[text.count] =
            (uint32_t)(take_number(&in, text.width == 4 ? 3 : text.width) % 0x110000);
    check_string(&text);
    return 0;
}

static size_t make_input(uint8_t *out, uint64_t *state)
{
    static const uint32_t limits[] = {0x80, 0x100, 0x800, 0x10000, 0x110000};
    size_t count = next_random(state) % (next_random(state) % 16 ? 100 : 1000);
    uint64_t rare = 1 + next_random(state) % 64;
    uint32_t limit = PICK(limits, next_random(state));
    /* Most strings should have none. */
    int surrogates = next_random(state) % 8 == 0;
    uint8_t *at = out;
    size_t width;

    *at++ = random_byte(state);
    width = *out % 4 < 2 ? *out % 4 + 1 : 3;
    while (count-- > 0) {
        uint64_t random = next_random(state);
        uint32_t one = (uint32_t)(' ' + random % 95);

        if ((random >> 8) % rare == 0)
            one = random >> 63 ? PICK(specials, random >> 16)
                               : (uint32_t)((random >> 16) % limit);
        if (is_surrogate(one) && !surrogates)
            one -= 0x800;
        at = put_number(at, one, width);
    }
    return (size_t)(at - out);
}

#endif
