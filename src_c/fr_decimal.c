#include "fr_decimal.h"

#include <string.h>

static const char fr_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

size_t fr_decimal_size(uint64_t value)
{
    size_t size = 1;

    if (value >= 10000000000000000) {
        value /= 10000000000000000;
        size += 16;
    }
    if (value >= 100000000) {
        value /= 100000000;
        size += 8;
    }
    if (value >= 10000) {
        value /= 10000;
        size += 4;
    }
    return size + (value >= 10) + (value >= 100) + (value >= 1000);
}

static void fr_fill_4(uint32_t value, uint8_t *out)
{
    memcpy(out, fr_pairs + 2 * (value / 100), 2);
    memcpy(out + 2, fr_pairs + 2 * (value % 100), 2);
}

size_t fr_decimal_fill(uint64_t value, uint8_t *out)
{
    size_t size = fr_decimal_size(value);
    uint8_t *at = out + size;
    uint32_t rest;

    /* Eight digits at a time, which do not wait for each other. */
    while (value >= 100000000) {
        rest = (uint32_t)(value % 100000000);
        value /= 100000000;
        at -= 8;
        fr_fill_4(rest / 10000, at);
        fr_fill_4(rest % 10000, at + 4);
    }
    rest = (uint32_t)value;
    if (rest >= 10000) {
        at -= 4;
        fr_fill_4(rest % 10000, at);
        rest /= 10000;
    }
    if (rest >= 100) {
        at -= 2;
        memcpy(at, fr_pairs + 2 * (rest % 100), 2);
        rest /= 100;
    }
    if (rest >= 10)
        memcpy(at - 2, fr_pairs + 2 * rest, 2);
    else
        *--at = (uint8_t)('0' + rest);
    return size;
}

size_t fr_decimal_fill_signed(int64_t value, uint8_t *out)
{
    if (value >= 0)
        return fr_decimal_fill((uint64_t)value, out);
    *out = '-';
    /* Negated without sign: the smallest value has no positive counterpart. */
    return 1 + fr_decimal_fill(UINT64_C(0) - (uint64_t)value, out + 1);
}
