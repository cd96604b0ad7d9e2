import typing as t

from gunicorn.http.wsgi import Response

_Create = t.TypeVar("_Create", bound=t.Callable[..., tuple[t.Any, t.Any]])

class ResponseWriter(Response): ...

def is_gunicorn_stock() -> bool: ...
def with_writer(create: _Create) -> _Create: ...
