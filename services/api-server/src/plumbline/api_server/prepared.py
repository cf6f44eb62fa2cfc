"""Answers that are made from parts serialised before, and JSON texts as Go writes them.

A method may return a :class:`Prepared` in the place of a message: gRPC then sends its bytes
(``services.registry``), the HTTP side its JSON (``port``), and neither is made for the other.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import orjson

__all__ = ["Prepared", "json_bytes"]

# encoding/json escapes these inside strings, and they occur nowhere else in JSON.
_ESCAPES: Final = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


class Prepared(NamedTuple):
    """One answer in both forms, each made when it is asked for."""

    wire: Callable[[], bytes]
    """The message's protobuf bytes."""
    json: Callable[[], bytes]
    """The message's JSON, of :func:`json_bytes`."""


def json_bytes(tree: Any) -> bytes:
    """Return a JSON text that is safe inside HTML, as Go's ``json.Marshal`` makes it."""
    text = orjson.dumps(tree)
    for plain, escaped in _ESCAPES:
        if plain in text:
            text = text.replace(plain, escaped)
    return text
