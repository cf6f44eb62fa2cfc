"""Sync options of an application and of a resource (config.md section 10)."""

import dataclasses
from collections.abc import Iterable
from typing import Final

from plumbline.core.model import Manifest, annotations_of

__all__ = ["Method", "Options", "method_of", "parse_options", "resource_options"]

_ANNOTATION: Final = "argocd.argoproj.io/sync-options"
_GUARDS: Final = frozenset({"Prune", "Delete"})


@dataclasses.dataclass(frozen=True)
class Options:
    """The ``Name=value`` words in force for an application or a resource."""

    words: tuple[tuple[str, str], ...] = ()

    def _value(self, name: str) -> str:
        return next((value for word, value in self.words if word == name), "")

    def _on(self, name: str) -> bool:
        return self._value(name) == "true"

    @property
    def create_namespace(self) -> bool:
        """CreateNamespace=true."""
        return self._on("CreateNamespace")

    @property
    def prune_last(self) -> bool:
        """PruneLast=true."""
        return self._on("PruneLast")

    @property
    def apply_out_of_sync_only(self) -> bool:
        """ApplyOutOfSyncOnly=true."""
        return self._on("ApplyOutOfSyncOnly")

    @property
    def respect_ignored(self) -> bool:
        """RespectIgnoreDifferences=true."""
        return self._on("RespectIgnoreDifferences")

    @property
    def fail_on_shared(self) -> bool:
        """FailOnSharedResource=true."""
        return self._on("FailOnSharedResource")

    @property
    def replace(self) -> bool:
        """Replace=true."""
        return self._on("Replace")

    @property
    def force(self) -> bool:
        """Force=true."""
        return self._on("Force")

    @property
    def migrates(self) -> bool:
        """Unless ClientSideApplyMigration=false."""
        return self._value("ClientSideApplyMigration") != "false"

    @property
    def skip_dry_run_on_missing(self) -> bool:
        """SkipDryRunOnMissingResource=true."""
        return self._on("SkipDryRunOnMissingResource")

    @property
    def validate(self) -> bool:
        """Unless Validate=false."""
        return self._value("Validate") != "false"

    @property
    def server_side(self) -> bool | None:
        """ServerSideApply; ``None`` where it is not said."""
        word = self._value("ServerSideApply")
        return None if word not in ("true", "false") else word == "true"

    @property
    def prune(self) -> str:
        """``false`` never, ``confirm`` after a confirmation, else pruning is free."""
        return self._value("Prune")

    @property
    def delete(self) -> str:
        """``false`` never, ``confirm`` after a confirmation, else deletion is free."""
        return self._value("Delete")

    @property
    def propagation(self) -> str:
        """PrunePropagationPolicy, as the API writes it."""
        word = self._value("PrunePropagationPolicy").capitalize()
        return word if word in ("Foreground", "Background", "Orphan") else "Foreground"


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """How an object is written: ``apply``, ``server-side`` or ``replace``, and whether by force."""

    kind: str
    force: bool = False


def parse_options(listed: Iterable[str]) -> Options:
    """Read ``Name=value`` words; words that are not options are ignored, as the contract does.

    Of several values for one name the last counts, but a ``false`` that guards an object stays.
    """
    values: dict[str, str] = {}
    for word in listed:
        name, equals, value = word.strip().partition("=")
        if equals and not (name in _GUARDS and values.get(name) == "false"):
            values[name] = value
    return Options(tuple(sorted(values.items())))


def resource_options(manifest: Manifest) -> Options:
    """Read the options in a resource's annotation."""
    text = annotations_of(manifest).get(_ANNOTATION, "")
    return parse_options(text.split(",")) if text else Options()


def method_of(app: Options, target: Options, live: Manifest | None, *, force: bool) -> Method:
    """Return how an object is written.

    Args:
        app: the application's options.
        target: those of the wanted object.
        live: the live object, whose annotation counts for Replace and Force too.
        force: whether the operation's strategy forces.
    """
    here = resource_options(live) if live is not None else Options()
    forced = force or target.force or here.force
    if app.replace or target.replace or here.replace:
        return Method("replace", forced)
    said = target.server_side
    server_side = app.server_side if said is None else said
    return Method("server-side" if server_side else "apply", forced)
