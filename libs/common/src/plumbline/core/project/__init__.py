"""What an application may do: AppProject rules, and the grants without which nothing is written.

Used by the controller before it renders, before it plans and before every write, and by the
api-server for created applications. Rules: behaviour.md section 9; texts: section 2. A
``WriteGrant`` is the proof that the check was made; only :func:`grant` makes one, and the write
door of ``plumbline.kube`` takes nothing else (security.md, control "proof-carrying writes").
"""

from plumbline.core.project._check import check_project
from plumbline.core.project._grant import WriteGrant, grant, grant_internal
from plumbline.core.project._inherit import (
    GlobalProject,
    inherited_projects,
    parse_global_projects,
    whole_project,
)
from plumbline.core.project._rules import (
    DEFAULT_PROJECT,
    permits_destination,
    permits_namespace,
    permits_resource,
    permits_source,
    permits_source_namespace,
    permits_url,
    with_global_projects,
)
from plumbline.core.project._validate import validate

__all__ = [
    "DEFAULT_PROJECT",
    "GlobalProject",
    "WriteGrant",
    "check_project",
    "grant",
    "grant_internal",
    "inherited_projects",
    "parse_global_projects",
    "permits_destination",
    "permits_namespace",
    "permits_resource",
    "permits_source",
    "permits_source_namespace",
    "permits_url",
    "validate",
    "whole_project",
    "with_global_projects",
]
