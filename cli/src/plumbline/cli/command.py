"""Commands and groups: lazily imported, with the global flags accepted anywhere on the line.

``plumb app list --server X`` and ``plumb --server X app list`` mean the same, as in the field. A
group knows its commands' names and one line about each, and imports a command when it is called,
so that help and completion stay quick.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import click

from plumbline.cli.flags import Flag, Flags, argument, flag_words, split_values
from plumbline.cli.options import GLOBAL, KUBERNETES
from plumbline.cli.state import State

__all__ = ["Command", "Group", "command"]

_Run = Callable[[State, Flags], None]
_HELP_NAMES: Final = {"help_option_names": ["-h", "--help"]}
_FOOTER: Final = 'Use "plumb --help" for the flags that every command takes.'


def _inherited(ctx: click.Context, own: Sequence[click.Parameter]) -> list[click.Parameter]:
    """Return the flags of the ancestors that a command does not have itself."""
    found: list[click.Parameter] = []
    taken = {word for p in own for word in (*p.opts, *p.secondary_opts)}
    above: click.Context | None = ctx
    extra: list[Flag] = []
    while above is not None:
        if isinstance(above.command, Group) and above.command.kubernetes:
            extra = KUBERNETES
        above = above.parent
    for flag in (*extra, *GLOBAL):
        if taken.isdisjoint(flag.opts):
            found.append(flag)
            taken.update(flag.opts)
    return found


def _absorb(ctx: click.Context, params: Iterable[click.Parameter]) -> None:
    """Move the values of inherited flags from the parse to the state."""
    state = ctx.find_object(State)
    for param in params:
        if not isinstance(param, Flag):
            continue
        value = ctx.params.pop(str(param.name), None)
        if state is not None and _written(ctx, param):
            values = split_values(param.kind, value) if isinstance(value, tuple) else value
            state.set_option(param.flag, values)


def _written(ctx: click.Context, param: click.Parameter) -> bool:
    source = ctx.get_parameter_source(str(param.name))
    return source in (
        click.core.ParameterSource.COMMANDLINE,
        click.core.ParameterSource.ENVIRONMENT,
    )


class Command(click.Command):
    """A command whose function takes the state and its flags."""

    def __init__(
        self,
        name: str,
        run: _Run,
        *,
        arguments: Sequence[str] = (),
        options: Sequence[Flag] = (),
    ) -> None:
        """Declare a command; the docstring of its function is its help."""
        self.run = run
        super().__init__(
            name,
            params=[*map(argument, arguments), *options],
            help=(run.__doc__ or "").replace("\\b", "\b"),
            context_settings=dict(_HELP_NAMES),
            epilog=_FOOTER,
        )

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return own parameters, then those of the ancestors."""
        own = super().get_params(ctx)
        return [*own, *_inherited(ctx, own)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the line, and hand the inherited flags to the state."""
        own = super().get_params(ctx)
        rest = super().parse_args(ctx, flag_words(args, self.get_params(ctx)))
        _absorb(ctx, _inherited(ctx, own))
        return rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show own flags; the footer tells of the others."""
        own = super().get_params(ctx)
        named = [p for p in own if isinstance(p, click.Option)]
        rows = [row for p in named if (row := p.get_help_record(ctx)) is not None]
        with formatter.section("Options"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> None:
        """Call the function."""
        own = [p for p in self.params if isinstance(p, Flag)]
        values = {}
        for param in own:
            value = ctx.params[str(param.name)]
            repeated = isinstance(value, tuple)
            values[param.flag] = split_values(param.kind, value) if repeated else value
        given = frozenset(p.flag for p in own if _written(ctx, p))
        arguments = {
            str(p.name).removeprefix("a_"): ctx.params[str(p.name)]
            for p in self.params
            if isinstance(p, click.Argument)
        }
        self.run(ctx.ensure_object(State), Flags(values, given, arguments))


class Group(click.Group):
    """A group whose commands are imported when they are called."""

    def __init__(
        self,
        name: str,
        text: str,
        members: Mapping[str, tuple[str, str]],
        *,
        kubernetes: bool = False,
        default: Command | None = None,
    ) -> None:
        """Declare a group.

        Args:
            name: the word on the command line.
            text: the help.
            members: ``module:attribute`` and one line of help, by command name.
            kubernetes: whether the family takes the flags of a kubeconfig too.
            default: what runs when no command is named; else the help is shown.
        """
        self.members = members
        self.kubernetes = kubernetes
        self.default = default
        super().__init__(
            name,
            help=text,
            context_settings=dict(_HELP_NAMES),
            no_args_is_help=default is None,
            invoke_without_command=default is not None,
            epilog=_FOOTER,
        )

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return own parameters, then those of the ancestors."""
        own = super().get_params(ctx)
        return [*own, *_inherited(ctx, own)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words before the command, and hand the flags to the state."""
        own = super().get_params(ctx)
        rest = super().parse_args(ctx, flag_words(args, self.get_params(ctx)))
        _absorb(ctx, _inherited(ctx, own))
        return rest

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the names, sorted."""
        return sorted(self.members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's
        """Import a command."""
        if cmd_name not in self.members:
            return None
        module, _, attribute = self.members[cmd_name][0].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        return found if isinstance(found, click.Command) else None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the commands; the flags of all commands are the root's to show."""
        if ctx.parent is None:
            rows = [row for p in GLOBAL if (row := p.get_help_record(ctx)) is not None]
            with formatter.section("Options of every command"):
                formatter.write_dl(rows)
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the footer below the root."""
        if ctx.parent is not None:
            super().format_epilog(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click's
        """Show names and their lines without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.members[name][1]) for name in sorted(self.members)])


def command(
    name: str, *, arguments: Sequence[str] = (), options: Sequence[Flag] = ()
) -> Callable[[_Run], Command]:
    """Make a command of a function."""
    return lambda run: Command(name, run, arguments=arguments, options=options)
