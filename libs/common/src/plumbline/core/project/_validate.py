"""Is an application's specification acceptable? The texts are the contract's (section 2)."""

from plumbline.core import clusters
from plumbline.core.model import Application, Project, Source
from plumbline.core.project import _rules

__all__ = ["validate"]


def validate(
    app: Application,
    project: Project | None,
    cluster: clusters.Cluster | None,
    *,
    control_plane_namespace: str,
) -> list[str]:
    """Return the messages of InvalidSpecError conditions; none if all is well.

    Args:
        app: the application.
        project: its project; ``None`` if it does not exist.
        cluster: its resolved destination; ``None`` skips the destination's check.
        control_plane_namespace: where applications may use every project.
    """
    found = [
        message
        for source in app.spec.all_sources
        for message in _source(source, several=bool(app.spec.sources))
    ]
    if not app.spec.all_sources:
        found.append(
            "spec.source.repoURL and either spec.source.path or spec.source.chart are required"
        )
    name = app.spec.project or "default"
    if project is None:
        return [*found, f"Application referencing project {name} which does not exist"]
    namespace = app.metadata.namespace
    if not _rules.permits_source_namespace(
        project, namespace, control_plane_namespace=control_plane_namespace
    ):
        found.append(
            f"application '{app.metadata.name}' in namespace '{namespace}'"
            f" is not permitted to use project '{name}'"
        )
    found += [
        f"application repo {source.repo_url} is not permitted in project '{name}'"
        for source in app.spec.all_sources
        if source.repo_url and not _rules.permits_source(project, source.repo_url)
    ]
    destination = app.spec.destination
    if cluster is not None and not _rules.permits_destination(
        project, cluster, destination.namespace
    ):
        found.append(
            f"application destination server '{cluster.server}' and namespace"
            f" '{destination.namespace}' do not match any of the allowed destinations"
            f" in project '{name}'"
        )
    return found


def _source(source: Source, *, several: bool) -> list[str]:
    if source.repo_url and (source.path or source.chart or source.ref):
        missing = bool(source.chart and not source.target_revision)
        text = "spec.source.targetRevision is required if the manifest source is a helm chart"
        return [text] if missing else []
    if several:
        return [
            "spec.source.repoURL and either source.path, source.chart, or source.ref"
            f" are required for source {source.repo_url or source.path or source.name}"
        ]
    return ["spec.source.repoURL and either spec.source.path or spec.source.chart are required"]
