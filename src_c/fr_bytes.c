#include "fr_bytes.h"

int fr_all_in(const uint8_t *bytes, size_t size, const uint8_t *members)
{
    for (size_t at = 0; at < size; at++) {
        if (!members[bytes[at]])
            return 0;
    }
    return 1;
}

size_t fr_escape_measure(const uint8_t *bytes, size_t size, const fr_escape *escapes)
{
    size_t measured = 0;

    for (size_t at = 0; at < size; at++) {
        if (escapes[bytes[at]].size == 0)
            return SIZE_MAX;
        measured += escapes[bytes[at]].size;
    }
    return measured;
}

uint8_t *fr_escape_fill(
    const uint8_t *bytes, size_t size, const fr_escape *escapes, uint8_t *out)
{
    for (size_t at = 0; at < size; at++) {
        const fr_escape *escape = &escapes[bytes[at]];

        for (size_t index = 0; index < escape->size; index++)
            *out++ = escape->bytes[index];
    }
    return out;
}
