#include "fr_utf8.h"

size_t fr_utf8_decoded_size(const uint8_t *bytes, size_t size, uint32_t *highest)
{
    size_t count = 0;
    uint8_t top = 0;

    for (size_t at = 0; at < size; at++) {
        count += (bytes[at] & 0xC0) != 0x80;
        top = bytes[at] > top ? bytes[at] : top;
    }
    /* By the first byte of the longest sequence. */
    if (top < 0x80)
        *highest = 0x7F;
    else if (top < 0xC4)
        *highest = 0xFF;
    else if (top < 0xF0)
        *highest = 0xFFFF;
    else
        *highest = 0x10FFFF;
    return count;
}

/* The character at `*at`, which is moved past it. */
static uint32_t fr_next(const uint8_t *bytes, size_t *at)
{
    uint32_t first = bytes[(*at)++];
    uint32_t one;
    int more;

    if (first < 0x80)
        return first;
    more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    one = first & (0x3Fu >> more);
    while (more--)
        one = one << 6 | (bytes[(*at)++] & 0x3F);
    return one;
}

void fr_utf8_decode_1(const uint8_t *bytes, size_t size, uint8_t *out)
{
    for (size_t at = 0; at < size;)
        *out++ = (uint8_t)fr_next(bytes, &at);
}

void fr_utf8_decode_2(const uint8_t *bytes, size_t size, uint16_t *out)
{
    for (size_t at = 0; at < size;)
        *out++ = (uint16_t)fr_next(bytes, &at);
}

void fr_utf8_decode_4(const uint8_t *bytes, size_t size, uint32_t *out)
{
    for (size_t at = 0; at < size;)
        *out++ = fr_next(bytes, &at);
}
