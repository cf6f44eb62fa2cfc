"""The flags of a whole application: destination, project, sync policy, hydrator, sources."""

from typing import Any, Final

from plumbline.cli.flags import Flag, Flags
from plumbline.cli.spec import source
from plumbline.cli.spec.words import pair, pairs
from plumbline.core import errors

__all__ = ["FLAGS", "METADATA_FLAGS", "apply", "apply_metadata", "pick_source"]

_Tree = dict[str, Any]

FLAGS: Final = [
    *source.FLAGS,
    Flag("project", text="name of the project"),
    Flag("dest-server", text="URL of the destination cluster"),
    Flag("dest-name", text="name of the destination cluster"),
    Flag("dest-namespace", text="destination namespace"),
    Flag("revision-history-limit", "int", "how many deployments are remembered", default=10),
    Flag("sync-policy", text="none, manual or automated"),
    Flag("auto-prune", "bool", "prune in automated syncs"),
    Flag("self-heal", "bool", "undo changes made in the cluster"),
    Flag("allow-empty", "bool", "let an automated sync remove everything"),
    Flag("sync-option", "stringArray", "add a sync option; remove it with a leading '!'"),
    Flag("sync-retry-limit", "int", "how often a failed sync is tried again"),
    Flag("sync-retry-refresh", "bool", "let a retry look for a newer revision"),
    Flag("sync-retry-backoff-duration", "duration", "first wait", default="5s"),
    Flag("sync-retry-backoff-factor", "int", "factor between waits", default=2),
    Flag("sync-retry-backoff-max-duration", "duration", "longest wait", default="3m0s"),
    Flag("validate", "bool", "let the server check repository and cluster", default=True),
    Flag("dry-source-repo", text="repository of the dry source"),
    Flag("dry-source-path", text="path of the dry source"),
    Flag("dry-source-revision", text="revision of the dry source"),
    Flag("sync-source-branch", text="branch that is synced from"),
    Flag("sync-source-path", text="path that is synced from"),
    Flag("hydrate-to-branch", text="branch that is written first"),
]

METADATA_FLAGS: Final = [
    Flag("name", text="name of the application"),
    Flag("label", "stringArray", "a label of the application, KEY=VALUE", short="l"),
    Flag("annotations", "stringArray", "an annotation of the application, KEY=VALUE"),
    Flag("set-finalizer", "bool", "delete what the application made along with it"),
]

_FINALIZER: Final = "resources-finalizer.argocd.argoproj.io"
_HYDRATOR: Final = {
    "dry-source-repo": ("drySource", "repoURL"),
    "dry-source-path": ("drySource", "path"),
    "dry-source-revision": ("drySource", "targetRevision"),
    "sync-source-branch": ("syncSource", "targetBranch"),
    "sync-source-path": ("syncSource", "path"),
    "hydrate-to-branch": ("hydrateTo", "targetBranch"),
}
_SOURCE_NAMES: Final = frozenset(flag.flag for flag in source.FLAGS)
_AUTOMATED: Final = {"auto-prune": "prune", "self-heal": "selfHeal", "allow-empty": "allowEmpty"}


def apply(spec: _Tree, flags: Flags, *, position: int = 0) -> None:
    """Change a spec as the written flags say.

    Args:
        spec: the tree of ``spec``; changed in place.
        flags: what was written.
        position: which of several sources the source flags mean, from 1; 0 where there is one.

    Raises:
        errors.InvalidArgument: a value has the wrong form, or needs automated sync.
    """
    _hydrator(spec, flags)
    if flags.any_given(*_SOURCE_NAMES):
        source.apply(pick_source(spec, position), flags)
    destination = spec.setdefault("destination", {})
    for flag, key, other in (("dest-server", "server", "name"), ("dest-name", "name", "server")):
        if flags.given(flag):
            destination[key] = flags.text(flag)
            destination.pop(other, None)
    if flags.given("dest-server") and flags.given("dest-name"):
        raise errors.InvalidArgument("give one of --dest-server and --dest-name")
    if flags.given("dest-namespace"):
        destination["namespace"] = flags.text("dest-namespace")
    if flags.given("project"):
        spec["project"] = flags.text("project")
    if flags.given("revision-history-limit"):
        spec["revisionHistoryLimit"] = flags.number("revision-history-limit")
    _policy(spec, flags)


