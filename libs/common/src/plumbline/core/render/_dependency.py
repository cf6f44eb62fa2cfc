"""Charts that the content of a source asks for: wanted while planning, fetched by the caller.

Planning never waits. A plan that needs a chart which was not given says so by
:class:`ChartsNeeded`; the repo-server fetches, under the project's rules, and plans again.
"""

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

from plumbline.core import errors
from plumbline.core.render import _tree

__all__ = ["ChartFound", "ChartUse", "ChartWant", "Charts", "ChartsNeeded", "Wishes"]


class ChartWant(NamedTuple):
    """A chart by the address, name and version (or range) that a file in the source gives."""

    repository: str
    """A URL, or ``@name`` or ``alias:name`` of a declared repository."""
    name: str
    version: str


@dataclasses.dataclass(frozen=True)
class ChartFound:
    """A chart that was fetched."""

    version: str
    digest: str
    """SHA-256 of its archive."""
    tree: _tree.Tree


class ChartUse(NamedTuple):
    """Where a fetched chart is put for the render."""

    place: str
    """Path of the archive, or of the chart's directory."""
    digest: str
    files: tuple[tuple[str, _tree.Entry], ...] = ()
    """What is written below the place; empty: the archive itself is."""


Charts = Mapping[ChartWant, "ChartFound | errors.PlumblineError"]


class ChartsNeeded(errors.FailedPrecondition):
    """The plan depends on charts that were not given."""

    def __init__(self, wants: tuple[ChartWant, ...]) -> None:
        names = ", ".join(sorted(f"{want.name} {want.version}" for want in wants))
        super().__init__(f"charts must be fetched first: {names[:500]}")
        self.wants = wants


class Wishes:
    """Gathers the charts of one plan: those that are there, and those still wanted."""

    def __init__(self, charts: Charts) -> None:
        self._charts = charts
        self._wanted: dict[ChartWant, None] = {}
        self._uses: dict[str, ChartUse] = {}

    def find(self, want: ChartWant) -> ChartFound | None:
        """Return a chart, or None after noting that it is wanted.

        Raises:
            errors.PlumblineError: what became of fetching it.
        """
        found = self._charts.get(want)
        if isinstance(found, errors.PlumblineError):
            raise found
        if found is None:
            self._wanted[want] = None
        return found

    def use(self, use: ChartUse) -> None:
        """Note where a chart is put.

        Raises:
            errors.InvalidArgument: another chart is there.
        """
        known = self._uses.setdefault(use.place, use)
        if known.digest != use.digest:
            raise errors.InvalidArgument(f"two different charts are to be put at {use.place}")

    def finish(self) -> tuple[ChartUse, ...]:
        """Return where charts are put, sorted.

        Raises:
            ChartsNeeded: some were not given.
        """
        if self._wanted:
            raise ChartsNeeded(tuple(self._wanted))
        return tuple(self._uses[place] for place in sorted(self._uses))
