"""What ``gunicorn`` uses of the heads."""

cdef int check_head(object status, list fields) except -1
cdef int check_value(object name, object value) except -1
cdef bytes head_bytes(object status, list first, object headers, unsigned minor)
cdef unsigned plain_code(object status)
cdef tuple current_date()
