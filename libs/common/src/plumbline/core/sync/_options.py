"""Sync options of an application and of a resource (config.md section 10)."""

import dataclasses
from collections.abc import Iterable
from typing import Final

from plumbline.core.model import Manifest, annotations_of

__all__ = ["Options", "parse_options", "resource_options"]

_ANNOTATION: Final = "argocd.argoproj.io/sync-options"
_NOT_YET: Final = frozenset(
    {
        "Replace=true",
        "Force=true",
        "ServerSideApply=true",
        "RespectIgnoreDifferences=true",
        "FailOnSharedResource=true",
        "Prune=confirm",
        "Delete=confirm",
    }
)
"""Options of the contract this version does not carry out; they are refused, never ignored."""


@dataclasses.dataclass(frozen=True)
class Options:
    """The options in force for an application or a resource."""

    create_namespace: bool = False
    prune_last: bool = False
    prune: bool = True
    delete: bool = True
    apply_out_of_sync_only: bool = False
    validate: bool = True
    skip_dry_run_on_missing: bool = False
    propagation: str = "Foreground"
    unsupported: tuple[str, ...] = ()


def parse_options(listed: Iterable[str]) -> Options:
    """Read ``Name=value`` words; words that are not options are ignored, as the contract does."""
    words = [w.strip() for w in listed]
    propagation = next(
        (w.partition("=")[2] for w in words if w.startswith("PrunePropagationPolicy=")), ""
    )
    return Options(
        create_namespace="CreateNamespace=true" in words,
        prune_last="PruneLast=true" in words,
        prune="Prune=false" not in words,
        delete="Delete=false" not in words,
        apply_out_of_sync_only="ApplyOutOfSyncOnly=true" in words,
        validate="Validate=false" not in words,
        skip_dry_run_on_missing="SkipDryRunOnMissingResource=true" in words,
        propagation=propagation.capitalize() or "Foreground",
        unsupported=tuple(sorted(w for w in words if w in _NOT_YET)),
    )


def resource_options(manifest: Manifest) -> Options:
    """Read the options in a resource's annotation."""
    return parse_options(annotations_of(manifest).get(_ANNOTATION, "").split(","))
