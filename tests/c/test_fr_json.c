/* Strings as JSON, against the same for one character. */
#include "characters.h"
#include "fr_json.h"

enum form { ESCAPE, UTF8 };

static size_t reference_one(uint32_t one, enum form form, char *out, size_t size)
{
    static const char named[] = "\"\\\b\f\n\r\t";
    const char *found = one ? memchr(named, (int)one, one < 0x80 ? 7 : 0) : NULL;

    if (found)
        return (size_t)snprintf(out, size, "\\%c", "\"\\bfnrt"[found - named]);
    if (one >= ' ' && (one <= '~' || form == UTF8))
        return put_utf8(one, (uint8_t *)out);
    if (one < 0x10000)
        return (size_t)snprintf(out, size, "\\u%04x", one);
    return (size_t)snprintf(
        out, size, "\\u%04x\\u%04x", 0xD800 + (one - 0x10000) / 0x400,
        0xDC00 + (one - 0x10000) % 0x400);
}

/* The first characters as a number. */
static uint64_t reference_prefix(const string *text)
{
    uint64_t prefix = 0;

    for (size_t at = 0; at < 3; at++)
        prefix = prefix * 0x200000 + (at < text->count ? text->chars[at] : 0);
    return prefix;
}

static void check_form(const string *text, const void *chars, enum form form)
{
    static const size_t most[] = {
        [1] = FR_JSON_MAX_1, [2] = FR_JSON_MAX_2, [4] = FR_JSON_MAX_4};
    static char expected[MOST_CHARACTERS * FR_JSON_MAX_4 + 16];
    uint8_t *out = new_room(text->count * most[text->width]);
    size_t wanted = 0, written;
    /* Those of an earlier string stay noted. */
    int surrogates = text->count % 2, found = surrogates;

    for (size_t at = 0; at < text->count; at++) {
        wanted += reference_one(text->chars[at], form, expected + wanted, 16);
        surrogates |= form == UTF8 && is_surrogate(text->chars[at]);
    }
    if (text->width == 1) {
        written = fr_json_fill(chars, text->count, form == ESCAPE, out);
    } else {
        written = fr_json_fill_wide(
            chars, text->width, text->count, form == ESCAPE, out, &found);
    }
    CHECK(written == wanted, "%zu instead of %zu", written, wanted);
    CHECK(memcmp(out, expected, wanted) == 0, "%.*s", (int)wanted, expected);
    CHECK(found == surrogates, "%d", found);
}

static void check_string(const string *text)
{
    const void *chars = stored(text);

    check_form(text, chars, ESCAPE);
    check_form(text, chars, UTF8);
    CHECK(
        fr_json_prefix(chars, text->width, text->count) == reference_prefix(text),
        "%zu characters", text->count);
    close_rooms();
}
