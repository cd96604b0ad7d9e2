# Flask's default provider: its options, and whether it is still the one that
# this code knows.

import _json

import flask.json.provider as flask_provider
from flask import Config
from flask.sansio import app as flask_app

from types import FunctionType

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


cdef bint is_genuine() except -1:
    """Whether these are the standard library's own, and not patched before
    fastresp was imported."""
    if json.encoder.c_make_encoder is not getattr(_json, "make_encoder", None):
        return False
    for name in ("encode_basestring", "encode_basestring_ascii"):
        if getattr(json.encoder, name) is not getattr(_json, name, None):
            return False
    functions = [(json_names, "dumps", json.dumps)]
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

    if not STANDARD_IS_GENUINE:
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
cdef object flask_default = flask_provider.DefaultJSONProvider.default


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


cdef bytes encode_with(object obj, dict keywords, uint32_t options, bint *surrogates):
    """:func:`encode` with the keyword arguments of :func:`json.dumps`; ``None``
    for the standard encoder."""
    cdef str item_separator = ", "
    cdef str key_separator = ": "
    cdef str indentation = None
    cdef object separators = None
    cdef object default = None
    cdef object indent = None
    cdef PyObject *key
    cdef PyObject *found
    cdef Py_ssize_t position = 0
    cdef bint known = True

    options |= ENSURE_ASCII | ALLOW_NAN | CHECK_CIRCULAR
    if not standard_is_known():
        return None
    while PyDict_Next(<PyObject *>keywords, &position, &key, &found):
        # Literals in a call are interned, like those here; other strings go to
        # the standard encoder.
        name, value = <object>key, <object>found
        if name is "sort_keys":
            known = set_flag(&options, SORT_KEYS, value)
        elif name is "separators":
            separators = value
        elif name is "default":
            default = value
        elif name is "ensure_ascii":
            known = set_flag(&options, ENSURE_ASCII, value)
        elif name is "indent":
            indent = value
        elif name is "skipkeys":
            known = set_flag(&options, SKIPKEYS, value)
        elif name is "allow_nan":
            known = set_flag(&options, ALLOW_NAN, value)
        elif name is "check_circular":
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
        if type(separators) is not tuple or len(<tuple>separators) != 2:
            return None
        first, second = <tuple>separators
        if not is_ascii(first) or not is_ascii(second):
            return None
        item_separator, key_separator = first, second
    return encode(
        obj,
        default,
        options,
        item_separator,
        key_separator,
        indentation,
        STANDARD_FRAMES,
        0,
        surrogates,
    )


cdef str decode(bytes text):
    """The ``str`` that :func:`encode` wrote, surrogates included.

    CPython's own decoder starts with a narrow string and widens it on the way,
    with both in memory; here it is known beforehand how wide it has to be.
    """
    cdef const uint8_t *data = <const uint8_t *>PyBytes_AS_STRING(text)
    cdef size_t size = <size_t>len(text)
    cdef uint32_t highest
    cdef size_t count = fr_utf8_decoded_size(data, size, &highest)
    cdef object result = PyUnicode_New(<Py_ssize_t>count, highest)
    cdef void *out = PyUnicode_DATA(<PyObject *>result)

    if highest < 0x80:
        memcpy(out, data, size)
    elif highest < 0x100:
        fr_utf8_decode_1(data, size, <uint8_t *>out)
    elif highest < 0x10000:
        fr_utf8_decode_2(data, size, <uint16_t *>out)
    else:
        fr_utf8_decode_4(data, size, <uint32_t *>out)
    return result


def dumps(obj, dict keywords):
    """:func:`json.dumps`, faster.

    :param obj: what to serialize.
    :param keywords: its keyword arguments.
    :return: the text, or ``None`` for arguments that the standard encoder has
        to be called with. Then nothing of ``obj`` has been called.
    :raises TypeError: and whatever else :func:`json.dumps` and ``default``
        raise, word for word.
    """
    cdef bint surrogates = False
    text = encode_with(obj, keywords, 0, &surrogates)
    return None if text is None else decode(text)


def dumpb(obj, dict keywords):
    """The same as bytes: UTF-8, or ASCII unless ``ensure_ascii`` is false.

    :return: the text, or ``None`` as above.
    :raises UnicodeEncodeError: for surrogates that stay as they are.
    """
    cdef bint surrogates = False
    text = encode_with(obj, keywords, 0, &surrogates)
    if surrogates:
        return decode(text).encode()
    return text


# Providers: what is known of a class, remembered by its version tag.
#
# A class is known when Flask's methods, or ours in place of them, are the only
# ones it has, and its attributes are plain ones: reading them calls nothing.

cdef enum:
    KNOWN_PROVIDER = 1
    # All of Flask's defaults.
    DEFAULT_PROVIDER = 2

