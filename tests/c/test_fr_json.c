#include "check.h"
#include "fr_json.h"
#include "json_reference.h"
#include "utf8_reference.h"

#include <string.h>

/* Past five blocks, and every place in a block. */
#define SIZES 80
#define LONGEST 200

/* What is before the room for the output. */
static const uint8_t untouched[16] = "left as it was.";

/* Where strings are read from, and written to. */
struct rooms {
    struct guarded input;
    struct guarded output;
};

static const size_t most[] = {
    [1] = FR_JSON_MAX_1, [2] = FR_JSON_MAX_2, [4] = FR_JSON_MAX_4};
static const uint32_t highest[] = {[1] = 0xFF, [2] = 0xFFFF, [4] = 0x10FFFF};

/* What is treated in a way of its own, and its neighbours. */
static const uint32_t specials[] = {
    0x00,   0x01,    0x07,    0x08,    0x09,    0x0A,     0x0B,   0x0C,
    0x0D,   0x0E,    0x1F,    0x20,    0x21,    0x22,     0x23,   0x2F,
    0x5B,   0x5C,    0x5D,    0x7E,    0x7F,    0x80,     0x81,   0xA2,
    0xDC,   0xFF,    0x100,   0x122,   0x15C,   0x7FF,    0x800,  0x2028,
    0x2200, 0x5C00,  0xD7FF,  0xD800,  0xDBFF,  0xDC00,   0xDFFF, 0xE000,
    0xFFFF, 0x10000, 0x10022, 0x1F600, 0xFFFFF, 0x10FFFF,
};
#define SPECIALS (sizeof(specials) / sizeof(specials[0]))

/* The characters as a string of that width. */
static void store(const uint32_t *text, size_t size, int width, void *chars)
{
    for (size_t at = 0; at < size; at++)
        if (width == 1)
            ((uint8_t *)chars)[at] = (uint8_t)text[at];
        else if (width == 2)
            ((uint16_t *)chars)[at] = (uint16_t)text[at];
        else
            ((uint32_t *)chars)[at] = text[at];
}

/* The room for the output ends at a guard page, and so does the input, or else
 * it begins after one. */
static void check_form(
    struct rooms rooms, enum form form, int width, const uint32_t *text, size_t size)
{
    static char expected[LONGEST * FR_JSON_MAX_4 + 16];
    uint8_t *places[] = {rooms.input.end - size * (size_t)width, rooms.input.first};
    uint8_t *out = rooms.output.end - size * most[width];
    size_t wanted = 0;
    int surrogates = 0;

    if (left_out())
        return;
    for (size_t at = 0; at < size; at++) {
        wanted += (size_t)naive_one(text[at], form, expected + wanted, 16);
        surrogates |= form == UTF8 && is_surrogate(text[at]);
    }
    for (int place = 0; place < 2; place++) {
        int found = 0;
        size_t written;

        store(text, size, width, places[place]);
        memcpy(out - sizeof(untouched), untouched, sizeof(untouched));
        written = call(form, width, places[place], size, out, &found);
        CHECK(
            written == wanted && memcmp(out, expected, wanted) == 0,
            "form %d, width %d, size %zu: %.*s instead of %.*s", (int)form, width, size,
            (int)written, (const char *)out, (int)wanted, expected);
        CHECK(found == surrogates, "width %d, size %zu: %d", width, size, found);
        CHECK(
            memcmp(out - sizeof(untouched), untouched, sizeof(untouched)) == 0,
            "width %d, size %zu, before", width, size);
    }
}

static void check(struct rooms rooms, int width, const uint32_t *text, size_t size)
{
    check_form(rooms, ESCAPE, width, text, size);
    check_form(rooms, UTF8, width, text, size);
}

static void fill(uint32_t *text, uint32_t one)
{
    for (size_t at = 0; at < SIZES; at++)
        text[at] = one;
}

/* Among characters that carry or borrow differently in word arithmetic, and
 * among those that need all of the room. */
static void test_every_special_at_every_index(struct rooms rooms, int width)
{
    static const uint32_t around[] = {'a', ' ', '~', 0x01, 0xFF, 0xFFFF, 0x1F600};
    uint32_t text[SIZES];

    for (size_t which = 0; which < sizeof(around) / sizeof(around[0]); which++) {
        if (around[which] > highest[width])
            continue;
        fill(text, around[which]);
        for (size_t size = 0; size <= SIZES; size++) {
            /* Most of what differs is found where nothing else is special. */
            size_t step = which ? 13 : 1;

            check(rooms, width, text, size);
            for (size_t at = size % step; at < size; at += step) {
                for (size_t special = 0; special < SPECIALS; special++)
                    if (specials[special] <= highest[width]) {
                        text[at] = specials[special];
                        check(rooms, width, text, size);
                    }
                text[at] = around[which];
            }
        }
    }
}

static void test_every_character(struct rooms rooms, int width)
{
    uint32_t text[SIZES];

    fill(text, 'a');
    for (uint32_t one = 0; one <= highest[width]; one++) {
        /* All that are narrow, and samples of the others. */
        if (one > 0xFFFF)
            one += 0x3F;
        text[0] = text[9] = text[16] = one;
        check(rooms, width, text, one < 0x100 ? 17 : 1);
    }
}

