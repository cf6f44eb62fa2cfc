"""Changes of an AppProject's spec: destinations, sources, resource lists, roles, windows.

Each function changes the tree it is given, or raises what keeps it from doing so.
"""

from typing import Any, Final

from plumbline.cli.flags import Flag, Flags
from plumbline.core import errors

__all__ = [
    "FLAGS",
    "add",
    "apply",
    "key",
    "policy",
    "remove",
    "resource",
    "role",
    "window",
]

_Tree = dict[str, Any]

FLAGS: Final = [
    Flag("description", text="description of the project"),
    Flag("dest", "stringArray", "a permitted destination, SERVER,NAMESPACE", short="d"),
    Flag("src", "stringArray", "a permitted repository URL", short="s"),
    Flag("source-namespaces", "strings", "namespaces that applications may live in"),
    Flag("signature-keys", "strings", "GnuPG key IDs that commits must be signed with"),
    Flag("orphaned-resources", "bool", "watch for orphaned resources"),
    Flag("orphaned-resources-warn", "bool", "warn of orphaned resources"),
    Flag("allow-cluster-resource", "stringArray", "a permitted cluster resource, GROUP/KIND"),
    Flag("deny-cluster-resource", "stringArray", "a refused cluster resource, GROUP/KIND"),
    Flag("allow-namespaced-resource", "stringArray", "a permitted resource, GROUP/KIND"),
    Flag("deny-namespaced-resource", "stringArray", "a refused resource, GROUP/KIND"),
    Flag("dest-service-accounts", "stringArray", "whom to act as, SERVER,NAMESPACE,ACCOUNT"),
]

_RESOURCE_LISTS: Final = {
    "allow-cluster-resource": "clusterResourceWhitelist",
    "deny-cluster-resource": "clusterResourceBlacklist",
    "allow-namespaced-resource": "namespaceResourceWhitelist",
    "deny-namespaced-resource": "namespaceResourceBlacklist",
}


def apply(spec: _Tree, flags: Flags) -> None:
    """Change a spec as the written flags of ``proj create`` and ``proj set`` say.

    Raises:
        errors.InvalidArgument: a value has the wrong form.
    """
    if flags.given("description"):
        spec["description"] = flags.text("description")
    if flags.given("dest"):
        spec["destinations"] = [_destination(text) for text in flags.listed("dest")]
    if flags.given("src"):
        spec["sourceRepos"] = flags.listed("src")
    if flags.given("source-namespaces"):
        spec["sourceNamespaces"] = flags.listed("source-namespaces")
    if flags.given("signature-keys"):
        spec["signatureKeys"] = [{"keyID": key(text)} for text in flags.listed("signature-keys")]
    if flags.given("dest-service-accounts"):
        texts = flags.listed("dest-service-accounts")
        spec["destinationServiceAccounts"] = [_account(text) for text in texts]
    for flag, member in _RESOURCE_LISTS.items():
        if flags.given(flag):
            spec[member] = [_resource(flag, text) for text in flags.listed(flag)]
    _orphaned(spec, flags)


def _orphaned(spec: _Tree, flags: Flags) -> None:
    if flags.given("orphaned-resources-warn"):
        settings = spec.get("orphanedResources") or {}
        spec["orphanedResources"] = {**settings, "warn": flags.on("orphaned-resources-warn")}
    if flags.given("orphaned-resources"):
        if flags.on("orphaned-resources"):
            spec["orphanedResources"] = spec.get("orphanedResources") or {}
        elif flags.on("orphaned-resources-warn"):
            raise errors.InvalidArgument(
                "--orphaned-resources-warn needs --orphaned-resources to be on"
            )
        else:
            spec.pop("orphanedResources", None)


def _destination(text: str) -> _Tree:
    server, comma, namespace = text.rpartition(",")
    if not comma:
        raise errors.InvalidArgument(
            f"expected destination of the form: server,namespace. Received: {text}"
        )
    return {"server": server, "namespace": namespace}


def _account(text: str) -> _Tree:
    parts = text.split(",")
    if len(parts) != 3:
        raise errors.InvalidArgument(
            f"expected destination of the form: server,namespace,service account. Received: {text}"
        )
    return {"server": parts[0], "namespace": parts[1], "defaultServiceAccount": parts[2]}


def _resource(flag: str, text: str) -> _Tree:
    parts = text.split("/")
    named = flag.endswith("cluster-resource") and len(parts) == 3
    if len(parts) != 2 and not named:
        raise errors.InvalidArgument(f"--{flag}: {text}: expected GROUP/KIND")
    return resource(*parts)


def resource(group: str, kind: str, name: str = "") -> _Tree:
    """Return an item of a resource list."""
    return {"group": group, "kind": kind, **({"name": name} if name else {})}


def key(text: str) -> str:
    """Return a GnuPG key id in its short form of 16 digits.

    Raises:
        errors.InvalidArgument: it is not one.
    """
    word = text.removeprefix("0x").upper()
    if len(word) not in (16, 40) or any(c not in "0123456789ABCDEF" for c in word):
        raise errors.InvalidArgument(f"'{text}' is not a valid GnuPG key ID")
    return word[-16:]


def add(spec: _Tree, member: str, item: Any, what: str) -> None:
    """Append an item to a list.

    Raises:
        errors.AlreadyExists: it is there.
    """
    items = spec.get(member) or []
    if item in items:
        raise errors.AlreadyExists(f"{what} is already defined in project")
    spec[member] = [*items, item]


def remove(spec: _Tree, member: str, item: Any, what: str) -> None:
    """Remove an item from a list.

    Raises:
        errors.NotFound: it is not there.
    """
    items = spec.get(member) or []
    if item not in items:
        raise errors.NotFound(f"{what} does not exist in project")
    spec[member] = [i for i in items if i != item]


def role(spec: _Tree, name: str) -> _Tree:
    """Return a role.

    Raises:
        errors.NotFound: there is none of that name.
    """
    listed: list[_Tree] = spec.get("roles") or []
    for found in listed:
        if found.get("name") == name:
            return found
    raise errors.NotFound(f"role '{name}' does not exist in project")


def policy(project: str, name: str, flags: Flags) -> str:
    """Return the policy line that flags describe.

    Raises:
        errors.InvalidArgument: action or object is missing, or the permission is neither word.
    """
    if not flags.text("action") or not flags.text("object"):
        raise errors.InvalidArgument("--action and --object are needed")
    if flags.text("permission") not in ("allow", "deny"):
        raise errors.InvalidArgument("--permission is allow or deny")
    parts = (
        f"proj:{project}:{name}",
        flags.text("resource"),
        flags.text("action"),
        f"{project}/{flags.text('object')}",
        flags.text("permission"),
    )
    return "p, " + ", ".join(parts)


def window(spec: _Tree, number: str) -> _Tree:
    """Return the sync window of an ID, which is its place in the list.

    Raises:
        errors.InvalidArgument: the ID is not a number.
        errors.NotFound: there is no such window.
    """
    if not number.isdigit():
        raise errors.InvalidArgument(f"{number}: the ID of a window is a number")
    windows = spec.get("syncWindows") or []
    if int(number) >= len(windows):
        raise errors.NotFound(f"window with id '{number}' not found")
    found: _Tree = windows[int(number)]
    return found
