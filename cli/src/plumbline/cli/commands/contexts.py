"""``plumb context`` and ``configure``: the local configuration."""

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["configure", "context"]


@command(
    "context",
    arguments=["[CONTEXT]"],
    options=[Flag("delete", "bool", "delete the context instead of switching to it")],
)
def context(state: State, flags: Flags) -> None:
    """List contexts, switch to one, or delete one."""
    config = state.config
    name = flags.argument("context")
    if flags.on("delete"):
        if not name:
            raise errors.InvalidArgument("name the context to delete")
        config.delete(name)
        print(f"Context '{name}' deleted")
    elif not name:
        rows = [("CURRENT", "NAME", "SERVER")]
        rows += [
            ("*" if c.name == config.current else "", c.name, c.server) for c in config.contexts
        ]
        print(printing.table(rows))
    elif name == config.current:
        print(f"Already at context '{name}'")
    else:
        config.switch(name)
        print(f"Switched to context '{name}'")


@command(
    "configure",
    options=[Flag("prompts-enabled", "bool", "ask before what cannot be undone")],
)
def configure(state: State, flags: Flags) -> None:
    """Manage local configuration: whether optional questions are asked."""
    if not flags.given("prompts-enabled"):
        raise errors.InvalidArgument("give --prompts-enabled=true or --prompts-enabled=false")
    state.config.set_prompts(enabled=flags.on("prompts-enabled"))
    print("Successfully updated the following configuration settings:")
    print(f"prompts-enabled: {str(flags.on('prompts-enabled')).lower()}")
