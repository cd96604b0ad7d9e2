/* A head written byte by byte, and the rules checked one after the other: what
 * fr_head.c has to agree with. */
#ifndef HEAD_REFERENCE_H
#define HEAD_REFERENCE_H

#include "fr_head.h"
#include "scan_reference.h"

#include <stdio.h>

static int reference_is(fr_text text, const char *lower)
{
    if (text.size != strlen(lower))
        return 0;
    for (size_t at = 0; at < text.size; at++) {
        uint8_t byte = text.bytes[at];

        if (byte >= 'A' && byte <= 'Z')
            byte = (uint8_t)(byte - 'A' + 'a');
        if (byte != (uint8_t)lower[at])
            return 0;
    }
    return 1;
}

static int reference_is_white(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static fr_text reference_strip(fr_text text)
{
    while (text.size > 0 && reference_is_white(*text.bytes)) {
        text.bytes++;
        text.size--;
    }
    while (text.size > 0 && reference_is_white(text.bytes[text.size - 1]))
        text.size--;
    return text;
}

static int reference_is_length(fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (text.bytes[at] < '0' || text.bytes[at] > '9')
            return 0;
    return text.size >= 1 && text.size <= FR_LENGTH_DIGITS;
}

static uint8_t *reference_put(uint8_t *out, fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        *out++ = text.bytes[at];
    return out;
}

/* The size of the head in `out`, or 0 when it breaks a rule. */
static size_t reference_head(
    unsigned minor, unsigned code, fr_text reason, const fr_field *fields, size_t count,
    uint8_t *out)
{
    const fr_text colon = {(const uint8_t *)": ", 2};
    const fr_text line_end = {(const uint8_t *)"\r\n", 2};
    uint8_t *at = out;
    fr_text length = {NULL, 0};
    size_t lengths = 0;
    size_t codings = 0;

    if (code < 100 || code > 599 || (minor == 0 && code / 100 == 1))
        return 0;
    if (!naive_is_field_text(reason.bytes, reason.size))
        return 0;
    at += sprintf((char *)at, "HTTP/1.%u %03u ", minor, code);
    at = reference_put(at, reference_strip(reason));
    at = reference_put(at, line_end);
    for (size_t index = 0; index < count; index++) {
        fr_text name = fields[index].name;
        fr_text value = fields[index].value;

        if (!naive_is_token(name.bytes, name.size) ||
            !naive_is_field_text(value.bytes, value.size))
            return 0;
        value = reference_strip(value);
        if (reference_is(name, "content-length")) {
            if (!reference_is_length(value))
                return 0;
            if (lengths++ > 0) {
                if (length.size != value.size ||
                    memcmp(length.bytes, value.bytes, value.size) != 0)
                    return 0;
                continue;
            }
            length = value;
        }
        if (reference_is(name, "transfer-encoding")) {
            codings++;
            if (minor == 0 || !reference_is(value, "chunked"))
                return 0;
        }
        at = reference_put(at, name);
        at = reference_put(at, colon);
        at = reference_put(at, value);
        at = reference_put(at, line_end);
    }
    if (codings > 1 || (codings > 0 && lengths > 0))
        return 0;
    if ((codings > 0 || lengths > 0) && (code / 100 == 1 || code == 204))
        return 0;
    at = reference_put(at, line_end);
    return (size_t)(at - out);
}

#endif
