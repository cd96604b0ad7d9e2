/* What the fuzz targets have in common: taking an input apart, and a driver.
 *
 * With -DFR_LIBFUZZER, libFuzzer makes the inputs; otherwise the target does,
 * for as many seconds as the program's argument says.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "check.h"

#include <string.h>
#include <time.h>

#define FUZZ_MOST 4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is left of an input. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
} input;

static inline unsigned take_byte(input *in)
{
    if (in->size == 0)
        return 0;
    in->size--;
    return *in->bytes++;
}

/* A number of so many bytes. */
static inline uint64_t take_number(input *in, size_t size)
{
    uint64_t number = 0;

    while (size-- > 0)
        number = number << 8 | take_byte(in);
    return number;
}

/* A block of just that size, so that a sanitizer sees what is read or written
 * beyond either end. */
static inline uint8_t *new_block(size_t size)
{
    uint8_t *block = calloc(1, size);

    if (block == NULL && size > 0)
        abort();
    return block;
}

/* As many bytes as there are, up to `size`, in a block of their own. */
static inline uint8_t *take_block(input *in, size_t *size)
{
    uint8_t *block;

    if (*size > in->size)
        *size = in->size;
    block = new_block(*size);
    if (*size > 0)
        memcpy(block, in->bytes, *size);
    in->bytes += *size;
    in->size -= *size;
    return block;
}

#ifndef FR_LIBFUZZER

#define PICK(list, random) (list[(random) % (sizeof(list) / sizeof(*(list)))])

/* The target's own: writes an input of up to FUZZ_MOST bytes, returns its size. */
static size_t make_input(uint8_t *out, uint64_t *state);

/* Any byte. */
static inline uint8_t random_byte(uint64_t *state)
{
    return (uint8_t)(next_random(state) >> 32);
}

/* A text, with any byte in any place now and then. */
static inline uint8_t *put_text(uint8_t *out, const char *text, uint64_t *state)
{
    size_t size = strlen(text);

    memcpy(out, text, size);
    if (size > 0 && next_random(state) % 8 == 0)
        out[next_random(state) % size] = random_byte(state);
    return out + size;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[FUZZ_MOST];
    time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
    uint64_t state = argc > 1 ? (uint64_t)end : 1;

    do {
        for (int round = 0; round < 20000; round++)
            LLVMFuzzerTestOneInput(bytes, make_input(bytes, &state));
    } while (time(NULL) < end);
    return report();
}

#endif

#endif
