"""What ``core`` uses of the encoder."""

from cpython.object cimport PyObject


cdef struct ResponseText:
    # A new reference to the class for the response if the provider's app is not
    # the one that was passed; else NULL.
    PyObject *response_class
    # Whether the text has surrogates, so that it is no valid UTF-8.
    bint surrogates
    # Whether the provider's media type is Flask's `application/json`.
    bint usual_type


cdef unsigned long long encoded
cdef bytes response_text(
    object provider, object obj, object app, Py_ssize_t frames, ResponseText *said
)
cdef str decode(bytes text)
