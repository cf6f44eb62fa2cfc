"""Merging objects as Kubernetes does: JSON pointers and patches, strategic merge patch.

Shared by the comparison (``core.diff``: what would an apply change?) and the apply path (what to
send). Pure algorithms over JSON trees and a schema; nothing here knows about applications,
tracking or ignoring. Inputs are never changed in place: results share their unchanged parts, so
callers must not change what they get either.
"""

from plumbline.core.patch import builtin
from plumbline.core.patch.equality import canonical, equivalent, fill_defaults
from plumbline.core.patch.jsonpatch import apply_json_patch
from plumbline.core.patch.merge import apply_merge_patch, create_merge_patch
from plumbline.core.patch.openapi import compile_documents
from plumbline.core.patch.pointer import Pointer, parse_pointer, remove
from plumbline.core.patch.scalars import same_scalar
from plumbline.core.patch.schema import ANY, NO_SCHEMA, Facts, Kinds, Node, Schema
from plumbline.core.patch.strategic import apply_strategic_patch, refuse_directives
from plumbline.core.patch.threeway import three_way_patch

__all__ = [
    "ANY",
    "NO_SCHEMA",
    "Facts",
    "Kinds",
    "Node",
    "Pointer",
    "Schema",
    "apply_json_patch",
    "apply_merge_patch",
    "apply_strategic_patch",
    "builtin",
    "canonical",
    "compile_documents",
    "create_merge_patch",
    "equivalent",
    "fill_defaults",
    "parse_pointer",
    "refuse_directives",
    "remove",
    "same_scalar",
    "three_way_patch",
]
