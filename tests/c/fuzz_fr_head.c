/* Heads from any bytes, against the reference. */
#include "fuzz.h"
#include "head_reference.h"

#define FIELDS 40

/* A length, then as many bytes. */
static fr_text take_text(input *in)
{
    size_t size = take_byte(in);
    uint8_t *block = take_block(in, &size);
    fr_text text = {block, size};

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
        head->minor, head->code, head->reason, original, head->count, expected);
    rule = fr_head_measure(head);
    CHECK((rule == FR_HEAD_RIGHT) == (size > 0), "rule %d", (int)rule);
    if (size == 0)
        return;
    CHECK(head->size == size, "%zu instead of %zu", head->size, size);
    out = new_block(size);
    fr_head_fill(head, out);
    CHECK(memcmp(out, expected, size) == 0, "%zu bytes", size);
    free(out);
}

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
    "",
    "0",
    "5",
    "05",
    "+5",
    "5, 5",
    "123456789012345678",
    "1234567890123456789",
    "chunked",
    "Chunked",
    "gzip, chunked",
    " 5\t",
    "text/html; charset=utf-8",
    "a\tb",
    "a\r\n b",
    "\xE9",
};
static const char *const statuses[] = {
    "200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "103 Early Hints",
    "200",    "200 ",          "599 \xE9",       "600 No",           "99 No",
    "2000",   "+20 OK",        "200\tOK",        "200  OK ",
};

static uint8_t *put_sized(uint8_t *out, const char *text, uint64_t *state)
{
    *out = (uint8_t)strlen(text);
    return put_text(out + 1, text, state);
}

static size_t make_input(uint8_t *out, uint64_t *state)
{
    uint8_t *at = out;
    uint64_t count = next_random(state) % 12;

    *at++ = random_byte(state);
    at = put_sized(at, PICK(statuses, next_random(state)), state);
    if (out[0] & 2)
        *at++ = random_byte(state);
    while (count-- > 0) {
        at = put_sized(at, PICK(names, next_random(state)), state);
        at = put_sized(at, PICK(values, next_random(state)), state);
    }
    return (size_t)(at - out);
}

#endif
