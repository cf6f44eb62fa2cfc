"""The order of work of a render: plan, key, cache, render once, keep.

Called by the service for each request. Sources are planned together in one pass over the commit's
objects; equal keys are rendered once, whoever asks; an answer is given as soon as it is ready.
"""

import asyncio
import dataclasses
import functools
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, TypeVar

import msgspec
import orjson
import structlog

from plumbline.cache import Claims, Store
from plumbline.core import errors, manifests, render
from plumbline.core.render import Plan
from plumbline.pb.reposerver import repository_pb2
from plumbline.repo_server import access, documents, failures, fairness, metrics, sops, wishes
from plumbline.repo_server.batch import Batch, Question
from plumbline.repo_server.origins import Origin, Origins
from plumbline.repo_server.planner import Given, Planned, Planner
from plumbline.repo_server.plugin import Asked, Sidecars
from plumbline.repo_server.tools import Job, Output, Read, SourceTree, Trees

__all__ = ["Answer", "Rendered", "Renderer", "Settings"]

log = structlog.get_logger()
T = TypeVar("T")

_MANIFEST_FIELDS: Final = frozenset({"apiVersion", "kind"})
_MAX_UNRELATED: Final = 100  # documents of a file that is no manifest
_VARIES: Final = (
    "two renders of the same chart differ: a template uses the time or a random value; the"
    " difference is applied at each hard refresh"
)


class Rendered(msgspec.Struct, frozen=True):
    """A complete render, as it is kept in the cache."""

    source_type: str
    digest: str
    manifests: list[bytes]
    warnings: list[str] = []
    deterministic: bool = True
    plaintext: list[str] = []
    """Secrets whose values stand in Git unencrypted."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What became of one question: a render, "unchanged", or an error."""

    id: str
    key: str = ""
    source_type: str = ""
    rendered: Rendered | None = None
    error: errors.PlumblineError | None = None


@dataclasses.dataclass(frozen=True)
class Settings:
    """Limits of renders."""

    parallelism: int = 4
    """Tools running at the same time."""
    waiting: int = 5000
    """Renders waiting for a tool; more are refused."""
    max_directory: int = 10 * 1024 * 1024
    """Bytes of all files of a plain directory."""
    patience: float = 120.0
    """Seconds to wait for another replica that renders the same."""
    failures: float = 10.0
    """Seconds in which a render that failed is not tried again, but for a hard refresh."""


