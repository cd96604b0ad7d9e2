/* The shortest decimal spelling of a double that reads back as the same
 * double, in the form that Python's repr() gives it. */
#ifndef FR_DOUBLE_H
#define FR_DOUBLE_H

#include "fr_attributes.h"

#include <stddef.h>
#include <stdint.h>

/* The longest spelling: -1.2345678901234567e-300. */
#define FR_DOUBLE_MAX 24

/* The size of the room fr_double_fill needs. */
#define FR_DOUBLE_ROOM 40

/* Writes a finite double; returns the number of bytes, at most FR_DOUBLE_MAX.
 * `out` has room for FR_DOUBLE_ROOM bytes; what lies after the spelling is
 * left undefined. */
FR_MUST_USE size_t fr_double_fill(double value, uint8_t *out);

#endif
