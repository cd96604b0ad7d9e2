#include "check.h"
#include "fr_bytes.h"

#include <string.h>

#define SIZES 40

static uint8_t members[256];
static fr_escape escapes[256];

static void test_classes(struct guarded memory)
{
    memset(members, 1, sizeof(members));
    for (unsigned byte = 0; byte < 256; byte++) {
        members[byte] = 0;
        for (size_t size = 0; size <= SIZES; size++) {
            uint8_t *bytes = memory.end - size;

            memset(bytes, (int)(byte ^ 0x41), size);
            CHECK(fr_all_in(bytes, size, members), "byte %u, size %zu", byte, size);
            for (size_t at = 0; at < size; at++) {
                bytes[at] = (uint8_t)byte;
                CHECK(!fr_all_in(bytes, size, members), "byte %u at %zu", byte, at);
                bytes[at] = (uint8_t)(byte ^ 0x41);
            }
        }
        members[byte] = 1;
    }
}

/* A byte's escape is as long as its value modulo 8, which is unknown for 0. */
static void test_escapes(struct guarded in, struct guarded out)
{
    uint64_t state = 88172645463325252u;

    for (unsigned byte = 0; byte < 256; byte++) {
        escapes[byte].size = (uint8_t)(byte % 8);
        memset(escapes[byte].bytes, (int)byte, sizeof(escapes[byte].bytes));
    }
    for (size_t size = 0; size <= SIZES; size++)
        for (int round = 0; round < 200; round++) {
            uint8_t *bytes = in.end - size, *start, *end;
            size_t measured, expected = 0;

            for (size_t at = 0; at < size; at++) {
                bytes[at] = (uint8_t)next_random(&state);
                if (bytes[at] % 8 == 0)
                    bytes[at]++;
                expected += bytes[at] % 8;
            }
            measured = fr_escape_measure(bytes, size, escapes);
            CHECK(measured == expected, "%zu instead of %zu", measured, expected);
            start = end = out.end - measured;
            CHECK(
                fr_escape_fill(bytes, size, escapes, start) == out.end, "size %zu",
                size);
            for (size_t at = 0; at < size; at++)
                for (int count = bytes[at] % 8; count > 0; count--, end++)
                    CHECK(*end == bytes[at], "at %zu of %zu", at, size);
            CHECK(end == out.end, "size %zu", size);

            if (size) {
                bytes[next_random(&state) % size] &= 0xF8;
                measured = fr_escape_measure(bytes, size, escapes);
                CHECK(measured == SIZE_MAX, "%zu for an unknown byte", measured);
            }
        }
}

int main(void)
{
    struct guarded first = guarded_new();
    struct guarded second = guarded_new();

    test_classes(first);
    test_escapes(first, second);
    return report();
}
