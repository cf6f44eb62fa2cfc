"""Secrets as a type: a wrapper whose text forms reveal nothing.

Used for every password, token and key that passes through Plumbline. ``reveal()`` is called only at
the edge that needs the value (a Git credential callback, an Authorization header). The wrapper
refuses to be pickled or serialised, and its ``repr``, ``str`` and ``format`` are masks of constant
length, so that neither value nor length can reach a log, a condition or an error text
(security.md, control "secrets are a type").
"""

import hmac
from typing import Final, NoReturn

__all__ = ["MASK", "Secret"]

MASK: Final = "++++++++"


class Secret:
    """A string that must not be shown."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; call only where it leaves for the system that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not serialised")
