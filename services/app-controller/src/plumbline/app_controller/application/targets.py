"""The target objects of applications: rendered sources made ready for comparison.

Called by the reconciler. Keeps the prepared objects under the digests of the renders they came
from, so that an unchanged render costs one lookup. A source that cannot be rendered makes the
target incomplete: then nothing is compared, applied or pruned (security.md, "prune guard").
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import orjson

from plumbline.app_controller.application.comparer import TargetSet
from plumbline.app_controller.application.desired import DesiredState, SourceState, WantedSource
from plumbline.core import errors, integrity, model, render, settings, target, tracking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plumbline.app_controller.application.desired import AppKey
    from plumbline.app_controller.application.statustree import Pass

__all__ = ["TargetState", "Targets"]

_EMPTY: Final = TargetSet({}, {})


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetState:
    """What an application wants now, as far as it is known."""

    set: TargetSet = _EMPTY
    complete: bool = False
    conditions: tuple[tuple[str, str], ...] = ()
    revisions: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    attempt_key: str = ""
    retry_after: float | None = None


@dataclasses.dataclass(frozen=True)
class _Prepared:
    key: tuple[str, ...]
    set: TargetSet
    conditions: tuple[tuple[str, str], ...]
    lasting: bool
    """Whether another pass may use it again."""


class Targets:
    """Prepared targets of all applications."""

    def __init__(
        self,
        desired: DesiredState,
        *,
        namespace: str,
        current: Callable[[], settings.Settings],
        grace_seconds: float,
        clock: Callable[[], float],
        demand: Callable[[model.Project, str], integrity.Demand | None] = lambda _project, _url: (
            None
        ),
    ) -> None:
        """Prepare nothing yet.

        Args:
            desired: the rendered sources.
            namespace: the control plane's namespace.
            current: the settings in force.
            grace_seconds: during which an unreachable repository leaves the last render in force.
            clock: seconds, as in ``SourceState.failing_since``.
            demand: what a project asks of the signatures of a repository's commits; nothing by
                default.
        """
        self._demand = demand
        self._desired = desired
        self._namespace = namespace
        self._current = current
        self._grace = grace_seconds
        self._clock = clock
        self._prepared: dict[AppKey, _Prepared] = {}

    async def of(self, now: Pass, refresh: str) -> TargetState:
        """Return the target of the application in this pass."""
        sources = now.app.spec.all_sources
        if invalid := _invalid(sources):
            return TargetState(conditions=(invalid,))
        try:
            wanted = self._all_wanted(now, sources)
        except errors.InvalidArgument as error:
            return TargetState(conditions=(("ComparisonError", error.message),))
        states = await self._desired.get(now.stored.key, wanted, refresh=refresh)
        found = self._found(wanted, states)
        return found if found.conditions else _whole(found, self._kept(now, states))

    async def at(
        self, now: Pass, sources: Sequence[model.Source], revisions: Sequence[str]
    ) -> TargetState:
        """Return the target of the application from other sources or at other revisions.

        What is polled and kept stays as it is.

        Args:
            now: the pass.
            sources: what to render: the application's, or those of an operation or of its history.
            revisions: one for each source; an empty or missing one means the source's target.

        Raises:
            errors.InvalidArgument: more revisions than sources.
        """
        if invalid := _invalid(sources):
            return TargetState(conditions=(invalid,))
        try:
            wanted = self._all_wanted(now, sources)
        except errors.InvalidArgument as error:
            return TargetState(conditions=(("ComparisonError", error.message),))
        states = await self._desired.at(now.stored.key, wanted, revisions)
        found = self._found(wanted, states)
        return found if found.conditions else _whole(found, self._prepare(now, states))

    def _found(self, wanted: list[WantedSource], states: list[SourceState]) -> TargetState:
        """Return what is known before the objects are prepared; conditions say what is missing."""
        problems, retry_after = self._problems(states)
        revisions = tuple(s.rendered.commit if s.rendered else "" for s in states)
        key = orjson.dumps([revisions, [w.source_json.decode() for w in wanted]]).decode()
        return TargetState(
            conditions=tuple(problems),
            revisions=revisions,
            source_types=tuple(s.rendered.source_type if s.rendered else "" for s in states),
            attempt_key=key,
            retry_after=retry_after,
        )

    def forget(self, key: AppKey) -> None:
        """Drop an application."""
        self._desired.forget(key)
        self._prepared.pop(key, None)

    def is_enforced(self, now: Pass) -> bool:
        """Tell whether the project asks for signatures in a source of the application."""
        try:
            return any(self._demand(now.rules, s.repo_url) for s in now.app.spec.all_sources)
        except errors.InvalidArgument:
            return True

    def _all_wanted(self, now: Pass, sources: Sequence[model.Source]) -> list[WantedSource]:
        """Return the sources as the repo-server needs them.

        Raises:
            errors.InvalidArgument: the project's source integrity cannot be told for one.
        """
        found = []
        for number, source in enumerate(sources, 1):
            try:
                found.append(self._wanted(now, source))
            except errors.InvalidArgument as error:
                raise errors.InvalidArgument(
                    _load_failure(number, len(sources), error.message)
                ) from error
        return found

    def _wanted(self, now: Pass, source: model.Source) -> WantedSource:
        discovery = now.handle.discovery
        return WantedSource(
            repo_url=source.repo_url,
            revision=source.target_revision,
            project=now.app.spec.project,
            source_json=orjson.dumps(model.dump(source)),
            app_name=now.app.instance_name(self._namespace),
            app_namespace=now.app.spec.destination.namespace,
            kube_version=discovery.kube_version,
            api_versions=discovery.api_versions,
            tools=self._current().tools,
            ref=source.ref,
            may_refer=not (source.directory or source.kustomize or source.plugin),
            tag_prefix=source.tag_prefix,
            chart=source.chart,
            pass_credentials=bool((source.helm or {}).get("passCredentials")),
            demand=self._demand(now.rules, source.repo_url),
        )

    def _problems(self, states: list[SourceState]) -> tuple[list[tuple[str, str]], float | None]:
        """Conditions of sources without a usable render; transient ones have a grace period."""
        found = []
        retry_after = None
        for number, state in enumerate(states, 1):
            error = state.error
            if error is None and state.rendered is not None:
                continue
            if error is not None and error.transient and state.rendered is not None:
                left = (state.failing_since or 0.0) + self._grace - self._clock()
                if left > 0:
                    retry_after = left
                    continue
            if isinstance(error, integrity.Untrusted):
                found += [("ComparisonError", text) for text in error.texts]
                continue
            text = error.message if error is not None else "no answer from the repo-server yet"
            found.append(("ComparisonError", _load_failure(number, len(states), text)))
        return found, retry_after

    def _kept(self, now: Pass, states: list[SourceState]) -> _Prepared:
        """Return the prepared objects of these renders, made anew only if a digest changed."""
        known = self._prepared.get(now.stored.key)
        if known is not None and known.key == self._identity(now, states):
            return known
        prepared = self._prepare(now, states)
        if prepared.lasting:
            self._prepared[now.stored.key] = prepared
        return prepared

    def _identity(self, now: Pass, states: list[SourceState]) -> tuple[Any, ...]:
        current = self._current()
        return (
            *(s.rendered.digest for s in states if s.rendered is not None),
            now.app.spec.destination.namespace,
            now.app.instance_name(self._namespace),
            current.marks,
            current.filter,
        )

    def _prepare(self, now: Pass, states: list[SourceState]) -> _Prepared:
        app = now.app
        instance = app.instance_name(self._namespace)
        renders = [s.rendered for s in states if s.rendered is not None]
        current = self._current()
        server = now.handle.cluster.server
        identity = self._identity(now, states)

        def mark(manifest: model.Manifest, namespace: str) -> model.Manifest:
            return tracking.set_tracking(
                manifest, instance, namespace=namespace, tracking=current.marks
            )

        manifests = [orjson.loads(m) for r in renders for m in r.manifests]
        try:
            made = target.prepare(
                manifests,
                scopes=now.handle.discovery,
                namespace=app.spec.destination.namespace,
                mark=mark,
                excluded=lambda kind: current.filter.excludes(kind, server),
            )
        except errors.InvalidArgument as error:
            condition = ("ComparisonError", f"Failed to normalize target state: {error.message}")
            return _Prepared(identity, _EMPTY, (condition,), lasting=False)
        unknown = any(now.handle.discovery.namespaced(k.group_kind) is None for k in made.objects)
        # A kind that is not served yet may turn out to have another scope.
        return _Prepared(identity, TargetSet.of(made.objects), made.conditions, lasting=not unknown)


def _load_failure(number: int, count: int, text: str) -> str:
    return (
        "Failed to load target state: failed to generate manifest for source"
        f" {number} of {count}: {text}"
    )


def _invalid(sources: Sequence[model.Source]) -> tuple[str, str] | None:
    """Return the condition of sources whose names cannot be told apart."""
    try:
        render.check_names([source.ref for source in sources], [source.name for source in sources])
    except errors.InvalidArgument as error:
        return ("InvalidSpecError", error.message)
    return None


def _whole(found: TargetState, prepared: _Prepared) -> TargetState:
    return dataclasses.replace(
        found,
        set=prepared.set,
        conditions=prepared.conditions,
        complete=not any(t.endswith("Error") for t, _ in prepared.conditions),
    )
