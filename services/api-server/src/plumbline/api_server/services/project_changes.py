"""What a change of a project would break, and what becomes of its tokens (behaviour.md 9).

Used by the project service. Pure functions over what the api-server knows.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from plumbline.core import clusters, errors, model, project

__all__ = ["broken_by", "keep_tokens", "tokens_of", "with_tokens"]


def broken_by(
    before: model.Project,
    after: model.Project,
    apps: Iterable[model.Application],
    known: list[clusters.Cluster],
) -> list[str]:
    """Return what an update would take from applications that use it now.

    Applications are counted, not named: who may change the project may not see them all.

    Args:
        before: the project as it is, the lists of global projects included.
        after: as it is to be, likewise.
        apps: its applications.
        known: the clusters.
    """
    sources = destinations = 0
    for app in apps:
        urls = [s.repo_url for s in app.spec.all_sources]
        if any(
            project.permits_source(before, url) and not project.permits_source(after, url)
            for url in urls
        ):
            sources += 1
        if _loses_destination(before, after, app, known):
            destinations += 1
    found = []
    if destinations:
        found.append(f"{destinations} applications use destinations that the update takes away")
    if sources:
        found.append(f"{sources} applications use source repositories that the update takes away")
    return found


def _loses_destination(
    before: model.Project,
    after: model.Project,
    app: model.Application,
    known: list[clusters.Cluster],
) -> bool:
    try:
        cluster = clusters.resolve(app.spec.destination, known)
    except errors.PlumblineError:
        return False  # it goes nowhere now, so nothing is taken away
    namespace = app.spec.destination.namespace
    return project.permits_destination(
        before, cluster, namespace
    ) and not project.permits_destination(after, cluster, namespace)


def tokens_of(tree: model.Manifest) -> dict[str, list[dict[str, Any]]]:
    """Return the tokens of each role: those of the spec and those of the status, each once."""
    found: dict[str, list[dict[str, Any]]] = {}
    status = (tree.get("status") or {}).get("jwtTokensByRole") or {}
    for role in (tree.get("spec") or {}).get("roles") or ():
        name = role.get("name", "")
        listed = [*(role.get("jwtTokens") or ()), *((status.get(name) or {}).get("items") or ())]
        once: dict[tuple[Any, Any], dict[str, Any]] = {}
        for token in listed:
            once.setdefault((token.get("iat"), token.get("id")), token)
        found[name] = list(once.values())
    return found


def with_tokens(tree: model.Manifest, tokens: Mapping[str, list[dict[str, Any]]]) -> model.Manifest:
    """Return a project with these tokens in its spec and its status, and no others."""
    spec = dict(tree.get("spec") or {})
    roles = []
    for role in spec.get("roles") or ():
        bare = {k: v for k, v in role.items() if k != "jwtTokens"}
        kept = tokens.get(role.get("name", ""), [])
        roles.append({**bare, "jwtTokens": kept} if kept else bare)
    if roles:
        spec["roles"] = roles
    by_role = {r["name"]: {"items": r["jwtTokens"]} for r in roles if r.get("jwtTokens")}
    status = {k: v for k, v in (tree.get("status") or {}).items() if k != "jwtTokensByRole"}
    if by_role:
        status["jwtTokensByRole"] = by_role
    return {**tree, "spec": spec, "status": status}


def keep_tokens(stored: model.Manifest, wanted: model.Manifest) -> model.Manifest:
    """Return the wanted project with the tokens of the stored one.

    Tokens come and go by CreateToken and DeleteToken only: a stale copy must not bring a deleted
    token back, a copy without tokens must not revoke them. A role that goes takes its tokens along.
    """
    tokens = tokens_of(stored)
    names = {role.get("name", "") for role in (wanted.get("spec") or {}).get("roles") or ()}
    return with_tokens(wanted, {k: v for k, v in tokens.items() if k in names})
