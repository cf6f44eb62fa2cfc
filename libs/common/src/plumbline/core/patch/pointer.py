"""JSON pointers (RFC 6901) and the one operation needed of JSON patch: remove (RFC 6902).

Used by ``core.diff`` for ignoreDifferences. Trees are never changed in place: a removal copies the
containers along its path and shares the rest.
"""

from typing import Any

from plumbline.core import errors

__all__ = ["Pointer", "parse_pointer", "remove"]

Pointer = tuple[str, ...]


def parse_pointer(text: str) -> Pointer:
    """Split a pointer into its unescaped reference tokens (RFC 6901, sections 3 and 4).

    Raises:
        errors.InvalidArgument: the text is neither empty nor begins with ``/``.
    """
    if text and not text.startswith("/"):
        raise errors.InvalidArgument(f"JSON pointer {text!r} does not begin with '/'")
    if not text:
        return ()
    return tuple(
        token.replace("~1", "/").replace("~0", "~") if "~" in token else token
        for token in text[1:].split("/")
    )


def remove(tree: Any, pointer: Pointer) -> Any:
    """Return the tree without the value at a pointer; a missing path changes nothing.

    The whole document (the empty pointer) is never removed: an object without content cannot be
    compared, and ``remove`` of the root is no rule anyone means.
    """
    if not pointer:
        return tree
    head, rest = pointer[0], pointer[1:]
    if isinstance(tree, dict):
        if head not in tree:
            return tree
        if rest:
            below = remove(tree[head], rest)
            return tree if below is tree[head] else {**tree, head: below}
        return {key: value for key, value in tree.items() if key != head}
    if isinstance(tree, list):
        index = _index(head, len(tree))
        if index is None:
            return tree
        if rest:
            below = remove(tree[index], rest)
            if below is tree[index]:
                return tree
            return [*tree[:index], below, *tree[index + 1 :]]
        return tree[:index] + tree[index + 1 :]
    return tree


def _index(token: str, length: int) -> int | None:
    """Array index of RFC 6901, section 4: digits without a leading zero."""
    if len(token) > 9 or not (token.isascii() and token.isdigit()):  # 9: no list is longer
        return None
    if len(token) > 1 and token[0] == "0":
        return None
    index = int(token)
    return index if index < length else None
