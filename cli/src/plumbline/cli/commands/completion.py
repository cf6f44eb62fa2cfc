"""``plumb completion``."""

from click import shell_completion

from plumbline.cli.command import command
from plumbline.cli.flags import Flags
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["completion"]


@command("completion", arguments=["SHELL"])
def completion(_state: State, flags: Flags) -> None:
    """Print shell completion code for bash, zsh or fish: source <(plumb completion bash)."""
    from plumbline.cli.commands import root  # noqa: PLC0415 -- the root imports this module

    shell = flags.argument("shell")
    found = shell_completion.get_completion_class(shell)
    if found is None:
        raise errors.InvalidArgument(f"Unsupported shell '{shell}': bash, zsh or fish")
    # Only the script: bash's own check runs bash to learn its version.
    complete = found(root, {}, "plumb", "_PLUMB_COMPLETE")
    print(complete.source_template % complete.source_vars())
