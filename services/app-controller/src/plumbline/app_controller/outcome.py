"""What becomes of a pass that failed: the one table from errors to retries.

Used by the controller's worker. Terminal errors wait for a change of the application, its sources
or its cluster; transient ones and bugs are tried again with backoff.
"""

import dataclasses

from plumbline.core import errors

__all__ = ["Result", "of_error"]


@dataclasses.dataclass(frozen=True)
class Result:
    """When to look at an application again, if nothing happens before."""

    requeue_after: float | None = None
    retry: bool = False


def of_error(error: Exception) -> Result:
    """Return what to do after an error."""
    if isinstance(error, errors.PlumblineError) and not error.transient:
        return Result()
    return Result(retry=True)
