/* URIs that need no conversion. */
#ifndef FR_URI_H
#define FR_URI_H

#include <stddef.h>
#include <stdint.h>

/* Whether `bytes` is a URI without a host that is spelled as RFC 3986 would have it, so
 * that splitting, quoting and joining its parts gives it back:
 *
 *     "/" path ["?" query] ["#" fragment]
 *
 * without a "//" at its start, and with no empty query or fragment. Zero for all
 * others, right or wrong.
 */
int fr_uri_is_plain(const uint8_t *bytes, size_t size);

#endif
