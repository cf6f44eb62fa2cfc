"""``plumb repo``: repositories."""

from typing import Any

from plumbline.cli import printing, terminal
from plumbline.cli.command import Group, command
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.spec import repository as spec
from plumbline.cli.spec.words import cleaned
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["add", "get", "group", "list_", "rm", "wanted"]

_Tree = dict[str, Any]
_SERVICE = "repository.RepositoryService"
_AT = "plumbline.cli.commands.repo"

group = Group(
    "repo",
    "Manage repository connection parameters.",
    {
        "add": (f"{_AT}:add", "Add a repository"),
        "get": (f"{_AT}:get", "Get a configured repository by its URL"),
        "list": (f"{_AT}:list_", "List configured repositories"),
        "rm": (f"{_AT}:rm", "Remove configured repositories"),
    },
    kubernetes=True,
)

_REFRESH = Flag("refresh", text="hard: connect again instead of telling what is remembered")
_PROJECT = Flag("project", text="project of the repository")


@command(
    "add",
    arguments=["REPOURL"],
    options=[
        *spec.CREDENTIALS,
        Flag("name", text="name of the repository, needed for Helm"),
        _PROJECT,
        Flag("insecure-ignore-host-key", "bool", "trust any host key and certificate; deprecated"),
        Flag("insecure-skip-server-verification", "bool", "trust any host key and certificate"),
        Flag("enable-lfs", "bool", "fetch LFS objects"),
        Flag("depth", "int", "how many commits are fetched; 0 for all"),
        Flag("proxy", text="proxy to reach the repository by"),
        Flag("no-proxy", text="hosts that are reached without the proxy"),
        Flag("webhook-manifest-cache-warm-disabled", "bool", "no warming of the cache by webhooks"),
        Flag("upsert", "bool", "update a repository that is there"),
    ],
)
def add(state: State, flags: Flags) -> None:
    """Add a repository; it is opened first, to see that it can be."""
    repository = wanted(flags)
    if repository.get("username") and not repository.get("password"):
        repository["password"] = terminal.secret(state, "Password").reveal()
    api = state.connect()
    api.call(f"{_SERVICE}/ValidateAccess", spec.access_query(repository))
    request = {"repo": repository, "upsert": flags.on("upsert")}
    made = api.call(f"{_SERVICE}/CreateRepository", request)
    print(f"Repository '{made.get('repo') or repository['repo']}' added")


def wanted(flags: Flags) -> _Tree:
    """Return the repository that flags describe.

    Raises:
        errors.InvalidArgument: a Helm repository has no name, or a flag does not fit.
    """
    url = flags.argument("repourl")
    if flags.text("type") == "helm" and not flags.text("name"):
        raise errors.InvalidArgument("Must specify --name for repos of type 'helm'")
    insecure = flags.on("insecure-ignore-host-key") or flags.on("insecure-skip-server-verification")
    return {
        "repo": url,
        **spec.credentials(url, flags),
        **cleaned(
            {
                "name": flags.text("name"),
                "project": flags.text("project"),
                "insecure": insecure or None,
                "insecureIgnoreHostKey": flags.on("insecure-ignore-host-key") or None,
                "enableLfs": flags.on("enable-lfs") or None,
                "depth": flags.number("depth") or None,
                "proxy": flags.text("proxy"),
                "noProxy": flags.text("no-proxy"),
                "webhookManifestCacheWarmDisabled": (
                    flags.on("webhook-manifest-cache-warm-disabled") or None
                ),
            }
        ),
    }


def _refresh(flags: Flags) -> _Tree:
    if flags.text("refresh") not in ("", "hard"):
        raise errors.InvalidArgument("--refresh must be one of: 'hard'")
    return {"forceRefresh": flags.text("refresh") == "hard"}


@command("list", options=[_REFRESH, output("wide", "url", "json", "yaml")])
def list_(state: State, flags: Flags) -> None:
    """List configured repositories."""
    answer = state.connect().call(f"{_SERVICE}/ListRepositories", _refresh(flags))
    _show(answer.get("items") or [], flags.text("output"))


@command(
    "get", arguments=["REPO"], options=[_PROJECT, _REFRESH, output("wide", "url", "json", "yaml")]
)
def get(state: State, flags: Flags) -> None:
    """Get a configured repository by its URL."""
    query = {"repo": flags.argument("repo"), **_refresh(flags)}
    query |= cleaned({"appProject": flags.text("project")})
    found = state.connect().call(f"{_SERVICE}/Get", query)
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(found, form))
    else:
        _show([found], form)


def _show(items: list[_Tree], form: str) -> None:
    if form in ("json", "yaml"):
        print(printing.structured(items, form))
    elif form == "url":
        for item in items:
            print(item["repo"])
    else:
        columns = (
            "TYPE", "NAME", "REPO", "INSECURE", "OCI", "LFS", "CREDS", "STATUS", "MESSAGE",
            "PROJECT",
        )  # fmt: skip
        print(printing.table([columns, *map(_row, items)]))


def _row(item: _Tree) -> tuple[object, ...]:
    def word(member: str) -> str:
        return str(bool(item.get(member))).lower()

    inherited = item.get("inheritedCreds")
    own = any(item.get(m) for m in ("username", "password", "sshPrivateKey", "tlsClientCertData"))
    state = item.get("connectionState") or {}
    insecure = bool(item.get("insecure") or item.get("insecureIgnoreHostKey"))
    return (
        item.get("type") or "git",
        item.get("name", ""),
        item.get("repo", ""),
        str(insecure).lower(),
        word("enableOCI"),
        word("enableLfs"),
        "inherited" if inherited else str(own).lower(),
        state.get("status", ""),
        state.get("message", ""),
        item.get("project", ""),
    )


@command("rm", arguments=["REPO..."], options=[_PROJECT])
def rm(state: State, flags: Flags) -> None:
    """Remove configured repositories."""
    api = state.connect()
    for url in flags.arguments("repo"):
        terminal.confirm_optional(state, f"Are you sure you want to delete repository '{url}'?")
        query = {"repo": url, **cleaned({"appProject": flags.text("project")})}
        api.call(f"{_SERVICE}/DeleteRepository", query)
        print(f"Repository '{url}' removed")
