"""Split a text into YAML documents without parsing it, so that each can be known by its hash."""

import re
from typing import Final

__all__ = ["split_documents"]

_MARKER = re.compile(r"^---(?=[ \t\r\n]|\Z)([^\n]*)\n?", re.MULTILINE)
_PROLOGUE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)|%[^\n]*(?:\n|\Z))*")
_BLANK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z))*")
_BOM: Final = "\ufeff"


def split_documents(text: str) -> list[str]:
    """Return the documents of a text, without those that hold nothing but comments.

    A document ends at a line beginning with ``---``, as in Kubernetes' own reader. Content on the
    marker's line stays with the document it opens, directives with the one they precede.
    """
    documents: list[str] = []
    start = 0
    head = ""
    for marker in _MARKER.finditer(text):
        _append(documents, head + text[start : marker.start()])
        before = text[start : marker.start()]
        head = ""
        if "%" in before and _PROLOGUE.fullmatch(before):
            documents and documents[-1] == before and documents.pop()
            head = before + "---\n"
        rest = marker.group(1).strip()
        start = marker.end()
        if rest and not rest.startswith("#"):
            start = marker.start()
            head = head.removesuffix("---\n")
    _append(documents, head + text[start:])
    return documents


def _append(documents: list[str], text: str) -> None:
    text = text.removeprefix(_BOM)
    if not _BLANK.fullmatch(text):
        documents.append(text)
