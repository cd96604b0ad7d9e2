/* Heads, against one written byte by byte, with the rules checked one after the
 * other. */
#define OWN_INPUT

#include "scan_reference.h"
#include "fr_head.h"

#include <strings.h>

#define MAX_FIELDS 40

/* --- the reference ----------------------------------------------------------- */

static int reference_is(fr_text text, const char *name)
{
    return text.size == strlen(name) &&
           strncasecmp((const char *)text.bytes, name, text.size) == 0;
}

static fr_text reference_strip(fr_text text)
{
    while (text.size > 0 && memchr(" \t", text.bytes[text.size - 1], 2))
        text.size--;
    while (text.size > 0 && memchr(" \t", *text.bytes, 2)) {
        text.bytes++;
        text.size--;
    }
    return text;
}

static int reference_is_length(fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (!isdigit(text.bytes[at]))
            return 0;
    return text.size >= 1 && text.size <= FR_LENGTH_DIGITS;
}

static uint8_t *put(uint8_t *out, fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        *out++ = text.bytes[at];
    return out;
}

/* The size of the head in `out`, or 0 when it breaks a rule. */
static size_t reference_head(const fr_head *head, uint8_t *out)
{
    uint8_t *at = out;
    fr_text length = {NULL, 0};
    int lengths = 0, codings = 0, interim = head->code / 100 == 1;

    if (head->code < 100 || head->code > 599 || (head->minor == 0 && interim) ||
        !reference_is_field_text(head->reason))
        return 0;
    at += sprintf((char *)at, "HTTP/1.%u %03u ", head->minor, head->code);
    at = put(at, reference_strip(head->reason));
    at = put(at, text_of("\r\n"));
    for (size_t index = 0; index < head->count; index++) {
        fr_text name = head->fields[index].name;
        fr_text value = reference_strip(head->fields[index].value);

        if (!reference_is_token(name) || !reference_is_field_text(value))
            return 0;
        if (reference_is(name, "content-length")) {
            if (!reference_is_length(value))
                return 0;
            if (lengths++ == 0)
                length = value;
            else if (
                length.size != value.size ||
                memcmp(length.bytes, value.bytes, value.size) != 0)
                return 0;
            else
                continue;
        }
        if (reference_is(name, "transfer-encoding")) {
            codings++;
            if (head->minor == 0 || !reference_is(value, "chunked"))
                return 0;
        }
        at = put(at, name);
        at = put(at, text_of(": "));
        at = put(at, value);
        at = put(at, text_of("\r\n"));
    }
    if (codings > 1 || (codings > 0 && lengths > 0))
        return 0;
    if (codings + lengths > 0 && (interim || head->code == 204))
        return 0;
    return (size_t)(put(at, text_of("\r\n")) - out);
}

static int reference_is_status(fr_text text)
{
    fr_text code = {text.bytes, 3};

    return text.size >= 3 && reference_is_length(code) &&
           (text.size == 3 || text.bytes[3] == ' ');
}

/* --- checks ------------------------------------------------------------------ */

/* Returns the head as it was measured, of which the texts are gone. */
static fr_head check_head(fr_head head)
{
    static uint8_t expected[MAX_FIELDS * 1300 + 600];
    static fr_field fields[MAX_FIELDS];
    size_t size = reference_head(&head, expected);
    fr_head_rule rule;
    uint8_t *out;

    for (size_t at = 0; at < head.count; at++) {
        fr_text name = head.fields[at].name, value = head.fields[at].value;

        fields[at].name.bytes = room_with(name.bytes, name.size);
        fields[at].name.size = name.size;
        fields[at].value.bytes = room_with(value.bytes, value.size);
        fields[at].value.size = value.size;
    }
    head.fields = fields;
    head.reason.bytes = room_with(head.reason.bytes, head.reason.size);
    rule = fr_head_measure(&head);
    CHECK((rule == FR_HEAD_RIGHT) == (size > 0), "rule %d, size %zu", (int)rule, size);
    if (size > 0) {
        CHECK(head.size == size, "%zu instead of %zu", head.size, size);
        out = new_room(size);
        fr_head_fill(&head, out);
        CHECK(memcmp(out, expected, size) == 0, "%.*s", (int)size, (const char *)out);
    }
    close_rooms();
    return head;
}

