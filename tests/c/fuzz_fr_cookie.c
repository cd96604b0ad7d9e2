/* Cookies and domain names of any bytes, against the reference. */
#include "fuzz.h"
#include "cookie_reference.h"

/* Bits of the first two bytes: which attributes there are. */
enum {
    WITH_DOMAIN = 1 << 0,
    WITH_DATE = 1 << 1,
    WITH_EXPIRES = 1 << 2,
    WITH_MAX_AGE = 1 << 3,
    WITH_PATH = 1 << 4,
    WITH_SAMESITE = 1 << 5,
    SECURE = 1 << 6,
    HTTPONLY = 1 << 7,
    PARTITIONED = 1 << 8,
};

/* What each byte becomes: of 1 to 7 bytes; nothing is known of 64 of them if the seed
 * is odd. */
static void make_rules(unsigned seed, fr_cookie_rules *rules)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned mixed = (byte * 167 + seed) * 59;

        rules->path_members[byte] = (mixed >> 3) % 32 != 0;
        rules->value_members[byte] = (mixed >> 4) % 16 != 0;
        rules->value_escapes[byte].size = (uint8_t)(1 + (mixed >> 5) % 7);
        if (seed % 2 && byte % 64 == seed / 4)
            rules->value_escapes[byte].size = 0;
        for (unsigned at = 0; at < 7; at++)
            rules->value_escapes[byte].bytes[at] = (uint8_t)(mixed + at);
    }
}

/* A length, then as many bytes. */
static fr_text take_text(input *in)
{
    size_t size = take_byte(in);
    uint8_t *block = take_block(in, &size);
    fr_text text = {block, size};

    return text;
}

static void check_cookie(fr_cookie *cookie, const fr_cookie_rules *rules)
{
    static uint8_t expected[16 * 256];
    size_t size = reference_cookie(cookie, rules, expected);
    uint8_t *out;

    CHECK(fr_cookie_measure(cookie, rules) == (size > 0), "%zu bytes", size);
    if (size == 0)
        return;
    CHECK(cookie->size == size, "%zu instead of %zu", cookie->size, size);
    out = new_block(size);
    fr_cookie_fill(cookie, rules, out);
    CHECK(memcmp(out, expected, size) == 0, "%zu bytes", size);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static fr_cookie_rules rules;
    input in = {bytes, size};
    unsigned with = take_byte(&in) | take_byte(&in) << 8;
    fr_cookie cookie = {
        .has_date = (with & WITH_DATE) != 0,
        .has_max_age = (with & WITH_MAX_AGE) != 0,
        .secure = (with & SECURE) != 0,
        .httponly = (with & HTTPONLY) != 0,
        .partitioned = (with & PARTITIONED) != 0,
    };
    fr_text texts[6];
    uint64_t any;

    make_rules(take_byte(&in), &rules);
    any = take_number(&in, 8);
    cookie.max_age = (int64_t)any >> take_byte(&in) % 64;
    cookie.date =
        FR_DATE_MIN + (int64_t)(any % (uint64_t)(FR_DATE_MAX - FR_DATE_MIN + 1));
    for (size_t index = 0; index < 6; index++)
        texts[index] = take_text(&in);
    cookie.key = texts[0];
    cookie.value = texts[1];
    if (with & WITH_DOMAIN)
        cookie.domain = texts[2];
    if (with & WITH_EXPIRES)
        cookie.expires = texts[3];
    if (with & WITH_PATH)
        cookie.path = texts[4];
    if (with & WITH_SAMESITE)
        cookie.samesite = texts[5];
    check_cookie(&cookie, &rules);
    CHECK(
        !fr_is_domain(texts[2].bytes, texts[2].size) ==
            !reference_is_domain(texts[2].bytes, texts[2].size),
        "%zu bytes", texts[2].size);
    for (size_t index = 0; index < 6; index++)
        free((void *)(uintptr_t)texts[index].bytes);
    return 0;
}

#ifndef FR_LIBFUZZER

static const char *const words[] = {
    "",
    "a",
    "session",
    "0123456789abcdef",
    "a b",
    "a;b",
    "a\"b",
    "a\r\nb",
    "\xC3\xBC",
    "/",
    "/settings/of/a/long/path/that/is/copied",
    "Fri, 01 Jan 2100 00:00:00 GMT",
};
static const char *const labels[] = {
    "a",
    "example",
    "xn--bcher-kva",
    "1",
    "-",
    "",
    "_",
    "A.b",
    "\xC3\xBC",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};
static const char *const sites[] = {
    "Lax", "strict", "NONE", "laX", "Lux", "l\x01x", "Non", "", "Default", "@one",
};

static uint8_t *put_word(uint8_t *out, uint64_t *state)
{
    uint8_t *end = put_text(out + 1, PICK(words, next_random(state)), state);

    *out = (uint8_t)(end - out - 1);
    return end;
}

static uint8_t *put_domain(uint8_t *out, uint64_t *state)
{
    uint8_t *at = out + 1;

    for (uint64_t count = next_random(state) % 3; count > 0; count--) {
        at = put_text(at, PICK(labels, next_random(state)), state);
        if (count > 1)
            *at++ = '.';
    }
    *out = (uint8_t)(at - out - 1);
    return at;
}

static size_t make_input(uint8_t *out, uint64_t *state)
{
    uint8_t *at = out, *sized;

    for (int index = 0; index < 12; index++)
        *at++ = random_byte(state);
    at = put_word(at, state);
    at = put_word(at, state);
    at = put_domain(at, state);
    at = put_word(at, state);
    at = put_word(at, state);
    sized = at++;
    at = put_text(at, PICK(sites, next_random(state)), state);
    *sized = (uint8_t)(at - sized - 1);
    return (size_t)(at - out);
}

#endif
