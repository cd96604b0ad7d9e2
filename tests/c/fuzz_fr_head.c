/* Heads from any bytes, against the reference. With libFuzzer:
 *
 *     clang -g -O1 -DFR_LIBFUZZER -fsanitize=fuzzer,address,undefined -Isrc_c \
 *         tests/c/fuzz_fr_head.c src_c/fr_head.c src_c/fr_scan.c
 *
 * Otherwise a program that makes inputs of its own, for as many seconds as its
 * argument says.
 */
#include "check.h"
#include "head_reference.h"

#include <time.h>

#define FIELDS 40

typedef struct {
    const uint8_t *bytes;
    size_t size;
} input;

static unsigned take_byte(input *in)
{
    if (in->size == 0)
        return 0;
    in->size--;
    return *in->bytes++;
}

/* A length, then as many bytes, in a block of just that size: so that a
 * sanitizer sees a read beyond. */
static fr_text take_text(input *in)
{
    size_t size = take_byte(in);
    uint8_t *copy;
    fr_text text;

    if (size > in->size)
        size = in->size;
    copy = malloc(size);
    if (size > 0)
        memcpy(copy, in->bytes, size);
    in->bytes += size;
    in->size -= size;
    text.bytes = copy;
    text.size = size;
    return text;
}

static void check_head(fr_head *head)
{
    uint8_t expected[FIELDS * 520 + 600];
    fr_field original[FIELDS];
    size_t size;
    fr_head_rule rule;
    uint8_t *out;

    memcpy(original, head->fields, sizeof(original));
    size = reference_head(
        head->minor, head->code, head->reason, original, head->count, expected
    );
    rule = fr_head_measure(head);
    CHECK((rule == FR_HEAD_RIGHT) == (size > 0), "rule %d", (int)rule);
    if (size == 0)
        return;
    CHECK(head->size == size, "%zu instead of %zu", head->size, size);
    out = malloc(size);
    fr_head_fill(head, out);
    CHECK(memcmp(out, expected, size) == 0, "%zu bytes", size);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    fr_field fields[FIELDS] = {0};
    unsigned options = take_byte(&in);
    fr_text status = take_text(&in);
    fr_head head = {.minor = options & 1, .fields = fields};
    int known = 1;

    if (options & 2) {
        head.code = take_byte(&in) * 4 + (options >> 2 & 3);
        head.reason = status;
    } else {
        known = fr_head_status(&head, status.bytes, status.size) == FR_HEAD_RIGHT;
    }
    while (in.size > 0 && head.count < FIELDS) {
        fields[head.count].name = take_text(&in);
        fields[head.count].value = take_text(&in);
        head.count++;
    }
    {
        fr_field taken[FIELDS];

        memcpy(taken, fields, sizeof(taken));
        if (known)
            check_head(&head);
        for (size_t at = 0; at < FIELDS; at++) {
            free((void *)(uintptr_t)taken[at].name.bytes);
            free((void *)(uintptr_t)taken[at].value.bytes);
        }
        free((void *)(uintptr_t)status.bytes);
    }
    return 0;
}

#ifndef FR_LIBFUZZER

static const char *const names[] = {
    "Content-Length",
    "content-length",
    "CONTENT-LENGTH",
    "Transfer-Encoding",
    "transfer-encodinG",
    "Transfer_Encoding",
    "Content\rLength",
    "X",
    "ETag",
    "X-Content-Type-Options",
    "x1!#$%&'*+-.^_`|~",
};
static const char *const values[] = {
    "", "0", "5", "05", "+5", "5, 5", "123456789012345678", "1234567890123456789",
    "chunked", "Chunked", "gzip, chunked", " 5\t", "text/html; charset=utf-8",
    "a\tb", "a\r\n b", "\xE9",
};
static const char *const statuses[] = {
    "200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "103 Early Hints",
    "200", "200 ", "599 \xE9", "600 No", "99 No", "2000", "+20 OK", "200\tOK", "200  OK ",
};

#define PICK(list, random) (list[(random) % (sizeof(list) / sizeof(*list))])

static uint8_t *put_text(uint8_t *out, const char *text, uint64_t *state)
{
    size_t size = strlen(text);

    *out++ = (uint8_t)size;
    memcpy(out, text, size);
    /* Any byte in any place, now and then. */
    if (size > 0 && next_random(state) % 8 == 0)
        out[next_random(state) % size] = (uint8_t)(next_random(state) >> 32);
    return out + size;
}

static void fuzz_once(uint64_t *state)
{
    uint8_t bytes[4096];
    uint8_t *at = bytes;
    uint64_t count = next_random(state) % 12;

    *at++ = (uint8_t)(next_random(state) >> 32);
    at = put_text(at, PICK(statuses, next_random(state)), state);
    if (bytes[0] & 2)
        *at++ = (uint8_t)(next_random(state) >> 32);
    while (count-- > 0) {
        at = put_text(at, PICK(names, next_random(state)), state);
        at = put_text(at, PICK(values, next_random(state)), state);
    }
    LLVMFuzzerTestOneInput(bytes, (size_t)(at - bytes));
}

int main(int argc, char **argv)
{
    time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
    uint64_t state = argc > 1 ? (uint64_t)end : 1;

    do {
        for (int round = 0; round < 100000; round++)
            fuzz_once(&state);
    } while (time(NULL) < end);
    return report();
}

#endif
