"""Order the writes of a sync into waves of parallel steps (config.md section 11)."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from plumbline.core import errors
from plumbline.core.model import GroupKind, Manifest, ResourceKey, annotations_of, text_at
from plumbline.core.sync._options import Options, resource_options

__all__ = ["KIND_ORDER", "Plan", "PlanError", "Task", "Wave", "is_hook", "plan", "wave_of"]

_WAVE: Final = "argocd.argoproj.io/sync-wave"
_HOOK: Final = "argocd.argoproj.io/hook"
_HELM_HOOK: Final = "helm.sh/hook"
_HELM_WEIGHT: Final = "helm.sh/hook-weight"
_NAMESPACE: Final = GroupKind("", "Namespace")
_DEFINITION: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")

KIND_ORDER: Final = (
    "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy",
    "PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass",
    "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole",
    "ClusterRoleList", "ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList",
    "RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod", "ReplicationController",
    "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob",
    "IngressClass", "Ingress", "APIService",
)  # fmt: skip
_RANK: Final = {kind: rank for rank, kind in enumerate(KIND_ORDER)}


class PlanError(errors.FailedPrecondition):
    """The application asks for something that this version refuses to do halfway."""


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One write: an apply of a manifest, or the removal of a live object."""

    key: ResourceKey
    manifest: Manifest | None
    wave: int
    options: Options

    @property
    def prune(self) -> bool:
        """Whether it removes the object."""
        return self.manifest is None

    @property
    def rank(self) -> int:
        """Position of its kind in the kind order; unknown kinds come last."""
        return _RANK.get(self.key.kind, len(_RANK))


@dataclasses.dataclass(frozen=True, slots=True)
class Wave:
    """Steps that run one after another; the tasks of a step run at the same time."""

    number: int
    steps: tuple[tuple[Task, ...], ...]

    @property
    def tasks(self) -> list[Task]:
        """All tasks in order."""
        return [task for step in self.steps for task in step]


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """All waves, and what stays although it is no longer wanted."""

    waves: tuple[Wave, ...]
    kept: tuple[tuple[ResourceKey, str], ...] = ()

    @property
    def tasks(self) -> list[Task]:
        """All tasks in order."""
        return [task for wave in self.waves for task in wave.tasks]


def is_hook(manifest: Manifest) -> bool:
    """Whether an object is a hook of ours or of Helm, and so no ordinary resource."""
    annotations = annotations_of(manifest)
    if _HOOK in annotations:
        return True
    helm = {w.strip() for w in annotations.get(_HELM_HOOK, "").split(",")} - {""}
    return bool(helm) and helm != {"crd-install"}


def wave_of(manifest: Manifest) -> int:
    """Return the sync wave; a value that is no integer is ignored."""
    annotations = annotations_of(manifest)
    for name in (_WAVE, _HELM_WEIGHT):
        text = annotations.get(name, "").strip()
        if text.lstrip("+-").isdecimal():
            return int(text)
    return 0


def plan(
    target: Mapping[ResourceKey, Manifest],
    extraneous: Mapping[ResourceKey, Manifest],
    *,
    options: Options,
    prune: bool,
    selected: Collection[ResourceKey] | None = None,
    unchanged: Collection[ResourceKey] = (),
) -> Plan:
    """Order everything a sync writes.

    Args:
        target: the wanted objects.
        extraneous: live objects the application tracks and does not want.
        options: the application's sync options.
        prune: whether extraneous objects are removed.
        selected: a selective sync's objects; ``None`` is all.
        unchanged: wanted objects that are as desired (left out with ApplyOutOfSyncOnly).

    Raises:
        PlanError: hooks or options that this version does not carry out; the message names them.
    """
    _refuse_unsupported(target, options)
    chosen = {k: m for k, m in target.items() if selected is None or k in selected}
    if options.apply_out_of_sync_only:
        chosen = {k: m for k, m in chosen.items() if k not in unchanged}
    applies = _adopt_waves(
        [Task(key, m, wave_of(m), resource_options(m)) for key, m in chosen.items()]
    )
    removals, kept = _prunes(extraneous, options, prune=prune, selected=selected)
    last = max((t.wave for t in [*applies, *removals]), default=0)
    removals = _mirrored(removals, options, last)
    numbers = sorted({t.wave for t in [*applies, *removals]})
    return Plan(
        waves=tuple(
            Wave(
                n, _steps([t for t in removals if t.wave == n], [t for t in applies if t.wave == n])
            )
            for n in numbers
        ),
        kept=tuple(sorted(kept)),
    )


