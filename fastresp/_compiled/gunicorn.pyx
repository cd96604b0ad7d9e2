# cython: language_level=3, binding=True, auto_pickle=False
# cython: boundscheck=False, wraparound=False, cdivision=True
# cython: freethreading_compatible=True
"""gunicorn's response with another way to make the head and to send it.

What to send and when is gunicorn's own code: its methods, called where they are. The
most usual response, one with a body whose length is known, goes by them. Whatever
somebody has replaced since gunicorn was imported, in its modules, in the class of its
responses or on one response, is called where gunicorn calls it: each method looks for
that first, and then does nothing itself.
"""

from .cpython cimport *
from .http1 cimport check_head
from .http1 cimport check_value
from .http1 cimport current_date
from .http1 cimport head_bytes
from .http1 cimport plain_code
from .watch cimport *

import email.utils
import time
from functools import wraps

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
    object sock, bytes head, object data, bytes whole, bint *head_is_sent
) except -1:
    """
    :param whole: what :func:`joined` makes of them. A socket whose client is gone takes
        none of it.
    :param head_is_sent: set as soon as it is.
    """
    if whole is not None:
        sock.sendall(whole)
        head_is_sent[0] = True
    else:
        sock.sendall(head)
        head_is_sent[0] = True
        sock.sendall(data)
    return 0


cdef class HeadFirst:
    """Stands for the client's socket when the first bytes are sent, and puts the
    head in front of them."""

    cdef object sock
    cdef bytes head
    cdef bint is_sent

    def sendall(self, data):
        head = self.head
        whole = joined(head, data)
        self.head = b""
        send_both(self.sock, head, data, whole, &self.is_sent)

    cdef int flush(self) except -1:
        """Sends the head, if nothing was sent with it."""
        if self.head:
            self.sendall(b"")
        return 0


# --- fields --------------------------------------------------------------------

cdef inline bint is_str(object text):
    return Py_TYPE(text) is &PyUnicode_Type


# Another set in its place is found as other names are.
cdef object hop_headers = util.hop_headers
cdef frozenset HOP_HEADERS = frozenset(hop_headers)
#: A bit for each length that one of them has.
cdef unsigned long long HOP_LENGTHS = sum(
    {1 << len(name) for name in HOP_HEADERS}
)

cdef Py_ssize_t LENGTH_SIZE = len("Content-Length")


