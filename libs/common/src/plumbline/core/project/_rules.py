"""The rules of an AppProject, each a question with a yes or a no."""

from collections.abc import Iterable
from typing import Final

import msgspec

from plumbline.core import clusters, errors, pattern, repositories
from plumbline.core.model import Destination, GroupKind, Project, ProjectSpec, ResourceRule

__all__ = [
    "DEFAULT_PROJECT",
    "permits_destination",
    "permits_namespace",
    "permits_resource",
    "permits_source",
    "permits_source_namespace",
    "permits_url",
    "with_global_projects",
]

DEFAULT_PROJECT: Final = ProjectSpec(
    source_repos=["*"],
    destinations=[Destination(server="*", namespace="*")],
    cluster_resource_whitelist=[ResourceRule(group="*", kind="*")],
)
"""The project ``default`` as created at the first start (behaviour.md section 9)."""


def permits_source(project: Project, url: str) -> bool:
    """Whether a repository may be used; ``!pattern`` denies and wins."""
    return permits_url(project.spec.source_repos, url)


def permits_url(rules: Iterable[str], url: str) -> bool:
    """Whether the source rules of a project permit a repository."""
    wanted = repositories.normalise_url(url)
    allowed = False
    for rule in rules:
        if rule.startswith("!"):
            if _matches_url(rule[1:], wanted):
                return False
        elif rule == "*" or _matches_url(rule, wanted):
            allowed = True
    return allowed


def _matches_url(rule: str, wanted: str) -> bool:
    return rule == "*" or pattern.match(repositories.normalise_url(rule), wanted, separator="/")


def _matches_destination(rule: Destination, cluster: clusters.Cluster) -> bool:
    """Whether the cluster half of a rule matches: by server where it names one, else by name."""
    if rule.server:
        return pattern.match(rule.server.removeprefix("!"), cluster.server)
    return bool(rule.name) and pattern.match(rule.name.removeprefix("!"), cluster.name)


def _denies(text: str) -> bool:
    return text.startswith("!")


def permits_destination(project: Project, cluster: clusters.Cluster, namespace: str) -> bool:
    """Whether a cluster and a namespace may be written to; a rule with ``!`` denies and wins."""
    if project.spec.permit_only_project_scoped_clusters:
        if cluster.project != project.metadata.name:
            return False
    elif cluster.project and cluster.project != project.metadata.name:
        return False
    allowed = False
    for rule in project.spec.destinations:
        where = _matches_destination(rule, cluster)
        which = pattern.match(rule.namespace.removeprefix("!"), namespace)
        if _denies(rule.server) or _denies(rule.name) or _denies(rule.namespace):
            if where and which:
                return False
        elif where and which:
            allowed = True
    return allowed


def _listed(rules: Iterable[ResourceRule], kind: GroupKind, name: str = "") -> bool:
    return any(
        pattern.match(rule.group, kind.group)
        and pattern.match(rule.kind, kind.kind)
        and (not rule.name or pattern.match(rule.name, name))
        for rule in rules
    )


def permits_resource(project: Project, kind: GroupKind, *, namespaced: bool, name: str) -> bool:
    """Whether a kind may be managed, by the lists of its scope; black lists win.

    The white list of namespaced kinds allows everything when absent and nothing when empty; the
    one of cluster-wide kinds allows nothing unless it says so.
    """
    spec = project.spec
    if namespaced:
        allowed = spec.namespace_resource_whitelist
        if allowed is not None and not _listed(allowed, kind):
            return False
        return not _listed(spec.namespace_resource_blacklist, kind)
    if not _listed(spec.cluster_resource_whitelist, kind, name):
        return False
    return not _listed(spec.cluster_resource_blacklist, kind, name)


def permits_namespace(project: Project, cluster: clusters.Cluster, namespace: str) -> bool:
    """Whether a namespaced object may live in a namespace of the cluster."""
    return permits_destination(project, cluster, namespace)


def permits_source_namespace(
    project: Project, namespace: str, *, control_plane_namespace: str
) -> bool:
    """Whether Applications of a namespace may use the project; the control plane's always may."""
    if namespace in ("", control_plane_namespace):
        return True
    return any(_matches_name(rule, namespace) for rule in project.spec.source_namespaces)


def _matches_name(rule: str, name: str) -> bool:
    if len(rule) > 2 and rule.startswith("/") and rule.endswith("/"):
        # A project's owner writes it and every pass asks it: matching must be linear in time.
        try:
            return pattern.compile_regex(f"^(?:{rule[1:-1]})$").search(name)
        except errors.InvalidArgument:
            return False
    return pattern.match(rule, name)


def with_global_projects(project: Project, inherited: Iterable[Project]) -> Project:
    """Return the project with the lists of global projects appended (behaviour.md section 9)."""
    spec = project.spec
    for other in inherited:
        more = other.spec
        allowed = spec.namespace_resource_whitelist
        if more.namespace_resource_whitelist is not None:
            allowed = [*(allowed or []), *more.namespace_resource_whitelist]
        spec = msgspec.structs.replace(
            spec,
            source_repos=[*spec.source_repos, *more.source_repos],
            destinations=[*spec.destinations, *more.destinations],
            cluster_resource_whitelist=[
                *spec.cluster_resource_whitelist,
                *more.cluster_resource_whitelist,
            ],
            cluster_resource_blacklist=[
                *spec.cluster_resource_blacklist,
                *more.cluster_resource_blacklist,
            ],
            namespace_resource_whitelist=allowed,
            namespace_resource_blacklist=[
                *spec.namespace_resource_blacklist,
                *more.namespace_resource_blacklist,
            ],
            sync_windows=[*spec.sync_windows, *more.sync_windows],
            destination_service_accounts=[
                *spec.destination_service_accounts,
                *more.destination_service_accounts,
            ],
        )
    return msgspec.structs.replace(project, spec=spec)
