#include "fr_cookie.h"

#include "fr_date.h"
#include "fr_decimal.h"
#include "fr_scan.h"

#include <string.h>

#define FR_LABEL_MAX 63

#define FR_DOMAIN "; Domain="
#define FR_EXPIRES "; Expires="
#define FR_MAX_AGE "; Max-Age="
#define FR_SECURE "; Secure"
#define FR_HTTPONLY "; HttpOnly"
#define FR_PATH "; Path="
#define FR_SAMESITE "; SameSite="
#define FR_PARTITIONED "; Partitioned"

#define FR_SIZE(literal) (sizeof(literal) - 1)
#define FR_PUT(literal, out) fr_put_bytes(literal, FR_SIZE(literal), out)

static int fr_is_letter_digit_hyphen(uint8_t byte)
{
    uint8_t lower = byte | 0x20;

    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '-';
}

int fr_is_domain(const uint8_t *bytes, size_t size)
{
    size_t label = 0;

    for (size_t at = 0; at < size; at++) {
        if (fr_is_letter_digit_hyphen(bytes[at])) {
            if (++label > FR_LABEL_MAX)
                return 0;
        } else if (bytes[at] == '.' && label > 0) {
            label = 0;
        } else {
            return 0;
        }
    }
    return label > 0;
}

/* The spelling of a SameSite attribute that is written in any case; NULL for others.
 * The sizes are the same. */
static const char *fr_samesite(fr_text text)
{
    const char *name;

    if (text.size == 3)
        name = "Lax";
    else if (text.size == 4)
        name = "None";
    else if (text.size == 6)
        name = "Strict";
    else
        return NULL;
    return fr_equal_fold(text.bytes, (const uint8_t *)name, text.size) ? name : NULL;
}

/* Whether all but the value is written as it is. */
static int fr_is_plain(const fr_cookie *cookie, const fr_cookie_rules *rules)
{
    if (fr_has_line_break(cookie->key.bytes, cookie->key.size))
        return 0;
    if (!cookie->has_date && cookie->expires.bytes &&
        fr_has_line_break(cookie->expires.bytes, cookie->expires.size))
        return 0;
    if (cookie->domain.bytes && cookie->domain.size > 0 &&
        !fr_is_domain(cookie->domain.bytes, cookie->domain.size))
        return 0;
    if (cookie->path.bytes &&
        !fr_all_in(cookie->path.bytes, cookie->path.size, rules->path_members))
        return 0;
    return cookie->samesite.bytes == NULL || fr_samesite(cookie->samesite) != NULL;
}

/* Sets whether the value gets quotation marks, and its size with them. */
static int fr_measure_value(fr_cookie *cookie, const fr_cookie_rules *rules)
{
    const uint8_t *bytes = cookie->value.bytes;
    size_t size = cookie->value.size;

    cookie->size = size;
    cookie->quoted = !fr_all_in(bytes, size, rules->value_members);
    if (!cookie->quoted)
        return 1;
    size = fr_escape_measure(bytes, size, rules->value_escapes);
    cookie->size = size + 2;
    return size != SIZE_MAX;
}

static size_t fr_attribute_size(size_t name, fr_text text)
{
    return text.bytes ? name + text.size : 0;
}

static int fr_is_secure(const fr_cookie *cookie)
{
    return cookie->secure || cookie->partitioned;
}

int fr_cookie_measure(fr_cookie *cookie, const fr_cookie_rules *rules)
{
    if (!fr_is_plain(cookie, rules) || !fr_measure_value(cookie, rules))
        return 0;
    cookie->size += cookie->key.size + 1;
    cookie->size += fr_attribute_size(FR_SIZE(FR_DOMAIN), cookie->domain);
    if (cookie->has_date)
        cookie->size += FR_SIZE(FR_EXPIRES) + FR_DATE_SIZE;
    else
        cookie->size += fr_attribute_size(FR_SIZE(FR_EXPIRES), cookie->expires);
    if (cookie->has_max_age)
        cookie->size += FR_SIZE(FR_MAX_AGE) + fr_decimal_size_signed(cookie->max_age);
    if (fr_is_secure(cookie))
        cookie->size += FR_SIZE(FR_SECURE);
    if (cookie->httponly)
        cookie->size += FR_SIZE(FR_HTTPONLY);
    cookie->size += fr_attribute_size(FR_SIZE(FR_PATH), cookie->path);
    cookie->size += fr_attribute_size(FR_SIZE(FR_SAMESITE), cookie->samesite);
    if (cookie->partitioned)
        cookie->size += FR_SIZE(FR_PARTITIONED);
    return 1;
}

static inline uint8_t *fr_put_bytes(const void *bytes, size_t size, uint8_t *out)
{
    memcpy(out, bytes, size);
    return out + size;
}

static uint8_t *fr_put_value(
    const fr_cookie *cookie, const fr_cookie_rules *rules, uint8_t *out)
{
    fr_text value = cookie->value;

    if (!cookie->quoted)
        return fr_put_text(value, out);
    *out++ = '"';
    out = fr_escape_fill(value.bytes, value.size, rules->value_escapes, out);
    *out++ = '"';
    return out;
}

static uint8_t *fr_put_expires(const fr_cookie *cookie, uint8_t *out)
{
    if (cookie->has_date) {
        out = FR_PUT(FR_EXPIRES, out);
        fr_date_fill(cookie->date, out);
        return out + FR_DATE_SIZE;
    }
    if (cookie->expires.bytes)
        out = fr_put_text(cookie->expires, FR_PUT(FR_EXPIRES, out));
    return out;
}

void fr_cookie_fill(const fr_cookie *cookie, const fr_cookie_rules *rules, uint8_t *out)
{
    out = fr_put_text(cookie->key, out);
    *out++ = '=';
    out = fr_put_value(cookie, rules, out);
    if (cookie->domain.bytes)
        out = fr_put_text(cookie->domain, FR_PUT(FR_DOMAIN, out));
    out = fr_put_expires(cookie, out);
    if (cookie->has_max_age) {
        out = FR_PUT(FR_MAX_AGE, out);
        out += fr_decimal_fill_signed(cookie->max_age, out);
    }
    if (fr_is_secure(cookie))
        out = FR_PUT(FR_SECURE, out);
    if (cookie->httponly)
        out = FR_PUT(FR_HTTPONLY, out);
    if (cookie->path.bytes)
        out = fr_put_text(cookie->path, FR_PUT(FR_PATH, out));
    if (cookie->samesite.bytes) {
        out = FR_PUT(FR_SAMESITE, out);
        out = fr_put_bytes(fr_samesite(cookie->samesite), cookie->samesite.size, out);
    }
    if (cookie->partitioned)
        FR_PUT(FR_PARTITIONED, out);
}
