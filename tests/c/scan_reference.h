/* Byte classes, one byte after the other: what fr_scan.c and fr_head.c have to agree
 * with. */
#ifndef SCAN_REFERENCE_H
#define SCAN_REFERENCE_H

#include "check.h"

#include <ctype.h>

static inline int reference_has_line_break(fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (memchr("\r\n", text.bytes[at], 3))
            return 1;
    return 0;
}

static inline int reference_is_token(fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (!isalnum(text.bytes[at]) && !memchr("!#$%&'*+-.^_`|~", text.bytes[at], 15))
            return 0;
    return text.size > 0;
}

static inline int reference_is_field_text(fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (!isprint(text.bytes[at]) && text.bytes[at] != '\t' && text.bytes[at] < 0x80)
            return 0;
    return 1;
}

#endif
