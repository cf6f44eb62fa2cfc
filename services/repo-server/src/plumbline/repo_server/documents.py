"""Texts to manifests, remembering documents by the hash of their text.

Used by the directory and tool renders, in worker threads. A commit that changes one file of a large
directory parses one document.
"""

import hashlib
import threading
from collections import OrderedDict
from typing import Final

import orjson

from plumbline.core import errors, manifests

__all__ = ["Documents"]

_LIMITS: Final = manifests.Limits()


class Documents:
    """A bounded memory of parsed documents; safe for several threads."""

    def __init__(self, capacity: int = 32 * 1024 * 1024) -> None:
        """Bound the memory, in bytes of JSON."""
        self._capacity = capacity
        self._size = 0
        self._known: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, text: str, *, name: str, is_json: bool = False) -> list[bytes]:
        """Return the objects of a text, one JSON text each.

        Args:
            text: YAML, or JSON.
            name: the file, for messages.
            is_json: read as JSON values instead of YAML documents.

        Raises:
            errors.InvalidArgument: naming the file and the document.
        """
        if is_json:
            return [_dump(tree, name) for tree in manifests.load_json(text, name=name)]
        documents = manifests.split_documents(text)
        if len(documents) > _LIMITS.documents:
            raise errors.InvalidArgument(f"{name}: more than {_LIMITS.documents} documents")
        found: list[bytes] = []
        for number, document in enumerate(documents, 1):
            label = f"{name}, document {number}" if len(documents) > 1 else name
            found.extend(self._one(document, label))
        return found

    def _one(self, document: str, label: str) -> tuple[bytes, ...]:
        raw = document.encode(errors="surrogatepass")
        key = hashlib.blake2b(raw, digest_size=16).digest()
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        trees = manifests.load_document(document, name=label, limits=_LIMITS)
        made = tuple(_dump(tree, label) for tree in trees)
        with self._lock:
            if key not in self._known:
                self._known[key] = made
                self._size += sum(map(len, made)) + 64
            while self._size > self._capacity:
                _, old = self._known.popitem(last=False)
                self._size -= sum(map(len, old)) + 64
        return made


def _dump(tree: object, name: str) -> bytes:
    try:
        return orjson.dumps(tree)
    except (TypeError, ValueError, RecursionError) as error:
        raise errors.InvalidArgument(f"{name}: cannot be written as JSON: {error}") from error
