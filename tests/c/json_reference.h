/* Characters as JSON: what fr_json.c has to agree with. */
#ifndef JSON_REFERENCE_H
#define JSON_REFERENCE_H

#include "fr_json.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum form { ESCAPE, UTF8 };

static inline int naive_one(uint32_t one, enum form form, char *out, size_t room)
{
    switch (one) {
    case '"':
        return snprintf(out, room, "\\\"");
    case '\\':
        return snprintf(out, room, "\\\\");
    case '\b':
        return snprintf(out, room, "\\b");
    case '\f':
        return snprintf(out, room, "\\f");
    case '\n':
        return snprintf(out, room, "\\n");
    case '\r':
        return snprintf(out, room, "\\r");
    case '\t':
        return snprintf(out, room, "\\t");
    default:
        break;
    }
    if (one < ' ')
        return snprintf(out, room, "\\u%04x", one);
    if (one <= '~' || (one == 0x7F && form == UTF8)) {
        *out = (char)one;
        return 1;
    }
    if (form == UTF8) {
        unsigned last = 0x80 + one % 64;
        unsigned third = 0x80 + one / 64 % 64;
        unsigned second = 0x80 + one / 64 / 64 % 64;

        if (one < 0x800)
            return snprintf(out, room, "%c%c", 0xC0 + one / 64, last);
        if (one < 0x10000)
            return snprintf(out, room, "%c%c%c", 0xE0 + one / 64 / 64, third, last);
        return snprintf(
            out, room, "%c%c%c%c", 0xF0 + one / 64 / 64 / 64, second, third, last);
    }
    if (one < 0x10000)
        return snprintf(out, room, "\\u%04x", one);
    return snprintf(
        out, room, "\\u%04x\\u%04x", 0xD800 + (one - 0x10000) / 0x400,
        0xDC00 + (one - 0x10000) % 0x400);
}

static inline uint64_t naive_prefix(const uint8_t *chars, size_t size)
{
    uint64_t prefix = 0;

    for (size_t at = 0; at < 8; at++)
        prefix = prefix * 256 + (at < size ? chars[at] : 0);
    return prefix;
}

/* The function for a form and a width. */
static inline size_t call(
    enum form form, int width, const void *chars, size_t size, uint8_t *out,
    int *surrogates)
{
    if (form == ESCAPE) {
        if (width == 1)
            return fr_json_escape_1(chars, size, out);
        if (width == 2)
            return fr_json_escape_2(chars, size, out);
        return fr_json_escape_4(chars, size, out);
    }
    if (width == 1)
        return fr_json_utf8_1(chars, size, out);
    if (width == 2)
        return fr_json_utf8_2(chars, size, out, surrogates);
    return fr_json_utf8_4(chars, size, out, surrogates);
}

#endif
