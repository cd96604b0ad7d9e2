# cython: language_level=3, binding=True, auto_pickle=False
# cython: boundscheck=False, wraparound=False, cdivision=True
"""gunicorn's response with another way to make the head and to send it.

What to send and when is gunicorn's own code: its methods, called where they are,
so that what somebody has patched is called. The most usual response, one with a
body whose length is known, goes by them where they are known to do nothing else.
"""

from .cpython cimport *
from .http1 cimport check_fields
from .http1 cimport check_status
from .http1 cimport check_value
from .http1 cimport current_date
from .http1 cimport head_bytes
from .http1 cimport plain_code

from types import FunctionType

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidHeader
from gunicorn.http.wsgi import Response

#: Up to so many bytes it takes less time to join than to send from two places.
cdef Py_ssize_t JOINED_BYTES = 16 * 1024


cdef bytes joined(bytes head, object data):
    """Both in one piece; ``None`` when that is a large one."""
    return b"".join((head, data)) if len(data) <= JOINED_BYTES else None


cdef int send_both(
    object sock, object cfg, bytes head, object data, bytes whole
) except -1:
    """:param whole: what :func:`joined` makes of them."""
    cdef Py_ssize_t sent

    if whole is not None:
        sock.sendall(whole)
    elif cfg.is_ssl:
        # It has no sendmsg().
        sock.sendall(head)
        sock.sendall(data)
    else:
        sent = sock.sendmsg((head, data))
        if sent < len(head):
            sock.sendall(head[sent:])
            sent = len(head)
        rest = memoryview(data)[sent - len(head):]
        if rest:
            sock.sendall(rest)
    return 0


cdef class HeadFirst:
    """Stands for the client's socket when the first bytes are sent, and puts the
    head in front of them."""

    cdef object sock
    cdef object cfg
    cdef bytes head

    def sendall(self, data):
        head = self.head
        whole = joined(head, data)
        self.head = b""
        send_both(self.sock, self.cfg, head, data, whole)

    cdef int flush(self) except -1:
        """Sends the head, if nothing was sent with it."""
        if self.head:
            self.sendall(b"")
        return 0


# --- fields --------------------------------------------------------------------

cdef inline bint is_str(object text):
    return Py_TYPE(text) is &PyUnicode_Type


cdef frozenset HOP_HEADERS = frozenset(util.hop_headers)
#: A bit for each length that one of them has.
cdef unsigned long long HOP_LENGTHS = sum(
    {1 << len(name) for name in HOP_HEADERS}
)

cdef Py_ssize_t LENGTH_SIZE = len("Content-Length")


cdef inline bint is_white(Py_UCS4 char):
    return char == 32 or char == 9


cdef str without_white(str value):
    """``value.strip(" \t")`` of an exact string, the same object if there is nothing
    to strip."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(value)

    if size == 0 or not (
        is_white(PyUnicode_READ_CHAR(value, 0))
        or is_white(PyUnicode_READ_CHAR(value, size - 1))
    ):
        return value
    return value.strip(" \t")


cdef bint is_hop(str name) except -1:
    """Return whether an exact string is the name of a field that gunicorn drops."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(name)

    return (
        size < 64 and HOP_LENGTHS >> size & 1 != 0 and name.lower() in HOP_HEADERS
    )


cdef bint is_length(str name) except -1:
    return (
        PyUnicode_GET_LENGTH(name) == LENGTH_SIZE and name.lower() == "content-length"
    )


cdef str exact_text(object text):
    """``"%s" % (text,)``, by which gunicorn writes it, as an exact string."""
    return text if is_str(text) else PyUnicode_FromObject(str(text))


cdef inline bint is_pair(object field):
    return PyTuple_CheckExact(field) and len(<tuple>field) == 2


cdef object pair_of(object field):
    """A tuple of what gunicorn unpacks from a field; the field if it is no pair."""
    if PyTuple_CheckExact(field):
        return field
    try:
        name, value = field
    except (TypeError, ValueError):
        return field
    return name, value


# --- what gunicorn's methods do ------------------------------------------------

cdef object own_function(object module, object owner, str name):
    """A function that its module defines; ``None`` for what has been put in its
    place, or where there is none."""
    function = vars(owner).get(name)
    if (
        type(function) is FunctionType
        and function.__globals__ is vars(module)
        and function.__code__.co_name == name
        and function.__closure__ is None
    ):
        return function
    return None


