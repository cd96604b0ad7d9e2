# cython: language_level=3, binding=False, auto_pickle=False
# cython: boundscheck=False, wraparound=False, cdivision=True
# cython: embedsignature=True, embedsignature.format=clinic
# cython: freethreading_compatible=True
"""Heads of HTTP/1.x responses, as bytes for the wire.

:func:`render_head` takes note of where the texts are, has ``fr_head`` look at
them and measure, and has it write them into a ``bytes`` object of that size.
From the first text to the last byte no code runs that could change a list or
let a string go: whatever is not of the exact types is first copied into a list
of our own.
"""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t
from libc.stdint cimport uint8_t
from libc.time cimport time

from .cpython cimport *
from .clib cimport *
from .threads cimport FR_HAS_LOCK


# --- the texts -----------------------------------------------------------------

cdef inline bint read_text(PyObject *text, fr_text *out) noexcept:
    """Point a span at the characters of an exact latin-1 ``str``."""
    if (
        Py_TYPE(<object>text) is not &PyUnicode_Type
        or not PyUnicode_IS_READY(<object>text)
        or PyUnicode_KIND(<object>text) != PyUnicode_1BYTE_KIND
    ):
        return False
    out.bytes = <const uint8_t *>PyUnicode_DATA(<object>text)
    out.size = <size_t>PyUnicode_GET_LENGTH(<object>text)
    return True


cdef bint read_list(object headers, fr_field *fields) noexcept:
    """Read the fields of an exact ``list``; false if one of them is unusual."""
    cdef PyObject *borrowed_pair
    cdef Py_ssize_t at

    for at in range(PyList_GET_SIZE(headers)):
        borrowed_pair = PyList_GET_ITEM(headers, at)
        if (
            Py_TYPE(<object>borrowed_pair) is not &PyTuple_Type
            or PyTuple_GET_SIZE(<object>borrowed_pair) != 2
            or not read_text(
                PyTuple_GET_ITEM(<object>borrowed_pair, 0), &fields[at].name
            )
            or not read_text(
                PyTuple_GET_ITEM(<object>borrowed_pair, 1), &fields[at].value
            )
        ):
            return False
    return True


cdef object check_text(object text, str what):
    """Return an exact latin-1 ``str`` with the characters of any ``str``."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is not a str but {type(text).__name__}")
    # A subclass may have methods of its own; its characters are what counts.
    text = PyUnicode_FromObject(text)
    PyUnicode_READY(text)
    if PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND:
        raise ValueError(f"{what} has a character that is not in latin-1")
    return text


DEF SHOWN = 40

cdef str show(str name):
    """Return a field name for an error message."""
    if len(name) > SHOWN:
        return f"{name[:SHOWN]!r}..."
    return repr(name)


cdef int add_field(list fields, object name, object value) except -1:
    if not isinstance(name, str):
        raise TypeError(f"a header name is not a str but {type(name).__name__}")
    name = PyUnicode_FromObject(name)
    name = check_text(name, f"header {show(name)}: the name")
    value = check_text(value, f"header {show(name)}: the value")
    fields.append((name, value))
    return 0


cdef int check_value(object name, object value) except -1:
    """Raise ValueError, which names the field, for a value that no field may have."""
    cdef fr_text text

    what = f"header {show(PyUnicode_FromObject(name))}"
    value = check_text(value, f"{what}: the value")
    if not read_text(<PyObject *>value, &text) or not fr_is_field_text(
        text.bytes, text.size
    ):
        raise ValueError(f"{what}: {RULES[FR_HEAD_VALUE]}")
    return 0


cdef list plain_fields(object headers):
    """Return a new list of pairs of exact strings: the fields of any headers.

    Headers are copied by list(): up to CPython 3.11, tuple() of a list reads freed
    memory if a garbage collection empties the list meanwhile.
    """
    cdef list fields = []
    cdef object pair

    if isinstance(headers, dict):
        # User code may change it meanwhile.
        for name, values in list(headers.items()):
            if not isinstance(values, (list, tuple)):
                values = (values,)
            for value in list(values):
                add_field(fields, name, value)
        return fields
    for at, pair in enumerate(list(headers)):
        if not isinstance(pair, tuple):
            raise TypeError(f"header {at} is not a tuple but {type(pair).__name__}")
        pair = tuple(pair)
        if len(pair) != 2:
            raise TypeError(f"header {at} is not a (name, value) pair")
        add_field(fields, pair[0], pair[1])
    return fields


# Asked when they are needed: a server's process may import this module before gevent
# patches what Werkzeug imports.
cdef dict werkzeugs = {}


cdef object of_werkzeug(str name):
    """Return Werkzeug's class ``Headers``, or its table of ``phrases``."""
    found = fr_dict_get(werkzeugs, name)
    if found is not None:
        return found

    from http import HTTPStatus

    import werkzeug.http
    from werkzeug.datastructures import Headers

    # Not by attribute: a name that is announced to go may warn.
    phrases = werkzeug.http.__dict__.get("HTTP_STATUS_CODES")
    if type(phrases) is not dict:
        phrases = {int(each): each.phrase for each in HTTPStatus}
    werkzeugs.setdefault("Headers", Headers)
    werkzeugs.setdefault("phrases", phrases)
    return werkzeugs[name]


