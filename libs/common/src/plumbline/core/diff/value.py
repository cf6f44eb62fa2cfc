"""The result of a comparison, as a value.

Made by ``three_way``; read by the controller (sync status), the CLI and UI text, and the
explanation of a difference. A path is a tuple of steps, so that a text form can be chosen later.
"""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from plumbline.core.model import Manifest

__all__ = ["ABSENT", "Absent", "Diff", "Item", "Keyed", "Owner", "Path", "Step", "path_text"]


class Absent(enum.Enum):
    """The value of a field that is not there; ``None`` is a JSON value."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT


class Keyed(NamedTuple):
    """A step to the list item that has these values of the list's keys."""

    keys: tuple[tuple[str, Any], ...]


Step: TypeAlias = str | int | Keyed
Path: TypeAlias = tuple[Step, ...]


class Owner(NamedTuple):
    """Who wrote a live value, by metadata.managedFields."""

    manager: str
    operation: str
    time: str
    subresource: str


@dataclass(frozen=True, slots=True)
class Item:
    """One place where the object after an apply would differ from the live object."""

    path: Path
    desired: Any
    """The value after an apply, or ``ABSENT``."""
    live: Any
    """The value now, or ``ABSENT``."""
    owner: Owner | None = None
    """Who wrote the live value, where the API server knows."""

    @property
    def text(self) -> str:
        """The path as people write it: ``spec.containers[name=web].image``."""
        return path_text(self.path)


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything a comparison found out about one object."""

    items: tuple[Item, ...]
    predicted: Manifest
    """The live object after an apply, normalised, without ignored values."""
    normalized_live: Manifest
    """The live object, normalised, without ignored values."""
    patch: Mapping[str, Any]
    """The patch whose result ``predicted`` is; may be non-empty where the server ignores it."""

    @property
    def modified(self) -> bool:
        """Whether an apply would change the object."""
        return bool(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)


def path_text(path: Path) -> str:
    """Return a path in its usual notation; field names with dots or slashes are bracketed."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, Keyed):
            parts.append("[" + ",".join(f"{name}={value}" for name, value in step.keys) + "]")
        elif isinstance(step, int):
            parts.append(f"[{step}]")
        elif "." in step or "/" in step or not step:
            parts.append(f'["{step}"]')
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)
