/* What the tests of the C library share: checks, memory between unreadable pages,
 * taking an input apart, and a driver.
 *
 * Each test compares functions with a plain reference: on cases of its own
 * (test_cases), and on inputs (LLVMFuzzerTestOneInput). With -DFR_LIBFUZZER, libFuzzer
 * makes the inputs; otherwise make_input() does, for as many seconds as the program's
 * argument says.
 */
#ifndef CHECK_H
#define CHECK_H

/* For mmap's anonymous memory under -std=c11; so this comes first. */
#define _DEFAULT_SOURCE

#include "fr_bytes.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The test's own. With OWN_INPUT, also make_input(), which writes up to MAX_INPUT bytes
 * and returns how many. */
#define MAX_INPUT 4096
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
static size_t make_input(uint8_t *out, uint64_t *state);
static void test_cases(void);

/* --- checks ------------------------------------------------------------------ */

static unsigned long checks;

/* Not assert(), which -DNDEBUG takes away. */
#define CHECK(condition, ...) \
    do { \
        checks++; \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__); \
            fputc('\n', stderr); \
            exit(1); \
        } \
    } while (0)

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Leave out a round of a large loop: with -DFR_ONE_IN=n, all but each n-th. Builds that
 * are slow look at the same loops in larger steps. */
#ifndef FR_ONE_IN
#define FR_ONE_IN 1
#endif

static inline int left_out(void)
{
    static unsigned round;

    return ++round % FR_ONE_IN != 0;
}

/* The same numbers in every run. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* --- memory ------------------------------------------------------------------ */

/* The sanitizers do not watch code compiled without them; an unreadable page stops a
 * read or write past a room in any build. The rooms of a check end at such a page, or
 * else begin after one. On the other side is text that would change results, and
 * has to stay. */
#define ROOMS 100
#define ROOM_SIZE (1 << 16)

static const uint8_t margin[16] = "\n\"\\\0left as it.";

static struct room {
    uint8_t *first;
    uint8_t *margin;
} rooms[ROOMS];
static size_t rooms_used;
static int after_page;

static inline uint8_t *new_room(size_t size)
{
    struct room *room = &rooms[rooms_used++];
    uint8_t *start;

    if (rooms_used > ROOMS || size + sizeof(margin) > ROOM_SIZE)
        abort();
    if (room->first == NULL) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        uint8_t *all = mmap(
            NULL, ROOM_SIZE + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (all == MAP_FAILED ||
            mprotect(all + page, ROOM_SIZE, PROT_READ | PROT_WRITE) != 0)
            abort();
        room->first = all + page;
    }
    start = after_page ? room->first : room->first + ROOM_SIZE - size;
    room->margin = after_page ? start + size : start - sizeof(margin);
    memcpy(room->margin, margin, sizeof(margin));
    memset(start, 0xA5, size);
    return start;
}

static inline uint8_t *room_with(const void *bytes, size_t size)
{
    uint8_t *start = new_room(size);

    if (size > 0)
        memcpy(start, bytes, size);
    return start;
}

/* Ends a check. */
static inline void close_rooms(void)
{
    static uint64_t state = 1;

    while (rooms_used > 0)
        CHECK(
            memcmp(rooms[--rooms_used].margin, margin, sizeof(margin)) == 0,
            "written %s room %zu", after_page ? "after" : "before", rooms_used);
    after_page = next_random(&state) >> 63 ? 1 : 0;
}

/* --- inputs ------------------------------------------------------------------ */

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

/* A length, then as many bytes. */
static inline fr_text take_text(input *in)
{
    fr_text text;

    text.size = take_byte(in);
    text.bytes = in->bytes;
    if (text.size > in->size)
        text.size = in->size;
    in->bytes += text.size;
    in->size -= text.size;
    return text;
}

#define PICK(list, random) (list[(random) % COUNT(list)])

static inline uint8_t random_byte(uint64_t *state)
{
    return (uint8_t)(next_random(state) >> 32);
}

static inline uint8_t *put_number(uint8_t *out, uint64_t number, size_t size)
{
    while (size-- > 0)
        *out++ = (uint8_t)(number >> (8 * size));
    return out;
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

#ifndef OWN_INPUT

/* Letters, and among them any byte, or nothing else. */
static size_t make_input(uint8_t *out, uint64_t *state)
{
    size_t size = 9 + next_random(state) % 200;
    uint64_t rare = next_random(state) % 2 ? 1 : 1 + next_random(state) % 64;

    for (size_t at = 0; at < size; at++)
        out[at] = next_random(state) % rare ? (uint8_t)('a' + next_random(state) % 26)
                                            : random_byte(state);
    return size;
}

#endif

/* The same after its length. */
static inline uint8_t *put_sized(uint8_t *out, const char *text, uint64_t *state)
{
    *out = (uint8_t)strlen(text);
    return put_text(out + 1, text, state);
}

static inline fr_text text_of(const char *text)
{
    fr_text made = {(const uint8_t *)text, strlen(text)};

    return made;
}

/* --- the driver -------------------------------------------------------------- */

#ifndef FR_LIBFUZZER

int main(int argc, char **argv)
{
    static uint8_t bytes[MAX_INPUT];
    time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
    uint64_t state = argc > 1 ? (uint64_t)end : 1;

    if (argc == 1)
        test_cases();
    do {
        for (int round = 0; round < 50000; round++)
            LLVMFuzzerTestOneInput(bytes, make_input(bytes, &state));
    } while (time(NULL) < end);
    printf("%lu checks\n", checks);
    return 0;
}

#endif

#endif
