"""One run of ``plumb``: find the command, run it, and say what went wrong in one line.

Exit codes: 0; the code a command ends with (``app diff`` has 1 where there are differences); 20 for
every error, be it of the line, of the client or of the server.
"""

import datetime as dt
import json
import os
import shlex
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Final

import click

from plumbline.cli.commands import root
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["ERROR", "run"]

ERROR: Final = 20
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141


def run(args: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command line and return its exit code."""
    state = State(environ)
    try:
        result = root.main(
            [*_standing(environ), *args], prog_name="plumb", obj=state, standalone_mode=False
        )
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as help_asked:
        print(help_asked.format_message())
        return 0
    except click.Abort as error:
        interrupted = isinstance(error.__cause__, KeyboardInterrupt)
        return _INTERRUPTED if interrupted else ERROR
    except click.ClickException as error:
        return _complain(state, _usage(error))
    except errors.PlumblineError as error:
        return _complain(state, error.message)
    except BrokenPipeError:
        # The reader, such as `head`, has enough; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except OSError as error:
        return _complain(state, str(error))
    except Exception:  # noqa: BLE001 -- Python's own exit code, 1, would mean "there are differences"
        traceback.print_exc()
        return ERROR
    return result if isinstance(result, int) else 0


def _standing(environ: Mapping[str, str]) -> list[str]:
    """Return the flags of ARGOCD_OPTS, which come before those of the line.

    Raises:
        errors.InvalidArgument: a quote is not closed.
    """
    try:
        return shlex.split(environ.get("ARGOCD_OPTS", ""))
    except ValueError as error:
        raise errors.InvalidArgument(f"ARGOCD_OPTS: {error}") from error


def _usage(error: click.ClickException) -> str:
    text = error.format_message()
    context = getattr(error, "ctx", None)
    if context is None:
        return text
    return f"{text}\n{context.get_usage()}\nTry '{context.command_path} --help'."


def _complain(state: State, message: str) -> int:
    """Write an error as the field's log line, or plainly for a person at a terminal."""
    form = state.text("logformat") or state.environ.get("ARGOCD_LOG_FORMAT", "")
    if not form:
        form = "" if sys.stderr.isatty() else "json"
    if form == "json":
        time = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = json.dumps({"level": "fatal", "msg": message, "time": time})
    elif form == "text":
        time = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = f"time={json.dumps(time)} level=fatal msg={json.dumps(message)}"
    else:
        line = f"plumb: {message}"
    print(line, file=sys.stderr)
    return ERROR
