"""What Git wants of every application: rendered sources, kept current with one poll per revision.

The reconciler asks with :meth:`DesiredState.get`; webhooks arrive as :meth:`DesiredState.moved`.
Applications that share a repository, a credential and a revision form one group: a burst of new
applications is one Render call, a poll is one Resolve call, and a new commit is one Render call in
which every source names the render key it holds, so that only changed sources are sent again
(architecture.md, the way of a commit, 1). A failure keeps the last good render beside the error.

This module decides nothing about applications: it calls back with the key of each application whose
manifests, error or commit changed.
"""

import asyncio
import dataclasses
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog

from plumbline.app_controller.application import pinned
from plumbline.app_controller.application.sources import (
    AppKey,
    Reference,
    Rendered,
    RepoServer,
    SourceAnswer,
    SourceQuestion,
    SourceState,
    WantedSource,
    opened,
)
from plumbline.core import errors, repositories

__all__ = [
    "AppKey",
    "DesiredState",
    "Rendered",
    "RepoServer",
    "SourceAnswer",
    "SourceQuestion",
    "SourceState",
    "WantedSource",
]

log = structlog.get_logger()

_GATHER = 0.01  # seconds a burst of new sources is gathered into one call
_FRESH = 0.5  # seconds a resolved commit serves further new sources before it is resolved again
_BATCH = 200  # sources in one call
_RETRY = (2.0, 60.0)  # seconds: first and longest wait after a failed call
_NO_CHARTS = repositories.ChartAccess()
_JITTER = 0.2  # share of the poll interval added at random, so that repositories spread


class _GroupKey(NamedTuple):
    url: str
    project: str
    revision: str
    tag_prefix: str
    chart: str
    pass_credentials: bool


class _Slot(NamedTuple):
    app: AppKey
    position: int

    @property
    def id(self) -> str:
        return f"{self.app.namespace}/{self.app.name}/{self.position}"


@dataclasses.dataclass(eq=False)
class _Registration:
    source: WantedSource
    state: SourceState = dataclasses.field(default_factory=SourceState)
    answered: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    no_cache: bool = False
    references: tuple[tuple[str, "_Group"], ...] = ()
    """The groups of the application's other sources, by their ref."""

    @property
    def ready(self) -> bool:
        """Whether each reference was looked for once, so that its commit can be pinned."""
        return all(group.resolved for _, group in self.references)


