# Flask's default provider: its options, and whether it is still the one that
# this code knows.

from flask import Config
from flask.sansio import app as flask_app

cdef object flask_default = flask_provider.DefaultJSONProvider.default


# Providers: what is known of a class, remembered by its version tag.
#
# A class below Flask's is known when Flask's methods, or ours in place of them, are
# the only ones it has, and its attributes are plain ones: reading them calls nothing.

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
# With others, made before fastresp was imported, each is looked at.
cdef bint DEFAULTS_ARE_FLASKS = PROVIDER_DEFAULTS == {
    "default": provider_names.get("_default"),
    "ensure_ascii": True,
    "sort_keys": True,
    "compact": None,
    "mimetype": "application/json",
} and (
    type(flask_default) is FunctionType
    and flask_default.__globals__ is provider_names
    and flask_default.__code__.co_name == "_default"
)
cdef bint DEFAULT_IS_JSON = PROVIDER_DEFAULTS["mimetype"] == "application/json"
# What may be found under a name in the class's dict besides constants.
cdef tuple PLAIN_KINDS = (
    type(None), bool, int, str, staticmethod, classmethod, FunctionType
)
cdef tuple STOCK_PROVIDERS = (
    flask_provider.DefaultJSONProvider, flask_provider.JSONProvider
)
# Without what was patched before fastresp was imported.
cdef dict STOCK_PROVIDER_METHODS = {
    (owner, name): method
    for owner in STOCK_PROVIDERS
    for name, method in dict(owner.__dict__).items()
    if name in PROVIDER_METHODS
    and type(method) is FunctionType
    and method.__globals__ is provider_names
    and method.__code__.co_name == name
}

cdef uint32_t[16] provider_tags
cdef uint8_t[16] provider_kinds


def provider_methods(**methods):
    """Make known the methods that stand for Flask's. Called once, for a class
    body."""
    own_methods.update(methods)


cdef inline uint8_t provider_kind(object cls) except? 255:
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)

    if tag != 0 and provider_tags[tag & 15] == tag:
        return provider_kinds[tag & 15]
    return examine_provider(cls)


cdef uint8_t examine_provider(object cls) except? 255:
    cdef uint8_t kind = KNOWN_PROVIDER | DEFAULT_PROVIDER
    cdef uint32_t tag = fr_assign_type_tag(<PyTypeObject *>cls)

    if type(cls) is not type or tag == 0:
        return 0
    if flask_provider.DefaultJSONProvider not in cls.__mro__:
        kind = 0
    for klass in cls.__mro__:
        names = klass.__dict__
        for name in PROVIDER_METHODS:
            if name in names and names[name] is not own_methods.get(name, own_methods):
                # Nothing is found in the place of what was patched.
                stock = STOCK_PROVIDER_METHODS.get((klass, name), own_methods)
                if names[name] is not stock:
                    kind = 0
        if klass is not object and not {"__getattribute__", "__getattr__"}.isdisjoint(
            names
        ):
            kind = 0
        for name in PROVIDER_ATTRIBUTES:
            if name in names and type(names[name]) not in PLAIN_KINDS:
                kind = 0
        if "_app" in names:
            kind = 0
    if kind and not DEFAULTS_ARE_FLASKS:
        kind = KNOWN_PROVIDER
    elif kind:
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
    """Return ``app.debug``."""
    cdef object cls = type(app)
    cdef uint32_t tag = fr_type_tag(<PyTypeObject *>cls)

    if tag == 0 or debug_tags[tag & 3] != tag:
        if (
            type(stock_debug) is not property
            or stock_debug.fget.__code__.co_names != ("config",)
            or cls.debug is not stock_debug
            or hasattr(cls, "config")
            or cls.__getattribute__ is not object.__getattribute__
        ):
            return app.debug
        tag = fr_assign_type_tag(<PyTypeObject *>cls)
        debug_tags[tag & 3] = tag
    config = item_of(fr_instance_dict(app), "config")
    if type(config) is not Config:
        return app.debug
    debug = item_of(config, "DEBUG")
    # Also where there is none: for the KeyError.
    return app.debug if debug is None else debug


cdef inline object item_of(object mapping, object key):
    """Return an item of a dict, or ``None``."""
    cdef PyObject *found = fr_dict_item(mapping, key)

    if found is NULL:
        return None
    item = <object>found
    Py_DECREF(found)
    return item


cdef bytes response_text(
    object provider, object obj, object app, Py_ssize_t frames, ResponseText *said
):
    """Return the body that a provider's ``response`` would give its response.

    Nothing is called before it is certain that the provider is of a known class
    and has Flask's weak proxy for its app.

    :param app: the app whose ``response_class`` the caller knows, or ``None``.
    :param frames: as for :func:`encode`.
    :param said: is filled in.
    :return: ``None``, with nothing called, for Flask's own method.
    """
    cdef uint8_t kind = provider_kind(type(provider))
    cdef uint32_t options = ENSURE_ASCII | ALLOW_NAN | CHECK_CIRCULAR | NEWLINE
    cdef object default

    said.surrogates = said.usual_type = False
    said.response_class = NULL
    if not kind & KNOWN_PROVIDER:
        return None
    attributes = fr_instance_dict(provider)
    proxy = item_of(attributes, "_app")
    if not PyWeakref_CheckProxy(proxy):
        return None
    owner = fr_referent(proxy)
    if owner is None:
        return None
    # Nothing but the app.
    if kind & DEFAULT_PROVIDER and PyDict_GET_SIZE(<PyObject *>attributes) == 1:
        if in_debug_mode(owner):
            return None
        default = flask_default
        options |= SORT_KEYS
    else:
        for name in PROVIDER_METHODS:
            if name in attributes:
                return None
        compact = provider.compact
        if compact is False or compact is None and in_debug_mode(owner):
            return None
        default = provider.default
        if not set_flag(&options, ENSURE_ASCII, provider.ensure_ascii):
            return None
        if not set_flag(&options, SORT_KEYS, provider.sort_keys):
            return None
    if not standard_is_known(options, False):
        return None
    # Read before anything is encoded, as Flask does; the media type afterwards.
    response_class = None if owner is app else owner.response_class
    # Two levels: Flask calls self.dumps(obj, **dump_args).
    text = encode(
        obj, default, options, ",", ":", None, frames, 2, &said.surrogates
    )
    if text is None:
        return None
    said.usual_type = (
        DEFAULT_IS_JSON
        and provider_kind(type(provider)) & DEFAULT_PROVIDER
        and PyDict_GET_SIZE(<PyObject *>attributes) == 1
    )
    if owner is not app:
        said.response_class = <PyObject *>response_class
        Py_INCREF(said.response_class)
    return text