# None if gunicorn lacks the function or it was patched.
cdef object stock_start_response = own_function(wsgi, Response, "start_response")
cdef object stock_write = own_function(wsgi, Response, "write")
cdef object stock_is_chunked = own_function(wsgi, Response, "is_chunked")
# Since 27.
cdef object stock_emit_body = own_function(wsgi, Response, "_emit_body")
cdef object stock_util_write = own_function(util, util, "write")


cdef bint starts_as_stock() except -1:
    return (
        Response.start_response is stock_start_response
        and Response.is_chunked is stock_is_chunked
    )


cdef bint writes_as_stock() except -1:
    return (
        Response.write is stock_write
        and util.write is stock_util_write
        and getattr(Response, "_emit_body", None) is stock_emit_body
    )


cdef bint has_body(object response, long long code) except -1:
    """Return whether every gunicorn sends the body of such a response."""
    if not 200 <= code <= 599 or code == 204 or code == 304:
        return False
    method = response.req.method
    return is_str(method) and method != "HEAD"


cdef object status_refusal(object status):
    """What ``render_head`` says of a status; ``None`` if it has nothing to say."""
    try:
        check_status(status)
    except Exception as error:
        return error
    return None


# --- the response --------------------------------------------------------------

class ResponseWriter(Response):
    """gunicorn's response with another way to make the head and to send it.

    It has no state of its own: gunicorn's response may become one.
    """

    def start_response(self, status, headers, exc_info=None):
        cdef long code = plain_code(status)

        if (
            exc_info is None
            and has_body(self, code)
            and self.status is None
            and starts_as_stock()
        ):
            self.status = status
            self.status_code = code
            self.process_headers(headers)
            self.chunked = self.response_length is None and self.is_chunked()
            return self.write
        try:
            return Response.start_response(self, status, headers, exc_info)
        except (TypeError, ValueError):
            # It may be the exception that exc_info has.
            refusal = None if self.headers_sent else status_refusal(status)
            if refusal is None:
                raise
            # From 27 on gunicorn's own has the status in its text.
            raise refusal from None

    def process_headers(self, headers):
        cdef list fields = []
        cdef list pairs
        cdef bint plain = True
        cdef str name
        cdef str value

        # An iterator has them once, and so has a field that is one.
        pairs = list(headers)
        for at, field in enumerate(pairs):
            if not PyTuple_CheckExact(field):
                pairs[at] = pair_of(field)
        length = self.response_length
        length_text = None
        refusal = None
        try:
            for field in pairs:
                if not is_pair(field):
                    # Refused by gunicorn.
                    plain = False
                    continue
                a_name = (<tuple>field)[0]
                a_value = (<tuple>field)[1]
                if is_str(a_name) and is_str(a_value):
                    name = a_name
                    value = without_white(a_value)
                    if value is not a_value:
                        field = (name, value)
                elif isinstance(a_name, str) and isinstance(a_value, str):
                    # What gunicorn makes of them, their methods have a say in; what
                    # is looked at here are their characters.
                    plain = False
                    name = PyUnicode_FromObject(a_name)
                    value = PyUnicode_FromObject(a_value)
                    field = (name, value)
                else:
                    # Refused below.
                    fields.append(field)
                    continue
                if is_hop(name):
                    plain = False
                    check_value(name, value)
                    continue
                if is_length(name):
                    length_text = value
                fields.append(field)
            # The status comes later: gunicorn may remove a length that it forbids.
            check_fields(fields)
            if length_text is not None:
                length = int(length_text)
        except Exception as error:
            refusal = error

        if plain and refusal is None:
            self.headers += fields
            self.response_length = length
            return
        before = len(self.headers), self.response_length, self.upgrade
        # Raises gunicorn's own exception, unless gunicorn would send this. But of
        # some the text has the value.
        try:
            Response.process_headers(self, pairs)
        except InvalidHeader as error:
            if refusal is not None and type(error) is InvalidHeader:
                # Before 27.
                error.hdr = str(refusal)
                error.args = (error.hdr,)
            raise
        except (TypeError, ValueError):
            if refusal is None:
                raise
            raise refusal from None
        if refusal is not None:
            del self.headers[before[0]:]
            _, self.response_length, self.upgrade = before
            raise refusal

    def send_headers(self):
        if not self.headers_sent:
            util.write(self.sock, head_of(self))
            self.headers_sent = True

    def write(self, data):
        if self.headers_sent:
            Response.write(self, data)
        elif is_within_length(self, data) and writes_as_stock():
            head = head_of(self)
            # All that may run out of memory, before the head counts as sent.
            whole = joined(head, data)
            sent = self.sent + len(data)
            # Before anything is sent: then an error in the middle is not answered.
            self.headers_sent = True
            self.sent = sent
            send_both(self.sock, self.cfg, head, data, whole)
        else:
            first = head_first(self)
            try:
                Response.write(self, data)
            finally:
                self.sock = first.sock
                first.flush()

    def close(self):
        if self.headers_sent:
            Response.close(self)
        else:
            first = head_first(self)
            try:
                Response.close(self)
            finally:
                self.sock = first.sock
                first.flush()


