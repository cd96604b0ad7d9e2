#include "fr_decimal.h"

size_t fr_decimal_size(uint64_t value)
{
    size_t size = 1;

    while (value >= 10) {
        value /= 10;
        size++;
    }
    return size;
}

void fr_decimal_fill(uint64_t value, uint8_t *out)
{
    uint8_t *at = out + fr_decimal_size(value);

    do {
        *--at = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value);
}
