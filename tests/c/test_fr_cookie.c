/* Cookies and domain names, against a cookie written part by part, with the rules
 * checked one byte after the other. */
#define OWN_INPUT

#include "bytes_reference.h"
#include "fr_cookie.h"
#include "fr_date.h"

#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

static fr_cookie_rules rules;

static void make_rules(unsigned seed)
{
    make_tables(seed, rules.value_members, rules.value_escapes);
    for (unsigned byte = 0; byte < 256; byte++)
        rules.path_members[byte] = rules.value_members[(byte + seed) % 256];
}

/* --- the reference ----------------------------------------------------------- */

static int reference_is_domain(fr_text domain)
{
    size_t letters = 0;

    for (size_t at = 0; at <= domain.size; at++) {
        if (at < domain.size && domain.bytes[at] != '.') {
            if (!isalnum(domain.bytes[at]) && domain.bytes[at] != '-')
                return 0;
            letters++;
        } else if (letters < 1 || letters > 63) {
            return 0;
        } else {
            letters = 0;
        }
    }
    return 1;
}

/* Each returns the end of what is written: NULL if it is not written as it is, or what
 * is before it is not. */
static uint8_t *add_text(uint8_t *out, fr_text text)
{
    if (out == NULL)
        return NULL;
    memcpy(out, text.bytes, text.size);
    return out + text.size;
}

static uint8_t *add(uint8_t *out, const char *text)
{
    return add_text(out, text_of(text));
}

static uint8_t *add_line(uint8_t *out, fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (memchr("\r\n", text.bytes[at], 3))
            return NULL;
    return add_text(out, text);
}

static uint8_t *add_value(uint8_t *out, fr_text value)
{
    if (out == NULL || reference_all_in(value, rules.value_members))
        return add_text(out, value);
    return add(reference_escape(add(out, "\""), value, rules.value_escapes), "\"");
}

static uint8_t *add_samesite(uint8_t *out, fr_text samesite)
{
    static const char *const names[] = {"Lax", "None", "Strict"};

    for (size_t index = 0; index < COUNT(names); index++)
        if (samesite.size == strlen(names[index]) &&
            !strncasecmp((const char *)samesite.bytes, names[index], samesite.size))
            return add(add(out, "; SameSite="), names[index]);
    return NULL;
}

static uint8_t *reference_cookie(const fr_cookie *cookie, uint8_t *out)
{
    char max_age[40];

    out = add_value(add(add_line(out, cookie->key), "="), cookie->value);
    if (cookie->domain.size > 0 && !reference_is_domain(cookie->domain))
        return NULL;
    if (cookie->domain.bytes != NULL)
        out = add_text(add(out, "; Domain="), cookie->domain);
    if (cookie->has_date || cookie->expires.bytes != NULL)
        out = add(out, "; Expires=");
    if (out != NULL && cookie->has_date) {
        fr_date_fill(cookie->date, out);
        out += FR_DATE_SIZE;
    } else if (cookie->expires.bytes != NULL) {
        out = add_line(out, cookie->expires);
    }
    snprintf(max_age, sizeof(max_age), "; Max-Age=%" PRId64, cookie->max_age);
    out = add(out, cookie->has_max_age ? max_age : "");
    out = add(out, cookie->secure || cookie->partitioned ? "; Secure" : "");
    out = add(out, cookie->httponly ? "; HttpOnly" : "");
    if (!reference_all_in(cookie->path, rules.path_members))
        return NULL;
    if (cookie->path.bytes != NULL)
        out = add_text(add(out, "; Path="), cookie->path);
    if (cookie->samesite.bytes != NULL)
        out = add_samesite(out, cookie->samesite);
    return add(out, cookie->partitioned ? "; Partitioned" : "");
}

/* --- checks ------------------------------------------------------------------ */

/* Returns what is written, until the next check. */
static const uint8_t *check_cookie(fr_cookie cookie)
{
    static uint8_t expected[16 * 256];
    fr_text *const texts[] = {&cookie.key,     &cookie.value, &cookie.domain,
                              &cookie.expires, &cookie.path,  &cookie.samesite};
    const uint8_t *end = reference_cookie(&cookie, expected);
    uint8_t *out;

    for (size_t index = 0; index < COUNT(texts); index++)
        if (texts[index]->bytes != NULL)
            texts[index]->bytes = room_with(texts[index]->bytes, texts[index]->size);
    CHECK(fr_cookie_measure(&cookie, &rules) == (end != NULL), "%s", expected);
    if (end != NULL) {
        size_t size = (size_t)(end - expected);

        CHECK(cookie.size == size, "%zu instead of %zu", cookie.size, size);
        out = new_room(size);
        fr_cookie_fill(&cookie, &rules, out);
        CHECK(memcmp(out, expected, size) == 0, "%zu bytes", size);
    }
    close_rooms();
    return expected;
}

