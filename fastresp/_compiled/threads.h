/* What threads share: with the lock, numbers as any others. */

#ifndef FASTRESP_THREADS_H
#define FASTRESP_THREADS_H

#include <Python.h>
#include <stdint.h>

#ifdef _MSC_VER
#include <intrin.h>
#define FR_THREAD_LOCAL __declspec(thread)
#else
#define FR_THREAD_LOCAL _Thread_local
#endif

#ifndef Py_GIL_DISABLED
#define FR_HAS_LOCK 1
#define FR_LOAD(number) (number)
#define FR_STORE(number, value) ((void)((number) = (value)))
#define FR_ADD(number, value) ((void)((number) += (value)))
#define FR_SET_BITS(number, bits) ((void)((number) |= (bits)))
#elif defined(_MSC_VER)
#define FR_HAS_LOCK 0
#define FR_LOAD(number) (number)
#define FR_STORE(number, value) ((void)((number) = (value)))
#define FR_ADD(number, value) \
    ((void)_InterlockedExchangeAdd64((volatile __int64 *)&(number), (value)))
#define FR_SET_BITS(number, bits) \
    ((void)_InterlockedOr64((volatile __int64 *)&(number), (__int64)(bits)))
#else
#define FR_HAS_LOCK 0
#define FR_LOAD(number) __atomic_load_n(&(number), __ATOMIC_ACQUIRE)
#define FR_STORE(number, value) __atomic_store_n(&(number), (value), __ATOMIC_RELEASE)
#define FR_ADD(number, value) \
    ((void)__atomic_fetch_add(&(number), (value), __ATOMIC_RELAXED))
#define FR_SET_BITS(number, bits) \
    ((void)__atomic_fetch_or(&(number), (bits), __ATOMIC_RELAXED))
#endif

/* A critical section of an object, between two calls in one function. What it calls
 * holds on to borrowed references only if nothing in between may wait: no other
 * critical section, and no Py_DECREF(). */
#if FR_HAS_LOCK
typedef char fr_section;
#define fr_begin_section(section, object) ((void)(section))
#define fr_end_section(section) ((void)(section))
#else
typedef PyCriticalSection fr_section;
#define fr_begin_section PyCriticalSection_Begin
#define fr_end_section PyCriticalSection_End
#endif

/* How often something was done. Without the lock, each thread counts in one of several
 * lines of the processor's cache, so that threads do not wait for each other. */
enum { FR_BUILT, FR_EMITTED, FR_ENCODED, FR_DELEGATED, FR_COUNTS = 8 };

#if FR_HAS_LOCK
#define FR_COUNT_PLACES 1
#define fr_count_place() 0
#else
#define FR_COUNT_PLACES 64

static uint64_t fr_count_threads;
static FR_THREAD_LOCAL uint64_t fr_count_thread;

static inline size_t fr_count_place(void)
{
    if (fr_count_thread == 0) {
        FR_ADD(fr_count_threads, 1);
        fr_count_thread = FR_LOAD(fr_count_threads);
    }
    return (size_t)(fr_count_thread % FR_COUNT_PLACES);
}
#endif

static uint64_t fr_counts[FR_COUNT_PLACES][FR_COUNTS];

static inline void fr_count(int which)
{
    FR_ADD(fr_counts[fr_count_place()][which], 1);
}

static inline uint64_t fr_count_of(int which)
{
    uint64_t count = 0;
    int place;

    for (place = 0; place < FR_COUNT_PLACES; place++)
        count += FR_LOAD(fr_counts[place][which]);
    return count;
}

#endif
