"""Order the writes of a sync: phases, waves, parallel steps (config.md section 11)."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from plumbline.core import errors
from plumbline.core.model import GroupKind, Manifest, ResourceKey, annotations_of, key_of, text_at
from plumbline.core.sync._hooks import (
    PHASES,
    HookRun,
    hook_object,
    hook_phases,
    hook_policies,
    is_hook,
)
from plumbline.core.sync._options import Options, resource_options

__all__ = ["KIND_ORDER", "Plan", "PlanError", "Request", "Task", "Wave", "plan", "wave_of"]

_WAVE: Final = "argocd.argoproj.io/sync-wave"
_HELM_WEIGHT: Final = "helm.sh/hook-weight"
_NAMESPACE: Final = GroupKind("", "Namespace")
_DEFINITION: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
_FAILURE: Final = "SyncFail"
_WAVE_DIGITS: Final = 12  # longer ones are no 32-bit integer
_RUN_PHASES: Final = ("PreSync", "Sync", "PostSync", _FAILURE)

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
    """One write: an apply of a manifest, one run of a hook, or the removal of a live object."""

    key: ResourceKey
    manifest: Manifest | None
    wave: int
    options: Options
    phase: str = "Sync"
    hook: bool = False
    confirm: bool = False
    """Whether a removal waits for the user's confirmation."""
    once: bool = False
    """Whether it must not be repeated, so that its beginning is recorded first."""

    @property
    def prune(self) -> bool:
        """Whether it removes the object."""
        return self.manifest is None

    @property
    def id(self) -> tuple[str, ResourceKey]:
        """What tells it from all other tasks of the plan."""
        return (self.phase, self.key)

    @property
    def policies(self) -> frozenset[str]:
        """The delete policies of a hook."""
        return hook_policies(self.manifest) if self.hook and self.manifest else frozenset()

    @property
    def rank(self) -> int:
        """Position of its kind in the kind order; unknown kinds come last."""
        return _RANK.get(self.key.kind, len(_RANK))


@dataclasses.dataclass(frozen=True, slots=True)
class Wave:
    """Steps that run one after another; the tasks of a step run at the same time."""

    number: int
    steps: tuple[tuple[Task, ...], ...]
    phase: str = "Sync"

    @property
    def tasks(self) -> list[Task]:
        """All tasks in order."""
        return [task for step in self.steps for task in step]


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """All waves in order of phases, what runs after a failure, and what stays unwanted."""

    waves: tuple[Wave, ...] = ()
    on_failure: tuple[Wave, ...] = ()
    kept: tuple[tuple[ResourceKey, str], ...] = ()

    @property
    def tasks(self) -> list[Task]:
        """All tasks in order, those after a failure last."""
        return [task for wave in (*self.waves, *self.on_failure) for task in wave.tasks]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What a plan is made from."""

    target: Mapping[ResourceKey, Manifest]
    """The wanted objects, hooks among them."""
    extraneous: Mapping[ResourceKey, Manifest]
    """Live objects the application tracks and does not want."""
    run: HookRun
    options: Options = Options()  # noqa: RUF009 -- frozen and without state
    prune: bool = False
    force: bool = False
    selected: Collection[ResourceKey] | None = None
    """A selective sync's objects; ``None`` is all. A selective sync runs no hooks."""
    unchanged: Collection[ResourceKey] = ()
    """Wanted objects that are as desired (left out with ApplyOutOfSyncOnly)."""
    uncertain: Collection[GroupKind] = ()
    """Kinds whose live objects are not known completely: nothing of them is pruned."""


def wave_of(manifest: Manifest) -> int:
    """Return the sync wave; a value that is no integer is ignored."""
    annotations = annotations_of(manifest)
    for name in (_WAVE, _HELM_WEIGHT):
        text = annotations.get(name, "").strip()
        if text.removeprefix("-").removeprefix("+").isdecimal() and len(text) < _WAVE_DIGITS:
            return int(text)
    return 0


