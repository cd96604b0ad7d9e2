/* Texts; bytes by classes and escapes.
 *
 * Which byte is in which class, and what it is escaped as, is the caller's to
 * say; tables have an entry for each byte.
 */
#ifndef FR_BYTES_H
#define FR_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t size;
} fr_text;

/* What a byte becomes. The size is zero when that is not known. */
typedef struct {
    uint8_t size;
    uint8_t bytes[7];
} fr_escape;

/* Whether `members` has a non-zero entry for each of `bytes`. */
int fr_all_in(const uint8_t *bytes, size_t size, const uint8_t *members);

/* The size of `bytes` escaped, or SIZE_MAX when one of them is not known. Up to
 * SIZE_MAX / 7 - 1 bytes. */
size_t fr_escape_measure(const uint8_t *bytes, size_t size, const fr_escape *escapes);

/* Writes them, as many as measured, and returns their end. */
uint8_t *fr_escape_fill(
    const uint8_t *bytes, size_t size, const fr_escape *escapes, uint8_t *out);

/* Writes a text, and returns its end. Most texts are short: a call of memcpy() would
 * be most of their cost. */
static inline uint8_t *fr_put_text(fr_text text, uint8_t *out)
{
    const uint8_t *bytes = text.bytes;
    size_t size = text.size;

    if (size > 32) {
        memcpy(out, bytes, size);
    } else if (size >= 16) {
        memcpy(out, bytes, 16);
        memcpy(out + size - 16, bytes + size - 16, 16);
    } else if (size >= 8) {
        memcpy(out, bytes, 8);
        memcpy(out + size - 8, bytes + size - 8, 8);
    } else if (size >= 4) {
        memcpy(out, bytes, 4);
        memcpy(out + size - 4, bytes + size - 4, 4);
    } else if (size > 0) {
        out[0] = bytes[0];
        out[size / 2] = bytes[size / 2];
        out[size - 1] = bytes[size - 1];
    }
    return out + size;
}

#endif
