/* Strings as JSON, against the same for one character. */
#include "characters.h"
#include "fr_json.h"
#include "json_reference.h"
#include "utf8_reference.h"

static void check_form(const string *text, enum form form)
{
    static const size_t most[] = {
        [1] = FR_JSON_MAX_1, [2] = FR_JSON_MAX_2, [4] = FR_JSON_MAX_4};
    static char expected[MOST_CHARACTERS * FR_JSON_MAX_4 + 16];
    uint8_t *out = new_block(text->count * most[text->width]);
    size_t wanted = 0;
    size_t written;
    int surrogates = 0;
    int found = 0;

    for (size_t at = 0; at < text->count; at++) {
        wanted += (size_t)naive_one(text->chars[at], form, expected + wanted, 16);
        surrogates |= form == UTF8 && is_surrogate(text->chars[at]);
    }
    written = call(form, (int)text->width, text->stored, text->count, out, &found);
    CHECK(written == wanted, "%zu instead of %zu", written, wanted);
    CHECK(memcmp(out, expected, wanted) == 0, "%.*s", (int)wanted, expected);
    CHECK(found == surrogates, "%d", found);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static string text;
    input in = {bytes, size};

    take_string(&in, &text);
    check_form(&text, ESCAPE);
    check_form(&text, UTF8);
    if (text.width == 1)
        CHECK(
            fr_json_prefix(text.stored, text.count) ==
                naive_prefix(text.stored, text.count),
            "%zu characters", text.count);
    free(text.block);
    return 0;
}
