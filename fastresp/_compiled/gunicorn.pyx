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
from .http1 cimport check_fields
from .http1 cimport check_status
from .http1 cimport check_value
from .http1 cimport current_date
from .http1 cimport head_bytes
from .http1 cimport plain_code
from .watch cimport *

import email.utils
import socket
import sys
import time
from types import FunctionType
from types import MethodDescriptorType

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidHeader
from gunicorn.http.wsgi import Response

#: Up to so many bytes it takes less time to join than to send from two places.
cdef Py_ssize_t JOINED_BYTES = 16 * 1024


cdef bytes joined(bytes head, object data):
    """Both in one piece; ``None`` when that is a large one."""
    return b"".join((head, data)) if len(data) <= JOINED_BYTES else None


# Classes of sockets, and their methods as they were.
cdef tuple SENDING = ("sendall", "sendmsg")
cdef dict SOCKETS = {}


def add_socket_class(cls):
    """Send head and body with one ``sendmsg()`` on sockets of a class, while its
    methods are its own: gunicorn calls ``sendall()``, which may be another one then.

    :param cls: the class, not one below it.
    """
    methods = []
    for name in SENDING:
        method = class_attribute(type_mro(cls), name)
        if type(method) is FunctionType:
            # Of any library: of the module that the class is defined in.
            module = sys.modules.get(cls.__module__)
            if method.__globals__ is not vars(module) or (
                method.__code__.co_name != name
            ):
                return
        elif type(method) is not MethodDescriptorType:
            return
        methods.append(method)
    SOCKETS[cls] = tuple(methods)


cdef bint has_own_methods(object sock) except -1:
    cls = type(sock)
    methods = SOCKETS.get(cls)
    return (
        methods is not None
        and cls.sendall is methods[0]
        and cls.sendmsg is methods[1]
        and not getattr(sock, "__dict__", {}).keys() & SENDING
    )


cdef int send_both(object sock, bytes head, object data, bytes whole) except -1:
    """:param whole: what :func:`joined` makes of them."""
    cdef Py_ssize_t sent

    if whole is not None:
        sock.sendall(whole)
    elif not has_own_methods(sock):
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
    cdef bytes head

    def sendall(self, data):
        head = self.head
        whole = joined(head, data)
        self.head = b""
        send_both(self.sock, head, data, whole)

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
    """Return a tuple of what gunicorn unpacks from a field; other fields unchanged."""
    if PyTuple_CheckExact(field):
        return field
    try:
        name, value = field
    except (TypeError, ValueError):
        return field
    return name, value


# --- what gunicorn does --------------------------------------------------------

add_socket_class(socket.socket)


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


cdef object status_refusal(object status):
    """Return the error that ``render_head`` raises for a status, or ``None``."""
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
            refusal = None if self.headers_sent else status_refusal(status)
            if refusal is None:
                raise
            # From 27 on gunicorn's own has the status in its text.
            raise refusal from None

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
        if self.headers_sent and intact(response_watch):
            Response.write(self, data)
        elif self.headers_sent or not is_stock(self, head_watch):
            super().write(data)
        elif is_within_length(self, data):
            head = head_of(self)
            # All that may run out of memory, before the head counts as sent.
            whole = joined(head, data)
            sent = self.sent + len(data)
            # Before anything is sent: then an error in the middle is not answered.
            self.headers_sent = True
            self.sent = sent
            send_both(self.sock, head, data, whole)
        else:
            first = head_first(self)
            try:
                Response.write(self, data)
            finally:
                self.sock = first.sock
                first.flush()

    def close(self):
        if self.headers_sent and intact(response_watch):
            Response.close(self)
        elif self.headers_sent or not is_stock(self, head_watch):
            super().close()
        else:
            first = head_first(self)
            try:
                Response.close(self)
            finally:
                self.sock = first.sock
                first.flush()


response_watch.add_class(ResponseWriter, (), {})