def _refuse_unsupported(target: Mapping[ResourceKey, Manifest], options: Options) -> None:
    if options.unsupported:
        raise PlanError(f"sync option {options.unsupported[0]} is not supported yet")
    for key, manifest in sorted(target.items()):
        if is_hook(manifest):
            raise PlanError(f"hooks are not supported yet: {key.kind} {key.name}")
        refused = resource_options(manifest).unsupported
        if refused:
            raise PlanError(f"sync option {refused[0]} is not supported yet: {key.kind} {key.name}")


def _prunes(
    extraneous: Mapping[ResourceKey, Manifest],
    options: Options,
    *,
    prune: bool,
    selected: Collection[ResourceKey] | None,
) -> tuple[list[Task], list[tuple[ResourceKey, str]]]:
    removals, kept = [], []
    for key, live in extraneous.items():
        if selected is not None and key not in selected:
            continue
        own = resource_options(live)
        if not prune:
            kept.append((key, "ignored (requires pruning)"))
        elif not (options.prune and own.prune):
            kept.append((key, "ignored (no prune)"))
        else:
            removals.append(Task(key, None, wave_of(live), own))
    return removals, kept


def _adopt_waves(tasks: list[Task]) -> list[Task]:
    """Move namespaces and definitions into the wave of their first user, if that is earlier."""
    first_of_namespace: dict[str, int] = {}
    first_of_kind: dict[GroupKind, int] = {}
    for task in tasks:
        namespace, kind = task.key.namespace, task.key.group_kind
        first_of_namespace[namespace] = min(task.wave, first_of_namespace.get(namespace, task.wave))
        first_of_kind[kind] = min(task.wave, first_of_kind.get(kind, task.wave))

    def adopted(task: Task) -> Task:
        wave = task.wave
        if task.key.group_kind == _NAMESPACE:
            wave = min(wave, first_of_namespace.get(task.key.name, wave))
        elif task.key.group_kind == _DEFINITION and task.manifest is not None:
            group = text_at(task.manifest, "spec", "group")
            kind = text_at(task.manifest, "spec", "names", "kind")
            wave = min(wave, first_of_kind.get(GroupKind(group, kind), wave))
        return dataclasses.replace(task, wave=wave) if wave != task.wave else task

    return [adopted(task) for task in tasks]


def _mirrored(removals: list[Task], options: Options, last: int) -> list[Task]:
    """Swap the waves of removals symmetrically; PruneLast ones come after everything else."""
    waves = sorted({t.wave for t in removals})
    swapped = dict(zip(waves, reversed(waves), strict=True))

    def wave(task: Task) -> int:
        if options.prune_last or task.options.prune_last:
            return last + 1
        return swapped[task.wave]

    return [dataclasses.replace(task, wave=wave(task)) for task in removals]


def _steps(removals: Iterable[Task], applies: Iterable[Task]) -> tuple[tuple[Task, ...], ...]:
    """Removals first, users before what they use; then applies kind by kind."""
    steps: list[tuple[Task, ...]] = []
    for tasks, sign in ((removals, -1), (applies, 1)):
        ordered = sorted(tasks, key=lambda t: (sign * t.rank, t.key.kind, t.key))
        start = 0
        for index in range(1, len(ordered) + 1):
            if index == len(ordered) or _kind(ordered[index]) != _kind(ordered[start]):
                steps.append(tuple(ordered[start:index]))
                start = index
    return tuple(s for s in steps if s)


def _kind(task: Task) -> GroupKind:
    return task.key.group_kind
