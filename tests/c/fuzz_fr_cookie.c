/* Domain names, against one label after the other. */
#include "fuzz.h"
#include "fr_cookie.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    size_t taken = take_byte(&in);
    uint8_t *block = take_block(&in, &taken);

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
    uint8_t *at = out + 1;
    uint64_t count = next_random(state) % 4;

    for (uint64_t index = 0; index < count; index++) {
        if (index > 0)
            *at++ = '.';
        at = put_text(at, PICK(labels, next_random(state)), state);
    }
    if (next_random(state) % 4 == 0)
        for (count = next_random(state) % 60; count > 0; count--)
            *at++ = random_byte(state);
    out[0] = (uint8_t)(at - out - 1);
    return (size_t)(at - out);
}

#endif
