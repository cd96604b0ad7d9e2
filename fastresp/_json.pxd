"""What ``_core`` uses of the encoder."""

from cpython.object cimport PyObject

cdef unsigned long long encoded
cdef object known_app(object provider)
cdef bytes provider_body(
    object provider,
    object app,
    object obj,
    Py_ssize_t frames,
    bint *surrogates,
    bint *usual_type,
)
cdef str decode(bytes text)