cdef long long exact_number(object value) except? -1:
    """The value of an exact ``int`` that is at least zero; -1 for anything else."""
    cdef int overflow = 0
    cdef long long number

    if not PyLong_CheckExact(value):
        return -1
    number = PyLong_AsLongLongAndOverflow(value, &overflow)
    return number if number >= 0 else -1


cdef bint is_within_length(object response, object data) except -1:
    """Return whether the first chunk is one that is sent as it is.

    Whatever gunicorn would compare is a number here, or gunicorn compares it.
    """
    cdef Py_ssize_t size

    if type(data) is not bytes:
        return False
    size = len(<bytes>data)
    return (
        0 < size <= exact_number(response.response_length)
        and exact_number(response.sent) == 0
        and response.chunked is False
        and has_body(response, exact_number(response.status_code))
    )


cdef tuple CLOSE = ("Connection", "close")
cdef tuple KEEP_ALIVE = ("Connection", "keep-alive")
cdef tuple UPGRADE = ("Connection", "upgrade")
cdef tuple CHUNKED = ("Transfer-Encoding", "chunked")


cdef bytes head_of(object response):
    cdef list headers
    cdef list fields
    cdef bytes head
    cdef bint bodiless
    cdef bint chunked
    cdef str status
    cdef unsigned code

    if response.status is None:
        raise AssertionError("write() before start_response()")
    if response.upgrade:
        connection = UPGRADE
    elif response.should_close():
        connection = CLOSE
    else:
        connection = KEEP_ALIVE
    status = exact_text(response.status)
    # Once: what is checked is what is sent.
    headers = list(response.headers)
    for at, field in enumerate(headers):
        if not (
            is_pair(field) and is_str((<tuple>field)[0]) and is_str((<tuple>field)[1])
        ):
            name, value = field
            headers[at] = (exact_text(name), exact_text(value))
    version = exact_text(response.version)
    fields = [("Server", version), current_date(), connection]
    code = plain_code(status)
    bodiless = code == 204 or code < 200
    chunked = bool(response.chunked)
    if bodiless:
        fields += [field for field in headers if not is_length(field[0])]
    else:
        if chunked:
            fields.append(CHUNKED)
        fields += headers
    head = head_bytes(status, fields, response.req.version[1])
    if bodiless and (chunked or len(fields) < 3 + len(headers)):
        # Before 26.1 gunicorn says how a body is framed that there is none of.
        lines = [exact_text(line) for line in response.default_headers()]
        lines += [f"{name}: {value}\r\n" for name, value in headers]
        head = "".join([*lines, "\r\n"]).encode("latin-1")
    return head


cdef HeadFirst head_first(object response):
    """Has the head sent with the first bytes that gunicorn's method sends."""
    cdef HeadFirst first = HeadFirst.__new__(HeadFirst)

    first.sock = response.sock
    first.cfg = response.cfg
    first.head = head_of(response)
    response.sock = first
    # As in write().
    response.headers_sent = True
    return first


# --- apps ----------------------------------------------------------------------

cdef tuple HTTP_1 = ((1, 0), (1, 1))


def with_writer(app, log):
    """The app, with :class:`ResponseWriter` for each response.

    :param app: a WSGI application.
    :param log: where to warn, once, of what is no response of gunicorn's.
    """
    warned = False

    def with_response_writer(environ, start_response):
        nonlocal warned
        response = getattr(start_response, "__self__", None)
        if type(response) is Response:
            if response.req.version in HTTP_1:
                response.__class__ = ResponseWriter
                start_response = response.start_response
        # HTTP/2 has a response of its own.
        elif not warned and not isinstance(response, Response):
            warned = True
            log.warning(
                "fastresp: start_response is not the method of a gunicorn"
                " response; using gunicorn's own writer."
            )
        return app(environ, start_response)

    return with_response_writer