cdef bint has_white_ends(str value):
    """Return whether ``value.strip(" \t")`` is shorter, for an exact string."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(value)

    return size > 0 and (
        PyUnicode_READ_CHAR(value, 0) in " \t"
        or PyUnicode_READ_CHAR(value, size - 1) in " \t"
    )


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
    """Return whether a field is an exact pair of exact strings."""
    return (
        PyTuple_CheckExact(field)
        and len(<tuple>field) == 2
        and is_str((<tuple>field)[0])
        and is_str((<tuple>field)[1])
    )


cdef object pair_of(object field):
    """Return a tuple of what gunicorn unpacks from a field; other fields unchanged."""
    if PyTuple_CheckExact(field):
        return field
    try:
        name, value = field
    except (TypeError, ValueError):
        return field
    return name, value


# --- what gunicorn does --------------------------------------------------------

# What process_headers() and start_response() look up, and what send_headers(),
# default_headers() and write() do.
cdef tuple present(object module, tuple names):
    """Return a module and those of the names that this version of it has."""
    return module, *(name for name in names if name in module.__dict__)


cdef Watch fields_watch = Watch(
    present(wsgi, ("HEADER_VALUE_RE", "STATUS_RE", "TOKEN_RE", "util")),
    present(util, ("hop_headers", "is_hoppish")),
)
cdef Watch head_watch = Watch(
    (wsgi, "util"),
    present(util, ("email", "http_date", "time", "to_bytestring")),
    (util, "write", "write_chunk"),
    (email.utils, "formatdate"),
    (time, "time"),
)
cdef Watch response_watch = Watch(
    (Response, *type_dict(Response), *INSTANCE_ACCESS)
)
cdef object stock_start_response = Response.start_response
cdef Py_ssize_t count_attributes(dict attributes) except -1:
    """Count the attributes of a response, but for the one that comes with a status."""
    return len(attributes) - ("status_code" in attributes)


cdef Py_ssize_t ATTRIBUTES = count_attributes(vars(Response(None, None, None)))


cdef bint is_stock(object response, Watch names) except -1:
    """Return whether nobody has replaced a method of a response's, or what these
    look up.

    :param names: of modules.
    """
    return (
        type(response) is ResponseWriter
        and intact(response_watch)
        and count_attributes(fr_instance_dict(response)) == ATTRIBUTES
        and intact(names)
    )


def is_gunicorn_stock():
    """Return whether gunicorn is as it came, as far as responses go."""
    return (
        intact(response_watch)
        and intact(fields_watch)
        and intact(head_watch)
        and hop_headers == HOP_HEADERS
    )


cdef bint has_body(object response, long long code) except -1:
    """Return whether every gunicorn sends the body of such a response."""
    if not 200 <= code <= 599 or code == 204 or code == 304:
        return False
    method = response.req.method
    return is_str(method) and method != "HEAD"


# --- the response --------------------------------------------------------------

class ResponseWriter(Response):
    """gunicorn's response with another way to make the head and to send it.

    It has no state of its own: gunicorn's response may become one.
    """

    def start_response(self, status, headers, exc_info=None):
        cdef long code

        if not is_stock(self, fields_watch):
            # What the app was given is bound to this one.
            return stock_start_response(self, status, headers, exc_info)
        code = plain_code(status)
        if exc_info is None and has_body(self, code) and self.status is None:
            self.status = status
            self.status_code = code
            take_headers(self, headers)
            self.chunked = self.response_length is None and self.is_chunked()
            return self.write
        try:
            return stock_start_response(self, status, headers, exc_info)
        except (TypeError, ValueError):
            # It may be the exception that exc_info has.
            if self.headers_sent:
                raise
            # From 27 on gunicorn's own has the status in its text.
            try:
                check_head(status, [])
            except Exception as refusal:
                raise refusal from None
            raise

    def process_headers(self, headers):
        if is_stock(self, fields_watch):
            take_headers(self, headers)
        else:
            super().process_headers(headers)

    def send_headers(self):
        if not is_stock(self, head_watch):
            super().send_headers()
        elif not self.headers_sent:
            util.write(self.sock, head_of(self))
            self.headers_sent = True

    def write(self, data):
        cdef bint head_is_sent = False

        if self.headers_sent and intact(response_watch):
            Response.write(self, data)
        elif self.headers_sent or not is_stock(self, head_watch):
            super().write(data)
        elif is_within_length(self, data):
            head = head_of(self)
            # All that may run out of memory, before the head counts as sent.
            whole = joined(head, data)
            before = self.sent
            sent = before + len(data)
            # Before anything is sent: then an error in the middle is not answered.
            self.headers_sent = True
            self.sent = sent
            try:
                send_both(self.sock, head, data, whole, &head_is_sent)
            except OSError:
                if not head_is_sent:
                    count_as_unsent(self, before)
                raise
        else:
            with_head(self, Response.write, (self, data))

    def close(self):
        if self.headers_sent and intact(response_watch):
            Response.close(self)
        elif self.headers_sent or not is_stock(self, head_watch):
            super().close()
        else:
            with_head(self, Response.close, (self,))


response_watch.add_class(ResponseWriter, (), {})


cdef bint take_list(object self, object headers) except -1:
    """Do what gunicorn's ``process_headers`` does with a list of fields that it appends
    as they are; return false for any other, with nothing done. Runs no user code."""
    cdef str length_text = None

    taken = self.headers
    if (
        not PyList_CheckExact(headers)
        or not PyList_CheckExact(taken)
        or hop_headers != HOP_HEADERS
    ):
        return False
    for field in <list>headers:
        if not is_pair(field):
            return False
        name, value = <str>(<tuple>field)[0], <str>(<tuple>field)[1]
        if has_white_ends(value) or is_hop(name):
            return False
        if is_length(name):
            length_text = value
    try:
        # The status comes later: gunicorn may remove a length that it forbids.
        check_head(None, headers)
    except (TypeError, ValueError):
        return False
    taken += headers
    if length_text is not None:
        self.response_length = int(length_text)
    return True


cdef object sent_field(object field):
    """Return a field as it is sent; ``None`` if it is not sent."""
    if not PyTuple_CheckExact(field) or len(<tuple>field) != 2:
        # Refused by gunicorn.
        return None
    name, value = field
    if not (isinstance(name, str) and isinstance(value, str)):
        # Refused by check_head().
        return field
    # What gunicorn makes of them, their methods have a say in; what is looked at here
    # are their characters.
    name = PyUnicode_FromObject(name)
    value = PyUnicode_FromObject(value)
    if is_hop(name):
        check_value(name, value)
        return None
    return name, value.strip(" \t")


cdef int take_headers(object self, object headers) except -1:
    """Do what gunicorn's ``process_headers`` does."""
    cdef list fields = []
    cdef list pairs

    if take_list(self, headers):
        return 0
    # An iterator has them once, and so has a field that is one.
    pairs = [pair_of(field) for field in list(headers)]
    refusal = None
    try:
        for field in pairs:
            sent = sent_field(field)
            if sent is not None:
                fields.append(sent)
        check_head(None, fields)
    except Exception as error:
        refusal = error
    taken = self.headers
    # Gunicorn's own exception, for what is no list.
    count = len(taken) if PyList_CheckExact(taken) else None
    before = self.response_length, self.upgrade
    # Raises gunicorn's own exception, unless gunicorn would send this. But of some
    # the text has the value.
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
        if count is not None:
            del taken[count:]
        self.response_length, self.upgrade = before
        raise refusal
    return 0


