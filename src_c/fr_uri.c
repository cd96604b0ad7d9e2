#include "fr_uri.h"

#include <string.h>

enum {
    FR_HOST = 1,
    FR_PATH = 2,
    FR_QUERY = 4,
    FR_FRAGMENT = 8,
};

/* unreserved, sub-delims, ":", "@" and "/", and "%", which is left as it is */
#define FR_P (FR_PATH | FR_QUERY | FR_FRAGMENT)
#define FR_H (FR_P | FR_HOST)

static const uint8_t fr_uri_classes[256] = {
    ['!'] = FR_P, ['#'] = FR_FRAGMENT, ['$'] = FR_P,
    ['%'] = FR_P, ['&'] = FR_P,        ['\''] = FR_P,
    ['('] = FR_P, [')'] = FR_P,        ['*'] = FR_P,
    ['+'] = FR_P, [','] = FR_P,        ['-'] = FR_H,
    ['.'] = FR_P, ['/'] = FR_P,        [':'] = FR_P,
    [';'] = FR_P, ['='] = FR_P,        ['?'] = FR_QUERY | FR_FRAGMENT,
    ['@'] = FR_P, ['_'] = FR_P,        ['~'] = FR_P,
    ['0'] = FR_H, ['1'] = FR_H,        ['2'] = FR_H,
    ['3'] = FR_H, ['4'] = FR_H,        ['5'] = FR_H,
    ['6'] = FR_H, ['7'] = FR_H,        ['8'] = FR_H,
    ['9'] = FR_H, ['A'] = FR_P,        ['B'] = FR_P,
    ['C'] = FR_P, ['D'] = FR_P,        ['E'] = FR_P,
    ['F'] = FR_P, ['G'] = FR_P,        ['H'] = FR_P,
    ['I'] = FR_P, ['J'] = FR_P,        ['K'] = FR_P,
    ['L'] = FR_P, ['M'] = FR_P,        ['N'] = FR_P,
    ['O'] = FR_P, ['P'] = FR_P,        ['Q'] = FR_P,
    ['R'] = FR_P, ['S'] = FR_P,        ['T'] = FR_P,
    ['U'] = FR_P, ['V'] = FR_P,        ['W'] = FR_P,
    ['X'] = FR_P, ['Y'] = FR_P,        ['Z'] = FR_P,
    ['a'] = FR_H, ['b'] = FR_H,        ['c'] = FR_H,
    ['d'] = FR_H, ['e'] = FR_H,        ['f'] = FR_H,
    ['g'] = FR_H, ['h'] = FR_H,        ['i'] = FR_H,
    ['j'] = FR_H, ['k'] = FR_H,        ['l'] = FR_H,
    ['m'] = FR_H, ['n'] = FR_H,        ['o'] = FR_H,
    ['p'] = FR_H, ['q'] = FR_H,        ['r'] = FR_H,
    ['s'] = FR_H, ['t'] = FR_H,        ['u'] = FR_H,
    ['v'] = FR_H, ['w'] = FR_H,        ['x'] = FR_H,
    ['y'] = FR_H, ['z'] = FR_H,
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
