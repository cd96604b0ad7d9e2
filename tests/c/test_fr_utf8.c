#include "check.h"
#include "fr_utf8.h"

#include <string.h>

/* The obvious way, for one character. */
static size_t encode(uint32_t one, uint8_t *out)
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

#define LONGEST 40

static void check(struct guarded in, struct guarded out, const uint32_t *chars,
                  size_t count)
{
    uint8_t text[4 * LONGEST];
    uint32_t top = 0, highest, block;
    uint8_t *bytes;
    size_t size = 0;

    for (size_t at = 0; at < count; at++) {
        size += encode(chars[at], text + size);
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

int main(void)
{
    struct guarded in = guarded_new(), out = guarded_new();
    static const uint32_t limits[] = {0x80, 0x100, 0x800, 0x10000, 0x110000};
    uint32_t chars[LONGEST] = {0};
    uint64_t state = 1;

    check(in, out, chars, 0);
    /* Every character, surrogates too. */
    for (uint32_t one = 0; one < 0x110000; one++) {
        chars[0] = one;
        check(in, out, chars, 1);
    }
    for (int round = 0; round < 20000; round++) {
        uint32_t limit = limits[next_random(&state) % 5];
        size_t count = (size_t)(next_random(&state) % LONGEST);

        for (size_t at = 0; at < count; at++) {
            uint64_t random = next_random(&state);

            chars[at] = (uint32_t)(random % (random >> 60 ? limit : 0x80));
        }
        check(in, out, chars, count);
    }
    return report();
}
