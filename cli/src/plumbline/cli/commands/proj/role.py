"""``plumb proj role``: roles, their policies, groups and tokens."""

import datetime as dt
from typing import Any

from plumbline.cli import printing, terminal
from plumbline.cli.command import command
from plumbline.cli.commands.login import claims_of
from plumbline.cli.commands.proj import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.spec import project as spec
from plumbline.cli.state import State
from plumbline.core import errors, pattern
from plumbline.core.secret import Secret

__all__ = [
    "add_group",
    "add_policy",
    "create",
    "create_token",
    "delete",
    "delete_token",
    "get",
    "list_",
    "list_tokens",
    "remove_group",
    "remove_policy",
]

_Tree = dict[str, Any]
_PROJECT_ROLE = ["PROJECT", "ROLE-NAME"]


def _names(flags: Flags) -> tuple[str, str]:
    return flags.argument("project"), flags.argument("role_name")


@command(
    "create",
    arguments=_PROJECT_ROLE,
    options=[Flag("description", text="description of the role")],
)
def create(state: State, flags: Flags) -> None:
    """Create a role of a project."""
    project, name = _names(flags)

    def change(tree: _Tree) -> None:
        roles = tree.get("roles") or []
        if any(r.get("name") == name for r in roles):
            raise errors.AlreadyExists(f"role '{name}' already exists")
        description = flags.text("description")
        added = {"name": name, **({"description": description} if description else {})}
        tree["roles"] = [*roles, added]

    calls.change(state, project, change)
    print(f"Role '{name}' created")


@command("delete", arguments=_PROJECT_ROLE)
def delete(state: State, flags: Flags) -> None:
    """Delete a role of a project."""
    project, name = _names(flags)

    def change(tree: _Tree) -> None:
        gone = spec.role(tree, name)
        tree["roles"] = [r for r in tree["roles"] if r is not gone]

    calls.change(state, project, change)
    print(f"Role '{name}' deleted")


@command("list", arguments=["PROJECT"], options=[output("wide", "name", "json", "yaml")])
def list_(state: State, flags: Flags) -> None:
    """List the roles of a project."""
    project = calls.get(state.connect(), flags.argument("project"))
    roles = (project.get("spec") or {}).get("roles") or []
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(roles, form))
    elif form == "name":
        for role in roles:
            print(role["name"])
    else:
        rows = [("ROLE-NAME", "DESCRIPTION")]
        rows += [(role["name"], role.get("description", "")) for role in roles]
        print(printing.table(rows))


@command("get", arguments=_PROJECT_ROLE)
def get(state: State, flags: Flags) -> None:
    """Get the details of a role: policies, groups and tokens."""
    project, name = _names(flags)
    found = calls.get(state.connect(), project)
    role = spec.role(found.get("spec") or {}, name)
    lines = [
        printing.block([("Role Name:", name), ("Description:", role.get("description", ""))], 15),
        "Policies:",
        f"p, proj:{project}:{name}, projects, get, {project}, allow",
        *(role.get("policies") or []),
    ]
    if role.get("groups"):
        lines += ["Groups:", *role["groups"]]
    lines += ["JWT Tokens:", _tokens(_listed_tokens(found, name), unix=False)]
    print("\n".join(lines))


def _listed_tokens(project: _Tree, name: str) -> list[_Tree]:
    """Return a role's tokens, which are kept in status, and in older projects in the role."""
    by_role = (project.get("status") or {}).get("jwtTokensByRole") or {}
    kept: list[_Tree] = (by_role.get(name) or {}).get("items") or []
    role = spec.role(project.get("spec") or {}, name)
    listed: list[_Tree] = role.get("jwtTokens") or []
    return kept or listed


def _tokens(tokens: list[_Tree], *, unix: bool) -> str:
    rows = [("ID", "ISSUED AT", "EXPIRES AT")]
    for token in tokens:
        issued, expires = token.get("iat") or 0, token.get("exp") or 0
        shown = (str(issued), str(expires)) if unix else (_time(issued), _time(expires))
        rows.append((token.get("id", ""), shown[0], shown[1] if expires else "<none>"))
    return printing.table(rows)


