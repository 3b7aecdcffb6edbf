"""The name of the request that is being answered, so that a log line, an error page and an audit row agree."""

import secrets
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Empty outside of a request."""
    return _current.get()


def begin() -> str:
    """A new name for the request that begins; 16 hexadecimal digits."""
    name = secrets.token_hex(8)
    _current.set(name)
    return name


def end() -> None:
    _current.set("")
