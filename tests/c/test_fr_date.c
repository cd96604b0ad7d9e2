#include "check.h"
#include "fr_date.h"

#include <string.h>

static const unsigned month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const months[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static int is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static void check_second(
    struct guarded memory, int64_t seconds, const char *day, unsigned in_day)
{
    uint8_t *out = memory.end - FR_DATE_SIZE;
    char expected[64];

    if (left_out())
        return;
    snprintf(
        expected, sizeof(expected), "%s %02u:%02u:%02u GMT", day, in_day / 3600,
        in_day / 60 % 60, in_day % 60);
    fr_date_fill(seconds, out);
    CHECK(strlen(expected) == FR_DATE_SIZE, "%s", expected);
    CHECK(
        memcmp(out, expected, FR_DATE_SIZE) == 0, "%.29s instead of %s",
        (const char *)out, expected);
}

/* Every day there is, counted one by one. */
static void test_days(struct guarded memory)
{
    int64_t seconds = FR_DATE_MIN;
    /* 1 January of the year 1 was a Monday. */
    unsigned weekday = 0;

    for (unsigned year = 1; year <= 9999; year++)
        for (unsigned month = 1; month <= 12; month++) {
            unsigned last = month_days[month - 1] + (month == 2 && is_leap(year));

            for (unsigned day = 1; day <= last; day++) {
                char text[32];
                unsigned in_day = (unsigned)((uint64_t)day * 7919 * year % 86400);

                snprintf(
                    text, sizeof(text), "%s, %02u %s %04u", weekdays[weekday], day,
                    months[month - 1], year);
                check_second(memory, seconds + in_day, text, in_day);
                if (day == 1 || day == last) {
                    check_second(memory, seconds, text, 0);
                    check_second(memory, seconds + 86399, text, 86399);
                }
                CHECK(
                    fr_date_seconds(
                        year, month, day, in_day / 3600, in_day / 60 % 60,
                        in_day % 60) == seconds + in_day,
                    "%s", text);
                seconds += 86400;
                weekday = (weekday + 1) % 7;
            }
        }
    CHECK(seconds == FR_DATE_MAX + 1, "%lld", (long long)seconds);
}

static void test_seconds(struct guarded memory)
{
    for (unsigned in_day = 0; in_day < 86400; in_day++)
        check_second(memory, in_day, "Thu, 01 Jan 1970", in_day);
}

int main(void)
{
    struct guarded memory = guarded_new();

    test_days(memory);
    test_seconds(memory);
    return report();
}
