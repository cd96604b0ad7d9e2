# The keyword arguments of json.dumps, and whether the standard encoder is still the
# one that this code knows.

import _json

from types import FunctionType

cdef dict json_names = json.__dict__
cdef dict encoder_names = json.encoder.__dict__

# What the result of `json.dumps` depends on besides its arguments. The tuple owns what
# the table has. Of the last three, it depends on one for strings, and on the other for
# indented text.
cdef tuple KNOWN_NAMES = (
    (json_names, "dumps", json.dumps),
    (json_names, "JSONEncoder", JSONEncoder),
    (encoder_names, "c_make_encoder", json.encoder.c_make_encoder),
    (encoder_names, "encode_basestring_ascii", json.encoder.encode_basestring_ascii),
    (encoder_names, "encode_basestring", json.encoder.encode_basestring),
    (encoder_names, "_make_iterencode", json.encoder._make_iterencode),
)
cdef enum:
    ALWAYS_KNOWN = 3
    KNOWN_IF_ASCII = 3
    KNOWN_IF_NOT_ASCII
    KNOWN_IF_INDENTED
    KNOWN_COUNT
cdef PyObject *known_table[KNOWN_COUNT][3]


cdef int fill_known_table() except -1:
    for number, row in enumerate(KNOWN_NAMES):
        for column in range(3):
            known_table[number][column] = <PyObject *>(<tuple>row)[column]
    return 0


fill_known_table()
cdef dict KNOWN_ENCODER = dict(JSONEncoder.__dict__)
# The encoder for `json.dumps` without any arguments, and its attributes.
cdef object default_encoder = json._default_encoder
cdef dict DEFAULT_ENCODER = vars(JSONEncoder())


cdef bint is_genuine() except -1:
    """Whether these are the standard library's own, and not patched before
    fastresp was imported."""
    if json.encoder.c_make_encoder is not getattr(_json, "make_encoder", None):
        return False
    for name in ("encode_basestring", "encode_basestring_ascii"):
        if getattr(json.encoder, name) is not getattr(_json, name, None):
            return False
    functions = [
        (json_names, "dumps", json.dumps),
        (encoder_names, "_make_iterencode", json.encoder._make_iterencode),
    ]
    for name in ("__init__", "default", "encode", "iterencode"):
        functions.append((encoder_names, name, JSONEncoder.__dict__.get(name)))
    for names, name, function in functions:
        if (
            type(function) is not FunctionType
            or function.__globals__ is not names
            or function.__code__.co_name != name
        ):
            return False
    return json.encoder.JSONEncoder is JSONEncoder


cdef bint STANDARD_IS_GENUINE = is_genuine()
if STANDARD_IS_GENUINE:
    strict_encoder = json.encoder.c_make_encoder(
        None, None, encode_basestring_ascii, None, ":", ",", False, False, False
    )
cdef uint32_t encoder_tag = 0


cdef inline bint is_as_known(int number) except -1:
    return fr_dict_has(
        known_table[number][0], known_table[number][1], known_table[number][2]
    )


cdef bint standard_is_known(uint32_t flags, bint indented) except -1:
    """Return whether nobody has replaced a part of the standard encoder.

    :param flags: those for :func:`encode`.
    """
    global encoder_tag
    cdef uint32_t tag
    cdef int number

    if not STANDARD_IS_GENUINE:
        return False
    for number in range(ALWAYS_KNOWN):
        if not is_as_known(number):
            return False
    if not is_as_known(
        KNOWN_IF_ASCII if flags & ENSURE_ASCII else KNOWN_IF_NOT_ASCII
    ):
        return False
    if indented and not is_as_known(KNOWN_IF_INDENTED):
        return False
    tag = fr_type_tag(<PyTypeObject *>JSONEncoder)
    if tag == 0 or tag != encoder_tag:
        for name, value in KNOWN_ENCODER.items():
            if JSONEncoder.__dict__.get(name) is not value:
                return False
        encoder_tag = fr_assign_type_tag(<PyTypeObject *>JSONEncoder)
    return True


cdef bint default_encoder_is_known() except -1:
    """Return whether the encoder for :func:`json.dumps` without any arguments is
    as one that was just made."""
    if (
        json_names.get("_default_encoder") is not default_encoder
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
        elif name is "skipkeys":
            known = set_flag(&options.flags, SKIPKEYS, value)
        elif name is "allow_nan":
            known = set_flag(&options.flags, ALLOW_NAN, value)
        elif name is "check_circular":
            known = set_flag(&options.flags, CHECK_CIRCULAR, value)
        else:
            known = name == "cls" and value is None
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
        if options.flags & SKIPKEYS:
            return None
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