cdef object sent_field(object field, bint *plain):
    """Return a field as it is sent, the same object if it needs no change; ``None``
    if it is not sent.

    :param plain: cleared if gunicorn's own method has to see the field.
    """
    cdef str name
    cdef str value

    if not is_pair(field):
        # Refused by gunicorn.
        plain[0] = False
        return None
    a_name = (<tuple>field)[0]
    a_value = (<tuple>field)[1]
    if is_str(a_name) and is_str(a_value):
        name = a_name
        value = without_white(a_value)
        if value is not a_value:
            field = (name, value)
    elif isinstance(a_name, str) and isinstance(a_value, str):
        # What gunicorn makes of them, their methods have a say in; what is looked at
        # here are their characters.
        plain[0] = False
        name = PyUnicode_FromObject(a_name)
        value = PyUnicode_FromObject(a_value)
        field = (name, value)
    else:
        # Refused by check_fields().
        return field
    if is_hop(name):
        plain[0] = False
        check_value(name, value)
        return None
    return field


cdef int take_headers(object self, object headers) except -1:
    """Do what gunicorn's ``process_headers`` does."""
    cdef list fields
    cdef list pairs
    cdef bint plain = hop_headers == HOP_HEADERS

    # An iterator has them once, and so has a field that is one.
    pairs = list(headers)
    for at, field in enumerate(pairs):
        if not PyTuple_CheckExact(field):
            pairs[at] = pair_of(field)
    length = self.response_length
    length_text = None
    refusal = None
    # The same list, while all of it is sent.
    fields = pairs
    try:
        for at, field in enumerate(pairs):
            sent = sent_field(field, &plain)
            if sent is not field and fields is pairs:
                fields = pairs[:at]
            if sent is None:
                continue
            if fields is not pairs:
                fields.append(sent)
            if is_str((<tuple>sent)[0]) and is_length((<tuple>sent)[0]):
                length_text = (<tuple>sent)[1]
        # The status comes later: gunicorn may remove a length that it forbids.
        check_fields(fields)
        if length_text is not None:
            length = int(length_text)
    except Exception as error:
        refusal = error

    if plain and refusal is None:
        self.headers += fields
        self.response_length = length
        return 0
    before = len(self.headers), self.response_length, self.upgrade
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
        del self.headers[before[0]:]
        _, self.response_length, self.upgrade = before
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


cdef bytes head_of(object response):
    cdef list headers
    cdef list fields
    cdef bytes head
    cdef Py_ssize_t at
    cdef Py_ssize_t start
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
    code = plain_code(status)
    bodiless = code == 204 or code < 200
    chunked = bool(response.chunked)
    fields = [("Server", version), current_date(), connection]
    if chunked and not bodiless:
        fields.append(CHUNKED)
    start = len(fields)
    # Once: what is checked is what is sent.
    fields += response.headers
    for at in range(start, len(fields)):
        field = fields[at]
        if not (
            is_pair(field) and is_str((<tuple>field)[0]) and is_str((<tuple>field)[1])
        ):
            name, value = field
            fields[at] = (exact_text(name), exact_text(value))
    if not bodiless:
        return head_bytes(status, fields, response.req.version[1])
    headers = fields[start:]
    fields[start:] = [field for field in headers if not is_length(field[0])]
    head = head_bytes(status, fields, response.req.version[1])
    if chunked or len(fields) < start + len(headers):
        # Before 26.1 gunicorn says how a body is framed that there is none of.
        lines = [exact_text(line) for line in response.default_headers()]
        lines += [f"{name}: {value}\r\n" for name, value in headers]
        head = "".join([*lines, "\r\n"]).encode("latin-1")
    return head


cdef HeadFirst head_first(object response):
    """Has the head sent with the first bytes that gunicorn's method sends."""
    cdef HeadFirst first = HeadFirst.__new__(HeadFirst)

    first.sock = response.sock
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
                if getattr(start_response, "__func__", None) is stock_start_response:
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
