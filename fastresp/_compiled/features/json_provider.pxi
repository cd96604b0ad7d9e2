# JSON responses: Flask's default provider, whether it is still the one that this code
# knows, and its text as the body, without a str in between.

cdef dict provider_names = flask_provider.__dict__
cdef object flask_default = flask_provider.DefaultJSONProvider.default


# A class below Flask's is known when Flask's methods, or ours in place of them, are
# the only ones it has, and its attributes are plain ones: reading them calls nothing.

cdef enum:
    KNOWN_PROVIDER = 1
    # All of Flask's defaults.
    DEFAULT_PROVIDER = 2

cdef dict own_methods = {}
cdef tuple PROVIDER_METHODS = ("response", "dumps", "_prepare_response_obj")
cdef dict FLASKS_DEFAULTS = {
    "default": provider_names.get("_default"),
    "ensure_ascii": True,
    "sort_keys": True,
    "compact": None,
    "mimetype": JSON_TYPE,
}
cdef dict PROVIDER_DEFAULTS = {
    name: getattr(flask_provider.DefaultJSONProvider, name) for name in FLASKS_DEFAULTS
}
# With others, made before fastresp was imported, each is looked at.
cdef bint DEFAULTS_ARE_FLASKS = PROVIDER_DEFAULTS == FLASKS_DEFAULTS and is_genuine(
    "_default", flask_default
)
# What may be found under a name in the class's dict besides constants.
cdef tuple PLAIN_KINDS = (
    type(None), bool, int, str, staticmethod, classmethod, FunctionType
)
# Without what was patched before fastresp was imported.
cdef dict STOCK_PROVIDER_METHODS = {
    name: [
        method
        for method in class_attributes(flask_provider.DefaultJSONProvider.__mro__, name)
        if is_genuine(name, method)
    ]
    for name in PROVIDER_METHODS
}
watched_names.update(
    (flask_provider.DefaultJSONProvider, name)
    for name in (*PROVIDER_METHODS, *PROVIDER_DEFAULTS)
)
cdef Watch provider_watch = Watch((flask_provider, "json"))


def provider_methods(**methods):
    """Make known the methods that stand for Flask's. Called once, for a class
    body."""
    own_methods.update(methods)


cdef uint32_t examine_provider_class(object cls) except? 0:
    mro = type_mro(cls)
    if type(cls) is not type or flask_provider.DefaultJSONProvider not in mro:
        return 0
    for name in PROVIDER_METHODS:
        for method in class_attributes(mro, name):
            if method is not own_methods.get(name, ABSENT) and not among(
                method, STOCK_PROVIDER_METHODS[name]
            ):
                return 0
    for name in PROVIDER_DEFAULTS:
        for value in class_attributes(mro, name):
            if type(value) not in PLAIN_KINDS:
                return 0
    for name in ("__getattribute__", "__getattr__", "_app"):
        # The last one is object.
        if class_attributes(mro[: len(mro) - 1], name):
            return 0
    if not DEFAULTS_ARE_FLASKS:
        return KNOWN_PROVIDER
    for name, value in PROVIDER_DEFAULTS.items():
        if getattr(cls, name) is not value:
            return KNOWN_PROVIDER
    return KNOWN_PROVIDER | DEFAULT_PROVIDER


cdef Memo provider_classes_known = remember(examine_provider_class)


def knows_provider(provider):
    """Return whether ``provider.response`` is compiled, or would be for a view's
    value."""
    return known_of(provider_classes_known, type(provider)) & KNOWN_PROVIDER != 0 and (
        has_no_own_methods(fr_instance_dict(provider)) and intact(provider_watch)
    )


cdef bint in_debug_mode(object app) except -1:
    """Return ``app.debug``."""
    cdef object debug = None

    if app_class(app) & FLASKS_DEBUG:
        config = plain_config(app)
        if config is not None:
            debug = fr_dict_get(config, "DEBUG")
    # Also where there is none: for the KeyError.
    return app.debug if debug is None else debug


