"""Which windows of a project concern an application."""

from collections.abc import Iterable

from plumbline.core import pattern
from plumbline.core.model import Application, Project, SyncWindow

__all__ = ["matching"]


def matching(
    project: Project, app: Application, *, cluster_name: str, cluster_server: str
) -> tuple[SyncWindow, ...]:
    """Return the windows that concern an application, in the project's order.

    Lists of names, destination namespaces and clusters are joined by OR, with ``andOperator`` by
    AND; an empty list then asks for nothing. A window without any list concerns nobody.

    Args:
        project: the project, the lists of global projects included.
        app: the application.
        cluster_name: name of its destination cluster.
        cluster_server: URL of the same.
    """
    namespace = app.spec.destination.namespace
    cluster = (cluster_name, cluster_server)
    found = []
    for window in project.spec.sync_windows:
        answers = [
            _any(rules, texts)
            for rules, texts in (
                (window.applications, (app.metadata.name,)),
                (window.namespaces, (namespace,)),
                (window.clusters, cluster),
            )
            if rules
        ]
        if answers and (all(answers) if window.and_operator else any(answers)):
            found.append(window)
    return tuple(found)


def _any(rules: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether a text that is there matches a rule; an unknown one (empty) matches ``*`` alone."""
    known = [text for text in texts if text] or [""]
    return any(pattern.match(rule, text) for rule in rules for text in known)