cdef list field_list(object headers):
    """Return a list of the fields of any headers but an exact list."""
    if isinstance(headers, dict):
        return plain_fields(headers)
    # What Cython makes of isinstance() with a tuple does not see that it fails, as it
    # does for a __class__ that raises.
    if PyObject_IsInstance(headers, (list, tuple, of_werkzeug("Headers"))):
        # What its class iterates over, whoever has subclassed or patched that.
        return list(headers)
    raise TypeError(
        "headers is not a list, dict or Headers but " + type(headers).__name__
    )


# --- the status ----------------------------------------------------------------

cdef int set_reason(fr_head *head, str owner) except -1:
    """Set a reason phrase, which is an exact latin-1 string's."""
    if not read_text(<PyObject *>owner, &head.reason):
        raise ValueError("the reason phrase has a character that is not in latin-1")
    return 0


cdef object read_status(object status, fr_head *head):
    """Set code and reason; return what the reason is a part of."""
    cdef int overflow = 0
    cdef long code

    head.reason.bytes = b""
    head.reason.size = 0
    if isinstance(status, str):
        status = check_text(status, "the status")
        set_reason(head, status)
        if (
            fr_head_status(head, head.reason.bytes, head.reason.size)
            != FR_HEAD_RIGHT
        ):
            raise refusal(FR_HEAD_STATUS, head)
        return status
    if not isinstance(status, int):
        raise TypeError(f"the status is not a str or int but {type(status).__name__}")
    code = PyLong_AsLongAndOverflow(status, &overflow)
    if overflow != 0 or not 100 <= code <= 599:
        raise refusal(FR_HEAD_STATUS, head)
    head.code = <unsigned>code
    phrases = of_werkzeug("phrases")
    # A new int: an HTTPStatus, say, has comparisons of its own.
    key = code
    phrase = fr_dict_get(phrases, key)
    if phrase is None and key not in phrases:
        return None
    phrase = check_text(phrase, "the reason phrase")
    set_reason(head, phrase)
    return phrase


cdef unsigned plain_code(object status):
    """Return the code of a status that may be sent as it is; 0 for any other."""
    cdef fr_text text
    cdef fr_head head

    if not isinstance(status, str) or not read_text(<PyObject *>status, &text):
        return 0
    if (
        fr_head_status(&head, text.bytes, text.size) != FR_HEAD_RIGHT
        or not fr_is_field_text(head.reason.bytes, head.reason.size)
    ):
        return 0
    return head.code


# --- the head ------------------------------------------------------------------

cdef dict RULES = {
    FR_HEAD_STATUS: "the status is not three digits from 100 to 599,"
    " with a space before the reason phrase",
    FR_HEAD_REASON: "the reason phrase has a control character",
    FR_HEAD_INTERIM_IN_1_0: "HTTP/1.0 has no status 1xx",
    FR_HEAD_NAME: "not a token",
    FR_HEAD_VALUE: "the value has a control character",
    FR_HEAD_LENGTH: f"the value is not 1 to {FR_LENGTH_DIGITS} digits",
    FR_HEAD_LENGTHS: "repeated with another value",
    FR_HEAD_CODING: 'the value is not "chunked"',
    FR_HEAD_CODING_TWICE: "repeated",
    FR_HEAD_CODING_IN_1_0: "not in HTTP/1.0",
    FR_HEAD_LENGTH_AND_CODING: "not beside Content-Length or Transfer-Encoding",
    FR_HEAD_BODILESS: "not with a status that has no body",
    FR_HEAD_SIZE: "the head is too large",
}


