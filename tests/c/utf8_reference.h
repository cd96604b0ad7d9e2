/* Characters as UTF-8: what fr_utf8.c has to agree with. */
#ifndef UTF8_REFERENCE_H
#define UTF8_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/* The obvious way, for one character. */
static inline size_t put(uint32_t one, uint8_t *out)
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

static inline int is_surrogate(uint32_t one)
{
    return one >= 0xD800 && one < 0xE000;
}

#endif