def _time(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@command(
    "list-tokens",
    arguments=_PROJECT_ROLE,
    options=[Flag("unixtime", "bool", "show times as seconds since 1970", short="u")],
)
def list_tokens(state: State, flags: Flags) -> None:
    """List the tokens of a role."""
    project, name = _names(flags)
    tokens = _listed_tokens(calls.get(state.connect(), project), name)
    if tokens:
        print(_tokens(tokens, unix=flags.on("unixtime")))
    else:
        print(f"No tokens for {project}.{name}")


@command(
    "create-token",
    arguments=_PROJECT_ROLE,
    options=[
        Flag("expires-in", text="lifetime, such as 12h or 7d; for ever by default", short="e"),
        Flag("id", text="identifier of the token", short="i"),
        Flag("token-only", "bool", "print the token only", short="t"),
    ],
)
def create_token(state: State, flags: Flags) -> None:
    """Create a token of a role, and print it."""
    project, name = _names(flags)
    lifetime = flags.text("expires-in") or "0"
    request = {
        "project": project,
        "role": name,
        "expiresIn": int(pattern.parse_duration(lifetime)),
        "id": flags.text("id"),
    }
    token = Secret(state.connect().call(f"{calls.SERVICE}/CreateToken", request)["token"])
    if flags.on("token-only"):
        print(token.reveal())
        return
    claims = claims_of(token)
    expires = claims.get("exp")
    print(f"Create token succeeded for {claims.get('sub') or f'proj:{project}:{name}'}.")
    print(f"  ID: {claims.get('jti', '')}")
    print(f"  Issued At: {_time(int(claims.get('iat') or 0))}")
    print(f"  Expires At: {_time(int(expires)) if expires else 'Never'}")
    print(f"  Token: {token.reveal()}")


@command("delete-token", arguments=[*_PROJECT_ROLE, "ISSUED-AT"])
def delete_token(state: State, flags: Flags) -> None:
    """Delete a token of a role, by the second it was issued at."""
    project, name = _names(flags)
    issued = flags.argument("issued_at")
    if not issued.isdigit():
        raise errors.InvalidArgument(f"{issued}: ISSUED-AT is seconds since 1970")
    question = f"Are you sure you want to delete '{project}' project token?"
    terminal.confirm_optional(state, question)
    request = {"project": project, "role": name, "iat": int(issued)}
    state.connect().call(f"{calls.SERVICE}/DeleteToken", request)


_POLICY = [
    Flag("action", text="action, such as get or sync", short="a"),
    Flag("permission", text="allow or deny", short="p", default="allow"),
    Flag("object", text="object within the project, such as '*'", short="o"),
    Flag("resource", text="resource, such as applications", short="r", default="applications"),
]


@command("add-policy", arguments=_PROJECT_ROLE, options=_POLICY)
def add_policy(state: State, flags: Flags) -> None:
    """Add a policy to a role."""
    project, name = _names(flags)
    line = spec.policy(project, name, flags)

    def change(tree: _Tree) -> None:
        spec.add(spec.role(tree, name), "policies", line, "the policy")

    calls.change(state, project, change)


@command("remove-policy", arguments=_PROJECT_ROLE, options=_POLICY)
def remove_policy(state: State, flags: Flags) -> None:
    """Remove a policy from a role."""
    project, name = _names(flags)
    line = spec.policy(project, name, flags)

    def change(tree: _Tree) -> None:
        spec.remove(spec.role(tree, name), "policies", line, "the policy")

    calls.change(state, project, change)


@command("add-group", arguments=[*_PROJECT_ROLE, "GROUP-CLAIM"])
def add_group(state: State, flags: Flags) -> None:
    """Add a group claim to a role."""
    project, name = _names(flags)
    group = flags.argument("group_claim")
    calls.change(
        state, project, lambda t: spec.add(spec.role(t, name), "groups", group, "the group")
    )
    print(f"Group '{group}' added to role '{name}'")


@command("remove-group", arguments=[*_PROJECT_ROLE, "GROUP-CLAIM"])
def remove_group(state: State, flags: Flags) -> None:
    """Remove a group claim from a role."""
    project, name = _names(flags)
    group = flags.argument("group_claim")
    calls.change(
        state, project, lambda t: spec.remove(spec.role(t, name), "groups", group, "the group")
    )
    print(f"Group '{group}' removed from role '{name}'")
