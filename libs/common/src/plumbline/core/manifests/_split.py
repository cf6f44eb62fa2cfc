"""Split a text into YAML documents without parsing it, so that each can be known by its hash."""

import re
from typing import Final

__all__ = ["split_documents", "split_numbered"]

_MARKER = re.compile(r"^---(?=[ \t\r\n]|\Z)([^\n]*)\n?", re.MULTILINE)
_PROLOGUE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)|%[^\n]*(?:\n|\Z))*")
_BLANK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z))*")
_BOM: Final = "\ufeff"


def split_documents(text: str) -> list[str]:
    """Return the documents of a text, without those that hold nothing but comments.

    A document ends at a line beginning with ``---``, as in Kubernetes' own reader. Content on the
    marker's line stays with the document it opens, directives with the one they precede.
    """
    return [document for _, document in split_numbered(text)]


def split_numbered(text: str) -> list[tuple[int, str]]:
    """Return the documents as :func:`split_documents` does, each with the number of its line."""
    documents: list[tuple[int, str]] = []
    start = 0
    head = ""
    line = 1  # of the document that is open
    for marker in _MARKER.finditer(text):
        before = text[start : marker.start()]
        _append(documents, line, head + before)
        marked = line + (head + before).count("\n")
        head = ""
        line = marked + marker[0].count("\n")
        if "%" in before and _PROLOGUE.fullmatch(before):
            documents and documents[-1][1] == before and documents.pop()
            head = before + "---\n"
            line = marked - before.count("\n")
        rest = marker.group(1).strip()
        start = marker.end()
        if rest and not rest.startswith("#"):
            start = marker.start()
            head = head.removesuffix("---\n")
            line = marked - head.count("\n")
    _append(documents, line, head + text[start:])
    return documents


def _append(documents: list[tuple[int, str]], line: int, text: str) -> None:
    text = text.removeprefix(_BOM)
    if not _BLANK.fullmatch(text):
        documents.append((line, text))
