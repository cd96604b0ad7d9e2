/* Decimal spelling of integers. */
#ifndef FR_DECIMAL_H
#define FR_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/* The longest spelling of a 64-bit integer, its sign included. */
#define FR_DECIMAL_MAX 20

/* Number of decimal digits of `value`; 1 for zero. */
size_t fr_decimal_size(uint64_t value);

/* Writes the digits of `value`, fr_decimal_size(value) bytes, without a NUL;
 * returns their number. */
size_t fr_decimal_fill(uint64_t value, uint8_t *out);

/* The same for a value whose number of digits is known. */
void fr_decimal_fill_sized(uint64_t value, size_t size, uint8_t *out);

/* fr_decimal_fill with a minus sign before a negative value. */
size_t fr_decimal_fill_signed(int64_t value, uint8_t *out);

#endif
