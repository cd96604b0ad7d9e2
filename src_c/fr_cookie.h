/* The parts of a Set-Cookie field: domain names. */
#ifndef FR_COOKIE_H
#define FR_COOKIE_H

#include <stddef.h>
#include <stdint.h>

/* Whether `bytes` is a domain name that needs no conversion to be sent: labels
 * of 1 to 63 letters, digits and hyphens, with a dot between two (RFC 1123
 * section 2.1). */
int fr_is_domain(const uint8_t *bytes, size_t size);

#endif
