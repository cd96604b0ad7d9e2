# Redirects: `redirect` for one app.

cdef object stock_redirect = found_in(werkzeug_utils, "redirect")
cdef Watch redirect_watch = Watch((werkzeug_utils, "redirect"))
cdef Watch escape_watch = Watch((werkzeug_utils, "escape"))


class RecordedResponse:
    """Record the arguments that Werkzeug's ``redirect`` calls a response class
    with."""

    def __init__(self, *args, **kwargs):
        self.arguments = args, kwargs
        self.headers = {}


cdef tuple examine_redirect():
    """Return the text between the places where ``redirect`` puts the location;
    ``None`` if it does anything else than make such a page."""
    if not redirect_watch.genuine:
        return None
    try:
        made = stock_redirect("\0", 302, Response=RecordedResponse)
    except Exception:
        # What it calls was patched.
        return None
    if made.headers != {LOCATION: "\0"}:
        return None
    (text, *status), keywords = made.arguments
    if status != [302] or keywords != {"mimetype": TEXT_HTML}:
        return None
    return tuple(map(str.encode, text.split("\0")))


cdef tuple redirect_pieces = examine_redirect()


cdef object redirection(object response_class, object location, object code):
    """``werkzeug.utils.redirect(location, code, response_class)``; ``None``, with
    nothing done, when that has to do it."""
    cdef uint32_t known
    cdef bytes escaped

    if (
        redirect_pieces is None
        or not intact(escape_watch)
        or not is_field_value(location)
        or not (PyLong_CheckExact(code) or PyUnicode_CheckExact(code))
        or not PyType_Check(response_class)
    ):
        return None
    known = overridden(response_class)
    if known & CONSTRUCT_NEEDS or known & PLAIN != PLAIN or not can_make_headers():
        return None
    escaped = html_escaped(location)
    if escaped is None:
        return None
    body = escaped.join(redirect_pieces)
    fields = text_fields(TEXT_HTML_FIELD, body)
    fields.append((LOCATION, location))
    return new_response(response_class, fields, render(code), [body])


# The module of Flask's method; the method calls Werkzeug's function by this name.
cdef dict redirect_names = getattr(stock_redirect_method, "__globals__", {})
cdef tuple REDIRECT_PARAMETERS = ("location", "code")
cdef tuple REDIRECT_DEFAULTS = ()
if (
    is_genuine("redirect", stock_redirect_method)
    and parameters_of(stock_redirect_method) == REDIRECT_PARAMETERS
):
    REDIRECT_DEFAULTS = stock_redirect_method.__defaults__ or ()
else:
    redirect_pieces = None
if "_wz_redirect" in redirect_names:
    watched_names.add((sys.modules[redirect_names["__name__"]], "_wz_redirect"))


def redirect_maker(app):
    """Return a compiled ``redirect`` for one app, with the parameters of
    ``Flask.redirect``.

    :param app: a weak reference to the app, as for :func:`response_maker`.
    """

    def redirect(*args, **kwargs):
        cdef PyObject *borrowed_values[2]
        cdef uint32_t known

        self = app_of_call(app, "redirect")
        known = app_class(self)
        if not known & FLASKS_REDIRECT:
            return current_method(self, "redirect")(*args, **kwargs)
        response = None
        if (
            PyTuple_GET_SIZE(REDIRECT_DEFAULTS) == 1
            and PyDict_GetItemWithError(redirect_names, "_wz_redirect") is (
                <PyObject *>stock_redirect
            )
            and take_call(
                REDIRECT_PARAMETERS,
                REDIRECT_DEFAULTS,
                args,
                <PyObject *>kwargs,
                borrowed_values,
            )
        ):
            location = <object>borrowed_values[0]
            code = <object>borrowed_values[1]
            response_class = app_attribute(
                self, "response_class", known & PLAIN_RESPONSE_CLASS
            )
            response = redirection(response_class, location, code)
        if response is None:
            return stock_redirect_method(self, *args, **kwargs)
        return response

    # By which a copy of the app knows that it has this function.
    redirect.app = app
    return redirect
