# cython: language_level=3, binding=True, auto_pickle=False
# cython: boundscheck=False, wraparound=False, cdivision=True
"""gunicorn's response with another way to make the head and to send it.

What to send and when is still gunicorn's own code: its methods, called where
they are, so that what somebody has patched is called.
"""

from cpython.object cimport PyTypeObject
from cpython.unicode cimport PyUnicode_READ_CHAR

from ._http1 cimport current_date
from ._http1 cimport head_bytes

from gunicorn import util
from gunicorn.http.wsgi import Response

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(object)
    PyTypeObject PyUnicode_Type
    bint PyTuple_CheckExact(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)


#: Up to so many bytes it takes less time to join than to send from two places.
cdef Py_ssize_t JOINED_BYTES = 16 * 1024


cdef class HeadFirst:
    """Stands for the client's socket when the first bytes are sent, and puts the
    head in front of them."""

    cdef object sock
    cdef object cfg
    cdef bytes head

    def sendall(self, data):
        cdef bytes head = self.head
        cdef Py_ssize_t sent

        self.head = b""
        if len(data) <= JOINED_BYTES:
            self.sock.sendall(b"".join((head, data)))
        elif self.cfg.is_ssl:
            # It has no sendmsg().
            self.sock.sendall(head)
            self.sock.sendall(data)
        else:
            sent = self.sock.sendmsg((head, data))
            if sent < len(head):
                self.sock.sendall(head[sent:])
                sent = len(head)
            rest = memoryview(data)[sent - len(head):]
            if rest:
                self.sock.sendall(rest)

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
cdef unsigned long long HOP_LENGTHS = 0

for name in HOP_HEADERS:
    HOP_LENGTHS |= <unsigned long long>1 << <int>len(name)

cdef Py_ssize_t LENGTH_SIZE = len("Content-Length")


cdef inline bint is_white(Py_UCS4 char):
    return char == 32 or char == 9


cdef object without_white(object value):
    """``value.strip(" \t")``, the same object if there is nothing to strip."""
    cdef Py_ssize_t size

    if is_str(value):
        size = PyUnicode_GET_LENGTH(value)
        if size == 0 or not (
            is_white(PyUnicode_READ_CHAR(value, 0))
            or is_white(PyUnicode_READ_CHAR(value, size - 1))
        ):
            return value
    return value.strip(" \t")


cdef bint is_hop(object name) except -1:
    cdef Py_ssize_t size = len(name)

    return (
        size < 64 and HOP_LENGTHS >> size & 1 != 0 and name.lower() in HOP_HEADERS
    )


cdef bint is_length(object name) except -1:
    return len(name) == LENGTH_SIZE and name.lower() == "content-length"


# --- the response --------------------------------------------------------------

class ResponseWriter(Response):
    """gunicorn's response with another way to make the head and to send it.

    It has no state of its own: gunicorn's response may become one.
    """

    def process_headers(self, headers):
        cdef list fields = []
        cdef bint plain = True

        headers = list(headers)
        length = self.response_length
        refusal = None
        try:
            for field in headers:
                name, value = field
                if is_hop(name):
                    plain = False
                    continue
                stripped = without_white(value)
                if is_length(name):
                    length = int(stripped)
                if stripped is not value or not PyTuple_CheckExact(field):
                    field = (name, stripped)
                fields.append(field)
            # The status comes later: gunicorn may remove a length that it forbids.
            head_bytes(200, fields, 1)
        except Exception as error:
            refusal = error

        if plain and refusal is None:
            self.headers += fields
            self.response_length = length
            return
        before = len(self.headers), self.response_length, self.upgrade
        # Raises gunicorn's own exception, unless gunicorn would send this.
        Response.process_headers(self, headers)
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


cdef tuple CLOSE = ("Connection", "close")
cdef tuple KEEP_ALIVE = ("Connection", "keep-alive")
cdef tuple UPGRADE = ("Connection", "upgrade")
cdef tuple CHUNKED = ("Transfer-Encoding", "chunked")


cdef bytes head_of(object response):
    cdef list headers = response.headers
    cdef list fields
    cdef bytes head
    cdef bint bodiless

    if response.status is None:
        raise AssertionError("write() before start_response()")
    if response.upgrade:
        connection = UPGRADE
    elif response.should_close():
        connection = CLOSE
    else:
        connection = KEEP_ALIVE
    fields = [("Server", response.version), current_date(), connection]
    code = response.status_code
    bodiless = code == 204 or code < 200
    if bodiless:
        headers = [each for each in headers if each[0].lower() != "content-length"]
    elif response.chunked:
        fields.append(CHUNKED)
    fields += headers
    head = head_bytes(response.status, fields, response.req.version[1])
    if bodiless and (response.chunked or len(headers) < len(response.headers)):
        # Before 26.1 gunicorn says how a body is framed that there is none of.
        lines = response.default_headers()
        lines += [f"{name}: {value}\r\n" for name, value in response.headers]
        head = "".join([*lines, "\r\n"]).encode("latin-1")
    return head


cdef HeadFirst head_first(object response):
    """Has the head sent with the first bytes that gunicorn's method sends."""
    cdef HeadFirst first = HeadFirst.__new__(HeadFirst)

    first.sock = response.sock
    first.cfg = response.cfg
    first.head = head_of(response)
    response.sock = first
    # Before anything is sent: then an error in the middle is not answered.
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
