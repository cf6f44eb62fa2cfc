"""Secrets among rendered manifests: which stand in Git unencrypted, which are still encrypted."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import orjson

__all__ = ["Inspection", "inspect_secrets"]

_KIND: Final = b'"Secret"'
_SECTION: Final = "sops"
_FORM: Final = "ENC[AES256_GCM,"
_SHORTEST: Final = 4  # characters of a decrypted text that may be a part of a value
_PARTS: Final = 2000  # decrypted texts that are looked for inside values


class Inspection(NamedTuple):
    """Names as namespace/name, or the name where there is no namespace."""

    plaintext: tuple[str, ...]
    """Hold a value that no decrypted file explains."""
    encrypted: tuple[str, ...]
    """Hold what SOPS encrypted."""


def inspect_secrets(manifests: Iterable[bytes], known: frozenset[str]) -> Inspection:
    """Judge the Secrets of a render.

    A value counts as encrypted in Git if it is a text of a decrypted file, or holds one. Empty
    values tell nothing.

    Args:
        manifests: one JSON object each.
        known: every text of the files that were decrypted for the render.
    """
    parts = [text for text in known if len(text) >= _SHORTEST]
    plaintext: list[str] = []
    encrypted: list[str] = []
    for raw in manifests:
        if _KIND not in raw:
            continue
        tree = orjson.loads(raw)
        if tree.get("kind") != "Secret" or tree.get("apiVersion") != "v1":
            continue
        values = list(_values(tree))
        if isinstance(tree.get(_SECTION), dict) or any(_FORM in text for _, text in values):
            encrypted.append(_name(tree))
        elif any(not _explained(value, text, known, parts) for value, text in values):
            plaintext.append(_name(tree))
    return Inspection(tuple(plaintext), tuple(encrypted))


def _values(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each value that is not empty, as it stands and as it reads."""
    for field in ("data", "stringData"):
        entries = tree.get(field)
        for value in entries.values() if isinstance(entries, dict) else ():
            if not isinstance(value, str) or not value:
                continue
            text = value
            if field == "data":
                try:
                    text = base64.b64decode(value).decode("utf-8", errors="replace")
                except (binascii.Error, ValueError):
                    text = value
            if text:
                yield value, text


def _explained(value: str, text: str, known: frozenset[str], parts: list[str]) -> bool:
    if value in known or text in known or text.strip() in known:
        return True
    return len(parts) <= _PARTS and any(part in text for part in parts)


def _name(tree: dict[str, Any]) -> str:
    metadata = tree.get("metadata")
    fields = metadata if isinstance(metadata, dict) else {}
    name = str(fields.get("name") or "")
    return f"{fields['namespace']}/{name}" if fields.get("namespace") else name