def pick_source(spec: _Tree, position: int) -> _Tree:
    """Return the source that flags mean; an application without one gets an empty one.

    Raises:
        errors.InvalidArgument: the position is not one of the sources'.
    """
    hydrator = spec.get("sourceHydrator")
    if hydrator:
        dry: _Tree = hydrator.setdefault("drySource", {})
        return dry
    sources = spec.get("sources") or []
    if not sources:
        one: _Tree = spec.setdefault("source", {})
        return one
    if len(sources) == 1 and position == 0:
        position = 1
    if not 1 <= position <= len(sources):
        raise errors.InvalidArgument(
            f"the application has {len(sources)} sources: "
            "give --source-position from 1, or --source-name"
        )
    chosen: _Tree = sources[position - 1]
    return chosen


def _hydrator(spec: _Tree, flags: Flags) -> None:
    for flag, (part, key) in _HYDRATOR.items():
        if flags.given(flag):
            spec.setdefault("sourceHydrator", {}).setdefault(part, {})[key] = flags.text(flag)


def _policy(spec: _Tree, flags: Flags) -> None:
    policy: _Tree = dict(spec.get("syncPolicy") or {})
    if flags.given("sync-policy"):
        _automation(policy, flags.text("sync-policy"))
    for flag, key in _AUTOMATED.items():
        if flags.given(flag):
            if policy.get("automated") is None:
                raise errors.InvalidArgument(
                    f"Cannot set --{flag}: application not configured with automatic sync"
                )
            policy["automated"] = {**policy["automated"], key: flags.on(flag)}
    if flags.given("sync-option"):
        policy["syncOptions"] = _options(policy.get("syncOptions") or [], flags)
    if flags.given("sync-retry-limit"):
        policy["retry"] = retry(flags, "sync-retry-")
    kept = {key: value for key, value in policy.items() if value not in (None, [])}
    if kept:
        spec["syncPolicy"] = kept
    else:
        spec.pop("syncPolicy", None)


def _automation(policy: _Tree, word: str) -> None:
    if word in ("none", "manual", ""):
        policy["automated"] = None
    elif word in ("automated", "automatic", "auto"):
        policy["automated"] = policy.get("automated") or {}
        policy["automated"].pop("enabled", None)
    else:
        raise errors.InvalidArgument(f"Invalid sync-policy: {word}")


def _options(options: list[str], flags: Flags) -> list[str]:
    result = list(options)
    for option in flags.listed("sync-option"):
        name = option.removeprefix("!")
        pair("sync-option", name)
        result = [o for o in result if o != name]
        if not option.startswith("!"):
            result.append(name)
    return result


def retry(flags: Flags, prefix: str) -> _Tree | None:
    """Return a retry strategy from flags of one prefix; none for a limit of 0."""
    limit = flags.number(f"{prefix}limit")
    if limit == 0:
        return None
    strategy: _Tree = {
        "limit": limit,
        "backoff": {
            "duration": flags.text(f"{prefix}backoff-duration"),
            "maxDuration": flags.text(f"{prefix}backoff-max-duration"),
            "factor": flags.number(f"{prefix}backoff-factor"),
        },
    }
    if flags.on(f"{prefix}refresh"):
        strategy["refresh"] = True
    return strategy


def apply_metadata(metadata: _Tree, flags: Flags) -> None:
    """Change an application's metadata as the written flags say."""
    for flag, key in (("label", "labels"), ("annotations", "annotations")):
        found = pairs(flag, flags.listed(flag))
        if found:
            metadata[key] = {**(metadata.get(key) or {}), **found}
    if flags.on("set-finalizer"):
        finalizers = metadata.get("finalizers") or []
        if _FINALIZER not in finalizers:
            metadata["finalizers"] = [*finalizers, _FINALIZER]
