"""Plans of many sources of one commit, remembered while nothing they read has moved.

Called by the renderer, in a Git thread. A plan is reused when each path it depends on still has the
same object id: a few look-ups in place of reading kustomizations.
"""

import dataclasses
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import structlog

from plumbline.core import errors, render
from plumbline.repo_server.tools import Tool

__all__ = ["Planned", "Planner", "Question"]

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """One source, and the render its caller holds."""

    id: str
    source_json: bytes
    app_name: str = ""
    known_key: str = ""
    no_cache: bool = False
    build_options: str = ""


@dataclasses.dataclass(frozen=True)
class Planned:
    """A plan with its key, or the error of planning."""

    plan: render.Plan | None = None
    key: str = ""
    options: tuple[str, ...] = ()
    error: errors.PlumblineError | None = None

    @property
    def source_type(self) -> str:
        """The contract's word for the type."""
        return self.plan.kind.value if self.plan is not None else ""


class Planner:
    """Plans sources."""

    def __init__(
        self,
        tools: Mapping[render.SourceType, Tool],
        *,
        settings: render.Settings,
        capacity: int = 20_000,
    ) -> None:
        """Take the tools that renders may use.

        Args:
            tools: by source type.
            settings: limits of one render.
            capacity: plans remembered.
        """
        self._tools = tools
        self._settings = settings
        self._capacity = capacity
        self._known: OrderedDict[bytes, Planned] = OrderedDict()
        self._lock = threading.Lock()

    def plan_all(
        self, tree: render.Tree, scope: str, questions: Sequence[Question]
    ) -> list[Planned]:
        """Plan each source; an error is a value.

        Args:
            tree: the commit's tree.
            scope: the caller's view of the repository; plans are not shared between views.
            questions: the sources.
        """
        return [self._one(tree, scope, question) for question in questions]

    def _one(self, tree: render.Tree, scope: str, question: Question) -> Planned:
        parts = (scope.encode(), question.source_json, question.app_name.encode())
        text = b"\x00".join((*parts, question.build_options.encode()))
        memo = hashlib.blake2b(text, digest_size=16).digest()
        with self._lock:
            known = self._known.get(memo)
        if known is not None and known.plan is not None and known.plan.reads.holds_in(tree):
            return known
        try:
            made = self._fresh(tree, question)
        except errors.PlumblineError as error:
            return Planned(error=error)
        with self._lock:
            self._known[memo] = made
            self._known.move_to_end(memo)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return made

    def _fresh(self, tree: render.Tree, question: Question) -> Planned:
        source = render.decode_source(question.source_json)
        plan = render.plan(tree, source, app_name=question.app_name, settings=self._settings)
        tool = self._tools.get(plan.kind)
        if tool is None:
            if plan.kind is not render.SourceType.DIRECTORY:
                raise errors.FailedPrecondition(f"no tool for source type {plan.kind.value}")
            return Planned(plan, render.render_key(plan, tools={}))
        options = tool.check_options(question.build_options)
        key = render.render_key(plan, tools={tool.name: tool.digest}, build_options=options)
        return Planned(plan, key, options)
