"""Signed objects of a mirror: commits and annotated tags with their signature and what it signs.

Called by the mirrors, in a Git thread; verified by :mod:`plumbline.repo_server.integrity`.
"""

from typing import Any, Final, NamedTuple

import pygit2

from plumbline.core import errors

__all__ = ["Signed", "read_signed"]

_MARK: Final = b"-----BEGIN "
_MAX_OBJECT: Final = 1024 * 1024


class Signed(NamedTuple):
    """A commit or an annotated tag."""

    oid: str
    is_tag: bool
    author: str
    signature: bytes
    """Armoured; empty if there is none."""
    content: bytes
    message: str
    parents: tuple[str, ...] = ()
    """Of a commit; of a tag what it points to."""
    name: str = ""
    """Of a tag, as it says itself."""


def read_signed(handle: Any, oid: str) -> Signed:
    """Return an object.

    Raises:
        errors.NotFound: it is not in the mirror, or neither commit nor tag.
        errors.ResourceExhausted: it is too large to be verified.
    """
    try:
        found = handle[oid]
    except (KeyError, ValueError) as error:
        raise errors.NotFound(f"object {oid[:40]} is not in the mirror") from error
    if not isinstance(found, pygit2.Commit | pygit2.Tag):
        raise errors.NotFound(f"object {oid[:40]} is neither a commit nor a tag")
    raw = bytes(found.read_raw())
    if len(raw) > _MAX_OBJECT:
        raise errors.ResourceExhausted(f"object {oid[:40]} exceeds {_MAX_OBJECT} bytes")
    if isinstance(found, pygit2.Commit):
        signature, content = found.gpg_signature
        author = f"{found.author.name} <{found.author.email}>"
        parents = tuple(str(parent) for parent in found.parent_ids)
        return Signed(
            str(found.id), False, author, signature or b"", content or raw, found.message, parents
        )
    content, signature = _split(raw)
    tagger = found.tagger
    author = f"{tagger.name} <{tagger.email}>" if tagger is not None else ""
    return Signed(
        str(found.id),
        True,
        author,
        signature,
        content,
        found.message or "",
        (str(found.target),),
        found.name or "",
    )


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Cut a tag where its signature begins: at the last such line, as Git does."""
    at = len(raw)
    position = 0
    for line in raw.splitlines(keepends=True):
        if line.startswith(_MARK) and b"SIGNATURE-----" in line:
            at = position
        position += len(line)
    return raw[:at], raw[at:]
