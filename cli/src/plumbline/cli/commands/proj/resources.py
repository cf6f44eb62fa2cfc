"""``plumb proj allow-*`` and ``deny-*``: which kinds a project may touch.

To allow is to add to the list of what is allowed, or to take from the list of what is denied;
``--list`` says which of the two.
"""

from typing import Any, Final

from plumbline.cli.command import Command
from plumbline.cli.commands.proj import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.spec import project as spec
from plumbline.cli.state import State

__all__ = ["allow", "allow_cluster", "deny", "deny_cluster"]

_CLUSTER: Final = {"allow": "clusterResourceWhitelist", "deny": "clusterResourceBlacklist"}
_NAMESPACED: Final = {"allow": "namespaceResourceWhitelist", "deny": "namespaceResourceBlacklist"}


def _make(verb: str, *, cluster: bool) -> Command:
    lists = _CLUSTER if cluster else _NAMESPACED
    # Only what is allowed in the cluster may be named one by one.
    named = cluster and verb == "allow"

    def run(state: State, flags: Flags) -> None:
        name = flags.argument("name") if named else ""
        item = spec.resource(flags.argument("group"), flags.argument("kind"), name)
        chosen = flags.text("list")

        def change(tree: dict[str, Any]) -> None:
            act = spec.add if chosen == verb else spec.remove
            act(tree, lists[chosen], item, f"Specified resource of the {chosen} list")

        calls.change(state, flags.argument("project"), change)

    scope = "cluster" if cluster else "namespace"
    run.__doc__ = f"{verb.capitalize()} a {scope} resource in a project."
    arguments = ["PROJECT", "GROUP", "KIND", *(["[NAME]"] if named else [])]
    option = Flag(
        "list",
        text="the list to change: allow or deny",
        short="l",
        default="allow" if cluster else "deny",
        choices=("allow", "deny"),
    )
    return Command(f"{verb}-{scope}-resource", run, arguments=arguments, options=[option])


allow_cluster = _make("allow", cluster=True)
deny_cluster = _make("deny", cluster=True)
allow = _make("allow", cluster=False)
deny = _make("deny", cluster=False)
