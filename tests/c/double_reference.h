/* Doubles as repr() spells them: what fr_double.c has to agree with. */
#ifndef DOUBLE_REFERENCE_H
#define DOUBLE_REFERENCE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many digits as every double has enough of. */
#define DIGITS 17

static inline uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* The closest decimal of so many digits that reads back, if any does. */
static inline int naive_digits(double value, int count, char *out, size_t room)
{
    char *last;

    snprintf(out, room, "%.*e", count - 1, value);
    if (strtod(out, NULL) == value)
        return 1;
    /* Above a power of two there is more room than below, so that it may be the
     * next one up. After a 9, that one has fewer digits. */
    last = strchr(out, 'e') - 1;
    if (bits_of(value) << 12 || *last == '9')
        return 0;
    ++*last;
    return strtod(out, NULL) == value;
}

/* What repr() says. */
static inline size_t naive_spelling(double value, char *out, size_t room)
{
    char digits[DIGITS + 8];
    const char *sign = signbit(value) ? "-" : "";
    int count = 1, exponent, zeros;

    while (!naive_digits(fabs(value), count, digits, sizeof(digits)))
        count++;
    exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 16)
        /* %e writes the exponent with its sign and two digits, too. */
        return (size_t)snprintf(out, room, "%s%s", sign, digits);
    /* Without the point. */
    if (count > 1)
        memmove(digits + 1, digits + 2, (size_t)count - 1);
    if (exponent < 0)
        return (size_t)snprintf(
            out, room, "%s0.%.*s%.*s", sign, -exponent - 1, "000", count, digits);
    if (count > exponent + 1)
        return (size_t)snprintf(
            out, room, "%s%.*s.%.*s", sign, exponent + 1, digits, count - exponent - 1,
            digits + exponent + 1);
    zeros = exponent + 1 - count;
    return (size_t)snprintf(
        out, room, "%s%.*s%.*s.0", sign, count, digits, zeros, "000000000000000");
}

#endif
