# Content-Type, for a media type.

cdef Watch content_type_watch = Watch((sansio_response, "get_content_type"))
cdef object get_content_type = found_in(sansio_response, "get_content_type")


cdef object content_type_of(str mimetype):
    """Return the value of Content-Type for a media type; ``None`` if the function for
    that is not Werkzeug's own."""
    return get_content_type(mimetype, "utf-8") if content_type_watch.genuine else None


# The whole field for a media type. Only for types whose content type cannot
# depend on the set of textual types, which an app may extend.
cdef dict content_type_fields = {
    mimetype: (CONTENT_TYPE, content_type_of(mimetype))
    for mimetype in (TEXT_HTML, "text/plain", "text/css", "text/javascript")
}
cdef tuple TEXT_HTML_FIELD = content_type_fields[TEXT_HTML]


# Not a type that Werkzeug gives a charset. An app may make it one.
cdef str JSON_TYPE = "application/json"
cdef tuple JSON_FIELD = (CONTENT_TYPE, content_type_of(JSON_TYPE))
cdef bint JSON_HAS_CHARSET = JSON_FIELD[1] != JSON_TYPE


cdef dict werkzeug_utils_names = werkzeug_utils.__dict__


cdef tuple content_type_field(object mimetype):
    """Return the field for a media type; ``None`` to fall back to Werkzeug."""
    if not PyUnicode_CheckExact(mimetype):
        return None
    if mimetype is JSON_TYPE or mimetype == JSON_TYPE:
        types = fr_dict_get(werkzeug_utils_names, "_charset_mimetypes")
        if type(types) is not set or JSON_HAS_CHARSET:
            return None
        return None if JSON_TYPE in <set>types else JSON_FIELD
    return content_type_fields.get(mimetype)
