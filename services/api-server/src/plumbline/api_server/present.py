"""Who makes the present call.

Set by ``callers`` (gRPC) and by the HTTP handlers, asked by the services and by ``permissions``.
"""

import contextvars

from plumbline.api_server.sessions import Caller
from plumbline.core import errors

__all__ = ["acting_as", "caller", "known_caller"]

_CALLER: contextvars.ContextVar[Caller | None] = contextvars.ContextVar("caller", default=None)


def caller() -> Caller:
    """Return who makes the present call; an anonymous caller where those are allowed.

    Raises:
        errors.Unauthenticated: nobody known.
    """
    found = _CALLER.get()
    if found is None:
        raise errors.Unauthenticated("no session information")
    return found


def known_caller() -> Caller | None:
    """Return who is logged in, if anybody is: for methods that tell others less."""
    found = _CALLER.get()
    return None if found is None or found.anonymous else found


def acting_as(who: Caller | None) -> None:
    """Let the present task make its calls as somebody."""
    _CALLER.set(who)
