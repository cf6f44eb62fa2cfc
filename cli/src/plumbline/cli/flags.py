"""Flags as the field's clients parse them, and the values a command reads.

The kinds are those of the contract's table (cli_flags.tsv): ``string``, ``bool``, ``int``,
``uint``, ``duration``, ``stringArray`` (repeated), ``strings`` (repeated or comma separated),
``int64Slice`` and ``stringToString``. A bool takes ``--flag``, ``--flag=true`` and
``--flag=false``. Used by every command; knows nothing of what the flags mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click

from plumbline.core import errors, pattern

__all__ = ["Flag", "Flags", "argument", "flag_words"]

_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_REPEATED: Final = frozenset({"stringArray", "strings", "int64Slice", "stringToString"})
_OFF: Final = "---"
"""Prefix of the word that stands for ``--flag=false`` inside the parser; nobody types it."""


class _Duration(click.ParamType[str]):
    """A Go duration; kept as it was written, since the API takes text."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            pattern.parse_duration(str(value))
        except errors.InvalidArgument as error:
            self.fail(error.message, param, ctx)
        return value


class _Choice(click.Choice[str]):
    """One of some words, or the empty default, which is not among them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        unset = value == "" and param is not None and param.default == ""
        return value if unset else super().convert(value, param, ctx)


def _type(kind: str, choices: Sequence[str]) -> Any:
    if choices:
        return _Choice(list(choices))
    return {
        "bool": click.BOOL,
        "int": click.INT,
        "uint": click.IntRange(min=0),
        "duration": _Duration(),
    }.get(kind, click.STRING)


class Flag(click.Option):
    """One flag of the table."""

    def __init__(  # noqa: PLR0913 -- a declaration, read like a table row
        self,
        name: str,
        kind: str = "string",
        text: str = "",
        *,
        short: str = "",
        default: Any = None,
        choices: Sequence[str] = (),
        envvar: str | None = None,
        hidden: bool = False,
    ) -> None:
        """Declare a flag; its value is read as ``flags.text(name)`` and the like."""
        self.flag = name
        self.kind = kind
        self.short = short
        zero: Any = {"bool": False, "int": 0, "uint": 0}.get(kind, "")
        self.zero = [] if kind in _REPEATED else zero
        words = [f"-{short}"] if short else []
        words.append(f"--{name}/{_OFF}{name}" if kind == "bool" else f"--{name}")
        shown = default if default is not None else self.zero
        super().__init__(
            [*words, "v_" + name.replace("-", "_")],
            type=_type(kind, choices),
            is_flag=kind == "bool",
            multiple=kind in _REPEATED,
            default=shown,
            show_default=bool(default),
            help=text,
            envvar=envvar,
            hidden=hidden,
        )

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the line of the help, without the word that only the parser knows."""
        record = super().get_help_record(ctx)
        if record is None or self.kind != "bool":
            return record
        return record[0].split(f" / {_OFF}")[0], record[1]


def flag_words(args: Iterable[str], params: Iterable[click.Parameter]) -> list[str]:
    """Return arguments with ``--flag=true|false`` and ``-x=value`` in the parser's own words.

    Raises:
        click.BadParameter: a bool flag's value is not a bool.
    """
    switches = {
        word: f"--{p.flag}"
        for p in params
        if isinstance(p, Flag) and p.kind == "bool"
        for word in p.opts
    }
    result: list[str] = []
    listed = iter(args)
    for word in listed:
        if word == "--":
            return [*result, word, *listed]
        head, equals, value = word.partition("=")
        if equals and head in switches:
            result.append(_switch(switches[head], value))
        elif equals and len(head) == 2 and head[0] == "-" and head[1] != "-":
            result += [head, value]
        else:
            result.append(word)
    return result


def _switch(word: str, value: str) -> str:
    if value in _TRUE:
        return word
    if value in _FALSE:
        return _OFF + word.removeprefix("--")
    raise click.BadParameter(f'invalid value "{value}" for {word}: write true or false')


def argument(word: str) -> click.Argument:
    """Return a positional argument from its usage: ``NAME``, ``[NAME]``, ``NAME...``."""
    optional = word.startswith("[")
    bare = word.strip("[]")
    many = bare.endswith("...")
    # A default, even of None, would make an argument optional.
    default: dict[str, Any] = {"default": ""} if optional and not many else {}
    return click.Argument(
        ["a_" + bare.removesuffix("...").replace("-", "_").replace("/", "_").lower()],
        nargs=-1 if many else 1,
        required=not optional,
        metavar=word,
        **default,
    )


class Flags:
    """The values of one call: flags by their names, arguments by theirs."""

    def __init__(
        self,
        values: Mapping[str, Any],
        given: frozenset[str] = frozenset(),
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep values; ``given`` are the flags that somebody wrote."""
        self._values = values
        self._given = given
        self._arguments = arguments or {}

    @property
    def names(self) -> frozenset[str]:
        """All flags that the command knows."""
        return frozenset(self._values)

    def given(self, name: str) -> bool:
        """Whether the flag was written; a default is not."""
        return name in self._given

    def any_given(self, *names: str) -> bool:
        """Whether one of the flags was written."""
        return not self._given.isdisjoint(names)

    def text(self, name: str) -> str:
        """Return a string, or duration."""
        return str(self._values[name])

    def on(self, name: str) -> bool:
        """Return a bool."""
        return bool(self._values[name])

    def number(self, name: str) -> int:
        """Return an int or uint."""
        return int(self._values[name])

    def listed(self, name: str) -> list[str]:
        """Return a stringArray, or strings, whose items may be comma separated."""
        return [str(item) for item in self._values[name]]

    def numbers(self, name: str) -> list[int]:
        """Return an int64Slice."""
        return [int(item) for item in self._values[name]]

    def pairs(self, name: str) -> dict[str, str]:
        """Return a stringToString."""
        return dict(self._values[name])

    def argument(self, name: str) -> str:
        """Return a positional argument; empty if it is optional and was not written."""
        return str(self._arguments[name])

    def arguments(self, name: str) -> list[str]:
        """Return a repeated positional argument."""
        return list(self._arguments[name])


def split_values(kind: str, values: Sequence[str]) -> Any:
    """Return the items of a repeated flag: comma separated kinds are taken apart.

    Raises:
        click.BadParameter: an item is not a number, or not KEY=VALUE.
    """
    if kind == "stringArray":
        return list(values)
    items = [part for value in values for part in value.split(",") if part]
    if kind == "strings":
        return items
    if kind == "int64Slice":
        if not all(item.lstrip("-").isdigit() for item in items):
            raise click.BadParameter("write numbers, separated by commas")
        return [int(item) for item in items]
    if not all("=" in item for item in items):
        raise click.BadParameter("write KEY=VALUE, separated by commas")
    return dict(item.split("=", 1) for item in items)
