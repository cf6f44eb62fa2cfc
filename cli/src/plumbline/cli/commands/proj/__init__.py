"""``plumb proj``: projects, their roles and sync windows."""

from plumbline.cli.command import Group

__all__ = ["group", "role_group", "windows_group"]

_AT = "plumbline.cli.commands.proj"

group = Group(
    "proj",
    "Manage projects.",
    {
        "add-destination": (f"{_AT}.members:add_destination", "Add a destination"),
        "add-destination-service-account": (
            f"{_AT}.members:add_service_account",
            "Add a destination's default service account",
        ),
        "add-orphaned-ignore": (f"{_AT}.members:add_orphaned", "Ignore an orphaned resource"),
        "add-signature-key": (f"{_AT}.members:add_key", "Add a GnuPG signature key"),
        "add-source": (f"{_AT}.members:add_source", "Add a source repository"),
        "add-source-namespace": (f"{_AT}.members:add_namespace", "Add a source namespace"),
        "allow-cluster-resource": (f"{_AT}.resources:allow_cluster", "Allow a cluster resource"),
        "allow-namespace-resource": (f"{_AT}.resources:allow", "Allow a namespaced resource"),
        "create": (f"{_AT}.project:create", "Create a project"),
        "delete": (f"{_AT}.project:delete", "Delete a project"),
        "deny-cluster-resource": (f"{_AT}.resources:deny_cluster", "Deny a cluster resource"),
        "deny-namespace-resource": (f"{_AT}.resources:deny", "Deny a namespaced resource"),
        "edit": (f"{_AT}.project:edit", "Edit a project"),
        "get": (f"{_AT}.project:get", "Get project details"),
        "list": (f"{_AT}.project:list_", "List projects"),
        "remove-destination": (f"{_AT}.members:remove_destination", "Remove a destination"),
        "remove-destination-service-account": (
            f"{_AT}.members:remove_service_account",
            "Remove a destination's default service account",
        ),
        "remove-orphaned-ignore": (
            f"{_AT}.members:remove_orphaned",
            "Stop ignoring an orphaned resource",
        ),
        "remove-signature-key": (f"{_AT}.members:remove_key", "Remove a GnuPG signature key"),
        "remove-source": (f"{_AT}.members:remove_source", "Remove a source repository"),
        "remove-source-namespace": (f"{_AT}.members:remove_namespace", "Remove a source namespace"),
        "role": (f"{_AT}:role_group", "Manage a project's roles"),
        "set": (f"{_AT}.project:set_", "Set project parameters"),
        "windows": (f"{_AT}:windows_group", "Manage a project's sync windows"),
    },
    kubernetes=True,
)

role_group = Group(
    "role",
    "Manage a project's roles.",
    {
        "add-group": (f"{_AT}.role:add_group", "Add a group claim to a role"),
        "add-policy": (f"{_AT}.role:add_policy", "Add a policy to a role"),
        "create": (f"{_AT}.role:create", "Create a role"),
        "create-token": (f"{_AT}.role:create_token", "Create a token of a role"),
        "delete": (f"{_AT}.role:delete", "Delete a role"),
        "delete-token": (f"{_AT}.role:delete_token", "Delete a token of a role"),
        "get": (f"{_AT}.role:get", "Get the details of a role"),
        "list": (f"{_AT}.role:list_", "List roles"),
        "list-tokens": (f"{_AT}.role:list_tokens", "List tokens of a role"),
        "remove-group": (f"{_AT}.role:remove_group", "Remove a group claim from a role"),
        "remove-policy": (f"{_AT}.role:remove_policy", "Remove a policy from a role"),
    },
)

windows_group = Group(
    "windows",
    "Manage a project's sync windows.",
    {
        "add": (f"{_AT}.windows:add", "Add a sync window"),
        "delete": (f"{_AT}.windows:delete", "Delete a sync window"),
        "disable-manual-sync": (f"{_AT}.windows:disable_manual", "Forbid manual syncs in a window"),
        "disable-sync-overrun": (f"{_AT}.windows:disable_overrun", "Forbid syncs to overrun"),
        "enable-manual-sync": (f"{_AT}.windows:enable_manual", "Allow manual syncs in a window"),
        "enable-sync-overrun": (f"{_AT}.windows:enable_overrun", "Allow syncs to overrun"),
        "list": (f"{_AT}.windows:list_", "List sync windows"),
        "update": (f"{_AT}.windows:update", "Update a sync window"),
    },
)
