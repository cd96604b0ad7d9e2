# Header names.

cdef str CONTENT_TYPE = "Content-Type"
cdef str CONTENT_LENGTH = "Content-Length"
cdef str CONTENT_LOCATION = "Content-Location"
cdef str DATE = "Date"
cdef str ETAG = "ETag"
cdef str LOCATION = "Location"
cdef str SET_COOKIE = "Set-Cookie"
cdef str VARY = "Vary"

cdef list length_fields = list(zip(repeat(CONTENT_LENGTH), map(str, range(2048))))


cdef tuple length_field(Py_ssize_t value):
    """Return ``("Content-Length", str(value))``, ready made for small bodies."""
    if value < PyList_GET_SIZE(length_fields):
        return <tuple>PyList_GET_ITEM(length_fields, value)
    return CONTENT_LENGTH, f"{value}"
