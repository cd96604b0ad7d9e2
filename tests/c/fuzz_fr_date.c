/* Dates there and back, against the C library's calendar. */
#include "fuzz.h"
#include "fr_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    };
    input in = {bytes, size};
    uint64_t any = take_number(&in, 8);
    int64_t seconds =
        FR_DATE_MIN + (int64_t)(any % (uint64_t)(FR_DATE_MAX - FR_DATE_MIN + 1));
    time_t moment = (time_t)seconds;
    char expected[64];
    struct tm parts;
    uint8_t *out = new_block(FR_DATE_SIZE);

    if (gmtime_r(&moment, &parts) == NULL)
        abort();
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
    free(out);
    return 0;
}

#ifndef FR_LIBFUZZER

static size_t make_input(uint8_t *out, uint64_t *state)
{
    for (size_t at = 0; at < 8; at++)
        out[at] = random_byte(state);
    return 8;
}

#endif
