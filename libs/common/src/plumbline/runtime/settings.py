"""Read a service's settings once, from its arguments and its environment, into a frozen dataclass.

Called by each service's ``__main__`` with ``sys.argv`` and ``os.environ``; nothing else reads the
environment. A field declared with :func:`option` has a flag, environment variables, a default and a
help text, from which ``--help`` and ``docs/configuration.md`` are made. Order of precedence: flag,
then the first environment variable that is set and not empty, then the default. An unknown flag is
an error, and so is a value that cannot be read; the message names it (architecture.md, rule 14).
"""

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar, get_type_hints

from plumbline.core import errors, secret

__all__ = ["describe", "load", "option", "read"]

T = TypeVar("T")

_TRUE = frozenset({"1", "t", "true", "yes", "on"})
_FALSE = frozenset({"0", "f", "false", "no", "off"})


def option(
    default: Any,
    *,
    flag: str = "",
    env: str | Sequence[str] = (),
    help: str,  # noqa: A002 -- the word of argparse and of every CLI
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """Declare one setting as a dataclass field.

    Args:
        default: the value in force when neither flag nor variable is given.
        flag: without the dashes; empty for variables only (secrets must not be in argv).
        env: variable names, the first one set wins.
        help: what it means, with its unit.
        parse: text to value; by default chosen from the field's type (bool, int, float, str,
            ``tuple[str, ...]`` from commas, ``Secret``).
    """
    names = (env,) if isinstance(env, str) else tuple(env)
    return dataclasses.field(
        default=default, metadata={"flag": flag, "env": names, "help": help, "parse": parse}
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise errors.InvalidArgument(f"{self.prog}: {message}; see --help")


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError("neither true nor false")


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _parser_of(kind: Any, field: "dataclasses.Field[Any]") -> Callable[[str], Any]:
    chosen: Callable[[str], Any] | None = field.metadata["parse"]
    if chosen is not None:
        return chosen
    table: dict[Any, Callable[[str], Any]] = {
        bool: _boolean,
        int: int,
        float: float,
        str: str,
        tuple[str, ...]: _words,
        secret.Secret: secret.Secret,
    }
    try:
        return table[kind]
    except KeyError:
        raise TypeError(f"{field.name}: no parser for {kind!r}; give parse=") from None


def _fields(cls: type) -> list[tuple["dataclasses.Field[Any]", Any]]:
    hints = get_type_hints(cls)
    return [(f, hints[f.name]) for f in dataclasses.fields(cls) if "flag" in f.metadata]


def _read(source: str, text: str, parse: Callable[[str], Any], *, shown: bool) -> Any:
    try:
        return parse(text)
    except (ValueError, OverflowError) as error:
        value = repr(text) if shown else "its value"
        raise errors.InvalidArgument(f"{source}: cannot read {value}: {error}") from error


def load(cls: type[T], argv: Sequence[str], environ: Mapping[str, str], *, prog: str) -> T:
    """Build the settings of a service; as :func:`read`, without the sources."""
    return read(cls, argv, environ, prog=prog)[0]


def read(
    cls: type[T], argv: Sequence[str], environ: Mapping[str, str], *, prog: str
) -> tuple[T, dict[str, str]]:
    """Build the settings of a service, and tell where those came from that are not defaults.

    Args:
        cls: a frozen dataclass whose fields are made by :func:`option`.
        argv: the arguments after the program's name.
        environ: the environment.
        prog: the program's name, for ``--help`` and messages.

    Returns:
        The settings, and by field name the flag or variable it was read from (never a value).

    Raises:
        errors.InvalidArgument: an unknown flag, or a value that cannot be read.
    """
    parser = _Parser(prog=prog, description=(cls.__doc__ or "").splitlines()[0], allow_abbrev=False)
    fields = _fields(cls)
    for field, kind in fields:
        if not field.metadata["flag"]:
            continue
        extra: dict[str, Any] = {"nargs": "?", "const": "true"} if kind is bool else {}
        variables = ", ".join(field.metadata["env"])
        parser.add_argument(
            f"--{field.metadata['flag']}",
            dest=field.name,
            default=None,
            metavar=field.metadata["flag"].rsplit("-", 1)[-1].upper(),
            help=f"{field.metadata['help']} (default {field.default!r}"
            f"{'; ' + variables if variables else ''})".replace("%", "%%"),
            **extra,
        )
    given = vars(parser.parse_args(list(argv)))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for field, kind in fields:
        parse = _parser_of(kind, field)
        shown = kind is not secret.Secret
        flag_text = given.get(field.name)
        if flag_text is not None:
            source = f"--{field.metadata['flag']}"
            values[field.name] = _read(source, flag_text, parse, shown=shown)
            sources[field.name] = source
            continue
        for name in field.metadata["env"]:
            if environ.get(name):
                values[field.name] = _read(name, environ[name], parse, shown=shown)
                sources[field.name] = name
                break
    return cls(**values), sources


def describe(cls: type) -> list[tuple[str, str, str, str]]:
    """List (flag, variables, default, help) of every setting, for the generated documentation."""
    rows = []
    for field, _ in _fields(cls):
        flag = f"--{field.metadata['flag']}" if field.metadata["flag"] else ""
        default = "" if field.default in (None, "") else str(field.default)
        rows.append((flag, ", ".join(field.metadata["env"]), default, field.metadata["help"]))
    return rows
