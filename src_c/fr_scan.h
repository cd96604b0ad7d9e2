/* Byte classes of HTTP header sections.
 *
 * Pointer and length in, truth value out; no allocation, no state.
 */
#ifndef FR_SCAN_H
#define FR_SCAN_H

#include "fr_attributes.h"

#include <stddef.h>
#include <stdint.h>

/* Whether `bytes` has CR, LF or NUL. These three end a field line early in one parser
 * or another, so RFC 9110 section 5.5 calls them dangerous and has recipients reject
 * or replace them.
 */
FR_MUST_USE int fr_has_line_break(const uint8_t *bytes, size_t size);

/* Whether `bytes` is a token (RFC 9110 section 5.6.2): a field name. */
FR_MUST_USE int fr_is_token(const uint8_t *bytes, size_t size);

/* Whether `bytes` is what a field value or a reason phrase is made of (RFC 9110
 * section 5.5, RFC 9112 section 4), and perhaps nothing:
 *
 *     *( HTAB / SP / VCHAR / obs-text )
 */
FR_MUST_USE int fr_is_field_text(const uint8_t *bytes, size_t size);

/* Whether two are equal when ASCII letters are compared without case (field
 * names are case-insensitive, RFC 9110 section 5.1).
 */
FR_MUST_USE int fr_equal_fold(const uint8_t *bytes, const uint8_t *others, size_t size);

#endif
