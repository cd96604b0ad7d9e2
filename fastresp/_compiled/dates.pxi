# Dates.

# What datetime.fromtimestamp() takes on every platform: from 1970 up to, not
# including, the year 3000.
cdef int64_t TIMESTAMP_END = 32503680000


cdef inline int64_t whole_second(double timestamp) noexcept:
    """The second a date shows: the one that is begun, after rounding to
    microseconds; half of one to even, and that is the million. -1 for what
    Werkzeug has to look at."""
    cdef double second

    if not 0 <= timestamp < <double>(TIMESTAMP_END - 1):
        return -1
    second = floor(timestamp)
    if (timestamp - second) * 1e6 >= 999999.5:
        second += 1
    return <int64_t>second
