"""``plumb app``: applications."""

from plumbline.cli.command import Group

__all__ = ["actions_group", "group"]

_AT = "plumbline.cli.commands.app"

_ACTIONS = {
    "list": (f"{_AT}.actions:list_", "List available actions of a resource"),
    "run": (f"{_AT}.actions:run", "Run an available action on a resource"),
}

group = Group(
    "app",
    "Manage applications.",
    {
        "actions": (f"{_AT}:actions_group", "Manage resource actions"),
        "add-source": (f"{_AT}.sources:add_source", "Add a source to an application"),
        "confirm-deletion": (f"{_AT}.remove:confirm_deletion", "Confirm deletion or pruning"),
        "create": (f"{_AT}.create:create", "Create an application"),
        "delete": (f"{_AT}.remove:delete", "Delete applications"),
        "delete-resource": (
            f"{_AT}.resource:delete_resource",
            "Delete a resource of an application",
        ),
        "diff": (f"{_AT}.diff:diff", "Show what a sync would change"),
        "edit": (f"{_AT}.edit:edit", "Edit an application"),
        "get": (f"{_AT}.get:get", "Get application details"),
        "get-resource": (f"{_AT}.resource:get_resource", "Get the live manifest of resources"),
        "history": (f"{_AT}.history:history", "Show deployment history"),
        "list": (f"{_AT}.list:list_", "List applications"),
        "logs": (f"{_AT}.logs:logs", "Get logs of application pods"),
        "manifests": (f"{_AT}.manifests:manifests", "Print manifests of an application"),
        "patch": (f"{_AT}.edit:patch", "Patch an application"),
        "patch-resource": (f"{_AT}.resource:patch_resource", "Patch a resource of an application"),
        "remove-source": (f"{_AT}.sources:remove_source", "Remove a source from an application"),
        "resources": (f"{_AT}.resource:resources", "List resources of an application"),
        "rollback": (f"{_AT}.history:rollback", "Rollback to a previous deployed version"),
        "set": (f"{_AT}.sources:set_", "Set application parameters"),
        "sync": (f"{_AT}.sync:sync", "Sync applications to their target state"),
        "terminate-op": (f"{_AT}.sync:terminate_op", "Terminate the running operation"),
        "unset": (f"{_AT}.sources:unset", "Unset application parameters"),
        "wait": (f"{_AT}.wait:wait", "Wait for applications to reach a state"),
    },
    kubernetes=True,
)

actions_group = Group("actions", "Manage resource actions.", _ACTIONS)
