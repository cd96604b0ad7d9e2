#include "fr_cookie.h"

#define FR_LABEL_MAX 63

static int fr_is_letter_digit_hyphen(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-';
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
