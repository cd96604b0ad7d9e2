#include "check.h"
#include "cookie_reference.h"

static fr_cookie_rules rules;

/* Letters, digits, "-" and "/" as they are; each other byte in four octal digits, but
 * for 0xFF, of which nothing is known. */
static void make_rules(void)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t one = (uint8_t)byte;
        fr_escape *escape = &rules.value_escapes[byte];
        uint8_t plain = reference_is_label(&one, 1) || byte == '/';
        char text[8];

        rules.path_members[byte] = rules.value_members[byte] = plain;
        escape->size = plain ? 1 : byte == 0xFF ? 0 : 4;
        snprintf(text, sizeof(text), plain ? "%c" : "\\%03o", byte);
        memcpy(escape->bytes, text, escape->size);
    }
}

static fr_text text_of(const char *text)
{
    fr_text made = {(const uint8_t *)text, strlen(text)};

    return made;
}

/* Measures a cookie, and writes it up to an unreadable page. */
static void check_written(fr_cookie cookie, struct guarded memory, const char *expected)
{
    size_t size = strlen(expected);
    uint8_t *out = memory.end - size;

    CHECK(fr_cookie_measure(&cookie, &rules), "%s", expected);
    CHECK(cookie.size == size, "%zu for %s", cookie.size, expected);
    memset(memory.first, 0xA5, (size_t)(memory.end - memory.first));
    fr_cookie_fill(&cookie, &rules, out);
    CHECK(memcmp(out, expected, size) == 0, "%s", expected);
    CHECK(out[-1] == 0xA5, "%s, before", expected);
}

static void test_attributes(struct guarded memory)
{
    const fr_cookie plain = {.key = text_of("a"), .value = text_of("b")};
    fr_cookie cookie = plain;

    check_written(cookie, memory, "a=b");
    cookie.domain = text_of("example.com");
    check_written(cookie, memory, "a=b; Domain=example.com");
    cookie.domain = text_of("");
    check_written(cookie, memory, "a=b; Domain=");
    cookie = plain;
    cookie.expires = text_of("never");
    check_written(cookie, memory, "a=b; Expires=never");
    cookie.has_date = 1;
    check_written(cookie, memory, "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    cookie = plain;
    cookie.has_max_age = 1;
    cookie.max_age = INT64_MIN;
    check_written(cookie, memory, "a=b; Max-Age=-9223372036854775808");
    cookie = plain;
    cookie.secure = 1;
    check_written(cookie, memory, "a=b; Secure");
    cookie.httponly = 1;
    check_written(cookie, memory, "a=b; Secure; HttpOnly");
    cookie = plain;
    cookie.partitioned = 1;
    check_written(cookie, memory, "a=b; Secure; Partitioned");
    cookie = plain;
    cookie.path = text_of("/c");
    check_written(cookie, memory, "a=b; Path=/c");
    cookie = plain;
    cookie.samesite = text_of("sTRICT");
    check_written(cookie, memory, "a=b; SameSite=Strict");
}

static void test_order(struct guarded memory)
{
    fr_cookie cookie = {
        .key = text_of("session"),
        .value = text_of("a \xC3\xBC"),
        .domain = text_of("a.b"),
        .has_date = 1,
        .date = 951782400,
        .has_max_age = 1,
        .max_age = 3600,
        .secure = 1,
        .httponly = 1,
        .path = text_of("/"),
        .samesite = text_of("none"),
        .partitioned = 1,
    };

    check_written(
        cookie, memory,
        "session=\"a\\040\\303\\274\"; Domain=a.b;"
        " Expires=Tue, 29 Feb 2000 00:00:00 GMT; Max-Age=3600; Secure; HttpOnly;"
        " Path=/; SameSite=None; Partitioned");
}

/* Each byte in each text, at each place of it. */
static void test_bytes(struct guarded memory)
{
    static uint8_t expected[1024];
    static const char *const texts[] = {"Lax", "none", "abcdefghij"};

    for (unsigned part = 0; part < 6 * 3; part++) {
        const char *text = texts[part % 3];
        size_t size = strlen(text);
        uint8_t *bytes = memory.end - size;
        fr_text one = {bytes, size};
        fr_cookie cookie = {.key = text_of("a"), .value = text_of("b")};
        fr_text *const parts[] = {
            &cookie.key,     &cookie.value, &cookie.domain,
            &cookie.expires, &cookie.path,  &cookie.samesite,
        };

        *parts[part / 3] = one;
        for (size_t at = 0; at < size; at++)
            for (unsigned byte = 0; byte < 256; byte++) {
                size_t wanted;

                memcpy(bytes, text, size);
                bytes[at] = (uint8_t)byte;
                wanted = reference_cookie(&cookie, &rules, expected);
                CHECK(
                    fr_cookie_measure(&cookie, &rules) == (wanted > 0),
                    "part %u, byte %u at %zu", part, byte, at);
                CHECK(
                    wanted == 0 || cookie.size == wanted, "part %u, byte %u at %zu",
                    part, byte, at);
            }
    }
}

static int is_domain(struct guarded memory, const char *text)
{
    size_t size = strlen(text);

    memcpy(memory.end - size, text, size);
    return fr_is_domain(memory.end - size, size);
}

static void test_domains(struct guarded memory)
{
    static const char *const good[] = {
        "a", "-", "example.com", "A.b.C", "1.2.3.4", "xn--bcher-kva.example", "a-.-b"};
    static const char *const bad[] = {
        "", ".", ".a", "a.", "a..b", "a b", "a_b", "a:80", "a/", "\xC3\xBC.de", "a\n"};
    char label[80];

    for (size_t index = 0; index < sizeof(good) / sizeof(*good); index++)
        CHECK(is_domain(memory, good[index]), "%s", good[index]);
    for (size_t index = 0; index < sizeof(bad) / sizeof(*bad); index++)
        CHECK(!is_domain(memory, bad[index]), "%s", bad[index]);
    for (size_t size = 1; size < 70; size++) {
        memset(label, 'a', size);
        label[size] = '\0';
        CHECK(is_domain(memory, label) == (size <= 63), "%zu letters", size);
        memcpy(label + size, ".b", 3);
        CHECK(is_domain(memory, label) == (size <= 63), "%zu letters and .b", size);
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        static const char members_text[] =
            "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        uint8_t one = (uint8_t)byte;
        int expected = byte && strchr(members_text, (int)byte) != NULL;

        CHECK(fr_is_domain(&one, 1) == expected, "byte %u", byte);
    }
}

int main(void)
{
    struct guarded memory = guarded_new();

    make_rules();
    test_attributes(memory);
    test_order(memory);
    test_bytes(memory);
    test_domains(memory);
    return report();
}
