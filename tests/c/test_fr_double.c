#include "check.h"
#include "double_reference.h"
#include "fr_double.h"

#define UNTOUCHED 0xA5

static double from_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void check_one(struct guarded memory, double value)
{
    char expected[FR_DOUBLE_ROOM];
    size_t wanted = naive_spelling(value, expected, sizeof(expected));
    /* A byte too many crashes at the end of the memory, and shows before it. */
    uint8_t *out = memory.end - FR_DOUBLE_ROOM;
    char spelling[FR_DOUBLE_MAX + 1];
    size_t size;

    memset(out - 16, UNTOUCHED, 16);
    memset(out, UNTOUCHED, FR_DOUBLE_ROOM);
    size = fr_double_fill(value, out);
    CHECK(size <= FR_DOUBLE_MAX, "%s: %zu bytes", expected, size);
    memcpy(spelling, out, size);
    spelling[size] = '\0';
    CHECK(
        size == wanted && memcmp(spelling, expected, size) == 0, "%s instead of %s",
        spelling, expected);
    CHECK(bits_of(strtod(spelling, NULL)) == bits_of(value), "%s", spelling);
    for (int before = 1; before <= 16; before++)
        CHECK(out[-before] == UNTOUCHED, "%s, before", expected);
}

static void check(struct guarded memory, double value)
{
    if (!isfinite(value) || left_out())
        return;
    check_one(memory, value);
    check_one(memory, -value);
}

static void check_around(struct guarded memory, double value)
{
    uint64_t bits = bits_of(value);

    check(memory, from_bits(bits - 1));
    check(memory, value);
    check(memory, from_bits(bits + 1));
}

static void test_powers(struct guarded memory)
{
    char power[16];

    check(memory, 0);
    for (int exponent = -1074; exponent <= 1023; exponent++)
        check_around(memory, ldexp(1, exponent));
    for (int exponent = -324; exponent <= 308; exponent++)
        for (int digit = 1; digit <= 9; digit++) {
            snprintf(power, sizeof(power), "%de%d", digit, exponent);
            check_around(memory, strtod(power, NULL));
        }
    check_around(memory, from_bits(UINT64_C(0x7FEFFFFFFFFFFFFF)));
}

static void test_integers(struct guarded memory)
{
    for (int value = 0; value < 10000; value++)
        check(memory, value);
    for (int bit = 50; bit < 64; bit++)
        for (int value = -20; value <= 20; value++)
            check(memory, ldexp(1, bit) + value);
}

/* Prices, coordinates, and the like, with the zeros before and behind. */
static void test_decimals(struct guarded memory)
{
    char decimal[32];
    uint64_t state = 1;

    for (int round = 0; round < 8000; round++) {
        uint64_t digits = next_random(&state) >> (4 + next_random(&state) % 60);
        int exponent = (int)(next_random(&state) % 50) - 30;

        snprintf(
            decimal, sizeof(decimal), "%llue%d", (unsigned long long)digits, exponent);
        check(memory, strtod(decimal, NULL));
    }
}

/* Decimals of few places, and their neighbours, which need all the digits. */
static void test_few_places(struct guarded memory)
{
    static const double scales[] = {10, 100, 1000, 10000};
    static const double starts[] = {0, 1e5, 1e14, 1e15, 0x1p53};

    for (size_t scale = 0; scale < sizeof(scales) / sizeof(scales[0]); scale++)
        for (size_t start = 0; start < sizeof(starts) / sizeof(starts[0]); start++)
            for (int count = start ? -1000 : 1; count < 1000; count += start ? 3 : 1)
                check_around(memory, (starts[start] + count) / scales[scale]);
}

/* Between two decimals of 17 digits, and other short fractions of two. */
static void test_halves(struct guarded memory)
{
    for (int shift = 30; shift < 70; shift++)
        for (int odd = 1; odd < 100; odd += 2) {
            check(memory, ldexp(odd, -shift));
            check(memory, ldexp(1, shift) + ldexp(odd, shift - 52));
        }
}

static void test_random_bits(struct guarded memory)
{
    uint64_t state = 1;

    for (int round = 0; round < 30000; round++) {
        uint64_t random = next_random(&state);
        uint64_t few = next_random(&state);

        check(memory, from_bits(random));
        /* Subnormals of every magnitude. */
        if (round % 10 == 0)
            check(memory, from_bits((random >> 12) >> few % 52));
        /* Few bits in the significand. */
        if (round % 10 == 1)
            check(memory, from_bits(random & ~(UINT64_MAX >> (12 + few % 20))));
    }
}

int main(void)
{
    struct guarded memory = guarded_new();

    test_powers(memory);
    test_integers(memory);
    test_decimals(memory);
    test_few_places(memory);
    test_halves(memory);
    test_random_bits(memory);
    return report();
}
