/* Dates there and back, against the C library's calendar. */
#include "check.h"
#include "fr_date.h"

static void check_second(int64_t seconds)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    };
    time_t moment = (time_t)seconds;
    struct tm parts = *gmtime(&moment);
    uint8_t *out = new_room(FR_DATE_SIZE);
    char expected[64];

    snprintf(
        expected, sizeof(expected), "%s, %02d %s %04d %02d:%02d:%02d GMT",
        days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900,
        parts.tm_hour, parts.tm_min, parts.tm_sec);
    fr_date_fill(seconds, out);
    CHECK(memcmp(out, expected, FR_DATE_SIZE) == 0, "%s", expected);
    CHECK(
        fr_date_seconds(
            (unsigned)(parts.tm_year + 1900), (unsigned)parts.tm_mon + 1,
            (unsigned)parts.tm_mday, (unsigned)parts.tm_hour, (unsigned)parts.tm_min,
            (unsigned)parts.tm_sec) == seconds,
        "%s", expected);
    close_rooms();
}

/* Some second of every day there is, the first and the last ones of all, and every
 * second of a day. */
static void test_cases(void)
{
    check_second(FR_DATE_MIN);
    check_second(FR_DATE_MAX);
    for (int64_t day = FR_DATE_MIN; day < FR_DATE_MAX; day += 86400)
        if (!left_out())
            check_second(day + (day / 86400 & 0xFFFF) * 7919 % 86400);
    for (int64_t second = 0; second < 86400; second++)
        check_second(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};

    check_second(
        FR_DATE_MIN + (int64_t)(take_number(&in, 8) % (FR_DATE_MAX - FR_DATE_MIN + 1)));
    return 0;
}
