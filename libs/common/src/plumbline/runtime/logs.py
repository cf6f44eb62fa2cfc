"""Configure structlog once per process: JSON lines, or coloured text on a terminal.

Called by each service's ``__main__``. Events are constant lower-case strings, variables are keys;
context is bound with ``structlog.contextvars``. Secrets never arrive here as text: they are
``plumbline.core.secret.Secret``, whose text form is a mask.
"""

import logging
import sys
from typing import Any, TextIO, cast

import orjson
import structlog

__all__ = ["configure"]

# Without the variables of the frames, which the default shows: passwords, tokens and Secrets are
# among them wherever a request is worked on.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
_LEVELS = {"debug": 10, "info": 20, "warn": 30, "warning": 30, "error": 40}


def _dump(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def configure(
    service: str, *, level: str = "info", form: str = "", out: TextIO | None = None
) -> None:
    """Set up logging for the process.

    Args:
        service: bound to every line as ``service``.
        level: debug, info, warn or error (the contract's ``--loglevel`` values).
        form: ``json`` or ``text``; empty chooses text on a terminal, JSON elsewhere.
        out: the stream, standard error by default.
    """
    stream = out or sys.stderr
    text = form == "text" or (not form and stream.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if text
        else structlog.processors.JSONRenderer(_dump)
    )
    number = _LEVELS.get(level.lower(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _TRACEBACKS if not text else structlog.dev.set_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("Any", stream)),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(stream=stream, level=max(number, logging.WARNING))
