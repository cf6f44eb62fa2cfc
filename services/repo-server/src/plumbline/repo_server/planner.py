"""Plans of many sources of one commit, remembered while nothing they read has moved.

Called by the renderer, in a Git thread. A plan is reused when each path it depends on still has the
same object id: a few look-ups in place of reading kustomizations and charts.
"""

import dataclasses
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import orjson

from plumbline.core import errors, render
from plumbline.repo_server.archives import ArchiveTree
from plumbline.repo_server.batch import Batch, Question
from plumbline.repo_server.remote import Remote
from plumbline.repo_server.tools import SourceTree, Tool, Trees

__all__ = ["Planned", "Planner"]

_NO_CHARTS: Final[render.Charts] = {}
_INFLATE: Final = "--enable-helm"
_WIDENED: Final = 10_000  # sources remembered whose closure was too narrow


@dataclasses.dataclass(frozen=True)
class Planned:
    """A plan with its key and tool, or the error of planning."""

    plan: render.Plan | None = None
    key: str = ""
    options: tuple[str, ...] = ()
    tool: Tool | None = None
    error: errors.PlumblineError | None = None
    memo: bytes = b""
    context: render.Context | None = None

    @property
    def source_type(self) -> str:
        """The contract's word for the type."""
        return self.plan.kind.value if self.plan is not None else ""

    @property
    def place(self) -> str:
        """The key with the source's directory, which errors name: equal sources share the key."""
        return f"{self.key}:{self.plan.path if self.plan is not None else ''}"


class Planner:
    """Plans sources."""

    def __init__(
        self,
        tools: Mapping[render.SourceType, Tool],
        *,
        settings: render.Settings,
        has_chart: Callable[[str], bool],
        capacity: int = 20_000,
    ) -> None:
        """Take the tools that renders may use.

        Args:
            tools: by source type; a directory's is Jsonnet's.
            settings: limits of one render.
            has_chart: tells whether a fetched chart is still here, by its digest.
            capacity: plans remembered.
        """
        self._tools = tools
        self._settings = settings
        self._has_chart = has_chart
        self._capacity = capacity
        self._known: OrderedDict[bytes, Planned] = OrderedDict()
        self._wide: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def plan_all(
        self,
        trees: Sequence[SourceTree | errors.PlumblineError],
        scopes: str,
        batch: Batch,
        *,
        archive: Callable[[str], ArchiveTree],
        charts: render.Charts = _NO_CHARTS,
    ) -> list[Planned]:
        """Plan each source; an error is a value, also that charts must be fetched first.

        Args:
            trees: the commit's tree, then those of the referenced repositories.
            scopes: the caller's view of these repositories; plans are not shared between views.
            batch: the sources.
            archive: returns a fetched chart.
            charts: what was fetched for these sources.
        """
        own = trees[0]
        if isinstance(own, errors.PlumblineError):
            return [Planned(error=own) for _ in batch.questions]
        settings = batch.settings
        common = orjson.dumps(
            [
                scopes,
                sorted(settings.disabled),
                settings.build_options,
                settings.versions,
                settings.version_options,
            ]
        )
        found = []
        for question in batch.questions:
            references = {name: trees[at + 1] for name, at in question.references.items()}
            memo = _memo(common, question)
            found.append(self._one(Trees(own, references, archive), memo, batch, question, charts))
        return found

    def _one(
        self, trees: Trees, memo: bytes, batch: Batch, question: Question, charts: render.Charts
    ) -> Planned:
        with self._lock:
            known = self._known.get(memo)
        try:
            if known is not None and self._holds(known, trees, question):
                return known
            made = self._fresh(trees, batch, question, memo, charts)
        except errors.PlumblineError as error:
            return Planned(error=error)
        self._remember(memo, made)
        return made

    def _remember(self, memo: bytes, made: Planned) -> None:
        with self._lock:
            self._known[memo] = made
            self._known.move_to_end(memo)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)

    def _holds(self, known: Planned, trees: Trees, question: Question) -> bool:
        charts = known.plan.charts if known.plan is not None else ()
        if charts and (question.no_cache or not all(self._has_chart(c.digest) for c in charts)):
            # A version in a range, or a version's archive, may be another now.
            return False
        return _holds(known, trees, question)

    def _fresh(
        self, trees: Trees, batch: Batch, question: Question, memo: bytes, charts: render.Charts
    ) -> Planned:
        source = render.decode_source(question.source_json)
        if source.chart and not isinstance(batch.repository, Remote):
            raise errors.InvalidArgument(
                f"chart {source.chart[:200]!r}: {source.repo_url[:200]} was opened as a Git"
                " repository, which has no charts by name"
            )
        kustomize = source.kustomize or render.KustomizeOptions()
        options = question.build_options or batch.settings.options_of(kustomize.version)
        settings = dataclasses.replace(
            batch.settings.planning(self._settings), inflate=_INFLATE in options
        )
        plan = render.plan(
            trees.own,
            source,
            context=question.context,
            references=trees.references,
            charts=charts,
            settings=settings,
        )
        if memo in self._wide and plan.exact:
            plan = render.plan_wider(trees.own, plan) or plan
        return self._keyed(plan, batch, question, memo)

    def _keyed(self, plan: render.Plan, batch: Batch, question: Question, memo: bytes) -> Planned:
        context = question.context
        if plan.kind is render.SourceType.DIRECTORY and plan.jsonnet is None:
            key = render.render_key(plan, tools={}, reading=batch.reading())
            return Planned(plan, key, memo=memo, context=context)
        tool = self._tools.get(plan.kind)
        if tool is None:
            what = "Jsonnet" if plan.jsonnet is not None else plan.kind.value
            raise errors.FailedPrecondition(f"no tool for source type {what}")
        kustomize = plan.source.kustomize or render.KustomizeOptions()
        tool = tool.version(kustomize.version, dict(batch.settings.versions))
        options = tool.check_options(
            question.build_options or batch.settings.options_of(kustomize.version)
        )
        helm = self._tools.get(render.SourceType.HELM)
        digests = {"helm": helm.digest if helm is not None else "", tool.name: tool.digest}
        key = render.render_key(plan, tools=digests, build_options=options, reading=batch.reading())
        return Planned(plan, key, options, tool, memo=memo, context=context)

    def widened(
        self, plan: render.Plan, batch: Batch, question: Question, before: Planned
    ) -> Planned:
        """Return and remember the plan that succeeded where a narrower one had not."""
        made = self._keyed(plan, batch, question, before.memo)
        with self._lock:
            self._wide[before.memo] = None
            while len(self._wide) > _WIDENED:
                self._wide.popitem(last=False)
        self._remember(before.memo, made)
        return made


def _holds(known: Planned, trees: Trees, question: Question) -> bool:
    plan, before, now = known.plan, known.context, question.context
    if plan is None or before is None or (plan.uses_revision and before.revision != now.revision):
        return False
    if (plan.helm is not None or plan.inflation is not None) and (
        (before.kube_version, before.api_versions) != (now.kube_version, now.api_versions)
    ):
        return False
    return plan.holds_in(trees.own, trees.references)


def _memo(common: bytes, question: Question) -> bytes:
    context = question.context
    head = orjson.dumps(
        [
            context.app_name,
            context.app_namespace,
            context.project,
            question.build_options,
            sorted(question.references.items()),
        ]
    )
    text = b"\x00".join((common, question.source_json, head))
    return hashlib.blake2b(text, digest_size=16).digest()
