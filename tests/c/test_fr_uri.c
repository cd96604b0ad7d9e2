/* URIs, against one part after the other. */
#define OWN_INPUT

#include "check.h"
#include "fr_uri.h"

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} span;

static const char host_bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char path_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789_.-~%!$&'()*+,/:;=@";

static int is_one_of(uint8_t byte, const char *bytes, const char *others)
{
    return byte != 0 && (strchr(bytes, byte) != NULL || strchr(others, byte) != NULL);
}

/* Takes the text up to one of `ends`, or to its end. */
static span cut(span *text, const char *ends)
{
    span part = {text->at, text->at};

    while (part.end < text->end && !is_one_of(*part.end, ends, ""))
        part.end++;
    text->at = part.end;
    return part;
}

static int is_all(span text, const char *bytes, const char *others)
{
    while (text.at < text.end)
        if (!is_one_of(*text.at++, bytes, others))
            return 0;
    return 1;
}

static int takes(span *text, const char *start)
{
    size_t size = strlen(start);

    if ((size_t)(text->end - text->at) < size || memcmp(text->at, start, size) != 0)
        return 0;
    text->at += size;
    return 1;
}

static int is_host(span host)
{
    for (;;) {
        span label = cut(&host, ".");

        if (label.end == label.at || label.end - label.at > 63)
            return 0;
        if (!is_all(label, host_bytes, ""))
            return 0;
        if (!takes(&host, "."))
            return 1;
    }
}

static int is_port(span port)
{
    long number = 0;

    if (port.at == port.end || port.end - port.at > 5 || *port.at == '0')
        return 0;
    if (!is_all(port, "0123456789", ""))
        return 0;
    while (port.at < port.end)
        number = number * 10 + *port.at++ - '0';
    return number <= 65535;
}

static int reference_is_plain(span text)
{
    span authority, part;

    if (takes(&text, "http://") || takes(&text, "https://")) {
        authority = cut(&text, "/?#");
        part = cut(&authority, ":");
        if (!is_host(part))
            return 0;
        if (takes(&authority, ":") && !is_port(authority))
            return 0;
        if (text.at == text.end)
            return 1;
    } else if (text.end - text.at >= 2 && memcmp(text.at, "//", 2) == 0) {
        return 0;
    }
    part = cut(&text, "?#");
    if (part.at == part.end || *part.at != '/' || !is_all(part, path_bytes, ""))
        return 0;
    if (takes(&text, "?")) {
        part = cut(&text, "#");
        if (part.at == part.end || !is_all(part, path_bytes, "?"))
            return 0;
    }
    if (takes(&text, "#"))
        return text.at < text.end && is_all(text, path_bytes, "?#");
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *text = room_with(bytes, size);
    int expected = reference_is_plain((span){text, text + size});

    CHECK(
        !fr_uri_is_plain(text, size) == !expected, "%.*s", (int)size,
        (const char *)text);
    close_rooms();
    return 0;
}

static void check(const char *text)
{
    LLVMFuzzerTestOneInput((const uint8_t *)text, strlen(text));
}

/* Each byte in each part, ports of all lengths, labels of all lengths, and URIs of
 * other schemes. */
static void test_cases(void)
{
    static const char *const others[] = {
        "//host/path",         "HTTP://host/",      "ftp://host/",   "mailto:x@y",
        "javascript:alert(1)", "http://user@host/", "http://[::1]/",
    };
    uint8_t uri[] = "https://a-host.example:1080/a/path?query=/?@:&x#frag?#";
    char text[128];

    CHECK(fr_uri_is_plain(uri, sizeof(uri) - 1), "%s", (char *)uri);
    for (size_t at = 0; at < sizeof(uri) - 1; at++) {
        uint8_t before = uri[at];

        for (unsigned byte = 0; byte < 256; byte++) {
            uri[at] = (uint8_t)byte;
            /* From the start, and from the path. */
            LLVMFuzzerTestOneInput(uri, sizeof(uri) - 1);
            LLVMFuzzerTestOneInput(uri + 27, sizeof(uri) - 1 - 27);
        }
        uri[at] = before;
        /* To any place. */
        LLVMFuzzerTestOneInput(uri, at);
    }
    for (unsigned port = 0; port < 70000; port++) {
        snprintf(text, sizeof(text), "http://host:%u", port);
        check(text);
    }
    for (int size = 1; size <= 70; size++) {
        snprintf(text, sizeof(text), "http://a.%0*d.b/", size, 0);
        check(text);
    }
    for (size_t at = 0; at < COUNT(others); at++)
        check(others[at]);
}

static size_t make_input(uint8_t *out, uint64_t *state)
{
    static const char *const starts[] = {"http://", "https://", "", "", "/", "http:/"};
    static const char *const hosts[] = {
        "host",
        "a.b-c.example",
        "",
        "Host",
        "127.0.0.1",
        "a..b",
        ".a",
        "host.",
        "h%6fst",
        "-",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b",
    };
    static const char *const ports[] = {
        "", "", ":1", ":80", ":65535", ":65536", ":08", ":0", ":", ":99999999999",
    };
    static const char *const paths[] = {"", "/", "/a/b%20c;d", "//a", "/\xE9", "a"};
    static const char *const rests[] = {
        "", "", "?q=/?@", "#f?#", "?q#f", "?", "#", "?#f", "?a b",
    };
    uint8_t *at = out;
    uint64_t start = next_random(state);

    at = put_text(at, PICK(starts, start), state);
    if (start % COUNT(starts) < 2) {
        at = put_text(at, PICK(hosts, next_random(state)), state);
        at = put_text(at, PICK(ports, next_random(state)), state);
    }
    at = put_text(at, PICK(paths, next_random(state)), state);
    at = put_text(at, PICK(rests, next_random(state)), state);
    return (size_t)(at - out);
}
