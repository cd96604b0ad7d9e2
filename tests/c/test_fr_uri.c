/* URIs, against one part after the other. */
#define OWN_INPUT

#include "check.h"
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

static int reference_is_plain(span text)
{
    span part;

    if (text.end - text.at >= 2 && memcmp(text.at, "//", 2) == 0)
        return 0;
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

/* Each byte in each part, and URIs with a host. */
static void test_cases(void)
{
    static const char *const others[] = {
        "//host/path",
        "http://host/",
        "https://host",
        "mailto:x@y",
    };
    uint8_t uri[] = "/a/path?query=/?@:&x#frag?#";

    CHECK(fr_uri_is_plain(uri, sizeof(uri) - 1), "%s", (char *)uri);
    for (size_t at = 0; at < sizeof(uri) - 1; at++) {
        uint8_t before = uri[at];

        for (unsigned byte = 0; byte < 256; byte++) {
            uri[at] = (uint8_t)byte;
            LLVMFuzzerTestOneInput(uri, sizeof(uri) - 1);
        }
        uri[at] = before;
        /* To any place. */
        LLVMFuzzerTestOneInput(uri, at);
    }
    for (size_t at = 0; at < COUNT(others); at++)
        LLVMFuzzerTestOneInput((const uint8_t *)others[at], strlen(others[at]));
}

static size_t make_input(uint8_t *out, uint64_t *state)
{
    static const char *const starts[] = {"http://host", "https:/", "", "", "/", "a"};
    static const char *const paths[] = {"", "/", "/a/b%20c;d", "//a", "/\xE9", "a"};
    static const char *const rests[] = {
        "", "", "?q=/?@", "#f?#", "?q#f", "?", "#", "?#f", "?a b",
    };
    uint8_t *at = out;

    at = put_text(at, PICK(starts, next_random(state)), state);
    at = put_text(at, PICK(paths, next_random(state)), state);
    at = put_text(at, PICK(rests, next_random(state)), state);
    return (size_t)(at - out);
}
