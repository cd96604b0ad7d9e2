/* Byte classes, one byte after the other: what fr_scan.c has to agree with. */
#ifndef SCAN_REFERENCE_H
#define SCAN_REFERENCE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t naive_line_break(const uint8_t *bytes, size_t size)
{
    size_t at;

    for (at = 0; at < size; at++) {
        if (bytes[at] == 0x0D || bytes[at] == 0x0A || bytes[at] == 0x00)
            break;
    }
    return at;
}

static inline uint8_t naive_lower(uint8_t byte)
{
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char small[] = "abcdefghijklmnopqrstuvwxyz";
    const char *letter = byte ? strchr(upper, byte) : NULL;

    return letter ? (uint8_t)small[letter - upper] : byte;
}

static inline int naive_equal_fold(
    const uint8_t *bytes, const uint8_t *others, size_t size)
{
    for (size_t at = 0; at < size; at++)
        if (naive_lower(bytes[at]) != naive_lower(others[at]))
            return 0;
    return 1;
}

static inline int naive_is_token(const uint8_t *bytes, size_t size)
{
    static const char tchars[] = "!#$%&'*+-.^_`|~0123456789"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (size_t at = 0; at < size; at++)
        if (bytes[at] == 0 || strchr(tchars, bytes[at]) == NULL)
            return 0;
    return size > 0;
}

static inline int naive_is_field_text(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        int visible = bytes[at] >= 0x21 && bytes[at] <= 0x7E;

        if (!visible && bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] < 0x80)
            return 0;
    }
    return 1;
}

#endif
