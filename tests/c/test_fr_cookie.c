#include "check.h"
#include "fr_cookie.h"

#include <string.h>

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
    test_domains(guarded_new());
    return report();
}
