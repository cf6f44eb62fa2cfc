"""Comparing live objects with manifests of another revision, which the server did not compare.

Used by ``app diff --revision``. The answer has the form of ManagedResources, so that it is shown
the same way.
"""

import json
from collections.abc import Iterable
from typing import Any

from plumbline.core import diff
from plumbline.core.model.application import IgnoreDifference
from plumbline.core.patch import builtin

__all__ = ["with_manifests"]

_Tree = dict[str, Any]


def with_manifests(items: Iterable[_Tree], manifests: Iterable[_Tree], app: _Tree) -> list[_Tree]:
    """Return live states against manifests.

    Args:
        items: of ManagedResources; their target states are replaced.
        manifests: what the other revision wants; hooks are left out.
        app: its ignoreDifferences count, but for jq expressions, which need an engine the client
            does not have; its destination is the namespace of manifests that name none.
    """
    listed = list(items)
    live = {_key(i): i for i in listed if _state(i) is not None and not i.get("hook")}
    # Which kinds live in namespaces is known of those the application has.
    namespaced = {(i.get("group") or "", i["kind"]) for i in listed if i.get("namespace")}
    namespace = (app["spec"].get("destination") or {}).get("namespace", "")
    options = diff.Options(ignore=_rules(app))
    found = []
    for manifest in manifests:
        if _is_hook(manifest):
            continue
        where = _where(manifest)
        if not where["namespace"] and (where["group"], where["kind"]) in namespaced:
            where["namespace"] = namespace
        item = live.pop(_key(where), None)
        if item is None:
            found.append({**where, "targetState": json.dumps(manifest), "liveState": "null"})
        else:
            found.append(_compared(item, manifest, options))
    gone = [
        {**item, "targetState": "null", "predictedLiveState": "null"}
        for item in live.values()
        if (item.get("targetState") or "null") != "null"
    ]
    return [*found, *gone]


def _rules(app: _Tree) -> tuple[diff.IgnoreRule, ...]:
    return diff.compile_rules(
        IgnoreDifference(
            group=rule.get("group", ""),
            kind=rule.get("kind", ""),
            name=rule.get("name", ""),
            namespace=rule.get("namespace", ""),
            json_pointers=rule.get("jsonPointers") or [],
        )
        for rule in app["spec"].get("ignoreDifferences") or []
    )


def _compared(item: _Tree, manifest: _Tree, options: diff.Options) -> _Tree:
    live = _state(item) or {}
    desired = _unmasked(manifest, live) if manifest.get("kind") == "Secret" else manifest
    found = diff.three_way(desired, live, schema=builtin.schema(), options=options)
    return {
        **item,
        "targetState": json.dumps(manifest),
        "normalizedLiveState": json.dumps(found.normalized_live),
        "predictedLiveState": json.dumps(found.predicted),
    }


def _unmasked(manifest: _Tree, live: _Tree) -> _Tree:
    """Return a Secret with live's masks: masks of two answers cannot be compared, only keys can."""
    data = manifest.get("data") or {}
    there = live.get("data") or {}
    return {**manifest, "data": {key: there.get(key, value) for key, value in data.items()}}


def _state(item: _Tree) -> _Tree | None:
    found: _Tree | None = json.loads(item.get("liveState") or "null")
    return found


def _where(manifest: _Tree) -> _Tree:
    group, slash, _ = str(manifest.get("apiVersion") or "").rpartition("/")
    metadata = manifest.get("metadata") or {}
    return {
        "group": group if slash else "",
        "kind": manifest.get("kind", ""),
        "namespace": metadata.get("namespace") or "",
        "name": metadata.get("name") or "",
    }


def _key(item: _Tree) -> tuple[str, str, str, str]:
    place = item.get("namespace") or ""
    return (item.get("group") or "", item["kind"], place, item["name"])


def _is_hook(manifest: _Tree) -> bool:
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    return "argocd.argoproj.io/hook" in annotations or "helm.sh/hook" in annotations
