"""Compares an application's target with the live cluster, object by object, and remembers verdicts.

Called by the reconciler. A verdict is kept under the digests of what it was computed from (target,
live, rules), so that an object that did not move costs two lookups. The comparison itself is
``plumbline.core.diff``; this module only fetches what it needs: a Secret's live values are read
from the API server when its digest moved, and never kept (architecture.md, rule 10).
"""

import dataclasses
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import orjson

from plumbline.core import diff, errors, health, patch, settings, sync, verdict
from plumbline.core.model import GroupKind, IgnoreDifference, Manifest, ResourceKey

__all__ = ["Comparer", "LiveView", "TargetSet"]

_SECRET = GroupKind("", "Secret")


class LiveView(Protocol):
    """The live state of one cluster, as the comparison needs it."""

    def get(self, key: ResourceKey) -> Manifest | None:
        """Return the cached object; a Secret's values are masked."""
        ...

    def digest(self, key: ResourceKey) -> bytes | None:
        """Return a digest of everything that matters of the object, ``None`` if it is absent."""
        ...

    async def read(self, key: ResourceKey) -> Manifest | None:
        """Read the object from the API server."""
        ...


@dataclasses.dataclass(frozen=True)
class TargetSet:
    """An application's target objects with their digests; hooks are kept apart."""

    objects: Mapping[ResourceKey, Manifest]
    digests: Mapping[ResourceKey, bytes]
    hooks: Mapping[ResourceKey, Manifest] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, objects: Mapping[ResourceKey, Manifest]) -> "TargetSet":
        """Digest every object once, when the render changed."""
        hooks = {k: o for k, o in objects.items() if sync.is_hook(o)}
        ordinary = {k: o for k, o in objects.items() if k not in hooks}
        return cls(ordinary, {k: _digest(o) for k, o in ordinary.items()}, hooks)


class _Entry(NamedTuple):
    target: bytes | None
    live: bytes | None
    rules: bytes
    compared: verdict.Compared


def _digest(tree: object) -> bytes:
    return hashlib.blake2b(orjson.dumps(tree), digest_size=16).digest()


class Comparer:
    """Verdicts of one cluster's objects, by application."""

    def __init__(
        self, live: LiveView, schema: patch.Kinds, current: Callable[[], settings.Settings]
    ) -> None:
        """Remember nothing yet.

        Args:
            live: the cluster's live state.
            schema: its types.
            current: the settings in force.
        """
        self._live = live
        self._schema = schema
        self._current = current
        self._entries: dict[str, dict[ResourceKey, _Entry]] = {}

    async def compare(
        self,
        app: str,
        target: TargetSet,
        extra: Collection[ResourceKey],
        rules: list[IgnoreDifference],
    ) -> dict[ResourceKey, verdict.Compared]:
        """Compare every target object, and judge the health of live-only ones.

        Args:
            app: the application's instance name.
            target: what it wants.
            extra: live objects it tracks and does not want.
            rules: its ignoreDifferences.
        """
        known = self._entries.get(app, {})
        options = self.options(rules)
        rules_digest = _digest(repr(options))
        entries: dict[ResourceKey, _Entry] = {}
        for key in [*target.objects, *(k for k in extra if k not in target.objects)]:
            wanted, have = target.digests.get(key), self._live.digest(key)
            entry = known.get(key)
            if entry is None or entry[:3] != (wanted, have, rules_digest):
                compared = await self._one(key, target.objects.get(key), options)
                entry = _Entry(wanted, have, rules_digest, compared)
            entries[key] = entry
        self._entries[app] = entries
        return {key: entry.compared for key, entry in entries.items()}

    def options(self, rules: Sequence[IgnoreDifference]) -> diff.Options:
        """Return what a comparison goes by: the settings' rules, then an application's own.

        Raises:
            errors.InvalidArgument: a JSON pointer cannot be read.
            errors.Unimplemented: a rule by jq or by manager. Left out, it would make differences of
                what the user wants ignored, and an automated sync would undo them.
        """
        options = self._current().diff_options(tuple(rules))
        for rule in options.ignore:
            unsupported = "jqPathExpressions" if rule.jq_path_expressions else ""
            unsupported = unsupported or ("managedFieldsManagers" if rule.managers else "")
            if unsupported:
                raise errors.Unimplemented(
                    "Failed to compare desired state to live state:"
                    f" ignoreDifferences by {unsupported} is not supported yet"
                )
        return options

    def known(self, app: str) -> dict[ResourceKey, verdict.Compared]:
        """Return an application's verdicts as of the last comparison."""
        return {key: entry.compared for key, entry in self._entries.get(app, {}).items()}

    def forget(self, app: str) -> None:
        """Drop an application's verdicts."""
        self._entries.pop(app, None)

    async def _one(
        self, key: ResourceKey, target: Manifest | None, options: diff.Options
    ) -> verdict.Compared:
        live = self._live.get(key)
        if live is None:
            return verdict.Compared(target, None, modified=False, health=None)
        judged = health.assess(live)
        if target is None:
            return verdict.Compared(None, live, modified=False, health=judged)
        actual = live
        if key.group_kind == _SECRET:
            actual = await self._live.read(key) or live
        try:
            found = diff.three_way(target, actual, schema=self._schema, options=options)
        except errors.InvalidArgument as error:
            raise errors.InvalidArgument(
                f"Failed to compare desired state to live state: {key}: {error.message}"
            ) from error
        return verdict.Compared(target, live, modified=found.modified, health=judged)
