"""The commands, one module or folder per family; imported when they are called.

A command reads its flags, has ``plumbline.cli.spec`` make the request's tree, calls, and prints by
``plumbline.cli.printing``. Commands import neither grpc nor protobuf.
"""

from plumbline.cli.command import Group

__all__ = ["root"]

_AT = "plumbline.cli.commands"

root = Group(
    "plumb",
    "The command line client of Plumbline; knows the verbs and flags of argocd.",
    {
        "account": (f"{_AT}.account:group", "Manage account settings"),
        "app": (f"{_AT}.app:group", "Manage applications"),
        "cert": (f"{_AT}.cert:group", "Manage repository certificates and SSH known hosts entries"),
        "cluster": (f"{_AT}.cluster:group", "Manage cluster credentials"),
        "completion": (f"{_AT}.completion:completion", "Print shell completion code"),
        "configure": (f"{_AT}.contexts:configure", "Manage local configuration"),
        "context": (f"{_AT}.contexts:context", "List, switch and delete contexts"),
        "login": (f"{_AT}.login:login", "Log in to a server"),
        "logout": (f"{_AT}.login:logout", "Log out from a server"),
        "proj": (f"{_AT}.proj:group", "Manage projects"),
        "relogin": (f"{_AT}.login:relogin", "Refresh an expired login"),
        "repo": (f"{_AT}.repo:group", "Manage repository connection parameters"),
        "repocreds": (f"{_AT}.repocreds:group", "Manage credential templates of repositories"),
        "version": (f"{_AT}.version:version", "Print version information"),
    },
)
