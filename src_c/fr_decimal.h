/* Decimal spelling of integers.
 *
 * In a header, because digits are written one integer at a time: a call would
 * be a good part of the cost. */
#ifndef FR_DECIMAL_H
#define FR_DECIMAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The longest spelling of a 64-bit integer, its sign included. */
#define FR_DECIMAL_MAX 20

static const char fr_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

static const uint64_t fr_tens[] = {
    0,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    UINT64_C(10000000000000000000),
};

/* floor(log2(value)), 0 for zero. */
static inline unsigned fr_log2(uint64_t value)
{
#ifdef __GNUC__
    return 63 - (unsigned)__builtin_clzll(value | 1);
#else
    unsigned log = 0;

    for (unsigned step = 32; step; step /= 2) {
        if (value >> step) {
            value >>= step;
            log += step;
        }
    }
    return log;
#endif
}

/* Number of decimal digits of `value`; 1 for zero. */
static inline size_t fr_decimal_size(uint64_t value)
{
    /* 1233 / 4096 is just above log10(2). */
    size_t size = ((fr_log2(value) + 1) * 1233) >> 12;

    return size + (value >= fr_tens[size]);
}

static inline void fr_fill_4(uint32_t value, uint8_t *out)
{
    memcpy(out, fr_pairs + 2 * (value / 100), 2);
    memcpy(out + 2, fr_pairs + 2 * (value % 100), 2);
}

/* Writes the digits of a value that has `size` of them, without a NUL. */
static inline void fr_decimal_fill_sized(uint64_t value, size_t size, uint8_t *out)
{
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
}

/* Writes the digits of `value`, without a NUL; returns their number. */
static inline size_t fr_decimal_fill(uint64_t value, uint8_t *out)
{
    size_t size;

    /* Most numbers are small. */
    if (value < 10) {
        *out = (uint8_t)('0' + value);
        return 1;
    }
    if (value < 100) {
        memcpy(out, fr_pairs + 2 * value, 2);
        return 2;
    }
    size = fr_decimal_size(value);
    fr_decimal_fill_sized(value, size, out);
    return size;
}

/* The size of `value` with a minus sign, where it is negative. */
static inline size_t fr_decimal_size_signed(int64_t value)
{
    if (value >= 0)
        return fr_decimal_size((uint64_t)value);
    /* Negated without sign: the smallest value has no positive counterpart. */
    return 1 + fr_decimal_size(UINT64_C(0) - (uint64_t)value);
}

/* The same with a minus sign before a negative value. */
static inline size_t fr_decimal_fill_signed(int64_t value, uint8_t *out)
{
    if (value >= 0)
        return fr_decimal_fill((uint64_t)value, out);
    *out = '-';
    return 1 + fr_decimal_fill(UINT64_C(0) - (uint64_t)value, out + 1);
}

#endif
