# Flask's default provider: its options, and whether it is still the one that
# this code knows.

import flask.json.provider as flask_provider

cdef dict json_names = json.__dict__
cdef dict encoder_names = json.encoder.__dict__
cdef dict provider_names = flask_provider.__dict__

# What the result of Flask's `dumps` depends on besides its arguments.
cdef tuple KNOWN_NAMES = (
    (provider_names, "json", json),
    (json_names, "dumps", json.dumps),
    (json_names, "JSONEncoder", JSONEncoder),
    (encoder_names, "c_make_encoder", json.encoder.c_make_encoder),
    (encoder_names, "encode_basestring", json.encoder.encode_basestring),
    (encoder_names, "encode_basestring_ascii", json.encoder.encode_basestring_ascii),
)
cdef uint32_t encoder_tag = 0
cdef uint64_t json_version = 0
cdef uint64_t encoder_version = 0
cdef uint64_t provider_version = 0


cdef inline bint standard_is_known() except -1:
    """Whether nobody has replaced a part of the standard encoder."""
    return (
        encoder_tag != 0
        and fr_type_tag(<PyTypeObject *>JSONEncoder) == encoder_tag
        and json_version != 0
        and fr_dict_version(json_names) == json_version
        and fr_dict_version(encoder_names) == encoder_version
        and fr_dict_version(provider_names) == provider_version
    ) or examine_standard()


cdef bint examine_standard() except -1:
    global encoder_tag, json_version, encoder_version, provider_version
    cdef uint32_t tag

    if json.encoder.c_make_encoder is None:
        return False
    for names, name, value in KNOWN_NAMES:
        if (<dict>names).get(name) is not value:
            return False
    tag = fr_type_tag(<PyTypeObject *>JSONEncoder)
    if tag == 0 or tag != encoder_tag:
        for name, value in KNOWN_ENCODER.items():
            if JSONEncoder.__dict__.get(name) is not value:
                return False
        encoder_tag = fr_assign_type_tag(<PyTypeObject *>JSONEncoder, "encode")
    json_version = fr_dict_version(json_names)
    encoder_version = fr_dict_version(encoder_names)
    provider_version = fr_dict_version(provider_names)
    return True


cdef dict KNOWN_ENCODER = dict(JSONEncoder.__dict__)
cdef object plain_encoder = JSONEncoder()


cdef inline bint is_ascii(object text):
    return type(text) is str and PyUnicode_IS_COMPACT_ASCII(<PyObject *>text)


cdef int set_flag(uint32_t *options, uint32_t flag, object value) except -1:
    """Sets or clears a flag; 0 when ``value`` is something else than a bool."""
    if value is True:
        options[0] |= flag
    elif value is False:
        options[0] &= ~flag
    else:
        return 0
    return 1


# json.dumps, JSONEncoder.encode, JSONEncoder.iterencode
cdef Py_ssize_t STANDARD_FRAMES = 3


cdef bytes encode_with(object obj, dict keywords, uint32_t options, int *surrogates):
    """:func:`encode` with the keyword arguments of :func:`json.dumps`; ``None``
    for the standard encoder."""
    cdef str item_separator = ", "
    cdef str key_separator = ": "
    cdef str indentation = None
    cdef object separators = None
    cdef object default = None
    cdef object indent = None
    cdef bint known = True

    options |= ENSURE_ASCII | ALLOW_NAN | CHECK_CIRCULAR
    if not standard_is_known():
        return None
    for name, value in keywords.items():
        if name == "default":
            default = value
        elif name == "separators":
            separators = value
        elif name == "indent":
            indent = value
        elif name == "sort_keys":
            known = set_flag(&options, SORT_KEYS, value)
        elif name == "ensure_ascii":
            known = set_flag(&options, ENSURE_ASCII, value)
        elif name == "skipkeys":
            known = set_flag(&options, SKIPKEYS, value)
        elif name == "allow_nan":
            known = set_flag(&options, ALLOW_NAN, value)
        elif name == "check_circular":
            known = set_flag(&options, CHECK_CIRCULAR, value)
        else:
            known = name == "cls" and value is None
        if not known:
            return None

    if indent is not None:
        if options & SKIPKEYS:
            return None
        if type(indent) is int and indent < 1024:
            indentation = " " * indent
        elif is_ascii(indent):
            indentation = indent
        else:
            return None
        item_separator = ","
    if separators is not None:
        if type(separators) is not tuple or len(separators) != 2:
            return None
        if not is_ascii(separators[0]) or not is_ascii(separators[1]):
            return None
        item_separator, key_separator = separators
    if default is None:
        default = plain_encoder.default
    return encode(
        obj,
        default,
        options,
        item_separator,
        key_separator,
        indentation,
        STANDARD_FRAMES,
        surrogates,
    )


cdef str decode(bytes text, bint surrogates):
    """The ``str`` that :func:`encode` wrote."""
    cdef const char *errors = "surrogatepass" if surrogates else "strict"
    return PyUnicode_DecodeUTF8(PyBytes_AS_STRING(text), len(text), errors)


def dumps(obj, dict keywords):
    """:func:`json.dumps`, faster.

    :param obj: what to serialize.
    :param keywords: its keyword arguments.
    :return: the text, or ``None`` for arguments that the standard encoder has
        to be called with. Then nothing of ``obj`` has been called.
    :raises TypeError: and whatever else :func:`json.dumps` and ``default``
        raise, word for word.
    """
    cdef int surrogates = 0
    text = encode_with(obj, keywords, 0, &surrogates)
    return None if text is None else decode(text, surrogates)


def dumpb(obj, dict keywords):
    """The same as bytes: UTF-8, or ASCII unless ``ensure_ascii`` is false.

    :return: the text, or ``None`` for arguments that the standard encoder has
        to be called with, and for a text with surrogates.
    """
    cdef int surrogates = 0
    text = encode_with(obj, keywords, 0, &surrogates)
    return None if surrogates else text
