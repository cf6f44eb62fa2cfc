"""``plumb account``: local accounts, their passwords and tokens."""

import datetime as dt
from typing import Any

from plumbline.cli import printing, terminal
from plumbline.cli.command import Group, command
from plumbline.cli.commands.login import user_of
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.state import State
from plumbline.core import errors, pattern
from plumbline.core.secret import Secret

__all__ = [
    "bcrypt",
    "can_i",
    "delete_token",
    "generate_token",
    "get",
    "get_user_info",
    "group",
    "list_",
    "session_token",
    "update_password",
]

_Tree = dict[str, Any]
_SERVICE = "account.AccountService"
_AT = "plumbline.cli.commands.account"

group = Group(
    "account",
    "Manage account settings.",
    {
        "bcrypt": (f"{_AT}:bcrypt", "Generate a bcrypt hash of a password"),
        "can-i": (f"{_AT}:can_i", "Check whether you may do something"),
        "delete-token": (f"{_AT}:delete_token", "Delete an account token"),
        "generate-token": (f"{_AT}:generate_token", "Generate an account token"),
        "get": (f"{_AT}:get", "Get account details"),
        "get-user-info": (f"{_AT}:get_user_info", "Get who you are"),
        "list": (f"{_AT}:list_", "List accounts"),
        "session-token": (f"{_AT}:session_token", "Print the token in use"),
        "update-password": (f"{_AT}:update_password", "Update an account's password"),
    },
    kubernetes=True,
)


@command("list", options=[output("wide", "name", "json", "yaml")])
def list_(state: State, flags: Flags) -> None:
    """List accounts."""
    items = state.connect().call(f"{_SERVICE}/ListAccounts").get("items") or []
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(items, form))
    elif form == "name":
        for account in items:
            print(account["name"])
    else:
        rows = [("NAME", "ENABLED", "CAPABILITIES")]
        rows += [
            (a["name"], str(bool(a.get("enabled"))).lower(), ", ".join(a.get("capabilities") or []))
            for a in items
        ]
        print(printing.table(rows))


def _me(state: State) -> str:
    found = state.connect().call("session.SessionService/GetUserInfo")
    return str(found.get("username") or "")


@command(
    "get",
    options=[
        Flag("account", text="name of the account; by default one's own", short="a"),
        output("wide", "name", "json", "yaml"),
    ],
)
def get(state: State, flags: Flags) -> None:
    """Get account details."""
    name = flags.text("account") or _me(state)
    account = state.connect().call(f"{_SERVICE}/GetAccount", {"name": name})
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(account, form))
    elif form == "name":
        print(account["name"])
    else:
        print(_account(account))


def _account(account: _Tree) -> str:
    head = printing.block(
        [
            ("Name:", account["name"]),
            ("Enabled:", str(bool(account.get("enabled"))).lower()),
            ("Capabilities:", ", ".join(account.get("capabilities") or [])),
        ]
    )
    tokens = account.get("tokens") or []
    if not tokens:
        return f"{head}\n\nTokens:\nNONE"
    rows = [("ID", "ISSUED AT", "EXPIRING AT")]
    rows += [
        (t.get("id", ""), _time(t.get("issuedAt")), _time(t.get("expiresAt")) or "never")
        for t in tokens
    ]
    return f"{head}\n\nTokens:\n{printing.table(rows)}"


def _time(seconds: int | None) -> str:
    if not seconds:
        return ""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@command("get-user-info", options=[output("json", "yaml", default="")])
def get_user_info(state: State, flags: Flags) -> None:
    """Get who you are."""
    found = state.connect().call("session.SessionService/GetUserInfo")
    if flags.text("output") in ("json", "yaml"):
        print(printing.structured(found, flags.text("output")))
        return
    print(f"Logged In: {str(bool(found.get('loggedIn'))).lower()}")
    if found.get("loggedIn"):
        print(f"Username: {found.get('username', '')}")
        print(f"Issuer: {found.get('iss', '')}")
        print(f"Groups: {','.join(found.get('groups') or [])}")


