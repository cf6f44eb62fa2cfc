"""Verify that a commit meets what its project asks for, before anything of it is rendered.

Called by the service. Reads signed objects from a mirror, has each verified, and asks core for the
problems. ``head`` looks at the commit, or at the annotated tag that names it; ``strict`` at all
that the commit descends from, down to the roots or to signed seals.
"""

from collections.abc import Sequence
from typing import Final

from plumbline.core import errors, integrity
from plumbline.repo_server.git import Mirrors, Repository, Signed
from plumbline.repo_server.gpg import Keyring, Verifier

__all__ = ["Integrity"]

_MAX_COMMITS: Final = 50_000  # of one history
_PIECE: Final = 200  # commits read at once
_MAX_PROBLEMS: Final = 10


class Integrity:
    """Judges commits."""

    def __init__(self, mirrors: Mirrors, verifier: Verifier) -> None:
        self._mirrors = mirrors
        self._verifier = verifier

    async def problems(
        self,
        repository: Repository,
        commit: str,
        *,
        tag: str,
        demand: integrity.Demand,
    ) -> list[str]:
        """Return why a commit does not meet a demand; empty if it does.

        Args:
            repository: opened with the caller's credential.
            commit: which is in the mirror.
            tag: the object id of the annotated tag that named it, and ``:`` and the tag's name;
                empty if none did.
            demand: the project's.

        Raises:
            errors.PlumblineError: an object cannot be read, or nothing can be verified here.
        """
        if demand.mode is integrity.Mode.NONE:
            return []
        keyring = Keyring.of(demand.public_keys)
        found: list[str] = []
        if tag:
            oid, _, name = tag.partition(":")
            (signed,) = await self._mirrors.signed(repository, [oid])
            if signed.name != name:
                # A signed tag that somebody put under another name says nothing about that name.
                shown = signed.name[:100]
                return [f"Failed verifying revision {name} by '{signed.author}': it is tag {shown}"]
            found += await self._judged([signed], keyring, demand, shown=name)
        elif demand.mode is integrity.Mode.HEAD:
            found += await self._judged(
                await self._mirrors.signed(repository, [commit]), keyring, demand
            )
        if demand.mode is integrity.Mode.STRICT:
            found += await self._history(repository, commit, keyring, demand)
        return found

    async def verdict(
        self, repository: Repository, oid: str, public_keys: Sequence[str]
    ) -> integrity.Verdict:
        """Return what the signature of one object is.

        Raises:
            errors.PlumblineError: it cannot be read, or nothing can be verified here.
        """
        (signed,) = await self._mirrors.signed(repository, [oid])
        keyring = Keyring.of(public_keys)
        return await self._verifier.verify(signed.signature, signed.content, keyring)

    async def _judged(
        self,
        objects: Sequence[Signed],
        keyring: Keyring,
        demand: integrity.Demand,
        *,
        shown: str = "",
    ) -> list[str]:
        problems = []
        for one in objects:
            verdict = await self._verifier.verify(one.signature, one.content, keyring)
            problem = integrity.judge(
                verdict, demand.keys, what=shown or one.oid, author=one.author
            )
            if problem:
                problems.append(problem)
        return problems

    async def _history(
        self, repository: Repository, commit: str, keyring: Keyring, demand: integrity.Demand
    ) -> list[str]:
        """Walk from a commit to the roots; a seal that is signed itself ends a line."""
        seen = {commit}
        pending = [commit]
        found: list[str] = []
        while pending:
            piece, pending = pending[:_PIECE], pending[_PIECE:]
            try:
                objects = await self._mirrors.signed(repository, piece)
            except errors.NotFound:
                return [*found, "the history is not complete: set depth to 0 for mode strict"]
            for one in objects:
                problems = await self._judged([one], keyring, demand)
                found += problems
                if len(found) >= _MAX_PROBLEMS:
                    return found
                if not problems and integrity.is_seal(one.message):
                    continue
                pending += [parent for parent in one.parents if parent not in seen]
                seen.update(one.parents)
            if len(seen) > _MAX_COMMITS:
                return [*found, f"the history has more than {_MAX_COMMITS} commits: add a seal"]
        return found
