/* Byte classes, escapes and domain names, against one byte after the other. */
#include "fuzz.h"
#include "fr_cookie.h"

static int naive_all_in(const uint8_t *bytes, size_t size, const uint8_t *members)
{
    for (size_t at = 0; at < size; at++)
        if (!members[bytes[at]])
            return 0;
    return 1;
}

static int naive_is_label(const uint8_t *bytes, size_t size)
{
    static const char letters[] =
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (size_t at = 0; at < size; at++)
        if (bytes[at] == 0 || strchr(letters, bytes[at]) == NULL)
            return 0;
    return size >= 1 && size <= 63;
}

static int naive_is_domain(const uint8_t *bytes, size_t size)
{
    size_t start = 0;

    for (size_t at = 0; at < size; at++)
        if (bytes[at] == '.') {
            if (!naive_is_label(bytes + start, at - start))
                return 0;
            start = at + 1;
        }
    return naive_is_label(bytes + start, size - start);
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
    fr_escape_fill(bytes, size, escapes, out);
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
    CHECK(
        !fr_is_domain(block, taken) == !naive_is_domain(block, taken), "size %zu",
        taken);
    free(block);
    return 0;
}

#ifndef FR_LIBFUZZER

static size_t make_input(uint8_t *out, uint64_t *state)
{
    static const char *const labels[] = {
        "a",
        "example",
        "xn--bcher-kva",
        "1",
        "-",
        "",
        "_",
        "A.b",
        "\xC3\xBC",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    uint8_t *at = out + 2;
    uint64_t count = next_random(state) % 4;

    out[0] = random_byte(state);
    for (uint64_t index = 0; index < count; index++) {
        if (index > 0)
            *at++ = '.';
        at = put_text(at, PICK(labels, next_random(state)), state);
    }
    if (next_random(state) % 4 == 0)
        for (count = next_random(state) % 60; count > 0; count--)
            *at++ = random_byte(state);
    out[1] = (uint8_t)(at - out - 2);
    return (size_t)(at - out);
}

#endif
