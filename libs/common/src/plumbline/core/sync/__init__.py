"""The plan of a sync: what is written, in which order, as a value.

Made by :func:`plan` from target and live objects; carried out by the controller's executor, which
adds nothing to it. Sources: config.md sections 10 and 11 (options, hooks, order), behaviour.md
sections 3 (texts) and 5 (phase of a hook). Total and deterministic: equal inputs in any order give
the same plan.
"""

from plumbline.core.sync._hooks import (
    HOOK_FINALIZER,
    PHASES,
    RUN_MARK,
    HookRun,
    hook_object,
    hook_phases,
    hook_policies,
    hook_result,
    is_hook,
    is_run_of,
    run_mark,
    runs_to_an_end,
)
from plumbline.core.sync._migrate import CLIENT_SIDE_MANAGERS, migrated_fields
from plumbline.core.sync._options import (
    Method,
    Options,
    method_of,
    parse_options,
    resource_options,
)
from plumbline.core.sync._plan import (
    KIND_ORDER,
    Plan,
    PlanError,
    Request,
    Task,
    Wave,
    plan,
    wave_of,
)
from plumbline.core.sync._progress import operation_text, waiting_text
from plumbline.core.sync._respect import keep_ignored

__all__ = [
    "CLIENT_SIDE_MANAGERS",
    "HOOK_FINALIZER",
    "KIND_ORDER",
    "PHASES",
    "RUN_MARK",
    "HookRun",
    "Method",
    "Options",
    "Plan",
    "PlanError",
    "Request",
    "Task",
    "Wave",
    "hook_object",
    "hook_phases",
    "hook_policies",
    "hook_result",
    "is_hook",
    "is_run_of",
    "keep_ignored",
    "method_of",
    "migrated_fields",
    "operation_text",
    "parse_options",
    "plan",
    "resource_options",
    "run_mark",
    "runs_to_an_end",
    "waiting_text",
    "wave_of",
]
