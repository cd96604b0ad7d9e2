/* URIs, against one part after the other. */
#include "fuzz.h"
#include "fr_uri.h"

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} span;

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
        if (!is_all(label, "abcdefghijklmnopqrstuvwxyz0123456789-", ""))
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

static int naive_is_plain(span text)
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
    input in = {bytes, size};
    uint8_t *block = take_block(&in, &size);
    span text = {block, block + size};

    CHECK(
        !fr_uri_is_plain(block, size) == !naive_is_plain(text), "%.*s", (int)size,
        (const char *)block);
    free(block);
    return 0;
}

#ifndef FR_LIBFUZZER

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
        "host.",
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
    if (start % (sizeof(starts) / sizeof(*starts)) < 2) {
        at = put_text(at, PICK(hosts, next_random(state)), state);
        at = put_text(at, PICK(ports, next_random(state)), state);
    }
    at = put_text(at, PICK(paths, next_random(state)), state);
    at = put_text(at, PICK(rests, next_random(state)), state);
    return (size_t)(at - out);
}

#endif
