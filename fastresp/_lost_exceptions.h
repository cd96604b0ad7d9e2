/* Where CPython fails for want of memory and does not say so. Included by each module.
 *
 * CPython 3.13 may lose the exception that is on its way up, when there is no memory
 * to free an instance with, and Cython's tracebacks are added to what is there: to
 * nothing, which crashes.
 *
 * CPython has no exception when there is no memory for a type's name, and Cython goes
 * on then, without the type. */

#ifndef FR_LOST_EXCEPTIONS_H
#define FR_LOST_EXCEPTIONS_H

#include <Python.h>
#include <frameobject.h>

static inline void fr_say_so(void)
{
    if (PyErr_Occurred() == NULL)
        PyErr_NoMemory();
}

static inline int fr_traceback_here(PyFrameObject *frame)
{
    fr_say_so();
    return PyTraceBack_Here(frame);
}

static inline PyObject *fr_type(PyObject *type)
{
    if (type == NULL)
        fr_say_so();
    return type;
}

#define PyTraceBack_Here fr_traceback_here
#define PyType_FromModuleAndSpec(module, spec, bases) \
    fr_type(PyType_FromModuleAndSpec(module, spec, bases))
#define PyType_FromMetaclass(metaclass, module, spec, bases) \
    fr_type(PyType_FromMetaclass(metaclass, module, spec, bases))

#endif
