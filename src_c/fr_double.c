/* Schubfach, by Raffaello Giulietti ("The Schubfach way to render doubles",
 * 2020): the decimal with the fewest digits inside the interval of reals that
 * round to the double is found among four candidates, with three
 * multiplications by a power of ten and no loops. */

#include "fr_double.h"

#include "fr_decimal.h"
#include "fr_powers.h"

#include <float.h>
#include <string.h>

struct fr_shortest {
    uint64_t digits;
    int exponent;
};

static uint64_t fr_multiply(uint64_t a, uint64_t b, uint64_t *high)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 fr_uint128;
    fr_uint128 product = (fr_uint128)a * b;

    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32;
    uint64_t b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0;
    uint64_t middle = a1 * b0 + (low >> 32);
    uint64_t other = a0 * b1 + (uint32_t)middle;

    *high = a1 * b1 + (middle >> 32) + (other >> 32);
    return (other << 32) | (uint32_t)low;
#endif
}

/* 10^exponent times the power of two that brings it to 2^127 or more and below 2^128,
 * rounded up. */
static struct fr_power fr_power_of_ten(int exponent)
{
    unsigned index = (unsigned)(exponent - FR_POWERS_TABLE_FIRST);
    unsigned bit = (unsigned)(exponent - FR_POWERS_FIRST);
    struct fr_power base = fr_powers[index / FR_POWERS_STEP];
    uint64_t five = fr_fives[index % FR_POWERS_STEP];
    uint64_t carried, lowest = fr_multiply(base.low, five, &carried);
    struct fr_power power;

    power.low = fr_multiply(base.high, five, &power.high) + carried;
    power.high += power.low < carried;
    if (!(power.high >> 63)) {
        power.high = power.high << 1 | power.low >> 63;
        power.low = power.low << 1 | lowest >> 63;
    }
    /* Nothing is carried: the tool that makes the tables has looked. */
    power.low += fr_lacking[bit / 64] >> bit % 64 & 1;
    return power;
}

/* The upper 64 bits of power * factor, with the lowest bit set when anything
 * was cut off: enough to compare with integers and their halves. */
static uint64_t fr_round_to_odd(struct fr_power power, uint64_t factor)
{
    uint64_t carried, high, low;

    (void)fr_multiply(power.low, factor, &carried);
    low = fr_multiply(power.high, factor, &high);
    low += carried;
    high += low < carried;
    return high | (low > 1);
}

/* Floor of value / 2^count, for negative values too. */
static int fr_floor_shift(int value, int count)
{
    return value >= 0 ? value >> count : -((-value + (1 << count) - 1) >> count);
}

/* For significand * 2^exponent, which is not zero.
 *
 * `lopsided`: the double is a power of two, so that its lower neighbour is
 * only half as far as the upper one. */
static struct fr_shortest fr_shorten(uint64_t significand, int exponent, int lopsided)
{
    struct fr_shortest found;
    /* floor(log10(2^exponent)), or of 3/4 of it. */
    int k = fr_floor_shift(exponent * 1262611 - (lopsided ? 524031 : 0), 22);
    /* floor(log2(10^-k)) */
    int scale = fr_floor_shift(-k * 1741647, 19);
    int shift = exponent + scale + 1;
    struct fr_power power = fr_power_of_ten(-k);
    /* In quarters of a unit of the last digit; the interval's ends count as
     * inside when the significand is even, because reading rounds to even. */
    uint64_t odd = significand & 1;
    uint64_t lower =
        fr_round_to_odd(power, (4 * significand - 2 + (lopsided ? 1 : 0)) << shift) +
        odd;
    uint64_t value = fr_round_to_odd(power, (4 * significand) << shift);
    uint64_t upper = fr_round_to_odd(power, (4 * significand + 2) << shift) - odd;
    uint64_t digits = value / 4;
    int below, above;

    /* One digit less, if just one of the two neighbours is inside. */
    if (digits >= 10) {
        uint64_t fewer = digits / 10;

        below = lower <= 40 * fewer;
        above = 40 * fewer + 40 <= upper;
        if (below != above) {
            found.digits = fewer + (uint64_t)above;
            found.exponent = k + 1;
            return found;
        }
    }
    below = lower <= 4 * digits;
    above = 4 * digits + 4 <= upper;
    if (below == above)
        /* Both inside or none: the closer one, or the even one. */
        above = value > 4 * digits + 2 || (value == 4 * digits + 2 && (digits & 1));
    found.digits = digits + (uint64_t)above;
    found.exponent = k;
    return found;
}

