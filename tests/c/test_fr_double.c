/* Doubles, against the shortest decimals that printf and strtod find. */
#define OWN_INPUT

#include "check.h"
#include "fr_double.h"

#include <math.h>

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* --- the reference ----------------------------------------------------------- */

/* The closest decimal of so many digits that reads back, if any does. */
static int reference_digits(double value, int count, char *out, size_t size)
{
    char *last;

    snprintf(out, size, "%.*e", count - 1, value);
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
static size_t reference_double(double value, char *out, size_t size)
{
    /* As many digits as every double has enough of. */
    char digits[17 + 8];
    const char *sign = signbit(value) ? "-" : "";
    int count = 1, exponent, zeros;

    while (!reference_digits(fabs(value), count, digits, sizeof(digits)))
        count++;
    exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 16)
        /* %e writes the exponent with its sign and two digits, too. */
        return (size_t)snprintf(out, size, "%s%s", sign, digits);
    /* Without the point. */
    if (count > 1)
        memmove(digits + 1, digits + 2, (size_t)count - 1);
    if (exponent < 0)
        return (size_t)snprintf(
            out, size, "%s0.%.*s%.*s", sign, -exponent - 1, "000", count, digits);
    if (count > exponent + 1)
        return (size_t)snprintf(
            out, size, "%s%.*s.%.*s", sign, exponent + 1, digits, count - exponent - 1,
            digits + exponent + 1);
    zeros = exponent + 1 - count;
    return (size_t)snprintf(
        out, size, "%s%.*s%.*s.0", sign, count, digits, zeros, "000000000000000");
}

/* --- checks ------------------------------------------------------------------ */

static void check_bits(uint64_t bits)
{
    char expected[FR_DOUBLE_ROOM], spelling[FR_DOUBLE_MAX + 1];
    uint8_t *out = new_room(FR_DOUBLE_ROOM);
    size_t size, wanted;
    double value;

    memcpy(&value, &bits, sizeof(value));
    if (isfinite(value)) {
        wanted = reference_double(value, expected, sizeof(expected));
        size = fr_double_fill(value, out);
        CHECK(size <= FR_DOUBLE_MAX, "%zu bytes for %s", size, expected);
        memcpy(spelling, out, size);
        spelling[size] = '\0';
        CHECK(
            size == wanted && strcmp(spelling, expected) == 0, "%s instead of %s",
            spelling, expected);
        CHECK(bits_of(strtod(spelling, NULL)) == bits, "%s", spelling);
    }
    close_rooms();
}

static void check(double value)
{
    if (left_out())
        return;
    check_bits(bits_of(value));
    check_bits(bits_of(-value));
}

static void check_around(double value)
{
    uint64_t bits = bits_of(value);

    check(value);
    if (left_out())
        return;
    check_bits(bits - 1);
    check_bits(bits + 1);
}

static void test_powers(void)
{
    char power[16];

    for (int exponent = -1074; exponent <= 1023; exponent++)
        check_around(ldexp(1, exponent));
    for (int exponent = -324; exponent <= 308; exponent++)
        for (int digit = 1; digit <= 9; digit++) {
            snprintf(power, sizeof(power), "%de%d", digit, exponent);
            check_around(strtod(power, NULL));
        }
    check_bits(UINT64_C(0x7FEFFFFFFFFFFFFF));
}

static void test_integers(void)
{
    for (int value = 0; value < 10000; value++)
        check(value);
    for (int bit = 50; bit < 64; bit++)
        for (int value = -20; value <= 20; value++)
            check(ldexp(1, bit) + value);
}

/* Decimals of few places, and their neighbours, which need all the digits. */
static void test_few_places(void)
{
    static const double starts[] = {0, 1e5, 1e14, 1e15, 0x1p53};

    for (int scale = 10; scale <= 10000; scale *= 10)
        for (size_t start = 0; start < COUNT(starts); start++)
            for (int count = start ? -1000 : 1; count < 1000; count += start ? 3 : 1)
                check_around((starts[start] + count) / scale);
}

/* Between two decimals of 17 digits, and other short fractions of two. */
static void test_halves(void)
{
    for (int shift = 30; shift < 70; shift++)
        for (int odd = 1; odd < 100; odd += 2) {
            check(ldexp(odd, -shift));
            check(ldexp(1, shift) + ldexp(odd, shift - 52));
        }
}

static void test_cases(void)
{
    test_powers();
    test_integers();
    test_few_places();
    test_halves();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};

    check_bits(take_number(&in, 8));
    return 0;
}

/* Any bits, decimals, subnormals of every magnitude, and few bits in the significand. */
static size_t make_input(uint8_t *out, uint64_t *state)
{
    uint64_t bits = next_random(state), digits = next_random(state), few;
    char decimal[32];

    few = next_random(state);
    digits >>= 4 + few % 60;
    if (few >> 61 < 3) {
        snprintf(
            decimal, sizeof(decimal), "%llue%d", (unsigned long long)digits,
            (int)(few >> 8) % 50 - 30);
        bits = bits_of(strtod(decimal, NULL));
    } else if (few >> 61 == 3) {
        bits = bits >> 12 >> few % 52;
    } else if (few >> 61 == 4) {
        bits &= ~(UINT64_MAX >> (12 + few % 20));
    }
    put_number(out, bits, 8);
    return 8;
}
