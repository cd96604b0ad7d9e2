/* Powers of ten in 128 bits. */
#ifndef FR_POWERS_H
#define FR_POWERS_H

#include <stdint.h>

#define FR_POWERS_FIRST (-292)
#define FR_POWERS_LAST 324

struct fr_power {
    uint64_t high, low;
};

/* At index k - FR_POWERS_FIRST: 10^k times the power of two that brings it to
 * 2^127 or more and below 2^128, rounded up. */
extern const struct fr_power fr_powers[FR_POWERS_LAST - FR_POWERS_FIRST + 1];

#endif
