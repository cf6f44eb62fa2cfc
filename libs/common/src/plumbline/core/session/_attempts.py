"""Whether a login attempt may be made, before its password is compared.

For names that are accounts, failures are kept in the shared state; here are only the attempts whose
outcome is not written yet, so that parallel attempts cannot pass the limit together. Names that are
no accounts never succeed: they are limited so that they answer alike, and forgetting one is
harmless, so a flood of names takes bounded memory and evicts nothing that matters.
"""

import enum
from collections import OrderedDict
from collections.abc import Mapping

from plumbline.core.session._state import Limits

__all__ = ["Admission", "Attempts"]


class Admission(enum.Enum):
    """What an attempt may do."""

    REFUSED = "refused"
    FREE = "free"
    """The first after a clean time: compare, and record a failure afterwards."""
    RESERVE = "reserve"
    """Others failed or are under way: reserve a place in the shared state first."""


class Attempts:
    """Attempts whose outcome is not known, and recent ones at names that do not exist."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, dict[str, float]] = {}
        self._guesses: OrderedDict[str, list[float]] = OrderedDict()

    def begin(
        self, name: str, identifier: str, now: float, stored: Mapping[str, float]
    ) -> Admission:
        """Count an attempt at an account; :meth:`end` it unless it is refused.

        Args:
            name: the account.
            identifier: of this attempt, unique.
            now: seconds since the epoch.
            stored: the account's failures in the shared state, by identifier.
        """
        since = now - self._limits.window
        mine = {i: at for i, at in self._open.pop(name, {}).items() if at > since}
        if mine:
            self._open[name] = mine
        count = sum(1 for at in ({**stored, **mine}).values() if at > since)
        if count >= self._limits.failures:
            return Admission.REFUSED
        self._open.setdefault(name, {})[identifier] = now
        return Admission.RESERVE if count else Admission.FREE

    def end(self, name: str, identifier: str) -> None:
        """Forget an attempt: it succeeded, or the shared state holds it."""
        mine = self._open.get(name, {})
        mine.pop(identifier, None)
        if not mine:
            self._open.pop(name, None)

    def guess(self, name: str, now: float) -> Admission:
        """Count an attempt at a name that is no account."""
        since = now - self._limits.window
        recent = [at for at in self._guesses.pop(name, []) if at > since]
        refused = len(recent) >= self._limits.failures
        self._guesses[name] = recent if refused else [*recent, now]
        while len(self._guesses) > self._limits.names:
            self._guesses.popitem(last=False)
        return Admission.REFUSED if refused else Admission.FREE

    def __len__(self) -> int:
        return len(self._guesses) + sum(map(len, self._open.values()))
