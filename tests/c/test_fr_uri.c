#include "check.h"
#include "fr_uri.h"

#include <string.h>

static int is_plain(struct guarded memory, const char *text)
{
    size_t size = strlen(text);
    uint8_t *bytes = memory.end - size;

    memcpy(bytes, text, size);
    return fr_uri_is_plain(bytes, size);
}

static const char *const plain[] = {
    "/",
    "/path/to%20it;a=b,c",
    "/path//to?query=/?@:&x#frag#end?/",
    "/?q",
    "/#f",
    "http://host",
    "http://a",
    "https://a.b-c.example:8080/path?q#f",
    "http://host:1/",
    "http://host:65535/",
    "http://host//path",
    "http://127.0.0.1/",
    "/AZaz09-._~!$&'()*+,;=:@/%zz",
};

static const char *const others[] = {
    "",
    "path",
    "?q",
    "#f",
    "//host/path",
    "/path?",
    "/path#",
    "/path?#f",
    "/path?q#",
    "/pa th",
    "/pa\"th",
    "/pa<th>",
    "/pa[th]",
    "/pa\\th",
    "/pa\tth",
    "/p\x7f",
    "/p\xe9",
    "/p^`{|}",
    "http:",
    "http:/",
    "http://",
    "https://",
    "http:///path",
    "http://Host/",
    "http://host:/",
    "http://host:0/",
    "http://host:080/",
    "http://host:65536/",
    "http://host:99999999999999999999/",
    "http://host:x/",
    "http://host.",
    "http://host./",
    "http://.host/",
    "http://a..b/",
    "http://user@host/",
    "http://[::1]/",
    "http://h%6fst/",
    "http://host?q",
    "http://host#f",
    "HTTP://host/",
    "ftp://host/",
    "mailto:x@y",
    "javascript:alert(1)",
};

static void test_labels(struct guarded memory)
{
    for (size_t size = 1; size <= 70; size++) {
        char text[100] = "http://a.";

        memset(text + 9, 'x', size);
        memcpy(text + 9 + size, ".b/", 4);
        CHECK(is_plain(memory, text) == (size <= 63), "label of %zu", size);
    }
}

static void test_every_byte(struct guarded memory)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789_.-~%!$&'()*+,/:;=@";
    char text[] = "/a?b#c";

    for (unsigned byte = 1; byte < 256; byte++) {
        int path = strchr(safe, (int)byte) != NULL;

        text[1] = (char)byte;
        if (byte != '/' && byte != '?' && byte != '#')
            CHECK(is_plain(memory, text) == path, "path %u", byte);
        text[1] = 'a';
        text[3] = (char)byte;
        if (byte != '#')
            CHECK(is_plain(memory, text) == (path || byte == '?'), "query %u", byte);
        text[3] = 'b';
        text[5] = (char)byte;
        CHECK(
            is_plain(memory, text) == (path || byte == '?' || byte == '#'),
            "fragment %u", byte);
        text[5] = 'c';
    }
    memory.end[-1] = 0;
    CHECK(!fr_uri_is_plain(memory.end - 1, 1), "NUL");
}

int main(void)
{
    struct guarded memory = guarded_new();

    for (size_t at = 0; at < sizeof(plain) / sizeof(*plain); at++)
        CHECK(is_plain(memory, plain[at]), "%s", plain[at]);
    for (size_t at = 0; at < sizeof(others) / sizeof(*others); at++)
        CHECK(!is_plain(memory, others[at]), "%s", others[at]);
    test_labels(memory);
    test_every_byte(memory);
    return report();
}