/* Returns whether it is one. */
static int check_status(fr_head *head, fr_text text)
{
    int right = reference_is_status(text);
    const uint8_t *bytes = room_with(text.bytes, text.size);

    CHECK(
        (fr_head_status(head, bytes, text.size) == FR_HEAD_RIGHT) == right, "not %d",
        !right);
    if (right) {
        unsigned code = 0;

        for (size_t at = 0; at < 3; at++)
            code = 10 * code + bytes[at] - '0';
        CHECK(head->code == code, "%u", head->code);
        CHECK(head->reason.size == (text.size > 4 ? text.size - 4 : 0), "reason");
        CHECK(text.size < 4 || head->reason.bytes == bytes + 4, "reason");
        if (text.size >= 4)
            head->reason.bytes = text.bytes + 4;
    }
    close_rooms();
    return right;
}

/* The last field breaks the rule, if one does. */
static const struct {
    fr_head_rule rule;
    unsigned code;
    const char *fields[6];
} rules[] = {
    {FR_HEAD_RIGHT, 200, {"A", "b"}},
    {FR_HEAD_RIGHT, 200, {"Transfer_Encoding", "x"}},
    {FR_HEAD_RIGHT, 200, {"TransferaEncoding", "x"}},
    {FR_HEAD_RIGHT, 200, {"Content.Length", "x"}},
    {FR_HEAD_STATUS, 99, {"A", "b"}},
    {FR_HEAD_STATUS, 600, {"A", "b"}},
    {FR_HEAD_INTERIM_IN_1_0, 100, {"A", "b"}},
    {FR_HEAD_NAME, 200, {"A", "b", "", "b"}},
    {FR_HEAD_NAME, 200, {"A ", "b"}},
    {FR_HEAD_VALUE, 200, {"A", "b\r\n c"}},
    {FR_HEAD_LENGTH, 200, {"Content-Length", ""}},
    {FR_HEAD_LENGTH, 200, {"Content-Length", "1 1"}},
    {FR_HEAD_LENGTH, 200, {"content-LENGTH", "1, 1"}},
    {FR_HEAD_LENGTH, 200, {"Content-Length", "1000000000000000000"}},
    {FR_HEAD_RIGHT, 200, {"Content-Length", "999999999999999999"}},
    {FR_HEAD_RIGHT, 200, {"Content-Length", "5", "A", "b", "content-length", " 5"}},
    {FR_HEAD_LENGTHS, 200, {"Content-Length", "5", "A", "b", "Content-Length", "05"}},
    {FR_HEAD_CODING, 200, {"Transfer-Encoding", "gzip"}},
    {FR_HEAD_CODING, 200, {"Transfer-Encoding", "chunke\xC4"}},
    {FR_HEAD_CODING_TWICE,
     200,
     {"Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"}},
    {FR_HEAD_CODING_IN_1_0, 200, {"Transfer-Encoding", "chunked"}},
    {FR_HEAD_LENGTH_AND_CODING,
     200,
     {"Transfer-Encoding", "chunked", "Content-Length", "5"}},
    {FR_HEAD_LENGTH_AND_CODING,
     200,
     {"Content-Length", "5", "Transfer-Encoding", "chunked"}},
    {FR_HEAD_BODILESS, 204, {"Content-Length", "0"}},
    {FR_HEAD_BODILESS, 103, {"Content-Length", "0"}},
    {FR_HEAD_BODILESS, 204, {"Transfer-Encoding", "chunked"}},
};

/* Which rule is broken, and where. */
static void test_rules(void)
{
    for (size_t index = 0; index < COUNT(rules); index++) {
        fr_head_rule wanted = rules[index].rule, rule;
        fr_field fields[3];
        fr_head head = {
            .minor =
                wanted != FR_HEAD_INTERIM_IN_1_0 && wanted != FR_HEAD_CODING_IN_1_0,
            .code = rules[index].code,
            .reason = text_of("OK"),
            .fields = fields,
        };
        size_t count = 0;

        for (; count < 3 && rules[index].fields[2 * count] != NULL; count++) {
            fields[count].name = text_of(rules[index].fields[2 * count]);
            fields[count].value = text_of(rules[index].fields[2 * count + 1]);
        }
        head.count = count;
        check_head(head);
        rule = fr_head_measure(&head);
        CHECK(rule == wanted, "%zu: rule %d", index, (int)rule);
        if (rule >= FR_HEAD_NAME)
            CHECK(head.at == count - 1, "%zu: field %zu", index, head.at);
    }
}

