/* Checks, and memory that ends and begins at an unreadable page.
 *
 * The sanitizers do not watch mapped memory, nor code compiled without them;
 * a guard page stops a read past the end in both.
 */
#ifndef CHECK_H
#define CHECK_H

/* For mmap's anonymous memory under -std=c11; so this comes first. */
#define _DEFAULT_SOURCE

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Bytes between two unreadable pages: first <= usable < end. */
struct guarded {
    uint8_t *first;
    uint8_t *end;
};

static inline struct guarded guarded_new(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *all = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct guarded memory;

    if (all == MAP_FAILED || mprotect(all + page, page, PROT_READ | PROT_WRITE)) {
        perror("guard pages");
        exit(1);
    }
    memory.first = all + page;
    memory.end = memory.first + page;
    return memory;
}

/* The same numbers in every run. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline int report(void)
{
    printf("%lu checks\n", checks);
    return 0;
}

#endif