cdef object refusal(fr_head_rule rule, fr_head *head):
    """Return the exception for a broken rule, without the value: it may be secret."""
    if rule < FR_HEAD_NAME or rule == FR_HEAD_SIZE:
        return ValueError(RULES[rule])
    text = head.fields[head.at].name
    name = PyUnicode_DecodeLatin1(<const char *>text.bytes, <Py_ssize_t>text.size, NULL)
    return ValueError(f"header {show(name)}: {RULES[rule]}")


# 512 bytes; most heads have no more, with what a server adds.
DEF STACK_FIELDS = 16

cdef bytes render(fr_head *head, list first, object headers, bint only_check):
    """Render the head, with a status that has been read; ``None`` if it is only to
    be checked.

    :param first: the caller's own fields, before the others.
    """
    cdef fr_field[STACK_FIELDS] stack
    cdef fr_field *fields = stack
    cdef fr_head_rule rule
    cdef bytes out
    cdef Py_ssize_t count

    if not PyList_CheckExact(headers):
        headers = field_list(headers)
    elif not FR_HAS_LOCK:
        headers = fr_unshared(headers)
    try:
        while True:
            count = PyList_GET_SIZE(headers) + PyList_GET_SIZE(first)
            if count > STACK_FIELDS:
                fields = <fr_field *>PyMem_Malloc(<size_t>count * sizeof(fr_field))
                if fields is NULL:
                    raise MemoryError
            if read_list(first, fields) and read_list(
                headers, fields + PyList_GET_SIZE(first)
            ):
                break
            if fields is not stack:
                PyMem_Free(fields)
                fields = stack
            first = plain_fields(first)
            headers = plain_fields(headers)
        head.fields = fields
        head.count = <size_t>count
        rule = fr_head_measure(head)
        if rule != FR_HEAD_RIGHT:
            raise refusal(rule, head)
        if only_check:
            return None
        # Not an object that the collector looks at: no user code runs in here.
        out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>head.size)
        fr_head_fill(head, <uint8_t *>PyBytes_AS_STRING(out))
        return out
    finally:
        if fields is not stack:
            PyMem_Free(fields)


cdef int read_version(object version) except -1:
    if not isinstance(version, str):
        raise TypeError(f"the version is not a str but {type(version).__name__}")
    version = PyUnicode_FromObject(version)
    if version == "1.1":
        return 1
    if version == "1.0":
        return 0
    raise ValueError('the version is not "1.0" or "1.1"')


cdef bytes head_bytes(object status, list first, object headers, unsigned minor):
    """:func:`render_head`, with the version as its second digit.

    :param first: the caller's own fields, before the others.
    """
    cdef fr_head head

    if minor > 1:
        raise ValueError('the version is not "1.0" or "1.1"')
    head.minor = minor
    # What the reason is read from has to stay.
    _owner = read_status(status, &head)
    return render(&head, first, headers, False)


cdef int check_head(object status, list fields) except -1:
    """Raise for what no head may have, as :func:`head_bytes` does.

    :param status: ``None`` for one that has a body.
    """
    cdef fr_head head

    head.minor = 1
    head.code = 200
    head.reason.bytes = b""
    head.reason.size = 0
    _owner = None if status is None else read_status(status, &head)
    render(&head, [], fields, True)
    return 0


