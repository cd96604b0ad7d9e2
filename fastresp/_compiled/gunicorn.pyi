import typing as t

from _typeshed.wsgi import WSGIApplication
from gunicorn.glogging import Logger
from gunicorn.http.wsgi import Response

class ResponseWriter(Response): ...

def with_writer(app: WSGIApplication, log: Logger | t.Any) -> WSGIApplication: ...
