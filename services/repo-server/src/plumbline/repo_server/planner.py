"""Plans of many sources of one commit, remembered while nothing they read has moved.

Called by the renderer, in a Git thread. A plan is reused when each path it depends on still has the
same object id: a few look-ups in place of reading kustomizations and charts.
"""

import dataclasses
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from plumbline.core import errors, render
from plumbline.repo_server import sops
from plumbline.repo_server.archives import ArchiveTree
from plumbline.repo_server.batch import Batch, Question
from plumbline.repo_server.remote import Remote
from plumbline.repo_server.tools import SourceTree, Tool, Trees

__all__ = ["Given", "Planned", "Planner"]

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
    place: bytes = b""
    """Names a question to the plugins that must be answered before there is a plan."""

    @property
    def source_type(self) -> str:
        """The contract's word for the type."""
        return self.plan.kind.value if self.plan is not None else ""

    @property
    def sharing(self) -> str:
        """The key with the source's directory, which errors name: equal sources share the key."""
        return f"{self.key}:{self.plan.path if self.plan is not None else ''}"


class Given(NamedTuple):
    """What planning needs to know beyond the trees, and cannot find out itself."""

    plugins: render.Plugins
    """Those that are there."""
    answers: Mapping[bytes, str | errors.PlumblineError]
    """Whose the sources are that an earlier call could not plan, by their place."""
    charts: render.Charts
    """What was fetched for these sources."""


class Planner:
    """Plans sources."""

    def __init__(
        self,
        tools: Mapping[render.SourceType, Tool],
        *,
        settings: render.Settings,
        keyrings: sops.Keyrings,
        has_chart: Callable[[str], bool],
        capacity: int = 20_000,
    ) -> None:
        """Take the tools that renders may use.

        Args:
            tools: by source type; a directory's is Jsonnet's.
            settings: limits of one render.
            keyrings: the keys of projects that allow decryption.
            has_chart: tells whether a fetched chart is still here, by its digest.
            capacity: plans remembered.
        """
        self._tools = tools
        self._settings = settings
        self._keyrings = keyrings
        self._has_chart = has_chart
        self._capacity = capacity
        self._known: OrderedDict[bytes, Planned] = OrderedDict()
        self._wide: OrderedDict[bytes, None] = OrderedDict()
        self._discovered: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()

    def plan_all(
        self,
        trees: Sequence[SourceTree | errors.PlumblineError],
        scopes: str,
        batch: Batch,
        *,
        archive: Callable[[str], ArchiveTree],
        given: Given,
    ) -> list[Planned]:
        """Plan each source; an error is a value, also that charts must be fetched first.

        Args:
            trees: the commit's tree, then those of the referenced repositories.
            scopes: the caller's view of these repositories; plans are not shared between views.
            batch: the sources.
            archive: returns a fetched chart.
            given: what was fetched and found out for these sources.
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
                given.plugins.names,
                given.plugins.discovering,
            ]
        )
        found = []
        root = _root(own) if given.plugins.discovering else b""
        for question in batch.questions:
            references = {name: trees[at + 1] for name, at in question.references.items()}
            place = _place(root, common, question) if root else b""
            owner = self._owner(place, given.answers)
            if isinstance(owner, errors.PlumblineError):
                found.append(Planned(error=owner))
                continue
            trees_of = Trees(own, references, archive)
            plugins = dataclasses.replace(given.plugins, found=owner)
            seen = given._replace(plugins=plugins)
            try:
                found.append(self._one(trees_of, common, batch, question, seen))
            except render.DiscoveryNeeded:
                found.append(Planned(place=place))
        return found

    def _owner(
        self, place: bytes, answers: Mapping[bytes, str | errors.PlumblineError]
    ) -> str | errors.PlumblineError | None:
        """Return the plugin whose a source is, empty if nobody's, ``None`` if not yet known."""
        answer = answers.get(place)
        with self._lock:
            if isinstance(answer, str):
                self._discovered[place] = answer
                while len(self._discovered) > self._capacity:
                    self._discovered.popitem(last=False)
            return self._discovered.get(place) if answer is None else answer

    def _one(
        self,
        trees: Trees,
        common: bytes,
        batch: Batch,
        question: Question,
        given: Given,
    ) -> Planned:
        try:
            # Not asked yet is another answer than nobody's: a file elsewhere may decide it.
            seen = [given.plugins.found, self._keyring(question)]
            memo = _memo(common + orjson.dumps(seen), question)
            with self._lock:
                known = self._known.get(memo)
            if known is not None and self._holds(known, trees, question):
                return known
            made = self._fresh(trees, batch, question, memo, given)
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
        self, trees: Trees, batch: Batch, question: Question, memo: bytes, given: Given
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
            plugins=given.plugins,
            charts=given.charts,
            settings=settings,
        )
        if memo in self._wide and plan.exact:
            plan = render.plan_wider(trees.own, plan) or plan
        return self._keyed(plan, batch, question, memo)

    def _keyring(self, question: Question) -> str:
        """Name the keys that the source's files may be decrypted with; empty: none are."""
        context = question.context
        return self._keyrings.of(context.project).id if context.decrypt else ""

    def _keyed(self, plan: render.Plan, batch: Batch, question: Question, memo: bytes) -> Planned:
        context = question.context
        if plan.kind is render.SourceType.DIRECTORY and plan.jsonnet is None:
            key = render.render_key(
                plan, tools={}, keyring=self._keyring(question), reading=batch.reading()
            )
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
        key = render.render_key(
            plan,
            tools=digests,
            build_options=options,
            keyring=self._keyring(question),
            reading=batch.reading(),
        )
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
    asks = plan.helm is not None or plan.inflation is not None or plan.plugin is not None
    if asks and (
        (before.kube_version, before.api_versions) != (now.kube_version, now.api_versions)
    ):
        return False
    return plan.holds_in(trees.own, trees.references)


def _root(tree: SourceTree) -> bytes:
    """Return what names the whole tree."""
    entries = tree.children("") or {}
    text = orjson.dumps([(name, entry.oid) for name, entry in sorted(entries.items())])
    return hashlib.blake2b(text, digest_size=16).digest()


def _place(root: bytes, common: bytes, question: Question) -> bytes:
    """Name what a plugin's discovery sees: the files and variables, but for the revision."""
    cluster = [question.context.kube_version, list(question.context.api_versions)]
    return _memo(b"\x00".join((b"discovery", root, common, orjson.dumps(cluster))), question)


def _memo(common: bytes, question: Question) -> bytes:
    context = question.context
    head = orjson.dumps(
        [
            context.app_name,
            context.app_namespace,
            context.project,
            context.generate_paths,
            context.decrypt,
            question.build_options,
            sorted(question.references.items()),
        ]
    )
    text = b"\x00".join((common, question.source_json, head))
    return hashlib.blake2b(text, digest_size=16).digest()
