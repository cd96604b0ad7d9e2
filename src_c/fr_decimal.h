/* Decimal spelling of integers, as Content-Length and friends need it. */
#ifndef FR_DECIMAL_H
#define FR_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/* Number of decimal digits of `value`; 1 for zero. */
size_t fr_decimal_size(uint64_t value);

/* Writes the digits of `value`, fr_decimal_size(value) bytes, without a NUL. */
void fr_decimal_fill(uint64_t value, uint8_t *out);

#endif
