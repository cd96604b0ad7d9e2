#include "check.h"
#include "head_reference.h"

#define MAX_FIELDS 8
#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}
#define FIELD(name, value) {TEXT(name), TEXT(value)}

static fr_head head_of(unsigned minor, unsigned code, fr_field *fields, size_t count)
{
    fr_head head = {.minor = minor, .code = code, .fields = fields, .count = count};

    head.reason.bytes = (const uint8_t *)"OK";
    head.reason.size = 2;
    return head;
}

/* Against the reference, with the output up to an unreadable page. */
static void check_head(struct guarded memory, fr_head head)
{
    static uint8_t expected[65536];
    fr_field fields[MAX_FIELDS];
    size_t size = reference_head(
        head.minor, head.code, head.reason, head.fields, head.count, expected);
    fr_head_rule rule;
    uint8_t *out;

    if (head.count > 0)
        memcpy(fields, head.fields, head.count * sizeof(*fields));
    head.fields = fields;
    rule = fr_head_measure(&head);
    CHECK((rule == FR_HEAD_RIGHT) == (size > 0), "rule %d, size %zu", (int)rule, size);
    if (size == 0)
        return;
    CHECK(head.size == size, "%zu instead of %zu", head.size, size);
    out = memory.end - size;
    if (out > memory.first)
        out[-1] = 0xA5;
    fr_head_fill(&head, out);
    CHECK(memcmp(out, expected, size) == 0, "%.*s", (int)size, (const char *)out);
    CHECK(out == memory.first || out[-1] == 0xA5, "before the start");
}

struct expectation {
    fr_head_rule rule;
    size_t at;
    unsigned minor;
    unsigned code;
    fr_field fields[4];
};

static const struct expectation expectations[] = {
    {FR_HEAD_RIGHT, 0, 1, 200, {FIELD("A", "b")}},
    {FR_HEAD_RIGHT, 0, 1, 100, {FIELD("A", "b")}},
    {FR_HEAD_RIGHT, 0, 1, 599, {FIELD("A", "")}},
    {FR_HEAD_STATUS, 0, 1, 0, {FIELD("A", "b")}},
    {FR_HEAD_STATUS, 0, 1, 99, {FIELD("A", "b")}},
    {FR_HEAD_STATUS, 0, 1, 600, {FIELD("A", "b")}},
    {FR_HEAD_STATUS, 0, 1, 1000, {FIELD("A", "b")}},
    {FR_HEAD_INTERIM_IN_1_0, 0, 0, 100, {FIELD("A", "b")}},
    {FR_HEAD_NAME, 1, 1, 200, {FIELD("A", "b"), FIELD("", "b")}},
    {FR_HEAD_NAME, 0, 1, 200, {FIELD("A ", "b")}},
    {FR_HEAD_NAME, 0, 1, 200, {FIELD("A:", "b")}},
    {FR_HEAD_VALUE, 0, 1, 200, {FIELD("A", "b\r\n c")}},
    {FR_HEAD_VALUE, 0, 1, 200, {FIELD("A", "b\n")}},
    {FR_HEAD_VALUE, 0, 1, 200, {FIELD("A", "\0")}},
    {FR_HEAD_LENGTH, 0, 1, 200, {FIELD("Content-Length", "")}},
    {FR_HEAD_LENGTH, 0, 1, 200, {FIELD("Content-Length", "+1")}},
    {FR_HEAD_LENGTH, 0, 1, 200, {FIELD("Content-Length", "1 1")}},
    {FR_HEAD_LENGTH, 0, 1, 200, {FIELD("content-LENGTH", "1, 1")}},
    {FR_HEAD_LENGTH, 0, 1, 200, {FIELD("Content-Length", "1000000000000000000")}},
    {FR_HEAD_RIGHT, 0, 1, 200, {FIELD("Content-Length", "999999999999999999")}},
    {FR_HEAD_RIGHT, 0, 1, 304, {FIELD("Content-Length", "\t5 ")}},
    {FR_HEAD_RIGHT,
     2,
     1,
     200,
     {FIELD("Content-Length", "5"), FIELD("A", "b"), FIELD("CONTENT-length", " 5")}},
    {FR_HEAD_LENGTHS,
     2,
     1,
     200,
     {FIELD("Content-Length", "5"), FIELD("A", "b"), FIELD("content-length", "05")}},
    {FR_HEAD_CODING, 0, 1, 200, {FIELD("Transfer-Encoding", "gzip")}},
    {FR_HEAD_CODING, 0, 1, 200, {FIELD("Transfer-Encoding", "chunke\xC4")}},
    {FR_HEAD_RIGHT, 0, 1, 200, {FIELD("tRANSFER-encoding", "Chunked")}},
    {FR_HEAD_RIGHT, 0, 1, 200, {FIELD("Transfer_Encoding", "x")}},
    {FR_HEAD_RIGHT, 0, 1, 200, {FIELD("TransferaEncoding", "x")}},
    {FR_HEAD_RIGHT, 0, 1, 200, {FIELD("Content.Length", "x")}},
    {FR_HEAD_CODING_TWICE,
     1,
     1,
     200,
     {FIELD("Transfer-Encoding", "chunked"), FIELD("Transfer-Encoding", "chunked")}},
    {FR_HEAD_CODING_IN_1_0, 0, 0, 200, {FIELD("Transfer-Encoding", "chunked")}},
    {FR_HEAD_LENGTH_AND_CODING,
     1,
     1,
     200,
     {FIELD("Transfer-Encoding", "chunked"), FIELD("Content-Length", "5")}},
    {FR_HEAD_LENGTH_AND_CODING,
     1,
     1,
     200,
     {FIELD("Content-Length", "5"), FIELD("Transfer-Encoding", "chunked")}},
    {FR_HEAD_BODILESS, 0, 1, 204, {FIELD("Content-Length", "0")}},
    {FR_HEAD_BODILESS, 0, 1, 103, {FIELD("Content-Length", "0")}},
    {FR_HEAD_BODILESS, 0, 1, 204, {FIELD("Transfer-Encoding", "chunked")}},
};

