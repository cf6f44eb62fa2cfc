"""Texts of an operation in progress (behaviour.md section 3)."""

from collections.abc import Sequence

from plumbline.core.model import ResourceKey

__all__ = ["operation_text", "waiting_text"]


def waiting_text(what: str, keys: Sequence[ResourceKey], *, hooks: bool = False) -> str:
    """Return what an operation waits for, by its first object.

    Args:
        what: ``completion``, ``healthy state``, ``deletion`` or ``pruning confirmation``.
        keys: the objects, at least one.
        hooks: whether they are hooks.
    """
    first = keys[0]
    hook = "hook " if hooks and what in ("completion", "deletion") else ""
    text = f"waiting for {what} of {hook}{first.group}/{first.kind}/{first.name}"
    if len(keys) > 1:
        text += f" and {len(keys) - 1} more {'hooks' if hooks else 'resources'}"
    return text


def operation_text(text: str, reasons: Sequence[str]) -> str:
    """Append the reasons of a failure to its text, each once."""
    shown = ",".join(dict.fromkeys(r for r in reasons if r))
    return f"{text}, reason: {shown}" if shown else text