def plan(request: Request) -> Plan:
    """Order everything a sync writes; total, and the same for any order of the input."""
    applies = [
        Task(key, m, wave_of(m), resource_options(m))
        for key, m in request.target.items()
        if not is_hook(m) and _wanted(request, key)
    ]
    applies = [dataclasses.replace(t, once=_once(t, request)) for t in applies]
    hooks = _hook_tasks(request)
    removals, kept = _prunes(request)
    applies = _adopted(applies, hooks)
    last = max((t.wave for t in [*applies, *hooks, *removals] if t.phase == "Sync"), default=0)
    removals = _mirrored(removals, request.options, last)
    waves = _waves(removals, [*applies, *hooks])
    return Plan(
        waves=tuple(w for w in waves if w.phase != _FAILURE),
        on_failure=tuple(w for w in waves if w.phase == _FAILURE),
        kept=tuple(sorted(kept)),
    )


def _wanted(request: Request, key: ResourceKey) -> bool:
    if request.selected is not None and key not in request.selected:
        return False
    return not (request.options.apply_out_of_sync_only and key in request.unchanged)


def _once(task: Task, request: Request) -> bool:
    options = (request.options, task.options)
    return request.force or any(o.replace or o.force for o in options)


def _hook_tasks(request: Request) -> list[Task]:
    """One task for each phase that a hook names."""
    if request.selected is not None:
        return []
    tasks = []
    for manifest in request.target.values():
        if not is_hook(manifest):
            continue
        for phase in hook_phases(manifest):
            if phase not in _RUN_PHASES:
                continue
            made = hook_object(manifest, phase, request.run)
            options = resource_options(manifest)
            tasks.append(
                Task(
                    key_of(made), made, wave_of(manifest), options, phase=phase, hook=True,
                    once=True,
                )
            )  # fmt: skip
    return tasks


def _prunes(request: Request) -> tuple[list[Task], list[tuple[ResourceKey, str]]]:
    removals, kept = [], []
    for key, live in request.extraneous.items():
        if is_hook(live) or (request.selected is not None and key not in request.selected):
            continue
        own = resource_options(live)
        rule = own.prune or request.options.prune
        if not request.prune:
            kept.append((key, "ignored (requires pruning)"))
        elif rule == "false":
            kept.append((key, "ignored (no prune)"))
        elif key.group_kind in request.uncertain:
            kept.append((key, "ignored (the cluster's list of this kind is not complete)"))
        else:
            removals.append(
                Task(key, None, wave_of(live), own, confirm=rule == "confirm", once=True)
            )
    return removals, kept


def _adopted(tasks: list[Task], hooks: list[Task]) -> list[Task]:
    """Move namespaces and definitions to the phase and wave of their first user, if earlier."""
    first_of_namespace: dict[str, tuple[int, int]] = {}
    first_of_kind: dict[GroupKind, tuple[int, int]] = {}
    for task in [*tasks, *hooks]:
        at = _place(task)
        namespace, kind = task.key.namespace, task.key.group_kind
        first_of_namespace[namespace] = min(at, first_of_namespace.get(namespace, at))
        first_of_kind[kind] = min(at, first_of_kind.get(kind, at))

    def adopted(task: Task) -> Task:
        at = _place(task)
        if task.key.group_kind == _NAMESPACE:
            at = min(at, first_of_namespace.get(task.key.name, at))
        elif task.key.group_kind == _DEFINITION and task.manifest is not None:
            group = text_at(task.manifest, "spec", "group")
            kind = text_at(task.manifest, "spec", "names", "kind")
            at = min(at, first_of_kind.get(GroupKind(group, kind), at))
        return dataclasses.replace(task, phase=PHASES[at[0]], wave=at[1])

    return [adopted(task) for task in tasks]


def _place(task: Task) -> tuple[int, int]:
    return (PHASES.index(task.phase), task.wave)


def _mirrored(removals: list[Task], options: Options, last: int) -> list[Task]:
    """Swap the waves of removals symmetrically; PruneLast ones come after everything else."""
    waves = sorted({t.wave for t in removals})
    swapped = dict(zip(waves, reversed(waves), strict=True))

    def wave(task: Task) -> int:
        if options.prune_last or task.options.prune_last:
            return last + 1
        return swapped[task.wave]

    return [dataclasses.replace(task, wave=wave(task)) for task in removals]


def _waves(removals: list[Task], applies: list[Task]) -> list[Wave]:
    places = sorted({_place(t) for t in [*removals, *applies]})
    return [
        Wave(
            place[1],
            _steps(
                [t for t in removals if _place(t) == place],
                [t for t in applies if _place(t) == place],
            ),
            PHASES[place[0]],
        )
        for place in places
    ]


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