class Renderer:
    """Renders sources of commits."""

    def __init__(
        self,
        *,
        origins: Origins,
        planner: Planner,
        store: Store,
        claims: Claims,
        sidecars: Sidecars,
        keyrings: sops.Keyrings,
        settings: Settings,
    ) -> None:
        self._origins = origins
        self._claims = claims
        self._sidecars = sidecars
        self._keyrings = keyrings
        self._failures = failures.Failures(settings.failures)
        self._planner = planner
        self._store = store
        self._settings = settings
        self._documents = documents.Documents()
        self._slots = fairness.FairSlots(settings.parallelism, waiting=settings.waiting)
        self._running: dict[str, asyncio.Task[tuple[str, Rendered]]] = {}

    async def plan(self, batch: Batch) -> list[Planned]:
        """Return type and key of each source, or its error, in order."""
        places = [(batch.repository, batch.commit)]
        places += [(r.repository, r.commit) for r in batch.referenced if r.error is None]
        names = [self._origins.scope(repository) for repository in batch.repositories()]
        names.append(access.scope_of(batch.charts))
        scopes = ",".join([*names, *batch.reading(), str(batch.submodules.is_enabled)])
        archive = self._origins.charts.archive
        plugins = await self._sidecars.present()
        answers: dict[bytes, str | errors.PlumblineError] = {}

        def work(opened: list[SourceTree], charts: render.Charts) -> list[Planned]:
            trees = _in_order(opened, batch)
            given = Given(plugins, answers, charts)
            return self._planner.plan_all(trees, scopes, batch, archive=archive, given=given)

        async def planned(charts: render.Charts, *, fresh: bool) -> list[Planned]:
            made = await self._origins.read_all(
                places, functools.partial(work, charts=charts), batch.submodules, fresh=fresh
            )
            asked = {
                item.place: Asked(render.decode_source(question.source_json), question.context)
                for question, item in zip(batch.questions, made, strict=True)
                if item.place
            }
            if not asked:
                return made
            read = self._reader(batch, batch.questions[0])
            answers.update(await self._sidecars.discover(read, asked, plugins))
            return await self._origins.read_all(
                places, functools.partial(work, charts=charts), batch.submodules
            )

        return await wishes.fulfilled(planned, self._origins.charts, batch)

    async def announcements(
        self, batch: Batch
    ) -> Sequence[repository_pb2.ParameterAnnouncement] | None:
        """Return what the plugin of the batch's one source can be given; None: it has no plugin.

        Raises:
            errors.PlumblineError: the source cannot be planned, or its plugin fails.
        """
        (item,) = await self.plan(batch)
        if item.error is not None:
            raise item.error
        if item.plan is None or item.plan.plugin is None:
            return None
        read = self._reader(batch, batch.questions[0])
        return await self._sidecars.announcements(Job(plan=item.plan, options=(), read=read))

    async def plugins(self) -> tuple[str, ...]:
        """Return the names of the plugins that are there."""
        return (await self._sidecars.present()).names

    async def render(self, batch: Batch) -> AsyncIterator[Answer]:
        """Yield the answers as they are ready.

        Raises:
            errors.PlumblineError: the commit cannot be read; errors of sources are answers.
        """
        planned = await self.plan(batch)
        tasks: list[asyncio.Task[Answer]] = []
        for question, item in zip(batch.questions, planned, strict=True):
            if item.plan is None:
                yield Answer(question.id, error=item.error)
            elif question.known_key == item.key and not question.no_cache:
                metrics.RENDERS.labels(item.source_type, "unchanged").inc()
                yield Answer(question.id, item.key, item.source_type)
            else:
                tasks.append(asyncio.create_task(self._answer(batch, question, item)))
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for pending in tasks:
                pending.cancel()

    async def _answer(self, batch: Batch, question: Question, item: Planned) -> Answer:
        try:
            key, rendered = await self._once(batch, question, item)
        except errors.PlumblineError as error:
            metrics.RENDERS.labels(item.source_type, "failed").inc()
            return Answer(question.id, item.key, item.source_type, error=error)
        except Exception as error:  # noqa: BLE001 -- the boundary of one source
            # One source's surprise must not take the other sources of the call with it.
            metrics.RENDERS.labels(item.source_type, "failed").inc()
            hidden = failures.unexpected(error, "render failed unexpectedly")
            return Answer(question.id, item.key, item.source_type, error=hidden)
        return Answer(question.id, key, item.source_type, rendered)

    async def _once(self, batch: Batch, question: Question, item: Planned) -> tuple[str, Rendered]:
        """Take a render from the cache, join one that runs, or start it."""
        name = f"{item.sharing}:{question.no_cache}"
        task = self._running.get(name)
        if task is None:
            task = asyncio.create_task(self._cached(batch, question, item))
            self._running[name] = task
            task.add_done_callback(functools.partial(self._forget, name))
        return await asyncio.shield(task)

    def _forget(self, name: str, task: asyncio.Task[tuple[str, Rendered]]) -> None:
        self._running.pop(name, None)
        if not task.cancelled():
            task.exception()

    async def _cached(
        self, batch: Batch, question: Question, item: Planned
    ) -> tuple[str, Rendered]:
        if question.no_cache:
            return await self._made(batch, question, item)
        found = await self._kept(item)
        if found is not None:
            return item.key, found
        self._failures.check(item.sharing)
        if item.tool is None:
            # Plain manifests are read in less time than Redis takes to say whose turn it is.
            return await self._made(batch, question, item)

        async def there() -> bool:
            return await self._store.get(item.key) is not None

        turn = self._claims.turn(item.key, there=there, patience=self._settings.patience)
        async with turn as ours:
            found = None if ours else await self._kept(item)
            if found is not None:
                return item.key, found
            return await self._made(batch, question, item)

    async def _kept(self, item: Planned) -> Rendered | None:
        payload = await self._store.get(item.key)
        if payload is None:
            return None
        metrics.RENDERS.labels(item.source_type, "cached").inc()
        return msgspec.msgpack.decode(payload, type=Rendered)

    async def _made(self, batch: Batch, question: Question, item: Planned) -> tuple[str, Rendered]:
        """Render and keep what came of it, a failure briefly."""
        try:
            key, rendered = await self._rendered(batch, question, item)
        except errors.PlumblineError as error:
            self._failures.keep(item.sharing, error)
            raise
        self._failures.forget(item.sharing)
        return key, rendered

    async def _rendered(
        self, batch: Batch, question: Question, item: Planned
    ) -> tuple[str, Rendered]:
        with metrics.SECONDS.labels(item.source_type).time():
            rendered, plan = await self._render(batch, question, item)
        metrics.RENDERS.labels(item.source_type, "rendered").inc()
        key = item.key
        if plan is not item.plan:
            # What was read is more than was planned: the key must name all of it.
            key = self._planner.widened(plan, batch, question, item).key
        await self._store.put(key, msgspec.msgpack.encode(rendered))
        return key, rendered

    async def _render(
        self, batch: Batch, question: Question, item: Planned
    ) -> tuple[Rendered, Plan]:
        plan = item.plan
        if plan is None:
            raise errors.FailedPrecondition("a source without a plan cannot be rendered")
        decryption = None
        if question.context.decrypt:
            keys = self._keyrings.of(question.context.project)
            decryption = sops.Decryption(keys, refused=self._keyrings.refused)
        read = self._reader(batch, question, plan, decryption)
        job = Job(plan=plan, options=item.options, read=read)
        try:
            rendered, taken = await self._output(job, item, question.context.project)
        except errors.PlumblineError as error:
            # A tool may quote what it could not use.
            if decryption is not None:
                error.message = decryption.scrubbed(error.message)
                error.args = (error.message,)
            raise
        known = frozenset(decryption.values) if decryption is not None else frozenset()
        found = await asyncio.to_thread(render.inspect_secrets, rendered.manifests, known)
        if found.encrypted:
            if decryption is not None:
                fetched = "; files of charts that were fetched as dependencies are not decrypted"
                raise errors.FailedPrecondition(
                    f"Secret {found.encrypted[0]} is still encrypted: none of the project's SOPS"
                    f" keys opens its file{fetched if taken.charts else ''}"
                )
            rendered.warnings.extend(
                f"Secret {name} is applied as SOPS encrypted it: the project does not allow"
                " decryption (annotation plumbline.io/sops: allow)"
                for name in found.encrypted
            )
        rendered = msgspec.structs.replace(rendered, plaintext=list(found.plaintext))
        return rendered, taken

    async def _output(self, job: Job, item: Planned, project: str) -> tuple[Rendered, Plan]:
        plan = job.plan
        output = Output("", plan)
        if item.tool is not None:
            async with self._slots.slot(project):
                output = await item.tool.render(job)
        warnings: list[str] = []
        deterministic = True
        if plan.kind is render.SourceType.DIRECTORY:
            scripts: dict[str, str] = orjson.loads(output.text) if output.text else {}
            found, warnings = await job.read(
                lambda trees: self._directory(trees.own, plan, scripts)
            )
        else:
            found = await self._load(output.text, plan)
            if plan.helm is not None and plan.helm.may_vary and item.tool is not None:
                async with self._slots.slot(project):
                    again = await item.tool.render(job)
                deterministic = again.text == output.text
                warnings = [] if deterministic else [_VARIES]
        digest = hashlib.sha256(b"\n".join(found)).hexdigest()
        rendered = Rendered(plan.kind.value, digest, found, warnings, deterministic)
        return rendered, output.plan

    def _reader(
        self,
        batch: Batch,
        question: Question,
        plan: Plan | None = None,
        decryption: sops.Decryption | None = None,
    ) -> Read:
        """Return what opens the trees of one source, decrypted where that is allowed."""
        others = dict(plan.references) if plan is not None else {}

        def shown(tree: SourceTree, reads: render.ReadSet | None) -> SourceTree:
            if plan is None or decryption is None:
                return tree
            return sops.View(tree, reads or render.ReadSet(), decryption, exact=plan.exact)

        used = {name: batch.referenced[at] for name, at in question.references.items()}
        names = [name for name, other in used.items() if other.error is None]
        places: list[tuple[Origin, str]] = [(batch.repository, batch.commit)]
        places += [(used[name].repository, used[name].commit) for name in names]
        archive = self._origins.charts.archive

        async def read(work: Callable[[Trees], T]) -> T:
            def opened(trees: list[SourceTree]) -> T:
                own = shown(trees[0], plan.reads if plan is not None else None)
                pairs = zip(names, trees[1:], strict=True)
                shown_others = {n: shown(tree, others.get(n)) for n, tree in pairs}
                return work(Trees(own, shown_others, archive))

            return await self._origins.read_all(places, opened, batch.submodules)

        return read

    async def _load(self, text: str, plan: Plan) -> list[bytes]:
        command = "helm template" if plan.helm is not None else "kustomize build"
        name = f"{command} {plan.path or '.'}"
        return await asyncio.to_thread(self._documents.load, text, name=name, is_output=True)

    def _directory(
        self, tree: SourceTree, plan: Plan, scripts: dict[str, str]
    ) -> tuple[list[bytes], list[str]]:
        entries = dict(plan.reads.files)
        tree.prepare((*plan.reads.files, *plan.reads.links))
        budget = self._settings.max_directory
        found: list[bytes] = []
        warnings: list[str] = []
        for path in plan.files:
            entry = entries.get(path)
            if entry is None:
                real = render.resolve(tree, path)
                entry = entries[real.path]
            try:
                content = tree.blob(entry.oid, budget)
            except errors.ResourceExhausted as error:
                raise errors.ResourceExhausted(
                    f"{plan.path or '.'}: the files of the directory exceed"
                    f" {self._settings.max_directory} bytes together"
                    " (max-combined-directory-manifests-size)"
                ) from error
            budget -= len(content)
            if render.is_marked(content):
                continue
            if path in scripts:
                found.extend(self._documents.load(_values(scripts[path]), name=path, is_json=True))
                continue
            try:
                text = content.decode("utf-8")
                is_json = path.endswith(".json")
                found.extend(self._documents.load(text, name=path, is_json=is_json))
            except UnicodeDecodeError as error:
                raise errors.InvalidArgument(f"{path}: not UTF-8") from error
            except errors.InvalidArgument:
                if not _is_unrelated(text):
                    raise
                # Another tool's file beside the manifests, as the contract's users have them.
                # From the directory: equal directories elsewhere share the render.
                shown = path[len(plan.path) + 1 :] if plan.path else path
                warnings.append(f"{shown} is no Kubernetes manifest and was left out")
        return found, warnings


def _is_unrelated(text: str) -> bool:
    """Tell whether a file that could be read says nowhere that it is a manifest.

    Only then may it be left out: a manifest with a slip in it must stop everything, or what it
    declares would be pruned.
    """
    documents = manifests.split_documents(text)
    if len(documents) > _MAX_UNRELATED:
        return False
    try:
        trees = [manifests.parse_yaml(document) for document in documents]
    except errors.InvalidArgument:
        return False
    return all(
        tree is None or (isinstance(tree, dict) and not _MANIFEST_FIELDS.intersection(tree))
        for tree in trees
    )


def _values(text: str) -> str:
    """Return Jsonnet's output as objects after one another: a list's items one by one."""
    tree = orjson.loads(text)
    if not isinstance(tree, list):
        return text
    return "\n".join(orjson.dumps(item).decode() for item in tree)


def _in_order(opened: list[SourceTree], batch: Batch) -> list[SourceTree | errors.PlumblineError]:
    """Put the errors of references where their trees would be."""
    trees = iter(opened)
    found: list[SourceTree | errors.PlumblineError] = [next(trees)]
    found += [item.error or next(trees) for item in batch.referenced]
    return found
