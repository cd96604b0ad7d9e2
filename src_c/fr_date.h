/* Dates as HTTP writes them (RFC 9110 section 5.6.7):
 *
 *     IMF-fixdate  = day-name "," SP date1 SP time-of-day SP GMT
 *     date1        = day SP month SP year
 *
 * Seconds count from the start of 1970, in the Gregorian calendar extended to
 * all years.
 */
#ifndef FR_DATE_H
#define FR_DATE_H

#include "fr_attributes.h"

#include <stdint.h>

#define FR_DATE_SIZE 29

/* The first second of the year 1 and the last one of the year 9999. */
#define FR_DATE_MIN (-INT64_C(62135596800))
#define FR_DATE_MAX INT64_C(253402300799)

/* Seconds from 1970 to a date from the year 1 to the year 9999. */
FR_MUST_USE int64_t fr_date_seconds(
    unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
    unsigned second);

/* Writes FR_DATE_SIZE bytes, without a NUL, for FR_DATE_MIN to FR_DATE_MAX. */
void fr_date_fill(int64_t seconds, uint8_t *out);

#endif
