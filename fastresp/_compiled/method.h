/* Methods in C that stand for functions of Python.
 *
 * A method descriptor, which CPython makes of a function in C, is not what
 * inspect.isfunction() and unittest.mock's autospec look for: patched with a
 * specification, it would neither be bound to its instance nor refuse wrong
 * arguments. An object of the type here says that its class is that of functions,
 * and has the attributes (signature, code, documentation) of the function that it
 * stands for. It is called by vectorcall, without a bound method.
 */

#ifndef FASTRESP_METHOD_H
#define FASTRESP_METHOD_H

#include <Python.h>
#include <stddef.h>
#include <structmember.h>

typedef PyObject *(*fr_method_call)(
    PyObject *self, PyObject **args, Py_ssize_t count, PyObject *names);

typedef struct {
    PyObject_HEAD vectorcallfunc vectorcall;
    fr_method_call call;
    /* A function of Python, for any other `self` than an instance of the owner. */
    PyObject *stock;
    PyTypeObject *owner;
    int of_class;
} fr_method;

static int fr_method_fits(const fr_method *method, PyObject *self)
{
    if (!method->of_class)
        return PyObject_TypeCheck(self, method->owner);
    return PyType_Check(self) && PyType_IsSubtype((PyTypeObject *)self, method->owner);
}

static PyObject *fr_method_vectorcall(
    PyObject *callable, PyObject *const *args, size_t flagged, PyObject *names)
{
    const fr_method *method = (const fr_method *)callable;
    Py_ssize_t count = PyVectorcall_NARGS(flagged);

    if (count == 0 || !fr_method_fits(method, args[0]))
        return PyObject_Vectorcall(method->stock, args, flagged, names);
    return method->call(args[0], (PyObject **)args + 1, count - 1, names);
}

static PyObject *fr_method_get(PyObject *method, PyObject *instance, PyObject *owner)
{
    (void)owner;
    if (instance == NULL || instance == Py_None)
        return Py_NewRef(method);
    return PyMethod_New(method, instance);
}

static PyObject *fr_method_getattr(PyObject *method, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(method, name);

    if (found == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        found = PyObject_GetAttr(((fr_method *)method)->stock, name);
    }
    return found;
}

static PyObject *fr_method_class(PyObject *method, void *unused)
{
    (void)method;
    (void)unused;
    return Py_NewRef((PyObject *)&PyFunction_Type);
}

/* An attribute that a type has, too, and getattro would find there. */
static PyObject *fr_method_stock_attribute(PyObject *method, void *name)
{
    return PyObject_GetAttrString(((fr_method *)method)->stock, name);
}

/* Pickled and copied as the function of Werkzeug's class. */
static PyObject *fr_method_reduce(PyObject *self, PyObject *unused)
{
    const fr_method *method = (const fr_method *)self;
    PyObject *builtins = PyEval_GetBuiltins();
    PyObject *name = PyObject_GetAttrString(method->stock, "__name__");
    PyObject *reduced = NULL;

    (void)unused;
    if (name != NULL && builtins != NULL)
        reduced = Py_BuildValue(
            "O(OO)", PyDict_GetItemString(builtins, "getattr"), method->owner, name);
    Py_XDECREF(name);
    return reduced;
}

static PyObject *fr_method_repr(PyObject *method)
{
    return PyObject_Repr(((fr_method *)method)->stock);
}

static int fr_method_traverse(PyObject *self, visitproc visit, void *arg)
{
    fr_method *method = (fr_method *)self;

    Py_VISIT(Py_TYPE(self));
    Py_VISIT(method->stock);
    Py_VISIT(method->owner);
    return 0;
}

static void fr_method_dealloc(PyObject *self)
{
    fr_method *method = (fr_method *)self;
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_DECREF(method->stock);
    Py_DECREF(method->owner);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyMemberDef fr_method_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(fr_method, vectorcall), READONLY,
     NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef fr_method_properties[] = {
    {"__class__", fr_method_class, NULL, NULL, NULL},
    {"__doc__", fr_method_stock_attribute, NULL, NULL, "__doc__"},
    {"__module__", fr_method_stock_attribute, NULL, NULL, "__module__"},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef fr_method_methods[] = {
    {"__reduce__", fr_method_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot fr_method_slots[] = {
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_descr_get, (void *)fr_method_get},
    {Py_tp_getattro, (void *)fr_method_getattr},
    {Py_tp_repr, (void *)fr_method_repr},
    {Py_tp_traverse, (void *)fr_method_traverse},
    {Py_tp_dealloc, (void *)fr_method_dealloc},
    {Py_tp_members, fr_method_members},
    {Py_tp_getset, fr_method_properties},
    {Py_tp_methods, fr_method_methods},
    {0, NULL},
};

static PyType_Spec fr_method_spec = {
    "fastresp._compiled.core.function",
    sizeof(fr_method),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
        Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    fr_method_slots,
};

static PyObject *fr_method_type(void)
{
    return PyType_FromSpec(&fr_method_spec);
}

/* Returns a method that calls `call` where `self` is an instance of the owner, or the
 * owner or a class below it, and the function `stock` otherwise. */
static PyObject *fr_new_method(
    PyObject *type, fr_method_call call, PyObject *stock, PyObject *owner, int of_class)
{
    fr_method *method = PyObject_GC_New(fr_method, (PyTypeObject *)type);

    if (method == NULL)
        return NULL;
    method->vectorcall = fr_method_vectorcall;
    method->call = call;
    method->stock = Py_NewRef(stock);
    method->owner = (PyTypeObject *)Py_NewRef(owner);
    method->of_class = of_class;
    PyObject_GC_Track((PyObject *)method);
    return (PyObject *)method;
}

#endif
