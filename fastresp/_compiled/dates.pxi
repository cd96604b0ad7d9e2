# Dates.

fr_import_datetime()

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


cdef int read_date(object expires, int64_t *seconds) except -1:
    """Read the moment that ``http_date`` would write for an integer or a datetime;
    0 to fall back to that function."""
    cdef int overflow = 0
    cdef PyObject *zone

    if PyLong_CheckExact(expires):
        seconds[0] = PyLong_AsLongAndOverflow(expires, &overflow)
        return overflow == 0 and 0 <= seconds[0] < TIMESTAMP_END
    if PyDateTime_CheckExact(expires):
        zone = PyDateTime_DATE_GET_TZINFO(expires)
        if zone is <PyObject *>None or zone is PyDateTime_TimeZone_UTC:
            seconds[0] = fr_date_seconds(
                <unsigned>PyDateTime_GET_YEAR(expires),
                <unsigned>PyDateTime_GET_MONTH(expires),
                <unsigned>PyDateTime_GET_DAY(expires),
                <unsigned>PyDateTime_DATE_GET_HOUR(expires),
                <unsigned>PyDateTime_DATE_GET_MINUTE(expires),
                <unsigned>PyDateTime_DATE_GET_SECOND(expires),
            )
            return 1
    return 0
