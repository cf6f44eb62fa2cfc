"""``plumb cert``: what repositories' servers are trusted by."""

import sys
from typing import Any

from plumbline.cli import files, printing, terminal
from plumbline.cli.command import Group, command
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.spec import certificate as spec
from plumbline.cli.spec.words import cleaned
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["add_ssh", "add_tls", "group", "list_", "rm"]

_Tree = dict[str, Any]
_SERVICE = "certificate.CertificateService"
_AT = "plumbline.cli.commands.cert"

group = Group(
    "cert",
    "Manage repository certificates and SSH known hosts entries.",
    {
        "add-ssh": (f"{_AT}:add_ssh", "Add SSH known host entries"),
        "add-tls": (f"{_AT}:add_tls", "Add TLS certificates for a server"),
        "list": (f"{_AT}:list_", "List certificates and known hosts"),
        "rm": (f"{_AT}:rm", "Remove certificates and known hosts"),
    },
    kubernetes=True,
)

_FROM = Flag("from", text="file to read; standard input by default")
_UPSERT = Flag("upsert", "bool", "replace entries that are there")
_TYPES = ("ssh", "https")


def _text(state: State, flags: Flags, what: str) -> str:
    if not flags.text("from") and state.interactive:
        print(f"Enter {what}, one per line. Press CTRL-D when finished.", file=sys.stderr)
    return files.read_text("from", flags.text("from") or "-")


def _create(state: State, items: list[_Tree], flags: Flags) -> list[_Tree]:
    request = {"certificates": {"items": items}, "upsert": flags.on("upsert")}
    answer = state.connect().call(f"{_SERVICE}/CreateCertificate", request)
    made: list[_Tree] = answer.get("items") or []
    return made


@command("add-tls", arguments=["SERVERNAME"], options=[_FROM, _UPSERT])
def add_tls(state: State, flags: Flags) -> None:
    """Add TLS certificates, in PEM, that a repository server is trusted by."""
    server = flags.argument("servername")
    text = _text(state, flags, "TLS certificate data")
    entry, count = spec.tls(server, text)
    if _create(state, [entry], flags):
        print(f"Created entry with {count} PEM certificates for repository server {server}")
    else:
        print("Operation would have no effect: the certificates are there already")


@command(
    "add-ssh",
    options=[Flag("batch", "bool", "read several known_hosts lines"), _FROM, _UPSERT],
)
def add_ssh(state: State, flags: Flags) -> None:
    """Add SSH known host entries, as ssh-keyscan prints them."""
    if not flags.on("batch"):
        raise errors.InvalidArgument(
            "You need to specify --batch or specify --help for usage instructions"
        )
    items = spec.known_hosts(_text(state, flags, "SSH known hosts entries"))
    made = _create(state, items, flags)
    print(f"Successfully created {len(made)} SSH known host entries")


@command(
    "list",
    options=[
        Flag("cert-type", text="ssh or https", choices=_TYPES),
        Flag("hostname-pattern", text="only servers that this pattern matches"),
        Flag("sort", text="hostname or type", choices=("hostname", "type")),
        output("wide", "json", "yaml"),
    ],
)
def list_(state: State, flags: Flags) -> None:
    """List certificates and known hosts."""
    query = cleaned(
        {"hostNamePattern": flags.text("hostname-pattern"), "certType": flags.text("cert-type")}
    )
    items = state.connect().call(f"{_SERVICE}/ListCertificates", query).get("items") or []
    order = (
        ("certType", "serverName") if flags.text("sort") == "type" else ("serverName", "certType")
    )
    items = sorted(items, key=lambda item: tuple(item.get(part) or "" for part in order))
    form = flags.text("output")
    if form != "wide":
        print(printing.structured(items, form))
        return
    rows: list[tuple[str, ...]] = [("HOSTNAME", "TYPE", "SUBTYPE", "INFO")]
    members = ("serverName", "certType", "certSubType", "certInfo")
    rows += [tuple(str(item.get(member) or "") for member in members) for item in items]
    print(printing.table(rows))


@command(
    "rm",
    arguments=["REPOSERVER"],
    options=[
        Flag("cert-type", text="ssh or https; both by default", choices=_TYPES),
        Flag("cert-sub-type", text="type of the SSH key, such as ssh-rsa"),
    ],
)
def rm(state: State, flags: Flags) -> None:
    """Remove certificates and known hosts of a server; the name may be a pattern."""
    server = flags.argument("reposerver")
    terminal.confirm_optional(
        state, f"Are you sure you want to remove all certificates for '{server}'?"
    )
    query = {"hostNamePattern": server}
    query |= cleaned(
        {"certType": flags.text("cert-type"), "certSubType": flags.text("cert-sub-type")}
    )
    gone = state.connect().call(f"{_SERVICE}/DeleteCertificate", query).get("items") or []
    if not gone:
        raise errors.NotFound(f"No certificates were removed for '{server}': none is known")
    for item in gone:
        print(f"Removed cert for '{item.get('serverName')}' of type '{item.get('certType')}'")
