/* Eight bytes in a word, looked at together; functions for one character of many. */
#ifndef FR_SWAR_H
#define FR_SWAR_H

#include <stdint.h>

/* A one, and the highest bit, in each byte. */
#define FR_ONES UINT64_C(0x0101010101010101)
#define FR_HIGHS UINT64_C(0x8080808080808080)

/* For functions so small, or called so often, that a call is much of their cost. */
#ifdef __GNUC__
#define FR_INLINE static inline __attribute__((always_inline))
#else
#define FR_INLINE static inline
#endif

#endif