cdef long long exact_number(object value) except? -1:
    """Return the value of an exact ``int`` that is at least zero; -1 otherwise."""
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
        and getattr(response, "_omits_body", False) is False
        and has_body(response, exact_number(response.status_code))
    )


cdef tuple CLOSE = ("Connection", "close")
cdef tuple KEEP_ALIVE = ("Connection", "keep-alive")
cdef tuple UPGRADE = ("Connection", "upgrade")
cdef tuple CHUNKED = ("Transfer-Encoding", "chunked")


cdef list exact_fields(object headers):
    """Return a list of pairs of exact strings, the same one if it is that."""
    if PyList_CheckExact(headers):
        for field in <list>headers:
            if not is_pair(field):
                break
        else:
            return headers
    return [(exact_text(name), exact_text(value)) for name, value in list(headers)]


cdef bytes head_of(object response):
    cdef list first
    cdef list fields
    cdef list framed
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
    version = exact_text(response.version)
    minor = response.req.version[1]
    code = plain_code(status)
    bodiless = code == 204 or code < 200
    chunked = bool(response.chunked)
    first = [("Server", version), current_date(), connection]
    if chunked and not bodiless:
        first.append(CHUNKED)
    # From here to the head no user code runs, and nothing is copied.
    fields = exact_fields(response.headers)
    if not bodiless:
        return head_bytes(status, first, fields, minor)
    framed = fields
    fields = [field for field in framed if not is_length(field[0])]
    head = head_bytes(status, first, fields, minor)
    if chunked or len(fields) < len(framed):
        # Before 26.1 gunicorn says how a body is framed that there is none of.
        lines = [exact_text(line) for line in response.default_headers()]
        lines += [f"{name}: {value}\r\n" for name, value in framed]
        head = "".join([*lines, "\r\n"]).encode("latin-1")
    return head


cdef int count_as_unsent(object response, object before) except -1:
    """Have a response as gunicorn's is when its head could not be sent.

    :param before: how many bytes of the body were sent.
    """
    response.headers_sent = False
    response.sent = before
    return 0


cdef int with_head(object response, object method, tuple args) except -1:
    """Call a method of gunicorn's, and have the head sent with the first bytes that it
    sends."""
    cdef HeadFirst first = HeadFirst.__new__(HeadFirst)

    before = response.sent
    first.sock = response.sock
    first.head = head_of(response)
    response.sock = first
    # As in write().
    response.headers_sent = True
    try:
        try:
            method(*args)
        finally:
            response.sock = first.sock
            first.flush()
    except OSError:
        if not first.is_sent:
            count_as_unsent(response, before)
        raise
    return 0


# --- workers -------------------------------------------------------------------

cdef tuple HTTP_1 = ((1, 0), (1, 1))


def with_writer(create):
    """Return gunicorn's ``wsgi.create`` with a :class:`ResponseWriter` in the place of
    its own response. Others, as that of HTTP/2, and those of a patched class stay what
    they are."""

    @wraps(create)
    def create_writer(*args, **kwargs):
        response, environ = create(*args, **kwargs)
        if (
            type(response) is Response
            and intact(response_watch)
            and response.req.version in HTTP_1
        ):
            response.__class__ = ResponseWriter
        return response, environ

    return create_writer
