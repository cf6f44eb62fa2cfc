"""Questions to a person: confirmations, names, passwords that are not echoed."""

import sys

import click

from plumbline.cli.state import State
from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["ask", "confirm", "confirm_optional", "new_password", "secret"]


def confirm(state: State, question: str) -> None:
    """Go on only if a person agrees; where nobody can be asked, the command's word stands.

    Raises:
        click.Abort: the answer was no.
    """
    if state.interactive:
        click.confirm(question, abort=True, err=True)


def confirm_optional(state: State, question: str) -> None:
    """Ask if the user wants to be asked (prompts-enabled).

    Raises:
        click.Abort: the answer was no.
    """
    if state.prompts:
        confirm(state, question)


def ask(state: State, what: str) -> str:
    """Ask for a text; read a line where there is no terminal.

    Raises:
        errors.InvalidArgument: nothing was answered.
    """
    if state.interactive:
        return str(click.prompt(what, err=True))
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    return _line(what)


def secret(state: State, what: str) -> Secret:
    """Ask for a secret, which is not echoed; read a line where there is no terminal.

    Raises:
        errors.InvalidArgument: nothing was answered.
    """
    if state.interactive:
        return Secret(click.prompt(what, hide_input=True, err=True))
    return Secret(_line(what))


def new_password(state: State, what: str) -> Secret:
    """Ask for a new secret, twice at a terminal."""
    if state.interactive:
        return Secret(click.prompt(what, hide_input=True, confirmation_prompt=True, err=True))
    return secret(state, what)


def _line(what: str) -> str:
    answer = sys.stdin.readline().rstrip("\n") if sys.stdin is not None else ""
    if not answer:
        raise errors.InvalidArgument(f"{what.lower()} is needed")
    return answer