/* Writes the digits as repr() does: the exponent form below 1e-4 and from
 * 1e16 on, always with a point or an exponent. */
static size_t fr_spell(struct fr_shortest shortest, uint8_t *out)
{
    size_t size, whole;
    int point;

    while (shortest.digits % 10 == 0) {
        shortest.digits /= 10;
        shortest.exponent++;
    }
    size = fr_decimal_size(shortest.digits);
    /* Where the decimal point is, counted from the first digit. */
    point = (int)size + shortest.exponent;

    if (0 < point && point <= 16) {
        whole = (size_t)point;
        if (whole >= size) {
            memset(out, '0', 16);
            fr_decimal_fill_sized(shortest.digits, size, out);
            memcpy(out + whole, ".0", 2);
            return whole + 2;
        }
        fr_decimal_fill_sized(shortest.digits, size, out);
        /* The rest, and with it some of what lies behind. */
        memmove(out + whole + 1, out + whole, 16);
        out[whole] = '.';
        return size + 1;
    }
    if (-4 < point && point <= 0) {
        memcpy(out, "0.000", 5);
        whole = (size_t)(2 - point);
        fr_decimal_fill_sized(shortest.digits, size, out + whole);
        return whole + size;
    }

    fr_decimal_fill_sized(shortest.digits, size, out + 1);
    out[0] = out[1];
    out[1] = '.';
    if (size > 1)
        size++;
    out[size++] = 'e';
    out[size++] = point > 0 ? '+' : '-';
    /* At least two digits. */
    point = point > 0 ? point - 1 : 1 - point;
    if (point < 10)
        out[size++] = '0';
    return size + fr_decimal_fill((uint64_t)point, out + size);
}

/* A positive value that has at most three decimal places, as most that people
 * write down; 0 for others.
 *
 * When the integer n is below 10^15 and n / 1000, which division rounds
 * correctly, is the value, then so reads n with the point moved. No two
 * decimals of fifteen digits or less read as the same double, so there is no
 * shorter one. */
static size_t fr_spell_short(double value, uint8_t *out)
{
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
    double scaled = value * 1000, gap;
    int64_t thousandths;
    uint32_t places;
    size_t size;

    if (!(value < 1e11))
        return 0;
    thousandths = (int64_t)(scaled + 0.5);
    /* Two roundings make less than 2^-51 of it: most others end here. */
    gap = scaled - (double)thousandths;
    if ((gap < 0 ? -gap : gap) > scaled * 0x1p-51)
        return 0;
    if (thousandths == 0 || (double)thousandths / 1000 != value)
        return 0;
    size = fr_decimal_fill((uint64_t)(thousandths / 1000), out);
    places = (uint32_t)(thousandths % 1000);
    out[size++] = '.';
    do {
        out[size++] = (uint8_t)('0' + places / 100);
        places = places % 100 * 10;
    } while (places);
    return size;
#else
    (void)value;
    (void)out;
    return 0;
#endif
}

size_t fr_double_fill(double value, uint8_t *out)
{
    uint64_t bits, significand;
    uint8_t *start = out;
    size_t size;
    int exponent;

    memcpy(&bits, &value, sizeof(bits));
    if (bits >> 63)
        *out++ = '-';
    significand = bits & ((UINT64_C(1) << 52) - 1);
    exponent = (int)(bits >> 52 & 0x7FF);
    if (exponent == 0 && significand == 0) {
        memcpy(out, "0.0", 3);
        return (size_t)(out - start) + 3;
    }
    size = fr_spell_short(value < 0 ? -value : value, out);
    if (size == 0) {
        int lopsided = significand == 0 && exponent > 1;

        if (exponent == 0)
            exponent = 1;
        else
            significand |= UINT64_C(1) << 52;
        size = fr_spell(fr_shorten(significand, exponent - 1075, lopsided), out);
    }
    return (size_t)(out - start) + size;
}
