"""The plan of a sync: what is written, in which order, as a value.

Made by :func:`plan` from target and live objects; carried out by the controller's executor, which
adds nothing to it. Sources: config.md sections 10 and 11 (options, order), behaviour.md section 3
(texts). Total and deterministic: equal inputs in any order give the same plan.
"""

from plumbline.core.sync._options import Options, parse_options, resource_options
from plumbline.core.sync._plan import (
    KIND_ORDER,
    Plan,
    PlanError,
    Task,
    Wave,
    is_hook,
    plan,
    wave_of,
)

__all__ = [
    "KIND_ORDER",
    "Options",
    "Plan",
    "PlanError",
    "Task",
    "Wave",
    "is_hook",
    "parse_options",
    "plan",
    "resource_options",
    "wave_of",
]