static void check_domain(fr_text domain)
{
    const uint8_t *bytes = room_with(domain.bytes, domain.size);

    CHECK(
        !fr_is_domain(bytes, domain.size) == !reference_is_domain(domain), "%.*s",
        (int)domain.size, (const char *)bytes);
    close_rooms();
}

static void test_order(void)
{
    static const char expected[] =
        "session=a-value; Domain=a.b; Expires=Tue, 29 Feb 2000 00:00:00 GMT;"
        " Max-Age=-9223372036854775808; Secure; HttpOnly; Path=/; SameSite=None;"
        " Partitioned";
    fr_cookie cookie = {
        .key = text_of("session"),
        .value = text_of("a-value"),
        .domain = text_of("a.b"),
        .has_date = 1,
        .date = 951782400,
        .has_max_age = 1,
        .max_age = INT64_MIN,
        .secure = 1,
        .httponly = 1,
        .path = text_of("/"),
        .samesite = text_of("none"),
        .partitioned = 1,
    };

    memset(&rules, 1, sizeof(rules));
    CHECK(
        memcmp(check_cookie(cookie), expected, sizeof(expected) - 1) == 0, "%s",
        expected);
}

/* Each byte in each text, at each place of it. */
static void test_bytes(void)
{
    static const char *const texts[] = {"Lax", "none", "abcdefghij"};

    for (unsigned part = 0; part < 6 * 3; part++) {
        char text[16];
        fr_cookie cookie = {.key = text_of("a"), .value = text_of("b")};
        fr_text *const parts[] = {
            &cookie.key,     &cookie.value, &cookie.domain,
            &cookie.expires, &cookie.path,  &cookie.samesite,
        };

        strcpy(text, texts[part % 3]);
        *parts[part / 3] = text_of(text);
        for (size_t at = 0; at < strlen(texts[part % 3]); at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                make_rules(2 * byte);
                check_cookie(cookie);
            }
            text[at] = texts[part % 3][at];
        }
    }
}

static void test_domains(void)
{
    char label[80];

    for (size_t size = 1; size < 70; size++) {
        memset(label, 'a', size);
        label[size] = '\0';
        check_domain(text_of(label));
        memcpy(label + size, ".b", 3);
        check_domain(text_of(label));
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t bytes[] = {'a', (uint8_t)byte, 'b'};

        for (size_t at = 0; at < 3; at++)
            for (size_t size = 1; size + at <= 3; size++)
                check_domain((fr_text){bytes + at, size});
    }
}

static void test_cases(void)
{
    test_order();
    test_bytes();
    test_domains();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    unsigned with = (unsigned)take_number(&in, 2);
    uint64_t any = take_number(&in, 8);
    fr_cookie cookie = {
        .has_date = with & 1,
        .date = FR_DATE_MIN + (int64_t)(any % (FR_DATE_MAX - FR_DATE_MIN + 1)),
        .has_max_age = with & 1 << 1,
        .max_age = (int64_t)any >> take_byte(&in) % 64,
        .secure = with & 1 << 2,
        .httponly = with & 1 << 3,
        .partitioned = with & 1 << 4,
    };
    fr_text *const optional[] = {
        &cookie.domain, &cookie.expires, &cookie.path, &cookie.samesite};

    make_rules(take_byte(&in));
    cookie.key = take_text(&in);
    cookie.value = take_text(&in);
    for (size_t index = 0; index < COUNT(optional); index++) {
        fr_text text = take_text(&in);

        check_domain(text);
        if (with & 1 << (5 + index))
            *optional[index] = text;
    }
    check_cookie(cookie);
    return 0;
}

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
static const char *const domains[] = {
    "a",       "example.com", "xn--bcher-kva.example",
    "1.2.3.4", "-.a-",        "",
    "a_b",     "A.b.C",       ".a",
    "a..b",    "a:80",        "\xC3\xBC.de",
};
static const char *const sites[] = {
    "Lax", "strict", "NONE", "laX", "Lux", "l\x01x", "Non", "", "Default", "@one",
};

static size_t make_input(uint8_t *out, uint64_t *state)
{
    uint8_t *at = out;

    for (int index = 0; index < 12; index++)
        *at++ = random_byte(state);
    at = put_sized(at, PICK(words, next_random(state)), state);
    at = put_sized(at, PICK(words, next_random(state)), state);
    at = put_sized(at, PICK(domains, next_random(state)), state);
    at = put_sized(at, PICK(words, next_random(state)), state);
    at = put_sized(at, PICK(words, next_random(state)), state);
    at = put_sized(at, PICK(sites, next_random(state)), state);
    return (size_t)(at - out);
}
