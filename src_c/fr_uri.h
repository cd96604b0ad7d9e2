/* URIs that need no conversion. */
#ifndef FR_URI_H
#define FR_URI_H

#include <stddef.h>
#include <stdint.h>

/* Whether `bytes` is a URI of a common form that is spelled as RFC 3986 would
 * have it, so that splitting, quoting and joining its parts gives it back:
 *
 *     ["http://" | "https://" host [":" port]] "/" path ["?" query] ["#" fragment]
 *
 * without a "//" at its start, with a lower-case registered name for the host, a
 * port without leading zeros, and no empty query or fragment. Zero for all
 * others, right or wrong.
 */
int fr_uri_is_plain(const uint8_t *bytes, size_t size);

#endif