static void test_random_characters(struct rooms rooms, int width)
{
    uint32_t text[LONGEST];
    uint64_t state = 1;

    for (int round = 0; round < 10000; round++) {
        size_t size = next_random(&state) % (LONGEST + 1);
        /* From nothing but plain ones to nothing but special ones. */
        uint64_t plain = next_random(&state) % 101;

        for (size_t at = 0; at < size; at++) {
            uint64_t random = next_random(&state);

            if (random % 100 < plain)
                text[at] = ' ' + (uint32_t)(random >> 32) % ('~' + 1 - ' ');
            else if (random >> 63)
                text[at] = (uint32_t)(random >> 32) % (highest[width] + 1);
            else
                do
                    text[at] = specials[next_random(&state) % SPECIALS];
                while (text[at] > highest[width]);
        }
        check(rooms, width, text, size);
    }
}

static void test_surrogates_of_an_earlier_string_stay_noted(struct rooms rooms)
{
    uint16_t narrow[] = {'a', 0xD7FF, 0xE000};
    uint32_t wide[] = {'a', 0xD7FF, 0xE000};
    int surrogates = 1;

    size_t written = fr_json_utf8_2(narrow, 3, rooms.output.first, &surrogates);

    CHECK(written == 7, "%zu", written);
    written = fr_json_utf8_4(wide, 3, rooms.output.first, &surrogates);
    CHECK(written == 7, "%zu", written);
    CHECK(surrogates == 1, "%d", surrogates);
}

static void check_prefix(const uint8_t *chars, size_t size)
{
    uint64_t expected = naive_prefix(chars, size);
    uint64_t found = fr_json_prefix(chars, size);

    CHECK(
        found == expected, "size %zu: %llx instead of %llx", size,
        (unsigned long long)found, (unsigned long long)expected);
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

/* The order of strings: by characters, a part of another one first. */
static void check_order(
    const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size)
{
    int order = sign(memcmp(one, other, one_size < other_size ? one_size : other_size));
    uint64_t one_prefix = fr_json_prefix(one, one_size);
    uint64_t other_prefix = fr_json_prefix(other, other_size);

    if (order == 0)
        order = (one_size > other_size) - (one_size < other_size);
    if (one_prefix != other_prefix)
        CHECK(
            order == (one_prefix < other_prefix ? -1 : 1), "sizes %zu and %zu",
            one_size, other_size);
}

static void test_prefix(struct rooms rooms)
{
    static const uint8_t bytes[] = {0x00, 0x01, 'a', 'b', 0x7F, 0x80, 0xFF};
    uint64_t state = 1;

    for (int round = 0; round < 200000; round++) {
        size_t size = next_random(&state) % 20;
        size_t other_size = next_random(&state) % 20;
        uint64_t kinds = 1 + next_random(&state) % sizeof(bytes);
        uint8_t *chars = rooms.input.end - size;
        uint8_t *other = rooms.output.end - other_size;

        for (size_t at = 0; at < size; at++)
            chars[at] = bytes[next_random(&state) % kinds];
        for (size_t at = 0; at < other_size; at++)
            other[at] = bytes[next_random(&state) % kinds];
        check_prefix(chars, size);
        check_order(chars, size, other, other_size);
        check_order(other, other_size, chars, size);

        memcpy(rooms.input.first, other, other_size);
        check_prefix(rooms.input.first, other_size);
    }
}

/* Strings of the narrowest width that they fit in, as CPython has them. */
static uint64_t wide_prefix(const uint32_t *text, size_t size, uint8_t *end)
{
    int width = 1;

    for (size_t at = 0; at < size; at++)
        if (text[at] > highest[width])
            width = text[at] > 0xFFFF ? 4 : 2;
    store(text, size, width, end - size * (size_t)width);
    return fr_json_wide_prefix(end - size * (size_t)width, (size_t)width, size);
}

static void test_wide_prefix(struct rooms rooms)
{
    static const uint32_t chars[] = {
        0x00, 0x01, 'a', 0x7F, 0xFF, 0x100, 0x4E2D, 0xFFFF, 0x10000, 0x10FFFF};
    uint64_t state = 1;

    for (int round = 0; round < 200000; round++) {
        uint32_t one[5], other[5];
        size_t sizes[] = {next_random(&state) % 6, next_random(&state) % 6};
        uint64_t kinds = 1 + next_random(&state) % (sizeof(chars) / sizeof(chars[0]));
        uint64_t prefixes[2];
        size_t at = 0;
        int order;

        for (size_t place = 0; place < 5; place++) {
            one[place] = chars[next_random(&state) % kinds];
            other[place] = chars[next_random(&state) % kinds];
        }
        while (at < sizes[0] && at < sizes[1] && one[at] == other[at])
            at++;
        if (at < sizes[0] && at < sizes[1])
            order = one[at] < other[at] ? -1 : 1;
        else
            order = (sizes[0] > sizes[1]) - (sizes[0] < sizes[1]);
        prefixes[0] = wide_prefix(one, sizes[0], rooms.input.end);
        prefixes[1] = wide_prefix(other, sizes[1], rooms.output.end);
        if (prefixes[0] != prefixes[1])
            CHECK(
                order == (prefixes[0] < prefixes[1] ? -1 : 1), "sizes %zu and %zu",
                sizes[0], sizes[1]);
        else
            CHECK(at >= 3 || at >= sizes[0] || at >= sizes[1], "equal after %zu", at);
    }
}

int main(void)
{
    struct rooms rooms = {guarded_new(), guarded_new()};

    for (int width = 1; width <= 4; width *= 2) {
        test_every_special_at_every_index(rooms, width);
        test_every_character(rooms, width);
        test_random_characters(rooms, width);
    }
    test_surrogates_of_an_earlier_string_stay_noted(rooms);
    test_prefix(rooms);
    test_wide_prefix(rooms);
    return report();
}
