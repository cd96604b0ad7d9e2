/* A cookie written part by part, and the rules checked one byte after the other: what
 * fr_cookie.c has to agree with. */
#ifndef COOKIE_REFERENCE_H
#define COOKIE_REFERENCE_H

#include "fr_cookie.h"
#include "fr_date.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int reference_is_label(const uint8_t *bytes, size_t size)
{
    static const char letters[] =
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (size_t at = 0; at < size; at++)
        if (bytes[at] == 0 || strchr(letters, bytes[at]) == NULL)
            return 0;
    return size >= 1 && size <= 63;
}

static int reference_is_domain(const uint8_t *bytes, size_t size)
{
    size_t start = 0;

    for (size_t at = 0; at < size; at++)
        if (bytes[at] == '.') {
            if (!reference_is_label(bytes + start, at - start))
                return 0;
            start = at + 1;
        }
    return reference_is_label(bytes + start, size - start);
}

/* Where the next part is written: NULL for a part that is not written as it is. */
static uint8_t *reference_add(uint8_t *out, const void *bytes, size_t size)
{
    memcpy(out, bytes, size);
    return out + size;
}

static uint8_t *reference_name(uint8_t *out, const char *name)
{
    return reference_add(out, name, strlen(name));
}

static uint8_t *reference_line(uint8_t *out, fr_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (text.bytes[at] == '\r' || text.bytes[at] == '\n' || text.bytes[at] == 0)
            return NULL;
    return reference_add(out, text.bytes, text.size);
}

static uint8_t *reference_value(
    uint8_t *out, fr_text value, const fr_cookie_rules *rules)
{
    size_t members = 0;

    for (size_t at = 0; at < value.size; at++)
        members += rules->value_members[value.bytes[at]] != 0;
    if (members == value.size)
        return reference_add(out, value.bytes, value.size);
    *out++ = '"';
    for (size_t at = 0; at < value.size; at++) {
        const fr_escape *escape = &rules->value_escapes[value.bytes[at]];

        if (escape->size == 0)
            return NULL;
        out = reference_add(out, escape->bytes, escape->size);
    }
    *out++ = '"';
    return out;
}

static uint8_t *reference_domain(uint8_t *out, fr_text domain)
{
    if (domain.size > 0 && !reference_is_domain(domain.bytes, domain.size))
        return NULL;
    out = reference_name(out, "; Domain=");
    return reference_add(out, domain.bytes, domain.size);
}

static uint8_t *reference_path(uint8_t *out, fr_text path, const fr_cookie_rules *rules)
{
    for (size_t at = 0; at < path.size; at++)
        if (!rules->path_members[path.bytes[at]])
            return NULL;
    out = reference_name(out, "; Path=");
    return reference_add(out, path.bytes, path.size);
}

static uint8_t *reference_samesite(uint8_t *out, fr_text samesite)
{
    static const char *const names[] = {"Lax", "None", "Strict"};

    for (size_t index = 0; index < 3; index++) {
        size_t equal = 0;

        if (samesite.size != strlen(names[index]))
            continue;
        for (size_t at = 0; at < samesite.size; at++) {
            uint8_t upper = (uint8_t)names[index][at];

            if (upper >= 'a')
                upper = (uint8_t)(upper - 'a' + 'A');
            equal += samesite.bytes[at] == upper ||
                     samesite.bytes[at] == (uint8_t)(upper - 'A' + 'a');
        }
        if (equal == samesite.size)
            return reference_name(reference_name(out, "; SameSite="), names[index]);
    }
    return NULL;
}

static uint8_t *reference_expires(uint8_t *out, const fr_cookie *cookie)
{
    if (!cookie->has_date && cookie->expires.bytes == NULL)
        return out;
    out = reference_name(out, "; Expires=");
    if (!cookie->has_date)
        return reference_line(out, cookie->expires);
    fr_date_fill(cookie->date, out);
    return out + FR_DATE_SIZE;
}

/* The size of what is written; 0 for a cookie that is not written as it is. */
static size_t reference_cookie(
    const fr_cookie *cookie, const fr_cookie_rules *rules, uint8_t *start)
{
    uint8_t *out = reference_line(start, cookie->key);

    if (out != NULL)
        out = reference_value(reference_name(out, "="), cookie->value, rules);
    if (out != NULL && cookie->domain.bytes != NULL)
        out = reference_domain(out, cookie->domain);
    if (out != NULL)
        out = reference_expires(out, cookie);
    if (out != NULL && cookie->has_max_age)
        out += sprintf((char *)out, "; Max-Age=%" PRId64, cookie->max_age);
    if (out != NULL && (cookie->secure || cookie->partitioned))
        out = reference_name(out, "; Secure");
    if (out != NULL && cookie->httponly)
        out = reference_name(out, "; HttpOnly");
    if (out != NULL && cookie->path.bytes != NULL)
        out = reference_path(out, cookie->path, rules);
    if (out != NULL && cookie->samesite.bytes != NULL)
        out = reference_samesite(out, cookie->samesite);
    if (out != NULL && cookie->partitioned)
        out = reference_name(out, "; Partitioned");
    return out == NULL ? 0 : (size_t)(out - start);
}

#endif
