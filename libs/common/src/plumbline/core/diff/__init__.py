"""The comparison: does the live object follow the desired one, and where not?

Used by the controller (sync status, plans), the api-server (diff views) and the CLI. Values in,
values out: callers bring the live object, the cluster's schema and the settings. Must not know how
objects are read or written; merging itself lives in ``core.patch``.
"""

from plumbline.core.diff.apply import (
    Create,
    Patch,
    Request,
    Unchanged,
    client_side_apply,
    last_applied_text,
)
from plumbline.core.diff.ignore import IgnoreRule, compile_rules, pointers_for
from plumbline.core.diff.mask import mask_secrets
from plumbline.core.diff.normalise import (
    LAST_APPLIED,
    IgnoreStatus,
    KnownField,
    Options,
    drop_server_fields,
    last_applied_of,
)
from plumbline.core.diff.threeway import FROM_ANNOTATION, FromAnnotation, three_way, two_way
from plumbline.core.diff.value import ABSENT, Absent, Diff, Item, Keyed, Owner, Path, path_text

__all__ = [
    "ABSENT",
    "FROM_ANNOTATION",
    "LAST_APPLIED",
    "Absent",
    "Create",
    "Diff",
    "FromAnnotation",
    "IgnoreRule",
    "IgnoreStatus",
    "Item",
    "Keyed",
    "KnownField",
    "Options",
    "Owner",
    "Patch",
    "Path",
    "Request",
    "Unchanged",
    "client_side_apply",
    "compile_rules",
    "drop_server_fields",
    "last_applied_of",
    "last_applied_text",
    "mask_secrets",
    "path_text",
    "pointers_for",
    "three_way",
    "two_way",
]
