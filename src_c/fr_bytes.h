/* Bytes by classes and escapes.
 *
 * Which byte is in which class, and what it is escaped as, is the caller's to
 * say; tables have an entry for each byte.
 */
#ifndef FR_BYTES_H
#define FR_BYTES_H

#include <stddef.h>
#include <stdint.h>

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

/* Writes them, as many as measured. */
void fr_escape_fill(
    const uint8_t *bytes, size_t size, const fr_escape *escapes, uint8_t *out);

#endif