class _Group:
    """The sources of one repository, project and revision."""

    def __init__(self, key: _GroupKey, url: str, owner: "DesiredState") -> None:
        self.key = key
        self.url = url
        self.slots: dict[_Slot, _Registration] = {}
        self.dirty: set[_Slot] = set()
        self._owner = owner
        self._submodules = owner.submodules(key.project)
        self.commit = ""
        self.resolved = False
        self._resolved_at = float("-inf")
        self._recheck = False
        self._force = False
        self._failures = 0
        self._wake = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name=f"desired {url} {key.revision}")

    def want(self, slot: _Slot, registration: _Registration) -> None:
        self.slots[slot] = registration
        self.ask_again(slot)

    def ask_again(self, slot: _Slot) -> None:
        """Render a source anew; whoever waits for its answer waits for that one."""
        self.slots[slot].answered.clear()
        self.dirty.add(slot)
        self._wake.set()

    def check(self, *, force: bool = False) -> None:
        """Resolve the revision again, soon."""
        self._recheck = True
        self._force = self._force or force
        self._wake.set()

    def drop(self, slot: _Slot) -> None:
        self.slots.pop(slot, None)
        self.dirty.discard(slot)

    def opened(self) -> repositories.Repository:
        key = self.key
        return opened(
            self._owner.credential,
            self.url,
            key.project,
            chart=key.chart,
            pass_credentials=key.pass_credentials,
        )

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            timeout = self._owner.next_poll()
            if self._failures:
                timeout = min(_RETRY[1], _RETRY[0] * 2 ** min(self._failures - 1, 8))
            elif self._recheck:
                timeout = max(0.0, self._resolved_at + _FRESH - loop.time())
            try:
                async with asyncio.timeout(timeout):
                    await self._wake.wait()
            except TimeoutError:
                self._recheck = True
            self._wake.clear()
            if self.dirty and not self._force:
                await asyncio.sleep(_GATHER)
            await self._round(loop.time())

    async def _round(self, now: float) -> None:
        fresh = now - self._resolved_at < _FRESH and not self._force
        try:
            repository = self.opened()
            if not fresh and (self._recheck or self.dirty or self._force):
                force, self._force, self._recheck = self._force, False, False
                await self._resolve(repository, force=force)
            elif self.dirty:
                # Served from the commit just resolved; look once more when the burst is over.
                self._recheck = True
            await self._render(repository)
        except errors.PlumblineError as error:
            self._failed(error)
        except Exception as error:
            # Passes wait for this task: if it ended, each would hold a worker for ever.
            log.exception("desired state failed unexpectedly", repo=self.url)
            self._failed(errors.Unavailable(f"internal error: {type(error).__name__}"))
        else:
            self._failures = 0

    def _failed(self, error: errors.PlumblineError) -> None:
        self._failures += 1
        self._settled()
        self._fail(error)

    def _settled(self) -> None:
        """Let those go on who waited for the first look at the revision."""
        if not self.resolved:
            self.resolved = True
            self._owner.reference_moved(self)

    async def _resolve(self, repository: repositories.Repository, *, force: bool) -> None:
        commit = await self._owner.server.resolve(
            repository, self.key.revision, no_cache=force, tag_prefix=self.key.tag_prefix
        )
        self._resolved_at = asyncio.get_running_loop().time()
        failing = {s for s, r in self.slots.items() if r.state.error is not None}
        if commit != self.commit:
            log.info("revision moved", repo=self.url, revision=self.key.revision, commit=commit)
            self.commit = commit
            self.dirty.update(self.slots)
            self.resolved = True
            self._owner.reference_moved(self)
        self.dirty.update(s for s in failing if self._worth_repeating(s))

    def _worth_repeating(self, slot: _Slot) -> bool:
        """Whether a failed source may do better at the same commit: not if it is itself broken."""
        error = self.slots[slot].state.error
        if isinstance(error, errors.PermissionDenied | errors.Unauthenticated):
            return True  # a submodule's: rules and credentials change without a commit
        return error is not None and (error.transient or self._failures > 0)

    async def _render(self, repository: repositories.Repository) -> None:
        self.dirty.intersection_update(self.slots)
        while batch := sorted(s for s in self.dirty if self.slots[s].ready)[:_BATCH]:
            by_id = {slot.id: slot for slot in batch}
            self.dirty.difference_update(batch)
            asked = {slot: self.slots[slot] for slot in batch}
            opened = self._submodules.opened()
            charts = self._owner.charts(self.key.project)
            questions = [
                SourceQuestion(
                    slot.id,
                    r.source,
                    _known_key(r),
                    r.no_cache,
                    self._references(r),
                    opened,
                    charts,
                )
                for slot, r in asked.items()
            ]
            try:
                answers = self._owner.server.render(
                    repository,
                    self.key.revision,
                    commit=self.commit,
                    questions=questions,
                )
                async for answer in answers:
                    slot = by_id.pop(answer.id, None)
                    if slot is None or self.slots.get(slot) is not asked[slot]:
                        continue
                    if self._submodules.learn(answer.submodules):
                        self.dirty.add(slot)
                        continue
                    refusal = self._submodules.refusal(answer.submodules)
                    accepted = answer._replace(error=refusal) if refusal else answer
                    self._accept(slot, asked[slot], accepted)
            except errors.PlumblineError:
                self.dirty.update(s for s in by_id.values() if s in self.slots)
                raise
            for slot in by_id.values():
                self._accept(slot, asked[slot], _unanswered(slot, self.commit))

    def _references(self, registration: _Registration) -> tuple[Reference, ...]:
        return tuple(
            Reference(
                name,
                group.opened(),
                group.key.revision,
                group.commit,
                group.key.tag_prefix,
            )
            for name, group in registration.references
        )

    def _accept(self, slot: _Slot, registration: _Registration, answer: SourceAnswer) -> None:
        before = registration.state
        registration.no_cache = False
        if answer.error is not None:
            self._set_error(slot, registration, answer.error)
            return
        rendered = answer.rendered
        if rendered is None and before.rendered is not None:
            rendered = dataclasses.replace(before.rendered, commit=answer.commit)
        registration.state = SourceState(rendered=rendered)
        if slot not in self.dirty:
            # Else something moved meanwhile, and this answer is already old.
            registration.answered.set()
        if before.rendered is None or before.error is not None or rendered is None:
            self._owner.changed(slot.app, manifests=True)
        elif before.rendered != rendered:
            self._owner.changed(slot.app, manifests=before.rendered.digest != rendered.digest)

    def _fail(self, error: errors.PlumblineError) -> None:
        log.warning(
            "desired state not available",
            repo=self.url,
            revision=self.key.revision,
            error=error.message,
        )
        for slot, registration in list(self.slots.items()):
            self._set_error(slot, registration, error)

    def _set_error(
        self, slot: _Slot, registration: _Registration, error: errors.PlumblineError
    ) -> None:
        before = registration.state
        since = before.failing_since or asyncio.get_running_loop().time()
        registration.state = dataclasses.replace(before, error=error, failing_since=since)
        registration.answered.set()
        if before.error is None or before.error.message != error.message:
            self._owner.changed(slot.app, manifests=True)