@command("can-i", arguments=["ACTION", "RESOURCE", "SUBRESOURCE"])
def can_i(state: State, flags: Flags) -> None:
    """Check whether you may do something: prints yes or no."""
    words = ("action", "resource", "subresource")
    request = {word: flags.argument(word) for word in words}
    print(state.connect().call(f"{_SERVICE}/CanI", request).get("value", ""))


@command(
    "update-password",
    options=[
        Flag("account", text="name of the account; by default one's own"),
        Flag("current-password", text="your own password, asked for if not given"),
        Flag("new-password", text="asked for if not given"),
    ],
)
def update_password(state: State, flags: Flags) -> None:
    """Update an account's password; a changed password of one's own is logged in with."""
    me = _me(state)
    name = flags.text("account") or me
    current = (
        Secret(flags.text("current-password"))
        if flags.given("current-password")
        else terminal.secret(state, f"Enter password of currently logged in user ({me})")
    )
    new = (
        Secret(flags.text("new-password"))
        if flags.given("new-password")
        else terminal.new_password(state, f"Enter new password for user {name}")
    )
    request = {
        "name": name,
        "currentPassword": current.reveal(),
        "newPassword": new.reveal(),
    }
    state.connect().call(f"{_SERVICE}/UpdatePassword", request)
    print("Password updated")
    if name == me:
        _login_again(state, me, new)


def _login_again(state: State, name: str, password: Secret) -> None:
    """Replace the context's token, which the change of password has ended."""
    config = state.config
    context = config.context(state.text("argocd-context"))
    server = state.server()
    if context is None or context.server != server.address or not user_of(server.token):
        return
    request = {"username": name, "password": password.reveal()}
    answer = state.connect(server).call("session.SessionService/Create", request)
    config.set_token(context.user, Secret(answer["token"]))
    print(f"Context '{context.name}' updated")


@command(
    "generate-token",
    options=[
        Flag("account", text="name of the account; by default one's own", short="a"),
        Flag("expires-in", text="lifetime, such as 24h; 0s for ever", short="e", default="0s"),
        Flag("id", text="identifier of the token"),
    ],
)
def generate_token(state: State, flags: Flags) -> None:
    """Generate an account token and print it."""
    request = {
        "name": flags.text("account") or _me(state),
        "expiresIn": int(pattern.parse_duration(flags.text("expires-in"))),
        "id": flags.text("id"),
    }
    print(state.connect().call(f"{_SERVICE}/CreateToken", request)["token"])


@command(
    "delete-token",
    arguments=["ID"],
    options=[Flag("account", text="name of the account; by default one's own", short="a")],
)
def delete_token(state: State, flags: Flags) -> None:
    """Delete an account token."""
    name = flags.text("account") or _me(state)
    token = flags.argument("id")
    terminal.confirm_optional(state, f"Are you sure you want to delete '{token}' token?")
    state.connect().call(f"{_SERVICE}/DeleteToken", {"name": name, "id": token})


@command("session-token", options=[output("json", "yaml", default="")])
def session_token(state: State, flags: Flags) -> None:
    """Print the token in use, for programs that call the API."""
    token = state.server().token
    if not token:
        raise errors.FailedPrecondition("there is no session: run `plumb login HOST:PORT`")
    form = flags.text("output")
    shown = {"token": token.reveal()}
    print(printing.structured(shown, form) if form else token.reveal())


@command("bcrypt", options=[Flag("password", text="asked for if not given")])
def bcrypt(state: State, flags: Flags) -> None:
    """Generate a bcrypt hash of a password, as argocd-secret holds it."""
    try:
        import bcrypt as library  # noqa: PLC0415 -- only here
    except ImportError as error:
        raise errors.Unimplemented("bcrypt is not installed: pip install bcrypt") from error
    given = Secret(flags.text("password")) if flags.given("password") else None
    password = given or terminal.new_password(state, "Password")
    text = password.reveal().encode()
    if len(text) > 72:
        raise errors.InvalidArgument("bcrypt: password length exceeds 72 bytes")
    print(library.hashpw(text, library.gensalt(10)).decode())
