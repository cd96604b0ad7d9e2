#include "fr_date.h"

#include <string.h>

#define FR_DAY 86400
/* Days in 400 years, after which the calendar repeats itself. */
#define FR_ERA 146097

/* Years are counted from March here, so that a leap day is a year's last: day
 * zero is 1 March of the year 0, a Wednesday, 719468 days before 1970. */
#define FR_EPOCH 719468
#define FR_EPOCH_WEEKDAY 2

static const char fr_weekdays[] = "MonTueWedThuFriSatSun";
static const char fr_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Days from 1 March to the first of the month, counted from March as 0: months
 * of 31, 30, 31, 30, 31 days, twice over. */
static unsigned fr_days_before_month(unsigned month)
{
    return (153 * month + 2) / 5;
}

int64_t fr_date_seconds(
    unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
    unsigned second)
{
    unsigned from_march = month > 2 ? month - 3 : month + 9;
    unsigned years = month > 2 ? year : year - 1;
    unsigned days = years * 365 + years / 4 - years / 100 + years / 400 +
                    fr_days_before_month(from_march) + day - 1;

    return ((int64_t)days - FR_EPOCH) * FR_DAY + hour * 3600 + minute * 60 + second;
}

static void fr_fill_2(unsigned value, uint8_t *out)
{
    out[0] = (uint8_t)('0' + value / 10);
    out[1] = (uint8_t)('0' + value % 10);
}

void fr_date_fill(int64_t seconds, uint8_t *out)
{
    uint64_t elapsed = (uint64_t)(seconds + (int64_t)FR_EPOCH * FR_DAY);
    unsigned days = (unsigned)(elapsed / FR_DAY);
    unsigned time = (unsigned)(elapsed % FR_DAY);
    unsigned day = days % FR_ERA;
    /* Without the leap days before it, the day's year is a plain quotient. */
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned from_march;

    day -= year * 365 + year / 4 - year / 100;
    from_march = (5 * day + 2) / 153;
    day -= fr_days_before_month(from_march);
    year += days / FR_ERA * 400 + (from_march > 9);

    memcpy(out, "Www, 00 Mmm 0000 00:00:00 GMT", FR_DATE_SIZE);
    memcpy(out, fr_weekdays + 3 * ((days + FR_EPOCH_WEEKDAY) % 7), 3);
    fr_fill_2(day + 1, out + 5);
    memcpy(out + 8, fr_months + 3 * ((from_march + 2) % 12), 3);
    fr_fill_2(year / 100, out + 12);
    fr_fill_2(year % 100, out + 14);
    fr_fill_2(time / 3600, out + 17);
    fr_fill_2(time / 60 % 60, out + 20);
    fr_fill_2(time % 60, out + 23);
}