static void test_rules(struct guarded memory)
{
    for (size_t at = 0; at < sizeof(expectations) / sizeof(*expectations); at++) {
        struct expectation expected = expectations[at];
        size_t count = 0;
        fr_head head;
        fr_head_rule rule;

        while (count < 4 && expected.fields[count].name.bytes != NULL)
            count++;
        head = head_of(expected.minor, expected.code, expected.fields, count);
        check_head(memory, head);
        rule = fr_head_measure(&head);
        CHECK(rule == expected.rule, "%zu: rule %d", at, (int)rule);
        if (rule >= FR_HEAD_NAME)
            CHECK(head.at == expected.at, "%zu: field %zu", at, head.at);
        if (rule == FR_HEAD_RIGHT && expected.at > 0)
            CHECK(head.count == count - 1, "%zu: %zu fields", at, head.count);
    }
}

/* Each byte in each place of a name, a value and a reason of each size. */
static void test_every_byte(struct guarded memory, struct guarded other)
{
    for (size_t size = 0; size <= 40; size++)
        for (size_t at = 0; at < size || at == 0; at++)
            for (unsigned value = 0; value < 256; value++) {
                uint8_t *bytes = other.end - size;
                fr_text text = {bytes, size};
                fr_field fields[] = {
                    FIELD("Name", "value"), FIELD("Name", "value"), FIELD("A", "b")};
                fr_head head = head_of(1, 200, fields, 3);

                memset(bytes, 'a', size);
                if (size > 0)
                    bytes[at] = (uint8_t)value;
                fields[1].name = text;
                check_head(memory, head);
                fields[1].name = fields[0].name;
                fields[1].value = text;
                check_head(memory, head);
                fields[1].value = fields[0].value;
                head.reason = text;
                check_head(memory, head);
            }
}

static void test_every_code(struct guarded memory)
{
    fr_field length = FIELD("Content-Length", "5");

    for (unsigned minor = 0; minor < 2; minor++)
        for (unsigned code = 0; code < 1100; code++)
            for (size_t count = 0; count < 2; count++)
                check_head(memory, head_of(minor, code, &length, count));
}

static void test_status(struct guarded memory)
{
    fr_head head = {0};

    for (size_t place = 0; place < 4; place++)
        for (size_t size = 0; size <= 8; size++)
            for (unsigned value = 0; value < 256; value++) {
                uint8_t *bytes = memory.end - size;
                int right;

                memcpy(bytes, "200 Fine", size);
                if (place < size)
                    bytes[place] = (uint8_t)value;
                right = size >= 3 && (size == 3 || bytes[3] == ' ');
                for (size_t at = 0; at < 3 && right; at++)
                    right = bytes[at] >= '0' && bytes[at] <= '9';
                CHECK(
                    (fr_head_status(&head, bytes, size) == FR_HEAD_RIGHT) == right,
                    "size %zu, %zu is %u", size, place, value);
                if (!right)
                    continue;
                CHECK(
                    head.code == (bytes[0] - 48u) * 100 + (bytes[1] - 48u) * 10 +
                                     (bytes[2] - 48u),
                    "%u", head.code);
                CHECK(head.reason.size == (size > 4 ? size - 4 : 0), "size %zu", size);
                CHECK(size < 4 || head.reason.bytes == bytes + 4, "size %zu", size);
            }
}

/* Sizes that cannot be, which must not be looked at. */
static void test_sizes(void)
{
    uint8_t byte = 'a';
    fr_text endless = {&byte, SIZE_MAX / 2};
    fr_field fields[] = {FIELD("Name", "value"), FIELD("Name", "value")};
    fr_head head = head_of(1, 200, fields, 2);

    fields[1].value = endless;
    CHECK(fr_head_measure(&head) == FR_HEAD_SIZE, "value");
    CHECK(head.at == 1, "%zu", head.at);
    fields[1].value = fields[0].value;
    fields[1].name = endless;
    CHECK(fr_head_measure(&head) == FR_HEAD_SIZE, "name");
    head.count = 0;
    head.reason = endless;
    CHECK(fr_head_measure(&head) == FR_HEAD_SIZE, "reason");
}

static void test_long_texts(struct guarded memory, struct guarded other)
{
    for (size_t size = 0; size <= 600; size++) {
        fr_text text = {other.end - size, size};
        fr_field fields[] = {FIELD("Name", "value"), FIELD("Name", "value")};

        memset(other.end - size, 'a', size);
        for (size_t at = 0; at < size; at++)
            other.end[-(ptrdiff_t)size + (ptrdiff_t)at] = (uint8_t)('a' + at % 26);
        fields[0].value = text;
        if (size > 0)
            fields[1].name = text;
        check_head(memory, head_of(1, 200, fields, 2));
        check_head(memory, head_of(1, 200, fields, 1));
    }
}

int main(void)
{
    struct guarded memory = guarded_new();
    struct guarded other = guarded_new();

    test_rules(memory);
    test_every_byte(memory, other);
    test_every_code(memory);
    test_status(memory);
    test_sizes();
    test_long_texts(memory, other);
    return report();
}