/* The text for a name, a value and a reason. */
static void check_everywhere(fr_text text)
{
    for (int place = 0; place < 3; place++) {
        fr_field fields[] = {
            {text_of("Name"), text_of("value")},
            {place == 0 ? text : text_of("Name"), place == 1 ? text : text_of("value")},
            {text_of("A"), text_of("b")},
        };

        check_head((fr_head){
            .minor = 1,
            .code = 200,
            .reason = place == 2 ? text : text_of("OK"),
            .fields = fields,
            .count = 3,
        });
    }
}

static void test_texts(void)
{
    uint8_t bytes[600];

    memset(bytes, 'a', sizeof(bytes));
    /* Each byte in each place of each size. */
    for (size_t size = 0; size <= 40; size++)
        for (size_t at = 0; at < size || at == 0; at++) {
            for (unsigned value = 0; value < 256; value++) {
                bytes[at] = (uint8_t)value;
                if (!left_out())
                    check_everywhere((fr_text){bytes, size});
            }
            bytes[at] = 'a';
        }
    for (size_t at = 0; at < sizeof(bytes); at++)
        bytes[at] = (uint8_t)('a' + at % 26);
    for (size_t size = 0; size <= sizeof(bytes); size++)
        check_everywhere((fr_text){bytes, size});
}

static void test_every_code(void)
{
    fr_field length = {text_of("Content-Length"), text_of("5")};

    for (unsigned minor = 0; minor < 2; minor++)
        for (unsigned code = 0; code < 1100; code++)
            for (size_t count = 0; count < 2; count++)
                check_head((fr_head){
                    .minor = minor,
                    .code = code,
                    .reason = text_of("OK"),
                    .fields = &length,
                    .count = count,
                });
}

static void test_statuses(void)
{
    for (size_t place = 0; place < 4; place++)
        for (size_t size = 0; size <= 8; size++)
            for (unsigned value = 0; value < 256; value++) {
                uint8_t bytes[] = "200 Fine";
                fr_head head = {0};

                bytes[place] = (uint8_t)value;
                check_status(&head, (fr_text){bytes, size});
            }
}

/* Sizes that cannot be, which must not be looked at. */
static void test_sizes(void)
{
    const fr_text endless = {(const uint8_t *)"a", SIZE_MAX / 2};

    for (int place = 0; place < 3; place++) {
        fr_field field = {
            place == 0 ? endless : text_of("Name"),
            place == 1 ? endless : text_of("b")};
        fr_head head = {
            .minor = 1,
            .code = 200,
            .reason = place == 2 ? endless : text_of("OK"),
            .fields = (fr_field[]){{text_of("A"), text_of("b")}, field},
            .count = 2,
        };

        CHECK(fr_head_measure(&head) == FR_HEAD_SIZE, "place %d", place);
        CHECK(place == 2 || head.at == 1, "place %d: %zu", place, head.at);
    }
}

static void test_cases(void)
{
    test_rules();
    test_texts();
    test_every_code();
    test_statuses();
    test_sizes();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input in = {bytes, size};
    fr_field fields[MAX_FIELDS];
    unsigned options = take_byte(&in);
    fr_head head = {.minor = options & 1, .fields = fields};
    fr_text status = take_text(&in);
    int right = check_status(&head, status);

    if (options & 2) {
        head.code = take_byte(&in) * 4 + (options >> 2 & 3);
        head.reason = status;
        right = 1;
    }
    for (; in.size > 0 && head.count < MAX_FIELDS; head.count++) {
        fields[head.count].name = take_text(&in);
        fields[head.count].value = take_text(&in);
    }
    if (right)
        check_head(head);
    return 0;
}

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

static size_t make_input(uint8_t *out, uint64_t *state)
{
    uint8_t *at = out;

    *at++ = random_byte(state);
    at = put_sized(at, PICK(statuses, next_random(state)), state);
    if (out[0] & 2)
        *at++ = random_byte(state);
    for (uint64_t count = next_random(state) % 12; count > 0; count--) {
        at = put_sized(at, PICK(names, next_random(state)), state);
        at = put_sized(at, PICK(values, next_random(state)), state);
    }
    return (size_t)(at - out);
}