def render_head(status, headers, *, version="1.1"):
    """The status line and the header section of a response, and the empty line
    after them.

    :param status: a ``str`` as WSGI has it, ``"404 Not Found"``, or an ``int``,
        for which ``werkzeug.http.HTTP_STATUS_CODES`` has the reason phrase, or
        ``http.HTTPStatus`` should Werkzeug have no such table.
        Without a reason, the space before it remains (RFC 9112 section 4).
    :param headers: a ``list`` of ``(str, str)`` tuples, a ``dict`` of ``str``
        or of lists or tuples of ``str``, or Werkzeug's ``Headers``.
    :param version: ``"1.1"`` or ``"1.0"``.
    :return: ``bytes``, in latin-1.
    :raises TypeError: for other types. Subclasses of these are fine; of a
        string, its own characters are taken.
    :raises ValueError: for what a recipient could misread. The message names
        the header and the rule, and never has the value.

    What is checked, always and before anything is written:

    -   a name is a token, a value and a reason have no control characters but
        tabs (RFC 9110 sections 5.1 and 5.5, RFC 9112 section 4), all in latin-1;
        white space around a value or a reason is not part of it and left out;
    -   a status is three digits, from 100 to 599, and not 1xx in HTTP/1.0
        (RFC 9110 sections 15 and 15.2);
    -   Content-Length has 1 to 18 digits and nothing else; repeated with the
        same digits it is written once, with others refused (RFC 9110 section
        8.6);
    -   Transfer-Encoding is ``chunked``, once, in HTTP/1.1, without
        Content-Length (RFC 9112 sections 6.1 and 6.2);
    -   neither of the two is in an answer with 1xx or 204; a 304, and an answer
        to HEAD, may say how long the body would have been.
    """
    return head_bytes(status, [], headers, <unsigned>read_version(version))


def render_informational(status, headers=()):
    """The head of an interim response, which comes before the final one: 100
    Continue, 103 Early Hints. In HTTP/1.1 alone.

    :param status: as in :func:`render_head`, from 100 to 199 except 101, with
        which the protocol changes and nothing comes after it.
    :param headers: as in :func:`render_head`.
    :return: ``bytes``, in latin-1.
    :raises TypeError: as :func:`render_head` does.
    :raises ValueError: likewise, and for any other status.

    Source: RFC 9110 section 15.2, RFC 8297.
    """
    cdef fr_head head

    head.minor = 1
    _owner = read_status(status, &head)
    if not 100 <= head.code <= 199 or head.code == 101:
        raise ValueError("the status is not 1xx, or is 101")
    return render(&head, [], headers, False)


# --- what goes with it ---------------------------------------------------------

cdef str DATE = "Date"
# The last one, and its second.
cdef tuple date_field = None
cdef int64_t date_seconds = 0


cdef tuple current_date():
    """:func:`date_header`."""
    global date_field, date_seconds
    cdef int64_t now = <int64_t>time(NULL)

    if not FR_HAS_LOCK or date_field is None or now != date_seconds:
        text = PyUnicode_New(FR_DATE_SIZE, 127)
        fr_date_fill(now, <uint8_t *>PyUnicode_DATA(text))
        field = (DATE, text)
        if not FR_HAS_LOCK:
            return field
        date_seconds = now
        date_field = field
    return date_field


def date_header():
    """A ``Date`` field for a response that is sent now.

    :return: ``("Date", "Sun, 06 Nov 1994 08:49:37 GMT")``; with the global
        interpreter lock, the same tuple for as long as the second lasts.

    Source: RFC 9110 sections 5.6.7 and 6.6.1.
    """
    return current_date()


def chunk_head(size):
    """What comes before the bytes of a chunk; after them comes ``b"\\r\\n"``.

    :param size: how many bytes the chunk has, an ``int`` above zero: a chunk of
        none would end the body, which :data:`LAST_CHUNK` is for.
    :return: ``b"1f\\r\\n"`` for 31.
    :raises TypeError: for what is no ``int``.
    :raises ValueError: for zero, for less, and for 2 ** 63 and more.

    Source: RFC 9112 section 7.1.
    """
    cdef int overflow = 0
    cdef long long number

    if not isinstance(size, int):
        raise TypeError(f"the size is not an int but {type(size).__name__}")
    # The number that a subclass has, whatever it says when it is compared.
    number = PyLong_AsLongLongAndOverflow(size, &overflow)
    if overflow != 0 or number <= 0:
        raise ValueError("the size of a chunk is not from 1 to 2 ** 63 - 1")
    return b"%x\r\n" % number


LAST_CHUNK = b"0\r\n\r\n"
