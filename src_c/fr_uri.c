#include "fr_uri.h"

enum {
    FR_PATH = 1,
    FR_QUERY = 2,
    FR_FRAGMENT = 4,
};

/* unreserved, sub-delims, ":", "@" and "/", and "%", which is left as it is. */
#define P (FR_PATH | FR_QUERY | FR_FRAGMENT)
#define Q (FR_QUERY | FR_FRAGMENT)
#define F FR_FRAGMENT

/* Sixteen a line, from the space on. */
static const uint8_t fr_uri_classes[256] = {
    // clang-format off
    [' '] =
    0, P, 0, F, P, P, P, P, P, P, P, P, P, P, P, P,
    P, P, P, P, P, P, P, P, P, P, P, P, 0, P, 0, Q,
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
    P, P, P, P, P, P, P, P, P, P, P, 0, 0, 0, 0, P,
    0, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
    P, P, P, P, P, P, P, P, P, P, P, 0, 0, 0, P, 0,
    // clang-format on
};

/* The first index from `at` on whose byte is not of a class. */
static size_t fr_span(const uint8_t *bytes, size_t size, size_t at, int class)
{
    while (at < size && (fr_uri_classes[bytes[at]] & class))
        at++;
    return at;
}

int fr_uri_is_plain(const uint8_t *bytes, size_t size)
{
    size_t at, start;

    if (size == 0 || bytes[0] != '/' || (size > 1 && bytes[1] == '/'))
        return 0;
    at = fr_span(bytes, size, 1, FR_PATH);
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
