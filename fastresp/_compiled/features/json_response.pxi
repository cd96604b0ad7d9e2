# JSON responses: a provider's text as the body, without a str in between.

cdef object make_json_response(
    object provider, object obj, object app, object response_class, Py_ssize_t frames
):
    """``provider.response(obj)``; ``None``, with nothing called, for Flask's own
    method.

    :param app: an app whose ``response_class`` is known, or ``None``.
    :param response_class: that class.
    :param frames: how many functions written in Python are left out.
    """
    cdef _json.ResponseText said
    cdef uint32_t known
    cdef tuple field

    body = response_text(provider, obj, app, frames, &said)
    if body is None:
        return None
    if said.response_class is not NULL:
        response_class = <object>said.response_class
        Py_DECREF(said.response_class)
    mimetype = JSON_TYPE if said.usual_type else provider.mimetype
    known = UNKNOWN
    if PyType_Check(response_class) and not said.surrogates and can_make_headers():
        known = overridden(response_class)
    if known & CONSTRUCT_NEEDS:
        return response_class(decode(body), mimetype=mimetype)
    if known & PLAIN == PLAIN:
        field = content_type_field(mimetype)
        if field is not None:
            fields = text_fields(field, body)
            return new_response(response_class, fields, rendered_or_ok(None), [body])
    self = fr_new_instance(<PyTypeObject *>response_class, ())
    if not initialize(
        self, known, body, None, None, mimetype, None, NOT_PASSED_THROUGH
    ):
        inherited(self, "__init__")(decode(body), mimetype=mimetype)
    return self


def json_response(provider, obj):
    """The response that a JSON provider makes of an object.

    :param provider: a ``fastresp.json.JSONProvider``.
    :param obj: what to serialize.
    :return: ``None``, with nothing called, if the provider, its options or the
        object are for Flask's own ``response``.

    Source: ``flask.json.provider.DefaultJSONProvider.response``.
    """
    # dumps, json.dumps, JSONEncoder.encode, JSONEncoder.iterencode
    return make_json_response(provider, obj, None, None, 4)
