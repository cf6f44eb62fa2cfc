"""Every flag of the field's client is a flag of ours: same name, shorthand, kind and default."""

import csv
import pathlib

import click
import pytest

from plumbline.cli.command import Group
from plumbline.cli.commands import root
from plumbline.cli.flags import Flag

ROWS = list(
    csv.DictReader(
        (pathlib.Path(__file__).parent / "data/flags.tsv").read_text().splitlines(),
        delimiter="\t",
        quoting=csv.QUOTE_NONE,
    )
)

# Where the table is wrong about the client it was made from, or where we differ, and why.
KINDS = {
    # The generated reference prints the type's place differently; a sync option is a text, and
    # `--sync-option Prune=false` is how everybody writes it.
    ("app create", "sync-option"): "stringArray",
    ("app set", "sync-option"): "stringArray",
    ("app add-source", "sync-option"): "stringArray",
}
DEFAULTS = {
    # The reference's text for "standard input by default" was taken for a default.
    ("cert add-tls", "from"): "",
    ("cert add-ssh", "from"): "",
    # Ours is the flag's true default, written in the reference with its quotes missing.
    ("app diff", "local-include"): ("*.yaml", "*.yml", "*.json"),
}
MISSING_COMMANDS = {
    # Source integrity policies are newer than what the server checks: refused as unknown commands.
    "proj source-integrity",
    "proj source-integrity git",
    "proj source-integrity git policies",
    "proj source-integrity git policies add",
    "proj source-integrity git policies delete",
    "proj source-integrity git policies list",
    "proj source-integrity git policies update",
}
MISSING_FLAGS = {
    # `configure` belongs to --core's flags in the field; it only writes a file here.
    ("configure", flag)
    for flag in (
        "cluster", "context", "insecure-skip-tls-verify", "kubeconfig", "namespace", "password",
        "proxy-url", "request-timeout", "token", "user", "username",
    )
}  # fmt: skip


def _context(path):
    context = click.Context(root, None, "plumb", **root.context_settings)
    for word in path.split():
        assert isinstance(context.command, Group)
        command = context.command.get_command(context, word)
        assert command is not None, path
        context = click.Context(command, context, word, **command.context_settings)
    return context


def _cases():
    for row in ROWS:
        path = row["command"].removeprefix("argocd").strip()
        if path not in MISSING_COMMANDS and (path, row["flag"]) not in MISSING_FLAGS:
            yield pytest.param(row, path, id=f"{path or 'plumb'} --{row['flag']}")


@pytest.mark.parametrize(("row", "path"), list(_cases()))
def test_the_flag_is_there(row, path):
    """Name, shorthand, kind and default are the table's."""
    context = _context(path)
    name = row["flag"]
    if name == "help":
        assert ["-h", "--help"] == context.command.get_help_option_names(context)
        return
    found = {p.flag: p for p in context.command.get_params(context) if isinstance(p, Flag)}
    flag = found[name]
    kind = KINDS.get((path, name), row["type"])
    assert (kind, row["shorthand"]) == (flag.kind, flag.short)
    assert _default(row, path, kind) == flag.default


def _default(row, path, kind):
    if (path, row["flag"]) in DEFAULTS:
        return DEFAULTS[path, row["flag"]]
    text = row["default"].strip('"')
    if kind == "bool":
        return text == "true"
    if kind in ("int", "uint"):
        return int(text or 0)
    if kind in ("stringArray", "strings", "int64Slice", "stringToString"):
        return [] if text in ("", "[]") else text
    return text


def test_no_row_is_left_out():
    """The exceptions are of rows that exist, so that none of them hides a fixed table."""
    paths = {(row["command"].removeprefix("argocd").strip(), row["flag"]) for row in ROWS}

    assert not {*KINDS, *DEFAULTS, *MISSING_FLAGS} - paths
    assert not MISSING_COMMANDS - {path for path, _ in paths}


def _commands(context, path=""):
    for name in context.command.list_commands(context):
        command = context.command.get_command(context, name)
        child = click.Context(command, context, name, **command.context_settings)
        where = f"{path} {name}".strip()
        yield where, context.command.members[name][1], child
        if isinstance(command, Group):
            yield from _commands(child, where)


ALL = list(_commands(click.Context(root, None, "plumb", **root.context_settings)))


@pytest.mark.parametrize(("path", "line", "context"), ALL, ids=[path for path, _, _ in ALL])
def test_help(path, line, context):
    """Every command that a group lists can be imported, is named alike, and has a help."""
    assert path.rpartition(" ")[2] == context.command.name
    assert line
    assert context.command.help
    assert "Usage:" in context.get_help()
