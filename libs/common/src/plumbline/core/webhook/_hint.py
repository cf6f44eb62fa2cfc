"""What a webhook tells: a repository, a ref, and perhaps which files changed."""

import dataclasses
from collections.abc import Iterable
from typing import Final

from plumbline.core import errors

__all__ = ["Hint", "check_ref", "check_url", "files"]

_URL: Final = 2048  # characters
_REF: Final = 512
_PATH: Final = 4096
_FILES: Final = 3000  # beyond, what changed counts as unknown: a look is cheaper than the search


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hint:
    """A ref of a repository may have moved."""

    urls: tuple[str, ...]
    """Web or clone URLs of the one repository."""
    ref: str
    """As the provider names it, ``refs/heads/main``; a tag for registries; empty: any."""
    default_branch: bool
    """Whether the default branch was touched, or may have been."""
    before: str = ""
    after: str = ""
    changed_files: frozenset[str] | None = None
    """Paths from the root of the repository; ``None``: unknown."""
    registry: bool = False
    """Whether it is about an image or chart of a registry."""


def check_url(text: str) -> str:
    """Return a URL for comparison.

    Raises:
        errors.InvalidArgument: it is empty, endless or not one line of text.
    """
    return _check(text, _URL)


def check_ref(text: str) -> str:
    """Return the name of a ref.

    Raises:
        errors.InvalidArgument: it is empty, endless or not one line of text.
    """
    return _check(text, _REF)


def _check(text: str, limit: int) -> str:
    if not text or len(text) > limit or not text.isprintable():
        raise errors.InvalidArgument("Webhook processing failed")
    return text


def files(commits: Iterable[Iterable[list[str] | None]]) -> frozenset[str] | None:
    """Return all paths of all commits, or ``None`` if they are too many to be worth a search."""
    found: set[str] = set()
    for lists in commits:
        for paths in lists:
            for path in paths or ():
                found.add(path)
                if len(found) > _FILES or len(path) > _PATH:
                    return None
    return frozenset(found) or None
