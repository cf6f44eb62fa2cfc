"""``plumb repocreds``: credential templates, by URL prefix."""

from typing import Any

from plumbline.cli import printing, terminal
from plumbline.cli.command import Group, command
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.spec import repository as spec
from plumbline.cli.spec.words import cleaned
from plumbline.cli.state import State

__all__ = ["add", "group", "list_", "rm", "wanted"]

_Tree = dict[str, Any]
_SERVICE = "repocreds.RepoCredsService"
_AT = "plumbline.cli.commands.repocreds"

group = Group(
    "repocreds",
    "Manage credential templates of repositories.",
    {
        "add": (f"{_AT}:add", "Add a credential template"),
        "list": (f"{_AT}:list_", "List credential templates"),
        "rm": (f"{_AT}:rm", "Remove a credential template"),
    },
    kubernetes=True,
)


@command(
    "add",
    arguments=["REPOURL"],
    options=[
        *spec.CREDENTIALS,
        Flag("proxy-url", text="proxy to reach the repositories by"),
        Flag("upsert", "bool", "update a template that is there"),
    ],
)
def add(state: State, flags: Flags) -> None:
    """Add a credential template for all repositories whose URL begins so."""
    creds = wanted(flags)
    if creds.get("username") and not creds.get("password"):
        creds["password"] = terminal.secret(state, "Password").reveal()
    request = {"creds": creds, "upsert": flags.on("upsert")}
    made = state.connect().call(f"{_SERVICE}/CreateRepositoryCredentials", request)
    print(f"Repository credentials for '{made.get('url') or creds['url']}' added")


def wanted(flags: Flags) -> _Tree:
    """Return the template that flags describe."""
    url = flags.argument("repourl")
    proxy = cleaned({"proxy": flags.text("proxy-url")})
    return {"url": url, **spec.credentials(url, flags), **proxy}


@command("list", options=[output("wide", "url", "json", "yaml")])
def list_(state: State, flags: Flags) -> None:
    """List credential templates."""
    answer = state.connect().call(f"{_SERVICE}/ListRepositoryCredentials")
    items = answer.get("items") or []
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(items, form))
    elif form == "url":
        for item in items:
            print(item["url"])
    else:
        rows = [("URL PATTERN", "USERNAME", "SSH_CREDS", "TLS_CREDS")]
        rows += [
            (
                item.get("url", ""),
                item.get("username") or "-",
                str(bool(item.get("sshPrivateKey"))).lower(),
                str(bool(item.get("tlsClientCertData"))).lower(),
            )
            for item in items
        ]
        print(printing.table(rows))


@command("rm", arguments=["CREDSURL"])
def rm(state: State, flags: Flags) -> None:
    """Remove a credential template."""
    url = flags.argument("credsurl")
    terminal.confirm_optional(state, f"Are you sure you want to remove '{url}'?")
    state.connect().call(f"{_SERVICE}/DeleteRepositoryCredentials", {"url": url})
    print(f"Repository credentials for '{url}' removed")
