"""``plumb login``, ``logout`` and ``relogin``: sessions, kept in the configuration file."""

import base64
import binascii
import dataclasses
import json
import sys
from typing import Any

import click

from plumbline.cli import context as contexts
from plumbline.cli import terminal
from plumbline.cli.command import command
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.state import State
from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["claims_of", "login", "logout", "relogin", "user_of"]

_CREATE = "session.SessionService/Create"
_SSO = [
    Flag("sso-launch-browser", "bool", default=True, hidden=True),
    Flag("sso-port", "int", default=8085, hidden=True),
    Flag("callback", hidden=True),
]


def _refuse_sso(flags: Flags) -> None:
    for name in ("sso", "sso-launch-browser", "sso-port", "callback"):
        if name in flags.names and flags.given(name):
            raise errors.Unimplemented(
                f"--{name} is not supported: log in with a local account, or use --auth-token"
            )


@command(
    "login",
    arguments=["[SERVER]"],
    options=[
        Flag("username", text="asked for if not given"),
        Flag("password", text="asked for if not given"),
        Flag("name", text="name of the context; by default the server's address"),
        Flag("skip-test-tls", "bool", "do not look whether the server has TLS"),
        Flag("sso", "bool", hidden=True),
        *_SSO,
    ],
)
def login(state: State, flags: Flags) -> None:
    """Log in to a server and keep the token in a context."""
    _refuse_sso(flags)
    address = flags.argument("server")
    if not address:
        raise errors.InvalidArgument("name the server: plumb login HOST:PORT")
    server = dataclasses.replace(state.server(address), token=Secret(""))
    if not flags.on("skip-test-tls"):
        server = _tested(state, server)
    username = flags.text("username") or terminal.ask(state, "Username")
    password = Secret(flags.text("password")) if flags.given("password") else None
    token = _session(state, server, username, password or terminal.secret(state, "Password"))
    name = flags.text("name") or address
    print(f"'{user_of(token) or username}' logged in successfully")
    state.config.save(name, dataclasses.replace(server, token=token, headers=()))
    print(f"Context '{name}' updated")


def _tested(state: State, server: contexts.Server) -> contexts.Server:
    """Look whether the server has TLS that can be trusted; a person may go on without.

    Raises:
        errors.FailedPrecondition: it has not, no flag accepts that, and nobody can be asked.
        errors.Unavailable: nothing answers.
    """
    from plumbline.cli import trust  # noqa: PLC0415 -- TLS is slow to import

    if server.plaintext or server.insecure:
        return server
    found = trust.probe(server)
    if not found:
        return server
    if found == "plaintext":
        what, flag = "server is not configured with TLS", "--plaintext"
        changed = dataclasses.replace(server, plaintext=True)
    else:
        what, flag = f"server certificate had error: {found}", "--insecure"
        changed = dataclasses.replace(server, insecure=True)
    if not state.interactive:
        raise errors.FailedPrecondition(f"{what}; if that is expected, add {flag}")
    click.confirm(f"WARNING: {what}. Proceed?", abort=True, err=True)
    return changed


def _session(state: State, server: contexts.Server, username: str, password: Secret) -> Secret:
    request = {"username": username, "password": password.reveal()}
    return Secret(state.connect(server).call(_CREATE, request)["token"])


def claims_of(token: Secret) -> dict[str, Any]:
    """Return what a token says of itself, unverified: good for showing, for nothing else."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return {}
    try:
        body = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def user_of(token: Secret) -> str:
    """Return the subject of a token, such as ``admin:login``; empty if it names none."""
    return str(claims_of(token).get("sub") or "")


@command("logout", arguments=["CONTEXT"])
def logout(state: State, flags: Flags) -> None:
    """Log out from a context's server: end the session there, and forget its token."""
    config, name = state.config, flags.argument("context")
    context = config.context(name)
    server = config.server(name)
    if context is None or server is None or not server.token:
        raise errors.NotFound(f"nothing to logout from: context '{name}' has no session")
    config.set_token(context.user, Secret(""))
    server = dataclasses.replace(state.server(context.server), token=server.token)
    try:
        state.connect(server).call("session.SessionService/Delete", seconds=10)
    except errors.PlumblineError as error:
        print(f"the session was not ended on the server: {error.message}", file=sys.stderr)
    print(f"Logged out from '{name}'")


@command(
    "relogin",
    options=[Flag("password", text="asked for if not given"), *_SSO],
)
def relogin(state: State, flags: Flags) -> None:
    """Refresh an expired login of the current context."""
    _refuse_sso(flags)
    config = state.config
    context = config.context(state.text("argocd-context"))
    stored = config.server(context.name) if context else None
    if context is None or stored is None:
        raise errors.FailedPrecondition("no context is in force: run `plumb login HOST:PORT`")
    server = dataclasses.replace(state.server(context.server), token=Secret(""))
    subject = user_of(stored.token)
    username, _, kind = subject.rpartition(":")
    if subject and kind != "login":
        raise errors.FailedPrecondition("the context's token is not a login of a local user")
    if not username:
        username = terminal.ask(state, "Username")
    print(f"Relogging in as '{username}'")
    password = Secret(flags.text("password")) if flags.given("password") else None
    token = _session(state, server, username, password or terminal.secret(state, "Password"))
    config.set_token(context.user, token)
    print(f"Context '{context.name}' updated")