cdef dict own_methods = {}
cdef tuple PROVIDER_METHODS = ("response", "dumps", "_prepare_response_obj")
cdef tuple PROVIDER_ATTRIBUTES = (
    "default",
    "ensure_ascii",
    "sort_keys",
    "compact",
    "mimetype",
)
cdef dict PROVIDER_DEFAULTS = {
    name: getattr(flask_provider.DefaultJSONProvider, name)
    for name in PROVIDER_ATTRIBUTES
}
cdef bint DEFAULT_IS_JSON = PROVIDER_DEFAULTS["mimetype"] == "application/json"
# What may be found under a name in the class's dict besides constants.
cdef tuple PLAIN_KINDS = (
    type(None), bool, int, str, staticmethod, classmethod, FunctionType
)
cdef tuple STOCK_PROVIDERS = (
    flask_provider.DefaultJSONProvider, flask_provider.JSONProvider
)
cdef dict STOCK_PROVIDER_METHODS = {
    (owner, name): owner.__dict__[name]
    for owner in STOCK_PROVIDERS
    for name in PROVIDER_METHODS
    if name in owner.__dict__
}

cdef uint32_t[16] provider_tags
cdef uint8_t[16] provider_kinds


def provider_methods(**methods):
    """Makes known the methods that stand for Flask's. Called once, for a class
    body."""
    own_methods.update(methods)


cdef inline uint8_t provider_kind(object cls) except? 255:
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)

    if tag != 0 and provider_tags[tag & 15] == tag:
        return provider_kinds[tag & 15]
    return examine_provider(cls)


cdef uint8_t examine_provider(object cls) except? 255:
    cdef uint8_t kind = KNOWN_PROVIDER | DEFAULT_PROVIDER
    cdef uint32_t tag = fr_assign_type_tag(<PyTypeObject *>cls, "response")

    if type(cls) is not type or tag == 0:
        return 0
    for klass in cls.__mro__:
        names = klass.__dict__
        for name in PROVIDER_METHODS:
            if name in names and names[name] is not own_methods.get(name):
                if names[name] is not STOCK_PROVIDER_METHODS.get((klass, name)):
                    kind = 0
        if klass is not object and not {"__getattribute__", "__getattr__"}.isdisjoint(
            names
        ):
            kind = 0
        for name in PROVIDER_ATTRIBUTES:
            if name in names and type(names[name]) not in PLAIN_KINDS:
                kind = 0
    if kind:
        for name, value in PROVIDER_DEFAULTS.items():
            if getattr(cls, name) is not value:
                kind = KNOWN_PROVIDER
    provider_kinds[tag & 15] = kind
    provider_tags[tag & 15] = tag
    return kind


# The last app classes seen whose `debug` is Flask's.
cdef uint32_t[4] debug_tags
cdef object stock_debug = flask_app.App.__dict__.get("debug")


cdef bint in_debug_mode(object app) except -1:
    """``app.debug``."""
    cdef object cls = type(app)
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)
    cdef PyObject *found

    if tag == 0 or debug_tags[tag & 3] != tag:
        if (
            type(stock_debug) is not property
            or stock_debug.fget.__code__.co_names != ("config",)
            or cls.debug is not stock_debug
            or hasattr(cls, "config")
            or cls.__getattribute__ is not object.__getattribute__
        ):
            return app.debug
        tag = fr_assign_type_tag(<PyTypeObject *>cls, "debug")
        debug_tags[tag & 3] = tag
    found = PyDict_GetItemWithError(PyObject_GenericGetDict(app, NULL), "config")
    if found is NULL or type(<object>found) is not Config:
        return app.debug
    found = PyDict_GetItemWithError(<object>found, "DEBUG")
    if found is NULL:
        return app.debug
    return <object>found


cdef object known_app(object provider):
    """The app of a provider of a known class; ``None`` for other providers, and
    when it has something else than Flask's weak proxy."""
    cdef PyObject *found

    if not provider_kind(type(provider)) & KNOWN_PROVIDER:
        return None
    found = PyDict_GetItemWithError(PyObject_GenericGetDict(provider, NULL), "_app")
    if found is NULL or not PyWeakref_CheckProxy(<object>found):
        return None
    return fr_referent(<object>found)


cdef bytes provider_body(
    object provider,
    object app,
    object obj,
    Py_ssize_t frames,
    bint *surrogates,
    bint *usual_type,
):
    """The body that a provider's ``response`` would give its response.

    :param app: what :func:`known_app` said.
    :param frames: as for :func:`encode`.
    :param surrogates: as for :func:`encode`.
    :param usual_type: set when the media type is ``application/json``.
    :return: ``None``, with nothing called, for Flask's own method.
    """
    cdef uint8_t kind = provider_kind(type(provider))
    cdef uint32_t options = ENSURE_ASCII | ALLOW_NAN | CHECK_CIRCULAR | NEWLINE
    cdef object default

    if not standard_is_known():
        return None
    attributes = PyObject_GenericGetDict(provider, NULL)
    # Nothing but the app.
    if kind & DEFAULT_PROVIDER and PyDict_GET_SIZE(<PyObject *>attributes) == 1:
        usual_type[0] = DEFAULT_IS_JSON
        default = flask_default
        options |= SORT_KEYS
        if in_debug_mode(app):
            return None
    else:
        for name in PROVIDER_METHODS:
            if name in attributes:
                return None
        compact = provider.compact
        if compact is False or compact is None and in_debug_mode(app):
            return None
        default = provider.default
        if not set_flag(&options, ENSURE_ASCII, provider.ensure_ascii):
            return None
        if not set_flag(&options, SORT_KEYS, provider.sort_keys):
            return None
    # Two levels: Flask calls self.dumps(obj, **dump_args).
    return encode(obj, default, options, ",", ":", None, frames, 2, surrogates)
