"""The order of work of a render: plan, key, cache, render once, keep.

Called by the service for each request. Sources are planned together in one pass over the commit's
objects; equal keys are rendered once, whoever asks; an answer is given as soon as it is ready.
"""

import asyncio
import dataclasses
import functools
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import structlog

from plumbline.cache import Store
from plumbline.core import errors, render
from plumbline.core.render import Plan
from plumbline.repo_server import documents, metrics
from plumbline.repo_server.git import CommitTree, Mirrors, Repository
from plumbline.repo_server.planner import Planned, Planner, Question
from plumbline.repo_server.tools import Job, Tool

__all__ = ["Answer", "Question", "Rendered", "Renderer", "Settings"]

log = structlog.get_logger()
T = TypeVar("T")

_SKIP_MARK: Final = b"# +argocd:skip-file-rendering"


class Rendered(msgspec.Struct, frozen=True):
    """A complete render, as it is kept in the cache."""

    source_type: str
    digest: str
    manifests: list[bytes]
    warnings: list[str] = []


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
    max_directory: int = 10 * 1024 * 1024
    """Bytes of all files of a plain directory."""


class Renderer:
    """Renders sources of commits."""

    def __init__(
        self,
        *,
        mirrors: Mirrors,
        planner: Planner,
        store: Store,
        tools: Mapping[render.SourceType, Tool],
        settings: Settings,
    ) -> None:
        self._mirrors = mirrors
        self._planner = planner
        self._store = store
        self._tools = tools
        self._settings = settings
        self._documents = documents.Documents()
        self._slots = asyncio.Semaphore(settings.parallelism)
        self._running: dict[str, asyncio.Task[Rendered]] = {}

    async def plan(
        self, repository: Repository, commit: str, questions: Sequence[Question]
    ) -> list[Planned]:
        """Return type and key of each source, or its error, in order."""
        scope = self._mirrors.scope(repository)
        return await self._mirrors.read(
            repository, commit, lambda tree: self._planner.plan_all(tree, scope, questions)
        )

    async def render(
        self, repository: Repository, commit: str, questions: Sequence[Question]
    ) -> AsyncIterator[Answer]:
        """Yield the answers as they are ready.

        Raises:
            errors.PlumblineError: the commit cannot be read; errors of sources are answers.
        """
        planned = await self.plan(repository, commit, questions)
        tasks: list[asyncio.Task[Answer]] = []
        for question, item in zip(questions, planned, strict=True):
            if item.plan is None:
                yield Answer(question.id, error=item.error)
            elif question.known_key == item.key and not question.no_cache:
                metrics.RENDERS.labels(item.source_type, "unchanged").inc()
                yield Answer(question.id, item.key, item.source_type)
            else:
                tasks.append(asyncio.create_task(self._answer(repository, commit, question, item)))
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for pending in tasks:
                pending.cancel()

    async def _answer(
        self, repository: Repository, commit: str, question: Question, item: Planned
    ) -> Answer:
        try:
            rendered = await self._once(repository, commit, question, item)
        except errors.PlumblineError as error:
            metrics.RENDERS.labels(item.source_type, "failed").inc()
            return Answer(question.id, item.key, item.source_type, error=error)
        except Exception as error:  # noqa: BLE001 -- the boundary of one source
            # One source's surprise must not take the other sources of the call with it.
            mark = uuid.uuid4().hex[:12]
            metrics.RENDERS.labels(item.source_type, "failed").inc()
            # The type only: the text of an unknown error may hold anything.
            log.error("render failed unexpectedly", id=mark, error=type(error).__name__)  # noqa: TRY400
            hidden = errors.Unavailable(f"internal error {mark}")
            return Answer(question.id, item.key, item.source_type, error=hidden)
        return Answer(question.id, item.key, item.source_type, rendered)

    async def _once(
        self, repository: Repository, commit: str, question: Question, item: Planned
    ) -> Rendered:
        """Take a render from the cache, join one that runs, or start it."""
        name = f"{item.key}:{question.no_cache}"
        task = self._running.get(name)
        if task is None:
            task = asyncio.create_task(self._cached(repository, commit, question, item))
            self._running[name] = task
            task.add_done_callback(functools.partial(self._forget, name))
        return await asyncio.shield(task)

    def _forget(self, name: str, task: asyncio.Task[Rendered]) -> None:
        self._running.pop(name, None)
        if not task.cancelled():
            task.exception()

    async def _cached(
        self, repository: Repository, commit: str, question: Question, item: Planned
    ) -> Rendered:
        if not question.no_cache:
            payload = await self._store.get(item.key)
            if payload is not None:
                metrics.RENDERS.labels(item.source_type, "cached").inc()
                return msgspec.msgpack.decode(payload, type=Rendered)
        with metrics.SECONDS.labels(item.source_type).time():
            manifests = await self._manifests(repository, commit, item)
        digest = hashlib.sha256(b"\n".join(manifests)).hexdigest()
        rendered = Rendered(item.source_type, digest, manifests)
        metrics.RENDERS.labels(item.source_type, "rendered").inc()
        await self._store.put(item.key, msgspec.msgpack.encode(rendered))
        return rendered

    async def _manifests(self, repository: Repository, commit: str, item: Planned) -> list[bytes]:
        plan = item.plan
        if plan is None:
            raise errors.FailedPrecondition("a source without a plan cannot be rendered")

        async def read(work: Callable[[CommitTree], Any]) -> Any:
            return await self._mirrors.read(repository, commit, work)

        if plan.kind is render.SourceType.DIRECTORY:
            found: list[bytes] = await read(lambda tree: self._directory(tree, plan))
            return found
        tool = self._tools[plan.kind]
        async with self._slots:
            text = await tool.render(Job(plan=plan, options=item.options, read=read))
        return await asyncio.to_thread(self._documents.load, text, name=f"{tool.name} output")

    def _directory(self, tree: CommitTree, plan: Plan) -> list[bytes]:
        entries = dict(plan.reads.files)
        budget = self._settings.max_directory
        found: list[bytes] = []
        for path in plan.files:
            entry = entries.get(path)
            if entry is None:
                real = render.resolve(tree, path)
                entry = entries[real.path]
            content = tree.blob(entry.oid, budget)
            budget -= len(content)
            if _SKIP_MARK in content:
                continue
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError as error:
                raise errors.InvalidArgument(f"{path}: not UTF-8") from error
            found.extend(self._documents.load(text, name=path, is_json=path.endswith(".json")))
        return found
