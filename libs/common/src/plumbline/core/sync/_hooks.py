"""Hooks: which objects are hooks, of which phases, and what makes one run of a hook that run.

Sources: config.md sections 9 and 11 (annotations, names, finalizer, Helm's annotations),
behaviour.md section 5 (phase from health). A run is marked on the object itself: whoever resumes an
operation knows from the mark whether the object is this run's or an earlier one's, and so never
makes a second one. The finalizer keeps the object until its end has been recorded.
"""

import dataclasses
from typing import Final

from plumbline.core import health, tracking
from plumbline.core.model import (
    GroupKind,
    Health,
    Manifest,
    annotations_of,
    gvk_of,
    metadata_of,
    text_at,
)

__all__ = [
    "HOOK_FINALIZER",
    "PHASES",
    "RUN_MARK",
    "HookRun",
    "hook_object",
    "hook_phases",
    "hook_policies",
    "hook_result",
    "is_hook",
    "is_run_of",
    "run_mark",
    "runs_to_an_end",
]

PHASES: Final = ("PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete")
HOOK_FINALIZER: Final = "argocd.argoproj.io/hook-finalizer"
RUN_MARK: Final = "plumbline.io/hook-run"
_HOOK: Final = "argocd.argoproj.io/hook"
_POLICY: Final = "argocd.argoproj.io/hook-delete-policy"
_HELM_HOOK: Final = "helm.sh/hook"
_HELM_POLICY: Final = "helm.sh/hook-delete-policy"
_HELM_PHASES: Final = {
    "pre-install": "PreSync",
    "pre-upgrade": "PreSync",
    "post-install": "PostSync",
    "post-upgrade": "PostSync",
    "pre-delete": "PreDelete",
    "post-delete": "PostDelete",
}
_POLICIES: Final = frozenset({"HookSucceeded", "HookFailed", "BeforeHookCreation"})
_HELM_POLICIES: Final = {
    "hook-succeeded": "HookSucceeded",
    "hook-failed": "HookFailed",
    "before-hook-creation": "BeforeHookCreation",
}
_RUNNABLE: Final = frozenset(
    {GroupKind("batch", "Job"), GroupKind("", "Pod"), GroupKind("argoproj.io", "Workflow")}
)


@dataclasses.dataclass(frozen=True, slots=True)
class HookRun:
    """What tells the hooks of one attempt of one operation from all others."""

    app_uid: str
    revision: str
    started: int
    """Seconds since the epoch: the start of the operation, or of the deletion."""
    attempt: int = 0


def _words(text: str) -> list[str]:
    return [w.strip() for w in text.split(",") if w.strip()]


def is_hook(manifest: Manifest) -> bool:
    """Whether an object is a hook of ours or of Helm, or skipped, and so no ordinary resource."""
    annotations = annotations_of(manifest)
    if _HOOK in annotations:
        return True
    helm = set(_words(annotations.get(_HELM_HOOK, "")))
    return bool(helm) and helm != {"crd-install"}


def hook_phases(manifest: Manifest) -> tuple[str, ...]:
    """Return the phases a hook runs in, in order; none for Skip and for unknown hooks."""
    annotations = annotations_of(manifest)
    if _HOOK in annotations:
        named = set(_words(annotations[_HOOK]))
    else:
        helm = _words(annotations.get(_HELM_HOOK, ""))
        named = {_HELM_PHASES[w] for w in helm if w in _HELM_PHASES}
    return tuple(p for p in PHASES if p in named)


def hook_policies(manifest: Manifest) -> frozenset[str]:
    """Return the delete policies; BeforeHookCreation where no valid one is named."""
    annotations = annotations_of(manifest)
    own = {w for w in _words(annotations.get(_POLICY, "")) if w in _POLICIES}
    if not own:
        helm = _words(annotations.get(_HELM_POLICY, ""))
        own = {_HELM_POLICIES[w] for w in helm if w in _HELM_POLICIES}
    return frozenset(own or {"BeforeHookCreation"})


def hook_object(manifest: Manifest, phase: str, run: HookRun) -> Manifest:
    """Return the object that one run of a hook creates: named, marked, held by the finalizer.

    A hook with only ``generateName`` is named by revision, phase and start, so that the same run
    gives the same name; further attempts of an operation are told apart by their number.
    """
    metadata = dict(metadata_of(manifest))
    annotations = dict(annotations_of(manifest))
    name = text_at(metadata, "name")
    if not name:
        prefix = text_at(metadata, "generateName")
        name = f"{prefix}{run.revision[:7]}-{phase.lower()}-{run.started}"
        if run.attempt:
            name = f"{name}-{run.attempt}"
        tracked = annotations.get(tracking.TRACKING_ID, "")
        if tracked.endswith("/"):
            annotations[tracking.TRACKING_ID] = tracked + name
    metadata.pop("generateName", None)
    annotations[RUN_MARK] = run_mark(run, phase)
    found = metadata.get("finalizers")
    finalizers = [f for f in found if f != HOOK_FINALIZER] if isinstance(found, list) else []
    metadata |= {
        "name": name,
        "annotations": annotations,
        "finalizers": [*finalizers, HOOK_FINALIZER],
    }
    return {**manifest, "metadata": metadata}


def run_mark(run: HookRun, phase: str) -> str:
    """Return the mark of the hooks of one run and phase."""
    return f"{run.app_uid}/{run.started}/{run.attempt}/{phase}"


def is_run_of(live: Manifest, mark: str) -> bool:
    """Whether a live object was made by the run with this mark."""
    return annotations_of(live).get(RUN_MARK) == mark


def runs_to_an_end(manifest: Manifest) -> bool:
    """Whether an object of this kind does something once, unlike a Role or a ConfigMap."""
    return gvk_of(manifest).group_kind in _RUNNABLE


def hook_result(live: Manifest) -> tuple[str, str]:
    """Return the phase of a hook from its health, and what the health says."""
    judged = health.assess(live) or Health(status="Healthy")
    phases = {"Healthy": "Succeeded", "Progressing": "Running", "Suspended": "Running"}
    return phases.get(judged.status, "Failed"), judged.message