cdef bint has_no_own_methods(object attributes) except -1:
    """Return whether a provider has no attribute in the place of a method.

    :param attributes: its dict.
    """
    if PyDict_GET_SIZE(attributes) > 1:
        for name in PROVIDER_METHODS:
            if name in attributes:
                return False
    return True


cdef object make_json_response(
    object provider, object obj, object app, object response_class, Py_ssize_t frames
):
    """Return ``provider.response(obj)``; ``None``, with nothing called, for Flask's own
    method.

    Nothing is called before it is certain that the provider is of a known class
    and has Flask's weak proxy for its app.

    :param app: an app whose ``response_class`` is known, or ``None``.
    :param response_class: that class.
    :param frames: how many functions written in Python are left out.
    """
    cdef uint32_t kind = known_of(provider_classes_known, type(provider))
    cdef uint64_t state = class_state(Py_TYPE(provider))
    cdef bint plain = False
    cdef _json.Options options
    cdef uint32_t known
    cdef object default
    cdef tuple field

    if not kind & KNOWN_PROVIDER:
        return None
    attributes = fr_instance_dict(provider)
    if not has_no_own_methods(attributes):
        return None
    proxy = fr_dict_get(attributes, "_app")
    if not PyWeakref_CheckProxy(proxy):
        return None
    owner = fr_referent(proxy)
    if owner is None or not intact(provider_watch):
        return None
    options.flags = _json.USUAL_FLAGS | _json.NEWLINE
    # Nothing but the app.
    if kind & DEFAULT_PROVIDER and PyDict_GET_SIZE(attributes) == 1:
        if in_debug_mode(owner):
            return None
        default = flask_default
        options.flags |= _json.SORT_KEYS
        plain = True
    else:
        compact = provider.compact
        if compact is False or compact is None and in_debug_mode(owner):
            return None
        default = provider.default
        if not _json.set_flag(
            &options.flags, _json.ENSURE_ASCII, provider.ensure_ascii
        ) or not _json.set_flag(&options.flags, _json.SORT_KEYS, provider.sort_keys):
            return None
    if owner is not app:
        if not _json.standard_is_known(options.flags, False):
            return None
        options.flags |= _json.CHECKED
        # Read before anything is encoded, as Flask does; the media type afterwards.
        response_class = owner.response_class
    options.item_separator, options.item_separator_size = b",", 1
    options.key_separator, options.key_separator_size = b":", 1
    options.indent = NULL
    options.frames = frames
    # Flask calls self.dumps(obj, **dump_args).
    options.calls = 2
    body = _json.encode(obj, default, &options)
    if body is None:
        return None
    # Unless what was encoded has changed it.
    plain = plain and state == class_state(Py_TYPE(provider))
    plain = plain and PyDict_GET_SIZE(attributes) == 1
    mimetype = JSON_TYPE if plain else provider.mimetype
    known = UNKNOWN
    if PyType_Check(response_class) and not options.surrogates and can_make_headers():
        known = overridden(response_class)
    if not known & CONSTRUCT_NEEDS and known & PLAIN == PLAIN:
        field = content_type_field(mimetype)
        if field is not None:
            fields = text_fields(field, body)
            return new_response(response_class, fields, rendered_or_ok(None), [body])
    return response_class(body.decode("utf-8", "surrogatepass"), mimetype=mimetype)


def json_response(provider, tuple args, dict kwargs):
    """Return the response that a JSON provider makes of the arguments of ``response``.

    :param provider: a ``fastresp.json.JSONProvider``.
    :return: ``None``, with nothing called, if the provider, its options or the
        object are for Flask's own ``response``.
    :raises TypeError: for both, and for what cannot be serialized.

    Source: ``flask.json.provider.DefaultJSONProvider.response``.
    """
    cdef uint32_t kind = known_of(provider_classes_known, type(provider))

    if not kind & KNOWN_PROVIDER or not has_no_own_methods(fr_instance_dict(provider)):
        return None
    if len(args) == 1 and not kwargs:
        obj = args[0]
    else:
        obj = provider._prepare_response_obj(args, kwargs)
    # dumps, json.dumps, JSONEncoder.encode, JSONEncoder.iterencode
    return make_json_response(provider, obj, None, None, 4)
