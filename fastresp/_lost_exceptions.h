/* CPython 3.13 may lose the exception that is on its way up, when there is no memory
 * to free an instance with, and Cython's tracebacks are added to what is there: to
 * nothing, which crashes. Then it is for want of memory. Included by each module. */

#ifndef FR_LOST_EXCEPTIONS_H
#define FR_LOST_EXCEPTIONS_H

#include <Python.h>
#include <frameobject.h>

static inline int fr_traceback_here(PyFrameObject *frame)
{
    if (PyErr_Occurred() == NULL)
        PyErr_NoMemory();
    return PyTraceBack_Here(frame);
}

#define PyTraceBack_Here fr_traceback_here

#endif
