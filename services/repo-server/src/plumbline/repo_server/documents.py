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
_ORIGIN: Final = "# Source: "  # helm's


class Documents:
    """A bounded memory of parsed documents; safe for several threads."""

    def __init__(self, capacity: int = 32 * 1024 * 1024) -> None:
        """Bound the memory, in bytes of JSON."""
        self._capacity = capacity
        self._size = 0
        self._known: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def load(
        self, text: str, *, name: str, is_json: bool = False, is_output: bool = False
    ) -> list[bytes]:
        """Return the objects of a text, one JSON text each.

        Args:
            text: YAML, or JSON.
            name: the file or tool, for messages.
            is_json: read as JSON values instead of YAML documents.
            is_output: a tool's, which may say in a comment what file a document is from.

        Raises:
            errors.InvalidArgument: naming the file and the document.
        """
        if is_json:
            return [_dump(tree, name) for tree in manifests.load_json(text, name=name)]
        documents = manifests.split_numbered(text)
        if len(documents) > _LIMITS.documents:
            raise errors.InvalidArgument(f"{name}: more than {_LIMITS.documents} documents")
        found: list[bytes] = []
        origin = ""
        start = 1
        for number, (line, document) in enumerate(documents, 1):
            label = f"{name}, document {number}" if len(documents) > 1 else name
            if is_output and document.startswith(_ORIGIN):
                head = document.partition("\n")[0]
                origin, start = head.removeprefix(_ORIGIN).strip(), line + 1
            if origin:
                label = f"{name}: {origin}"
            found.extend(self._one(document, label, line - start + 1))
        return found

    def _one(self, document: str, label: str, line: int) -> tuple[bytes, ...]:
        raw = document.encode(errors="surrogatepass")
        key = hashlib.blake2b(raw, digest_size=16).digest()
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        trees = manifests.load_document(document, name=label, limits=_LIMITS, first_line=line)
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
