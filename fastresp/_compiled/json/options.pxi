# The keyword arguments of json.dumps, and whether the standard encoder is still the
# one that this code knows.

# What the result of `json.dumps` depends on besides its arguments; for strings on one
# function or the other, and for indented text.
standard_watch = Watch(
    (json, "dumps", "JSONEncoder"),
    (json.encoder, "c_make_encoder", "JSONEncoder"),
    (JSONEncoder, *type_dict(JSONEncoder), *INSTANCE_ACCESS),
)
cdef Watch ascii_watch = Watch((json.encoder, "encode_basestring_ascii"))
cdef Watch not_ascii_watch = Watch((json.encoder, "encode_basestring"))
cdef Watch indented_watch = Watch((json.encoder, "_make_iterencode"))
# The encoder for `json.dumps` without any arguments, and its attributes.
cdef object default_encoder = json._default_encoder
cdef dict DEFAULT_ENCODER = {}
# Arguments that the standard encoder gets unless they have these values.
cdef dict USUAL_ARGUMENTS = {
    "skipkeys": False, "check_circular": True, "allow_nan": True, "cls": None
}
# What a list that cannot be iterated over is refused with.
cdef bytes NEEDS_SEQUENCE = b"_iterencode_list needs a sequence"
# For the error of its `default`.
cdef object plain_encoder = None


cdef bytes asked_for_sequence():
    """Return what the standard encoder says of a list that cannot be iterated over."""
    refusing = type("refusing", (list,), {"__iter__": None})
    encoder = json.encoder.c_make_encoder(
        None, None, encode_basestring_ascii, None, ":", ",", False, False, False
    )
    try:
        encoder(refusing([None]), 0)
    except TypeError as error:
        return str(error).encode()
    return NEEDS_SEQUENCE


if standard_watch.genuine:
    plain_encoder = JSONEncoder()
    DEFAULT_ENCODER.update(vars(plain_encoder))
if standard_watch.genuine and ascii_watch.genuine:
    NEEDS_SEQUENCE = asked_for_sequence()


cdef bint standard_is_known(uint32_t flags, bint indented) except -1:
    """Return whether nobody has replaced a part of the standard encoder.

    :param flags: those for :func:`encode`.
    """
    return (
        intact(standard_watch)
        and intact(ascii_watch if flags & ENSURE_ASCII else not_ascii_watch)
        and (not indented or intact(indented_watch))
    )


cdef bint default_encoder_is_known() except -1:
    """Return whether the encoder for :func:`json.dumps` without any arguments is
    as one that was just made."""
    if (
        json._default_encoder is not default_encoder
        or type(default_encoder) is not JSONEncoder
    ):
        return False
    names = PyObject_GenericGetDict(default_encoder, NULL)
    if len(<dict>names) != len(DEFAULT_ENCODER):
        return False
    for name, value in DEFAULT_ENCODER.items():
        if (<dict>names).get(name) is not value:
            return False
    return True


cdef inline bint is_ascii(object text):
    return type(text) is str and PyUnicode_IS_COMPACT_ASCII(text)


# json.dumps, JSONEncoder.encode, JSONEncoder.iterencode
cdef Py_ssize_t STANDARD_FRAMES = 3


cdef inline int set_text(const char **text, Py_ssize_t *size, object value) except -1:
    """Take an exact ASCII string, which the caller owns; false for anything else."""
    if not is_ascii(value):
        return False
    text[0] = <const char *>PyUnicode_DATA(value)
    size[0] = PyUnicode_GET_LENGTH(value)
    return True


def dumps(obj, dict keywords):
    """Serialize as :func:`json.dumps` does, faster.

    :param obj: what to serialize.
    :param keywords: its keyword arguments.
    :return: the text, or ``None`` for arguments that the standard encoder has
        to be called with. Then nothing of ``obj`` has been called.
    :raises TypeError: and whatever else :func:`json.dumps` and ``default``
        raise, word for word.
    """
    cdef Options options
    cdef object separators = None
    cdef object default = None
    cdef object indent = None
    cdef PyObject *key
    cdef PyObject *found
    cdef Py_ssize_t position = 0
    cdef bint known = True

    options.flags = USUAL_FLAGS
    while PyDict_Next(keywords, &position, &key, &found):
        # Literals in a call are interned, like those here; other strings go to
        # the standard encoder.
        name, value = <object>key, <object>found
        if name is "sort_keys":
            known = set_flag(&options.flags, SORT_KEYS, value)
        elif name is "separators":
            separators = value
        elif name is "default":
            default = value
        elif name is "ensure_ascii":
            known = set_flag(&options.flags, ENSURE_ASCII, value)
        elif name is "indent":
            indent = value
        else:
            known = USUAL_ARGUMENTS.get(name, ABSENT) is value
        if not known:
            return None

    if (
        options.flags == USUAL_FLAGS
        and indent is None
        and separators is None
        and default is None
        and not default_encoder_is_known()
    ):
        return None
    options.indent = NULL
    options.item_separator, options.item_separator_size = b", ", 2
    options.key_separator, options.key_separator_size = b": ", 2
    if indent is not None:
        if type(indent) is int and indent < 1024:
            indent = " " * indent
        if not set_text(&options.indent, &options.indent_size, indent):
            return None
        options.item_separator_size = 1
    if separators is not None:
        if type(separators) is not tuple or len(<tuple>separators) != 2:
            return None
        first, second = <tuple>separators
        if not set_text(
            &options.item_separator, &options.item_separator_size, first
        ) or not set_text(&options.key_separator, &options.key_separator_size, second):
            return None
    options.flags |= AS_TEXT
    options.frames = STANDARD_FRAMES
    options.calls = 0
    return encode(obj, default, &options)
