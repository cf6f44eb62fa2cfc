"""Revisions as users write them: what is allowed, and which ref of a remote they mean.

Called by the mirrors. A revision never becomes an argument of a command.
"""

import re
from collections.abc import Mapping
from typing import Final

from plumbline.core import errors, pattern

__all__ = ["check_revision", "choose_ref", "choose_tag", "is_full_sha", "is_short_sha", "tags_of"]

_TAGS: Final = "refs/tags/"
_MAX_REVISION: Final = 255  # characters, as a file name; no server takes longer refs
_FULL = re.compile(r"[0-9a-fA-F]{40}")
_SHORT = re.compile(r"[0-9a-fA-F]{7,39}")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)|\A[-/.]|[/.]\Z")
"""Git's own rule for names of refs (git-check-ref-format)."""


def check_revision(revision: str) -> str:
    """Return the revision to resolve; empty means HEAD.

    Raises:
        errors.InvalidArgument: it cannot be a ref, a commit or a range of versions.
    """
    text = revision.strip()
    if not text:
        return "HEAD"
    if len(text) > _MAX_REVISION:
        raise errors.InvalidArgument(f"revision is longer than {_MAX_REVISION} characters")
    if _FORBIDDEN.search(text) and not pattern.is_range(text):
        raise errors.InvalidArgument(f"revision {text!r} is not a branch, tag or commit")
    return text


def is_full_sha(revision: str) -> bool:
    """Tell whether a revision is a whole commit id."""
    return _FULL.fullmatch(revision) is not None


def is_short_sha(revision: str) -> bool:
    """Tell whether a revision may be the beginning of a commit id."""
    return _SHORT.fullmatch(revision) is not None


def choose_tag(revision: str, refs: Mapping[str, str], prefix: str) -> str | None:
    """Return the tag with the highest version in a range, or None (behaviour.md, section 12).

    Args:
        revision: a checked revision; nothing but a range chooses a tag here.
        refs: the remote's refs by full name.
        prefix: only tags that begin with it count, the rest of their name being the version.
    """
    if not pattern.is_range(revision):
        return None
    begin = f"{_TAGS}{prefix}"
    versions = [
        name.removeprefix(begin)
        for name in refs
        if name.startswith(begin) and not name.endswith("^{}")
    ]
    found = pattern.max_version(revision, versions)
    return None if found is None else f"{begin}{found}"


def choose_ref(revision: str, refs: Mapping[str, str]) -> str | None:
    """Return the name of the ref that a revision means, or None.

    A branch wins over a tag of the same name, as the contract's clients expect.

    Args:
        revision: a checked revision.
        refs: the remote's refs by full name, ``HEAD`` included.
    """
    for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
        if name in refs and (name == "HEAD" or name.startswith("refs/")):
            return name
    return None


def tags_of(commit: str, refs: Mapping[str, str]) -> list[str]:
    """Return the tags that name a commit, annotated or not, sorted.

    Args:
        commit: its id.
        refs: the remote's refs by full name, peeled tags as ``name^{}``.
    """
    return sorted(
        name.removeprefix(_TAGS)
        for name, oid in refs.items()
        if name.startswith(_TAGS)
        and not name.endswith("^{}")
        and refs.get(f"{name}^{{}}", oid) == commit
    )
