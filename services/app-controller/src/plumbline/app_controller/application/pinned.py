"""Render an application's sources once, at given revisions, without following them.

Called by :class:`desired.DesiredState` for a sync to another revision, for a rollback and for the
manifests of a revision. Nothing here is polled or remembered.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple

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

__all__ = ["Server", "render_at"]

Commit = str | errors.PlumblineError


class _Place(NamedTuple):
    url: str
    project: str
    revision: str
    tag_prefix: str
    chart: str
    pass_credentials: bool


class Server(NamedTuple):
    """The repo-server, and what is sent along with a question."""

    calls: RepoServer
    credential: Callable[[str, str], repositories.Repository]
    charts: Callable[[str], repositories.ChartAccess]

    def opened(self, place: _Place) -> repositories.Repository:
        """Return what opens a place."""
        return opened(
            self.credential,
            place.url,
            place.project,
            chart=place.chart,
            pass_credentials=place.pass_credentials,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Once:
    """One source at its place, and the render of it that is held already."""

    id: str
    place: _Place
    source: WantedSource
    held: Rendered | None


async def render_at(
    server: Server,
    app: AppKey,
    wanted: Sequence[tuple[WantedSource, str, Rendered | None]],
    *,
    no_cache: bool,
    submodules: Callable[[str], repositories.OpenedSubmodules],
) -> list[SourceState]:
    """Return the state of each source at its revision, in order; an error is a state.

    Args:
        server: the repo-server.
        app: whose sources they are.
        wanted: each source, the revision to render (empty: its own), and a render of it that is
            held, so that an unchanged one is not sent again.
        no_cache: render anew.
        submodules: what learns the submodules of a repository for a project.
    """
    asked = [
        _Once(
            id=f"{app.namespace}/{app.name}/{index}",
            place=_Place(
                source.repo_url,
                source.project,
                revision or source.revision,
                source.tag_prefix,
                source.chart,
                source.pass_credentials,
            ),
            source=source,
            held=held,
        )
        for index, (source, revision, held) in enumerate(wanted)
    ]
    places = list(dict.fromkeys(once.place for once in asked))
    found = await asyncio.gather(*(_resolve(server, place, no_cache=no_cache) for place in places))
    commits = dict(zip(places, found, strict=True))
    states = await asyncio.gather(
        *(
            _render(
                server,
                once,
                commits[once.place],
                references=tuple(_references(server, once, asked, commits)),
                no_cache=no_cache,
                submodules=submodules(once.source.project),
            )
            for once in asked
        )
    )
    return list(states)


async def _resolve(
    server: Server,
    place: _Place,
    *,
    no_cache: bool,
) -> Commit:
    try:
        return await server.calls.resolve(
            server.opened(place), place.revision, no_cache=no_cache, tag_prefix=place.tag_prefix
        )
    except errors.PlumblineError as error:
        return error


async def _render(
    server: Server,
    once: _Once,
    commit: Commit,
    *,
    references: tuple[Reference, ...],
    no_cache: bool,
    submodules: repositories.OpenedSubmodules,
) -> SourceState:
    if isinstance(commit, errors.PlumblineError):
        return SourceState(error=commit)
    unanswered = errors.Unavailable("the repo-server did not answer for this source")
    try:
        while True:
            question = SourceQuestion(
                once.id,
                once.source,
                once.held.key if once.held is not None and not no_cache else "",
                no_cache,
                references,
                submodules.opened(),
                server.charts(once.place.project),
            )
            answers = server.calls.render(
                server.opened(once.place), once.place.revision, commit=commit, questions=[question]
            )
            answer = await _answer_of(once, answers)
            if answer is None:
                return SourceState(error=unanswered)
            if submodules.learn(answer.submodules):
                continue
            refusal = submodules.refusal(answer.submodules)
            return SourceState(error=refusal) if refusal else _state(answer, once.held)
    except errors.PlumblineError as error:
        return SourceState(error=error)


async def _answer_of(once: _Once, answers: AsyncIterator[SourceAnswer]) -> SourceAnswer | None:
    async for answer in answers:
        if answer.id == once.id:
            return answer
    return None


def _references(
    server: Server,
    once: _Once,
    asked: Sequence[_Once],
    commits: dict[_Place, Commit],
) -> list[Reference]:
    found: list[Reference] = []
    if not once.source.may_refer:
        return found
    for other in asked:
        if other is once or not other.source.ref:
            continue
        commit = commits[other.place]
        known = "" if isinstance(commit, errors.PlumblineError) else commit
        place = other.place
        repository = server.opened(place)
        found.append(
            Reference(other.source.ref, repository, place.revision, known, place.tag_prefix)
        )
    return found


def _state(answer: SourceAnswer, held: Rendered | None) -> SourceState:
    if answer.error is not None:
        return SourceState(error=answer.error)
    rendered = answer.rendered
    if rendered is None and held is not None:
        rendered = dataclasses.replace(held, commit=answer.commit)
    return SourceState(rendered=rendered)
