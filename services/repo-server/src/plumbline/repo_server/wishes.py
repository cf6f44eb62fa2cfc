"""Plan, fetch the charts that the plans ask for, plan again.

Called by the renderer. What the content of a source asks for is fetched with the credential that an
operator declared for it, if the project permits it; an error concerns only the sources that asked.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final, Protocol

from plumbline.core import errors, render
from plumbline.repo_server import access, failures
from plumbline.repo_server.batch import Batch
from plumbline.repo_server.charts import Charts
from plumbline.repo_server.planner import Planned

__all__ = ["fulfilled"]

_ROUNDS: Final = 3  # a chart of the repository may name charts, which name none further
_MAX_WANTS: Final = 500
_PARALLEL: Final = 8


class _Plan(Protocol):
    def __call__(self, charts: render.Charts, *, fresh: bool) -> Awaitable[list[Planned]]: ...


async def fulfilled(plan: _Plan, charts: Charts, batch: Batch) -> list[Planned]:
    """Return plans that ask for nothing more.

    Args:
        plan: plans the batch with the charts there are.
        charts: fetches.
        batch: the sources, and what may be fetched for them.
    """
    given: dict[render.ChartWant, render.ChartFound | errors.PlumblineError] = {}
    planned = await plan(given, fresh=batch.fresh)
    for _ in range(_ROUNDS):
        wants = _wants(planned)
        if not wants:
            break
        given.update(await _fetched(wants, charts, batch))
        planned = await plan(given, fresh=False)
    return planned


def _wants(planned: Sequence[Planned]) -> list[render.ChartWant]:
    return list(
        dict.fromkeys(
            want
            for item in planned
            if isinstance(item.error, render.ChartsNeeded)
            for want in item.error.wants
        )
    )


async def _fetched(
    wants: list[render.ChartWant], charts: Charts, batch: Batch
) -> dict[render.ChartWant, render.ChartFound | errors.PlumblineError]:
    slots = asyncio.Semaphore(_PARALLEL)

    async def one(want: render.ChartWant) -> render.ChartFound | errors.PlumblineError:
        try:
            async with slots:
                remote = access.dependency(want.repository, want.name, batch.charts)
                version = await charts.resolve(remote, want.version, fresh=batch.fresh)
                tree = await charts.tree(remote, version, fresh=batch.fresh)
        except errors.PlumblineError as error:
            return error
        except Exception as error:  # noqa: BLE001 -- the boundary of one source, as in the renderer
            return failures.unexpected(error, "chart failed unexpectedly")
        return render.ChartFound(version, tree.digest, tree)

    if len(wants) > _MAX_WANTS:
        error = errors.InvalidArgument(f"more than {_MAX_WANTS} charts are asked for in one call")
        return dict.fromkeys(wants, error)
    found = await asyncio.gather(*(one(want) for want in wants))
    return dict(zip(wants, found, strict=True))
