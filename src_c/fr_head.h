/* The head of an HTTP/1.x response: status line and header section.
 *
 * fr_head_measure() looks at every byte and answers with the size, or with the
 * rule that is broken. fr_head_fill() then writes just that many bytes and
 * cannot fail. Nothing is copied in between: the texts have to stay.
 */
#ifndef FR_HEAD_H
#define FR_HEAD_H

#include "fr_attributes.h"
#include "fr_bytes.h"

#include <stddef.h>
#include <stdint.h>

/* The longest Content-Length: parsers differ on numbers beyond 64 bits. */
#define FR_LENGTH_DIGITS 18

typedef struct {
    fr_text name;
    fr_text value;
} fr_field;

typedef enum {
    FR_HEAD_RIGHT,
    /* Of the status line. */
    FR_HEAD_STATUS,
    FR_HEAD_REASON,
    FR_HEAD_INTERIM_IN_1_0,
    /* Of the field at `at`. */
    FR_HEAD_NAME,
    FR_HEAD_VALUE,
    FR_HEAD_LENGTH,
    FR_HEAD_LENGTHS,
    FR_HEAD_CODING,
    FR_HEAD_CODING_TWICE,
    FR_HEAD_CODING_IN_1_0,
    FR_HEAD_LENGTH_AND_CODING,
    FR_HEAD_BODILESS,
    FR_HEAD_SIZE,
} fr_head_rule;

typedef struct {
    /* 0 or 1: HTTP/1.0 or HTTP/1.1. */
    unsigned minor;
    unsigned code;
    fr_text reason;
    fr_field *fields;
    size_t count;
    /* Set by fr_head_measure(). */
    size_t size;
    size_t at;
} fr_head;

/* Takes a status apart: three digits, then nothing or a space and a reason,
 * which may be empty. FR_HEAD_RIGHT or FR_HEAD_STATUS. */
FR_MUST_USE fr_head_rule
fr_head_status(fr_head *head, const uint8_t *bytes, size_t size);

/* Whether the head is one that every recipient reads alike:
 *
 *     status-line = HTTP-version SP status-code SP [ reason-phrase ]
 *     field-line  = field-name ":" OWS field-value OWS
 *
 * (RFC 9112 sections 4 and 5, RFC 9110 section 5), with a code from 100 to 599,
 * and, by RFC 9110 section 8.6 and RFC 9112 sections 6.1 and 6.2,
 *
 * -  Content-Length: FR_LENGTH_DIGITS digits at most;
 * -  Transfer-Encoding: "chunked", once, in HTTP/1.1;
 * -  not both of them, and neither with 1xx or 204.
 *
 * White space around a reason or a value is not part of it and is taken off.
 * A Content-Length that is repeated with the same digits is left out: `fields`
 * and `count` change. */
FR_MUST_USE fr_head_rule fr_head_measure(fr_head *head);

/* Writes `size` bytes, as measured. */
void fr_head_fill(const fr_head *head, uint8_t *out);

#endif
