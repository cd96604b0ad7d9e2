#include "fr_head.h"

#include "fr_scan.h"

#include <string.h>

/* "HTTP/1.1 200 " */
#define FR_STATUS_SIZE 13
/* Far from where a size is no object's any more. */
#define FR_HEAD_MAX (SIZE_MAX / 4)

fr_head_rule fr_head_status(fr_head *head, const uint8_t *bytes, size_t size)
{
    unsigned code = 0;

    if (size < 3 || (size > 3 && bytes[3] != ' '))
        return FR_HEAD_STATUS;
    for (size_t at = 0; at < 3; at++) {
        if (bytes[at] < '0' || bytes[at] > '9')
            return FR_HEAD_STATUS;
        code = code * 10 + (unsigned)(bytes[at] - '0');
    }
    head->code = code;
    head->reason.bytes = size > 3 ? bytes + 4 : bytes + 3;
    head->reason.size = size > 3 ? size - 4 : 0;
    return FR_HEAD_RIGHT;
}

static int fr_is_white(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static inline void fr_strip(fr_text *text)
{
    while (text->size > 0 && fr_is_white(text->bytes[text->size - 1]))
        text->size--;
    while (text->size > 0 && fr_is_white(text->bytes[0])) {
        text->bytes++;
        text->size--;
    }
}

static int fr_is_length(fr_text text)
{
    if (text.size == 0 || text.size > FR_LENGTH_DIGITS)
        return 0;
    for (size_t at = 0; at < text.size; at++) {
        if (text.bytes[at] < '0' || text.bytes[at] > '9')
            return 0;
    }
    return 1;
}

typedef struct {
    const fr_text *length;
    int chunked;
} fr_framing;

/* A Content-Length. FR_HEAD_LENGTHS if it is not the first one; then it is the
 * same if `*same` is set. */
static fr_head_rule fr_add_length(fr_framing *framing, const fr_text *value, int *same)
{
    const fr_text *length = framing->length;

    if (!fr_is_length(*value))
        return FR_HEAD_LENGTH;
    if (framing->chunked)
        return FR_HEAD_LENGTH_AND_CODING;
    if (length != NULL) {
        *same = length->size == value->size &&
                memcmp(length->bytes, value->bytes, value->size) == 0;
        return *same ? FR_HEAD_RIGHT : FR_HEAD_LENGTHS;
    }
    framing->length = value;
    return FR_HEAD_RIGHT;
}

static fr_head_rule fr_add_coding(
    fr_framing *framing, const fr_text *value, unsigned minor)
{
    if (value->size != 7 || !fr_equal_fold(value->bytes, (const uint8_t *)"chunked", 7))
        return FR_HEAD_CODING;
    if (framing->chunked)
        return FR_HEAD_CODING_TWICE;
    if (framing->length != NULL)
        return FR_HEAD_LENGTH_AND_CODING;
    if (minor == 0)
        return FR_HEAD_CODING_IN_1_0;
    framing->chunked = 1;
    return FR_HEAD_RIGHT;
}

/* Whether a token of 9 to 17 bytes is the name `lower`, in any case. The bit that
 * tells a letter's case is set in all of it: nothing else in a token becomes a
 * letter or a hyphen by that. */
static int fr_is_named(fr_text name, const char *lower)
{
    const uint64_t bits = UINT64_C(0x2020202020202020);
    uint64_t first, last, lower_first, lower_last;

    memcpy(&first, name.bytes, 8);
    memcpy(&last, name.bytes + name.size - 8, 8);
    memcpy(&lower_first, lower, 8);
    memcpy(&lower_last, lower + name.size - 8, 8);
    return (first | bits) == lower_first && (last | bits) == lower_last &&
           (name.bytes[8] | 0x20) == lower[8];
}

static fr_head_rule fr_measure_fields(fr_head *head)
{
    fr_field *fields = head->fields;
    int bodiless = head->code < 200 || head->code == 204;
    fr_framing framing = {NULL, 0};
    size_t kept = 0;

    for (size_t at = 0; at < head->count; at++) {
        fr_field *field = &fields[kept];
        fr_head_rule rule = FR_HEAD_RIGHT;
        int same = 0;

        head->at = at;
        if (kept != at)
            *field = fields[at];
        if (field->name.size > FR_HEAD_MAX || field->value.size > FR_HEAD_MAX)
            return FR_HEAD_SIZE;
        if (!fr_is_token(field->name.bytes, field->name.size))
            return FR_HEAD_NAME;
        if (!fr_is_field_text(field->value.bytes, field->value.size))
            return FR_HEAD_VALUE;
        fr_strip(&field->value);
        if (field->name.size == 14 && fr_is_named(field->name, "content-length"))
            rule = bodiless ? FR_HEAD_BODILESS
                            : fr_add_length(&framing, &field->value, &same);
        if (field->name.size == 17 && fr_is_named(field->name, "transfer-encoding"))
            rule = bodiless ? FR_HEAD_BODILESS
                            : fr_add_coding(&framing, &field->value, head->minor);
        if (rule != FR_HEAD_RIGHT)
            return rule;
        if (same)
            continue;
        kept++;
        head->size += field->name.size + field->value.size + 4;
        if (head->size > FR_HEAD_MAX)
            return FR_HEAD_SIZE;
    }
    head->count = kept;
    return FR_HEAD_RIGHT;
}

fr_head_rule fr_head_measure(fr_head *head)
{
    if (head->code < 100 || head->code > 599)
        return FR_HEAD_STATUS;
    if (head->reason.size > FR_HEAD_MAX)
        return FR_HEAD_SIZE;
    if (!fr_is_field_text(head->reason.bytes, head->reason.size))
        return FR_HEAD_REASON;
    if (head->minor == 0 && head->code < 200)
        return FR_HEAD_INTERIM_IN_1_0;
    fr_strip(&head->reason);
    head->size = FR_STATUS_SIZE + head->reason.size + 4;
    return fr_measure_fields(head);
}

void fr_head_fill(const fr_head *head, uint8_t *out)
{
    memcpy(out, "HTTP/1.0 000 ", FR_STATUS_SIZE);
    out[7] = (uint8_t)('0' + head->minor);
    out[9] = (uint8_t)('0' + head->code / 100);
    out[10] = (uint8_t)('0' + head->code / 10 % 10);
    out[11] = (uint8_t)('0' + head->code % 10);
    out = fr_put_text(head->reason, out + FR_STATUS_SIZE);
    memcpy(out, "\r\n", 2);
    out += 2;
    for (size_t at = 0; at < head->count; at++) {
        out = fr_put_text(head->fields[at].name, out);
        memcpy(out, ": ", 2);
        out = fr_put_text(head->fields[at].value, out + 2);
        memcpy(out, "\r\n", 2);
        out += 2;
    }
    memcpy(out, "\r\n", 2);
}
