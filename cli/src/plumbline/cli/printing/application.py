"""Applications: the list, the summary, resources, the tree, operations and history."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from plumbline.cli.printing.table import block, safe, table

__all__ = [
    "applications",
    "conditions",
    "history",
    "key_of",
    "names",
    "operation",
    "orphans",
    "parameters",
    "qualified",
    "resources",
    "sources_of",
    "states",
    "summary",
    "tree",
]

_Tree = dict[str, Any]
_COLUMNS: Final = (
    "NAME", "CLUSTER", "NAMESPACE", "PROJECT", "STATUS", "HEALTH", "SYNCPOLICY", "CONDITIONS",
    "REPO", "PATH", "TARGET",
)  # fmt: skip
_KEY: Final = ("group", "kind", "namespace", "name")


def qualified(app: _Tree) -> str:
    """Return NAMESPACE/NAME."""
    metadata = app["metadata"]
    return (
        f"{metadata['namespace']}/{metadata['name']}"
        if metadata.get("namespace")
        else str(metadata["name"])
    )


def _policy(spec: _Tree) -> str:
    automated = (spec.get("syncPolicy") or {}).get("automated")
    if automated is None or automated.get("enabled") is False:
        return "Manual"
    return "Auto-Prune" if automated.get("prune") else "Auto"


def sources_of(spec: _Tree) -> list[_Tree]:
    """Return all sources of a spec; of a hydrated one, where it syncs from."""
    hydrator = spec.get("sourceHydrator")
    if hydrator:
        sync = hydrator.get("syncSource") or {}
        dry = hydrator.get("drySource") or {}
        where = sync.get("repoURL") or dry.get("repoURL", "")
        branch = sync.get("targetBranch", "")
        return [{"repoURL": where, "path": sync.get("path", ""), "targetRevision": branch}]
    return spec.get("sources") or [spec.get("source") or {}]


def _cluster(spec: _Tree) -> str:
    destination = spec.get("destination") or {}
    return str(destination.get("server") or destination.get("name") or "")


def names(apps: Iterable[_Tree]) -> str:
    """Return the qualified names, one a line."""
    return "\n".join(qualified(a) for a in apps)


def applications(apps: Iterable[_Tree]) -> str:
    """Return the wide table of ``app list``."""
    rows: list[Sequence[object]] = [_COLUMNS]
    for app in apps:
        spec, status = app["spec"], app.get("status") or {}
        source = sources_of(spec)[0]
        kinds: dict[str, int] = {}
        for condition in status.get("conditions") or []:
            kinds[condition["type"]] = kinds.get(condition["type"], 0) + 1
        shown = ",".join(f"{k}({n})" if n > 1 else k for k, n in sorted(kinds.items()))
        rows.append(
            (
                qualified(app),
                _cluster(spec),
                (spec.get("destination") or {}).get("namespace", ""),
                spec.get("project", ""),
                (status.get("sync") or {}).get("status", ""),
                (status.get("health") or {}).get("status", ""),
                _policy(spec),
                shown or "<none>",
                source.get("repoURL", ""),
                source.get("path", ""),
                source.get("targetRevision", ""),
            )
        )
    return table(rows)


def summary(app: _Tree, *, url: str = "", windows: _Tree | None = None, source: int = 0) -> str:
    """Return the block that opens ``app get``.

    Args:
        app: the application.
        url: of its page.
        windows: the answer of GetApplicationSyncWindows, where it is known.
        source: the only source to show, from 1; 0 for all.
    """
    spec, status = app["spec"], app.get("status") or {}
    destination = spec.get("destination") or {}
    lines: list[tuple[str, object]] = [
        ("Name:", qualified(app)),
        ("Project:", spec.get("project", "")),
        ("Server:", _cluster(spec)),
        ("Namespace:", destination.get("namespace", "")),
    ]
    if url:
        lines.append(("URL:", url))
    parts = [block(lines), _sources(sources_of(spec), source)]
    ending: list[tuple[str, object]] = []
    if windows is not None:
        ending += _windows(windows)
    health = status.get("health") or {}
    ending += [
        ("Sync Policy:", _automation(spec)),
        ("Sync Status:", _sync_status(spec, status)),
        ("Health Status:", _with(health.get("status", ""), health.get("message"))),
    ]
    parts.append(block(ending))
    return "\n".join(parts)


def _with(word: str, message: str | None) -> str:
    return f"{word} ({message})" if message else word


def _sources(sources: list[_Tree], only: int) -> str:
    lines = ["Sources:" if len(sources) > 1 else "Source:"]
    for position, source in enumerate(sources, 1):
        if only not in (0, position):
            continue
        head = "- Name:" if source.get("name") else "- Repo:"
        pairs: list[tuple[str, object]] = [(head, source.get("name") or source.get("repoURL", ""))]
        if source.get("name"):
            pairs.append(("  Repo:", source.get("repoURL", "")))
        pairs.append(("  Target:", source.get("targetRevision", "")))
        for key, label in (("path", "  Path:"), ("chart", "  Chart:"), ("ref", "  Ref:")):
            if source.get(key):
                pairs.append((label, source[key]))
        files = (source.get("helm") or {}).get("valueFiles") or []
        if files:
            pairs.append(("  Helm Values:", ",".join(files)))
        prefix = (source.get("kustomize") or {}).get("namePrefix")
        if prefix:
            pairs.append(("  Name Prefix:", prefix))
        lines.append(block(pairs))
    return "\n".join(lines)


def _windows(windows: _Tree) -> list[tuple[str, object]]:
    state = "Sync Allowed" if windows.get("canSync") else "Sync Denied"
    lines: list[tuple[str, object]] = [("SyncWindow:", state)]
    active = [_window(w) for w in windows.get("activeWindows") or []]
    assigned = [_window(w) for w in windows.get("assignedWindows") or []]
    if assigned:
        lines.append(("Assigned Windows:", ",".join(assigned)))
    if active:
        lines.append(("Active Windows:", ",".join(active)))
    return lines


def _window(window: _Tree) -> str:
    return f"{window.get('kind')}:{window.get('schedule')}:{window.get('duration')}"


def _automation(spec: _Tree) -> str:
    word = _policy(spec)
    if word == "Manual":
        return word
    automated = spec["syncPolicy"]["automated"]
    extra = [t for k, t in (("prune", "Prune"), ("selfHeal", "Self Heal")) if automated.get(k)]
    return "Automated" + (f" ({', '.join(extra)})" if extra else "")


def _sync_status(spec: _Tree, status: _Tree) -> str:
    sync = status.get("sync") or {}
    word = str(sync.get("status") or "")
    found = sync.get("revisions") or [sync.get("revision") or ""]
    targets = [s.get("targetRevision", "") for s in sources_of(spec)]
    if len(targets) > 1 or not word:
        return word
    middle = {"Synced": "to", "OutOfSync": "from"}.get(word)
    if middle is None:
        return word
    text = f"{word} {middle} {targets[0] or 'HEAD'}"
    return f"{text} ({_short(found[0])})" if found[0] else text


def _short(revision: str) -> str:
    commit = len(revision) == 40 and all(c in "0123456789abcdef" for c in revision)
    return revision[:7] if commit else revision


def conditions(app: _Tree) -> str:
    """Return the table of conditions; empty if there are none."""
    found = (app.get("status") or {}).get("conditions") or []
    if not found:
        return ""
    rows = [("CONDITION", "MESSAGE", "LAST TRANSITION")]
    rows += [(c["type"], c.get("message", ""), c.get("lastTransitionTime", "")) for c in found]
    return table(rows)


def states(app: _Tree, nodes: _Tree | None = None) -> list[_Tree]:
    """Return resources with sync status, health, hook and message, hooks of the operation last.

    Args:
        app: the application.
        nodes: its resource tree, where health is not kept in the application.
    """
    status = app.get("status") or {}
    health = {
        key_of(n): (n.get("health") or {}).get("status", "")
        for n in (nodes or {}).get("nodes") or []
    }
    state = status.get("operationState") or {}
    results = (state.get("syncResult") or {}).get("resources") or []
    by_key = {key_of(r): r for r in results}
    found = []
    for resource in status.get("resources") or []:
        key = key_of(resource)
        result = by_key.pop(key, {})
        kept = (resource.get("health") or {}).get("status", "")
        found.append(
            {
                **dict(zip(_KEY, key, strict=True)),
                "status": resource.get("status", ""),
                "health": kept or health.get(key, ""),
                "hook": result.get("hookType", ""),
                "message": result.get("message", ""),
            }
        )
    for key, result in by_key.items():
        found.append(
            {
                **dict(zip(_KEY, key, strict=True)),
                "status": result.get("hookPhase")
                if result.get("hookType")
                else result.get("status"),
                "health": health.get(key, ""),
                "hook": result.get("hookType", ""),
                "message": result.get("message", ""),
            }
        )
    return found


def key_of(tree: _Tree) -> tuple[str, ...]:
    """Return group, kind, namespace and name."""
    return tuple(str(tree.get(part) or "") for part in _KEY)


def resources(app: _Tree, nodes: _Tree | None = None) -> str:
    """Return the table of resources; empty if there are none."""
    found = states(app, nodes)
    if not found:
        return ""
    columns = (*_KEY, "status", "health", "hook", "message")
    rows: list[Sequence[object]] = [tuple(c.upper() for c in columns)]
    rows += [tuple(state[c] or "" for c in columns) for state in found]
    return table(rows)


def orphans(managed: _Tree, *, only_orphaned: bool) -> str:
    """Return the table of ``app resources``."""
    rows: list[Sequence[object]] = [("GROUP", "KIND", "NAMESPACE", "NAME", "ORPHANED")]
    lists = (
        [("orphanedNodes", "Yes")] if only_orphaned else [("nodes", "No"), ("orphanedNodes", "Yes")]
    )
    for member, word in lists:
        rows += [
            (*key_of(n), word)
            for n in managed.get(member) or []
            if member == "orphanedNodes" or not n.get("parentRefs")
        ]
    return table(rows)


def tree(
    nodes: Sequence[_Tree],
    states_of: dict[tuple[str, ...], _Tree],
    *,
    detailed: bool = False,
    now: dt.datetime | None = None,
) -> str:
    """Return resources below their owners.

    Args:
        nodes: of the resource tree.
        states_of: sync status and message by group, kind, namespace and name.
        detailed: also show age and the reason of health.
        now: what ages are counted to.
    """
    children: dict[str, list[_Tree]] = {}
    uids = {n.get("uid") for n in nodes}
    roots = []
    for node in nodes:
        parents = [p for p in node.get("parentRefs") or [] if p.get("uid") in uids]
        for parent in parents:
            children.setdefault(str(parent["uid"]), []).append(node)
        if not parents:
            roots.append(node)
    heading = ["KIND/NAME", "STATUS", "HEALTH", "MESSAGE"]
    detailed = detailed and now is not None
    if detailed:
        heading = ["KIND/NAME", "STATUS", "HEALTH", "AGE", "MESSAGE", "REASON"]
    rows: list[Sequence[object]] = [heading]
    walk: list[tuple[_Tree, str, str, frozenset[str]]] = [
        (n, "", "", frozenset()) for n in reversed(_sorted(roots))
    ]
    while walk:
        node, head, below, above = walk.pop()
        uid = str(node.get("uid", ""))
        rows.append(_tree_row(node, head, states_of, now if detailed else None))
        if uid in above:
            continue
        under = _sorted(children.get(uid, []))
        for index, child in reversed(list(enumerate(under))):
            last = index == len(under) - 1
            branch, next_below = ("└─", "  ") if last else ("├─", "│ ")
            walk.append((child, below + branch, below + next_below, above | {uid}))
    return table(rows)


def _sorted(nodes: list[_Tree]) -> list[_Tree]:
    return sorted(nodes, key=lambda n: (n.get("kind", ""), n.get("name", "")))


def _tree_row(
    node: _Tree, head: str, states_of: dict[tuple[str, ...], _Tree], now: dt.datetime | None
) -> list[object]:
    state = states_of.get(key_of(node), {})
    health = node.get("health") or {}
    row: list[object] = [
        f"{head}{node.get('kind')}/{node.get('name')}",
        state.get("status", ""),
        health.get("status") or state.get("health", ""),
    ]
    if now is None:
        return [*row, state.get("message", "")]
    age = _age(node.get("createdAt"), now)
    return [*row, age, state.get("message", ""), health.get("message", "")]


def _age(created: str | None, now: dt.datetime) -> str:
    """Return an age in its largest unit."""
    if not created:
        return ""
    seconds = max(0, int((now - dt.datetime.fromisoformat(created)).total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def parameters(app: _Tree) -> str:
    """Return the table of Helm parameters and Kustomize images of ``--show-params``."""
    rows: list[Sequence[object]] = [("NAME", "VALUE")]
    for source in sources_of(app["spec"]):
        helm = source.get("helm") or {}
        rows += [(p.get("name", ""), p.get("value", "")) for p in helm.get("parameters") or []]
        images = (source.get("kustomize") or {}).get("images") or []
        rows += [("image", image) for image in images]
    return table(rows) if len(rows) > 1 else ""


def operation(app: _Tree) -> str:
    """Return the block about the last operation; empty if there was none."""
    state = (app.get("status") or {}).get("operationState")
    if not state:
        return ""
    result = state.get("syncResult") or {}
    sync = (state.get("operation") or {}).get("sync")
    lines: list[tuple[str, object]] = [("Operation:", "Sync" if sync is not None else "")]
    found = result.get("revisions") or [result.get("revision") or ""]
    lines += [("Sync Revision:", revision) for revision in found]
    lines.append(("Phase:", state.get("phase", "")))
    lines.append(("Start:", state.get("startedAt") or ""))
    lines.append(("Finished:", state.get("finishedAt") or ""))
    took = _took(state.get("startedAt"), state.get("finishedAt"))
    if took:
        lines.append(("Duration:", took))
    if state.get("retryCount"):
        lines.append(("Retries:", state["retryCount"]))
    if state.get("message"):
        lines.append(("Message:", state["message"]))
    return block(lines)


def _took(start: str | None, end: str | None) -> str:
    if not start or not end:
        return ""
    seconds = int(
        (dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)).total_seconds()
    )
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{seconds}s"
    )


def history(app: _Tree, form: str) -> str:
    """Return the table of ``app history``, or its ids."""
    entries = (app.get("status") or {}).get("history") or []
    if form == "id":
        return "\n".join(str(e.get("id", 0)) for e in entries)
    parts = []
    by_source: dict[str, list[Sequence[object]]] = {}
    for entry in entries:
        several = entry.get("sources") or [entry.get("source") or {}]
        revisions = entry.get("revisions") or [entry.get("revision") or ""]
        for source, revision in zip(several, revisions, strict=False):
            target = source.get("targetRevision") or ""
            row = (entry.get("id", 0), entry.get("deployedAt") or "", _deployed(target, revision))
            by_source.setdefault(source.get("repoURL", ""), []).append(row)
    for repository, rows in by_source.items():
        listed = table([("ID", "DATE", "REVISION"), *rows])
        parts.append(f"SOURCE  {safe(repository)}\n{listed}")
    return "\n\n".join(parts) or table([("ID", "DATE", "REVISION")])


def _deployed(target: str, revision: str) -> str:
    return f"{target} ({_short(revision)})" if target and revision else target or revision