def _known_key(registration: _Registration) -> str:
    rendered = registration.state.rendered
    if rendered is None or registration.no_cache or registration.state.error is not None:
        return ""
    return rendered.key


def _unanswered_of(held: Sequence[tuple[_Group, _Slot]]) -> list[_Registration]:
    found = [group.slots[slot] for group, slot in held if slot in group.slots]
    return [registration for registration in found if not registration.answered.is_set()]


def _unanswered(slot: _Slot, commit: str) -> SourceAnswer:
    error = errors.Unavailable("the repo-server did not answer for this source; it is asked again")
    return SourceAnswer(slot.id, commit, None, error)


class DesiredState:
    """Every application's rendered sources."""

    def __init__(
        self,
        server: RepoServer,
        *,
        credential: Callable[[str, str], repositories.Repository],
        on_change: Callable[[AppKey, bool], None],
        poll_interval: float,
        permits: Callable[[str, str], bool] = lambda _url, _project: False,
        charts: Callable[[str], repositories.ChartAccess] = lambda _: _NO_CHARTS,
    ) -> None:
        """Poll nothing until the first :meth:`get`.

        Args:
            server: the repo-server.
            credential: what opens a URL for a project.
            on_change: called with an application's key, and whether its manifests or its error
                changed (else only the commit did).
            poll_interval: seconds between looks at a revision; 0 never looks by itself.
            permits: whether a project may use a URL; asked for submodules, none by default.
            charts: what sources of a project may have fetched.
        """
        self.charts = charts
        self.server = server
        self.credential = credential
        self._permits = permits
        self.changed: Callable[..., None] = lambda app, *, manifests: on_change(app, manifests)
        self._poll_interval = poll_interval
        self._groups: dict[_GroupKey, _Group] = {}
        self._slots: dict[AppKey, list[tuple[_Group, _Slot]]] = {}
        self._readers: dict[_Group, set[tuple[_Group, _Slot]]] = {}
        """Sources by the group whose repository they read beside their own."""

    def submodules(self, project: str) -> repositories.OpenedSubmodules:
        """Return what learns the submodules of one repository for a project."""
        return repositories.OpenedSubmodules(
            project, credential=self.credential, permits=self._permits
        )

    def poll_every(self, seconds: float) -> None:
        """Look at revisions this often from now on; 0 never looks by itself."""
        if seconds != self._poll_interval:
            self._poll_interval = seconds
            for group in self._groups.values():
                group.check()

    def next_poll(self) -> float | None:
        """Seconds until a group looks at its revision again; ``None`` never."""
        if self._poll_interval <= 0:
            return None
        # Spreads polls of many repositories; not a security decision.
        return self._poll_interval * (1 + _JITTER * random.random())  # noqa: S311 -- spreads load

    async def get(
        self, app: AppKey, sources: Sequence[WantedSource], *, refresh: str = ""
    ) -> list[SourceState]:
        """Return the state of each source, waiting until each was asked for once.

        Args:
            app: the application.
            sources: its sources, in order.
            refresh: "normal" resolves revisions again before answering, "hard" renders again too.
        """
        held = self._slots.get(app, [])
        before = [g.slots[s].source for g, s in held if s in g.slots]
        if len(before) != len(sources) or not all(map(WantedSource.renders_like, before, sources)):
            held = self._register(app, sources)
        elif refresh:
            for group, slot in held:
                group.slots[slot].source = sources[slot.position]
                group.slots[slot].no_cache = refresh == "hard"
                group.ask_again(slot)
                group.check(force=True)
        elif before != list(sources):
            # The cluster or the tools changed: the last good render stays until the next one.
            for group, slot in held:
                self._adapt(group, slot, sources[slot.position])
        # A reference that moves while others are waited for asks its readers again.
        while waiting := _unanswered_of(held):
            for registration in waiting:
                await registration.answered.wait()
        return [group.slots[slot].state for group, slot in held if slot in group.slots]

    async def at(
        self,
        app: AppKey,
        sources: Sequence[WantedSource],
        revisions: Sequence[str],
        *,
        no_cache: bool = False,
    ) -> list[SourceState]:
        """Render sources once at given revisions; what is polled and kept stays as it is.

        Args:
            app: the application.
            sources: its sources, in order.
            revisions: one for each source; empty ones, and those that are missing, mean the
                source's own target revision.
            no_cache: render anew.

        Raises:
            errors.InvalidArgument: more revisions than sources.
        """
        if len(revisions) > len(sources):
            raise errors.InvalidArgument(
                f"{len(revisions)} revisions for {len(sources)} sources of {app.name}"
            )
        padded = [*revisions, *[""] * (len(sources) - len(revisions))]
        wanted = [
            (source, revision, self._held(app, source))
            for source, revision in zip(sources, padded, strict=True)
        ]
        server = pinned.Server(self.server, self.credential, self.charts)
        return await pinned.render_at(
            server, app, wanted, no_cache=no_cache, submodules=self.submodules
        )

    def _held(self, app: AppKey, source: WantedSource) -> Rendered | None:
        """Return the good render held of a source, which may turn out to be the same."""
        for group, slot in self._slots.get(app, []):
            registration = group.slots.get(slot)
            if registration is not None and registration.source == source:
                return registration.state.rendered
        return None

    def _adapt(self, group: "_Group", slot: _Slot, source: WantedSource) -> None:
        registration = group.slots[slot]
        before, registration.source = registration.source, source
        rendered = registration.state.rendered
        is_chart = rendered is None or rendered.source_type == "Helm"
        is_chart = is_chart or "--enable-helm" in source.tools.build_options
        # What the cluster serves matters to charts only.
        if is_chart or before.tools != source.tools:
            group.ask_again(slot)

    def peek(self, app: AppKey) -> list[SourceState]:
        """Return what is known now, without asking."""
        held = self._slots.get(app, [])
        return [group.slots[slot].state for group, slot in held if slot in group.slots]

    def moved(self, repo_url: str, ref: str = "") -> int:
        """Look at a repository's revisions now (a webhook's hint); return how many."""
        wanted = repositories.normalise_url(repo_url)
        groups = [g for k, g in self._groups.items() if k.url == wanted]
        matching = [g for g in groups if not ref or _names_ref(g.key.revision, ref)]
        for group in matching:
            group.check(force=True)
        return len(matching)

    def forget(self, app: AppKey) -> None:
        """Drop an application; a group without sources stops polling."""
        for group, slot in self._slots.pop(app, []):
            for _, other in group.slots[slot].references if slot in group.slots else ():
                self._readers.get(other, set()).discard((group, slot))
            group.drop(slot)
            if not group.slots:
                group.task.cancel()
                self._readers.pop(group, None)
                self._groups.pop(group.key, None)

    async def close(self) -> None:
        """Stop all polling."""
        tasks = [g.task for g in self._groups.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._groups.clear()
        self._slots.clear()

    def _register(self, app: AppKey, sources: Sequence[WantedSource]) -> list[tuple[_Group, _Slot]]:
        self.forget(app)
        held = []
        for index, source in enumerate(sources):
            key = _GroupKey(
                repositories.normalise_url(source.repo_url),
                source.project,
                source.revision,
                source.tag_prefix,
                source.chart,
                source.pass_credentials,
            )
            group = self._groups.get(key)
            if group is None:
                group = self._groups[key] = _Group(key, source.repo_url, self)
            held.append((group, _Slot(app, index)))
        refs = [(source.ref, group) for source, (group, _) in zip(sources, held, strict=True)]
        for index, (source, (group, slot)) in enumerate(zip(sources, held, strict=True)):
            others = [(ref, other) for at, (ref, other) in enumerate(refs) if ref and at != index]
            references = tuple(others) if source.may_refer else ()
            group.want(slot, _Registration(source, references=references))
            for _, other in references:
                self._readers.setdefault(other, set()).add((group, slot))
        self._slots[app] = held
        return held

    def reference_moved(self, moved: "_Group") -> None:
        """Ask again for the sources that read from a group's repository."""
        for group, slot in list(self._readers.get(moved, ())):
            if slot in group.slots:
                group.ask_again(slot)


def _names_ref(revision: str, ref: str) -> bool:
    """Whether a pushed ref may be what a target revision means (behaviour.md section 13)."""
    short = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return revision in ("", "HEAD", ref, short) or any(c in revision for c in "*^~<>=x ")
