#include "fr_uri.h"

#include <string.h>

enum {
    FR_HOST = 1,
    FR_PATH = 2,
    FR_QUERY = 4,
    FR_FRAGMENT = 8,
};

/* unreserved, sub-delims, ":", "@" and "/", and "%", which is left as it is. In a host,
 * lower-case letters, digits and hyphens. */
#define P (FR_PATH | FR_QUERY | FR_FRAGMENT)
#define H (P | FR_HOST)
#define Q (FR_QUERY | FR_FRAGMENT)
#define F FR_FRAGMENT

/* Sixteen a line, from the space on. */
static const uint8_t fr_uri_classes[256] = {
    // clang-format off
    [' '] =
    0, P, 0, F, P, P, P, P, P, P, P, P, P, H, P, P,
    H, H, H, H, H, H, H, H, H, H, P, P, 0, P, 0, Q,
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
    P, P, P, P, P, P, P, P, P, P, P, 0, 0, 0, 0, P,
    0, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, 0, 0, 0, P, 0,
    // clang-format on
};

/* The first index from `at` on whose byte is not of a class. */
static size_t fr_span(const uint8_t *bytes, size_t size, size_t at, int class)
{
    while (at < size && (fr_uri_classes[bytes[at]] & class))
        at++;
    return at;
}

/* Where the authority at `at` ends, or 0 if it is not of the plain form. */
static size_t fr_authority_end(const uint8_t *bytes, size_t size, size_t at)
{
    size_t end, port = 0;

    for (;; at = end + 1) {
        end = fr_span(bytes, size, at, FR_HOST);
        /* The length of a DNS label, which IDNA insists on. */
        if (end == at || end - at > 63)
            return 0;
        if (end == size || bytes[end] != '.')
            break;
    }
    if (end == size || bytes[end] != ':')
        return end;
    for (at = ++end; end < size && bytes[end] >= '0' && bytes[end] <= '9'; end++) {
        port = port * 10 + (size_t)(bytes[end] - '0');
        if (port == 0 || port > 65535)
            return 0;
    }
    return end > at ? end : 0;
}

int fr_uri_is_plain(const uint8_t *bytes, size_t size)
{
    size_t at = 0, start;

    if (size > 7 && memcmp(bytes, "http://", 7) == 0)
        at = fr_authority_end(bytes, size, 7);
    else if (size > 8 && memcmp(bytes, "https://", 8) == 0)
        at = fr_authority_end(bytes, size, 8);
    else if (size > 1 && bytes[1] == '/')
        return 0;
    if (at == size)
        return size > 0;
    if (bytes[at] != '/')
        return 0;
    at = fr_span(bytes, size, at, FR_PATH);
    if (at < size && bytes[at] == '?') {
        start = at + 1;
        at = fr_span(bytes, size, start, FR_QUERY);
        if (at == start)
            return 0;
    }
    if (at < size && bytes[at] == '#') {
        start = at + 1;
        at = fr_span(bytes, size, start, FR_FRAGMENT);
        if (at == start)
            return 0;
    }
    return at == size;
}
